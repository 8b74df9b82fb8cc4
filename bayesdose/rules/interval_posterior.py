"""Rules of TPI, mTPI, mTPI-2 and Keyboard: the posterior of P(DLT) at the current dose, by intervals."""

import attrs
import numpy as np
from scipy.special import betainc

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.fields import above
from bayesdose.checks.quantities import BetaPrior, InnerProbability, Positive
from bayesdose.errors import InputError
from bayesdose.rules.decision_table import STAY, DecisionRule, DecisionTable, filled_table
from bayesdose.rules.elimination import BetaElimination

__all__ = ["StrongestKey", "ToxicityProbabilityIntervals", "UnitProbabilityMass"]

# Masses or edges that differ by less are the same up to rounding.
_ROUNDING = 1e-12
_NARROWEST_KEY = 0.01


@checked_value
class UnitProbabilityMass(DecisionRule):
    """mTPI: the interval below, at or above the target with the largest posterior mass per width.

    Parameters
    ----------
    lower, upper : float
        Equivalence interval around the target.
    elimination : BetaElimination
        Which doses are eliminated.
    prior : (float, float), default (1, 1)
        Parameters of the beta prior.

    Raises
    ------
    InputError
        If not ``0 < lower < upper < 1``, or the prior is not two numbers above zero.

    References
    ----------
    Ji Y, Liu P, Li Y, Bekele BN (2010). A modified toxicity probability interval method for
    dose-finding trials. Clinical Trials 7:653-663.
    """

    lower: InnerProbability
    upper: InnerProbability = attrs.field(validator=above("lower"))
    elimination: BetaElimination
    prior: BetaPrior = (1.0, 1.0)

    def __str__(self) -> str:
        return (
            f"mTPI, equivalence interval {self.lower:g} to {self.upper:g}: escalate, stay or de-escalate "
            "as P(DLT) at the current dose has most posterior probability, for its width, below, in or "
            f"above the interval, by the stricter at a tie (Beta({self.prior[0]:g}, {self.prior[1]:g}) "
            f"prior); {self.elimination}"
        )

    @property
    def citation(self) -> str:
        """Keys of ``references.bib`` for the publications of this rule, commas between them."""
        return "Ji2010"

    def decide(self, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
        """Decision apart from elimination, shape of the counts; the stricter one at a tie."""
        edges = np.array([0.0, self.lower, self.upper, 1.0])
        mass = _posterior_masses(self.prior, patients, dlts, edges) / np.diff(edges)
        return _last_largest(mass)

    def table(self, max_patients: int) -> DecisionTable:
        """The decision table for up to `max_patients` patients at a dose."""
        return filled_table(self, max_patients)


def _check_key(rule: "StrongestKey", field: attrs.Attribute, upper: float) -> None:
    if upper - rule.lower < _NARROWEST_KEY - _ROUNDING:
        raise InputError(
            "StrongestKey, lower and upper",
            got=(rule.lower, upper),
            wanted=f"a target key at least {_NARROWEST_KEY:g} wide: all keys between 0 and 1 are that narrow",
        )


@checked_value
class StrongestKey(DecisionRule):
    """mTPI-2 and Keyboard: the strongest of equally wide keys lies below, at or above the target key.

    The keys at 0 and 1 may be narrower; their mass is divided by their own width, so that they are not
    put at a disadvantage.

    Parameters
    ----------
    lower, upper : float
        The target key.
    elimination : BetaElimination
        Which doses are eliminated.
    prior : (float, float), default (1, 1)
        Parameters of the beta prior.

    Raises
    ------
    InputError
        If not ``0 < lower < upper < 1``, the key is narrower than 0.01, or the prior is not two numbers
        above zero.

    References
    ----------
    Guo W, Wang SJ, Yang S, Lynn H, Ji Y (2017). A Bayesian interval dose-finding design addressing
    Ockham's razor: mTPI-2. Contemporary Clinical Trials 58:23-33. Yan F, Mandrekar SJ, Yuan Y (2017).
    Keyboard: a novel Bayesian toxicity probability interval design for phase I clinical trials.
    Clinical Cancer Research 23:3994-4003.

    Examples
    --------
    >>> rule = StrongestKey(0.25, 0.35, BetaElimination(0.3))
    >>> rule.edges.round(2).tolist()
    [0.0, 0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 1.0]
    """

    lower: InnerProbability
    upper: InnerProbability = attrs.field(validator=[above("lower"), _check_key])
    elimination: BetaElimination
    prior: BetaPrior = (1.0, 1.0)

    def __str__(self) -> str:
        return (
            f"mTPI-2 and Keyboard, target key {self.lower:g} to {self.upper:g} and keys of that width on "
            "either side: escalate, stay or de-escalate as the key in which P(DLT) at the current dose has "
            "most posterior probability, for its width, lies below the target key, is that key or lies "
            f"above it; the highest key at a tie (Beta({self.prior[0]:g}, {self.prior[1]:g}) prior); "
            f"{self.elimination}"
        )

    @property
    def citation(self) -> str:
        """Keys of ``references.bib`` for the publications of this rule, commas between them."""
        return "Guo2017, Yan2017"

    @property
    def edges(self) -> np.ndarray:
        """Edges of the keys from 0 to 1."""
        width = self.upper - self.lower
        below = np.arange(self.lower, _ROUNDING, -width)[::-1]
        above = np.arange(self.upper, 1 - _ROUNDING, width)
        return np.concatenate([[0.0], below, above, [1.0]])

    def decide(self, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
        """Decision apart from elimination, shape of the counts; the highest key at a tie."""
        edges = self.edges
        strongest = _last_largest(_posterior_masses(self.prior, patients, dlts, edges) / np.diff(edges))
        target_key = int(np.argmin(np.abs(edges - self.lower)))
        return STAY + np.sign(strongest - target_key)

    def table(self, max_patients: int) -> DecisionTable:
        """The decision table for up to `max_patients` patients at a dose."""
        return filled_table(self, max_patients)


@checked_value
class ToxicityProbabilityIntervals(DecisionRule):
    """TPI: the most probable of three intervals whose width follows the posterior standard deviation.

    The middle interval is ``target - k2 sd`` to ``target + k1 sd``.

    Parameters
    ----------
    target : float
        Target DLT probability.
    elimination : BetaElimination
        Which doses are eliminated.
    k1, k2 : float, default 1 and 1.5
        Standard deviations above and below the target.
    prior : (float, float), default (0.005, 0.005)
        Parameters of the beta prior.

    Raises
    ------
    InputError
        If the target is not between 0 and 1, or another number is not above zero.

    References
    ----------
    Ji Y, Li Y, Bekele BN (2007). Dose-finding in phase I clinical trials based on toxicity probability
    intervals. Clinical Trials 4:235-244.
    """

    target: InnerProbability
    elimination: BetaElimination
    k1: Positive = 1.0
    k2: Positive = 1.5
    prior: BetaPrior = (0.005, 0.005)

    def __str__(self) -> str:
        return (
            f"TPI, target {self.target:g}: escalate, stay or de-escalate as P(DLT) at the current dose is "
            f"most probably below, in or above the interval from {self.k2:g} posterior standard deviations "
            f"below the target to {self.k1:g} above it, by the stricter at a tie "
            f"(Beta({self.prior[0]:g}, {self.prior[1]:g}) prior); {self.elimination}"
        )

    @property
    def citation(self) -> str:
        """Keys of ``references.bib`` for the publications of this rule, commas between them."""
        return "Ji2007"

    def decide(self, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
        """Decision apart from elimination, shape of the counts; the stricter one at a tie."""
        above, below = self.prior[0] + dlts, self.prior[1] + patients - dlts
        sd = np.sqrt(above * below / (above + below + 1)) / (above + below)
        edges = np.stack(
            [
                np.zeros(sd.shape),
                np.maximum(self.target - self.k2 * sd, 0),
                np.minimum(self.target + self.k1 * sd, 1),
                np.ones(sd.shape),
            ],
            axis=-1,
        )
        return _last_largest(_posterior_masses(self.prior, patients, dlts, edges))

    def table(self, max_patients: int) -> DecisionTable:
        """The decision table for up to `max_patients` patients at a dose."""
        return filled_table(self, max_patients)


def _posterior_masses(
    prior: tuple[float, float], patients: np.ndarray, dlts: np.ndarray, edges: np.ndarray
) -> np.ndarray:
    """Posterior mass between neighbouring edges, in a last axis; edges (E,) or (..., E)."""
    above, below = prior[0] + dlts, prior[1] + patients - dlts
    return np.diff(betainc(above[..., None], below[..., None], edges), axis=-1)


def _last_largest(mass: np.ndarray) -> np.ndarray:
    """Position of the largest mass, the last one at a tie up to rounding."""
    tied = mass >= mass.max(axis=-1, keepdims=True) * (1 - _ROUNDING)
    return mass.shape[-1] - 1 - tied[..., ::-1].argmax(axis=-1)
