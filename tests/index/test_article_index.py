"""ArticleIndex in a folder: what is added, found, replaced and removed, by several at once, and after accidents."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index import (
    AddProgress,
    Article,
    ArticleIndex,
    IndexSettings,
    Mark,
    PassageFilter,
    StoreSettings,
)
from index.errors import (
    ArticleNotFoundError,
    IndexBusyError,
    IndexNotFoundError,
    ManifestMismatchError,
    NotAnIndexError,
    StoreError,
)
from index.formats import SourceFailure
from index.storage.chroma import ChromaStore, Put
from index.storage.lock import FolderLock
from index.storage.rows import passage_metadata
from tests.fakes import WordEmbedder
from tests.index.worker import SETTINGS
from tests.index.worker import article as worker_article
from tests.warm import WARM

ROOT = Path(__file__).parents[2]
HARBOUR = Article(
    id="harbour",
    title="Harbour dredged",
    text="  Dredgers cleared the harbour.\r\n\r\nIt took nine days, e\u0301 and 🎻.\u2028 Nobody complained. \n",
    url="https://example.org/harbour",
    source="Coast Post",
    author="Nora Whitfield",
    published="2025-03-13",
    retrieved_at="2025-03-14T10:00:00+00:00",
    language="en",
    marks=(Mark(0, "page", "1"),),
)
BREAD = Article(
    id="bread",
    title="Bread dear",
    text="Bread costs more. Flour costs more too.",
    source="Farm Weekly",
    published="2024-11-02",
)
LONG = Article(
    id="long",
    text="".join(
        f"Line {at} of a long text that mentions marker{at}, and little else besides, on line {at}.\n"
        for at in range(1200)
    ),
)
TIDES = Article(id="tides", title="About tides", text="The moon pulls the sea. " * 12)


def opened(folder: Path, **settings: float) -> ArticleIndex:
    return ArticleIndex.open(
        folder / "index",
        SETTINGS,
        embedder=WordEmbedder(),
        store_settings=StoreSettings(**settings),  # type: ignore[arg-type]
    )


def found(articles: ArticleIndex, question: str, top_k: int = 3, where: PassageFilter | None = None) -> list[str]:
    """The articles whose passages share words with the question, best first."""
    [candidates] = articles.search(
        articles.embedder.embed_queries([question]), [question], top_k, where or PassageFilter()
    )
    best = sorted(candidates.scores, key=lambda key: -candidates.scores[key][1])
    passages = articles.passages(best)
    return list(dict.fromkeys(passages[key].article_id for key in best if candidates.scores[key][1] > 0))


def our_files(folder: Path) -> dict[str, bytes]:
    """Content of each file of an index that we write: Chroma's change when they are opened."""
    paths = [folder / "index" / name for name in ("manifest.json", "state.json", "words/meta.json")]
    return {path.name: path.read_bytes() for path in paths}


@pytest.fixture
def articles(tmp_path: Path) -> Iterator[ArticleIndex]:
    with opened(tmp_path) as index:
        yield index


@pytest.fixture
def folder_of_articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "one.txt").write_text("A title\n\nThe first file is about walnuts and other nuts.")
    (folder / "two.md").write_text("---\ntitle: Two\nauthor: Ito\n---\nThe second file is about maps.")
    (folder / "three.jsonl").write_text('{"id": "r1", "title": "R", "text": "A record about clocks."}\n{"text": 5}\n')
    (folder / "picture.png").write_bytes(b"\x89PNG")
    return folder


# Adding


def test_an_added_article_is_listed_found_and_given_back_as_it_was(articles: ArticleIndex) -> None:
    report = articles.add(HARBOUR)
    assert (report.added, str(report)) == (1, "1 added")
    assert articles.get("harbour") == HARBOUR
    assert [summary.id for summary in articles.list()] == ["harbour"]
    assert found(articles, "dredgers") == ["harbour"]
    info = articles.info()
    assert (info.articles, info.passages) == (1, articles.list()[0].passages)
    assert info.manifest.model == "words"


def test_the_same_article_again_is_unchanged_and_embeds_nothing(articles: ArticleIndex) -> None:
    articles.add([HARBOUR, TIDES])
    embedder = articles.embedder
    assert isinstance(embedder, WordEmbedder)
    before = embedder.embedded
    report = articles.add([replace(HARBOUR, retrieved_at="2026-01-01T00:00:00+00:00"), TIDES])
    assert (report.unchanged, report.passages_embedded, str(report)) == (2, 0, "2 unchanged")
    assert embedder.embedded == before > 0


