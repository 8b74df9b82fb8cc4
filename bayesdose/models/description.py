"""The package's own models as values without PyMC, so that a design made from one can be saved."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayesdose.grid import DoseGrid
from bayesdose.models.curves import CRMCurve
from bayesdose.priors.mixture import Prior

if TYPE_CHECKING:
    import pymc as pm

__all__ = [
    "CRMModel",
    "ExponentialCRMModel",
    "ModelDescription",
    "TableSource",
    "TwoParameterLogistic",
]


@dataclass(frozen=True)
class TwoParameterLogistic:
    """`two_parameter_logistic` on any grid.

    Parameters
    ----------
    prior : NormalPrior or NormalMixture
        Prior on (log alpha, log beta) and its reference dose, in the grid's unit.
    """

    prior: Prior

    def build(self, grid: DoseGrid) -> "pm.Model":
        """The PyMC model."""
        from bayesdose.models.logistic import two_parameter_logistic

        return two_parameter_logistic(grid, self.prior)


@dataclass(frozen=True)
class CRMModel:
    """`crm_model` on any grid of as many doses as its curve.

    Parameters
    ----------
    curve : PowerCurve or LogisticCurve
        The skeleton and how theta bends it.
    prior_sd : float
        Prior standard deviation of theta.
    """

    curve: CRMCurve
    prior_sd: float

    def build(self, grid: DoseGrid) -> "pm.Model":
        """The PyMC model."""
        from bayesdose.models.crm import crm_model

        return crm_model(grid, self.curve, self.prior_sd)


@dataclass(frozen=True)
class ExponentialCRMModel:
    """`exponential_crm_model` on any grid of as many doses as its skeleton.

    Parameters
    ----------
    skeleton : tuple of float, length K
        P(DLT) at a = 1, increasing inside (0, 1).
    """

    skeleton: tuple[float, ...]

    def build(self, grid: DoseGrid) -> "pm.Model":
        """The PyMC model."""
        from bayesdose.models.crm import exponential_crm_model

        return exponential_crm_model(grid, self.skeleton)


ModelDescription = TwoParameterLogistic | CRMModel | ExponentialCRMModel


@dataclass(frozen=True)
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
