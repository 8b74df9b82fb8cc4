"""The page on new designs is true: its own code gives a design that passes the conformance suite."""

import importlib
import re
import sys
from pathlib import Path

import pytest

from tests.conformance import check_design

PAGE = Path(__file__).parents[2] / "docs" / "extending.md"
CODE = re.compile(r"^```(?:\{code-cell\} ipython3|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DESIGN, USE, CHECK = CODE.findall(PAGE.read_text(encoding="utf-8"))


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run code as a module of its own, because pickle finds a class by its module."""

    def run(code):
        (tmp_path / "page_on_new_designs.py").write_text(code, encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        return importlib.import_module("page_on_new_designs")

    yield run
    sys.modules.pop("page_on_new_designs", None)


def test_the_page_runs_and_its_design_passes(run):
    page = run("\n".join((DESIGN, USE, CHECK)))
    assert page.states == check_design(page.design, saved=False)
    assert page.states > 4, "more than the first cohort"


def test_the_check_on_the_page_finds_a_broken_promise(run):
    skips = DESIGN.replace("np.minimum(state.level + step,", "np.minimum(state.level + 2 * step,")
    assert skips != DESIGN
    with pytest.raises(AssertionError, match="no untried dose is skipped"):
        run("\n".join((skips, USE, CHECK)))


def test_30_lines():
    lines = [line for line in DESIGN.partition("@dataclass")[2].splitlines() if line.strip()]
    assert len(lines) <= 30
