"""Any escalation whose recommended dose rests on responses too, by a rule that stands for a committee."""

from typing import Any

import attrs
import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.described import Described
from bayesdose.designs.base import Design, described
from bayesdose.designs.optional import aim_of, concluded, may_skip_doses, stages_of
from bayesdose.designs.references import cites
from bayesdose.dose_optimization.utility_committee import CommitteeRule
from bayesdose.dose_optimization.utility_states import by_margins, dlts_alone
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd import MTDRule
from bayesdose.trial import NO_DOSE, Cohorts, StopReason, TrialState

__all__ = ["WithCommittee", "with_committee"]


def _by_dlts(wrapper: Any, field: attrs.Attribute, design: Design) -> None:
    """Validator: the escalation decides from DLTs alone, and has no later stages."""
    if design.outcome_categories != 2 or len(stages_of(design)) > 1:
        has = f"{design.outcome_categories} categories of outcome, stages {', '.join(stages_of(design))}"
        raise InputError(
            "with_committee, escalation",
            got=f"a design with {has}",
            wanted="an escalation that decides from DLTs alone, without later stages",
            fix="Wrap the escalation, then make the plan.",
        )


@checked_value
class WithCommittee(Described, Design):
    """What `with_committee` makes, with its parameters as fields."""

    escalation: Design = attrs.field(validator=_by_dlts)
    rule: CommitteeRule

    @property
    def words(self) -> dict[str, str]:
        """The design as a protocol describes it, part by part."""
        return {**described(self.escalation), "Recommended dose": str(self.rule)}

    @property
    def grid(self) -> DoseGrid:
        """The doses of the escalation."""
        return self.escalation.grid

    @property
    def outcome_categories(self) -> int:
        """Four: the rule looks at responses, the escalation at DLTs alone."""
        return 4

    @property
    def max_patients(self) -> int:
        """Those of the escalation."""
        return self.escalation.max_patients

    @property
    def may_skip_doses(self) -> bool:
        """Whether the escalation may."""
        return may_skip_doses(self.escalation)

    @property
    def aims_at(self) -> MTDRule | None:
        """What the escalation aims at."""
        return aim_of(self.escalation)

    @property
    def citation(self) -> str:
        """What the escalation cites."""
        return self.escalation.citation

    def first_cohort(self) -> Cohorts:
        """The escalation's."""
        return self.escalation.first_cohort()

    def next_cohort(self, state: TrialState) -> Cohorts:
        """The escalation's next cohort, from the DLTs."""
        return self.escalation.next_cohort(dlts_alone(state))

    def recommend(self, state: TrialState) -> np.ndarray:
        """The dose that the rule takes, `NO_DOSE` where it or the escalation finds none; shape (B,)."""
        return self.rule.select(state, self.escalation.recommend(dlts_alone(state)))

    def conclude(self, state: TrialState) -> tuple[Cohorts, np.ndarray]:
        """The next cohort, and the dose recommended where the trial stops."""
        after, found = concluded(self.escalation, dlts_alone(state))
        ends = after.stop != StopReason.GOES_ON.code
        dose = np.full(len(state), NO_DOSE)
        dose[ends] = self.rule.select(state.take(ends), found[ends])
        return after, dose

    def handed_over(self, state: TrialState) -> tuple[Design, np.ndarray, TrialState]:
        """The escalation, which is asked in every trial."""
        return self.escalation, np.ones(len(state), dtype=bool), dlts_alone(state)

    def forget(self, state: TrialState) -> TrialState:
        """Only patients, DLTs and responses are kept, where the rule looks at nothing else."""
        return by_margins(state) if self.rule.by_margins else state


@cites("")
@checked
def with_committee(escalation: Design, rule: CommitteeRule) -> WithCommittee:
    """An escalation whose recommended dose is chosen by a rule that stands for a committee.

    The escalation decides from DLTs alone, as without the rule; only what is recommended at the end differs.
    The rule is an assumption: it makes a trial with a committee comparable by simulation, and decides nothing
    in one.

    Parameters
    ----------
    escalation : Design
        Any design that counts patients without and with a DLT.
    rule : CommitteeRule
        What the committee would recommend.

    Returns
    -------
    WithCommittee
        The design; outcomes may have the letters E (response) and B (response and DLT).

    Raises
    ------
    InputError
        If the escalation looks at more than DLTs, or is a plan.

    Examples
    --------
    >>> import bayesdose as bd
    >>> grid = bd.DoseGrid((1, 3, 10), "mg")
    >>> from bayesdose.dose_optimization.criteria_of_rates import RateAtLeast, RateAtMost
    >>> rule = CommitteeRule(RateAtMost("DLT", 0.33, 0.5), RateAtLeast("response", 0.6, 0.5))
    >>> design = with_committee(bd.three_plus_three(grid, "deescalation"), rule)
    >>> bd.describe_decision(design, "1NNN 2EEE 3EBB 2EEE")
    'Stop: the dose below a too toxic dose is accepted. Recommended: level 2 (3 mg).'
    """
    return WithCommittee(escalation, rule)
