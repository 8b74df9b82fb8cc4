"""A rule that stands for a committee: which dose it would recommend from what was seen at each."""

from typing import Literal

import numpy as np
from scipy.special import betaincc

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import InnerProbability, Probability
from bayesdose.dose_optimization.utility_admissible import BetaAdmissible, by_pairs
from bayesdose.rules.obd_utility import Utility
from bayesdose.trial import NO_DOSE, TrialState

__all__ = ["CommitteeRule"]


@checked_value
class CommitteeRule:
    """Which dose a committee would recommend, as a rule: an assumption, so that a trial can be simulated.

    A committee weighs more than a rule can hold. This one asks of each dose given, by its own patients under
    uniform priors, whether it is safe and whether enough patients respond, or show whatever stands for
    response, such as a target that is saturated; of the doses that are both it takes the one that it prefers.

    Parameters
    ----------
    max_toxicity : float
        A dose is safe if P(P(DLT) > max_toxicity) is below `toxicity_cutoff`, there and at all doses below.
    min_response : float
        A dose is active if P(P(response) >= min_response) is at least `response_confidence`.
    toxicity_cutoff : float, default 0.5
        See `max_toxicity`.
    response_confidence : float, default 0.5
        See `min_response`.
    prefers : {"lowest", "highest", "best utility"}
        Which of the doses that are safe and active.
    utility : Utility, default Utility()
        What the outcomes are worth, for the last of these; the lower of two doses that are equal.
    above_design : bool, default False
        Whether a dose above the one that the design itself recommends may be taken.
    otherwise : {"none", "design"}
        What is recommended where no dose is both: no dose, or the design's own.

    Raises
    ------
    InputError
        If a number is out of range.

    Examples
    --------
    >>> rule = CommitteeRule(max_toxicity=0.33, min_response=0.8)
    >>> counts = np.array([[[3, 0, 0, 0], [0, 6, 0, 0], [0, 5, 1, 0]]])
    >>> state = TrialState(counts, np.array([2]), np.array([0]))
    >>> rule.select(state, np.array([2])).tolist()
    [1]
    """

    max_toxicity: InnerProbability
    min_response: InnerProbability
    toxicity_cutoff: Probability = 0.5
    response_confidence: Probability = 0.5
    prefers: Literal["lowest", "highest", "best utility"] = "lowest"
    utility: Utility = Utility()
    above_design: bool = False
    otherwise: Literal["none", "design"] = "none"

    def __str__(self) -> str:
        which = {
            "lowest": "the lowest",
            "highest": "the highest",
            "best utility": f"the one with the highest mean utility ({self.utility}; the lower of equals)",
        }[self.prefers]
        bounded = "" if self.above_design else ", up to the one that the design would recommend,"
        otherwise = "no dose" if self.otherwise == "none" else "the design's own"
        return (
            f"a rule that stands for a committee (an assumption): {which} of the doses given{bounded} at "
            "which, by each dose's patients alone under uniform priors, P(P(DLT) > "
            f"{self.max_toxicity:g}) < {self.toxicity_cutoff:g} there and at all doses below, and "
            f"P(P(response) >= {self.min_response:g}) >= {self.response_confidence:g}; {otherwise} where "
            "there is none"
        )

    @property
    def by_margins(self) -> bool:
        """Whether patients, DLTs and responses of each dose are all that the rule looks at."""
        return self.prefers != "best utility" or self.utility.of_margins_alone

    def select(self, state: TrialState, recommended: np.ndarray) -> np.ndarray:
        """The recommended dose of each trial, `NO_DOSE` for none; shape (B,).

        Parameters
        ----------
        state : TrialState
            B trials in four categories.
        recommended : ndarray of int, shape (B,)
            What the design itself recommends. A trial in which that is no dose gets none.
        """
        patients, doses = state.patients, np.arange(state.patients.shape[1])
        rule = BetaAdmissible(self.max_toxicity, self.min_response, self.toxicity_cutoff, 0.5)
        good = (patients > 0) & ~rule.too_toxic(patients, state.dlts)
        good &= self._enough_respond(patients, state.responses)
        if not self.above_design:
            good &= doses <= recommended[:, None]
        if self.prefers == "best utility":
            value = np.round((1 + self.utility.earned(state.counts)) / (2 + patients), 12)
        else:
            value = np.broadcast_to(doses + 1.0 if self.prefers == "highest" else -doses - 0.0, good.shape)
        taken = np.where(good, value, -np.inf).argmax(axis=1)
        instead = recommended if self.otherwise == "design" else NO_DOSE
        return np.where(recommended == NO_DOSE, NO_DOSE, np.where(good.any(axis=1), taken, instead))

    def _enough_respond(self, patients: np.ndarray, responses: np.ndarray) -> np.ndarray:
        above = by_pairs(patients, responses, lambda n, y: betaincc(1 + y, 1 + n - y, self.min_response))
        return above >= self.response_confidence
