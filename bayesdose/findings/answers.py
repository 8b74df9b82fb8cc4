"""What a design and its variants answer in the same states, from the same posteriors."""

from dataclasses import dataclass, replace
from typing import Any

import attrs
import numpy as np

from bayesdose.designs.base import Design
from bayesdose.designs.optional import concluded, stage_positions
from bayesdose.findings.walk import Walk
from bayesdose.inference.on_ladder import on_ladder
from bayesdose.inference.posterior import BatchPosterior, PosteriorTable, posterior
from bayesdose.short_rows import across
from bayesdose.threads import one_thread
from bayesdose.trial import NO_DOSE, Cohorts, StopReason, TrialState

__all__ = ["AskedRules", "asked_rules"]

# States that a variant is asked about before it is known that it is another design.
_BLOCK = 2000
_FULL = StopReason.MAX_PATIENTS.code


@dataclass(frozen=True, eq=False)
class AskedRules:
    """The states of a walk in which a design's rules decide.

    Parameters
    ----------
    design : Design
        The design with the rules: the one that a titration or a plan hands over to.
    which : ndarray of int, shape (A,)
        Their positions in the walk.
    state : TrialState
        The states as that design sees them.
    summary : BatchPosterior or None
        Their posteriors, each from a table that settles what is next; None for a design without a model.
    error : ndarray, shape (A,)
        Largest error of each.
    answers : ndarray of int, shape (A, 3)
        Next level, stop code and recommended dose; `NO_DOSE` for no level and no dose.
    next_level : ndarray of int, shape (A,)
        Level of the next cohort if no stopping rule fired, `NO_DOSE` where there is none.
    reach : ndarray of bool, shape (A, K)
        Doses that increments let through; all for a design without a model.
    """

    design: Design
    which: np.ndarray
    state: TrialState
    summary: BatchPosterior | None
    error: np.ndarray
    answers: np.ndarray
    next_level: np.ndarray
    reach: np.ndarray

    def of(self, variant: Design, where: np.ndarray, settle: bool = True) -> np.ndarray:
        """What a variant of the design answers in some of these states, as `answers`.

        Parameters
        ----------
        variant : Design
            The design with other rules and the same model.
        where : ndarray of int, shape (N,)
            Positions among these states.
        settle : bool, default True
            Whether what these posteriors cannot settle is asked of better tables.
        """
        state = self.state.take(where)
        if self.summary is None:
            following, dose = concluded(variant, state)
            goes_on = following.stop == StopReason.GOES_ON.code
            return np.stack([np.where(goes_on, following.level, NO_DOSE), following.stop, dose], axis=1)
        modelled: Any = variant
        summary = self.summary.take(where)
        with one_thread():
            found, margin = modelled.answers(state, summary)
            near = np.flatnonzero(across(np.logical_or, margin <= self.error[where, None]))
            if settle and len(near):
                found[near] = on_ladder(modelled.tables, state.take(near), modelled.answers)[0]
        full = state.num_patients >= variant.max_patients
        found[full, :2] = NO_DOSE, StopReason.MAX_PATIENTS.code
        return found

    def changed(self, variant: Design, where: np.ndarray, settle: bool = True) -> np.ndarray:
        """Where a variant does something else, for whatever reason it stops; arguments as of `of`, (N,)."""
        own, other = self.answers[where], self.of(variant, where, settle)
        stops, also = own[:, 1] > 0, other[:, 1] > 0
        dose = np.where(stops, own[:, 2], NO_DOSE) != np.where(also, other[:, 2], NO_DOSE)
        return (stops != also) | (~stops & (own[:, 0] != other[:, 0])) | dose

    def changes(self, variant: Design, where: np.ndarray) -> bool:
        """Whether a variant does something else in one of these positions; it looks no further than there."""
        blocks = range(0, len(where), _BLOCK)
        return any(self.changed(variant, where[start : start + _BLOCK]).any() for start in blocks)

    def sharpened(self, where: np.ndarray, number: int) -> "AskedRules":
        """The same states, some of them with posteriors from another table of the model."""
        state, modelled = self.state.take(where), self.design
        table = modelled.tables[number]  # pyright: ignore[reportAttributeAccessIssue]
        assert self.summary is not None, "a design with tables has posteriors"
        with one_thread():
            summary = self.summary.with_rows(where, posterior(table, state.patients, state.dlts))
        error = self.error.copy()
        error[where] = table.error
        return replace(self, summary=summary, error=error)

    def exactly(self, where: np.ndarray) -> "AskedRules":
        """Some of these states, with posteriors from the last table."""
        state, modelled = self.state.take(where), self.design
        table = modelled.tables[-1]  # pyright: ignore[reportAttributeAccessIssue]
        with one_thread():
            summary = posterior(table, state.patients, state.dlts)
        error = np.full(len(where), table.error)
        kept = (self.answers[where], self.next_level[where], self.reach[where])
        return AskedRules(self.design, self.which[where], state, summary, error, *kept)


