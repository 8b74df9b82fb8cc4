"""Criteria for how much there is at a dose: exposure, a pharmacodynamic marker, dose intensity."""

import math
from collections.abc import Sequence
from typing import ClassVar, Literal

from scipy.special import stdtr, stdtrit

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import Finite, InnerProbability, Name, Patients, Positive, Share
from bayesdose.dose_optimization.criteria import Criterion, Judgement, Verdict, judged, shown_probability
from bayesdose.dose_optimization.evidence import DoseIntensity, Exposure, MeasuredMean, Unit

__all__ = ["DoseIntensityKept", "ExposureAgainst", "MeanAgainst"]

type _Side = Literal["at least", "at most"]
_SIGNS = {"at least": "≥", "at most": "≤"}


@checked_value
class ExposureAgainst(Criterion):
    """Exposure is likely on the right side of a threshold, such as a target concentration at steady state.

    The probability that the true geometric mean is there, with the reference prior of a log-normal sample: by
    Student's t of the log mean, with one degree of freedom fewer than patients. The margin is the geometric
    mean as a multiple of the threshold.

    Parameters
    ----------
    endpoint : str
        What is measured, such as a trough concentration at steady state.
    side : {"at least", "at most"}
        Where the geometric mean should be: at least a target, or at most what is safe.
    threshold : float
        The threshold, above zero.
    unit : str
        Its unit; a measurement in another one is refused.
    certainty : float
        Smallest probability with which it is there.
    min_patients : int, default 3
        With fewer patients measured at a dose there is not enough data.

    Raises
    ------
    InputError
        If a number is out of range, or the unit is missing.

    Examples
    --------
    >>> criterion = ExposureAgainst("trough, steady state", "at least", 300, "ng/mL", certainty=0.8)
    >>> for one in criterion.judge([Exposure(6, 410, "ng/mL", cv=0.38), Exposure(6, 410, "ng/mL")]):
    ...     print(one)
    met: 410 ng/mL (CV 38 %, 6 patients); margin 1.37, P(mean ≥ 300 ng/mL) = 0.95
    not enough data: 410 ng/mL (6 patients); margin 1.37, its spread is not given
    """

    takes: ClassVar = Exposure

    endpoint: Name  # pyright: ignore[reportIncompatibleMethodOverride]
    side: _Side
    threshold: Positive
    unit: Unit
    certainty: InnerProbability
    min_patients: Patients = 3

    def __str__(self) -> str:
        return f"{self.endpoint}: {self.threshold_in_words}"

    @property
    def threshold_in_words(self) -> str:
        """What the dose has to reach, with units."""
        return (
            f"P(geometric mean {_SIGNS[self.side]} {self.threshold:g} {self.unit}) at least "
            f"{self.certainty:g}, from {self.min_patients} patients on"
        )

    def judge(self, measured: Sequence[Exposure | None]) -> tuple[Judgement, ...]:
        """Judge every dose of a trial by its own patients."""
        return tuple(judged(one, self.min_patients, self._judgement) for one in measured)

    def _judgement(self, exposure: Exposure) -> Judgement:
        margin = exposure.geometric_mean / self.threshold
        distance = math.log(exposure.geometric_mean) - math.log(self.threshold)
        return _on_side(self, exposure, distance, _error_of_log_mean(exposure), f"margin {margin:.3g}, ")


@checked_value
class MeanAgainst(Criterion):
    """A mean, such as a marker's change, is likely on the right side of a threshold.

    The probability that the true mean is there, with the reference prior of a normal sample: by Student's t,
    with one degree of freedom fewer than patients.

    Parameters
    ----------
    endpoint : str
        What is measured, such as the change of a marker from baseline.
    side : {"at least", "at most"}
        Where the mean should be.
    threshold : float
        The threshold, of either sign.
    unit : str
        Its unit; a measurement in another one is refused.
    certainty : float
        Smallest probability with which it is there.
    min_patients : int, default 3
        With fewer patients measured at a dose there is not enough data.

    Raises
    ------
    InputError
        If a number is out of range, or the unit is missing.

    Examples
    --------
    >>> criterion = MeanAgainst("pCDK1 in skin", "at least", 50, "% reduction", certainty=0.8)
    >>> print(*criterion.judge([MeasuredMean(8, 63, "% reduction", se=6.5)]))
    met: 63 ± 6.5 % reduction (8 patients); P(mean ≥ 50 % reduction) = 0.96
    """

    takes: ClassVar = MeasuredMean

    endpoint: Name  # pyright: ignore[reportIncompatibleMethodOverride]
    side: _Side
    threshold: Finite
    unit: Unit
    certainty: InnerProbability
    min_patients: Patients = 3

    def __str__(self) -> str:
        return f"{self.endpoint}: {self.threshold_in_words}"

    @property
    def threshold_in_words(self) -> str:
        """What the dose has to reach, with units."""
        return (
            f"P(mean {_SIGNS[self.side]} {self.threshold:g} {self.unit}) at least "
            f"{self.certainty:g}, from {self.min_patients} patients on"
        )

    def judge(self, measured: Sequence[MeasuredMean | None]) -> tuple[Judgement, ...]:
        """Judge every dose of a trial by its own patients."""
        return tuple(judged(one, self.min_patients, self._judgement) for one in measured)

    def _judgement(self, mean: MeasuredMean) -> Judgement:
        error = mean.se if mean.patients > 1 else None
        return _on_side(self, mean, mean.mean - self.threshold, error)


