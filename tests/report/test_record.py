"""A committee's record on the terminal and as a page."""

import re
from html.parser import HTMLParser
from pathlib import Path

import attrs
import pytest

from bayesdose.cli import app
from bayesdose.dose_optimization import CommitteeChoice, Counted, EvidenceAtDose, Verdict
from bayesdose.errors import InputError
from bayesdose.protocols import load_record, save_record
from bayesdose.report.record import show_record
from bayesdose.report.record_page import record_page
from bayesdose.sourced import Sourced

EXAMPLE = Path(__file__).parents[2] / "docs" / "case-studies" / "IMP7068-record.toml"
HOSTILE = "<script>alert(1)</script> <img src=http://x.example/a onerror=alert(1)> [bold]x"


@pytest.fixture(scope="module")
def record():
    return load_record(EXAMPLE)


class Page(HTMLParser):
    """Elements of a page, and the text in it."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.text = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture
def printed(capsys, monkeypatch):
    def run(path=EXAMPLE, **options):
        monkeypatch.setenv("COLUMNS", "200")
        show_record(path, **options)
        return capsys.readouterr().out

    return run


def test_what_is_printed_fits_into_80_columns(printed):
    for options in ({}, {"verbose": True}):
        assert max(len(line) for line in printed(**options).splitlines()) <= 80


def test_invented_and_assumed_is_said_first_and_no_dose_is_recommended(printed):
    text = " ".join(printed().split())
    before = text.partition("dose, mg 25 50")[0]
    for words in (
        "This record supports a decision and makes none",
        "INVENTED DATA. No patient of IMP7068.",
        "ASSUMED DOSE GRID.",
        "ASSUMED THRESHOLDS, not in the public record: of every criterion.",
        "60 patients at 6 of 6 doses.",
    ):
        assert words in before
    assert text.count("ASSUMED threshold: ") == 6
    assert "Doses that meet every criterion: 150, 200 mg." in text
    assert "The record gives no limit." not in text
    assert "The record gives no limit." in " ".join(printed(verbose=True).split())


def test_every_answer_is_printed_with_its_number(printed, record):
    text = " ".join(printed().split())
    for row in record.judgements().values():
        for one in row:
            assert " ".join(filter(None, (one.verdict, one.measured))) in text
            assert one.number in text


def test_many_doses_stand_in_several_tables(printed, record, tmp_path):
    values = tuple(range(1, 21))
    grid = attrs.evolve(record.grid, value=attrs.evolve(record.grid.value, values=values, labels=()))
    doses = (EvidenceAtDose(20, 6, {"safety": Counted(6, 0)}),)
    save_record(attrs.evolve(record, grid=grid, doses=doses, choice=None), tmp_path / "long.toml")
    lines = printed(tmp_path / "long.toml").splitlines()
    assert sum(line.startswith("dose, mg") for line in lines) == 4
    assert max(map(len, lines)) <= 80
    assert "Doses that meet every criterion: none." in lines


def test_the_page_loads_nothing_and_shows_every_answer(record):
    page = Page(record_page(record))
    tags = [tag for tag, _ in page.elements]
    assert not {"script", "img", "link", "iframe", "form"} & set(tags)
    assert not [tag for tag, found in page.elements if {"src", "href", "onclick", "style"} & set(found)]
    policy = [found["content"] for _, found in page.elements if "http-equiv" in found]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]
    cells = [found for tag, found in page.elements if tag == "td" and "data-criterion" in found]
    answers = [one for level in range(6) for one in [row[level] for row in record.judgements().values()]]
    assert [found["class"] for found in cells] == [one.verdict.name.lower() for one in answers]
    # On a narrow screen the heading of a column stands in its cells: the mark too.
    assert all(found["data-criterion"].endswith("(assumed threshold)") for found in cells)
    text = " ".join("".join(page.text).split())
    # By words, not by colour.
    for verdict in Verdict:
        sign = {"met": "✓", "not met": "✗", "not enough data": r"\?", "not measured": "\N{EN DASH}"}[verdict]
        assert len(re.findall(rf"{sign} {verdict} ", text)) == sum(one.verdict == verdict for one in answers)
    for one in answers:
        assert one.measured in text
        assert one.number in text
    for criterion in record.criteria.values():
        for words in (
            criterion.ground.value,
            criterion.judged.value.threshold_in_words,
            criterion.judged.reason,
        ):
            assert words in text
    assert text.count("ASSUMPTION.") == 6
    assert record.choice.reason in text
    assert "INVENTED DATA." in text


def test_hostile_text_stays_text(record, tmp_path, capsys):
    choice = CommitteeChoice((150,), HOSTILE, HOSTILE)
    criteria = {f"{name} {HOSTILE}": one for name, one in record.criteria.items()}
    doses = [
        attrs.evolve(one, measured={f"{name} {HOSTILE}": found for name, found in one.measured.items()})
        for one in record.doses
    ]
    hostile = attrs.evolve(
        record,
        name=HOSTILE,
        protocol=HOSTILE,
        protocol_version=HOSTILE,
        invented=HOSTILE,
        notes=(HOSTILE,),
        criteria=criteria,
        doses=doses,
        choice=choice,
    )
    page = Page(record_page(hostile))
    assert not {"script", "img"} & {tag for tag, _ in page.elements}
    assert "".join(page.text).count(HOSTILE) > 10
    save_record(hostile, tmp_path / "hostile.toml")
    show_record(tmp_path / "hostile.toml")
    assert "[bold]x" in capsys.readouterr().out


def test_a_record_before_the_choice_from_the_record_of_the_trial(record):
    stated = {
        name: attrs.evolve(one, judged=Sourced(one.judged.value, "publication", citation="the protocol"))
        for name, one in record.criteria.items()
    }
    grid = Sourced(record.grid.value, "publication", citation="the protocol")
    page = record_page(attrs.evolve(record, grid=grid, criteria=stated, invented="", choice=None))
    assert "None is recorded." in page
    assert "publication: the protocol" in page
    for word in ("ASSUM", "assumed threshold", "INVENTED"):
        assert word not in page


def test_a_choice_that_misses_a_criterion_is_shown_with_what_it_misses(record):
    chosen = attrs.evolve(record, choice=CommitteeChoice((250,), "the committee"))
    text = " ".join("".join(Page(record_page(chosen)).text).split())
    assert (
        "250 mg missessafety (not met); tolerability (not met); target saturation (not enough data); "
        "pharmacodynamics (not measured)"
    ) in text
    assert "none is recorded" in text


def test_the_command(capsys, tmp_path):
    with pytest.raises(SystemExit) as end:
        app(["record", str(EXAMPLE), "--out", str(tmp_path / "record.html")])
    assert end.value.code == 0
    assert capsys.readouterr().out.replace("\n", "") == f"Written: {tmp_path / 'record.html'}"
    assert (tmp_path / "record.html").stat().st_size > 5000


def test_the_page_is_written_where_it_is_asked_for(printed, tmp_path):
    assert printed(out=tmp_path / "new" / "record.html").startswith("Written: ")
    assert (tmp_path / "new" / "record.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    with pytest.raises(InputError, match=r"out: got 'record.pdf'; wanted a file name that ends in \.html"):
        printed(out=Path("record.pdf"))
    with pytest.raises(InputError, match="none.toml"):
        printed(tmp_path / "none.toml")
