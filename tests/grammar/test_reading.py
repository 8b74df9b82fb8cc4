"""Files that cannot be read are refused in words."""

import os
from importlib.resources import files

import pytest

from bayesdose.errors import InputError
from bayesdose.grammar.reading import read_text, read_toml


def test_toml(tmp_path):
    path = tmp_path / "a.toml"
    path.write_bytes('\ufeffa = [1, 2]\r\n[b]\r\nc = "é"\r\n'.encode())
    assert read_toml(path, "file") == {"a": [1, 2], "b": {"c": "é"}}
    shipped = files("bayesdose.protocols") / "data" / "MIL97.toml"
    assert read_toml(shipped, "file")["name"] == "MIL97"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a = ", "wanted a text in TOML"),
        (b"a = 1\na = 2\n", "wanted a text in TOML"),
        (b"\xff\xfe\x00", "file: got 'bytes that are no UTF-8'; wanted a text in UTF-8."),
        ("a = 1".encode("utf-16"), "no UTF-8"),
        ("a = 'é'".encode("latin-1"), "no UTF-8"),
        (b"a = '\x00'", "wanted a text in TOML"),
        (b"a = " + b"9" * 5000, "wanted a text in TOML"),
        (
            b"a = " + b"[" * 100_000 + b"]" * 100_000,
            "file: got 'tables or lists nested too deep'; wanted a few",
        ),
        (b"a = " + b"{a=" * 100_000 + b"1" + b"}" * 100_000, "nested too deep"),
    ],
    ids=lambda one: str(one)[:30],
)
def test_what_is_no_toml(tmp_path, content, message):
    path = tmp_path / "a.toml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_toml(path, "file")
    assert message in str(caught.value)


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    for name in ("pipe", ".", "/dev/null", "/dev/zero"):
        with pytest.raises(
            InputError, match="file: got 'a folder, a pipe or a device'; wanted a file that can"
        ):
            read_text(tmp_path / name, "file")
    for name in ("absent", "one", "x" * 300, "a/b", "a\0b"):
        with pytest.raises(InputError, match="^file: got .*; wanted "):
            read_text(tmp_path / name, "file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "secret.toml"
    path.write_text("a = 1")
    path.chmod(0)
    with pytest.raises(InputError, match="file: got 'Permission denied'; wanted a file that can be read"):
        read_toml(path, "file")
