"""What does not fit in an index, found and mended: one pass over all that is stored, in a writer's turn.

Everything but the store is derived from it and made to fit; of the store itself, what can be told from the rest is put
back, and what cannot is named. A dry run does the same to a copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from index.article import ArticleSummary, Passage
from index.embedding.embedder import Embedder, embedded_text
from index.errors import ArticleDamagedError, ArticlesLostError, EmbeddingModelError, StoreError
from index.lost_records import restored
from index.split import split_article, version_key
from index.storage.chroma import Put
from index.storage.connection import Connection, Repair
from index.storage.manifest import Manifest
from index.storage.place import FolderPlace, Place

_PAGE = 1000  # passages that are looked at together
_NAMED = 20  # articles at the most in one line
_LENGTH = 0.01  # by which a vector may be longer or shorter than 1


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not fit, and what is done about it, as a participle: "removed". Reads as a line.

    `lost`: it could not be mended. `planned`: in a dry run, where nothing is done.
    """

    problem: str
    remedy: str
    lost: bool = False
    planned: bool = False

    def __str__(self) -> str:
        """One line."""
        if self.lost:
            return f"lost: {self.problem}; {self.remedy}"
        return f"{'would be mended' if self.planned else 'mended'}: {self.problem}; {self.remedy}"


@dataclass(slots=True)
class CheckReport:
    """What a check found, in order; how many articles and passages there are afterwards."""

    findings: list[Finding] = field(default_factory=list)
    articles: int = 0
    passages: int = 0
    vectors_misfit: bool = False  # all of them: they have another length than the model's

    @property
    def lost(self) -> list[Finding]:
        """What could not be mended."""
        return [finding for finding in self.findings if finding.lost]


