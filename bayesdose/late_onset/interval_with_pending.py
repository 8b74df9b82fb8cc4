"""TITE-BOIN: BOIN that decides while patients are followed."""

from typing import Unpack

import attrs
import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import InnerProbability, Patients, Probability
from bayesdose.designs.base import decided_at
from bayesdose.designs.boin import boin
from bayesdose.designs.interval import IntervalDesign, IntervalSettings
from bayesdose.designs.references import cites
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.late_onset.cohorts import asked_unless_suspended, state_of
from bayesdose.late_onset.effective_sample_size import EffectiveSampleSize
from bayesdose.late_onset.of_cohorts import OfCohorts
from bayesdose.late_onset.pending_rule import SUSPEND, PendingRule
from bayesdose.late_onset.single_imputation import SingleImputation
from bayesdose.late_onset.suspension import HALF_PENDING, AccrualSuspension
from bayesdose.late_onset.trials import Enrolment, FollowedTrials
from bayesdose.rules.boin_boundaries import BOINBoundaries
from bayesdose.rules.decision_table import DEESCALATE, ELIMINATE, STAY
from bayesdose.rules.mtd_selection import MTDSelection
from bayesdose.trial import Cohorts, StopReason

__all__ = ["TITEInterval", "shortest_follow_up", "tite_boin", "tite_boin_ess", "tite_interval"]


def _same_boundaries(design: "TITEInterval", field: attrs.Attribute, rule: PendingRule) -> None:
    if rule.boundaries != design.design.rule:
        raise InputError(
            "TITEInterval, rule",
            got=f"boundaries of {rule.boundaries}",
            wanted=f"those of the design, {design.design.rule}",
        )


@checked_value
class TITEInterval(OfCohorts):
    """What `tite_boin` makes: a BOIN design, and its rule with pending patients."""

    design: IntervalDesign
    rule: PendingRule = attrs.field(validator=_same_boundaries)

    @property
    def words(self) -> dict[str, str]:
        """The design as a protocol describes it, part by part."""
        return self.design.words | {
            "Design": "interval design that decides while patients are followed",
            "Decisions": str(self.rule),
            "Accrual is suspended": f"if {self.rule.suspension}",
            "Cohorts": f"cohorts of {self.design.cohort_size}, filled as patients come; the first patient of "
            "each asks for the dose",
        }

    @property
    def citation(self) -> str:
        """Keys of the rule's publication, and of BOIN's."""
        return f"{self.rule.citation}, {self.design.citation}"

    def next_patient(self, trials: FollowedTrials) -> Enrolment:
        """What happens with the patient who is ready now, in each of B trials."""
        return asked_unless_suspended(self.design, trials, self._next_cohort)

    def _next_cohort(self, trials: FollowedTrials) -> tuple[Cohorts, np.ndarray]:
        """The next cohort of each trial, and whether accrual is suspended instead."""
        state = state_of(self.design, trials)
        eliminated = self.design.eliminated(state)
        decisions = self.rule.decide(
            state.patients, state.dlts, trials.at_risk, trials.follow_up, shortest_follow_up(trials)
        )
        decisions = np.where(eliminated, ELIMINATE, decisions)
        current = decided_at(state.level, (decisions == DEESCALATE) | (decisions == ELIMINATE))
        here = decisions[np.arange(len(trials)), current]
        suspended = (here == SUSPEND) & ~eliminated[:, 0]
        cohorts = self.design.cohorts_after(state, current, np.where(suspended, STAY, here), eliminated)
        # A stop that looks at the next dose has to wait until there is one.
        early = suspended & (cohorts.stop != StopReason.MAX_PATIENTS.code)
        stop = np.where(early, StopReason.GOES_ON.code, cohorts.stop)
        return Cohorts(cohorts.level, cohorts.size, cohorts.phase, stop), suspended


def shortest_follow_up(trials: FollowedTrials) -> np.ndarray:
    """Shortest follow-up of a pending patient at each dose, in windows; 1 where there is none; (B, K)."""
    pending = trials.pending > 0
    return np.where(pending.any(axis=-1), pending.argmax(axis=-1) / trials.window, 1.0)


@cites("")
@checked
def tite_interval(design: IntervalDesign, rule: PendingRule) -> TITEInterval:
    """An interval design that decides while patients are followed, by a rule with pending patients.

    Parameters
    ----------
    design : IntervalDesign
        What decides about cohorts, stopping and the MTD; made by `bayesdose.boin`.
    rule : PendingRule
        `SingleImputation` or `EffectiveSampleSize`, with the design's boundaries.

    Returns
    -------
    TITEInterval
        The design; `tite_boin` and `tite_boin_ess` make the usual ones.

    Raises
    ------
    InputError
        If the rule has other boundaries than the design.
    """
    return TITEInterval(design, rule)


