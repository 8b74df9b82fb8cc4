"""Answers from the coarsest table whose error cannot change them."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self

import numpy as np

from bayesdose.inference.posterior import BatchPosterior
from bayesdose.inference.treatment_table import TreatmentTable
from bayesdose.short_rows import across
from bayesdose.trial import UNSETTLED

__all__ = ["Trials", "on_ladder"]


class Trials(Protocol):
    """A batch of trials, such as a `TrialState`."""

    # Arrays; a cached property is not one to a type checker.
    @property
    def patients(self) -> Any:
        """Patients per dose or treatment, shape (B, K)."""
        ...

    @property
    def dlts(self) -> Any:
        """DLTs per dose or treatment, shape (B, K)."""
        ...

    def __len__(self) -> int: ...

    def take(self, which: np.ndarray) -> Self:
        """Some of the trials."""
        ...


def on_ladder[S: TreatmentTable, T: Trials](
    tables: Sequence[S],
    state: T,
    decide: Callable[[T, BatchPosterior], tuple[np.ndarray, np.ndarray]],
    posterior_of: Callable[[S, np.ndarray], BatchPosterior] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Answers for each trial, and the number of the table that settled each of their parts, if any.

    `decide` returns answers, shape (B, A), and margins, shape (B,), or (B, P) for answers of P parts: the
    largest error of each posterior number that cannot change them. `posterior_of` gives the posteriors of the
    trials at some positions by a table, where they are not those of the states' patients and DLTs.
    """
    open_states = np.arange(len(state))
    answers = used = np.zeros((len(state), 0), dtype=int)
    for number, table in enumerate(tables):
        here = state.take(open_states)
        if posterior_of is None:
            summary = table.posterior(here.patients, here.dlts)
        else:
            summary = posterior_of(table, open_states)
        found, margin = decide(here, summary)
        margin = np.atleast_2d(margin.T).T
        if number == 0:
            answers, used = np.empty_like(found), np.full(margin.shape, UNSETTLED)
        answers[open_states] = found
        settled = np.where(margin > summary.error, number, UNSETTLED)
        before = used[open_states]
        used[open_states] = after = np.where(before == UNSETTLED, settled, before)
        open_states = open_states[across(np.logical_or, after == UNSETTLED)]
        if not len(open_states):
            break
    return answers, used
