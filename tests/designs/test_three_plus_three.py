"""3+3 against published numbers, against R packages and against every path of theirs.

Files and packages behind the expected values: tests/golden/README.md.
"""

import numpy as np
import pytest

from bayesdose.designs.running import running_state
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.outcomes import Outcomes, parse_outcomes
from bayesdose.report.next_dose import describe_decision
from bayesdose.simulation.graph import trial_graph
from bayesdose.trial import StopReason

VARIANTS = ["no-deescalation", "deescalation", "deescalation-six"]


def three_plus_three(num_doses, variant, **settings):
    return ThreePlusThree(DoseGrid.of_levels(num_doses), variant, **settings)


def _check_case(exact, case, variant, tolerance):
    result = exact(three_plus_three(len(case["true_prob_dlt"]), variant), case["true_prob_dlt"])
    assert np.abs(result.selection - case["prob_recommend"]).max() < tolerance
    assert np.abs(result.patients - case["E_n_at_dose"]).max() < tolerance
    assert abs(result.patients.sum() - case["E_n"]) < tolerance * len(result.patients)
    if "E_tox_at_dose" in case:
        assert np.abs(result.dlts - case["E_tox_at_dose"]).max() < tolerance
    if "E_dlt" in case:
        assert abs(result.dlts.sum() - case["E_dlt"]) < tolerance * len(result.dlts)
    if "n_paths" in case:
        assert result.graph.num_histories() == case["n_paths"]


@pytest.mark.parametrize(
    ("file", "number"),
    [
        ("threeplusthree_exact_oc.json", 13),
        ("threeplusthree_bcrm_exact.json", 14),
        ("threeplusthree_escalation_dosepaths_D3.json", 3),
        ("threeplusthree_precautionary_exact.json", 7),
    ],
)
def test_exact_results_of_r_packages(exact, golden, file, number):
    # Both sides are exact sums of products; 1e-9 leaves room for the packages' own rounding only.
    cases = golden(file)["cases"]
    assert len(cases) == number
    for case in cases:
        deescalates = case.get("allow_deescalate", not case.get("esc_only", False))
        variant = "deescalation" if deescalates else "no-deescalation"
        if "precautionary" in file:  # this package expands the highest dose to six
            variant = "deescalation-six"
        renamed = case | {"true_prob_dlt": case["true_prob_tox"]}
        if "n_terminal_paths" in case:
            renamed["n_paths"] = case["n_terminal_paths"]
        _check_case(exact, renamed, variant, 1e-9)


def test_independent_enumeration(exact, golden):
    # The file has 8 decimals, so 5e-9 of rounding and a little for the comparison.
    cases = golden("threeplusthree_enumeration.json")["cases"]
    assert len(cases) == 19
    for case in cases:
        _check_case(exact, case, case["variant"], 6e-9)


@pytest.mark.parametrize(
    ("variant", "selection", "patients"),
    [
        ("no-deescalation", [0.026558, 0.091360, 0.352962, 0.365457, 0.150172, 0.013491], 13.70421),
        ("deescalation", [0.027198, 0.099667, 0.388232, 0.358154, 0.113258, 0.013491], 16.09142),
        ("deescalation-six", [0.027198, 0.099671, 0.388411, 0.359639, 0.118377, 0.006704], 16.14103),
    ],
)
def test_three_variants_on_one_curve(exact, variant, selection, patients):
    # Independent enumeration, printed with six and five decimals.
    result = exact(three_plus_three(5, variant), [0.05, 0.1, 0.25, 0.4, 0.6])
    assert np.abs(result.selection - selection).max() < 5.1e-7
    assert abs(result.patients.sum() - patients) < 5.1e-6


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        # precautionary 0.2-1 publishes the counts of its grammar (exec/esc.pl); the others: enumeration.
        ("deescalation-six", [10, 46, 154, 442, 1162, 2890, 6922, 16138, 36874, 82954]),
        ("deescalation", [7, 34, 118, 346, 922, 2314, 5578, 13066, 29962, 67594]),
        # Each dose is passed in two ways and ends the trial in five: N(J) = 5 + 2 N(J - 1), N(0) = 1.
        ("no-deescalation", [7, 19, 43, 91, 187, 379, 763, 1531, 3067, 6139]),
    ],
)
def test_number_of_paths(variant, expected):
    found = [trial_graph(three_plus_three(doses, variant)).num_histories() for doses in range(1, 11)]
    assert found == expected


@pytest.mark.parametrize("deescalates", [False, True])
@pytest.mark.parametrize(("num_doses", "number"), [(3, (43, 118)), (4, (91, 346))])
def test_every_path_of_the_escalation_package(golden, num_doses, number, deescalates):
    paths = golden(f"threeplusthree_paths_D{num_doses}_deesc_{str(deescalates).upper()}.csv")
    assert len(paths) == number[deescalates]
    design = three_plus_three(num_doses, "deescalation" if deescalates else "no-deescalation")
    for path in paths:
        cohorts = parse_outcomes(path["path"]).cohorts
        assert cohorts[0][0] == 1
        for treated in range(1, len(cohorts)):
            answer = design.next_cohort(running_state(design, Outcomes(cohorts[:treated])))
            level, letters = cohorts[treated]
            assert (answer.level[0] + 1, answer.size[0], answer.stop[0]) == (level, len(letters), 0), path
        state = running_state(design, Outcomes(cohorts))
        assert design.next_cohort(state).stop[0] > 0, path
        recommended = 0 if path["rec"] == "NA" else int(path["rec"])
        assert design.recommend(state)[0] + 1 == recommended, path


