"""Published curves: complete, cited, and with the 3+3 design's published results on them."""

import numpy as np
import pytest

from bayesdose.designs.references import citation
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd import ClosestTo
from bayesdose.scenarios.published import published_scenarios, published_studies, published_study
from bayesdose.simulation.operating_characteristics import operating_characteristics

# MTD by the rule "closest to the target", from 1, as the papers mark it or the curves show.
MTD = {
    "ji-2007": [2, 7, 2, 1, 2, 3],
    "iasonos-2008": [5, 5, 5],
    "ji-2010": [2, 6, 2, 1, 2, 3],
    "guo-2017": [6, 5, 3, 3, 1, 1],
    "jia-2017": [1, 2, 3, 4],
}


def selection(name, variant):
    study = published_study(name)
    scenarios = study.scenarios()
    design = ThreePlusThree(scenarios[0].grid, variant)
    found = operating_characteristics({"3+3": design}, scenarios, mtd_rule=ClosestTo(study.target))
    return found["selection_probability"].values[0]


def test_every_study_is_listed_and_cited():
    assert published_studies() == tuple(MTD)
    for name in published_studies():
        study = published_study(name)
        assert citation(study).startswith(f"@article{{{study.citation},")
        assert name[-4:] in study.citation
        for scenario in study.scenarios():
            assert scenario.source.startswith(f"{study.citation}, target {study.target:g}. ")
            assert scenario.name.startswith(f"{name} ")


@pytest.mark.parametrize("name", MTD)
def test_the_mtd_of_each_curve(name):
    study = published_study(name)
    rule = ClosestTo(study.target)
    assert [scenario.mtd(rule) + 1 for scenario in study.scenarios()] == MTD[name]


def test_iasonos_standard_method():
    # Iasonos et al. (2008), Table 2, column SM: the top dose in 39, 33 and 26 % of simulated trials. Whole
    # percents of a simulation, and the 3+3 variant is inferred (six patients at the MTD): tolerance 0.025.
    top = selection("iasonos-2008", "deescalation-six")[:, -1]
    assert abs(top - [0.39, 0.33, 0.26]).max() < 0.025
    # The other variants are too far away to be meant.
    assert abs(selection("iasonos-2008", "deescalation")[:, -1] - [0.39, 0.33, 0.26]).min() > 0.015


def test_jia_three_plus_three():
    # Jia et al. (2017), Table 3, 3+3 rows: none, then each dose; simulated, two decimals, the variant is not
    # stated: tolerance 0.04. The published sample sizes do not reproduce (0.2 to 1.2 patients fewer).
    published = [
        [0.44, 0.36, 0.18, 0.02, 0, 0],
        [0.21, 0.34, 0.33, 0.11, 0.01, 0],
        [0.10, 0.19, 0.30, 0.30, 0.10, 0.02],
        [0.01, 0.06, 0.17, 0.36, 0.29, 0.10],
    ]
    assert abs(selection("jia-2017", "deescalation")[:3] - published[:3]).max() < 0.04
    assert abs(selection("jia-2017", "deescalation-six")[3] - published[3]).max() < 0.04


def test_doses_for_the_levels():
    study = published_study("iasonos-2008")
    grid = DoseGrid((1, 2, 4, 8, 16), "mg")
    assert study.scenarios(grid)[2].grid == grid
    np.testing.assert_array_equal(study.scenarios(grid)[2].prob_dlt, (0.06, 0.10, 0.15, 0.19, 0.28))
    with pytest.raises(InputError, match="grid of study 'iasonos-2008': got '2 doses'; wanted '?5, as in"):
        study.scenarios(DoseGrid((1, 2), "mg"))


def test_some_of_a_studys_scenarios():
    grid = DoseGrid.of_levels(5)
    every = published_study("iasonos-2008").scenarios(grid)
    assert published_scenarios(grid, "iasonos-2008") == every
    assert published_scenarios(grid, "iasonos-2008", ["iasonos-2008 S3"]) == every[2:]
    with pytest.raises(InputError, match="names: got 'S9'; wanted one of iasonos-2008 S1"):
        published_scenarios(grid, "iasonos-2008", ["S9"])


def test_unknown_study():
    with pytest.raises(InputError, match="published study: got 'guo-2018'; .*Did you mean 'guo-2017'"):
        published_study("guo-2018")