def test_the_same_folder_again_embeds_nothing_and_writes_nothing(tmp_path: Path, folder_of_articles: Path) -> None:
    with opened(tmp_path) as articles:
        first = articles.add(folder_of_articles)
        assert str(first) == "3 added, 1 skipped, 1 failed"
    before = our_files(tmp_path)
    with opened(tmp_path) as articles:
        second = articles.add(str(folder_of_articles))
        assert str(second) == "3 unchanged, 1 skipped, 1 failed"
        assert second.passages_embedded == 0
        assert isinstance(articles.embedder, WordEmbedder)
        assert articles.embedder.embedded == 0
    assert our_files(tmp_path) == before


def test_another_version_of_an_article_replaces_the_first(articles: ArticleIndex) -> None:
    articles.add([HARBOUR, TIDES])
    newer = replace(HARBOUR, text="Storms silted up the port.", title="Silt")
    report = articles.add(newer)
    assert (report.updated, report.added) == (1, 0)
    assert articles.get("harbour") == newer
    assert found(articles, "dredgers") == []
    assert found(articles, "storms") == ["harbour"]
    with articles._connection.reading() as view:
        assert view.store.orphans() == set()
        assert view.store.passage_ids() == view.words.passage_ids()


def test_a_change_of_the_title_alone_is_an_update(articles: ArticleIndex) -> None:
    articles.add(HARBOUR)
    assert articles.add(replace(HARBOUR, title="Other")).updated == 1
    assert articles.get("harbour").title == "Other"
    assert articles.list()[0].title == "Other"


def test_another_version_that_lacks_what_the_first_had_is_stored_as_it_is(articles: ArticleIndex) -> None:
    articles.add([HARBOUR, BREAD])
    bare = Article(id="harbour", text="Storms silted up the port.")
    assert articles.add(bare).updated == 1
    assert articles.get("harbour") == bare
    assert articles.list()[-1].url is None
    assert articles.add(HARBOUR).updated == 1
    assert articles.get("harbour") == HARBOUR


def test_the_text_of_a_record_is_stored_exactly_as_given(articles: ArticleIndex, tmp_path: Path) -> None:
    text = (
        "\ufeff \t\r\n Two  spaces,\u00a0nbsp, e\u0301 ≠ é, \u2028 sep, \x0b vt, \x85 nel,\x00 nul, 👩‍👩‍👧\r\rend \n\n "
    )
    (tmp_path / "record.json").write_text(json.dumps({"id": "exact", "text": text}))
    assert articles.add(tmp_path / "record.json").added == 1
    assert articles.get("exact").text == text
    with articles._connection.reading() as view:
        for passage in view.store.article_passages(view.store.summaries()["exact"]):
            assert text[passage.start : passage.end] == passage.text


def test_two_records_with_one_id_in_one_run_keep_the_first_and_report_the_second(
    articles: ArticleIndex, tmp_path: Path
) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"id": "same", "text": "The first of both."}))
    (tmp_path / "b.json").write_text(json.dumps({"id": "same", "text": "The second of both."}))
    report = articles.add([str(tmp_path / "a.json"), str(tmp_path / "b.json")])
    assert (report.added, report.failed) == (1, 1)
    [failure] = report.of("failed")
    assert failure.source == str(tmp_path / "b.json")
    assert failure.reason == (
        f"duplicate id 'same': {tmp_path / 'a.json'} has it too, with another content. Give it an id of its own."
    )
    assert articles.get("same").text == "The first of both."


def test_the_same_article_twice_in_one_run_is_added_once(articles: ArticleIndex) -> None:
    assert str(articles.add([TIDES, HARBOUR, TIDES])) == "2 added, 1 unchanged"


def test_duplicates_in_different_commits_of_one_run_are_still_seen(tmp_path: Path) -> None:
    with opened(tmp_path, commit_passages=1) as articles:
        report = articles.add([HARBOUR, TIDES, replace(HARBOUR, text="Another text.")])
        assert str(report) == "2 added, 1 failed"
        assert articles.get("harbour") == HARBOUR


def test_one_bad_source_does_not_stop_the_rest_and_each_has_its_reason(articles: ArticleIndex, tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("Good words.")
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "notes.xyz").write_text("?")
    sources = [tmp_path / name for name in ("empty.txt", "broken.json", "notes.xyz", "gone.txt", "good.txt")]
    report = articles.add([*sources, replace(TIDES, id=""), replace(TIDES, text=" \n"), HARBOUR])
    assert str(report) == "2 added, 1 skipped, 5 failed"
    reasons = {result.source: result.reason for result in report.results if result.reason}
    assert reasons[str(tmp_path / "empty.txt")] == "empty file"
    assert reasons[str(tmp_path / "broken.json")].startswith("not valid JSON: ")
    assert reasons[str(tmp_path / "notes.xyz")].startswith(".xyz files are not supported; supported are .docx")
    assert reasons[str(tmp_path / "gone.txt")] == "No such file or folder. Check the name and where you are."
    assert reasons[""] == "an article needs an id that is a text and not empty"
    assert reasons["tides"] == "there is no text in it"
    assert articles.info().articles == 2


