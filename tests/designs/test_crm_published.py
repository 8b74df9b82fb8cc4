"""Published and packaged examples of the CRM: estimates, and the doses that follow from them."""

import numpy as np
import pytest

from bayesdose.designs.crm import crm
from bayesdose.designs.from_model import model_based
from bayesdose.grid import DoseGrid
from bayesdose.inference.exact import exact_posterior
from bayesdose.inference.posterior import posterior
from bayesdose.models.crm import crm_model, exponential_crm_model
from bayesdose.models.curves import LogisticCurve, PowerCurve
from bayesdose.rules.increments import AnyLevel
from bayesdose.rules.next_dose_by_estimate import ClosestPlugIn
from bayesdose.trial import TrialState

ACCURATE = (1e-9,)


def patient_by_patient(levels, dlts, num_doses):
    """States after each patient."""
    counts = np.zeros((len(levels), num_doses, 2), dtype=int)
    for patient, (level, dlt) in enumerate(zip(levels, dlts, strict=True)):
        counts[patient:, level - 1, dlt] += 1
    return TrialState(counts, np.array(levels) - 1, np.zeros(len(levels), dtype=int))


def summaries(design, state):
    return posterior(design.tables[-1], state.patients, state.dlts)


# Neuenschwander, Branson, Gsponer (2008): 18 patients at 1, 2.5, 5, 10 and 25 mg on a grid of 15 doses.
NBG_LEVELS = [1] * 3 + [2] * 4 + [3] * 5 + [4] * 4 + [7] * 2
NBG_DLTS = [0] * 16 + [1, 1]
NBG_SKELETON = (0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.10, 0.17, 0.30)
NBG_OTHER = (0.063, 0.125, 0.188, 0.25, 0.313, 0.375, 0.438, 0.5, 0.563, 0.625)


@pytest.mark.parametrize(
    ("skeleton", "variance", "mean", "sd", "table"),
    [
        (
            NBG_SKELETON,
            1.34,
            [0.0685, 0.0847, 0.0987, 0.1113, 0.1228, 0.1439, 0.1628, 0.2415, 0.3296, 0.4645],
            [0.055, 0.062, 0.068, 0.072, 0.076, 0.082, 0.087, 0.101, 0.109, 0.108],
            [0.069, 0.085, 0.099, 0.111, 0.123, 0.144, 0.163, 0.242, 0.330, 0.465],
        ),
        (
            NBG_OTHER,
            1.34,
            [0.0242, 0.0540, 0.0897, 0.1299, 0.1757, 0.2255, 0.2810, 0.3403, 0.4055, 0.4745],
            [0.030, 0.051, 0.069, 0.084, 0.097, 0.107, 0.115, 0.119, 0.120, 0.117],
            [0.024, 0.054, 0.090, 0.130, 0.176, 0.226, 0.281, 0.341, 0.405, 0.475],
        ),
    ],
)
def test_table_one_of_nbg(skeleton, variance, mean, sd, table):
    # `mean` is from an independent quadrature, printed to four decimals; `table` and `sd` are the paper's
    # Table I, to three. The paper is met within 0.0007 with *variance* 1.34, and not with sd 1.34,
    # which crmPack and bcrm use (differences up to 0.0042).
    model = crm_model(DoseGrid.of_levels(10), PowerCurve(skeleton), variance**0.5)
    text = "1NNN 2NNNN 3NNNNN 4NNNN 7TT"
    summary = exact_posterior(model, text, bounds=(0.3,))
    assert summary["mean"].values == pytest.approx(mean, abs=5.1e-5)
    assert summary["mean"].values == pytest.approx(table, abs=0.0007 + 5e-4)
    assert summary["sd"].values == pytest.approx(sd, abs=0.0007 + 5e-4)


