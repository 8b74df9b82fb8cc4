"""The normal prior of the two-parameter logistic model."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import Correlation, Finite, Positive
from bayesdose.described import Described
from bayesdose.errors import InputError
from bayesdose.models.prior import Prior, prior_parts
from bayesdose.models.statement import Quantile
from bayesdose.quadrature import normal_nodes

__all__ = ["NormalPrior"]

# Numbers of nodes for log beta, each rule holding the nodes of the one before.
_NODE_NUMBERS = tuple(320 * 2**power + 1 for power in range(9))
_CDF_TOLERANCE = 1e-13
# Most values that are held at once.
_BLOCK = 2_000_000


@checked_value
class NormalPrior(Described, Prior):
    """Bivariate normal prior on (log alpha, log beta).

    The model is ``logit p(d) = log alpha + exp(log beta) * log(d / reference_dose)``, so log
    alpha is the logit of P(DLT) at the reference dose and beta is the slope on log dose.

    Parameters
    ----------
    mean : (float, float)
        Prior means of log alpha and log beta.
    sd : (float, float)
        Prior standard deviations.
    reference_dose : float
        Dose at which log alpha is the logit of P(DLT), in the unit of the grid.
    correlation : float, default 0
        Prior correlation of log alpha and log beta.
    origin : str, default "given"
        Where the numbers come from, in words; shown wherever the prior is shown.
    asked : tuple of Quantile, optional
        What was asked of P(DLT), if the prior was built from that; `explain_prior` compares.
    notes : tuple of str, optional
        What a user of the prior must know, such as the worst difference of a compromise.

    Raises
    ------
    InputError
        If an entry is not finite, a standard deviation is not positive, the correlation is not
        inside (-1, 1) (the covariance would not be positive definite), or the reference dose is
        not positive.

    References
    ----------
    Neuenschwander B, Branson M, Gsponer T (2008). Critical aspects of the Bayesian approach to
    phase I cancer trials. Statistics in Medicine 27:2420-2439.

    Examples
    --------
    >>> prior = NormalPrior((-1.1, 0.0), (2.0, 0.7), reference_dose=30)
    >>> round(float(prior.cdf(log_ratio=0.0, logit=-1.1)), 12)
    0.5
    """

    mean: tuple[Finite, Finite]
    sd: tuple[Positive, Positive]
    reference_dose: Positive  # pyright: ignore[reportIncompatibleMethodOverride]
    correlation: Correlation = 0.0
    origin: str = "given"  # pyright: ignore[reportIncompatibleMethodOverride]
    asked: tuple[Quantile, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def words(self) -> dict[str, str]:
        """The prior, where it comes from and what a user must know, in words."""
        return prior_parts(self.in_numbers(), self.origin, self.notes)

    @checked
    def in_numbers(self, unit: str = "") -> str:
        """The prior's numbers in words, with the unit of the reference dose where it is known."""
        (m1, m2), (s1, s2) = self.mean, self.sd
        return (
            f"log alpha ~ N({m1:.4f}, {s1:.4f}²), log beta ~ N({m2:.4f}, {s2:.4f}²), "
            f"correlation {self.correlation:.4f}, reference dose {self.reference_dose:.6g} {unit}"
        ).rstrip()

    @property
    def covariance(self) -> np.ndarray:
        """Prior covariance, shape (2, 2)."""
        (s1, s2), r = self.sd, self.correlation
        return np.array([[s1 * s1, r * s1 * s2], [r * s1 * s2, s2 * s2]])

    @classmethod
    @checked
    def from_covariance(
        cls,
        mean: tuple[Finite, Finite],
        covariance: np.ndarray,
        reference_dose: Positive,
        origin: str = "given",
    ) -> "NormalPrior":
        """The same prior from its covariance matrix, shape (2, 2).

        Raises
        ------
        InputError
            If the matrix is not symmetric and positive definite.
        """
        covariance = np.asarray(covariance, dtype=float)
        symmetric = covariance.shape == (2, 2) and np.allclose(covariance, covariance.T)
        # Of what is not finite no eigenvalues are found.
        if (
            not symmetric
            or not np.all(np.isfinite(covariance))
            or np.any(np.linalg.eigvalsh(covariance) <= 0)
        ):
            raise InputError(
                "prior covariance",
                got=covariance.tolist(),
                wanted="a symmetric, positive definite 2 x 2 matrix",
            )
        sd = np.sqrt(np.diag(covariance))
        correlation = covariance[0, 1] / (sd[0] * sd[1])
        return cls(mean, (sd[0], sd[1]), reference_dose, float(correlation), origin)

    def cdf(self, log_ratio: ArrayLike, logit: ArrayLike) -> np.ndarray:
        """Prior probability that logit P(DLT) is below a value.

        Parameters
        ----------
        log_ratio : array_like
            ``log(dose / reference_dose)``; broadcast against `logit`.
        logit : array_like
            Values on the logit scale.

        Returns
        -------
        ndarray
            Accurate to about 1e-12: log alpha is integrated in closed form given log beta, and log
            beta by the trapezoid rule, which converges exponentially for a normal density. The
            rule is refined point by point until two successive ones agree. With less than a
            thousandth of the spread left in log alpha given log beta (correlations beyond
            0.999999) the finest rule may still be off by 1e-6.
        """
        x, level = np.broadcast_arrays(np.asarray(log_ratio, dtype=float), np.asarray(logit, dtype=float))
        shape, x, level = x.shape, x.ravel(), level.ravel()
        result = self._cdf(x, level, _NODE_NUMBERS[0])
        unsettled = np.arange(len(x))
        for number in _NODE_NUMBERS[1:]:
            finer = self._cdf(x[unsettled], level[unsettled], number)
            change = np.abs(finer - result[unsettled])
            result[unsettled] = finer
            unsettled = unsettled[change > _CDF_TOLERANCE]
            if not len(unsettled):
                break
        return result.reshape(shape)

    @checked
    def prob_slope_above(self, slope: Positive) -> float:
        """Prior probability that the slope beta on log dose exceeds a positive value."""
        return float(ndtr((self.mean[1] - math.log(slope)) / self.sd[1]))

    def _cdf(self, x: np.ndarray, level: np.ndarray, number: int) -> np.ndarray:
        """The distribution function at points (N,), with `number` nodes for log beta."""
        (m1, m2), (s1, s2), r = self.mean, self.sd, self.correlation
        nodes, weights = normal_nodes(number)
        slope = np.exp(np.minimum(m2 + s2 * nodes, 700.0))
        result = np.empty(len(x))
        rows = max(1, _BLOCK // number)
        for part in (slice(start, start + rows) for start in range(0, len(x), rows)):
            distance = level[part, None] - m1 - r * s1 * nodes - x[part, None] * slope
            result[part] = ndtr(distance / (s1 * math.sqrt(1 - r * r))) @ weights
        return result
