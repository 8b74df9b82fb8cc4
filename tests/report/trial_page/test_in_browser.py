"""Trial pages in Chromium: every state's decision is Python's, and nothing else gets in or out."""

import json
import re

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.categories import LETTERS
from bayesdose.report.next_dose import describe_decision
from bayesdose.report.trial_page.packing import packed, unpacked
from bayesdose.simulation.states import cohort_outcomes
from bayesdose.treatments import written_level
from bayesdose.trial import NO_DOSE, StopReason
from tests.report.trial_page.conftest import made


def histories(states, design):
    """A shortest history to each state, as outcome notation, and the decision there as Python says it.

    Decisions come from the design, asked at once in all states in which the exact run asked it.
    """
    following, dose = design.next_cohort(states.state), design.recommend(states.state)
    first, text = design.first_cohort(), {}
    letters = LETTERS[design.outcome_categories]
    ahead = [("", int(first.level[0]), int(first.size[0]), 0)]
    for before, level, size, begin in ahead:
        for number, outcome in enumerate(cohort_outcomes(size, design.outcome_categories).tolist()):
            node = int(states.child[begin + number])
            if node in text:
                continue
            cohort = "".join(letter * count for letter, count in zip(letters, outcome, strict=True))
            text[node] = f"{before} {written_level(design.grid, level)}{cohort}".strip()
            if following.stop[node] == StopReason.GOES_ON.code:
                at, many = int(following.level[node]), int(following.size[node])
                ahead.append((text[node], at, many, int(states.first_child[node])))
    said = []
    for node in range(len(states)):
        if following.stop[node] == StopReason.GOES_ON.code:
            size = int(following.size[node])
            where = design.grid.level_in_words(int(following.level[node]))
            said.append(f"Next: {size} patient{'' if size == 1 else 's'} at {where}.")
        else:
            found = "no dose" if dose[node] == NO_DOSE else design.grid.level_in_words(int(dose[node]))
            said.append(f"Stop: {following.reason(node).value}. Recommended: {found}.")
    return [text[node] for node in range(len(states))], said


@pytest.mark.parametrize("name", ["MIL97's BLRM", "titration", "BOIN", "BOIN12"])
def test_every_states_decision_is_pythons(name, designs, pages, opened):
    states, _, path = pages[name]
    design = designs[name]
    texts, said = histories(states, design)
    assert len(set(texts)) == len(states) > 1000
    page = opened(path)
    decided = page.evaluate("texts => texts.map((text) => bayesdose.decide(text))", texts)
    assert decided == said
    # The sentences above are those of `describe_decision`, which follows a trial cohort by cohort.
    for node in np.linspace(0, len(states) - 1, 25).astype(int).tolist():
        assert describe_decision(design, texts[node]) == said[node]
    assert page.wrong == []
    assert page.asked == [path.as_uri()], "the page asks for nothing but itself"


def test_a_person_clicks_through_a_trial(designs, pages, opened):
    _, _, path = pages["MIL97's BLRM"]
    page = opened(path)
    assert page.inner_text("#decision") == "Next: 3 patients at level 1 (0.01 mg/kg)."
    page.click("text='0 DLTs'")
    page.click("text='1 DLT'")
    text = page.input_value("#text")
    assert text == "1NNN 2NNT"
    assert page.inner_text("#decision") == describe_decision(designs["MIL97's BLRM"], text)
    assert "against the cap of 0.25" in page.inner_text("#why")
    # What would change it is what Python says of those trials.
    for other, words in (("1NNN 2NNN", "fewer"), ("1NNN 2NTT", "more")):
        changed = describe_decision(designs["MIL97's BLRM"], other).removeprefix("Next: ")
        assert f"With one DLT {words} in the last cohort: {changed}" in page.inner_text("#changes")
    assert page.locator("#branches > ul > li").count() == 4
    page.click("#undo")
    assert page.input_value("#text") == "1NNN"
    page.click("#again")
    assert page.is_disabled("#undo")
    assert page.wrong == []


