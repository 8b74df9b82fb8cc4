"""Study files: what they say, what they refuse, and when two say the same."""

import json
import tomllib
from pathlib import Path

import pytest

import bayesdose as bd
from bayesdose.errors import InputError
from bayesdose.studies.content import full_content

GRID = 'grid = { values = [1, 3, 10], unit = "mg" }\nmtd_rule = { rule = "ClosestTo", target = 0.25 }\n'
DESIGNS = """
[designs.BOIN]
design = "boin"
target = 0.25
max_patients = 9

[designs."3+3"]
design = "three_plus_three"
variant = "deescalation"
"""


@pytest.fixture
def study(tmp_path):
    """A study from a text, beside other files."""

    def load(text, **files):
        for name, content in files.items():
            (tmp_path / name.replace("__", ".")).write_text(content, encoding="utf-8")
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return bd.load_study(path)

    return load


def test_a_study_of_a_protocol(study):
    protocol = bd.load_protocol("MIL97")
    found = study('protocol = "mil97"\n[designs]\nown = "own"\n"three" = "3+3"\n')
    assert dict(found.designs) == {
        "own (assumed)": bd.protocol_designs(protocol)["own (assumed)"],
        "three": bd.three_plus_three(protocol.grid.value, "deescalation"),
    }
    assert found.name == "mine"
    assert found.mtd_rule == protocol.mtd_rule.value
    assert found.dlt_window == protocol.regimens[0].dlt_window_days.value
    assert found.scenarios == bd.scenarios.builtin_scenarios(protocol.grid.value, protocol.mtd_rule.value)


def test_an_assumed_own_design_says_so(study):
    # IMP7068's record names no scheme at all.
    (name,) = study('protocol = "IMP7068"\ndesigns = { mine = "own" }\n').designs
    assert name == "mine (assumed)"
    with pytest.raises(InputError, match="two named 'a .assumed.'"):
        study('protocol = "IMP7068"\ndesigns = { "a (assumed)" = "3+3", a = "own" }\n')


def test_a_study_on_a_grid_of_its_own(study):
    found = study('name = "other"\ndlt_window = 28\n' + GRID + "accrual = { mean_gap = 7 }\n" + DESIGNS)
    grid = bd.DoseGrid((1, 3, 10), "mg")
    assert dict(found.designs) == {
        "BOIN": bd.boin(grid, 0.25, max_patients=9),
        "3+3": bd.three_plus_three(grid, "deescalation"),
    }
    assert (found.name, found.dlt_window, found.accrual) == ("other", 28, bd.Accrual(7))
    assert found.mtd_rule == bd.rules.ClosestTo(0.25)


def test_a_saved_design_in_a_study(study, tmp_path):
    design = bd.crm_mle(bd.DoseGrid((1, 3, 10), "mg"), bd.models.PowerCurve((0.1, 0.25, 0.4)), 0.25, 12)
    bd.save_design(design, tmp_path / "crm.toml")
    found = study(GRID + 'designs = { CRM = { file = "crm.toml" } }\n')
    assert dict(found.designs) == {"CRM": design}


def test_every_source_of_scenarios(study):
    sources = """
[[scenarios]]
scenarios = "Scenario"
name = "steep"
prob_dlt = [0.01, 0.25, 0.7]

[[scenarios]]
scenarios = "load_scenarios"
path = "curves.csv"

[[scenarios]]
scenarios = "murray_scenarios"
target = 0.25
number = 2
delta = 0.05
rng = 3

[[scenarios]]
scenarios = "pseudo_uniform_scenarios"
target = 0.25
number = 2
rng = 4

[[scenarios]]
scenarios = "prior_predictive_scenarios"
prior = { prior = "NormalPrior", mean = [-1, 0], sd = [1, 0.5], reference_dose = 10 }
number = 2
rng = 5
"""
    csv = "scenario,dose,unit,prob_dlt\nflat,1,mg,0.1\nflat,3,mg,0.1\nflat,10,mg,0.1\n"
    found = study(GRID + sources + DESIGNS, curves__csv=csv)
    grid = bd.DoseGrid((1, 3, 10), "mg")
    assert found.scenarios == (
        bd.scenarios.Scenario("steep", grid, (0.01, 0.25, 0.7)),
        bd.scenarios.Scenario("flat", grid, (0.1, 0.1, 0.1)),
        *bd.scenarios.murray_scenarios(grid, 0.25, 2, delta=0.05, rng=3),
        *bd.scenarios.pseudo_uniform_scenarios(grid, 0.25, 2, rng=4),
        *bd.scenarios.prior_predictive_scenarios(
            grid, bd.priors.NormalPrior((-1, 0), (1, 0.5), 10), 2, rng=5
        ),
    )


