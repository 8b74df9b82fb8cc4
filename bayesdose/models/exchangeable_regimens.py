"""Two regimens with a curve each, whose parameters are alike but not the same."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import Positive, Share
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.models.earlier_trials import Heterogeneity
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.regimen_model import RegimenModel, check_two_regimens

if TYPE_CHECKING:
    import pymc as pm

__all__ = ["ExchangeableRegimens"]


def _own_priors_fit(
    model: "ExchangeableRegimens", field: attrs.Attribute, own: tuple[NormalPrior, NormalPrior] | None
) -> None:
    if own is None:
        if model.prob_exchangeable != (1.0, 1.0):
            raise InputError(
                "ExchangeableRegimens, own",
                got=f"no priors, and probabilities {model.prob_exchangeable} of being exchangeable",
                wanted="the prior of each regimen where it is not exchangeable",
            )
        return
    stated = tuple(prior.reference_dose for prior in own)
    if stated != model.references:
        raise InputError(
            "ExchangeableRegimens, own",
            got=f"reference doses {stated}",
            wanted=f"{model.references}, those of the two regimens",
            fix="log alpha is the logit of P(DLT) at the reference dose, so it must be the same dose.",
        )


@checked_value
class ExchangeableRegimens(RegimenModel):
    """Two regimens, each with a two-parameter logistic curve, whose parameters may be exchangeable.

    With probability `prob_exchangeable`, independently of each other, a regimen's (log alpha, log beta) is a
    draw from the distribution that is common to both, normal around an unknown mean with unknown standard
    deviations; else it has a prior of its own, and nothing is borrowed (EXNEX). P(DLT) of each treatment is
    that over its own regimen's DLT window. With historical data as the first regimen it is the same model.

    Parameters
    ----------
    mean : NormalPrior
        Prior on the mean of the common distribution; its reference dose is the first regimen's.
    heterogeneity : Heterogeneity or None
        Prior on the standard deviations between regimens, tau of log alpha and of log beta, with a uniform
        correlation. None for no heterogeneity: exchangeable regimens then have the same curve.
    prob_exchangeable : (float, float), default (1, 1)
        Prior probability that each regimen is exchangeable.
    own : (NormalPrior, NormalPrior), optional
        Prior of each regimen where it is not exchangeable; needed unless both probabilities are 1.
    second_reference_dose : float, optional
        Dose of the second regimen that corresponds to the first one's reference dose, such as half of it for
        twice a day instead of once; the same dose if not given.

    Raises
    ------
    InputError
        If a number is out of range, or priors of their own are missing or have another reference dose.

    Notes
    -----
    Both regimens are exchangeable, or not, in both parameters at once. In OncoBayes2 as in decider each
    component of a combination has its own choice; for one drug that is the same.

    References
    ----------
    Neuenschwander B, Wandel S, Roychoudhury S, Bailey S (2016). Robust exchangeability designs for early
    phase clinical trials with multiple strata. Pharmaceutical Statistics 15:123-134. Neuenschwander B,
    Roychoudhury S, Schmidli H (2016). On the use of co-data in clinical trials. Statistics in
    Biopharmaceutical Research 8:345-354.

    Examples
    --------
    >>> import bayesdose as bd
    >>> prior = bd.priors.NormalPrior((-1.1, 0.0), (2.0, 1.0), reference_dose=40)
    >>> model = bd.models.ExchangeableRegimens(
    ...     prior, bd.priors.Heterogeneity((0.25, 0.125)), prob_exchangeable=(0.8, 0.8), own=(prior, prior)
    ... )
    >>> once, twice = bd.DoseGrid((10, 20, 40, 80), "mg"), bd.DoseGrid((40, 80), "mg")
    >>> (table,) = bd.inference.tabulate_regimens(
    ...     model, (once, twice), bounds=(0.33,), max_patients=15, tolerances=(1e-2,)
    ... )
    >>> answer = table.posterior(np.array([[3, 3, 3, 6, 0, 0]]), np.array([[0, 0, 0, 1, 0, 0]]))
    >>> answer.mean.round(2).tolist()
    [[0.03, 0.04, 0.08, 0.16, 0.18, 0.29]]
    """

    mean: NormalPrior
    heterogeneity: Heterogeneity | None
    prob_exchangeable: tuple[Share, Share] = (1.0, 1.0)
    own: tuple[NormalPrior, NormalPrior] | None = attrs.field(default=None, validator=_own_priors_fit)
    second_reference_dose: Positive | None = None

    @property
    def references(self) -> tuple[float, float]:
        """The reference dose of each regimen."""
        first = self.mean.reference_dose
        return first, first if self.second_reference_dose is None else self.second_reference_dose

    @property
    def pools(self) -> bool:
        """Whether both regimens have the same curve for certain."""
        return self.heterogeneity is None and self.prob_exchangeable == (1.0, 1.0)

    def __str__(self) -> str:
        return self.in_words("")

    def in_words(self, unit: str) -> str:
        """The model and its priors in words, reference doses with their unit."""
        between = "no heterogeneity" if self.heterogeneity is None else str(self.heterogeneity)
        words = (
            "logit P(DLT) = log alpha + beta log(dose / reference dose), each regimen with its own "
            f"parameters; exchangeable with probabilities {self.prob_exchangeable[0]:g} and "
            f"{self.prob_exchangeable[1]:g}, mean: {self.mean.in_numbers(unit)}; {between}"
        )
        if self.second_reference_dose is not None:
            dose = f"{self.second_reference_dose:.6g} {unit}".rstrip()
            words += f"; reference dose of the second regimen {dose}"
        if self.own is not None:
            words += f"; otherwise {self.own[0].in_numbers(unit)} and {self.own[1].in_numbers(unit)}"
        return words

    def check(self, grids: Sequence[DoseGrid]) -> None:
        """Refuse other than two regimens with doses in one unit."""
        check_two_regimens(grids)

    def log_ratios(self, grids: Sequence[DoseGrid]) -> list[np.ndarray]:
        """For each regimen, the logarithms of its doses' ratios to its reference dose."""
        self.check(grids)
        return [
            np.log(np.array(grid.values) / reference)
            for grid, reference in zip(grids, self.references, strict=True)
        ]

    def build(self, grids: Sequence[DoseGrid]) -> "pm.Model":
        """The PyMC model, for `fit`; its coordinate ``dose`` holds the treatments' doses."""
        from bayesdose.models.regimens_in_pymc import exchangeable_regimens_model

        return exchangeable_regimens_model(self, grids)