@checked_value
class DoseIntensityKept(Criterion):
    """Patients take most of the planned dose, and few have theirs reduced: both as observed.

    Parameters
    ----------
    endpoint : str
        Over which time, such as the first two cycles.
    least_relative : float
        Smallest mean relative dose intensity, as a share.
    most_reduced : float
        Largest share of patients whose dose was reduced.
    min_patients : int, default 3
        With fewer patients at a dose there is not enough data.

    Raises
    ------
    InputError
        If a number is out of range.

    Examples
    --------
    >>> criterion = DoseIntensityKept("cycles 1 and 2", least_relative=0.8, most_reduced=0.3)
    >>> for one in criterion.judge([DoseIntensity(12, 0.91, 2), DoseIntensity(6, 0.84, 3)]):
    ...     print(one)
    met: 91 % of the planned dose, 2 of 12 reduced; 16.7 % reduced
    not met: 84 % of the planned dose, 3 of 6 reduced; 50 % reduced
    """

    takes: ClassVar = DoseIntensity

    endpoint: Name  # pyright: ignore[reportIncompatibleMethodOverride]
    least_relative: Share
    most_reduced: Share
    min_patients: Patients = 3

    def __str__(self) -> str:
        return f"{self.endpoint}: {self.threshold_in_words}"

    @property
    def threshold_in_words(self) -> str:
        """What the dose has to reach, with units."""
        return (
            f"at least {100 * self.least_relative:g} % of the planned dose, and at most "
            f"{100 * self.most_reduced:g} % of patients reduced, from {self.min_patients} patients on"
        )

    def judge(self, measured: Sequence[DoseIntensity | None]) -> tuple[Judgement, ...]:
        """Judge every dose of a trial by its own patients."""
        return tuple(judged(one, self.min_patients, self._judgement) for one in measured)

    def _judgement(self, intensity: DoseIntensity) -> Judgement:
        reduced = intensity.reduced / intensity.patients
        kept = intensity.relative >= self.least_relative and reduced <= self.most_reduced
        verdict = Verdict.MET if kept else Verdict.NOT_MET
        return Judgement(verdict, str(intensity), f"{100 * reduced:.3g} % reduced")


def _error_of_log_mean(exposure: Exposure) -> float | None:
    """Standard error of the log of the geometric mean; None where it is not known."""
    if exposure.patients < 2:
        return None
    if exposure.cv is not None:
        return math.sqrt(math.log1p(exposure.cv**2) / exposure.patients)
    if exposure.interval is not None:
        half_width = math.log(exposure.interval[1] / exposure.interval[0]) / 2
        return half_width / float(stdtrit(exposure.patients - 1, (1 + exposure.level) / 2))
    return None


def _on_side(
    criterion: ExposureAgainst | MeanAgainst,
    measured: Exposure | MeasuredMean,
    distance: float,
    error: float | None,
    before: str = "",
) -> Judgement:
    """Whether a mean at a distance from its threshold, with a standard error, is likely on the right side."""
    if error is None:
        missing = "its spread is not given" if measured.patients > 1 else "one patient has no spread"
        return Judgement(Verdict.NOT_ENOUGH_DATA, str(measured), f"{before}{missing}")
    upwards = 1 if criterion.side == "at least" else -1
    found = float(stdtr(measured.patients - 1, upwards * distance / error))
    verdict = Verdict.MET if found >= criterion.certainty else Verdict.NOT_MET
    shown = shown_probability(found, criterion.certainty)
    words = f"P(mean {_SIGNS[criterion.side]} {criterion.threshold:g} {criterion.unit}) {shown}"
    return Judgement(verdict, str(measured), f"{before}{words}", found)
