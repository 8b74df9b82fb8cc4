"""Doses that are skipped, and an overdose at the first step up."""

from collections.abc import Iterator

import numpy as np

from bayesdose.designs.optional import may_skip_doses
from bayesdose.findings.finding import Kind, Severity
from bayesdose.findings.sighting import Aim, Sighting, into
from bayesdose.findings.walk import Walk
from bayesdose.simulation.truth import Truth

__all__ = ["KINDS", "first_step_up", "skipped_doses"]

SKIPPED = Kind(
    "skipped dose",
    "the next dose is more than one level above the highest that has been given",
    Severity.ERROR,
    "Patients get a dose although nobody has had the one below, and the design does not say that it may.",
    "Cheung2011, ch. 3",
)
SKIPPED_AS_SAID = Kind(
    SKIPPED.name,
    SKIPPED.definition,
    Severity.NOTE,
    "The design says that it may.",
    SKIPPED.source,
)
FIRST_STEP = Kind(
    "overdose at the first step",
    "the second cohort gets a higher dose, which is above the MTD",
    Severity.NOTE,
    "So probable is it that one cohort is all that stands between the start and an overdose.",
    "Babb1998",
)
KINDS = (SKIPPED, FIRST_STEP)


def skipped_doses(walk: Walk, aim: Aim) -> Iterator[Sighting]:
    """Steps to a dose whose neighbour below has had nobody.

    Where a later regimen begins is its stage's matter, and no skip.
    """
    # A plan of two regimens has to say that it may; its escalation says it for itself.
    said = may_skip_doses(walk.escalation)
    highest, level = walk.highest_tried, walk.following.level
    begins = (highest < 0) & (walk.regimen[level] > 0)
    skips = walk.goes_on & ~begins & (level > highest + 1)
    yield Sighting(SKIPPED_AS_SAID if said else SKIPPED, into(walk, skips))


def first_step_up(walk: Walk, aim: Aim) -> Iterator[Sighting]:
    """Steps up right after the first cohort, to doses that some scenario makes an overdose."""
    up = walk.rises & (np.arange(len(walk.to)) < walk.first_step[1])
    level = walk.following.level[walk.to]
    # The first step is one under the first regimen.
    mtd = Truth(aim.prob_dlt, aim.mtd_rule, walk.regimen).mtds[:, 0]
    levels = [one for one in np.unique(level[up]).tolist() if (one > mtd).any()]
    for one in levels:
        where = walk.design.grid.level_in_words(one)
        yield Sighting(FIRST_STEP, up & (level == one), subject=where, counts_in=one > mtd)
    if not levels:
        yield Sighting(FIRST_STEP)
