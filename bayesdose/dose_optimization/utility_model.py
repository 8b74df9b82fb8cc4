"""A utility rule on any toxicity model: the admissible dose with the highest posterior mean utility."""

from typing import Any

import attrs
import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import BetaPrior, InnerProbability, Probability
from bayesdose.described import Described
from bayesdose.designs.base import Design
from bayesdose.designs.model_based import ModelBased
from bayesdose.designs.optional import aim_of, may_skip_doses
from bayesdose.designs.references import cites
from bayesdose.dose_optimization.utility_efficacy import BetaEfficacy
from bayesdose.dose_optimization.utility_states import by_margins, dlts_alone
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.inference.on_ladder import on_ladder
from bayesdose.inference.posterior import BatchPosterior
from bayesdose.rules.mtd import MTDRule
from bayesdose.rules.obd_utility import Utility
from bayesdose.short_rows import across
from bayesdose.trial import NO_DOSE, Cohorts, StopReason, TrialState

__all__ = ["UtilityByModel", "utility_by_model"]


def _has_an_overdose_rule(design: Any, field: attrs.Attribute, toxicity: Design) -> None:
    """Validator: a model-based design that says which doses may be given."""
    if not isinstance(toxicity, ModelBased) or toxicity.admissible is None:
        lacks = "no rule of admissible doses" if isinstance(toxicity, ModelBased) else "no model"
        raise InputError(
            "utility_by_model, toxicity",
            got=f"a design with {lacks}",
            wanted="a model-based design with a rule of admissible doses, such as one of blrm",
            fix="Pass admissible=bd.rules.EWOC(0.33, 0.25) to model_based.",
        )


