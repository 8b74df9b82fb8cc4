"""``bayesdose next``."""

from typing import Literal

from bayesdose.cli.app import Flag, Whole


def next_dose(
    where: str,
    outcomes: str,
    /,
    *,
    design: str | None = None,
    sampler: Literal["exact", "nuts"] = "exact",
    seed: Whole = 1,
    replace: Flag = False,
    verbose: Flag = False,
    to_end: Flag = False,
    window: Whole | None = None,
) -> None:
    """Next dose of a running trial: posterior per dose, admissible doses and the decision.

    Parameters
    ----------
    where
        A shipped protocol, a protocol, study or design file (.toml), or doses such as "1, 3, 10 mg".
    outcomes
        Cohorts so far, such as "1N 2N 3NNT (1NNN)": level, then N none, M moderate, T DLT, X not evaluable
        for each patient; in parentheses those outside the escalation (backfill, expansion). With follow-up
        where outcomes are pending, such as "3N 3N@14/28 3T" (14 of 28 days), or a CSV table of patients with
        the columns level, enrolled, dlt, last_seen.
    design
        Design by its name in the protocol or study, or a design file (.toml); by default the BLRM, or the
        only design there is.
    sampler
        With nuts, also say what NUTS would have decided, and how far from chance (a BLRM only).
    seed
        Seed of the sampler.
    replace
        Patients of the last cohort who are not evaluable (X) are replaced.
    verbose
        Print all that is assumed of the protocol, with reasons.
    to_end
        Go on with what the protocol does after the escalation, such as an expansion.
    window
        Days of the DLT window, with follow-up; by default as the outcomes or the protocol say.
    """
    from bayesdose.report.next_dose import show_next_dose
    from bayesdose.report.next_with_follow_up import has_follow_up, show_next_with_follow_up

    if window is not None or has_follow_up(outcomes):
        show_next_with_follow_up(where, outcomes, design, window)
        return
    show_next_dose(
        where,
        outcomes,
        design,
        sampler=sampler,
        seed=seed,
        verbose=verbose,
        replace=replace,
        to_end=to_end,
    )
