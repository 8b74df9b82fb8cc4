"""The statistical section of a protocol says every option of a design, and the same numbers as its tables."""

import inspect
import io
import re
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bayesdose as bd
from bayesdose.cli import app
from bayesdose.designs.base import Design, described, design_hash
from bayesdose.errors import InputError
from bayesdose.grammar.registry import members
from bayesdose.report.page.column_widths import column_widths, least_width, whole_width
from bayesdose.report.page.report_table import Column, Table
from bayesdose.report.page.report_table_files import latex_text
from bayesdose.report.protocol_text.as_docx import as_docx
from bayesdose.report.protocol_text.as_latex import as_latex
from bayesdose.report.protocol_text.as_markdown import as_markdown
from bayesdose.report.protocol_text.command import describe_design
from bayesdose.report.protocol_text.sections import protocol_text
from bayesdose.report.protocol_text.text import Part, ProtocolText, Section
from bayesdose.rules.decision_boundaries import BOUNDARY_ROWS
from bayesdose.rules.elimination import BetaElimination
from bayesdose.rules.mtd_selection import IsotonicClosest, IsotonicHighestBelow
from tests.designs.test_conformance import COMMITTEE, CURVE, DOSES, EXAMPLES, GRID, LOGISTIC, THREE

TABLE = bd.rules.DecisionTable(("ED", "ESD", "ESDU"))
BLRM = EXAMPLES["blrm"]()
SIX = bd.rules.PatientsAtDose(6)
LAST = (
    bd.rules.BestOfGiven(2),
    bd.rules.LevelsAboveCurrent(1),
    bd.rules.HighestMeanBelow(0.3),
    bd.rules.CohortSizeByPatients((0, 3), (1, 3)),
)
RECOMMENDATION, INCREMENTS, MEAN_BELOW, SIZES = LAST
TITRATION = ("single_patient_levels", "trigger_dlts", "trigger_moderates", "confirm_at_level", "largest_step")
INTERVAL = {
    "target": 0.3,
    "max_patients": 18,
    "cutoff": 0.9,
    "mtd_selection": IsotonicHighestBelow(0.3),
    "cohort_size": 1,
    "start_level": 2,
    "stopping": SIX,
    "lowest_dose_elimination": BetaElimination(0.25, 0.8),
}
MARGINS = INTERVAL | {"margins": (0.1, 0.1), "min_patients": 4}
DECISIONS = {"target": {"Decisions", "Recommended dose"}}
MODELLED = {
    "max_patients": 12,
    "increments": INCREMENTS,
    "stopping": SIX,
    "cohort_size": SIZES,
    "recommendation": RECOMMENDATION,
    "recommended_by": MEAN_BELOW,
    "start_level": 2,
}
HEADINGS = {
    "start_level": {"Start"},
    "cohort_size": {"Cohorts"},
    "max_patients": {"Most patients"},
    "stopping": {"Earlier stop"},
    "lowest_dose_elimination": {"Earlier stop"},
    "mtd_selection": {"Recommended dose"},
    "recommendation": {"Recommended dose"},
    "recommended_by": {"Recommended dose"},
    "increments": {"Next dose"},
    "cutoff": {"Decisions"},
    "min_patients": {"Decisions"},
    "margins": {"Decisions"},
}
# Design, what it is made of, one other value for each of its options, and the headings whose sentences then
# differ where HEADINGS does not say so. Options without a sentence of their own: none.
CASES = {
    "three_plus_three": (
        {"grid": GRID, "variant": "deescalation"},
        {"variant": "no-deescalation", "start_level": 2},
        {"variant": {"Design", "After a too toxic dose", "Lowest dose"}},
    ),
    "a_plus_b": (
        {"grid": GRID, "a": 3, "b": 3, "c": 1, "d": 2, "e": 2, "deescalation": True},
        {"a": 4, "b": 4, "c": 2, "d": 1, "e": 3, "deescalation": False}
        | {"complete_highest": True, "start_level": 2},
        {
            "a": {"Design", "Decisions", "After a too toxic dose", "Most patients", "Departures"},
            "b": {"Design", "Decisions", "After a too toxic dose", "Most patients", "Departures"},
            "c": {"Design", "Decisions"},
            "d": {"Design", "Decisions"},
            "e": {"Design", "Decisions", "After a too toxic dose", "Departures"},
            "deescalation": {"After a too toxic dose", "Lowest dose"},
            "complete_highest": {"Highest dose"},
        },
    ),
    "rolling_six": (
        {"grid": GRID, "cohort_size": 3, "complete_highest": False},
        {"cohort_size": 4, "complete_highest": True, "start_level": 2},
        {"cohort_size": {"Decisions"}, "complete_highest": {"Highest dose"}},
    ),
    "accelerated_titration": (
        {"following": THREE},
        {
            "following": attrs.evolve(THREE, start_level=2),
            "single_patient_levels": 2,
            "trigger_dlts": 2,
            "trigger_moderates": 3,
            "confirm_at_level": True,
            "largest_step": 0.4,
        },
        {"following": {"Start"}} | {option: {"Titration"} for option in TITRATION},
    ),
    "boin": (
        {"grid": GRID, "target": 0.25, "max_patients": 15},
        INTERVAL | {"safe": 0.1, "toxic": 0.4, "extra_safe": 0.05, "bound_mtd": True},
        DECISIONS
        | {"safe": {"Decisions"}, "toxic": {"Decisions"}}
        | {"extra_safe": {"Earlier stop"}, "bound_mtd": {"Recommended dose"}},
    ),
    "mtpi": ({"grid": GRID, "target": 0.25, "max_patients": 15}, MARGINS, DECISIONS),
    "mtpi2": ({"grid": GRID, "target": 0.25, "max_patients": 15}, MARGINS, DECISIONS),
    "keyboard": ({"grid": GRID, "target": 0.25, "max_patients": 15}, MARGINS, DECISIONS),
    "i3_plus_3": ({"grid": GRID, "target": 0.25, "max_patients": 15}, MARGINS, DECISIONS),
    "tpi": (
        {"grid": GRID, "target": 0.25, "max_patients": 15},
        INTERVAL | {"min_patients": 4, "k1": 1.1, "k2": 1.2, "prior": (0.5, 0.5)},
        DECISIONS | {option: {"Decisions"} for option in ("k1", "k2", "prior")},
    ),
    "interval_design": (
        {"grid": GRID, "rule": TABLE, "mtd_selection": IsotonicClosest(0.3), "max_patients": 3},
        {
            "rule": bd.rules.DecisionTable(("ED", "ESD", "ESUU")),
            "mtd_selection": IsotonicClosest(0.25),
            "max_patients": 2,
            "cohort_size": 1,
            "start_level": 2,
            "stopping": SIX,
            "lowest_dose_elimination": BetaElimination(0.3),
        },
        {"rule": {"Decisions"}},
    ),
    "capped": (
        {"following": THREE, "max_patients": 9},
        {"following": attrs.evolve(THREE, start_level=2), "max_patients": 12},
        {"following": {"Start"}},
    ),
    "backfilled": (
        {"escalation": bd.boin(GRID, 0.25, max_patients=15), "patients_per_cohort": 2},
        {
            "escalation": bd.boin(GRID, 0.25, max_patients=15, start_level=2),
            "patients_per_cohort": 3,
            "opening": bd.dose_optimization.OpenAfterPatients(6),
            "closing": bd.dose_optimization.CloseFromRate(),
            "conflict": "pooled",
            "priority": "lowest",
            "cap_per_dose": 9,
            "cap_in_all": 6,
            "escalation_patients": 12,
            "ratio": 0.5,
        },
        {
            "escalation": {"Start"},
            "patients_per_cohort": {"Backfill"},
            "opening": {"Backfill, open doses"},
            "closing": {"Backfill, closed doses"},
            "conflict": {"Backfill, conflicts"},
            "priority": {"Backfill, which dose"},
            "cap_per_dose": {"Backfill, caps"},
            "cap_in_all": {"Backfill, caps"},
            "escalation_patients": {"Backfill, caps"},
            "ratio": {"Backfill"},
        },
    ),
    "boin12": (
        {"grid": GRID, "max_patients": 15},
        {
            "max_patients": 18,
            "max_toxicity": 0.3,
            "min_efficacy": 0.2,
            "utility": bd.rules.Utility(none=50, both=50),
            "toxicity_cutoff": 0.9,
            "efficacy_cutoff": 0.8,
            "enough_to_stay": 9,
            "explore_from": None,
            "selection": "next-dose",
            "stop_at_lowest": False,
            "cohort_size": 1,
            "start_level": 2,
            "stopping": SIX,
        },
        {
            "max_toxicity": {"Utility", "Admissible doses", "Decisions", "Recommended dose"},
            "min_efficacy": {"Utility", "Admissible doses"},
            "utility": {"Utility"},
            "toxicity_cutoff": {"Admissible doses"},
            "efficacy_cutoff": {"Admissible doses"},
            "enough_to_stay": {"Decisions"},
            "explore_from": {"Decisions"},
            "selection": {"Recommended dose"},
            "stop_at_lowest": {"Decisions", "Earlier stop"},
        },
    ),
    "utility_by_model": (
        {"toxicity": BLRM},
        {
            "toxicity": attrs.evolve(BLRM, start_level=2),
            "utility": bd.rules.Utility(none=50, both=50),
            "min_efficacy": 0.2,
            "efficacy_cutoff": 0.8,
            "efficacy_prior": (0.5, 0.5),
        },
        {
            "toxicity": {"Start"},
            "utility": {"Utility"},
            "min_efficacy": {"Admissible doses"},
            "efficacy_cutoff": {"Admissible doses"},
            "efficacy_prior": {"Efficacy"},
        },
    ),
    "with_committee": (
        {"escalation": THREE, "rule": COMMITTEE},
        {
            "escalation": attrs.evolve(THREE, start_level=2),
            "rule": attrs.evolve(COMMITTEE, prefers="lowest", otherwise="design"),
        },
        {"escalation": {"Start"}, "rule": {"Recommended dose"}},
    ),
    "blrm": (
        {"grid": DOSES, "prior": LOGISTIC.prior, "target_interval": (0.16, 0.33)}
        | {"ewoc_cap": 0.25, "max_patients": 9, "tolerances": (0.05,)},
        MODELLED
        | {"prior": attrs.evolve(LOGISTIC.prior, mean=(-1.5, 0.0)), "target_interval": (0.2, 0.33)}
        | {"ewoc_cap": 0.3, "stop_cap": 0.4, "stop_min_patients": 3, "tolerances": (0.02,)},
        {
            "prior": {"Model"},
            "target_interval": {"Next dose"},
            "ewoc_cap": {"Admissible doses"},
            "stop_cap": {"Earlier stop"},
            "stop_min_patients": {"Earlier stop"},
            "tolerances": set(),
        },
    ),
    "crm": (
        {"grid": DOSES, "curve": CURVE, "target": 0.25, "prior_sd": 1.16, "estimate": "mean"}
        | {"max_patients": 9, "tolerances": (0.05,)},
        MODELLED
        | {"curve": bd.models.PowerCurve((0.05, 0.1, 0.3, 0.5)), "target": 0.3, "prior_sd": 1.2}
        | {"estimate": "plug-in", "admissible": bd.rules.NotTooToxic(0.4, 0.5), "tolerances": (0.02,)},
        {
            "curve": {"Model"},
            "prior_sd": {"Model"},
            "target": {"Next dose"},
            "estimate": {"Next dose"},
            "admissible": {"Admissible doses"},
            "tolerances": set(),
        },
    ),
    "crm_mle": (
        {"grid": DOSES, "curve": CURVE, "target": 0.25, "max_patients": 9},
        {
            "curve": bd.models.PowerCurve((0.05, 0.1, 0.3, 0.5)),
            "target": 0.3,
            "max_patients": 12,
            "initial_levels": (1, 1, 2),
            "cohort_size": 2,
            "initial_cohort_size": 1,
            "increments": INCREMENTS,
            "stopping": SIX,
            "recommendation": RECOMMENDATION,
        },
        {
            "curve": {"Model"},
            "target": {"Next dose"},
            "initial_levels": {"First stage"},
            "initial_cohort_size": {"First stage"},
        },
    ),
}
# Where one option moves what follows from it too.
ALSO = {("boin", "target"): set(), ("crm_mle", "cohort_size"): {"First stage"}}
# Options that the named designs share with interval_design come by keyword.
SHARED = {"cohort_size", "start_level", "stopping", "lowest_dose_elimination"}


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


