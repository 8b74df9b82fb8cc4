"""The A+B designs: the 3+3's rule with any two cohort sizes and thresholds."""

import attrs
import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import Count, Patients
from bayesdose.described import Described
from bayesdose.designs.base import Design, decided_at, on_grid, patients_in_words
from bayesdose.designs.references import cites, references_of
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd import HighestBelow, MTDRule
from bayesdose.trial import NO_DOSE, Cohorts, StopReason, TrialState

__all__ = ["APlusB", "a_plus_b"]


def _check_thresholds(design: "APlusB", field: attrs.Attribute, e: int) -> None:
    a, b, c, d = design.a, design.b, design.c, design.d
    if not c <= d <= min(a, e) or e >= a + b:
        raise InputError(
            "A+B design",
            got=f"a={a}, b={b}, c={c}, d={d}, e={e}",
            wanted="c <= d <= a and d <= e < a + b",
            fix="The traditional 3+3 is a=3, b=3, c=1, d=1, e=1.",
        )


@checked_value
class APlusB(Described, Design):
    """What `a_plus_b` makes, with its parameters as fields."""

    grid: DoseGrid  # pyright: ignore[reportIncompatibleMethodOverride]
    a: Patients
    b: Patients
    c: Patients
    d: Patients
    e: Patients = attrs.field(validator=_check_thresholds)
    deescalation: bool
    complete_highest: bool = False
    start_level: Count = attrs.field(default=1, validator=on_grid)

    @property
    def words(self) -> dict[str, str]:
        """The design as a protocol describes it, part by part."""
        a, c, d, e, full = self.a, self.c, self.d, self.e, self.a + self.b
        fewer, more = (_dlts(0, c - 1), _dlts(c, d))
        too_toxic = f"more than {_dlts(d, d)} in {patients_in_words(a)} or more than {e} in {full}"
        below = (
            f"the dose below is completed to {full} patients and accepted with at most {_dlts(e, e)}, "
            "else the next lower one, and so on"
        )
        stops = "the trial stops, and the dose below is recommended with the patients it has"
        once = "accepted as soon as it would be passed"
        start = "the lowest dose" if self.deescalation else "the start dose"
        return {
            "Design": f"A+B with A = {a}, B = {self.b}, C = {c}, D = {d}, E = {e}",
            "Doses": str(self.grid),
            "Start": self.grid.level_in_words(self.start_level - 1),
            "Decisions": f"after {patients_in_words(a)} at a dose, escalate with {fewer}, add "
            f"{patients_in_words(self.b)} with {more}; after {full}, escalate with at most {_dlts(e, e)}. "
            f"A dose is too toxic with {too_toxic}",
            "After a too toxic dose": below if self.deescalation else stops,
            "Highest dose": f"accepted with {full} patients only" if self.complete_highest else once,
            "Lowest dose": f"the trial ends without a dose where {start} is too toxic",
            "Most patients": str(self.max_patients),
            "Recommended dose": "the highest dose given that is neither too toxic nor above a too toxic dose",
            "Departures": f"a smaller cohort is completed to {a} first; between {a} and {full} patients a "
            f"dose is too toxic with more than {_dlts(e, e)}; a dose below the current one that turns out "
            "too toxic is decided first",
        }

    @property
    def outcome_categories(self) -> int:
        """Two, with and without DLT: nothing else matters to the design."""
        return 2

    @property
    def aims_at(self) -> MTDRule:
        """The highest dose below the share of DLTs that is too many among all A + B patients."""
        return HighestBelow((self.e + 1) / (self.a + self.b))

    @property
    def max_patients(self) -> int:
        """A+B patients at every dose that a trial can have given by then."""
        full, doses, below = self.a + self.b, len(self.grid), self.start_level - 1
        upwards = full * (doses - below)
        if not self.deescalation:
            return upwards
        # Dose after dose on the way down may turn out too toxic when it is completed to A+B.
        if self.c - 1 + self.b > self.e:
            return full * doses
        # Else a trial either climbs from its start, or leaves one too toxic dose after another below it.
        too_toxic = full if self.d + self.b > self.e else self.a
        return max(upwards, too_toxic * below + full)

    @property
    def citation(self) -> str:
        """Key of Lin and Shih (2001)."""
        return references_of(a_plus_b)

    def first_cohort(self) -> Cohorts:
        """A cohort of A patients at the start level."""
        return Cohorts.single(self.start_level - 1, self.a)

    def next_cohort(self, state: TrialState) -> Cohorts:
        """The next cohort of each trial, or why it stops."""
        trial, top = np.arange(len(state)), len(self.grid) - 1
        patients, toxic = state.patients, self._too_toxic(state)
        level = decided_at(state.level, toxic)
        here, here_dlts = patients[trial, level], state.dlts[trial, level]
        below = patients[trial, np.maximum(level - 1, 0)]
        full = self.a + self.b
        too_toxic = toxic[trial, level]
        above_too_toxic = (level < top) & toxic[trial, np.minimum(level + 1, top)]
        needs_full = (here_dlts >= self.c) | (above_too_toxic & self.deescalation)
        needs_full |= (level == top) & self.complete_highest
        lowest = 0 if self.deescalation else self.start_level - 1

        # Read from the top: the first condition that holds decides, the last one where none does.
        conditions = [
            too_toxic & (level <= lowest),
            too_toxic & (self.deescalation & (below < full)),
            too_toxic,
            here < self.a,
            needs_full & (here < full),
            above_too_toxic,
            level == top,
            np.ones(len(state), dtype=bool),
        ]
        reasons = [
            StopReason.LOWEST_TOO_TOXIC,
            StopReason.GOES_ON,
            StopReason.MTD_FOUND,
            StopReason.GOES_ON,
            StopReason.GOES_ON,
            StopReason.MTD_FOUND,
            StopReason.HIGHEST_ACCEPTED,
            StopReason.GOES_ON,
        ]
        case = np.stack(conditions).argmax(axis=0)
        stop = np.array([reason.code for reason in reasons])[case]
        move = np.array([0, -1, 0, 0, 0, 0, 0, 1])[case]
        # A lower dose with fewer than A (titration, or a start above it) is completed to A first.
        completing = np.where(below < self.a, self.a - below, full - below)
        none = np.zeros(len(state), dtype=int)
        sizes = [none, completing, none, self.a - here, full - here, none, none, none + self.a]
        size = np.stack(sizes)[case, trial]
        level = np.where(stop == StopReason.GOES_ON.code, level + move, state.level)
        return Cohorts(level=level, size=size, phase=state.phase, stop=stop)

    def recommend(self, state: TrialState) -> np.ndarray:
        """The highest dose given that is neither too toxic nor above a too toxic dose."""
        above_toxic = np.cumsum(self._too_toxic(state), axis=1) > 0
        passed = (state.patients > 0) & ~above_toxic
        return np.where(passed, np.arange(len(self.grid)), NO_DOSE).max(axis=1)

    def _too_toxic(self, state: TrialState) -> np.ndarray:
        """Which doses have too many DLTs, shape (B, K)."""
        return state.dlts > np.where(state.patients > self.a, self.e, self.d)


