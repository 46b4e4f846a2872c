"""What all tests share: folders of their own instead of the user's, and an index made with the real embedding model."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import Article, ArticleIndex, SentenceTransformerEmbedder
from index.inference import load_network
from tests.checkers import Checkers
from tests.remembering import Memory
from tests.warm import WARM

MEMORY, ROOM_BYTES = Path("/dev/shm"), 2 * 2**30  # where Linux keeps files in memory, and what the tests need at most


def pytest_configure() -> None:
    """Write temporary files, also those of processes that are started, to memory: each commit waits for a disk.

    And start chats from other ports than the other processes that test.
    """
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # which is asked for anew
    # A hundred ports for each of the processes that test: two that start a chat at once would take the same.
    number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    os.environ["GRADIO_SERVER_PORT"] = str(7860 + 100 * int(number))


def pytest_collection_finish() -> None:
    """Keep what imports and collecting made out of the search for garbage: with it each takes half a second."""
    gc.collect()
    gc.freeze()


STORIES = (
    Article(
        id="lighthouse",
        title="Skerry Light changes hands after 140 years",
        url="https://example.org/coast/skerry?page=1",
        source="Coast Post",
        author="Nora Whitfield",
        published="2023-05-04T08:30:00+01:00",
        text="The lighthouse on Skerry Point was sold on Thursday. A retired dentist, Oskar Lindqvist, paid 312,000 "
        "pounds for it.\n\nMr Lindqvist says he will live in the tower because the sea air is good for his asthma. "
        "His daughter Ingrid will run a small hostel in the keeper's cottage.\n\nThe lamp itself stays lit. It has "
        "been automatic since 1987, and the harbour board will look after it for another twenty-five years.",
    ),
    Article(
        id="bees",
        title="Cold spring kills a third of the valley's bees",
        source="Farm Weekly",
        author="Dele Okafor",
        published="2023-06-11",
        text="Beekeepers in the Tamsel valley lost every third colony this spring. The vet Ruth Amsel blames a frost "
        "in April, which killed the cherry blossom that the insects feed on.\r\n\r\nHoney will be dear in autumn. A "
        "jar that cost six euros last year may cost nine, said the growers' union. It has asked the ministry for "
        "sugar, so that the hives can be fed through the summer.",
    ),
    Article(
        id="orchestra",
        title="Orchestra plays in an empty swimming pool",
        source="Coast Post",
        author="Nora Whitfield",
        published="2024-01-20",
        text="With its hall closed for repairs, the Lower Marsh Philharmonic gave its winter concert in a drained "
        "swimming pool. 🎻🎻 The echo lasted four seconds. \u201cIt was like playing inside a bell,\u201d said the "
        "conductor, Amélie Charpentier. About 450 people sat on the tiles, wrapped in blankets.\n\nThe hall in "
        "Marsh Street opens again in September, if the new roof arrives in time.",
    ),
    Article(
        id="robot",
        title="Robot finds leaks in old water pipes",
        text="Engineers at the Brennick waterworks have built a robot the size of a mouse that crawls through old "
        "pipes and listens for leaks. In its first month it found 23 of them below the old town. Repairing those "
        "saves about two million litres of water a day. The machine is called Pipsqueak. It runs for nine hours on "
        "one battery, and comes back by itself when the battery is nearly empty.",
    ),
)


@pytest.fixture(scope="session", autouse=True)
def user_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The user's cache and data folders, for this run of the tests: the real ones are never touched.

    One for all tests, so that the embedding model is checked and prepared once. Processes that tests start inherit it.
    """
    folder = tmp_path_factory.mktemp("user")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("cache", "data", "state"):
            patch.setenv(f"XDG_{name.upper()}_HOME", str(folder / name))
        for name in ("ARTICLE_QA_INDEX", "ARTICLE_QA_MODEL"):
            patch.delenv(name, raising=False)
        yield folder


@pytest.fixture(scope="session", autouse=True)
def checkers() -> Iterator[Checkers]:
    """Each look whether a store's vectors can be read does without a second for importing Chroma."""
    with Checkers() as checkers, pytest.MonkeyPatch.context() as patch:
        patch.setattr("index.storage.place.is_readable", checkers.is_readable)
        yield checkers


@pytest.fixture(scope="session", autouse=True)
def warm() -> Iterator[None]:
    """The process from which others are forked ends with the tests."""
    yield
    WARM.end()


@pytest.fixture(scope="session", autouse=True)
def remembered() -> Iterator[Memory]:
    """The networks that embed and read run once for each batch. What runs them otherwise is loaded as it is."""
    memory = Memory()
    with pytest.MonkeyPatch.context() as patch:
        for user in ("index.embedding.engines", "qa.reading.network"):
            patch.setattr(f"{user}.load_network", memory.loading(load_network))
        yield memory


@pytest.fixture
def fresh_networks(remembered: Memory) -> Iterator[None]:
    """Networks that run each time, for tests of what two runs give."""
    with remembered.out_of_use():
        yield


@pytest.fixture(scope="session")
def real_embedder(remembered: Memory) -> SentenceTransformerEmbedder:
    """The packaged embedding model, loaded once."""
    embedder = SentenceTransformerEmbedder()
    embedder.load()
    return embedder


@pytest.fixture(scope="session")
def stories() -> tuple[Article, ...]:
    """The articles in `real_articles`."""
    return STORIES


@pytest.fixture(scope="session")
def real_articles(
    tmp_path_factory: pytest.TempPathFactory, real_embedder: SentenceTransformerEmbedder
) -> Iterator[ArticleIndex]:
    """An index of the stories, made with the real model. For reading only."""
    with ArticleIndex.open(tmp_path_factory.mktemp("real") / "index", embedder=real_embedder) as articles:
        report = articles.add(STORIES)
        assert report.added == len(STORIES)
        yield articles
