"""A trial graph as a dataset and as a file, to inspect it or to use it again."""

from pathlib import Path

import numpy as np
import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.designs.base import Design, design_hash
from bayesdose.errors import InputError
from bayesdose.files import check_file, write_atomically
from bayesdose.simulation.final_trials import FinalTrials
from bayesdose.simulation.graph import Layer, TrialGraph
from bayesdose.trial import StopReason

__all__ = ["graph_dataset", "load_graph", "save_graph"]

_EDGE, _STATE = ("parent", "level", "outcome"), ("child_start", "stops")


def graph_dataset(graph: TrialGraph) -> xr.Dataset:
    """All of a graph, labelled.

    Parameters
    ----------
    graph : TrialGraph
        The graph, from `trial_graph`.

    Returns
    -------
    xarray.Dataset
        ``parent``, ``level``, ``outcome`` (edge): position of the parent among the trials of the
        layer before that go on, level index, row of ``cohort_outcome`` (outcome, category).
        ``child_start``, ``stops`` (state): first edge of each state within its layer, and whether it ends
        the trial. ``layer_edges``, ``layer_states`` (cohort): how many of each a layer has.
        ``counts`` (end, dose, category), ``recommendation``, ``stop_reason``, ``cohorts`` (end): the ways in
        which trials end, `recommendation` an index or -1. Moderate toxicities count as none where the
        design has forgotten them, as a titration does when it is over. ``record`` (end, recorded): for a
        plan, the dose that the escalation found, then patients and DLTs of each later stage.
    """
    layers = graph.layers
    columns = {
        **{name: ("edge", np.concatenate([getattr(layer, name) for layer in layers])) for name in _EDGE},
        **{name: ("state", np.concatenate([getattr(layer, name) for layer in layers])) for name in _STATE},
        "layer_edges": ("cohort", [len(layer.parent) for layer in layers]),
        "layer_states": ("cohort", [len(layer.stops) for layer in layers]),
        "cohort_outcome": (("outcome_number", "category"), graph.outcomes),
        "counts": (("end", "dose", "category"), graph.final.counts),
        "recommendation": ("end", graph.final.recommendation),
        "stop_reason": ("end", graph.final.stop),
        "cohorts": ("end", graph.final.cohorts),
        "record": (("end", "recorded"), graph.final.record),
        "refined": ("refinement", list(graph.refined)),
    }
    return xr.Dataset(
        columns,
        coords={"dose": ("dose", list(graph.design.grid.values), {"units": graph.design.grid.unit})},
        attrs={
            "design_hash": design_hash(graph.design),
            "unsettled": graph.unsettled,
            "truncated": int(graph.truncated),
            "stop_reasons": [reason.value for reason in StopReason],
        },
    )


@checked
def save_graph(graph: TrialGraph, path: Path | str) -> None:
    """Write a graph to a netCDF file; the design itself is not in it, only its hash.

    Parameters
    ----------
    graph : TrialGraph
        The graph, from `trial_graph`.
    path : Path or str
        File to write; it is complete or not there.

    Raises
    ------
    InputError
        If the file cannot be written, or the graph closes doses.
    """
    if any(layer.closed is not None for layer in graph.layers):
        wanted = "one of trial_graph without closes=True: files hold whole counts"
        raise InputError("graph", got="a graph that closes doses", wanted=wanted)
    dataset = graph_dataset(graph)
    encoding = {name: {"zlib": True, "complevel": 1} for name in (*_EDGE, *_STATE, "counts")}
    write_atomically(
        Path(path), lambda temporary: dataset.to_netcdf(temporary, engine="h5netcdf", encoding=encoding)
    )


@checked
def load_graph(path: Path | str, design: Design) -> TrialGraph:
    """A graph that `save_graph` wrote.

    Parameters
    ----------
    path : Path or str
        The file.
    design : Design
        The design whose graph it is.

    Returns
    -------
    TrialGraph
        The graph as it was saved.

    Raises
    ------
    InputError
        If the file cannot be read or holds the graph of another design.
    """
    check_file(f"trial graph {path}", Path(path))
    try:
        with xr.open_dataset(path, engine="h5netcdf") as file:
            return _graph(file.load(), path, design)
    except InputError:
        raise
    # Files of something else lack names, or have arrays that do not fit together.
    except (OSError, LookupError, ValueError, TypeError) as error:
        raise InputError("trial graph", got=f"{path} ({error})", wanted="a file of `save_graph`") from error


def _graph(data: xr.Dataset, path: Path | str, design: Design) -> TrialGraph:
    """The graph that a file holds, if it is this design's."""
    found = data.attrs["design_hash"]
    if found != design_hash(design):
        raise InputError(
            "trial graph",
            got=f"{path}, the graph of a design with hash {found[:12]}",
            wanted=f"that of the given design, {design_hash(design)[:12]}",
            fix="Tables of other package versions or machines differ in their last bits: build it anew.",
        )
    if list(data.attrs["stop_reasons"]) != [reason.value for reason in StopReason]:
        raise InputError(
            "trial graph",
            got=f"{path} with other stop reasons",
            wanted="a file of this version",
            fix="Build it anew.",
        )
    edge_ends, state_ends = (np.cumsum(data[name].values)[:-1] for name in ("layer_edges", "layer_states"))
    edges = [np.split(data[name].values, edge_ends) for name in _EDGE]
    states = [
        np.split(data[name].values.astype(kind), state_ends)
        for name, kind in zip(_STATE, (int, bool), strict=True)
    ]
    return TrialGraph(
        design=design,
        outcomes=data["cohort_outcome"].values,
        layers=tuple(Layer(*parts) for parts in zip(*edges, *states, strict=True)),
        final=FinalTrials(
            *(data[name].values for name in ("counts", "recommendation", "stop_reason", "cohorts", "record"))
        ),
        refined=tuple(data["refined"].values.tolist()),
        unsettled=int(data.attrs["unsettled"]),
        truncated=bool(data.attrs["truncated"]),
    )