def test_power_crm_of_bcrm():
    # bcrm 0.5.4, manual: exact posterior with sd 1.34, printed to eight decimals; next dose level 9.
    # Plug-in values: independent quadrature, printed to six to eight decimals.
    skeleton = (*NBG_SKELETON, 0.4, 0.5, 0.65, 0.8, 0.9)
    grid = DoseGrid.of_levels(15)
    settings = {"target": 0.3, "prior_sd": 1.34, "max_patients": 36, "increments": AnyLevel()}
    state = patient_by_patient(NBG_LEVELS, NBG_DLTS, 15).take(np.array([-1]))
    means = crm(grid, PowerCurve(skeleton), estimate="mean", **settings)
    assert summaries(means, state).mean[0] == pytest.approx(
        [
            *(0.07015495, 0.08657340, 0.10073468, 0.11345014, 0.12513580, 0.14632099, 0.16543985, 0.24440829),
            *(0.33268033, 0.46747152, 0.55775747, 0.64098831, 0.75674204, 0.86470521, 0.93341409),
        ],
        abs=1e-6,
    )
    assert means.next_level(state)[0].tolist() == [8]
    plug_in = crm(grid, PowerCurve(skeleton), estimate="plug-in", **settings)
    summary = summaries(plug_in, state)
    assert summary.parameter_mean[0] == pytest.approx(-0.47036723, abs=6e-9)
    assert summary.plug_in[0] == pytest.approx(
        [
            *(0.056293, 0.07252228, 0.08680201, 0.09978758, 0.11182703, 0.13384591, 0.15386926, 0.23726147),
            *(0.33052585, 0.47132404, 0.56412833, 0.6485219, 0.76403518, 0.86986781, 0.93629341),
        ],
        abs=6e-9,
    )
    assert plug_in.next_level(state)[0].tolist() == [8]
    model = crm_model(grid, PowerCurve(skeleton), 1.34)
    exact = exact_posterior(model, "1NNN 2NNNN 3NNNNN 4NNNN 7TT", bounds=(0.3,), tolerance=1e-10)
    assert exact["parameter_sd"].item() ** 2 == pytest.approx(0.09883941, abs=6e-9)


@pytest.mark.parametrize(
    ("curve", "estimate", "variance", "plug_in", "mean"),
    [
        (
            PowerCurve,
            -0.21217153,
            0.15759553,
            [0.08865295, 0.15530093, 0.27205388, 0.42778978, 0.57084622, 0.74939583],
            [0.10971335, 0.1725044, 0.27968755, 0.42405994, 0.56063046, 0.73774018],
        ),
        (
            LogisticCurve,
            -0.11011161,
            0.0386954,
            [0.08910298, 0.16038967, 0.28313704, 0.43986818, 0.57756796, 0.7449298],
            [0.11320473, 0.18134891, 0.29159418, 0.43214946, 0.56184727, 0.7316426],
        ),
    ],
)
def test_example_in_the_manual_of_dfcrm(curve, estimate, variance, plug_in, mean):
    # dfcrm 0.2-2.1, help of `crm`: the inputs; values by an independent quadrature to eight decimals.
    levels, dlts = [3, 4, 4, 3, 3, 4, 3, 2, 2, 2], [0, 0, 1, 0, 0, 1, 1, 0, 0, 0]
    grid, skeleton = DoseGrid.of_levels(6), (0.05, 0.10, 0.20, 0.35, 0.50, 0.70)
    design = crm(grid, curve(skeleton), target=0.2, prior_sd=1.34**0.5, estimate="plug-in", max_patients=24)
    state = patient_by_patient(levels, dlts, 6).take(np.array([-1]))
    summary = summaries(design, state)
    assert summary.parameter_mean[0] == pytest.approx(estimate, abs=6e-9)
    assert summary.plug_in[0] == pytest.approx(plug_in, abs=6e-9)
    assert summary.mean[0] == pytest.approx(mean, abs=6e-9)
    assert design.next_level(state)[0].tolist() == [1]
    model = crm_model(grid, curve(skeleton), 1.34**0.5)
    # The tolerance is one on P(DLT); theta needs a smaller one.
    exact = exact_posterior(model, "3NNNT 4NTT 2NNN", bounds=(0.2,), tolerance=1e-10)
    assert exact["parameter_sd"].item() ** 2 == pytest.approx(variance, abs=6e-9)


def test_table_one_of_o_quigley_pepe_and_fisher():
    # O'Quigley, Pepe, Fisher (1990) Biometrics 46:33, Table 1, as in the R package CRM's demo: levels and
    # DLTs; posterior means of a by an independent quadrature to four decimals.
    levels = [3, 4, 4, 3, 3, 2, 1, 1, 1, *[2] * 15, 1]
    dlts = [0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 1]
    means = [
        *(
            1.3832,
            1.6837,
            0.9317,
            1.0731,
            0.7216,
            0.5008,
            0.5555,
            0.6018,
            0.6419,
            0.6874,
            0.7285,
            0.7660,
            0.6303,
        ),
        *(0.6624, 0.6922, 0.7201, 0.7464, 0.7711, 0.6721, 0.6943, 0.7154, 0.6400, 0.6593, 0.5994, 0.5377),
    ]
    skeleton = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7)
    grid = DoseGrid.of_levels(6)
    design = model_based(
        grid,
        exponential_crm_model(grid, skeleton),
        next_dose=ClosestPlugIn(0.2),
        max_patients=25,
        increments=AnyLevel(),
        cohort_size=1,
        start_level=3,
    )
    state = patient_by_patient(levels, dlts, 6)
    summary = summaries(design, state)
    assert summary.parameter_mean == pytest.approx(means, abs=5.1e-5)
    assert (design.next_level(state)[0] + 1).tolist() == [*levels[1:], 1]
    assert summary.plug_in[-1] == pytest.approx([0.1997, 0.2900, 0.4209, 0.5234, 0.6889, 0.8255], abs=5.1e-5)


