"""The library beside the chat: lists, additions with their progress, and taking them back."""

from __future__ import annotations

import json
import os
import threading
import time
import unicodedata
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from chat import library
from chat.library import Addition, Upload, add_all, listed, put_back, remove, sources, undo
from index import Article, ArticleIndex, ArticleSummary, IndexSettings, SentenceTransformerEmbedder, StoreSettings
from index.errors import ArticleNotFoundError, StoreError
from index.formats.addresses import Address
from index.formats.origin import Origin
from index.settings import FetchSettings
from index.storage.chroma import ChromaStore, Put

HOSTILE = [
    "../../etc/passwd.txt",
    "nul\0byte.txt",
    "turned\u202etxt.md",
    "y" * 300 + ".txt",
    "con.txt",
    "🎻.txt",
    "half\ud83d.txt",
    "<script>alert(1)</script>.txt",
]


def summary(article_id: str, title: str = "", **fields: str) -> ArticleSummary:
    about: dict[str, str | None] = dict.fromkeys(("url", "source", "author", "published", "retrieved_at", "language"))
    return ArticleSummary(
        id=article_id,
        title=title,
        content_hash="",
        characters=1,
        passages=1,
        **{**about, **fields},  # type: ignore[arg-type]
    )


SHELF = [
    summary("a-1", "Zürich opens a bridge", source="Coast Post", published="2024-03-01", retrieved_at="2025-01-01"),
    summary("b-2", "apples are dear", source="Farm Weekly", published="2025-01-05", retrieved_at="2025-01-03"),
    summary("c-3", "Bells ring", source="coast post", author="Amélie Ørsted", retrieved_at="2025-01-02"),
    summary("d-4", "Éclairs", url="https://example.org/Straße", published="2025-01-04"),
    summary("e-5", source="Coast Post", published="2025-02-01T10:00:00+00:00"),
]


@pytest.fixture
def articles(tmp_path: Path, real_embedder: SentenceTransformerEmbedder) -> Iterator[ArticleIndex]:
    with ArticleIndex.open(
        tmp_path / "index",
        IndexSettings(passage_chars=100),
        embedder=real_embedder,
        store_settings=StoreSettings(commit_passages=64),
    ) as index:
        yield index


