"""Interval probabilities of the package's tables against independent quadrature.

Nothing of the package's quadrature is used for the reference: the density is written out below from the
formula of the model and integrated over other variables by Gauss-Legendre panels; a tenth of those
references are integrated again by scipy's adaptive cubature (Gauss-Kronrod).

    python benchmarks/accuracy/run.py --out docs/accuracy.csv
"""

import argparse
import csv
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from scipy.integrate import cubature
from scipy.special import logit
from threadpoolctl import threadpool_limits

from bayesdose.grid import DoseGrid
from bayesdose.inference.posterior import posterior
from bayesdose.inference.table import tabulate
from bayesdose.models.logistic import two_parameter_logistic
from bayesdose.models.normal_prior import NormalPrior

TOLERANCE = 1e-6
MAX_PATIENTS = 100
BOUNDS = (0.16, 0.33)
REFERENCE_DOSE = 20.0
GRIDS = {
    "6 doses": DoseGrid((1, 2.5, 5, 10, 20, 40), unit="mg"),
    "15 doses": DoseGrid((0.5, 1, 2, 3, 4, 6, 8, 10, 12.5, 15, 20, 25, 30, 40, 60), unit="mg"),
}
PRIORS = {
    "wide": NormalPrior((-1.1, 0.0), (2.0, 1.0), REFERENCE_DOSE),
    "narrow": NormalPrior((-1.1, 0.0), (0.5, 0.25), REFERENCE_DOSE),
    "correlation 0.95": NormalPrior((-1.1, 0.0), (2.0, 1.0), REFERENCE_DOSE, correlation=0.95),
    "correlation -0.5": NormalPrior((-1.1, 0.0), (2.0, 1.0), REFERENCE_DOSE, correlation=-0.5),
}
# The bulk of a posterior: where the density is above exp(-34) = 2e-15 of its maximum.
_DEPTH = 34.0


