"""Values that describe history: what they refuse, and that the assumed allocations fit what was published."""

import numpy as np
import pytest

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.models.earlier_trials import Heterogeneity, HistoricalTrial
from benchmarks.historical.cases import CASES

GRID = DoseGrid((1, 3, 10), unit="mg")


def test_trial():
    trial = HistoricalTrial("earlier", GRID, (3, 0, 6), (0, 0, 2), reference_dose=5)
    assert str(trial) == "earlier: 2 DLTs in 9 patients"
    np.testing.assert_allclose(trial.log_ratio, np.log([0.2, 0.6, 2.0]), rtol=1e-15)
    assert trial == HistoricalTrial("earlier", GRID, np.array([3, 0, 6]), np.array([0, 0, 2]), 5)


@pytest.mark.parametrize(
    ("patients", "dlts", "reference", "message"),
    [
        ((3, 3), (0, 0), 5, "got '2 doses'; wanted 3"),
        ((3, 3, 3), (0, 0), 5, "two lists of whole numbers of the same length"),
        ((3, 3, 3), (0, 0, 4), 5, "DLTs from 0 to the number of patients"),
        ((3, 3, 3), (0, 0, 0.5), 5, "dlts[2]: got 0.5; wanted a whole number"),
        ((3, 3, 3), (0, 0, 1), 0, "wanted a number above 0 and finite"),
        ((3, 3, 3), (0, 0, 1), float("inf"), "wanted a number above 0 and finite"),
    ],
)
def test_bad_trials_are_refused(patients, dlts, reference, message):
    with pytest.raises(InputError) as error:
        HistoricalTrial("earlier", GRID, patients, dlts, reference)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"median": (0.25, 0)}, "median[1]: got 0; wanted a number above 0"),
        ({"median": (0.25,)}, "2 values"),
        ({"median": (0.25, float("nan"))}, "median[1]: got nan"),
        ({"distribution": "halfnormal"}, "one of 'log-normal', 'half-normal'"),
        ({"factor": 1.0}, "factor: got 1.0"),
    ],
)
def test_bad_heterogeneity_is_refused(settings, message):
    with pytest.raises(InputError) as error:
        Heterogeneity(**settings)
    assert message in str(error.value)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.analogue)
def test_assumed_allocations_fit_the_published_totals(case):
    assert len(case.allocations) >= 3
    assert set(case.assumed_doses) <= set(case.grid.values)
    for allocation in case.allocations:
        trial = case.trial(allocation, reference_dose=case.grid.values[-1])
        assert sum(trial.patients) == case.published_patients
        assert sum(trial.dlts) == case.published_dlts
        assert "ASSUMED" in str(trial)
        if case.published_dlt_dose is not None:
            assert trial.dlts[case.grid.index(case.published_dlt_dose)] == case.published_dlts