class Desk:
    """Where uploads lie, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "uploads"
        self.folder.mkdir()
        self.count = 0

    def hand_over(self, name: str, content: str | bytes) -> Upload:
        self.count += 1
        path = self.folder / str(self.count) / "blob"
        path.parent.mkdir()
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return Upload(path, name)

    def left(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if not path.is_dir()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def last(steps: Iterator[tuple[Addition, ...]]) -> tuple[Addition, ...]:
    return list(steps)[-1]


def ids(articles: ArticleIndex) -> set[str]:
    return {article.id for article in articles.list()}


def long_text(name: str, sentences: int) -> str:
    """A text of which each sentence is a passage, where passages have 100 characters."""
    return " ".join(
        f"Sentence {at} of {name} tells about the harbour of the town of number {at * 7}, and of nothing else."
        for at in range(sentences)
    )


# Lists


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", "ebdac"),
        ("  ", "ebdac"),
        ("zurich", "a"),
        ("ZÜRICH Bridge", "a"),
        (unicodedata.normalize("NFD", "zürich"), "a"),
        ("bridge apples", ""),
        ("coast post", "eac"),
        ("amelie", "c"),
        ("strasse", "d"),
        ("STRAẞE example.org", "d"),
        ("2025-01", "bd"),
        ("b-2", "b"),
        ("b-2 farm 2025 apples", "b"),
        ("[", ""),
    ],
)
def test_all_words_must_occur_somewhere_whatever_their_case_and_diacritics(words: str, found: str) -> None:
    assert "".join(article.id[0] for article in listed(SHELF, words)) == found


@pytest.mark.parametrize(
    ("order", "found"), [("newest", "ebdac"), ("title", "bcdae"), ("source", "eacbd"), ("added", "bcade")]
)
def test_the_orders(order: library.Sorting, found: str) -> None:
    assert "".join(article.id[0] for article in listed(SHELF, order=order)) == found
    assert "".join(article.id[0] for article in listed(SHELF[::-1], order=order)) == found


def test_sources_are_counted_most_first() -> None:
    assert sources(SHELF) == [("Coast Post", 2), ("coast post", 1), ("Farm Weekly", 1)]
    assert sources([]) == []


# Adding


def test_several_files_are_added_and_a_bad_one_says_why(articles: ArticleIndex, desk: Desk) -> None:
    records = [{"id": "r1", "text": "A record about clocks."}, {"id": "r2", "text": "One about maps."}, {"id": "r3"}]
    things = [
        desk.hand_over("Lighthouse sold.txt", "The lighthouse was sold. A dentist bought it for a song."),
        desk.hand_over("scan.pdf", b"%PDF-1.4 broken"),
        desk.hand_over("empty.txt", ""),
        desk.hand_over("news.jsonl", "\n".join(json.dumps(record) for record in records)),
        desk.hand_over("photo.png", b"\x89PNG"),
        desk.hand_over("bad.jsonl", "{\n[]\n5\n\n{}\n6\n"),
        desk.hand_over("blank.jsonl", "\n\n"),
    ]
    steps = list(add_all(articles, things))
    done = steps[-1]
    assert [addition.name for addition in done] == [thing.name for thing in things]
    assert [addition.state for addition in done] == ["done", *["failed"] * 2, "done", *["failed"] * 3]
    assert done[0].message == "added, 1 passage"
    assert done[1].message.startswith("damaged, or no PDF: ")
    assert done[2].message == "empty file"
    assert done[3].message == '2 added; 1 failed: line 3: has no "text" (it has id)'
    assert done[4].message.startswith(".png files are not supported. It is a picture")
    assert done[5].message.startswith("5 failed: line 1: not valid JSON: ")
    assert done[5].message.count("line") == 3
    assert done[5].message.endswith("; and 2 more")
    assert done[6].message == "no records in it"
    assert (done[3].article_ids, done[3].previous) == (("r1", "r2"), ())
    assert {article_id for addition in done for article_id in addition.article_ids} == ids(articles)
    assert articles.get(done[0].article_ids[0]).title == "Lighthouse sold"
    assert desk.left() == []
    assert [addition.share for addition in done] == [1.0] * 7
    assert all(addition.state in {"waiting", "reading"} for addition in steps[0])
    for at in range(len(things)):
        states = [step[at].state for step in steps]
        assert states == sorted(states, key=["waiting", "reading", "done", "failed"].index)


def test_what_is_a_version_of_another_article_says_so(articles: ArticleIndex, desk: Desk) -> None:
    text = "The ferry was sold. A vet paid four million for it. It sails again in the spring. Nobody on it was hurt."
    things = [desk.hand_over("one.txt", text), desk.hand_over("two.txt", f"(Agency) {text}")]
    first, second = (addition.message for addition in last(add_all(articles, things)))
    assert "versions" not in first
    assert second.startswith("added, ")
    assert second.endswith("; versions of articles that are already there: 1")


def test_hostile_names_are_only_names(articles: ArticleIndex, desk: Desk, tmp_path: Path) -> None:
    before = sorted(path.name for path in tmp_path.iterdir())
    things = [desk.hand_over(name, f"The text of file number {at}.") for at, name in enumerate(HOSTILE)]
    done = last(add_all(articles, things))
    assert [addition.message for addition in done] == ["added, 1 passage"] * len(HOSTILE)
    assert len(ids(articles)) == len(HOSTILE)
    for addition in done:
        addition.name.encode()
        assert len(addition.name) <= 200
        assert not set(addition.name) & set("\0\u202e")
    assert done[0].name == "passwd.txt"
    assert desk.left() == []
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_the_same_name_with_another_content_is_an_update_and_can_be_undone(articles: ArticleIndex, desk: Desk) -> None:
    things = [
        desk.hand_over("notes.txt", "The first notes are about walnuts."),
        desk.hand_over("notes.txt", "The second notes are about ships, " * 9),
        desk.hand_over("notes.txt", "The second notes are about ships, " * 9),
    ]
    first, second, third = last(add_all(articles, things))
    assert (first.message, third.message) == ("added, 1 passage", "unchanged: it was there already")
    assert second.message.startswith("updated, ")
    [article_id] = first.article_ids
    assert (second.article_ids, third.article_ids, third.previous) == ((article_id,), (), ())
    assert [old.text for old in second.previous] == ["The first notes are about walnuts."]
    undo(articles, third)
    assert articles.get(article_id).text.startswith("The second notes")
    undo(articles, second)
    assert articles.get(article_id) == second.previous[0]
    undo(articles, first)
    assert articles.list() == []
    undo(articles, first)


def test_undo_takes_back_what_was_new_and_what_was_replaced_and_leaves_the_rest(
    articles: ArticleIndex, desk: Desk
) -> None:
    old = [Article(id=f"r{number}", text=f"Old text {number}.", title=f"T{number}") for number in (1, 2, 3)]
    articles.add(old)
    records = [
        {"id": "r1", "text": "New text 1."},
        {"id": "r2", "title": "T2", "text": "Old text 2."},
        {"id": "r4", "text": "New text 4."},
    ]
    [addition] = last(add_all(articles, [desk.hand_over("news.json", json.dumps(records))]))
    assert set(addition.message.split(", ")) == {"1 updated", "1 added", "1 unchanged"}
    assert addition.previous == (old[0],)
    assert set(addition.article_ids) == {"r1", "r4"}
    articles.remove("r4")
    articles.add(Article(id="other", text="Somebody else's."))
    undo(articles, addition)
    assert ids(articles) == {"r1", "r2", "r3", "other"}
    assert [articles.get(article.id) for article in old] == old


@pytest.mark.soak
def test_a_long_text_shows_how_far_it_is(articles: ArticleIndex, desk: Desk) -> None:
    times: list[float] = []
    shares: list[float] = []
    for [addition] in add_all(articles, [desk.hand_over("book.txt", long_text("the book", 3000))]):
        times.append(time.monotonic())
        shares.append(addition.share)
    assert addition.message == "added, 3,000 passages"
    assert shares == sorted(shares)
    between = {share for share in shares if 0 < share < 1}
    assert len(between) >= 3
    # About five a second, and two changes of state.
    assert len(times) <= (times[-1] - times[0]) / library.INTERVAL_S + 4


def test_a_file_of_many_records_shows_how_far_it_is(
    articles: ArticleIndex, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "INTERVAL_S", 0.02)  # so that machines of any speed are looked at often enough
    records = (json.dumps({"text": long_text(f"record {number}", 20)}) for number in range(15))
    shares = [addition.share for [addition] in add_all(articles, [desk.hand_over("many.jsonl", "\n".join(records))])]
    assert shares == sorted(shares)
    assert any(0.1 < share < 0.9 for share in shares)
    assert articles.info().articles == 15


def test_two_visitors_add_at_the_same_time(articles: ArticleIndex, desk: Desk) -> None:
    files = {
        name: [desk.hand_over(f"{name} {number}.txt", long_text(f"{name} {number}", 60)) for number in range(3)]
        for name in ("ships", "bells")
    }
    done: dict[str, tuple[Addition, ...]] = {}
    both = threading.Barrier(len(files))

    def add(name: str) -> None:
        both.wait()
        done[name] = last(add_all(articles, files[name]))

    threads = [threading.Thread(target=add, args=[name]) for name in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [addition.message for name in files for addition in done[name]] == ["added, 60 passages"] * 6
    assert len(ids(articles)) == 6
    assert articles.info().passages == 360
    assert desk.left() == []


def test_a_visitor_who_leaves_has_the_file_in_work_finished_and_the_rest_not_started(
    articles: ArticleIndex, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, storing, left = ChromaStore.put, threading.Event(), threading.Event()

    def put(self: ChromaStore, puts: list[Put]) -> None:
        storing.set()
        assert left.wait(60)
        whole(self, puts)

    monkeypatch.setattr(ChromaStore, "put", put)
    things = [
        desk.hand_over("first.txt", long_text("the first", 25)),
        desk.hand_over("second.txt", "The second."),
        desk.hand_over("third.txt", "The third."),
    ]
    steps = add_all(articles, things)
    while not storing.is_set():
        next(steps)
    [worker] = [thread for thread in threading.enumerate() if thread.name.startswith("adding")]
    started = time.monotonic()
    steps.close()  # type: ignore[attr-defined]
    assert time.monotonic() - started < 0.2
    assert len(desk.left()) == 3
    left.set()
    worker.join(60)
    assert not worker.is_alive()
    assert [article.title for article in articles.list()] == ["First"]
    assert articles.info().passages == 25
    assert desk.left() == []
    [again] = last(add_all(articles, [desk.hand_over("first.txt", long_text("the first", 25))]))
    assert again.message == "unchanged: it was there already"


def test_an_error_of_the_store_is_the_message_of_one_and_the_rest_goes_on(
    articles: ArticleIndex, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ChromaStore.put

    def put(self: ChromaStore, puts: list[Put]) -> None:
        if any(each.article.id == "full" for each in puts):
            raise StoreError("The disk is full. Make room.")
        whole(self, puts)

    monkeypatch.setattr(ChromaStore, "put", put)
    records = [{"id": "before", "text": long_text("the record", 70)}, {"id": "full", "text": "No room."}]
    things = [
        desk.hand_over("news.jsonl", "\n".join(json.dumps(record) for record in records)),
        desk.hand_over("full.json", json.dumps(records[1])),
        desk.hand_over("notes.txt", "There is room for this."),
    ]
    some, none, good = last(add_all(articles, things))
    assert (some.state, some.message) == ("failed", "1 added; The disk is full. Make room.")
    assert some.article_ids == ("before",)
    assert (none.state, none.message, none.article_ids) == ("failed", "The disk is full. Make room.", ())
    assert good.state == "done"
    assert ids(articles) == {"before", *good.article_ids}
    assert desk.left() == []
    undo(articles, some)
    assert ids(articles) == set(good.article_ids)


def test_what_is_no_fault_of_a_file_is_raised_and_no_upload_stays(
    articles: ArticleIndex, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: ArticleIndex, article_id: str) -> Article | None:
        raise ZeroDivisionError("a fault of the program")

    monkeypatch.setattr(ArticleIndex, "find", broken)
    with pytest.raises(ZeroDivisionError, match="a fault of the program"):
        last(add_all(articles, [desk.hand_over("a.txt", "words"), desk.hand_over("b.txt", "words")]))
    assert desk.left() == []


def test_nothing_to_add_is_over_at_once(articles: ArticleIndex) -> None:
    assert list(add_all(articles, [])) == [()]


def test_only_the_uploaded_file_is_read_and_removed(articles: ArticleIndex, desk: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("Nobody may read this.")
    folder = desk.folder / "folder"
    folder.mkdir()
    link = desk.folder / "link.txt"
    link.symlink_to(secret)
    pipe = desk.folder / "pipe.txt"
    os.mkfifo(pipe)
    paths: list[str | Path] = [link, desk.folder / ".." / "secret.txt", folder, pipe, desk.folder / "gone", "a\0b", ""]
    done = last(add_all(articles, [Upload(path, "a.txt") for path in paths]))
    assert {(addition.state, addition.message) for addition in done} == {
        ("failed", "is no longer there. Add it again.")
    }
    assert articles.list() == []
    assert secret.read_text() == "Nobody may read this."
    assert folder.is_dir()
    upload = desk.hand_over("b.txt", "Words.")
    beside = Path(upload.path).with_name("beside.txt")
    beside.write_text("Not handed over.")
    last(add_all(articles, [upload]))
    assert beside.exists()
    assert not Path(upload.path).exists()


def test_the_same_upload_twice_is_removed_after_the_second_time(articles: ArticleIndex, desk: Desk) -> None:
    upload = desk.hand_over("a.txt", "Words.")
    first, second = last(add_all(articles, [upload, upload]))
    assert (first.message, second.message) == ("added, 1 passage", "unchanged: it was there already")
    assert desk.left() == []


# Web addresses


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<html><title>A page</title><body><p>The page tells about owls and their feathers.</p></body></html>"
        self.send_response(200 if self.path == "/page" else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("NO_PROXY", "*")
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_web_address_is_added_between_files(articles: ArticleIndex, desk: Desk, site: str) -> None:
    things = [f"  {site}/page\n", desk.hand_over("a.txt", "Words."), f"{site}/gone"]
    page, file, gone = last(add_all(articles, things))
    assert (page.name, page.message) == (f"{site}/page", "added, 1 passage")
    assert page.article_ids == (Origin.of_url(f"{site}/page").article_id,)
    assert file.state == "done"
    assert (gone.state, gone.message) == ("failed", "the server answered 404 Not Found")


def test_with_public_only_an_address_inside_is_refused(articles: ArticleIndex, site: str) -> None:
    page, named = last(add_all(articles, [f"{site}/page", "https://localhost/page"], public_only=True))
    said = "is an address inside this network; only public web addresses can be added here."
    assert (page.state, page.message) == ("failed", f"127.0.0.1 {said}")
    assert named.message == f"localhost {said}"


def test_an_uploaded_list_of_addresses_stands_for_their_pages(articles: ArticleIndex, desk: Desk, site: str) -> None:
    [listed] = last(add_all(articles, [desk.hand_over("links.txt", f"{site}/page\n{site}/gone\n")]))
    assert listed.article_ids == (Origin.of_url(f"{site}/page").article_id,)
    assert listed.message == f"1 added; 1 failed: {site}/gone: the server answered 404 Not Found"


def test_an_uploaded_list_follows_the_rule_for_addresses(articles: ArticleIndex, desk: Desk, site: str) -> None:
    [listed] = last(add_all(articles, [desk.hand_over("links.txt", f"{site}/page\n")], public_only=True))
    assert listed.state == "failed"
    assert listed.message.endswith("inside this network; only public web addresses can be added here.")
    assert articles.list() == []


def test_an_uploaded_list_that_is_too_long_is_fetched_up_to_the_limit_and_says_so(
    articles: ArticleIndex, desk: Desk, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "MAX_ADDRESSES", 1)
    [listed] = last(add_all(articles, [desk.hand_over("links.txt", f"{site}/page\n{site}/other\n")]))
    assert "no more than 1 are fetched at a time" in listed.message
    assert len(articles.list()) == 1


@pytest.mark.parametrize(
    "text",
    [
        *("/etc/passwd", "../notes.txt", "notes", "C:\\notes.txt", "file:///etc/passwd", "ftp://example.org/a.txt"),
        *("", " ", ".", "..", "javascript:alert(1)", "mailto:a@example.org", "a@example.org", "data:text/html,x"),
        *(
            "http://",
            "https://?",
            "http://exa mple.org/",
            "http://example.org/\r\nX-A: b",
            "http://[",
            "half\ud83d.org",
        ),
        *("example.org:port/", "one. two", "a\0.org", "~/notes.txt", "./notes.txt", "//example.org/x"),
    ],
)
def test_what_is_no_web_address_says_so_and_is_no_path(
    articles: ArticleIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    (tmp_path / "notes").write_text("A file of the machine.")
    (tmp_path / "notes.txt").write_text("A file of the machine.")
    monkeypatch.chdir(tmp_path)
    [addition] = last(add_all(articles, [text]))
    assert (addition.state, addition.message) == (
        "failed",
        "is no web address. Name one that begins with http:// or https://.",
    )
    addition.name.encode()
    assert articles.list() == []
    assert (tmp_path / "notes").exists()


@pytest.mark.parametrize(
    "text",
    [
        *("example.org", "example.org/x", "www.example.org:8080/a?b=c#d", "bücher.example", "sub.example.org?q"),
        "192.168.10.12/x",
    ],
)
def test_an_address_without_a_scheme_gets_https(
    articles: ArticleIndex, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    asked: list[tuple[str, bool]] = []

    def read(addresses: list[Address], settings: FetchSettings) -> Iterator[Article]:
        asked.extend((each.url, settings.public_only) for each in addresses)
        return iter([Article(id="x", text="Words.")])

    monkeypatch.setattr(library, "read_addresses", read)
    [addition] = last(add_all(articles, [text], public_only=True))
    assert asked == [(f"https://{text}", True)]
    assert (addition.name, addition.state) == (text, "done")


def test_a_file_name_is_taken_for_an_address_and_never_read(
    articles: ArticleIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes.invalid").write_text("A file of the machine.")
    monkeypatch.chdir(tmp_path)
    [addition] = last(add_all(articles, ["notes.invalid"]))
    assert addition.message.startswith("no such host: notes.invalid.")
    assert articles.list() == []


# Taking back


def test_removed_articles_can_be_put_back_whole(articles: ArticleIndex, stories: tuple[Article, ...]) -> None:
    articles.add(stories)
    removed = remove(articles, ["bees", "robot", "bees"])
    assert {article.id: article for article in stories if article.id in {"bees", "robot"}} == {
        article.id: article for article in removed
    }
    assert ids(articles) == {"lighthouse", "orchestra"}
    put_back(articles, removed)
    assert [articles.get(article.id) for article in stories] == list(stories)


def test_removing_one_that_is_not_there_removes_none(articles: ArticleIndex, stories: tuple[Article, ...]) -> None:
    articles.add(stories)
    with pytest.raises(ArticleNotFoundError, match="No article 'gone'"):
        remove(articles, ["bees", "gone"])
    assert len(ids(articles)) == len(stories)


def test_what_was_added_anew_in_the_meantime_is_not_put_back_over(articles: ArticleIndex) -> None:
    articles.add([Article(id="a", text="Old."), Article(id="b", text="Other.")])
    removed = remove(articles, ["a", "b"])
    newer = Article(id="a", text="Newer, by somebody else.")
    articles.add(newer)
    put_back(articles, removed)
    assert articles.get("a") == newer
    assert articles.get("b") == removed[1]
    put_back(articles, ())
