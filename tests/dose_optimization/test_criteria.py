"""Criteria against closed forms, and what they say where nothing or too little is known."""

import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.dose_optimization import (
    Counted,
    DoseIntensity,
    DoseIntensityKept,
    Exposure,
    ExposureAgainst,
    MeanAgainst,
    MeasuredMean,
    ModelRateAtMost,
    RateAtLeast,
    RateAtMost,
    Verdict,
    prob_rate_above,
)
from bayesdose.dose_optimization.criteria import shown_probability
from bayesdose.errors import InputError

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "blrm_quadrature.json").read_text())


def by_binomial_sum(patients, events, threshold, prior=(1, 1)):
    """P(rate > threshold) for a prior of whole numbers: a beta tail is a binomial sum, here in fractions."""
    first, second = prior[0] + events, prior[1] + patients - events
    trials = first + second - 1
    terms = (math.comb(trials, k) * threshold**k * (1 - threshold) ** (trials - k) for k in range(first))
    return float(sum(terms))


@pytest.mark.parametrize("threshold", [Fraction(1, 10), Fraction(3, 10), Fraction(3, 5)])
@pytest.mark.parametrize("prior", [(1, 1), (1, 3), (2, 1)])
def test_beta_binomial_tails_are_binomial_sums(threshold, prior):
    pairs = [(n, y) for n in range(13) for y in range(n + 1)]
    patients, events = np.array(pairs).T
    found = prob_rate_above(patients, events, float(threshold), prior=prior)
    wanted = [by_binomial_sum(n, y, threshold, prior) for n, y in pairs]
    # Rounding of the incomplete beta function.
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-13)


def test_criteria_of_rates_judge_batches_of_trials_as_they_judge_one_dose():
    patients = np.array([[6, 12, 2], [12, 12, 0]])
    events = np.array([[0, 2, 0], [4, 1, 0]])
    risk = RateAtMost("DLT", limit=0.3, most_risk=0.25)
    response = RateAtLeast("response", needed=0.1, certainty=0.8, min_patients=6)
    for criterion in (risk, response):
        batch = criterion.met(patients, events)
        assert batch.shape == patients.shape
        for row in range(2):
            each = [Counted(int(n), int(y)) for n, y in zip(patients[row], events[row], strict=True)]
            verdicts = [one.verdict == Verdict.MET for one in criterion.judge(each)]
            assert batch[row].tolist() == verdicts
    # P(rate > 0.3) of 0/6, 2/12 and 1/12 is 0.08, 0.20 and 0.06, of 4/12 0.65; two patients are too few.
    assert risk.met(patients, events).tolist() == [[True, True, False], [False, True, False]]


@pytest.mark.parametrize(("most_risk", "met"), [(0.25, True), (0.2499, False)])
def test_a_criterion_is_met_at_its_threshold_and_not_beyond(most_risk, met):
    # With a uniform prior and one patient without the event P(rate > 0.5) is 0.25 exactly; with it, 0.75.
    risk = RateAtMost("DLT", 0.5, most_risk, min_patients=1)
    response = RateAtLeast("response", 0.5, certainty=1 - most_risk, min_patients=1)
    one = np.array([1])
    for criterion, events in ((risk, 0), (response, 1)):
        assert criterion.met(one, np.array([events])).tolist() == [met]
        (found,) = criterion.judge([Counted(1, events)])
        assert found.verdict == (Verdict.MET if met else Verdict.NOT_MET)


def test_too_few_patients_never_meet_a_criterion_in_a_batch():
    # P(rate > 0.3) is 0.34 after 0 of 2, and P(rate > 0.1) 0.97 after 1 of 2: enough, if two patients were.
    patients, none, some = np.array([[2, 3]]), np.array([[0, 0]]), np.array([[1, 1]])
    assert RateAtMost("DLT", 0.3, most_risk=0.5).met(patients, none).tolist() == [[False, True]]
    assert RateAtLeast("response", 0.1, certainty=0.8).met(patients, some).tolist() == [[False, True]]