def test_a_titration_says_which_rule_decided(pages, opened):
    """While single patients are treated its own rule, after it that of the 3+3."""
    page = opened(pages["titration"][2])

    def why(text):
        page.fill("#text", text)
        page.click("#form button")
        return page.inner_text("#why")

    assert "Titration: one patient a level" in why("1N 2N")
    assert "So far in the trial: 1 moderate toxicity." in why("1N 2M")
    handed_over = why("1N 2T 2NN")
    assert "Titration:" not in handed_over
    assert "Decisions: after 3 patients at a dose, escalate with 0 DLTs" in handed_over
    assert "After a too toxic dose" not in handed_over
    assert "After a too toxic dose: the dose below is completed to 6" in why("1N 2T 2NT")


def test_a_model_after_a_titration_says_why_only_where_it_decides(designs, opened, tmp_path):
    """Reach and margin belong to the model's own decisions; the posterior is shown from the start."""
    blrm = designs["MIL97's BLRM"]
    path = tmp_path / "titrated.html"
    small = bd.capped(bd.accelerated_titration(blrm, single_patient_levels=2), 12)
    states, posteriors, html = made("it", "it", small)
    path.write_text(html, encoding="utf-8")
    page = opened(path)
    titrated = page.evaluate("bayesdose.decide('1N 2N 3NNT')")
    assert titrated == describe_decision(small, "1N 2N 3NNT")
    page.fill("#text", "1N")
    page.click("#form button")
    assert "could be off by" not in page.inner_text("#why")
    assert "By the model" not in page.inner_text("#why")
    assert "Titration: one patient a level" in page.inner_text("#why")
    page.fill("#text", "1N 2N 3NNT")
    page.click("#form button")
    assert "could be off by" in page.inner_text("#why")
    # By Python: the state after these outcomes, its doses in reach.
    state = bd.running_state(blrm, "1N 2N 3NNT")
    same = (states.state.patients == state.patients).all(axis=1) & (states.state.dlts == state.dlts).all(
        axis=1
    )
    (node,) = np.flatnonzero(same & (states.state.level == 2))
    assert np.array_equal(posteriors.allowed[node] // 2, blrm.within_reach(state)[0])
    assert page.wrong == []


TWO = bd.DoseGrid((1, 3), "mg")
REGIMENS = bd.TreatmentGrid((bd.Regimen("Q3W", TWO, 21), bd.Regimen("Q2W", TWO, 28)))
STAGES = {
    "expansion": bd.ExpansionCohort(8, bd.rules.DLTShareAbove(0.3, 3)),
    "second regimen": bd.SecondRegimen(REGIMENS, bd.rules.ThreePlusThreeAtLevel(), "two"),
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_plan_goes_on_after_its_escalation(stage, opened, tmp_path):
    """Decisions of later stages name them, as Python's do; every tenth state, by a history to it."""
    design = bd.plan(bd.three_plus_three(TWO, "deescalation"), (STAGES[stage],))
    states, _, html = made("it", "it", design)
    path = tmp_path / "plan.html"
    path.write_text(html, encoding="utf-8")
    texts, _ = histories(states, design)
    page = opened(path)
    asked = texts[::10]
    said = [describe_decision(design, text) for text in asked]
    assert page.evaluate("texts => texts.map((text) => bayesdose.decide(text))", asked) == said
    assert any(f"in the {stage}" in one for one in said)
    assert page.wrong == []


def test_the_keyboard_alone_is_enough(pages, opened):
    page = opened(pages["BOIN"][2])
    page.focus("#outcomes button")
    page.keyboard.press("Enter")
    assert page.input_value("#text") == "1NNN"
    page.keyboard.press("Enter")
    assert page.input_value("#text") == "1NNN 2NNN"
    page.focus("#text")
    page.keyboard.type(" 3TTT")
    page.keyboard.press("Enter")
    assert page.inner_text("#decision").startswith("Next: 3 patients at level 2")
    assert page.get_attribute("#decision", "role") == "status"
    for name in page.eval_on_selector_all("svg", "all => all.map((one) => one.getAttribute('aria-label'))"):
        assert name
    unnamed = "all => all.filter((one) => !one.labels.length).length"
    assert page.eval_on_selector_all("input", unnamed) == 0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1N 2N 3NNT", "is 1 patient at level 1 (1 mg); the design gave 3 patients at level 1 (1 mg)"),
        ("1NNN 3NNN", "is 3 patients at level 3 (4 mg); the design gave 3 patients at level 2 (2 mg)"),
        ("1TTT 1NNN", "comes after the end"),
        ("9NNN", "there is no level 9"),
        ("1NNX", "evaluable patients only"),
        ("1NNN (1NNN)", "is not written as a level"),
        ("<img src=x onerror=alert(1)>", "is not written as a level"),
    ],
)
def test_what_lies_outside_is_refused_with_a_sentence(text, why, pages, opened):
    page = opened(pages["BOIN"][2])
    page.fill("#text", text)
    page.click("#form button")
    assert page.is_visible("#refused")
    assert why in page.inner_text("#refused")
    assert page.inner_text("#refused").endswith("What is shown below is still for: no patients.")
    assert page.locator("img").count() == 0
    assert page.wrong == []


