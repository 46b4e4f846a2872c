"""ArticleQA: questions in, answers out. The one class of this package that a user needs.

    question -> Turn -> standalone question and its Query -> passages -> Reading -> Answer

Each arrow is a step, a function over a batch at the end of this file; `chain` is all of them one after the other.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from datetime import date
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from index import ArticleIndex, PassageFilter, ScoredPassage
from index.filter import NO_FILTER
from qa.answer import Answer, Citation, passage_json
from qa.answer_text import differing
from qa.errors import QuestionError
from qa.question.follow_ups import FollowUps
from qa.question.spelling import Respelt, Spelling
from qa.question.turn import Question, Turn, answer_form, checked, turn_of
from qa.question.wording import is_small_talk, query_of, understood
from qa.reading.joined import asked_at_once, joined_parts
from qa.reading.network import ReaderNetwork
from qa.reading.reader import JointReader, Reader
from qa.reading.result import Reading, citations_of
from qa.reading.summary import articles_meant
from qa.reading.withheld import withheld
from qa.retrieval.asked_for import narrowed
from qa.retrieval.copies import with_versions, with_versions_of_all
from qa.retrieval.retriever import HybridRetriever
from qa.retrieval.topic import on_topic
from qa.retrieval.years import in_their_years
from qa.runnables.direct import Function, is_watched, last_of, outputs_of
from qa.settings import AnswerSettings, RetrievalSettings
from qa.writing.faithfulness import EvidenceCheck
from qa.writing.generate import Draft, Generator, Writer, writer_of

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable, RunnableConfig

    from qa.runnables.passage_retriever import PassageRetriever

_QUICK_TOP_K = 4  # passages for each question that is only tried out: a quarter of the time


class ArticleQA:
    """Answers questions from the articles of an index; every answer carries the words that it rests on.

    Thread-safe. `retriever` and `chain` are LangChain objects: `retriever` fits any chain, and `chain` is the path from
    a question to an Answer, whose steps `ask` takes itself. `with ArticleQA(...) as qa:` closes it at the end.
    """

    def __init__(
        self,
        articles: ArticleIndex | str | os.PathLike[str],
        reader: Reader | None = None,
        retrieval_settings: RetrievalSettings | None = None,
        settings: AnswerSettings | None = None,
        language_model: Writer | BaseChatModel | str | None = None,
    ) -> None:
        """Answer from `articles`, an open index or its location.

        With a `language_model`, a LangChain chat model, the name of one ("ollama:llama3.2", see GenerationSettings) or
        any qa.writing.generate.Writer, answers are written by it and held to the passages that were read. Raises
        StoreError where there is no index.
        """
        self._opened_here = not isinstance(articles, ArticleIndex)
        self.articles = articles if isinstance(articles, ArticleIndex) else ArticleIndex.open(articles, create=False)
        self.settings = settings or AnswerSettings()
        self.reader = reader or JointReader(self.articles)
        self.follow_ups = FollowUps()
        self.spelling = Spelling(self.articles)
        self._retrieve_with(retrieval_settings)
        self._write_with(language_model)

    def close(self) -> None:
        """Close the index where it was opened here, by its location; one that was given open stays open."""
        if self._opened_here:
            self.articles.close()

    def __enter__(self) -> ArticleQA:
        """Itself; `close` follows at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """See `close`."""
        self.close()

    def with_language_model(self, language_model: Writer | BaseChatModel | str | None) -> ArticleQA:
        """The same over the same open index and models, with another language model, or with none.

        Closing it leaves the index open.
        """
        other = copy(self)
        other._opened_here = False
        other._write_with(language_model)
        return other

    def _quick(self) -> ArticleQA:
        """The same without a language model, reading fewer passages: for questions that are only tried out."""
        other = self.with_language_model(None)
        settings = self._hybrid.settings
        other._retrieve_with(settings.model_copy(update={"top_k": min(_QUICK_TOP_K, settings.top_k)}))
        return other

    @cached_property
    def retriever(self) -> PassageRetriever:
        """What finds the passages, as a LangChain retriever."""
        from qa.runnables.passage_retriever import PassageRetriever

        return PassageRetriever(hybrid=self._hybrid, name="retriever")

    @cached_property
    def chain(self) -> Runnable[Question, Answer]:
        """The steps from a question to an Answer, as a LangChain Runnable."""
        from qa.runnables.steps import sequence

        return sequence(self._steps, self._written)

    def _retrieve_with(self, settings: RetrievalSettings | None) -> None:
        self.__dict__.pop("retriever", None)
        self._hybrid = HybridRetriever(self.articles, settings)

    def _write_with(self, language_model: Writer | BaseChatModel | str | None) -> None:
        self.__dict__.pop("chain", None)
        self.language_model = writer_of(language_model)
        self._steps: dict[str, Function] = {
            "question": self._turns,
            "standalone_question": self._understood,
            "retriever": self._retrieved,
            "reader": self._answers,
        }
        self._written: Callable[[Draft], Iterator[Answer]] | None = None
        if self.language_model is not None:
            network = self.reader.network if isinstance(self.reader, JointReader) else ReaderNetwork()
            generator = Generator(self.language_model, EvidenceCheck(network), self.articles.find)
            self._steps["reader"] = self._drafts
            self._written = lambda draft: with_versions_of_all(self.articles, draft.answer, generator.stream(draft))

    def ask(
        self,
        question: str,
        history: Sequence[Any] = (),
        where: PassageFilter = NO_FILTER,
        config: RunnableConfig | None = None,
        standalone_question: str | None = None,
        *,
        as_of: date | str | None = None,
    ) -> Answer:
        """Answer one question. `history` holds earlier turns, oldest first: Answers, or (question, answer) pairs.

        With a history the question may be a follow-up ("and when did he go there?"); what was made of it is in the
        answer's `standalone_question`, and one that is given is taken as it is. `where` narrows the articles.
        Articles of a time that the question names come first, unless `where` has dates; "last week" is seen from
        `as_of`, today unless it is given. Raises QuestionError for a question that is empty, too long or not text and
        for what is no day, StoreError, EmbeddingModelError and ReaderWeightsError.
        """
        asked: dict[str, Any] = {"question": question, "history": history, "where": where, "as_of": as_of}
        asked["standalone_question"] = standalone_question
        if config is not None or is_watched():
            return self.chain.invoke(asked, config)
        answer: Answer = last_of(self._directly(asked))
        return answer

    async def aask(
        self,
        question: str,
        history: Sequence[Any] = (),
        where: PassageFilter = NO_FILTER,
        *,
        as_of: date | str | None = None,
    ) -> Answer:
        """`ask`, without holding up the event loop."""
        return await self.chain.ainvoke({"question": question, "history": history, "where": where, "as_of": as_of})

    def ask_batch(self, questions: Sequence[Question], return_exceptions: bool = False) -> list[Answer]:
        """Answer several questions at once, in order; faster than one by one. No questions, no answers.

        Raises what `ask` raises, QuestionError for the first question that cannot be asked. With `return_exceptions`
        nothing is raised: an error stands in the place of each question that it kept from being answered.
        """
        return self.chain.batch(list(questions), return_exceptions=return_exceptions)

    def stream(
        self,
        question: str,
        history: Sequence[Any] = (),
        where: PassageFilter = NO_FILTER,
        standalone_question: str | None = None,
    ) -> Iterator[Answer]:
        """Answers whose text grows; the last one is whole.

        All else in an extractive one is that of the last. While a language model writes, its text comes as it is
        written, with the citations of the extractive answer; the last has its own. Closing the iterator stops it.
        Raises what `ask` raises, before the first answer; a language model that fails is a note of the last one.
        """
        asked = {"question": question, "history": history, "where": where, "standalone_question": standalone_question}
        for answer in self.chain.stream(asked) if is_watched() else self._directly(asked):
            if answer.mode != "generative":
                for match in re.finditer(r"\s+(?=\S)", answer.text):
                    yield replace(answer, text=answer.text[: match.start()])
            yield answer

    def search(
        self, words: str, top_k: int | None = None, where: PassageFilter = NO_FILTER
    ) -> tuple[ScoredPassage, ...]:
        """The passages that a question would be answered from, best first; raises as `ask` does."""
        return self._searched(words, top_k, where)[1]

    def _searched(
        self, words: str, top_k: int | None, where: PassageFilter
    ) -> tuple[Respelt, tuple[ScoredPassage, ...]]:
        if top_k is not None and (not isinstance(top_k, int) or isinstance(top_k, bool) or top_k < 1):
            raise QuestionError(f"{top_k!r} passages cannot be found. Ask for a whole number above 0.")
        read = self.spelling.corrected(checked(words, self.settings.max_question_chars))
        return read, tuple(self._hybrid.retrieve([query_of(read.text)], top_k, where)[0])

    def search_json(
        self, words: str, top_k: int | None = None, where: PassageFilter = NO_FILTER, id: str | None = None
    ) -> dict[str, Any]:
        """The object that `qa search --json` prints, times in milliseconds; raises as `search` does."""
        started = time.perf_counter()
        read, passages = self._searched(words, top_k, where)
        elapsed_ms = round((time.perf_counter() - started) * 1000, 3)
        return {
            "schema": 1,
            "id": id,
            "question": words,
            **({"corrections": dict(read.corrections)} if read.corrections else {}),
            "passages": [passage_json(scored) for scored in passages],
            "timings_ms": {"retrieve": elapsed_ms, "total": elapsed_ms},
        }

    def narrowed_to(
        self,
        article_ids: Sequence[str] | None = None,
        sources: Sequence[str] | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
        languages: Sequence[str] | None = None,
    ) -> PassageFilter:
        """A filter from what somebody else sends: None does not narrow, dates are ISO 8601, both inclusive.

        `languages` are codes of ISO 639-1, like "de".

        Raises ArticleNotFoundError for an article that is not there, because nothing found in it would look like an
        answer, and ArticleQAError for what is no filter, or for a source or a language that no article has.
        """
        return narrowed(self.articles, article_ids, sources, (published_from, published_to), languages)

    def warm_up(self) -> None:
        """Load the models and open the store, so that the first question does not have to wait for it."""
        self.articles.embedder.embed_queries(["warm up"])
        self.follow_ups.load()
        self.ask("warm up")

    def suggested_questions(self, count: int = 4, where: PassageFilter = NO_FILTER) -> list[str]:
        """Questions that the articles in the index answer; fewer or none where there are few articles.

        `where` narrows the articles. Raises StoreError.
        """
        from qa.suggesting.suggest import suggested_questions

        return suggested_questions(self._quick(), count, where)

    def follow_up_questions(
        self, answer: Answer, history: Sequence[Any] = (), where: PassageFilter = NO_FILTER, count: int = 3
    ) -> list[str]:
        """Short questions that a reader of `answer` may ask next and that the articles answer; none asked before.

        `history` holds the turns before the answer, as in `ask`; a question is for `ask` with the answer behind them,
        since it may be "When was that?". Behind an answer that was withheld they are about the nearest passages'
        articles. No language model is asked. Raises StoreError.
        """
        from qa.suggesting.suggest import follow_up_questions

        return follow_up_questions(self._quick(), answer, history, where, count)

    # The steps

    def _directly(self, asked: Question) -> Iterator[Answer]:
        """What `chain` streams, without LangChain."""
        return outputs_of(asked, self._steps.values(), self._written)

    def _turns(self, questions: list[Question]) -> list[Turn | QuestionError]:
        turns: list[Turn | QuestionError] = []
        for question in questions:
            try:
                turns.append(turn_of(question, self.settings.max_question_chars))
            except QuestionError as exc:  # fails alone
                turns.append(exc)
        return turns

    def _understood(self, turns: list[Turn]) -> list[Turn]:
        found = []
        for turn in turns:
            started = time.perf_counter()
            read = Respelt(turn.standalone_question) if turn.standalone_question else self._standalone(turn)
            question = read.text[: self.settings.max_question_chars]
            timings_ms = {"standalone": (time.perf_counter() - started) * 1000} if turn.history else {}
            query = understood(question, turn.as_of)
            if turn.where.has_dates:  # what the user narrows to goes before
                query = replace(query, period=None)
            else:
                query = in_their_years(query, question, turn.as_of or date.today(), self.articles, turn.where)
            if query.unnamed:
                query = replace(query, articles=articles_meant(self.articles, turn.where))
            made = replace(turn, standalone_question=question, query=query, timings_ms=timings_ms)
            found.append(replace(made, corrections=read.corrections))
        return found

    def _standalone(self, turn: Turn) -> Respelt:
        """The question as the articles spell it, with what it leaves out; small talk as it is."""
        if is_small_talk(turn.question):
            return Respelt(turn.question)
        read = self.spelling.corrected(turn.question)
        whole = self.follow_ups.standalone(read.text, turn.history)
        return replace(read, text=on_topic(read.text, whole, turn.history, self._hybrid, turn.where))

    def _retrieved(self, turns: list[Turn]) -> list[Turn]:
        found = [replace(turn, timings_ms={**turn.timings_ms, "retrieve": 0.0}) for turn in turns]
        by_filter: dict[PassageFilter, list[int]] = {}
        for at, turn in enumerate(turns):
            if not turn.query.small_talk:
                by_filter.setdefault(turn.where, []).append(at)
        for where, places in by_filter.items():
            started = time.perf_counter()
            queries = [asked_at_once(turns[at].query) for at in places]
            passages = iter(self._hybrid.retrieve([query for each in queries for query in each], where=where))
            retrieve_ms = (time.perf_counter() - started) * 1000 / len(places)
            for at, each in zip(places, queries, strict=True):
                timings_ms = {**turns[at].timings_ms, "retrieve": retrieve_ms}
                of_each = tuple(tuple(next(passages)) for _ in each)
                found[at] = replace(turns[at], passages=of_each, timings_ms=timings_ms)
        return found

    def _answers(self, turns: list[Turn]) -> list[Answer]:
        started = time.perf_counter()
        readings = self._readings(turns)
        citations = [self._citations(reading) for reading in readings]
        read_ms = (time.perf_counter() - started) * 1000 / max(len(turns), 1)
        return [self._answer(*each, read_ms) for each in zip(turns, readings, citations, strict=True)]

    def _readings(self, turns: list[Turn]) -> list[Reading]:
        """One for each turn; of a question that asks for several things the readings of each, joined."""
        queries = [query for turn in turns for query in asked_at_once(turn.query)]
        read = iter(self.reader.read(queries, [passages for turn in turns for passages in turn.passages]))
        return [
            joined_parts(turn.query, list(islice(read, len(asked_at_once(turn.query)))), self.settings.threshold)
            if turn.query.parts
            else next(read)
            for turn in turns
        ]

    def _drafts(self, turns: list[Turn]) -> list[Draft]:
        return [Draft(answer, turn.history) for turn, answer in zip(turns, self._answers(turns), strict=True)]

    def _answer(self, turn: Turn, reading: Reading, citations: tuple[Citation, ...], read_ms: float) -> Answer:
        text = reading.said if citations else ""
        note = differing([span.text for span in reading.spans], citations) if reading.differs and citations else None
        if citations and turn.query.for_article:
            citations = tuple(replace(each, answer_start=None, answer_end=None) for each in citations)
            text = citations[0].title or citations[0].article_id
        timings_ms = {**turn.timings_ms, "read": read_ms}
        answer = Answer(
            question=turn.question,
            standalone_question=turn.standalone_question,
            text=text,
            abstained=not citations,
            confidence=reading.confidence,
            mode=self.reader.mode,
            citations=citations,
            passages=reading.passages,
            timings_ms={**timings_ms, "total": sum(timings_ms.values())},
            id=turn.id,
            note=note,
            period=turn.query.period.reported if turn.query.period else None,
            corrections=turn.corrections,
            form=answer_form(turn.query),
            as_of=reading.as_of if citations else None,
            items=reading.items if citations else (),
            events=reading.events if citations else (),
        )
        if not citations:
            answer = withheld(answer, turn.query, reading, self.articles.find, self.settings.threshold)
        return with_versions(self.articles, answer)

    def _citations(self, reading: Reading) -> tuple[Citation, ...]:
        """The quotes of the answers, if the best is good enough."""
        return citations_of(reading, self.articles.find) if reading.confidence >= self.settings.threshold else ()