@pytest.mark.parametrize(
    ("patients", "prob_below"),
    [
        # Student's t with one and with two degrees of freedom has these distribution functions.
        (2, lambda t: 0.5 + math.atan(t) / math.pi),
        (3, lambda t: 0.5 + t / (2 * math.sqrt(2 + t**2))),
    ],
)
@pytest.mark.parametrize("side", ["at least", "at most"])
def test_means_by_student_t(patients, prob_below, side):
    sign = 1 if side == "at least" else -1
    criterion = MeanAgainst("marker", side, 50, "%", certainty=0.8, min_patients=2)
    (found,) = criterion.judge([MeasuredMean(patients, 63, "%", se=6.5)])
    assert found.probability == pytest.approx(prob_below(sign * 13 / 6.5), abs=1e-12)
    assert found.verdict == (Verdict.MET if side == "at least" else Verdict.NOT_MET)

    against = ExposureAgainst("trough", side, 300, "ng/mL", certainty=0.8, min_patients=2)
    (found,) = against.judge([Exposure(patients, 360, "ng/mL", cv=0.4)])
    # The log of a log-normal concentration has variance log(1 + CV^2).
    distance = math.log(360 / 300) / math.sqrt(math.log(1.16) / patients)
    assert found.probability == pytest.approx(prob_below(sign * distance), abs=1e-12)
    assert "margin 1.2, " in found.number


def test_an_interval_says_what_the_coefficient_of_variation_says():
    # Quantile of Student's t with two degrees of freedom: (2p - 1) sqrt(2 / (4 p (1 - p))).
    error, p = math.sqrt(math.log(1.16) / 3), 0.95
    half_width = error * (2 * p - 1) * math.sqrt(2 / (4 * p * (1 - p)))
    interval = (360 / math.exp(half_width), 360 * math.exp(half_width))
    criterion = ExposureAgainst("trough", "at least", 300, "ng/mL", certainty=0.8)
    by_cv, by_interval = criterion.judge(
        [Exposure(3, 360, "ng/mL", cv=0.4), Exposure(3, 360, "ng/mL", interval=interval, level=0.9)]
    )
    assert by_interval.probability == pytest.approx(by_cv.probability, abs=1e-9)


def test_safety_by_the_designs_own_model():
    (case,) = [one for one in GOLDEN["cases"] if one["case"] == 2]
    grid = bd.DoseGrid(tuple(case["dose"]), "mg")
    prior = bd.priors.NormalPrior((math.log(1 / 3), 0), (2, 0.7), reference_dose=case["dref"])
    design = bd.blrm(grid, prior, target_interval=(0.16, 0.33), ewoc_cap=0.25, stop_cap=0.35, max_patients=12)
    criterion = ModelRateAtMost("DLT", design, limit=0.33, most_risk=0.25)
    measured = [Counted(3, 1), *[None] * 5]
    found = criterion.judge(measured)
    # Independent quadrature in R: P(P(DLT) > 0.33) is 1 - 0.7525 at the lowest dose.
    wanted = [1 - one["cdf_at_cuts"][1] for one in case["doses"]]
    error = design.tables[-1].error
    assert found[0].probability == pytest.approx(wanted[0], abs=error)
    patients, dlts = np.array([case["n"]]), np.array([case["y"]])
    np.testing.assert_allclose(criterion.probability(patients, dlts)[0], wanted, rtol=0, atol=error)
    # 0.2475 is just within the cap; at other doses nobody was seen.
    assert [one.verdict for one in found] == ["met", *["not measured"] * 5]
    with pytest.raises(InputError, match="limit: got 0.3; wanted one of the bounds"):
        ModelRateAtMost("DLT", design, limit=0.3, most_risk=0.25)
    with pytest.raises(InputError, match="'2 doses'; wanted the design's 6 doses"):
        criterion.judge(measured[:2])


EVERY = (
    RateAtMost("DLT", 0.3, 0.25),
    RateAtLeast("response", 0.1, 0.8),
    ExposureAgainst("trough", "at least", 300, "ng/mL", 0.8),
    MeanAgainst("marker", "at least", 50, "%", 0.8),
    DoseIntensityKept("cycle 1", 0.8, 0.3),
)


