"""What the check of a study's designs found, as a table of the report."""

from bayesdose.findings.check import check_design
from bayesdose.report.page.report_table import Column, Table
from bayesdose.simulation.method import Exact
from bayesdose.studies.study import Study

__all__ = ["finding_tables"]

_COLUMNS = (
    Column("design", "Design"),
    Column("severity", "Severity"),
    Column("finding", "Finding"),
    Column("path", "Shortest path"),
    Column("states", "States", 0),
    Column("most", "Most probable, %", 2, 100),
    Column("scenario", "in scenario"),
    Column("definition", "Counted when"),
)


def finding_tables(study: Study) -> list[Table]:
    """One table of all designs' findings; none for a study whose method does not enumerate all states.

    Parameters
    ----------
    study : Study
        The study.
    """
    if not isinstance(study.method, Exact) or study.method.max_unresolved:
        return []
    rows = []
    for name, design in study.designs.items():
        check = check_design(design, study.scenarios, mtd_rule=study.mtd_rule)
        for one in check.found:
            most, scenario = check.most_probable(one)
            rows.append(
                {
                    "design": name,
                    "severity": one.severity.word,
                    "finding": f"{one.name}: {one.subject}" if one.subject else one.name,
                    "path": f"{one.witness}: {one.then}" if one.then else one.witness,
                    "states": one.states,
                    "most": most,
                    "scenario": scenario,
                    "definition": one.definition,
                }
            )
    caption = (
        "What each design does in some state that it can reach, by severity: a shortest path to it (level, "
        "then N for a patient without DLT, T for one with), the number of states, and the largest "
        "probability over the scenarios that a trial shows it."
    )
    return [Table("findings", caption, _COLUMNS, rows, grouped=1)] if rows else []
