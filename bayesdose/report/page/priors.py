"""The priors of a study's model-based designs, explained."""

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from bayesdose.designs.model_based import ModelBased
from bayesdose.models.description import CRMModel, ExponentialCRMModel, ModelDescription, TwoParameterLogistic
from bayesdose.models.prior import Prior
from bayesdose.plots.prior import plot_prior
from bayesdose.priors.explain import explain_prior
from bayesdose.report.model import target_interval_of
from bayesdose.report.page.figures import Picture, picture
from bayesdose.report.page.report_table import Column, Table
from bayesdose.report.prior_words import (
    ASKED_AND_ACHIEVED,
    before_data_in_words,
    escalation_cap,
    origin_in_words,
    prior_in_words,
    skeleton_in_words,
    warnings_in_words,
    worst_in_words,
)
from bayesdose.studies.study import Study

__all__ = ["PriorText", "prior_text", "prior_texts"]


@dataclass(frozen=True)
class PriorText:
    """A prior as a report explains it.

    Parameters
    ----------
    designs : str
        Names of the designs that have it.
    sentences : tuple of str
        The prior, how it was built and what the design would do before any data.
    warnings : tuple of str
        What a reader must know.
    tables : tuple of Table
        What it says at each dose, and what was asked of it.
    pictures : tuple of Picture
        Its figure.
    """

    designs: str
    sentences: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()


def prior_texts(study: Study, note: str) -> list[PriorText]:
    """A text for each model and prior, with the designs that share it."""
    sharing: dict[tuple[ModelDescription, tuple[float, float]], list[str]] = {}
    for name, design in study.designs.items():
        if isinstance(design, ModelBased) and design.tables[0].source is not None:
            key = (design.tables[0].source.model, target_interval_of(design))
            sharing.setdefault(key, []).append(name)
    texts = []
    for number, ((model, interval), names) in enumerate(sharing.items(), start=1):
        design = study.designs[names[0]]
        assert isinstance(design, ModelBased)
        label = ", ".join(names)
        if isinstance(model, TwoParameterLogistic):
            texts.append(_logistic(model.prior, design, interval, label, number, note))
        elif isinstance(model, CRMModel | ExponentialCRMModel):
            texts.append(_skeleton(model, design, label, number))
    return texts


def prior_text(design: ModelBased, label: str) -> PriorText | None:
    """The prior of one design, without its figure; None for a model of a user's own."""
    source = design.tables[0].source
    model = None if source is None else source.model
    if isinstance(model, TwoParameterLogistic):
        return _explained(model.prior, design, target_interval_of(design), label, 1)[0]
    if isinstance(model, CRMModel | ExponentialCRMModel):
        return _skeleton(model, design, label, 1)
    return None


def _logistic(
    prior: Prior, design: ModelBased, interval: tuple[float, float], label: str, number: int, note: str
) -> PriorText:
    text, explained = _explained(prior, design, interval, label, number)
    said = f"{note} Prior of {label} before any patient."
    drawn = picture(
        plot_prior(explained, cap=escalation_cap(design), note=said),
        f"Prior of {label}: P(DLT), its probability in each interval and its weight at each dose; "
        "the table of the prior holds the numbers.",
        f"Prior of {label} before any patient.",
    )
    return replace(text, pictures=(drawn,))


def _explained(
    prior: Prior, design: ModelBased, interval: tuple[float, float], label: str, number: int
) -> tuple[PriorText, xr.Dataset]:
    explained = explain_prior(prior, design.grid, target_interval=interval, design=design)
    tables = [_dose_table(explained, design, f"prior-{number}", label)]
    sentences = [
        "logit P(DLT) = log alpha + beta log(dose / reference dose), with a prior on (log alpha, log beta).",
        prior_in_words(prior, design.grid.unit),
        origin_in_words(prior, design.grid.unit),
        before_data_in_words(explained, design),
    ]
    if "asked_dose" in explained:
        tables.append(_asked_table(explained, design.grid.unit, f"prior-{number}-asked"))
        sentences.append(worst_in_words(explained))
    warnings = warnings_in_words(prior, explained, design.grid.unit)
    return PriorText(label, tuple(sentences), warnings, tuple(tables)), explained


def _dose_table(explained: xr.Dataset, design: ModelBased, name: str, label: str) -> Table:
    quantiles = {f"quantile_{q:g}": explained["quantile"].sel(probability=q) for q in (0.5, 0.025, 0.975)}
    intervals = [str(interval) for interval in explained["interval"].values]
    keys = ("below_target", "in_target", "above_target")
    rows = []
    for index, dose in enumerate(design.grid.labels):
        one = explained.isel(dose=index)
        rows.append(
            {"dose": dose}
            | {key: float(values[index]) for key, values in quantiles.items()}
            | {"mean": float(one["mean"])}
            | dict(zip(keys, map(float, one["interval_probability"].values), strict=True))
            | {"effective_sample_size": float(one["effective_sample_size"])}
            | {"admissible": "yes" if one["admissible"] else "no"}
        )
    headings = ("median", "2.5 %", "97.5 %")
    return Table(
        name,
        f"Prior of P(DLT) of {label}: median, 95 % interval, mean, probability in each interval, effective "
        "sample size (ESS): the patients that a beta prior with this mean and variance at this one dose is "
        "worth; the sizes do not add up.",
        (
            Column("dose", f"dose ({design.grid.unit})"),
            *(Column(key, heading, 3) for key, heading in zip(quantiles, headings, strict=True)),
            Column("mean", "mean", 3),
            *(Column(key, f"P in {text}", 3) for key, text in zip(keys, intervals, strict=True)),
            Column("effective_sample_size", "ESS", 1),
            Column("admissible", "admissible"),
        ),
        rows,
    )


def _asked_table(explained: xr.Dataset, unit: str, name: str) -> Table:
    names = ("asked_dose", *ASKED_AND_ACHIEVED)
    headings = (
        f"dose ({unit})",
        *("probability asked", "achieved"),
        *("P(DLT) below, asked", "achieved"),
        *("its logit, asked", "achieved"),
    )
    return Table(
        name,
        "What was asked of the prior, beside what it achieves.",
        (
            Column(names[0], headings[0]),
            *(Column(key, heading, 4) for key, heading in zip(names[1:], headings[1:], strict=True)),
        ),
        [
            {key: float(explained[key].values[index]) for key in names[1:]}
            | {names[0]: f"{float(explained[names[0]].values[index]):.12g}"}
            for index in range(explained.sizes["statement"])
        ],
    )


def _skeleton(
    model: CRMModel | ExponentialCRMModel, design: ModelBased, label: str, number: int
) -> PriorText:
    """A CRM: its skeleton, and the prior of what bends it."""
    skeleton, prior = skeleton_in_words(model)
    unit = design.grid.unit
    rows = [
        {"dose": dose, "skeleton": float(np.float64(p))}
        for dose, p in zip(design.grid.labels, skeleton, strict=True)
    ]
    table = Table(
        f"prior-{number}",
        f"Skeleton of {label}: the initial guess of P(DLT).",
        (Column("dose", f"dose ({unit})"), Column("skeleton", "P(DLT)", 3)),
        rows,
    )
    return PriorText(label, (prior,), tables=(table,))
