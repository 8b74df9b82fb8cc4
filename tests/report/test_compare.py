"""The verdict of a comparison, the means behind it, and what is on the first screen."""

from importlib import resources

import numpy as np
import pandas as pd
import pytest

import bayesdose as bd
from bayesdose.cli import app
from bayesdose.protocols.designs import design_names
from bayesdose.report.robustness import curve_families, robustness, stored_means, verdict
from bayesdose.report.to_end import with_one_part

FAMILIES = ("built-in", "near the limit")


def means(own, other):
    """Correct selection of the own design by family, and of another by prior and family."""
    rows = [
        {
            "design": "own",
            "prior": "any",
            "curves": family,
            "correct_selection": value,
            "expected_sample_size": 9 + 10 * value,
        }
        for family, value in zip(FAMILIES, own, strict=True)
    ]
    for prior, values in other.items():
        rows += [
            {
                "design": "BLRM",
                "prior": prior,
                "curves": family,
                "correct_selection": value,
                "expected_sample_size": 9 + 10 * value,
            }
            for family, value in zip(FAMILIES, values, strict=True)
        ]
    return pd.DataFrame(rows)


def test_a_ranking_that_holds():
    (sentence,) = verdict(means((0.4, 0.3), {"a": (0.5, 0.35), "b": (0.45, 0.31)}), "own")
    assert sentence == (
        "BLRM finds the MTD more often than own in 4 of 4 combinations of 2 priors and 2 families of curves "
        "(by +1.0 to +10.0 points, with +0.1 to +1.0 patients): the ranking holds."
    )


def test_a_ranking_that_flips_is_said_to_flip():
    (sentence,) = verdict(means((0.4, 0.3), {"a": (0.5, 0.35), "b": (0.45, 0.28)}), "own")
    assert "in 3 of 4 combinations" in sentence
    assert sentence.endswith("THE RANKING FLIPS with prior b (near the limit).")
    (sentence,) = verdict(means((0.4, 0.3), {"any": (0.5, 0.3)}), "own")
    assert sentence.endswith("THE RANKING FLIPS with near the limit.")
    (sentence,) = verdict(means((0.4, 0.3), {"any": (0.4, 0.3)}), "own")
    assert sentence == "BLRM finds the MTD as often as own in 2 of 2 families of curves."
    (sentence,) = verdict(means((0.4, 0.3), {"a": (0.3, 0.2), "b": (0.45, 0.31)}), "own")
    assert sentence.endswith("THE RANKING FLIPS with prior a (all curves).")


def test_families_have_an_mtd_on_every_curve():
    protocol = bd.load_protocol("MIL97")
    grid, rule = protocol.grid.value, protocol.mtd_rule.value
    families = curve_families(grid, rule)
    assert set(families) == {"built-in", "near the limit", "pseudo-uniform", "Murray"}
    for curves in families.values():
        assert all(min(curve.prob_dlt) < 0.30 for curve in curves)
    for number, curve in enumerate(families["near the limit"]):
        assert curve.prob_dlt[number] == pytest.approx(0.28)
        assert curve.prob_dlt[number + 1 : number + 2] == pytest.approx((0.32,) if number < 5 else ())


@pytest.mark.parametrize("name", bd.protocols.protocol_names())
def test_the_means_that_come_with_the_package_are_of_the_protocol_as_it_stands(name):
    protocol = bd.load_protocol(name)
    labels = bd.protocols.on_one_footing(protocol, bd.protocol_designs(protocol, ["own", "3+3"]))
    assert stored_means(protocol, labels | {"BLRM": next(iter(labels.values()))}) is not None, (
        "run python -m benchmarks.protocols.robustness"
    )


def test_the_means_are_those_of_a_rerun():
    protocol = bd.load_protocol("IMM27M")
    designs = bd.protocols.on_one_footing(protocol, bd.protocol_designs(protocol))
    stored = stored_means(protocol, designs)
    assert stored is not None
    found = robustness(protocol, designs, design_names(protocol))
    # The file has six digits.
    pd.testing.assert_frame_equal(found.reset_index(drop=True), stored, atol=1e-6, rtol=0)


