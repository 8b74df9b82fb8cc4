"""A text as LaTeX, to be put into a document."""

from bayesdose.report.page.report_table_files import in_latex, latex_text
from bayesdose.report.protocol_text.text import Part, ProtocolText, Section

__all__ = ["as_latex"]

# Letters of a word that a line still has room for.
_LONG_WORD = 30


def as_latex(text: ProtocolText) -> str:
    r"""The text for ``\input``; its first line names the packages that it needs."""
    lines = [
        "% Needs \\usepackage[T1]{fontenc} and \\usepackage{array,booktabs,longtable}, and UTF-8.",
        f"\\section{{{in_latex(text.title)}}}",
        # Long words, such as a DOI, may leave wide spaces in a line, but do not stand out of it.
        "\\begingroup\\sloppy",
    ]
    for section in text.sections:
        lines += ["", *_lines(section, text.title)]
    return "\n".join([*lines, "\\par\\endgroup"]) + "\n"


def _lines(section: Section, note: str) -> list[str]:
    lines = [f"\\subsection{{{in_latex(section.heading)}}}"]
    for part in section.parts:
        lines += [_paragraph(part), ""]
    for table in section.tables:
        lines += [latex_text(table, note)]
    if section.code:
        # Line by line: a verbatim block would end at the first text of a user's that says so.
        code = map(_code_line, section.code.rstrip().splitlines())
        lines += ["{\\ttfamily\\footnotesize\\raggedright", "\\\\\n".join(code), "\\par}"]
    return lines


def _paragraph(part: Part) -> str:
    about = f"\\textbf{{{in_latex(part.about)}.}} " if part.about else ""
    return f"\\noindent {about}{' '.join(map(_word, part.words.split()))}"


def _word(word: str) -> str:
    """A word; one that is long, such as a hash, may be broken after every eighth letter."""
    if len(word) <= _LONG_WORD:
        return in_latex(word)
    return "\\allowbreak{}".join(in_latex(word[at : at + 8]) for at in range(0, len(word), 8))


def _code_line(line: str) -> str:
    """A line of a file, which is indented as it was."""
    return "~" * (len(line) - len(line.lstrip(" "))) + in_latex(line) or "~"
