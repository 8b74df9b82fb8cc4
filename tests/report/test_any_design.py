"""Commands take any design: of a protocol, of a study file, of a design file, or on doses of one's own."""

import json
from pathlib import Path

import pytest

import bayesdose as bd
import bayesdose.models.logistic
from bayesdose.cli import app
from bayesdose.errors import InputError
from bayesdose.report.next_dose import show_next_dose
from bayesdose.report.prior import show_prior
from bayesdose.report.subject import load_subject

PROTOCOLS = Path(__file__).parents[1] / "protocols"
BOIN, CRM = PROTOCOLS / "boin.toml", PROTOCOLS / "crm.toml"
GRID = bd.DoseGrid((10, 20, 40, 80), "mg")
COMPARATORS = """
[comparators]
source = "assumption"
reason = "what the design is compared with"

[comparators.value."3+3"]
design = "three_plus_three"
variant = "deescalation"
"""


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Runs a command in an empty folder on a terminal of 80 columns; returns what it printed."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)

    def command(*words):
        with pytest.raises(SystemExit) as ended:
            app([str(word) for word in words])
        assert not ended.value.code
        printed = capsys.readouterr().out
        assert all(len(line) <= 80 for line in printed.splitlines())
        return printed

    return command


def study_of(path, folder):
    file = folder / "study.toml"
    file.write_text(f'protocol = "{path}"\n[designs]\nown = "own"\n', encoding="utf-8")
    return file


def test_a_protocol_whose_design_is_boin(run, tmp_path):
    design = bd.boin(GRID, 0.25, max_patients=18, start_level=2, stopping=bd.rules.PatientsAtDose(9))
    assert bd.protocol_designs(bd.load_protocol(BOIN)) == {"own": design}
    printed = run("compare", BOIN)
    assert "INVENTED-BOIN, QD (exact, no Monte Carlo error)" in printed
    record = json.loads(Path("results/INVENTED-BOIN/provenance.json").read_text())
    assert record["designs"] == {"own": bd.design_hash(design)}
    assert "prior" not in record
    # The boundaries for 0.25 are 0.197 and 0.298 (LiuYuan2015): 0 of 3 goes up, 1 to 3 of 3 go down.
    assert run("next", BOIN, "2NNN 3NNT").startswith("Next: 3 patients at level 2 (20 mg).")
    rows = [line.split() for line in run("paths", BOIN, "2NNN", "--cohorts", "1").splitlines()]
    assert [row[3] for row in rows if len(row) == 5 and row[0] in "1234"] == ["80", "20", "20", "20"]
    run("report", study_of(BOIN, tmp_path), "--out", "page.html")
    page = Path("page.html").read_text(encoding="utf-8")
    assert "INVENTED-BOIN" in page
    assert 'href="#priors"' not in page


def test_a_design_without_a_prior_is_refused_in_words(tmp_path):
    for command in (
        lambda: show_prior(str(BOIN)),
        lambda: show_next_dose(str(BOIN), "2N", None, sampler="nuts"),
    ):
        with pytest.raises(InputError) as caught:
            command()
        assert "--design" in str(caught.value) or "NUTS is for model-based designs" in str(caught.value)
    with pytest.raises(
        InputError, match="design: got 'own'; wanted a design with a model, and so with a prior"
    ):
        show_prior(str(BOIN))


def test_boin_with_a_comparator(run, tmp_path):
    path = tmp_path / "boin.toml"
    path.write_text(BOIN.read_text(encoding="utf-8") + COMPARATORS, encoding="utf-8")
    assert "  3+3 " in run("compare", path, "--designs", "own", "3+3", "--verbose", "--out", "there")
    assert run("next", path, "2NNN", "--design", "3+3").startswith("Next: 3 patients at level 3 (40 mg).")


