"""Decision tables as protocols print them: for each number of patients, where the decision changes."""

from collections.abc import Sequence

from bayesdose.errors import InputError

__all__ = ["BOUNDARY_ROWS", "boundaries_as_text", "rows_from_boundaries"]

# What each row of the printed table says, by the letter of its decision.
BOUNDARY_ROWS = {"E": "escalate if DLTs <=", "D": "de-escalate if DLTs >=", "U": "eliminate if DLTs >="}


def rows_from_boundaries(
    patients: Sequence[int],
    escalate: Sequence[int | None],
    deescalate: Sequence[int | None],
    eliminate: Sequence[int | None],
) -> tuple[str, ...]:
    """Rows of a `DecisionTable` from the numbers of DLTs at which its decisions change.

    Raises
    ------
    InputError
        If there is not one number for each number of patients, these are not whole numbers that increase, or
        a decision is milder with more DLTs.
    """
    boundaries = {"escalate": escalate, "deescalate": deescalate, "eliminate": eliminate}
    if list(patients) != sorted(set(patients)) or min(patients, default=0) < 1:
        wanted = "numbers of patients that increase, from 1"
        raise InputError("decision boundaries, patients", got=tuple(patients), wanted=wanted)
    for name, values in boundaries.items():
        if len(values) != len(patients):
            raise InputError(
                f"decision boundaries, {name}",
                got=tuple(values),
                wanted=f"{len(patients)} numbers, one for each number of patients (None where there is none)",
            )
    rows = [""] * max(patients, default=0)
    for number, most, fewest, unacceptable in zip(patients, *boundaries.values(), strict=True):
        up = -1 if most is None else most
        out = number + 1 if unacceptable is None else unacceptable
        down = out if fewest is None else fewest
        if not -1 <= up < down <= out:
            raise InputError(
                f"decision boundaries for {number} patients",
                got=f"escalate up to {most}, de-escalate from {fewest}, eliminate from {unacceptable}",
                wanted="numbers of DLTs that rise in this order; the last two may be the same",
            )
        rows[number - 1] = "".join(
            "U" if dlts >= out else "D" if dlts >= down else "E" if dlts <= up else "S"
            for dlts in range(number + 1)
        )
    return tuple(rows)


def boundaries_as_text(patients: Sequence[int], boundaries: dict[str, list[int | None]]) -> str:
    """The printed table: a column for each number of patients, a dash where a decision is never made."""
    left = max(map(len, BOUNDARY_ROWS.values()))
    widths = [len(f"  n={number}") for number in patients]
    heading = "".join(f"n={number}".rjust(width) for number, width in zip(patients, widths, strict=True))
    lines = [" " * left + heading]
    for letter, words in BOUNDARY_ROWS.items():
        cells = zip(boundaries[letter], widths, strict=True)
        shown = "".join(("-" if value is None else str(value)).rjust(width) for value, width in cells)
        lines.append(words.ljust(left) + shown)
    return "\n".join(lines)
