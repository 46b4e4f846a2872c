from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.speed import BATCH, SINGLE, WARM_UP, batch, chroma_alone, store_folder
from index import Article, ArticleIndex


@pytest.mark.soak
def test_chroma_alone_is_asked_over_the_store_of_an_index_that_was_mended(
    tmp_path: Path, stories: tuple[Article, ...]
) -> None:
    """Mending puts the store into another folder, and names it in state.json."""
    with ArticleIndex.open(tmp_path) as articles:
        articles.add(stories)
        passages = articles.info().passages
    assert store_folder(tmp_path) == tmp_path / "chroma"
    (tmp_path / "chroma").rename(tmp_path / "chroma-1a2b3c4d")
    state = json.loads((tmp_path / "state.json").read_text())
    (tmp_path / "state.json").write_text(json.dumps(state | {"store": "chroma-1a2b3c4d"}))
    with ArticleIndex.open(tmp_path, create=False) as articles:
        assert articles.info().passages == passages
    figures = chroma_alone(tmp_path, [f"Where is story {number}?" for number in range(WARM_UP + 2)])
    assert (figures["passages"], figures["n"]) == (passages, 2)
    assert not (tmp_path / "chroma").exists()


def test_an_index_that_nothing_was_added_to_has_its_store_in_the_usual_place(tmp_path: Path) -> None:
    ArticleIndex.open(tmp_path).close()
    assert store_folder(tmp_path) == tmp_path / "chroma"


class Asked:
    """Keeps what it is asked: alone, and how many at once."""

    def __init__(self) -> None:
        self.alone: list[str] = []
        self.together: list[int] = []

    def ask(self, question: str) -> None:
        assert len(self.together) == (len(self.alone) >= SINGLE // 2)
        self.alone.append(question)

    def ask_batch(self, questions: list[str]) -> None:
        assert not set(questions) & set(self.alone)
        self.together.append(len(questions))


def test_a_batch_is_timed_between_two_halves_of_single_questions() -> None:
    qa = Asked()
    questions = [str(number) for number in range(BATCH + SINGLE)]
    figures = batch(qa, questions)  # type: ignore[arg-type]
    assert (len(set(qa.alone)), qa.together) == (SINGLE, [BATCH])
    assert figures["ratio"] == pytest.approx(figures["single_ms"] / figures["batch_ms"])
    with pytest.raises(ValueError, match="599 questions: 600 are asked"):
        batch(qa, questions[1:])  # type: ignore[arg-type]
