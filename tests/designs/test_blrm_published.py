"""Decisions of the BLRM's variants on published examples."""

import attrs
import numpy as np
import pytest

from bayesdose.designs.from_model import model_based
from bayesdose.designs.model_based import ModelBased
from bayesdose.designs.running import running_state
from bayesdose.grid import DoseGrid
from bayesdose.inference.posterior import posterior
from bayesdose.inference.table import tabulate
from bayesdose.models.logistic import two_parameter_logistic
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.outcomes import parse_outcomes
from bayesdose.rules.admissible import EWOC, MTDEWOC, QuantileBelow
from bayesdose.rules.increments import AnyLevel, LevelsAboveHighestTried
from bayesdose.rules.next_dose import HighestAllowed, MaxTargetProbability, MinExpectedLoss
from bayesdose.rules.next_dose_by_estimate import ClosestMean
from bayesdose.rules.relative_increments import RelativeIncrements, RelativeIncrementsByDLTs
from bayesdose.trial import TrialState

CUTS = (0.2, 0.35, 0.6)


@pytest.fixture(scope="module")
def nbg():
    """The two-parameter example of Neuenschwander, Branson and Gsponer (2008), with any rules."""
    # The paper's grid goes on to 250 mg; the doses above 50 mg are never chosen here.
    doses = (1, 2.5, 5, 10, 15, 20, 25, 30, 40, 50)
    grid = DoseGrid(doses, "mg")
    prior = NormalPrior((2.15, 0.52), (0.84, 0.80), reference_dose=250, correlation=0.134 / (0.84 * 0.80))
    # One table for all rules.
    model = two_parameter_logistic(grid, prior)
    tables = tabulate(model, bounds=(*CUTS, 0.3), max_patients=18, tolerances=(1e-4,))

    def make(next_dose, admissible=None):
        rules = {"next_dose": next_dose, "admissible": admissible, "increments": AnyLevel()}
        return ModelBased(grid, tables, max_patients=18, **rules)

    return make


NBG_DATA = "1NNN 2NNNN 3NNNNN 4NNNN 7TT"


@pytest.mark.parametrize(
    ("next_dose", "admissible", "dose"),
    [
        # Independent quadrature on the paper's prior and data (bcrm's manual).
        (MinExpectedLoss(CUTS, (1, 0, 1, 2)), None, 20),
        (MinExpectedLoss(CUTS, (1, 0, 2, 4)), None, 15),
        (HighestAllowed(), EWOC(0.35, 0.25), 20),
        (MaxTargetProbability(0.2, 0.35), EWOC(0.35, 0.25), 20),
        # The packages escalation and bcrm: level 7.
        (ClosestMean(0.30), None, 25),
        # P(MTD < dose) at 10, 15, 20, 25 mg is .0488 .1694 .3365 .5038: the continuous EWOC lies
        # between 15 and 20 mg.
        (HighestAllowed(), MTDEWOC(0.30, 0.25), 15),
        # The 75 % quantile is .26146 at 15 mg, .33650 at 20 mg and .40253 at 25 mg.
        (HighestAllowed(), QuantileBelow(0.35, 0.75), 20),
        (HighestAllowed(), QuantileBelow(0.30, 0.75), 15),
    ],
)
def test_decisions_on_nbg(nbg, next_dose, admissible, dose):
    design = nbg(next_dose, admissible)
    level, _ = design.next_level(running_state(design, parse_outcomes(NBG_DATA)))
    assert design.grid.values[level[0]] == dose


def test_losses_and_overdose_probabilities_on_nbg(nbg):
    # Independent quadrature on a coarse grid, stated to be good to 5e-4; its interval probabilities differ
    # by 2.2e-4 from those of a finer one (golden/nbg_2008.json), which other tests compare to 1e-5.
    mild, steep = MinExpectedLoss(CUTS, (1, 0, 1, 2)), MinExpectedLoss(CUTS, (1, 0, 2, 4))
    design = nbg(mild, MTDEWOC(0.30, 0.25))
    state = running_state(design, parse_outcomes(NBG_DATA))
    summary = posterior(design.tables[-1], state.patients, state.dlts)
    assert mild.expected_loss(summary)[0] == pytest.approx(
        [0.9996, 0.996, 0.9704, 0.8299, 0.6742, 0.6039, 0.6254, 0.708, 0.9502, 1.2005],
        abs=5e-4,
    )
    assert steep.expected_loss(summary)[0] == pytest.approx(
        [0.9996, 0.996, 0.9716, 0.8514, 0.7697, 0.831, 1.0176, 1.2755, 1.851, 2.3836],
        abs=1e-3,
    )
    above = 1 - summary.below(0.30)[0]
    assert above[[3, 4, 5, 6]] == pytest.approx([0.0488, 0.1694, 0.3365, 0.5038], abs=5e-4)


# crmPack against SAS: design files of the package's own tests (sc1, sc3), which hold the next doses.
# Losses and overdose probabilities: independent quadrature, printed to five decimals, good to 2.2e-6.
FIRST_GRID = DoseGrid((10, 20, 35, 50, 65, 80, 90, 100), "mg")
THIRD_GRID = DoseGrid((10, 15, 30, 45, 60, 90, 120, 150, 180, 240), "mg")


@pytest.fixture(scope="module")
def first_scenario():
    prior = NormalPrior((-0.708, -0.389), (1.2, 0.9), reference_dose=90)
    return model_based(
        FIRST_GRID,
        two_parameter_logistic(FIRST_GRID, prior),
        next_dose=MinExpectedLoss(CUTS, (1, 0, 2, 3)),
        max_patients=15,
        increments=AnyLevel(),
        tolerances=(1e-6,),
    )


