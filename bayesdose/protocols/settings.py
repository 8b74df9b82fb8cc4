"""Numbers of the BLRM that a protocol is compared with."""

from dataclasses import dataclass

from bayesdose.checks.numbers import check_at_least, check_interval, check_probability

__all__ = ["BLRMSettings"]


@dataclass(frozen=True)
class BLRMSettings:
    """Numbers of the BLRM that the protocol's own design is compared with.

    Parameters
    ----------
    target_interval : (float, float)
        Target interval of P(DLT).
    ewoc_cap : float
        Posterior probability of an overdose that an admissible dose stays below.
    cohort_size, max_patients : int
        Patients in a cohort and, at most, in all.
    patients_at_dose : int
        Stop when the next dose has this many patients already.

    Raises
    ------
    InputError
        If a number is out of range.
    """

    target_interval: tuple[float, float]
    ewoc_cap: float
    cohort_size: int
    max_patients: int
    patients_at_dose: int

    def __post_init__(self) -> None:
        check_interval("target_interval", *self.target_interval)
        check_probability("ewoc_cap", self.ewoc_cap)
        for name in ("cohort_size", "max_patients", "patients_at_dose"):
            check_at_least(name, getattr(self, name), 1)

    def __str__(self) -> str:
        lower, upper = self.target_interval
        return (
            f"target interval [{lower:g}, {upper:g}) of P(DLT), EWOC cap {self.ewoc_cap:g}, cohorts of "
            f"{self.cohort_size}, at most {self.max_patients} patients, stop with {self.patients_at_dose} "
            "at the next dose"
        )
