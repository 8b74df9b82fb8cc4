"""Rules that say which doses may be given at all: values that are combined with ``&`` and ``|``."""

from abc import abstractmethod
from typing import Protocol

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.kinds import kind
from bayesdose.checks.quantities import InnerProbability, Probability
from bayesdose.inference.posterior import BatchPosterior
from bayesdose.rules.joined_rules import all_of_margin, any_of_margin, joined

__all__ = [
    "EWOC",
    "MTDEWOC",
    "AdmissibleRule",
    "AllAdmissible",
    "AnyAdmissible",
    "CombinedAdmissible",
    "NotTooToxic",
    "QuantileBelow",
]


@kind("rule")
class AdmissibleRule(Protocol):
    """A rule that looks at the posterior of P(DLT) at each dose.

    A dose that was given and is not admissible is closed: it is neither given nor recommended, nor is a
    higher one that is not admissible. Where no dose is admissible the trial stops and none is recommended.
    """

    @property
    @abstractmethod
    def bounds(self) -> tuple[float, ...]:
        """Bounds on P(DLT) that the posterior must offer."""
        ...

    @abstractmethod
    def admissible(self, posterior: BatchPosterior) -> np.ndarray:
        """Whether each dose may be given, shape (B, K)."""
        ...

    @abstractmethod
    def margin(self, posterior: BatchPosterior) -> np.ndarray:
        """Largest error of each posterior number that cannot change the answer, shape (B, K)."""
        ...


class CombinedAdmissible(AdmissibleRule):
    """What all rules here share: ``rule & rule`` and ``rule | rule`` make one rule of two."""

    def __and__(self, other: AdmissibleRule) -> "AllAdmissible":
        return joined(AllAdmissible, self, other)

    def __rand__(self, other: AdmissibleRule) -> "AllAdmissible":
        return joined(AllAdmissible, other, self)

    def __or__(self, other: AdmissibleRule) -> "AnyAdmissible":
        return joined(AnyAdmissible, self, other)

    def __ror__(self, other: AdmissibleRule) -> "AnyAdmissible":
        return joined(AnyAdmissible, other, self)


@checked_value
class EWOC(CombinedAdmissible):
    """Escalation with overdose control: a dose is admissible if overdosing is improbable.

    A dose is admissible if ``P(P(DLT) >= bound)`` is below `cap`, strictly.

    Parameters
    ----------
    bound : float
        P(DLT) from which a dose counts as an overdose.
    cap : float
        Posterior probability of an overdose that an admissible dose must stay below.

    Raises
    ------
    InputError
        If the bound or the cap is not above 0 and at most 1.

    References
    ----------
    Babb J, Rogatko A, Zacks S (1998). Cancer phase I clinical trials: efficient dose escalation
    with overdose control. Statistics in Medicine 17:1103-1120. In the interval form of
    Neuenschwander, Branson and Gsponer (2008).
    """

    bound: Probability
    cap: Probability

    def __str__(self) -> str:
        return f"P(P(DLT) >= {self.bound:g}) < {self.cap:g}"

    @property
    def compares(self) -> str:
        """The field with which an attained number is compared."""
        return "cap"

    def attained(self, posterior: BatchPosterior) -> np.ndarray:
        """``P(P(DLT) >= bound)``, shape (B, K)."""
        return self.overdose_probability(posterior)

    @property
    def bounds(self) -> tuple[float, ...]:
        """Bounds on P(DLT) that the posterior must offer."""
        return (self.bound,)

    def overdose_probability(self, posterior: BatchPosterior) -> np.ndarray:
        """``P(P(DLT) >= bound)``, shape (B, K)."""
        return 1.0 - posterior.below(self.bound)

    def admissible(self, posterior: BatchPosterior) -> np.ndarray:
        """Whether each dose may be given, shape (B, K)."""
        return self.overdose_probability(posterior) < self.cap

    def margin(self, posterior: BatchPosterior) -> np.ndarray:
        """Distance of the overdose probability from the cap, shape (B, K)."""
        return np.abs(self.overdose_probability(posterior) - self.cap)


@checked_value
class MTDEWOC(CombinedAdmissible):
    """EWOC on the scale of the MTD: the MTD is improbably below an admissible dose.

    The MTD is the dose at which P(DLT) equals `target`, on a continuous scale. It is below a dose
    of the grid exactly if P(DLT) there is above the target, so a dose is admissible if
    ``P(P(DLT) > target)`` is at most `feasibility_bound` (equality included). With `HighestAllowed`
    as the next-dose rule this is Babb's design rounded down to the grid: the highest dose of the
    grid that is not above the posterior `feasibility_bound`-quantile of the MTD.

    Parameters
    ----------
    target : float
        P(DLT) that defines the MTD.
    feasibility_bound : float
        Largest posterior probability that the MTD is below an admissible dose.

    Raises
    ------
    InputError
        If the target or the bound is not inside (0, 1).

    References
    ----------
    Babb J, Rogatko A, Zacks S (1998). Cancer phase I clinical trials: efficient dose escalation
    with overdose control. Statistics in Medicine 17:1103-1120.
    """

    target: InnerProbability
    feasibility_bound: InnerProbability

    def __str__(self) -> str:
        return f"P(MTD < dose) <= {self.feasibility_bound:g}, MTD at P(DLT) = {self.target:g}"

    @property
    def compares(self) -> str:
        """The field with which an attained number is compared."""
        return "feasibility_bound"

    def attained(self, posterior: BatchPosterior) -> np.ndarray:
        """``P(P(DLT) > target)``, shape (B, K)."""
        return 1.0 - posterior.below(self.target)

    @property
    def bounds(self) -> tuple[float, ...]:
        """Bounds on P(DLT) that the posterior must offer."""
        return (self.target,)

    def admissible(self, posterior: BatchPosterior) -> np.ndarray:
        """Whether each dose may be given, shape (B, K)."""
        return 1.0 - posterior.below(self.target) <= self.feasibility_bound

    def margin(self, posterior: BatchPosterior) -> np.ndarray:
        """Distance of the probability from the feasibility bound, shape (B, K)."""
        return np.abs(1.0 - posterior.below(self.target) - self.feasibility_bound)