def test_a_protocol_whose_design_is_a_crm(run, tmp_path):
    assert bd.load_protocol(CRM).design.whole.citation == "An invented paper, 2026"
    printed = run("compare", CRM, "--designs", "own", "3+3", "--out", "there")
    assert "INVENTED-CRM, QD (exact, no Monte Carlo error)" in printed
    printed = run("next", CRM, "2NNN 3NNT", "--design", "own")
    assert "INVENTED-CRM after 2NNN 3NNT, own (exact posterior of P(DLT))" in printed
    (decision,) = [line for line in printed.splitlines() if line.startswith("Next: ")]
    (design,) = bd.protocol_designs(bd.load_protocol(CRM), ["own"]).values()
    assert decision == bd.describe_decision(design, "2NNN 3NNT")
    assert "4 pathways of the next cohort" in run("paths", CRM, "2NNN", "--design", "own", "--cohorts", "1")
    printed = run("prior", CRM, "--design", "own")
    assert "skeleton of P(DLT) before any patient" in printed
    assert [line.split()[-1] for line in printed.splitlines()[1:5]] == ["0.050", "0.120", "0.250", "0.400"]
    assert "theta ~ N(0, 1.34²)" in printed
    # Where nothing is named it is the comparator BLRM, whose prior the protocol states.
    assert "INVENTED-CRM, BLRM: prior of P(DLT)" in run("prior", CRM)
    run("report", study_of(CRM, tmp_path), "--out", "page.html")
    page = Path("page.html").read_text(encoding="utf-8")
    assert "Skeleton of own" in page
    assert "O&#39;Quigley" in page


def test_fit_takes_a_crm(run):
    with pytest.warns(bd.ConvergenceWarning):
        printed = run(
            "fit", CRM, "2NNN 3NNT", "--design", "own", "--out", "a.nc", "--draws", "50", "--chains", "2"
        )
    assert printed.startswith("INVENTED-CRM after 2NNN 3NNT, own: posterior mean")


DESIGN = 'design = "boin"\ntarget = 0.25\nmax_patients = 12\n'
ON_GRID = DESIGN + 'grid = { values = [1, 3, 10], unit = "mg" }\n'


