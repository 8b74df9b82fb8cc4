"""A mixture of normal priors of the two-parameter logistic model."""

import math
from typing import Annotated

import annotated_types as at
import attrs
import numpy as np
from numpy.typing import ArrayLike

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import Positive
from bayesdose.described import Described
from bayesdose.errors import InputError
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.prior import Prior, prior_parts

__all__ = ["NormalMixture"]


def _weights_and_doses_fit(
    mixture: "NormalMixture", field: attrs.Attribute, components: tuple[NormalPrior, ...]
) -> None:
    if len(mixture.weights) != len(components):
        raise InputError(
            "mixture of priors",
            got=f"{len(mixture.weights)} weights and {len(components)} components",
            wanted="one weight for each component",
        )
    if abs(math.fsum(mixture.weights) - 1) > 1e-9:
        raise InputError("mixture weights", got=mixture.weights, wanted="positive numbers with sum 1")
    doses = {component.reference_dose for component in components}
    if len(doses) > 1:
        raise InputError(
            "reference doses of a mixture's components",
            got=sorted(doses),
            wanted="one reference dose",
            fix="log alpha is the logit of P(DLT) at the reference dose, so it must be the same dose.",
        )


@checked_value
class NormalMixture(Described, Prior):
    """Mixture of bivariate normal priors on (log alpha, log beta), with one reference dose.

    Parameters
    ----------
    weights : sequence of float, length M
        Prior probabilities of the components; positive, with sum 1 (to 1e-9).
    components : sequence of NormalPrior, length M
        The components.
    origin : str, default "given"
        Where the numbers come from, in words; shown wherever the prior is shown.

    Raises
    ------
    InputError
        If the numbers of weights and components differ or are 0, a weight is not positive, the weights
        do not sum to 1, or the reference doses differ.

    References
    ----------
    Schmidli H, Gsteiger S, Roychoudhury S, O'Hagan A, Spiegelhalter D, Neuenschwander B (2014). Robust
    meta-analytic-predictive priors in clinical trials with historical control information. Biometrics
    70:1023-1032.

    Examples
    --------
    >>> narrow = NormalPrior((-1.5, 0.0), (0.5, 0.3), reference_dose=10)
    >>> wide = NormalPrior((-0.85, 0.0), (2.0, 1.0), reference_dose=10)
    >>> prior = NormalMixture((0.8, 0.2), (narrow, wide))
    >>> [round(value, 2) for value in prior.mean]
    [-1.37, 0.0]
    """

    weights: tuple[Positive, ...]
    components: Annotated[tuple[NormalPrior, ...], at.MinLen(1)] = attrs.field(
        validator=_weights_and_doses_fit
    )
    origin: str = "given"  # pyright: ignore[reportIncompatibleMethodOverride]

    @property
    def words(self) -> dict[str, str]:
        """The components, where they come from and what a user must know, in words."""
        return prior_parts(self.in_numbers(), self.origin, self.notes)

    @checked
    def in_numbers(self, unit: str = "") -> str:
        """The components' numbers in words, with the unit of the reference dose where it is known."""
        return "; ".join(
            f"with weight {weight:.4g}: {part.in_numbers(unit)}"
            for weight, part in zip(self.weights, self.components, strict=True)
        )

    @property
    def reference_dose(self) -> float:
        """Dose at which log alpha is the logit of P(DLT), in the unit of the grid."""
        return self.components[0].reference_dose

    @property
    def mean(self) -> tuple[float, float]:
        """Prior means of log alpha and log beta."""
        first, second = np.array(self.weights) @ np.array([part.mean for part in self.components])
        return float(first), float(second)

    @property
    def covariance(self) -> np.ndarray:
        """Prior covariance, shape (2, 2): within components, and of their means."""
        away = np.array([part.mean for part in self.components]) - self.mean
        within = np.array([part.covariance for part in self.components])
        return np.einsum("m,mij->ij", self.weights, within + away[:, :, None] * away[:, None, :])

    @property
    def sd(self) -> tuple[float, float]:
        """Prior standard deviations of log alpha and log beta."""
        first, second = np.sqrt(np.diag(self.covariance))
        return float(first), float(second)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user of the components must know, with the component that it is about."""
        return tuple(
            f"component {number} (weight {weight:.3g}): {note}"
            for number, (weight, part) in enumerate(zip(self.weights, self.components, strict=True), start=1)
            for note in part.notes
        )

    @checked
    def prob_slope_above(self, slope: Positive) -> float:
        """Prior probability that the slope beta on log dose exceeds a positive value."""
        return float(np.dot(self.weights, [part.prob_slope_above(slope) for part in self.components]))

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
            Exact to about 1e-12, like the components'.
        """
        parts = zip(self.weights, self.components, strict=True)
        return np.asarray(sum(weight * part.cdf(log_ratio, logit) for weight, part in parts))
