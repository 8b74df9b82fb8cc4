"""``bayesdose fit``: the NUTS posterior of a protocol's model, to a file."""

from pathlib import Path

from bayesdose.errors import InputError
from bayesdose.files import check_folder, write_atomically
from bayesdose.inference.sampling import fit
from bayesdose.outcomes import parse_outcomes
from bayesdose.protocols.designs import protocol_model
from bayesdose.protocols.load import load_protocol
from bayesdose.report.terminal import terminal
from bayesdose.report.terminal_tables import print_assumptions
from bayesdose.studies.provenance import protocol_record

__all__ = ["fit_protocol"]


def fit_protocol(name: str, text: str, *, out: Path, seed: int, draws: int, chains: int) -> None:
    """Sample and write the posterior as netCDF.

    Parameters
    ----------
    name : str
        A shipped protocol or a path to a protocol file.
    text : str
        Outcomes so far.
    out : Path
        File to write, ending in ``.nc``.
    seed, draws, chains : int
        Of the sampler.

    Raises
    ------
    InputError
        If the file name does not end in ``.nc`` or an input is wrong.
    """
    if out.suffix != ".nc":
        raise InputError("out", got=str(out), wanted="a file name that ends in .nc")
    check_folder("out", out.parent)
    protocol, outcomes = load_protocol(name), parse_outcomes(text)
    outcomes.counts(len(protocol.grid.value))  # a level off the grid is refused before the model is built
    tree = fit(protocol_model(protocol), outcomes, rng=seed, draws=draws, chains=chains, progress=True)
    record = protocol_record(protocol)
    tree.attrs |= {"protocol": protocol.name, "assumed": ", ".join(a.path for a in protocol.assumptions())}
    tree.attrs["prior_origin"] = str(record["prior"])
    write_atomically(out, lambda path: tree.to_netcdf(path, engine="h5netcdf"))
    console = terminal()
    console.print(
        f"{protocol.name} after {outcomes}: posterior mean of P(DLT) by dose ({protocol.grid.value.unit})"
    )
    means = tree["posterior"].to_dataset()["prob_dlt"].mean(("chain", "draw")).values
    for label, mean in zip(protocol.grid.value.labels, means, strict=True):
        console.print(f"  {label:>8}  {mean:.3f}")
    print_assumptions(console, protocol)
    console.print(f"Draws: {out}")