HOSTILE = "<script>alert(1)</script> | `x` *y* _z_ [a](http://b) \\input{/etc/passwd} & # 100 %"


def test_hostile_names_stay_text():
    text = ProtocolText(HOSTILE, [Section(HOSTILE, [Part(HOSTILE, HOSTILE), Part("# " + HOSTILE)])])
    markdown, latex = as_markdown(text), as_latex(text)
    assert "<script" not in markdown.replace("\\<script", "")
    assert "](http" not in markdown
    # Of the two lines that begin with a number sign one is the title, and the other is escaped.
    assert (
        len(re.findall(r"^# ", markdown, re.MULTILINE))
        == len(re.findall(r"^\\# ", markdown, re.MULTILINE))
        == 1
    )
    assert "\\input" not in latex
    with zipfile.ZipFile(io.BytesIO(_docx(text))) as file:
        assert b"&lt;script&gt;" in file.read("word/document.xml")


def _docx(text):
    pytest.importorskip("docx", reason="python-docx is not installed: pip install 'bayesdose[docx]'")
    return as_docx(text)


def test_a_word_file_holds_the_same_words_and_tables():
    docx = pytest.importorskip("docx", reason="python-docx is not installed: pip install 'bayesdose[docx]'")
    design = EXAMPLES["boin"]()
    text = protocol_text("BOIN", design)
    made = as_docx(text)
    assert made == as_docx(protocol_text("BOIN", design)), "the same design gives the same file"
    document = docx.Document(io.BytesIO(made))
    paragraphs = [paragraph.text for paragraph in document.paragraphs]
    for section in text.sections:
        assert section.heading in paragraphs
        for part in section.parts:
            assert (f"{part.about}. {part.words}" if part.about else part.words) in paragraphs
    tables = [table for section in text.sections for table in section.tables]
    assert len(document.tables) == len(tables) == 3
    for shown, table in zip(document.tables, tables, strict=True):
        assert [cell.text for cell in shown.rows[0].cells] == [column.heading for column in table.columns]
        for row, values in zip(shown.rows[1:], table.rows, strict=True):
            assert [cell.text for cell in row.cells] == [column.shown(values) for column in table.columns]


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


