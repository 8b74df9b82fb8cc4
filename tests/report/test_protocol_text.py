"""The statistical section of a protocol says every option of a design, and the same numbers as its tables."""

import inspect
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bayesdose as bd
from bayesdose.cli import app
from bayesdose.designs.base import Design, described, design_hash
from bayesdose.errors import InputError
from bayesdose.grammar.registry import members
from bayesdose.report.protocol_text.as_latex import as_latex
from bayesdose.report.protocol_text.as_markdown import as_markdown
from bayesdose.report.protocol_text.command import describe_design
from bayesdose.report.protocol_text.sections import protocol_text
from bayesdose.rules.decision_boundaries import BOUNDARY_ROWS
from tests.designs.test_conformance import DOSES, EXAMPLES, GRID, LOGISTIC
from tests.report.protocol_text_cases import ALSO, CASES, HEADINGS, SHARED


def rules(design):
    (section,) = [one for one in protocol_text("it", design).sections if one.heading == "Rules"]
    return {part.about: part.words for part in section.parts}


def read_back(markdown, folder):
    """The design that the text's file holds."""
    path = Path(folder) / "design.toml"
    path.write_text(re.search(r"```toml\n(.*?)\n```", markdown, re.DOTALL)[1], encoding="utf-8")
    return bd.load_design(path)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_text_holds_the_whole_design(name, tmp_path):
    """Every sentence of its words, and a file from which the same design is read: all options are in it."""
    design = EXAMPLES[name]()
    text = protocol_text(name, design)
    said = " ".join(part.words for section in text.sections for part in section.parts).lower()
    for words in described(design).values():
        assert words.lower() in said
    markdown = as_markdown(text)
    assert design_hash(read_back(markdown, tmp_path)) == design_hash(design)
    assert design_hash(design) in markdown
    assert markdown == as_markdown(protocol_text(name, EXAMPLES[name]()))
    latex = as_latex(text)
    assert latex.count("{") == latex.count("}")


@pytest.mark.parametrize(
    ("name", "option"), [(name, option) for name, (_, changes, _) in CASES.items() for option in changes]
)
def test_one_option_changes_its_sentence_and_no_other(name, option):
    base, changes, where = CASES[name]
    make = members(Design)[name]
    one, other = make(**base), make(**base | {option: changes[option]})
    before, after = rules(one), rules(other)
    differ = {about for about in before | after if before.get(about) != after.get(about)}
    expected = where.get(option) if option in where else HEADINGS[option]
    assert differ == expected | ALSO.get((name, option), set())
    texts = [as_markdown(protocol_text("it", design)) for design in (one, other)]
    assert texts[0] != texts[1]
    if not expected:
        # Accuracies are no rule: they stand with the model.
        assert [re.search(r", asked for (.*)\.", text)[1] for text in texts] == ["0.05", "0.02"]


def test_every_option_of_every_design_is_changed():
    for name, (base, changes, _) in CASES.items():
        options = set(inspect.signature(members(Design)[name]).parameters) - {"grid", "settings"}
        options |= SHARED if "settings" in inspect.signature(members(Design)[name]).parameters else set()
        assert options <= set(changes), f"{name}: change {options - set(changes)} too"
        assert set(base) - {"grid"} <= set(changes)
    # Titrations by name are accelerated_titration; a plan and model_based are put together from the others.
    others = {"simon_titration", "nct07623850_titration", "nct04202003_titration", "plan", "model_based"}
    assert set(CASES) | others == set(EXAMPLES)


@settings(max_examples=25, deadline=None)
@given(
    target=st.integers(10, 40),
    cutoff=st.integers(80, 99),
    size=st.integers(1, 4),
    cohorts=st.integers(2, 6),
    start=st.integers(1, 4),
)
def test_numbers_go_round_between_text_table_and_design(target, cutoff, size, cohorts, start):
    design = bd.boin(
        GRID,
        target / 100,
        max_patients=size * cohorts,
        cutoff=cutoff / 100,
        cohort_size=size,
        start_level=start,
    )
    markdown = as_markdown(protocol_text("BOIN", design))
    # Text to design: the numbers in the sentences are the design's.
    read = {
        "target": re.search(r"BOIN, target ([\d.]+):", markdown)[1],
        "cutoff": re.search(r"P\(P\(DLT\) > [\d.]+\) > ([\d.]+) ", markdown)[1],
        "size": re.search(r"Cohorts of (\d+)\.", markdown)[1],
        "most": re.search(r"\*\*Most patients\.\*\* (\d+)\.", markdown)[1],
        "start": re.search(r"\*\*Start\.\*\* Level (\d+)\.", markdown)[1],
    }
    assert {name: float(number) for name, number in read.items()} == {
        "target": target / 100,
        "cutoff": cutoff / 100,
        "size": size,
        "most": size * cohorts,
        "start": start,
    }
    # Table to design: the printed boundaries are the decisions, entry by entry.
    heading = re.search(r"^\| decision \|(.*)\|$", markdown, re.MULTILINE)[1]
    patients = [int(cell.strip().removeprefix("n = ")) for cell in heading.split("|")]
    printed = {
        letter: [
            None if cell.strip() == "-" else int(cell)
            for cell in re.search(rf"^\| {re.escape(words)} \|(.*)\|$", markdown, re.MULTILINE)[1].split("|")
        ]
        for letter, words in BOUNDARY_ROWS.items()
    }
    table = bd.rules.DecisionTable.from_boundaries(
        tuple(patients), tuple(printed["E"]), tuple(printed["D"]), tuple(printed["U"])
    )
    assert table.rows == design.printed_table.rows[: len(table.rows)]
    with tempfile.TemporaryDirectory() as folder:
        assert read_back(markdown, folder) == design