@pytest.mark.parametrize("field", ["id", "text", "title", "url", "source", "author", "published", "language"])
def test_an_article_that_is_no_unicode_text_fails_alone(articles: ArticleIndex, field: str) -> None:
    broken = replace(TIDES, **{field: "half \ud83d of a pair"})  # type: ignore[arg-type]
    report = articles.add([broken, HARBOUR])
    assert str(report) == "1 added, 1 failed"
    assert "half of a surrogate pair" in report.of("failed")[0].reason
    assert [summary.id for summary in articles.list()] == ["harbour"]


@pytest.mark.parametrize(
    "published",
    ["2025-02-30", "2025-13", "2025-00-10", "2024-04-31T10:00", "yesterday", "March 2025", "", " 2025-03-13", "25"],
)
def test_an_article_with_a_date_that_is_none_fails_alone(articles: ArticleIndex, published: str) -> None:
    report = articles.add([replace(TIDES, published=published), HARBOUR])
    assert str(report) == "1 added, 1 failed"
    assert report.of("failed")[0].reason == (
        f"its published is {published!r}, which is no date. Write it like 2025-03-13, or leave it out."
    )


@pytest.mark.parametrize(
    "published", [None, "2025", "2025-02", "2024-02-29", "2025-03-13T09:00", "2025-03-13T09:00:00Z"]
)
def test_a_date_is_stored_with_the_parts_that_it_has(articles: ArticleIndex, published: str | None) -> None:
    assert articles.add(replace(TIDES, published=published)).added == 1
    assert articles.get("tides").published == published


def test_what_is_said_of_an_article_is_stored_on_one_line_as_that_of_files_is(articles: ArticleIndex) -> None:
    given = replace(
        HARBOUR, title=" \u00a0Harbour\n\tdredged\x00  again ", url="https://example.org/harbour\n", source="\tPost ",
        author="Nora  \x07Whitfield",
    )  # fmt: skip
    report = articles.add([given, given, replace(TIDES, title=" \r\n", source=" ")])
    assert str(report) == "2 added, 1 unchanged"
    assert report.results[0].title == "Harbour dredged again"
    stored = articles.get("harbour")
    assert (stored.title, stored.url) == ("Harbour dredged again", "https://example.org/harbour")
    assert (stored.source, stored.author) == ("Post", "Nora Whitfield")
    assert stored.text == HARBOUR.text
    assert (articles.get("tides").title, articles.get("tides").source) == ("", None)
    assert str(articles.add(given)) == "1 unchanged"


def test_an_article_longer_than_files_may_be_fails_with_the_same_reason(tmp_path: Path) -> None:
    text = "Many words stand here: " * 217_391 + "Many words stand here."
    (tmp_path / "long.txt").write_text(text)
    with ArticleIndex.open(tmp_path / "index", IndexSettings(passage_chars=5000), embedder=WordEmbedder()) as articles:
        report = articles.add([tmp_path / "long.txt", Article(id="long", text=text), HARBOUR])
    assert str(report) == "1 added, 2 failed"
    assert [result.reason for result in report.of("failed")] == [
        "has 5,000,015 characters; the limit for one article is 5,000,000. Split it into several."
    ] * 2


def test_an_article_that_does_not_say_its_language_is_stored_with_that_of_its_text(articles: ArticleIndex) -> None:
    german = Article(id="nebel", text="Die Fähre kam wegen des Nebels zu spät.")
    marked = Article(id="marked", text="Die Fähre kam wegen des Nebels zu spät.", language="en")
    numbers = Article(id="numbers", text="2024: 17, 18")
    assert [each.outcome for each in articles.add([german, marked, numbers]).results] == ["added"] * 3
    found = [articles.get(article_id) for article_id in ("nebel", "marked", "numbers")]
    assert [(each.language, each.guessed_language, each.written_in) for each in found] == [
        (None, "de", "de"), ("en", None, "en"), (None, None, "en"),
    ]  # fmt: skip
    assert found == [german, marked, numbers]
    # What was guessed is no change: an article that was stored before languages were looked at stays as it is.
    assert articles.get("nebel").content_hash == german.content_hash
    assert [each.outcome for each in articles.add([german]).results] == ["unchanged"]


def test_an_index_made_before_languages_were_known_is_narrowed_by_language_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    german = Article(id="nebel", text="Die Fähre kam wegen des Nebels zu spät.")
    marked = Article(id="marked", text="Die Fähre kam wegen des Nebels zu spät.", language="nl-NL")
    with monkeypatch.context() as before:
        before.setattr("index.acceptance.language_of", lambda text: None)
        before.setattr(
            "index.storage.chroma.passage_metadata", lambda each: passage_metadata(replace(each, language=None))
        )
        with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as articles:
            articles.add([german, marked])
    words = tmp_path / "index" / "words" / "meta.json"
    words.write_text(words.read_text().replace("terms-4", "terms-3"))
    with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as articles:
        assert {each.id: (each.language, each.known_language) for each in articles.list()} == {
            "nebel": (None, "de"), "marked": ("nl-NL", "nl"),
        }  # fmt: skip
        assert articles.get("nebel").known_language == "de"
        vectors = articles.embedder.embed_queries(["Fähre"])
        for languages, expected in (("de",), "nebel"), (("nl",), "marked"):
            [candidates] = articles.search(vectors, ["Fähre"], 9, PassageFilter(languages=languages))
            assert [each.article_id for each in articles.passages(list(candidates.scores)).values()] == [expected]


