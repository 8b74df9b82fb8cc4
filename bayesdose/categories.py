"""The categories in which a design counts patients, and their letters in the outcome notation.

Two: without and with a DLT. Three: the first split by moderate toxicity. Four: both split by response, or by
any other sign of activity that a patient has or has not, such as a target that is saturated.
"""

import numpy as np

from bayesdose.short_rows import across

__all__ = ["LETTERS", "MEANINGS", "NAMES", "dlts_in", "responses_in"]

# By the number of categories, in the order of counts.
LETTERS = {2: "NT", 3: "NMT", 4: "NEBT"}
NAMES = {
    2: ("none", "DLT"),
    3: ("none", "moderate", "DLT"),
    4: ("none", "response", "response and DLT", "DLT"),
}
# What the letters mean, for a line below a table or figure.
MEANINGS = {
    number: ", ".join(f"{letter} {name}" for letter, name in zip(LETTERS[number], NAMES[number], strict=True))
    for number in LETTERS
}


def dlts_in(counts: np.ndarray) -> np.ndarray:
    """Patients with a DLT, shape (...), from counts in categories, shape (..., C).

    Examples
    --------
    >>> dlts_in(np.array([[2, 0, 1], [2, 1, 3]])).tolist(), dlts_in(np.array([5, 1, 1, 2])).tolist()
    ([1, 3], 3)
    """
    return counts[..., -1] if counts.shape[-1] < 4 else counts[..., 2] + counts[..., 3]


def responses_in(counts: np.ndarray) -> np.ndarray:
    """Patients with a response, shape (...), from counts in four categories, shape (..., 4); else of zeros.

    Examples
    --------
    >>> responses_in(np.array([5, 1, 1, 2])).tolist()
    2
    """
    return counts[..., 1] + counts[..., 2] if counts.shape[-1] == 4 else across(np.add, 0 * counts)
