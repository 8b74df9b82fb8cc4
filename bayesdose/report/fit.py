"""``bayesdose fit``: the NUTS posterior of a design's model, to a file."""

from pathlib import Path

from bayesdose.checks.arguments import hints_of
from bayesdose.checks.conform import conform
from bayesdose.errors import InputError
from bayesdose.files import check_folder, write_atomically
from bayesdose.inference.sampling import fit
from bayesdose.models.description import TwoParameterLogistic, built
from bayesdose.outcomes import parse_outcomes
from bayesdose.progress import progress_bar
from bayesdose.report.model import description_of
from bayesdose.report.subject import load_subject
from bayesdose.report.terminal import terminal
from bayesdose.report.terminal_tables import print_assumptions

__all__ = ["fit_design"]


def fit_design(
    where: str, text: str, design_name: str | None, *, out: Path, seed: int, draws: int, chains: int
) -> None:
    """Sample and write the posterior as netCDF.

    Parameters
    ----------
    where : str
        What `load_subject` takes.
    text : str
        Outcomes so far.
    design_name : str or None
        Design whose model is sampled.
    out : Path
        File to write, ending in ``.nc``.
    seed, draws, chains : int
        Of the sampler.

    Raises
    ------
    InputError
        If the file name does not end in ``.nc``, the design has no model, or an input is wrong.
    """
    if out.suffix != ".nc":
        raise InputError("out", got=str(out), wanted="a file name that ends in .nc")
    check_folder("out", out.parent)
    for name, value in (("rng", seed), ("draws", draws), ("chains", chains)):
        conform(value, hints_of(fit)[name], name)
    subject, outcomes = load_subject(where), parse_outcomes(text)
    outcomes.counts(len(subject.grid))  # a level off the grid is refused before the model is built
    choice = subject.choice(design_name)
    with progress_bar(f"Preparing {subject.name}"):
        label, design = subject.design(choice)
    model = description_of(design, label)
    tree = fit(built(model, subject.grid), outcomes, rng=seed, draws=draws, chains=chains, progress=True)
    tree.attrs["design"] = label
    if isinstance(model, TwoParameterLogistic):
        tree.attrs["prior_origin"] = model.prior.origin
    if subject.protocol is not None:
        assumed = ", ".join(item.path for item in subject.protocol.assumptions(stages=False))
        tree.attrs |= {"protocol": subject.protocol.name, "assumed": assumed}
    write_atomically(out, lambda path: tree.to_netcdf(path, engine="h5netcdf"))
    console = terminal()
    console.print(
        f"{subject.name} after {outcomes}, {label}: posterior mean of P(DLT) by dose ({subject.grid.unit})"
    )
    means = tree["posterior"].to_dataset()["prob_dlt"].mean(("chain", "draw")).values
    for dose, mean in zip(subject.grid.labels, means, strict=True):
        console.print(f"  {dose:>8}  {mean:.3f}")
    print_assumptions(console, subject.protocol)
    console.print(f"Draws: {out}")
