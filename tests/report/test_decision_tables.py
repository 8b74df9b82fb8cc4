"""Decision tables as protocols print them, against R packages, published rules and single trials."""

import csv
import html
import re

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import beta

import bayesdose as bd
from bayesdose.errors import InputError
from bayesdose.report.decision_tables.command import show_tables
from bayesdose.report.decision_tables.next_cohort import next_cohort_table
from bayesdose.report.decision_tables.of_design import decision_tables
from bayesdose.report.next_dose import describe_decision
from bayesdose.report.page.report_table_files import csv_text
from bayesdose.rules.elimination import BetaElimination

GRID = bd.DoseGrid.of_levels(5)
LINES = ("escalate if DLTs <=", "de-escalate if DLTs >=", "eliminate if DLTs >=")


def printed(design):
    """What the CSV file of boundaries says: patients, and the numbers of DLTs by line."""
    text = csv_text(decision_tables("it", design)[0], "note")
    header, *lines = list(csv.reader(text.splitlines()[1:]))
    numbers = {line[0]: [None if cell == "-" else int(cell) for cell in line[1:]] for line in lines}
    assert tuple(numbers) == LINES
    return list(map(int, header[1:])), list(numbers.values())


def test_boins_table_is_the_r_packages(golden):
    """BOIN 2.7.2, get.boundary, all cases."""
    for case in golden("boin_boundaries.json")["cases"]:
        design = bd.boin(
            GRID,
            case["target"],
            max_patients=case["ncohort"] * case["cohortsize"],
            cohort_size=case["cohortsize"],
            safe=case["p.saf"],
            toxic=case["p.tox"],
            cutoff=case["cutoff.eli"],
        )
        patients, boundaries = printed(design)
        # The table has the numbers of patients that cohorts reach; the package's has all.
        keep = [case["n"].index(number) for number in patients]
        names = ("escalate_if_le", "deescalate_if_ge", "eliminate_if_ge")
        assert boundaries == [[case[name][place] for place in keep] for name in names]


def test_keyboards_table_is_the_r_packages(golden):
    """The R package Keyboard, its full boundary table, all cases."""
    for case in golden("keyboard_boundaries.json")["cases"]:
        most = case["ncohort"] * case["cohortsize"]
        design = bd.keyboard(
            GRID,
            case["target"],
            max_patients=most,
            cohort_size=case["cohortsize"],
            margins=(case["marginL"], case["marginR"]),
            cutoff=case["cutoff.eli"],
        )
        patients, boundaries = printed(design)
        number, *lines = case["full_boundary_tab"].values()
        keep = [number.index(one) for one in patients]
        for ours, theirs in zip(boundaries, lines, strict=True):
            # Theirs leaves out ends of rows that no number of DLTs reaches.
            expected = [theirs[place] for place in keep]
            assert ours == [None if one in (None, "NA", -1) else one for one in expected]


def test_a_written_table_is_a_design_again(tmp_path):
    path = tmp_path / "boin.toml"
    design = bd.boin(GRID, 0.25, max_patients=18)
    bd.save_design(design, path)
    show_tables(str(path), out=tmp_path / "table.csv")
    assert bd.load_decision_table(tmp_path / "table.csv").rows == design.printed_table.rows


def test_boins_thresholds_as_published_and_on_the_safe_side():
    """Liu and Yuan (2015), Table 1: 0.197 and 0.298 for a target of 0.25."""
    _, _, table = decision_tables("it", bd.boin(GRID, 0.25, max_patients=36))
    up, down = table.rows
    assert (up["nearest"], down["nearest"]) == ("0.197", "0.298")
    for row in table.rows:
        assert row["exact"] - 1e-3 < float(row["down"]) <= row["exact"]
        assert row["down_changes"] == row["nearest_changes"] == 0


def test_a_table_after_outcomes_says_what_it_goes_by_and_where_the_trial_departed():
    """MIL97's BLRM plans three patients a cohort, so the first two cohorts departed and the third did not."""
    blrm = bd.protocol_designs(bd.load_protocol("MIL97"), ["BLRM"])["BLRM"]
    table = next_cohort_table("BLRM", blrm, "1N 2N 3NNT")
    assert "may be given if (P(P(DLT) >= 0.33) < 0.25) or (it is the lowest)." in table.caption
    assert table.caption.endswith("The trial so far departed from the design at cohort 1, 2.")
    assert "departed" not in next_cohort_table("BLRM", blrm, "1NNN 2NNN").caption


