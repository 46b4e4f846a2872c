"""Search by words: BM25 in Tantivy, derived from the store and rebuilt from it at need."""

from __future__ import annotations

import errno
import logging
import re
import shutil
import threading
import time
import zlib
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import tantivy
from filelock import BaseFileLock, FileLock

from index.arenas import give_back
from index.article import Passage
from index.errors import StoreError
from index.filter import NO_FILTER, PassageFilter, day_number
from index.language import LANGUAGES
from index.storage.lexical_documents import FIELDS, documents_of, index_at, schema
from index.storage.story_groups import Groups, keys_of, packed, regrouped, unpacked
from index.terms import DEFAULT_LANGUAGE, question_terms, terms_of

_LOG = logging.getLogger(__name__)
_Result = TypeVar("_Result")

_HEAP_BYTES = 50_000_000  # of a writer, before it goes to the disk
_TRIES, _PAUSE_S = 20, 0.05  # to remove a folder that a thread still writes to


class LexicalIndex:
    """BM25 over passages with their title, source, author and date. One folder; thread-safe.

    Files that turn out to be damaged, whenever that is, are made anew and filled by `refill`, and what was asked is
    done once more. Every method raises StoreError where they cannot be used for another reason.
    """

    def __init__(self, path: Path, refill: Callable[[LexicalIndex], None] = lambda index: None) -> None:
        """Open the folder at `path`, or make it; damaged files, or those of another version, are made anew, empty.

        `refill` gives an index that is empty, and stands at no revision, what it is derived from.
        """
        self._path = path
        self._refill = refill
        self._lock = threading.RLock()
        self._mending = False
        self._folder: tuple[int, int, int] | None = None  # the one that was opened; see _stamp
        self._state: tuple[int, int, int] | None = None  # what it held then
        self._searcher: tantivy.Searcher | None = None
        self._languages: Sequence[str] = ()  # of its passages, by how many there are
        self._stories: Groups = ()
        self._sound: set[str] = set()  # files whose sums were checked; Tantivy never changes a file
        try:
            self._attempt(self._opened)
        except _DamagedError as exc:
            _LOG.warning("%s; making it anew.", exc)
            self._make()

    def revision(self) -> str | None:
        """The store's revision that this index stands at; None where that is not known."""
        return self._do(lambda searcher: next(iter(_texts(searcher, _is("note", "revision"), "revision", 1)), None))

    def count(self, where: PassageFilter = NO_FILTER) -> int:
        """The number of passages in it, or of those that `where` allows."""
        query = _all_of([_is("note", "passage"), *_allowed(where)])
        return self._do(lambda searcher: int(searcher.search(query, 1).count or 0))  # type: ignore[attr-defined]  # not in its stubs

    def passage_ids(self, where: PassageFilter = NO_FILTER, among: Collection[str] | None = None) -> set[str]:
        """The ids of all passages in it, or of those that `where` allows; of those `among` these alone, if given."""
        given = [] if among is None else [_one_of("id", among)]
        query = _all_of([_is("note", "passage"), *given, *_allowed(where)])
        return self._do(lambda searcher: set(_texts(searcher, query, "id", searcher.num_docs)))

    def article_ids(self, passage_ids: Iterable[str]) -> set[str]:
        """The ids of the articles that these passages are of, as far as it knows them."""
        wanted = list(passage_ids)
        return self._do(lambda searcher: set(_texts(searcher, _one_of("id", wanted), "article_id", len(wanted))))

    def stories(self) -> Groups:
        """The ids of articles that are versions of one story, those of each together; see story_groups."""
        return self._do(lambda _: self._stories)

    def sentences(self, article_ids: Sequence[str]) -> dict[str, frozenset[str]]:
        """By id, the keys of the sentences of these articles, of those that are there; see index.sentences."""
        return self._do(lambda searcher: keys_of(searcher, article_ids))

    def languages_of(self, article_ids: Iterable[str]) -> dict[str, str]:
        """The language of each of these articles that are in it, where it is known."""

        def of(searcher: tantivy.Searcher) -> dict[str, str]:
            found = {each: _texts(searcher, _is("article_id", each), "written_in", 1) for each in article_ids}
            return {
                article_id: language for article_id, languages in found.items() for language in languages if language
            }

        return self._do(of)

    def update(self, added: Sequence[Passage], removed: Iterable[str], revision: str) -> None:
        """Add and remove passages and move on to `revision`, in one transaction. Known ids are not added again.

        `added` holds all passages of an article one after the other, in order: each is also found, with less weight,
        by the words of its neighbours.
        """
        documents = documents_of(added)
        gone = list(removed)
        with self._lock, self._writing():
            self._do(lambda searcher: self._update(searcher, documents, gone, revision))

    def search(self, words: str, top_k: int, where: PassageFilter = NO_FILTER) -> list[tuple[str, float]]:
        """The `top_k` passages that share words with `words`: (passage id, BM25 score > 0), best first.

        The sum of BM25 as in Tantivy (k1 = 1.2, b = 0.75) over two fields: the passage's own words, and those words
        five times with its neighbours'. No word, no passage.
        """
        return self._do(lambda searcher: _found(searcher, self._query(words, _allowed(where)), top_k))

    def scores(self, words: str, passage_ids: Sequence[str]) -> dict[str, float]:
        """BM25 scores of given passages; those that share no word with `words` are left out."""
        given = [_one_of("id", passage_ids)]
        return self._do(lambda searcher: dict(_found(searcher, self._query(words, given), len(passage_ids))))

    def ways(self, words: Sequence[str]) -> dict[str, list[list[str]]]:
        """What each word is found by, in the way of each language of the index."""
        return self._do(
            lambda _: {
                word: [terms_of(word, language) for language in self._languages or [DEFAULT_LANGUAGE]] for word in words
            }
        )

    def frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        """The number of passages with each term; those that were removed a moment ago may count."""
        return self._do(lambda searcher: {term: searcher.doc_freq("own", term) for term in terms})

    def terms_with_prefix(self, prefix: str) -> dict[str, int]:
        """All terms that begin with it, and the number of passages with each."""
        return self._do(lambda searcher: dict(searcher.terms_with_prefix("own", prefix)))

    def ids_with(self, term: str, most: int) -> list[str]:
        """The ids of at most so many passages with a term, in no order."""
        return self._do(lambda searcher: _texts(searcher, _is("own", term), "id", most))

    def close(self) -> None:
        """Close the files; the next use opens them again."""
        with self._lock:
            self._searcher = None

    def _update(
        self,
        searcher: tantivy.Searcher,
        documents: dict[str, tantivy.Document],
        removed: Sequence[str],
        revision: str,
    ) -> None:
        known = set(_texts(searcher, _one_of("id", list(documents)), "id", len(documents))) - set(removed)
        gone = set(
            _texts(searcher, _all_of([_one_of("id", removed), _is("note", "article")]), "article_id", len(removed))
        )
        fresh = {
            str(document.get_first("article_id")): frozenset(keys)
            for passage_id, document in documents.items()
            if passage_id not in known and (keys := document.get_all("sentence"))
        }
        stories = regrouped(searcher, self._stories, fresh, gone) if fresh or gone else self._stories
        # From what is there now: a writer of an index that was opened earlier would bring that one's files back.
        writer = index_at(self._path).writer(_HEAP_BYTES, 1)
        try:
            for passage_id in removed:
                writer.delete_documents_by_term("id", passage_id)
            for passage_id, document in documents.items():
                if passage_id not in known:
                    writer.add_document(document)
            writer.delete_documents_by_term("note", "revision")
            writer.add_document(tantivy.Document(note="revision", revision=revision, stories=packed(stories)))
            writer.commit()
        finally:
            writer.wait_merging_threads()  # or what is being merged is thrown away
            give_back()  # its threads' heap, which is as large as all else that a commit takes

    def _query(self, words: str, all_of: Sequence[tantivy.Query]) -> tantivy.Query:
        """What shares a word with `words` and is in `all_of`, which do not count for the score."""
        by_language = question_terms(words, self._languages)
        if not by_language:
            return tantivy.Query.empty_query()
        own, *others = by_language.items()
        # As another language's word a word counts in that one's texts alone: Spanish would make "sam" of "same".
        some = _any_of([*_each(own[1]), *(_with([_any_of(_each(more)), _is("language", by)]) for by, more in others)])
        return _with([some, *all_of])

    # The files

    def _do(self, work: Callable[[tantivy.Searcher], _Result]) -> _Result:
        """Do the work; where the files turn out to be damaged, make them anew first and begin again."""
        with self._lock:
            try:
                return self._attempt(lambda: work(self._opened()))
            except _DamagedError as exc:
                if self._mending:
                    raise
                _LOG.warning("%s; making it anew from the store.", exc)
                self._mend()
                return self._attempt(lambda: work(self._opened()))

    def _attempt(self, work: Callable[[], _Result]) -> _Result:
        with self._lock:
            try:
                return work()
            except UnicodeError:
                raise  # half of a surrogate pair, which the caller gave
            except StoreError:
                self._searcher = None
                raise
            except BaseException as exc:
                if isinstance(exc, OSError) or (isinstance(exc, ValueError) and _CIRCUMSTANCE.search(str(exc))):
                    raise StoreError(
                        f"The word index {self._path} cannot be used: {exc}. See who may write there, and how much "
                        "room is left."
                    ) from exc
                if not isinstance(exc, ValueError | MemoryError) and type(exc).__name__ != "PanicException":
                    raise
                self._searcher = None
                raise _DamagedError(f"The word index {self._path} is damaged, or of another version ({exc})") from exc

    def _opened(self) -> tantivy.Searcher:
        """A searcher of what was committed last, by whichever process."""
        state = _stamp(self._path / "meta.json")
        if self._searcher is None or state is None or self._state != state:
            self._searcher = None
            if not self._path.is_dir():
                self._path.mkdir(parents=True, exist_ok=True)
                for earlier in self._path.parent.glob(f"{self._path.name}.sqlite*"):  # what was in its place before
                    earlier.unlink(missing_ok=True)
            self._folder = _stamp(self._path)
            index = index_at(self._path)
            self._state = _stamp(self._path / "meta.json")
            self._check_sums()
            self._searcher = index.searcher()
            self._languages = _languages(self._searcher)
            self._stories = _stories(self._searcher)
        return self._searcher

    def _check_sums(self) -> None:
        """Read files that were not read before, and compare them with the sum at their end. Raises _DamagedError."""
        for path in sorted(self._path.glob("*.*")):
            if path.name not in self._sound and path.suffix in _WITH_SUMS:
                try:
                    content = path.read_bytes()
                except FileNotFoundError:  # merged into another one in the meantime
                    continue
                footer = _FOOTER.search(content, max(0, len(content) - 500))
                if footer is not None and zlib.crc32(content[: footer.start()]) != int(footer[1]):
                    raise _DamagedError(f"The word index {self._path} is damaged ({path.name} does not match its sum)")
                self._sound.add(path.name)

    def _mend(self) -> None:
        self._mending = True
        try:
            self._make()
            self._refill(self)
        finally:
            self._mending = False

    def _make(self) -> None:
        """Make the files anew, empty; of several processes that find the same damage one does, and the others open."""
        with self._writing():
            self._searcher = None
            if self._folder is not None and self._folder[:2] == (_stamp(self._path) or ())[:2]:
                self._attempt(lambda: _remove(self._path))
            self._attempt(self._opened)

    def _writing(self) -> BaseFileLock:
        """A lock among all processes that change the files."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        return FileLock(f"{self._path}.lock", mode=0o600, is_singleton=True)


class _DamagedError(StoreError):
    """What is in the files cannot have been written so."""


# What the system says of the place and the moment, and nothing of what is in the files: no permission, no room, too
# many files open. A file that is not there is none of them.
_CIRCUMSTANCE = re.compile(r"os error (?!2\b)\d+|LockBusy|Failed to acquire Lockfile", re.IGNORECASE)
_WITH_SUMS = (".idx", ".store", ".term", ".fast", ".fieldnorm", ".pos")
# What Tantivy writes behind the content of a file. With another footer than this nothing is compared.
_FOOTER = re.compile(rb'\{"version":\{[^{}]*\},"crc":(\d+)\}.{4}\x39\x05\x00\x00\Z', re.DOTALL)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Another one for another file or folder of that name, and for a file with another content."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_dev, status.st_ino, status.st_mtime_ns


def _remove(folder: Path) -> None:
    """Remove a folder, also where a thread of Tantivy that is about to end writes or removes a file of it meanwhile."""
    for last in (False,) * _TRIES + (True,):
        try:
            shutil.rmtree(folder)
        except OSError as exc:
            if last or exc.errno not in (errno.ENOTEMPTY, errno.ENOENT):
                raise
            time.sleep(_PAUSE_S)
        if not folder.exists():
            return


# Queries


def _languages(searcher: tantivy.Searcher) -> list[str]:
    """The languages of the passages, that of most passages first."""
    counts = {code: searcher.search(_is("language", code), 1).count or 0 for code in LANGUAGES}  # type: ignore[attr-defined]  # not in its stubs
    return sorted((code for code in LANGUAGES if counts[code]), key=lambda code: -counts[code])


def _stories(searcher: tantivy.Searcher) -> Groups:
    """What stands with the revision; nothing in an index that is empty."""
    hits = searcher.search(_is("note", "revision"), 1, count=False).hits if searcher.num_docs else []
    return unpacked(bytes(searcher.doc(hits[0][1]).get_first("stories") or packed([]))) if hits else []


def _each(terms: Sequence[str]) -> list[tantivy.Query]:
    return [tantivy.Query.term_query(schema(), field, term, "freq") for term in terms for field in FIELDS]


def _any_of(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, each) for each in queries])


def _with(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    """The first query among what the others allow, which do not count for the score."""
    first, *others = queries
    return _all_of([first, *(tantivy.Query.const_score_query(each, 0.0) for each in others)]) if others else first


def _all_of(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, each) for each in queries])


def _allowed(where: PassageFilter) -> list[tantivy.Query]:
    """What a filter asks for, each of which must hold."""
    found = [
        _one_of(field, values)
        for field, values in (
            ("article_id", where.article_ids),
            ("source", where.sources),
            ("written_in", where.languages),
        )
        if values
    ]
    if where.published_from is not None or where.published_to is not None:
        first, last = day_number(where.published_from), day_number(where.published_to, last=True)
        found.append(tantivy.Query.range_query(schema(), "day", tantivy.FieldType.Integer, first, last))
    return found


def _one_of(field: str, values: Collection[str]) -> tantivy.Query:
    return tantivy.Query.term_set_query(schema(), field, list(values))


def _is(field: str, value: str) -> tantivy.Query:
    return tantivy.Query.term_query(schema(), field, value, "basic")


def _found(searcher: tantivy.Searcher, query: tantivy.Query, most: int) -> list[tuple[str, float]]:
    """The best passages, equal ones by their ids."""
    most = min(most, searcher.num_docs)
    hits = searcher.search(query, most, count=False).hits if most > 0 else []
    found = [(_stored(searcher, address, "id"), score) for score, address in hits]
    return sorted(found, key=lambda each: (-each[1], each[0]))


def _texts(searcher: tantivy.Searcher, query: tantivy.Query, field: str, most: int) -> list[str]:
    """A stored field of the documents that match."""
    most = min(most, searcher.num_docs)
    hits = searcher.search(query, most, count=False).hits if most > 0 else []
    return [_stored(searcher, address, field) for _, address in hits]


def _stored(searcher: tantivy.Searcher, address: tantivy.DocAddress, field: str) -> str:
    value = searcher.doc(address).get_first(field)
    if not isinstance(value, str):
        raise _DamagedError(f"The word index is damaged (a document without {field})")
    return value
