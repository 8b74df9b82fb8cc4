"""A protocol file names its prior's builder and inputs; each builder is reached through a file."""

from importlib.resources import files

import numpy as np
import pytest
from scipy.special import logit

from bayesdose.errors import InputError, PriorWarning
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.priors.minimal_information import minimally_informative
from bayesdose.priors.weak_information import weakly_informative
from bayesdose.protocols import load_protocol, protocol_names

DATA = files("bayesdose.protocols") / "data"
MIL97 = (DATA / "MIL97.toml").read_text(encoding="utf-8")
SHIPPED = MIL97[
    MIL97.index('value.builder = "quantiles"') : MIL97.index('source = "assumption"', MIL97.index("[prior]"))
]


@pytest.fixture
def with_prior(tmp_path):
    """Load MIL97 with other lines for the prior's value."""

    def load(lines):
        path = tmp_path / "mine.toml"
        path.write_text(MIL97.replace(SHIPPED, lines), encoding="utf-8")
        return load_protocol(path)

    return load


def built(protocol):
    return protocol.prior.value.build(protocol.grid.value)


@pytest.mark.parametrize("name", protocol_names())
def test_each_shipped_file_names_builder_inputs_and_reason(name):
    text = (DATA / f"{name}.toml").read_text(encoding="utf-8")
    assert 'value.builder = "quantiles"' in text
    prior = load_protocol(name).prior
    assert prior.reason
    assert len(built(load_protocol(name)).asked) == 4
    assert built(load_protocol(name)).notes == ()


def test_statements(with_prior):
    protocol = with_prior(
        """value.builder = "statements"
value.correlation = -0.2
value.reference_dose = 0.3
value.statements = [
    { dose = 0.03, probability = 0.5, prob_dlt = 0.05 },
    { dose = 0.03, probability = 0.9, prob_dlt = 0.3 },
    { dose = 0.3, probability = 0.5, prob_dlt = 0.25 },
    { dose = 0.3, probability = 0.9, prob_dlt = 0.6 },
]
"""
    )
    prior = built(protocol)
    assert (prior.correlation, prior.reference_dose) == (-0.2, 0.3)
    achieved = prior.cdf(np.log([0.1, 0.1, 1.0, 1.0]), logit([0.05, 0.3, 0.25, 0.6]))
    np.testing.assert_allclose(achieved, [0.5, 0.9, 0.5, 0.9], atol=1e-6)


COMPROMISE = """value.builder = "statements"
value.correlation = 0
value.compromise = "minimax"
value.statements = [
    { dose = 0.01, probability = 0.5, prob_dlt = 0.05 },
    { dose = 0.01, probability = 0.9, prob_dlt = 0.25 },
    { dose = 0.1, probability = 0.5, prob_dlt = 0.2 },
    { dose = 0.45, probability = 0.5, prob_dlt = 0.35 },
    { dose = 0.45, probability = 0.9, prob_dlt = 0.75 },
]
"""


def test_statements_that_need_a_compromise(with_prior):
    with pytest.warns(PriorWarning, match="minimax compromise"):
        assert "worst difference" in built(with_prior(COMPROMISE)).origin
    with pytest.raises(InputError, match="misses one by"):
        built(with_prior(COMPROMISE.replace('value.compromise = "minimax"\n', "")))


def test_minimally_informative(with_prior):
    protocol = with_prior(
        'value.builder = "minimally-informative"\nvalue.lowest_bound = 0.6\nvalue.highest_bound = 0.2\n'
    )
    with pytest.warns(PriorWarning):
        prior = built(protocol)
    with pytest.warns(PriorWarning):
        assert prior == minimally_informative(
            protocol.grid.value, lowest_bound=0.6, highest_bound=0.2, tail=0.05
        )
    assert prior.reference_dose == 0.45


def test_weakly_informative(with_prior):
    lines = """value.builder = "weakly-informative"
value.prob_dlt = 0.25
value.sd_logit = 2
value.sd_log_slope = 1
"""
    protocol = with_prior(lines)
    grid = protocol.grid.value
    assert built(protocol) == weakly_informative(grid, prob_dlt=0.25, sd_logit=2, sd_log_slope=1)
    other = built(with_prior(lines + "value.slope = 2\nvalue.anticipated_mtd = 0.3\n"))
    assert (other.reference_dose, other.mean[1]) == (0.3, pytest.approx(np.log(2)))


def test_given(with_prior):
    lines = """value.builder = "given"
value.mean = [-0.8, -0.3]
value.sd = [1.4, 0.7]
value.reference_dose = 0.45
"""
    assert built(with_prior(lines)) == NormalPrior((-0.8, -0.3), (1.4, 0.7), 0.45)
    assert built(with_prior(lines + "value.correlation = 0.2\n")).correlation == 0.2


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        (
            '"quantiles"',
            '"quantile"',
            ["key prior.value, builder", "one of quantiles, statements", "Did you mean"],
        ),
        ('value.builder = "quantiles"\n', "", ["key prior.value", "a table with the key builder"]),
        ("lowest_upper", "lowest_uper", ["key prior.value.lowest_uper", "Did you mean 'lowest_upper'"]),
        ("value.lowest_upper = 0.33", "value.lowest_upper = true", ["prior.value.lowest_upper", "a number"]),
        ("value.lowest_upper = 0.33\n", "", ["key prior.value.lowest_upper", "missing"]),
    ],
)
def test_mistakes_are_named_by_key(with_prior, old, new, parts):
    assert old in SHIPPED
    with pytest.raises(InputError) as caught:
        with_prior(SHIPPED.replace(old, new))
    for part in ["mine.toml", *parts]:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("prob_dlt = 0.05", "prob_dlt = 1.05", "prior.value.statements[0], quantile's prob_dlt"),
        ("prob_dlt = 0.05", "prob_dtl = 0.05", "prior.value.statements[0].prob_dtl"),
        ('"minimax"', '"minmax"', "prior.value.compromise"),
        ("value.correlation = 0", 'value.correlation = "none"', "prior.value.correlation"),
    ],
)
def test_mistakes_in_statements_are_named_by_key(with_prior, old, new, part):
    assert old in COMPROMISE
    with pytest.raises(InputError) as caught:
        with_prior(COMPROMISE.replace(old, new, 1))
    assert part in str(caught.value)
