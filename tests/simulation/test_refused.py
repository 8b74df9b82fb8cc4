"""What `operating_characteristics` refuses before any work is done."""

import pytest

from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd import HighestBelow
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.operating_characteristics import operating_characteristics

GRID, OTHER = DoseGrid((1, 2), "mg"), DoseGrid((1, 3), "mg")
DESIGN = ThreePlusThree(GRID, "deescalation")
SCENARIO = Scenario("any", GRID, (0.1, 0.2))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"designs": {}}, "designs: got {}; wanted a dict from names to designs, at least one"),
        ({"designs": [DESIGN]}, "designs: got .*; wanted a dict from names to designs"),
        ({"scenarios": []}, r"scenarios: got \[\]; wanted a list of scenarios, at least one"),
        ({"scenarios": [SCENARIO, SCENARIO]}, r"scenarios: got \['any', 'any'\]; wanted different names"),
        (
            {"designs": {"a": DESIGN, "b": ThreePlusThree(OTHER, "deescalation")}},
            "dose grid of 'b': got .*3.0.*; wanted the same grid for all, 1, 2 mg",
        ),
        (
            {"scenarios": [Scenario("other", OTHER, (0.1, 0.2))]},
            "dose grid of 'other': got .*3.0.*; wanted the same grid for all, 1, 2 mg",
        ),
        ({"method": "bootstrap"}, "method: got 'bootstrap'; wanted 'exact' or 'monte-carlo'"),
        (
            {"method": "monte-carlo"},
            "trials: got 'trials=None, target_mcse=None'; wanted a number of trials, or a target_mcse in .*",
        ),
        ({"method": "monte-carlo", "trials": 0}, "trials: got 0; wanted a whole number of at least 2"),
        ({"method": "monte-carlo", "trials": 1e4}, "trials: got 10000.0; wanted a whole number"),
        ({"trials": 100}, "trials: got 100; wanted None with method='exact'"),
        ({"checkpoint": "here"}, "checkpoint: got 'here'; wanted None with method='exact'"),
        ({"max_unresolved": 1.0}, "max_unresolved: got 1.0; wanted a probability from 0, below 1"),
        ({"method": "monte-carlo", "trials": 9, "max_unresolved": 0.1}, "max_unresolved: got 0.1; wanted 0"),
        ({"method": "monte-carlo", "trials": 9, "target_mcse": 0.1}, "got 'trials=9, target_mcse=0.1'"),
        (
            {"method": "monte-carlo", "target_mcse": 0},
            "target_mcse: got 0; wanted a standard error",
        ),
        ({"method": "monte-carlo", "trials": 9, "chunk_size": 0}, "chunk_size: got 0"),
        (
            {"method": "monte-carlo", "trials": 9, "executor": 2},
            "executor: got 2; wanted a concurrent",
        ),
        (
            {"designs": {"a": AcceleratedTitration(DESIGN, 1, trigger_moderates=1)}},
            "scenario 'any': got 'no probability of moderate toxicity'; .* Pass prob_moderate to Sc",
        ),
    ],
)
def test_refused(change, message):
    arguments = {"designs": {"a": DESIGN}, "scenarios": [SCENARIO], "mtd_rule": HighestBelow(0.3)}
    with pytest.raises(InputError, match=message):
        operating_characteristics(**arguments | change)