def test_published_scenarios(study):
    text = GRID.replace("[1, 3, 10]", "[1, 2, 3, 4, 5]") + (
        '[[scenarios]]\nscenarios = "published_scenarios"\n'
        'study = "iasonos-2008"\nnames = ["iasonos-2008 S2"]\n'
    )
    assert [one.name for one in study(text + DESIGNS).scenarios] == ["iasonos-2008 S2"]
    with pytest.raises(
        InputError,
        match=r"key scenarios\[0\], published_scenarios, names: got.*Did you mean 'iasonos-2008 S2'",
    ):
        study(text.replace("S2", "S22") + DESIGNS)


def method(settings):
    return f"method = {{ method = {settings} }}\ngrid ="


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("mtd_rule", "mtd_ruel", ["key mtd_ruel", "Did you mean 'mtd_rule'?"]),
        ("grid =", "gird =", ["key gird", "Did you mean 'grid'?"]),
        ("max_patients", "max_patient", ["key designs.BOIN.max_patient", "Did you mean 'max_patients'?"]),
        ('"boin"', '"bion"', ["key designs.BOIN.design", "Did you mean 'boin'?"]),
        ('"deescalation"', '"descalation"', ["key designs.3+3.variant", "Did you mean 'deescalation'?"]),
        ("ClosestTo", "ClosetTo", ["key mtd_rule.rule", "Did you mean 'ClosestTo'?"]),
        ("grid =", 'protocol = "MIL97"\ngrid =', ["protocol and grid", "one of them"]),
        (GRID, GRID.partition("\n")[0] + "\n", ["key mtd_rule", "no protocol gives one"]),
        ("grid =", method('"MonteCarlo", trials = 100'), ["method", "rng=None", "a seed"]),
        ("grid =", method('"MonteCarlo", rng = 1'), ["key method", "trials=None", "a number of trials"]),
        ("grid =", method('"MonteCarlo", trials = 10, rng = -1'), ["key method.rng: got -1"]),
        (
            "grid =",
            method('"MonteCarlo", trials = 10, rng = 100000000000000000000'),
            ["key method.rng: got 1000"],
        ),
        (
            "grid =",
            method('"MonteCarlo", trials = 10.5, rng = 1'),
            ["key method.trials: got 10.5", "a whole number"],
        ),
        ("grid =", method('"Exact", trials = 100'), ["key method.trials", "max_unresolved"]),
        ("grid =", method('"simulation"'), ["key method.method: got 'simulation'", "Exact, MonteCarlo"]),
        ("grid =", 'method = "exact"\ngrid =', ["key method: got 'exact'", "a table with the key method"]),
        ("grid =", "seed = 1\ngrid =", ["key seed", "a known key"]),
        ("grid =", 'outputs = ["selection.cvs"]\ngrid =', ["outputs", "Did you mean 'selection.csv'?"]),
        ("grid =", 'name = "a/b"\ngrid =', ["name", "names a folder"]),
        ("grid =", "name = 2026-01-02\ngrid =", ["key name: got datetime.date(2026, 1, 2)", "a text"]),
        ("grid =", "dlt_window = inf\ngrid =", ["dlt_window", "finite"]),
        ("grid =", "accrual = { mean_gap = 1, begin = 2026-01-02 }\ngrid =", ["key accrual.begin"]),
        ("grid =", 'regimen = "Q3W"\ngrid =', ["key regimen", "no regimen without a protocol"]),
        ("max_patients = 9", "max_patients = 07:30:00", ["BOIN.max_patients: got datetime.time(7, 30)"]),
        (DESIGNS, "designs = {}\n", ["key designs", "at least one design"]),
        (DESIGNS, 'designs = { own = "own" }\n', ["key designs.own", "no protocol"]),
        (DESIGNS, "designs = { a = 3 }\n", ["key designs.a: got 3", "a table with the key design"]),
        (DESIGNS, "designs = { a = 2026-01-02 }\n", ["key designs.a: got datetime.date(2026, 1, 2)"]),
        (DESIGNS, "designs = { a = { file = 3 } }\n", ["key designs.a.file: got 3", "a path"]),
        (DESIGNS, "", ["key designs", "missing"]),
        ("grid =", "scenarios = []\ngrid =", ["key scenarios: got []", "at least one scenario"]),
        ("grid =", "scenarios = [3]\ngrid =", ["key scenarios[0]: got 3", "a table with the key scenarios"]),
        (
            DESIGNS,
            '[[scenarios]]\nscenarios = "Scenario"\nname = "x"\nprob_dtl = [0.1]\n' + DESIGNS,
            ["key scenarios[0].prob_dtl", "Did you mean 'prob_dlt'?"],
        ),
        (
            DESIGNS,
            '[[scenarios]]\nscenarios = "Scenario"\nname = "x"\nprob_dlt = [0.1]\n' + DESIGNS,
            ["scenarios[0]", "one for each dose"],
        ),
        (
            DESIGNS,
            '[[scenarios]]\nscenarios = "load_scenarios"\npath = "none.csv"\n' + DESIGNS,
            ["key scenarios[0]", "none.csv", "No such file"],
        ),
        (
            DESIGNS,
            2 * '[[scenarios]]\nscenarios = "builtin_scenarios"\n' + DESIGNS,
            ["key scenarios", "two named 'MTD 1 mg'", "different names"],
        ),
        (DESIGNS, 'designs = { a = { file = "none.toml" } }\n', ["none.toml", "can be read"]),
    ],
)
def test_mistakes_are_named_by_place(study, old, new, parts):
    text = GRID + DESIGNS
    assert old in text
    with pytest.raises(InputError) as caught:
        study(text.replace(old, new, 1))
    for part in parts:
        assert part in str(caught.value)


