"""Graphs on disk: what comes back is what was written, and belongs to the design."""

import numpy as np
import pytest

from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import GraphTooLargeError, InputError
from bayesdose.grid import DoseGrid
from bayesdose.simulation.ends import end_probabilities
from bayesdose.simulation.graph import trial_graph
from bayesdose.simulation.graph_file import graph_dataset, load_graph, save_graph
from bayesdose.simulation.truncation import Truncation

DESIGN = ThreePlusThree(DoseGrid((1.0, 2.0, 4.0), "mg"), "deescalation")
PROB_OUTCOME = np.array([[[0.9, 0.1], [0.8, 0.2], [0.6, 0.4]]])


@pytest.mark.parametrize("truncation", [None, Truncation(PROB_OUTCOME, 0.01)])
def test_round_trip(tmp_path, truncation):
    graph = trial_graph(DESIGN, truncation=truncation)
    save_graph(graph, tmp_path / "graph.nc")
    again = load_graph(tmp_path / "graph.nc", DESIGN)
    assert graph_dataset(again).identical(graph_dataset(graph))
    assert np.array_equal(end_probabilities(again, PROB_OUTCOME), end_probabilities(graph, PROB_OUTCOME))
    assert (again.num_states, again.num_histories()) == (graph.num_states, graph.num_histories())
    assert again.truncated is (truncation is not None)


def test_a_graph_can_be_read_as_a_table():
    data = graph_dataset(trial_graph(DESIGN))
    # 118 histories of the de-escalating 3+3 on three doses (worked out by enumeration elsewhere).
    assert trial_graph(DESIGN).num_histories() == 118
    assert data["dose"].attrs["units"] == "mg"
    assert int(data["layer_states"].sum()) == data.sizes["state"] == trial_graph(DESIGN).num_states
    assert int(data["stops"].sum()) == data.sizes["end"]
    assert data["counts"].sum(("dose", "category")).max() <= DESIGN.max_patients


def test_the_graph_of_another_design_is_refused(tmp_path):
    save_graph(trial_graph(DESIGN), tmp_path / "graph.nc")
    with pytest.raises(InputError, match="the graph of a design with hash"):
        load_graph(tmp_path / "graph.nc", ThreePlusThree(DESIGN.grid, "no-deescalation"))
    (tmp_path / "other.nc").write_text("no graph")
    with pytest.raises(InputError, match="trial graph: got .*other.nc"):
        load_graph(tmp_path / "other.nc", DESIGN)
    with pytest.raises(InputError, match="trial graph .*missing.nc: got .No such file"):
        load_graph(tmp_path / "missing.nc", DESIGN)


def test_a_graph_that_does_not_fit_is_refused_with_an_estimate():
    design = ThreePlusThree(DoseGrid.of_levels(6), "deescalation")
    with pytest.raises(
        GraphTooLargeError,
        match=r"after \d+% of the patients it has \d+ states, .* of the 0.0 GiB that it may take; all of it "
        r"would need some \d+ GiB. Leave out rare",
    ):
        trial_graph(design, memory_budget=30_000)
    assert trial_graph(design, memory_budget=30_000_000).num_states > 400
