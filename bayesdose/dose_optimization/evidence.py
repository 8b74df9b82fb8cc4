"""What was measured at a dose, apart from what it is held against."""

from typing import Annotated, Any

import annotated_types as at
import attrs

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import Count, Finite, InnerProbability, Name, Positive, Share, Whole
from bayesdose.errors import InputError

__all__ = ["Counted", "DoseIntensity", "EvidenceAtDose", "Exposure", "MeasuredMean", "Measurement", "Unit"]

# Far beyond any trial.
_Patients = Annotated[Whole, at.Le(100_000)]
_Measured = Annotated[Count, at.Le(100_000)]
_CV = Annotated[Positive, at.Le(5), "as a share (0.4 is 40 %)"]
Unit = Annotated[str, at.Predicate(lambda unit: bool(unit.strip())), "with the unit, such as 'ng/mL'"]


def _no_more_than_evaluable(counted: "Counted", field: attrs.Attribute, events: int) -> None:
    if events > counted.evaluable:
        raise InputError(
            "Counted, events",
            got=events,
            wanted=f"at most the number of evaluable patients, which is {counted.evaluable}",
        )


@checked_value
class Counted:
    """How many of the patients who could be judged had an event, such as a DLT or a response.

    Parameters
    ----------
    evaluable : int
        Patients in whom the event could be seen.
    events : int
        Those who had it.

    Raises
    ------
    InputError
        If a number is negative, or there are more events than evaluable patients.

    Examples
    --------
    >>> print(Counted(evaluable=12, events=1))
    1 of 12
    """

    evaluable: _Patients
    events: Whole = attrs.field(validator=_no_more_than_evaluable)

    def __str__(self) -> str:
        return f"{self.events} of {self.evaluable}"

    @property
    def patients(self) -> int:
        """Patients in whom it was measured."""
        return self.evaluable


def _one_spread(exposure: "Exposure", field: attrs.Attribute, interval: tuple[float, float] | None) -> None:
    if exposure.cv is not None and interval is not None:
        raise InputError(
            "Exposure, interval",
            got=interval,
            wanted="a coefficient of variation or an interval, not both",
        )
    if interval is not None and not interval[0] < exposure.geometric_mean < interval[1]:
        raise InputError(
            "Exposure, interval",
            got=interval,
            wanted=f"the lower bound first, and the mean of {exposure.geometric_mean:g} between them",
        )


@checked_value
class Exposure:
    """A concentration or an area under its curve: the geometric mean over the patients of a dose.

    Parameters
    ----------
    patients : int
        Patients in whom it was measured.
    geometric_mean : float
        Above zero.
    unit : str
        Its unit, such as ``"ng/mL"``; ``"ratio"`` of a ratio of two.
    cv : float, optional
        Geometric coefficient of variation between patients, as a share (0.4 is 40 %), at most 5.
    interval : (float, float), optional
        Confidence interval of the geometric mean, in place of `cv`.
    level : float, default 0.9
        Confidence of the interval.

    Raises
    ------
    InputError
        If a number is out of range, the unit is missing, both a `cv` and an interval are given, or the mean
        is not inside its interval.

    Examples
    --------
    >>> print(Exposure(6, 410, "ng/mL", cv=0.38))
    410 ng/mL (CV 38 %, 6 patients)
    """

    patients: _Measured
    geometric_mean: Positive
    unit: Unit
    cv: _CV | None = None
    interval: tuple[Positive, Positive] | None = attrs.field(default=None, validator=_one_spread)
    level: InnerProbability = 0.9

    def __str__(self) -> str:
        return (
            f"{self.geometric_mean:g} {self.unit} ({', '.join([*self._spread(), _patients(self.patients)])})"
        )

    def _spread(self) -> list[str]:
        if self.cv is not None:
            return [f"CV {100 * self.cv:.3g} %"]
        if self.interval is not None:
            low, high = self.interval
            return [f"{100 * self.level:g} % interval {low:g} to {high:g}"]
        return []


@checked_value
class MeasuredMean:
    """An arithmetic mean with its standard error, such as a change of a pharmacodynamic marker.

    Parameters
    ----------
    patients : int
        Patients in whom it was measured.
    mean : float
        The mean, of either sign.
    unit : str
        Its unit, such as ``"% reduction"``.
    se : float, optional
        Standard error of the mean.

    Raises
    ------
    InputError
        If a number is out of range, or the unit is missing.

    Examples
    --------
    >>> print(MeasuredMean(8, 63, "% reduction", se=6.5))
    63 ± 6.5 % reduction (8 patients)
    """

    patients: _Measured
    mean: Finite
    unit: Unit
    se: Positive | None = None

    def __str__(self) -> str:
        error = "" if self.se is None else f" ± {self.se:g}"
        return f"{self.mean:g}{error} {self.unit} ({_patients(self.patients)})"


def _reduced_among_patients(intensity: "DoseIntensity", field: attrs.Attribute, reduced: int) -> None:
    if reduced > intensity.patients:
        wanted = f"at most the number of patients, which is {intensity.patients}"
        raise InputError("DoseIntensity, reduced", got=reduced, wanted=wanted)


@checked_value
class DoseIntensity:
    """How much of the planned dose the patients took, and how many of them went on with less.

    Parameters
    ----------
    patients : int
        Patients in whom it was measured.
    relative : float
        Mean of the patients' relative dose intensities: dose taken over dose planned, as a share.
    reduced : int
        Patients whose dose was reduced.

    Raises
    ------
    InputError
        If a number is out of range, or more patients had their dose reduced than there are.

    Examples
    --------
    >>> print(DoseIntensity(12, 0.91, 2))
    91 % of the planned dose, 2 of 12 reduced
    """

    patients: _Measured
    relative: Annotated[Share, "as a share (0.91 is 91 %)"]
    reduced: Whole = attrs.field(validator=_reduced_among_patients)

    def __str__(self) -> str:
        return f"{100 * self.relative:.3g} % of the planned dose, {self.reduced} of {self.patients} reduced"


Measurement = Counted | Exposure | MeasuredMean | DoseIntensity


def _in_treated_patients(evidence: Any, field: attrs.Attribute, measured: dict[str, Measurement]) -> None:
    for name, one in measured.items():
        if one.patients > evidence.patients:
            raise InputError(
                f"EvidenceAtDose, measured, {name}",
                got=f"{one.patients} patients",
                wanted=f"at most those who were treated at {evidence.dose:g}, {evidence.patients}",
            )


@checked_value
class EvidenceAtDose:
    """What is known of one dose: patients, and what was measured in them.

    Parameters
    ----------
    dose : float
        The dose, in the unit of the record's doses.
    patients : int
        Patients treated at it.
    measured : dict of str to Counted, Exposure, MeasuredMean or DoseIntensity, optional
        What was measured, by the name of the criterion that is held against it. What is not there was not
        measured.

    Raises
    ------
    InputError
        If a number is out of range, or something was measured in more patients than were treated.
    """

    dose: Positive
    patients: _Patients
    measured: dict[Name, Measurement] = attrs.field(factory=dict, validator=_in_treated_patients)


def _patients(number: int) -> str:
    return f"{number} patient{'s' * (number != 1)}"