def test_nothing_to_add_is_said_so(articles: ArticleIndex) -> None:
    assert str(articles.add([])) == "nothing to add"
    assert articles.info().articles == 0


def test_progress_goes_forward_and_its_report_is_that_of_the_end(tmp_path: Path, folder_of_articles: Path) -> None:
    steps: list[AddProgress] = []
    with opened(tmp_path, commit_passages=1) as articles:
        report = articles.add([folder_of_articles, HARBOUR], steps.append)
    done = [step.sources_done for step in steps]
    assert done == sorted(done)
    assert {step.sources for step in steps} == {5}
    assert done[-1] == 5
    assert steps[-1].report is report
    assert {Path(step.current).name for step in steps} >= {"one.txt", "two.md", "three.jsonl", "harbour"}


def test_progress_says_how_many_passages_are_not_embedded_yet(tmp_path: Path) -> None:
    class InTens(WordEmbedder):
        def embed_passages(self, texts, progress=None):  # type: ignore[no-untyped-def]
            tens = [texts[at : at + 10] for at in range(0, len(texts), 10)]
            return np.concatenate([super(InTens, self).embed_passages(ten, progress) for ten in tens])

    steps: list[AddProgress] = []
    with ArticleIndex.open(tmp_path / "index", SETTINGS, embedder=InTens()) as articles:
        articles.add(HARBOUR)
        report = articles.add([HARBOUR, LONG, BREAD], steps.append)
        passages = {summary.id: summary.passages for summary in articles.list()}
    harbour, *of_the_long_one = [step.waiting for step in steps if step.current == "long" and step.waiting]
    assert harbour == passages["harbour"]  # that it is stored already is not known yet
    assert of_the_long_one[0] == passages["long"] - 10 > 1000
    assert of_the_long_one == sorted(of_the_long_one, reverse=True)
    assert len(of_the_long_one) > 100
    assert (steps[0].waiting, steps[-1].waiting) == (0, 0)
    assert report.passages_embedded == passages["long"] + passages["bread"]


def test_a_failure_that_was_read_elsewhere_is_in_the_report(articles: ArticleIndex) -> None:
    failures = [SourceFailure("a.txt", "empty file"), SourceFailure("b.png", "is a picture", skipped=True)]
    report = articles.add([failures[0], HARBOUR, failures[1]])
    assert str(report) == "1 added, 1 skipped, 1 failed"
    assert [(result.source, result.reason) for result in report.results if result.reason] == [
        ("a.txt", "empty file"),
        ("b.png", "is a picture"),
    ]
    assert articles.add(failures[0]).failed == 1


def test_what_an_iterator_gives_is_stored_before_it_is_read_to_its_end(tmp_path: Path) -> None:
    steps: list[AddProgress] = []
    seen: list[int] = []

    def read() -> Iterator[Article | SourceFailure | Path]:
        for number in range(4):
            seen.append(len(articles.list()))
            yield Article(id=f"a{number}", text=f"Article number {number} is here.")
        yield SourceFailure("rest", "damaged")
        yield tmp_path / "articles"

    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.txt").write_text("One more.")
    (tmp_path / "articles" / "b.txt").write_text("And another.")
    with opened(tmp_path, commit_passages=1) as articles:
        report = articles.add(read(), steps.append)
    assert str(report) == "6 added, 1 failed"
    assert seen == [0, 1, 2, 3]
    done = [step.sources_done for step in steps]
    assert done == sorted(done)
    assert all(step.sources_done <= step.sources for step in steps)
    assert (steps[-1].sources_done, steps[-1].sources) == (7, 7)


def test_an_iterator_of_files_is_counted_before_the_first_is_read(
    articles: ArticleIndex, folder_of_articles: Path
) -> None:
    steps: list[AddProgress] = []
    report = articles.add(iter([folder_of_articles, folder_of_articles / "gone.txt"]), steps.append)
    assert str(report) == "3 added, 1 skipped, 2 failed"
    assert {step.sources for step in steps} == {5}


