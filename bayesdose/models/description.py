"""The package's own models as values without PyMC, so that a design made from one can be saved."""

from collections.abc import Hashable
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.kinds import kind
from bayesdose.checks.quantities import Positive, RisingProbabilities
from bayesdose.described import said_of
from bayesdose.grid import DoseGrid
from bayesdose.models.curves import CRMCurve, LogisticCurve, PowerCurve, check_length, skeleton_in_words
from bayesdose.models.densities import Densities
from bayesdose.models.mixture_prior import NormalMixture
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.numpy_densities import crm_densities, exponential_crm_densities, logistic_densities
from bayesdose.models.prior import Prior

if TYPE_CHECKING:
    import pymc as pm

__all__ = [
    "CRMModel",
    "ExponentialCRMModel",
    "ModelDescription",
    "TableSource",
    "TwoParameterLogistic",
    "built",
    "is_shipped",
]


@kind("model")
class ModelDescription(Protocol):
    """A dose-toxicity model of the package as a value that needs no PyMC."""

    def build(self, grid: DoseGrid) -> "pm.Model":
        """The PyMC model on a grid."""
        ...

    def densities(self, grid: DoseGrid) -> Densities | None:
        """The same model in numpy, which is tabulated without PyMC; None if there is none.

        Raises
        ------
        UnsupportedModelError
            If double precision cannot hold the prior.
        """
        return None

    def in_words(self, unit: str) -> str:
        """The model in words, its doses with the grid's unit."""
        return said_of(self)


def is_shipped(description: ModelDescription) -> bool:
    """Whether a description and its parts are the package's own, so that its printed form says all of it."""
    part = getattr(description, "prior", None) or getattr(description, "curve", None)
    parts = {type(part)} if part is not None else set()
    return type(description) in _SHIPPED and parts <= {NormalPrior, NormalMixture, PowerCurve, LogisticCurve}


def built(description: ModelDescription, grid: DoseGrid) -> "pm.Model":
    """A described model, made once for all who ask for the same one in a row; none of them may change it."""
    make = _built if isinstance(description, Hashable) else _built.__wrapped__
    return make(description, grid)


@lru_cache(maxsize=1)
def _built(description: ModelDescription, grid: DoseGrid) -> "pm.Model":
    return description.build(grid)


@checked_value
class TwoParameterLogistic(ModelDescription):
    """`two_parameter_logistic` on any grid.

    Parameters
    ----------
    prior : NormalPrior or NormalMixture
        Prior on (log alpha, log beta) and its reference dose, in the grid's unit.

    Raises
    ------
    InputError
        If it is no prior of this model.
    """

    prior: Prior

    def __str__(self) -> str:
        return self.in_words("")

    def in_words(self, unit: str) -> str:
        """The model and its prior in words, the reference dose with its unit."""
        prior = self.prior
        numbers = prior.in_numbers(unit) if isinstance(prior, NormalPrior | NormalMixture) else prior.origin
        return f"logit P(DLT) = log alpha + beta log(dose / reference dose); prior {numbers}"

    def build(self, grid: DoseGrid) -> "pm.Model":
        """The PyMC model."""
        from bayesdose.models.logistic import two_parameter_logistic

        return two_parameter_logistic(grid, self.prior)

    def densities(self, grid: DoseGrid) -> Densities | None:
        """The model in numpy; None for a prior of one's own."""
        if isinstance(self.prior, NormalPrior | NormalMixture):
            return logistic_densities(grid, self.prior)
        return None


@checked_value
class CRMModel(ModelDescription):
    """`crm_model` on any grid of as many doses as its curve.

    Parameters
    ----------
    curve : PowerCurve or LogisticCurve
        The skeleton and how theta bends it.
    prior_sd : float
        Prior standard deviation of theta.

    Raises
    ------
    InputError
        If the standard deviation is not above zero and finite.
    """

    curve: CRMCurve
    prior_sd: Positive

    def __str__(self) -> str:
        return f"{self.curve}; theta ~ N(0, {self.prior_sd:.6g}²)"

    def build(self, grid: DoseGrid) -> "pm.Model":
        """The PyMC model."""
        from bayesdose.models.crm import crm_model

        return crm_model(grid, self.curve, self.prior_sd)

    def densities(self, grid: DoseGrid) -> Densities | None:
        """The model in numpy; None for a curve of one's own."""
        check_length(grid, self.curve.skeleton)
        if isinstance(self.curve, PowerCurve | LogisticCurve):
            return crm_densities(grid, self.curve, self.prior_sd)
        return None


@checked_value
class ExponentialCRMModel(ModelDescription):
    """`exponential_crm_model` on any grid of as many doses as its skeleton.

    Parameters
    ----------
    skeleton : tuple of float, length K
        P(DLT) at a = 1, increasing inside (0, 1).

    Raises
    ------
    InputError
        If the skeleton does not increase inside (0, 1).
    """

    skeleton: RisingProbabilities

    def __str__(self) -> str:
        return f"P(DLT) = skeleton ** a, {skeleton_in_words(self.skeleton)}; a ~ Exponential(1)"

    def build(self, grid: DoseGrid) -> "pm.Model":
        """The PyMC model."""
        from bayesdose.models.crm import exponential_crm_model

        return exponential_crm_model(grid, self.skeleton)

    def densities(self, grid: DoseGrid) -> Densities:
        """The model in numpy."""
        check_length(grid, self.skeleton)
        return exponential_crm_densities(grid, self.skeleton)


@checked_value
class TableSource:
    """What a posterior table was made from, so that it can be made again.

    Parameters
    ----------
    model : ModelDescription
        The model.
    grid : DoseGrid
        The doses.
    tolerances : tuple of float
        The accuracies that were asked for.
    """

    model: ModelDescription
    grid: DoseGrid
    tolerances: tuple[float, ...]


_SHIPPED = (TwoParameterLogistic, CRMModel, ExponentialCRMModel)
