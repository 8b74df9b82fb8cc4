"""The values that builders of priors take and give, which live beside the models that they are priors of."""

from bayesdose.models.earlier_trials import Heterogeneity as Heterogeneity
from bayesdose.models.earlier_trials import HistoricalTrial as HistoricalTrial
from bayesdose.models.mixture_prior import NormalMixture as NormalMixture
from bayesdose.models.normal_prior import NormalPrior as NormalPrior
from bayesdose.models.statement import Quantile as Quantile
