"""Priors of MIL97 and IMM01 from analogues under several assumed allocations.

    python -m benchmarks.historical.run docs

Writes `historical.csv` (prior quantiles of P(DLT) by case, prior and dose) and
`mil97-priors.png` (exact operating characteristics of MIL97's BLRM under each prior) to the folder.
"""

import argparse
import csv
from pathlib import Path

import numpy as np

from bayesdose.designs.base import Design
from bayesdose.grid import DoseGrid
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.prior import Prior
from bayesdose.plots.sensitivity import plot_sensitivity
from bayesdose.priors.meta_analytic import map_prior
from bayesdose.priors.prob_dlt_moments import prob_dlt_quantiles
from bayesdose.priors.robust import robustify
from bayesdose.protocols.designs import protocol_designs, protocol_prior
from bayesdose.protocols.load import load_protocol
from bayesdose.protocols.protocol import Protocol
from bayesdose.scenarios.library import builtin_scenarios
from bayesdose.simulation.sensitivity import prior_sensitivity
from benchmarks.historical.cases import CASES, HETEROGENEITY, ROBUST_WEIGHT, Case, vague

SEED = 20140304
QUANTILES = (0.025, 0.5, 0.975)


def main() -> None:
    parser = argparse.ArgumentParser(description="Priors from analogues under assumed allocations.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    rows = []
    for case in CASES:
        protocol = load_protocol(case.protocol)
        grid = protocol.grid.value
        priors = case_priors(case, protocol)
        for name, (prior, distance, error) in priors.items():
            for label, quantiles in zip(grid.labels, prior_quantiles(prior, grid), strict=True):
                numbers = [f"{value:.4f}" for value in (*quantiles, distance, error)]
                rows.append([case.protocol, case.analogue, name, label, *numbers])
        if case.protocol == "MIL97":
            sensitivity({name: prior for name, (prior, _, _) in priors.items()}, protocol, folder)
    header = [
        "protocol",
        "analogue",
        "prior",
        "dose",
        "q2.5",
        "median",
        "q97.5",
        "distance",
        "sampling error",
    ]
    with (folder / "historical.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def case_priors(case: Case, protocol: Protocol) -> dict[str, tuple[Prior, float, float]]:
    """The protocol's own prior and the analogue's: (prior, distance of mixture to MAP, sampling error)."""
    grid = protocol.grid.value
    own = protocol_prior(protocol)
    assert isinstance(own, NormalPrior), "the protocols' priors are normal"
    priors: dict[str, tuple[Prior, float, float]] = {"protocol's own": (own, 0.0, 0.0)}
    for number, allocation in enumerate(case.allocations):
        trial = case.trial(allocation, own.reference_dose)
        found = map_prior(grid, [trial], own, HETEROGENEITY, rng=SEED)
        record = float(found.distance.max()), found.sampling_error
        robust = robustify(found.prior, ROBUST_WEIGHT, vague(own.reference_dose))
        priors[f"robust MAP, {allocation}"] = (robust, *record)
        if number == 0:
            priors[f"MAP, {allocation}"] = (found.prior, *record)
    return priors


def prior_quantiles(prior: Prior, grid: DoseGrid) -> np.ndarray:
    """Prior quantiles of P(DLT), shape (K, 3)."""
    log_ratio = np.log(np.array(grid.values) / prior.reference_dose)
    repeated = np.repeat(log_ratio, len(QUANTILES))
    return prob_dlt_quantiles(prior, repeated, np.tile(QUANTILES, len(grid))).reshape(len(grid), -1)


def sensitivity(priors: dict[str, Prior], protocol: Protocol, folder: Path) -> None:
    """The figure of exact operating characteristics."""
    grid, rule = protocol.grid.value, protocol.mtd_rule.value

    def build(prior: Prior) -> Design:
        return protocol_designs(protocol, ["BLRM"], prior=prior)["BLRM"]

    result = prior_sensitivity(priors, build, builtin_scenarios(grid, rule), mtd_rule=rule)
    note = (
        "MIL97 with a prior from the analogue CDX-1140. ASSUMED: that it is an analogue, its counts at each "
        "dose, the heterogeneity, the robust weight, MIL97's MTD rule and the BLRM itself."
    )
    plot_sensitivity(result, note=note).savefig(folder / "mil97-priors.png", dpi=110)
    names = ["correct_selection", "overdose_selection", "proportion_overdosed", "expected_sample_size"]
    print(result[names].to_dataframe().round(3).to_string())


if __name__ == "__main__":
    main()
