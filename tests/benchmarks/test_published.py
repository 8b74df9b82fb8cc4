"""Published numbers: every folder is complete, and those that take little time come out as stated."""

from pathlib import Path

import pytest

from bayesdose.cli import app
from bayesdose.designs.references import bibtex
from bayesdose.errors import InputError
from benchmarks.published.comparison import (
    VERDICTS,
    Expected,
    Reproduction,
    paper_folders,
    read_expected,
    reproduce_paper,
)
from benchmarks.published.page import reproductions_page
from benchmarks.published.reproduce import SLOW, reproduce

PUBLISHED = Path(__file__).parents[2] / "benchmarks" / "published"
PAPERS = {path.name: path for path in paper_folders(PUBLISHED)}
# Packages that no paper describes.
WITHOUT_PAPER = {"OncoBayes2"}


@pytest.mark.parametrize("paper", sorted(PAPERS.keys() - SLOW))
def test_every_number_behaves_as_stated(paper):
    result = reproduce_paper(PAPERS[paper])
    assert len(result.expected) >= 9
    assert not result.surprises


@pytest.mark.parametrize("paper", PAPERS)
def test_a_folder_is_complete(paper):
    folder = PAPERS[paper]
    assert paper in WITHOUT_PAPER or bibtex(paper)
    text = (folder / "PROVENANCE.md").read_text(encoding="utf-8")
    for section in ("Source", "How the numbers were read", "Assumed", "Verdict"):
        assert f"\n## {section}\n\n" in text
    # All that is obtained is computed: `obtain` does not read what is expected.
    assert "expected.csv" not in (folder / "obtain.py").read_text(encoding="utf-8")
    assert all(row.reason for row in read_expected(folder / "expected.csv"))


def test_slow_papers_are_papers():
    assert PAPERS.keys() > SLOW
    assert len(PAPERS) == 22


def expected(value=0.5, tolerance=0.01, status="reproduces"):
    return Expected("one", "selection", value, tolerance, "two printed decimals", status)


@pytest.mark.parametrize(
    ("row", "obtained", "agrees"),
    [
        (expected(), 0.5, True),
        # 0.75 - 0.5 is exact, so this is equality with the tolerance.
        (expected(tolerance=0.25), 0.75, True),
        (expected(tolerance=0.25), 0.25, True),
        (expected(tolerance=0.25), 0.7500001, False),
        (expected(tolerance=0.25), 0.2499999, False),
        (expected(tolerance=0), 0.5, True),
        (expected(tolerance=0), 0.5000001, False),
        (expected(), float("nan"), False),
        (expected(tolerance=0), float("nan"), False),
    ],
)
def test_tolerance_has_two_sides(row, obtained, agrees):
    assert row.agrees(obtained) == agrees
    assert row.as_stated(obtained) == agrees
    differs = expected(row.value, row.tolerance, "differs")
    assert differs.as_stated(obtained) == (not agrees)


GOOD = "one,selection,0.5,0.01,two printed decimals,reproduces\n"
HEAD = "case,quantity,expected,tolerance,reason,status\n"
OBTAIN = "def obtain(folder):\n    return {('one', 'selection'): VALUE}\n"
CLOSE = OBTAIN.replace("VALUE", "0.505")
PROVENANCE = "# A paper\n\n## Source\n\nA paper.\n\n## Verdict\n\nVERDICT Because\nof this.\n"


@pytest.fixture
def make(tmp_path):
    """Makes the folder of a paper, with one row and one number unless told otherwise."""

    def folder(rows=GOOD, obtain=CLOSE, verdict="Reproduced.", head=HEAD):
        path = tmp_path / "published" / "Someone2000"
        path.mkdir(parents=True, exist_ok=True)
        (path / "expected.csv").write_text(head + rows, encoding="utf-8")
        (path / "obtain.py").write_text(obtain, encoding="utf-8")
        text = PROVENANCE.replace("VERDICT", verdict)
        (path / "PROVENANCE.md").write_text(text, encoding="utf-8")
        return path

    return folder


