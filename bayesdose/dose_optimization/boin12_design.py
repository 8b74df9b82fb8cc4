"""BOIN12: BOIN's boundaries for toxicity, and the dose whose utility is most desirable of those in reach."""

from typing import Annotated, Literal

import annotated_types as at
import attrs
import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import Count, InnerProbability, Patients, Probability
from bayesdose.described import Described
from bayesdose.designs.base import Design, decided_at, on_grid
from bayesdose.designs.references import cites
from bayesdose.dose_optimization.boin12_in_words import boin12_in_words
from bayesdose.dose_optimization.utility_admissible import BetaAdmissible
from bayesdose.dose_optimization.utility_rank import UtilityRank
from bayesdose.dose_optimization.utility_states import by_margins
from bayesdose.grid import DoseGrid
from bayesdose.rules.boin_boundaries import BOINBoundaries
from bayesdose.rules.decision_table import DEESCALATE, STAY
from bayesdose.rules.elimination import BetaElimination
from bayesdose.rules.mtd import ClosestTo
from bayesdose.rules.mtd_selection import IsotonicClosest
from bayesdose.rules.obd_utility import Utility
from bayesdose.rules.patients_near import check_same_doses
from bayesdose.rules.remembered_cohorts import next_phase
from bayesdose.rules.stopping import StoppingRule, counts_alone
from bayesdose.trial import NO_DOSE, Cohorts, StopReason, TrialState

__all__ = ["BOIN12", "boin12"]

# BOIN's upper boundary is for 1.4 times the target, which is a probability.
_MaxToxicity = Annotated[float, at.Gt(0), at.Lt(0.7)]


