"""A committee's record as one HTML page that needs nothing else."""

import hashlib
import json
from pathlib import Path

from bayesdose.checks.arguments import checked
from bayesdose.dose_optimization.criteria import Verdict
from bayesdose.dose_optimization.record import TrialRecord
from bayesdose.errors import InputError
from bayesdose.files import check_folder, write_atomically
from bayesdose.grammar.writing import plain_value
from bayesdose.report.record_words import assumed_in_words, patients_in_words, summary
from bayesdose.versions import package_versions

__all__ = ["record_page", "write_record_page"]

# Read without colour too: each verdict has a sign and its words.
_SIGNS = {
    Verdict.MET: "\N{CHECK MARK}",
    Verdict.NOT_MET: "\N{BALLOT X}",
    Verdict.NOT_ENOUGH_DATA: "?",
    Verdict.NOT_MEASURED: "\N{EN DASH}",
}


@checked
def write_record_page(record: TrialRecord, path: Path | str) -> None:
    """Write a committee's record as one HTML page. It loads nothing: no script, no font, no file beside it.

    Parameters
    ----------
    record : TrialRecord
        The record.
    path : Path or str
        Page to write.

    Raises
    ------
    InputError
        If the page cannot be written.
    """
    path = Path(path)
    check_folder("out", path.parent)
    html = record_page(record)
    write_atomically(path, lambda temporary: temporary.write_text(html, encoding="utf-8"))


def record_page(record: TrialRecord) -> str:
    """The page."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("bayesdose.report.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("record.html").render(
        record=record,
        grid=record.grid.value,
        answers=record.judgements(),
        meeting=record.meeting_all(),
        signs=_SIGNS,
        summary=summary(record),
        assumed=assumed_in_words(record),
        patients=patients_in_words(record),
        digest=_digest(record),
        version=package_versions()["bayesdose"],
    )


def _digest(record: TrialRecord) -> str:
    """SHA-256 of the record's content; empty where a criterion is a user's own, which no file holds."""
    try:
        content = json.dumps(plain_value(record), sort_keys=True, ensure_ascii=False)
    except InputError:
        return ""
    return hashlib.sha256(content.encode()).hexdigest()
