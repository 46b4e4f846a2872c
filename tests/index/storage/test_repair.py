"""Whether a store's vectors can be read, told by the process that the program starts and by the one that tests fork."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from index import ArticleIndex
from index.storage.repair import is_readable
from tests.checkers import Checkers
from tests.fakes import WordEmbedder
from tests.index.test_article_index import LONG
from tests.index.worker import SETTINGS


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stored") / "index"
    with ArticleIndex.open(folder, SETTINGS, embedder=WordEmbedder()) as articles:
        articles.add(LONG)
    return folder / "chroma"


@pytest.mark.parametrize("left", [0, 50])  # bytes; half a header crashes at the next write only
@pytest.mark.parametrize("forked", [False, True])
def test_a_store_is_readable_until_its_vectors_are_damaged(
    stored: Path, checkers: Checkers, forked: bool, left: int
) -> None:
    told: Callable[[Path], bool] = checkers.is_readable if forked else is_readable
    assert told(stored / "nowhere")
    assert told(stored)
    path = max(stored.rglob("data_level0.bin"), key=lambda path: path.stat().st_size).with_name("header.bin")
    header = path.read_bytes()
    path.write_bytes(header[:left])
    try:
        assert not told(stored)
    finally:
        path.write_bytes(header)


def test_the_forked_process_has_no_other_rights_than_who_asks(
    stored: Path, checkers: Checkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.checkers.is_readable", lambda chroma: f"asked of {chroma}")
    assert checkers.is_readable(stored) is True
    monkeypatch.setattr(os, "geteuid", lambda: -1)
    assert checkers.is_readable(stored) == f"asked of {stored}"
