"""Every option of every design, changed once, and the heading under which its text must differ."""

import attrs

import bayesdose as bd
from bayesdose.rules.elimination import BetaElimination
from bayesdose.rules.mtd_selection import IsotonicClosest, IsotonicHighestBelow
from tests.designs.test_conformance import COMMITTEE, CURVE, DOSES, EXAMPLES, GRID, LOGISTIC, THREE

TABLE = bd.rules.DecisionTable(("ED", "ESD", "ESDU"))
BLRM = EXAMPLES["blrm"]()
SIX = bd.rules.PatientsAtDose(6)
LAST = (
    bd.rules.BestOfGiven(2),
    bd.rules.LevelsAboveCurrent(1),
    bd.rules.HighestMeanBelow(0.3),
    bd.rules.CohortSizeByPatients((0, 3), (1, 3)),
)
RECOMMENDATION, INCREMENTS, MEAN_BELOW, SIZES = LAST
TITRATION = ("single_patient_levels", "trigger_dlts", "trigger_moderates", "confirm_at_level", "largest_step")
INTERVAL = {
    "target": 0.3,
    "max_patients": 18,
    "cutoff": 0.9,
    "mtd_selection": IsotonicHighestBelow(0.3),
    "cohort_size": 1,
    "start_level": 2,
    "stopping": SIX,
    "lowest_dose_elimination": BetaElimination(0.25, 0.8),
}
MARGINS = INTERVAL | {"margins": (0.1, 0.1), "min_patients": 4}
DECISIONS = {"target": {"Decisions", "Recommended dose"}}
MODELLED = {
    "max_patients": 12,
    "increments": INCREMENTS,
    "stopping": SIX,
    "cohort_size": SIZES,
    "recommendation": RECOMMENDATION,
    "recommended_by": MEAN_BELOW,
    "start_level": 2,
}
HEADINGS = {
    "start_level": {"Start"},
    "cohort_size": {"Cohorts"},
    "max_patients": {"Most patients"},
    "stopping": {"Earlier stop"},
    "lowest_dose_elimination": {"Earlier stop"},
    "mtd_selection": {"Recommended dose"},
    "recommendation": {"Recommended dose"},
    "recommended_by": {"Recommended dose"},
    "increments": {"Next dose"},
    "cutoff": {"Decisions"},
    "min_patients": {"Decisions"},
    "margins": {"Decisions"},
}
# Design, what it is made of, one other value for each of its options, and the headings whose sentences then
# differ where HEADINGS does not say so. Options without a sentence of their own: none.
CASES = {
    "three_plus_three": (
        {"grid": GRID, "variant": "deescalation"},
        {"variant": "no-deescalation", "start_level": 2},
        {"variant": {"Design", "After a too toxic dose", "Lowest dose"}},
    ),
    "a_plus_b": (
        {"grid": GRID, "a": 3, "b": 3, "c": 1, "d": 2, "e": 2, "deescalation": True},
        {"a": 4, "b": 4, "c": 2, "d": 1, "e": 3, "deescalation": False}
        | {"complete_highest": True, "start_level": 2},
        {
            "a": {"Design", "Decisions", "After a too toxic dose", "Most patients", "Departures"},
            "b": {"Design", "Decisions", "After a too toxic dose", "Most patients", "Departures"},
            "c": {"Design", "Decisions"},
            "d": {"Design", "Decisions"},
            "e": {"Design", "Decisions", "After a too toxic dose", "Departures"},
            "deescalation": {"After a too toxic dose", "Lowest dose"},
            "complete_highest": {"Highest dose"},
        },
    ),
    "rolling_six": (
        {"grid": GRID, "cohort_size": 3, "complete_highest": False},
        {"cohort_size": 4, "complete_highest": True, "start_level": 2},
        {"cohort_size": {"Decisions"}, "complete_highest": {"Highest dose"}},
    ),
    "accelerated_titration": (
        {"following": THREE},
        {
            "following": attrs.evolve(THREE, start_level=2),
            "single_patient_levels": 2,
            "trigger_dlts": 2,
            "trigger_moderates": 3,
            "confirm_at_level": True,
            "largest_step": 0.4,
        },
        {"following": {"Start"}} | {option: {"Titration"} for option in TITRATION},
    ),
    "boin": (
        {"grid": GRID, "target": 0.25, "max_patients": 15},
        INTERVAL | {"safe": 0.1, "toxic": 0.4, "extra_safe": 0.05, "bound_mtd": True},
        DECISIONS
        | {"safe": {"Decisions"}, "toxic": {"Decisions"}}
        | {"extra_safe": {"Earlier stop"}, "bound_mtd": {"Recommended dose"}},
    ),
    "mtpi": ({"grid": GRID, "target": 0.25, "max_patients": 15}, MARGINS, DECISIONS),
    "mtpi2": ({"grid": GRID, "target": 0.25, "max_patients": 15}, MARGINS, DECISIONS),
    "keyboard": ({"grid": GRID, "target": 0.25, "max_patients": 15}, MARGINS, DECISIONS),
    "i3_plus_3": ({"grid": GRID, "target": 0.25, "max_patients": 15}, MARGINS, DECISIONS),
    "tpi": (
        {"grid": GRID, "target": 0.25, "max_patients": 15},
        INTERVAL | {"min_patients": 4, "k1": 1.1, "k2": 1.2, "prior": (0.5, 0.5)},
        DECISIONS | {option: {"Decisions"} for option in ("k1", "k2", "prior")},
    ),
    "interval_design": (
        {"grid": GRID, "rule": TABLE, "mtd_selection": IsotonicClosest(0.3), "max_patients": 3},
        {
            "rule": bd.rules.DecisionTable(("ED", "ESD", "ESUU")),
            "mtd_selection": IsotonicClosest(0.25),
            "max_patients": 2,
            "cohort_size": 1,
            "start_level": 2,
            "stopping": SIX,
            "lowest_dose_elimination": BetaElimination(0.3),
        },
        {"rule": {"Decisions"}},
    ),
    "capped": (
        {"following": THREE, "max_patients": 9},
        {"following": attrs.evolve(THREE, start_level=2), "max_patients": 12},
        {"following": {"Start"}},
    ),
    "backfilled": (
        {"escalation": bd.boin(GRID, 0.25, max_patients=15), "patients_per_cohort": 2},
        {
            "escalation": bd.boin(GRID, 0.25, max_patients=15, start_level=2),
            "patients_per_cohort": 3,
            "opening": bd.dose_optimization.OpenAfterPatients(6),
            "closing": bd.dose_optimization.CloseFromRate(),
            "conflict": "pooled",
            "priority": "lowest",
            "cap_per_dose": 9,
            "cap_in_all": 6,
            "escalation_patients": 12,
            "ratio": 0.5,
        },
        {
            "escalation": {"Start"},
            "patients_per_cohort": {"Backfill"},
            "opening": {"Backfill, open doses"},
            "closing": {"Backfill, closed doses"},
            "conflict": {"Backfill, conflicts"},
            "priority": {"Backfill, which dose"},
            "cap_per_dose": {"Backfill, caps"},
            "cap_in_all": {"Backfill, caps"},
            "escalation_patients": {"Backfill, caps"},
            "ratio": {"Backfill"},
        },
    ),
    "boin12": (
        {"grid": GRID, "max_patients": 15},
        {
            "max_patients": 18,
            "max_toxicity": 0.3,
            "min_efficacy": 0.2,
            "utility": bd.rules.Utility(none=50, both=50),
            "toxicity_cutoff": 0.9,
            "efficacy_cutoff": 0.8,
            "enough_to_stay": 9,
            "explore_from": None,
            "selection": "next-dose",
            "stop_at_lowest": False,
            "cohort_size": 1,
            "start_level": 2,
            "stopping": SIX,
        },
        {
            "max_toxicity": {"Utility", "Admissible doses", "Decisions", "Recommended dose"},
            "min_efficacy": {"Utility", "Admissible doses"},
            "utility": {"Utility"},
            "toxicity_cutoff": {"Admissible doses"},
            "efficacy_cutoff": {"Admissible doses"},
            "enough_to_stay": {"Decisions"},
            "explore_from": {"Decisions"},
            "selection": {"Recommended dose"},
            "stop_at_lowest": {"Decisions", "Earlier stop"},
        },
    ),
    "utility_by_model": (
        {"toxicity": BLRM},
        {
            "toxicity": attrs.evolve(BLRM, start_level=2),
            "utility": bd.rules.Utility(none=50, both=50),
            "min_efficacy": 0.2,
            "efficacy_cutoff": 0.8,
            "efficacy_prior": (0.5, 0.5),
        },
        {
            "toxicity": {"Start"},
            "utility": {"Utility"},
            "min_efficacy": {"Admissible doses"},
            "efficacy_cutoff": {"Admissible doses"},
            "efficacy_prior": {"Efficacy"},
        },
    ),
    "with_committee": (
        {"escalation": THREE, "rule": COMMITTEE},
        {
            "escalation": attrs.evolve(THREE, start_level=2),
            "rule": attrs.evolve(COMMITTEE, prefers="lowest", otherwise="design"),
        },
        {"escalation": {"Start"}, "rule": {"Recommended dose"}},
    ),
    "blrm": (
        {"grid": DOSES, "prior": LOGISTIC.prior, "target_interval": (0.16, 0.33)}
        | {"ewoc_cap": 0.25, "max_patients": 9, "tolerances": (0.05,)},
        MODELLED
        | {"prior": attrs.evolve(LOGISTIC.prior, mean=(-1.5, 0.0)), "target_interval": (0.2, 0.33)}
        | {"ewoc_cap": 0.3, "stop_cap": 0.4, "stop_min_patients": 3, "tolerances": (0.02,)},
        {
            "prior": {"Model"},
            "target_interval": {"Next dose"},
            "ewoc_cap": {"Admissible doses"},
            "stop_cap": {"Earlier stop"},
            "stop_min_patients": {"Earlier stop"},
            "tolerances": set(),
        },
    ),
    "crm": (
        {"grid": DOSES, "curve": CURVE, "target": 0.25, "prior_sd": 1.16, "estimate": "mean"}
        | {"max_patients": 9, "tolerances": (0.05,)},
        MODELLED
        | {"curve": bd.models.PowerCurve((0.05, 0.1, 0.3, 0.5)), "target": 0.3, "prior_sd": 1.2}
        | {"estimate": "plug-in", "admissible": bd.rules.NotTooToxic(0.4, 0.5), "tolerances": (0.02,)},
        {
            "curve": {"Model"},
            "prior_sd": {"Model"},
            "target": {"Next dose"},
            "estimate": {"Next dose"},
            "admissible": {"Admissible doses"},
            "tolerances": set(),
        },
    ),
    "crm_mle": (
        {"grid": DOSES, "curve": CURVE, "target": 0.25, "max_patients": 9},
        {
            "curve": bd.models.PowerCurve((0.05, 0.1, 0.3, 0.5)),
            "target": 0.3,
            "max_patients": 12,
            "initial_levels": (1, 1, 2),
            "cohort_size": 2,
            "initial_cohort_size": 1,
            "increments": INCREMENTS,
            "stopping": SIX,
            "recommendation": RECOMMENDATION,
        },
        {
            "curve": {"Model"},
            "target": {"Next dose"},
            "initial_levels": {"First stage"},
            "initial_cohort_size": {"First stage"},
        },
    ),
}
# Where one option moves what follows from it too.
ALSO = {("boin", "target"): set(), ("crm_mle", "cohort_size"): {"First stage"}}
# Options that the named designs share with interval_design come by keyword.
SHARED = {"cohort_size", "start_level", "stopping", "lowest_dose_elimination"}