def test_articles_are_stored_in_groups_and_those_before_an_error_stay(tmp_path: Path) -> None:
    class Tired(WordEmbedder):
        def embed_passages(self, texts, progress=None):  # type: ignore[no-untyped-def]
            if any("sea" in text for text in texts):
                raise KeyboardInterrupt
            return super().embed_passages(texts, progress)

    index = ArticleIndex.open(tmp_path / "index", embedder=Tired(), store_settings=StoreSettings(commit_passages=1))
    with index as articles:
        with pytest.raises(KeyboardInterrupt):
            articles.add([HARBOUR, BREAD, TIDES])
        assert {summary.id for summary in articles.list()} == {"harbour", "bread"}
        assert found(articles, "flour") == ["bread"]


# Listing, getting, removing


def test_the_list_is_newest_first_and_those_without_a_date_come_last(articles: ArticleIndex) -> None:
    undated = Article(id="a-undated", title="about something", text="No date.")
    articles.add([TIDES, BREAD, undated, HARBOUR])
    assert [summary.id for summary in articles.list()] == ["harbour", "bread", "a-undated", "tides"]
    assert articles.list()[0].characters == len(HARBOUR.text)
    assert [summary.id for summary in articles.list(["tides", "nowhere", "harbour"])] == ["harbour", "tides"]
    assert articles.list([]) == []


def test_removed_articles_are_gone_and_given_back_once_more(articles: ArticleIndex) -> None:
    articles.add([HARBOUR, BREAD, TIDES])
    removed = articles.remove(["tides", "harbour"])
    assert [summary.title for summary in removed] == ["About tides", "Harbour dredged"]
    assert [summary.id for summary in articles.list()] == ["bread"]
    assert found(articles, "moon dredgers flour") == ["bread"]
    assert articles.find("harbour") is None
    info = articles.info()
    assert (info.articles, info.passages) == (1, 1)
    assert articles.add(HARBOUR).added == 1
    assert found(articles, "dredgers") == ["harbour"]


def test_removing_one_that_is_not_there_removes_none(articles: ArticleIndex) -> None:
    articles.add(HARBOUR)
    with pytest.raises(ArticleNotFoundError) as raised:
        articles.remove(["harbour", "gone"])
    assert (
        str(raised.value)
        == f"No article 'gone' in {articles.location}. See the ids with: qa --index {articles.location} list"
    )
    assert articles.get("harbour") == HARBOUR


def test_an_article_that_is_named_twice_is_removed_once(articles: ArticleIndex) -> None:
    articles.add([HARBOUR, BREAD])
    articles.remove(["harbour", "harbour"])
    assert [summary.id for summary in articles.list()] == ["bread"]


def test_getting_one_that_is_not_there_says_how_to_see_the_ids(articles: ArticleIndex) -> None:
    with pytest.raises(ArticleNotFoundError, match=r"^No article 'x' in .*See the ids with: qa --index .* list$"):
        articles.get("x")


# Searching


def test_candidates_have_the_true_cosine_and_bm25_of_each_passage(articles: ArticleIndex) -> None:
    articles.add([HARBOUR, BREAD, TIDES])
    question = "who cleared the harbour of bread"
    [vector] = articles.embedder.embed_queries([question])
    [few] = articles.search(vector[np.newaxis], [question], 1)
    [all_of_them] = articles.search(vector[np.newaxis], [question], 100)
    assert 1 <= len(few.scores) <= 2 < len(all_of_them.scores) == articles.info().passages
    with articles._connection.reading() as view:
        vectors = view.store.vectors(sorted(all_of_them.scores))
        bm25 = dict(view.words.search(question, 100))
    for key, (cosine, lexical) in all_of_them.scores.items():
        assert cosine == pytest.approx(float(vectors[key] @ vector), abs=1e-5)
        assert lexical == pytest.approx(bm25.get(key, 0.0))
    for key, scores in few.scores.items():
        assert scores == pytest.approx(all_of_them.scores[key], abs=1e-5)


def test_a_batch_of_searches_gives_what_single_searches_give(articles: ArticleIndex) -> None:
    articles.add([HARBOUR, BREAD, TIDES])
    questions = ["flour", "moon", "harbour and bread", "?"]
    vectors = articles.embedder.embed_queries(questions)
    batch = articles.search(vectors, questions, 5)
    for at, question in enumerate(questions):
        [single] = articles.search(vectors[at : at + 1], [question], 5)
        assert single.scores.keys() == batch[at].scores.keys()
        for key, scores in single.scores.items():
            assert scores == pytest.approx(batch[at].scores[key], abs=1e-6)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (PassageFilter(sources=("Farm Weekly",)), {"bread"}),
        (PassageFilter(article_ids=("tides", "harbour")), {"tides", "harbour"}),
        (PassageFilter(published_from="2025"), {"harbour"}),
        (PassageFilter(sources=("Nobody",)), set()),
        (PassageFilter(languages=("en", "fr")), {"bread", "tides", "harbour"}),
        (PassageFilter(languages=("fr",)), set()),
    ],
)
def test_filters_narrow_both_searches(articles: ArticleIndex, where: PassageFilter, expected: set[str]) -> None:
    articles.add([HARBOUR, BREAD, TIDES])
    question = "bread moon harbour"
    [candidates] = articles.search(articles.embedder.embed_queries([question]), [question], 100, where)
    assert {passage.article_id for passage in articles.passages(list(candidates.scores)).values()} == expected


