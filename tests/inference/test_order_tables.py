"""Treatments whose order is known in part: integrals by scipy, ties, and the model that one order is."""

import numpy as np
import pytest
from scipy.integrate import quad

import bayesdose as bd
from bayesdose.inference.posterior import Needs
from bayesdose.inference.refined_tables import refined_tables
from bayesdose.models.description import CRMModel

SKELETON = (0.05, 0.12, 0.25, 0.4)
CURVES = {
    "power": bd.models.PowerCurve(SKELETON),
    "logistic": bd.models.LogisticCurve(SKELETON),
}
ORDERS, WEIGHTS = ((1, 2, 3, 4), (1, 3, 2, 4)), (0.6, 0.4)
GRIDS = (bd.DoseGrid((1, 3), "mg"), bd.DoseGrid((1, 3), "mg"))
SD = 1.1
PATIENTS = np.array([[3, 3, 3, 0], [3, 3, 3, 0], [0, 0, 0, 0], [6, 3, 0, 0]])
DLTS = np.array([[0, 0, 2, 0], [0, 2, 0, 0], [0, 0, 0, 0], [1, 1, 0, 0]])


def tabulated(curve, by="most probable order", tolerance=1e-9):
    model = bd.models.PartialOrder(curve, SD, ORDERS, WEIGHTS, by)
    (table,) = bd.inference.tabulate_regimens(
        model, GRIDS, bounds=(0.3,), max_patients=12, tolerances=(tolerance,)
    )
    return table


def by_quadrature(curve, order, patients, dlts):
    """Evidence, and means and P(P(DLT) < 0.3) of each treatment, in one order."""
    rank = [order.index(treatment) for treatment in (1, 2, 3, 4)]

    def prob_dlt(theta):
        return np.exp(curve.log_prob_dlt(np.array([theta])))[0, rank]

    def density(theta):
        p = prob_dlt(theta)
        return np.exp(-0.5 * (theta / SD) ** 2) * np.prod(p**dlts * (1 - p) ** (patients - dlts))

    def integral(function, low=-8.0, high=8.0):
        inside = (-2.0, -1.0, 0.0, 1.0, 2.0)
        points = [point for point in inside if low < point < high]
        return quad(lambda x: density(x) * function(x), low, high, points=points, epsabs=1e-13, limit=200)[0]

    evidence = integral(lambda theta: 1.0)
    mean, below = np.empty(4), np.empty(4)
    for treatment in range(4):
        mean[treatment] = integral(lambda theta, k=treatment: prob_dlt(theta)[k])
        low, high = -8.0, 8.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if prob_dlt(middle)[treatment] > 0.3 else (low, middle)
        # P(DLT) falls with theta.
        below[treatment] = integral(lambda theta: 1.0, low=low)
    parameter = integral(lambda theta: theta) / evidence
    return evidence, mean / evidence, below / evidence, prob_dlt(parameter)


@pytest.mark.parametrize("name", CURVES)
def test_orders_by_quadrature(name):
    curve = CURVES[name]
    one, average = tabulated(curve), tabulated(curve, "average")
    chosen, averaged = one.posterior(PATIENTS, DLTS), average.posterior(PATIENTS, DLTS)
    probabilities = one.order_probabilities(PATIENTS, DLTS)
    for row, (patients, dlts) in enumerate(zip(PATIENTS, DLTS, strict=True)):
        orders = [by_quadrature(curve, order, patients, dlts) for order in ORDERS]
        weights = np.array([weight * order[0] for weight, order in zip(WEIGHTS, orders, strict=True)])
        weights /= weights.sum()
        np.testing.assert_allclose(probabilities[row], weights, rtol=0, atol=1e-8)
        _, mean, below, plug_in = orders[weights.argmax()]
        np.testing.assert_allclose(chosen.mean[row], mean, rtol=0, atol=1e-8)
        np.testing.assert_allclose(chosen.below(0.3)[row], below, rtol=0, atol=1e-8)
        np.testing.assert_allclose(chosen.plug_in[row], plug_in, rtol=0, atol=1e-8)
        means, belows = np.array([order[1] for order in orders]), np.array([order[2] for order in orders])
        np.testing.assert_allclose(averaged.mean[row], weights @ means, rtol=0, atol=1e-8)
        np.testing.assert_allclose(averaged.below(0.3)[row], weights @ belows, rtol=0, atol=1e-8)
    # Two of three DLTs at treatment 3 speak for the first order, at treatment 2 for the second.
    assert probabilities.argmax(axis=1).tolist() == [0, 1, 0, 0]
    assert one.offers(Needs((0.3,), plug_in=True))
    assert not average.offers(Needs((0.3,), plug_in=True))


