"""Whether one design's advantage over another holds under other priors and on other curves."""

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

import attrs
import numpy as np
import pandas as pd

from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.base import Design
from bayesdose.designs.model_based import ModelBased
from bayesdose.files import write_atomically
from bayesdose.grid import DoseGrid
from bayesdose.models.description import TwoParameterLogistic
from bayesdose.progress import Progress, no_progress
from bayesdose.protocols.designs import protocol_designs, protocol_prior, protocol_priors
from bayesdose.protocols.footing import on_one_footing
from bayesdose.protocols.protocol import Protocol
from bayesdose.rules.mtd import MTDRule, limit_of
from bayesdose.scenarios.library import builtin_scenarios
from bayesdose.scenarios.murray import murray_scenarios
from bayesdose.scenarios.near_limit import near_limit_scenarios
from bayesdose.scenarios.pseudo_uniform import pseudo_uniform_scenarios
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.operating_characteristics import operating_characteristics

__all__ = ["curve_families", "robustness", "stated_hash", "stored_means", "verdict", "write_means"]

_CURVES, _SEED = 100, 1
# As for the built-in scenarios: P(DLT) at the MTD is 5/6 of the limit; Murray's MTD is within 1/6 of it.
_AT_MTD, _WITHIN = 5 / 6, 1 / 6
_MEANS = ["correct_selection", "overdose_selection", "selection_loss", "expected_sample_size"]
# Stored means have six digits.
_SAME = 5e-7
# Every design under a prior that is not its own has the same numbers, so it is computed once.
ANY_PRIOR = "any"


def curve_families(grid: DoseGrid, rule: MTDRule) -> dict[str, tuple[Scenario, ...]]:
    """Families of curves by name, those without an MTD left out; the random ones are the same in each run."""
    limit = limit_of(rule)
    target = _AT_MTD * limit
    families = {
        "built-in": builtin_scenarios(grid, rule),
        "near the limit": near_limit_scenarios(grid, rule),
        "pseudo-uniform": pseudo_uniform_scenarios(grid, target, _CURVES, rng=_SEED),
        "Murray": murray_scenarios(grid, target, _CURVES, delta=_WITHIN * limit, rng=_SEED),
    }
    return {
        family: tuple(
            attrs.evolve(one, name=f"{family} {number}")
            for number, one in enumerate(curves)
            if rule.mtd(np.array(one.prob_dlt)) >= 0
        )
        for family, curves in families.items()
    }


def robustness(
    protocol: Protocol, designs: Mapping[str, Design], names: Sequence[str], progress: Progress = no_progress
) -> pd.DataFrame:
    """Exact means over each family of curves, for each prior and design.

    Parameters
    ----------
    protocol : Protocol
        The protocol.
    designs : mapping of str to Design
        Its designs, on one footing.
    names : sequence of str
        Which of its comparators are among them, to be built under each prior if they use the protocol's.
    progress : callable, optional
        As for `operating_characteristics`.

    Returns
    -------
    pandas.DataFrame
        One row for each design, prior and family of curves.
    """
    own_prior = None if protocol.prior is None else protocol_prior(protocol)
    varied = [
        name
        for name in names
        if name in designs and own_prior is not None and _prior_of(designs[name]) == own_prior
    ]
    made: dict[tuple[str, str], Design] = {
        (label, ANY_PRIOR): design for label, design in designs.items() if label not in varied
    }
    for prior, value in protocol_priors(protocol).items() if varied else ():
        built = {name: designs[name] for name in varied}
        if value != own_prior:
            built = on_one_footing(protocol, protocol_designs(protocol, varied, prior=value))
        made |= {(name, prior): design for name, design in built.items()}
    rule = protocol.mtd_rule.value
    families = curve_families(protocol.grid.value, rule)
    keys = {f"{design}, {prior}": (design, prior) for design, prior in made}
    found = operating_characteristics(
        dict(zip(keys, made.values(), strict=True)),
        [one for curves in families.values() for one in curves],
        mtd_rule=rule,
        progress=progress,
    )
    rows, order = [], list(designs)
    for family, curves in families.items():
        means = found[_MEANS].sel(scenario=[one.name for one in curves]).mean("scenario").to_dataframe()
        for key, (design, prior) in keys.items():
            rows.append({"design": design, "prior": prior, "curves": family, **means.loc[key, _MEANS]})
    return pd.DataFrame(rows).sort_values("design", key=lambda one: one.map(order.index), kind="stable")


