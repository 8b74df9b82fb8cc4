"""The statistical section of a protocol, made from the design's value."""

import re

import tomli_w
import xarray as xr

from bayesdose.designs.base import Design, described, design_hash
from bayesdose.designs.model_based import ModelBased
from bayesdose.errors import InputError
from bayesdose.grammar.writing import plain_design
from bayesdose.protocols.facts import Fact, protocol_facts
from bayesdose.protocols.protocol import Protocol
from bayesdose.report.decision_tables.of_design import decision_tables
from bayesdose.report.page.priors import prior_text
from bayesdose.report.page.references import keys_of, references
from bayesdose.report.page.results import result_tables, scenario_tables
from bayesdose.report.protocol_text.text import Part, ProtocolText, Section
from bayesdose.scenarios.scenario import Scenario
from bayesdose.sourced import Source
from bayesdose.versions import versions_in_words

__all__ = ["assumed_facts", "model_in", "protocol_text"]

_COUNTS = (
    "The next dose follows from the patients and DLTs at each dose, the dose of the last cohort and what the "
    "design remembers of the steps before. A cohort that was given otherwise than the design says is counted "
    "at the dose that it was given, and the design is asked from there."
)
_NOT_EVALUABLE = (
    "Patients who are not evaluable for DLT are not counted. Unless they are replaced, the design decides "
    "from the evaluable ones. A cohort without an evaluable patient is given again."
)
_NOT_HERE = (
    "What a DLT is, over which window patients are followed for it, and how patients and cohorts are spaced "
    "is no part of the design's decisions: the protocol states it elsewhere."
)
_EXACT = (
    "Computed exactly: every state that a trial can reach, with its probability. The numbers have no Monte "
    "Carlo error."
)
_WITHOUT_DATA = (
    "No model of the dose-toxicity curve decides here: what the design does is in the sentences and the "
    "tables of this section."
)


def protocol_text(
    label: str,
    design: Design,
    protocol: Protocol | None = None,
    result: xr.Dataset | None = None,
    scenarios: tuple[Scenario, ...] = (),
    bearing: tuple[str, ...] | None = None,
    ends: tuple[str, ...] = (),
) -> ProtocolText:
    """The statistical section of a protocol from a design: the same words for the same design.

    Parameters
    ----------
    label : str
        Name of the design.
    design : Design
        The design.
    protocol : Protocol, optional
        The protocol that it is of, whose assumptions are named.
    result : xarray.Dataset, optional
        Its operating characteristics, as of `operating_characteristics`; left out by default.
    scenarios : tuple of Scenario
        The scenarios of the result.
    bearing : tuple of str, optional
        First keys of what the protocol states that bears on the design; all of it by default.
    ends : tuple of str, optional
        What is said of the end of the trial beside the design's rules.

    Returns
    -------
    ProtocolText
        Sections: what is assumed, the design's rules, its model and prior, decision tables, departures,
        operating characteristics, references, and what the text was made from.
    """
    sections = [
        *_assumptions(protocol, bearing),
        Section(
            "Rules",
            [
                *(Part(_sentence(words), about) for about, words in described(design).items()),
                *(Part(said, "End of the trial") for said in ends),
            ],
        ),
        _prior(label, design),
        Section("Decision tables", tables=decision_tables(label, design)),
        Section(
            "Departures and patients who are not evaluable",
            [Part(_COUNTS), Part(_NOT_EVALUABLE), *_window(protocol), Part(_NOT_HERE)],
        ),
        *([] if result is None else [_characteristics(result, scenarios)]),
        Section("References", [Part(one) for one in _references(design)]),
        _made_from(design),
    ]
    whose = label if protocol is None else f"{protocol.name}, {label}"
    title = f"Statistical section: dose escalation by {whose}"
    return ProtocolText(title, [one for one in sections if one.parts or one.tables or one.code])


def model_in(design: Design) -> ModelBased | None:
    """The model-based design that decides, at once or after what comes before it."""
    inner: Design | None = design
    while inner is not None and not isinstance(inner, ModelBased):
        inner = getattr(inner, "following", None) or getattr(inner, "escalation", None)
    return inner