@pytest.mark.parametrize("entered", ["1N 2N 3NNT", "1NNN 2NX", "1TTT 1NNN"])
def test_a_refusal_gives_the_command_that_decides(entered, designs, opened, tmp_path):
    """It stands before the decision of what was entered earlier, which is no longer the large text."""
    _, _, html = made("it", "it", designs["MIL97's BLRM"], command="bayesdose next MIL97 --design BLRM")
    path = tmp_path / "page.html"
    path.write_text(html, encoding="utf-8")
    page = opened(path, 390)
    assert page.inner_text("#known").startswith("This page knows cohorts of 3 patients, each of the size")
    assert page.inner_text("#known code") == 'bayesdose next MIL97 --design BLRM "OUTCOMES"'
    size = "parseFloat(getComputedStyle(document.getElementById('decision')).fontSize)"
    large = page.evaluate(size)
    page.fill("#text", entered)
    page.click("#form button")
    assert f'bayesdose next MIL97 --design BLRM "{entered}".' in page.inner_text("#refused")
    assert page.evaluate(size) < large
    top = "(id) => document.getElementById(id).getBoundingClientRect().top"
    assert 0 <= page.evaluate(top, "refused") < page.evaluate(top, "decision")
    page.fill("#text", "hello")
    page.click("#form button")
    assert "bayesdose next" not in page.inner_text("#refused")
    page.fill("#text", "1NNN")
    page.click("#form button")
    assert page.evaluate(size) == large
    assert page.wrong == []


def test_the_example_can_be_entered(pages, opened):
    for _, _, path in pages.values():
        page = opened(path)
        example = re.search(r"such as ([^:]+):", page.inner_text("#how"))[1]
        assert page.evaluate("text => bayesdose.decide(text)", example).startswith(("Next", "Stop"))
    assert "M (moderate" not in opened(pages["BOIN"][2]).inner_text("#how")
    assert "M (moderate" in opened(pages["titration"][2]).inner_text("#how")


def test_a_higher_dose_that_passes_but_is_out_of_reach_is_named(designs, pages, opened):
    """After three without DLT at levels 1 and 2 the model passes levels 4 and 5, more than one up."""
    page = opened(pages["MIL97's BLRM"][2])
    blrm = designs["MIL97's BLRM"]
    state = bd.running_state(blrm, "1NNN 2NNN")
    assert blrm.within_reach(state)[0].tolist() == [True] * 3 + [False] * 3
    page.fill("#text", "1NNN 2NNN")
    page.click("#form button")
    assert "Level 4 (0.2 mg/kg) and level 5 (0.3 mg/kg) are out of reach." in page.inner_text("#why")
    page.fill("#text", "1NNN 2NNN 3NNT")
    page.click("#form button")
    assert "out of reach" not in page.inner_text("#why")