@checked_value
class NotTooToxic(CombinedAdmissible):
    """A dose is admissible unless ``P(P(DLT) > limit)`` is above `cap`, strictly.

    At the cap itself a dose stays admissible, where `EWOC` rejects it: this is the wording of
    "excessive toxicity" rules, which close a dose only on strong evidence.

    Parameters
    ----------
    limit : float
        P(DLT) above which a dose is too toxic.
    cap : float
        Posterior probability of that which closes a dose once it is exceeded.

    Raises
    ------
    InputError
        If the limit or the cap is not inside (0, 1).
    """

    limit: InnerProbability
    cap: InnerProbability

    def __str__(self) -> str:
        return f"not P(P(DLT) > {self.limit:g}) > {self.cap:g}"

    @property
    def compares(self) -> str:
        """The field with which an attained number is compared."""
        return "cap"

    def attained(self, posterior: BatchPosterior) -> np.ndarray:
        """``P(P(DLT) > limit)``, shape (B, K)."""
        return 1.0 - posterior.below(self.limit)

    @property
    def bounds(self) -> tuple[float, ...]:
        """Bounds on P(DLT) that the posterior must offer."""
        return (self.limit,)

    def admissible(self, posterior: BatchPosterior) -> np.ndarray:
        """Whether each dose may be given, shape (B, K)."""
        return ~(1.0 - posterior.below(self.limit) > self.cap)

    def margin(self, posterior: BatchPosterior) -> np.ndarray:
        """Distance of the probability from the cap, shape (B, K)."""
        return np.abs(1.0 - posterior.below(self.limit) - self.cap)


@checked_value
class QuantileBelow(CombinedAdmissible):
    """A dose is admissible if a posterior quantile of P(DLT) is at most `limit`.

    That is so exactly if ``P(P(DLT) < limit)`` is at least `probability` (equality included), so no
    quantile is computed.

    Parameters
    ----------
    limit : float
        Largest quantile of an admissible dose.
    probability : float
        Which quantile, such as 0.75.

    Raises
    ------
    InputError
        If the limit or the probability is not inside (0, 1).
    """

    limit: InnerProbability
    probability: InnerProbability

    def __str__(self) -> str:
        return f"{self.probability:g}-quantile of P(DLT) <= {self.limit:g}"

    @property
    def compares(self) -> str:
        """The field with which an attained number is compared."""
        return "probability"

    def attained(self, posterior: BatchPosterior) -> np.ndarray:
        """``P(P(DLT) < limit)``, shape (B, K)."""
        return posterior.below(self.limit)

    @property
    def bounds(self) -> tuple[float, ...]:
        """Bounds on P(DLT) that the posterior must offer."""
        return (self.limit,)

    def admissible(self, posterior: BatchPosterior) -> np.ndarray:
        """Whether each dose may be given, shape (B, K)."""
        return posterior.below(self.limit) >= self.probability

    def margin(self, posterior: BatchPosterior) -> np.ndarray:
        """Distance of the probability from the quantile's, shape (B, K)."""
        return np.abs(posterior.below(self.limit) - self.probability)


@checked_value
class AllAdmissible(CombinedAdmissible):
    """A dose is admissible if every rule says so; made by ``&``."""

    joins = "all_of"

    rules: tuple[AdmissibleRule, ...]

    def __str__(self) -> str:
        return " and ".join(f"({rule})" for rule in self.rules)

    @property
    def bounds(self) -> tuple[float, ...]:
        """Bounds on P(DLT) that the posterior must offer."""
        return tuple(sorted({bound for rule in self.rules for bound in rule.bounds}))

    def admissible(self, posterior: BatchPosterior) -> np.ndarray:
        """Whether each dose may be given, shape (B, K)."""
        return np.all([rule.admissible(posterior) for rule in self.rules], axis=0)

    def margin(self, posterior: BatchPosterior) -> np.ndarray:
        """Largest error of each posterior number that cannot change the answer, shape (B, K)."""
        answers = [rule.admissible(posterior) for rule in self.rules]
        return all_of_margin(answers, [rule.margin(posterior) for rule in self.rules])


@checked_value
class AnyAdmissible(CombinedAdmissible):
    """A dose is admissible if one of the rules says so; made by ``|``."""

    joins = "any_of"

    rules: tuple[AdmissibleRule, ...]

    def __str__(self) -> str:
        return " or ".join(f"({rule})" for rule in self.rules)

    @property
    def bounds(self) -> tuple[float, ...]:
        """Bounds on P(DLT) that the posterior must offer."""
        return tuple(sorted({bound for rule in self.rules for bound in rule.bounds}))

    def admissible(self, posterior: BatchPosterior) -> np.ndarray:
        """Whether each dose may be given, shape (B, K)."""
        return np.any([rule.admissible(posterior) for rule in self.rules], axis=0)

    def margin(self, posterior: BatchPosterior) -> np.ndarray:
        """Largest error of each posterior number that cannot change the answer, shape (B, K)."""
        answers = [rule.admissible(posterior) for rule in self.rules]
        return any_of_margin(answers, [rule.margin(posterior) for rule in self.rules])
