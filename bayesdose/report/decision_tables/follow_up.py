"""Decision table of a design that decides while patients are followed, by how long they were."""

from bayesdose.errors import InputError
from bayesdose.late_onset.design import FollowUpDesign
from bayesdose.late_onset.interval_with_pending import TITEInterval
from bayesdose.late_onset.pending_decisions import pending_table
from bayesdose.report.page.report_table import Column, Table

__all__ = ["follow_up_table"]

# More patients at one dose are not tabulated.
_MOST = 100


def follow_up_table(name: str, design: FollowUpDesign) -> Table:
    """What follows from patients, DLTs and pending patients at a dose, after full cohorts.

    Raises
    ------
    InputError
        If the design does not decide by a table.
    """
    if not isinstance(design, TITEInterval):
        raise InputError(
            "decision table",
            got=f"{name}, which decides from all doses' data and each pending patient's follow-up",
            wanted="an interval design such as tite_boin or tite_boin_ess",
            fix="`bayesdose next` decides from the patients of one trial.",
        )
    most, cohort = min(design.max_patients, _MOST), design.design.cohort_size
    rows = []
    for row, pending in pending_table(design.rule, most, cohort).lines:
        numbers = {"patients": row.patients, "dlts": row.dlts, "pending": pending}
        escalate, deescalate = row.printed
        numbers |= {"escalate": escalate, "escalate_exact": row.escalate_from}
        numbers |= {"deescalate": deescalate, "deescalate_exact": row.deescalate_to}
        rows.append(numbers | {"decision": "/".join(row.decisions)})
    return Table(
        "follow_up",
        f"Decisions of {name} after full cohorts, by the patients, DLTs and pending patients at the current "
        "dose. E: escalate, S: stay, D: de-escalate, U: never give this dose or a higher one again, W: "
        "suspend accrual. Where two or three letters stand, the sum of the pending patients' follow-up, each "
        "as a share of the DLT window, decides; boundaries are rounded up, so that the print is never less "
        "careful than the rule.",
        (
            Column("patients", "patients"),
            Column("dlts", "DLTs"),
            Column("pending", "pending"),
            Column("decision", "decision"),
            Column("escalate", "E if follow-up >=", 2),
            Column("escalate_exact", "unrounded", 6),
            Column("deescalate", "D if follow-up <=", 2),
            Column("deescalate_exact", "unrounded", 6),
        ),
        rows,
    )
