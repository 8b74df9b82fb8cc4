"""The states of a page are those of the design, and packing loses none of it."""

import base64
import hashlib
import json
import re
import shlex
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import bayesdose as bd
from bayesdose.cli import app
from bayesdose.designs.optional import concluded
from bayesdose.errors import InputError
from bayesdose.report.trial_page import states as page_states_module
from bayesdose.report.trial_page.command import write_trial_page
from bayesdose.report.trial_page.packing import packed, unpacked
from bayesdose.report.trial_page.states import page_states
from bayesdose.simulation.states import cohort_outcomes
from bayesdose.trial import StopReason, TrialState


def every_step(states, design):
    """Walk from the first cohort, outcome by outcome, and ask the design after each cohort.

    Yields the page's states, the trials with a history's own counts, and the design's answers there.
    """
    first = design.first_cohort()
    counts = np.zeros((1, len(design.grid), design.outcome_categories), dtype=int)
    trials, begin, seen = (
        TrialState(counts, first.level, first.phase),
        np.array([0]),
        np.zeros(len(states), bool),
    )
    size = first.size
    while len(trials):
        parent, node, outcome = [], [], []
        for trial in range(len(trials)):
            outcomes = cohort_outcomes(int(size[trial]), design.outcome_categories)
            parent += [trial] * len(outcomes)
            node += range(int(begin[trial]), int(begin[trial]) + len(outcomes))
            outcome.append(outcomes)
        nodes, asked = states.child[node], trials.take(np.array(parent))
        counts = asked.counts.copy()
        counts[np.arange(len(counts)), asked.level] += np.concatenate(outcome)
        asked = TrialState(counts, asked.level, asked.phase)
        following, dose = concluded(design, asked)
        yield nodes, asked, following, dose
        # Each state once: others with the same number have the same future, which is what is tested.
        fresh = np.zeros(len(nodes), dtype=bool)
        fresh[np.unique(nodes, return_index=True)[1]] = True
        on = fresh & ~seen[nodes] & (following.stop == StopReason.GOES_ON.code)
        seen[nodes] = True
        trials = TrialState(counts[on], following.level[on], following.phase[on])
        size, begin = following.size[on], states.first_child[nodes[on]]


@pytest.mark.parametrize("name", ["titration", "BOIN", "MIL97's BLRM"])
def test_every_state_is_what_the_design_answers_on_the_way_there(name, designs, pages):
    states, _, _ = pages[name]
    reached = np.zeros(len(states), dtype=bool)
    for nodes, asked, following, dose in every_step(states, designs[name]):
        reached[nodes] = True
        assert np.array_equal(following.stop, states.stop[nodes])
        on = following.stop == StopReason.GOES_ON.code
        assert np.array_equal(following.level[on], states.level[nodes][on])
        assert np.array_equal(following.size[on], states.size[nodes][on])
        assert np.array_equal(dose[~on], states.dose[nodes][~on])
        assert np.array_equal(asked.patients, states.state.patients[nodes])
        assert np.array_equal(asked.dlts, states.state.dlts[nodes])
    assert reached.all()


def test_posteriors_are_those_of_quadrature_on_the_same_data(designs, pages):
    """At states picked by number, against `exact_posterior`, another way to the same integral (1e-8)."""
    states, posteriors, _ = pages["MIL97's BLRM"]
    protocol = bd.load_protocol("MIL97")
    model = bd.protocols.protocol_model(protocol)
    for node in range(0, len(states), len(states) // 7):
        patients, dlts = states.state.patients[node], states.state.dlts[node]
        outcomes = bd.Outcomes.from_counts(tuple(map(int, patients)), tuple(map(int, dlts)))
        expected = bd.exact_posterior(model, outcomes, bounds=(0.16, 0.33))
        # Rounded to four decimals.
        assert posteriors.mean[node] / 1e4 == pytest.approx(expected["mean"].values, abs=0.6e-4)
        _, inside, above = np.moveaxis(expected["interval_probability"].values, -1, 0)
        assert posteriors.target[node] / 1e4 == pytest.approx(inside, abs=0.6e-4)
        # One more in the last place where rounding would cross the cap.
        assert posteriors.overdose[node] / 1e4 == pytest.approx(above, abs=1.1e-4)
        assert np.array_equal(posteriors.overdose[node] / 1e4 < 0.25, above < 0.25)


@given(
    arrays(np.uint16, array_shapes(min_dims=1, max_dims=2, min_side=1, max_side=20)),
    arrays(np.uint32, st.integers(1, 30)),
    arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9)),
    st.text(),
)
def test_packing_goes_round(middle, wide, narrow, said):
    text, digest = packed({"said": said}, {"middle": middle, "wide": wide, "narrow": narrow})
    header, found = unpacked(text)
    assert header == {"said": said}
    for name, array in {"middle": middle, "wide": wide, "narrow": narrow}.items():
        assert np.array_equal(found[name].reshape(array.shape), array)
    assert digest == hashlib.sha256(text.encode()).hexdigest()


