"""Mending an embedded store whose vector files a killed process left half written.

Chroma keeps texts in SQLite, where a commit is whole or not at all, but writes its vector files in place. So the texts
are always there, and damaged vectors are made again from them, into a new folder that replaces the old one whole.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

from index.embedding.embedder import Embedder, embedded_text
from index.storage.chroma import ChromaStore, Put
from index.storage.lock import stores_in

_LOG = logging.getLogger(__name__)

# In a process of its own: the library that reads these files crashes on some of the damage.
_CHECK = """
import pathlib, sys, chromadb
from index.storage.graph import is_whole
if not all(is_whole(path.parent) for path in pathlib.Path(sys.argv[1]).glob("*/header.bin")):
    raise ValueError("a graph is damaged")
from chromadb.config import Settings
client = chromadb.PersistentClient(sys.argv[1], settings=Settings(anonymized_telemetry=False))
for collection in client.list_collections():
    count = collection.count()
    for offset in range(0, count, 1000):
        page = collection.get(limit=1000, offset=offset, include=["embeddings"])
        if not offset:  # a search for all goes along every link of the graph
            collection.query(query_embeddings=page["embeddings"][:1], n_results=min(count, 10_000), include=[])
        collection.query(query_embeddings=page["embeddings"][:1], n_results=10)
"""


def is_readable(chroma: Path) -> bool:
    """Whether every vector of the embedded store in this folder can be read and searched."""
    if not chroma.is_dir():
        return True  # nothing has been written yet
    result = subprocess.run([sys.executable, "-c", _CHECK, str(chroma)], capture_output=True, check=False)
    return result.returncode == 0


def vector_sum(chroma: Path) -> str:
    """A sum over all vector files of the embedded store in this folder, by which damage is seen before they are read.

    It takes a second for a gigabyte. "none" where Chroma has not written any yet: then it makes folders at each
    opening that hold nothing but whatever was in memory, and no list of ids (index_metadata.pickle).
    """
    total = 0
    paths = sorted(path for ids in chroma.glob("*/index_metadata.pickle") for path in ids.parent.iterdir())
    for path in paths:
        total = zlib.crc32(path.relative_to(chroma).as_posix().encode(), total)
        with path.open("rb") as file:
            while block := file.read(2**20):
                total = zlib.crc32(block, total)
    return f"{total:08x}" if paths else "none"


def rebuild(old: Path, new: Path, open_store: Callable[[Path], ChromaStore], embedder: Embedder) -> None:
    """Write a store to `new` with the articles of the damaged one in `old`, their passages embedded again.

    Only articles that are visible in `old` are taken over. `old` is left without its vector files, which a second try
    does not need either.
    """
    for folder in old.iterdir():
        if folder.is_dir():  # Chroma's vector files are in folders beside chroma.sqlite3
            shutil.rmtree(folder)
    source = open_store(old)
    try:
        target = open_store(new)
        try:
            summaries = source.summaries()
            _LOG.warning("The vectors in %s are damaged; embedding %d articles again.", old, len(summaries))
            for summary in summaries.values():
                article = source.article(summary)
                passages = source.article_passages(summary)
                vectors = embedder.embed_passages([embedded_text(each) for each in passages])
                target.put([Put(article, passages, vectors)])
        finally:
            target.close()
    finally:
        source.close()


def remove_others(folder: Path, current: str) -> None:
    """Remove the stores in an index's folder that an interrupted or finished mending left."""
    for other in stores_in(folder):
        if other.name != current:
            shutil.rmtree(other, ignore_errors=True)