def stated_hash(protocol: Protocol) -> str:
    """SHA-256 of what the means rest on: doses, MTD rule, designs, priors and caps, without the reasons."""
    tables = [protocol.design, protocol.prior, protocol.other_priors, protocol.comparators]
    values = [protocol.patient_cap, protocol.calibrated_stop_cap]
    stated = [
        str(protocol.grid.value),
        protocol.start_level,
        str(protocol.mtd_rule.value),
        [None if one is None else one.plain for one in tables],
        [None if one is None else one.value for one in values],
    ]
    return hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()


def write_means(protocol: Protocol, means: pd.DataFrame, path: Path) -> None:
    """Write the means with the hash of what they rest on."""
    text = means.to_csv(index=False, float_format="%.6f", lineterminator="\n")
    content = f"# {protocol.name}, {stated_hash(protocol)}\n{text}"
    write_atomically(path, lambda temporary: temporary.write_text(content, encoding="utf-8"))


def stored_means(protocol: Protocol, designs: Mapping[str, Design]) -> pd.DataFrame | None:
    """The means that come with the package, if this protocol and these designs are those that they are of."""
    file = resources.files("bayesdose.protocols") / "data" / f"{protocol.name}-robustness.csv"
    if not file.is_file():
        return None
    first, _, rest = file.read_text(encoding="utf-8").partition("\n")
    if first != f"# {protocol.name}, {stated_hash(protocol)}":
        return None
    means = pd.read_csv(io.StringIO(rest))
    return means if list(means["design"].unique()) == list(designs) else None


def verdict(means: pd.DataFrame, own: str) -> list[str]:
    """In how many combinations of priors and curves each design finds the MTD more often than the own one."""
    right = _gain(means, "correct_selection", own)
    patients = _gain(means, "expected_sample_size", own)
    sentences = []
    for design in means["design"].unique():
        if design != own:
            sentences.append(
                _sentence(str(design), own, pd.Series(right.loc[design]), pd.Series(patients.loc[design]))
            )
    return sentences


def _gain(means: pd.DataFrame, name: str, own: str) -> pd.Series:
    """A mean of each design, prior and family, less the own design's in that family."""
    table = pd.Series(means.set_index(["design", "prior", "curves"])[name])
    reference = pd.Series(table.loc[own]).droplevel("prior")
    return pd.Series(table - reference.reindex(table.index, level="curves"))


def _sentence(design: str, own: str, gain: pd.Series, patients: pd.Series) -> str:
    priors = gain.index.unique("prior")
    families = gain.index.unique("curves")
    where = f"{len(families)} families of curves"
    if list(priors) != [ANY_PRIOR]:
        where = f"{len(gain)} combinations of {len(priors)} priors and {where}"
    if (gain.abs() < _SAME).all():
        return f"{design} finds the MTD as often as {own} in {len(gain)} of {where}."
    better = int((gain > 0).sum())
    usual = max(better, len(gain) - better)
    more = "more" if better == usual else "less"
    told = f"{design} finds the MTD {more} often than {own} in {usual} of {where}"
    mean = (
        f"by {100 * gain.min():+.1f} to {100 * gain.max():+.1f} points, with {patients.min():+.1f} to "
        f"{patients.max():+.1f} patients"
    )
    if usual == len(gain):
        return f"{told} ({mean}): the ranking holds."
    flipped = gain[gain <= 0] if more == "more" else gain[gain > 0]
    return f"{told} ({mean}): THE RANKING FLIPS with {_in_words(pd.Series(flipped), len(families))}."


def _in_words(flipped: pd.Series, families: int) -> str:
    """The combinations, those of one prior together."""
    parts = []
    for prior, group in flipped.groupby(level="prior", sort=False):
        curves = list(group.index.get_level_values("curves"))
        which = "all curves" if len(curves) == families else ", ".join(curves)
        parts.append(which if prior == ANY_PRIOR else f"prior {prior} ({which})")
    return "; ".join(parts)


def _prior_of(design: Design) -> object:
    """The prior of a design's two-parameter logistic model, single-patient levels before it or not."""
    inner = design.following if isinstance(design, AcceleratedTitration) else design
    source = inner.tables[0].source if isinstance(inner, ModelBased) else None
    model = None if source is None else source.model
    return model.prior if isinstance(model, TwoParameterLogistic) else None