@pytest.mark.parametrize("criterion", EVERY, ids=lambda one: type(one).__name__)
def test_what_was_not_measured_is_never_met(criterion):
    few = {
        Counted: Counted(2, 0),
        Exposure: Exposure(2, 9000, "ng/mL", cv=0.1),
        MeasuredMean: MeasuredMean(2, 99, "%", se=0.1),
        DoseIntensity: DoseIntensity(2, 1.0, 0),
    }[criterion.takes]
    found = criterion.judge([None, few])
    assert [one.verdict for one in found] == ["not measured", "not enough data"]
    assert str(found[0]) == "not measured"
    assert "fewer than 3 patients" in found[1].number


def test_a_mean_without_its_spread_is_not_enough():
    trough = ExposureAgainst("trough", "at least", 300, "ng/mL", 0.8)
    (found,) = trough.judge([Exposure(6, 9000, "ng/mL")])
    assert (found.verdict, found.number) == ("not enough data", "margin 30, its spread is not given")
    marker = MeanAgainst("marker", "at least", 50, "%", 0.8, min_patients=1)
    (found,) = marker.judge([MeasuredMean(1, 99, "%", se=0.1)])
    assert (found.verdict, found.number) == ("not enough data", "one patient has no spread")


def test_dose_intensity_needs_both_numbers():
    criterion = DoseIntensityKept("cycle 1", least_relative=0.8, most_reduced=0.25)
    kept = [DoseIntensity(12, 0.8, 3), DoseIntensity(12, 0.79, 0), DoseIntensity(12, 1.0, 4)]
    assert [one.verdict for one in criterion.judge(kept)] == ["met", "not met", "not met"]


@pytest.mark.parametrize(
    ("probability", "threshold", "shown"),
    [
        (0.7996, 0.8, "= 0.7996"),
        (0.8004, 0.8, "= 0.8004"),
        (0.8, 0.8, "= 0.80"),
        (0.25004, 0.25, "= 0.25004"),
        (0.001, 0.25, "< 0.01"),
        (0.9999, 0.8, "> 0.99"),
    ],
)
def test_a_rounded_probability_stays_on_its_side(probability, threshold, shown):
    assert shown_probability(probability, threshold) == shown


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda: Counted(12, 14),
            "events: got 14; wanted at most the number of evaluable patients, which is 12",
        ),
        (lambda: Counted(-1, 0), "evaluable: got -1; wanted a whole number of at least 0"),
        (lambda: Exposure(6, -3, "ng/mL", cv=0.4), "geometric_mean: got -3; wanted a number above 0"),
        (lambda: Counted(10**30, 0), "and at most 100,000"),
        (lambda: Exposure(6, 3, "ng/mL", cv=40), "cv: got 40; wanted a number"),
        (lambda: prob_rate_above(np.array([10**18]), np.array([4]), 0.3), "at most 100,000"),
        (lambda: Exposure(6, 3, "", cv=0.4), "unit: got ''; wanted a text with the unit"),
        (lambda: Exposure(6, 3, "ng/mL", cv=0.4, interval=(2, 4)), "not both"),
        (lambda: Exposure(6, 3, "ng/mL", interval=(4, 2)), "lower bound first"),
        (lambda: Exposure(6, 3, "ng/mL", interval=(4, 5)), "the mean of 3 between them"),
        (lambda: MeasuredMean(6, 3, "%", se=0), "se: got 0; wanted a number above 0"),
        (
            lambda: DoseIntensity(6, 91, 0),
            "relative: got 91; wanted a number of at least 0 and at most 1 and as a share",
        ),
        (
            lambda: DoseIntensity(6, 0.9, 7),
            "reduced: got 7; wanted at most the number of patients, which is 6",
        ),
        (lambda: RateAtMost("DLT", 30, 0.25), "limit: got 30; wanted a number above 0 and below 1"),
        (lambda: RateAtMost("", 0.3, 0.25), "endpoint: got ''"),
        (lambda: MeanAgainst("marker", "above", 50, "%", 0.8), "side: got 'above'; wanted one of 'at least'"),
        (lambda: prob_rate_above(np.array([3]), np.array([4]), 0.3), "from 0 to the number of patients"),
        (lambda: prob_rate_above(np.array([3]), np.array([1.5]), 0.3), "whole numbers"),
        (lambda: prob_rate_above(np.array([3, 3]), np.array([1]), 0.3), "of the shape of patients"),
    ],
)
def test_what_cannot_be_is_refused_in_words(make, said):
    with pytest.raises(InputError) as caught:
        make()
    assert said in str(caught.value)
