"""The whole trial graph of a BLRM: 6 doses, cohorts of 3, 36 patients, no early stopping, 20 scenarios.

The baseline of the ratios takes the same decisions from the same tables, one state at a time, which is
what a simulator that follows single trials does.
"""

import time

import attrs
import numpy as np

import bayesdose as bd
from bayesdose.designs.model_based import ModelBased
from bayesdose.simulation.ends import end_probabilities
from bayesdose.simulation.graph import TrialGraph

SCENARIOS = 20
STATES_ONE_BY_ONE = 500


def mil97_blrm() -> ModelBased:
    """MIL97's BLRM without its rule to stop at nine patients at a dose."""
    (design,) = bd.protocol_designs(bd.load_protocol("MIL97"), ["BLRM"]).values()
    assert isinstance(design, ModelBased)
    return attrs.evolve(design, stopping=bd.rules.LowestTooToxic(0.33, 0.35))


def scenario_seconds(graph: TrialGraph) -> float:
    """Seconds to push all scenarios' probability through the graph."""
    curves = np.sort(np.random.default_rng(1).random((SCENARIOS, len(graph.design.grid))), axis=1)
    prob_outcome = np.stack([1 - curves, curves], axis=-1)
    begun = time.perf_counter()
    end_probabilities(graph, prob_outcome)
    return time.perf_counter() - begun


class BLRMTrialGraph:
    timeout = 600

    def setup_cache(self):
        return mil97_blrm()

    def time_graph_and_20_scenarios(self, design):
        scenario_seconds(bd.trial_graph(design))

    def peakmem_graph(self, design):
        bd.trial_graph(design)

    def track_states(self, design):
        return bd.trial_graph(design).num_states

    def track_milliseconds_per_scenario(self, design):
        graph = bd.trial_graph(design)
        return min(scenario_seconds(graph) for _ in range(5)) / SCENARIOS * 1e3

    def track_ratio_to_one_state_at_a_time(self, design):
        """Seconds a state if each is decided alone, over seconds a state of the graph."""
        begun = time.perf_counter()
        graph = bd.trial_graph(design)
        graph_seconds = (time.perf_counter() - begun) / graph.num_states
        chosen = np.random.default_rng(1).choice(
            len(graph.final.counts), min(STATES_ONE_BY_ONE, len(graph.final.counts)), replace=False
        )
        level = np.zeros(1, dtype=int)
        begun = time.perf_counter()
        for counts in graph.final.counts[chosen]:
            design.recommend(bd.TrialState(counts[None], level, level))
        return (time.perf_counter() - begun) / len(chosen) / graph_seconds