def test_an_index_is_shown_by_its_place_and_model(articles: ArticleIndex) -> None:
    assert repr(articles) == f"ArticleIndex({articles.location!r}, model='words')"


def test_an_empty_index_finds_nothing(articles: ArticleIndex) -> None:
    assert found(articles, "anything") == []
    assert articles.list() == []


def test_passages_that_are_gone_are_left_out(articles: ArticleIndex) -> None:
    articles.add([HARBOUR, BREAD])
    [candidates] = articles.search(articles.embedder.embed_queries(["flour"]), ["flour"], 100)
    articles.remove("bread")
    assert {passage.article_id for passage in articles.passages(list(candidates.scores)).values()} == {"harbour"}


# With the real model


def test_with_the_real_model_a_paraphrase_finds_its_article(real_articles: ArticleIndex) -> None:
    question = "physician purchased beacon beside ocean"
    [candidates] = real_articles.search(real_articles.embedder.embed_queries([question]), [question], 3)
    best = max(candidates.scores, key=lambda key: candidates.scores[key][0])
    assert real_articles.passages([best])[best].article_id == "lighthouse"
    assert candidates.scores[best][1] == 0  # no word in common


# Two at once


def test_two_objects_on_one_folder_see_each_others_changes(tmp_path: Path) -> None:
    with opened(tmp_path) as one, ArticleIndex.open(tmp_path / "." / "index", embedder=WordEmbedder()) as two:
        one.add(HARBOUR)
        assert two.get("harbour") == HARBOUR
        two.add(BREAD)
        assert found(one, "flour") == ["bread"]
        one.close()
        assert {summary.id for summary in two.list()} == {"bread", "harbour"}
        two.remove("harbour")
        assert one.find("harbour") is None


def test_threads_add_and_search_at_the_same_time(tmp_path: Path) -> None:
    errors: list[BaseException] = []

    with opened(tmp_path, commit_passages=1) as articles:
        articles.add(TIDES)

        def guarded(work) -> None:  # type: ignore[no-untyped-def]
            try:
                work()
            except BaseException as exc:  # noqa: BLE001 - shown by the assertion below
                errors.append(exc)

        def adding(name: str) -> None:
            for number in range(6):
                assert articles.add(Article(id=f"{name}-{number}", text=f"Story of {name}{number}.")).added == 1
            articles.remove(f"{name}-0")

        def searching() -> None:
            for _ in range(15):
                assert found(articles, "moon") == ["tides"]
                assert articles.get("tides").content_hash == TIDES.content_hash

        threads = [
            threading.Thread(target=guarded, args=(work,))
            for work in (lambda: adding("red"), lambda: adding("blue"), searching, searching)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert {summary.id for summary in articles.list()} == {
            "tides",
            *(f"{name}-{number}" for name in ("red", "blue") for number in range(1, 6)),
        }
        assert found(articles, "red3") == ["red-3"]


def test_a_closed_index_opens_again_by_itself(tmp_path: Path) -> None:
    articles = opened(tmp_path)
    articles.add(HARBOUR)
    for _ in range(2):
        articles.close()
    assert articles.get("harbour") == HARBOUR
    articles.close()
    assert articles.add(BREAD).added == 1
    with articles:
        assert found(articles, "flour") == ["bread"]


def test_a_read_after_another_processs_commit_sees_its_article(tmp_path: Path) -> None:
    with opened(tmp_path) as articles:
        articles.add(HARBOUR)
        assert found(articles, "subject3") == []
        writer = WARM.start("tests.index.worker", tmp_path / "index", "other", 3, 1)
        assert writer.communicate()[0].endswith("other-3\n")
        assert found(articles, "markerother3x7") == ["other-3"]
        [candidates] = articles.search(articles.embedder.embed_queries(["subject3 markerother3x7"]), ["-"], 1)
        [passage] = articles.passages(list(candidates.scores)).values()
        assert passage.article_id == "other-3"  # by its vector too
        assert articles.get("other-3").content_hash == worker_article("other", 3).content_hash


def test_another_process_that_writes_for_too_long_is_an_error_that_says_so(tmp_path: Path) -> None:
    holder = """if True:
        import sys
        from pathlib import Path
        from index.storage.lock import FolderLock
        with FolderLock(Path(sys.argv[1]), 5).writing():
            print(flush=True)
            sys.stdin.read()
    """
    with opened(tmp_path, lock_timeout_s=0.2) as articles:
        articles.add(HARBOUR)
        process = subprocess.Popen(
            [sys.executable, "-c", holder, str(tmp_path / "index")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        assert process.stdout is not None
        process.stdout.readline()
        for use in (articles.list, lambda: articles.add(BREAD)):
            with pytest.raises(IndexBusyError, match=r"Another process has been writing.*Try again when it is done\.$"):
                use()
        process.communicate()
        assert [summary.id for summary in articles.list()] == ["harbour"]


# What is no index


def test_a_place_without_an_index_is_an_error_unless_one_may_be_made(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFoundError) as raised:
        ArticleIndex.open(tmp_path / "none", embedder=WordEmbedder(), create=False)
    location = tmp_path / "none"
    assert str(raised.value) == f"No index at {location}. Add articles first: qa --index {location} add ARTICLES"
    assert not location.exists()


def test_a_folder_with_other_files_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(NotAnIndexError) as raised:
        ArticleIndex.open(tmp_path, embedder=WordEmbedder())
    assert (
        str(raised.value)
        == f"{tmp_path} is not an index: it has no manifest.json, but other files. Name another folder."
    )
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


@pytest.mark.parametrize("inside", ["", "deeper"])
def test_a_file_is_refused(tmp_path: Path, inside: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotAnIndexError, match=r"is a file, not an index\. Name a folder\."):
        ArticleIndex.open(tmp_path / "file" / inside, embedder=WordEmbedder())


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '"x"', "\x00", "null"])
def test_a_manifest_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(NotAnIndexError, match=r"^The manifest .*manifest\.json .*Put the file back from a copy, or"):
        ArticleIndex.open(tmp_path, embedder=WordEmbedder())


def test_a_manifest_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(NotAnIndexError, match="cannot be read"):
        ArticleIndex.open(tmp_path, embedder=WordEmbedder())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"unknown": 1}', "\x00"])