def test_orders_that_the_data_do_not_tell_apart():
    """The eight orders of Wages, Conaway and O'Quigley (2011), Clinical Trials 8:380-389, after 11 patients.

    By maximum likelihood in the R package pocrm, orders 1, 2, 3 and 5 and orders 4, 6, 7 and 8 are equally
    probable, 0.1311 and 0.1189; a prior on the parameter moves the two numbers but not who has the same.
    """
    orders = (
        (1, 2, 3, 4, 5, 6, 7, 8),
        (1, 3, 2, 4, 5, 6, 7, 8),
        (1, 2, 3, 5, 4, 6, 7, 8),
        (1, 2, 3, 4, 5, 7, 6, 8),
        (1, 3, 2, 5, 4, 6, 7, 8),
        (1, 3, 2, 4, 5, 7, 6, 8),
        (1, 2, 3, 5, 4, 7, 6, 8),
        (1, 3, 2, 5, 4, 7, 6, 8),
    )
    curve = bd.models.PowerCurve((0.01, 0.03, 0.10, 0.20, 0.33, 0.47, 0.60, 0.70))
    given, with_dlt = (2, 3, 5, 4, 7, 5, 4, 3, 2, 2, 3), (0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1)
    patients = np.bincount(given, minlength=9)[None, 1:]
    dlts = np.bincount(given, weights=with_dlt, minlength=9).astype(int)[None, 1:]
    grids = tuple(bd.DoseGrid((1,), "mg") for _ in range(8))
    # A wide prior, so that the estimate is near that of maximum likelihood: a = exp(theta) = 0.4018.
    model = bd.models.PartialOrder(curve, 3.0, orders)
    (table,) = bd.inference.tabulate_regimens(
        model, grids, bounds=(0.2,), max_patients=11, tolerances=(1e-7,)
    )
    probability = table.order_probabilities(patients, dlts)[0]
    alike, others = [0, 1, 2, 4], [3, 5, 6, 7]
    np.testing.assert_allclose(probability[alike], probability[0], rtol=1e-9)
    np.testing.assert_allclose(probability[others], probability[3], rtol=1e-9)
    # Published means are of the maximum; the integral over the parameter leaves the ratio near theirs.
    np.testing.assert_allclose(probability[0] / probability[3], 0.1311 / 0.1189, rtol=0.02)
    plug_in = table.posterior(patients, dlts).plug_in[0]
    published = (0.1572, 0.2444, 0.3964, 0.5238, 0.6405, 0.7383, 0.8144, 0.8665)
    np.testing.assert_allclose(plug_in, published, rtol=0, atol=0.03)
    # The first of the orders that tie: P(DLT) rises with the treatment's number.
    assert np.all(np.diff(plug_in) > 0)


@pytest.mark.parametrize("by", ["most probable order", "average"])
def test_one_order_is_the_crm(by):
    curve = CURVES["power"]
    grids = (bd.DoseGrid((1, 3), "mg"), bd.DoseGrid((6, 9), "mg"))
    model = bd.models.PartialOrder(curve, SD, ((1, 2, 3, 4),), by=by)
    (table,) = bd.inference.tabulate_regimens(
        model, grids, bounds=(0.3,), max_patients=12, tolerances=(1e-6,)
    )
    crm = CRMModel(curve, SD).densities(bd.DoseGrid((1, 3, 6, 9), "mg"))
    (expected,) = refined_tables(crm, bounds=(0.3,), max_patients=12, tolerances=(1e-6,), plug_in=True)
    found, expected = table.posterior(PATIENTS, DLTS), expected.posterior(PATIENTS, DLTS)
    np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-12)
    np.testing.assert_allclose(found.prob_below, expected.prob_below, rtol=1e-12)
    if by == "most probable order":
        np.testing.assert_allclose(found.plug_in, expected.plug_in, rtol=1e-12)
