"""The decision table of an A+B design, 3+3 and rolling six: by the patients and DLTs at the current dose."""

import attrs
import numpy as np

from bayesdose.designs.a_plus_b import APlusB
from bayesdose.designs.base import patients_in_words
from bayesdose.designs.rolling_six import RollingSix, RollingSixDecision, rolling_six_decision
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.grid import DoseGrid
from bayesdose.report.page.report_table import Column, Table
from bayesdose.trial import NO_DOSE, StopReason, TrialState

__all__ = ["at_dose_table", "rolling_six_table"]

type _AtDose = APlusB | ThreePlusThree | RollingSix

# The current dose is the second of four: there is a dose to go up to and one to go down to.
_HERE, _GRID = 1, DoseGrid.of_levels(4)


def at_dose_table(name: str, design: _AtDose, file: str) -> Table:
    """What the design answers at a dose that is neither the lowest nor the highest.

    Parameters
    ----------
    name : str
        Name of the design in the caption.
    design : APlusB, ThreePlusThree or RollingSix
        The design.
    file : str
        Name of the table's file.
    """
    asked = attrs.evolve(design, grid=_GRID, start_level=1)
    first = int(asked.first_cohort().size[0])
    full = asked.a + asked.b if isinstance(asked, APlusB) else 6
    rows = [
        {
            "patients": patients,
            "dlts": dlts,
            "new": _answer(asked, patients, dlts, above=None),
            "down": _answer(asked, patients, dlts, above=first),
        }
        for patients in sorted({first, full})
        for dlts in range(patients + 1)
    ]
    caption = (
        f"Decisions of {name} by the patients and DLTs at the current dose, where there is a dose below and "
        "one above; every lower dose was passed by its first cohort without a DLT. After a too toxic dose: "
        "every patient of the dose above had a DLT."
    )
    columns = (
        Column("patients", "patients", 0),
        Column("dlts", "DLTs", 0),
        Column("new", "on the way up"),
        Column("down", "after a too toxic dose above"),
    )
    return Table(file, caption, columns, rows, grouped=1)


def _answer(design: _AtDose, patients: int, dlts: int, above: int | None) -> str:
    """The design's answer, in words, with every lower dose passed by a first cohort without a DLT."""
    counts = np.zeros((1, len(_GRID), 2), dtype=np.int64)
    counts[0, :_HERE, 0] = int(design.first_cohort().size[0])
    counts[0, _HERE] = patients - dlts, dlts
    if above is not None:
        counts[0, _HERE + 1, 1] = above
    state = TrialState(counts, np.array([_HERE]), np.array([0]))
    following = design.next_cohort(state)
    reason = following.reason(0)
    if reason is not StopReason.GOES_ON:
        level = int(design.recommend(state)[0])
        where = {NO_DOSE: "no dose", _HERE: "this dose", _HERE - 1: "the dose below"}[level]
        return f"stop, recommend {where}"
    step, size = int(following.level[0]) - _HERE, patients_in_words(int(following.size[0]))
    return f"{ {1: 'escalate', 0: 'stay', -1: 'de-escalate'}[step] }: {size}"


def rolling_six_table(name: str, file: str) -> Table:
    """Rolling six with patients at risk: what the next patient is given, by those enrolled and known.

    Parameters
    ----------
    name : str
        Name of the design in the caption.
    file : str
        Name of the table's file.
    """
    rows = []
    for enrolled in range(2, 7):
        for dlts in range(enrolled + 1):
            for pending in range(enrolled - dlts + 1):
                decision = rolling_six_decision(enrolled, enrolled - pending, dlts).item()
                rows.append(
                    {
                        "enrolled": enrolled,
                        "dlts": dlts,
                        "without": enrolled - pending - dlts,
                        "pending": pending,
                        "decision": str(RollingSixDecision(decision)),
                    }
                )
    caption = (
        f"The next patient of {name} by the patients enrolled at the current dose: with a DLT, without one, "
        "and still at risk (Skolnik et al. 2008). The design that is computed has every outcome known."
    )
    columns = (
        Column("enrolled", "enrolled", 0),
        Column("dlts", "DLTs", 0),
        Column("without", "without DLT", 0),
        Column("pending", "at risk", 0),
        Column("decision", "next patient"),
    )
    return Table(file, caption, columns, rows, grouped=2)
