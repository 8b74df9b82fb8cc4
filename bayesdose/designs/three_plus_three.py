"""The traditional 3+3 design, in three variants that must not be mixed."""

from functools import cache
from typing import Annotated, Literal

import attrs
import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import Count
from bayesdose.described import Described
from bayesdose.designs.a_plus_b import APlusB
from bayesdose.designs.base import Design, on_grid
from bayesdose.designs.references import cites, references_of
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd import MTDRule
from bayesdose.trial import Cohorts, TrialState

__all__ = ["ThreePlusThree", "Variant", "three_plus_three"]


Variant = Annotated[
    Literal["no-deescalation", "deescalation", "deescalation-six"],
    "(they recommend different doses, so the variant is always stated)",
]


_VARIANTS = {
    "no-deescalation": "3+3 without de-escalation",
    "deescalation": "3+3 with de-escalation",
    "deescalation-six": "3+3 with de-escalation, and six patients at the highest dose too",
}


@checked_value
class ThreePlusThree(Described, Design):
    """What `three_plus_three` makes, with its parameters as fields."""

    grid: DoseGrid  # pyright: ignore[reportIncompatibleMethodOverride]
    variant: Variant
    start_level: Count = attrs.field(default=1, validator=on_grid)

    @property
    def words(self) -> dict[str, str]:
        """The design as a protocol describes it, part by part."""
        return _as_a_plus_b(self).words | {"Design": _VARIANTS[self.variant]}

    @property
    def outcome_categories(self) -> int:
        """Two, with and without DLT: nothing else matters to the design."""
        return 2

    @property
    def aims_at(self) -> MTDRule:
        """The highest dose with fewer DLTs than two in six."""
        return _as_a_plus_b(self).aims_at

    @property
    def max_patients(self) -> int:
        """Six patients at every dose that a trial can have given by then."""
        return _as_a_plus_b(self).max_patients

    @property
    def citation(self) -> str:
        """Keys of Storer (1989), Korn et al. (1994), and Lin and Shih (2001)."""
        return references_of(three_plus_three)

    def first_cohort(self) -> Cohorts:
        """Three patients at the start level."""
        return _as_a_plus_b(self).first_cohort()

    def next_cohort(self, state: TrialState) -> Cohorts:
        """The next cohort of each trial, or why it stops."""
        return _as_a_plus_b(self).next_cohort(state)

    def recommend(self, state: TrialState) -> np.ndarray:
        """The highest dose given that is neither too toxic nor above a too toxic dose."""
        return _as_a_plus_b(self).recommend(state)


@cache
def _as_a_plus_b(design: ThreePlusThree) -> APlusB:
    """The same design as an A+B design."""
    return APlusB(
        design.grid,
        a=3,
        b=3,
        c=1,
        d=1,
        e=1,
        deescalation=design.variant != "no-deescalation",
        complete_highest=design.variant == "deescalation-six",
        start_level=design.start_level,
    )


@cites("Storer1989, Korn1994, LinShih2001")
@checked
def three_plus_three(grid: DoseGrid, variant: Variant, start_level: Count = 1) -> ThreePlusThree:
    """Cohorts of three; 0 of 3 escalates, 1 of 3 adds three, at most 1 of 6 escalates.

    A dose with two or more DLTs is too toxic. What follows depends on the variant:

    * ``no-deescalation``: the trial stops and the dose below is the MTD, with however many patients
      it has;
    * ``deescalation``: the dose below is completed to six patients and accepted with at most one
      DLT, else the next lower one, and so on; the highest dose is accepted after 0 of 3;
    * ``deescalation-six``: as before, and the highest dose too needs six patients.

    A cohort that is smaller than three (from accelerated titration) is completed to three first.

    Parameters
    ----------
    grid : DoseGrid
        The doses.
    variant : {"no-deescalation", "deescalation", "deescalation-six"}
        Required: published work mixes the three, and they recommend different doses.
    start_level : int, default 1
        Level number of the first cohort.

    Returns
    -------
    ThreePlusThree
        The design.

    Raises
    ------
    InputError
        If the variant is unknown or the start level is off the grid.

    Notes
    -----
    It is `a_plus_b` with A = B = 3 and C = D = E = 1. The R packages escalation, bcrm and AplusB call
    the second variant de-escalation and the first its absence; precautionary has the third. bcrm's
    ``threep3`` is no fourth variant where it starts at the lowest dose.

    References
    ----------
    Storer BE (1989). Design and analysis of phase I clinical trials. Biometrics 45:925-937.
    Korn EL, Midthune D, Chen TT, Rubinstein LV, Christian MC, Simon RM (1994). A comparison of two
    phase I trial designs. Statistics in Medicine 13:1799-1806.
    Lin Y, Shih WJ (2001). Statistical properties of the traditional algorithm-based designs for
    phase I cancer clinical trials. Biostatistics 2:203-215.

    Examples
    --------
    >>> design = three_plus_three(DoseGrid.of_levels(3), variant="deescalation")
    >>> design.max_patients
    18
    """
    return ThreePlusThree(grid, variant, start_level)
