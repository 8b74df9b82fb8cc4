"""The same work by packages of R and here: seconds at equal precision, and whether the numbers agree.

    python -m benchmarks.peers.run [dfcrm BOIN ...] [--out peers.csv]

Each R script beside this file runs under a time limit, then the same work here, on one thread. Both sides'
seconds are processor seconds without loading packages, here after one call that is not timed; the two take
turns three times, unless the peer needs more than a minute, and the median of each counts. Without R, or
without a package, a case is skipped and the table says what to install.

A simulation of T trials leaves a standard error of sqrt(p (1 - p) / T) on a probability p, a sampler the
one that its script estimates from batch means; here the probabilities are computed, with error 0.
`seconds at equal precision` are the peer's seconds times (its standard error / 0.005) squared, what it
needs for half a percentage point on the number shown: both kinds of work grow in proportion to their
draws, and what does not (compiling a model, say) makes this too much. A peer without Monte Carlo error
is compared as it is.
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import median

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.peers.cases import Case, cases

__all__ = ["PRECISION", "Row", "compare", "main"]

FOLDER = Path(__file__).parent
PRECISION = 0.005
# Some thirty numbers are compared: the largest of so many standard normal scores is above 3.5 with
# probability 0.015. Without Monte Carlo error only rounding may differ.
MOST_STANDARD_ERRORS, MOST_DIFFERENCE = 3.5, 1e-9
# A share that fewer trials or draws than this are expected to make is not near normal: its error is that
# of so many.
LEAST_EXPECTED = 5
# Turns that both sides take, and seconds of the peer after which it takes no more.
TURNS, LONG = 3, 60


@dataclass(frozen=True)
class Row:
    """One line of the table; without an answer of the peer only the note says anything of it.

    `distance` is the largest difference of any number of the case, in its standard errors, or as it is
    where the peer has no Monte Carlo error.
    """

    work: str
    package: str
    version: str = ""
    peer_seconds: float = float("nan")
    peer_seconds_at_equal_precision: float = float("nan")
    seconds: float = float("nan")
    ratio: float = float("nan")
    peer_number: float = float("nan")
    peer_standard_error: float = float("nan")
    number: float = float("nan")
    distance: float = float("nan")
    verdict: str = ""
    note: str = ""


@dataclass(frozen=True)
class NoAnswer:
    """Why the peer says nothing: it is not there (skipped), or it failed."""

    verdict: str
    note: str


def ask(case: Case) -> dict | NoAnswer:
    """What the R script answers, or why there is no answer."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        return NoAnswer("skipped", "Rscript is not on PATH: install R (https://www.r-project.org)")
    settings = [f"{name}={','.join(map(repr, map(float, v)))}" for name, v in case.settings.items()]
    try:
        run = subprocess.run(
            [rscript, "--vanilla", case.script, *settings],
            cwd=FOLDER,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=case.limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return NoAnswer("failed", f"{case.script} was ended after {case.limit:g} s")
    lines = [line for line in run.stdout.splitlines() if line.startswith("{")]
    if run.returncode or not lines:
        said = run.stderr.strip().splitlines() or ["no answer"]
        return NoAnswer("failed", f"{case.script} failed (exit status {run.returncode}): {said[-1]}")
    try:
        answer = json.loads(lines[-1])
    except ValueError as error:
        return NoAnswer("failed", f"{case.script} answered what is no JSON: {error}")
    if missing := answer.get("missing"):
        return NoAnswer(
            "skipped", f"R package {missing} is not installed: install.packages({missing!r}) in R"
        )
    return answer


def compare(case: Case) -> Row:
    """Ask the peer, and if it answers do the same here."""
    answer = ask(case)
    if isinstance(answer, NoAnswer):
        return Row(case.name, case.package, verdict=answer.verdict, note=answer.note)
    if None in (*answer["numbers"], *answer["seconds"], *answer.get("mcse", ())):
        note = f"{case.script} answered a number that is not finite"
        return Row(case.name, case.package, answer["version"], verdict="failed", note=note)
    with threadpool_limits(1):
        numbers = case.obtain()
        seconds, peers = [_processor_seconds(case.obtain)], [*answer["seconds"]]
        while len(seconds) < TURNS and peers[0] < LONG:
            again = ask(case)
            if isinstance(again, NoAnswer):
                return Row(case.name, case.package, verdict=again.verdict, note=again.note)
            peers += again["seconds"]
            seconds.append(_processor_seconds(case.obtain))
    theirs = np.array(answer["numbers"])
    if theirs.shape != numbers.shape:
        note = f"{len(theirs)} numbers where {len(numbers)} were expected"
        return Row(case.name, case.package, answer["version"], verdict="failed", note=note)
    return _row(case, answer, numbers, median(peers), median(seconds))


def _processor_seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _row(case: Case, answer: dict, numbers: np.ndarray, peer_seconds: float, seconds: float) -> Row:
    """The line of a peer that answered."""
    theirs = np.array(answer["numbers"])
    error = _standard_errors(case, answer, numbers)
    exact = not error.any()
    distance = float((np.abs(theirs - numbers) / (1 if exact else error)).max())
    needed = peer_seconds * (1 if exact else (error[case.shown] / PRECISION) ** 2)
    return Row(
        work=case.name,
        package=case.package,
        version=f"{answer['version']} (R {answer['r']})",
        peer_seconds=peer_seconds,
        peer_seconds_at_equal_precision=float(needed),
        seconds=seconds,
        ratio=float(needed / seconds),
        peer_number=float(theirs[case.shown]),
        peer_standard_error=float(error[case.shown]),
        number=float(numbers[case.shown]),
        distance=distance,
        verdict="agrees" if distance <= (MOST_DIFFERENCE if exact else MOST_STANDARD_ERRORS) else "differs",
    )


def _standard_errors(case: Case, answer: dict, numbers: np.ndarray) -> np.ndarray:
    """Of each of the peer's numbers; zeros if it draws nothing."""
    if "trials" in case.settings:
        (trials,) = case.settings["trials"]
        return np.sqrt(np.maximum(numbers * (1 - numbers), LEAST_EXPECTED / trials) / trials)
    if "mcse" in answer:
        draws = case.settings["chains"][0] * case.settings["draws"][0]
        return np.maximum(answer["mcse"], LEAST_EXPECTED**0.5 / draws)
    return np.zeros(len(numbers))


def _line(row: Row) -> str:
    if row.note:
        return f"{row.package}: {row.work}: {row.verdict}. {row.note}"
    error = "exactly" if row.peer_standard_error == 0 else f"+- {row.peer_standard_error:.4f}"
    return (
        f"{row.package} {row.version}: {row.work}\n"
        f"  {row.peer_seconds:.3g} s, {row.peer_seconds_at_equal_precision:.3g} s at equal precision;"
        f" here {row.seconds:.3g} s, {_times(row.ratio)}\n"
        f"  {row.peer_number:.4f} {error}; here {row.number:.4f}: {row.verdict}"
        f" (most apart: {row.distance:.2g}{'' if row.peer_standard_error == 0 else ' standard errors'})"
    )


def _times(ratio: float) -> str:
    return f"{ratio:.3g} times faster" if ratio >= 1 else f"{1 / ratio:.3g} times slower"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known = cases()
    packages = sorted({case.package for case in known})
    parser.add_argument("packages", nargs="*", help=f"of {', '.join(packages)}; all by default")
    parser.add_argument("--out", type=Path, help="a CSV file for the table")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.packages) - set(packages):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(packages)}")
    rows = []
    for case in known:
        if not chosen.packages or case.package in chosen.packages:
            rows.append(compare(case))
            print(_line(rows[-1]), flush=True)
    if chosen.out:
        with chosen.out.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [field.name for field in fields(Row)])
            writer.writeheader()
            writer.writerows(asdict(row) for row in rows)


if __name__ == "__main__":
    main()
