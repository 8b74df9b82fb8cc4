"""Exact posteriors at the default tolerance (1e-6 on interval probabilities): 6 doses, 36 patients.

Two baselines, in the same run: NUTS, compiled once and fed each data set (4 chains of 1000 draws), and
the same table one data set at a time.
"""

import time

import numpy as np

import bayesdose as bd
from bayesdose.inference.posterior import posterior
from bayesdose.protocols.designs import protocol_model

# That of the protocols' BLRM.
TARGET_INTERVAL = (0.16, 0.33)
BATCH = 4000
NUTS_FITS = 3
ONE_BY_ONE = 300


def seconds(work) -> float:
    """Best of three, on one BLAS thread."""
    from threadpoolctl import threadpool_limits

    taken = []
    with threadpool_limits(1):
        for _ in range(3):
            begun = time.perf_counter()
            work()
            taken.append(time.perf_counter() - begun)
    return min(taken)


class ExactPosterior:
    timeout = 600

    def setup_cache(self):
        protocol = bd.load_protocol("MIL97")
        (table,) = bd.tabulate(protocol_model(protocol), bounds=TARGET_INTERVAL, max_patients=36)
        rng = np.random.default_rng(1)
        patients = rng.multinomial(30, np.full(6, 1 / 6), size=BATCH)
        return table, patients, rng.binomial(patients, 0.2)

    def _per_second(self, table, patients, dlts) -> float:
        return len(patients) / seconds(lambda: posterior(table, patients, dlts))

    def track_posteriors_per_second(self, cache):
        return self._per_second(*cache)

    def track_ratio_to_one_at_a_time(self, cache):
        table, patients, dlts = cache

        def one_by_one():
            for row in range(ONE_BY_ONE):
                posterior(table, patients[row : row + 1], dlts[row : row + 1])

        return self._per_second(*cache) * seconds(one_by_one) / ONE_BY_ONE

    def track_ratio_to_nuts(self, cache):
        _, patients, dlts = cache
        model = protocol_model(bd.load_protocol("MIL97"))
        data = [bd.Outcomes.from_counts(n, y) for n, y in zip(patients[:NUTS_FITS], dlts, strict=False)]
        bd.fit(model, data[0], rng=1)  # compiles
        begun = time.perf_counter()
        for outcomes in data:
            bd.fit(model, outcomes, rng=1)
        return self._per_second(*cache) * (time.perf_counter() - begun) / NUTS_FITS

    def time_tabulate(self, cache):
        protocol = bd.load_protocol("MIL97")
        bd.tabulate(protocol_model(protocol), bounds=TARGET_INTERVAL, max_patients=36)
