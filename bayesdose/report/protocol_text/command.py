"""``bayesdose describe``: the statistical section of a protocol from a design."""

from pathlib import Path
from typing import Literal

from bayesdose.errors import InputError
from bayesdose.files import check_folder, write_atomically
from bayesdose.progress import progress_bar
from bayesdose.report.characteristics import design_characteristics
from bayesdose.report.protocol_text.as_docx import as_docx
from bayesdose.report.protocol_text.as_latex import as_latex
from bayesdose.report.protocol_text.as_markdown import as_markdown
from bayesdose.report.protocol_text.sections import model_in, protocol_text
from bayesdose.report.subject import bearing, load_subject
from bayesdose.report.terminal import terminal

__all__ = ["describe_design"]

type _Format = Literal["md", "tex", "docx"]
_FORMATS = ("md", "tex", "docx")


def describe_design(
    where: str,
    design_name: str | None = None,
    *,
    form: _Format | None = None,
    out: Path | None = None,
    characteristics: bool = False,
    scenarios: Path | None = None,
    to_end: bool = False,
) -> None:
    """Write a design's text to a file, or print it as Markdown.

    Parameters
    ----------
    where : str
        What `load_subject` takes.
    design_name : str or None
        Design that is described.
    form : {"md", "tex", "docx"}, optional
        By default what the file's name ends in, or Markdown.
    out : Path, optional
        File to write; the text is printed by default.
    characteristics : bool
        Whether operating characteristics are computed and shown.
    scenarios : Path, optional
        Table of true curves for them.
    to_end : bool
        Whether the design goes on with what the protocol does after the escalation.

    Raises
    ------
    InputError
        If an input is wrong, or a Word file is to be printed.
    """
    form = _format(form, out)
    if scenarios is not None and not characteristics:
        raise InputError("scenarios", got=str(scenarios), wanted="--characteristics beside it")
    subject = load_subject(where)
    choice = subject.choice(design_name)
    if out is not None:
        check_folder("out", out.parent)
    with progress_bar(f"Preparing {subject.name}") as progress:
        label, design = subject.design(choice)
        if to_end:
            design = subject.to_end(design)
        result, curves = None, ()
        if characteristics:
            result, curves = design_characteristics(subject, label, design, scenarios, progress)
        bears = (*bearing(choice, model_in(design) is not None, to_end), *(["mtd_rule"] * characteristics))
        text = protocol_text(label, design, subject.protocol, result, curves, bears, subject.ends(to_end))
    if out is None:
        # As it stands: the terminal neither breaks its lines nor reads markup in it.
        print(as_markdown(text) if form == "md" else as_latex(text), end="")
        return
    if form == "docx":
        content = as_docx(text)
    else:
        content = (as_markdown(text) if form == "md" else as_latex(text)).encode()
    write_atomically(out, lambda path: path.write_bytes(content))
    terminal().print(f"Written: {out}")


def _format(form: _Format | None, out: Path | None) -> _Format:
    """The format that was asked for, or that the file's name says."""
    ending = "" if out is None else out.suffix.lower().removeprefix(".")
    if form is None and out is not None:
        if ending not in _FORMATS:
            raise InputError("out", got=str(out), wanted=f"a file name that ends in .{', .'.join(_FORMATS)}")
        return ending  # pyright: ignore[reportReturnType]
    if form is not None and out is not None and ending != form:
        raise InputError("out", got=str(out), wanted=f"a file name that ends in .{form}, as --format says")
    if form == "docx" and out is None:
        raise InputError(
            "out", got=None, wanted="a file to write a Word file to", fix="Pass --out FILE.docx."
        )
    return form or "md"