@cites("Yuan2018, LiuYuan2015")
@checked
def tite_boin(
    grid: DoseGrid,
    target: InnerProbability,
    *,
    max_patients: Patients,
    suspension: AccrualSuspension = HALF_PENDING,
    safe: InnerProbability | None = None,
    toxic: InnerProbability | None = None,
    cutoff: Probability = 0.95,
    mtd_selection: MTDSelection | None = None,
    **settings: Unpack[IntervalSettings],
) -> TITEInterval:
    """Time-to-event BOIN (TITE-BOIN): BOIN that decides while patients are followed.

    The rule is `SingleImputation`. Once all outcomes are known it is `bayesdose.boin`.

    Parameters
    ----------
    grid : DoseGrid
        The doses.
    target : float
        Target DLT probability.
    max_patients : int
        Largest number of patients.
    suspension : AccrualSuspension, optional
        When accrual waits; by default while more than half of the patients at the dose are pending.
    safe, toxic, cutoff, mtd_selection
        As for `bayesdose.boin`.
    **settings
        ``cohort_size``, ``start_level``, ``stopping``, ``lowest_dose_elimination``, as for `bayesdose.boin`.
        A cohort is filled as patients come; the first patient of the next one asks for the dose.

    Returns
    -------
    TITEInterval
        The design; `pending_table` shows its table.

    Raises
    ------
    InputError
        If a number is out of range.

    Notes
    -----
    As in `bayesdose.boin`, a dose below the current one that a late DLT has made too toxic is decided first.
    A stopping rule is asked when the next dose is known, so not while accrual is suspended.

    References
    ----------
    Yuan Y, Lin R, Li D, Nie L, Warren KE (2018). Time-to-event Bayesian optimal interval design to accelerate
    phase I trials. Clinical Cancer Research 24:4921-4930.

    Examples
    --------
    Three patients at the lowest dose, one of three outcomes pending after half of the window: escalate.

    >>> design = tite_boin(DoseGrid.of_levels(5), 0.3, max_patients=30)
    >>> trial = FollowedTrials(
    ...     counts=np.array([[[2, 0]] + 4 * [[0, 0]]]),
    ...     pending=np.array([[[0, 1]] + 4 * [[0, 0]]]),
    ...     level=np.array([0]),
    ...     phase=np.array([0]),
    ... )
    >>> int(design.next_patient(trial).level[0])
    1
    """
    design = boin(
        grid,
        target,
        max_patients=max_patients,
        safe=safe,
        toxic=toxic,
        cutoff=cutoff,
        mtd_selection=mtd_selection,
        **settings,
    )
    return TITEInterval(design, SingleImputation(_boundaries(design), suspension))


@cites("LinYuan2020, LiuYuan2015")
@checked
def tite_boin_ess(
    grid: DoseGrid,
    target: InnerProbability,
    *,
    max_patients: Patients,
    suspension: AccrualSuspension = HALF_PENDING,
    safe: InnerProbability | None = None,
    toxic: InnerProbability | None = None,
    cutoff: Probability = 0.95,
    mtd_selection: MTDSelection | None = None,
    **settings: Unpack[IntervalSettings],
) -> TITEInterval:
    """The other method that is called TITE-BOIN: DLTs over the effective sample size.

    The rule is `EffectiveSampleSize`; it decides otherwise than `tite_boin`.

    Parameters
    ----------
    grid, target, max_patients, suspension, safe, toxic, cutoff, mtd_selection, **settings
        As for `tite_boin`.

    Returns
    -------
    TITEInterval
        The design; `pending_table` shows its table.

    Raises
    ------
    InputError
        If a number is out of range.

    References
    ----------
    Lin R, Yuan Y (2020). Time-to-event model-assisted designs for dose-finding trials with delayed toxicity.
    Biostatistics 21:807-824.
    """
    design = boin(
        grid,
        target,
        max_patients=max_patients,
        safe=safe,
        toxic=toxic,
        cutoff=cutoff,
        mtd_selection=mtd_selection,
        **settings,
    )
    return TITEInterval(design, EffectiveSampleSize(_boundaries(design), suspension))


def _boundaries(design: IntervalDesign) -> BOINBoundaries:
    assert isinstance(design.rule, BOINBoundaries)
    return design.rule
