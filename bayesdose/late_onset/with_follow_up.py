"""The form of a design that decides while patients are followed."""

from bayesdose.checks.arguments import checked
from bayesdose.designs.base import Design
from bayesdose.designs.interval import IntervalDesign
from bayesdose.designs.model_based import ModelBased
from bayesdose.designs.references import cites
from bayesdose.designs.rolling_six import RollingSix
from bayesdose.errors import InputError
from bayesdose.late_onset.design import FollowUpDesign
from bayesdose.late_onset.interval_with_pending import TITEInterval
from bayesdose.late_onset.model_with_pending import TITEModelBased
from bayesdose.late_onset.rolling_six_with_pending import RollingSixInTime
from bayesdose.late_onset.single_imputation import SingleImputation
from bayesdose.rules.boin_boundaries import BOINBoundaries

__all__ = ["in_time"]


@cites("")
@checked
def in_time(design: Design) -> FollowUpDesign:
    """The form of a design that decides while patients are followed.

    BOIN becomes TITE-BOIN, a BLRM or CRM the same with the weighted likelihood, rolling six itself in time.

    Parameters
    ----------
    design : Design
        A design of known outcomes.

    Returns
    -------
    FollowUpDesign
        The same doses, numbers and rules; once all outcomes are known, the same decisions.

    Raises
    ------
    InputError
        If the design has no such form.
    """
    if isinstance(design, IntervalDesign) and isinstance(design.rule, BOINBoundaries):
        return TITEInterval(design, SingleImputation(design.rule))
    if isinstance(design, ModelBased):
        return TITEModelBased(design)
    if isinstance(design, RollingSix):
        return RollingSixInTime(design.grid, design.complete_highest)
    raise InputError(
        "pending patients",
        got=type(design).__name__,
        wanted="BOIN, a BLRM, a CRM or rolling six: others wait until all outcomes are known",
        fix="Write patients as known once they are.",
    )
