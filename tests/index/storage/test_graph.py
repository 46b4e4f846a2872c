"""Graphs whose links lead nowhere, in the files of a real store."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import chromadb
import numpy as np
import pytest
from chromadb.config import Settings

from index.storage.graph import is_whole

_VECTORS = 1100  # Chroma writes its files after a thousand


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("graph")
    client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    vectors = np.random.default_rng(7).normal(size=(_VECTORS, 8)).astype(np.float32)
    client.create_collection("some", embedding_function=None).add(list(map(str, range(_VECTORS))), embeddings=vectors)
    return next(path.parent for path in folder.rglob("index_metadata.pickle"))


@pytest.fixture
def copy(graph: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(graph, tmp_path / "graph"))


def change(path: Path, at: int, value: bytes) -> None:
    content = bytearray(path.read_bytes())
    content[at : at + len(value)] = value
    path.write_bytes(content)


def test_a_graph_that_chroma_wrote_is_whole(graph: Path) -> None:
    assert is_whole(graph)
    assert (graph / "link_lists.bin").stat().st_size > 4 * 1000  # there are levels above the lowest


@pytest.mark.parametrize(
    ("name", "at", "value"),
    [
        ("data_level0.bin", 4, struct.pack("<I", 1_000_000)),  # a link to a vector that is not there
        ("data_level0.bin", 0, struct.pack("<H", 33)),  # more links than there is room for
        ("header.bin", 20, struct.pack("<Q", 1_000_000)),  # more vectors than the file has
        ("header.bin", 56, struct.pack("<I", 1_000_000)),  # where a search begins
        ("header.bin", 52, struct.pack("<i", 9)),  # levels
        ("header.bin", 76, struct.pack("<Q", 17)),  # M
    ],
)
def test_a_graph_is_not_whole_of_which_a_number_leads_nowhere(copy: Path, name: str, at: int, value: bytes) -> None:
    change(copy / name, at, value)
    assert not is_whole(copy)


def first_above(path: Path) -> int:
    """Where in link_lists.bin the links of the first vector begin that has some above the lowest level."""
    content, at = path.read_bytes(), 0
    while not (length := int.from_bytes(content[at : at + 4], "little")):
        at += 4
    return at + 4 if length else at


def test_links_above_the_lowest_level_are_looked_at_too(copy: Path) -> None:
    path = copy / "link_lists.bin"
    content, at = path.read_bytes(), first_above(path)
    for where, value in ((at, 17), (at + 4, 1_000_000), (at - 4, 67)):
        change(path, where, struct.pack("<I", value))
        assert not is_whole(copy)
        path.write_bytes(content)
    path.write_bytes(content[:-1])
    assert not is_whole(copy)
    path.write_bytes(content)
    assert is_whole(copy)


def test_a_link_to_a_vector_that_is_not_on_that_level_leads_nowhere(copy: Path) -> None:
    path = copy / "link_lists.bin"
    content = path.read_bytes()
    lower = next(at for at in range(_VECTORS) if at not in of_the_level_above(content))
    at = first_above(path)
    change(path, at + 4, struct.pack("<I", lower))
    assert not is_whole(copy)


def of_the_level_above(content: bytes) -> set[int]:
    found, at = set(), 0
    for number in range(_VECTORS):
        length = int.from_bytes(content[at : at + 4], "little")
        found |= {number} if length else set()
        at += 4 + length
    return found


def test_a_cut_header_is_damage_and_another_version_is_left_to_chroma(copy: Path) -> None:
    header = (copy / "header.bin").read_bytes()
    (copy / "header.bin").write_bytes(header[:50])
    assert not is_whole(copy)
    (copy / "header.bin").write_bytes(struct.pack("<i", 2) + header[4:])
    assert is_whole(copy)
