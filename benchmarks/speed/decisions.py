"""Decisions a second of each kind of design, on states that its trials reach: 6 doses, 36 patients.

Two baselines, in the same run: a plain Python loop that asks the same design about one state at a time,
and, for the BLRM, NUTS (compiled once, 4 chains of 1000 draws) for each decision.
"""

import time
from collections.abc import Callable

import numpy as np

import bayesdose as bd
from bayesdose.designs.model_based import ModelBased

STATES, ONE_BY_ONE, NUTS_FITS, SEED = 20_000, 200, 3, 1
CURVE = (0.05, 0.12, 0.20, 0.30, 0.45, 0.60)
TARGET, PATIENTS = 0.25, 36
TARGET_INTERVAL, EWOC_CAP = (0.16, 0.33), 0.25
SKELETON = (0.08, 0.16, 0.25, 0.35, 0.46, 0.56)
GRID = bd.DoseGrid((1, 2.5, 5, 10, 15, 20), "mg")
PRIOR = bd.priors.NormalPrior((-1.1, 0.0), (2.0, 0.7), reference_dose=10)


def blrm() -> ModelBased:
    return bd.blrm(
        GRID,
        PRIOR,
        target_interval=TARGET_INTERVAL,
        ewoc_cap=EWOC_CAP,
        max_patients=PATIENTS,
        stop_cap=None,
        increments=bd.rules.LevelsAboveHighestTried(1),
    )


def crm() -> ModelBased:
    return bd.crm(
        GRID,
        bd.models.PowerCurve(SKELETON),
        target=TARGET,
        prior_sd=1.34**0.5,
        estimate="plug-in",
        max_patients=PATIENTS,
    )


# A design is made only for what is measured: some need PyMC.
FAMILIES: dict[str, Callable[[], bd.Design]] = {
    "3+3": lambda: bd.three_plus_three(GRID, "deescalation"),
    "A+B": lambda: bd.a_plus_b(GRID, 3, 3, 1, 1, 1, deescalation=True),
    "rolling six": lambda: bd.rolling_six(GRID, 3, complete_highest=True),
    "accelerated titration": lambda: bd.accelerated_titration(bd.three_plus_three(GRID, "deescalation")),
    "BOIN": lambda: bd.boin(GRID, TARGET, max_patients=PATIENTS),
    "Keyboard": lambda: bd.keyboard(GRID, TARGET, max_patients=PATIENTS),
    "mTPI": lambda: bd.mtpi(GRID, TARGET, max_patients=PATIENTS),
    "mTPI-2": lambda: bd.mtpi2(GRID, TARGET, max_patients=PATIENTS),
    "i3+3": lambda: bd.i3_plus_3(GRID, TARGET, max_patients=PATIENTS),
    "CRM": crm,
    "CRM by likelihood": lambda: bd.crm_mle(GRID, bd.models.PowerCurve(SKELETON), TARGET, PATIENTS),
    "BLRM": blrm,
}


def states_of(design: bd.Design, number: int) -> bd.TrialState:
    """So many states of simulated trials, each one patient or more into its trial."""
    rng = np.random.default_rng(SEED)
    curve = np.stack([1 - np.array(CURVE), np.array(CURVE)], axis=1)
    reached: list[bd.TrialState] = []
    while sum(map(len, reached)) < number:
        trials = number // 4
        counts = np.zeros((trials, len(design.grid), 2), dtype=np.int16)
        cohorts = design.first_cohort().take(np.zeros(trials, dtype=int))
        while len(counts):
            counts[np.arange(len(counts)), cohorts.level] += rng.multinomial(
                cohorts.size, curve[cohorts.level]
            ).astype(np.int16)
            reached.append(bd.TrialState(counts.copy(), cohorts.level, cohorts.phase))
            cohorts = design.next_cohort(reached[-1])
            goes_on = cohorts.stop == bd.StopReason.GOES_ON.code
            counts, cohorts = counts[goes_on], cohorts.take(goes_on)
    joined = bd.TrialState(
        *(np.concatenate([getattr(one, name) for one in reached]) for name in ("counts", "level", "phase"))
    )
    return joined.take(rng.choice(len(joined), number, replace=False))


def per_second(design: bd.Design, state: bd.TrialState) -> float:
    """Decisions a second of the whole batch: best of three, on one BLAS thread."""
    from threadpoolctl import threadpool_limits

    taken = []
    with threadpool_limits(1):
        for _ in range(3):
            begun = time.perf_counter()
            design.next_cohort(state)
            taken.append(time.perf_counter() - begun)
    return len(state) / min(taken)


def one_by_one_per_second(design: bd.Design, state: bd.TrialState) -> float:
    """Decisions a second of the loop, which must decide as the batch does."""
    from threadpoolctl import threadpool_limits

    together = design.next_cohort(state)
    with threadpool_limits(1):
        begun = time.perf_counter()
        alone = [design.next_cohort(state.take(np.array([trial]))) for trial in range(len(state))]
        taken = time.perf_counter() - begun
    for name in ("level", "size", "phase", "stop"):
        assert np.array_equal([getattr(answer, name)[0] for answer in alone], getattr(together, name)), (
            f"one by one the {name} is another"
        )
    return len(state) / taken


def nuts_decision(model, outcomes: bd.Outcomes) -> int:
    """Level index that the draws of one fit lead to among all doses, or -1: EWOC, then the target."""
    draws = np.asarray(bd.fit(model, outcomes, rng=SEED)["posterior"]["prob_dlt"])
    draws = draws.reshape(-1, draws.shape[-1])
    low, high = TARGET_INTERVAL
    admissible = (draws >= high).mean(axis=0) < EWOC_CAP
    target = ((draws >= low) & (draws < high)).mean(axis=0)
    return int(np.where(admissible, target, -1).argmax()) if admissible.any() else -1


class Decisions:
    timeout = 600
    params = tuple(FAMILIES)
    param_names = ("design",)

    def setup(self, family):
        self.design = FAMILIES[family]()
        self.state = states_of(self.design, STATES)

    def track_decisions_per_second(self, family):
        return per_second(self.design, self.state)

    def track_ratio_to_one_state_at_a_time(self, family):
        few = self.state.take(np.arange(ONE_BY_ONE))
        return per_second(self.design, self.state) / one_by_one_per_second(self.design, few)


class BLRMDecisions:
    timeout = 600

    def setup(self):
        self.design = blrm()
        self.state = states_of(self.design, STATES)

    def track_ratio_to_nuts(self):
        """Decisions a second of the batch, over those of one fit each."""
        model = bd.models.two_parameter_logistic(GRID, PRIOR)
        data = [
            bd.Outcomes.from_counts(self.state.patients[trial], self.state.dlts[trial])
            for trial in range(NUTS_FITS)
        ]
        nuts_decision(model, data[0])  # compiles
        begun = time.perf_counter()
        for outcomes in data:
            nuts_decision(model, outcomes)
        return per_second(self.design, self.state) * (time.perf_counter() - begun) / NUTS_FITS


def main() -> None:
    timed = Decisions()
    for family in FAMILIES:
        timed.setup(family)
        rate, ratio = (
            timed.track_decisions_per_second(family),
            timed.track_ratio_to_one_state_at_a_time(family),
        )
        print(f"{family}: {rate:,.0f} decisions a second, {ratio:,.0f} times one state at a time", flush=True)
    against_nuts = BLRMDecisions()
    against_nuts.setup()
    print(f"BLRM: {against_nuts.track_ratio_to_nuts():,.0f} times NUTS for each decision")


if __name__ == "__main__":
    main()