def test_a_rounding_that_changes_decisions_is_counted():
    """A boundary of 0.3338 escalates with 1 in 3, 2 in 6 and 3 in 9; 0.334 does too, 0.333 does not."""

    def boundary(safe):
        return np.log((1 - safe) / 0.6) / np.log(0.4 * (1 - safe) / (safe * 0.6)) - 0.3338

    safe = brentq(boundary, 0.2, 0.39)
    _, _, table = decision_tables("it", bd.boin(GRID, 0.4, max_patients=9, safe=safe))
    up, _ = table.rows
    assert up["exact"] == pytest.approx(0.3338, abs=1e-9)
    assert (up["nearest"], up["nearest_changes"]) == ("0.334", 0)
    assert (up["down"], up["down_changes"]) == ("0.333", 3)


def test_the_3_plus_3_as_every_textbook_prints_it():
    """Storer (1989), Korn et al. (1994): 0 of 3 up, 1 of 3 three more, 1 of 6 up, else down."""
    (table,) = decision_tables("3+3", bd.three_plus_three(GRID, "deescalation"))
    way = {(row["patients"], row["dlts"]): row["new"].partition(":")[0] for row in table.rows}
    assert way == {
        **{(3, 0): "escalate", (3, 1): "stay", (3, 2): "de-escalate", (3, 3): "de-escalate"},
        **{(6, dlts): "escalate" if dlts <= 1 else "de-escalate" for dlts in range(7)},
    }
    down = {(row["patients"], row["dlts"]): row["down"] for row in table.rows}
    assert down[3, 0] == down[3, 1] == "stay: 3 patients"
    assert down[6, 0] == down[6, 1] == "stop, recommend this dose"
    assert down[6, 2] == "de-escalate: 3 patients"
    (table,) = decision_tables("3+3", bd.three_plus_three(GRID, "no-deescalation"))
    assert {row["new"] for row in table.rows if row["dlts"] > 1} == {"stop, recommend the dose below"}


def test_rolling_six_with_patients_at_risk():
    """Entries of Skolnik et al. (2008): 3 of 3 known without DLT up; 6 with one DLT wait for the sixth."""
    _, table = decision_tables("rolling six", bd.rolling_six(GRID, 3, complete_highest=False))
    said = {(row["dlts"], row["without"], row["pending"]): row["decision"] for row in table.rows}
    assert said[0, 3, 0] == said[0, 4, 0] == said[0, 5, 0] == said[0, 6, 0] == said[1, 5, 0] == "escalate"
    assert said[0, 0, 3] == said[0, 2, 1] == said[1, 2, 0] == said[1, 1, 3] == "stay"
    assert said[1, 4, 1] == said[0, 0, 6] == "hold accrual"
    assert all(decision == "de-escalate" for (dlts, *_), decision in said.items() if dlts > 1)
    # All ways to split 2 to 6 patients in three.
    assert len(said) == len(table.rows) == sum((n + 1) * (n + 2) // 2 for n in range(2, 7))


@pytest.mark.parametrize(("name", "outcomes"), [("BLRM", "1N 2N 3NNT"), ("own", "1N 2N 3NNT"), ("3+3", "")])
def test_the_next_cohorts_outcomes_are_decided_as_if_they_had_come(name, outcomes):
    (design,) = bd.protocol_designs(bd.load_protocol("MIL97"), [name]).values()
    table = next_cohort_table("it", design, outcomes)
    level = re.search(r"next cohort at level (\d)", table.caption)[1]
    planned = max(row["patients"] for row in table.rows)
    assert len(table.rows) == sum(range(2, planned + 2))
    for row in table.rows:
        letters = (
            "N" * (row["patients"] - row["dlts"]) + "T" * row["dlts"] + "X" * (planned - row["patients"])
        )
        assert describe_decision(design, f"{outcomes} {level}{letters}").startswith(row["decision"])
    if name == "BLRM":
        model = bd.protocols.protocol_model(bd.load_protocol("MIL97"))
        row = table.rows[1]
        assert (row["dlts"], row["decision"]) == (1, "Next: 3 patients at level 3 (0.1 mg/kg).")
        exact = bd.exact_posterior(model, f"{outcomes} 3NNT", bounds=(0.16, 0.33))
        # Quadrature by another rule, 1e-8.
        assert row["overdose"] == pytest.approx(exact["interval_probability"].values[2, 2], abs=1e-7)


def test_moderate_toxicities_have_a_column():
    titration = bd.simon_titration(bd.three_plus_three(GRID, "deescalation"), number=2)
    table = next_cohort_table("it", titration, "1N")
    assert [(row["moderates"], row["dlts"]) for row in table.rows] == [(0, 0), (1, 0), (0, 1)]


def test_a_stopped_trial_has_no_next_cohort():
    with pytest.raises(InputError, match="after which the design stops: the lowest dose"):
        next_cohort_table("it", bd.three_plus_three(GRID, "deescalation"), "1TTT")


def test_an_expansions_boundary_is_the_beta_tail():
    rule = bd.rules.BetaMonitoring(BetaElimination(0.3, 0.9, min_patients=3))
    stage = bd.ExpansionCohort(12, rule, looks=(3, 6, 12))
    plan = bd.plan(bd.three_plus_three(GRID, "deescalation"), (stage,))
    *_, table = decision_tables("it", plan)
    for row in table.rows:
        patients = row["patients"]
        tails = [beta.sf(0.3, 1 + dlts, 1 + patients - dlts) for dlts in range(patients + 1)]
        assert row["dlts"] == str(next(dlts for dlts, tail in enumerate(tails) if tail > 0.9))
    assert [row["patients"] for row in table.rows] == [3, 6, 12]


def test_the_page_holds_the_same_cells_and_hostile_names_stay_text(tmp_path, capsys):
    path = tmp_path / "<b>boin.toml"
    bd.save_design(bd.boin(GRID, 0.3, max_patients=9), path)
    tables = show_tables(str(path), out=tmp_path / "table.html")
    page = (tmp_path / "table.html").read_text(encoding="utf-8")
    assert "<b>" not in page
    shown = [
        [html.unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)]
        for row in re.findall(r"<tr>(<td.*?)</tr>", page)
    ]
    assert shown == [[column.shown(row) for column in one.columns] for one in tables for row in one.rows]
    assert "bayesdose 0." in page
    assert show_tables(str(path))
    printed = capsys.readouterr().out
    assert "escalate if DLTs <=" in printed


