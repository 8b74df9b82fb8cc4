"""The model behind a design, and what its rules look at."""

from bayesdose.designs.base import Design
from bayesdose.designs.model_based import ModelBased
from bayesdose.errors import InputError
from bayesdose.models.description import ModelDescription
from bayesdose.rules.next_dose import MaxTargetProbability

__all__ = ["description_of", "target_interval_of"]

# Where a design names no target interval: the usual one of phase I oncology.
_USUAL_INTERVAL = (0.16, 0.33)


def description_of(design: Design, label: str) -> ModelDescription:
    """The description of a model-based design's model.

    Raises
    ------
    InputError
        If the design has no model, or one that only Python code describes.
    """
    source = design.tables[0].source if isinstance(design, ModelBased) else None
    if source is None:
        raise InputError(
            "design",
            got=label,
            wanted="a design with a model, and so with a prior, such as a BLRM or a CRM",
            fix="Name another design with --design.",
        )
    return source.model


def target_interval_of(design: Design) -> tuple[float, float]:
    """The target interval of a design's next-dose rule, or the usual one where it names none."""
    rule = design.next_dose if isinstance(design, ModelBased) else None
    return (rule.lower, rule.upper) if isinstance(rule, MaxTargetProbability) else _USUAL_INTERVAL
