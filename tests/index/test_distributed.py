"""Articles added over a Ray cluster: the same index as one made by a plain `add`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from index import ArticleIndex
from index.distributed import _from_anywhere, add_over_ray
from index.errors import ClusterError
from index.formats import SourceFailure
from qa import ArticleQA
from tests.fakes import WordEmbedder
from tests.index.storage.test_server import Server

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "examples" / "articles"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.start()
    yield server
    server.stop()


def test_an_index_in_a_folder_is_refused_because_other_machines_do_not_have_it(tmp_path: Path) -> None:
    articles = ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder())
    with articles, pytest.raises(ClusterError) as raised:
        add_over_ray(articles, [SAMPLES], "local")
    assert str(raised.value) == (
        f"The index at {tmp_path / 'index'} is a folder, which is on one machine. Start a Chroma server for all of "
        "them: chroma run --path DIR --host 0.0.0.0, and name it: --index http://HOST:8000"
    )


def test_without_ray_it_is_said_how_to_install_it(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "1")
    with ArticleIndex.open(server.url, embedder=WordEmbedder()) as articles:
        assert str(add_over_ray(articles, [], "auto")) == "nothing to add"
        with pytest.raises(ClusterError, match=r"pip install 'article-qa\[ray\]'$"):
            add_over_ray(articles, [SAMPLES], "auto")
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


def test_the_workers_are_given_names_that_hold_in_every_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert _from_anywhere("articles/a.txt") == str(tmp_path / "articles" / "a.txt")
    failure = SourceFailure("a.txt", "empty file")
    for whole in ("/articles/a.txt", "https://example.org/a.txt", failure):
        assert _from_anywhere(whole) == whole


def over_ray(server: Server, *sources: Path, **environment: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "qa", "--index", server.url, "add", "--ray", "local", "--workers", "2"]
    done = subprocess.run(
        [*command, *map(str, sources)], capture_output=True, text=True, cwd=ROOT, env={**os.environ, **environment},
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.mark.soak
@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: pip install -e '.[ray]'")
def test_two_workers_of_ray_make_the_index_that_a_plain_add_makes(tmp_path: Path, server: Server) -> None:
    question = "who is travelling to Moscow"
    with ArticleIndex.open(tmp_path / "plain") as plain:
        report = plain.add([SAMPLES, tmp_path / "gone.txt"])
        status, out, err = over_ray(server, SAMPLES, tmp_path / "gone.txt")
        assert (status, out) == (0, f"{report} ({report.passages_embedded} passages embedded)\n")
        assert f"failed: {tmp_path / 'gone.txt'}: No such file or folder" in err
        with ArticleIndex.open(server.url, create=False) as over:
            assert over.manifest == plain.manifest
            untimed = [
                [(each.id, each.content_hash, each.passages) for each in articles.list()] for articles in (plain, over)
            ]
            assert untimed[0] == untimed[1]
            with plain._connection.reading() as one, over._connection.reading() as other:
                ids = sorted(one.store.passage_ids())
                assert set(ids) == other.store.passage_ids()
                assert one.store.passages(ids) == other.store.passages(ids)
                vectors = one.store.vectors(ids), other.store.vectors(ids)
            assert min(float(vectors[0][each] @ vectors[1][each]) for each in ids) > 0.999
            answers = [ArticleQA(articles).ask(question) for articles in (plain, over)]
    assert answers[0].text == "Steve Witkoff"
    assert answers[0].text == answers[1].text
    assert answers[0].citations == answers[1].citations
    assert over_ray(server, SAMPLES)[1] == f"{report.added} unchanged (0 passages embedded)\n"
    (tmp_path / "new.txt").write_text("The harbour froze.")
    status, _, err = over_ray(server, tmp_path / "new.txt", ARTICLE_QA_ENGINE="none")
    assert status == 1
    assert err.splitlines()[-1].startswith(
        "qa: A process of the Ray cluster 'local' ended: ARTICLE_QA_ENGINE is 'none'."
    )