def _dlts(low: int, high: int) -> str:
    """So many DLTs, in words."""
    numbers = f"{low}" if low == high else f"{low} to {high}"
    return f"{numbers} DLT{'' if low == high == 1 else 's'}"


@cites("LinShih2001")
@checked
def a_plus_b(
    grid: DoseGrid,
    a: Patients,
    b: Patients,
    c: Patients,
    d: Patients,
    e: Patients,
    deescalation: bool,
    complete_highest: bool = False,
    start_level: Count = 1,
) -> APlusB:
    """Cohorts of A; fewer than C DLTs escalate, C to D add B patients, at most E of A+B escalate.

    More than D DLTs in A patients, or more than E in A+B, make a dose too toxic. What follows:

    * without de-escalation the trial stops and the dose below is the MTD, with however many
      patients it has;
    * with it, the dose below is completed to A+B patients and accepted with at most E DLTs, else
      the next lower one, and so on.

    The highest dose is accepted as soon as it would be passed, unless `complete_highest` asks for
    A+B patients there too. The traditional 3+3 has A = B = 3 and C = D = E = 1.

    A cohort smaller than A (from accelerated titration) is completed to A first. Between A and A+B
    patients, which only a departure from the design leads to, a dose is too toxic with more than E
    DLTs. Where a dose below the current one is too toxic (a late DLT), the trial is decided there.

    Parameters
    ----------
    grid : DoseGrid
        The doses.
    a, b : int
        Patients in the first and in the second cohort at a dose.
    c : int
        Fewer DLTs than this in the first A patients escalate: the boundary is `<`.
    d : int
        More DLTs than this in the first A patients are too toxic: the boundary is `>`.
    e : int
        More DLTs than this in A+B patients are too toxic, no more escalate.
    deescalation : bool
        Required: the design is published with and without, and they recommend different doses.
    complete_highest : bool, default False
        Whether the highest dose is accepted with A+B patients only.
    start_level : int, default 1
        Level number of the first cohort.

    Returns
    -------
    APlusB
        The design.

    Raises
    ------
    InputError
        Unless 1 <= c <= d <= a and d <= e < a + b, or if the start level is off the grid.

    References
    ----------
    Lin Y, Shih WJ (2001). Statistical properties of the traditional algorithm-based designs for
    phase I cancer clinical trials. Biostatistics 2:203-215.

    Examples
    --------
    >>> design = a_plus_b(DoseGrid.of_levels(4), a=2, b=4, c=1, d=1, e=2, deescalation=True)
    >>> design.max_patients
    24
    """
    return APlusB(grid, a, b, c, d, e, deescalation, complete_highest, start_level)
