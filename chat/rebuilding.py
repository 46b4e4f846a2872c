"""The index made anew by the network for many languages, from the library beside the chat."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from chat.render import button, escape
from chat.words import said_language, say
from index.choosing import others_than_english
from index.errors import ArticleQAError
from index.formats.identity import is_url
from index.settings import MULTILINGUAL_MODEL, PACKAGED_MODEL

if TYPE_CHECKING:
    from index.article import ArticleSummary
    from index.rebuilding import RebuildProgress
    from qa import ArticleQA

INTERVAL_S = 0.5  # between two looks at how far it is
SHOWN_LANGUAGES = 3


class RebuildForLanguages:
    """One for an app: at most one rebuild at a time, which goes on to its end whoever leaves, and which others join.

    Questions are answered from the old index until the new one is whole: see `ArticleIndex.rebuild`.
    """

    def __init__(self, qa: ArticleQA) -> None:
        """Nothing is looked at yet."""
        self._qa = qa
        self._lock = threading.Lock()
        self._work: threading.Thread | None = None
        self._share = 0.0
        self._failure: ArticleQAError | None = None

    def languages(self, articles: Sequence[ArticleSummary]) -> list[str]:
        """The languages of articles that the index's network does not read; none where a rebuild would not help.

        An index on a server is not rebuilt in its place.
        """
        if self._qa.articles.manifest.model != PACKAGED_MODEL or is_url(self._qa.articles.location):
            return []
        return others_than_english(articles)

    @property
    def runs(self) -> bool:
        """Whether the index is being rebuilt by this program."""
        return self._work is not None and self._work.is_alive()

    def run(self) -> Iterator[float]:
        """Rebuild it, or watch the rebuild that is under way: its share that is done, again and again.

        Raises ArticleQAError where it failed; the index is then as it was.
        """
        with self._lock:
            if not self.runs:
                self._share, self._failure = 0.0, None
                self._work = threading.Thread(target=self._rebuild, name="rebuilding", daemon=True)
                self._work.start()
            work = self._work
        while work is not None and work.is_alive():
            yield self._share
            work.join(INTERVAL_S)
        if self._failure is not None:
            raise self._failure

    def _rebuild(self) -> None:
        settings = self._qa.articles.manifest.settings
        try:
            self._qa.articles.rebuild(settings.model_copy(update={"model": MULTILINGUAL_MODEL}), on_progress=self._tell)
        except ArticleQAError as exc:  # for those who watch
            self._failure = exc

    def _tell(self, progress: RebuildProgress) -> None:
        self._share = max(self._share, min(1.0, progress.passages_done / max(1, progress.passages)))


def render_advice(languages: Sequence[str]) -> str:
    """A line on what a rebuild would do for these languages, with its button; "" for none."""
    if not languages:
        return ""
    named = ", ".join(map(said_language, languages[:SHOWN_LANGUAGES])) + ", …" * (len(languages) > SHOWN_LANGUAGES)
    said = escape(say("rebuild_advised", languages=named))
    rebuild = button("rebuild", "", escape(say("rebuild")), classes="chip")
    return f'<p class="undo"><span dir="auto">{said}</span> {rebuild}</p>'


def render_rebuild(share: float) -> str:
    """How far it is."""
    said = escape(say("rebuild_runs"))
    bar = f'<progress max="1" value="{share:.3f}" aria-label="{said}"></progress>'
    return f'<p class="soft" role="status">{said}</p>{bar}'
