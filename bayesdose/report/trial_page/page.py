"""A trial page: one HTML file that decides from the states of a validated run and loads nothing."""

import base64
import hashlib
import re
from collections.abc import Mapping
from html import escape
from importlib import resources
from typing import Any

import numpy as np

from bayesdose.report.trial_page.packing import packed

__all__ = ["trial_page"]

# In the order in which they need each other.
_SCRIPTS = ("sha256.js", "unpack.js", "decide.js", "words.js", "draw.js", "show.js")


def trial_page(title: str, header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> str:
    """The page.

    Its Content-Security-Policy names the one script and the one style sheet by their hashes and lets nothing
    else run or be asked for; the script holds the digest of the data. So a page with an edited decision, an
    edited digest or an edited script does not decide.

    Parameters
    ----------
    title : str
        Its title.
    header, arrays : mapping
        What `packed` takes.
    """
    data, digest = packed(header, arrays)
    script = "\n".join(['"use strict";', f'const DIGEST = "{digest}";', *(_file(name) for name in _SCRIPTS)])
    style = _file("page.css")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; base-uri 'none'; "
        "form-action 'none'"
    )
    parts = {"policy": policy, "title": escape(title), "style": style, "script": script, "data": data}
    # At once: what stands in one place is not looked through for another.
    return re.sub(r"\{\{(\w+)\}\}", lambda place: parts[place[1]], _file("page.html"))


def _file(name: str) -> str:
    return resources.files("bayesdose.report.trial_page").joinpath("files", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
