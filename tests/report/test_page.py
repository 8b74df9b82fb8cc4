"""The report: a page that loads nothing, escapes everything, and shows the results' numbers."""

import csv
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import tomli_w

import bayesdose as bd
from bayesdose.cli import app
from bayesdose.errors import InputError
from bayesdose.protocols.load import protocol_content
from bayesdose.report.page.command import report_study_file
from bayesdose.report.page.references import references
from bayesdose.report.page.report_table import Column, Table
from bayesdose.report.page.report_table_files import csv_text, latex_text
from tests.in_words import code_in

HOSTILE = "<script>alert(1)</script> $x & y_1"
EVIL = "<img src=http://x.example/a onerror=alert(1)>"
SIMULATED = f"""
name = "sim"
method = {{ method = "MonteCarlo", trials = 200, rng = 7 }}
dlt_window = 21
mtd_rule = {{ rule = "ClosestTo", target = 0.25 }}
grid = {{ values = [1, 2.5, 5], unit = "mg {EVIL}" }}
# A comment: {HOSTILE}

[[scenarios]]
scenarios = "Scenario"
name = "{HOSTILE}"
prob_dlt = [0.05, 0.1, 0.2]

[[scenarios]]
scenarios = "Scenario"
name = "toxic"
prob_dlt = [0.25, 0.4, 0.6]

[designs."<b>3+3</b>"]
design = "three_plus_three"
variant = "deescalation"

[designs.BOIN]
design = "boin"
target = 0.25
max_patients = 12

[designs.CRM]
design = "crm"
curve = {{ curve = "PowerCurve", skeleton = [0.05, 0.15, 0.25] }}
prior_sd = 1.34
target = 0.25
estimate = "mean"
max_patients = 12
tolerances = [1e-3]
"""
EXACT = """
protocol = "mine.toml"

[designs]
own = "own"
BLRM = "BLRM"
"""
VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Elements with their attributes, and the cells of each table."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.tables, self.text = [], [], {}, ""
        self._table = self._cell = None
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        assert len(attributes) == len(attrs)
        self.elements.append((tag, attributes))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self._table = self.tables[attributes["id"]] = []
        elif tag == "tr":
            self._table.append([])
        elif tag in ("td", "th"):
            self._table[-1].append("")
            self._cell = True

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag in ("td", "th"):
            self._cell = False

    def handle_data(self, data):
        self.text += data
        if self._cell:
            self._table[-1][-1] += data


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated")
    file = folder / "study.toml"
    file.write_text(SIMULATED)
    result = report_study_file(file, out=folder / "page.html")
    return folder, result, Page((folder / "page.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def exact(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exact")
    content = protocol_content("IMM01")
    content["title"] = EVIL
    content["notes"] = [HOSTILE]
    (folder / "mine.toml").write_text(tomli_w.dumps(content), encoding="utf-8")
    (folder / "study.toml").write_text(EXACT)
    result = report_study_file(folder / "study.toml", out=folder / "page.html", tables=folder / "there")
    return folder, result, Page((folder / "page.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize("made", ["simulated", "exact"])
def test_the_page_loads_nothing_and_is_well_formed(made, request):
    _, _, page = request.getfixturevalue(made)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "iframe", "object", "embed", "base", "b", "video", "form"}
    for tag, attributes in page.elements:
        assert not any(name.startswith("on") or name in ("srcset", "style") for name in attributes)
        if "src" in attributes:
            assert tag == "img"
            assert attributes["src"].startswith("data:image/svg+xml;base64,")
        if "href" in attributes:
            assert tag == "a"
            assert attributes["href"].startswith(("#", "https://doi.org/"))
            if attributes["href"].startswith("#"):
                assert attributes["href"][1:] in ids
        if "aria-labelledby" in attributes:
            assert attributes["aria-labelledby"] in ids
        if tag == "img":
            assert len(attributes["alt"]) > 20
    policy = [attributes["content"] for _, attributes in page.elements if "http-equiv" in attributes]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    assert [tag for tag, _ in page.elements].count("h1") == 1


def test_style_names_no_address(simulated):
    text = (simulated[0] / "page.html").read_text(encoding="utf-8")
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    assert "@page" in style
    assert not re.search(r"url\(|@import|http", style)


def test_a_users_texts_are_shown_as_they_stand(simulated, exact):
    text = simulated[2].text
    assert text.count(HOSTILE) > 5
    assert "<b>3+3</b>" in text
    assert f"mg {EVIL}" in text
    assert f"# A comment: {HOSTILE}" in text  # the study file, verbatim
    assert EVIL in exact[2].text
    assert HOSTILE in exact[2].text


def test_designs_are_described_in_sentences(simulated, exact):
    """What is code on the page is the study file and the designs as saved, under Reproducibility."""
    for folder, _, page in (simulated, exact):
        said = page.text.partition("Reproducibility\n")[2].partition("Reproducibility\n")[0]
        assert "How the designs are compared" in said
        assert not code_in(said), code_in(said)
        for design in bd.load_study(folder / "study.toml").designs.values():
            assert all(text in said for text in design.words.values())


def test_a_decision_table_stands_where_there_is_one(simulated):
    folder, _, page = simulated
    names = ["decisions-1", "decisions-2-boundaries", "decisions-2", "decisions-2-thresholds"]
    assert [name for name in page.tables if "decisions" in name] == [f"table-{name}" for name in names]
    assert all((folder / "page-tables" / f"{name}.csv").is_file() for name in names)
    # 3+3: the patients stand once for the rows that share them.
    assert page.tables["table-decisions-1"][1:3] == [
        ["3", "0", "escalate: 3 patients", "stay: 3 patients"],
        ["1", "stay: 3 patients", "stay: 3 patients"],
    ]
    heading, *rows = page.tables["table-decisions-2"]
    assert heading == ["DLTs", "3", "6", "9", "12"]
    # BOIN's table for a target of 0.25: Liu and Yuan (2015), table 1, and the R package BOIN for U.
    assert rows[:4] == [
        ["0", "E", "E", "E", "E"],
        ["1", "D", "E", "E", "E"],
        ["2", "D", "D", "S", "E"],
        ["3", "U", "D", "D", "S"],
    ]


def test_numbers_of_a_simulated_study(simulated):
    _, result, page = simulated
    rows = page.tables["table-characteristics"]
    heading = rows[0]
    assert heading[:4] == ["scenario", "MTD", "design", "MTD %"]
    values = 100 * result["correct_selection"].transpose("scenario", "design").values.ravel()
    errors = 100 * result["correct_selection_mcse"].transpose("scenario", "design").values.ravel()
    shown = [row[heading.index("MTD %") - (0 if len(row) == len(heading) else 2)] for row in rows[1:]]
    assert shown == [f"{value:.1f} ± {error:.1f}" for value, error in zip(values, errors, strict=True)]
    # One proportion's standard error, from the number of trials alone.
    share = values / 100
    assert np.allclose(errors / 100, np.sqrt(share * (1 - share) / 200), atol=1e-12)
    differences = page.tables["table-differences"]
    assert len(differences) == 1 + 2 * 2
    one = result.sel(design="BOIN", other_design="<b>3+3</b>").isel(scenario=0)
    value, error = float(one["dlt_rate_difference"]), float(one["dlt_rate_difference_mcse"])
    column = differences[0].index("DLT %")
    assert differences[1][column] == f"{100 * value:.1f} ± {100 * error:.1f}"
    assert "seed 7" in page.text
    assert "200 simulated trials" in page.text


def test_numbers_of_an_exact_study(exact):
    folder, result, page = exact
    rows = page.tables["table-selection"][1:]
    for number, row in enumerate(rows):
        scenario, design = divmod(number, result.sizes["design"])
        expected = 100 * result["selection_probability"].isel(scenario=scenario, design=design).values
        assert row[-len(expected) :] == [f"{value:.1f}" for value in expected]
    assert "±" not in page.text
    assert "ASSUMED DOSE GRID" in page.text
    protocol = bd.load_protocol(folder / "mine.toml")
    for item in protocol.assumptions():
        assert item.reason in page.text
    facts = page.tables["table-protocol"][1:]
    assert len(facts) == len(protocol.sourced())
    assert [row[2] == "ASSUMPTION" for row in facts] == [
        one.source == "assumption" for _, one in protocol.sourced()
    ]
    for row, (_, one) in zip(facts, protocol.sourced(), strict=True):
        assert one.place in row[3]
    # The prior: the quantiles that it was asked for.
    asked = page.tables["table-prior-1-asked"][1:]
    assert [float(row[2]) for row in asked] == [float(row[1]) for row in asked] == [0.5, 0.95, 0.5, 0.95]
    assert result.attrs["study_hash"] in page.text
    for sha256 in result["design_hash"].values:
        assert sha256 in page.text


@pytest.mark.parametrize(("made", "tables"), [("simulated", "page-tables"), ("exact", "there")])
def test_tables_as_csv_and_latex(made, tables, request):
    folder, result, page = request.getfixturevalue(made)
    files = {path.name for path in (folder / tables).iterdir()}
    names = {name.removeprefix("table-") for name in page.tables} - {"measures"}
    assert files == {f"{name}.{suffix}" for name in names for suffix in ("csv", "tex")}
    lines = (folder / tables / "patients.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    rows = list(csv.DictReader(lines[1:]))
    expected = result["expected_patients"].transpose("scenario", "design", "dose").values
    keys = [f"dose {label}" for label in result["recommendation"].values[1:]]
    read = np.array([[float(row[key]) for key in keys] for row in rows])
    assert np.array_equal(read, expected.reshape(read.shape))  # every bit
    latex = (folder / tables / "patients.tex").read_text(encoding="utf-8")
    body = latex.split("\\endfoot\n")[1].split("\\end{longtable}")[0].replace("\\addlinespace\n", "")
    cells = [line.removesuffix(" \\\\").split(" & ") for line in body.strip().splitlines()]
    shown = [[float(re.search(r"\d+\.\d\d", cell)[0]) for cell in row[3:]] for row in cells]
    assert np.abs(np.array(shown) - read).max() <= 0.005 + 1e-9


def test_latex_escapes_and_csv_quotes():
    table = Table(
        "t",
        "50 % of {a_b}",
        (Column("who", "who & what"), Column("p", "p", 2, 100)),
        [{"who": '\\x^~#"$', "p": 0.1234, "p_mcse": 0.01}, {"who": "b", "p": float("nan"), "p_mcse": 0.0}],
    )
    latex = latex_text(table, "note\nof two lines")
    assert latex.startswith("% note of two lines\n")
    assert "50 \\% of \\{a\\_b\\}" in latex
    assert '\\textbackslash{}x\\textasciicircum{}\\textasciitilde{}\\#"\\$ & 12.34 $\\pm$ 1.00 \\\\' in latex
    assert "b & -- \\\\" in latex
    rows = list(csv.DictReader(csv_text(table, "a").splitlines()[1:]))
    assert rows[0] == {"who": '\\x^~#"$', "p": "0.1234", "p_mcse": "0.01"}


def test_the_same_study_gives_the_same_bytes(simulated, tmp_path):
    folder, result, _ = simulated
    study = bd.load_study(folder / "study.toml")
    for name in ("a", "b"):
        bd.write_report(study, result, tmp_path / f"{name}.html", tables=tmp_path / "t")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_references_are_those_used(simulated, exact):
    assert "Liu, Suyu; Yuan, Ying (2015)" in simulated[2].text
    assert "Neuenschwander, Beat" not in simulated[2].text
    assert "Cheung" in simulated[2].text  # the accuracy index of a rule with a target
    assert "Neuenschwander, Beat" in exact[2].text
    (book,) = references(["Cheung2011", "Cheung2011"])
    assert "Chapman & Hall / CRC Press" in book.text
    assert references(["Mine2030"])[0].text == "Mine2030"


def test_the_command(exact, tmp_path, monkeypatch, capsys):
    with pytest.raises(InputError, match="out: got .*; wanted a file name that ends in .html"):
        report_study_file(exact[0] / "study.toml", out=tmp_path / "page.pdf")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.toml").write_text('protocol = "MIL97"\n[designs]\n"3+3" = "3+3"\n')
    with pytest.raises(SystemExit) as ended:
        app(["report", "study.toml"])
    assert not ended.value.code
    assert "report.html" in capsys.readouterr().out
    text = (tmp_path / "results" / "study" / "report.html").read_text(encoding="utf-8")
    assert "<code>bayesdose report study.toml</code>" in text
    assert (tmp_path / "results" / "study" / "report-tables" / "selection.csv").is_file()


def test_more_than_a_figure_can_show(tmp_path):
    designs = "".join(
        f'"{n}" = {{ design = "three_plus_three", variant = "no-deescalation" }}\n' for n in range(7)
    )
    (tmp_path / "study.toml").write_text(
        'grid = { values = [1, 2, 3, 4, 5], unit = "mg" }\n'
        'mtd_rule = { rule = "ClosestTo", target = 0.25 }\n'
        '[[scenarios]]\nscenarios = "published_scenarios"\nstudy = "iasonos-2008"\n'
        '[[scenarios]]\nscenarios = "murray_scenarios"\ntarget = 0.25\nnumber = 14\ndelta = 0.05\nrng = 1\n'
        f"[designs]\n{designs}"
    )
    study = bd.load_study(tmp_path / "study.toml")
    result = bd.run_study(study)
    bd.write_report(study, result, tmp_path / "page.html")
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert f"The first 12 of {len(study.scenarios)} scenarios; the tables hold all." in page.text
    assert [tag for tag, _ in page.elements].count("img") == 2  # curves and selection
    assert len(page.tables["table-characteristics"]) == 1 + 7 * len(study.scenarios)
    assert "Iasonos, A" in page.text


def test_a_design_of_a_users_own_and_bounds(tmp_path, discrete_blrm):
    design = discrete_blrm([[0.1, 0.2], [0.2, 0.4]], [0.5, 0.5], max_patients=6)
    scenarios = [bd.scenarios.Scenario("one", design.grid, (0.1, 0.3))]
    study = bd.Study(
        "own", {"mine": design}, tuple(scenarios), bd.rules.ClosestTo(0.3), bd.Exact(max_unresolved=0.01)
    )
    result = bd.run_study(study)
    bd.write_report(study, result, tmp_path / "page.html")
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert "Has a part of a user's own" in page.text
    assert not any(name.startswith("table-prior") for name in page.tables)
    row = page.tables["table-characteristics"][1]
    low, value, high = (100 * result[f"correct_selection{kind}"].item() for kind in ("_lower", "", "_upper"))
    assert row[3] == f"{value:.1f} ({low:.1f} to {high:.1f})"


def test_a_mixture_prior_and_a_file_in_the_way(tmp_path):
    vague = bd.priors.NormalPrior((-1, 0), (2, 1), reference_dose=10.0)
    informed = bd.priors.NormalPrior((-1.4, 0), (0.5, 0.3), reference_dose=10.0)
    mixed = bd.priors.robustify(informed, 0.25, vague)
    grid = bd.DoseGrid((2.5, 10.0), "mg")
    design = bd.blrm(
        grid, mixed, target_interval=(0.16, 0.33), ewoc_cap=0.25, max_patients=6, tolerances=(1e-2,)
    )
    study = bd.Study(
        "mix", {"m": design}, (bd.scenarios.Scenario("one", grid, (0.1, 0.3)),), bd.rules.ClosestTo(0.3)
    )
    bd.write_report(study, bd.run_study(study), tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "with weight 0.25: log alpha ~ N(-1.0000, 2.0000²)" in text
    assert "with weight 0.75: log alpha ~ N(-1.4000, 0.5000²)" in text
    (tmp_path / "taken").write_text("")
    with pytest.raises(InputError, match="tables: got .*; wanted a folder"):
        bd.write_report(study, bd.run_study(study), tmp_path / "page.html", tables=tmp_path / "taken")


def test_results_of_another_study_are_refused(simulated, exact, tmp_path):
    study = bd.load_study(simulated[0] / "study.toml")
    with pytest.raises(InputError, match="result: got .*; wanted the result of this study"):
        bd.write_report(study, exact[1], tmp_path / "page.html")
    assert not list(tmp_path.iterdir())
