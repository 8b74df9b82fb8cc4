"""Two or more doses to which patients are randomised, and the choice between them by utility."""

from typing import Annotated

import annotated_types as at
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import InnerProbability, Probability
from bayesdose.dose_optimization.utility_admissible import BetaAdmissible
from bayesdose.rules.obd import BestUtility
from bayesdose.rules.obd_utility import Utility
from bayesdose.simulation.states import cohort_outcomes, multinomial_coefficients

__all__ = ["RandomisedArms"]

# 60 patients of an arm have 39,711 results.
_InArm = Annotated[int, at.Ge(1), at.Le(60)]
# Limits that let every dose pass.
_NEVER = 1e-12


@checked_value
class RandomisedArms:
    """Doses to which equally many patients are randomised, and how one of them is chosen.

    Of the arms that are admissible by their own patients the one with the highest posterior mean utility is
    chosen, the lower of two that are equal; none where no arm is admissible. The utility per patient, on a
    scale from 0 to 1, has the prior Beta(1, 1).

    Parameters
    ----------
    patients : int
        Patients of each arm, at most 60.
    utility : Utility, default Utility()
        What the outcomes are worth.
    max_toxicity, min_efficacy : float, optional
        Limits of P(DLT) and P(response); without one it excludes no arm.
    toxicity_cutoff, efficacy_cutoff : float, default 0.95 and 0.9
        An arm is not admissible if P(P(DLT) > max_toxicity) or P(P(response) < min_efficacy), under a uniform
        prior, reaches these.

    Raises
    ------
    InputError
        If a number is out of range.

    Examples
    --------
    >>> RandomisedArms(20, max_toxicity=0.35).aim.max_toxicity
    0.35
    """

    patients: _InArm
    utility: Utility = Utility()
    max_toxicity: InnerProbability | None = None
    min_efficacy: InnerProbability | None = None
    toxicity_cutoff: Probability = 0.95
    efficacy_cutoff: Probability = 0.90

    @property
    def aim(self) -> BestUtility:
        """Which dose is the best one in truth: by the same utility and limits."""
        toxicity = 1.0 if self.max_toxicity is None else self.max_toxicity
        return BestUtility(self.utility, toxicity, self.min_efficacy or 0.0)

    def results(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Each result of an arm: counts (R, 4), posterior mean utility, and whether it is admissible."""
        counts = cohort_outcomes(self.patients, 4)
        mean = np.round((1 + self.utility.earned(counts)) / (2 + self.patients), 12)
        patients = np.full(len(counts), self.patients)
        admissible = np.ones(len(counts), dtype=bool)
        rule = BetaAdmissible(
            self.max_toxicity or 0.5, self.min_efficacy or _NEVER, self.toxicity_cutoff, self.efficacy_cutoff
        )
        if self.max_toxicity is not None:
            admissible &= ~rule.too_toxic(patients[:, None], counts[:, 2:].sum(axis=1)[:, None])[:, 0]
        if self.min_efficacy is not None:
            admissible &= ~rule.inactive(patients, counts[:, 1:3].sum(axis=1))
        return counts, mean, admissible

    def prob_results(self, prob_outcome: np.ndarray) -> np.ndarray:
        """Probability of each result of an arm, shape (..., R), from those of the outcomes, (..., 4)."""
        counts = cohort_outcomes(self.patients, 4)
        powers = (np.asarray(prob_outcome)[..., None, :] ** counts).prod(axis=-1)
        return powers * multinomial_coefficients(counts)
