"""Tables of an explained prior, read back from what is printed."""

import io
import math
import warnings

import pytest
from rich.console import Console

from bayesdose.errors import PriorWarning
from bayesdose.grid import DoseGrid
from bayesdose.models.statement import Quantile
from bayesdose.priors.explain import explain_prior
from bayesdose.priors.quantiles import prior_from_quantiles
from bayesdose.report.prior import prior_table, statement_table

GRID = DoseGrid((1.0, 5.0, 20.0), "mg")
STATED = [Quantile(1, 0.5, 0.05), Quantile(1, 0.9, 0.25), Quantile(20, 0.5, 0.35), Quantile(20, 0.9, 0.75)]


def printed(table):
    console = Console(file=io.StringIO(), width=200)
    console.print(table)
    return [line.split() for line in console.file.getvalue().splitlines()]


@pytest.fixture(scope="module")
def explained():
    return explain_prior(prior_from_quantiles(STATED), GRID, target_interval=(0.16, 0.33))


def test_prior_table_holds_the_explanation(explained):
    rows = printed(prior_table(explained, GRID))[-3:]
    for index, row in enumerate(rows):
        one = explained.isel(dose=index)
        assert row[0] == GRID.labels[index]
        numbers = [float(cell) for cell in row[1:]]
        assert numbers[0] == pytest.approx(one["quantile"].sel(probability=0.5).item(), abs=6e-4)
        assert numbers[3] == pytest.approx(one["mean"].item(), abs=6e-4)
        assert sum(numbers[4:7]) == pytest.approx(1, abs=2e-3)
        assert numbers[7] == pytest.approx(one["effective_sample_size"].item(), abs=0.06)
    # The median at the lowest dose was asked.
    assert rows[0][1] == "0.050"


def test_statement_table_sets_asked_beside_achieved():
    stated = [*STATED, Quantile(5, 0.5, 0.3)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PriorWarning)
        prior = prior_from_quantiles(stated, compromise=True)
    explained = explain_prior(prior, GRID, target_interval=(0.16, 0.33))
    rows = [[float(cell) for cell in row] for row in printed(statement_table(explained, "mg"))[-5:]]
    assert [row[0] for row in rows] == [1, 1, 5, 20, 20]
    assert [row[1] for row in rows] == [0.5, 0.9, 0.5, 0.5, 0.9]
    worst = max(abs(row[1] - row[2]) for row in rows)
    assert worst == pytest.approx(explained.attrs["worst_probability_difference"], abs=1.1e-4)
    assert worst > 0.01
    # On both scales: the last two columns are the logits of the two before.
    for row in rows:
        for prob_dlt, on_logit_scale in ((row[3], row[5]), (row[4], row[6])):
            assert on_logit_scale == pytest.approx(math.log(prob_dlt / (1 - prob_dlt)), abs=2e-3)
