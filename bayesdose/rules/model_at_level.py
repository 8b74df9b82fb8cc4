"""Whether a level of a second regimen is accepted or too toxic, by a model of both regimens."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import annotated_types as at
import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import Patients, Probability
from bayesdose.errors import InputError
from bayesdose.inference.asked import Tolerances
from bayesdose.inference.coupled import TwoRegimenTable
from bayesdose.inference.on_ladder import on_ladder
from bayesdose.inference.posterior import BatchPosterior
from bayesdose.inference.regimen_tables import tabulate_regimens
from bayesdose.inference.treatment_table import TreatmentTable
from bayesdose.models.regimen_model import RegimenModel
from bayesdose.rules.admissible import EWOC
from bayesdose.rules.level_test import LevelTest, Verdicts
from bayesdose.treatments import TreatmentGrid
from bayesdose.trial import TrialState

__all__ = ["EWOCAtLevel"]

# The second is what exchangeable regimens with some 40 patients reach.
_TOLERANCES = (5e-2, 5e-3)
_Two = Annotated[TreatmentGrid, at.Predicate(lambda grid: len(grid.regimens) == 2), "with two regimens"]


def _tabulated(test: "EWOCAtLevel") -> tuple[TreatmentTable, ...]:
    """The model's tables, each more accurate than the one before it."""
    ladder = tabulate_regimens(
        test.model,
        test.treatments.grids,
        bounds=(test.bound,),
        max_patients=test.max_patients,
        tolerances=test.tolerances,
    )
    better: Sequence[float] = (np.inf, *(table.error for table in ladder))
    return tuple(table for table, before in zip(ladder, better, strict=False) if table.error < before)


@dataclass(frozen=True, eq=False)
class _Asked:
    """Trials, and the treatments (B, K) about which the posterior is asked."""

    state: TrialState
    tested: np.ndarray

    @property
    def patients(self) -> np.ndarray:
        return self.state.patients

    @property
    def dlts(self) -> np.ndarray:
        return self.state.dlts

    def __len__(self) -> int:
        return len(self.state)

    def take(self, which: np.ndarray) -> "_Asked":
        return _Asked(self.state.take(which), self.tested[which])


def _posterior(table: TreatmentTable, asked: _Asked) -> BatchPosterior:
    """What a table says of the treatments that are tested in any of the trials."""
    if isinstance(table, TwoRegimenTable):
        return table.posterior(asked.patients, asked.dlts, asked.tested.any(axis=0))
    return table.posterior(asked.patients, asked.dlts)


@checked_value
class EWOCAtLevel(LevelTest):
    """A model of both regimens: a level is too toxic if an overdose there is too probable, given all data.

    A level is too toxic if ``P(P(DLT) >= bound)`` is at least `cap`, by the posterior given the patients of
    both regimens; a level without patients is then not begun. It is accepted if it is not too toxic and
    has `patients`.

    Parameters
    ----------
    treatments : TreatmentGrid
        Both regimens.
    model : CovariateShift, ExchangeableRegimens or PartialOrder
        How the regimens hang together (see `bayesdose.models`).
    bound : float
        P(DLT), over the regimen's own DLT window, from which a level counts as an overdose.
    cap : float
        Posterior probability of an overdose that a level stays below.
    patients : int, default 6
        Patients at a level that is accepted.
    max_patients : int, default 60
        Patients in a trial, of both regimens together, up to which the model's tables are checked.
    tolerances : sequence of float, default (0.05, 0.005)
        Accuracies of the tables, decreasing; as for `tabulate_regimens`.

    Raises
    ------
    InputError
        If the model is not about these regimens, a number is out of range, or a tolerance out of reach.

    References
    ----------
    Babb J, Rogatko A, Zacks S (1998). Cancer phase I clinical trials: efficient dose escalation with overdose
    control. Statistics in Medicine 17:1103-1120. In the interval form of Neuenschwander, Branson and Gsponer
    (2008).
    """

    treatments: _Two
    model: RegimenModel
    bound: Probability
    cap: Probability
    patients: Patients = 6
    max_patients: Patients = 60
    tolerances: Tolerances = _TOLERANCES
    tables: tuple[TreatmentTable, ...] = attrs.field(
        init=False, eq=False, repr=False, default=attrs.Factory(_tabulated, takes_self=True)
    )

    def __str__(self) -> str:
        return (
            f"a level is too toxic where not {self._ewoc} given the patients of both regimens, which is "
            f"asked before its first patient too; else it is accepted with {self.patients} patients; model: "
            f"{self.model.in_words(self.treatments.grids[0].unit)}"
        )

    @property
    def most_patients(self) -> int:
        """Those that a level needs."""
        return self.patients

    def check(self, treatments: TreatmentGrid) -> None:
        """Refuse other treatments than the model's."""
        if treatments != self.treatments:
            raise InputError(
                "EWOCAtLevel, treatments", got=str(self.treatments), wanted=f"the stage's, {treatments}"
            )

    def judge(self, state: TrialState, tested: np.ndarray) -> Verdicts:
        """What the posterior says of treatments."""
        toxic, used = np.zeros(tested.shape, dtype=bool), np.zeros(len(state), dtype=int)
        rows = np.flatnonzero(tested.any(axis=1))
        if len(rows):
            asked = _Asked(state.take(rows), tested[rows])

            def posterior_of(table: TreatmentTable, which: np.ndarray) -> BatchPosterior:
                return _posterior(table, asked.take(which))

            toxic[rows], used[rows, None] = on_ladder(self.tables, asked, self._too_toxic, posterior_of)
        return Verdicts(~toxic & (state.patients >= self.patients), toxic, used)

    def _too_toxic(self, asked: "_Asked", posterior: BatchPosterior) -> tuple[np.ndarray, np.ndarray]:
        """Which treatments are too toxic, and the margin of what is said of those that are tested."""
        margin = np.where(asked.tested, self._ewoc.margin(posterior), np.inf)
        return ~self._ewoc.admissible(posterior), margin.min(axis=1)

    @property
    def _ewoc(self) -> EWOC:
        return EWOC(self.bound, self.cap)
