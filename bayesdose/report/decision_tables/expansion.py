"""When an expansion stops for toxicity, by the patients at the dose."""

from bayesdose.designs.expansion import ExpansionCohort
from bayesdose.report.page.report_table import Column, Table
from bayesdose.rules.monitoring import CountedMonitoring

__all__ = ["expansion_table"]


def expansion_table(stage: ExpansionCohort, file: str) -> Table | None:
    """The fewest DLTs that stop it at each look; None without a rule that looks at this dose's DLTs alone."""
    rule = stage.monitoring
    if not isinstance(rule, CountedMonitoring):
        return None
    looks = stage.looks
    if isinstance(looks, int):
        looks = tuple(sorted({*range(looks, stage.total + 1, looks), stage.total}))
    boundary = rule.boundary(stage.total)
    rows = [
        {"patients": patients, "dlts": "never" if (fewest := boundary[patients - 1]) is None else str(fewest)}
        for patients in looks
    ]
    counted = "those of the escalation included" if stage.escalation_patients else "of this stage alone"
    caption = f"The {stage.name}: it stops at so many DLTs or more among the patients at the dose, {counted}."
    return Table(file, caption, (Column("patients", "patients", 0), Column("dlts", "stop if DLTs >=")), rows)
