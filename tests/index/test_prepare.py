"""Articles prepared in one place and stored in another: `prepare` and `add` together are what `add` is alone."""

from __future__ import annotations

import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from index import Article, ArticleIndex, IndexSettings, Prepared, StoreSettings
from index.errors import ManifestMismatchError
from index.formats import SourceFailure
from tests.conftest import STORIES
from tests.fakes import WordEmbedder


def opened(folder: Path, embedder: WordEmbedder | None = None, **settings: int) -> ArticleIndex:
    return ArticleIndex.open(
        folder, IndexSettings(passage_chars=120), embedder=embedder or WordEmbedder(),
        store_settings=StoreSettings(**settings),
    )  # fmt: skip


def test_what_was_prepared_and_pickled_is_stored_as_if_it_had_been_added(tmp_path: Path) -> None:
    with opened(tmp_path / "added") as articles:
        expected = articles.add(STORIES)
        ids = articles.list()
        question = articles.embedder.embed_queries(["water pipes"])
        [found] = articles.search(question, ["water pipes"], 5)
    writing = WordEmbedder()
    with opened(tmp_path / "prepared", writing) as articles:
        made = [pickle.loads(pickle.dumps(each)) for each in articles.prepare(STORIES, workers=1)]
        assert articles.info().articles == 0
        assert {type(each) for each in made} == {Prepared}
        writing.embedded = 0
        report = articles.add(made)
        assert writing.embedded == 0
        assert (report, articles.list()) == (expected, ids)
        assert articles.search(question, ["water pipes"], 5) == [found]


def test_files_are_prepared_in_groups_and_what_is_wrong_is_passed_on(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The harbour froze.")
    (tmp_path / "b.txt").write_text("")
    with opened(tmp_path / "index", commit_passages=1) as articles:
        wrong = Article(id="wrong", text="Some words.", published="soon")
        made = articles.prepare([tmp_path / "a.txt", tmp_path / "b.txt", tmp_path / "c.txt", wrong])
        first = next(made)
        assert isinstance(first, Prepared)
        assert "".join(passage.text for passage in first.passages) == "The harbour froze."
        rest = list(made)
        assert [type(each) for each in rest] == [SourceFailure, SourceFailure, Article]
        report = articles.add([first, *rest])
        assert str(report) == "1 added, 3 failed"
        assert report.of("failed")[-1].reason.startswith("its published is 'soon', which is no date.")


def test_an_article_that_is_stored_already_is_not_embedded_again(tmp_path: Path) -> None:
    embedder = WordEmbedder()
    with opened(tmp_path, embedder) as articles:
        articles.add(STORIES[:2])
        newer = replace(STORIES[1], text="The bees are back.")
        embedder.embedded = 0
        made = list(articles.prepare([STORIES[0], newer]))
        assert embedder.embedded == 1
        assert [type(each) for each in made] == [Article, Prepared]
        assert str(articles.add(made)) == "1 updated, 1 unchanged"


def test_what_was_prepared_for_another_index_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path / "one") as one:
        [made] = one.prepare(STORIES[0])
    with (
        ArticleIndex.open(tmp_path / "two", IndexSettings(passage_chars=200), embedder=WordEmbedder()) as two,
        pytest.raises(
            ManifestMismatchError, match=r"^The article lighthouse was prepared for an index with Manifest\("
        ),
    ):
        two.add(made)


def test_who_prepares_does_not_bring_a_word_index_up_to_date(tmp_path: Path) -> None:
    with opened(tmp_path) as articles:
        articles.add(STORIES[0])
        articles.close()
        shutil.rmtree(tmp_path / "words")
        assert len(list(articles.prepare(STORIES))) == len(STORIES)
        assert len(articles.list()) == 1
        words = articles._connection._words
        assert words is not None
        assert words.passage_ids() == set()
        assert articles.search(articles.embedder.embed_queries(["dentist"]), ["dentist"], 1)[0].scores
        assert len(words.passage_ids()) == articles.info().passages
