"""Files that appear whole or not at all, and what they were made from."""

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

from bayesdose.errors import InputError
from bayesdose.protocols.protocol import Protocol

__all__ = ["check_folder", "package_versions", "protocol_record", "write_atomically", "write_json"]

_PACKAGES = ("bayesdose", "numpy", "scipy", "xarray", "pymc", "pytensor", "nutpie", "arviz", "matplotlib")


def check_folder(name: str, folder: Path) -> None:
    """Refuse, before any work, a folder that cannot be made because a file is in its way.

    Raises
    ------
    InputError
        If the folder or one above it is a file.
    """
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not nearest.is_dir():
        raise InputError(name, got=str(folder), wanted="a folder, or a name that is still free")


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        # mkstemp makes private files; results are as readable as any other new file.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write a mapping as indented JSON."""
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def package_versions() -> dict[str, str]:
    """Versions of this package and of those that its numbers depend on."""
    return {name: version(name) for name in _PACKAGES}


def protocol_record(protocol: Protocol) -> dict[str, object]:
    """What a result owes to a protocol: its name, prior and everything that was assumed."""
    prior = protocol.prior.value.build(protocol.grid.value)
    return {
        "protocol": protocol.name,
        "regimen": protocol.regimens[0].name,
        "doses": list(protocol.grid.value.values),
        "unit": protocol.grid.value.unit,
        "grid_is_assumed": protocol.grid_is_assumed,
        "mtd_rule": str(protocol.mtd_rule.value),
        "prior": {
            "model": "logit P(DLT) = log alpha + exp(log beta) * log(dose / reference dose)",
            "mean": list(prior.mean),
            "sd": list(prior.sd),
            "correlation": prior.correlation,
            "reference_dose": prior.reference_dose,
            "origin": prior.origin,
            "notes": list(prior.notes),
        },
        "assumptions": [
            {"path": item.path, "value": str(item.value), "reason": item.reason}
            for item in protocol.assumptions()
        ],
    }


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
