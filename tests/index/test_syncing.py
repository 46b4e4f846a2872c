"""Keeping an index in step: new, changed, moved and missing files, records of files, pages and feeds."""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from index import Article, ArticleIndex, IndexSettings, Location, SyncReport
from index.adding import Manner
from index.article_index import StoreSettings
from index.embedding.engines import Vectors
from index.errors import RebuiltError
from index.formats.location import address_of, is_settled
from tests.fakes import WordEmbedder

WORDS = "ferry harbour lamp orchard council bridge letter winter market engine garden museum captain river".split()
ROOT = os.name == "posix" and os.geteuid() == 0


@pytest.fixture
def embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture
def articles(tmp_path: Path, embedder: WordEmbedder) -> Iterator[ArticleIndex]:
    with ArticleIndex.open(tmp_path / "index", embedder=embedder) as articles:
        yield articles


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three articles of one passage each."""
    folder = tmp_path / "notes"
    (folder / "old").mkdir(parents=True)
    for name, text in (("ferry", "Ruth Amsel bought the ferry."), ("bees", "The bees are well."), ("quay", "A quay.")):
        (folder / f"{name}.txt").write_text(text)
    return folder


def paragraph(made: random.Random) -> str:
    return " ".join(made.choice(WORDS) for _ in range(made.randint(35, 50))).capitalize() + "."


def story(number: int) -> str:
    made = random.Random(number)
    return f"# Story {number}\n\n" + "\n\n".join(paragraph(made) for _ in range(6)) + "\n"


def ids(articles: ArticleIndex) -> dict[str, str]:
    """File name -> id of the article that was read there."""
    return {Path(each.address).name: article.id for article in articles.list() for each in article.locations}


class Narrow(WordEmbedder):
    """Another model, with shorter vectors."""

    name = fingerprint = "narrow"

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        vectors = super().embed_passages(texts, progress)[:, :-1] + 0.01
        made: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return made


def gone(report: SyncReport) -> set[str]:
    return {article.id for article in report.gone}


def in_step(articles: ArticleIndex, *sources: Path | str) -> SyncReport:
    """Bring in step, and remove what is gone."""
    report = articles.sync(sources)
    articles.remove(gone(report))
    return report


@pytest.mark.parametrize("count", [120, pytest.param(500, marks=pytest.mark.soak)])
def test_exactly_what_changed_is_done_and_only_changed_passages_are_embedded(
    articles: ArticleIndex, embedder: WordEmbedder, tmp_path: Path, count: int
) -> None:
    folder = tmp_path / "made"
    for number in range(count):
        path = folder / f"part-{number % 7}" / f"story-{number}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(story(number))
    assert articles.add(folder).added == count
    before, passages = ids(articles), embedder.embedded
    files = sorted(folder.rglob("*.md"))
    random.Random(1).shuffle(files)
    changed, deleted, renamed = files[:5], files[5:8], files[8:10]
    for path in changed:
        text = path.read_text()
        end = text.rindex("\n\n")
        path.write_text(f"{text[:end]}\n\n{paragraph(random.Random(path.name))}\n")  # another last paragraph
    for path in deleted:
        path.unlink()
    for path in renamed:
        path.rename(folder / f"renamed-{path.name}")
    embedder.embedded = 0
    began = time.process_time()
    report = in_step(articles, folder)
    spent = time.process_time() - began
    assert str(report.added) == f"5 updated, 2 moved, {count - 10} unchanged"
    assert gone(report) == {before[path.name] for path in deleted}
    assert 5 <= embedder.embedded == report.added.passages_embedded <= 10 < passages / (count / 5)
    after = ids(articles)
    assert {name: after[f"renamed-{name}"] for name in (path.name for path in renamed)} == {
        path.name: before[path.name] for path in renamed
    }
    assert len(after) == count - 3
    assert spent < 10  # of the processor; what a share of the first run it is: docs/decisions.md
    embedder.embedded = 0
    assert str(in_step(articles, folder).added) == f"{count - 3} unchanged"
    assert str(articles.add(folder)) == f"{count - 3} unchanged"
    assert embedder.embedded == 0


def test_vectors_that_are_kept_are_those_that_would_be_made(articles: ArticleIndex, folder: Path) -> None:
    (folder / "ferry.txt").write_text("\n\n".join(paragraph(random.Random(number)) for number in range(8)))
    articles.add(folder)
    with (folder / "ferry.txt").open("a") as file:
        file.write("\n\nThe zeppelin landed.")
    articles.sync([folder])
    [summary] = [each for each in articles.list() if each.title == "Ferry"]
    with articles._connection.reading() as view:
        stored = list(view.store.stored_passages([summary]))
    assert len(stored) == summary.passages
    for passage, vector in stored:
        made = WordEmbedder().embed_passages([f"{passage.title}\n{passage.text}"])[0]
        assert float(made @ vector) == pytest.approx(1, abs=1e-5)


def test_where_an_article_came_from_is_stored(articles: ArticleIndex, folder: Path) -> None:
    import hashlib

    articles.add(folder)
    [ferry] = [each for each in articles.list() if each.title == "Ferry"]
    [location] = ferry.locations
    path = folder / "ferry.txt"
    assert location.address == str(path.resolve())
    assert location.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert location.size == path.stat().st_size
    assert location.modified_at is not None
    assert location.modified_at < location.read_at
    assert articles.get(ferry.id).locations == ferry.locations


def test_a_file_of_the_same_size_and_time_is_not_read(articles: ArticleIndex, folder: Path) -> None:
    path = folder / "ferry.txt"
    os.utime(path, (1_000_000_000, 1_000_000_000))
    articles.add(folder)
    path.write_text(path.read_text().replace("Ruth", "Anna"))
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert articles.sync([folder]).added.unchanged == 3
    os.utime(path)
    assert articles.sync([folder]).added.updated == 1


@pytest.mark.parametrize(
    ("modified", "read", "settled"),
    [
        ("10:00:00.250000", "10:00:00.260000", False),  # the file may be changed again before the clock ticks
        ("10:00:00.250000", "10:00:00.400000", True),
        ("10:00:00.000000", "10:00:01.900000", False),  # FAT, which counts in two seconds
        ("10:00:00.000000", "10:00:02.100000", True),
        ("10:00:05.250000", "10:00:00.000000", True),  # another machine's clock
    ],
)
def test_a_time_is_trusted_only_where_a_later_change_would_give_another(
    modified: str, read: str, settled: bool
) -> None:
    day = "2026-03-01T{}+00:00".format
    assert is_settled(Location("/a.txt", day(read), day(modified), 1, "0")) is settled


def test_a_time_that_is_not_trusted_has_the_content_compared(articles: ArticleIndex, folder: Path) -> None:
    path = folder / "ferry.txt"
    articles.add(folder)
    [ferry] = [article for article in articles.list() if article.title == "Ferry"]
    [location] = ferry.locations
    assert location.modified_at is not None
    articles._connection.commit([], [], locations={ferry.id: [replace(location, read_at=location.modified_at)]})
    status = path.stat()
    path.write_text(path.read_text().replace("Ruth", "Anna"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert articles.sync([folder]).added.updated == 1


def test_a_moved_file_is_the_same_article_for_add_and_for_sync(articles: ArticleIndex, folder: Path) -> None:
    articles.add(folder)
    ferry = ids(articles)["ferry.txt"]
    (folder / "ferry.txt").rename(folder / "old" / "a boat.txt")
    report = articles.add(folder)
    assert (str(report), report.gone) == ("1 moved, 2 unchanged", [])
    assert ids(articles)["a boat.txt"] == ferry
    assert articles.get(ferry).title == "Ferry"
    (folder / "old" / "a boat.txt").write_text("Ruth Amsel sold the ferry.")
    report = in_step(articles, folder)
    assert str(report.added) == "1 updated, 2 unchanged"
    assert ids(articles)["a boat.txt"] == ferry
    assert articles.get(ferry).text == "Ruth Amsel sold the ferry."
    (folder / "ferry.txt").write_text("Another ferry.")  # in the place where the first one lay
    report = in_step(articles, folder)
    assert str(report.added) == "1 added, 3 unchanged"
    assert ids(articles)["ferry.txt"] != ferry == ids(articles)["a boat.txt"]
    (folder / "old" / "a boat.txt").rename(folder / "bees-2.txt")
    assert in_step(articles, folder).added.moved == 1
    assert ids(articles)["bees-2.txt"] == ferry


def test_files_that_change_their_names_with_each_other_keep_their_articles(
    articles: ArticleIndex, folder: Path
) -> None:
    articles.add(folder)
    before = ids(articles)
    (folder / "ferry.txt").rename(folder / "third.txt")
    (folder / "bees.txt").rename(folder / "ferry.txt")
    (folder / "third.txt").rename(folder / "bees.txt")
    assert str(in_step(articles, folder).added) == "2 moved, 1 unchanged"
    after = ids(articles)
    assert (after["ferry.txt"], after["bees.txt"]) == (before["bees.txt"], before["ferry.txt"])


def test_a_file_that_makes_room_for_a_new_one_keeps_its_article(articles: ArticleIndex, folder: Path) -> None:
    articles.add(folder)
    before = ids(articles)["ferry.txt"]
    (folder / "ferry.txt").rename(folder / "ferry.1.txt")
    (folder / "ferry.txt").write_text("Nothing happened today.")
    report = in_step(articles, folder)
    assert str(report.added) == "1 added, 1 moved, 2 unchanged"
    assert not report.gone
    assert ids(articles)["ferry.1.txt"] == before != ids(articles)["ferry.txt"]
    assert str(in_step(articles, folder).added) == "4 unchanged"


def test_a_copy_is_an_article_of_its_own(articles: ArticleIndex, folder: Path) -> None:
    articles.add(folder)
    (folder / "copy.txt").write_bytes((folder / "ferry.txt").read_bytes())
    assert str(in_step(articles, folder).added) == "1 added, 3 unchanged"
    os.utime(folder / "ferry.txt", (1, 1))
    (folder / "copy.txt").unlink()
    assert str(articles.add(folder)) == "3 unchanged"


def test_a_moved_file_of_records_keeps_all_its_articles(articles: ArticleIndex, folder: Path) -> None:
    lines = [json.dumps({"title": f"Note {number}", "text": f"It rained on day {number}."}) for number in range(5)]
    (folder / "notes.jsonl").write_text("\n".join(lines))
    articles.add(folder)
    before = {article.title: article.id for article in articles.list()}
    (folder / "notes.jsonl").rename(folder / "old" / "rain.jsonl")
    assert in_step(articles, folder).added.moved == 5
    (folder / "old" / "rain.jsonl").write_text(
        "\n".join([*lines[:2], *lines[3:], lines[2].replace("rained", "snowed")])
    )
    report = in_step(articles, folder)
    assert (report.added.updated, gone(report)) == (1, set())
    after = {article.title: article.id for article in articles.list()}
    assert after == before


def test_a_record_that_is_no_more_in_its_file_is_gone(articles: ArticleIndex, folder: Path) -> None:
    records = [{"id": f"n{number}", "text": f"It rained on day {number}."} for number in range(3)]
    path = folder / "notes.jsonl"
    path.write_text("\n".join(map(json.dumps, records)))
    articles.add(folder)
    path.write_text("\n".join(map(json.dumps, records[:2])))
    assert gone(articles.sync([folder])) == {"n2"}
    assert gone(articles.sync([folder])) == {"n2"}, "also when the file is not read again"
    path.write_text(json.dumps(records[0]) + "\n{broken\n")
    assert gone(articles.sync([folder])) == set(), "the broken line may be any of them"
    assert gone(articles.sync([folder])) == set()
    path.write_text(json.dumps(records[0]) + "\n")
    assert gone(in_step(articles, folder)) == {"n1", "n2"}
    assert "n0" in {article.id for article in articles.list()}


def test_an_article_that_is_in_two_files_is_there_until_it_is_in_none(articles: ArticleIndex, folder: Path) -> None:
    both = [json.dumps({"id": f"n{number}", "text": f"It rained on day {number}."}) for number in range(2)]
    (folder / "march.jsonl").write_text(both[0])
    (folder / "spring.jsonl").write_text("\n".join(both))
    articles.add(folder)
    assert str(in_step(articles, folder).added) == "6 unchanged"
    (folder / "spring.jsonl").write_text(both[1])
    assert not in_step(articles, folder).gone
    assert [Path(each.address).name for each in articles.get("n0").locations] == ["march.jsonl"]
    (folder / "march.jsonl").unlink()
    assert gone(in_step(articles, folder)) == {"n0"}


def test_a_folder_that_is_not_there_or_empty_takes_nothing_away(articles: ArticleIndex, folder: Path) -> None:
    articles.add(folder)
    folder.rename(folder.with_name("elsewhere"))
    report = articles.sync([folder])
    assert not report.gone
    assert "No such file or folder" in report.failing[0].reason
    folder.mkdir()
    report = articles.sync([folder])
    assert not report.gone
    assert "not mounted" in report.failing[0].reason
    assert len(articles.list()) == 3


def test_a_disk_in_a_folder_that_is_not_mounted_takes_nothing_away(
    articles: ArticleIndex, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = folder / "old"
    (disk / "far.txt").write_text("It is on another disk.")
    mounted = {str(disk), "/"}
    monkeypatch.setattr("os.path.ismount", lambda path: str(path) in mounted)
    from index.formats.location import _volume

    _volume.cache_clear()
    articles.add(folder)
    _volume.cache_clear()
    (disk / "far.txt").unlink()
    mounted.remove(str(disk))
    assert not articles.sync([folder]).gone
    mounted.add(str(disk))
    assert len(articles.sync([folder]).gone) == 1


@pytest.mark.skipif(ROOT, reason="root may read everything")
def test_a_folder_that_may_not_be_looked_into_takes_nothing_away(articles: ArticleIndex, folder: Path) -> None:
    (folder / "old" / "far.txt").write_text("It is out of reach.")
    articles.add(folder)
    (folder / "old").chmod(0)
    try:
        assert not articles.sync([folder]).gone
    finally:
        (folder / "old").chmod(0o700)


def test_a_file_that_cannot_be_read_any_more_stays(articles: ArticleIndex, folder: Path) -> None:
    articles.add(folder)
    (folder / "ferry.txt").write_bytes(b"")
    report = articles.sync([folder])
    assert (report.added.failed, report.gone) == (1, [])


def test_a_single_file_can_be_kept_in_step(articles: ArticleIndex, folder: Path) -> None:
    path = folder / "ferry.txt"
    assert articles.sync([path]).added.added == 1
    path.write_text("Ruth Amsel sold the ferry.")
    assert articles.sync([path]).added.updated == 1
    path.unlink()
    report = articles.sync([path])
    assert (len(report.gone), report.ended, report.failing) == (1, [str(path)], [])
    assert articles.sync([folder / "typo.txt"]).failing


def test_a_dry_run_says_what_would_be_and_does_nothing(
    articles: ArticleIndex, embedder: WordEmbedder, folder: Path
) -> None:
    articles.add(folder)
    before, embedded = articles.info(), embedder.embedded
    (folder / "new.txt").write_text("A new one.")
    (folder / "ferry.txt").write_text("Ruth Amsel sold the ferry.")
    (folder / "bees.txt").rename(folder / "old" / "bees.txt")
    (folder / "quay.txt").unlink()
    report = articles.sync([folder], dry_run=True)
    assert str(report.added) == "1 added, 1 updated, 1 moved"
    assert len(report.gone) == 1
    assert (articles.info(), embedder.embedded) == (before, embedded)


def test_an_index_of_an_earlier_version_learns_where_its_articles_are(articles: ArticleIndex, folder: Path) -> None:
    articles.add(folder)
    names = ids(articles)
    articles._connection.commit([], [], locations={article.id: () for article in articles.list()})
    assert all(article.locations == () for article in articles.list())
    report = articles.sync([folder])
    assert (str(report.added), report.added.passages_embedded, gone(report)) == ("3 unchanged", 0, set())
    assert ids(articles) == names


def test_articles_without_a_file_are_never_gone(articles: ArticleIndex, folder: Path) -> None:
    articles.add([Article(id="made", text="It was made in Python.")])
    articles.add(folder)
    (folder / "ferry.txt").unlink()
    in_step(articles, folder)
    assert articles.find("made") is not None


def test_what_was_left_half_done_is_finished(tmp_path: Path, folder: Path) -> None:
    class Failing(WordEmbedder):
        left = 3

        def embed_passages(self, *given: object) -> object:  # type: ignore[override]
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
            return super().embed_passages(*given)  # type: ignore[arg-type]

    lines = [json.dumps({"id": f"n{number}", "text": f"It rained on day {number}."}) for number in range(8)]
    (folder / "notes.jsonl").write_text("\n".join(lines))
    path = folder / "notes.jsonl"
    settings = StoreSettings(commit_passages=1)
    with (
        ArticleIndex.open(tmp_path / "half", embedder=Failing(), store_settings=settings) as half,
        pytest.raises(KeyboardInterrupt),
    ):
        half.sync([path])
    with ArticleIndex.open(tmp_path / "half", embedder=WordEmbedder()) as half:
        assert 0 < len(half.list()) < 8
        report = half.sync([path])
        assert report.added.added + report.added.unchanged == 8
        assert len(half.list()) == 8


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such names")
def test_a_name_that_is_no_unicode_text_is_known_again(articles: ArticleIndex, folder: Path) -> None:
    for name in (b"a\xff.txt", b"a\xfe.txt"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text(f"Its name is {name!r}.")
    articles.add(folder)
    assert str(articles.sync([folder]).added) == "5 unchanged"
    path = Path(os.fsdecode(os.fsencode(folder) + b"/a\xff.txt"))
    address = address_of(path)
    path.unlink()
    [article] = articles.sync([folder]).gone
    assert article.locations[0].address == address


def test_where_articles_are_goes_into_another_index(articles: ArticleIndex, folder: Path, tmp_path: Path) -> None:
    articles.add(folder)
    (folder / "ferry.txt").rename(folder / "boat.txt")
    articles.sync([folder])
    articles.export_to(tmp_path / "all.jsonl")
    embedder = WordEmbedder()
    with ArticleIndex.open(tmp_path / "other", embedder=embedder) as other:
        assert other.import_from(tmp_path / "all.jsonl").added == 3
        assert [each.locations for each in other.list()] == [each.locations for each in articles.list()]
        other.export_to(tmp_path / "again.jsonl")
        assert str(other.sync([folder]).added) == "3 unchanged"
        (folder / "bees.txt").unlink()
        assert len(other.sync([folder]).gone) == 1
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "all.jsonl").read_bytes()


@pytest.mark.parametrize(
    "wrong",
    [
        "notes.txt",
        [None],
        [{"address": "/a.txt"}],
        [{"address": ["/a.txt"]}],
        [{"read_at": "2026-03-01T10:00:00"}],  # it cannot be compared with times that say their zone
        [{"modified_at": "yesterday"}],
        [{"size": "28"}],
        [{"known_as": "\ud800"}],
    ],
)
def test_a_line_with_other_locations_fails_alone(articles: ArticleIndex, tmp_path: Path, wrong: object) -> None:
    sound = {"address": "/a.txt", "read_at": "2026-03-01T10:00:00+00:00", "size": 28, "sha256": "0"}
    if isinstance(wrong, list) and isinstance(wrong[0], dict):
        wrong = wrong if wrong == [{"address": "/a.txt"}] else [sound | wrong[0]]
    lines = [{"id": "a", "text": "One.", "locations": wrong}, {"id": "b", "text": "Two.", "locations": [sound]}]
    (tmp_path / "all.jsonl").write_text("\n".join(map(json.dumps, lines)))
    report = articles.import_from(tmp_path / "all.jsonl")
    assert str(report) == "1 added, 1 failed"
    [failed] = report.of("failed")
    assert "line 1" in failed.source
    assert '"locations"' in failed.reason


def test_an_article_from_python_with_a_location_that_cannot_be_stored_fails_alone(articles: ArticleIndex) -> None:
    location = Location("/\ud800.txt", "2026-03-01T10:00:00+00:00", None, 4, "0")
    report = articles.add([Article(id="a", text="One.", locations=(location,)), Article(id="b", text="Two.")])
    assert str(report) == "1 added, 1 failed"


def test_a_rebuilt_index_is_kept_in_step(articles: ArticleIndex, folder: Path) -> None:
    articles.add(folder)
    before = {each.id: each.locations for each in articles.list()}
    articles.rebuild(IndexSettings(model=articles.manifest.model, passage_chars=600, overlap_chars=60))
    assert {each.id: each.locations for each in articles.list()} == before
    assert str(articles.sync([folder]).added) == "3 unchanged"


def test_what_moves_while_the_index_is_rebuilt_is_where_it_is_afterwards(articles: ArticleIndex, folder: Path) -> None:
    articles.add(folder)
    done = []

    def move(_: object) -> None:
        if not done:
            done.append((folder / "ferry.txt").rename(folder / "boat.txt"))
            articles.sync([folder])

    articles.rebuild(on_progress=move)
    assert done
    assert set(ids(articles)) == {"boat.txt", "bees.txt", "quay.txt"}


def test_vectors_of_another_model_are_not_taken_over(articles: ArticleIndex, folder: Path, tmp_path: Path) -> None:
    articles.add(folder)
    other = Narrow()
    with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as outdated:
        articles.rebuild(embedder=other)
        (folder / "ferry.txt").write_text("Ruth Amsel sold the ferry.")
        with pytest.raises(RebuiltError):
            outdated.add(folder)
        adding = outdated._adding(Manner())  # it was opened before, and goes on in another process
        with pytest.raises(RebuiltError):
            adding.run([folder])


def test_where_articles_are_that_is_damaged_is_noted_again(articles: ArticleIndex, folder: Path) -> None:
    articles.add(folder)
    names = ids(articles)
    with articles._connection.reading() as view:
        for article_id, damaged in zip(names.values(), ("{", "[5]", '[{"address": 5}]'), strict=True):
            view.store._articles.update(ids=[article_id], metadatas=[{"locations": damaged}])
    assert not articles.check().lost
    assert ids(articles) == {}
    assert str(articles.sync([folder]).added) == "3 unchanged"
    assert ids(articles) == names


def test_an_article_that_lost_a_passage_is_whole_when_its_file_is_added_again(
    articles: ArticleIndex, folder: Path
) -> None:
    (folder / "ferry.txt").write_text("\n".join(map(story, range(3))))
    articles.add(folder)
    article_id = ids(articles)["ferry.txt"]
    passages = articles.info().passages
    with articles._connection.reading() as view:
        [summary] = view.store.summaries([article_id]).values()
        view.store.drop_passages([view.store.article_passages(summary)[1].id])
    report = articles.add(folder)
    assert str(report) == "1 updated, 2 unchanged"
    assert report.passages_embedded == 1
    assert articles.info().passages == passages
    assert [each.sha256 for each in articles.get(article_id).locations] == [summary.locations[0].sha256]


FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Coast</title>{}</channel></rss>"""
ITEM = "<item><guid>{0}</guid><title>Item {0}</title><description>It rained on day {0}.</description></item>"