def test_the_first_screen(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        app(["compare", "IMM27M"])
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    assert max(map(len, lines)) <= 80
    assert "finds the MTD more often" in lines[1] + lines[2] + lines[3] + lines[4]
    assert "unf." in printed
    own = next(line for line in lines if line.startswith("own "))
    with_cap = pd.read_csv(tmp_path / "results/IMM27M/characteristics.csv", comment="#")
    means = with_cap[(with_cap["design"] == "own") & (with_cap["scenario"] != "too toxic")].mean(
        numeric_only=True
    )
    assert own.split()[1] == f"{100 * means['correct_selection']:.1f}"
    assert (tmp_path / "results/IMM27M/robustness.csv").is_file()


def test_patients_who_must_be_waited_for(capsys, monkeypatch, tmp_path):
    """By a Poisson process each patient is waited for 14 days on average, whatever the design."""
    monkeypatch.chdir(tmp_path)
    days = []
    for folder, options in (("at-once", ()), ("waiting", ("--accrual", "14"))):
        with pytest.raises(SystemExit):
            app(["compare", "IMM27M", "--designs", "own", "3+3", "--as-stated", *options, "--out", folder])
        days.append(pd.read_csv(tmp_path / folder / "characteristics.csv", comment="#"))
    assert "one patient every 14 days" in " ".join(capsys.readouterr().out.split())
    waited = days[1]["expected_duration"] - days[0]["expected_duration"]
    assert waited.to_numpy() == pytest.approx(14 * days[0]["expected_sample_size"].to_numpy(), rel=1e-12)


def test_a_comparison_to_the_end_of_the_trial(tmp_path, capsys):
    app(
        ["compare", "MIL97", "--designs", "own", "3+3", "--to-end", "--out", str(tmp_path / "out")],
        result_action="return_value",
    )
    printed = capsys.readouterr().out
    assert "MIL97 to its end" in printed
    escalation, whole = (
        pd.read_csv(folder / "characteristics.csv", comment="#", index_col=["design", "scenario"])
        for folder in (tmp_path / "out", tmp_path / "out" / "to-end")
    )
    for words in ("Q2W odds x1 (assumed)", "Q2W odds x1.5 (assumed)"):
        assert f"{words}:" in printed
        part = whole[whole.index.get_level_values("scenario").str.endswith(f"; {words}")]
        part = part.rename(index=lambda name: name.partition("; ")[0], level="scenario")
        assert len(part) == len(escalation)
        # The escalation is the same; what follows can leave the dose that it found.
        found = part["escalation_correct_selection"] - escalation["correct_selection"]
        assert found.abs().max() < 1e-12
        assert (part["expected_sample_size"] > escalation["expected_sample_size"]).all()
        assert (part["dose_revised_probability"] > 0).all()
    note = (tmp_path / "out" / "to-end" / "selection.csv").read_text(encoding="utf-8").partition("\n")[0]
    assert "stages.expansion.monitoring" in note
    assert "second_regimen_odds" in note
    note = (tmp_path / "out" / "selection.csv").read_text(encoding="utf-8").partition("\n")[0]
    assert "stages" not in note
    assert "second_regimen" not in note


def test_a_trial_in_its_expansion(capsys):
    found = "1N 2N 3NNN 4NNT 4NNT 3NNN"
    app(["next", "MIL97", found, "--design", "own", "--to-end"], result_action="return_value")
    assert "Next: 3 patients at level 3 of Q2W (0.1 mg/kg), in the second regimen." in capsys.readouterr().out
    outcomes = f"{found} Q2W:3NNN Q2W:3N"
    app(["next", "MIL97", outcomes, "--design", "own", "--to-end"], result_action="return_value")
    assert "Next: 1 patient at level 3 of Q2W (0.1 mg/kg), in the expansion." in capsys.readouterr().out
    app(
        ["paths", "MIL97", outcomes, "--design", "own", "--to-end", "--cohorts", "3"],
        result_action="return_value",
    )
    printed = capsys.readouterr().out
    assert "8 pathways" in printed
    assert "stages.expansion.monitoring" in printed


ENDS = "to its end the trial is its escalation"


def test_a_protocol_that_ends_with_its_escalation(tmp_path, capsys):
    """Its tables to the end are the escalation's, and it says on which words of the record that rests."""
    app(["compare", "IMM27M", "--to-end", "--out", str(tmp_path / "out")], result_action="return_value")
    printed = " ".join(capsys.readouterr().out.split())
    # "The maximum tolerated dose (MTD) and/or recommended dose for expansion (RDE)" is the record's second
    # primary outcome; "Dose escalation (Ia)" begins its detailed description.
    assert (
        "IMM27M's plan ends with the maximum tolerated dose (MTD) and/or recommended dose for expansion "
        "(RDE) of the dose escalation, phase Ia (record: primary outcome, entry 2; detailed description, "
        f"sentence 1) and discloses no expansion: {ENDS}."
    ) in printed
    to_end = printed.partition("IMM27M to its end")[2]
    assert "unf." in to_end
    index = ["design", "scenario"]
    escalation, whole = (
        pd.read_csv(folder / "characteristics.csv", comment="#", index_col=index)
        for folder in (tmp_path / "out", tmp_path / "out" / "to-end")
    )
    pd.testing.assert_frame_equal(whole[escalation.columns], escalation, check_exact=True)
    assert (whole["escalation_correct_selection"] == escalation["correct_selection"]).all()
    assert (whole["dose_revised_probability"] == 0).all()
    own = escalation.loc["own"].drop("too toxic").mean()
    days = f"{own['expected_duration']:.0f}"
    assert f"design escalation own {own['expected_sample_size']:.1f}, " in to_end
    assert to_end.partition("design escalation own ")[2].split()[2] == days


def test_what_trials_of_one_part_say_of_it_is_what_a_plan_says_of_its_escalation():
    grid, rule = bd.DoseGrid((1, 3, 10), "mg"), bd.rules.HighestBelow(0.3)
    escalation, curves = bd.three_plus_three(grid, "deescalation"), bd.scenarios.builtin_scenarios(grid, rule)
    how = {"mtd_rule": rule, "dlt_window": 21.0, "accrual": bd.Accrual(10.0)}
    alone = with_one_part(bd.operating_characteristics({"one": escalation}, curves, **how))
    plan = bd.plan(escalation, (bd.ExpansionCohort(8),))
    whole = bd.operating_characteristics({"one": plan}, curves, **how)
    for name in (
        "escalation_correct_selection",
        "escalation_selection_probability",
        "expected_stage_patients",
        "expected_stage_dlts",
        "expected_stage_duration",
        "stage_probability",
    ):
        of_plan = whole[name].sel(stage=["escalation"]) if "stage" in whole[name].dims else whole[name]
        assert alone[name].dims == of_plan.dims
        assert np.abs(alone[name] - of_plan).max() < 1e-10, name


def test_every_command_says_that_the_trial_ends_with_its_escalation(tmp_path, capsys):
    own = ["--design", "own", "--to-end"]
    for words in (
        ["next", "IMM27M", "1N", *own],
        ["paths", "IMM27M", "1N", *own, "--cohorts", "1"],
        ["check", "IMM27M", *own],
        ["describe", "IMM27M", *own],
        ["page", "IMM27M", *own, "--out", str(tmp_path / "page.html")],
    ):
        app(words, result_action="return_value")
        assert ENDS in " ".join(capsys.readouterr().out.split()), words[0]
    app(["table", "IMM27M", *own, "--out", str(tmp_path / "table.html")], result_action="return_value")
    assert ENDS in " ".join(capsys.readouterr().out.split())
    assert ENDS in (tmp_path / "table.html").read_text(encoding="utf-8")


def test_a_protocol_that_does_not_say_what_follows(tmp_path):
    shipped = resources.files("bayesdose.protocols") / "data" / "IMM27M.toml"
    text = shipped.read_text(encoding="utf-8")
    before, _, after = text.partition("[ends_with]")
    mine = tmp_path / "mine.toml"
    mine.write_text(before + after.partition("\n\n")[2], encoding="utf-8")
    with pytest.raises(bd.InputError, match="IMM27M, to its end: got 'expansion: not disclosed'"):
        app(["next", str(mine), "1N", "--to-end"], result_action="return_value")
    stage = '[stages]\nsource = "assumption"\nreason = "ten more"\n'
    mine.write_text(f'{text}\n{stage}[stages.value.more]\nstage = "ExpansionCohort"\ntotal = 10\n')
    with pytest.raises(bd.InputError, match="ends_with.*beside `stages`"):
        bd.load_protocol(mine)
    design = tmp_path / "three.toml"
    bd.save_design(bd.three_plus_three(bd.DoseGrid((1, 3), "mg"), "deescalation"), design)
    with pytest.raises(bd.InputError, match="three, to its end: got 'design file'; wanted a protocol"):
        app(["next", str(design), "1NNN", "--to-end"], result_action="return_value")
