"""What the check of a study's designs found."""

from collections.abc import Mapping

import pandas as pd

from bayesdose.errors import GraphTooLargeError, InputError
from bayesdose.findings.check import check_design
from bayesdose.findings.design_check import DesignCheck
from bayesdose.simulation.method import Exact
from bayesdose.studies.study import Study

__all__ = ["check_designs", "findings_frame"]

_FIELDS = ("states", "witness", "then", "definition", "reason", "source")


def check_designs(study: Study) -> dict[str, DesignCheck | str]:
    """The check of each design of a study in its scenarios, or why it was not checked.

    Parameters
    ----------
    study : Study
        The study.
    """
    if not isinstance(study.method, Exact) or study.method.max_unresolved:
        return dict.fromkeys(study.designs, "the study's method does not look at every state")
    found: dict[str, DesignCheck | str] = {}
    for name, design in study.designs.items():
        try:
            found[name] = check_design(design, study.scenarios, mtd_rule=study.mtd_rule)
        except (InputError, GraphTooLargeError) as error:
            found[name] = str(error)
    return found


def findings_frame(study: Study, checks: Mapping[str, DesignCheck | str]) -> pd.DataFrame:
    """What was found as a table: a row a finding, and one for each design that shows none or was not checked.

    Parameters
    ----------
    study : Study
        The study.
    checks : mapping of str to DesignCheck or str
        As `check_designs` gives them.

    Returns
    -------
    pandas.DataFrame
        By ``design``; the probability that a trial shows the finding stands in a column ``probability:
        <scenario>`` for each scenario.
    """
    rows = []
    for name, check in checks.items():
        if isinstance(check, str):
            rows.append({"severity": "not checked", "reason": check})
        elif not check.found:
            rows.append({"severity": "nothing found"})
        for one in () if isinstance(check, str) else check.found:
            chances = zip(study.scenarios, one.probability, strict=True)
            rows.append(
                {"severity": one.severity.word, "finding": one.name, "of": one.subject}
                | {field: getattr(one, field) for field in _FIELDS}
                | {f"probability: {scenario.name}": chance for scenario, chance in chances}
            )
        for row in rows:
            row.setdefault("design", name)
    columns = [
        "severity",
        "finding",
        "of",
        *_FIELDS,
        *(f"probability: {scenario.name}" for scenario in study.scenarios),
    ]
    return pd.DataFrame(rows).set_index("design").reindex(columns=columns)