def test_a_design_file_and_doses_of_ones_own(run):
    Path("alone.toml").write_text(ON_GRID)
    Path("boin.toml").write_text(DESIGN)
    down = "Next: 3 patients at level 1 (1 mg)."
    assert run("next", "alone.toml", "1NNN 2NTT").startswith(down)
    assert run("next", "1, 3, 10 mg", "1NNN 2NTT", "--design", "boin.toml").startswith(down)
    printed = run("paths", "1, 3, 10 mg", "", "--design", "boin.toml", "--cohorts", "1")
    assert "after no patients, boin: 4 pathways of the next cohort (doses in mg)" in printed
    assert run("next", "MIL97", "1NNN 2NTT", "--design", "boin.toml").startswith(
        "Next: 3 patients at level 1 (0.01 mg/kg)."
    )
    # A prior by statements at the ends of any doses.
    Path("blrm.toml").write_text(
        'design = "blrm"\ntarget_interval = [0.16, 0.33]\newoc_cap = 0.25\nmax_patients = 6\n'
        'prior = { prior = "NormalPrior", mean = [-1, 0], sd = [1, 1], reference_dose = 10 }\n'
    )
    assert "blrm: prior of P(DLT) before any patient" in run("prior", "1, 3, 10 mg", "--design", "blrm.toml")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("next", "boin.toml", "1N"),
            "design file boin.toml, key grid: got None; wanted a value: the key is missing",
        ),
        (("next", "1, 3 mg", "1N"), "design: got None; wanted a design file. Pass --design FILE.toml."),
        (("next", "1, 3 mg", "1N", "--design", "BLRM"), "design: got 'BLRM'; wanted a design file"),
        (
            ("next", "1, 3, 10 mg", "4N", "--design", "boin.toml"),
            "outcomes: got '4N'; wanted dose levels from 1 to 3",
        ),
        (("next", "3, 1 mg", "1N", "--design", "boin.toml"), "DoseGrid, values: got"),
        (
            ("next", "1..2, 3 mg", "1N", "--design", "boin.toml"),
            "doses: got '1..2, 3 mg'; wanted numbers and their",
        ),
        (("next", "1 3 mg", "1N", "--design", "boin.toml"), "got '1 3 mg'; wanted one of "),
        (
            ("next", "study.toml", "1N"),
            "design: got None; wanted one of a, b, or a design file. Pass --design NAME",
        ),
        (("next", "study.toml", "1N", "--design", "c"), "got 'c'; wanted one of a, b."),
        (("next", "MIL97", "1N", "--design", "alone.toml"), "design file alone.toml, its doses: got"),
        (
            ("compare", "study.toml"),
            "protocol: got 'study.toml: study file'; wanted a protocol. A study file is run",
        ),
        (("compare", "alone.toml"), "protocol: got 'alone.toml: design file'; wanted a protocol"),
        (("compare", "1, 3 mg"), "protocol: got '1, 3 mg: doses'; wanted a protocol"),
        (
            ("paths", "alone.toml", "", "--scenario", "safe"),
            "scenario: got ['safe']; wanted no scenario for a design",
        ),
        (("fit", "alone.toml", "1N", "--out", "a.nc"), "design: got 'alone'; wanted a design with a model"),
        (("prior", "study.toml", "--design", "a"), "design: got 'a'; wanted a design with a model"),
    ],
)
def test_what_is_refused(tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    Path("alone.toml").write_text(ON_GRID)
    Path("boin.toml").write_text(DESIGN)
    Path("study.toml").write_text(
        'grid = { values = [1, 3, 10], unit = "mg" }\nmtd_rule = { rule = "ClosestTo", target = 0.25 }\n'
        + "".join(f"[designs.{name}]\n{DESIGN}" for name in "ab")
    )
    with pytest.raises(InputError) as caught:
        app(list(words), exit_on_error=False, result_action="return_value")
    assert message in str(caught.value)


@pytest.mark.parametrize("unit", ["mg", "mg/kg", "µg/kg", "mg per m^2", "% of a full dose", "x10^6 cells"])
@pytest.mark.parametrize("doses", ["1,3", "1, 3", " 1 ,3.0 ", "1e0, 3E0"])
def test_doses_and_their_unit(doses, unit):
    assert load_subject(f"{doses} {unit}").grid == bd.DoseGrid((1, 3), unit)


# None of these may be read as doses with the rest as their unit.
NO_DOSES = """
1|1 3|1 3 mg|1  3 mg|1 mg 3 mg|1 and 3 mg|1 to 3 mg|1 - 3 mg|1 -3 mg|1 +3 mg|1 .5 mg|1 /3 mg|1 / 3 mg|1 (3) mg
1,3|1, 3 10 mg|1 , mg|1, mg|1,, 3 mg|1 mg,3 mg|1 mg, 3 mg|1;3 mg|1 ;3 mg|1; 3 mg|1 mg; 3 mg|1,3 10^6 cells
"""


@pytest.mark.parametrize("text", NO_DOSES.strip().replace("\n", "|").split("|"))
def test_what_is_no_doses_is_not_read_as_some_with_an_odd_unit(text):
    with pytest.raises(InputError, match=r"or doses such as '1, 3, 10 mg'\): got .*; wanted one of "):
        load_subject(text)


def test_a_study_file(run):
    Path("study.toml").write_text(
        'grid = { values = [1, 3, 10], unit = "mg" }\nmtd_rule = { rule = "ClosestTo", target = 0.25 }\n'
        f"[designs.only]\n{DESIGN}"
    )
    assert run("next", "study.toml", "1NNN 2NTT").startswith("Next: 3 patients at level 1 (1 mg).")
    printed = run("paths", "study.toml", "1NNN", "--cohorts", "1", "--scenario", "MTD 3 mg")
    assert printed.startswith("study after 1NNN, only: 4 pathways of the next cohort (doses in mg)")
    assert load_subject("study.toml").what == "study file"


def test_next_builds_its_model_once(run, monkeypatch):
    built, build = [], bayesdose.models.logistic.two_parameter_logistic

    def counted(grid, prior):
        built.append(prior)
        return build(grid, prior)

    monkeypatch.setattr(bayesdose.models.logistic, "two_parameter_logistic", counted)
    Path("blrm.toml").write_text(
        'design = "blrm"\ntarget_interval = [0.16, 0.33]\newoc_cap = 0.25\nmax_patients = 6\n'
        'prior = { prior = "NormalPrior", mean = [-1, 0], sd = [1.0625, 1], reference_dose = 10 }\n'
        'grid = { values = [1, 3, 10], unit = "mg" }\n'
    )
    assert "exact posterior of P(DLT)" in run("next", "blrm.toml", "1NNN")
    assert len(built) == 1