def test_a_file_of_another_kind_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"ends in \.csv or \.html"):
        show_tables("MIL97", out=tmp_path / "table.pdf")


TITE = """
late_onset_design = "tite_boin"
grid = { values = [1, 2, 4, 8, 16], unit = "mg" }
target = 0.2
max_patients = 15
"""


def test_tite_boins_table_is_the_published_one(golden, tmp_path):
    """Yuan 2018, Table 1: every printed boundary of follow-up, and the decision beside it."""
    (tmp_path / "tite.toml").write_text(TITE)
    out = tmp_path / "tite.csv"
    (table,) = show_tables(str(tmp_path / "tite.toml"), out=out)
    rows = list(csv.DictReader(out.read_text().splitlines()[1:]))
    assert len(rows) == len(table.rows)
    ours = {
        (row["patients"], row["dlts"], row["pending"]): row
        for row in rows
        if row["escalate"] or row["deescalate"]
    }
    printed = 0
    for row in golden("tite_boin_yuan2018.csv"):
        if row["source"] == "Table 1" and row["decision"] in ("ES", "SD"):
            found = ours[row["n"], row["n_tox_min"], row["n_pending_min"]]
            assert found["decision"] == "/".join(row["decision"])
            kind = "escalate" if row["decision"] == "ES" else "deescalate"
            # Printed with two decimals, to the nearest; ours are rounded up.
            assert f"{float(found[f'{kind}_exact']):.2f}" == f"{float(row[f'stft_{kind}']):.2f}"
            assert 0 <= float(found[kind]) - float(found[f"{kind}_exact"]) < 0.01
            printed += 1
    assert printed == len(ours) == 17


def test_what_has_no_table_by_follow_up(tmp_path):
    path = tmp_path / "tite.toml"
    path.write_text(TITE)
    with pytest.raises(InputError, match="`bayesdose next` decides from the patients of one trial"):
        show_tables(str(path), "1NNN")
    rolling = TITE.replace('"tite_boin"', '"rolling_six"').split("target")[0]
    path.write_text(rolling + "complete_highest = true")
    with pytest.raises(InputError, match="wanted an interval design such as tite_boin"):
        show_tables(str(path))
