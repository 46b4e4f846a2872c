"""An index made anew from its own articles: what is there afterwards, while it is made, and when that is cut short."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index import Article, ArticleIndex, IndexSettings, StoreSettings
from index.errors import EmbeddingModelError, IndexBusyError, RebuiltError, StoreError
from index.rebuilding import FOLDER, RebuildProgress
from index.storage.lock import FolderLock
from tests.fakes import WordEmbedder
from tests.index.moving_worker import OtherEmbedder, embedder_of
from tests.index.test_article_index import BREAD, HARBOUR, LONG, TIDES, found
from tests.index.worker import SETTINGS, article
from tests.warm import WARM, WarmProcess

LARGER = IndexSettings(model="words", passage_chars=300)
OVEN = replace(BREAD, text="Bread costs more, since an oven does.")
OTHER = IndexSettings(model="other words", passage_chars=300)


def opened(folder: Path, **settings: float) -> ArticleIndex:
    """With whichever of the two models built it."""
    path = folder / "index"
    store_settings = StoreSettings(**settings)  # type: ignore[arg-type]
    return ArticleIndex.open(path, embedder=embedder_of(path), store_settings=store_settings)


@pytest.fixture
def articles(tmp_path: Path) -> Iterator[ArticleIndex]:
    with ArticleIndex.open(tmp_path / "index", SETTINGS, embedder=WordEmbedder()) as articles:
        articles.add([HARBOUR, BREAD, LONG, TIDES])
        yield articles


def assert_sound(articles: ArticleIndex, expected: list[Article]) -> None:
    assert {summary.id for summary in articles.list()} == {each.id for each in expected}
    for each in expected:
        assert articles.get(each.id) == each
    with articles._connection.reading() as view:
        ids = view.store.passage_ids()
        assert view.store.orphans() == set()
        assert view.words.passage_ids() == ids
        assert view.words.revision() == view.revision
        assert view.store.vectors(sorted(ids)).keys() == ids
        for passage in view.store.passages(sorted(ids)).values():
            assert passage.end - passage.start <= articles.manifest.passage_chars
    folder = Path(articles.location)
    state = json.loads((folder / "state.json").read_text())
    assert not state["writing"]
    assert [path.name for path in folder.glob("chroma*")] == [state["store"]]


def test_other_sizes_cut_the_same_articles_anew_and_both_searches_find_them(
    articles: ArticleIndex, tmp_path: Path
) -> None:
    before = articles.info()
    articles.rebuild(LARGER, embedder=WordEmbedder())
    assert articles.info().passages < before.passages
    assert articles.info().manifest.passage_chars == 300
    assert found(articles, "marker777") == ["long"]
    assert_sound(articles, [HARBOUR, BREAD, LONG, TIDES])
    assert articles.add(HARBOUR).unchanged == 1
    articles.close()
    with opened(tmp_path) as again:
        assert again.manifest.passage_chars == 300
        assert found(again, "marker31") == ["long"]
        assert_sound(again, [HARBOUR, BREAD, LONG, TIDES])
    assert not (tmp_path / "index" / FOLDER).exists()


def test_the_word_index_holds_the_new_passages_where_old_ones_have_the_same_ids(articles: ArticleIndex) -> None:
    articles.rebuild(LARGER, embedder=WordEmbedder())
    assert articles.passages([key for key in _ids(articles) if key.endswith("-0")])
    [candidates] = articles.search(articles.embedder.embed_queries(["marker2"]), ["marker2"], 3)
    best = max(candidates.scores, key=lambda key: candidates.scores[key][1])
    assert best.endswith("-0")  # at 120 characters another passage has that line
    assert "marker2" in articles.passages([best])[best].text


def _ids(articles: ArticleIndex) -> set[str]:
    with articles._connection.reading() as view:
        return view.store.passage_ids()


def test_without_settings_the_index_is_made_anew_as_it_was(articles: ArticleIndex) -> None:
    before = articles.info(), _ids(articles)
    articles.rebuild()
    after = articles.info()
    assert (after.articles, after.passages, after.manifest) == (
        before[0].articles,
        before[0].passages,
        before[0].manifest,
    )
    assert _ids(articles) == before[1]
    assert_sound(articles, [HARBOUR, BREAD, LONG, TIDES])


def test_an_empty_index_is_rebuilt_too(tmp_path: Path) -> None:
    with ArticleIndex.open(tmp_path / "index", SETTINGS, embedder=WordEmbedder()) as articles:
        articles.rebuild(LARGER, embedder=WordEmbedder())
        assert articles.info().articles == 0
        assert articles.add(BREAD).added == 1


def test_with_the_old_model_gone_articles_are_listed_exported_and_rebuilt(
    articles: ArticleIndex, tmp_path: Path
) -> None:
    articles.close()
    del articles
    with ArticleIndex.open_without_model(tmp_path / "index") as bare:
        assert bare.get("harbour") == HARBOUR
        assert bare.export_to(tmp_path / "all.jsonl").written == 4
        with pytest.raises(EmbeddingModelError, match="The embedding model words was not loaded"):
            bare.add(article("red", 1))
        bare.rebuild(OTHER, embedder=OtherEmbedder())
        assert found(bare, "marker777") == ["long"]
    with opened(tmp_path) as again:
        assert again.manifest.model == "other words"
        assert_sound(again, [HARBOUR, BREAD, LONG, TIDES])


def test_progress_ends_with_all_passages_and_never_goes_back(articles: ArticleIndex) -> None:
    told: list[RebuildProgress] = []
    articles.rebuild(LARGER, embedder=WordEmbedder(), on_progress=told.append)
    done = [each.passages_done for each in told]
    assert done == sorted(done)
    assert done[-1] == told[-1].passages == articles.info().passages
    assert (told[-1].articles_done, told[-1].articles) == (4, 4)


def test_until_the_new_index_is_whole_the_old_one_answers_and_what_changes_meanwhile_is_taken_over(
    articles: ArticleIndex, tmp_path: Path
) -> None:
    done: list[int] = []

    def meanwhile(progress: RebuildProgress) -> None:
        if not done:
            done.append(1)
            assert found(articles, "marker777") == ["long"]
            assert articles.manifest == articles.info().manifest
            assert articles.add(article("red", 1)).added == 1
            assert articles.remove("bread")

    articles.rebuild(LARGER, embedder=WordEmbedder(), on_progress=meanwhile)
    assert_sound(articles, [HARBOUR, LONG, TIDES, article("red", 1)])
    assert found(articles, "markerred1x7") == ["red-1"]


def test_where_the_new_model_fails_the_old_index_stays_and_the_next_try_goes_on(
    articles: ArticleIndex, tmp_path: Path
) -> None:
    class PoorEmbedder(OtherEmbedder):
        def embed_passages(self, texts: object, progress: object = None) -> object:  # type: ignore[override]
            if self.embedded > 500:
                raise EmbeddingModelError("no memory is left")
            return super().embed_passages(texts, progress)  # type: ignore[arg-type]

    articles.close()
    more = [article("red", number) for number in range(15)]
    with opened(tmp_path, commit_passages=100) as again:
        again.add(more)
        with pytest.raises(EmbeddingModelError, match="no memory is left"):
            again.rebuild(OTHER, embedder=PoorEmbedder())  # type: ignore[arg-type]
        assert again.manifest.model == "words"
        assert found(again, "marker777") == ["long"]
        second = OtherEmbedder()
        again.rebuild(OTHER, embedder=second)
        assert second.embedded < again.info().passages  # the rest was there already
        everything = [HARBOUR, BREAD, LONG, TIDES, *more]
        assert_sound(again, everything)


def test_an_article_that_lost_a_part_stops_the_rebuild_and_is_named(articles: ArticleIndex) -> None:
    with articles._connection.reading() as view:
        view.store.drop_passages([view.store.article_passages(view.store.summaries()["tides"])[1].id])
    with pytest.raises(StoreError, match=r"The stored text of article tides in .* is damaged"):
        articles.rebuild(LARGER, embedder=WordEmbedder())
    assert articles.manifest.passage_chars == 120
    assert found(articles, "marker777") == ["long"]


def test_two_rebuilds_at_once_are_refused(articles: ArticleIndex) -> None:
    def second(progress: RebuildProgress) -> None:
        with pytest.raises(IndexBusyError, match="Another process is rebuilding the index"):
            articles.rebuild(LARGER, embedder=WordEmbedder())

    articles.rebuild(LARGER, embedder=WordEmbedder(), on_progress=second)


def worker(*arguments: object) -> WarmProcess:
    process = WARM.start("tests.index.moving_worker", *arguments)
    assert process.stdout.readline() == "ready\n"
    return process


def ended(process: WarmProcess) -> bool:
    """Wait for it; whether it came to its end."""
    said, _ = process.communicate()
    return said == "done\n"


def test_another_process_follows_to_other_sizes_and_is_told_of_another_model(
    articles: ArticleIndex, tmp_path: Path
) -> None:
    with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as other:
        made = list(other.prepare([article("red", 2)]))
        assert ended(worker(tmp_path / "index", 300))
        assert [summary.id for summary in articles.list()]  # what needs no model goes on
        for use in (
            lambda: found(articles, "marker777"),
            lambda: articles.add(article("red", 1)),
            lambda: articles.add(made),
        ):
            with pytest.raises(RebuiltError, match="was rebuilt with the embedding model other words"):
                use()
        assert articles.find("red-1") is None
    with opened(tmp_path) as again:
        assert_sound(again, [HARBOUR, BREAD, LONG, TIDES])


def test_articles_that_were_embedded_before_a_rebuild_ended_are_not_stored_after_it(
    articles: ArticleIndex, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = []

    def slow(self: WordEmbedder, texts: list[str], progress: object = None) -> object:
        vectors = embed(self, texts)
        if not first:
            first.append(1)
            assert ended(worker(tmp_path / "index", 300))
        return vectors

    embed = WordEmbedder.embed_passages
    with monkeypatch.context() as patch:
        patch.setattr(WordEmbedder, "embed_passages", slow)
        with pytest.raises(RebuiltError, match="was rebuilt while articles were being added"):
            articles.add(article("red", 1))
    with opened(tmp_path) as again:
        assert_sound(again, [HARBOUR, BREAD, LONG, TIDES])


# Killed


def kept(tmp_path: Path, everything: list[Article]) -> int:
    """The index as the next process finds it, which has to be sound; how long its passages are."""
    with opened(tmp_path) as articles:
        assert found(articles, "oven") == ["bread"]
        assert_sound(articles, everything)
        return articles.manifest.passage_chars


def killed_at(tmp_path: Path, steps: Iterable[int]) -> None:
    """Killed before each of these steps of the exchange; at the end of them not killed."""
    everything = [HARBOUR, OVEN, article("red", 1)]
    with ArticleIndex.open(tmp_path / "index", SETTINGS, embedder=WordEmbedder()) as articles:
        articles.add(everything)
    taken = []
    for step in steps:
        size = 300 + step  # another in each round
        if ended(worker(tmp_path / "index", size, step)):
            break
        taken.append(kept(tmp_path, everything) == size)
    assert {True, False} == set(taken)  # killed before and after the moment that counts
    with opened(tmp_path) as articles:
        assert articles.check().findings == []


def test_killed_on_either_side_of_the_exchange_one_of_the_two_is_there_and_opens_by_itself(tmp_path: Path) -> None:
    killed_at(tmp_path, (4, 5))  # FolderPlace.exchange: before the new state is put, and before its manifest is


@pytest.mark.soak
def test_killed_at_every_step_of_the_exchange_one_of_the_two_is_there_and_opens_by_itself(tmp_path: Path) -> None:
    steps = iter(range(1, 30))
    killed_at(tmp_path, steps)
    assert 6 < next(steps) < 30  # each step was there, and after the last one a rebuild that came to its end


def test_a_state_without_its_file_leads_to_the_manifest_of_the_one_store(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    with ArticleIndex.open(folder, SETTINGS, embedder=WordEmbedder()) as articles:
        articles.add(BREAD)
        other = articles.manifest.to_json().replace("120", "300")
    (folder / "chroma" / "manifest.json").write_text(other)  # as after a kill, when the state is lost besides
    (folder / "state.json").unlink()
    with opened(tmp_path) as again:
        assert again.manifest.passage_chars == 300
        assert again.add(TIDES).added == 1
    assert (folder / "manifest.json").read_text() == other
    assert not (folder / "chroma" / "manifest.json").exists()
    assert FolderLock(folder, 5).state().articles == 2
