"""A small design that decides with pending patients, and all its trials one by one in plain Python."""

from collections import defaultdict
from typing import Annotated

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.grid import DoseGrid
from bayesdose.late_onset.design import FollowUpDesign
from bayesdose.late_onset.trials import Enrolment, FollowedTrials
from bayesdose.trial import NO_DOSE, StopReason


@checked_value
class Eager(FollowUpDesign):
    """Up once a patient's worth of follow-up shows no DLT, down after two; waits while most are pending."""

    grid: DoseGrid
    max_patients: Annotated[int, "of the trial"]
    citation: str = ""

    def first_patient(self):
        return Enrolment.single(0)

    def next_patient(self, trials):
        trial, level = np.arange(len(trials)), trials.level
        n, y, c, s = (
            one[trial, level] for one in (trials.enrolled, trials.dlts, trials.at_risk, trials.follow_up)
        )
        down, waits = y >= 2, (2 * c > n) & (y < 2)
        up = ~down & (y == 0) & (n - c + s >= 1)
        stop = np.where(down & (level == 0), StopReason.LOWEST_TOO_TOXIC.code, 0)
        stop = np.where(trials.enrolled.sum(axis=1) >= self.max_patients, StopReason.MAX_PATIENTS.code, stop)
        to = np.clip(level + np.where(down, -1, up.astype(int)), 0, len(self.grid) - 1)
        return Enrolment(level=to, phase=trials.phase, stop=stop, waits=waits & (stop == 0))

    def recommend(self, trials):
        good = (trials.enrolled > 0) & (3 * trials.dlts <= trials.enrolled)
        return np.where(good.any(axis=1), good.shape[1] - 1 - good[:, ::-1].argmax(axis=1), NO_DOSE)


def every_trial(design, prob_by_step, gap, *, capacity=None, waiting_room=0):
    """What every trial of a design comes to, patient by patient: the mean of each measure.

    `prob_by_step` holds P(DLT by 0, 1, ..., W steps) for each dose. A history is each patient's own step with
    a DLT, or none; the trial is run anew for each, one step after the other, from a list of patients.
    """
    means, todo = defaultdict(float), [()]
    while todo:
        outcomes = todo.pop()
        ended = _run(design, prob_by_step.shape, outcomes, gap, capacity, waiting_room)
        if ended is None:
            todo += [(*outcomes, shown) for shown in range(prob_by_step.shape[1])]
            continue
        levels, measures = ended
        weight = 1.0
        for level, shown in zip(levels, outcomes, strict=True):
            by_step = [*prob_by_step[level], 1.0]
            weight *= by_step[shown + 1] - by_step[shown]
        for name, value in measures.items():
            means[name] += weight * value
    return means


def _run(design, shape, outcomes, gap, capacity, waiting_room):
    """One trial; None if it needs the outcome of a further patient."""
    doses, window = shape[0], shape[1] - 1
    patients, now, queue, stop, level, phase = [], 0, 1, 0, 0, 0
    turned_away = suspended = contradicted = 0
    closed = False

    def state(at, all_known=False):
        counts, pending = np.zeros((1, doses, 2), int), np.zeros((1, doses, window), int)
        for where, enrolled, shown in patients:
            if shown < window and (all_known or enrolled + shown + 1 <= at):
                counts[0, where, 1] += 1
            elif all_known or enrolled + window <= at:
                counts[0, where, 0] += 1
            else:
                pending[0, where, at - enrolled] += 1
        return FollowedTrials(counts, pending, np.array([level]), np.array([phase]))

    while True:
        if now > 0 and now % gap == 0:
            queue += 1
        if closed and state(now).complete[0]:
            closed = False
        while queue and not stop:
            before = state(now)
            full = capacity is not None and before.at_risk.sum() >= capacity
            answer = design.first_patient() if not patients else design.next_patient(before)
            if full or answer.waits[0]:
                closed = True
                break
            closed = False
            if patients and not before.complete[0]:
                late = design.next_patient(state(now, all_known=True))
                otherwise = (late.stop[0] != 0) != (answer.stop[0] != 0)
                contradicted += otherwise or (not answer.stop[0] and late.level[0] != answer.level[0])
            stop = int(answer.stop[0])
            if not stop:
                if len(patients) == len(outcomes):
                    return None
                level, phase = int(answer.level[0]), int(answer.phase[0])
                patients.append((level, now, outcomes[len(patients)]))
                queue -= 1
        turned_away += 0 if stop else max(queue - waiting_room, 0)
        queue = min(queue, waiting_room)
        known = state(now)
        # With nobody there, a stop is seen as soon as all is known.
        if known.complete[0] and not stop:
            stop = int(design.next_patient(known).stop[0])
        if stop:
            known = state(now, all_known=True)
            last = max(enrolled + min(shown + 1, window) for _, enrolled, shown in patients)
            chosen = int(design.recommend(known)[0])
            measures = {
                "duration": last,
                f"takes {last}": 1,
                "suspended": suspended,
                "turned away": turned_away,
                "contradicted": contradicted,
                f"recommends {chosen}": 1,
                "patients": len(patients),
                f"stop {stop}": 1,
            }
            return [where for where, _, _ in patients], measures
        suspended += closed
        now += 1
