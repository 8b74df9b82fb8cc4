"""EWOC with a feasibility bound that rises with the number of patients."""

import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import InnerProbability, Whole
from bayesdose.inference.posterior import BatchPosterior
from bayesdose.rules.admissible import CombinedAdmissible
from bayesdose.rules.steps import as_many_as_starts, starts_from, step_at

__all__ = ["MTDEWOCByPatients"]


@checked_value
class MTDEWOCByPatients(CombinedAdmissible):
    """`MTDEWOC` whose feasibility bound depends on the number of patients in the trial.

    A low bound protects the first patients, when little is known; a higher one later brings the doses closer
    to the median of the MTD.

    Parameters
    ----------
    target : float
        P(DLT) that defines the MTD.
    starts : tuple of int
        Numbers of patients from which each bound holds; the first is 0.
    feasibility_bounds : tuple of float
        Largest posterior probability that the MTD is below an admissible dose, equality included.

    Raises
    ------
    InputError
        If the starts are not whole numbers that increase from 0, there is not one bound for each, or a
        probability is not inside (0, 1).

    References
    ----------
    Babb JS, Rogatko A (2001). Patient specific dosing in a cancer phase I clinical trial. Statistics in
    Medicine 20:2079-2090.

    Examples
    --------
    From 0.25 by 0.05 with every second patient up to 0.5:

    >>> rule = MTDEWOCByPatients(0.3, (0, 2, 4, 6, 8, 10), (0.25, 0.3, 0.35, 0.4, 0.45, 0.5))
    """

    target: InnerProbability
    starts: tuple[Whole, ...] = attrs.field(validator=starts_from(0))
    feasibility_bounds: tuple[InnerProbability, ...] = attrs.field(validator=as_many_as_starts)

    def __str__(self) -> str:
        steps = ", ".join(
            f"{bound:g} from {start} patients"
            for bound, start in zip(self.feasibility_bounds, self.starts, strict=True)
        )
        return f"P(MTD < dose) <= {steps}, MTD at P(DLT) = {self.target:g}"

    @property
    def bounds(self) -> tuple[float, ...]:
        """Bounds on P(DLT) that the posterior must offer."""
        return (self.target,)

    def admissible(self, posterior: BatchPosterior) -> np.ndarray:
        """Whether each dose may be given, shape (B, K)."""
        return self._room(posterior) >= 0

    def margin(self, posterior: BatchPosterior) -> np.ndarray:
        """Distance of the probability from the feasibility bound, shape (B, K)."""
        return np.abs(self._room(posterior))

    def _room(self, posterior: BatchPosterior) -> np.ndarray:
        assert posterior.num_patients is not None, "a posterior from counts knows them"
        bound = step_at(self.starts, self.feasibility_bounds, posterior.num_patients)
        return bound[:, None] - (1.0 - posterior.below(self.target))
