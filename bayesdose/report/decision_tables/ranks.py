"""BOIN12's rank table: how desirable a dose is by its patients, DLTs and responses."""

from bayesdose.dose_optimization.boin12_design import BOIN12
from bayesdose.dose_optimization.boin12_ranks import boin12_rank_table
from bayesdose.report.page.report_table import Column, Table
from bayesdose.rules.patients_at_any_dose import PatientsAtAnyDose

__all__ = ["rank_tables"]

# Patients at a dose up to which a table fits on a page.
_MOST = 12


def rank_tables(name: str, design: BOIN12, file: str) -> list[Table]:
    """The rank table for full cohorts at a dose; none where DLTs and responses alone do not say the rank.

    Parameters
    ----------
    name : str
        Name of the design in the caption.
    design : BOIN12
        The design.
    file : str
        Name of the table's file.
    """
    if not design.utility.of_margins_alone:
        return []
    size = min(design.cohort_size, _MOST)
    # A dose with enough patients ends the trial, so its rank is never asked for.
    enough = design.stopping.number - 1 if isinstance(design.stopping, PatientsAtAnyDose) else _MOST
    patients = (0, *range(size, min(design.max_patients, _MOST, max(enough, size)) + 1, size))
    table = boin12_rank_table(design, patients)
    rows = []
    for number, block in zip(table.patients, table.ranks, strict=True):
        for dlts, ranks in enumerate(block):
            shown = {f"responses_{e}": "E" if rank is None else f"{rank:g}" for e, rank in enumerate(ranks)}
            rows.append({"patients": number, "dlts": dlts, **shown})
    columns = [Column("patients", "patients", 0), Column("dlts", "DLTs", 0)]
    columns += [Column(f"responses_{e}", f"{e} resp.", None) for e in range(patients[-1] + 1)]
    caption = (
        f"Ranks of {name} by the patients, DLTs and responses at a dose: of the admissible doses that the "
        f"DLT rate leaves in reach the one with the highest rank is next. Up to {patients[-1]} patients. "
        "E: not admissible."
    )
    return [Table(file, caption, columns, rows, grouped=1)]