def test_a_paper_is_read_and_compared(make):
    result = reproduce_paper(make())
    assert (result.paper, result.title, result.verdict) == (
        "Someone2000",
        "A paper",
        "Reproduced. Because of this.",
    )
    assert result.worst == pytest.approx(0.5)
    assert (len(result.reproducing), result.differing, result.surprises) == (1, (), ())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"head": "case,quantity,expected\n"}, "wanted columns case, quantity, expected, tolerance"),
        ({"rows": "one,selection,a half,0.01,why,reproduces\n"}, "one, selection: got 'expected a half"),
        ({"rows": "one,selection,nan,0.01,why,reproduces\n"}, "wanted two numbers"),
        ({"rows": "one,selection,0.5,-0.01,why,reproduces\n"}, "the tolerance not below 0"),
        ({"rows": "one,selection,0.5,inf,why,reproduces\n"}, "wanted two numbers"),
        ({"rows": "one,selection,0.5,0.01, ,reproduces\n"}, "got 'no reason'"),
        (
            {"rows": "one,selection,0.5,0.01,why,agrees\n"},
            "got 'agrees'; wanted status reproduces or differs",
        ),
        ({"rows": GOOD + GOOD}, "wanted each quantity of a case once"),
        ({"rows": GOOD + GOOD.replace("one", "two")}, "got \"no number for ('two', 'selection')\""),
        ({"rows": ""}, "verdict of "),
        ({"obtain": OBTAIN.replace("VALUE", "1, ('two', 'selection'): 1")}, "wanted expected rows alone"),
        (
            {"verdict": "It agrees."},
            "got 'It agrees. Because of this.'; wanted one that begins Reproduced. or",
        ),
        ({"verdict": "Not reproduced."}, "wanted one that begins Reproduced. or"),
        ({"rows": GOOD.replace("reproduces", "differs")}, "wanted one that begins Not reproduced."),
    ],
)
def test_a_folder_that_is_wrong(make, change, message):
    with pytest.raises(InputError) as caught:
        reproduce_paper(make(**change))
    assert message in str(caught.value)


def test_a_folder_without_obtain(make):
    folder = make()
    (folder / "obtain.py").unlink()
    with pytest.raises(InputError, match=r"wanted a Python file with a function obtain\(folder\)"):
        reproduce_paper(folder)


def run(capsys, *papers, folder, every=False, quick=False, page=None):
    """Exit status and print of a reproduction."""
    try:
        reproduce(papers, every=every, quick=quick, folder=folder, page=page)
    except SystemExit as ended:
        return ended.code, capsys.readouterr().out
    return 0, capsys.readouterr().out


BOTH = GOOD + "two,selection,0.5,0.01,another method,differs\n"
STATED = {"rows": BOTH, "verdict": VERDICTS[1]}
TWO = OBTAIN.replace("VALUE", "0.505, ('two', 'selection'): OTHER")


