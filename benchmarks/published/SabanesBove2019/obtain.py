"""crmPack against SAS: eight situations of two designs, with losses and overdose probabilities."""

from pathlib import Path

import bayesdose as bd
from bayesdose.designs.model_based import ModelBased
from bayesdose.inference.posterior import posterior

CUTS = (0.2, 0.35, 0.6)
FIRST_LOSSES = bd.rules.MinExpectedLoss(CUTS, (1, 0, 2, 3))
THIRD_LOSSES = bd.rules.MinExpectedLoss(CUTS, (1, 0, 1, 2))
OVERDOSE = bd.rules.EWOC(0.35, 0.25)
FIRST = {"1": "1NNN", "2": "1NNN 2NNT", "3": "1NNN 2NNN 3NNN 4NNN", "4": "1NNN 2NNN 3NNN 4NNT"}
THIRD = {"1": "2NNT", "2": "2NNN 3NNT", "3": "2NNN 3NNN 5NNT 6NNT", "4": "2NNN 3NNN 5NNN"}
# The losses and probabilities of this one were not printed.
RECOMMENDATION_ONLY = "3"


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    return _situations("sc1", _first(), FIRST_LOSSES, None, FIRST) | _situations(
        "sc3", _third(), THIRD_LOSSES, OVERDOSE, THIRD
    )


def _situations(
    scenario: str,
    design: ModelBased,
    losses: bd.rules.MinExpectedLoss,
    overdose: bd.rules.EWOC | None,
    situations: dict[str, str],
) -> dict[tuple[str, str], float]:
    numbers = {}
    for situation, patients in situations.items():
        case = f"{scenario}, situation {situation}"
        state = bd.running_state(design, patients)
        numbers[case, "next dose, mg"] = design.grid.values[design.next_cohort(state).level[0]]
        if situation == RECOMMENDATION_ONLY:
            continue
        summary = posterior(design.tables[-1], state.patients, state.dlts)
        expected = losses.expected_loss(summary)[0]
        for dose, loss in zip(design.grid.values, expected, strict=True):
            numbers[case, f"expected loss at {dose:g} mg"] = loss
        if overdose is not None:
            above = overdose.overdose_probability(summary)[0]
            for dose, probability in zip(design.grid.values, above, strict=True):
                numbers[case, f"P(overdose) at {dose:g} mg"] = probability
    return numbers


def _first() -> ModelBased:
    grid = bd.DoseGrid((10, 20, 35, 50, 65, 80, 90, 100), "mg")
    prior = bd.priors.NormalPrior((-0.708, -0.389), (1.2, 0.9), reference_dose=90)
    return bd.model_based(
        grid,
        bd.models.two_parameter_logistic(grid, prior),
        next_dose=FIRST_LOSSES,
        increments=bd.rules.AnyLevel(),
        max_patients=15,
        tolerances=(1e-6,),
    )


def _third() -> ModelBased:
    grid = bd.DoseGrid((10, 15, 30, 45, 60, 90, 120, 150, 180, 240), "mg")
    prior = bd.priors.NormalPrior((-0.8473, -0.0935), (1.489, 1.275), reference_dose=150)
    return bd.model_based(
        grid,
        bd.models.two_parameter_logistic(grid, prior),
        next_dose=THIRD_LOSSES,
        admissible=OVERDOSE,
        increments=bd.rules.RelativeIncrements((0, 60), (1, 0.67))
        & bd.rules.RelativeIncrementsByDLTs((0, 1), (1, 0.5)),
        max_patients=15,
        tolerances=(1e-6,),
    )