def asked_rules(walk: Walk) -> AskedRules:
    """The states in which the innermost design decides, with their posteriors where it has a model."""
    design, which, state = _deciding(walk.design, walk.state)
    following, recommendation = _own_answers(walk, design, which, state)
    level = np.where(following.stop == StopReason.GOES_ON.code, following.level, NO_DOSE)
    answers = np.stack([level, following.stop, recommendation], axis=1)
    tables = getattr(design, "tables", None)
    if tables is None:
        everywhere = np.ones(state.patients.shape, dtype=bool)
        asked = AskedRules(design, which, state, None, np.zeros(len(which)), answers, level, everywhere)
        return replace(asked, next_level=_without_stopping(asked))
    summary, error = walk.posteriors or _posteriors(tables, state, following.refinement)
    reach = design.within_reach(state)  # pyright: ignore[reportAttributeAccessIssue]
    asked = AskedRules(design, which, state, summary, error, answers, level, reach)
    return replace(asked, next_level=_without_stopping(asked))


def _own_answers(
    walk: Walk, design: Design, which: np.ndarray, state: TrialState
) -> tuple[Cohorts, np.ndarray]:
    """What the deciding design answers: where its trial goes to the next stage of a plan, that it ends."""
    following, recommendation = walk.following.take(which), walk.recommendation[which]
    before, after = (stage_positions(walk.design, one.phase)[which] for one in (walk.state, walk.following))
    ended = np.flatnonzero(after > before)
    if len(ended):
        own, recommendation[ended] = concluded(design, state.take(ended))
        for name in ("level", "size", "phase", "stop", "refinement"):
            getattr(following, name)[ended] = getattr(own, name)
    return following, recommendation


def _without_stopping(asked: AskedRules) -> np.ndarray:
    """Level of the next cohort if no stopping rule fired, `NO_DOSE` where there is none; shape (A,)."""
    level = asked.answers[:, 0].copy()
    if getattr(asked.design, "stopping", None) is not None:
        stopped = np.flatnonzero((level == NO_DOSE) & (asked.answers[:, 1] != _FULL))
        free: Any = asked.design
        level[stopped] = asked.of(attrs.evolve(free, stopping=None), stopped)[:, 0]
    return level


def _posteriors(
    tables: tuple[PosteriorTable, ...], state: TrialState, refinement: np.ndarray
) -> tuple[BatchPosterior, np.ndarray]:
    """Posteriors from the tables that settled what is next, and the error of each, shape (A,)."""
    error = np.full(len(state), tables[0].error)
    with one_thread():
        summary = posterior(tables[0], state.patients, state.dlts)
        for number in np.unique(refinement[refinement != 0]).tolist():
            where, table = np.flatnonzero(refinement == number), tables[number]
            here = state.take(where)
            summary = summary.with_rows(where, posterior(table, here.patients, here.dlts))
            error[where] = table.error
    return summary, error


def _deciding(design: Design, state: TrialState) -> tuple[Design, np.ndarray, TrialState]:
    """The design whose rules decide in a trial: another one, where a design hands trials over to it.

    A design that hands over may have a method ``handed_over``, which returns that design, a mask of the
    trials in which it is asked, and these trials as it sees them.

    Parameters
    ----------
    design : Design
        Any design.
    state : TrialState
        B trials that it treated.

    Returns
    -------
    design : Design
        The innermost design.
    which : ndarray of int
        Positions of the trials in which that design is asked.
    state : TrialState
        Those trials as it sees them.
    """
    which = np.arange(len(state))
    while (handed_over := getattr(design, "handed_over", None)) is not None:
        design, mask, state = handed_over(state)
        which = which[mask]
    return design, which, state
