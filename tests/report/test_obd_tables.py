"""What is shown where response counts: on the terminal and on the page, the numbers of the result."""

import io

import pytest
from rich.console import Console

import bayesdose as bd
from bayesdose.report.page.results import result_tables
from bayesdose.report.terminal_tables import obd_table

GRID = bd.DoseGrid((1, 3, 10), "mg")
CURVES = (
    bd.scenarios.Scenario("plateau", GRID, (0.05, 0.1, 0.2), prob_response=(0.2, 0.5, 0.5)),
    bd.scenarios.Scenario("inactive", GRID, (0.1, 0.2, 0.3), prob_response=(0.05, 0.05, 0.1)),
)


@pytest.fixture(scope="module")
def result():
    designs = {
        "BOIN12": bd.dose_optimization.boin12(GRID, max_patients=9),
        "3+3": bd.three_plus_three(GRID, "deescalation"),
    }
    rule = bd.rules.BestUtility(max_toxicity=0.35, min_efficacy=0.25)
    return bd.operating_characteristics(designs, CURVES, mtd_rule=bd.rules.HighestBelow(0.35), obd_rule=rule)


def test_the_page_has_the_numbers(result):
    (table,) = [one for one in result_tables(result) if one.name == "obd"]
    assert "dose with the highest expected utility" in table.caption
    for row in table.rows:
        one = result.sel(scenario=row["scenario"], design=row["design"])
        for key in ("obd_selection", "utility_loss", "expected_patients_at_recommended"):
            assert row[key] == float(one[key])
        assert row["obd"] == str(one["obd"].item())


def test_the_terminal_has_them_in_80_columns(result):
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(obd_table(result))
    text = console.export_text()
    assert "…" not in text
    best = 100 * float(result["obd_selection"].sel(scenario="plateau", design="BOIN12"))
    (line,) = [line for line in text.split("inactive")[0].splitlines() if "BOIN12" in line]
    assert line.split()[1] == f"{best:.1f}"
    # No dose is the OBD there, so nobody is at it or above it.
    (line,) = [line for line in text.split("inactive")[1].splitlines() if "3+3" in line]
    assert line.split().count("-") == 2
