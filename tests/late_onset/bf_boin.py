"""BF-BOIN as published: its scenarios, its design, and its trial example day by day."""

import csv
from pathlib import Path

import numpy as np

import bayesdose as bd
from bayesdose.late_onset.trials import Backfill, FollowedTrials

GOLDEN = Path(__file__).parents[1] / "golden"
GRID = bd.DoseGrid.of_levels(5)
late = bd.late_onset
RULE = bd.rules.ClosestTo(0.25)
# Zhao et al. (2024), Table 3.
DLTS = {
    1: (0.25, 0.41, 0.45, 0.49, 0.53),
    2: (0.12, 0.25, 0.42, 0.49, 0.55),
    3: (0.04, 0.12, 0.25, 0.43, 0.63),
    4: (0.02, 0.06, 0.10, 0.25, 0.40),
    5: (0.02, 0.05, 0.08, 0.11, 0.25),
}
RESPONSES = {
    1: (1, (0.30, 0.40, 0.45, 0.50, 0.55)),
    2: (2, (0.20, 0.30, 0.40, 0.50, 0.60)),
    3: (3, (0.10, 0.20, 0.30, 0.45, 0.58)),
    4: (4, (0.05, 0.10, 0.15, 0.30, 0.45)),
    5: (5, (0.05, 0.10, 0.15, 0.20, 0.30)),
    6: (2, (0.30, 0.35, 0.36, 0.36, 0.36)),
    7: (3, (0.15, 0.30, 0.35, 0.36, 0.36)),
    8: (4, (0.10, 0.20, 0.30, 0.35, 0.35)),
    9: (5, (0.10, 0.15, 0.20, 0.30, 0.35)),
    10: (3, (0.30, 0.32, 0.35, 0.36, 0.36)),
    11: (4, (0.10, 0.30, 0.32, 0.35, 0.36)),
    12: (5, (0.10, 0.15, 0.30, 0.32, 0.35)),
}


def scenario(number):
    dlts, responses = RESPONSES[number]
    return bd.scenarios.Scenario(str(number), GRID, DLTS[dlts], prob_response=responses)


def published_design(lower_doses=True):
    return late.bf_boin(
        GRID,
        0.25,
        max_patients=30,
        stay_at_one_of_three=True,
        stopping=bd.rules.StaysAtDose(9),
        opening=bd.dose_optimization.OpenAfterResponses(lower_doses=lower_doses),
    )


def boin_at_one_of_three():
    """BOIN with the publication's table, from public parts."""
    boin = bd.boin(GRID, 0.25, max_patients=30)
    rule = bd.rules.StayAtOneOfThree(boin.rule)
    return bd.interval_design(GRID, rule, boin.mtd_selection, 30, stopping=bd.rules.StaysAtDose(9))


def simulate(designs, scenarios, trials, *, rng=1, step=0.5, **settings):
    settings = {"arrivals": late.Arrivals(10, "uniform")} | settings
    return late.operating_characteristics(
        designs,
        scenarios,
        mtd_rule=RULE,
        dlt_window=30,
        onset=late.WeibullOnset(0.5),
        step=step,
        method=bd.MonteCarlo(trials=trials, rng=rng),
        **settings,
    )


def rows():
    with (GOLDEN / "bf_boin_zhao2024.csv").open() as file:
        return [{name: cell for name, cell in row.items() if cell != "NA"} for row in csv.DictReader(file)]


def patients_of_the_trial():
    with (GOLDEN / "bf_boin_trial_zhao2024.csv").open() as file:
        return [
            {name: int(cell) if cell else None for name, cell in row.items()} for row in csv.DictReader(file)
        ]


def state_on(day, patients, level, phase):
    """The published trial on a day, before that day's patient is enrolled."""
    counts, pending = np.zeros((1, 5, 2), int), np.zeros((1, 5, 30), int)
    aside, followed_aside = np.zeros((1, 5), int), np.zeros((1, 5, 30), int)
    responses = np.zeros((1, 5), int)
    for one in patients:
        dose, followed = one["dose"] - 1, day - one["day"]
        responses[0, dose] += one["response_after"] is not None and one["response_after"] <= followed
        aside[0, dose] += one["backfilled"]
        if one["dlt_after"] is not None and one["dlt_after"] <= followed:
            counts[0, dose, 1] += 1
        elif followed >= 30:
            counts[0, dose, 0] += 1
        else:
            pending[0, dose, followed] += 1
            followed_aside[0, dose, followed] += one["backfilled"]
    beside = Backfill(aside, followed_aside, responses)
    return FollowedTrials(counts, pending, np.array([level]), np.array([phase]), beside)


def written_on(day, patients):
    """The published trial on a day, as a team would write it down."""
    words = []
    for one in patients:
        followed = day - one["day"]
        dlt = one["dlt_after"] is not None and one["dlt_after"] <= followed
        seen = one["response_after"] is not None and one["response_after"] <= followed
        letter = {(False, False): "N", (False, True): "E", (True, True): "B", (True, False): "T"}[dlt, seen]
        days = one["dlt_after"] if dlt else followed
        until = f"@{days}/30" if dlt or days < 30 else ""
        word = f"{one['dose']}{letter}{until}"
        words.append(f"({word})" if one["backfilled"] else word)
    return " ".join(words)