@pytest.fixture(scope="module")
def third_scenario():
    prior = NormalPrior((-0.8473, -0.0935), (1.489, 1.275), reference_dose=150)
    return model_based(
        THIRD_GRID,
        two_parameter_logistic(THIRD_GRID, prior),
        next_dose=MinExpectedLoss(CUTS, (1, 0, 1, 2)),
        admissible=EWOC(0.35, 0.25),
        max_patients=15,
        increments=RelativeIncrements((0, 60), (1, 0.67)) & RelativeIncrementsByDLTs((0, 1), (1, 0.5)),
        tolerances=(1e-6,),
    )


@pytest.mark.parametrize(
    ("text", "dose", "losses"),
    [
        ("1NNN", 35, [0.94793, 0.92754, 0.92499, 0.95422, 1.01331, 1.10116, 1.17417, 1.2527]),
        ("1NNN 2NNT", 20, [0.87817, 0.83999, 0.88746, 1.00785, 1.14467, 1.2722, 1.34811, 1.41649]),
        ("1NNN 2NNN 3NNN 4NNN", 65, None),
        ("1NNN 2NNN 3NNN 4NNT", 50, [0.97832, 0.94786, 0.8742, 0.80417, 0.82592, 0.94576, 1.04708, 1.14747]),
    ],
)
def test_crmpack_against_sas_without_overdose_control(first_scenario, text, dose, losses):
    state = running_state(first_scenario, parse_outcomes(text))
    assert first_scenario.grid.values[first_scenario.next_cohort(state).level[0]] == dose
    if losses is not None:
        summary = posterior(first_scenario.tables[-1], state.patients, state.dlts)
        found = first_scenario.next_dose.expected_loss(summary)[0]
        # Four probabilities with factors up to 3, each good to 2.2e-6, printed to five decimals.
        assert found == pytest.approx(losses, abs=2e-5)


@pytest.mark.parametrize(
    ("text", "dose", "losses", "overdose"),
    [
        (
            "2NNT",
            15,
            [0.7956, 0.78445, 0.7951, 0.83232, 0.87557, 0.95674, 1.02331, 1.0767, 1.11999, 1.18586],
            [0.20154, 0.24447, 0.34605, 0.4202, 0.47572, 0.552, 0.6014, 0.63595, 0.6616, 0.6975],
        ),
        (
            "2NNN 3NNT",
            45,
            [0.88021, 0.84711, 0.76695, 0.7275, 0.72558, 0.78091, 0.85722, 0.92791, 0.98781, 1.07962],
            [0.0341, 0.04783, 0.10091, 0.16861, 0.23859, 0.35693, 0.44101, 0.50015, 0.54322, 0.60157],
        ),
        ("2NNN 3NNN 5NNT 6NNT", 90, None, None),
        (
            "2NNN 3NNN 5NNN",
            90,
            [0.99541, 0.99359, 0.9861, 0.97369, 0.95461, 0.90088, 0.85498, 0.87484, 1.0067, 1.18318],
            [0.0003, 0.00044, 0.00115, 0.00289, 0.00722, 0.03478, 0.10608, 0.24302, 0.38183, 0.51772],
        ),
    ],
)
def test_crmpack_against_sas_with_increments(third_scenario, text, dose, losses, overdose):
    state = running_state(third_scenario, parse_outcomes(text))
    assert third_scenario.grid.values[third_scenario.next_cohort(state).level[0]] == dose
    if losses is not None:
        summary = posterior(third_scenario.tables[-1], state.patients, state.dlts)
        assert third_scenario.next_dose.expected_loss(summary)[0] == pytest.approx(losses, abs=2e-5)
        found = third_scenario.admissible.overdose_probability(summary)[0]
        assert found == pytest.approx(overdose, abs=5.1e-6 + 2.2e-6)


def test_the_increments_decide_two_of_the_situations(third_scenario):
    # After 15, 30, 60 mg without a DLT 120 mg has the smallest loss and is admissible; 60 mg + 67 % is
    # 100.2 mg.
    free = attrs.evolve(third_scenario, increments=LevelsAboveHighestTried(3))
    state = running_state(free, parse_outcomes("2NNN 3NNN 5NNN"))
    assert free.grid.values[free.next_cohort(state).level[0]] == 120
    # After 1 DLT at 30 mg 60 mg has the smallest loss and is admissible; 30 mg + 50 % is 45 mg.
    state = running_state(free, parse_outcomes("2NNN 3NNT"))
    assert free.grid.values[free.next_cohort(state).level[0]] == 60


def test_a_rigid_grid():
    # crmPack's `examine` example: on this grid increments of 33 % never leave 25 mg for 40 mg.
    grid = DoseGrid((1, 3, 5, 10, 15, 20, 25, 40, 50, 80, 100), "mg")
    state = running_state_at(6, 11)
    assert np.flatnonzero(RelativeIncrements((0,), (0.33,)).within_reach(state, grid)[0]).max() == 6
    assert np.flatnonzero(RelativeIncrements((0,), (0.67,)).within_reach(state, grid)[0]).max() == 7


def running_state_at(level, num_doses):
    counts = np.zeros((1, num_doses, 2), dtype=int)
    counts[0, level, 0] = 3
    return TrialState(counts, np.array([level]), np.zeros(1, dtype=int))
