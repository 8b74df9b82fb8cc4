"""Seven designs as in the conclusions of Zhou, Yuan and Nie (2018), on random curves."""

from pathlib import Path

import bayesdose as bd


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    """1 where a statement about the means over the curves holds, else 0."""
    found = bd.run_study(bd.load_study(folder / "study.toml")).mean("scenario")
    correct = found["correct_selection"].to_series()
    overdosed = found["proportion_overdosed"].to_series()
    under = found["underdose_selection"].to_series()
    statements = {
        ("accuracy", "CRM selects the MTD more often than BLRM"): correct["CRM"] > correct["BLRM"],
        ("accuracy", "CRM selects the MTD more often than EWOC"): correct["CRM"] > correct["EWOC"],
        ("accuracy", "BOIN and keyboard differ by less than 0.01"): abs(correct["BOIN"] - correct["keyboard"])
        < 0.01,
        ("accuracy", "BOIN selects the MTD more often than mTPI"): correct["BOIN"] > correct["mTPI"],
        ("accuracy", "keyboard selects the MTD more often than mTPI"): correct["keyboard"] > correct["mTPI"],
        ("safety", "skipping doses overdoses more patients"): overdosed["CRM, skipping"] > overdosed["CRM"],
    }
    for design in ("BLRM", "EWOC"):
        statements["safety", f"{design} overdoses fewer patients than CRM"] = (
            overdosed[design] < overdosed["CRM"]
        )
        statements["safety", f"{design} stays too low in most trials"] = under[design] > 0.5
    return {key: float(holds) for key, holds in statements.items()}
