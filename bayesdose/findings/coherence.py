"""Steps up after DLTs and steps down without any, under each definition that the literature has."""

from collections.abc import Iterator

import numpy as np

from bayesdose.findings.finding import Kind, Severity
from bayesdose.findings.sighting import Aim, Sighting
from bayesdose.findings.walk import Walk
from bayesdose.rules.increments import share_reached

__all__ = ["KINDS", "incoherent_steps"]

UP_BY_ALL = Kind(
    "escalation that every definition forbids",
    "the next dose is higher although the share of DLTs is {share} or more in the last cohort, and among all "
    "patients at the dose too",
    Severity.ERROR,
    "Neither what was just seen nor all that was seen at the dose speaks for a higher one: no definition of "
    "coherence allows it.",
    "Cheung2005; LiuYuan2015",
)
UP_BY_ALL_DATA = Kind(
    "escalation from a dose at the target",
    "the next dose is higher although the share of DLTs among all patients at the dose is {share} or more",
    Severity.WARNING,
    "Liu and Yuan call a design coherent that never goes up from a dose above the target. By Cheung's "
    "definition the last cohort counts alone, and a model may weigh a clean cohort, or other doses, higher.",
    "LiuYuan2015; Cheung2005",
)
UP_BY_LAST_COHORT = Kind(
    "escalation after a cohort at the target",
    "the next dose is higher although the share of DLTs in the last cohort is {share} or more",
    Severity.WARNING,
    "Investigators will not follow it: they have just seen the DLTs. Earlier patients at the dose may "
    "outweigh the cohort, so some designs accept it.",
    "Cheung2005",
)
UP_AFTER_ANY = Kind(
    "escalation after a cohort with a DLT",
    "the next dose is higher although a patient of the last cohort had a DLT",
    Severity.NOTE,
    "With one patient a cohort this is Cheung's definition. With larger cohorts a DLT need not forbid it.",
    "Cheung2005",
)
DOWN_BY_LAST_COHORT = Kind(
    "de-escalation after a cohort without DLT",
    "the next dose is lower although no patient of the last cohort had a DLT",
    Severity.WARNING,
    "What was just seen speaks for the dose. Earlier DLTs may outweigh it.",
    "Cheung2005",
)
DOWN_BY_ALL_DATA = Kind(
    "de-escalation from a dose without DLT",
    "the next dose is lower although no patient at the dose had a DLT",
    Severity.WARNING,
    "Nothing seen at the dose speaks against it: the model or the prior does.",
    "Cheung2005",
)
KINDS = (
    UP_BY_ALL,
    UP_BY_ALL_DATA,
    UP_BY_LAST_COHORT,
    UP_AFTER_ANY,
    DOWN_BY_LAST_COHORT,
    DOWN_BY_ALL_DATA,
)


def incoherent_steps(walk: Walk, aim: Aim) -> Iterator[Sighting]:
    """Incoherent steps under each definition, within a stage of the trial.

    References
    ----------
    Cheung YK (2005). Coherence principles in dose-finding studies. Biometrika 92:863-873.

    Liu S, Yuan Y (2015). Bayesian optimal interval designs for phase I clinical trials. Journal of the Royal
    Statistical Society C 64:507-523 (coherence with a long memory: by all patients at the dose).
    """
    at_dose, dlts_at_dose = walk.at_level
    if np.isfinite(aim.share):
        all_data = share_reached(dlts_at_dose, at_dose, aim.share)[walk.to]
        last_cohort = share_reached(walk.dlts, walk.patients, aim.share)
        yield Sighting(UP_BY_ALL, walk.rises & all_data & last_cohort)
        yield Sighting(UP_BY_ALL_DATA, walk.rises & all_data)
        yield Sighting(UP_BY_LAST_COHORT, walk.rises & last_cohort)
    yield Sighting(UP_AFTER_ANY, walk.rises & (walk.dlts > 0))
    yield Sighting(DOWN_BY_LAST_COHORT, walk.falls & (walk.dlts == 0))
    yield Sighting(DOWN_BY_ALL_DATA, walk.falls & (dlts_at_dose == 0)[walk.to])
