"""Texts in TOML that the standard library reads back."""

import tomllib

from bayesdose.grammar.toml_text import toml_text
from hypothesis import given
from hypothesis import strategies as st

texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(texts, values, max_size=4))
def test_what_is_written_is_read_back(content):
    read = tomllib.loads(toml_text(content))
    assert read == content
    assert repr(read) == repr(_tables_last(content))


def _tables_last(value):
    """The order in which a table comes back: what is no table first. A list's tables are inline."""
    if not isinstance(value, dict):
        return value
    plain = {key: item for key, item in value.items() if not isinstance(item, dict)}
    return plain | {key: _tables_last(item) for key, item in value.items() if isinstance(item, dict)}
