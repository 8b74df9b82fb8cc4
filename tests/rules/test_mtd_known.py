"""Stopping by the precision of the MTD: its distribution between the doses, and decisions in trials."""

import numpy as np
import pytest
from scipy.stats import norm

import bayesdose as bd
from bayesdose.inference import mtd_cuts
from bayesdose.inference.mtd_cuts import MTDCuts
from bayesdose.simulation.ends import end_probabilities

GRID = bd.DoseGrid((10, 20, 40, 80), "mg")
PRIOR = bd.priors.NormalPrior((-0.85, 0.5), (1.0, 0.5), reference_dose=80)
TARGET = 0.3
# By what share of the median the MTD may be off at a coefficient of variation of 0.3.
SHARE = 0.3 / 1.4826


def design(limit, **settings):
    settings = {"target_interval": (0.16, 0.33), "ewoc_cap": 0.25, "max_patients": 24} | settings
    return bd.blrm(GRID, PRIOR, stopping=bd.rules.MTDCVAtMost(TARGET, limit), **settings)


@pytest.fixture(scope="module")
def precise():
    return design(0.3)


def stops(found, patients, dlts, level=3):
    counts = np.stack([np.subtract(patients, dlts), dlts], axis=-1)[None]
    state = bd.TrialState(counts, np.array([level]), np.zeros(1, dtype=int))
    return found.next_cohort(state).reason(0) == bd.StopReason.MTD_PRECISE_ENOUGH


def test_the_published_rule_s_case(precise):
    # crmPack's issue 93: 3, 3, 6, 6 patients, two DLTs at 80: .295 by 400,000 draws (error about .001).
    data = ((3, 3, 6, 6), (0, 0, 0, 2))
    assert stops(precise, *data)
    assert not stops(design(0.29, tolerances=(1e-9,)), *data)
    assert not stops(precise, (3, 3, 3, 3), (0, 0, 0, 1))


def test_against_weighted_draws(precise):
    """On states that the design reaches: no part of the package's integration in the draws."""
    rng = np.random.default_rng(2)
    number = 400_000
    log_alpha, beta = rng.normal(-0.85, 1.0, number), np.exp(rng.normal(0.5, 0.5, number))
    logits = log_alpha[:, None] + beta[:, None] * np.log(np.array(GRID.values) / 80)
    below = np.logaddexp(0, logits)
    mtd = 80 * np.exp((np.log(TARGET / (1 - TARGET)) - log_alpha) / beta)
    order = np.argsort(mtd)
    counts = bd.trial_graph(precise).final.counts
    counts = counts[rng.choice(len(counts), 25, replace=False)]
    posterior = precise.tables[-1].posterior(counts.sum(axis=2), counts[..., 1])
    found = posterior.mtd_cuts.prob_within(posterior.mtd_above, SHARE)
    median = posterior.mtd_cuts.median(posterior.mtd_above)
    inside = np.isfinite(median)
    assert inside.sum() > 15
    for one, at, within in zip(counts[inside], median[inside], found[inside], strict=True):
        log_weight = logits @ one[:, 1] - below @ one.sum(axis=1)
        weight = np.exp(log_weight - log_weight.max())
        effective = weight.sum() ** 2 / (weight**2).sum()
        # Five standard errors of a share; the median's own moves it by at most as much again.
        error = 2 * 5 * 0.5 / np.sqrt(effective)
        above = np.average(mtd > at, weights=weight)
        assert above == pytest.approx(0.5, abs=error)
        share = np.cumsum(weight[order])
        drawn = mtd[order][np.searchsorted(share, share[-1] / 2)]
        near = np.average(np.abs(mtd - drawn) <= SHARE * drawn, weights=weight)
        assert within == pytest.approx(near, abs=error)


def test_a_lognormal_mtd():
    """Its median and shares in closed form."""
    cuts = MTDCuts.around(GRID, TARGET)
    centre, sd = np.log([15.0, 33.3, 64.0]), np.array([0.2, 0.3, 0.6])
    above = norm.sf(np.log(cuts.doses), centre[:, None], sd[:, None])
    # Cubics through cuts 0.05 apart, on the logit scale, of a curve with bends of the size sd.
    assert cuts.median(above) == pytest.approx([15.0, 33.3, 64.0], rel=1e-5)
    ends = [norm.cdf(np.log1p(sign * SHARE) / sd) for sign in (1, -1)]
    assert cuts.prob_within(above, SHARE) == pytest.approx(ends[0] - ends[1], abs=1e-5)
    assert cuts.prob_within(above, 1.5) == pytest.approx(norm.cdf(np.log(2.5) / sd), abs=1e-5)


