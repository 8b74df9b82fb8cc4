"""A design that keeps the posteriors on which it decided, so that a check need not compute them again."""

from dataclasses import fields, replace
from typing import Any

import numpy as np

from bayesdose.designs.base import Design
from bayesdose.inference.on_ladder import on_ladder
from bayesdose.inference.posterior import BatchPosterior
from bayesdose.short_rows import across
from bayesdose.trial import UNSETTLED, Cohorts, TrialState

__all__ = ["Remembering"]


class Remembering:
    """Posteriors of a model-based design while its graph is enumerated.

    Parameters
    ----------
    design : Design
        A design with tables, and methods ``answers`` and ``conclude``.
    """

    def __init__(self, design: Design) -> None:
        self._design: Any = design
        self._kept: list[BatchPosterior] = []
        self._error: list[np.ndarray] = []

    def conclude(self, state: TrialState) -> tuple[Cohorts, np.ndarray]:
        """As the design's, with the posteriors kept, each from the table that settled the answer."""
        asked: list[BatchPosterior] = []

        def decide(here: TrialState, summary: BatchPosterior) -> tuple[np.ndarray, np.ndarray]:
            asked.append(summary)
            return self._design.answers(here, summary)

        decided, used = on_ladder(self._design.tables, state, decide)
        kept, error = asked[0], np.full(len(state), asked[0].error)
        for number, summary in enumerate(asked[1:], start=1):
            open_states = np.flatnonzero(across(np.logical_or, (used >= number) | (used == UNSETTLED)))
            kept = kept.with_rows(open_states, summary)
            error[open_states] = summary.error
        self._kept.append(kept)
        self._error.append(error)
        return self._design.cohorts(state, decided[:, :2], used[:, 0]), decided[:, 2]

    def posteriors(self) -> tuple[BatchPosterior, np.ndarray]:
        """The posteriors of all states in the order in which the design was asked, and the error of each."""
        arrays = {
            field.name: np.concatenate([getattr(one, field.name) for one in self._kept])
            for field in fields(BatchPosterior)
            if isinstance(getattr(self._kept[0], field.name), np.ndarray)
        }
        return replace(self._kept[0], **arrays), np.concatenate(self._error)
