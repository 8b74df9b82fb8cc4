"""What several test files need: reference data, designs on small grids, exact results."""

import atexit
import csv
import json
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from bayesdose.designs.blrm import blrm
from bayesdose.designs.model_based import ModelBased
from bayesdose.grid import DoseGrid
from bayesdose.inference.posterior import PosteriorTable
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.rules.admissible import EWOC
from bayesdose.rules.increments import NO_SKIPPING
from bayesdose.rules.next_dose import MaxTargetProbability
from bayesdose.rules.stopping import PatientsAtDose
from bayesdose.simulation.ends import end_probabilities
from bayesdose.simulation.graph import trial_graph

# How long the first random text takes says how busy a machine is: its table of letters is made then.
settings.register_profile("any machine", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("any machine")

# Before any design is made: tests keep tables for each other, and neither use nor fill the user's folder. The
# worker processes of a run inherit it.
if "BAYESDOSE_CACHE" not in os.environ:
    os.environ["BAYESDOSE_CACHE"] = tempfile.mkdtemp(prefix="bayesdose-tests-")
    atexit.register(shutil.rmtree, os.environ["BAYESDOSE_CACHE"], ignore_errors=True)

_GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="session")
def golden():
    """Reads a file of tests/golden; its README.md says where each comes from."""

    def read(name):
        path = _GOLDEN / name
        if path.suffix == ".json":
            return json.loads(path.read_text(encoding="utf-8"))
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    return read


class Exact:
    """Exact selection probabilities (none first), patients and DLTs per dose on one curve."""

    def __init__(self, design, prob_dlt):
        self.graph = trial_graph(design)
        prob_dlt = np.asarray(prob_dlt, dtype=float)
        curve = np.stack([1 - prob_dlt, prob_dlt], axis=1)[None]
        self.weights = end_probabilities(self.graph, curve)[0]
        final = self.graph.final
        self.selection = np.bincount(final.recommendation + 1, self.weights, minlength=len(prob_dlt) + 1)
        self.patients = np.einsum("t,tk->k", self.weights, final.counts.sum(axis=-1))
        self.dlts = np.einsum("t,tk->k", self.weights, final.counts[..., -1])


@pytest.fixture(scope="session")
def exact():
    """Runs the exact engine on one design and one curve."""
    return Exact


@pytest.fixture(scope="session")
def discrete_blrm():
    """Makes a BLRM whose model is a few curves with prior weights, so that Bayes' rule is done by hand."""

    def make(curves, weights, *, max_patients, cap=0.25, target=(0.16, 0.33), error=0.0, **settings):
        curves = np.asarray(curves, dtype=float)  # (M, K)
        below = (curves[:, :, None] < np.array(target)).reshape(len(curves), -1)
        table = PosteriorTable(
            log_prior=np.log(weights),
            log_cells=np.log(np.concatenate([curves, 1 - curves], axis=1).T),
            features=np.concatenate([np.ones((len(curves), 1)), curves, curves**2, below], axis=1),
            bounds=target,
            max_patients=max_patients,
            error=error,
        )
        return ModelBased(
            grid=DoseGrid.of_levels(curves.shape[1]),
            tables=(table,),
            admissible=EWOC(bound=target[1], cap=cap),
            next_dose=MaxTargetProbability(*target),
            max_patients=max_patients,
            **settings,
        )

    return make


@pytest.fixture(scope="session")
def make_blrm():
    """Makes the published BLRM on four doses with at most 15 patients, with other settings if given."""

    def make(**settings):
        published = {"stop_cap": None, "increments": NO_SKIPPING}
        return blrm(
            DoseGrid((1.0, 2.5, 5.0, 10.0), "mg"),
            NormalPrior(mean=(-1.4, 0.0), sd=(1.5, 0.7), reference_dose=10.0, correlation=-0.2),
            **{
                "target_interval": (0.16, 0.33),
                "ewoc_cap": 0.25,
                "max_patients": 15,
                **published,
                **settings,
            },
        )

    return make


@pytest.fixture(scope="session")
def small_blrm(make_blrm):
    """The BLRM on four doses with the usual ladder of tables."""
    return make_blrm(stopping=PatientsAtDose(9))
