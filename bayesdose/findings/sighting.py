"""What a predicate sees in a walk, before probabilities and a witness are added."""

from dataclasses import dataclass

import numpy as np

from bayesdose.findings.finding import Kind
from bayesdose.findings.walk import Walk
from bayesdose.rules.mtd import MTDRule, limit_of

__all__ = ["Aim", "Sighting", "into"]


@dataclass(frozen=True, eq=False)
class Aim:
    """What a check holds a design against.

    Parameters
    ----------
    mtd_rule : MTDRule
        Which dose is the MTD.
    prob_dlt : ndarray, shape (S, K)
        True P(DLT) in the scenarios.
    margin : float
        Distance from a cap within which a decision is close.
    draws : int
        Draws of a sampler that would decide in place of the exact posterior.
    """

    mtd_rule: MTDRule
    prob_dlt: np.ndarray
    margin: float
    draws: int

    @property
    def share(self) -> float:
        """P(DLT) from which a dose is an overdose."""
        return limit_of(self.mtd_rule)


@dataclass(frozen=True, eq=False)
class Sighting:
    """Where a kind of finding was seen.

    Parameters
    ----------
    kind : Kind
        The kind.
    steps : ndarray of bool, shape (E,), optional
        Steps after which it is seen; not given where it is about no step, and every trial shows it.
    subject : str
        The dose or rule that it is about.
    numbers : tuple of (str, float)
        Numbers of interest.
    probability : ndarray, shape (S,), optional
        Probability in each scenario; by default that of the steps.
    counts_in : ndarray of bool, shape (S,), optional
        Scenarios in which the steps are what was looked for; by default all.
    compared : (words, ndarray of int of shape (D,)), optional
        A state that each state was compared with, and in which words to say what follows there.
    lapse : ndarray, shape (D,), optional
        Probability with which the decision in each state is another one; in place of the steps it gives the
        probability that a trial has such a decision.
    states : int, optional
        Number of states; by default those to which the steps lead.
    witness : str
        A shortest path; by default to the steps.
    """

    kind: Kind
    steps: np.ndarray | None = None
    subject: str = ""
    numbers: tuple[tuple[str, float], ...] = ()
    probability: np.ndarray | None = None
    counts_in: np.ndarray | None = None
    compared: tuple[str, np.ndarray] | None = None
    lapse: np.ndarray | None = None
    states: int | None = None
    witness: str = ""


def into(walk: Walk, states: np.ndarray) -> np.ndarray:
    """The steps that lead to states of a mask (D,); a mask (E,)."""
    return states[walk.to]
