"""Articles read, cut and embedded on the machines of a Ray cluster, and stored from here, by one writer.

Needs the extra "ray", here and on every machine. Nothing is reported to Ray's makers, and no dashboard is started.
"""

from __future__ import annotations

import logging
import os
import pickle
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from index.article_index import ArticleIndex
from index.errors import ArticleQAError, ClusterError
from index.formats import KnownFile
from index.formats.identity import is_url
from index.known import KnownFiles
from index.report import AddProgress, AddReport
from index.sources import Source, expanded

_SOURCES = 64  # that a worker takes at a time: enough passages for the network, little lost when the worker dies


def add_over_ray(
    articles: ArticleIndex,
    sources: Iterable[Source],
    address: str,
    on_progress: Callable[[AddProgress], None] | None = None,
    *,
    workers: int = 0,
) -> AddReport:
    """Like `articles.add(sources)`, with the work done by `workers` processes of a Ray cluster (0: one a machine).

    `address` is what ray.init takes: "auto" for the cluster that this machine is part of, "local" for one that is made
    here and ended afterwards. The index is on a Chroma server that all machines reach by the same URL, and files have
    the same names on all of them. Articles are stored in the order in which they are ready. Raises ClusterError and
    StoreError.
    """
    if not articles.location.startswith(("http://", "https://")):
        raise ClusterError(
            f"The index at {articles.location} is a folder, which is on one machine. Start a Chroma server for all of "
            "them: chroma run --path DIR --host 0.0.0.0, and name it: --index http://HOST:8000"
        )
    named = [each for source in sources for each in expanded(source)]
    known = KnownFiles(articles.list())  # makes the first revision, which the workers wait for
    found = [pickle.dumps(_from_anywhere(each)) for each in known.looked_up(named)]
    if not found:
        return articles.add([], on_progress)
    with _connected(address) as ray:
        workers = workers or sum(node["Alive"] and node["Resources"].get("CPU", 0) > 0 for node in ray.nodes())
        parts = min(len(found), max(4 * workers, len(found) // _SOURCES))
        made = ray.data.from_items([{"item": each} for each in found], override_num_blocks=parts).map_batches(
            _Worker,
            fn_constructor_args=(articles.location,),
            batch_size=_SOURCES,
            compute=ray.data.ActorPoolStrategy(size=min(workers, parts)),
            num_cpus=1,
        )
        return articles.add((pickle.loads(row["item"]) for row in made.iter_rows()), on_progress)


def _from_anywhere(source: Any) -> Any:
    """A file's name from the root: the workers of a cluster run in a folder of their own."""
    if isinstance(source, KnownFile):
        return KnownFile(os.path.abspath(source.path), source.known_as)  # noqa: PTH100
    return os.path.abspath(source) if isinstance(source, str) and not is_url(source) else source  # noqa: PTH100


class _Worker:
    """A process of the cluster. Its opening of the index checks that it has the index's model."""

    def __init__(self, location: str) -> None:
        self._articles = ArticleIndex.open(location, create=False)

    def __call__(self, batch: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """What is in some sources; a file that ends the process that reads it must not end this one."""
        for made in self._articles.prepare([pickle.loads(each) for each in batch["item"]], workers=1):
            yield {"item": [pickle.dumps(made)]}


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # Ray reads these when it is imported
    if address == "local":  # it listens on all of the machine's addresses
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    try:
        import ray
        import ray.data
    except ImportError as exc:
        raise ClusterError("Ray is not installed. Install it on each machine: pip install 'article-qa[ray]'") from exc
    alone = {"include_dashboard": False} if address == "local" else {}
    try:
        ray.init(address, log_to_driver=False, logging_level="error", **alone)
        logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # what goes wrong is told below
        ray.data.DataContext.get_current().enable_progress_bars = False
        yield ray
    except ray.exceptions.RayTaskError as exc:
        raise ClusterError(f"A process of the Ray cluster {address!r} ended: {_cause(exc)}") from exc
    except (ConnectionError, ray.exceptions.RayError) as exc:
        raise ClusterError(f"The Ray cluster {address!r} did not do its work: {exc}") from exc
    finally:
        ray.shutdown()


def _cause(error: Any) -> str:
    """What went wrong on the other machine, in a line."""
    cause = error.cause
    while isinstance(getattr(cause, "cause", None), Exception):
        cause = cause.cause
    return str(cause).strip().splitlines()[0] if isinstance(cause, ArticleQAError) else repr(cause)