@checked_value
class BOIN12(Described, Design):
    """What `boin12` makes, with its parameters as fields."""

    grid: DoseGrid  # pyright: ignore[reportIncompatibleMethodOverride]
    max_patients: Patients  # pyright: ignore[reportIncompatibleMethodOverride]
    max_toxicity: _MaxToxicity = 0.35
    min_efficacy: InnerProbability = 0.25
    utility: Utility = Utility()
    toxicity_cutoff: Probability = 0.95
    efficacy_cutoff: Probability = 0.90
    enough_to_stay: Patients = 6
    explore_from: Patients | None = 9
    selection: Literal["mean-utility", "next-dose"] = "mean-utility"
    stop_at_lowest: bool = True
    cohort_size: Patients = 3
    start_level: Count = attrs.field(default=1, validator=on_grid)
    stopping: StoppingRule | None = attrs.field(default=None, validator=[counts_alone, check_same_doses])

    @property
    def words(self) -> dict[str, str]:
        """The design as a protocol describes it, part by part."""
        return boin12_in_words(self)

    @property
    def outcome_categories(self) -> int:
        """Four: neither, response, both, DLT."""
        return 4

    @property
    def citation(self) -> str:
        """Lin and others (2020)."""
        return "Lin2020"

    @property
    def aims_at(self) -> ClosestTo:
        """The dose whose P(DLT) is closest to the limit bounds the recommended one."""
        return ClosestTo(self.max_toxicity)

    @property
    def boundaries(self) -> BOINBoundaries:
        """BOIN's boundaries with the limit of toxicity as the target."""
        phi = self.max_toxicity
        return BOINBoundaries(phi, 0.6 * phi, 1.4 * phi, BetaElimination(phi, self.toxicity_cutoff))

    @property
    def admissible(self) -> BetaAdmissible:
        """Which doses may be given by their own counts."""
        return BetaAdmissible(
            self.max_toxicity, self.min_efficacy, self.toxicity_cutoff, self.efficacy_cutoff
        )

    @property
    def rank(self) -> UtilityRank:
        """How desirable a dose is by its own counts."""
        return UtilityRank(self.utility, self.max_toxicity, self.min_efficacy)

    def first_cohort(self) -> Cohorts:
        """A full cohort at the start level."""
        return Cohorts.single(self.start_level - 1, min(self.cohort_size, self.max_patients))

    def next_cohort(self, state: TrialState) -> Cohorts:
        """The next cohort of each trial, or why it stops."""
        level, stop = self._decided(state)
        room = self.max_patients - state.num_patients
        if self.stopping is not None:
            early = self.stopping.stop(state, np.where(level == NO_DOSE, state.level, level))
            stop = np.where(stop == StopReason.GOES_ON.code, early, stop)
        stop = np.where(room > 0, stop, StopReason.MAX_PATIENTS.code)
        goes_on = stop == StopReason.GOES_ON.code
        return Cohorts(
            level=np.where(goes_on, level, state.level),
            size=np.where(goes_on, np.minimum(self.cohort_size, room), 0),
            phase=next_phase(state, None, self.stopping),
            stop=stop,
        )

    def recommend(self, state: TrialState) -> np.ndarray:
        """The recommended dose, `NO_DOSE` where the trial would find none to go on at; shape (B,)."""
        level, _ = self._decided(state)
        if self.selection == "mean-utility":
            return np.where(level == NO_DOSE, NO_DOSE, self._best_mean(state))
        # What was never given cannot be recommended.
        given = state.patients[np.arange(len(state)), level] > 0
        return np.where((level == NO_DOSE) | given, level, state.level)

    def forget(self, state: TrialState) -> TrialState:
        """Trials of which only patients, DLTs and responses are kept, where nothing else matters.

        A patient with both and one with neither are then worth as much as one with each.
        """
        return by_margins(state) if self.utility.of_margins_alone else state

    def _decided(self, state: TrialState) -> tuple[np.ndarray, np.ndarray]:
        """Level at which the trial would go on, `NO_DOSE` for none, and why it stops then; (B,) each."""
        trial, top = np.arange(len(state)), len(self.grid) - 1
        patients, dlts = state.patients, state.dlts
        too_toxic = self.admissible.too_toxic(patients, dlts)
        here = decided_at(state.level, too_toxic)
        number = patients[trial, here]
        decision = self.boundaries.decide(number, dlts[trial, here])
        # The dose below, this one and the one above, where there are such doses.
        near = here[:, None] + np.arange(-1, 2)
        inside = (near >= 0) & (near <= top)
        near = np.clip(near, 0, top)
        rows = trial[:, None]
        counts = state.counts[rows, near]
        inactive = self.admissible.inactive(patients[rows, near], state.responses[rows, near])
        wanted = inside & ~too_toxic[rows, near] & ~inactive
        desirable = np.where(wanted, self.rank.desirability(counts), -1.0)
        enough = (decision == STAY) & (number >= self.enough_to_stay)
        # Of two equal doses the lower one; of three the highest, as the authors' program has it.
        of_two = np.where(wanted[:, :2].any(axis=1), here - 1 + desirable[:, :2].argmax(axis=1), 0)
        of_three = here + 1 - desirable[:, ::-1].argmax(axis=1)
        none = ~wanted.any(axis=1)
        level = np.where(enough, of_two, np.where(none, NO_DOSE, of_three))
        if self.explore_from is not None:
            above = patients[trial, near[:, 2]]
            explores = (number >= self.explore_from) & inside[:, 2] & (above == 0)
            level = np.where(explores, here + 1, level)
        level = np.where(decision == DEESCALATE, np.maximum(here - 1, 0), level)
        stop = StopReason.NO_DOSE_WORTHWHILE.where(level == NO_DOSE)
        if self.stop_at_lowest:
            stop = np.where(too_toxic[:, 0], StopReason.LOWEST_TOO_TOXIC.code, stop)
            level = np.where(too_toxic[:, 0], NO_DOSE, level)
        return level, stop

    def _best_mean(self, state: TrialState) -> np.ndarray:
        """Of the admissible doses given, up to the MTD, the one with the highest mean utility; shape (B,)."""
        patients, given = state.patients, state.patients > 0
        too_toxic = self.admissible.too_toxic(patients, state.dlts)
        mtd = IsotonicClosest(self.max_toxicity).select(state, given & ~too_toxic)
        good = given & ~too_toxic & ~self.admissible.inactive(patients, state.responses)
        good &= np.arange(len(self.grid)) <= mtd[:, None]
        mean = np.where(good, self.rank.mean(state.counts), -1.0)
        return np.where(good.any(axis=1), mean.argmax(axis=1), NO_DOSE)


