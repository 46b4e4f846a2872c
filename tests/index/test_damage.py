"""A file of an index is damaged, each in turn and in many ways: nothing wrong is told, nothing lost without a word."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from index import ArticleIndex
from tests.fakes import WordEmbedder
from tests.index.damage_worker import ARTICLES
from tests.index.worker import SETTINGS

ROOT = Path(__file__).parents[2]
VARIANTS, AT_ONCE = 300, int(os.environ.get("DAMAGE_AT_ONCE", "25"))
FIRST = int(os.environ.get("DAMAGE_SEED", "0"))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("damage") / "index"
    with (
        pytest.MonkeyPatch.context() as patch,
        ArticleIndex.open(folder, SETTINGS, embedder=WordEmbedder()) as articles,
    ):
        # As if there were thousands of passages, which Chroma keeps in files of vectors.
        patch.setattr("index.storage.chroma._HNSW", {"hnsw": {"space": "cosine", "sync_threshold": 4, "batch_size": 3}})
        assert articles.add(ARTICLES).added == len(ARTICLES)
    assert list(folder.glob("chroma/*/header.bin"))
    return folder


def played(template: Path, folder: Path, first: int, end: int) -> list[dict[str, Any]]:
    """What came of each variant; {"crash"} where native code ended the process, after which another goes on."""
    results: list[dict[str, Any]] = []
    while first < end:
        command = [sys.executable, "-W", "ignore", "-m", "tests.index.damage_worker"]
        process = subprocess.run(
            [*command, str(template), str(folder), str(first), str(end)],
            capture_output=True, text=True, cwd=ROOT, timeout=1800, check=False,
        )  # fmt: skip
        lines = [json.loads(line) for line in process.stdout.splitlines()]
        results += [before | after for before, after in zip(lines[::2], lines[1::2], strict=False)]
        if process.returncode:
            assert len(lines) % 2, process.stderr
            results.append(lines[-1] | {"crash": f"{process.returncode}: {process.stderr[-1500:]}"})
        first = lines[-1]["seed"] + 1
    return results


@pytest.mark.parametrize(
    "first",
    [pytest.param(FIRST + at, marks=pytest.mark.soak) for at in range(0, VARIANTS, AT_ONCE)],
)
def test_a_damaged_file_makes_no_answer_wrong_and_nothing_is_lost_without_a_word(
    first: int, template: Path, tmp_path: Path
) -> None:
    results = played(template, tmp_path, first, first + AT_ONCE)
    if name := os.environ.get("DAMAGE_RESULTS"):
        with Path(name).open("a") as file:
            file.writelines(json.dumps(each) + "\n" for each in results)
    assert [each["seed"] for each in results] == list(range(first, first + AT_ONCE))
    assert [each for each in results if each.get("crash") or each["wrong"] or each["wrong after check"]] == []
