"""When DLTs show themselves: closed forms, files and bad input."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesdose.checks.arguments import checked_value
from bayesdose.errors import InputError
from bayesdose.grammar.structuring import Context, structured
from bayesdose.grammar.writing import plain_value
from bayesdose.late_onset.onset import (
    Onset,
    PiecewiseOnset,
    UniformOnset,
    WeibullOnset,
    hazards,
    prob_by_step,
)

PROBABILITIES = np.array([[0.0, 0.05, 0.3], [0.5, 0.9, 0.999]])
EVERY = [UniformOnset(), WeibullOnset(0.5), WeibullOnset(0.9), PiecewiseOnset((0.1, 0.2, 0.7))]
ROUNDING = 1e-12


@pytest.mark.parametrize("onset", EVERY, ids=str)
@pytest.mark.parametrize("window", [1, 4, 28])
def test_hazards_multiply_to_the_whole_window(onset, window):
    hazard = hazards(onset, PROBABILITIES, window)
    assert hazard.shape == (2, 3, window)
    assert np.abs(1 - np.prod(1 - hazard, axis=-1) - PROBABILITIES).max() < ROUNDING
    assert np.all((hazard >= 0) & (hazard <= 1))


def test_uniform_hazards():
    # P(DLT in week k + 1 | none before) = (p / 4) / (1 - k p / 4)
    wanted = [0.075 / (1 - 0.075 * week) for week in range(4)]
    assert np.abs(hazards(UniformOnset(), np.array(0.3), 4) - wanted).max() < ROUNDING


def test_weibull_as_its_distribution_function():
    # F(t) = 1 - exp(-(t / b)^a), solved apart for F(1) = p and F(1/2) = (1 - late) p.
    for prob, late in ((0.3, 0.5), (0.05, 0.8), (0.9, 0.25)):
        first, whole = -math.log(1 - (1 - late) * prob), -math.log(1 - prob)
        a = math.log(whole / first) / math.log(2)
        b = whole ** (-1 / a)
        wanted = [1 - math.exp(-((step / 28 / b) ** a)) for step in range(29)]
        assert np.abs(prob_by_step(WeibullOnset(late), np.array(prob), 28) - wanted).max() < ROUNDING


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=6), st.floats(0, 1))
def test_piecewise_shares(weights, prob):
    shares = np.array(weights) / np.sum(weights)
    by_step = prob_by_step(PiecewiseOnset(tuple(shares)), np.array(prob), len(weights))
    assert np.abs(np.diff(by_step) - prob * shares).max() < 1e-9  # the shares add up to 1 up to this
    uniform = prob_by_step(PiecewiseOnset((1.0,)), np.array(prob), 7)
    assert np.abs(uniform - prob_by_step(UniformOnset(), np.array(prob), 7)).max() < ROUNDING


def test_a_dlt_that_is_certain_in_the_first_half():
    hazard = hazards(PiecewiseOnset((1, 0)), np.array(1.0), 4)
    assert hazard.tolist() == [0.5, 1.0, 0.0, 0.0]


@pytest.mark.parametrize("onset", EVERY, ids=str)
def test_files(onset):
    assert structured(plain_value(onset), Onset, Context(Path()), "file") == onset


def test_a_table_of_a_file():
    table = {"onset": "WeibullOnset", "late_share": 0.8}
    assert structured(table, Onset, Context(Path()), "file") == WeibullOnset(0.8)
    with pytest.raises(InputError, match="Did you mean 'WeibullOnset'"):
        structured({"onset": "Weibull"}, Onset, Context(Path()), "file")


def test_bad_input():
    for late_share in (0, 1, 1.5):
        with pytest.raises(InputError, match="late_share"):
            WeibullOnset(late_share)
    with pytest.raises(InputError, match="which add up to 0.9"):
        PiecewiseOnset((0.4, 0.5))
    with pytest.raises(InputError, match="shares"):
        PiecewiseOnset(())
    with pytest.raises(InputError, match="below 1 for WeibullOnset"):
        hazards(WeibullOnset(), np.array([1.0]), 4)


def test_an_onset_of_ones_own_is_held_against_what_it_promises():
    @checked_value
    class AtOnce(Onset):
        def by_then(self, prob_dlt, share):
            return prob_dlt * np.ones_like(share)

    with pytest.raises(InputError, match="rise from 0 to"):
        hazards(AtOnce(), np.array([0.3]), 4)