@settings(max_examples=25, deadline=None)
@given(lower=st.integers(10, 25), wide=st.integers(5, 20), cap=st.integers(10, 34))
def test_a_blrms_numbers_are_in_its_sentences(lower, wide, cap):
    rule = bd.rules.MaxTargetProbability(lower / 100, (lower + wide) / 100)
    ewoc = bd.rules.EWOC((lower + wide) / 100, cap / 100)
    design = bd.model_based(
        DOSES, LOGISTIC, next_dose=rule, admissible=ewoc, max_patients=6, tolerances=(0.05,)
    )
    said = rules(design)
    low, high = re.search(r"most probably in \[([\d.]+), ([\d.]+)\)", said["Next dose"]).groups()
    bound, most = re.search(r"P\(P\(DLT\) >= ([\d.]+)\) < (\d\.\d+)", said["Admissible doses"]).groups()
    assert (float(low), float(high)) == (rule.lower, rule.upper)
    assert (float(bound), float(most)) == (ewoc.bound, ewoc.cap)


def test_the_words_say_how_ties_end_and_what_the_design_does_not_say():
    """Ties of BOIN's MTD, that no curve decides, and a DLT's window as the protocol's file has it."""
    boin = as_markdown(protocol_text("it", bd.boin(GRID, 0.25, max_patients=18)))
    assert "of doses with the same estimate the highest if that is below the target, else the lowest" in boin
    assert "No model of the dose-toxicity curve decides here" in boin
    assert "DLT window" not in boin
    mil97 = bd.load_protocol("MIL97")
    (own,) = bd.protocol_designs(mil97, ["own"]).values()
    text = as_markdown(protocol_text("own", own, mil97))
    window = re.search(r"\*\*DLT window\.\*\* (.*)\.", text)[1].split("; ")
    assert [one.split(" days")[0] for one in window] == [
        f"{regimen.name}: {regimen.dlt_window_days.value:g}" for regimen in mil97.regimens
    ]


def test_doses_have_their_unit():
    """MIL97's doses are in mg/kg, and its prior is stated at the lowest, 0.01, and the highest, 0.45."""
    mil97 = bd.load_protocol("MIL97")
    (blrm,) = bd.protocol_designs(mil97, ["BLRM"]).values()
    text = as_markdown(protocol_text("BLRM", blrm, mil97)).partition("## Made from")[0]
    # The rules, the model, and four components of another prior that its file assumes.
    assert (
        len(re.findall(r"reference dose \d", text))
        == len(re.findall(r"reference dose [\d.]+ mg/kg", text))
        == 6
    )
    assert text.count("reference dose 0.45 mg/kg") >= 2
    stated = re.findall(r"P\(DLT at ([^)]*)\)", text)
    assert stated == ["0.01 mg/kg", "0.01 mg/kg", "0.45 mg/kg", "0.45 mg/kg"]


def test_the_command_writes_what_it_would_print(capsys, tmp_path):
    with pytest.raises(SystemExit) as ended:
        app(["describe", "MIL97", "--design", "own"])
    assert not ended.value.code
    printed = capsys.readouterr().out
    assert printed.startswith("# Statistical section: dose escalation by MIL97, own (assumed)\n")
    assert "## Assumed, not in the public record" in printed
    for ending in ("md", "tex"):
        describe_design("MIL97", "own", out=tmp_path / f"text.{ending}")
    assert (tmp_path / "text.md").read_text(encoding="utf-8") == printed
    assert (tmp_path / "text.tex").read_text(encoding="utf-8").startswith("% Needs ")


def test_operating_characteristics_are_those_of_the_package(tmp_path):
    describe_design("MIL97", "3+3", characteristics=True, out=tmp_path / "text.md")
    protocol = bd.load_protocol("MIL97")
    grid, rule = protocol.grid.value, protocol.mtd_rule.value
    (design,) = bd.protocol_designs(protocol, ["3+3"]).values()
    expected = bd.operating_characteristics(
        {"3+3": design}, bd.scenarios.builtin_scenarios(grid, rule), mtd_rule=rule
    )
    text = (tmp_path / "text.md").read_text(encoding="utf-8")
    (row,) = re.findall(r"^\| too toxic \| none \| 3\+3 \| ([\d.]+) \| 0\.0 \|", text, re.MULTILINE)
    assert row == f"{100 * expected['correct_selection'].sel(scenario='too toxic').item():.1f}"


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"out": Path("text.pdf")}, "ends in .md, .tex, .docx"),
        ({"out": Path("text.md"), "form": "tex"}, "ends in .tex, as --format says"),
        ({"form": "docx"}, "a Word file"),
        ({"scenarios": Path("curves.csv")}, "--characteristics"),
    ],
)
def test_what_cannot_be_written_is_refused(options, wanted):
    with pytest.raises(InputError, match=re.escape(wanted)):
        describe_design("MIL97", **options)
