"""A protocol's prior is written as a study file writes one: any builder of priors, by its name."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from scipy.special import logit

import bayesdose as bd
from bayesdose.errors import InputError, PriorWarning

MIL97 = (files("bayesdose.protocols") / "data" / "MIL97.toml").read_text(encoding="utf-8")
BEGIN = MIL97.index('value.prior = "prior_from_end_quantiles"')
SHIPPED = MIL97[BEGIN : MIL97.index('source = "assumption"', BEGIN)]


@pytest.fixture
def with_prior(tmp_path):
    """Load MIL97 with other lines for the prior's value."""

    def load(lines):
        path = tmp_path / "mine.toml"
        path.write_text(MIL97.replace(SHIPPED, lines), encoding="utf-8")
        return bd.load_protocol(path)

    return load


def test_quantiles(with_prior):
    protocol = with_prior(
        """value.prior = "prior_from_quantiles"
value.correlation = -0.2
value.reference_dose = 0.3
value.quantiles = [
    { dose = 0.03, probability = 0.5, prob_dlt = 0.05 },
    { dose = 0.03, probability = 0.9, prob_dlt = 0.3 },
    { dose = 0.3, probability = 0.5, prob_dlt = 0.25 },
    { dose = 0.3, probability = 0.9, prob_dlt = 0.6 },
]
"""
    )
    prior = bd.protocols.protocol_prior(protocol)
    assert (prior.correlation, prior.reference_dose) == (-0.2, 0.3)
    achieved = prior.cdf(np.log([0.1, 0.1, 1.0, 1.0]), logit([0.05, 0.3, 0.25, 0.6]))
    np.testing.assert_allclose(achieved, [0.5, 0.9, 0.5, 0.9], atol=1e-6)


COMPROMISE = """value.prior = "prior_from_quantiles"
value.correlation = 0
value.compromise = true
value.criterion = "minimax"
value.quantiles = [
    { dose = 0.01, probability = 0.5, prob_dlt = 0.05 },
    { dose = 0.01, probability = 0.9, prob_dlt = 0.25 },
    { dose = 0.1, probability = 0.5, prob_dlt = 0.2 },
    { dose = 0.45, probability = 0.5, prob_dlt = 0.35 },
    { dose = 0.45, probability = 0.9, prob_dlt = 0.75 },
]
"""


def test_quantiles_that_need_a_compromise(with_prior):
    with pytest.warns(PriorWarning, match="minimax compromise"):
        assert "worst difference" in bd.protocols.protocol_prior(with_prior(COMPROMISE)).origin
    with pytest.raises(InputError, match="protocol MIL97, key prior, .*misses one by"):
        bd.protocols.protocol_prior(with_prior(COMPROMISE.replace("value.compromise = true\n", "")))


def test_minimally_informative(with_prior):
    protocol = with_prior(
        'value.prior = "minimally_informative"\nvalue.lowest_bound = 0.6\nvalue.highest_bound = 0.2\n'
    )
    with pytest.warns(PriorWarning):
        prior = bd.protocols.protocol_prior(protocol)
    with pytest.warns(PriorWarning):
        assert prior == bd.priors.minimally_informative(
            protocol.grid.value, lowest_bound=0.6, highest_bound=0.2, tail=0.05
        )
    assert prior.reference_dose == 0.45


def test_weakly_informative(with_prior):
    lines = """value.prior = "weakly_informative"
value.prob_dlt = 0.25
value.sd_logit = 2
value.sd_log_slope = 1
"""
    protocol = with_prior(lines)
    wanted = bd.priors.weakly_informative(protocol.grid.value, prob_dlt=0.25, sd_logit=2, sd_log_slope=1)
    assert bd.protocols.protocol_prior(protocol) == wanted
    other = bd.protocols.protocol_prior(with_prior(lines + "value.slope = 2\nvalue.anticipated_mtd = 0.3\n"))
    assert (other.reference_dose, other.mean[1]) == (0.3, pytest.approx(np.log(2)))


