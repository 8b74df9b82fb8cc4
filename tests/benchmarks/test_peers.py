"""The comparison with packages of R: what it says of an answer, and of none.

R is a small program here that prints what the script would: real figures of the packages, from golden/.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.peers.cases import cases
from benchmarks.peers.run import FOLDER, compare, main

HIGH, MIDDLE, MAIN = (
    (0.25, 0.4, 0.5, 0.6, 0.7, 0.8),
    (0.05, 0.25, 0.4, 0.55, 0.65, 0.75),
    (0.05, 0.1, 0.2, 0.3, 0.5, 0.7),
)


@pytest.fixture
def rscript(tmp_path, monkeypatch):
    """Puts an Rscript first on PATH, whose Python code is given."""

    def install(code):
        path = tmp_path / "Rscript"
        path.write_text(f"#!{sys.executable}\n{code}\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    return install


@pytest.fixture
def answers(rscript):
    """Makes Rscript answer with these numbers."""

    def install(numbers, **more):
        answer = {
            "package": "it",
            "version": "1.0",
            "r": "4.2.2",
            "seconds": [61.0],  # so long that it is asked once
            "numbers": list(numbers),
            **more,
        }
        rscript(f"print('loading')\nprint({json.dumps(answer)!r})")

    return install


def case_of(script, curve=MIDDLE, **settings):
    (case,) = (case for case in cases(curve) if case.script == script)
    return replace(case, settings={**case.settings, **settings})


def test_the_numbers_of_dfcrm_agree(golden, answers):
    # dfcrm 0.2-2.1, 5,000 trials.
    simulated = golden("dfcrm_crmsim_oc.json")["cases"][0]
    assert tuple(simulated["PI"]) == HIGH
    assert simulated["model"] == "empiric"
    answers([0, *simulated["prob_select"]])
    row = compare(case_of("dfcrm.R", HIGH, trials=[simulated["nsim"]]))
    assert row.verdict == "agrees"
    assert row.peer_number == simulated["prob_select"][0]
    # The package states its standard error with its own share instead of the exact probability.
    assert row.peer_standard_error == pytest.approx(simulated["mcse_select"][0], rel=0.02)
    assert row.peer_seconds_at_equal_precision == pytest.approx(
        61 * (simulated["mcse_select"][0] / 0.005) ** 2, rel=0.04
    )
    assert row.ratio == pytest.approx(row.peer_seconds_at_equal_precision / row.seconds)


def _boin_in_the_middle(golden):
    (simulated,) = (
        case
        for case in golden("boin_oc.json")["cases"]
        if (case["scenario"], case["target"], case["cohortsize"], case["n.earlystop"])
        == ("s_mid", 0.25, 3, 100)
        and not case["titration"]
        and not case["extrasafe"]
    )
    return simulated


@pytest.mark.parametrize(("moved", "verdict"), [(0, "agrees"), (0.02, "differs")])
def test_the_numbers_of_boin_agree_until_one_is_moved(golden, answers, moved, verdict):
    # BOIN 2.7.2, 20,000 trials: 0.02 are six standard errors.
    simulated = _boin_in_the_middle(golden)
    numbers = np.array([simulated["percentstop"], *simulated["selpercent"]]) / 100
    numbers[2] += moved
    answers(numbers)
    assert compare(case_of("boin.R", trials=[simulated["ntrial"]])).verdict == verdict


def test_the_numbers_of_escalation_agree(golden, answers):
    # escalation 0.2.3, 1,000 trials.
    (simulated,) = golden("escalation_crm_oc.json")["cases"]
    assert tuple(simulated["true_prob_tox"]) == MAIN
    answers(simulated["prob_recommend"])
    assert compare(case_of("escalation.R", MAIN, trials=[simulated["num_sims"]])).verdict == "agrees"


def test_the_exact_numbers_of_bcrm_agree(golden, answers):
    # bcrm 0.5.4: its own paths are exact, so any difference beyond rounding is one.
    (exact,) = (
        case
        for case in golden("threeplusthree_bcrm_exact.json")["cases"]
        if tuple(case["true_prob_tox"]) == HIGH and not case["esc_only"]
    )
    answers(exact["prob_recommend"])
    assert compare(case_of("bcrm.R", HIGH)).verdict == "agrees"
    moved = np.array(exact["prob_recommend"])
    moved[2] += 1e-8
    answers(moved)
    assert compare(case_of("bcrm.R", HIGH)).verdict == "differs"


def test_simulated_3_plus_3_without_deescalation_as_ubcrms_source_has_it(answers):
    # ssim3p3 in a few lines of our own: six patients at a dose at most, up after 0 of 3 or 1 of 6, else the
    # dose below; none below the first; the highest dose after 0 of 3.
    rng, found, number = np.random.default_rng(3), np.zeros(7), 20_000
    for _ in range(number):
        level = 0
        while True:
            dlts = rng.binomial(3, MIDDLE[level])
            if dlts == 1:
                dlts += rng.binomial(3, MIDDLE[level])
            if dlts > 1 or level == 5:
                found[level if dlts > 1 else level + 1] += 1
                break
            level += 1
    answers(found / number)
    case = case_of("ubcrm.R", trials=[number])
    assert compare(case).verdict == "agrees"
    other = replace(case, obtain=case_of("bcrm.R").obtain)
    assert compare(other).verdict == "differs"  # with de-escalation


def test_the_numbers_of_simfastboin_are_those_of_boin(golden, answers):
    # simFastBOIN says that it agrees with BOIN's get.oc trial by trial: the same figures, 20,000 trials.
    simulated = _boin_in_the_middle(golden)
    answers(np.array([simulated["percentstop"], *simulated["selpercent"]]) / 100)
    assert compare(case_of("simfastboin.R", trials=[simulated["ntrial"]])).verdict == "agrees"


def test_the_numbers_of_oncobayes2_agree(golden, answers):
    # OncoBayes2 0.8-8, 4 x 25,000 draws.
    case = case_of("oncobayes2.R", draws=[25_000])
    (fitted,) = (
        fit
        for fit in golden("blrm_oncobayes2.json")["cases"]
        if fit["n"] == list(case.settings["patients"]) and fit["y"] == list(case.settings["dlts"])
    )
    above = [dose["interval_probs"][2] for dose in fitted["doses"]]
    errors = [dose["mcse_interval_probs"][2] or 0 for dose in fitted["doses"]]
    answers(above, mcse=errors)
    row = compare(case)
    assert row.verdict == "agrees"
    assert row.peer_number == above[4]
    answers([*above[:4], above[4] + 6 * errors[4], above[5]], mcse=errors)
    assert compare(case).verdict == "differs"


@pytest.mark.parametrize("script", ["escalation_paths.R", "dtpcrm.R", "bcrm.R"])
def test_paths_have_no_monte_carlo_error(answers, script):
    case = case_of(script)
    numbers = case.obtain()
    assert numbers.sum() == pytest.approx(1, abs=1e-12)
    numbers[1] += 1e-6
    answers(numbers)
    row = compare(case)
    assert (row.verdict, row.peer_standard_error) == ("differs", 0)
    assert row.peer_seconds_at_equal_precision == row.peer_seconds


def test_without_r(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    main(["--out", str(tmp_path / "peers.csv")])
    with (tmp_path / "peers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(cases()) == 11
    assert {row["verdict"] for row in rows} == {"skipped"}
    assert capsys.readouterr().out.count("install R") == 11


def test_without_a_package(rscript, capsys):
    rscript("""print('{"missing": "rjags"}')""")
    main(["crmPack"])
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("crmPack: BLRM, operating characteristics: skipped.")
    assert "install.packages('rjags')" in line


def test_failures_are_no_skips(rscript, answers):
    case = case_of("dfcrm.R")
    rscript("import sys; sys.exit('Error: dfcrm was installed by an older R')")
    row = compare(case)
    assert (row.verdict, row.note) == (
        "failed",
        "dfcrm.R failed (exit status 1): Error: dfcrm was installed by an older R",
    )
    rscript("print('nothing')")
    assert compare(case).verdict == "failed"
    rscript("import time; time.sleep(60)")  # longer than its limit, which ends it
    row = compare(replace(case, limit=0.2))
    assert (row.verdict, row.note) == ("failed", "dfcrm.R was ended after 0.2 s")
    answers([1.0])
    assert compare(case).note == "1 numbers where 7 were expected"
    answers([None] * 7)
    assert compare(case).note == "dfcrm.R answered a number that is not finite"
    rscript("""print('{"numbers": [NaN, Inf}')""")
    assert compare(case).note.startswith("dfcrm.R answered what is no JSON: ")


def test_both_sides_take_turns(rscript, tmp_path):
    # A peer that needs 1, 2 and 5 seconds, and one that is asked once because it is slow.
    asked = tmp_path / "asked"
    code = (
        "import json, pathlib\n"
        f"asked = pathlib.Path({str(asked)!r})\n"
        "turn = len(asked.read_text()) if asked.exists() else 0\n"
        "asked.write_text('x' * (turn + 1))\n"
        "print(json.dumps({'version': '1', 'r': '4', 'seconds': [SECONDS[turn]], 'numbers': [0.1] * 7}))"
    )
    obtained = []

    def obtain():
        obtained.append(1)
        return np.full(7, 0.1)

    case = replace(case_of("dfcrm.R"), obtain=obtain)
    rscript(f"SECONDS = (5, 1, 2)\n{code}")
    assert compare(case).peer_seconds == 2
    assert (len(asked.read_text()), len(obtained)) == (3, 4)  # ours once more: the first call is not timed
    asked.unlink()
    rscript(f"SECONDS = (61, 1)\n{code}")
    assert compare(case).peer_seconds == 61
    assert asked.read_text() == "x"


@pytest.mark.parametrize(("seconds", "said"), [(1e-9, "times slower"), (1e4, "times faster")])
def test_the_faster_side_is_named(answers, capsys, seconds, said):
    answers(np.full(7, 1 / 7), seconds=[seconds])
    main(["bcrm"])
    assert said in capsys.readouterr().out


def test_an_unknown_package(capsys):
    with pytest.raises(SystemExit):
        main(["dfcmr"])
    known = "BOIN, Keyboard, OncoBayes2, UBCRM, bcrm, crmPack, dfcrm, dtpcrm, escalation, simFastBOIN"
    assert f"unknown: dfcmr; there are {known}" in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed (no Rscript on PATH)")
@pytest.mark.parametrize("script", sorted(FOLDER.glob("*.R")), ids=lambda path: path.name)
def test_scripts_are_r(script):
    run = subprocess.run(
        ["Rscript", "--vanilla", "-e", "invisible(parse(commandArgs(TRUE)[1]))", str(script)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed (no Rscript on PATH)")
def test_what_the_scripts_share(tmp_path):
    # A package that R always has, through the same functions as the others.
    (tmp_path / "it.R").write_text(
        'source("common.R")\nneed("stats")\n'
        'report("stats", seconds_of(1), shares(c(NA, 0, 1, 3), settings$levels), mcse = settings$b)\n'
    )
    run = subprocess.run(
        ["Rscript", "--vanilla", str(tmp_path / "it.R"), "levels=3", "b=0.25,1e-17"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )
    answer = json.loads(run.stdout.splitlines()[-1])
    assert answer["package"] == "stats"
    assert answer["numbers"] == [0.5, 0.25, 0, 0.25]
    assert answer["mcse"] == [0.25, 1e-17]