def test_a_state_that_cannot_be_read_is_an_error_that_names_its_file(tmp_path: Path, text: str) -> None:
    with opened(tmp_path) as articles:
        articles.add(HARBOUR)
    (tmp_path / "index" / "state.json").write_text(text)
    with pytest.raises(StoreError, match=r"state\.json"), opened(tmp_path) as articles:
        articles.list()


def test_another_schema_and_another_model_are_refused(tmp_path: Path) -> None:
    opened(tmp_path).close()
    path = tmp_path / "index" / "manifest.json"
    values = json.loads(path.read_text())
    path.write_text(json.dumps(values | {"schema": 99}))
    with pytest.raises(ManifestMismatchError, match="has schema 99; this version reads schema 1"):
        opened(tmp_path)
    path.write_text(json.dumps(values | {"fingerprint": "something else", "model": "older words"}))
    with pytest.raises(ManifestMismatchError, match="built with the embedding model older words; you asked for words"):
        opened(tmp_path)


def test_other_settings_than_those_that_built_it_are_refused_and_none_are_fine(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with pytest.raises(ManifestMismatchError) as raised:
        ArticleIndex.open(tmp_path / "index", IndexSettings(passage_chars=777), embedder=WordEmbedder())
    assert str(raised.value).startswith(
        f"The index at {tmp_path / 'index'} was built with passage_chars = 120; you asked for 777."
    )
    with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as articles:
        assert articles.manifest.passage_chars == 120


# After accidents


def test_a_write_that_breaks_off_leaves_the_old_article_and_no_trace_of_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PowerCutError(Exception):
        pass

    whole_put = ChromaStore.put

    def broken_put(self: ChromaStore, puts: list[Put]) -> None:
        monkeypatch.setattr(self, "_articles", None)  # so that the passages are written, and no record
        with pytest.raises(AttributeError):
            whole_put(self, puts)
        raise PowerCutError

    with opened(tmp_path) as articles:
        articles.add([HARBOUR, BREAD])
        with monkeypatch.context() as patch:
            patch.setattr(ChromaStore, "put", broken_put)
            with pytest.raises(PowerCutError):
                articles.add([replace(HARBOUR, text="Half written storms."), TIDES])
        assert json.loads((tmp_path / "index" / "state.json").read_text())["writing"]
    with opened(tmp_path) as again:
        assert again.get("harbour") == HARBOUR
        assert {summary.id for summary in again.list()} == {"harbour", "bread"}
        assert found(again, "storms") == []
        assert found(again, "dredgers") == ["harbour"]
        with again._connection.reading() as view:
            assert not view.unsettled
            assert view.store.orphans() == set()
            assert view.store.passage_ids() == view.words.passage_ids()
        assert again.add(TIDES).added == 1
    assert not json.loads((tmp_path / "index" / "state.json").read_text())["writing"]


def test_a_removal_that_breaks_off_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: ChromaStore, passage_ids: list[str]) -> None:
        raise StoreError("the disk is full")

    with opened(tmp_path) as articles:
        articles.add([HARBOUR, BREAD])
        with monkeypatch.context() as patch:
            patch.setattr(ChromaStore, "drop_passages", broken)
            with pytest.raises(StoreError, match="the disk is full"):
                articles.remove("bread")
        assert [summary.id for summary in articles.list()] == ["harbour"]
        assert found(articles, "flour") == []
        assert articles.info().passages == articles.list()[0].passages


