"""The lowest dose may be given: what ends the trial there is a stopping rule's question."""

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.inference.posterior import BatchPosterior
from bayesdose.rules.admissible import EWOC, AdmissibleRule, AnyAdmissible, CombinedAdmissible

__all__ = ["LowestDose", "ewoc_in"]


@checked_value
class LowestDose(CombinedAdmissible):
    """The lowest dose is admissible, whatever the posterior; no other one is.

    ``EWOC(0.33, 0.25) | LowestDose()`` limits escalation alone: a trial with no other admissible dose goes
    on at the lowest one until a stopping rule such as `LowestTooToxic` ends it.
    """

    def __str__(self) -> str:
        return "it is the lowest"

    @property
    def bounds(self) -> tuple[float, ...]:
        """None: the rule does not look at the posterior."""
        return ()

    def admissible(self, posterior: BatchPosterior) -> np.ndarray:
        """Whether each dose may be given, shape (B, K)."""
        lowest = np.zeros(posterior.mean.shape, dtype=bool)
        lowest[:, 0] = True
        return lowest

    def margin(self, posterior: BatchPosterior) -> np.ndarray:
        """Infinite: no error of the posterior changes the answer; shape (B, K)."""
        return np.full(posterior.mean.shape, np.inf)


def ewoc_in(rule: AdmissibleRule | None) -> EWOC | None:
    """The overdose rule that limits escalation, where it is EWOC alone or EWOC beside `LowestDose`.

    Examples
    --------
    >>> print(ewoc_in(EWOC(0.33, 0.25) | LowestDose()))
    P(P(DLT) >= 0.33) < 0.25
    """
    rules = rule.rules if isinstance(rule, AnyAdmissible) else (rule,)
    found = [one for one in rules if isinstance(one, EWOC)]
    others = [one for one in rules if not isinstance(one, EWOC | LowestDose)]
    return found[0] if len(found) == 1 and not others else None