class Checking:
    """One call of `ArticleIndex.check`, which says what it promises."""

    def __init__(
        self,
        place: Place,
        connection: Connection,
        embedder: Embedder,
        manifest: Manifest,
        *,
        accept_loss: bool = False,
        planned: bool = False,
    ) -> None:
        """Prepare it. `planned`: it is a copy that is mended."""
        self._place = place
        self._connection = connection
        self._embedder = embedder
        self._manifest = manifest
        self._accept_loss = accept_loss
        self._planned = planned
        self._report = CheckReport()

    def run(self) -> CheckReport:
        """Do it; to be called once. Raises StoreError where the store cannot be used at all."""
        self._check_state()
        if self._report.lost:
            return self._report
        try:
            with self._connection.repairing() as repair:
                self._check(repair)
        except ArticlesLostError as exc:
            if not self._report.lost:  # the store is gone, before anything could be looked at
                self._lose(str(exc) + self._named(self._articles_by_words()), "nothing was changed")
        return self._report

    def _check(self, repair: Repair) -> None:
        store = repair.store
        found = repair.found
        words = repair.words.passage_ids()
        sure = found.revision in ("", repair.words.revision()) and not found.writing and not repair.words_state
        self._tell_opening(repair)
        before = store.passage_ids()
        self._check_rows(repair)
        gone = self._check_records(repair, words - before if sure else set(), sure)
        self._check_texts(repair)
        self._check_vectors(repair)
        self._tell_words(repair, words)
        self._report.articles, self._report.passages = store.counts()
        if gone and not self._accept_loss:
            raise ArticlesLostError(gone)

    def _check_state(self) -> None:
        """A state that says nothing, or names a store that is not there beside one that is."""
        if not isinstance(self._place, FolderPlace):
            return
        lock = self._place.lock()
        problem = ""
        try:
            state = lock.state()
            if not self._place.has_state():
                problem = "state.json is not there" if self._place.has_stores() else ""
            elif not self._place.has_store(state.store) and self._place.has_stores():
                problem = f"state.json speaks of a store {state.store}, which is not there"
        except StoreError as exc:
            problem = f"state.json cannot be read ({type(exc.__cause__).__name__})" if exc.__cause__ else str(exc)
        if problem:
            try:
                lock.forget()
                self._mend(problem, "made anew from the one store that is there")
            except StoreError as exc:
                self._lose(problem, str(exc))

    def _tell_opening(self, repair: Repair) -> None:
        if repair.vectors == "damaged":
            self._mend("vector files could not be read", "all passages were embedded again from their texts")
        elif repair.vectors == "altered" and not repair.found.writing:
            self._mend("vector files are not as they were left, but all of them can be read", "noted")
        if repair.found.writing:
            self._mend("a process ended while it was writing", "what it left by half is cleaned away")

    def _check_rows(self, repair: Repair) -> None:
        """Rows that hold something else than ours do."""
        if records := sorted(repair.store.unreadable_records()):
            for article_id in records:
                repair.store.drop_record(article_id)
            self._mend(f"the records of {_count(records, 'article')} cannot be read ({_some(records)})", "removed")
        if passages := sorted(repair.store.unreadable_passages()):
            repair.store.drop_passages(passages)
            self._mend(f"{_count(passages, 'passage')} cannot be read ({_some(passages)})", "removed")

    def _check_records(self, repair: Repair, missing: set[str], sure: bool) -> str:
        """Passages without a record, and articles of which there is none any more; says how, "" where none is lost.

        `missing` are passages that the word index knows and the store does not; `sure`: it is in step with the state.
        """
        store, found = repair.store, repair.found
        orphans = store.orphans()
        lacking = found.articles - store.counts()[0] if not found.writing else 0
        if orphans and lacking > 0:
            for article, whole in restored(list(store.passages(sorted(orphans)).values()), store.summaries().values()):
                passages = split_article(article, self._manifest.passage_chars, self._manifest.overlap_chars)
                vectors = self._embedder.embed_passages([embedded_text(each) for each in passages])
                store.put([Put(article, passages, vectors)])
                what = f"the record of article {article.id} is gone"
                if whole:
                    self._mend(what, "put back from its passages")
                else:
                    self._lose(what, "put back from its passages, perhaps without its end; its sections are lost")
            lacking = found.articles - store.counts()[0]
            orphans = store.orphans()
        foreign = bool(found.collection) and store.identity() != found.collection
        live = {version_key(summary.id, summary.content_hash) for summary in store.summaries().values()}
        ids = repair.words.article_ids(each for each in missing if each.rsplit("-", 1)[0] + "-" not in live)
        parts = {passage.article_id for passage in store.passages(sorted(orphans)).values()} if lacking > 0 else set()
        names = sorted((ids | parts) - store.summaries().keys())
        gone = ""
        if foreign and (not sure or missing):
            gone = "the store is the one of another index, or a new one"
        elif lacking > 0 or ids:
            gone = _count(range(max(lacking, len(ids), 1)), "article") + " that it held"
        if gone:
            gone += self._named(names)
            remedy = "what is left was accepted" if self._accept_loss else _AFTER_LOSS
            self._lose(gone, remedy)
        if orphans and not (gone and not self._accept_loss):
            store.drop_passages(sorted(orphans))
            self._mend(f"{_count(orphans, 'passage')} of no article", "removed")
        return gone

    def _check_texts(self, repair: Repair) -> None:
        """Articles whose passages do not give their text."""
        for summary in repair.store.summaries().values():
            repair.renew()
            try:
                repair.store.article(summary)
            except ArticleDamagedError:
                there = len(repair.store.article_passages(summary))
                if there < summary.passages:
                    what = f"{summary.passages - there} of the {_count(range(summary.passages), 'passage')}"
                    self._lose(f"{what} of {_title(summary)}, with their text", "add the article again")
                else:
                    self._lose(f"the text of {_title(summary)} was changed", "remove the article, and add it again")

    def _check_vectors(self, repair: Repair) -> None:
        """Vectors that are none of the model's."""
        ids = sorted(repair.store.passage_ids())
        wrong: list[str] = []
        for at in range(0, len(ids), _PAGE):
            repair.renew()
            page = repair.store.vectors(ids[at : at + _PAGE])
            if at == 0 and page and (length := self._dimensions()) not in (0, len(next(iter(page.values())))):
                self._report.vectors_misfit = True
                remedy = "all passages are embedded again"
                self._mend(f"vectors have {len(next(iter(page.values())))} numbers, the model gives {length}", remedy)
                return
            lengths = np.linalg.norm(np.stack(list(page.values())), axis=1) if page else np.zeros(0)
            bad = ~(np.abs(lengths - 1) < _LENGTH)  # also of what is no number
            wrong += [passage_id for passage_id, is_bad in zip(page, bad, strict=True) if is_bad]
        if wrong:
            self._embed(repair, wrong)
            self._mend(f"{_count(wrong, 'vector')} of another length than 1", "embedded again")

    def _embed(self, repair: Repair, passage_ids: Sequence[str]) -> None:
        for at in range(0, len(passage_ids), _PAGE):
            passages: list[Passage] = list(repair.store.passages(passage_ids[at : at + _PAGE]).values())
            vectors = self._embedder.embed_passages([embedded_text(each) for each in passages])
            repair.renew()
            repair.store.set_vectors([each.id for each in passages], vectors)

    def _dimensions(self) -> int:
        """How many numbers the model gives; 0 where it is not there."""
        with suppress(EmbeddingModelError):
            return int(self._embedder.embed_passages(["words"]).shape[1])
        return 0

    def _tell_words(self, repair: Repair, words: set[str]) -> None:
        """How the word index differs from the store; it is brought in step at the end."""
        there = repair.store.passage_ids()
        if not isinstance(self._place, FolderPlace):
            return  # elsewhere it is a cache, which is often behind
        if repair.words_state and there:
            self._mend(f"the word index is {repair.words_state}", "made anew from the store")
        elif not repair.found.writing and (words - there or there - words):
            what = [
                f"{_count(ids, 'passage')} {how}"
                for ids, how in ((there - words, "too few"), (words - there, "too many"))
                if ids
            ]
            self._mend(f"the word index holds {' and '.join(what)}", "brought in step with the store")

    def _articles_by_words(self) -> set[str]:
        """The articles that the word index knows, where the store says nothing any more."""
        from index.storage.lexical import LexicalIndex

        if not self._place.lexical_path().is_dir():
            return set()
        words = LexicalIndex(self._place.lexical_path())
        try:
            return words.article_ids(words.passage_ids())
        finally:
            words.close()

    def _named(self, article_ids: Iterable[str]) -> str:
        ids = sorted(article_ids)
        return f" ({_some(ids)})" if ids else ""

    def _mend(self, problem: str, remedy: str) -> None:
        self._report.findings.append(Finding(self._told(problem), remedy, planned=self._planned))

    def _lose(self, problem: str, remedy: str) -> None:
        self._report.findings.append(Finding(self._told(problem), self._told(remedy), lost=True))

    def _told(self, text: str) -> str:
        """A message about a copy as one about what was copied."""
        return text.replace(str(self._place.folder), self._place.name) if isinstance(self._place, FolderPlace) else text


_AFTER_LOSS = (
    "put the whole index back from a copy, or go on with what is left: qa check --accept-loss, and add them again"
)


def _count(these: Sequence[object] | set[str], what: str) -> str:
    return f"{len(these):,} {what}{'' if len(these) == 1 else 's'}"


def _some(ids: Sequence[str]) -> str:
    """The names of some, in one line."""
    more = f" and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else ""
    return ", ".join(ids[:_NAMED]) + more


def _title(summary: ArticleSummary) -> str:
    return f"article {summary.id}" + (f" “{summary.title}”" if summary.title else "")
