"""Doses admissible by the posterior mean."""

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.rules import MeanBelow


def test_at_equality(hand_made):
    posterior = hand_made({0.25: [0.5, 0.5, 0.5]}, mean=[0.25, np.nextafter(0.25, 0), 0.5])
    rule = MeanBelow(0.25)
    assert rule.bounds == (0.25,)
    assert rule.admissible(posterior).tolist() == [[False, True, False]]
    assert rule.margin(posterior)[0] == pytest.approx([0, 0, 0.25], abs=1e-15)
    assert str(rule) == "posterior mean of P(DLT) < 0.25"
    with pytest.raises(bd.InputError, match="MeanBelow, limit: got 1"):
        MeanBelow(1)


def test_a_design_admits_what_the_exact_means_admit():
    grid = bd.DoseGrid((10, 20, 40, 80), "mg")
    model = bd.models.two_parameter_logistic(grid, bd.priors.NormalPrior((-0.85, 0), (1, 0.5), 40))
    design = bd.model_based(
        grid,
        model,
        admissible=MeanBelow(0.3),
        next_dose=bd.rules.HighestAllowed(),
        increments=bd.rules.AnyLevel(),
        max_patients=12,
    )
    levels = []
    for text in ("1NNN", "1NNT", "1NNN 2NNN", "1NNN 2NNT", "1NNN 2NNT 2NTT"):
        means = bd.exact_posterior(model, text, bounds=(0.3,))["mean"].values
        state = bd.running_state(design, text)
        levels.append(int(design.next_cohort(state).level[0]))
        assert levels[-1] == np.flatnonzero(means < 0.3).max()
    assert len(set(levels)) > 1
