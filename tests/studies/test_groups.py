"""Groups in study files: what is written, what a protocol gives, and what is refused."""

import pandas as pd
import pytest
import tomli_w
import xarray as xr

import bayesdose as bd
from bayesdose.errors import InputError
from bayesdose.grammar.writing import plain_value
from bayesdose.simulation import group_stops

TRIAL = """
grid = { values = [1, 3, 10], unit = "mg" }
mtd_rule = { rule = "HighestBelow", limit = 0.3 }
"""
DESIGNS = """
[designs."3+3"]
design = "three_plus_three"
variant = "deescalation"
"""
IMM01 = 'protocol = "IMM01"\ndesigns = { three = "3+3" }\nfindings = false\n'
SIX = "[groups.rates]\nsame = [0.15, 0.15, 0.15, 0.15, 0.15, 0.15]\n"


def watched():
    rule = bd.rules.BetaMonitoring(bd.rules.BetaElimination(0.3, 0.9))
    return bd.simulation.GroupExpansion(("AML", "MDS"), 10, bd.rules.EachGroupAlone(rule))


def written(expansion, rates):
    """A groups section that says this."""
    return tomli_w.dumps({"groups": {**plain_value(expansion), "rates": rates}})


@pytest.fixture
def study(tmp_path):
    def load(text):
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return bd.load_study(path)

    return load


# P(stop) and expected patients of ten, looked at after each, that stop where P(rate > 0.3) is above 0.9 by a
# uniform prior: exact sums over the stopping boundary, at rates of 0.1 and 0.4, computed apart.
STOP, PATIENTS = (0.112068, 0.638472), (9.025969, 5.321759)


def test_groups_are_written_beside_the_designs(study, tmp_path):
    rates = {"MDS worse": [0.1, 0.4], "both": [0.4, 0.4]}
    mine = study(TRIAL + DESIGNS + written(watched(), rates))
    assert mine.groups.expansion == watched()
    bd.run_study(mine, tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "groups.csv", comment="#", index_col=["scenario", "group"])
    for number, group in enumerate(("AML", "MDS")):
        row = table.loc[("MDS worse", group)]
        assert row["stop_probability"] == pytest.approx(STOP[number], abs=1e-6)
        assert row["expected_patients"] == pytest.approx(PATIENTS[number], abs=1e-6)
        assert row["expected_sample_size"] == pytest.approx(sum(PATIENTS), abs=2e-6)
    assert table.loc[("both", "AML"), "any_stop_probability"] == pytest.approx(
        1 - (1 - STOP[1]) ** 2, abs=2e-6
    )
    with xr.open_dataset(tmp_path / "out" / "groups.nc") as whole:
        xr.testing.assert_equal(
            whole.load().drop_attrs(), bd.simulation.group_characteristics(watched(), rates).drop_attrs()
        )
    assert (tmp_path / "out" / "groups.csv").read_text(encoding="utf-8").startswith("# mine.\n")


def test_without_groups_there_are_no_files_of_them(study, tmp_path):
    bd.run_study(study(TRIAL + DESIGNS), tmp_path / "out")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert "characteristics.csv" in names
    assert not any(name.startswith("groups") for name in names)


@pytest.mark.parametrize(
    "expansion",
    [
        watched(),
        bd.protocols.protocol_groups(bd.load_protocol("IMM01")),
        bd.simulation.GroupExpansion(
            ("a", "b", "c"), 29, bd.rules.EachGroupAlone(bd.rules.StatedBoundary((10, 29), (9, 24))), (10, 29)
        ),
    ],
)
def test_groups_are_what_was_written(study, expansion):
    rates = {"one": [0.2] * len(expansion.groups)}
    found = study(TRIAL + DESIGNS + written(expansion, rates)).groups
    assert found.expansion == expansion
    assert found.rates == {"one": (0.2,) * len(expansion.groups)}
    assert found.assumed == ()


def test_a_protocol_gives_what_is_left_out_and_says_what_it_assumes(study, tmp_path):
    theirs = bd.protocols.protocol_groups(bd.load_protocol("IMM01"))
    mine = study(IMM01 + SIX)
    assert mine.groups.expansion == theirs
    # Its record names the indications alone.
    assumed = ("group_expansion.patients", "group_expansion.looks", "group_expansion.monitoring")
    assert set(mine.groups.assumed) == set(assumed)
    other = study(IMM01 + "[groups]\npatients = 5\n" + SIX)
    assert other.groups.expansion.patients == 5
    assert other.groups.expansion.monitoring == theirs.monitoring
    assert set(other.groups.assumed) == set(assumed[1:])
    bd.run_study(other, tmp_path / "out")
    note = (tmp_path / "out" / "groups.csv").read_text(encoding="utf-8").partition("\n")[0]
    assert note.endswith(f"Assumed of its groups: {', '.join(other.groups.assumed)}.")
    assert "group_expansion" not in (tmp_path / "out" / "selection.csv").read_text(encoding="utf-8")


SECTION = written(watched(), {"one": [0.1, 0.4]})


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (TRIAL + "groups = 3\n" + DESIGNS, ["key groups: got 3"]),
        (SECTION.replace("0.4", "1.4"), ["key groups.rates.one[1]: got 1.4", "at most 1"]),
        (
            SECTION.replace("0.1,", ""),
            ["key groups, rates.one: got (0.4,)", "2 rates, one for each of AML, MDS"],
        ),
        (SECTION.partition("[groups.rates]")[0], ["key groups.rates", "the key is missing"]),
        (SECTION.partition("[groups.rates]")[0] + "rates = {}\n", ["key groups.monitoring"]),
        ("groups = { rates = {} }\n", ["key groups, groups: got None", "protocol with [group_expansion]"]),
        (SECTION.replace("patients", "patient"), ["key groups.patient", "Did you mean 'patients'?"]),
        (SECTION.replace("EachGroupAlone", "EachGroupAlon"), ["groups.monitoring.rule", "'EachGroupAlone'?"]),
        (SECTION.replace('"MDS"', '"AML"'), ["key groups, GroupExpansion, groups", "their own name"]),
        (
            SECTION.replace("looks = 1", "looks = [3, 12]"),
            ["looks: got (3, 12)", "at most the 10 of a group"],
        ),
        (IMM01 + SIX.replace("[0.15, ", "["), ["key groups, rates.same", "6 rates", "multiple myeloma"]),
        ('protocol = "MIL97"\ndesigns = { three = "3+3" }\n' + SIX, ["key groups, groups: got None"]),
    ],
)
def test_mistakes_are_named_by_place(study, text, parts):
    if "designs" not in text:
        text = (text + TRIAL + DESIGNS) if text.startswith("groups =") else TRIAL + DESIGNS + text
    with pytest.raises(InputError) as caught:
        study(text)
    for part in parts:
        assert part in str(caught.value)


def test_groups_that_are_too_many_are_refused_before_the_designs_are_run(study, tmp_path, monkeypatch):
    monkeypatch.setattr(group_stops, "_MOST", 1000)
    exchangeable = bd.rules.ExchangeableGroups(0.3, 0.9, median=0.25, sd=2.0, spread=1.0)
    many = bd.simulation.GroupExpansion(("a", "b", "c", "d"), 8, exchangeable, 4)
    mine = study(TRIAL + DESIGNS + written(many, {"all differ": [0.1, 0.2, 0.3, 0.4]}))
    with pytest.raises(InputError, match="4 groups of 8 patients"):
        bd.run_study(mine, tmp_path / "out")
    assert not (tmp_path / "out").exists()
