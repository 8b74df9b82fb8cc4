"""What a calibration found: every design that was tried, and the chosen one."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import tomli_w
import xarray as xr

from bayesdose.calibration.judge import best_first
from bayesdose.calibration.robustness import best_by, held_out
from bayesdose.calibration.settings import Setting
from bayesdose.calibration.wishes import Constraint, Objective
from bayesdose.calibration.words import answer, unmet
from bayesdose.designs.base import Design
from bayesdose.errors import InputError
from bayesdose.files import write_atomically
from bayesdose.grammar.writing import plain_design, plain_value
from bayesdose.progress import Progress, no_progress
from bayesdose.rules.mtd import MTDRule
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.method import Exact

__all__ = ["Calibration"]


@attrs.frozen(eq=False)
class Calibration:
    """Designs that were tried, how they do, and which one was chosen; `calibrate` makes it.

    Parameters
    ----------
    tried : xarray.Dataset
        Exact characteristics of every design, as `operating_characteristics` gives them. Coordinates along
        ``design`` say the parameters' values. ``objective_value`` (design, objective) and
        ``constraint_value`` (design, constraint) are the numbers that decided; ``meets_constraints``,
        ``on_front`` and ``chosen`` (design) say what became of each.
    designs : mapping of str to Design
        The designs by their names in `tried`.
    settings : mapping of str to Setting
        Their parameters' values.
    objectives : tuple of Objective
        The first chooses, the next decide between equal ones; all make the Pareto front.
    constraints : tuple of Constraint
        What a design must meet to be chosen or on the front.
    scenarios : tuple of Scenario
        The true curves.
    mtd_rule : MTDRule
        Rule that names the MTD.
    refused : mapping of str to str
        Settings that make no design, with the reason.
    method : Exact
        How the characteristics were computed.
    dlt_window : float, optional
        Days that a cohort is followed.
    """

    tried: xr.Dataset
    designs: Mapping[str, Design]
    settings: Mapping[str, Setting]
    objectives: tuple[Objective, ...]
    constraints: tuple[Constraint, ...]
    scenarios: tuple[Scenario, ...]
    mtd_rule: MTDRule
    refused: Mapping[str, str]
    method: Exact = Exact()
    dlt_window: float | None = None

    def __str__(self) -> str:
        return answer(self.tried, self.constraints, self.refused)

    @property
    def name(self) -> str:
        """Name of the chosen design in `tried`.

        Raises
        ------
        InputError
            If no design meets the constraints; the message says how near the nearest come.
        """
        chosen = self.tried["design"].values[self.tried["chosen"].values]
        if not len(chosen):
            raise InputError(
                "calibration",
                got=f"{self.tried.sizes['design']} designs, none of which meets all constraints",
                wanted=unmet(self.tried, self.constraints),
            )
        return str(chosen[0])

    @property
    def chosen(self) -> Design:
        """The chosen design.

        Raises
        ------
        InputError
            If no design meets the constraints.
        """
        return self.designs[self.name]

    @property
    def parameters(self) -> dict[str, Any]:
        """The chosen design's parameters.

        Raises
        ------
        InputError
            If no design meets the constraints.
        """
        return dict(self.settings[self.name].values)

    @property
    def front(self) -> xr.Dataset:
        """Designs on the Pareto front, the best by the first objective first."""
        front = self.tried.isel(design=np.flatnonzero(self.tried["on_front"].values))
        return front.isel(design=best_first(front, self.objectives))

    def held_out(
        self,
        scenarios: Sequence[Scenario],
        *,
        executor: Executor | None = None,
        progress: Progress = no_progress,
    ) -> xr.Dataset:
        """How designs that were chosen on some scenarios do on others.

        Parameters
        ----------
        scenarios : sequence of Scenario
            Curves that had no part in the choice, on the same grid.
        executor, progress
            As for `calibrate`.

        Returns
        -------
        xarray.Dataset
            All characteristics there, as in `tried`, and for each design ``calibrated_value`` (design,
            objective) from the calibration beside the ``objective_value`` of these scenarios; ``loss``
            (design), by how much the first objective is worse than the best design's within the constraints
            here; and ``chosen``, the design that the calibration chose.

        Raises
        ------
        InputError
            If an objective or constraint names a scenario that is not among these, or grids differ.
        """
        return held_out(
            self.tried,
            self.designs,
            self.settings,
            scenarios,
            mtd_rule=self.mtd_rule,
            objectives=self.objectives,
            constraints=self.constraints,
            method=self.method,
            dlt_window=self.dlt_window,
            executor=executor,
            progress=progress,
        )

    def best_by(self, parameter: str) -> xr.Dataset:
        """The best design for each value of one parameter, such as the prior.

        Parameters
        ----------
        parameter : str
            One of the parameters that were varied.

        Returns
        -------
        xarray.Dataset
            ``best`` (parameter): the best design's name within the constraints, empty where there is none.
            ``objective_value`` (parameter): its first objective. ``loss`` (parameter, chosen_for): by how
            much the first objective is worse if the other parameters are those that are best for another
            value; not defined where there is no such design within the constraints.

        Raises
        ------
        InputError
            If the parameter was not varied.
        """
        return best_by(self.tried, self.settings, self.objectives, parameter)

    def save_study(self, path: Path | str, names: Sequence[str] = ()) -> None:
        """Write designs with the scenarios as a study file that `bayesdose run` takes.

        Parameters
        ----------
        path : Path or str
            File to write; its name without ending is the study's.
        names : sequence of str, optional
            Names of designs in `tried`; the chosen one by default.

        Raises
        ------
        InputError
            If a name is unknown, or a design has no saved form.
        """
        for name in names:
            if name not in self.designs:
                raise InputError.unknown_name("design", name, self.designs)
        tables = {name: plain_design(self.designs[name]) for name in names or (self.name,)}
        grids = [table.pop("grid") for table in tables.values()]
        content = {
            "grid": grids[0],
            "mtd_rule": plain_value(self.mtd_rule),
            "scenarios": [plain_value(scenario) for scenario in self.scenarios],
            "designs": tables,
        }
        text = tomli_w.dumps(content)
        write_atomically(Path(path), lambda temporary: temporary.write_text(text, encoding="utf-8"))
