"""What a check of a design says: one finding, with how grave it is and why."""

from dataclasses import dataclass
from enum import IntEnum

import attrs

__all__ = ["Finding", "Kind", "Severity"]


class Severity(IntEnum):
    """How grave a finding is, by what it asks of those who plan the trial.

    An error contradicts what the design is for, whatever the trial: correct it. A warning is a property that
    has been argued for and against: keep it if it is meant, and say so in the protocol. A note is a number to
    know before the trial starts.
    """

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """The level in lower case, as the command line takes it."""
        return self.name.lower()


@dataclass(frozen=True)
class Kind:
    """A kind of finding.

    Parameters
    ----------
    name : str
        What is found, in a few words.
    definition : str
        When exactly a step or a state counts; ``{share}`` stands for the share of DLTs that is aimed at.
    severity : Severity
        How grave it is.
    reason : str
        Why.
    source : str
        Where this is argued: a key of the shipped references (see `bayesdose.citation`), or words.
    """

    name: str
    definition: str
    severity: Severity
    reason: str
    source: str


@attrs.frozen
class Finding:
    """One property of a design, over every state that it can reach.

    Parameters
    ----------
    name : str
        What was looked for.
    subject : str
        The dose or rule that it is about; empty where it is about the design.
    definition : str
        When exactly a step or a state counts.
    severity : Severity
        How grave it is where it was found.
    reason, source : str
        Why, and where this is argued.
    states : int
        Number of different states in which the design shows it; 0 if it does not.
    probability : tuple of float
        Probability that a trial shows it, in each scenario of the check.
    witness : str
        A shortest path to it, such as ``"1NNN 2NTT 1NNT"``: level, then N, M or T for each patient. It has
        the fewest cohorts, among these the fewest patients, and among these the fewest DLTs.
    then : str
        What the design does after that path.
    numbers : tuple of (str, float)
        Numbers of interest, such as a margin, by name.
    """

    name: str
    subject: str
    definition: str
    severity: Severity
    reason: str
    source: str
    states: int = 0
    probability: tuple[float, ...] = ()
    witness: str = ""
    then: str = ""
    numbers: tuple[tuple[str, float], ...] = ()

    @property
    def found(self) -> bool:
        """Whether the design shows it."""
        return self.states > 0

    def number(self, name: str) -> float:
        """One of the numbers of interest."""
        return dict(self.numbers)[name]
