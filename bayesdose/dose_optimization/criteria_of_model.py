"""A criterion for DLTs by the model of the trial's own design."""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import InnerProbability, Name, Patients
from bayesdose.designs.model_based import ModelBased
from bayesdose.dose_optimization.criteria import Criterion, Judgement, judged
from bayesdose.dose_optimization.criteria_of_rates import at_most
from bayesdose.dose_optimization.evidence import Counted
from bayesdose.errors import InputError

__all__ = ["ModelRateAtMost"]


def _model_knows_limit(criterion: "ModelRateAtMost", field: attrs.Attribute, limit: float) -> None:
    known = criterion.design.tables[-1].bounds
    if limit not in known:
        raise InputError(
            "ModelRateAtMost, limit",
            got=limit,
            wanted=f"one of the bounds that the design's model was tabulated for, {known}",
        )


@checked_value
class ModelRateAtMost(Criterion):
    """DLTs are unlikely to be more frequent than a limit, by the model of the trial's own design.

    ``P(P(DLT) > limit) <= most_risk``, where the posterior at a dose rests on the patients of all doses.

    Parameters
    ----------
    endpoint : str
        The event, such as a DLT in the first cycle.
    design : ModelBased
        A design with a model, such as a BLRM; its doses are those of the record.
    limit : float
        Rate that should not be exceeded, one of the bounds of the design's intervals.
    most_risk : float
        Largest posterior probability with which it may be.
    min_patients : int, default 3
        With fewer evaluable patients at a dose there is not enough data for it, though they count for others.

    Raises
    ------
    InputError
        If a number is out of range, or the model was not tabulated for the limit.
    """

    takes: ClassVar = Counted

    endpoint: Name  # pyright: ignore[reportIncompatibleMethodOverride]
    design: ModelBased
    limit: InnerProbability = attrs.field(validator=_model_knows_limit)
    most_risk: InnerProbability = attrs.field()
    min_patients: Patients = 3

    def __str__(self) -> str:
        return f"{self.endpoint}: {self.threshold_in_words}"

    @property
    def threshold_in_words(self) -> str:
        """What the dose has to reach, with units."""
        return (
            f"P(rate > {self.limit:g}) at most {self.most_risk:g} by the design's model, "
            f"from {self.min_patients} patients on"
        )

    def probability(self, patients: np.ndarray, events: np.ndarray) -> np.ndarray:
        """``P(rate > limit)`` at each dose of B trials, from counts of shape (B, K)."""
        return 1 - self.design.tables[-1].posterior(patients, events).below(self.limit)

    def met(self, patients: np.ndarray, events: np.ndarray) -> np.ndarray:
        """Where the criterion is met, shape (B, K); false too where there is not enough data."""
        return (patients >= self.min_patients) & (self.probability(patients, events) <= self.most_risk)

    def judge(self, measured: Sequence[Counted | None]) -> tuple[Judgement, ...]:
        """Judge every dose of a trial by the patients of all.

        Raises
        ------
        InputError
            If the design has another number of doses.
        """
        if len(measured) != len(self.design.grid):
            wanted = f"the design's {len(self.design.grid)} doses"
            raise InputError("ModelRateAtMost, measured", got=f"{len(measured)} doses", wanted=wanted)
        patients, events = (
            np.array([[0 if one is None else getattr(one, name) for one in measured]])
            for name in ("evaluable", "events")
        )
        risks = self.probability(patients, events)[0].tolist()
        return tuple(
            judged(one, self.min_patients, partial(at_most, self.limit, self.most_risk, risk))
            for one, risk in zip(measured, risks, strict=True)
        )
