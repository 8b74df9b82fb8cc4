"""Where a study's scenarios come from."""

from dataclasses import dataclass
from pathlib import Path

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.prior import Prior
from bayesdose.rules.mtd import MTDRule
from bayesdose.scenarios.files import load_scenarios
from bayesdose.scenarios.library import builtin_scenarios
from bayesdose.scenarios.murray import murray_scenarios
from bayesdose.scenarios.prior_predictive import prior_predictive_scenarios
from bayesdose.scenarios.pseudo_uniform import pseudo_uniform_scenarios
from bayesdose.scenarios.published import published_study
from bayesdose.scenarios.scenario import Scenario

__all__ = ["SCENARIO_SOURCES", "ScenarioSource"]


@dataclass(frozen=True)
class BuiltIn:
    """`builtin_scenarios`: the MTD at each dose, all too toxic, all safe."""

    prob_at_mtd: float | None = None

    def __str__(self) -> str:
        return "built-in"

    def scenarios(self, grid: DoseGrid, mtd_rule: MTDRule, folder: Path) -> tuple[Scenario, ...]:
        """The scenarios."""
        return builtin_scenarios(grid, mtd_rule, self.prob_at_mtd)


@dataclass(frozen=True)
class Given:
    """One scenario, stated in the study file."""

    name: str
    prob_dlt: tuple[float, ...]
    prob_moderate: tuple[float, ...] | None = None

    def __str__(self) -> str:
        return f"{self.name} stated in the study"

    def scenarios(self, grid: DoseGrid, mtd_rule: MTDRule, folder: Path) -> tuple[Scenario, ...]:
        """The scenario."""
        return (Scenario(self.name, grid, self.prob_dlt, self.prob_moderate, "stated in the study"),)


@dataclass(frozen=True)
class InFile:
    """Scenarios of a CSV table (`load_scenarios`), looked for beside the study file."""

    file: str

    def __str__(self) -> str:
        return f"read from {self.file}"

    def scenarios(self, grid: DoseGrid, mtd_rule: MTDRule, folder: Path) -> tuple[Scenario, ...]:
        """The scenarios."""
        return load_scenarios(folder / self.file, grid)


@dataclass(frozen=True)
class Published:
    """Scenarios of a published simulation study (`published_study`), some or all of them."""

    study: str
    names: tuple[str, ...] | None = None

    def __str__(self) -> str:
        return f"published by {self.study}"

    def scenarios(self, grid: DoseGrid, mtd_rule: MTDRule, folder: Path) -> tuple[Scenario, ...]:
        """The scenarios."""
        found = published_study(self.study).scenarios(grid)
        known = [scenario.name for scenario in found]
        for name in self.names or ():
            if name not in known:
                raise InputError.unknown_name("names", name, known)
        return tuple(scenario for scenario in found if self.names is None or scenario.name in self.names)


@dataclass(frozen=True)
class Murray:
    """Random curves by Murray's generator (`murray_scenarios`)."""

    target: float
    number: int
    delta: float
    seed: int
    types: tuple[int, ...] | None = None

    def __str__(self) -> str:
        return f"{self.number} by Murray's generator, seed {self.seed}"

    def scenarios(self, grid: DoseGrid, mtd_rule: MTDRule, folder: Path) -> tuple[Scenario, ...]:
        """The scenarios."""
        return murray_scenarios(
            grid, self.target, self.number, delta=self.delta, types=self.types, rng=self.seed
        )


@dataclass(frozen=True)
class PseudoUniform:
    """Random curves with a uniform MTD, by Clertant and O'Quigley (`pseudo_uniform_scenarios`)."""

    target: float
    number: int
    seed: int
    margin: float | None = None
    gap: tuple[float, float] | None = None

    def __str__(self) -> str:
        return f"{self.number} pseudo-uniform, seed {self.seed}"

    def scenarios(self, grid: DoseGrid, mtd_rule: MTDRule, folder: Path) -> tuple[Scenario, ...]:
        """The scenarios."""
        return pseudo_uniform_scenarios(
            grid, self.target, self.number, margin=self.margin, gap=self.gap, rng=self.seed
        )


@dataclass(frozen=True)
class PriorPredictive:
    """Curves drawn from a normal prior (`prior_predictive_scenarios`)."""

    prior: Prior
    number: int
    seed: int

    def __str__(self) -> str:
        return f"{self.number} draws from a prior, seed {self.seed}"

    def scenarios(self, grid: DoseGrid, mtd_rule: MTDRule, folder: Path) -> tuple[Scenario, ...]:
        """The scenarios."""
        if not isinstance(self.prior, NormalPrior):
            raise InputError("prior", got=self.prior, wanted="a normal prior")
        return prior_predictive_scenarios(grid, self.prior, self.number, rng=self.seed)


ScenarioSource = BuiltIn | Given | InFile | Published | Murray | PseudoUniform | PriorPredictive

SCENARIO_SOURCES = {
    "built-in": BuiltIn,
    "given": Given,
    "file": InFile,
    "published": Published,
    "murray": Murray,
    "pseudo-uniform": PseudoUniform,
    "prior-predictive": PriorPredictive,
}
