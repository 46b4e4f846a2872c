"""A process of its own for the tests that kill: python -m tests.index.moving_worker LOCATION CHARS [STEP].

Rebuilds the index there. Says "ready" when the index is open, and "done" at the end. With STEP it ends itself, as if
killed, before that one of the changes of files' names by which the new index takes the place of the old one, counted
from 1.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from index import ArticleIndex, IndexSettings, StoreSettings
from index.storage.place import FolderPlace
from tests.fakes import WordEmbedder

RENAMES = {"os.rename", "shutil.copyfile", "shutil.rmtree"}


class OtherEmbedder(WordEmbedder):
    """Another model: what it gives cannot be compared with what WordEmbedder gives."""

    name = "other words"
    fingerprint = "other-words-64"


def embedder_of(location: str | Path) -> WordEmbedder:
    """Whichever of the two built the index there, the first where there is none."""
    if not Path(location).exists():
        return WordEmbedder()
    with ArticleIndex.open_without_model(location) as articles:
        return OtherEmbedder() if articles.manifest.model == OtherEmbedder.name else WordEmbedder()


def end_at(step: int) -> None:
    exchange = FolderPlace.exchange
    left = [step]

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event in RENAMES:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    def watched(self: FolderPlace, made: Path) -> None:
        sys.addaudithook(watch)
        exchange(self, made)

    FolderPlace.exchange = watched  # type: ignore[method-assign]


def main() -> None:
    location, chars = sys.argv[1:3]
    articles = ArticleIndex.open(
        location, embedder=embedder_of(location), store_settings=StoreSettings(commit_passages=40)
    )
    if len(sys.argv) > 3:
        end_at(int(sys.argv[3]))
    print("ready", flush=True)
    articles.rebuild(IndexSettings(model="other words", passage_chars=int(chars)), embedder=OtherEmbedder())
    print("done", flush=True)


if __name__ == "__main__":
    main()
