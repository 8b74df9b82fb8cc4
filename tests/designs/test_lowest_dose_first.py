"""The lowest dose is given to a stated number of patients before toxicity above it ends the trial."""

import pytest

import bayesdose as bd

GRID = bd.DoseGrid((1, 2.5, 5, 10, 20), "mg")
PRIOR = bd.priors.NormalPrior((-1.1, 0.0), (1.5, 0.7), reference_dose=10)
OWN = bd.rules.NotEliminated(bd.rules.BetaElimination(0.3))


def made(**settings):
    return bd.blrm(
        GRID, PRIOR, target_interval=(0.16, 0.33), ewoc_cap=0.25, stop_cap=0.25, max_patients=12, **settings
    )


def overdose_at_lowest(text):
    """By quadrature of the PyMC model."""
    model = bd.models.two_parameter_logistic(GRID, PRIOR)
    summary = bd.exact_posterior(model, text, bounds=(0.33,))
    return float(summary["interval_probability"].isel(dose=0, interval=-1))


@pytest.mark.parametrize(
    ("text", "at_once", "after_six"),
    [
        ("1NNN 2TTT", "stop", 3),  # three patients at the lowest dose: three more
        ("1NNN 2TTT 1NNT", "stop", "stop"),  # six, and still too toxic
        ("1NNN 2NNN 3NNT", 3, 3),  # the lowest dose is not too toxic: nothing changes
    ],
)
def test_three_more_patients_at_the_lowest_dose(text, at_once, after_six):
    assert (overdose_at_lowest(text) > 0.25) == (at_once == "stop")
    for number, expected in ((0, at_once), (6, after_six)):
        design = made(stop_min_patients=number)
        state = bd.running_state(design, text)
        following = design.next_cohort(state)
        if expected == "stop":
            assert following.reason(0) is bd.StopReason.LOWEST_TOO_TOXIC
            assert design.recommend(state).tolist() == [-1]
        else:
            assert following.size.tolist() == [expected]
        if at_once == "stop" != expected:
            assert following.level.tolist() == [0]


def test_its_own_patients_still_close_the_lowest_dose():
    # P(p > .3 | Beta(4, 1)) = .992 and P(p > .3 | Beta(2, 3)) = .652.
    increments = bd.rules.LevelsAboveHighestTried(1) & OWN
    design = made(stop_min_patients=6, increments=increments)
    for text, reason in (("1TTT", bd.StopReason.NO_DOSE_IN_REACH), ("1NNT", bd.StopReason.GOES_ON)):
        assert design.next_cohort(bd.running_state(design, text)).reason(0) is reason
    assert made(stop_min_patients=6).next_cohort(bd.running_state(design, "1TTT")).size.tolist() == [3]


def test_without_a_cap_to_stop_there_is_nothing_to_wait_for():
    with pytest.raises(bd.InputError, match="blrm, stop_min_patients: got 6; wanted a stop_cap beside it"):
        bd.blrm(
            GRID,
            PRIOR,
            target_interval=(0.16, 0.33),
            ewoc_cap=0.25,
            stop_cap=None,
            stop_min_patients=6,
            max_patients=12,
        )