def test_an_edited_page_decides_nothing(pages, opened, tmp_path):
    html = pages["BOIN"][2].read_text(encoding="utf-8")
    start = html.index('type="application/octet-stream">') + 2000
    other = "A" if html[start] != "A" else "B"
    edited = tmp_path / "edited.html"
    edited.write_text(html[:start] + other + html[start + 1 :], encoding="utf-8")
    page = opened(edited)
    assert "was changed after it was made" in page.inner_text("#problem")
    assert not page.is_visible("#page")
    assert page.evaluate("window.bayesdose === undefined")


def test_a_changed_decision_with_its_own_digest_does_not_run(designs, opened, tmp_path, chromium):
    """Whoever repacks the data has to change the digest in the script, which the policy then refuses."""
    _, _, html = made("it", "it", designs["BOIN"])
    text = re.search(r'type="application/octet-stream">(.*?)</script>', html)[1]
    header, arrays = unpacked(text)
    arrays = {name: array[:, 0] if array.shape[1] == 1 else array for name, array in arrays.items()}
    old = packed(header, arrays)
    assert old[0] == text
    arrays["level"] = arrays["level"].copy()
    arrays["level"][0] = 3
    new = packed(header, arrays)
    edited = tmp_path / "edited.html"
    edited.write_text(html.replace(text, new[0]).replace(old[1], new[1]), encoding="utf-8")
    page = chromium.new_page()
    page.goto(edited.as_uri())
    page.wait_for_timeout(1000)
    assert page.inner_text("#problem").startswith("This page has not started.")
    assert not page.is_visible("#page")
    page.close()


def test_hostile_names_stay_text(opened, tmp_path):
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>{{data}}"
    grid = bd.DoseGrid((1, 2), unit="<b>mg</b>", labels=("<i>1</i>", "2"))
    design = bd.three_plus_three(grid, "deescalation")
    _, _, html = made(hostile, hostile + "!", design, protocol_version=hostile)
    path = tmp_path / "hostile.html"
    path.write_text(html, encoding="utf-8")
    page = opened(path)
    assert page.inner_text("#title") == f"{hostile}, {hostile}!"
    assert hostile in page.inner_text("#identity")
    page.click("text='0 DLTs'")
    assert page.locator("#page img, #page b, #page i, #page script").count() == 0
    assert page.wrong == []
    assert page.asked == [path.as_uri()]


def test_what_was_entered_and_decided_is_saved(designs, pages, opened, tmp_path):
    page = opened(pages["titration"][2])
    page.fill("#text", "1n 2m 3t")
    page.click("#form button")
    with page.expect_download() as saved:
        page.click("#export")
    saved.value.save_as(tmp_path / "decision.json")
    content = json.loads((tmp_path / "decision.json").read_text(encoding="utf-8"))
    assert content["outcomes"] == "1N 2M 3T"
    assert content["decision"] == describe_decision(designs["titration"], "1N 2M 3T")
    assert content["designHash"] == bd.design_hash(designs["titration"])
    assert content["protocolVersion"] == "1.0"
    assert [one["decision"] for one in content["cohorts"]] == [
        describe_decision(designs["titration"], text) for text in ("1N", "1N 2M", "1N 2M 3T")
    ]


@pytest.mark.parametrize("width", [390, 768, 1280])
@pytest.mark.parametrize("name", ["MIL97's BLRM", "titration", "BOIN"])
def test_nothing_is_wider_than_the_screen(name, width, pages, opened):
    page = opened(pages[name][2], width)
    page.click("#outcomes button")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_print_says_what_it_is_of(designs, pages, opened):
    page = opened(pages["BOIN"][2])
    page.emulate_media(media="print")
    assert not page.is_visible("#form")
    identity = page.inner_text("#identity")
    for said in ("version 1.0", "2026-11-28", "bayesdose 0.", bd.design_hash(designs["BOIN"])[:12]):
        assert said in identity
    assert bd.design_hash(designs["BOIN"]) in page.inner_text("#hashes")
