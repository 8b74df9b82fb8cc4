"""``bayesdose compare``: a protocol's own design beside 3+3 and a BLRM, on paper and on disk."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import xarray as xr
from rich.console import Console

from bayesdose.errors import InputError
from bayesdose.files import check_folder, write_atomically
from bayesdose.plots.selection import plot_selection
from bayesdose.progress import progress_bar
from bayesdose.protocols.designs import COMPARATORS, protocol_designs
from bayesdose.protocols.load import load_protocol
from bayesdose.protocols.protocol import Protocol
from bayesdose.report.files import package_versions, protocol_record, write_json
from bayesdose.report.tables import TABLE_CAPTION, characteristics_table, print_assumptions, short_note
from bayesdose.report.terminal import terminal
from bayesdose.rules.check import check_at_least
from bayesdose.scenarios.files import read_scenarios
from bayesdose.scenarios.library import builtin_scenarios
from bayesdose.seeds import root_seed
from bayesdose.simulation.compare import check_method, operating_characteristics

__all__ = ["compare_protocol"]

_DEFAULT_TRIALS = 10_000


def compare_protocol(
    name: str,
    *,
    designs: Sequence[str] | None = None,
    regimen: str | None = None,
    scenarios: Path | None = None,
    method: Literal["exact", "monte-carlo"] = "exact",
    trials: int | None = None,
    target_mcse: float | None = None,
    seed: int = 1,
    workers: int = 1,
    checkpoint: Path | None = None,
    out: Path | None = None,
) -> xr.Dataset:
    """Print the comparison and write results, figure and provenance to a folder.

    Parameters
    ----------
    name : str
        A shipped protocol or a path to a protocol file.
    designs : sequence of str, optional
        Any of "own", "3+3", "BLRM"; all by default.
    regimen : str, optional
        Regimen whose DLT window the durations follow; by default the protocol's first.
    scenarios : Path, optional
        CSV table of scenarios on the protocol's grid, as for `read_scenarios`; the built-in ones by default.
    method : {"exact", "monte-carlo"}
        Engine.
    trials, target_mcse, seed, checkpoint
        As for `operating_characteristics`, with `seed` for `rng` (Monte Carlo only).
    workers : int
        Worker processes (Monte Carlo only).
    out : Path, optional
        Folder to write to; ``results/<protocol>`` by default.

    Returns
    -------
    xarray.Dataset
        The operating characteristics that were written.
    """
    protocol = load_protocol(name)
    treated = protocol.regimen(regimen)
    folder = Path("results") / protocol.name if out is None else out
    check_folder("out", folder)
    if method == "monte-carlo" and target_mcse is None:
        trials = _DEFAULT_TRIALS if trials is None else trials
    check_method(method, trials, target_mcse, checkpoint=checkpoint)
    check_at_least("workers", workers, 1)
    if method == "exact" and workers > 1:
        raise InputError("workers", got=workers, wanted="1 with method='exact', which needs no others")
    seed = root_seed(seed)
    mtd_rule, grid = protocol.mtd_rule.value, protocol.grid.value
    curves = builtin_scenarios(grid, mtd_rule) if scenarios is None else read_scenarios(scenarios, grid)
    with progress_bar(f"Preparing {protocol.name}"):
        chosen = protocol_designs(protocol, designs or COMPARATORS)
    with progress_bar(f"Comparing designs on {protocol.name}") as progress, _pool(workers) as executor:
        result = operating_characteristics(
            chosen,
            curves,
            mtd_rule=mtd_rule,
            method=method,
            dlt_window=treated.dlt_window_days.value,
            trials=trials,
            target_mcse=target_mcse,
            rng=seed,
            executor=executor,
            checkpoint=checkpoint,
            progress=progress,
        )
    result.attrs |= {
        "protocol": protocol.name,
        "regimen": treated.name,
        "scenarios": "built-in" if scenarios is None else f"read from {scenarios.name}",
        "assumptions": short_note(protocol),
    }
    _show(protocol, result)
    _write(protocol, result, folder)
    return result


@contextmanager
def _pool(workers: int) -> Iterator[Executor | None]:
    """Worker processes, or none where this process does the work."""
    if workers == 1:
        yield None
        return
    # Forked copies of a process with threads can hang, so workers start afresh.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield pool


def _show(protocol: Protocol, result: xr.Dataset) -> None:
    console = terminal()
    how = (
        "exact, no Monte Carlo error"
        if result.attrs["method"] == "exact"
        else f"{result.attrs['trials']} simulated trials a row, ± one standard error"
    )
    assumed = "; ASSUMED DOSE GRID" if protocol.grid_is_assumed else ""
    title = f"{protocol.name}, {result.attrs['regimen']} ({how}{assumed})"
    console.print(title, style="bold")
    console.print(characteristics_table(result))
    console.print(TABLE_CAPTION)
    _show_refinement(console, result)
    console.print(f"Own design: {protocol.design.words.value}")
    console.print(f"MTD: {result.attrs['mtd_rule']}. Days: {result.attrs['duration_assumption']}.")
    _show_regimens(console, protocol, result.attrs["regimen"])
    print_assumptions(console, protocol)


def _show_regimens(console: Console, protocol: Protocol, shown: str) -> None:
    """Whose DLT window the days are; said only where there is a choice."""
    if len(protocol.regimens) == 1:
        return
    for regimen in protocol.regimens:
        where = "The days are of" if regimen.name == shown else f"Not shown (--regimen {regimen.name}):"
        days = f"DLT window {regimen.dlt_window_days.value:g} days"
        console.print(
            f"{where} regimen {regimen.name}, {regimen.schedule.value}, {days}: {regimen.role.value}."
        )


def _show_refinement(console: Console, result: xr.Dataset) -> None:
    """How many decisions of a model-based design were too close to call on its first table."""
    if "refined_states" not in result:
        return
    for design, states in result["refined_states"].to_series().unstack("refinement").iterrows():
        if again := states.iloc[1:].sum():
            console.print(f"{design}: {states.sum()} states decided, {again} of them at higher accuracy.")
    for design, states in result["unsettled_states"].to_series().items():
        if states:
            console.print(f"{design}: {states} further states are too close to call at any accuracy it has.")


def _write(protocol: Protocol, result: xr.Dataset, folder: Path) -> None:
    note = f"{protocol.name}. {result.attrs['assumptions']}"
    figure = plot_selection(result, note=note)
    per_design = result[
        [name for name, variable in result.items() if variable.dims == ("design", "scenario")]
    ]
    selection = result[["selection_probability"]]
    provenance = {
        **protocol_record(protocol, result.attrs["regimen"]),
        **{key: value for key, value in result.attrs.items() if key not in ("assumptions", "versions")},
        "designs": dict(
            zip(result["design"].values.tolist(), result["design_hash"].values.tolist(), strict=True)
        ),
        "versions": package_versions(),
    }
    write_atomically(folder / "characteristics.nc", lambda path: result.to_netcdf(path, engine="h5netcdf"))
    _write_csv(folder / "characteristics.csv", per_design, note)
    _write_csv(folder / "selection.csv", selection, note)
    write_atomically(folder / "selection.png", lambda path: figure.savefig(path, dpi=150))
    write_json(folder / "provenance.json", provenance)
    terminal().print(f"Results, figure and provenance: {folder}")


def _write_csv(path: Path, table: xr.Dataset, note: str) -> None:
    """A table under a comment line that carries the assumptions (``pandas.read_csv(..., comment="#")``)."""
    text = f"# {note}\n{table.to_dataframe().to_csv()}"
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
