"""The protocols' committed comparisons, run again.

A protocol need not have one: it does once benchmarks/protocols holds a study file and its table of results.
"""

import tomllib

import numpy as np
import pandas as pd
import pytest

import bayesdose as bd
from benchmarks.protocols.run import COLUMNS, FOLDER, main_characteristics

NAMES = sorted(path.stem for path in FOLDER.glob("*.toml"))


def test_each_comparison_is_of_a_shipped_protocol_and_has_its_table():
    assert (
        {"IBB0979", "IMM01", "IMM27M", "IMP7068", "MIL97"} <= set(NAMES) <= set(bd.protocols.protocol_names())
    )
    assert {path.stem for path in FOLDER.glob("*.csv")} == set(NAMES), (
        "each study file in benchmarks/protocols needs its table: python -m benchmarks.protocols.run NAME"
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_rerun_gives_the_committed_table(name):
    study = bd.load_study(FOLDER / f"{name}.toml")
    result = bd.run_study(study)
    committed = pd.read_csv(FOLDER / f"{name}.csv", index_col=[0, 1])
    found = main_characteristics(result)
    assert found.index.equals(committed.index)
    assert list(committed) == COLUMNS
    # No decision is within the finest table's error of another one, so rounding on another machine
    # changes none, and what is left is rounding of sums. The file has twelve digits.
    assert int(result["unsettled_states"].sum()) == 0
    np.testing.assert_allclose(found, committed, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_boin_has_the_blrm_s_numbers_of_patients(name):
    # The study files state them; the protocol's BLRM may change.
    blrm = bd.load_protocol(name).comparators.plain["BLRM"]
    boin = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))["designs"]["BOIN"]
    assert boin["max_patients"] == blrm["max_patients"]
    assert boin["stopping"] == blrm["stopping"]
