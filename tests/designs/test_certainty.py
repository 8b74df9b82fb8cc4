"""Decisions from draws beside the exact ones."""

import numpy as np
import pytest
import xarray as xr

import bayesdose as bd
from bayesdose.outcomes import parse_outcomes

OUTCOMES = parse_outcomes("1NNN 2NNT")
GRID = bd.DoseGrid((1, 3, 10), unit="mg")


@pytest.fixture(scope="module")
def design():
    prior = bd.priors.NormalPrior((-1.1, 0.0), (2.0, 0.7), reference_dose=3)
    return bd.blrm(GRID, prior, target_interval=(0.16, 0.33), ewoc_cap=0.25, max_patients=18)


def draws_of(probabilities, outcomes=OUTCOMES):
    """A tree as `fit` returns it, with given P(DLT) of shape (chain, draw, dose)."""
    variable = xr.DataArray(probabilities, dims=("chain", "draw", "dose"), name="prob_dlt")
    tree = xr.DataTree.from_dict({"posterior": variable.to_dataset()})
    tree.attrs["outcomes"] = str(outcomes)
    return tree


def independent_draws(overdose_at_two, number=4000, overdose=0.5):
    """Dose 1 safe, dose 2 an overdose in a share of the draws, dose 3 always one; no autocorrelation."""
    rng = np.random.default_rng(11)
    second = np.where(rng.random((4, number)) < overdose_at_two, overdose, 0.25)
    return np.stack([np.full_like(second, 0.05), second, np.full_like(second, 0.8)], axis=-1)


# P(DLT) of 0.33 itself is an overdose: the target interval leaves it out.
@pytest.mark.parametrize("overdose", [0.5, 0.33])
def test_error_of_independent_draws_is_binomial(design, overdose):
    share, number = 0.23, 4000
    draws = draws_of(independent_draws(share, number, overdose))
    certainty = bd.decision_certainty(design, OUTCOMES, draws)
    # sqrt(p (1 - p) / n); ArviZ estimates the effective number of draws, which varies by some per cent.
    expected = np.sqrt(share * (1 - share) / (4 * number))
    assert certainty.mcse == pytest.approx(expected, rel=0.1)
    assert certainty.boundary == "overdose probability at 3 against the cap 0.25"
    assert certainty.distance == pytest.approx(0.02, abs=5 * expected)
    assert certainty.standard_errors == pytest.approx(certainty.distance / certainty.mcse)


def test_draws_that_choose_another_dose_are_told(design):
    cautious = bd.decision_certainty(design, OUTCOMES, draws_of(independent_draws(0.4)))
    bold = bd.decision_certainty(design, OUTCOMES, draws_of(independent_draws(0.1)))
    assert {cautious.sampled_level, bold.sampled_level} == {
        -1,
        1,
    } or cautious.sampled_level != bold.sampled_level
    assert cautious.exact_level == bold.exact_level
    assert cautious.agrees + bold.agrees == 1


def test_draws_without_any_spread_have_no_error(design):
    certainty = bd.decision_certainty(design, OUTCOMES, draws_of(independent_draws(0.0)))
    assert certainty.mcse == 0
    assert certainty.standard_errors == np.inf


def test_nuts_far_from_the_boundary_decides_as_the_exact_posterior(design):
    outcomes = parse_outcomes("1TTT")
    prior = bd.priors.NormalPrior((-1.1, 0.0), (2.0, 0.7), reference_dose=3)
    draws = bd.fit(bd.models.two_parameter_logistic(GRID, prior), outcomes, rng=5)
    certainty = bd.decision_certainty(design, outcomes, draws)
    assert certainty.agrees
    assert certainty.standard_errors > 4


@pytest.mark.parametrize(
    ("draws", "message"),
    [
        (draws_of(np.full((2, 10, 2), 0.2)), "got '2 doses'; wanted the design's 3"),
        (draws_of(np.full((2, 10, 3), 0.2), "1NNN"), "draws given '1NNN'.*wanted draws given '1NNN 2NNT'"),
    ],
)
def test_draws_of_something_else_are_refused(design, draws, message):
    with pytest.raises(bd.InputError, match=message):
        bd.decision_certainty(design, OUTCOMES, draws)
