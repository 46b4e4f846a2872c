"""An index that something happened to: what a check finds, what it mends, and what it says is lost."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import chromadb
import numpy as np
import pytest
from chromadb.config import Settings

from index import Article, ArticleIndex, Mark
from index.errors import ArticlesLostError, StoreError
from index.lost_records import restored
from index.split import split_article
from index.storage.lock import FolderLock
from tests.fakes import WordEmbedder
from tests.index.test_article_index import BREAD, HARBOUR, LONG, TIDES, found
from tests.index.test_rebuild import LARGER, assert_sound
from tests.index.worker import SETTINGS

PLAIN = replace(TIDES, id="plain", source="Coast Post", published="2025-03")  # nothing that passages do not hold
GERMAN = Article(id="german", title="Brot", text="Brot ist teuer. Mehl auch.", language="de")
EVERYTHING = [HARBOUR, BREAD, TIDES, PLAIN, GERMAN]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound") / "index"
    with opened(folder) as articles:
        articles.add(EVERYTHING)
    return folder


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "index"))


def opened(folder: Path) -> ArticleIndex:
    return ArticleIndex.open(folder, SETTINGS, embedder=WordEmbedder())


@contextmanager
def chroma(folder: Path, name: str) -> Iterator[chromadb.Collection]:
    """A collection as any other program may change it."""
    client = chromadb.PersistentClient(str(folder / "chroma"), settings=Settings(anonymized_telemetry=False))
    yield client.get_collection(f"article-qa-{name}", embedding_function=None)
    client.close()


def ids_of(folder: Path, article_id: str) -> list[str]:
    with chroma(folder, "passages") as passages:
        return sorted(passages.get(where={"article_id": article_id}, include=[])["ids"])


def checked(folder: Path, *, accept_loss: bool = False) -> tuple[str, bool]:
    """What a check says, and whether something is lost; a dry run before it says the same and changes nothing."""
    before = contents(folder)
    with opened(folder) as articles:
        dry = articles.check(dry_run=True, accept_loss=accept_loss)
        assert contents(folder) == before
        report = articles.check(accept_loss=accept_loss)
        assert [str(each) for each in dry.findings] == [
            str(replace(each, planned=not each.lost)) for each in report.findings
        ]
    return "\n".join(map(str, report.findings)), bool(report.lost)


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith((".lock", "-wal", "-shm")))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def assert_mended(folder: Path, *parts: str, expected: list[Article] | None = None) -> None:
    said, lost = checked(folder)
    assert not lost, said
    for part in parts:
        assert part in said
    with opened(folder) as articles:
        assert articles.check().findings == []
        assert_sound(articles, EVERYTHING if expected is None else expected)


def test_a_sound_index_is_found_sound_and_counted(folder: Path) -> None:
    with opened(folder) as articles:
        report = articles.check()
        assert (report.findings, report.articles, report.passages) == ([], 5, articles.info().passages)
        assert articles.check(dry_run=True) == report


def test_passages_of_no_article_are_removed_whatever_they_hold(folder: Path) -> None:
    with chroma(folder, "passages") as passages:
        vector = [0.125] * 64
        old = ids_of(folder, "bread")[0].split("-")[0]
        passages.add(ids=["x", "a-b-0"], embeddings=[vector] * 2, metadatas=[{"x": 1}, {"title": 3}])
        passages.add(
            ids=[f"{old}-0123456789abcdef-0"],
            embeddings=[vector],
            metadatas=[{"article_id": "bread", "title": "", "start": 0, "end": 4, "text": "Rye."}],
        )
    assert_mended(folder, "2 passages cannot be read (a-b-0, x); removed", "1 passage of no article; removed")


def break_words(words: Path) -> None:
    for path in words.glob("*.*"):
        path.write_bytes(b"no index at all " * 50)


def garble(words: Path) -> None:
    for path in words.glob("*.store"):
        content = bytearray(path.read_bytes())
        content[5] ^= 255
        path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (shutil.rmtree, "the word index is missing"),
        (garble, "is damaged"),
        pytest.param(break_words, "is damaged", marks=pytest.mark.soak),
    ],
    ids=["missing", "one byte", "damaged"],
)
def test_a_word_index_is_made_anew(folder: Path, damage: Callable[[Path], object], said: str) -> None:
    damage(folder / "words")
    assert_mended(folder, said, "made anew from the store")


GARBAGE = ("{", "", "[]", "\0\0\0", '{"revision": "x"}', '{"revision": "x", "writing": false}')


@pytest.mark.parametrize("text", GARBAGE)
def test_garbage_is_no_state(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)
    with pytest.raises(StoreError, match=r"state\.json cannot be read"):
        FolderLock(tmp_path, 5).state()


@pytest.mark.parametrize("text", [GARBAGE[0], *(pytest.param(each, marks=pytest.mark.soak) for each in GARBAGE[1:])])
def test_a_state_of_garbage_is_made_anew(folder: Path, text: str) -> None:
    (folder / "state.json").write_text(text)
    assert_mended(folder, "state.json cannot be read", "made anew from the one store that is there")
    assert json.loads((folder / "state.json").read_text())["articles"] == 5


def test_a_state_that_is_missing_or_names_no_store_is_made_anew(folder: Path) -> None:
    (folder / "state.json").unlink()
    assert_mended(folder, "state.json is not there")
    values = json.loads((folder / "state.json").read_text())
    (folder / "state.json").write_text(json.dumps(values | {"store": "chroma-01234567"}))
    assert_mended(folder, "state.json speaks of a store chroma-01234567, which is not there")


def test_of_two_stores_without_a_state_none_is_taken(folder: Path) -> None:
    shutil.copytree(folder / "chroma", folder / "chroma-1a2b3c4d")
    (folder / "state.json").write_text("{")
    said, lost = checked(folder)
    assert lost
    assert "chroma and chroma-1a2b3c4d" in said
    assert (folder / "state.json").read_text() == "{"


def test_vectors_that_are_no_vectors_of_the_model_are_made_again(folder: Path) -> None:
    ids = ids_of(folder, "harbour")
    with chroma(folder, "passages") as passages:
        before = np.asarray(passages.get(ids=ids, include=["embeddings"])["embeddings"])
        passages.update(ids=ids[:1], embeddings=[[0.0] * 63 + [5.0]])
    assert_mended(folder, "1 vector of another length than 1; embedded again")
    with chroma(folder, "passages") as passages:
        after = np.asarray(passages.get(ids=ids, include=["embeddings"])["embeddings"])
    np.testing.assert_allclose(after, before, atol=1e-6)


def test_where_all_vectors_have_another_length_than_the_models_all_are_made_again(tmp_path: Path) -> None:
    class Short(WordEmbedder):
        def embed_passages(self, texts: list[str], progress: object = None) -> object:  # type: ignore[override]
            vectors = super().embed_passages(texts)[:, :16]
            return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    with ArticleIndex.open(tmp_path / "index", SETTINGS, embedder=Short()) as articles:
        articles.add(EVERYTHING)
    del articles
    said, lost = checked(tmp_path / "index")
    assert said == "mended: vectors have 16 numbers, the model gives 64; all passages are embedded again"
    assert not lost
    with opened(tmp_path / "index") as again:
        assert again.check().findings == []
        assert found(again, "flour")[0] == "bread"
        assert_sound(again, EVERYTHING)


def test_vector_files_that_cannot_be_read_are_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    with opened(folder) as articles:
        articles.add([LONG, HARBOUR])
    largest = max(folder.rglob("data_level0.bin"), key=lambda path: path.stat().st_size)
    largest.with_name("header.bin").write_bytes(b"")
    assert_mended(folder, "vector files could not be read; all passages were embedded again", expected=[LONG, HARBOUR])


def test_an_article_that_lost_passages_is_named_until_it_is_added_again(folder: Path) -> None:
    with chroma(folder, "passages") as passages:
        passages.delete(ids=ids_of(folder, "tides")[1:3])
    for _ in range(2):
        said, lost = checked(folder)
        assert lost
        assert "passages of article tides “About tides”, with their text; add the article again" in said
    with opened(folder) as articles:
        assert found(articles, "flour") == ["bread"]
        assert articles.add(TIDES).updated == 1
    assert_mended(folder)


def test_a_record_that_is_gone_is_put_back_from_its_passages(folder: Path) -> None:
    with chroma(folder, "articles") as records:
        records.delete(ids=["bread", "plain", "german"])
    said, lost = checked(folder)
    assert "mended: the record of article bread is gone; put back from its passages" in said
    assert "mended: the record of article plain is gone; put back from its passages" in said
    # Its language stands nowhere else.
    assert "lost: the record of article german is gone; put back from its passages, perhaps without" in said
    assert lost
    assert_mended(folder, expected=[HARBOUR, BREAD, TIDES, PLAIN, replace(GERMAN, language=None)])


def test_a_record_that_cannot_be_read_is_put_back_too(folder: Path) -> None:
    with chroma(folder, "articles") as records:
        records.delete(ids=["bread"])
        records.add(ids=["bread"], embeddings=[[0.125] * 64], metadatas=[{"title": 5}])
    assert_mended(folder, "the records of 1 article cannot be read (bread)", "the record of article bread is gone")


def test_articles_that_are_gone_are_named_and_nothing_else_goes_until_the_loss_is_accepted(folder: Path) -> None:
    for article_id in ("bread", "tides"):
        with chroma(folder, "passages") as passages:
            passages.delete(where={"article_id": article_id})
        with chroma(folder, "articles") as records:
            records.delete(ids=[article_id])
    for _ in range(2):
        said, lost = checked(folder)
        assert lost
        assert "lost: 2 articles that it held (bread, tides); put the whole index back from a copy" in said
        with opened(folder) as articles, pytest.raises(ArticlesLostError):
            articles.list()
    said, lost = checked(folder, accept_loss=True)
    assert lost
    assert "what is left was accepted" in said
    assert_mended(folder, expected=[HARBOUR, PLAIN, GERMAN])
    with opened(folder) as articles:
        assert str(articles.add(EVERYTHING)) == "2 added, 3 unchanged"


def test_articles_that_are_gone_are_named_by_the_word_index_where_the_state_is_lost_too(folder: Path) -> None:
    with chroma(folder, "passages") as passages:
        passages.delete(where={"article_id": "bread"})
    with chroma(folder, "articles") as records:
        records.delete(ids=["bread"])
    (folder / "state.json").unlink()
    said, lost = checked(folder)
    assert lost
    assert "1 article that it held (bread)" in said


@pytest.mark.parametrize("gone", ["emptied", "removed", "new"])
def test_a_store_that_is_gone_is_said_with_the_names_that_the_word_index_knows(folder: Path, gone: str) -> None:
    database = folder / "chroma" / "chroma.sqlite3"
    if gone == "emptied":
        database.write_bytes(b"")
    else:
        shutil.rmtree(folder / "chroma")
    if gone == "new":
        with opened(folder.parent / "other") as other:
            other.info()
        shutil.copytree(folder.parent / "other" / "chroma", folder / "chroma")
    said, lost = checked(folder)
    assert lost
    assert "bread, german, harbour, plain, tides" in said
    with opened(folder) as articles, pytest.raises(ArticlesLostError):
        articles.list()


def test_what_a_killed_writer_left_is_cleaned_away_and_removed_articles_do_not_come_back(folder: Path) -> None:
    with chroma(folder, "articles") as records:
        records.delete(ids=["bread"])  # as when it is killed between an article's record and its passages
    values = json.loads((folder / "state.json").read_text())
    (folder / "state.json").write_text(json.dumps(values | {"writing": True}))
    assert_mended(
        folder,
        "a process ended while it was writing",
        "1 passage of no article; removed",
        expected=[HARBOUR, TIDES, PLAIN, GERMAN],
    )


def test_an_unfinished_rebuild_is_no_fault(folder: Path) -> None:
    def stop(progress: object) -> None:
        raise KeyboardInterrupt

    with opened(folder) as articles:
        with pytest.raises(KeyboardInterrupt):
            articles.rebuild(LARGER, embedder=WordEmbedder(), on_progress=stop)
        assert articles.check().findings == []
        assert_sound(articles, EVERYTHING)


def test_an_article_is_put_together_from_its_passages() -> None:
    passages = split_article(PLAIN, 120)
    assert list(restored(passages, [])) == [(PLAIN, True)]
    shorter = replace(PLAIN, text=PLAIN.text[: passages[-1].start])
    assert list(restored(passages[:-1], [])) == [(shorter, False)]
    assert list(restored(passages[1:], [])) == []
    marked = replace(PLAIN, marks=(Mark(0, "page", "1"),))
    assert list(restored(split_article(marked, 120), [])) == [(PLAIN, False)]