CHEUNG = (0.05, 0.12, 0.25, 0.40, 0.55)


def test_table_three_two_of_cheung():
    # Cheung (2011), Table 3.2, p. 26: logistic model, prior variance 1.34, target 0.25, twenty patients with
    # known tolerances. Estimates in the book to two decimals; to four by an independent quadrature.
    tolerances = [
        *(0.571, 0.642, 0.466, 0.870, 0.634, 0.390, 0.524, 0.773, 0.175, 0.627),
        *(0.321, 0.099, 0.383, 0.995, 0.628, 0.346, 0.919, 0.022, 0.647, 0.469),
    ]
    true_prob_dlt = [0.02, 0.04, 0.10, 0.25, 0.50]
    book = [
        *(0.60, 0.93, 0.04, 0.18, 0.28, 0.34, 0.41, 0.47, 0.31, 0.35),
        *(0.25, 0.15, 0.18, 0.21, 0.24, 0.26, 0.28, 0.21, 0.22, 0.24),
    ]
    exact = [
        *(0.5987, 0.9349, 0.0435, 0.1816, 0.2795, 0.3447, 0.4128, 0.4669, 0.3070, 0.3530),
        *(0.2547, 0.1482, 0.1822, 0.2108, 0.2355, 0.2570, 0.2762, 0.2056, 0.2245, 0.2416),
    ]
    design = crm(
        DoseGrid.of_levels(5),
        LogisticCurve(CHEUNG),
        target=0.25,
        prior_sd=1.34**0.5,
        estimate="plug-in",
        max_patients=21,
        cohort_size=1,
        start_level=3,
        increments=AnyLevel(),
    )
    levels, dlts, level = [], [], int(design.first_cohort().level[0])
    for tolerance in tolerances:
        levels.append(level + 1)
        dlts.append(int(tolerance < true_prob_dlt[level]))
        level = int(design.next_cohort(patient_by_patient(levels, dlts, 5)).level[-1])
    assert levels == [3, 5, 5, 3, 4, 4, *[5] * 5, *[4] * 9]
    estimates = summaries(design, patient_by_patient(levels, dlts, 5)).parameter_mean
    assert estimates == pytest.approx(exact, abs=5.1e-5)
    # The book's two decimals.
    assert estimates == pytest.approx(book, abs=0.0051)


@pytest.mark.parametrize(
    ("curve", "estimate", "plug_in"),
    [
        (LogisticCurve(CHEUNG), 0.27946, [0.00768, 0.02654, 0.08166, 0.18191, 0.33140]),
        (PowerCurve(CHEUNG), 0.50435, [0.00701, 0.02987, 0.10070, 0.21930, 0.37159]),
    ],
)
def test_five_patients_of_cheung(curve, estimate, plug_in):
    # Cheung (2011), p. 21: five patients, level 4 next. Values by an independent quadrature to five decimals.
    grid = DoseGrid.of_levels(5)
    design = crm(grid, curve, target=0.25, prior_sd=1.34**0.5, estimate="plug-in", max_patients=12)
    state = patient_by_patient([3, 5, 5, 3, 4], [0, 0, 1, 0, 0], 5).take(np.array([-1]))
    summary = summaries(design, state)
    assert summary.parameter_mean[0] == pytest.approx(estimate, abs=5.1e-6)
    # The values are at the estimate rounded to five decimals, whose 5e-6 moves P(DLT) by up to 2.1e-6.
    assert summary.plug_in[0] == pytest.approx(plug_in, abs=7.2e-6)
    assert design.next_level(state)[0].tolist() == [3]
    if isinstance(curve, LogisticCurve):
        # The posterior means are other numbers than the plug-in ones.
        assert summary.mean[0] == pytest.approx([0.03142, 0.06445, 0.12884, 0.21892, 0.33910], abs=5.1e-6)
        exact = exact_posterior(crm_model(grid, curve, 1.34**0.5), "3NN 5NT 4N", bounds=(0.25,))
        assert exact["parameter_sd"].item() ** 2 == pytest.approx(0.09070, abs=5.1e-6)


def test_unknown_estimate():
    with pytest.raises(ValueError, match="estimate: got 'plugin'; wanted one of 'plug-in', 'mean', 'median'"):
        crm(
            DoseGrid.of_levels(5),
            PowerCurve(CHEUNG),
            target=0.25,
            prior_sd=1,
            estimate="plugin",
            max_patients=9,
        )