def _wide_table():
    """Fourteen columns, the first with long texts, one of them with what LaTeX takes for an option."""
    columns = [Column("who", "who it is about"), *(Column(f"c{n}", f"column {n} %", 3) for n in range(13))]
    numbers = {f"c{n}": n / 7 for n in range(13)}
    whose = ("[0, 0.16) of a text of several words", "b", "#\\$")
    return Table("wide", "50 % of {a_b}", columns, [{"who": one} | numbers for one in whose])


def test_a_wide_table_stays_on_the_line():
    """In LaTeX the columns share the line among them; a narrow table's are as wide as their texts."""
    columns = re.search(r"begin\{longtable\}\{(.*)\}", latex_text(_wide_table(), "note"))[1]
    shares = [float(one) for one in re.findall(r"p\{([\d.]+)\\dimexpr", columns)]
    assert len(shares) == 14
    assert sum(shares) == pytest.approx(1, abs=14 * 5e-5)  # each is rounded to four decimals
    narrow = Table("t", "narrow", (Column("a", "a"), Column("b", "b", 1)), [{"a": "x", "b": 1.0}])
    assert "\\begin{longtable}{lr}" in latex_text(narrow, "note")


def test_columns_hold_their_longest_words():
    table = _wide_table()
    wanted = [7, *(6 for _ in range(10)), *(6 for _ in range(3))]  # "several"; "column"
    assert column_widths(table, 0) == wanted
    assert least_width(table) == sum(wanted)
    # With room for all, the longest line of each: 36 letters of a text, "column 9 %" and "column 10 %".
    whole = [36, *(10 for _ in range(10)), *(11 for _ in range(3))]
    assert column_widths(table, 1000) == whole
    assert whole_width(table) == sum(whole)
    assert sum(column_widths(table, 120)) == pytest.approx(120)


