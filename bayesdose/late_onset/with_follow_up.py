"""The form of a design that decides while patients are followed."""

from bayesdose.checks.arguments import checked
from bayesdose.designs.base import Design
from bayesdose.designs.interval import IntervalDesign
from bayesdose.designs.model_based import ModelBased
from bayesdose.designs.references import cites
from bayesdose.designs.rolling_six import RollingSix
from bayesdose.late_onset.design import FollowUpDesign
from bayesdose.late_onset.interval_with_pending import TITEInterval
from bayesdose.late_onset.model_with_pending import TITEModelBased
from bayesdose.late_onset.rolling_six_with_pending import RollingSixInTime
from bayesdose.late_onset.single_imputation import SingleImputation
from bayesdose.late_onset.waiting import DecidesEarly
from bayesdose.rules.boin_boundaries import BOINBoundaries

__all__ = ["in_time"]


@cites("")
@checked
def in_time(design: Design) -> FollowUpDesign:
    """The form of a design that decides while patients are followed.

    BOIN becomes TITE-BOIN, a BLRM or CRM the same with the weighted likelihood, rolling six itself in time.
    Any other design decides early: as soon as no pending outcome can change its decision.

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
        If the design looks at moderate toxicity, which has no time of its own here.
    """
    if isinstance(design, IntervalDesign) and isinstance(design.rule, BOINBoundaries):
        return TITEInterval(design, SingleImputation(design.rule))
    if isinstance(design, ModelBased):
        return TITEModelBased(design)
    if isinstance(design, RollingSix):
        return RollingSixInTime(design.grid, design.complete_highest)
    return DecidesEarly(design)
