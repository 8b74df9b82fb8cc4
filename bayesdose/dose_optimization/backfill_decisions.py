"""What an interval design decides about any numbers of patients and DLTs, pooled ones among them."""

from functools import partial

import numpy as np

from bayesdose.designs.base import Design
from bayesdose.designs.interval import IntervalDesign
from bayesdose.dose_optimization.backfill_closing import TooMany
from bayesdose.rules.decision_table import DEESCALATE, ESCALATE, MOST_ROWS

__all__ = ["decision_codes", "too_many_by"]


def decision_codes(design: IntervalDesign, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
    """Positions in `DECISIONS` for numbers of patients and DLTs of any shape; escalate without patients.

    Trials depart from the plan: the table goes on as far as its rule does. -1 where a table given by hand has
    no such row.
    """
    most = max(design.max_patients, min(int(patients.max(initial=0)), MOST_ROWS))
    codes = design.rule.table(most).codes
    inside = patients < len(codes)
    said = np.where(inside, codes[np.where(inside, patients, 0), np.where(inside, dlts, 0)], -1)
    return np.where(patients == 0, ESCALATE, said)


def too_many_by(escalation: Design) -> TooMany:
    """What a closing rule asks of the design that escalates, an interval design if the rule asks at all."""
    return partial(_would_leave, escalation)


def _would_leave(escalation: Design, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
    """Whether the design would de-escalate on such counts, of any shape."""
    assert isinstance(escalation, IntervalDesign), "checked when the design with backfill was made"
    return decision_codes(escalation, patients, dlts) >= DEESCALATE
