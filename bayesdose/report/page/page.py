"""A study's report: one HTML page that needs nothing else."""

import platform
from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.errors import InputError
from bayesdose.files import check_folder, write_atomically
from bayesdose.grammar.reading import read_text
from bayesdose.report.page.calibration import CalibrationText, calibration_text
from bayesdose.report.page.designs import design_text
from bayesdose.report.page.facts import facts_table
from bayesdose.report.page.figures import curve_pictures, result_pictures
from bayesdose.report.page.findings import finding_tables
from bayesdose.report.page.groups import groups_table
from bayesdose.report.page.priors import prior_texts
from bayesdose.report.page.references import keys_of, references
from bayesdose.report.page.report_table import Table
from bayesdose.report.page.report_table_files import write_tables
from bayesdose.report.page.results import result_tables, scenario_tables
from bayesdose.report.protocol_text.sections import assumed_facts
from bayesdose.scenarios.published import published_study
from bayesdose.studies.study import Study
from bayesdose.versions import package_versions

__all__ = ["write_report"]


@checked
def write_report(
    study: Study,
    result: xr.Dataset,
    path: Path | str,
    *,
    tables: Path | str | None = None,
    calibration: xr.Dataset | None = None,
    groups: xr.Dataset | None = None,
    study_file: Path | str | None = None,
    command: str = "",
) -> None:
    """Write a study's report: one HTML page, and its tables as CSV and LaTeX.

    Parameters
    ----------
    study : Study
        The study.
    result : xarray.Dataset
        Its result, as of `run_study`.
    path : Path or str
        Page to write, ending in .html. It loads nothing: no script, no font, no file beside it.
    tables : Path or str, optional
        Folder of the tables; by default ``<page>-tables`` beside the page. CSV holds every digit; LaTeX
        holds what the page shows and needs the packages array, booktabs and longtable.
    calibration : xarray.Dataset, optional
        `Calibration.tried` of a calibration in the study's scenarios, shown as a section of its own.
    groups : xarray.Dataset, optional
        What becomes of the study's groups, as of `group_characteristics`; shown with the results.
    study_file : Path or str, optional
        The file that the study was read from, shown as it stands.
    command : str, optional
        The command that makes this report again, shown as it stands.

    Raises
    ------
    InputError
        If the result is not this study's, the calibration is in other scenarios than the study's, or the
        folder cannot be made.

    References
    ----------
    Morris TP, White IR, Crowther MJ (2019). Using simulation studies to evaluate statistical methods.
    Statistics in Medicine 38:2074-2102, for the order of the page (ADEMP) and Monte Carlo errors.
    """
    _check(study, result)
    path = Path(path)
    folder = path.with_name(f"{path.stem}-tables") if tables is None else Path(tables)
    for name, place in (("out", path.parent), ("tables", folder)):
        check_folder(name, place)
    file_text = "" if study_file is None else read_text(Path(study_file), f"study file {study_file}")
    calibrated = None if calibration is None else calibration_text(calibration, study, result)
    results = [*result_tables(result), *([] if groups is None else [groups_table(groups)])]
    html, made = _page(study, result, results, calibrated, file_text, command, folder.name)
    write_atomically(path, lambda temporary: temporary.write_text(html, encoding="utf-8"))
    write_tables(made, folder, study.note)


def _check(study: Study, result: xr.Dataset) -> None:
    """Refuse numbers that would stand beside another study's words."""
    names = {"design": list(study.designs), "scenario": [one.name for one in study.scenarios]}
    for dim, wanted in names.items():
        found = [str(name) for name in result[dim].values]
        if found != wanted:
            raise InputError(
                "result", got=f"{dim}s {found}", wanted=f"the result of this study, with {dim}s {wanted}"
            )


def _page(
    study: Study,
    result: xr.Dataset,
    results: list[Table],
    calibrated: CalibrationText | None,
    file_text: str,
    command: str,
    folder: str,
) -> tuple[str, list[Table]]:
    """The page, and every table on it."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    hashes = [str(one) for one in result["design_hash"].values]
    designs = [
        design_text(name, design, sha256, number)
        for number, ((name, design), sha256) in enumerate(
            zip(study.designs.items(), hashes, strict=True), start=1
        )
    ]
    protocol = study.protocol
    facts = None if protocol is None else facts_table(protocol)
    assumed = assumed_facts(protocol)
    priors = prior_texts(study, study.note)
    findings = finding_tables(study)
    scenarios = scenario_tables(study.scenarios, [str(mtd) for mtd in result["mtd"].values])
    cited = references(_cited(study, result, [key for design in designs for key in design.keys]))
    environment = Environment(
        loader=PackageLoader("bayesdose.report.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    html = environment.get_template("page.html").render(
        study=study,
        result=result,
        facts=facts,
        assumed=assumed,
        priors=priors,
        designs=designs,
        findings=findings,
        calibration=calibrated,
        scenarios=scenarios,
        sources=list(dict.fromkeys(one.source for one in study.scenarios if one.source)),
        curves=curve_pictures(result),
        results=results,
        pictures=result_pictures(result, study.note),
        references=cited,
        number={reference.key: place for place, reference in enumerate(cited, start=1)},
        versions={"python": platform.python_version(), **package_versions()},
        file_text=file_text,
        command=command,
        tables_folder=folder,
    )
    explained = [table for prior in priors for table in prior.tables]
    decisions = [table for design in designs for table in design.tables]
    return html, [
        *([] if facts is None else [facts]),
        *explained,
        *decisions,
        *findings,
        *(() if calibrated is None else calibrated.tables),
        *scenarios,
        *results,
    ]


def _cited(study: Study, result: xr.Dataset, of_designs: Sequence[str]) -> list[str]:
    """Keys of what the page cites, in the order of its sections."""
    stated = study.content.get("scenarios", ())
    published = [one["study"] for one in stated if one.get("scenarios") == "published_scenarios"]
    curves = [key for name in published for key in keys_of(published_study(name).citation)]
    index = ["Cheung2011"] if result["accuracy_index"].notnull().any() else []
    return [*of_designs, "Morris2019", *curves, *index]
