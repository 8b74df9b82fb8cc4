"""The decision table of a design, as a protocol would print it."""

from bayesdose.checks.arguments import checked
from bayesdose.designs.interval import IntervalDesign
from bayesdose.rules.decision_table import DecisionTable

__all__ = ["decision_table"]


@checked
def decision_table(design: IntervalDesign) -> DecisionTable:
    """The decision table that a protocol would print; ``print`` shows it.

    Parameters
    ----------
    design : IntervalDesign
        The design. Its own `IntervalDesign.table` has all numbers of patients.

    Returns
    -------
    DecisionTable
        Decisions for the numbers of patients that cohorts can reach at a dose.

    Raises
    ------
    InputError
        If it is no design with a decision table.

    Examples
    --------
    >>> from bayesdose.designs.boin import boin
    >>> from bayesdose.grid import DoseGrid
    >>> print(decision_table(boin(DoseGrid.of_levels(5), 0.3, max_patients=9)))
    DLTs  n=3  n=6  n=9
       0    E    E    E
       1    S    E    E
       2    D    S    E
       3    U    D    S
       4         U    D
       5         U    U
       6         U    U
       7              U
       8              U
       9              U
    """
    return design.printed_table
