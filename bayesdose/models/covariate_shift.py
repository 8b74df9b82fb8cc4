"""One curve for two regimens, moved for the second: a two-parameter logistic model with a covariate."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import Finite, NonNegative
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.models.densities import Densities
from bayesdose.models.half_normal import half_normal
from bayesdose.models.mixture_prior import NormalMixture
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.numpy_densities import log_normal, logit_densities
from bayesdose.models.regimen_model import RegimenModel, check_two_regimens, regimen_of, treatment_doses

if TYPE_CHECKING:
    import pymc as pm

__all__ = ["CovariateShift"]


def _half_normal_starts_at_zero(model: "CovariateShift", field: attrs.Attribute, value: str) -> None:
    if model.distribution == "half-normal" and model.shift_mean != 0:
        raise InputError(
            "CovariateShift, shift_mean",
            got=model.shift_mean,
            wanted="0 for a half-normal shift, whose scale is `shift_sd`",
        )


@checked_value
class CovariateShift(RegimenModel):
    """Two regimens with one dose-toxicity curve, which the second regimen shifts on the logit scale.

    ``logit p = log alpha + exp(log beta) * log(dose / reference_dose) + shift * [second regimen]``: a
    logistic regression with the regimen as a covariate. P(DLT) of each treatment is that over its own
    regimen's DLT window, so the shift holds what a longer window adds, too.

    Parameters
    ----------
    prior : NormalPrior or NormalMixture
        Prior on (log alpha, log beta), which are those of the first regimen, and the reference dose.
    shift_sd : float
        Prior standard deviation of the shift, or its scale if it is half-normal. At 0 the shift is fixed at
        its mean; with mean 0 too, the regimens are pooled.
    shift_mean : float, default 0
        Prior mean of a normal shift. ``log(3 / 2)`` says that half as much drug again a week has one and a
        half times the odds of a DLT.
    distribution : {"normal", "half-normal"}, default "normal"
        Half-normal if the second regimen can only be more toxic.

    Raises
    ------
    InputError
        If a number is out of range, or a half-normal shift has a mean.

    References
    ----------
    Bailey S, Neuenschwander B, Laird G, Branson M (2009). A Bayesian case study in oncology phase I
    combination dose-finding using logistic regression with covariates. Journal of Biopharmaceutical
    Statistics 19:469-484. O'Quigley J, Paoletti X (2003). Continual reassessment method for ordered groups.
    Biometrics 59:430-440, for groups of which one can only be more toxic.

    Examples
    --------
    >>> import bayesdose as bd
    >>> prior = bd.priors.NormalPrior((-1.1, 0.0), (2.0, 1.0), reference_dose=0.3)
    >>> model = bd.models.CovariateShift(prior, shift_sd=0.5)
    >>> every_3_weeks, every_2_weeks = bd.DoseGrid((0.1, 0.3), "mg/kg"), bd.DoseGrid((0.1, 0.3), "mg/kg")
    >>> (table,) = bd.inference.tabulate_regimens(
    ...     model, (every_3_weeks, every_2_weeks), bounds=(0.33,), max_patients=12, tolerances=(1e-3,)
    ... )
    >>> answer = table.posterior(np.array([[3, 6, 0, 0]]), np.array([[0, 1, 0, 0]]))
    >>> answer.mean.round(2).tolist()
    [[0.06, 0.17, 0.06, 0.18]]
    """

    prior: NormalPrior | NormalMixture
    shift_sd: NonNegative
    shift_mean: Finite = 0.0
    distribution: Literal["normal", "half-normal"] = attrs.field(
        default="normal", validator=_half_normal_starts_at_zero
    )

    def __str__(self) -> str:
        return self.in_words("")

    def in_words(self, unit: str) -> str:
        """The model, its prior and its shift in words, the reference dose with its unit."""
        if self.shift_sd == 0:
            shift = f"shift {self.shift_mean:.6g}"
        elif self.distribution == "half-normal":
            shift = f"shift half-normal with scale {self.shift_sd:.6g}"
        else:
            shift = f"shift ~ N({self.shift_mean:.6g}, {self.shift_sd:.6g}²)"
        return (
            "logit P(DLT) = log alpha + beta log(dose / reference dose), plus a shift under the second "
            f"regimen; prior {self.prior.in_numbers(unit)}; {shift}"
        )

    def check(self, grids: Sequence[DoseGrid]) -> None:
        """Refuse other than two regimens with doses in one unit."""
        check_two_regimens(grids)

    def build(self, grids: Sequence[DoseGrid]) -> "pm.Model":
        """The PyMC model; its coordinate ``dose`` holds the treatments' doses."""
        from bayesdose.models.regimens_in_pymc import covariate_shift_model

        return covariate_shift_model(self, grids)

    def densities(self, grids: Sequence[DoseGrid]) -> Densities:
        """The model in numpy, in theta = (log alpha, log beta) and, unless it is fixed, the shift.

        A half-normal shift is a function of a standard normal deviate, which is the third variable.
        """
        self.check(grids)
        doses, second = treatment_doses(grids), regimen_of(grids).astype(float)
        log_ratio = np.log(doses / self.prior.reference_dose)
        log_prior, mean = log_normal(self.prior), self.prior.mean
        if self.shift_sd == 0:
            return logit_densities(
                doses, log_ratio, np.array(mean), log_prior, lambda points: self.shift_mean * second
            )
        centre, spread = (
            (0.0, 1.0) if self.distribution == "half-normal" else (self.shift_mean, self.shift_sd)
        )

        def shift(points: np.ndarray) -> np.ndarray:
            last = points[:, 2:]
            return (half_normal(last, self.shift_sd) if self.distribution == "half-normal" else last) * second

        def with_shift(points: np.ndarray) -> np.ndarray:
            return log_prior(points[:, :2]) - 0.5 * np.square((points[:, 2] - centre) / spread)

        return logit_densities(doses, log_ratio, np.array([*mean, centre]), with_shift, shift)
