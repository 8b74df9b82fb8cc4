"""An expansion cohort: more patients at one dose, watched for toxicity."""

from typing import Literal

import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import Name, Patients
from bayesdose.described import Described
from bayesdose.designs.base import Design, patients_in_words
from bayesdose.designs.stage import Stage, patients_at, stage_cohorts
from bayesdose.errors import InputError
from bayesdose.rules.monitoring import MonitoringRule
from bayesdose.treatments import regimens_of
from bayesdose.trial import NO_DOSE, Cohorts, StopReason, TrialState

__all__ = ["ExpansionCohort"]

OnStop = Literal["close", "dose below", "expand dose below", "pause"]
_ON_STOP = {
    "close": "the trial ends without a dose",
    "dose below": (
        "the trial ends, and the next lower dose is taken on that was given and that its own patients do not "
        "stop, if there is one"
    ),
    "expand dose below": "the dose below is expanded in its place, if there is one",
    "pause": "the trial pauses, which is an end here, without a dose: what follows is for a committee",
}


def _check_looks(stage: "ExpansionCohort", field: attrs.Attribute, looks: int | tuple[int, ...]) -> None:
    if isinstance(looks, tuple) and (
        not looks or list(looks) != sorted(set(looks)) or looks[-1] > stage.total
    ):
        raise InputError(
            "ExpansionCohort, looks",
            got=looks,
            wanted=f"increasing numbers of patients, at most the total of {stage.total}",
        )


