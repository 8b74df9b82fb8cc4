"""The five protocols' committed comparisons, run again."""

import numpy as np
import pandas as pd
import pytest

import bayesdose as bd
from benchmarks.protocols.run import COLUMNS, FOLDER, main_characteristics

# A protocol need not have a committed comparison.
NAMES = sorted(path.stem for path in FOLDER.glob("*.toml"))


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
    # The study files state them; the protocol's BLRM settings may change.
    settings = bd.load_protocol(name).comparators.plain["BLRM"]
    text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    assert f"max_patients = {settings['max_patients']}\n" in text
    assert f"number = {settings['stopping']['number']} " in text
