"""How trials end: without a dose though the lowest looks safe, or far below their number of patients."""

from collections.abc import Iterator

import numpy as np

from bayesdose.findings.finding import Kind, Severity
from bayesdose.findings.sighting import Aim, Sighting, into
from bayesdose.findings.walk import Walk
from bayesdose.trial import NO_DOSE

__all__ = ["KINDS", "early_ends"]

NO_DOSE_THOUGH_SAFE = Kind(
    "no dose though the lowest looks safe",
    "the trial recommends none although the lowest dose was given and its share of DLTs is below {share}",
    Severity.WARNING,
    "The lowest dose's own patients speak for it. Only the model, the prior or a step limit does not.",
    "Neuenschwander2008",
)
NO_DOSE_WITHOUT_DLT = Kind(
    "no dose without any DLT",
    "the trial recommends none although no patient had a DLT",
    Severity.ERROR,
    "Nothing was seen that could make a dose too toxic.",
    "Neuenschwander2008",
)
SHORT = Kind(
    "trial far below its maximum",
    "the trial ends with fewer than half of the most patients that it can treat",
    Severity.NOTE,
    "What such trials recommend rests on few patients; an early stop may be meant.",
    "Iasonos2008",
)
KINDS = (NO_DOSE_WITHOUT_DLT, NO_DOSE_THOUGH_SAFE, SHORT)


def early_ends(walk: Walk, aim: Aim) -> Iterator[Sighting]:
    """Ends that surprise those who wait for a dose."""
    none = ~walk.goes_on & (walk.recommendation == NO_DOSE)
    patients, dlts = walk.state.patients, walk.state.dlts
    in_all, dlts_in_all = walk.totals
    yield Sighting(NO_DOSE_WITHOUT_DLT, into(walk, none & (dlts_in_all == 0)))
    share = aim.share if np.isfinite(aim.share) else 0.0
    safe = (patients[:, 0] > 0) & (dlts[:, 0] < share * patients[:, 0] - 1e-9)
    yield Sighting(NO_DOSE_THOUGH_SAFE, into(walk, none & safe))
    most = int(walk.graph.final.totals[:, 0].max())
    few = ~walk.goes_on & (in_all < most / 2)
    yield Sighting(SHORT, into(walk, few), numbers=(("most patients", most),))
