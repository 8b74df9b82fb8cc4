"""Arrivals: their words, their distributions, files and bad input."""

import math
from pathlib import Path

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.errors import InputError
from bayesdose.grammar.structuring import Context, structured
from bayesdose.late_onset.arrivals import Arrivals, arrival_steps

HERE = Context(Path())


def uniforms(patients, trials=20_000):
    return np.random.default_rng(11).random((trials, patients))


def test_a_fixed_gap_in_steps():
    assert arrival_steps(Arrivals(14), uniforms(3, 2), 7).tolist() == [[2, 4, 6]] * 2
    assert arrival_steps(Arrivals(1.5), uniforms(2, 1), 0.5).tolist() == [[3, 6]]


def test_at_random_is_one_chance_a_step():
    steps = arrival_steps(Arrivals(28, "at random"), uniforms(3), 7)
    gaps = np.diff(steps, axis=1, prepend=0)
    assert gaps.min() == 1
    for gap in range(1, 8):  # geometric; five standard errors of 60,000
        prob = 0.25 * 0.75 ** (gap - 1)
        assert abs(np.mean(gaps == gap) - prob) < 5 * math.sqrt(prob / gaps.size)
    assert np.all(arrival_steps(Arrivals(7, "at random"), uniforms(4), 7) == np.arange(1, 5))


def test_poisson_is_a_number_of_patients_a_step():
    steps = arrival_steps(Arrivals(2, "poisson"), uniforms(60), 7)
    assert np.all(np.diff(steps, axis=1) >= 0)
    # How many come in the fifth week: a Poisson number with mean 3.5; 60 patients take longer.
    number = np.sum(steps == 5, axis=1)
    for k in range(9):
        prob = math.exp(-3.5) * 3.5**k / math.factorial(k)
        assert abs(np.mean(number == k) - prob) < 5 * math.sqrt(prob / len(number))


def test_words():
    assert str(Arrivals(10)) == "one patient every 10 days; no one waits while accrual is suspended"
    site = str(Arrivals(10, "poisson", capacity=6, waiting_room=2))
    assert "(Poisson process); at most 6 followed at once; 2 patients wait" in site


def test_files():
    table = {"mean_gap": 14, "process": "at random", "capacity": 6}
    assert structured(table, Arrivals, HERE, "file") == Arrivals(14, "at random", capacity=6)
    with pytest.raises(InputError, match="file, key mean_gap: got 0"):
        structured({"mean_gap": 0}, Arrivals, HERE, "file")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"mean_gap": 0}, "mean_gap: got 0"),
        ({"mean_gap": math.inf}, "mean_gap: got inf"),
        ({"process": "weekly"}, "process: got 'weekly'"),
        ({"capacity": 0}, "capacity: got 0"),
        ({"waiting_room": -1}, "waiting_room: got -1"),
        ({"room": 1}, "room"),
    ],
)
def test_bad_input(wrong, message):
    with pytest.raises(InputError) as error:
        bd.late_onset.Arrivals(**{"mean_gap": 14, **wrong})
    assert message in str(error.value)


def test_nobody_is_ready_before_coming():
    # This uniform is a gap of just the mean: days 10 and 20 are in the second and third week.
    mean = np.full((1, 2), 1 - math.exp(-1))
    assert arrival_steps(Arrivals(10, "poisson"), mean, 7).tolist() == [[2, 3]]