def test_a_protocol_file_beside_the_study(study):
    from importlib.resources import files

    text = (files("bayesdose.protocols") / "data" / "MIL97.toml").read_text(encoding="utf-8")
    beside = study('protocol = "trial.toml"\ndesigns = { "3+3" = "3+3" }\n', trial__toml=text)
    shipped = study('protocol = "MIL97"\ndesigns = { "3+3" = "3+3" }\n')
    assert beside.protocol == shipped.protocol
    assert beside.content_hash == shipped.content_hash


def test_the_hash_is_of_what_is_said(study):
    text = GRID + DESIGNS
    found = study(text).content_hash
    same = [
        "# a comment\n" + text,
        text.replace("[1, 3, 10]", "[\n  1.0,\n  3.0, # three\n  10\n]"),
        "".join(reversed(GRID.splitlines(keepends=True))) + DESIGNS,
        text.replace("target = 0.25\nmax_patients = 9\n", "max_patients = 9\ntarget = 0.250\n"),
    ]
    assert {study(other).content_hash for other in same} == {found}
    others = [
        text.replace("max_patients = 9", "max_patients = 12"),
        text.replace("0.25 }", "0.26 }"),
        # The order of designs is that of the results.
        GRID + DESIGNS[DESIGNS.index('[designs."3+3"]') :] + DESIGNS[: DESIGNS.index('[designs."3+3"]')],
    ]
    assert found not in {study(other).content_hash for other in others}


def test_the_hash_holds_what_other_files_say(study):
    text = GRID + '[[scenarios]]\nscenarios = "load_scenarios"\npath = "curves.csv"\n' + DESIGNS
    csv = "scenario,dose,unit,prob_dlt\nflat,1,mg,0.1\nflat,3,mg,0.1\nflat,10,mg,0.1\n"
    first = study(text, curves__csv=csv).content_hash
    assert study(text, curves__csv=csv.replace("\n", "\r\n")).content_hash == first
    assert study(text, curves__csv=csv.replace("10,mg,0.1", "10,mg,0.2")).content_hash != first


def test_a_date_in_what_a_study_says_is_kept_as_text(study):
    # Only values that are never made into something of a type are free to be dates: none is today, and the
    # content is written to provenance before the designs are made.
    text = GRID + DESIGNS.replace("max_patients = 9", "max_patients = 9\nsince = 2026-01-02T03:04:05")
    with pytest.raises(InputError, match="key designs.BOIN.since: got 'since'; wanted a known key"):
        study(text)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("2026-01-02", "2026-01-02"),
        ("2026-01-02T03:04:05Z", "2026-01-02 03:04:05+00:00"),
        ("07:30:00", "07:30:00"),
        ("inf", "inf"),
        ("nan", "nan"),
        ("2.0", 2),
        ('"a\\n   b"', "a b"),
    ],
)
def test_content_is_plain_enough_for_json(value, kept):
    content = full_content(tomllib.loads(f"designs = {{ a = [{value}] }}"), Path())
    assert json.loads(json.dumps(content, allow_nan=False)) == {"designs": {"a": [kept]}}


def test_files_that_name_themselves(study, tmp_path):
    with pytest.raises(InputError, match="file .*mine.toml: got 'a file that names itself'"):
        study(GRID + 'designs = { a = { file = "mine.toml" } }\n')
    # Nor does a design file read another one.
    with pytest.raises(InputError, match="key design: got 'load_design'"):
        study(
            GRID + 'designs = { a = { file = "a.toml" } }\n',
            a__toml='design = "load_design"\npath = "b.toml"\n',
            b__toml='design = "three_plus_three"\nvariant = "deescalation"\n',
        )


def test_a_name_that_comes_from_the_file(tmp_path):
    path = tmp_path / "my study.toml"
    path.write_text(GRID + DESIGNS, encoding="utf-8")
    with pytest.raises(InputError, match="name: got 'my study'; wanted a text of letters"):
        bd.load_study(path)
    path.write_text('name = "mine"\n' + GRID + DESIGNS, encoding="utf-8")
    assert bd.load_study(path).name == "mine"
