"""An index made anew from the articles that it holds, by which it also gets another model or other sizes.

The new one is an index of its own in the folder "rebuilding" of the old one, filled by `Adding` like any other, so that
a rebuild that was killed goes on where it stopped. When it is whole it takes the old one's place; see `exchange`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from index.adding import Adding, Manner
from index.article import Article, ArticleSummary
from index.embedding.embedder import Embedder, Progress
from index.embedding.engines import Vectors
from index.errors import EmbeddingModelError, IndexBusyError, StoreError
from index.moving import stored_article
from index.report import AddProgress
from index.settings import StoreSettings
from index.storage.chroma import ChromaStore
from index.storage.connection import Connection
from index.storage.manifest import Manifest
from index.storage.place import FolderPlace, Place, cannot_rebuild

FOLDER = "rebuilding"
_CATCHING_UP = 5  # rounds in which what others changed meanwhile is taken over, before they have to wait for it


@dataclass(frozen=True, slots=True)
class RebuildProgress:
    """How far a rebuild has come: articles read of all that it has to read, and passages embedded.

    `passages` is how many there will be, as far as can be said from the articles read so far.
    """

    articles_done: int
    articles: int
    passages_done: int
    passages: int


class AbsentModel:
    """In the place of the embedding model of an index, where that is not there any more: nothing can be embedded."""

    def __init__(self, manifest: Manifest) -> None:
        """Stand for the model that the manifest names."""
        self.name = manifest.model
        self.fingerprint = manifest.fingerprint

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Raise EmbeddingModelError."""
        raise self._error()

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Raise EmbeddingModelError."""
        raise self._error()

    def _error(self) -> EmbeddingModelError:
        return EmbeddingModelError(
            f"The embedding model {self.name} was not loaded. Open the index with it, or rebuild it with another: "
            "qa --model MODEL rebuild"
        )


class Rebuilding:
    """One call of `ArticleIndex.rebuild`, which says what it promises."""

    def __init__(
        self,
        connection: Connection,
        embedder: Embedder,
        manifest: Manifest,
        settings: StoreSettings,
        on_progress: Callable[[RebuildProgress], None] | None = None,
    ) -> None:
        """Prepare it: `embedder` and `manifest` are the new ones."""
        self._connection = connection
        self._embedder = embedder
        self._manifest = manifest
        self._settings = settings
        self._on_progress = on_progress
        self._read = 0  # characters of the articles that are cut

    def run(self, place: Place) -> None:
        """Do it; to be called once. Raises StoreError; the index is then as it was."""
        if not isinstance(place, FolderPlace):
            raise StoreError(cannot_rebuild(place.name))
        self._connection.check_writable()
        with _alone(place):
            made = self._made(place.folder / FOLDER)
            try:
                for _ in range(_CATCHING_UP):
                    with self._connection.reading(words=False) as view:
                        want = view.store.summaries()
                    if not self._follow(made, want, lambda summary: stored_article(self._connection, summary.id)):
                        break
                self._connection.exchange(
                    place.folder / FOLDER, lambda store: self._finish(made, store), self._embedder
                )
            finally:
                made.close()

    def _finish(self, made: Connection, store: ChromaStore) -> None:
        """Take over what was changed at the last moment, and close the new index."""
        self._follow(made, store.summaries(), store.article)
        with made.reading():  # brings its word index up to date
            pass
        made.close()

    def _made(self, folder: Path) -> Connection:
        """The new index, with what an earlier rebuild to the same model and sizes left in it."""
        place = FolderPlace(folder, self._settings)
        with suppress(StoreError):
            if place.manifest() == self._manifest:
                connection = Connection.to(place, self._embedder)
                with connection.reading():
                    return connection
        with suppress(FileNotFoundError):
            shutil.rmtree(folder)
        place.create(self._manifest)
        connection = Connection.to(place, self._embedder)
        with connection.reading():
            return connection

    def _follow(
        self,
        made: Connection,
        want: dict[str, ArticleSummary],
        article: Callable[[ArticleSummary], Article | None],
    ) -> bool:
        """Bring the new index to these articles; says whether there was something to do."""
        with made.reading(words=False) as view:
            have = view.store.summaries()
        if gone := sorted(have.keys() - want.keys()):
            made.commit([], gone)
        fresh = [summary for summary in want.values() if not _has(have, summary)]
        if fresh:
            characters = sum(summary.characters for summary in fresh)
            report = Adding(
                made,
                self._embedder,
                self._manifest,
                self._settings.commit_passages,
                manner=Manner(),
                on_progress=lambda progress: self._tell(progress, len(fresh), characters),
            ).run(self._given(fresh, article))
            for failed in report.of("failed"):
                raise StoreError(
                    f"The article {failed.article_id} cannot be taken over: {failed.reason}. The index is as it was. "
                    "Remove that article, or add it again, and rebuild once more."
                )
        with made.reading(words=False) as view:
            have = view.store.summaries()
        moved = {each: want[each].locations for each in have if have[each].locations != want[each].locations}
        if moved:
            made.commit([], [], locations=moved)
        return bool(gone or fresh or moved)

    def _given(
        self, fresh: Sequence[ArticleSummary], article: Callable[[ArticleSummary], Article | None]
    ) -> Iterator[Article]:
        self._read = 0
        for summary in fresh:
            found = article(summary)
            if found is not None:  # or removed in the meantime
                yield found
                self._read += len(found.text)

    def _tell(self, progress: AddProgress, articles: int, characters: int) -> None:
        if self._on_progress is None:
            return
        done = progress.report.passages_embedded
        known = done + progress.waiting
        share = self._manifest.passage_chars * 0.8 if not known else self._read / known
        expected = known + round(max(0, characters - self._read) / share)
        self._on_progress(RebuildProgress(progress.sources_done, articles, done, expected))


def _has(have: dict[str, ArticleSummary], summary: ArticleSummary) -> bool:
    return summary.id in have and have[summary.id].content_hash == summary.content_hash


@contextmanager
def _alone(place: FolderPlace) -> Iterator[None]:
    """Let no other process rebuild the same index."""
    lock = FileLock(place.folder / f"{FOLDER}.lock", mode=0o600)
    try:
        lock.acquire(blocking=False)
    except Timeout as exc:
        raise IndexBusyError(
            f"Another process is rebuilding the index at {place.name}. Wait for it, or end it first."
        ) from exc
    except OSError as exc:
        raise StoreError(
            f"The index at {place.name} cannot be written: {exc.strerror}. See who may write there."
        ) from exc
    try:
        yield
    finally:
        lock.release()
