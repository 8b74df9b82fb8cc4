"""A design with backfill as a protocol describes it."""

from typing import Any

from bayesdose.designs.base import described, patients_in_words
from bayesdose.dose_optimization.backfill_checks import counts_all_patients

__all__ = ["backfill_in_words"]

_CONFLICT = {
    "design": "the escalation's own rule decides from the patients of all doses",
    "pooled": "a lower dose that would stay or de-escalate where the current one escalates, or de-escalate "
    "where it stays or de-escalates, is in conflict with it; from the highest such dose up, data are pooled: "
    "escalate or stay as the pooled rate says, else go to the highest dose up to which the pooled rate does "
    "not say de-escalate, or below all of them",
}


def backfill_in_words(design: Any) -> dict[str, str]:
    """Headings and the words under each."""
    found = dict(described(design.escalation))
    number = patients_in_words(design.patients_per_cohort)
    beside = f"{number} with each cohort of the escalation, all at one dose"
    if design.ratio is not None:
        beside += f", and at most {design.ratio:g} for each patient of that cohort, rounded up"
    conditions = ["it was given", "it is below the current dose of the escalation"]
    if design.opening is not None:
        conditions.append(str(design.opening))
    caps = []
    if design.cap_per_dose is not None:
        caps.append(f"a dose takes no more from {patients_in_words(design.cap_per_dose)} on, all counted")
    if design.cap_in_all is not None:
        caps.append(f"at most {patients_in_words(design.cap_in_all)} are backfilled")
    if design.escalation_patients is None:
        ends = "all patients count towards the maximum of the escalation"
    else:
        ends = f"the escalation ends with {patients_in_words(design.escalation_patients)} of its own"
    closes = "never for DLTs" if design.closing is None else f"where {design.closing}; so do doses above it"
    alone = found.pop("Most patients")
    counted = (
        "those backfilled included"
        if counts_all_patients(design.escalation)
        else f"the escalation alone: {alone}"
    )
    if not design.patients_per_cohort:
        beside = "nobody"
    return {
        **found,
        "Backfill": beside,
        "Backfill, open doses": f"a dose is open if {', and '.join(conditions)}",
        "Backfill, closed doses": f"a dose closes {closes}; one that the escalation eliminates takes nobody",
        "Backfill, which dose": f"the {design.priority} of the open doses",
        "Backfill, caps": "; ".join([*caps, ends]),
        "Backfill, conflicts": _CONFLICT[design.conflict],
        "Backfill, assumption": "a fixed number of patients comes with each cohort, whose outcomes are known "
        "when the doses below it are looked at",
        "Most patients": f"{design.max_patients}; {counted}",
    }
