"""ArticleQA: questions in, answers out. The one class of this package that a user needs."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from langchain_core.runnables import Runnable, RunnableConfig

from index import ArticleIndex, PassageFilter, ScoredPassage
from index.errors import ArticleQAError
from index.filter import NO_FILTER
from qa.answer import Answer, Citation, Reading, cited, passage_json
from qa.errors import QuestionError
from qa.question.follow_ups import FollowUps
from qa.reading.network import ReaderNetwork
from qa.reading.reader import JointReader, Reader
from qa.retrieval.retriever import HybridRetriever
from qa.runnables.steps import PassageRetriever, Step, StreamingStep, Turn, history_of, retrieval, sequence
from qa.settings import AnswerSettings, GenerationSettings, RetrievalSettings
from qa.writing.faithfulness import EvidenceCheck
from qa.writing.generate import Draft, Generator, Writer

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

# A question, or {"question", "history"?, "where"?, "id"?, "standalone_question"?}.
Asked = str | Mapping[str, Any]


class ArticleQA:
    """Answers questions from the articles of an index; every answer carries the words that it rests on.

    Thread-safe. `retriever` and `chain` are LangChain objects: `retriever` fits any chain, and `chain` is the path that
    `ask` itself takes, from a question to an Answer.
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

        With a `language_model`, a qa.LanguageModel, a LangChain chat model or the name of one ("ollama:llama3.2", see
        GenerationSettings), answers are written by it and held to the passages that were read.
        """
        self.articles = articles if isinstance(articles, ArticleIndex) else ArticleIndex.open(articles, create=False)
        self.settings = settings or AnswerSettings()
        self.reader = reader or JointReader(self.articles)
        self.follow_ups = FollowUps()
        self._hybrid = HybridRetriever(self.articles, retrieval_settings)
        self.retriever = PassageRetriever(hybrid=self._hybrid, name="retriever")
        self.chain: Runnable[Asked, Answer]
        self._write_with(language_model)

    def with_language_model(self, language_model: Writer | BaseChatModel | str | None) -> ArticleQA:
        """The same over the same open index and models, with another language model, or with none."""
        other = copy(self)
        other._write_with(language_model)
        return other

    def _write_with(self, language_model: Writer | BaseChatModel | str | None) -> None:
        self.language_model = _writer(language_model)
        steps: list[Step] = [
            Step("question", self._turns),
            Step("standalone_question", self._standalone),
            retrieval(self.retriever),
        ]
        if self.language_model is None:
            steps.append(Step("reader", lambda turns, _: [draft.answer for draft in self._drafts(turns)]))
        else:
            network = self.reader.network if isinstance(self.reader, JointReader) else ReaderNetwork()
            generator = Generator(self.language_model, EvidenceCheck(network), self.articles.find)
            steps += [
                Step("reader", lambda turns, _: self._drafts(turns)),
                StreamingStep("language_model", generator.stream),
            ]
        self.chain = sequence(*steps)

    def ask(
        self,
        question: str,
        history: Sequence[Any] = (),
        where: PassageFilter = NO_FILTER,
        config: RunnableConfig | None = None,
        standalone_question: str | None = None,
    ) -> Answer:
        """Answer one question. `history` holds earlier turns, oldest first: Answers, or (question, answer) pairs.

        With a history the question may be a follow-up ("and when did he go there?"); what was made of it is in the
        answer's `standalone_question`, and one that is given is taken as it is. `where` narrows the articles. Raises
        QuestionError for a question that is empty, too long or not text, and StoreError.
        """
        asked = {"question": question, "history": history, "where": where, "standalone_question": standalone_question}
        return self.chain.invoke(asked, config)

    async def aask(self, question: str, history: Sequence[Any] = (), where: PassageFilter = NO_FILTER) -> Answer:
        """`ask`, without holding up the event loop."""
        return await self.chain.ainvoke({"question": question, "history": history, "where": where})

    def ask_batch(self, questions: Sequence[Asked], return_exceptions: bool = False) -> list[Answer]:
        """Answer several questions at once, in order; faster than one by one.

        With `return_exceptions` the error of a question that cannot be asked stands in its place.
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
        """
        asked = {"question": question, "history": history, "where": where, "standalone_question": standalone_question}
        for answer in self.chain.stream(asked):
            if answer.mode != "generative":
                for match in re.finditer(r"\s+(?=\S)", answer.text):
                    yield replace(answer, text=answer.text[: match.start()])
            yield answer

    def search(
        self, words: str, top_k: int | None = None, where: PassageFilter = NO_FILTER
    ) -> tuple[ScoredPassage, ...]:
        """The passages that a question would be answered from, best first; raises as `ask` does."""
        if top_k is not None and (not isinstance(top_k, int) or isinstance(top_k, bool) or top_k < 1):
            raise QuestionError(f"{top_k!r} passages cannot be found. Ask for a whole number above 0.")
        return tuple(self._hybrid.retrieve([self._checked(words)], top_k, where)[0])

    def search_json(
        self, words: str, top_k: int | None = None, where: PassageFilter = NO_FILTER, id: str | None = None
    ) -> dict[str, Any]:
        """The object that `qa search --json` prints, times in milliseconds; raises as `search` does."""
        started = time.perf_counter()
        passages = self.search(words, top_k, where)
        elapsed_ms = round((time.perf_counter() - started) * 1000, 3)
        return {
            "schema": 1,
            "id": id,
            "question": words,
            "passages": [passage_json(scored) for scored in passages],
            "timings_ms": {"retrieve": elapsed_ms, "total": elapsed_ms},
        }

    def narrowed_to(
        self,
        article_ids: Sequence[str] | None = None,
        sources: Sequence[str] | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
    ) -> PassageFilter:
        """A filter from what somebody else sends: None does not narrow, dates are ISO 8601, both inclusive.

        Raises ArticleNotFoundError for an article that is not there, because nothing found in it would look like an
        answer, and ArticleQAError for what is no filter.
        """
        for name, values in (("article_ids", article_ids), ("sources", sources)):
            if values is not None and not (
                isinstance(values, list | tuple) and all(isinstance(value, str) for value in values)
            ):
                raise ArticleQAError(f'{name} is a list of texts, like ["..."], not {values!r}.')
        for date in (published_from, published_to):
            if date is not None and not isinstance(date, str):
                raise ArticleQAError(f'{date!r} is not a date. Write it like "2025-03-13".')
        where = PassageFilter(tuple(article_ids or ()), tuple(sources or ()), published_from, published_to)
        for article_id in where.article_ids:
            self.articles.get(article_id)
        return where

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

        return suggested_questions(self.with_language_model(None), count, where)

    def follow_up_questions(
        self, answer: Answer, history: Sequence[Any] = (), where: PassageFilter = NO_FILTER, count: int = 3
    ) -> list[str]:
        """Short questions that a reader of `answer` may ask next and that the articles answer; none asked before.

        `history` holds the turns before the answer, as in `ask`; a question is for `ask` with the answer behind them,
        since it may be "When was that?". Behind an answer that was withheld they are about the nearest passages'
        articles. No language model is asked. Raises StoreError.
        """
        from qa.suggesting.suggest import follow_up_questions

        return follow_up_questions(self.with_language_model(None), answer, history, where, count)

    # The steps

    def _turns(self, asked: list[Asked], _: list[RunnableConfig]) -> list[Turn | QuestionError]:
        turns: list[Turn | QuestionError] = []
        for value in asked:
            values: Mapping[str, Any] = value if isinstance(value, Mapping) else {"question": value}
            try:
                turns.append(
                    Turn(
                        question=self._checked(values.get("question")),
                        history=history_of(values.get("history")),
                        where=values.get("where") or NO_FILTER,
                        id=values.get("id"),
                        standalone_question=self._checked(given)
                        if (given := values.get("standalone_question"))
                        else "",
                    )
                )
            except ValueError as exc:
                turns.append(QuestionError(f"The question's history cannot be read: {exc}."))
            except QuestionError as exc:
                turns.append(exc)
        return turns

    def _standalone(self, turns: list[Turn], _: list[RunnableConfig]) -> list[Turn]:
        return [turn if turn.standalone_question else self._made_standalone(turn) for turn in turns]

    def _made_standalone(self, turn: Turn) -> Turn:
        started = time.perf_counter()
        question = self.follow_ups.standalone(turn.question, turn.history)
        return replace(
            turn,
            standalone_question=question[: self.settings.max_question_chars],
            standalone_ms=(time.perf_counter() - started) * 1000,
        )

    def _drafts(self, turns: list[Turn]) -> list[Draft]:
        started = time.perf_counter()
        readings = self.reader.read([turn.query for turn in turns], [turn.passages for turn in turns])
        found = [self._citations(reading) for reading in readings]
        read_ms = (time.perf_counter() - started) * 1000 / max(len(turns), 1)
        return [
            Draft(self._answer(turn, reading, citations, read_ms), turn.history)
            for turn, reading, citations in zip(turns, readings, found, strict=True)
        ]

    def _answer(self, turn: Turn, reading: Reading, citations: tuple[Citation, ...], read_ms: float) -> Answer:
        text = (reading.text or reading.spans[0].text) if citations else ""
        note = _note(reading, citations) if reading.differs and citations else None
        if citations and turn.query != turn.standalone_question:  # the article is asked for, not what it says
            citations = tuple(replace(each, answer_start=None, answer_end=None) for each in citations)
            text = citations[0].title or citations[0].article_id
        made_ms = {"standalone": turn.standalone_ms} if turn.history else {}
        total_ms = sum(made_ms.values()) + turn.retrieve_ms + read_ms
        return Answer(
            question=turn.question,
            standalone_question=turn.standalone_question,
            text=text,
            abstained=not citations,
            confidence=_confidence(reading),
            mode=self.reader.mode,
            citations=citations,
            passages=reading.passages,
            timings_ms={**made_ms, "retrieve": turn.retrieve_ms, "read": read_ms, "total": total_ms},
            id=turn.id,
            note=note,
        )

    def _citations(self, reading: Reading) -> tuple[Citation, ...]:
        """The quotes of the answers, if the best is good enough and all still stand in their articles."""
        if not reading.spans or _confidence(reading) < self.settings.threshold:
            return ()
        articles = {key: self.articles.find(key) for key in {span.passage.article_id for span in reading.spans}}
        citations = [
            cited(
                articles[span.passage.article_id],
                span.passage,
                (span.start, span.end),
                (span.answer_start, span.answer_end),
            )
            for span in reading.spans
        ]
        # One that does not was changed or removed since it was found, and part of the text would rest on nothing.
        return () if None in citations else tuple(each for each in citations if each is not None)

    def _checked(self, question: object) -> str:
        if not isinstance(question, str):
            raise QuestionError(f"A question is a text, not {type(question).__name__}.")
        if not question.strip():
            raise QuestionError("The question is empty. Ask something, for example: what happened in March?")
        if len(question) > self.settings.max_question_chars:
            raise QuestionError(
                f"The question has {len(question):,} characters; the limit is {self.settings.max_question_chars:,}. "
                "Ask a shorter one."
            )
        try:
            question.encode()
        except UnicodeEncodeError as exc:
            raise QuestionError(f"The question holds half of a surrogate pair at character {exc.start}.") from exc
        return question


def _writer(language_model: Writer | BaseChatModel | str | None) -> Writer | None:
    if language_model is None:
        return None
    from langchain_core.language_models import BaseChatModel

    from qa.writing.language_model import LanguageModel

    if isinstance(language_model, str):
        return LanguageModel(GenerationSettings(model=language_model))
    if isinstance(language_model, BaseChatModel):
        return LanguageModel(GenerationSettings(model=language_model.get_name()), language_model)
    return language_model


def _confidence(reading: Reading) -> float:
    """That of the best part, whichever part is read first."""
    return max((span.confidence for span in reading.spans), default=0.0)


def _note(reading: Reading, citations: Sequence[Citation]) -> str:
    """Which article says what, where a reading's text holds answers that cannot all be right."""
    said = [
        f"{span.text} ({', '.join(filter(None, (each.source or each.title or each.article_id, _day(each.published))))})"
        for span, each in zip(reading.spans[:2], citations[:2], strict=True)
    ]
    return f"The articles differ: {'; '.join(said)}."


def _day(published: str | None) -> str | None:
    return published[:10] if published else None