def data_sets(num_doses: int, number: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Random trials of 1 to 100 patients; a tenth of them without DLT, a tenth with DLTs only.

    Returns
    -------
    patients, dlts : ndarray of int, shape (number, K)
    """
    rng = np.random.default_rng(seed)
    totals = np.rint(np.exp(rng.uniform(0, math.log(MAX_PATIENTS), number))).astype(int)
    totals[:2] = 1, MAX_PATIENTS
    occupancy = rng.dirichlet(np.full(num_doses, 0.5), number)
    patients = rng.multinomial(totals, occupancy)
    dlts = rng.binomial(patients, np.sort(rng.uniform(0, 1, (number, num_doses)), axis=1))
    tenth = max(1, number // 10)
    dlts[1 : 1 + tenth] = 0
    dlts[1 + tenth : 1 + 2 * tenth] = patients[1 + tenth : 1 + 2 * tenth]
    return patients, dlts


@dataclass(frozen=True)
class Density:
    """The unnormalised posterior of one data set, over (log alpha, log beta), and where its bulk lies.

    Parameters
    ----------
    log_ratio : ndarray, shape (K,)
        ``log(dose / reference dose)``.
    log_density : callable
        Of log alpha and log beta, broadcast against each other.
    shear, low, high, peak, mass
        The bulk is the box from `low` to `high` in (log alpha - shear * log beta, log beta); there the
        log density is at most `peak`, and the integral of ``exp(log_density - peak)`` is about `mass`.
    """

    log_ratio: np.ndarray
    log_density: Callable[[np.ndarray, np.ndarray], np.ndarray]
    shear: float
    low: np.ndarray
    high: np.ndarray
    peak: float
    mass: float

    @classmethod
    def of(cls, grid: DoseGrid, prior: NormalPrior, patients: np.ndarray, dlts: np.ndarray) -> "Density":
        log_ratio = np.log(np.array(grid.values) / prior.reference_dose)
        treated = patients > 0
        x, n, y = log_ratio[treated], patients[treated], dlts[treated]
        (m1, m2), (s1, s2), r = prior.mean, prior.sd, prior.correlation

        def log_density(log_alpha: np.ndarray, log_beta: np.ndarray) -> np.ndarray:
            z1, z2 = (log_alpha - m1) / s1, (log_beta - m2) / s2
            total = -0.5 * (z1 * z1 - 2 * r * z1 * z2 + z2 * z2) / (1 - r * r)
            slope = np.exp(log_beta)
            for ratio, number, with_dlt in zip(x, n, y, strict=True):
                eta = log_alpha + slope * ratio
                log_one_plus_exp = np.maximum(eta, 0) + np.log1p(np.exp(-np.abs(eta)))
                total = total + with_dlt * eta - number * log_one_plus_exp
            return total

        return cls(log_ratio, log_density, *_bulk(log_density, prior))

    def below(self, points: np.ndarray, dose: np.ndarray, bound: np.ndarray) -> np.ndarray:
        """Integrand of the total and of J regions ``P(DLT at dose) < bound``, shape (M, 1 + J).

        A point is (share, log beta): a linear map takes share 0 to the lower end of the bulk in log
        alpha, and share 1 to the cut ``logit(bound) - exp(log beta) * log_ratio`` (for the total, and
        for a cut beyond the bulk, to its upper end, where the density is exp(-34) of its peak).
        """
        share, log_beta = points.T
        shift = self.shear * log_beta
        cut = logit(bound) - np.exp(log_beta)[:, None] * self.log_ratio[dose] - shift[:, None]
        top = np.clip(cut, self.low[0], self.high[0])
        top = np.column_stack([np.full(len(points), self.high[0]), top])
        length = top - self.low[0]
        log_alpha = self.low[0] + share[:, None] * length + shift[:, None]
        return length * np.exp(self.log_density(log_alpha, log_beta[:, None]) - self.peak)


def by_gauss_legendre(density: Density, inner: int = 96, panels: int = 40, order: int = 12) -> np.ndarray:
    """``P(P(DLT) < bound)``, shape (K, bounds): `order` nodes on each panel of log beta, `inner` below it."""
    dose, column = (index.ravel() for index in np.indices((len(density.log_ratio), len(BOUNDS))))
    bound = np.array(BOUNDS)[column]
    share, share_weight = np.polynomial.legendre.leggauss(inner)
    outer, outer_weight = np.polynomial.legendre.leggauss(order)
    edges = np.linspace(density.low[1], density.high[1], panels + 1)
    half = (edges[1] - edges[0]) / 2
    weight = np.outer(share_weight, outer_weight).ravel()
    total = np.zeros(1 + len(dose))
    for left in edges[:-1]:
        first, second = np.meshgrid((share + 1) / 2, left + half * (outer + 1), indexing="ij")
        total += weight @ density.below(np.stack([first.ravel(), second.ravel()], axis=1), dose, bound)
    return (total[1:] / total[0]).reshape(-1, len(BOUNDS))


def by_cubature(density: Density, dose: int) -> tuple[np.ndarray, float, str]:
    """The same at one dose by scipy's adaptive cubature, with its error estimate and status."""
    goal: Any = 4e-9 * density.mass  # scipy's default of 0 would be taken for the type
    result = cubature(
        lambda points: density.below(points, np.full(len(BOUNDS), dose), np.array(BOUNDS)),
        [0.0, density.low[1]],
        [1.0, density.high[1]],
        rule="gk21",
        rtol=0,
        atol=goal,
    )
    whole, parts = result.estimate[0], result.estimate[1:]
    # The error of a ratio below one is at most the sum of both errors.
    return parts / whole, 2 * float(np.max(result.error)) / whole, result.status


def _bulk(log_density, prior: NormalPrior) -> tuple[float, np.ndarray, np.ndarray, float, float]:
    """Shear, ends of the box of (log alpha - shear log beta, log beta), peak and rough mass inside."""
    low = np.array(prior.mean) - 20 * np.array(prior.sd)
    high = np.array(prior.mean) + 20 * np.array(prior.sd)
    # exp(log beta) must not overflow; the prior has no mass there.
    high[1] = min(high[1], 12.0)
    shear = 0.0
    for last in (False, False, False, True):
        sides = [np.linspace(a, b, 301) for a, b in zip(low, high, strict=True)]
        first, second = np.meshgrid(*sides, indexing="ij")
        values = log_density(first + shear * second, second)
        peak = float(values.max())
        inside = values > peak - _DEPTH
        step = np.array([sides[0][1] - sides[0][0], sides[1][1] - sides[1][0]])
        weights = np.exp(values - peak)
        mass = float(weights.sum() * step.prod())
        log_alpha, log_beta = (first + shear * second)[inside], second[inside]
        new_shear = shear
        if not last:
            share = weights[inside] / weights[inside].sum()
            centred = log_beta - share @ log_beta
            new_shear = float((share @ (log_alpha * centred)) / (share @ centred**2))
        moved = log_alpha - new_shear * log_beta
        margin = 2 * step + np.array([abs(new_shear - shear) * step[1], 0])
        shear = new_shear
        low = np.array([moved.min(), log_beta.min()]) - margin
        high = np.array([moved.max(), log_beta.max()]) + margin
    return shear, low, high, peak, mass


def study(number: int) -> list[dict]:
    """One row a grid and prior, `number` data sets in all."""
    rows = []
    groups = [(grid, prior) for grid in GRIDS for prior in PRIORS]
    for seed, (grid_name, prior_name) in enumerate(groups):
        grid, prior = GRIDS[grid_name], PRIORS[prior_name]
        size = len(range(seed, number, len(groups)))
        begun = time.perf_counter()
        (table,) = tabulate(
            two_parameter_logistic(grid, prior),
            bounds=BOUNDS,
            max_patients=MAX_PATIENTS,
            tolerances=(TOLERANCE,),
        )
        built = time.perf_counter()
        patients, dlts = data_sets(len(grid.values), size, seed)
        found = posterior(table, patients, dlts).prob_below
        densities = [Density.of(grid, prior, n, y) for n, y in zip(patients, dlts, strict=True)]
        expected = np.array([by_gauss_legendre(density) for density in densities])
        coarser = np.array([by_gauss_legendre(density, 80, 30, 12) for density in densities])
        adaptive, doses = [], np.random.default_rng(seed).integers(len(grid.values), size=size)
        for density, dose, row in list(zip(densities, doses, expected, strict=True))[::10]:
            value, error, status = by_cubature(density, dose)
            adaptive.append((np.abs(value - row[dose]).max(), error, status == "converged"))
        apart, estimate, converged = map(np.array, zip(*adaptive, strict=True))
        errors = np.abs(found - expected).max(axis=(1, 2))
        worst = int(errors.argmax())
        rows.append(
            {
                "grid": grid_name,
                "prior": prior_name,
                "data_sets": size,
                "nodes": " x ".join(map(str, table.shape)),
                "claimed_error": f"{table.error:.1e}",
                "median_error": f"{np.median(errors):.1e}",
                "worst_error": f"{errors[worst]:.1e}",
                "above_1e-6": int((errors > TOLERANCE).sum()),
                "reference_two_orders": f"{np.abs(expected - coarser).max():.1e}",
                "cubature_runs": f"{len(apart)}",
                "cubature_converged": int(converged.sum()),
                "cubature_own_error": f"{estimate.max():.1e}",
                "reference_to_cubature": f"{apart.max():.1e}",
                "worst_patients": " ".join(map(str, patients[worst])),
                "worst_dlts": " ".join(map(str, dlts[worst])),
            }
        )
        print(
            f"{grid_name}, {prior_name}: table {built - begun:.1f} s, {size} references "
            f"{time.perf_counter() - built:.1f} s",
            file=sys.stderr,
            flush=True,
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description="Accuracy of tabulated posteriors.")
    parser.add_argument("--number", type=int, default=1000, help="data sets in all")
    parser.add_argument("--out", type=Path, help="csv file to write")
    arguments = parser.parse_args()
    with threadpool_limits(1):
        rows = study(arguments.number)
    shown = [name for name in rows[0] if not name.startswith("worst_") or name == "worst_error"]
    print("| " + " | ".join(name.replace("_", " ") for name in shown) + " |")
    print("|" + "---|" * len(shown))
    for row in rows:
        print("| " + " | ".join(str(row[name]) for name in shown) + " |")
    print(", ".join(f"{name} {version(name)}" for name in ("bayesdose", "pymc", "numpy", "scipy")))
    if arguments.out:
        with arguments.out.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