@pytest.mark.parametrize("damage", ["gone", "garbage", "truncated", "older", "of an earlier version"])
def test_a_damaged_word_index_is_made_anew_and_refilled(tmp_path: Path, damage: str) -> None:
    words, before = tmp_path / "index" / "words", tmp_path / "before"
    with opened(tmp_path) as articles:
        articles.add(HARBOUR)
    shutil.copytree(words, before)
    with opened(tmp_path) as articles:
        articles.add([BREAD, TIDES])
    if damage in ("gone", "older", "of an earlier version"):
        shutil.rmtree(words)
    if damage == "older":
        before.rename(words)
    elif damage == "of an earlier version":
        words.with_name("words.sqlite").write_bytes(b"SQLite format 3")
    else:
        for path in words.glob("*.*"):
            content = path.read_bytes()
            path.write_bytes(b"no index at all " * 500 if damage == "garbage" else content[: len(content) // 2])
    with opened(tmp_path) as articles:
        assert found(articles, "flour") == ["bread"]
        assert found(articles, "dredgers") == ["harbour"]
        with articles._connection.reading() as view:
            assert view.store.passage_ids() == view.words.passage_ids()
    assert not words.with_name("words.sqlite").exists()


@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in (1, 2))])
def test_a_word_index_that_is_damaged_behind_its_header_is_no_trouble_to_anybody(
    tmp_path: Path, seed: int, is_open: bool
) -> None:
    rng = random.Random(seed)
    articles = opened(tmp_path)
    articles.add([LONG, HARBOUR])
    if not is_open:
        articles.close()
    for path in (tmp_path / "index" / "words").glob("*.*"):
        content = bytearray(path.read_bytes())
        for at in range(20, len(content) - 4, 4096):
            content[at + rng.randrange(min(2048, len(content) - at))] ^= 255
        path.unlink()  # one that is changed while a process reads it may end that process
        path.write_bytes(content)
    if not is_open:
        articles = opened(tmp_path)
    with articles:
        uses = [
            lambda: [summary.id for summary in articles.list()],
            lambda: articles.add(BREAD),
            lambda: found(articles, "marker777"),
            lambda: articles.remove("harbour"),
        ]
        for use in rng.sample(uses, len(uses)):
            use()
        assert found(articles, "marker777") == ["long"]
        assert found(articles, "flour") == ["bread"]
        assert found(articles, "dredgers") == []
        with articles._connection.reading() as view:
            assert view.store.passage_ids() == view.words.passage_ids()
    with opened(tmp_path) as again:
        assert found(again, "marker31") == ["long"]
        with again._connection.reading() as view:
            assert view.words.revision() == view.revision


@pytest.mark.parametrize("writing", [True, pytest.param(False, marks=pytest.mark.soak)])
@pytest.mark.parametrize("name", ["data_level0.bin", "header.bin"])
def test_damaged_vector_files_are_mended_and_everything_is_there_afterwards(
    tmp_path: Path, name: str, writing: bool
) -> None:
    with opened(tmp_path) as articles:
        articles.add([LONG, HARBOUR])
        passages = articles.info().passages
        assert passages > 1000  # with fewer, Chroma has not written its vector files
    folder = tmp_path / "index"
    largest = max(folder.rglob(name), key=lambda path: path.with_name("data_level0.bin").stat().st_size)
    largest.write_bytes(largest.read_bytes()[: largest.stat().st_size // 2])
    state = json.loads((folder / "state.json").read_text())
    (folder / "state.json").write_text(json.dumps(state | {"writing": writing}))
    with opened(tmp_path) as articles:
        info = articles.info()
        assert (info.articles, info.passages) == (2, passages)
        assert articles.get("long") == LONG
        assert articles.get("harbour") == HARBOUR
        assert found(articles, "marker777") == ["long"]
        with articles._connection.reading() as view:
            ids = view.store.passage_ids()
            assert view.store.vectors(sorted(ids)).keys() == ids == view.words.passage_ids()
            assert view.store.orphans() == set()
        assert articles.add(BREAD).added == 1
    mended = json.loads((folder / "state.json").read_text())
    assert not mended["writing"]
    assert [path.name for path in folder.glob("chroma*")] == [mended["store"]]


def test_a_process_that_died_before_its_first_commit_leaves_an_index_that_works(tmp_path: Path) -> None:
    opened(tmp_path).close()
    lock = FolderLock(tmp_path / "index", 5)
    with pytest.raises(KeyboardInterrupt), lock.writing():
        raise KeyboardInterrupt
    with opened(tmp_path) as articles:
        assert articles.list() == []
        assert articles.add(HARBOUR).added == 1
