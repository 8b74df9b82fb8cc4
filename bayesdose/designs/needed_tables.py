"""What a model-based design's rules need of its tables."""

from typing import Any

import attrs

from bayesdose.errors import InputError
from bayesdose.inference.posterior import Needs, PosteriorTable
from bayesdose.rules.admissible import AdmissibleRule
from bayesdose.rules.next_dose import NextDoseRule
from bayesdose.rules.stopping import StoppingRule, mtd_targets

__all__ = ["check_tables", "joined_needs"]


def joined_needs(
    next_dose: NextDoseRule,
    admissible: AdmissibleRule | None,
    stopping: StoppingRule | None,
    recommended_by: NextDoseRule | None = None,
) -> Needs:
    """What a design's rules together need to know of the posterior.

    Raises
    ------
    InputError
        If two rules compare medians, or ask for the MTD, with different targets.
    """
    needs = [rule.needs for rule in (next_dose, recommended_by) if rule is not None]
    others = [rule.bounds for rule in (admissible, stopping) if rule is not None]
    bounds = {bound for bounds in (*(need.bounds for need in needs), *others) for bound in bounds}
    medians = {need.averages_below for need in needs if need.averages_below is not None}
    if len(medians) > 1:
        raise InputError("median rules", got=sorted(medians), wanted="one target for both")
    targets = set() if stopping is None else set(mtd_targets(stopping))
    if len(targets) > 1:
        raise InputError("rules about the MTD's precision", got=sorted(targets), wanted="one target")
    plug_in = any(need.plug_in for need in needs)
    return Needs(
        tuple(sorted(bounds)),
        plug_in,
        medians.pop() if medians else None,
        targets.pop() if targets else None,
    )


def check_tables(design: Any, field: attrs.Attribute, tables: tuple[PosteriorTable, ...]) -> None:
    """Validator of a model-based design's tables: they hold what its rules need."""
    needs = joined_needs(design.next_dose, design.admissible, design.stopping, design.recommended_by)
    for table in tables:
        if table.num_doses != len(design.grid):
            raise InputError(
                "model tables", got=f"{table.num_doses} doses", wanted=f"the grid's {len(design.grid)}"
            )
        if table.max_patients < design.max_patients or not table.offers(needs):
            raise InputError(
                "model tables",
                got=f"bounds {table.bounds}, checked up to {table.max_patients} patients",
                wanted=f"{needs}, checked up to {design.max_patients} patients",
                fix="Pass these to `tabulate`.",
            )
