"""What stages add to the operating characteristics: each one's patients, and what became of the MTD."""

from collections.abc import Callable, Sequence

import numpy as np

from bayesdose.simulation.final_trials import FinalTrials
from bayesdose.trial import NO_DOSE, StopReason

__all__ = ["add_stages"]


def add_stages(
    add: Callable[..., None], final: FinalTrials, side: np.ndarray, columns: Sequence[int | None], most: int
) -> None:
    """Add the variables of trials in stages.

    A design that has none is in its escalation from the first patient to the last.

    Parameters
    ----------
    add : callable
        Averages values over trials under a name: ``add(name, dims, values, highest=...)``.
    final : FinalTrials
        T ways in which trials end.
    side : ndarray of int, shape (S, 1 + K)
        Where no dose, then each dose, stands to the right answer: 0 is right.
    columns : sequence of int or None
        For each later stage of the comparison, its position among the design's later stages; None where the
        design lacks it.
    most : int
        Most patients of a trial.
    """
    number = max(final.record.shape[1] - 3, 0) // 2
    found = final.record[:, 0].astype(int) if number else final.recommendation
    counts = final.record[:, 1 : 1 + 2 * number].reshape(len(found), number, 2)
    later = np.zeros((len(found), len(columns), 2))
    for place, column in enumerate(columns):
        if column is not None:
            later[:, place] = counts[:, column]
    stages = np.concatenate([(final.totals - later.sum(axis=1))[:, None], later], axis=1)
    dims = ("scenario", "stage")
    add("stage_probability", dims, (stages[..., 0] > 0).astype(float))
    add("expected_stage_patients", dims, stages[..., 0], highest=most)
    add("expected_stage_dlts", dims, stages[..., 1], highest=most)
    one_hot = (found[:, None] + 1 == np.arange(final.counts.shape[1] + 1)).astype(float)
    add("escalation_selection_probability", ("scenario", "recommendation"), one_hot)
    finished = (final.stop != StopReason.UNFINISHED.code)[None, :]
    right = finished & (side[:, found + 1] == 0)
    add("escalation_correct_selection", ("scenario",), right.astype(float))
    revised = (found != NO_DOSE) & (final.recommendation != found)
    add("dose_revised_probability", ("scenario",), np.broadcast_to(revised, right.shape).astype(float))
