"""BOIN12's rank table: how desirable a dose is after so many DLTs and responses in so many patients."""

from html import escape
from typing import Annotated

import annotated_types as at
import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import Whole
from bayesdose.dose_optimization.boin12_design import BOIN12
from bayesdose.errors import InputError

__all__ = ["RankTable", "boin12_rank_table"]

_Few = Annotated[int, at.Ge(0), at.Le(60)]


@checked_value
class RankTable:
    """What `boin12_rank_table` makes: ranks by patients, then DLTs, then responses; None: not admissible."""

    patients: tuple[int, ...]
    ranks: tuple[tuple[tuple[float | None, ...], ...], ...]

    def rank(self, patients: Whole, dlts: Whole, responses: Whole) -> float | None:
        """Rank of a dose with these counts, None where it is not admissible.

        Raises
        ------
        InputError
            If the table lacks these counts.
        """
        if patients not in self.patients or max(dlts, responses) > patients:
            raise InputError(
                "rank",
                got=f"{dlts} DLTs and {responses} responses in {patients} patients",
                wanted=f"one of {', '.join(map(str, self.patients))} patients and at most as many of each",
            )
        return self.ranks[self.patients.index(patients)][dlts][responses]

    def __str__(self) -> str:
        blocks = []
        for number, rows in zip(self.patients, self.ranks, strict=True):
            width = max(len(_shown(rank)) for row in rows for rank in row) + 2
            heading = "".join(f"{responses:{width}d}" for responses in range(number + 1))
            lines = [f"{number} patients", f"DLTs \\ responses{heading}"]
            for dlts, row in enumerate(rows):
                lines.append(f"{dlts:16d}" + "".join(f"{_shown(rank):>{width}}" for rank in row))
            blocks.append("\n".join(lines))
        return "\n\n".join([*blocks, "Higher is more desirable; E: not admissible."])

    def _repr_html_(self) -> str:
        parts = ["<p>Higher is more desirable; E: not admissible.</p>"]
        for number, rows in zip(self.patients, self.ranks, strict=True):
            heading = "".join(f"<th>{responses}</th>" for responses in range(number + 1))
            body = "".join(
                f"<tr><th>{dlts}</th>{''.join(f'<td>{escape(_shown(rank))}</td>' for rank in row)}</tr>"
                for dlts, row in enumerate(rows)
            )
            parts.append(
                f"<table><caption>{number} patients</caption><thead><tr><th>DLTs \\ responses</th>{heading}"
                f"</tr></thead><tbody>{body}</tbody></table>"
            )
        return "".join(parts)


def _shown(rank: float | None) -> str:
    return "E" if rank is None else f"{rank:g}"


@checked
def boin12_rank_table(design: BOIN12, patients: tuple[_Few, ...] = (0, 3, 6, 9)) -> RankTable:
    """The rank of each count of DLTs and responses by its desirability, as BOIN12's authors print it.

    Parameters
    ----------
    design : BOIN12
        The design.
    patients : tuple of int, default (0, 3, 6, 9)
        Numbers of patients at a dose.

    Returns
    -------
    RankTable
        Ranks from 1 for the least desirable; equally desirable counts share the mean of theirs. ``print``
        shows it.

    Raises
    ------
    InputError
        If the utility of a patient with both outcomes is not what the two are worth together: then DLTs and
        responses alone do not say how desirable a dose is.

    References
    ----------
    Lin R, Zhou Y, Yan F, Li D, Yuan Y (2020). JCO Precision Oncology 4:1393-1402, table 3.

    Examples
    --------
    >>> import bayesdose as bd
    >>> table = boin12_rank_table(bd.dose_optimization.boin12(bd.DoseGrid.of_levels(5), max_patients=36))
    >>> table.rank(3, 0, 3), table.rank(9, 2, 3)
    (91.0, 32.5)
    """
    if not design.utility.of_margins_alone:
        raise InputError(
            "boin12_rank_table, utility",
            got=design.utility,
            wanted="response + dlt equal to none + both",
            fix="Otherwise patients with both matter too: `bd.describe_decision` answers for a trial.",
        )
    cells = [(n, t, e) for n in patients for t in range(n + 1) for e in range(n + 1)]
    n, t, e = np.array(cells, dtype=int).reshape(-1, 3).T
    # Any counts with these margins: as many with both as fit.
    both = np.minimum(t, e)
    counts = np.stack([n - t - e + both, e - both, both, t - both], axis=-1)
    wanted = ~design.admissible.too_toxic(n[:, None], t[:, None])[:, 0]
    wanted &= ~design.admissible.inactive(n, e)
    desirable = design.rank.desirability(counts[wanted])
    _, place, ties = np.unique(desirable, return_inverse=True, return_counts=True)
    ranks = iter((np.cumsum(ties) - (ties - 1) / 2)[place].tolist())
    found = (next(ranks) if one else None for one in wanted)
    return RankTable(
        patients,
        tuple(tuple(tuple(next(found) for _ in range(k + 1)) for _ in range(k + 1)) for k in patients),
    )
