"""A robust prior: one from history, mixed with a vague one."""

from attrs import evolve

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Share
from bayesdose.errors import InputError
from bayesdose.models.mixture_prior import NormalMixture
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.prior import Prior

__all__ = ["robustify"]


@checked
def robustify(informative: Prior, weight: Share, vague: NormalPrior) -> Prior:
    """A prior from history, mixed with a vague one in case the new trial is unlike the earlier ones.

    Parameters
    ----------
    informative : NormalPrior or NormalMixture
        The prior from history.
    weight : float
        Prior probability, from 0 to 1, that history does not apply: the vague component's weight.
    vague : NormalPrior
        The vague component, with the same reference dose.

    Returns
    -------
    NormalPrior or NormalMixture
        `informative` itself at weight 0, `vague` itself at weight 1, a mixture of both in between.

    Raises
    ------
    InputError
        If the weight is outside [0, 1], the reference doses differ, or the prior is neither normal nor a
        mixture of normals.

    References
    ----------
    Schmidli H, Gsteiger S, Roychoudhury S, O'Hagan A, Spiegelhalter D, Neuenschwander B (2014). Robust
    meta-analytic-predictive priors in clinical trials with historical control information. Biometrics
    70:1023-1032.

    Examples
    --------
    >>> history = NormalPrior((-1.5, 0.1), (0.5, 0.3), reference_dose=10)
    >>> robust = robustify(history, 0.2, NormalPrior((-0.85, 0), (2, 1), reference_dose=10))
    >>> robust.weights
    (0.8, 0.2)
    """
    if not isinstance(informative, NormalPrior | NormalMixture):
        raise InputError("informative prior", got=informative, wanted="a NormalPrior or a NormalMixture")
    if informative.reference_dose != vague.reference_dose:
        raise InputError(
            "vague component's reference dose",
            got=vague.reference_dose,
            wanted=f"that of the informative prior, {informative.reference_dose:g}",
        )
    if weight == 0:
        return informative
    if weight == 1:
        return vague
    if isinstance(informative, NormalPrior):
        informative = NormalMixture((1.0,), (informative,), informative.origin)
    return NormalMixture(
        (*((1 - weight) * share for share in informative.weights), weight),
        (*informative.components, evolve(vague, origin=f"vague: {vague.origin}")),
        f"{informative.origin}; robust: vague component of weight {weight:g}",
    )