def test_a_page_is_the_same_for_the_same_design_and_names_its_only_script(pages, tmp_path):
    _, _, path = pages["BOIN"]
    html = path.read_text(encoding="utf-8")
    script = re.search(r"<script>(.*?)</script>", html, re.DOTALL)[1]
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', html)[1]
    sha256 = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; script-src 'sha256-{sha256}'" in policy
    assert "unsafe" not in policy
    assert html.count("<script") == 2
    for way_out in ("fetch(", "XMLHttpRequest", "WebSocket", "sendBeacon", "import(", "innerHTML", "eval("):
        assert way_out not in script


def test_the_command_writes_a_page_of_its_protocol(tmp_path, capsys):
    write_trial_page("MIL97", "own", out=tmp_path / "page.html", protocol_version="2.1", date="2026-11-28")
    assert "Page of 5,206 states" in " ".join(capsys.readouterr().out.split())
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    text = re.search(r'type="application/octet-stream">(.*?)</script>', html)[1]
    header, _ = unpacked(text)
    assert (header["name"], header["protocolVersion"], header["date"]) == ("MIL97", "2.1", "2026-11-28")
    (design,) = bd.protocol_designs(bd.load_protocol("MIL97"), ["own"]).values()
    assert header["hash"] == bd.design_hash(design)
    assert any(one["caption"].startswith("Operating characteristics") for one in header["tables"])
    assert any(said.startswith("own design, DLTs that end these: 1") for said in header["assumed"])
    content = zlib.decompress(base64.b64decode(text))
    assert json.loads(content[4 : 4 + int.from_bytes(content[:4], "little")])["format"] == 1


def header_of(path):
    text = re.search(r'type="application/octet-stream">(.*?)</script>', path.read_text(encoding="utf-8"))[1]
    return unpacked(text)[0]


def test_a_page_names_the_command_that_decides_more_than_it(tmp_path, capsys):
    """With the file's name and not its folder, which is of who made the page; the command runs."""
    path, out = tmp_path / "two words.toml", tmp_path / "page.html"
    bd.save_design(bd.three_plus_three(bd.DoseGrid((1, 2), "mg"), "deescalation"), path)
    write_trial_page(str(path), out=out)
    assert header_of(out)["command"] == "bayesdose next 'two words.toml'"
    write_trial_page("MIL97", "own", out=out)
    assert header_of(out)["command"] == "bayesdose next MIL97 --design own"
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        app([*shlex.split(header_of(out)["command"])[1:], "1N 2N 3NN"])
    assert not ended.value.code
    assert "departed from the design at cohort 3, 3NN" in " ".join(capsys.readouterr().out.split())


def test_a_design_with_moderate_toxicity_has_a_page_without_characteristics(tmp_path, capsys):
    """The built-in curves say nothing of moderate toxicity; a file that does is used."""
    grid = bd.DoseGrid((1, 2), "mg")
    path, out, curves = tmp_path / "it.toml", tmp_path / "page.html", tmp_path / "curves.csv"
    bd.save_design(bd.simon_titration(bd.boin(grid, 0.3, max_patients=6), number=2), path)
    write_trial_page(str(path), out=out)
    assert "with a column prob_moderate" in " ".join(capsys.readouterr().out.split())
    captions = [one["caption"] for one in header_of(out)["tables"]]
    assert not any(caption.startswith("Operating characteristics") for caption in captions)
    bd.scenarios.save_scenarios(curves, [bd.scenarios.Scenario("it", grid, (0.1, 0.3), (0.2, 0.3))])
    write_trial_page(str(path), out=out, scenarios=curves)
    assert "prob_moderate" not in capsys.readouterr().out
    captions = [one["caption"] for one in header_of(out)["tables"]]
    assert any(caption.startswith("Operating characteristics") for caption in captions)


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"out": "page.htm"}, "ends in .html"),
        ({"out": "page.html", "date": "tomorrow"}, "a day such as"),
    ],
)
def test_wrong_words_are_refused(options, wanted, tmp_path):
    options["out"] = tmp_path / options["out"]
    with pytest.raises(InputError, match=wanted):
        write_trial_page("MIL97", "own", **options)


def test_too_many_states_are_refused_before_they_are_all_there(monkeypatch, designs):
    monkeypatch.setattr(page_states_module, "MOST_STATES", 1000)
    with pytest.raises(InputError, match="page: got .a design of more states.; wanted at most 1,000"):
        page_states(designs["BOIN"])
