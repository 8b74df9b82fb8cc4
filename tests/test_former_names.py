"""Names of the first release: a script written for it runs, and is told what to change."""

import pytest

import bayesdose as bd


@pytest.mark.parametrize(
    ("former", "now"),
    [
        ("EWOC", "rules.EWOC"),
        ("weakly_informative", "priors.weakly_informative"),
        ("Scenario", "scenarios.Scenario"),
        ("plot_selection", "plots.plot_selection"),
        ("PowerCurve", "models.PowerCurve"),
        ("ThreePlusThree", "three_plus_three"),
        ("paired_efficiency", "simulation.paired_efficiency"),
        ("optimal_benchmark", "simulation.optimal_benchmark"),
        ("read_scenarios", "scenarios.load_scenarios"),
        ("read_decision_table", "load_decision_table"),
    ],
)
def test_a_former_name_is_what_it_is_called_now(former, now):
    found = bd
    for part in now.split("."):
        found = getattr(found, part)
    with pytest.warns(FutureWarning, match=rf"bayesdose\.{former} is now bayesdose\.{now}"):
        assert getattr(bd, former) is found
    assert former not in bd.__all__


def test_a_name_that_never_was_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'bayesdose' has no attribute 'EWOK'"):
        bd.EWOK  # noqa: B018 - the look-up is the test


def test_the_public_face_can_be_learnt():
    # Rules, priors, models, scenarios and plots have namespaces of their own.
    assert len(bd.__all__) <= 80
