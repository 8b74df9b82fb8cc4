"""The CRM against the R packages dfcrm and escalation."""

import numpy as np
import pytest

from bayesdose.designs.crm import crm
from bayesdose.designs.maximum_likelihood import maximum_likelihood
from bayesdose.grid import DoseGrid
from bayesdose.inference.posterior import posterior
from bayesdose.inference.table import tabulate
from bayesdose.models.crm import crm_model
from bayesdose.models.curves import LogisticCurve, PowerCurve
from bayesdose.rules.increments import AnyLevel, Coherent, LevelsAboveCurrent
from bayesdose.rules.next_dose_by_estimate import ClosestPlugIn
from bayesdose.rules.posterior_stopping import LowestTooToxic
from bayesdose.rules.recommendation import BestOnGrid, DoseOfNextCohort
from bayesdose.rules.stopping import PatientsAtDose
from bayesdose.trial import TrialState


def curve_of(case):
    skeleton = tuple(case["prior"] if "prior" in case else case["skeleton"])
    return PowerCurve(skeleton) if case["model"] == "empiric" else LogisticCurve(skeleton, case["intcpt"])


def counts_of(case):
    level, num_doses = np.array(case["level"]) - 1, len(case["prior"])
    patients = np.bincount(level, minlength=num_doses)
    dlts = np.bincount(level, weights=case["tox"], minlength=num_doses).astype(int)
    return patients[None], dlts[None]


@pytest.fixture(scope="module")
def cases(golden):
    return golden("dfcrm_crm.json")["cases"]


def test_bayes(cases):
    # dfcrm's own integrals are good to 6.7e-6 (golden/README.md), so estimates are compared to 1e-5.
    tables, checked = {}, 0
    for case in (case for case in cases if case["method"] == "bayes"):
        if case["config"] not in tables:
            model = crm_model(DoseGrid.of_levels(len(case["prior"])), curve_of(case), case["scale"])
            (tables[case["config"]],) = tabulate(
                model, bounds=(case["target"],), max_patients=36, tolerances=(1e-9,), plug_in=True
            )
        summary = posterior(tables[case["config"]], *counts_of(case))
        assert summary.parameter_mean[0] == pytest.approx(case["estimate"], abs=1e-5)
        assert summary.plug_in[0] == pytest.approx(case["ptox"], abs=1e-5)
        every = np.ones((1, len(case["prior"])), dtype=bool)
        assert ClosestPlugIn(case["target"]).choose(summary, every)[0] + 1 == case["mtd"]
        checked += 1
    assert checked == 42


def test_maximum_likelihood(cases):
    # dfcrm finds the maximum by `optimize` with tolerance 1.2e-4; its errors here are up to 1.7e-5.
    missing, checked = 0, 0
    for case in (case for case in cases if case["method"] == "mle"):
        theta = maximum_likelihood(curve_of(case), *counts_of(case))
        if "error" in case:
            assert case["error"].strip() == "mle does not exist!"
            assert np.isinf(theta[0])
            missing += 1
            continue
        prob_dlt = np.exp(curve_of(case).log_prob_dlt(theta))[0]
        assert theta[0] == pytest.approx(case["estimate"], abs=5e-5)
        assert prob_dlt == pytest.approx(case["ptox"], abs=5e-5)
        assert np.abs(prob_dlt - case["target"]).argmin() + 1 == case["mtd"]
        checked += 1
    assert (checked, missing) == (39, 11)


def within_monte_carlo_error(simulated, exact, variance, number, largest):
    """Whether means of `number` trials lie within `largest` standard errors of their expectations."""
    error = np.sqrt(variance / number)
    # What happens less than once in all trials has no normal error; it may be seen twice.
    return np.all(np.abs(simulated - exact) <= np.maximum(largest * error, 2 / number))


