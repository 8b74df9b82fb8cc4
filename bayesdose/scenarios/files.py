"""Scenarios as CSV tables: one row for each scenario and dose."""

import csv
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated

import annotated_types as at

from bayesdose.checks.arguments import checked
from bayesdose.errors import InputError
from bayesdose.files import check_file, write_atomically
from bayesdose.grid import DoseGrid
from bayesdose.scenarios.scenario import Scenario, check_scenarios

__all__ = ["load_scenarios", "save_scenarios"]

_REQUIRED = ("scenario", "dose", "unit", "prob_dlt")
_OPTIONAL = ("label", "prob_moderate", "prob_response", "dlt_response_odds_ratio", "source")


@checked
def save_scenarios(path: Path | str, scenarios: Annotated[Sequence[Scenario], at.MinLen(1)]) -> None:
    """Write scenarios to a CSV file that `load_scenarios` reads back exactly.

    Parameters
    ----------
    path : Path or str
        File to write; it appears whole or not at all.
    scenarios : sequence of Scenario
        At least one, all on one grid and named differently.

    Raises
    ------
    InputError
        If there is no scenario, names repeat or grids differ.
    """
    check_scenarios(scenarios)
    grid = scenarios[0].grid
    kept = {
        "label": grid != DoseGrid(grid.values, grid.unit),
        "prob_moderate": any(scenario.prob_moderate is not None for scenario in scenarios),
        "prob_response": any(scenario.prob_response is not None for scenario in scenarios),
        "dlt_response_odds_ratio": any(scenario.dlt_response_odds_ratio != 1 for scenario in scenarios),
        "source": any(scenario.source for scenario in scenarios),
    }
    columns = (*_REQUIRED, *(name for name in _OPTIONAL if kept[name]))

    def write(temporary: Path) -> None:
        with temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows(row for scenario in scenarios for row in _rows(scenario))

    write_atomically(Path(path), write)


@checked
def load_scenarios(path: Path | str, grid: DoseGrid | None = None) -> tuple[Scenario, ...]:
    """Read scenarios from a CSV file.

    Parameters
    ----------
    path : Path or str
        Table with a header. Columns ``scenario``, ``dose``, ``unit`` and ``prob_dlt`` must be there;
        ``label`` (of the dose), ``prob_moderate``, ``prob_response``, ``dlt_response_odds_ratio`` and
        ``source`` may be. A scenario's rows stand together, lowest dose first; its ``source`` and odds ratio
        are those of its first row. An empty ``prob_moderate``, ``prob_response`` or ratio means that it is
        not given.
    grid : DoseGrid, optional
        Grid that the file must be on; it gives the labels where the file has none. By default the grid
        is the file's own.

    Returns
    -------
    tuple of Scenario
        In the order of the file.

    Raises
    ------
    InputError
        If the file cannot be read as such a table: a column is missing, unknown or repeated, a row is too
        long or short, a cell holds no number where one is wanted, a scenario's rows are not together,
        doses, units or labels differ between scenarios or from `grid`, or the probabilities are no
        scenario (see `Scenario`).
    """
    rows = _table(Path(path))
    scenarios, seen = [], set()
    for name, group in groupby(rows, key=lambda row: row[1]["scenario"]):
        lines = list(group)
        where = f"scenario {name!r} in {path}, line {lines[0][0]}"
        if name in seen:
            raise InputError(where, got="the name a second time", wanted="a scenario's rows together")
        seen.add(name)
        try:
            scenarios.append(_scenario(name, lines, grid))
        except InputError as error:
            subject = f"{where}, {error.subject}" if error.subject else where
            raise InputError(subject, got=error.got, wanted=error.wanted, fix=error.fix) from None
        grid = scenarios[0].grid
    if not scenarios:
        raise InputError(str(path), got="no row below the header", wanted="at least one scenario")
    return tuple(scenarios)