@pytest.fixture
def server() -> Iterator[tuple[str, dict[str, tuple[int, str, str]]]]:
    """A web server on this machine, and what it answers by path: status, type, body."""
    answers: dict[str, tuple[int, str, str]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = answers.get(self.path, (404, "text/plain", "not here"))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{serving.server_address[1]}", answers
        serving.shutdown()
        thread.join()


def test_a_page_that_fails_or_is_not_found_stays_and_what_a_feed_lists_no_more_too(
    articles: ArticleIndex, server: tuple[str, dict[str, tuple[int, str, str]]]
) -> None:
    url, answers = server
    answers["/page.txt"] = (200, "text/plain", "The ferry was sold to Ruth Amsel.")
    answers["/feed.rss"] = (200, "application/rss+xml", FEED.format(ITEM.format(1) + ITEM.format(2)))
    sources = [f"{url}/page.txt", f"{url}/feed.rss"]
    assert articles.sync(sources).added.added == 3
    answers["/page.txt"] = (200, "text/plain", "The ferry was sold to Dele Okafor.")
    answers["/feed.rss"] = (200, "application/rss+xml", FEED.format(ITEM.format(2) + ITEM.format(3)))
    report = articles.sync(sources)
    assert (str(report.added), report.gone) == ("1 added, 1 updated, 1 unchanged", [])
    for status in (500, 404):
        answers["/page.txt"] = answers["/feed.rss"] = (status, "text/plain", "no")
        report = articles.sync(sources)
        assert (len(report.failing), report.gone) == (2, [])
    assert len(articles.list()) == 4


def test_a_record_that_is_no_more_in_a_file_on_the_web_is_gone(
    articles: ArticleIndex, server: tuple[str, dict[str, tuple[int, str, str]]]
) -> None:
    url, answers = server
    records = [json.dumps({"id": f"n{number}", "text": f"It rained on day {number}."}) for number in range(2)]
    answers["/notes.jsonl"] = (200, "application/jsonl", "\n".join(records))
    articles.sync([f"{url}/notes.jsonl"])
    answers["/notes.jsonl"] = (200, "application/jsonl", records[1])
    assert gone(articles.sync([f"{url}/notes.jsonl"])) == {"n0"}
