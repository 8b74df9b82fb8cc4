"""A rule that stands for a committee: which dose it would recommend from what was seen at each."""

from typing import Literal

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.dose_optimization.criteria_of_rates import RateAtLeast, RateAtMost
from bayesdose.rules.elimination import from_there_up
from bayesdose.rules.obd_utility import Utility
from bayesdose.trial import NO_DOSE, TrialState

__all__ = ["CommitteeRule"]


@checked_value
class CommitteeRule:
    """Which dose a committee would recommend, as a rule: an assumption, so that a trial can be simulated.

    A committee weighs more than a rule can hold. This one holds each dose given against two criteria, which
    may be those of the committee's record: whether it is safe, and whether enough patients respond, or show
    whatever stands for response, such as a target that is saturated; of the doses that meet both it takes the
    one that it prefers.

    Parameters
    ----------
    safe : RateAtMost
        Criterion of DLTs. A dose that fails it, not for want of patients, closes all above it too.
    active : RateAtLeast
        Criterion of responses.
    prefers : {"lowest", "highest", "best utility"}
        Which of the doses that meet both.
    utility : Utility, default Utility()
        What the outcomes are worth, for the last of these; the lower of two doses that are equal.
    above_design : bool, default False
        Whether a dose above the one that the design itself recommends may be taken.
    otherwise : {"none", "design"}
        What is recommended where no dose meets both: no dose, or the design's own.

    Raises
    ------
    InputError
        If a criterion is of another kind.

    Examples
    --------
    >>> rule = CommitteeRule(
    ...     RateAtMost("DLT", limit=0.33, most_risk=0.5),
    ...     RateAtLeast("saturated target", needed=0.8, certainty=0.5),
    ... )
    >>> counts = np.array([[[3, 0, 0, 0], [0, 6, 0, 0], [0, 5, 1, 0]]])
    >>> state = TrialState(counts, np.array([2]), np.array([0]))
    >>> rule.select(state, np.array([2])).tolist()
    [1]
    """

    safe: RateAtMost
    active: RateAtLeast
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
            f"a rule that stands for a committee (an assumption): {which} of the doses given{bounded} that "
            f"meet both, {self.safe} (there and at all doses below) and {self.active}; {otherwise} where "
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
        too_toxic = (patients >= self.safe.min_patients) & ~self.safe.met(patients, state.dlts)
        good = self.safe.met(patients, state.dlts) & ~from_there_up(too_toxic)
        good &= self.active.met(patients, state.responses)
        if not self.above_design:
            good &= doses <= recommended[:, None]
        if self.prefers == "best utility":
            value = np.round((1 + self.utility.earned(state.counts)) / (2 + patients), 12)
        else:
            value = np.broadcast_to(doses + 1.0 if self.prefers == "highest" else -doses - 0.0, good.shape)
        taken = np.where(good, value, -np.inf).argmax(axis=1)
        instead = recommended if self.otherwise == "design" else NO_DOSE
        return np.where(recommended == NO_DOSE, NO_DOSE, np.where(good.any(axis=1), taken, instead))
