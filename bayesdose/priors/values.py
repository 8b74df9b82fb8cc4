"""The values that builders of priors take and give, which live beside the models that they are priors of."""

from bayesdose.models.earlier_trials import Heterogeneity, HistoricalTrial
from bayesdose.models.mixture_prior import NormalMixture
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.statement import Quantile

__all__ = ["Heterogeneity", "HistoricalTrial", "NormalMixture", "NormalPrior", "Quantile"]