def test_given(with_prior):
    lines = """value.prior = "NormalPrior"
value.mean = [-0.8, -0.3]
value.sd = [1.4, 0.7]
value.reference_dose = 0.45
"""
    stated = bd.priors.NormalPrior((-0.8, -0.3), (1.4, 0.7), 0.45)
    assert bd.protocols.protocol_prior(with_prior(lines)) == stated
    assert bd.protocols.protocol_prior(with_prior(lines + "value.correlation = 0.2\n")).correlation == 0.2


def test_a_prior_made_from_another(with_prior):
    informed = '{ prior = "NormalPrior", mean = [-1, 0], sd = [1, 1], reference_dose = 0.45 }'
    vague = informed.replace("[1, 1]", "[2, 1]")
    protocol = with_prior(
        f'value.prior = "robustify"\nvalue.weight = 0.2\nvalue.informative = {informed}\n'
        f"value.vague = {vague}\n"
    )
    normal = bd.priors.NormalPrior
    wanted = bd.priors.robustify(normal((-1, 0), (1, 1), 0.45), 0.2, normal((-1, 0), (2, 1), 0.45))
    assert bd.protocols.protocol_prior(protocol) == wanted


def test_values_with_sources_of_their_own(tmp_path):
    begin, end = MIL97.index("[prior]"), MIL97.index("# What the protocol's own design is compared with")
    prior = """[prior]
prior = "NormalPrior"
mean = { value = [-0.8, -0.3], source = "record" }
sd = { value = [1.4, 0.7], source = "assumption", reason = "wide" }
reference_dose = { value = 0.45, source = "publication", citation = "a paper" }

"""
    path = tmp_path / "mine.toml"
    path.write_text(MIL97[:begin] + prior + MIL97[end:], encoding="utf-8")
    protocol = bd.load_protocol(path)
    assert bd.protocols.protocol_prior(protocol) == bd.priors.NormalPrior((-0.8, -0.3), (1.4, 0.7), 0.45)
    assert protocol.prior.whole is None
    sources = {place: str(one.source) for place, one in protocol.sourced() if place.startswith("prior")}
    assert sources == {
        "prior.mean": "record",
        "prior.sd": "assumption",
        "prior.reference_dose": "publication",
    }
    for old, new, key in [
        ('source = "record" }\nsd', "sauce = 1 }\nsd", "prior.mean"),
        ('{ value = 0.45, source = "publication", citation = "a paper" }', "0.45", "prior.reference_dose"),
        ("mean = {", "maen = {", "prior.maen"),
        ("[1.4, 0.7]", "[1.4]", "prior.sd"),
    ]:
        assert old in prior
        path.write_text(MIL97[:begin] + prior.replace(old, new) + MIL97[end:], encoding="utf-8")
        with pytest.raises(InputError, match=f"mine.toml, key {key}"):
            bd.load_protocol(path)


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        (
            '"prior_from_end_quantiles"',
            '"prior_from_end_quantile"',
            ["key prior.value.prior: got", "one of ", "Did you mean 'prior_from_end_quantiles'?"],
        ),
        ('value.prior = "prior_from_end_quantiles"\n', "", ["key prior.value", "a table with the key prior"]),
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
        ("prob_dlt = 0.05", "prob_dlt = 1.05", "prior.value.quantiles[0].prob_dlt: got 1.05"),
        ("prob_dlt = 0.05", "prob_dtl = 0.05", "prior.value.quantiles[0].prob_dtl"),
        ('"minimax"', '"minmax"', "prior.value.criterion"),
        ("value.correlation = 0", 'value.correlation = "zero"', "prior.value.correlation"),
    ],
)
def test_mistakes_in_statements_are_named_by_key(with_prior, old, new, part):
    assert old in COMPROMISE
    with pytest.raises(InputError) as caught:
        with_prior(COMPROMISE.replace(old, new, 1))
    assert part in str(caught.value)


def test_a_protocol_without_a_prior():
    protocol = bd.load_protocol(Path(__file__).parent / "boin.toml")
    for make in (bd.protocols.protocol_prior, bd.protocols.protocol_model):
        with pytest.raises(
            InputError, match="prior of INVENTED-BOIN: got None; wanted a protocol that states"
        ):
            make(protocol)