def assumed_facts(protocol: Protocol | None, bearing: tuple[str, ...] | None = None) -> list[Fact]:
    """What is assumed of a protocol; by default all of it, else what stands under these first keys.

    Nothing but a committee's record rests on the criteria by which a dose is chosen: they are left out.
    """
    facts = () if protocol is None else protocol_facts(protocol, [Source.ASSUMPTION])
    keys = [(re.split(r"[.\[]", fact.path)[0], fact) for fact in facts]
    return [fact for key, fact in keys if key != "dose_criteria" and (bearing is None or key in bearing)]


def _assumptions(protocol: Protocol | None, bearing: tuple[str, ...] | None) -> list[Section]:
    if protocol is None:
        return []
    grid = [Part("ASSUMED DOSE GRID.")] if protocol.grid_is_assumed else []
    parts = [
        Part(_sentence(f"{fact.words}. {fact.origin}"), fact.name)
        for fact in assumed_facts(protocol, bearing)
    ]
    return [Section("Assumed, not in the public record", [*grid, *parts])]


def _window(protocol: Protocol | None) -> list[Part]:
    """How long patients are followed for a DLT, by regimen, where a protocol says so."""
    regimens = () if protocol is None else protocol.regimens
    said = [
        f"{one.name}: {one.dlt_window_days.value:g} days"
        + (" (assumed)" if one.dlt_window_days.source is Source.ASSUMPTION else "")
        for one in regimens
    ]
    return [Part(_sentence("; ".join(said)), "DLT window")] if said else []


def _prior(label: str, design: Design) -> Section:
    model = model_in(design)
    if model is None:
        return Section("Model and prior", [Part(_WITHOUT_DATA)])
    accuracy = " then ".join(f"{table.error:.2g}" for table in model.tables)
    asked = model.tables[0].source
    tolerances = "" if asked is None else f", asked for {', '.join(f'{one:g}' for one in asked.tolerances)}"
    numerics = Part(
        "The posterior is computed by numerical integration, not by simulation. A decision is taken on the "
        "first table of the model whose error cannot change it; the largest errors of a posterior "
        f"probability or mean found on probe data are {accuracy}{tolerances}.",
        "Numerical accuracy",
    )
    prior = prior_text(model, label)
    if prior is None:
        return Section("Model and prior", [numerics])
    said = [Part(sentence) for sentence in prior.sentences]
    warned = [Part(_sentence(text), "Warning") for text in prior.warnings]
    return Section("Model and prior", [*said, *warned, numerics], prior.tables)


def _characteristics(result: xr.Dataset, scenarios: tuple[Scenario, ...]) -> Section:
    mtd = [str(one) for one in result["mtd"].values]
    rule = Part(_sentence(f"the MTD of a scenario is the {result.attrs['mtd_rule']}"))
    tables = [*scenario_tables(scenarios, mtd), *result_tables(result)]
    return Section("Operating characteristics", [Part(_EXACT), rule], tables)


def _references(design: Design) -> list[str]:
    return [
        f"{one.text}{f' doi:{one.doi}' if one.doi else ''}" for one in references(keys_of(design.citation))
    ]


def _made_from(design: Design) -> Section:
    try:
        saved = tomli_w.dumps(plain_design(design))
        file = "The design with every option, as a file that bayesdose reads"
    except InputError:
        saved = ""
        file = "The design has a part of a user's own: it is kept as the code that makes it"
    versions = f"This text was made from the design below by {versions_in_words()}"
    return Section(
        "Made from",
        [
            Part(_sentence(versions)),
            Part(f"{design_hash(design)}. It changes with every option.", "SHA-256 of the design"),
            Part(f"{file}{':' if saved else '.'}"),
        ],
        code=saved,
    )


def _sentence(words: str) -> str:
    """Words as a sentence; a name that begins with a small letter and a capital, such as mTPI, stays."""
    words = words.strip()
    first = words[:1].upper() if words[1:2].islower() or words[1:2] == " " else words[:1]
    ends = "" if words.endswith((".", ":")) else "."
    return f"{first}{words[1:]}{ends}"
