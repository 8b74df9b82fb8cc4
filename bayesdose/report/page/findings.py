"""What the check of a study's designs found, as a table of the report."""

from bayesdose.report.page.report_table import Column, Table
from bayesdose.studies.findings import check_designs
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
    """One table of all designs' findings; none for a study that leaves the check out.

    Parameters
    ----------
    study : Study
        The study.
    """
    if not study.findings:
        return []
    rows = []
    for name, check in check_designs(study).items():
        if isinstance(check, str):
            rows.append({"design": name, "severity": "not checked", "finding": check})
            continue
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