def test_the_command_prints_every_row_of_a_named_paper(make, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    folder = make(**STATED, obtain=TWO.replace("OTHER", "0.6"))
    code, printed = run(capsys, "Someone2000", folder=folder.parent)
    assert code == 0
    rows = [line.split() for line in printed.splitlines()]
    assert ["one", "selection", "0.5", "0.01", "0.505", "agrees"] in rows
    assert ["two", "selection", "0.5", "0.01", "0.6", "differs"] in rows
    (line,) = (line for line in rows if line[:1] == ["Someone2000"])
    assert line[1:5] == ["2", "1", "1", "0.50"]
    assert "Reproduced with a stated difference. Because of this." in printed


def test_the_command_fails_if_a_number_does_not_come_out(make, capsys):
    folder = make(obtain=OBTAIN.replace("VALUE", "0.52"))
    code, printed = run(capsys, every=True, folder=folder.parent)
    assert code == 1
    assert "Someone2000, one, selection: does not reproduce" in printed
    assert "NOT AS STATED" in printed


def test_the_command_fails_if_a_stated_difference_is_gone(make, capsys):
    folder = make(**STATED, obtain=TWO.replace("OTHER", "0.5"))
    code, printed = run(capsys, quick=True, folder=folder.parent)
    assert code == 1
    assert "Someone2000, two, selection: agrees, though it is stated to differ" in " ".join(printed.split())


def test_the_page_is_the_same_for_numbers_that_differ_in_the_last_bits(make, capsys, tmp_path):
    pages = []
    for other in ("0.6", "0.6000000000000001"):
        page = tmp_path / "docs" / "page.md"
        folder = make(**STATED, obtain=TWO.replace("OTHER", other))
        assert run(capsys, every=True, folder=folder.parent, page=page)[0] == 0
        pages.append(page.read_text(encoding="utf-8"))
    assert pages[0] == pages[1]
    assert "| two: selection | 0.5 | 0.600 | another method |" in pages[0]
    assert "2 numbers of 1 papers and packages, 1 of them stated to differ." in pages[0]


def test_the_committed_page_is_made_of_these_folders():
    page = (PUBLISHED.parents[1] / "docs" / "reproductions.md").read_text(encoding="utf-8")
    for paper, folder in PAPERS.items():
        rows = read_expected(folder / "expected.csv")
        differing = [row for row in rows if row.status == "differs"]
        link = (
            f"| [{paper}](#{paper.lower()}) | {len(rows)} | {len(rows) - len(differing)} | {len(differing)} |"
        )
        assert link in page
        for row in differing:
            assert f"| {row.case}: {row.quantity} | {row.value:g} |" in page
        verdict = " ".join(
            (folder / "PROVENANCE.md").read_text(encoding="utf-8").split("## Verdict")[1].split()
        )
        assert verdict in page


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--all", "--folder", "nowhere"], "run this in a clone, or give --folder"),
        (["Nobody1999", "--folder", PUBLISHED], "paper: got 'Nobody1999'; wanted one of Cheung2011"),
        (["Iasonos2009", "--folder", PUBLISHED], "Did you mean 'Iasonos2008'?"),
        (["../../etc", "--folder", PUBLISHED], "paper: got '../../etc'; wanted one of Cheung2011"),
        (["--folder", PUBLISHED], "papers: got 'nothing'; wanted --all, --quick or some of Cheung2011"),
        (
            ["Iasonos2008", "--all", "--folder", PUBLISHED],
            "papers: got 'Iasonos2008 --all'; wanted --all, --quick or some of Cheung2011",
        ),
        (["--all", "--page", PUBLISHED, "--folder", PUBLISHED], "wanted a file to write, not a folder"),
        (["--all", "--page", __file__ + "/page.md", "--folder", PUBLISHED], "wanted a folder, or a name"),
        (
            ["--quick", "--page", "page.md", "--folder", PUBLISHED],
            "page: got 'page.md'; wanted a page with --all only",
        ),
    ],
)
def test_what_cannot_be_asked(words, message):
    with pytest.raises(InputError) as caught:
        app(["reproduce", *map(str, words)], exit_on_error=False)
    assert message in str(caught.value)


def test_code_is_run_in_a_clone_only(make, tmp_path):
    folder = tmp_path / "benchmarks" / "published"
    make().parent.rename(tmp_path / "papers")
    for path in ("bayesdose", "benchmarks", "benchmarks/published"):
        (tmp_path / path).mkdir()
        (tmp_path / path / "__init__.py").touch()
    (folder / "reproduce.py").write_text("raise RuntimeError('this must not be run')", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "another"\n', encoding="utf-8")
    for other in (folder, tmp_path / "papers", PUBLISHED.parent / "protocols", PUBLISHED / "Ji2007"):
        with pytest.raises(InputError, match="wanted benchmarks/published in a clone of the bayesdose repo"):
            app(["reproduce", "Ji2007", "--folder", str(other)], exit_on_error=False)


def test_the_command_in_a_clone(capsys, monkeypatch):
    monkeypatch.chdir(PUBLISHED.parents[1])
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit) as ended:
        app(["reproduce", "Frankel2020"])
    assert not ended.value.code
    printed = capsys.readouterr().out
    assert "Frankel2020" in printed
    assert "NOT AS STATED" not in printed


def test_a_result_can_be_shown_without_differences():
    result = Reproduction("A2000", "Title", "Reproduced.", (expected(),), {("one", "selection"): 0.5}, 1.0)
    page = reproductions_page([result])
    assert "stated to differ |" not in page
    assert "1.0" not in page.split("## A2000")[1]
