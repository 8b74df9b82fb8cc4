"""Exact characteristics of many designs in parts, here or by workers, kept where a run can be resumed."""

import hashlib
import json
import math
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from bayesdose.array_files import write_arrays
from bayesdose.calibration.recalled_answers import AnswerMemory, but_for_caps
from bayesdose.calibration.shared_posteriors import SharedTables, table_keys
from bayesdose.designs.base import Design
from bayesdose.progress import Progress, Share
from bayesdose.simulation.averages import Variables
from bayesdose.simulation.characteristics import of_designs
from bayesdose.simulation.checkpoint_folder import finished_part, open_checkpoint
from bayesdose.simulation.comparison import Asked, Comparison
from bayesdose.simulation.jobs import results_of
from bayesdose.simulation.method import Exact
from bayesdose.threads import one_thread
from bayesdose.versions import versions_in_words

__all__ = ["sweep"]

# Designs of a part share posteriors; a part that takes long is lost where a run is killed.
_FEWEST, _MOST, _PARTS = 8, 50, 20


@dataclass(frozen=True, eq=False)
class _Part:
    """Some designs of a sweep, with all that is asked of them.

    Parameters
    ----------
    designs : tuple of Design
    asked : Asked
    method : Exact
    """

    designs: tuple[Design, ...]
    asked: Asked
    method: Exact

    def evaluate(self, tables: SharedTables | None = None) -> Variables:
        """Characteristics with ``design`` as the first dimension."""
        tables = SharedTables(remember=True) if tables is None else tables
        found, answers, like = [], AnswerMemory(), None
        with one_thread():
            for design in self.designs:
                if like != (like := but_for_caps(design)):
                    answers = AnswerMemory()
                asked = answers.asked_by(tables.give(design))
                found.append(self.method.of_design(asked, self.asked)[0])
        return of_designs(found)


def sweep(
    comparison: Comparison,
    method: Exact,
    *,
    executor: Executor | None,
    checkpoint: Path | None,
    progress: Progress,
) -> Variables:
    """Exact characteristics of all designs of a comparison, in their order; equal designs are computed once.

    Which designs make a part does not depend on who works, so neither does the result.

    Raises
    ------
    InputError
        If the checkpoint is of another sweep or damaged.
    SimulationError
        If a part fails twice.
    """
    hashes, designs = comparison.hashes(), list(comparison.designs.values())
    # One of each kind of design. Those with the same tables are next to each other, and among them those that
    # differ in caps alone.
    first = sorted({digest: number for number, digest in reversed(list(enumerate(hashes)))}.values())
    tables = {number: table_keys(designs[number]) for number in first}
    likes = {number: (tables[number], but_for_caps(designs[number])) for number in first}
    met = {key: number for number in reversed(first) for key in (tables[number], likes[number])}
    order = sorted(first, key=lambda number: (met[tables[number]], met[likes[number]], number))
    size = min(max(math.ceil(len(order) / _PARTS), _FEWEST), _MOST)
    blocks = {start: order[start : start + size] for start in range(0, len(order), size)}
    if checkpoint is not None:
        open_checkpoint(checkpoint, _settings([hashes[number] for number in order], comparison, method))
    parts, done = {}, 0
    for start, block in blocks.items():
        kept = None if checkpoint is None else _read(_path(checkpoint, start, len(block)))
        if kept is not None:
            parts[start] = kept
            done += len(block)
    if done:
        progress(Share(done / len(order), done, "designs"))
    asked = comparison.asked
    shared = SharedTables(remember=True) if executor is None else None
    jobs = {
        start: partial(_Part(tuple(designs[number] for number in block), asked, method).evaluate, shared)
        for start, block in blocks.items()
        if start not in parts
    }
    for start, found in results_of(jobs, executor, lambda start: f"Part {start // size + 1} of the sweep"):
        if checkpoint is not None:
            _write(_path(checkpoint, start, len(blocks[start])), found)
        parts[start] = found
        done += len(blocks[start])
        progress(Share(done / len(order), done, "designs"))
    place = {hashes[number]: position for position, number in enumerate(order)}
    back = np.array([place[digest] for digest in hashes])
    return {
        name: (dims, np.concatenate([parts[start][name][1] for start in blocks])[back])
        for name, (dims, _) in parts[0].items()
    }


def _settings(hashes: Sequence[str], comparison: Comparison, method: Exact) -> dict[str, str]:
    """What the result of a part depends on."""
    scenarios = hashlib.sha256(repr([comparison.scenarios, comparison.duration]).encode())
    return {
        "designs": hashlib.sha256(repr(hashes).encode()).hexdigest(),
        "scenarios": scenarios.hexdigest(),
        "mtd_rule": str(comparison.truth.mtd_rule),
        "method": repr(method),
        "versions": versions_in_words(),
    }


def _path(folder: Path, start: int, number: int) -> Path:
    return folder / f"designs-{start:06d}-{start + number:06d}.npz"


def _read(path: Path) -> Variables | None:
    arrays = finished_part(path)
    if arrays is None:
        return None
    dims = json.loads(str(arrays.pop("dims")))
    return {name: (tuple(dims[name]), array) for name, array in arrays.items()}


def _write(path: Path, found: Variables) -> None:
    dims = np.array(json.dumps({name: names for name, (names, _) in found.items()}))
    write_arrays(path, {name: array for name, (_, array) in found.items()} | {"dims": dims}, compressed=True)