@pytest.mark.parametrize(("num_doses", "number"), [(2, 46), (3, 154)])
def test_every_path_of_the_precautionary_package(golden, num_doses, number):
    # "0/2 1/-": at each dose the DLTs in its first and second cohort of three, '-' for none treated.
    paths = golden(f"threeplusthree_precautionary_paths_D{num_doses}.csv")
    assert len(paths) == number
    design = three_plus_three(num_doses, "deescalation-six")
    for path in paths:
        left = [[int(dlts) for dlts in dose.split("/") if dlts != "-"] for dose in path["path"].split()]
        treated, answer, state = [], design.first_cohort(), None
        while answer.reason(0) is StopReason.GOES_ON:
            level = int(answer.level[0])
            assert answer.size[0] == 3, path
            dlts = left[level].pop(0)
            treated.append((level + 1, "N" * (3 - dlts) + "T" * dlts))
            state = running_state(design, Outcomes(tuple(treated)))
            answer = design.next_cohort(state)
        assert not any(left), path
        assert design.recommend(state)[0] + 1 == int(path["rec"]), path


@pytest.mark.parametrize("variant", VARIANTS)
def test_closed_form_of_one_dose(exact, variant):
    # 0 of 3, or 1 of 3 and then 0 of 3; six are needed from the start where the highest dose needs six.
    p = 0.3
    none, one = (1 - p) ** 3, 3 * p * (1 - p) ** 2
    accepted = none + one * none if variant != "deescalation-six" else none * (none + one) + one * none
    assert abs(exact(three_plus_three(1, variant), [p]).selection[1] - accepted) < 1e-14


@pytest.mark.parametrize(
    ("variant", "outcomes", "sentence"),
    [
        ("deescalation", "", "Next: 3 patients at level 1"),
        ("deescalation", "1NNN", "Next: 3 patients at level 2"),
        ("deescalation", "1NNT", "Next: 3 patients at level 1"),
        ("deescalation", "1NNT 1NNN", "Next: 3 patients at level 2"),
        (
            "deescalation",
            "1NNT 1NNT",
            "Stop: the lowest dose that may be given is too toxic. Recommended: no dose",
        ),
        ("deescalation", "1NNN 2NTT", "Next: 3 patients at level 1"),
        (
            "deescalation",
            "1NNN 2NTT 1NNT",
            "Stop: the dose below a too toxic dose is accepted. Recommended: level 1",
        ),
        (
            "no-deescalation",
            "1NNN 2NTT",
            "Stop: the dose below a too toxic dose is accepted. Recommended: level 1",
        ),
        ("deescalation", "1NNN 2NNN 3NNN", "Stop: the highest dose is accepted. Recommended: level 3"),
        ("deescalation-six", "1NNN 2NNN 3NNN", "Next: 3 patients at level 3"),
        (
            "deescalation-six",
            "1NNN 2NNN 3NNN 3NNT",
            "Stop: the highest dose is accepted. Recommended: level 3",
        ),
        # Cohorts smaller than three are completed to three, then to six.
        ("deescalation", "1N", "Next: 2 patients at level 1"),
        ("deescalation", "1NNNN 1NT", "Next: 3 patients at level 2"),
        ("deescalation", "1NNNN 1T", "Next: 1 patient at level 1"),
        ("deescalation", "1N 2NTT", "Next: 2 patients at level 1"),
        ("deescalation", "1N 2NTT 1NN", "Next: 3 patients at level 1"),
    ],
)
def test_rule_in_words(variant, outcomes, sentence):
    assert describe_decision(three_plus_three(3, variant), parse_outcomes(outcomes)).startswith(sentence)


def test_start_above_the_lowest_level():
    down = three_plus_three(3, "deescalation", start_level=2)
    assert describe_decision(down, parse_outcomes("")).startswith("Next: 3 patients at level 2")
    # The dose below has nobody yet: three, and then three more before it is accepted.
    assert describe_decision(down, parse_outcomes("2TTN")).startswith("Next: 3 patients at level 1")
    assert describe_decision(down, parse_outcomes("2TTN 1NNN")).startswith("Next: 3 patients at level 1")
    accepted = describe_decision(down, parse_outcomes("2TTN 1NNN 1NNN"))
    assert accepted.endswith("Recommended: level 1.")
    stays = three_plus_three(3, "no-deescalation", start_level=2)
    assert describe_decision(stays, parse_outcomes("2TTN")).startswith("Stop: the lowest dose")


@pytest.mark.parametrize("start_level", [0, 4, 1.0, "1"])
def test_start_level_off_the_grid(start_level):
    wanted = "a level number from 1 to 3" if start_level == 4 else "a whole number of at least 1"
    with pytest.raises(InputError, match=f"start_level: got .*; wanted {wanted}"):
        three_plus_three(3, "deescalation", start_level=start_level)


def test_unknown_variant():
    message = "variant: got 'korn'; wanted one of .* different doses, so the variant is always stated"
    with pytest.raises(InputError, match=message):
        three_plus_three(3, "korn")
