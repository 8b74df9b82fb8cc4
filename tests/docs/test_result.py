"""The page on results names every variable that either engine gives, and no other."""

import re
from pathlib import Path

import bayesdose as bd

PAGE = Path(__file__).parents[2] / "docs" / "result.md"


def test_every_variable_is_on_the_page():
    grid, rule = bd.DoseGrid((1, 2, 4), unit="mg"), bd.rules.HighestBelow(0.30)
    designs = {
        "3+3": bd.three_plus_three(grid, variant="deescalation"),
        "BOIN": bd.boin(grid, 0.25, max_patients=12),
    }
    designs["whole"] = bd.plan(designs["3+3"], (bd.ExpansionCohort(8),))
    flat = bd.scenarios.Scenario("flat", grid, (0.1, 0.1, 0.1), prob_response=(0.2, 0.3, 0.4))
    study = (designs, bd.scenarios.builtin_scenarios(grid, rule))
    given = set()
    for method in (bd.Exact(), bd.MonteCarlo(trials=10, rng=1)):
        given |= set(
            bd.operating_characteristics(*study, mtd_rule=rule, dlt_window=21, method=method).data_vars
        )
        given |= set(
            bd.operating_characteristics(
                designs, [flat], mtd_rule=rule, obd_rule=bd.rules.BestUtility(), method=method
            ).data_vars
        )
    timed = ({"waits": bd.late_onset.WaitsForOutcomes(designs["3+3"])}, study[1])
    arrivals = bd.late_onset.Arrivals(21)
    for method in (bd.Exact(), bd.MonteCarlo(trials=10, rng=1)):
        in_time = bd.late_onset.operating_characteristics(
            *timed, mtd_rule=rule, dlt_window=21, arrivals=arrivals, method=method
        )
        given |= set(in_time.data_vars)
    backfill = {"BF-BOIN": bd.late_onset.bf_boin(grid, 0.25, max_patients=6)}
    active = [bd.scenarios.Scenario("active", grid, (0.1, 0.2, 0.3), prob_response=(0.2, 0.3, 0.4))]
    given |= set(
        bd.late_onset.operating_characteristics(
            backfill,
            active,
            mtd_rule=rule,
            dlt_window=21,
            arrivals=arrivals,
            method=bd.MonteCarlo(trials=10, rng=1),
        ).data_vars
    )
    named = set(re.findall(r"^\| `(\w+)`", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert named == {name for name in given if not name.endswith(("_mcse", "_difference"))}