def check_simulation(exact_run, prob_select, mean_patients, number, mean_dlts=None):
    final, weights = exact_run.graph.final, exact_run.weights
    selection = exact_run.selection
    # Some 30 comparisons a test: a largest |z| of 3.5 has probability 0.015.
    assert within_monte_carlo_error(prob_select, selection, selection * (1 - selection), number, 3.5)
    for simulated, each in ((mean_patients, final.counts.sum(axis=-1)), (mean_dlts, final.counts[..., -1])):
        if simulated is not None:
            mean = weights @ each
            assert within_monte_carlo_error(simulated, mean, weights @ (each - mean) ** 2, number, 3.5)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_operating_characteristics_of_crmsim(golden, exact, number):
    # dfcrm's restriction: at most one level above the *current* one, and no escalation after a cohort
    # whose DLT share is at least the target; the dose selected at the end is unrestricted.
    case = golden("dfcrm_crmsim_oc.json")["cases"][number]
    design = crm(
        DoseGrid.of_levels(6),
        curve_of(case),
        target=case["target"],
        prior_sd=case["scale"],
        estimate="plug-in",
        max_patients=case["n"],
        increments=LevelsAboveCurrent(1) & Coherent(case["target"]),
        recommendation=BestOnGrid(),
    )
    run = exact(design, case["PI"])
    simulated = [0.0, *case["prob_select"]]
    check_simulation(run, simulated, case["mean_n_at_dose"], case["nsim"], case["mean_tox_at_dose"])


def test_operating_characteristics_of_escalation(golden, exact):
    (case,) = golden("escalation_crm_oc.json")["cases"]
    design = crm(
        DoseGrid.of_levels(6),
        PowerCurve(tuple(case["skeleton"])),
        target=0.25,
        prior_sd=1.34**0.5,
        estimate="plug-in",
        max_patients=36,
        recommendation=DoseOfNextCohort(),
    )
    run = exact(design, case["true_prob_tox"])
    check_simulation(
        run, case["prob_recommend"], case["mean_n_at_dose"], case["num_sims"], case["mean_tox_at_dose"]
    )


SKELETON = (0.05, 0.1, 0.25, 0.4, 0.6)
TOXIC = (0.45, 0.6, 0.68, 0.75, 0.81)


@pytest.mark.parametrize(
    ("truth", "at_dose", "selection", "patients", "dlts", "histories", "not_stopped"),
    [
        (
            SKELETON,
            None,
            [0.0001269, 0.0198660, 0.2271353, 0.4517910, 0.2730145, 0.0280664],
            *(11.998867, 2.705489, 160, 1 - 0.0001269),
        ),
        (
            TOXIC,
            None,
            [0.3027462, 0.6407708, 0.0502073, 0.0055527, 0.0006931, 0.0000299],
            *(10.732690, 5.102913, 160, 0.697254),
        ),
        (
            TOXIC,
            9,
            [0.2103223, 0.7393498, 0.0440522, 0.0055527, 0.0006931, 0.0000299],
            *(9.064864, 4.352391, 106, 0.136548),
        ),
    ],
)
def test_crystallised_paths_of_escalation(
    exact, truth, at_dose, selection, patients, dlts, histories, not_stopped
):
    # Inputs: escalation's vignette on exact path probabilities (dfcrm, empiric model, cohorts of 3, up to 12
    # patients, stop if P(p1 > 0.35) > 0.9). Values: independent enumeration, printed to seven and six
    # decimals.
    stopping = LowestTooToxic(0.35, 0.9)
    design = crm(
        DoseGrid.of_levels(5),
        PowerCurve(SKELETON),
        target=0.25,
        prior_sd=1.34**0.5,
        estimate="plug-in",
        max_patients=12,
        increments=AnyLevel(),
        stopping=stopping if at_dose is None else stopping | PatientsAtDose(at_dose),
        recommendation=DoseOfNextCohort(),
    )
    run = exact(design, truth)
    assert run.selection == pytest.approx(selection, abs=5.1e-8)
    assert run.patients.sum() == pytest.approx(patients, abs=5.1e-7)
    assert run.dlts.sum() == pytest.approx(dlts, abs=5.1e-7)
    assert run.graph.num_histories() == histories
    # Full trials in which neither rule would have fired: a full trial is not asked, so they are asked here.
    final = run.graph.final
    full = final.counts.sum(axis=(1, 2)) == 12
    state = design_state(final.counts)
    summary = posterior(design.tables[-1], state.patients, state.dlts)
    following = design.choose(summary, np.ones((len(state), 5), dtype=bool))
    fires = design.stopping.stop(state, following, summary) > 0
    assert run.weights[full & ~fires].sum() == pytest.approx(not_stopped, abs=5.1e-7)


def design_state(counts):
    return TrialState(counts, np.zeros(len(counts), dtype=int), np.zeros(len(counts), dtype=int))