def _rows(scenario: Scenario) -> Iterable[dict[str, object]]:
    """One row for each dose; repr keeps every bit of a number."""
    grid = scenario.grid
    for level, (dose, prob_dlt) in enumerate(zip(grid.values, scenario.prob_dlt, strict=True)):
        yield {
            "scenario": scenario.name,
            "dose": repr(dose),
            "unit": grid.unit,
            "prob_dlt": repr(prob_dlt),
            "label": grid.labels[level],
            "prob_moderate": "" if scenario.prob_moderate is None else repr(scenario.prob_moderate[level]),
            "prob_response": "" if scenario.prob_response is None else repr(scenario.prob_response[level]),
            "dlt_response_odds_ratio": repr(scenario.dlt_response_odds_ratio),
            "source": scenario.source,
        }


def _table(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The rows with their line numbers, all with the same, known columns."""
    check_file(f"scenario file {path}", path)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            columns = next(reader, [])
            lines = [(reader.line_num, row) for row in reader if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        found = (isinstance(error, OSError) and error.strerror) or str(error)
        raise InputError(f"scenario file {path}", got=found, wanted="a readable CSV table") from None
    missing = [name for name in _REQUIRED if name not in columns]
    unknown = [name for name in columns if name not in (*_REQUIRED, *_OPTIONAL)]
    if missing or unknown or len(set(columns)) < len(columns):
        raise InputError(
            f"columns of {path}",
            got=columns,
            wanted=f"{', '.join(_REQUIRED)}, and if need be {', '.join(_OPTIONAL)}, each once",
        )
    for line, row in lines:
        if len(row) != len(columns):
            raise InputError(
                f"{path}, line {line}", got=f"{len(row)} cells", wanted=f"{len(columns)}, one for each column"
            )
    return [(line, dict(zip(columns, row, strict=True))) for line, row in lines]


def _scenario(name: str, lines: list[tuple[int, dict[str, str]]], grid: DoseGrid | None) -> Scenario:
    """The scenario of some rows; on their own grid if none is given."""
    rows = [row for _, row in lines]
    units = {row["unit"] for row in rows}
    if len(units) > 1:
        raise InputError("", got=f"units {', '.join(sorted(units))}", wanted="one unit")
    doses, labels = _numbers("dose", lines), tuple(row["label"] for row in rows if row.get("label"))
    found = DoseGrid(doses, units.pop(), labels)
    if grid is None:
        grid = found
    elif (found.values, found.unit) != (grid.values, grid.unit) or (labels and labels != grid.labels):
        raise InputError("", got=f"doses {found}", wanted=f"the doses {grid}")
    moderate, response = (_if_given(what, lines) for what in ("moderate", "response"))
    prob_dlt, source = _numbers("prob_dlt", lines), rows[0].get("source", "")
    ratio = "dlt_response_odds_ratio"
    odds_ratio = _numbers(ratio, lines[:1])[0] if rows[0].get(ratio) else 1.0
    return Scenario(name, grid, prob_dlt, moderate, source, response, odds_ratio)


def _if_given(what: str, lines: list[tuple[int, dict[str, str]]]) -> tuple[float, ...] | None:
    """Probabilities of a column that may be empty."""
    column = f"prob_{what}"
    given = [row.get(column, "") != "" for _, row in lines]
    if any(given) and not all(given):
        raise InputError("", got=f"P({what}) at some doses", wanted="it at all doses, or at none")
    return _numbers(column, lines) if any(given) else None


def _numbers(column: str, lines: list[tuple[int, dict[str, str]]]) -> tuple[float, ...]:
    values = []
    for line, row in lines:
        text = row[column]
        try:
            # Python takes 1_000 and digits of other scripts for numbers, other readers of tables do not.
            values.append(float(text if text.isascii() and "_" not in text else ""))
        except ValueError:
            raise InputError(column, got=f"{text!r} on line {line}", wanted="a number") from None
    return tuple(values)
