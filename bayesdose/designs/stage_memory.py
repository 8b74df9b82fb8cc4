"""What the phase of a plan's later stage holds: a state has counts and no history."""

import numpy as np

__all__ = ["LARGEST_MEMORY", "from_phase", "radices", "to_phase"]

# What a phase holds has to fit in 63 bits, one of which tells it from the escalation's.
LARGEST_MEMORY = 2**62


def radices(stages: int, num_doses: int, max_patients: int) -> tuple[int, ...]:
    """One more than the largest number of each column of a memory.

    They are the number of the stage, the level number that the escalation found, for each stage the patients
    and DLTs of the trial before it, those that the present dose had when the stage came to it, and of a trial
    whose other doses are closed the dose that it would take on in place of the present one (its level number
    plus 1; 1 for none) and the patients and DLTs of those doses.
    """
    return (
        stages + 1,
        num_doses + 1,
        *[max_patients + 1] * (2 * stages + 2),
        num_doses + 2,
        *[max_patients + 1] * 2,
    )


def from_phase(phase: np.ndarray, radices: tuple[int, ...]) -> np.ndarray:
    """What phases hold, shape (B, columns); zeros in the escalation, whose phases are even."""
    rest = np.where(phase % 2 == 1, phase // 2, 0)
    columns = []
    for radix in reversed(radices):
        rest, column = np.divmod(rest, radix)
        columns.append(column)
    return np.stack(columns[::-1], axis=1)


def to_phase(memory: np.ndarray, radices: tuple[int, ...]) -> np.ndarray:
    """The phases that hold memories, shape (B,).

    Examples
    --------
    >>> kept = np.array([[1, 3, 9, 1, 3, 0, 0, 0, 0]])
    >>> from_phase(to_phase(kept, radices(1, 5, 30)), radices(1, 5, 30)).tolist()
    [[1, 3, 9, 1, 3, 0, 0, 0, 0]]
    """
    code = np.zeros(len(memory), dtype=int)
    for column, radix in zip(memory.T, radices, strict=True):
        code = code * radix + column
    return 2 * code + 1
