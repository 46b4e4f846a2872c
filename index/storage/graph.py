"""Whether the links of a store's graph lead anywhere: the library that follows them ends the process where not.

Chroma 1.5.9 keeps hnswlib's files: in header.bin the sizes, in data_level0.bin for each vector its links of the lowest
level, its values and its label, in link_lists.bin its links of the levels above, if any. hnswlib checks none of them.
"""

from __future__ import annotations

import math
import struct
from pathlib import Path

import numpy as np

# version, offset of the links, most vectors, vectors, bytes of each, offsets of label and values in these, levels above
# the lowest, where a search begins, most links above, most links of the lowest level, M, multiplier, ef_construction
_HEADER = struct.Struct("<i6QiI3QdQ")
_VERSION = 1
_LABEL = 8  # bytes, at the end of each vector's
_LEAST = 2  # links, M
_ID = 4  # bytes of a number of a vector, and before the links of how many there are


def is_whole(folder: Path) -> bool:
    """Whether the graph in a folder of Chroma's has links to vectors that are there alone.

    True where the files are of another version, which is not known.
    """
    header = (folder / "header.bin").read_bytes()
    if len(header) < _HEADER.size:  # what it lacks is not needed before the next write, which would crash
        return False
    values = _HEADER.unpack(header[: _HEADER.size])
    version, begins, most, count, size, label, vector, top, entry, most_above, most_links, m, multiplier, _ = values
    if version != _VERSION:
        return True
    if (begins, vector, label) != (0, _ID * (1 + most_links), size - _LABEL) or label < vector:
        return False
    if (most_above, most_links) != (m, 2 * m) or m < _LEAST or not math.isclose(multiplier, 1 / math.log(m)):
        return False
    file = folder / "data_level0.bin"
    if count > most or file.stat().st_size < count * size:
        return False
    if not count:
        return True
    vectors = np.memmap(file, dtype=np.uint8, mode="r", shape=(count, size))
    links = vectors[:, :vector].copy().view("<u4")  # what stands before the values
    if not _lead_to(links, np.ones(count, dtype=bool)):
        return False
    levels = _levels_above((folder / "link_lists.bin").read_bytes(), count, _ID * (1 + most_above))
    if levels is None or entry >= count or len(levels[entry]) != max(top, 0):
        return False
    height = np.array([len(each) for each in levels])
    return all(
        _lead_to(np.stack([each[level] for each in levels if len(each) > level]), height > level)
        for level in range(height.max())
    )


def _lead_to(links: np.ndarray, there: np.ndarray) -> bool:
    """Whether each row, a number and so many vectors, names vectors that are `there`."""
    number = links[:, :1] & 0xFFFF  # hnswlib keeps it in two of the four bytes
    if number.max(initial=0) >= links.shape[1]:
        return False
    named = links[:, 1:][np.arange(1, links.shape[1]) <= number]
    return bool((named < len(there)).all() and there[named].all())


def _levels_above(content: bytes, count: int, size: int) -> list[np.ndarray] | None:
    """For each vector its rows of links above the lowest level; None where the file does not end with the last."""
    found, at = [], 0
    for _ in range(count):
        if at + _ID > len(content):
            return None
        length = int.from_bytes(content[at : at + _ID], "little")
        at += _ID
        if length % size or at + length > len(content):
            return None
        found.append(np.frombuffer(content, dtype="<u4", count=length // _ID, offset=at).reshape(-1, size // _ID))
        at += length
    return found if at == len(content) else None