@cites("Lin2020")
@checked
def boin12(
    grid: DoseGrid,
    *,
    max_patients: Patients,
    max_toxicity: _MaxToxicity = 0.35,
    min_efficacy: InnerProbability = 0.25,
    utility: Utility = Utility(),
    toxicity_cutoff: Probability = 0.95,
    efficacy_cutoff: Probability = 0.90,
    enough_to_stay: Patients = 6,
    explore_from: Patients | None = 9,
    selection: Literal["mean-utility", "next-dose"] = "mean-utility",
    stop_at_lowest: bool = True,
    cohort_size: Patients = 3,
    start_level: Count = 1,
    stopping: StoppingRule | None = None,
) -> BOIN12:
    """Bayesian optimal interval design for toxicity and response (BOIN12).

    The DLT rate at the current dose says by BOIN's boundaries which doses are in reach: below the lower one
    this dose and both neighbours, between them, once enough patients were treated here, this dose and the one
    below, else all three; from the upper one on the dose goes down, to one that is not admissible too. Of the
    admissible doses in reach the next one is the dose with the highest ``P(u > u_b)``.

    Parameters
    ----------
    grid : DoseGrid
        The doses.
    max_patients : int
        Largest number of patients; the last cohort is cut to it.
    max_toxicity : float, default 0.35
        Highest acceptable P(DLT); boundaries are BOIN's with it as the target.
    min_efficacy : float, default 0.25
        Lowest acceptable P(response).
    utility : Utility, default Utility()
        What the four outcomes are worth. Where responses and DLTs can be counted apart
        (``response + dlt == none + both``) exact results have far fewer states.
    toxicity_cutoff, efficacy_cutoff : float, default 0.95 and 0.9
        A dose is not admissible if P(P(DLT) > max_toxicity) or P(P(response) < min_efficacy) reaches these.
    enough_to_stay : int, default 6
        Patients at a dose with a rate between the boundaries from which on it is not escalated.
    explore_from : int or None, default 9
        Patients at a dose, with a rate below the upper boundary, from which on the next dose is given if it
        never was; None for no such rule.
    selection : {"mean-utility", "next-dose"}
        What is recommended: the admissible dose with the highest mean utility up to the MTD by isotonic
        regression, as the authors' website does, or the dose that would be given next, as the R package
        escalation does by default (the current one where that was never given).
    stop_at_lowest : bool, default True
        Whether the trial stops where the lowest dose is too toxic to be admissible. The published programs
        go on there.
    cohort_size : int, default 3
        Patients in a cohort.
    start_level : int, default 1
        Level number of the first cohort.
    stopping : StoppingRule, optional
        When to stop earlier, such as ``PatientsAtAnyDose(12)``.

    Returns
    -------
    BOIN12
        The design; `boin12_rank_table` shows how it ranks doses.

    Raises
    ------
    InputError
        If a number is out of range.

    References
    ----------
    Lin R, Zhou Y, Yan F, Li D, Yuan Y (2020). BOIN12: Bayesian optimal interval phase I/II trial design for
    utility-based dose finding in immunotherapy and targeted therapies. JCO Precision Oncology 4:1393-1402.
    Brock K (2024). escalation, R package, whose program was checked against the authors' website.

    Examples
    --------
    >>> import bayesdose as bd
    >>> grid = bd.DoseGrid((1, 3, 10, 30, 100), "mg")
    >>> bd.describe_decision(boin12(grid, max_patients=30), "1NNN 2NNB 3NEE")
    'Next: 3 patients at level 3 (10 mg).'
    """
    return BOIN12(
        grid,
        max_patients,
        max_toxicity,
        min_efficacy,
        utility,
        toxicity_cutoff,
        efficacy_cutoff,
        enough_to_stay,
        explore_from,
        selection,
        stop_at_lowest,
        cohort_size,
        start_level,
        stopping,
    )
