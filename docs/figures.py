"""The pictures of figures.md, drawn by its own code.

python docs/figures.py

runs the page's Python blocks in order and saves each figure under the picture that follows it.
"""

import re
from pathlib import Path

_PAGE = Path(__file__).with_name("figures.md")
_PART = re.compile(r"```python\n(.*?)```|!\[.*?\]\((figure-.*?\.png)\)", re.DOTALL)


def main() -> None:
    """Run the page."""
    names: dict = {}
    for code, picture in _PART.findall(_PAGE.read_text(encoding="utf-8")):
        if code:
            exec(code, names)
        else:
            names["figure"].savefig(_PAGE.with_name(picture), dpi=130)


if __name__ == "__main__":
    main()
