"""What fits together in a plan."""

from collections import Counter
from typing import Any

import attrs
import numpy as np

from bayesdose.designs.base import Design
from bayesdose.designs.expansion import ExpansionCohort
from bayesdose.designs.optional import ESCALATION, stages_of
from bayesdose.designs.second_regimen import SecondRegimen
from bayesdose.designs.stage import Stage
from bayesdose.designs.stage_memory import LARGEST_MEMORY, radices
from bayesdose.errors import InputError

__all__ = ["check_escalation", "check_stages", "second_regimen_of"]

_MOST = 500  # patients of a trial


def second_regimen_of(stages: tuple[Stage, ...]) -> SecondRegimen | None:
    """The stage that begins another regimen, if there is one."""
    return next((stage for stage in stages if isinstance(stage, SecondRegimen)), None)


def check_escalation(trial: Any, field: attrs.Attribute, escalation: Design) -> None:
    """Validator of a plan's escalation: it is no plan itself."""
    if bool(stages_of(escalation)[1:]):
        raise InputError(
            "Plan, escalation",
            got="a plan",
            wanted="a design that escalates",
            fix="Add its stages to this plan.",
        )


def check_stages(trial: Any, field: attrs.Attribute, stages: tuple[Stage, ...]) -> None:
    """Validator of a plan's stages: they fit each other, and the trial is not too large."""
    names = [ESCALATION, *(stage.name for stage in stages)]
    if repeated := [name for name, number in Counter(names).items() if number > 1]:
        raise InputError("Plan, stages", got=f"two named {repeated[0]!r}", wanted="different names")
    _check_second_regimen(trial, stages)
    most = trial.max_patients
    if most > _MOST:
        raise InputError(
            "Plan, stages",
            got=f"up to {most} patients",
            wanted=f"at most {_MOST} in all",
            fix="Take smaller totals.",
        )
    if np.prod([float(radix) for radix in radices(len(stages), len(trial.grid), most)]) > LARGEST_MEMORY:
        most_stages = sum(np.cumprod([(most + 1.0) ** 2] * len(stages)) < LARGEST_MEMORY / 1e6)
        raise InputError(
            "Plan, stages",
            got=f"{len(stages)} stages of a trial with up to {most} patients",
            wanted=f"at most {most_stages} so large",
        )


def _check_second_regimen(trial: Any, stages: tuple[Stage, ...]) -> None:
    second = second_regimen_of(stages)
    if second is None:
        return
    if second is not stages[0] or sum(isinstance(stage, SecondRegimen) for stage in stages) > 1:
        raise InputError(
            "Plan, stages",
            got=[stage.name for stage in stages],
            wanted="a second regimen, if any, as the first stage after the escalation, once",
        )
    if second.treatments.grids[0] != trial.escalation.grid:
        raise InputError(
            "Plan, stages, treatments",
            got=f"doses {second.treatments.grids[0]} of regimen {second.treatments.regimens[0].name}",
            wanted=f"the escalation's doses for the first regimen, {trial.escalation.grid}",
        )
    checked_to = getattr(second.test, "max_patients", None)
    most = trial.escalation.max_patients + second.most_patients(len(second.treatments))
    if checked_to is not None and most > checked_to:
        raise InputError(
            "Plan, stages, test",
            got=f"a model whose tables are checked up to {checked_to} patients",
            wanted=f"{most}, the most that the escalation and the second regimen treat",
            fix=f"Pass max_patients={most} to the test.",
        )
    asks = [
        stage.name
        for stage in stages
        if isinstance(stage, ExpansionCohort)
        and stage.monitoring is not None
        and stage.monitoring.asks_escalation
    ]
    if asks or trial.estimate_again:
        raise InputError(
            "Plan, stages",
            got=f"the escalation asked again ({', '.join(asks) or 'estimate_again'}) after a second regimen",
            wanted="rules that look at the dose's own patients: the escalation knows its own regimen alone",
        )
