"""The documentation page of all reproductions, the same on every machine."""

import math
from collections.abc import Sequence

from benchmarks.published.comparison import Expected, Reproduction

__all__ = ["reproductions_page"]

_TOP = """# Reproductions

Published numbers against this package's, made by

    bayesdose reproduce --all --page docs/reproductions.md

in a clone of the repository. `benchmarks/published` has a folder for each paper: `expected.csv` (the
published numbers, each with a tolerance, its reason and whether it is known to come out), `PROVENANCE.md`
(where the numbers were read, what is assumed, the verdict) and `obtain.py` (how they are obtained here). A
published number that does not come out stays in, with the reason. The command fails if a number that should
come out does not, and also if one that is stated to differ suddenly agrees.

"worst" is the largest difference from a published number that comes out, in units of its tolerance; where
all numbers have to be met exactly it is 0.
"""


def reproductions_page(results: Sequence[Reproduction]) -> str:
    """The page as markdown; numbers are rounded and there are no times in it.

    Parameters
    ----------
    results : sequence of Reproduction
        All papers.
    """
    lines = [_TOP, "| paper | numbers | come out | differ | worst | verdict |", "|---|--:|--:|--:|--:|---|"]
    for result in results:
        counts = f"{len(result.expected)} | {len(result.reproducing)} | {len(result.differing)}"
        verdict = result.verdict.partition(".")[0]
        link = f"[{result.paper}](#{result.paper.lower()})"
        lines.append(f"| {link} | {counts} | {result.worst:.1f} | {verdict} |")
    count = sum(len(result.expected) for result in results)
    differing = sum(len(result.differing) for result in results)
    lines.append(
        f"\n{count} numbers of {len(results)} papers and packages, {differing} of them stated to differ.\n"
    )
    for result in results:
        lines += _section(result)
    return "\n".join(lines).rstrip() + "\n"


def _section(result: Reproduction) -> list[str]:
    lines = [f"## {result.paper}", "", f"{result.title.removesuffix('.')}.", "", result.verdict, ""]
    if result.differing:
        lines += ["| stated to differ | published | here | why |", "|---|--:|--:|---|"]
        for row in result.differing:
            published, here = f"{row.value:g}", _rounded(row, result.obtained[row.key])
            lines.append(f"| {row.case}: {row.quantity} | {published} | {here} | {row.reason} |")
        lines.append("")
    return lines


def _rounded(row: Expected, obtained: float) -> str:
    """A number to a tenth of its tolerance, so that the last bits of a machine do not show."""
    decimals = 0 if row.tolerance == 0 else max(0, 1 - math.floor(math.log10(row.tolerance)))
    return f"{obtained:.{min(decimals, 6)}f}"