@checked_value
class ExpansionCohort(Described, Stage):
    """Fill a dose to a number of patients, and look at its DLTs on the way.

    Parameters
    ----------
    total : int
        Patients at the dose when the expansion is complete.
    monitoring : MonitoringRule, optional
        When the dose is stopped for toxicity; by default never.
    looks : int or tuple of int, default 1
        When the rule is asked: after each so many new patients and after the last, or at these numbers of
        patients alone. A dose that is handed over with patients of the escalation is looked at before it is
        expanded, unless all stated looks are still to come.
    on_stop : {"close", "dose below", "expand dose below", "pause"}, default "close"
        What a stop does: the trial ends without a dose; it ends and the next lower dose is taken on that was
        given and that its own patients do not stop; the dose below is expanded in its place; it pauses, which
        is an end without a dose.
    escalation_patients : bool, default True
        Whether patients whom the dose had before count towards `total` and are looked at.
    name : str, default "expansion"
        Name in tables.

    Raises
    ------
    InputError
        If a number is out of range, or the looks do not increase or go beyond the total.

    References
    ----------
    Mokdad AA, Xie XJ, Zhu H, Gerber DE, Heitjan DF (2018). Statistical justification of expansion cohorts in
    phase 1 cancer trials. Cancer 124:3339-3345.
    """

    total: Patients
    monitoring: MonitoringRule | None = None
    looks: Patients | tuple[Patients, ...] = attrs.field(default=1, validator=_check_looks)
    on_stop: OnStop = "close"
    escalation_patients: bool = True
    name: Name = "expansion"  # pyright: ignore[reportIncompatibleMethodOverride]

    @property
    def words(self) -> dict[str, str]:
        """The stage as a protocol describes it, part by part."""
        counted = (
            "those of the escalation included"
            if self.escalation_patients
            else "those of the escalation apart"
        )
        filled = f"the dose is given to a total of {patients_in_words(self.total)}, {counted}"
        if self.monitoring is None:
            return {"Cohort": filled, "Monitoring": "none"}
        when = (
            f"after every {patients_in_words(self.looks)}"
            if isinstance(self.looks, int)
            else f"at {', '.join(map(str, self.looks))} patients"
        ).replace("every 1 patient", "every patient")
        return {
            "Cohort": filled,
            "Monitoring": f"{when}: {self.monitoring}",
            "On a stop": _ON_STOP[self.on_stop],
        }

    def most_patients(self, num_doses: int) -> int:
        """No trial treats more patients in this stage: all of a cohort, at each dose that can be expanded."""
        return self.total * (num_doses if self.on_stop == "expand dose below" else 1)

    @property
    def looks_elsewhere(self) -> bool:
        """Whether it looks at patients of other doses than its own after it has begun."""
        asks = self.monitoring is not None and self.monitoring.asks_escalation
        return asks or self.on_stop == "expand dose below"

    def below(self, state: TrialState, level: np.ndarray, escalation: Design) -> np.ndarray:
        """The dose that each trial takes on where a stop says so: a lower one that is not stopped itself."""
        found = np.full(len(state), NO_DOSE)
        if self.on_stop != "dose below":
            return found
        regimen = regimens_of(escalation.grid)
        for lower in range(len(regimen)):
            here = np.full(len(state), lower)
            patients, dlts = patients_at(state, here).T
            toxic = self._too_toxic(state, here, patients, dlts, escalation)
            alike = regimen[lower] == regimen[level]
            found[(here < level) & alike & (patients > 0) & ~toxic] = lower
        return found

    def start(self, state: TrialState, level: np.ndarray, escalation: Design) -> tuple[Cohorts, np.ndarray]:
        """The first cohort of each trial whose dose was handed over, and the dose that it would take on."""
        before, below = patients_at(state, level), self.below(state, level, escalation)
        patients, _ = self._seen(state, level, before)
        first = 1 if isinstance(self.looks, int) else self.looks[0]
        return self._going_on(state, level, patients >= first, before, below, escalation)

    def next(
        self,
        state: TrialState,
        before: np.ndarray,
        below: np.ndarray,
        found: np.ndarray,
        escalation: Design,
    ) -> tuple[Cohorts, np.ndarray]:
        """The next cohort of each trial in this stage, and the dose that it would take on."""
        patients, _ = self._seen(state, state.level, before)
        looked = np.full(len(state), True) if isinstance(self.looks, int) else np.isin(patients, self.looks)
        return self._going_on(state, state.level, looked, before, below, escalation)

    def _seen(
        self, state: TrialState, level: np.ndarray, before: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Patients at a level who count, and their DLTs."""
        seen = patients_at(state, level)
        return tuple((seen if self.escalation_patients else seen - before).T)  # pyright: ignore[reportReturnType]

    def _going_on(
        self,
        state: TrialState,
        level: np.ndarray,
        looked: np.ndarray,
        before: np.ndarray,
        below: np.ndarray,
        escalation: Design,
    ) -> tuple[Cohorts, np.ndarray]:
        """Looks where it is time, and what follows."""
        patients, dlts = self._seen(state, level, before)
        stops = looked & self._too_toxic(state, level, patients, dlts, escalation)
        if self.on_stop == "expand dose below":
            level = level.copy()
            # A dose below that already has patients is looked at before it is expanded.
            regimen = regimens_of(escalation.grid)
            lowest = np.array([np.argmax(regimen == one) for one in regimen])
            while np.any(down := stops & (level > lowest[level])):
                level[down] -= 1
                before = np.where(down[:, None], patients_at(state, level), before)
                patients, dlts = self._seen(state, level, before)
                stops = np.where(down, self._too_toxic(state, level, patients, dlts, escalation), stops)
        complete = ~stops & (patients >= self.total)
        ended = StopReason.EXPANSION_PAUSED if self.on_stop == "pause" else StopReason.EXPANSION_TOO_TOXIC
        stop = np.where(stops, ended.code, StopReason.EXPANSION_COMPLETE.where(complete))
        cohorts = stage_cohorts(level, self._size(patients), stop)
        # A dose below that nobody has had yet is not taken on before somebody has.
        given = patients_at(state, level)[:, 0] > 0
        return cohorts, np.where(stops, below, np.where(given, level, NO_DOSE))

    def _too_toxic(
        self,
        state: TrialState,
        level: np.ndarray,
        patients: np.ndarray,
        dlts: np.ndarray,
        escalation: Design,
    ) -> np.ndarray:
        """Whether each trial would stop at a level if it were looked at; never without patients."""
        if self.monitoring is None:
            return np.zeros(len(level), dtype=bool)
        recommended = escalation.recommend(state) if self.monitoring.asks_escalation else level
        return (patients > 0) & self.monitoring.stops(patients, dlts, level, recommended)

    def _size(self, patients: np.ndarray) -> np.ndarray:
        """Patients until the next look, or until the total."""
        if isinstance(self.looks, int):
            return np.minimum(self.looks, self.total - patients)
        looks = np.array([*self.looks, self.total])
        following = looks[np.minimum(np.searchsorted(looks, patients, side="right"), len(looks) - 1)]
        return following - patients