@checked_value
class UtilityByModel(Described, Design):
    """What `utility_by_model` makes, with its parameters as fields."""

    toxicity: Design = attrs.field(validator=_has_an_overdose_rule)
    utility: Utility = Utility()
    min_efficacy: InnerProbability = 0.25
    efficacy_cutoff: Probability = 0.90
    efficacy_prior: BetaPrior = (1.0, 1.0)

    @property
    def words(self) -> dict[str, str]:
        """The design as a protocol describes it, part by part."""
        model = self._model
        words = dict(model.words)
        passes = words["Admissible doses"]
        return {
            **words,
            "Design": "utility by a model: DLTs by the model, responses of each dose by its own patients",
            "Utility": str(self.utility),
            "Efficacy": str(self.efficacy),
            "Admissible doses": f"{passes}, and if {self.efficacy.passes}",
            "Next dose": f"of the doses that may be given, {model.increments}, the one with the highest "
            "posterior mean utility, responses and DLTs taken as independent; without such a dose the trial "
            "stops",
            "Recommended dose": "of the doses given that are admissible, the one with the highest posterior "
            "mean utility",
            "Ties": "of two doses with the same utility the lower one",
        }

    @property
    def _model(self) -> ModelBased:
        assert isinstance(self.toxicity, ModelBased)
        return self.toxicity

    @property
    def efficacy(self) -> BetaEfficacy:
        """The model of P(response)."""
        return BetaEfficacy(self.min_efficacy, self.efficacy_cutoff, self.efficacy_prior)

    @property
    def grid(self) -> DoseGrid:
        """The doses of the toxicity model."""
        return self.toxicity.grid

    @property
    def outcome_categories(self) -> int:
        """Four: neither, response, both, DLT."""
        return 4

    @property
    def max_patients(self) -> int:
        """Those of the toxicity design."""
        return self.toxicity.max_patients

    @property
    def may_skip_doses(self) -> bool:
        """Whether the toxicity design's increments may."""
        return may_skip_doses(self.toxicity)

    @property
    def aims_at(self) -> MTDRule | None:
        """What the toxicity design aims at."""
        return aim_of(self.toxicity)

    @property
    def citation(self) -> str:
        """What the toxicity design cites."""
        return self.toxicity.citation

    def first_cohort(self) -> Cohorts:
        """The toxicity design's."""
        return self.toxicity.first_cohort()

    def next_cohort(self, state: TrialState) -> Cohorts:
        """The next cohort of each trial, or why it stops."""
        decided, used = on_ladder(self._model.tables, state, self._next)
        return self._model.cohorts(dlts_alone(state), decided, used[:, 0])

    def recommend(self, state: TrialState) -> np.ndarray:
        """The recommended dose, `NO_DOSE` if none of those given is admissible; shape (B,)."""
        return on_ladder(self._model.tables, state, self._recommended)[0][:, 0]

    def forget(self, state: TrialState) -> TrialState:
        """Only patients, DLTs and responses are kept: responses and DLTs are taken as independent."""
        return by_margins(state)

    def mean_utility(self, state: TrialState, summary: BatchPosterior) -> np.ndarray:
        """Posterior mean utility of each dose by a posterior of P(DLT), shape (B, K)."""
        toxic, active = summary.mean, self.efficacy.mean(state.patients, state.responses)
        none, response, both, dlt = self.utility.worths
        without_dlt = none + (response - none) * active
        return np.round(without_dlt + toxic * (dlt + (both - dlt) * active - without_dlt), 9)

    def _next(self, state: TrialState, summary: BatchPosterior) -> tuple[np.ndarray, np.ndarray]:
        """Level of the next cohort and why the trial stops, shape (B, 2), with the margin."""
        model, trials = self._model, dlts_alone(state)
        reach = model.within_reach(trials)
        level, safe, margin = self._best(state, summary, reach)
        reason = np.where(safe, StopReason.NO_DOSE_WORTHWHILE.code, StopReason.NO_ADMISSIBLE_DOSE.code)
        reason = np.where(level == NO_DOSE, reason, StopReason.GOES_ON.code)
        if model.stopping is not None:
            there = np.where(level == NO_DOSE, state.level, level)
            early = model.stopping.stop(trials, there, summary)
            reason = np.where(level == NO_DOSE, reason, early)
            margin = np.minimum(margin, model.stopping.margin(trials, there, summary))
        return np.stack([level, reason], axis=1), margin

    def _recommended(self, state: TrialState, summary: BatchPosterior) -> tuple[np.ndarray, np.ndarray]:
        """The recommended dose, shape (B, 1), and its margin."""
        level, _, margin = self._best(state, summary, state.patients > 0)
        stopping, trials = self._model.stopping, dlts_alone(state)
        if stopping is not None:
            decided, nearest = self._next(state, summary)
            there = np.where(decided[:, 0] == NO_DOSE, state.level, decided[:, 0])
            level = np.where(stopping.forbids_recommendation(trials, there, summary), NO_DOSE, level)
            margin = np.minimum(margin, nearest)
        return level[:, None], margin

    def _best(
        self, state: TrialState, summary: BatchPosterior, considered: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The best of the doses considered, whether one was safe, and the margin of both; shape (B,) each."""
        rule = self._model.admissible
        assert rule is not None
        safe = considered & rule.admissible(summary)
        good = safe & ~self.efficacy.inactive(state.patients, state.responses)
        value = np.where(good, self.mean_utility(state, summary), -np.inf)
        best = value.argmax(axis=1)
        level = np.where(good.any(axis=1), best, NO_DOSE)
        margin = across(np.minimum, np.where(considered, rule.margin(summary), np.inf))
        # An error of P(DLT) moves a utility by at most so many times as much.
        steep = max(abs(self.utility.none - self.utility.dlt), abs(self.utility.response - self.utility.both))
        others = np.where(np.arange(value.shape[1]) == best[:, None], -np.inf, value)
        first, second = value.max(axis=1), others.max(axis=1)
        apart = np.full(len(state), np.inf)
        two = np.isfinite(second)
        apart[two] = first[two] - second[two]
        nearest = apart / (2 * steep) if steep else np.full(len(state), np.inf)
        return level, across(np.logical_or, safe), np.minimum(margin, nearest)


@cites("")
@checked
def utility_by_model(
    toxicity: Design,
    utility: Utility = Utility(),
    min_efficacy: InnerProbability = 0.25,
    efficacy_cutoff: Probability = 0.90,
    efficacy_prior: BetaPrior = (1.0, 1.0),
) -> UtilityByModel:
    """The admissible dose with the highest posterior mean utility, by any toxicity model.

    Of a model-based design the model, its rule of admissible doses, increments, cohort sizes, start and
    stopping rules stay; what is given next is the dose with the highest posterior mean utility, in place of
    its rule for the next dose. Responses of each dose have a beta prior of their own and are taken as
    independent of DLTs, which matters only where a patient with both is not worth what the two are together.

    Parameters
    ----------
    toxicity : Design
        A design of `blrm`, `crm` or `model_based` with a rule of admissible doses, such as
        ``EWOC(0.33, 0.25)``.
    utility : Utility, default Utility()
        What the four outcomes are worth.
    min_efficacy : float, default 0.25
        Lowest acceptable P(response).
    efficacy_cutoff : float, default 0.9
        A dose is not admissible either if P(P(response) < min_efficacy) reaches this.
    efficacy_prior : (float, float), default (1, 1)
        Parameters of the beta prior of P(response) at each dose.

    Returns
    -------
    UtilityByModel
        The design, exact for both engines as the model's tables are.

    Raises
    ------
    InputError
        If the toxicity design has no model or no rule of admissible doses, or a number is out of range.

    Examples
    --------
    >>> import bayesdose as bd
    >>> grid = bd.DoseGrid((1, 3, 10), "mg")
    >>> prior = bd.priors.NormalPrior((-1.4, 0.0), (1.5, 0.7), reference_dose=10.0, correlation=-0.2)
    >>> blrm = bd.blrm(grid, prior, target_interval=(0.16, 0.33), ewoc_cap=0.25, max_patients=12)
    >>> bd.describe_decision(utility_by_model(blrm), "1NNN 2EEE")
    'Next: 3 patients at level 2 (3 mg).'
    """
    return UtilityByModel(toxicity, utility, min_efficacy, efficacy_cutoff, efficacy_prior)
