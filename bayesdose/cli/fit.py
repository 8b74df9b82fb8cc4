"""``bayesdose fit``."""

from pathlib import Path

from bayesdose.cli.app import Whole


def fit(
    where: str,
    outcomes: str,
    /,
    *,
    out: Path,
    design: str | None = None,
    seed: Whole = 1,
    draws: Whole = 1000,
    chains: Whole = 4,
) -> None:
    """Sample the posterior of a design's model by NUTS and write it to a netCDF file.

    Parameters
    ----------
    where
        A shipped protocol, a protocol, study or design file (.toml), or doses such as "1, 3, 10 mg".
    outcomes
        Cohorts so far, such as "1N 2N 3NNT".
    out
        File to write, ending in .nc.
    design
        Design by its name in the protocol or study, or a design file (.toml); by default the BLRM, or the
        only design there is.
    seed
        Seed of the sampler.
    draws
        Draws of each chain after tuning.
    chains
        Number of chains.
    """
    from bayesdose.report.fit import fit_design

    fit_design(where, outcomes, design, out=out, seed=seed, draws=draws, chains=chains)
