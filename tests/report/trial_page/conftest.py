"""Trial pages of four designs, and a browser to open them; skipped with the reason where there is none."""

import shutil
from pathlib import Path

import pytest

import bayesdose as bd
from bayesdose.report.trial_page.content import page_arrays, page_header
from bayesdose.report.trial_page.page import trial_page
from bayesdose.report.trial_page.posteriors import page_posteriors
from bayesdose.report.trial_page.states import page_states

NO_BROWSER = (
    "needs playwright (pip install 'bayesdose[browser]') and Debian's Chromium (apt install chromium)"
)


def made(name, label, design, **settings):
    """States, posteriors and page of a design."""
    states = page_states(design)
    posteriors = page_posteriors(design, states.state)
    header = page_header(name, label, design, states, posteriors, date="2026-11-28", **settings)
    return states, posteriors, trial_page(name, header, page_arrays(design, states, posteriors))


@pytest.fixture(scope="session")
def designs():
    """A BLRM, a titration with moderate toxicities then 3+3, a BOIN, and one that looks at responses."""
    six = bd.DoseGrid((1, 2, 4, 8, 16, 24), unit="mg")
    three = bd.three_plus_three(six, "deescalation")
    return {
        "MIL97's BLRM": bd.protocol_designs(bd.load_protocol("MIL97"), ["BLRM"])["BLRM"],
        "titration": bd.simon_titration(three, number=2),
        "BOIN": bd.boin(six, 0.25, max_patients=30),
        "BOIN12": bd.dose_optimization.boin12(bd.DoseGrid((1, 3, 10), unit="mg"), max_patients=12),
    }


@pytest.fixture(scope="session")
def pages(designs, tmp_path_factory):
    """States, posteriors and path of the page of each design."""
    folder, found = tmp_path_factory.mktemp("pages"), {}
    for number, (name, design) in enumerate(designs.items()):
        states, posteriors, html = made(name, "it", design, protocol_version="1.0")
        path = folder / f"{number}.html"
        path.write_text(html, encoding="utf-8")
        found[name] = (states, posteriors, path)
    return found


@pytest.fixture(scope="session")
def chromium():
    """Debian's Chromium, without a network of its own."""
    playwright = pytest.importorskip("playwright.sync_api", reason=NO_BROWSER)
    where = shutil.which("chromium")
    if where is None:
        pytest.skip(NO_BROWSER)
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=where, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium):
    """Opens a page; whatever it asks for, prints or throws is kept."""
    contexts = []

    def at(path, width=1280):
        context = chromium.new_context(viewport={"width": width, "height": 900}, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.asked, page.wrong = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.on("console", lambda said: page.wrong.append(said.text) if said.type == "error" else None)
        page.goto(Path(path).as_uri())
        page.wait_for_function(
            "window.bayesdose !== undefined "
            "|| !document.getElementById('problem').textContent.startsWith('This page has not')"
        )
        return page

    yield at
    for context in contexts:
        context.close()
