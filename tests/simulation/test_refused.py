"""What `operating_characteristics` and its methods refuse before any work is done."""

import pytest
import xarray as xr

from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd import HighestBelow
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.method import Exact, MonteCarlo
from bayesdose.simulation.operating_characteristics import operating_characteristics

GRID, OTHER = DoseGrid((1, 2), "mg"), DoseGrid((1, 3), "mg")
DESIGN = ThreePlusThree(GRID, "deescalation")
SCENARIO = Scenario("any", GRID, (0.1, 0.2))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"designs": {}},
            "designs: got {}; wanted a dict .* of the kind Design with at least 1",
        ),
        # In tables and files both names would read 1.
        ({"designs": {1: DESIGN, "1": DESIGN}}, "designs, name: got 1; wanted a text"),
        ({"designs": [DESIGN]}, "designs: got .*; wanted a dict from names to values"),
        (
            {"scenarios": []},
            r"scenarios: got \[\]; wanted a list .* of the kind Scenario with at least 1",
        ),
        ({"scenarios": [SCENARIO, SCENARIO]}, "scenarios: got .two named 'any'.*; wanted different names"),
        (
            {"designs": {"a": DESIGN, "b": ThreePlusThree(OTHER, "deescalation")}},
            "dose grid of 'b': got .*3.0.*; wanted the same grid for all, 1, 2 mg",
        ),
        (
            {"scenarios": [Scenario("other", OTHER, (0.1, 0.2))]},
            "dose grid of 'other': got .*3.0.*; wanted the same grid for all, 1, 2 mg",
        ),
        ({"method": "exact"}, "method: got 'exact'; wanted a Method such as Exact.. or MonteCarlo"),
        ({"method": Exact}, "method: got .*; wanted a Method"),
        ({"mtd_rule": 0.3}, "mtd_rule: got 0.3; wanted a MTDRule"),
        ({"dlt_window": 0}, "dlt_window: got 0; wanted a number above 0"),
        ({"dlt_window": 28, "accrual": 10}, "accrual: got 10; wanted an Accrual or None"),
        ({"progress": 1}, "progress: got 1; wanted a function"),
        ({"trials": 100}, "argument of operating_characteristics: got 'trials'; wanted one of designs, sc"),
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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "MonteCarlo: got 'trials=None, target_mcse=None'; wanted a number of trials, or a target_mcse"),
        ({"trials": 9, "target_mcse": 0.1}, "MonteCarlo: got 'trials=9, target_mcse=0.1'"),
        ({"trials": 0}, "MonteCarlo, trials: got 0; wanted a whole number of at least 2"),
        ({"trials": 1e4}, "MonteCarlo, trials: got 10000.0; wanted a whole number"),
        ({"trials": True}, "MonteCarlo, trials: got True"),
        ({"trials": 10**18}, "MonteCarlo, trials: got 1000000000000000000; wanted .* at most 1,000,000,000"),
        (
            {"target_mcse": 0},
            "target_mcse: got 0; wanted a number of at least 0.0001 and below 1",
        ),
        ({"target_mcse": 1.0}, "MonteCarlo, target_mcse: got 1.0"),
        (
            {"trials": 9, "chunk_size": 0},
            "chunk_size: got 0; wanted a whole number of at least 1",
        ),
        (
            {"trials": 10**9, "chunk_size": 1},
            "chunk_size: got 1; wanted at least 1,000 for up to",
        ),
        ({"target_mcse": 1e-4, "chunk_size": 1}, "chunk_size: got 1; wanted at least 30"),
        ({"trials": 9, "executor": 2}, "MonteCarlo, executor: got 2; wanted an Executor or None"),
        ({"trials": 9, "checkpoint": "a\0b"}, "MonteCarlo, checkpoint: got .*; wanted a path"),
        ({"trials": 9, "checkpoint": 3}, "MonteCarlo, checkpoint: got 3; wanted a path"),
        ({"trials": 9, "max_unresolved": 0.1}, "argument of MonteCarlo: got 'max_unresolved'"),
        ({"trials": 9, "rng": True}, "MonteCarlo, rng: got True; wanted a Generator or a whole number"),
        ({"trials": 9, "rng": 1.5}, "MonteCarlo, rng: got 1.5"),
        ({"trials": 9, "rng": [1, 2]}, "MonteCarlo, rng: got .1, 2."),
        ({"trials": 9, "rng": -1}, "MonteCarlo, rng: got -1"),
        ({"trials": 9, "rng": 2**63}, "MonteCarlo, rng: got 9223372036854775808; wanted .*below 2..63"),
    ],
)
def test_refused_simulations(arguments, message):
    with pytest.raises(InputError, match=message):
        MonteCarlo(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"max_unresolved": 1.0},
            "max_unresolved: got 1.0; wanted a number of at least 0 and below 1",
        ),
        ({"max_unresolved": float("nan")}, "Exact, max_unresolved: got nan"),
        ({"memory_budget": 0}, "Exact, memory_budget: got 0; wanted a number above 0"),
        ({"trials": 100}, "argument of Exact: got 'trials'; wanted one of max_unresolved, memory_budget"),
    ],
)
def test_refused_enumerations(arguments, message):
    with pytest.raises(InputError, match=message):
        Exact(**arguments)


def test_the_largest_seed_can_be_written(tmp_path):
    arguments = {"designs": {"a": DESIGN}, "scenarios": [SCENARIO], "mtd_rule": HighestBelow(0.3)}
    result = operating_characteristics(**arguments, method=MonteCarlo(trials=2, rng=2**63 - 1))
    result.to_netcdf(tmp_path / "result.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "result.nc", engine="h5netcdf") as stored:
        assert int(stored.attrs["seed"]) == 2**63 - 1


@pytest.mark.parametrize("place", ["file", "file/below", "x" * 300])
def test_a_checkpoint_that_cannot_be_a_folder(tmp_path, place):
    (tmp_path / "file").write_text("in the way")
    arguments = {"designs": {"a": DESIGN}, "scenarios": [SCENARIO], "mtd_rule": HighestBelow(0.3)}
    with pytest.raises(InputError, match="checkpoint: got .*; wanted a folder"):
        operating_characteristics(**arguments, method=MonteCarlo(trials=2, checkpoint=tmp_path / place))
