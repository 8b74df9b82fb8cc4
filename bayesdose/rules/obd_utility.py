"""What a patient's outcome is worth, where response and toxicity both count."""

from typing import Annotated, Any

import annotated_types as at
import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.errors import InputError

__all__ = ["Utility"]

_Worth = Annotated[float, at.Ge(0), at.Le(100)]


def _in_order(utility: Any, attribute: Any, value: float) -> None:
    between = (utility.none, utility.both)
    ordered = all(utility.dlt <= one <= utility.response for one in between)
    if not ordered or not utility.dlt < utility.response:
        raise InputError(
            "Utility",
            got=utility,
            wanted="a response without DLT worth most, a DLT without response least, the others between",
        )


@checked_value
class Utility:
    """What each of the four outcomes of a patient is worth, on a scale from 0 to 100.

    Parameters
    ----------
    none : float, default 40
        Neither a response nor a DLT.
    response : float, default 100
        A response without DLT.
    both : float, default 60
        A response and a DLT.
    dlt : float, default 0
        A DLT without response.

    Raises
    ------
    InputError
        If a number is outside [0, 100], a response without DLT is not worth most, or a DLT without response
        not least.

    References
    ----------
    Lin R, Zhou Y, Yan F, Li D, Yuan Y (2020). BOIN12: Bayesian optimal interval phase I/II trial design for
    utility-based dose finding in immunotherapy and targeted therapies. JCO Precision Oncology 4:1393-1402.

    Examples
    --------
    >>> utility = Utility()
    >>> utility.mean(np.array([[0.4, 0.4, 0.1, 0.1]])).round(1).tolist()
    [62.0]
    >>> utility.of_margins(0.35, 0.25)
    41.0
    """

    none: _Worth = 40.0
    response: _Worth = 100.0
    both: _Worth = 60.0
    dlt: _Worth = attrs.field(default=0.0, validator=_in_order)

    def __str__(self) -> str:
        return (
            f"{self.response:g} for a response without DLT, {self.both:g} for a response with a DLT, "
            f"{self.none:g} for neither, {self.dlt:g} for a DLT alone"
        )

    @property
    def worths(self) -> np.ndarray:
        """Worth of each outcome category in the order of counts, shape (4,)."""
        return np.array([self.none, self.response, self.both, self.dlt])

    @property
    def of_margins_alone(self) -> bool:
        """Whether DLTs and responses can be counted apart: a patient with both is worth what the two are."""
        return bool(np.isclose(self.response + self.dlt, self.none + self.both, rtol=0, atol=1e-9))

    def mean(self, prob_outcome: np.ndarray) -> np.ndarray:
        """Expected utility, shape (...), from probabilities of the four outcomes, shape (..., 4)."""
        return np.asarray(prob_outcome) @ self.worths

    def earned(self, counts: np.ndarray) -> np.ndarray:
        """Sum of the patients' utilities on a scale from 0 to 1, shape (...), from counts (..., 4)."""
        return counts @ (self.worths / 100)

    def of_margins(self, prob_dlt: float, prob_response: float) -> float:
        """Expected utility where DLT and response are independent."""
        no_dlt, no_response = 1 - prob_dlt, 1 - prob_response
        parts = [no_dlt * no_response, no_dlt * prob_response, prob_dlt * prob_response]
        return round(float(np.array([*parts, prob_dlt * no_response]) @ self.worths), 12)
