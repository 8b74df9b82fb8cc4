"""Curves of published simulation studies."""

from collections.abc import Sequence
from typing import Annotated

import annotated_types as at

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import InnerProbability, Name, Share
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.scenarios.scenario import Scenario

__all__ = ["PublishedStudy", "published_scenarios", "published_studies", "published_study"]


@checked_value
class PublishedStudy:
    """True DLT probabilities of a simulation study.

    Parameters
    ----------
    name : str
        Short name, e.g. "iasonos-2008".
    citation : str
        Key of the paper in ``references.bib``; ``bd.citation(study)`` gives its BibTeX entry.
    read_from : str
        Where the numbers were read, which is not always the paper, and what is known to be missing.
    target : float
        The study's target DLT probability.
    curves : tuple of (str, tuple of float)
        The study's own name of each scenario, and P(DLT) at each dose level.

    Raises
    ------
    InputError
        If a field is not of its type.
    """

    name: Name
    citation: str
    read_from: str
    target: InnerProbability
    curves: Annotated[tuple[tuple[str, tuple[Share, ...]], ...], at.MinLen(1)]

    @checked
    def scenarios(self, grid: DoseGrid | None = None) -> tuple[Scenario, ...]:
        """The study's scenarios, each with the citation in its `source`.

        Parameters
        ----------
        grid : DoseGrid, optional
            Doses for the levels; bare levels 1, 2, ... by default.

        Raises
        ------
        InputError
            If the grid has another number of doses.
        """
        number = len(self.curves[0][1])
        grid = DoseGrid.of_levels(number) if grid is None else grid
        if len(grid) != number:
            raise InputError(
                f"grid of study {self.name!r}", got=f"{len(grid)} doses", wanted=f"{number}, as in the study"
            )
        source = f"{self.citation}, target {self.target:g}. {self.read_from}"
        return tuple(
            Scenario(f"{self.name} {name}", grid, curve, source=source) for name, curve in self.curves
        )


@checked
def published_studies() -> tuple[str, ...]:
    """Names that `published_study` knows.

    Returns
    -------
    tuple of str
        The names.
    """
    return tuple(_STUDIES)


@checked
def published_study(name: str) -> PublishedStudy:
    """A published simulation study's scenarios and target.

    Parameters
    ----------
    name : str
        One of `published_studies`.

    Returns
    -------
    PublishedStudy
        Its curves, target and reference.

    Raises
    ------
    InputError
        If the name is unknown; the nearest one is suggested.

    Examples
    --------
    >>> study = published_study("iasonos-2008")
    >>> study.target, study.scenarios()[0].prob_dlt
    (0.25, (0.03, 0.05, 0.1, 0.18, 0.22))
    """
    if name not in _STUDIES:
        raise InputError.unknown_name("published study", name, _STUDIES)
    return _STUDIES[name]


@checked
def published_scenarios(
    grid: DoseGrid, study: str, names: Annotated[Sequence[str], at.MinLen(1)] | None = None
) -> tuple[Scenario, ...]:
    """Scenarios of a published simulation study, all or some.

    Parameters
    ----------
    grid : DoseGrid
        Doses for the study's levels.
    study : str
        One of `published_studies`.
    names : sequence of str, optional
        Names of the scenarios that are wanted, such as ``"iasonos-2008 S1"``; all by default.

    Returns
    -------
    tuple of Scenario
        In the order of the study, each with the citation in its `source`.

    Raises
    ------
    InputError
        If the study or a name is unknown, or the grid has another number of doses.

    Examples
    --------
    >>> only = published_scenarios(DoseGrid.of_levels(5), "iasonos-2008", ["iasonos-2008 S2"])
    >>> [scenario.name for scenario in only]
    ['iasonos-2008 S2']
    """
    found = published_study(study).scenarios(grid)
    known = [scenario.name for scenario in found]
    for name in names or ():
        if name not in known:
            raise InputError.unknown_name("published_scenarios, names", name, known)
    return tuple(scenario for scenario in found if names is None or scenario.name in names)


# Ji et al. used the same curves in both papers but for the second.
_JI_FIRST = ("1", (0.05, 0.25, 0.50, 0.60, 0.70, 0.80, 0.90, 0.95))
_JI_OTHERS = (
    ("3", (0.01, 0.05, 0.50, 0.60, 0.70, 0.80, 0.90, 0.95)),
    ("4", (0.40, 0.50, 0.60, 0.70, 0.80, 0.90, 0.95, 0.99)),
    ("5", (0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85)),
    ("6", (0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75)),
)

_STUDIES = {
    study.name: study
    for study in (
        PublishedStudy(
            "ji-2007",
            "Ji2007",
            "Read from the R package escalation, Scratch/TPI-simulations.R (Table 2 of the paper).",
            0.25,
            (_JI_FIRST, ("2", (0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.25, 0.50)), *_JI_OTHERS),
        ),
        PublishedStudy(
            "iasonos-2008",
            "Iasonos2008",
            "Read from the R package escalation, Scratch/Iasonos.R; the paper's S4 to S8 are not there.",
            0.25,
            (
                ("S1", (0.03, 0.05, 0.10, 0.18, 0.22)),
                ("S2", (0.06, 0.09, 0.13, 0.16, 0.25)),
                ("S3", (0.06, 0.10, 0.15, 0.19, 0.28)),
            ),
        ),
        PublishedStudy(
            "ji-2010",
            "Ji2010",
            "Read from the R package escalation, Scratch/mTPI-simulations.R (Table 1 of the paper).",
            0.25,
            (_JI_FIRST, ("2", (0.01, 0.02, 0.03, 0.04, 0.05, 0.25, 0.50, 0.60)), *_JI_OTHERS),
        ),
        PublishedStudy(
            "guo-2017",
            "Guo2017",
            "Read from the R package escalation, Scratch/mTPI2-simulations.R.",
            0.30,
            (
                ("1", (0.02, 0.05, 0.10, 0.15, 0.20, 0.25)),
                ("2", (0.04, 0.06, 0.08, 0.10, 0.30, 0.60)),
                ("3", (0.01, 0.05, 0.10, 0.60, 0.70, 0.90)),
                ("4", (0.25, 0.27, 0.29, 0.31, 0.33, 0.35)),
                ("5", (0.35, 0.45, 0.50, 0.60, 0.70, 0.80)),
                ("6", (0.40, 0.50, 0.60, 0.70, 0.80, 0.90)),
            ),
        ),
        PublishedStudy(
            "jia-2017",
            "Jia2017",
            "Curves read from Table 3 (PMC5383510). The target is inferred: each curve is 0.25 at one dose.",
            0.25,
            (
                ("1", (0.25, 0.35, 0.50, 0.65, 0.80)),
                ("2", (0.15, 0.25, 0.40, 0.55, 0.70)),
                ("3", (0.10, 0.15, 0.25, 0.40, 0.55)),
                ("4", (0.03, 0.07, 0.15, 0.25, 0.40)),
            ),
        ),
    )
}
