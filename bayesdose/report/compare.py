"""``bayesdose compare``: a protocol's own design beside its comparators, on paper and on disk."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs
import numpy as np
import xarray as xr

from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.base import Design
from bayesdose.errors import InputError
from bayesdose.files import check_folder, write_atomically
from bayesdose.plots.correct_by_patients import plot_correct_by_patients
from bayesdose.plots.save import save_png
from bayesdose.progress import progress_bar
from bayesdose.protocols.designs import OWN
from bayesdose.protocols.footing import on_one_footing
from bayesdose.protocols.protocol import Protocol
from bayesdose.protocols.whole_scenarios import scenarios_to_end
from bayesdose.report.comparison import Comparison, print_comparison, with_ends
from bayesdose.report.method import with_workers
from bayesdose.report.results import computed_in_words, show_results
from bayesdose.report.robustness import robustness, stored_means, verdict
from bayesdose.report.subject import load_subject
from bayesdose.report.terminal import terminal
from bayesdose.report.to_end import compare_to_end
from bayesdose.rules.mtd import ClosestTo, HighestBelow, limit_of
from bayesdose.scenarios.files import load_scenarios
from bayesdose.scenarios.library import builtin_scenarios
from bayesdose.simulation.duration import Accrual
from bayesdose.simulation.matched_benchmark import matched_benchmark
from bayesdose.simulation.method import Exact, Method
from bayesdose.studies.run import run_study
from bayesdose.studies.study import Study

__all__ = ["compare_protocol"]


def compare_protocol(
    name: str,
    *,
    method: Method,
    designs: Sequence[str] | None = None,
    regimen: str | None = None,
    scenarios: Path | None = None,
    workers: int = 1,
    out: Path | None = None,
    accrual: float | None = None,
    as_stated: bool = False,
    verbose: bool = False,
    recompute: bool = False,
    to_end: bool = False,
) -> xr.Dataset:
    """Print the comparison and write results, figure and provenance to a folder.

    Parameters
    ----------
    name : str
        A shipped protocol or a path to a protocol file.
    method : Method
        How to compute.
    designs : sequence of str, optional
        Names of the protocol's designs, or design files; all of the protocol's by default.
    regimen : str, optional
        Regimen whose DLT window the durations follow; by default the protocol's first.
    scenarios : Path, optional
        CSV table of scenarios on the protocol's grid, as for `load_scenarios`; the built-in ones by default.
    workers : int
        Worker processes (Monte Carlo only).
    out : Path, optional
        Folder to write to; ``results/<protocol>`` by default.
    accrual : float, optional
        Mean days between patients (Poisson process); by default each cohort is enrolled at once.
    as_stated : bool
        Whether comparators stay as the protocol's file states them; by default they are put on one footing.
    verbose : bool
        Whether every number is printed, and why each value is assumed.
    recompute : bool
        Whether means over priors and curves that come with the package are computed anew.
    to_end : bool
        Whether the same designs are also run to the end of the trial, with what the protocol does after the
        escalation.

    Returns
    -------
    xarray.Dataset
        The operating characteristics that were written.
    """
    subject = load_subject(name)
    protocol = subject.protocol
    if protocol is None or subject.what != "protocol":
        raise InputError(
            "protocol",
            got=f"{name}: {subject.what}",
            wanted="a protocol",
            fix="A study file is run by bayesdose run.",
        )
    treated = protocol.regimen(regimen)
    folder = Path("results") / protocol.name if out is None else out
    check_folder("out", folder)
    choices = [subject.choice(design) for design in designs or subject.names]
    mtd_rule, grid = protocol.mtd_rule.value, subject.grid
    curves = builtin_scenarios(grid, mtd_rule) if scenarios is None else load_scenarios(scenarios, grid)
    arrivals = None if accrual is None else Accrual(accrual)
    with progress_bar(f"Preparing {protocol.name}"):
        chosen = dict(subject.design(choice) for choice in choices)
        stated = chosen
        if not as_stated:
            chosen = on_one_footing(protocol, chosen)
    study = Study(
        name=protocol.name,
        designs=chosen,
        scenarios=curves,
        mtd_rule=mtd_rule,
        method=method,
        dlt_window=treated.dlt_window_days.value,
        accrual=arrivals,
        protocol=protocol,
        regimen=treated.name,
        scenarios_from="built-in" if scenarios is None else f"read from {scenarios.name}",
        # `bayesdose check` says what they show; here it would take longer than all the rest.
        findings=False,
    )
    plans = {label: subject.to_end(design) for label, design in chosen.items()} if to_end else {}
    of_whole = scenarios_to_end(protocol, next(iter(plans.values())), curves) if plans else {}
    with (
        with_workers(method, workers) as how,
        progress_bar(f"Comparing designs on {protocol.name}") as progress,
    ):
        result = run_study(attrs.evolve(study, method=how), folder, progress=progress)
    comparison = _beside(
        study, result, choices, robust=scenarios is None and not as_stated, recompute=recompute
    )
    footing = "" if as_stated else _footing(protocol, stated, chosen)
    _write(study, comparison, folder)
    console = terminal()
    title = f"{protocol.name}, {treated.name} ({computed_in_words(result)}{subject.assumed_grid})"
    arriving = str(result.attrs["duration_assumption"]).partition(";")[0]
    notes = [f"MTD: {result.attrs['mtd_rule']}. Days: {arriving}."]
    if verbose:
        show_results(study, result)
        for line in (*comparison.sentences, footing):
            if line:
                console.print(line)
        if comparison.means is not None:
            console.print(comparison.means.round(3).to_string(index=False))
    else:
        print_comparison(console, title, attrs.evolve(comparison, footing=footing), protocol, notes)
    more = "" if verbose else " --verbose: every number, and why each value is assumed."
    console.print(f"Results and provenance: {folder}.{more}")
    if plans:
        compare_to_end(attrs.evolve(study, designs=plans), of_whole, workers, folder, console)
    return result


def _beside(
    study: Study, result: xr.Dataset, names: Sequence[str], *, robust: bool, recompute: bool
) -> Comparison:
    """The result with the benchmark, and the verdict where it can be given."""
    shown = with_ends(result)
    if isinstance(study.mtd_rule, HighestBelow | ClosestTo):
        benchmark = matched_benchmark(result, study.scenarios, study.mtd_rule)
        shown = shown.assign(benchmark=benchmark)
    own = next((label for label in study.designs if label.split(" (")[0] == OWN), None)
    exact = isinstance(study.method, Exact) and not np.isnan(limit_of(study.mtd_rule))
    assert study.protocol is not None
    if not robust or not exact or own is None or len(study.designs) < 2:
        return Comparison(shown)
    means = None if recompute else stored_means(study.protocol, study.designs)
    if means is None:
        with progress_bar("Other priors and curves") as progress:
            means = robustness(study.protocol, study.designs, names, progress)
    return Comparison(shown, tuple(verdict(means, own)), means)


def _footing(protocol: Protocol, stated: Mapping[str, Design], chosen: Mapping[str, Design]) -> str:
    """What was done to the comparators, in words."""
    parts = []
    untitrated = [label for label in chosen if label not in stated]
    if any(isinstance(one, AcceleratedTitration) for one in chosen.values()):
        but = f" (not {', '.join(untitrated)})" if untitrated else ""
        parts.append(f"each design after the own one's single-patient levels{but}")
    if protocol.patient_cap is not None:
        parts.append(f"at most {protocol.patient_cap.value} patients")
    if protocol.calibrated_stop_cap is not None:
        cap = protocol.calibrated_stop_cap.value
        parts.append(f"the BLRM stops at P(overdose) above {cap:g} at the lowest dose, about as often as own")
    return f"One footing: {'; '.join(parts)}." if parts else ""


def _write(study: Study, comparison: Comparison, folder: Path) -> None:
    """What the comparison adds to a study's results."""
    save_png(plot_correct_by_patients(comparison.result, note=study.note), folder / "correct-by-patients.png")
    if comparison.means is not None:
        text = f"# {study.note}\n" + comparison.means.to_csv(index=False, lineterminator="\n")
        write_atomically(folder / "robustness.csv", lambda path: path.write_text(text, encoding="utf-8"))
