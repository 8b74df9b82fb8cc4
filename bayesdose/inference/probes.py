"""Data sets on which a table's accuracy is checked."""

import numpy as np

__all__ = ["probe_data"]


def probe_data(num_doses: int, max_patients: int, number: int = 160) -> tuple[np.ndarray, np.ndarray]:
    """Trials of every kind, the narrow and the surprising ones among them.

    Returns
    -------
    patients, dlts : ndarray of int, shape (B, K)
        No patients; all patients at one dose with no DLT, with DLTs only and with a third; half at
        the lowest with DLTs only and half at the highest without (a curve that falls); and `number`
        random trials. Fixed: the same for every call.
    """
    # A fixed seed: the probes are part of the method, not a random input.
    rng = np.random.default_rng(19900310)
    concentrated = np.diag(np.full(num_doses, max_patients))
    contrary = np.zeros((1, num_doses), dtype=int)
    contrary[0, 0] += max_patients // 2
    contrary[0, -1] += max_patients - max_patients // 2
    contrary_dlts = np.where(np.arange(num_doses) == 0, contrary, 0)

    totals = rng.integers(1, max_patients + 1, size=number)
    occupancy = rng.dirichlet(np.full(num_doses, 0.4), size=number)
    patients = rng.multinomial(totals, occupancy)
    steepness = rng.uniform(0.0, 2.0, size=(number, 1))
    centre = rng.uniform(-1, num_doses, size=(number, 1))
    prob_dlt = 1 / (1 + np.exp(-steepness * (np.arange(num_doses) - centre)))
    dlts = rng.binomial(patients, prob_dlt)

    nobody = np.zeros((1, num_doses), dtype=int)
    return (
        np.concatenate([nobody, concentrated, concentrated, concentrated, contrary, patients]),
        np.concatenate([nobody, 0 * concentrated, concentrated, concentrated // 3, contrary_dlts, dlts]),
    )
