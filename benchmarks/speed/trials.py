"""10,000 simulated trials of four designs on MIL97 in six scenarios, of BOIN in one; 1,000 scenarios exactly.

The baseline of the ratio follows one trial at a time in a plain Python loop, with the same patients and
the same designs deciding. Seconds are processor time, or by the clock on the wall with worker processes;
after imports and after the BLRM's tables, which are built once.
"""

import time
from concurrent.futures import Executor

import attrs
import numpy as np
import xarray as xr

import bayesdose as bd
from bayesdose.rules.mtd import MTDRule
from bayesdose.simulation.monte_carlo import latent_uniforms

TRIALS, ONE_BY_ONE, SEED = 10_000, 10, 1
EXACT_SCENARIOS = 1_000


def mil97_study() -> tuple[dict[str, bd.Design], list[bd.scenarios.Scenario], MTDRule]:
    """3+3, accelerated titration, BLRM and BOIN on MIL97's doses, and six scenarios."""
    protocol = bd.load_protocol("MIL97")
    rule = protocol.mtd_rule.value
    designs = bd.protocol_designs(protocol, ["3+3", "own", "BLRM"])
    designs["BOIN"] = bd.boin(protocol.grid.value, 0.25, max_patients=designs["BLRM"].max_patients)
    # One with the MTD at each dose.
    return designs, list(bd.scenarios.builtin_scenarios(protocol.grid.value, rule)[:6]), rule


def simulate(
    designs, scenarios, rule, executor: Executor | None = None, chunk_size: int | None = None
) -> xr.Dataset:
    return bd.operating_characteristics(
        designs,
        scenarios,
        mtd_rule=rule,
        method=bd.MonteCarlo(trials=TRIALS, rng=SEED, executor=executor, chunk_size=chunk_size),
    )


def one_by_one(designs, scenarios, trials: int) -> dict[str, np.ndarray]:
    """Recommended level index of each trial, shape (scenarios, trials), by a loop over single patients."""
    recommended = {}
    for name, design in designs.items():
        level = np.empty((len(scenarios), trials), dtype=int)
        uniforms = latent_uniforms(SEED, 0, trials, design.max_patients)
        for row, scenario in enumerate(scenarios):
            for trial in range(trials):
                counts = np.zeros((1, len(design.grid), design.outcome_categories), dtype=np.int16)
                patient, following = 0, design.first_cohort()
                state = bd.TrialState(counts, following.level, following.phase)
                while following.stop[0] == bd.StopReason.GOES_ON.code:
                    dose = following.level[0]
                    for _ in range(following.size[0]):
                        counts[0, dose, -1 if uniforms[trial, patient] < scenario.prob_dlt[dose] else 0] += 1
                        patient += 1
                    state = bd.TrialState(counts, following.level, following.phase)
                    following = design.next_cohort(state)
                level[row, trial] = design.recommend(state)[0]
        recommended[name] = level
    return recommended


def seconds(work, clock=time.process_time) -> float:
    """Best of three."""
    taken = []
    for _ in range(3):
        begun = clock()
        work()
        taken.append(clock() - begun)
    return min(taken)


class SimulatedTrials:
    timeout = 600

    def setup_cache(self):
        return mil97_study()

    def track_seconds(self, study):
        """One process."""
        return seconds(lambda: simulate(*study))

    def track_seconds_two_workers(self, study):
        """Two worker processes that have been used before."""
        with bd.simulation.worker_processes(2) as pool:
            simulate(*study, executor=pool)
            return seconds(
                lambda: simulate(*study, executor=pool, chunk_size=TRIALS // 2), clock=time.perf_counter
            )

    def track_ratio_to_one_trial_at_a_time(self, study):
        """Seconds a trial of the loop over seconds a trial here; both see the same patients."""
        designs, scenarios, _ = study
        begun = time.process_time()
        found = one_by_one(designs, scenarios, ONE_BY_ONE)
        loop = (time.process_time() - begun) / ONE_BY_ONE
        traces = bd.simulation.trial_traces(designs, scenarios, trials=ONE_BY_ONE, rng=SEED)
        labels = np.array([*traces["dose_label"].values, "none"], dtype=object)
        for name, level in found.items():
            assert np.array_equal(labels[level], traces["recommendation"].sel(design=name)), name
        return loop / (self.track_seconds(study) / TRIALS)


class SimulatedBOIN:
    """BOIN with five doses and 36 patients in cohorts of three, in one scenario."""

    params = (10_000, 100_000)

    def track_seconds(self, trials):
        """One process."""
        grid = bd.DoseGrid.of_levels(5)
        designs = {"BOIN": bd.boin(grid, 0.3, max_patients=36)}
        scenarios = [bd.scenarios.Scenario("MTD at level 3", grid, (0.05, 0.15, 0.3, 0.45, 0.6))]
        rule, method = bd.rules.ClosestTo(0.3), bd.MonteCarlo(trials=trials, rng=SEED)
        return seconds(lambda: bd.operating_characteristics(designs, scenarios, mtd_rule=rule, method=method))


class ExactScenarios:
    timeout = 600

    def setup_cache(self):
        return mil97_study()

    def track_seconds_1000_scenarios(self, study):
        """The BLRM of 36 patients without an early stop, its graph included."""
        designs, _, rule = study
        design = attrs.evolve(designs["BLRM"], stopping=None)
        scenarios = bd.scenarios.pseudo_uniform_scenarios(design.grid, 0.25, EXACT_SCENARIOS, rng=SEED)
        designs = {"BLRM": design}
        return seconds(lambda: bd.operating_characteristics(designs, scenarios, mtd_rule=rule))


def main() -> None:
    study = mil97_study()
    simulated, exact = SimulatedTrials(), ExactScenarios()
    print(f"{TRIALS} trials x 6 scenarios x 4 designs: {simulated.track_seconds(study):.2f} processor s")
    print(f"  {simulated.track_seconds_two_workers(study):.2f} s on the clock with two workers")
    ratio = simulated.track_ratio_to_one_trial_at_a_time(study)
    print(f"  {ratio:.0f} times faster than one trial at a time")
    for trials in SimulatedBOIN.params:
        print(f"{trials} trials of BOIN alone: {SimulatedBOIN().track_seconds(trials):.3f} processor s")
    print(f"{EXACT_SCENARIOS} scenarios exactly: {exact.track_seconds_1000_scenarios(study):.2f} processor s")


if __name__ == "__main__":
    main()
