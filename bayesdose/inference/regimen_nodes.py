"""The nodes that two regimens with a two-parameter logistic curve each share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayesdose.grid import DoseGrid
from bayesdose.inference.box import NodeBox, find_box, widen_box
from bayesdose.inference.posterior import PosteriorTable
from bayesdose.inference.probes import probe_data
from bayesdose.inference.refined_tables import Plan, tabulate_box
from bayesdose.models.densities import Densities, check_settled
from bayesdose.models.mixture_prior import NormalMixture
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.numpy_densities import log_normal, logit_densities

__all__ = ["RegimenNodes", "covering"]


def covering(priors: Sequence[NormalPrior]) -> NormalMixture:
    """A mixture, in equal parts, that has mass wherever one of the priors has."""
    reference = priors[0].reference_dose
    parts = tuple(NormalPrior(prior.mean, prior.sd, reference, prior.correlation) for prior in priors)
    return NormalMixture((1 / len(parts),) * len(parts), parts)


@dataclass(frozen=True, eq=False)
class RegimenNodes:
    """Where both regimens' (log alpha, log beta) are tabulated, and with what.

    Parameters
    ----------
    box : NodeBox
        It holds the prior and, for every probe data set, each regimen's posterior.
    regimens : (Densities, Densities)
        Likelihoods of the two, with a prior that is flat.
    probes : (ndarray, ndarray)
        Patients and DLTs at all treatments of the data sets on which tables are checked.
    plan : Plan
        What the tables hold.
    """

    box: NodeBox
    regimens: tuple[Densities, Densities]
    probes: tuple[np.ndarray, np.ndarray]
    plan: Plan

    @classmethod
    def of(
        cls,
        grids: Sequence[DoseGrid],
        log_ratios: Sequence[np.ndarray],
        prior: NormalMixture,
        bounds: tuple[float, ...],
        max_patients: int,
        depth: float = 30.0,
    ) -> "RegimenNodes":
        """Nodes for two dose grids, for a prior that has mass wherever one of the regimens' has.

        Where the log density is more than `depth` below its largest value may lie outside.
        """
        number = [len(grid) for grid in grids]
        start, density = np.array(prior.mean), log_normal(prior)
        doses = [np.array(grid.values) for grid in grids]
        both = logit_densities(np.concatenate(doses), np.concatenate(log_ratios), start, density)
        check_settled(both)
        patients, dlts = probe_data(sum(number), max_patients)
        # Each regimen's data by themselves, and those of both as if its curve were the same.
        first = np.arange(sum(number)) < number[0]
        only = (first, ~first, first | ~first)
        box = widen_box(
            both,
            find_box(both, depth),
            np.concatenate([patients * kept for kept in only]),
            np.concatenate([dlts * kept for kept in only]),
            depth,
        )
        first, second = (
            logit_densities(one, ratio, start, lambda points: np.zeros(len(points)))
            for one, ratio in zip(doses, log_ratios, strict=True)
        )
        return cls(box, (first, second), (patients, dlts), Plan(bounds, max_patients))

    def tables(self, shape: tuple[int, ...]) -> tuple[PosteriorTable, PosteriorTable]:
        """A table of each regimen's likelihoods, on so many nodes in each direction."""
        first, second = (tabulate_box(one, self.box, shape, self.plan) for one in self.regimens)
        return first, second

    def steps(self, shape: tuple[int, ...]) -> tuple[float, ...]:
        """Distance of the nodes in each direction, in units of the box."""
        return tuple((self.box.upper - self.box.lower) / (np.array(shape) - 1))

    def cell(self, shape: tuple[int, ...]) -> float:
        """What a node stands for, in units of (log alpha, log beta)."""
        return float(abs(np.linalg.det(self.box.axes)) * np.prod(self.steps(shape)))

    def halfway(self, shape: tuple[int, ...]) -> np.ndarray:
        """(log alpha, log beta) at all nodes and halfway between them; shape (2 n - 1, 2 m - 1, 2)."""
        twice = tuple(2 * number - 1 for number in shape)
        _, u, _ = self.box.nodes(twice)
        return self.box.points(u).reshape(*twice, 2)
