"""Arrays and a header as one compressed text, with the digest that a page checks before it uses them."""

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["packed", "unpacked"]

_BYTES = {1: "u1", 2: "<u2", 4: "<u4"}


def packed(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> tuple[str, str]:
    """A text for a page, and its SHA-256.

    Parameters
    ----------
    header : mapping
        What JSON can hold.
    arrays : mapping of str to ndarray of unsigned int
        One or two axes; the last is the dose.

    Returns
    -------
    text : str
        Base64 of zlib's compression of: the header's length in four bytes, the header as JSON in UTF-8 with
        each array's name, shape and width in bytes, then the arrays. Of each array, differences from row to
        row (they repeat, so they compress), column after column, all lowest bytes first.
    digest : str
        SHA-256 of that text, 64 hexadecimal digits.
    """
    said = [
        {"name": name, "rows": len(array), "columns": int(array[0].size), "bytes": array.itemsize}
        for name, array in arrays.items()
    ]
    start = json.dumps({**header, "arrays": said}, ensure_ascii=False).encode()
    content = b"".join([len(start).to_bytes(4, "little"), start, *map(_plain, arrays.values())])
    text = base64.b64encode(zlib.compress(content, 9)).decode()
    return text, hashlib.sha256(text.encode()).hexdigest()


def unpacked(text: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The header and the arrays of a packed text."""
    content = zlib.decompress(base64.b64decode(text))
    place = 4 + int.from_bytes(content[:4], "little")
    header, arrays = json.loads(content[4:place]), {}
    for one in header.pop("arrays"):
        rows, columns, width = one["rows"], one["columns"], one["bytes"]
        planes = np.frombuffer(content, np.uint8, rows * columns * width, place).reshape(columns, width, rows)
        numbers = np.ascontiguousarray(planes.transpose(2, 0, 1)).view(_BYTES[width])[..., 0]
        arrays[one["name"]] = np.cumsum(numbers, axis=0, dtype=numbers.dtype)
        place += rows * columns * width
    return header, arrays


def _plain(array: np.ndarray) -> bytes:
    rows = np.ascontiguousarray(array.reshape(len(array), -1), dtype=_BYTES[array.itemsize])
    # Unsigned differences wrap around, and their sums wrap back.
    steps = np.diff(rows, axis=0, prepend=np.zeros((1, rows.shape[1]), dtype=rows.dtype))
    planes = np.ascontiguousarray(steps).view(np.uint8).reshape(*rows.shape, rows.itemsize)
    return planes.transpose(1, 2, 0).tobytes()