def test_latex_compiles(tmp_path):
    """With the packages that the first line names, under the engine that the machine has."""
    engine = shutil.which("pdflatex")
    if engine is None:
        pytest.skip("needs pdflatex")
    design = EXAMPLES["boin"]()
    made = protocol_text("BOIN", design)
    code = "[a]\n    b = '~^'\n\n[c]"
    hostile = [Section("wide " + HOSTILE, [Part(HOSTILE, HOSTILE)], [_wide_table()], code)]
    latex = as_latex(ProtocolText(made.title, [*made.sections, *hostile]))
    packages = "\n".join(re.findall(r"\\usepackage\S*?\}", latex.splitlines()[0]))
    document = f"\\documentclass{{article}}\n{packages}\n\\begin{{document}}\n{latex}\n\\end{{document}}\n"
    (tmp_path / "it.tex").write_text(document, encoding="utf-8")
    words = [engine, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "it.tex"]
    ran = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-2000:]
    # A line that stands out by less than 5 points is still inside the margin.
    too_wide = re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\) in align", ran.stdout)
    assert not [one for one in too_wide if float(one) > 5]


def test_a_word_files_columns_are_as_wide_as_what_they_hold():
    docx = pytest.importorskip("docx", reason="python-docx is not installed: pip install 'bayesdose[docx]'")
    text = ProtocolText("t", [Section("s", tables=[_wide_table()])])
    document = docx.Document(io.BytesIO(as_docx(text)))
    (table,) = document.tables
    widths = [column.width for column in table.columns]
    page = document.sections[0]
    assert sum(widths) <= page.page_width - page.left_margin - page.right_margin
    assert widths[0] > widths[1] == widths[2]
    assert [cell.paragraphs[0].alignment for cell in table.rows[1].cells[:2]] == [
        None,
        docx.enum.text.WD_ALIGN_PARAGRAPH.RIGHT,
    ]


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