def test_an_mtd_beyond_the_cuts_is_not_known():
    cuts = MTDCuts.around(GRID, TARGET)
    above = norm.sf(np.log(cuts.doses), np.log([[0.5], [2000.0]]), 0.01)
    assert np.isnan(cuts.median(above)).all()
    assert cuts.prob_within(above, SHARE).tolist() == [0, 0]


def test_interpolation_is_as_close_as_the_rule_says(monkeypatch, precise):
    counts = bd.trial_graph(precise).final.counts[::3]
    data = (counts.sum(axis=2), counts[..., 1])
    coarse = precise.tables[-1].posterior(*data)
    monkeypatch.setattr(mtd_cuts, "_STEP", 0.01)
    fine = design(0.3, tolerances=(1e-9,)).tables[-1].posterior(*data)
    assert len(fine.mtd_cuts.doses) > 4 * len(coarse.mtd_cuts.doses)
    both = [one.mtd_cuts.prob_within(one.mtd_above, SHARE) for one in (coarse, fine)]
    # What the margin takes off (bayesdose/rules/mtd_known.py).
    assert np.abs(both[0] - both[1]).max() < 1e-4
    assert np.abs(both[0] - both[1]).max() > 0


def test_exact_and_simulated_trials_agree(precise):
    scenario = bd.scenarios.Scenario("MTD at 40", GRID, (0.05, 0.12, 0.28, 0.5))
    rule = bd.rules.ClosestTo(TARGET)
    exact = bd.operating_characteristics({"BLRM": precise}, [scenario], mtd_rule=rule)
    trials = 20_000
    drawn = bd.operating_characteristics(
        {"BLRM": precise}, [scenario], mtd_rule=rule, method=bd.MonteCarlo(trials=trials, rng=5)
    )
    for name in ("correct_selection", "no_dose_selection", "overdose_selection"):
        chance = float(exact[name].squeeze())
        error = np.sqrt(chance * (1 - chance) / trials)
        assert float(drawn[name].squeeze()) == pytest.approx(chance, abs=5 * error + 1e-12)
    # It ends trials early, and for this reason.
    plain = bd.operating_characteristics(
        {"BLRM": design(1e-3)}, [scenario], mtd_rule=rule
    ).expected_sample_size.squeeze()
    assert float(exact.expected_sample_size.squeeze()) < float(plain) - 0.2
    graph = bd.trial_graph(precise)
    prob_dlt = np.array(scenario.prob_dlt)
    weight = end_probabilities(graph, np.stack([1 - prob_dlt, prob_dlt], axis=-1)[None])
    ended = graph.final.stop == bd.StopReason.MTD_PRECISE_ENOUGH.code
    assert 0.02 < float(np.asarray(weight).reshape(-1)[ended].sum()) < 0.95


def test_saved_and_read_again(tmp_path, precise):
    joined = design(0.3, max_patients=6, tolerances=(1e-2,))
    bd.save_design(joined, tmp_path / "design.toml")
    assert bd.load_design(tmp_path / "design.toml") == joined


def test_tables_from_disk_are_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv("BAYESDOSE_CACHE", str(tmp_path))
    made, read = (design(0.3, max_patients=6, tolerances=(1e-2,)) for _ in range(2))
    assert len(list(tmp_path.rglob("*.npz"))) == 1
    assert made == read
    assert read.tables[0].mtd_cuts == made.tables[0].mtd_cuts


def test_what_is_refused():
    curve = bd.models.PowerCurve((0.05, 0.12, 0.25, 0.4))
    with pytest.raises(bd.UnsupportedModelError, match="TwoParameterLogistic"):
        bd.crm(
            GRID,
            curve,
            target=0.25,
            prior_sd=1.16,
            estimate="mean",
            max_patients=12,
            stopping=bd.rules.MTDCVAtMost(0.25),
        )
    two = bd.rules.MTDCVAtMost(0.25) | bd.rules.MTDCVAtMost(0.3)
    with pytest.raises(bd.InputError, match="wanted one target"):
        bd.blrm(GRID, PRIOR, target_interval=(0.16, 0.33), ewoc_cap=0.25, max_patients=6, stopping=two)
    with pytest.raises(bd.InputError, match="MTDCVAtMost, limit: got 0"):
        bd.rules.MTDCVAtMost(0.25, 0)
