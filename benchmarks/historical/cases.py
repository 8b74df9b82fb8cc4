"""Analogues of MIL97 and IMM01: what was published, and what had to be assumed to use it.

For both analogues only totals are published: how many patients, how many DLTs, and at which dose. The
counts at each dose are ASSUMED, in several ways that all agree with the totals, to show how far the
prior depends on the assumption. None of them is a fact about the trial.
"""

import math
from dataclasses import dataclass

from bayesdose.grid import DoseGrid
from bayesdose.models.earlier_trials import Heterogeneity, HistoricalTrial
from bayesdose.models.normal_prior import NormalPrior

__all__ = ["CASES", "HETEROGENEITY", "ROBUST_WEIGHT", "Case", "vague"]

# Assumed: another compound is far from the same trial again, so "substantial" heterogeneity, and one
# chance in five that the analogue says nothing.
HETEROGENEITY = Heterogeneity(median=(0.5, 0.25))
ROBUST_WEIGHT = 0.2


@dataclass(frozen=True)
class Case:
    """One protocol and its analogue.

    `published_patients`, `published_dlts` and `published_dlt_dose` are the published totals; the
    `allocations` of patients to doses are assumed. The reference dose of the protocol is taken to
    correspond to the same dose of the analogue, mg/kg for mg/kg, which is assumed too.
    """

    protocol: str
    analogue: str
    citation: str
    grid: DoseGrid
    assumed_doses: tuple[float, ...]
    published_patients: int
    published_dlts: int
    published_dlt_dose: float | None
    allocations: dict[str, tuple[int, ...]]

    def trial(self, allocation: str, reference_dose: float) -> HistoricalTrial:
        """The analogue under one assumed allocation."""
        dlts = [0] * len(self.grid)
        if self.published_dlt_dose is not None:
            dlts[self.grid.index(self.published_dlt_dose)] = self.published_dlts
        name = f"{self.analogue} (analogue; counts at each dose ASSUMED: {allocation})"
        return HistoricalTrial(name, self.grid, self.allocations[allocation], tuple(dlts), reference_dose)


def vague(reference_dose: float) -> NormalPrior:
    """A weakly informative prior as in OncoBayes2's examples: median 1/3 at the reference dose."""
    origin = "logit P(DLT) at the reference dose N(logit 1/3, 2), log slope N(0, 1)"
    return NormalPrior((math.log(0.5), 0.0), (2.0, 1.0), reference_dose, origin=origin)


CASES = (
    Case(
        protocol="MIL97",
        analogue="CDX-1140",
        citation="meeting abstract on trial NCT03329950: every 4 weeks, 0.01 to 3 mg/kg planned, 3+3 with "
        "single patients in the first two cohorts; 18 patients at 0.01 to 0.72 mg/kg, 1 DLT, at 0.18 mg/kg",
        grid=DoseGrid((0.01, 0.03, 0.09, 0.18, 0.36, 0.72), "mg/kg"),
        # 0.09 mg/kg is named as the first dose of the combination part.
        assumed_doses=(0.03, 0.36),
        published_patients=18,
        published_dlts=1,
        published_dlt_dose=0.18,
        allocations={
            # The rule needs 17 patients; the one more is put at the highest dose.
            "by its 3+3": (1, 1, 3, 6, 3, 4),
            "most at the lowest": (13, 1, 1, 1, 1, 1),
            "most at the DLT's dose": (1, 1, 1, 13, 1, 1),
            "most at the highest": (1, 1, 1, 1, 1, 13),
        },
    ),
    Case(
        protocol="IMM01",
        analogue="IMM0306",
        citation="meeting abstract 7060 on trial NCT05805943: once weekly, DLT window 28 days, 8 doses; 48 "
        "patients, no DLT, recommended phase II dose 2.0 mg/kg",
        grid=DoseGrid((0.04, 0.1, 0.25, 0.5, 0.8, 1.2, 1.6, 2.0), "mg/kg"),
        assumed_doses=(),
        published_patients=48,
        published_dlts=0,
        published_dlt_dose=None,
        allocations={
            "evenly": (6, 6, 6, 6, 6, 6, 6, 6),
            "3 a dose, rest at the highest": (3, 3, 3, 3, 3, 3, 3, 27),
            "most at the lowest": (41, 1, 1, 1, 1, 1, 1, 1),
            "most at the highest": (1, 1, 1, 1, 1, 1, 1, 41),
        },
    ),
)
