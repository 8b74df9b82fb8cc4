"""Dose transition pathways as people read them: outcomes of cohorts, and marks for reasons to stop."""

import numpy as np
import xarray as xr

from bayesdose.categories import LETTERS
from bayesdose.trial import StopReason

__all__ = ["cohort_labels", "stop_marks"]


def stop_marks(result: xr.Dataset) -> dict[str, str]:
    """A letter for each reason for which some pathway stops, in the order of `StopReason`.

    Parameters
    ----------
    result : xarray.Dataset
        Result of `pathways`.
    """
    found = set(result["stop_reason"].values.tolist()) - {StopReason.GOES_ON.value}
    reasons = [reason.value for reason in StopReason if reason.value in found]
    return dict(zip(reasons, "abcdefghijklmnopqrstuvwxyz", strict=False))


def cohort_labels(result: xr.Dataset) -> np.ndarray:
    """Outcomes of each cohort as people read them, empty where there is no cohort.

    Parameters
    ----------
    result : xarray.Dataset
        Result of `pathways`.

    Returns
    -------
    ndarray of str, shape (P, D)
        DLTs of patients, such as "1/3", or letters such as "NMT" where moderate toxicity or response counts.
    """
    counts = result["patients_with"].transpose("pathway", "cohort", "outcome").values
    letters = LETTERS[counts.shape[2]] if counts.shape[2] > 2 else ""
    distinct, place = np.unique(counts.reshape(-1, counts.shape[2]), axis=0, return_inverse=True)
    texts = [
        "".join(letter * number for letter, number in zip(letters, row, strict=True))
        if letters
        else f"{row[1]}/{sum(row)}" * (sum(row) > 0)
        for row in distinct.tolist()
    ]
    return np.array(texts)[place].reshape(counts.shape[:2])
