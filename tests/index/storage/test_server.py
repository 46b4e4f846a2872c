"""The same index on a real Chroma server: several clients, dead writers, and a server that goes away."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import chromadb
import pytest
from chromadb.config import Settings

from index import Article, ArticleIndex, IndexSettings, PassageFilter, SentenceTransformerEmbedder, StoreSettings
from index.errors import (
    ArticleNotFoundError,
    IndexBusyError,
    IndexNotFoundError,
    ManifestMismatchError,
    ServerUnavailableError,
    StoreError,
)
from index.storage.lock import ServerLock
from tests.fakes import WordEmbedder
from tests.index.worker import SETTINGS
from tests.warm import WARM

HARBOUR = Article(
    id="harbour",
    title="Harbour dredged",
    text=" Dredgers cleared the harbour.\r\n\r\nIt took nine days, e\u0301 and 🎻. \n",
    source="Coast Post",
    published="2025-03-13",
)
BREAD = Article(id="bread", title="Bread dear", text="Bread costs more. Flour costs more too.", source="Farm Weekly")


class Server:
    """A Chroma server over a folder, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [Path(sys.executable).with_name("chroma"), "run", "--path", self.folder]
        self.process = subprocess.Popen(
            [*map(str, command), "--port", str(self.port), "--host", "127.0.0.1"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder,
            start_new_session=True,
        )  # fmt: skip
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self.process.poll() is None, "the Chroma server ended at once"
            time.sleep(0.05)
        pytest.fail("the Chroma server does not listen")

    def stop(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)  # the command starts the server as a child
            self.process.wait()
            self.process = None

    def client(self) -> Any:
        return chromadb.HttpClient(host="127.0.0.1", port=self.port, settings=Settings(anonymized_telemetry=False))

    def clear(self) -> None:
        client = self.client()
        for collection in client.list_collections():
            client.delete_collection(collection.name)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("chroma-server"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(running: Server) -> Server:
    """A server that runs and is empty."""
    if running.process is None:
        running.start()
    running.clear()
    return running


def opened(server: Server, **settings: float) -> ArticleIndex:
    return ArticleIndex.open(
        server.url,
        SETTINGS,
        embedder=WordEmbedder(),
        store_settings=StoreSettings(**settings),  # type: ignore[arg-type]
    )


def found(articles: ArticleIndex, question: str, where: PassageFilter | None = None) -> list[str]:
    [candidates] = articles.search(articles.embedder.embed_queries([question]), [question], 5, where or PassageFilter())
    best = sorted(candidates.scores, key=lambda key: -candidates.scores[key][1])
    passages = articles.passages(best)
    return list(dict.fromkeys(passages[key].article_id for key in best if candidates.scores[key][1] > 0))


def test_what_is_added_is_listed_found_replaced_and_removed(server: Server) -> None:
    with opened(server) as articles:
        assert articles.location == server.url
        assert str(articles.add([HARBOUR, BREAD])) == "2 added"
        assert str(articles.add([HARBOUR, BREAD])) == "2 unchanged"
        assert [summary.id for summary in articles.list()] == ["harbour", "bread"]
        assert articles.get("harbour") == HARBOUR
        assert found(articles, "dredgers") == ["harbour"]
        assert found(articles, "flour dredgers", PassageFilter(sources=("Farm Weekly",))) == ["bread"]
        assert {each.id: each.known_language for each in articles.list()} == {"harbour": "en", "bread": "en"}
        assert sorted(found(articles, "flour dredgers", PassageFilter(languages=("en",)))) == ["bread", "harbour"]
        assert found(articles, "flour dredgers", PassageFilter(languages=("de",))) == []
        newer = replace(HARBOUR, text="Storms silted up the port.")
        assert str(articles.add(newer)) == "1 updated"
        assert articles.get("harbour") == newer
        assert (found(articles, "dredgers"), found(articles, "storms")) == ([], ["harbour"])
        assert [summary.id for summary in articles.remove("harbour")] == ["harbour"]
        assert articles.info().articles == 1
        with pytest.raises(ArticleNotFoundError, match=f"^No article 'harbour' in {server.url}"):
            articles.get("harbour")


def test_with_the_real_model_the_nearest_passage_is_found(
    server: Server, real_embedder: SentenceTransformerEmbedder, stories: tuple[Article, ...]
) -> None:
    with ArticleIndex.open(f"{server.url}/", embedder=real_embedder) as articles:
        assert articles.add(stories).added == len(stories)
        question = "physician purchased beacon beside ocean"
        [candidates] = articles.search(real_embedder.embed_queries([question]), [question], 3)
        best = max(candidates.scores, key=lambda key: candidates.scores[key][0])
        passage = articles.passages([best])[best]
        assert passage.article_id == "lighthouse"
        assert articles.get("lighthouse").text[passage.start : passage.end] == passage.text


def test_two_clients_see_each_others_changes(server: Server) -> None:
    with opened(server) as one, opened(server) as two:
        one.add(HARBOUR)
        assert two.get("harbour") == HARBOUR
        assert found(two, "dredgers") == ["harbour"]
        two.add(BREAD)
        assert found(one, "flour") == ["bread"]
        one.remove("harbour")
        assert found(two, "dredgers") == []
        assert [summary.id for summary in two.list()] == ["bread"]


def test_a_client_in_another_process_sees_what_was_added_and_adds(server: Server) -> None:
    with opened(server) as articles:
        articles.add(HARBOUR)
        writer = WARM.start("tests.index.worker", server.url, "other", 3, 1)
        assert writer.communicate()[0].endswith("other-3\n")
        assert found(articles, "markerother3x7") == ["other-3"]
        assert articles.info().articles == 2


def test_a_server_without_an_index_is_an_error_unless_one_may_be_made(server: Server) -> None:
    with pytest.raises(IndexNotFoundError, match=f"^No index at {server.url}. Add articles first: "):
        ArticleIndex.open(server.url, embedder=WordEmbedder(), create=False)
    assert server.client().list_collections() == []


def test_what_built_the_index_is_kept_on_the_server(server: Server) -> None:
    opened(server).close()
    with ArticleIndex.open(server.url, embedder=WordEmbedder()) as articles:
        assert articles.manifest.passage_chars == SETTINGS.passage_chars
        assert articles.manifest.model == "words"
    with pytest.raises(ManifestMismatchError, match="was built with passage_chars = 120; you asked for 500"):
        ArticleIndex.open(server.url, IndexSettings(passage_chars=500), embedder=WordEmbedder())
    other = WordEmbedder()
    other.name, other.fingerprint = "others", "others-64"
    with pytest.raises(ManifestMismatchError, match="built with the embedding model words; you asked for others"):
        ArticleIndex.open(server.url, embedder=other)


DYING = """
import os, sys
from index import Article, ArticleIndex, StoreSettings
from index.storage.chroma import ChromaStore
from tests.fakes import WordEmbedder

put = ChromaStore.put

def put_half(self, puts):
    self._articles = None  # so that the passages are written, and no record
    try:
        put(self, puts)
    except AttributeError:
        os._exit(9)

ChromaStore.put = put_half
settings = StoreSettings(lease_s=1)
ArticleIndex.open(sys.argv[1], embedder=WordEmbedder(), store_settings=settings).add(Article("bread", "Flour is dear."))
"""


def test_the_claim_of_a_dead_writer_expires_and_what_it_left_is_cleaned_away(server: Server) -> None:
    with opened(server, lease_s=1, lock_timeout_s=20) as articles:
        articles.add(HARBOUR)
        died = subprocess.run([sys.executable, "-c", DYING, server.url], check=False, cwd=Path(__file__).parents[3])
        assert died.returncode == 9
        assert sorted(server.client().get_collection("article-qa-state").get()["ids"]) == ["lease", "state"]
        assert [summary.id for summary in articles.list()] == ["harbour"]
        assert found(articles, "flour") == []  # not the half of it, before and after the claim has ended
        assert str(articles.add(BREAD)) == "1 added"
        assert found(articles, "flour") == ["bread"]
        assert articles.get("harbour") == HARBOUR
        with articles._connection.reading() as view:
            assert not view.unsettled
            assert view.store.orphans() == set()
            assert view.store.passage_ids() == view.words.passage_ids()


def test_a_writer_that_is_at_work_is_waited_for_and_then_reported(server: Server) -> None:
    with opened(server, lock_timeout_s=0.2) as articles:
        articles.add(HARBOUR)
        with ServerLock(server.client(), server.url, 5, 60).writing():
            with pytest.raises(IndexBusyError, match=f"^Another process has been writing to the index at {server.url}"):
                articles.add(BREAD)
            assert articles.get("harbour") == HARBOUR  # reading goes on
        assert str(articles.add(BREAD)) == "1 added"


def test_a_writer_whose_claim_was_taken_over_stops(server: Server) -> None:
    opened(server).add(HARBOUR)
    slow, quick = (ServerLock(server.client(), server.url, 5, lease_s) for lease_s in (-1, 60))
    with ExitStack() as stack:
        stack.enter_context(pytest.raises(IndexBusyError, match=r"^Another process took over writing"))
        stack.enter_context(slow.writing())
        stack.enter_context(quick.writing())
        with pytest.raises(IndexBusyError, match=r"Add the articles again\.$"):
            slow.renew()


def test_a_server_that_is_not_there_says_how_to_start_one(tmp_path: Path) -> None:
    server = Server(tmp_path)
    with pytest.raises(ServerUnavailableError) as raised:
        opened(server)
    assert str(raised.value) == f"No Chroma server answers at {server.url}. Start one: chroma run --path DIR"


def test_something_that_is_no_chroma_server_is_an_error_that_names_it() -> None:
    settings = StoreSettings(server_timeout_s=1)
    with socket.create_server(("127.0.0.1", 0)) as other:
        url = f"http://127.0.0.1:{other.getsockname()[1]}"
        threading.Thread(target=_speak_something_else, args=(other,), daemon=True).start()
        with pytest.raises(StoreError, match=url):
            ArticleIndex.open(url, embedder=WordEmbedder(), store_settings=settings)


def _speak_something_else(listening: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nnope\n")


def test_a_server_that_is_killed_is_an_error_and_when_it_is_back_all_works_again(server: Server) -> None:
    with opened(server, server_timeout_s=5) as articles:
        articles.add(HARBOUR)
        server.stop()
        for use in (articles.list, lambda: articles.add(BREAD), lambda: found(articles, "dredgers"), articles.info):
            with pytest.raises(ServerUnavailableError) as raised:
                use()
            assert str(raised.value).startswith(f"The Chroma server at {server.url} does not answer (")
            assert str(raised.value).endswith("Is it running? Start one with: chroma run --path DIR")
        server.start()
        assert articles.get("harbour") == HARBOUR
        assert str(articles.add(BREAD)) == "1 added"
        assert found(articles, "flour") == ["bread"]
        assert found(articles, "dredgers") == ["harbour"]


def test_every_client_knows_the_versions_of_a_story(server: Server) -> None:
    text = "The ferry was sold. A vet paid four million for it. It sails again in the spring. Nobody on it was hurt. "
    first, other = Article("first", text), Article("other", f"(Agency) {text} The crew keeps its work.")
    with opened(server) as one, ExitStack() as left:
        two = left.enter_context(opened(server))
        one.add([HARBOUR, first])
        assert two.stories() == []
        one.add(other)
        assert [[each.id for each in story.versions] for story in two.stories()] == [["first", "other"]]
        two.remove("first")
        assert one.stories() == []


def test_the_word_index_of_a_server_lies_in_the_users_cache_folder(server: Server, user_folders: Path) -> None:
    with opened(server) as articles:
        articles.add(HARBOUR)
        with articles._connection.reading() as view:
            path = view.words._path
        assert path.is_relative_to(user_folders / "cache")
        articles.close()
        (path / "meta.json").write_bytes(b"damaged " * 1000)
        assert found(articles, "dredgers") == ["harbour"]


def test_articles_move_to_and_from_a_server_which_is_checked_and_not_rebuilt(server: Server, tmp_path: Path) -> None:
    with opened(server) as articles, ArticleIndex.open(tmp_path, SETTINGS, embedder=WordEmbedder()) as folder:
        folder.add([HARBOUR, BREAD])
        folder.export_to(tmp_path.with_suffix(".jsonl"))
        assert articles.import_from(tmp_path.with_suffix(".jsonl")).added == 2
        assert [articles.get(each.id) for each in (HARBOUR, BREAD)] == [HARBOUR, BREAD]
        assert articles.check().findings == []
        with pytest.raises(StoreError, match=f"^A dry run checks a copy, and there is none of the server {server.url}"):
            articles.check(dry_run=True)
        with pytest.raises(StoreError, match=f"^The index at {server.url} is on a Chroma server, where a new index"):
            articles.rebuild()
        passages = server.client().get_collection("article-qa-passages", embedding_function=None)
        passages.add(ids=["x"], embeddings=[[1.0] + [0.0] * 63], metadatas=[{"x": 1}])
        assert [str(each) for each in articles.check().findings] == ["mended: 1 passage cannot be read (x); removed"]
        assert found(articles, "flour") == ["bread"]
        passages.delete(where={"article_id": "bread"})
        server.client().get_collection("article-qa-articles", embedding_function=None).delete(ids=["bread"])
        for _ in range(2):
            [lost] = articles.check().lost
            assert lost.problem == "1 article that it held (bread)"
        assert articles.check(accept_loss=True).lost
        assert articles.check().findings == []
        assert [summary.id for summary in articles.list()] == ["harbour"]
