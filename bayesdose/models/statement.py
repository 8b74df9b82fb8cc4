"""What somebody states about P(DLT) at a dose."""

import math
from collections.abc import Sequence
from itertools import combinations

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import InnerProbability, Positive
from bayesdose.errors import InputError

__all__ = ["Quantile", "check_consistent", "check_enough"]


@checked_value
class Quantile:
    """The statement "P(DLT) at `dose` is below `prob_dlt` with probability `probability`".

    Parameters
    ----------
    dose : float
        Dose, in the unit of the grid.
    probability : float
        Prior probability of the statement, in (0, 1); 0.5 states the median.
    prob_dlt : float
        The bound on P(DLT), in (0, 1).

    Raises
    ------
    InputError
        If a number is out of range.
    """

    dose: Positive
    probability: InnerProbability
    prob_dlt: InnerProbability

    def __str__(self) -> str:
        return self.in_words()

    def in_words(self, unit: str = "") -> str:
        """The statement in words, with the unit of the dose where it is known."""
        dose = f"{self.dose:g} {unit}".rstrip()
        return f"P(DLT at {dose}) < {self.prob_dlt:g} with probability {self.probability:g}"


def check_consistent(asked: Sequence[Quantile]) -> None:
    """At one dose bounds rise with probability; no higher dose is stated to be safer."""
    for first, second in combinations(asked, 2):
        if first.dose == second.dose:
            if first.probability == second.probability or first.prob_dlt >= second.prob_dlt:
                raise InputError(
                    "prior quantiles",
                    got=f"{first}; {second}",
                    wanted="at one dose, the more probable statement with the higher bound on P(DLT)",
                )
        elif second.prob_dlt <= first.prob_dlt and second.probability >= first.probability:
            # P(DLT) rises with the dose, so being below any bound becomes less probable.
            raise InputError(
                "prior quantiles",
                got=f"{first}; {second}",
                wanted="a higher dose that is not stated to be safer",
            )


def check_enough(asked: Sequence[Quantile], reference: float, fits_correlation: bool) -> None:
    """Refuse statements that leave a number of the prior open.

    A dose fixes at most a centre and a spread; away from the reference dose, where P(DLT) is not
    exactly logit-normal, a third statement can also fix the correlation.
    """
    doses = sorted({q.dose for q in asked})
    most = [3 if fits_correlation and not math.isclose(dose, reference) else 2 for dose in doses]
    fixed = sum(
        min(limit, sum(q.dose == dose for q in asked)) for dose, limit in zip(doses, most, strict=True)
    )
    needed = 5 if fits_correlation else 4
    if len(doses) < 2 or fixed < needed:
        raise InputError(
            "prior quantiles",
            got=[str(q) for q in asked],
            wanted="at least two statements at each of two different doses"
            + (", and one more away from the reference dose to fit the correlation" if needed == 5 else ""),
        )
