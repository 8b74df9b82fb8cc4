"""The trial graph of MIL97's BLRM, against one posterior at a time with the same decisions."""

import time

import numpy as np

import bayesdose as bd
from bayesdose.inference.posterior import posterior


class BLRMTrialGraph:
    timeout = 300

    def setup_cache(self):
        design = bd.protocol_designs(bd.load_protocol("MIL97"), ["BLRM"])["BLRM"]
        return design

    def time_graph(self, design):
        bd.trial_graph(design)

    def track_states(self, design):
        return bd.trial_graph(design).num_states

    def track_batch_to_single_ratio(self, design):
        """Posteriors a second in a batch of 2000 over those taken one by one, same table."""
        rng = np.random.default_rng(1)
        patients = rng.multinomial(30, np.full(6, 1 / 6), size=2000)
        dlts = rng.binomial(patients, 0.2)
        begun = time.perf_counter()
        posterior(design.tables[0], patients, dlts)
        batch = time.perf_counter() - begun
        begun = time.perf_counter()
        for trial in range(200):
            posterior(design.tables[0], patients[trial : trial + 1], dlts[trial : trial + 1])
        return 10 * (time.perf_counter() - begun) / batch
