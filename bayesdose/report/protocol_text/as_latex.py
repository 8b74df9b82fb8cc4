"""A text as LaTeX, to be put into a document."""

from bayesdose.report.page.report_table_files import in_latex, latex_text
from bayesdose.report.protocol_text.text import Part, ProtocolText, Section

__all__ = ["as_latex"]


def as_latex(text: ProtocolText) -> str:
    r"""The text for ``\input``; its first line names the packages that it needs."""
    lines = [
        "% Needs \\usepackage[T1]{fontenc} and \\usepackage{booktabs,longtable}, and UTF-8.",
        f"\\section{{{in_latex(text.title)}}}",
    ]
    for section in text.sections:
        lines += ["", *_lines(section, text.title)]
    return "\n".join(lines) + "\n"


def _lines(section: Section, note: str) -> list[str]:
    lines = [f"\\subsection{{{in_latex(section.heading)}}}"]
    for part in section.parts:
        lines += [_paragraph(part), ""]
    for table in section.tables:
        lines += [latex_text(table, note)]
    if section.code:
        # Line by line: a verbatim block would end at the first text of a user's that says so.
        code = (in_latex(line) or "~" for line in section.code.rstrip().splitlines())
        lines += ["{\\ttfamily\\footnotesize\\raggedright", "\\\\\n".join(code), "\\par}"]
    return lines


def _paragraph(part: Part) -> str:
    about = f"\\textbf{{{in_latex(part.about)}.}} " if part.about else ""
    return f"\\noindent {about}{in_latex(part.words)}"
