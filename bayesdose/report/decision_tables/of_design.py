"""The decision tables that a design has: from its counts at the current dose alone."""

from bayesdose.designs.a_plus_b import APlusB
from bayesdose.designs.base import Design
from bayesdose.designs.expansion import ExpansionCohort
from bayesdose.designs.interval import IntervalDesign
from bayesdose.designs.rolling_six import RollingSix
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.dose_optimization.boin12_design import BOIN12
from bayesdose.report.decision_tables.at_dose import at_dose_table, rolling_six_table
from bayesdose.report.decision_tables.expansion import expansion_table
from bayesdose.report.decision_tables.interval import boundary_table, letter_table, threshold_table
from bayesdose.report.decision_tables.ranks import rank_tables
from bayesdose.report.page.report_table import Table

__all__ = ["decision_tables"]


def decision_tables(name: str, design: Design, file: str = "decisions") -> list[Table]:
    """Tables of a design, or of the one that it hands over to, and of the expansions after it.

    There is none where a model decides from all doses.

    Parameters
    ----------
    name : str
        Name of the design in the captions.
    design : Design
        The design.
    file : str
        What the names of the tables' files begin with.
    """
    later = [
        table
        for stage in getattr(design, "stages", ())
        if isinstance(stage, ExpansionCohort)
        and (table := expansion_table(stage, f"{file}-{stage.name}")) is not None
    ]
    return [*_of_escalation(name, design, file), *later]


def _of_escalation(name: str, design: Design, file: str) -> list[Table]:
    inner: Design | None = design
    while inner is not None:
        if isinstance(inner, IntervalDesign):
            thresholds = threshold_table(name, inner, f"{file}-thresholds")
            tables = [boundary_table(name, inner, f"{file}-boundaries"), letter_table(name, inner, file)]
            return [*tables, *([] if thresholds is None else [thresholds])]
        if isinstance(inner, RollingSix):
            return [at_dose_table(name, inner, file), rolling_six_table(name, f"{file}-at-risk")]
        if isinstance(inner, BOIN12):
            return rank_tables(name, inner, f"{file}-ranks")
        if isinstance(inner, APlusB | ThreePlusThree):
            return [at_dose_table(name, inner, file)]
        inner = getattr(inner, "following", None) or getattr(inner, "escalation", None)
    return []
