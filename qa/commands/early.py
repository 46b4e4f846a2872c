"""Loads the networks beside the imports of a command that asks, which saves a third of a second of its start."""

from __future__ import annotations

import atexit
import gc
import threading
from contextlib import suppress

from index.errors import ArticleQAError


def load_early(*, reader: bool) -> list[object]:
    """Begin to load the packaged embedding network, and the reader if asked for, in a thread.

    Keep what this gives until they are in use. What goes wrong is left to the command, which loads them again.
    """
    loaded: list[object] = []

    def load() -> None:
        from index.embedding.embedder import SentenceTransformerEmbedder
        from qa.reading.network import ReaderNetwork

        with suppress(ArticleQAError):
            loaded.append(SentenceTransformerEmbedder().load())
            if reader:
                network = ReaderNetwork()
                network.load()
                loaded.append(network)

    threading.Thread(target=load, name="load-early").start()
    atexit.register(gc.freeze)  # or the interpreter looks through all objects once more before it ends: another third
    return loaded
