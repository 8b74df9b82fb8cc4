"""Doses that no outcome leads to, and levels that a trial cannot leave whatever it sees."""

from collections.abc import Iterator

import numpy as np

from bayesdose.designs.optional import stage_positions
from bayesdose.findings.finding import Kind, Severity
from bayesdose.findings.no_dlt_path import no_dlt_path
from bayesdose.findings.sighting import Aim, Sighting, into
from bayesdose.findings.walk import Walk
from bayesdose.short_rows import across
from bayesdose.trial import StopReason

__all__ = ["KINDS", "rigid_states"]

RIGID = Kind(
    "no way up without a DLT",
    "a trial in which no patient has a DLT does not get to the highest dose",
    Severity.ERROR,
    "Doses above are on the grid and in the scenarios, but no evidence of safety leads there.",
    "Cheung2011, p. 146; crmPack, issue 569",
)
CUT_SHORT = Kind(
    "no time for the highest dose",
    "a trial in which no patient has a DLT is still on its way up when it has all its patients",
    Severity.WARNING,
    "The highest dose can only be recommended untried. More patients or smaller cohorts would reach it.",
    "Cheung2011, p. 146; crmPack, issue 569",
)
UNREACHABLE = Kind(
    "dose that is never given",
    "no outcome of any trial leads to the dose",
    Severity.ERROR,
    "The dose is on the grid, and no trial can learn anything about it.",
    "Cheung2011, p. 146",
)
CONFINED = Kind(
    "level that is never left upwards",
    "three or more cohorts may follow, and whatever they show none gets a higher level than the next one, "
    "although no patient above it had a DLT and its own share of DLTs is below {share}",
    Severity.WARNING,
    "The remaining patients cannot change the dose, and nothing seen says that a higher one is too toxic.",
    "Cheung2011, p. 146",
)
# Near its end every trial has decided.
_COHORTS = 3
KINDS = (RIGID, CUT_SHORT, UNREACHABLE, CONFINED)


def rigid_states(walk: Walk, aim: Aim) -> Iterator[Sighting]:
    """Rigidity in each of its senses; the way up is the escalation's."""
    grid, top = walk.design.grid, len(walk.escalation.grid) - 1
    path = no_dlt_path(walk.escalation)
    highest = max(path.levels)
    climbing = path.stop is StopReason.MAX_PATIENTS and (len(path.levels) < 2 or path.levels[-2] < highest)
    safe = np.prod((1 - aim.prob_dlt[:, list(path.levels)]) ** np.array(path.sizes), axis=1)
    for kind, seen in ((RIGID, not climbing), (CUT_SHORT, climbing)):
        short = highest < top and seen
        yield Sighting(
            kind,
            subject=f"{grid.level_in_words(highest)} is the highest given" if short else "",
            states=int(short),
            probability=safe if short else None,
            witness=str(path) if short else "",
        )
    given = np.isin(np.arange(len(grid)), walk.level)
    for level in np.flatnonzero(~given).tolist():
        yield Sighting(UNREACHABLE, subject=grid.level_in_words(level), states=1)
    if given.all():
        yield Sighting(UNREACHABLE, states=0)
    yield Sighting(CONFINED, into(walk, _confined(walk, aim.share)))


def _confined(walk: Walk, share: float) -> np.ndarray:
    """States from which no outcome leads above the next level, though nothing speaks against it; (D,)."""
    highest, cohorts = _future(walk)
    doses = np.arange(walk.state.patients.shape[1])
    next_level = walk.following.level
    toxic_above = across(np.logical_or, (walk.state.dlts > 0) & (doses > next_level[:, None]))
    which = np.arange(len(walk.state)), next_level
    own = walk.state.dlts[which] < np.where(np.isfinite(share), share, 1.0) * walk.state.patients[which]
    below_top = next_level < np.count_nonzero(walk.regimen == 0) - 1
    tried = walk.state.patients[which] > 0
    escalates = stage_positions(walk.design, walk.following.phase) == 0
    return (
        walk.goes_on
        & escalates
        & (highest == next_level)
        & (cohorts >= _COHORTS)
        & below_top
        & tried
        & own
        & ~toxic_above
    )


def _future(walk: Walk) -> tuple[np.ndarray, np.ndarray]:
    """The highest level of all cohorts that may come, and how many may come at the most; shape (D,) each.

    Levels of later regimens are none above.
    """
    levels = np.where(walk.regimen == 0, np.arange(len(walk.regimen)), -1)
    highest = np.where(walk.goes_on, levels[walk.following.level], -1)
    cohorts = np.zeros(len(highest), dtype=int)
    after = np.zeros((0, 2), dtype=int)  # of the states that go on from a layer, once they are merged
    for number in range(len(walk.graph.layers) - 1, -1, -1):
        layer = walk.graph.layers[number]
        to = walk.to[slice(*walk.first_step[number : number + 2])]
        child = np.repeat(np.arange(len(layer.stops)), np.diff(layer.child_start, append=len(to)))
        goes_on = ~layer.stops[child]
        merged = np.cumsum(~layer.stops) - 1
        highest[to[goes_on]], cohorts[to[goes_on]] = after[merged[child[goes_on]]].T
        after = np.full((layer.parent.max() + 1, 2), -1)
        np.maximum.at(after[:, 0], layer.parent, np.maximum(highest[to], levels[layer.level]))
        np.maximum.at(after[:, 1], layer.parent, cohorts[to] + 1)
    return highest, cohorts
