"""The rolling six column of Table 2 of Frankel et al. (2020), cell by cell."""

from pathlib import Path

import bayesdose as bd

CODES = {"de-escalate": -1, "stay": 0, "escalate": 1, "hold accrual": 2}


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    """All cells with up to six patients and three DLTs but one that the table does not have."""
    cells = [
        (enrolled, evaluable, dlts)
        for enrolled in range(7)
        for evaluable in range(enrolled + 1)
        for dlts in range(min(evaluable, 3) + 1)
        if (enrolled, evaluable, dlts) != (6, 6, 0)
    ]
    return {
        (f"{enrolled} enrolled, {evaluable} evaluable", f"decision with {dlts} DLTs"): CODES[
            str(bd.rolling_six_decision(enrolled, evaluable, dlts))
        ]
        for enrolled, evaluable, dlts in cells
    }
