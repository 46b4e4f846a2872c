"""From a question to an Answer through the chain, with the real models."""

from __future__ import annotations

import asyncio
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda

from index import Article, ArticleIndex, PassageFilter, ScoredPassage, SentenceTransformerEmbedder
from index.errors import IndexNotFoundError
from qa import Answer, AnswerSettings, ArticleQA, JointReader, QuestionError, Reading, RetrievalSettings
from qa.question.turn import Query
from qa.reading.result import AnswerSpan

ECHO = "How long did the echo last?"
LEAKS = "How many leaks did the robot find?"
TOWER = "Why will Mr Lindqvist live in the tower?"
UNRELATED = "When was the Treaty of Westphalia signed?"
ODD = [
    "?", "the", "👩‍👩‍👧", "东京", "e\u0301", "AND OR NOT NEAR(", '"', "' OR 1=1 --", "\x00", "\u202e", "<script>",
    "{question}", "%s", "a" * 2000, "echo " * 400, "robot\r\nrobot", "who", "What?! Why... Ms. Vane",
]  # fmt: skip
BAD: list[tuple[Any, str]] = [
    ("", "The question is empty. Ask something, for example: what happened in March?"),
    (" \n\t\u3000", "The question is empty. Ask something, for example: what happened in March?"),
    ("a" * 2001, "The question has 2,001 characters; the limit is 2,000. Ask a shorter one."),
    (5, "A question is a text, not int."),
    (None, "A question is a text, not NoneType."),
    (b"who", "A question is a text, not bytes."),
    (["who"], "A question is a text, not list."),
    ("half \ud83d", "The question holds half of a surrogate pair at character 5."),
]


def same(answer: Answer) -> Answer:
    """An answer without what differs from run to run: its times, and the last digits of its scores."""
    passages = tuple(replace(scored, score=round(scored.score, 3), ranks=()) for scored in answer.passages)
    return replace(answer, timings_ms={}, confidence=round(answer.confidence, 3), passages=passages)


def assert_sound(answer: Answer, articles: ArticleIndex) -> None:
    """Every quote stands in its article, and the answer inside the quote."""
    assert 0 <= answer.confidence <= 1
    assert answer.abstained == (answer.text == "") == (not answer.citations)
    named = {each.article_id for each in (*answer.citations, *(scored.passage for scored in answer.passages))}
    stored = {article_id: articles.get(article_id) for article_id in named}
    for citation in answer.citations:
        article = stored[citation.article_id]
        assert article.text[citation.start : citation.end] == citation.quote != ""
        assert (citation.title, citation.url, citation.source) == (article.title, article.url, article.source)
        assert citation.published == article.published
        if citation.answer_start is not None:
            assert citation.answer_end is not None
            assert citation.start <= citation.answer_start < citation.answer_end <= citation.end
    if answer.citations and answer.mode == "extractive":
        marked = [stored[c.article_id].text[c.answer_start : c.answer_end] for c in answer.citations]
        # Sentences one after the other, or short answers, each of which stands in some quote.
        assert answer.text == " ".join(marked) or all(
            any(part in citation.quote for citation in answer.citations) for part in answer.text.split("; ")
        )
        assert marked[0] in answer.text
    for scored in answer.passages:
        passage = scored.passage
        assert stored[passage.article_id].text[passage.start : passage.end] == passage.text
    assert len(answer.trace) == len(answer.passages)


@pytest.fixture
def own(
    tmp_path: Path, real_embedder: SentenceTransformerEmbedder, stories: tuple[Article, ...]
) -> Iterator[ArticleIndex]:
    """An index of the stories that a test may change."""
    with ArticleIndex.open(tmp_path / "index", embedder=real_embedder) as articles:
        articles.add(stories)
        yield articles


# Asking


def test_an_answer_carries_the_words_that_it_rests_on(real_qa: ArticleQA) -> None:
    answer = real_qa.ask(TOWER)
    assert not answer.abstained
    assert answer.question == answer.standalone_question == TOWER
    assert "asthma" in answer.text
    assert any("asthma" in citation.quote for citation in answer.citations)
    assert answer.citations[0].article_id == "lighthouse"
    assert answer.mode == "extractive"
    assert answer.confidence > 0.1
    assert answer.timings_ms.keys() == {"retrieve", "read", "total"}
    assert all(value >= 0 for value in answer.timings_ms.values())
    assert answer.timings_ms["total"] == pytest.approx(answer.timings_ms["retrieve"] + answer.timings_ms["read"])
    assert_sound(answer, real_qa.articles)


def test_with_the_default_settings_what_is_said_is_answered_and_what_is_not_is_not(real_articles: ArticleIndex) -> None:
    said, not_said = ArticleQA(real_articles).ask_batch([LEAKS, UNRELATED])
    assert said.text == "23"
    assert "23 of them" in said.citations[0].quote
    assert not_said.abstained


@pytest.mark.parametrize(("every", "least"), [(48, 2), pytest.param(12, 10, marks=pytest.mark.soak)])
def test_every_citation_of_many_questions_stands_in_its_article(
    real_qa: ArticleQA, stories: tuple[Article, ...], every: int, least: int
) -> None:
    words = [word for story in stories for word in story.text.split()]
    answers = real_qa.ask_batch([f"What about {' '.join(words[at : at + 4])}?" for at in range(0, len(words), every)])
    assert sum(not answer.abstained for answer in answers) > least
    for answer in answers:
        assert_sound(answer, real_qa.articles)


@pytest.mark.parametrize("question", [UNRELATED, "What is the capital of Mongolia?", "asdf qwer zxcv"])
def test_what_the_articles_do_not_say_is_not_answered(real_qa: ArticleQA, question: str) -> None:
    answer = ArticleQA(real_qa.articles, real_qa.reader).ask(question)
    assert answer.abstained
    assert (answer.text, answer.citations) == ("", ())
    assert answer.confidence < 0.15
    assert answer.reason
    assert len(answer.nearest) in {1, 2, 3}
    for near in answer.nearest:
        text = real_qa.articles.get(near.article_id).text
        assert text[near.start : near.end] == near.quote
        assert text[: near.start].rstrip()[-1:] in {"", *'.!?"”'}  # it begins with a sentence


def test_an_answer_that_is_given_has_nothing_that_is_near_and_no_reason(real_qa: ArticleQA) -> None:
    answer = real_qa.ask(TOWER)
    assert (answer.nearest, answer.reason, answer.reply) == ((), "", "")
    assert not answer.to_json().keys() & {"nearest", "reason", "reply"}


def test_an_answer_that_is_withheld_stands_among_what_is_nearest(real_articles: ArticleIndex) -> None:
    given = ArticleQA(real_articles, settings=AnswerSettings(threshold=0)).ask(LEAKS)
    withheld = ArticleQA(real_articles, settings=AnswerSettings(threshold=1)).ask(LEAKS)
    assert withheld.abstained
    near = withheld.nearest[0]
    assert near.quote[(near.answer_start or 0) - near.start : (near.answer_end or 0) - near.start] == given.text
    assert re.fullmatch(r"The best guess is only \d\d % sure\.", withheld.reason)


@pytest.mark.parametrize(
    ("question", "form"),
    [
        (LEAKS, "short"),
        (TOWER, "sentences"),
        ("Did the robot find leaks?", "yes_no"),
        ("Which pipes did the robot crawl through?", "list"),
        ("How many leaks did the robot find, and who sold the lighthouse?", "parts"),
        ("latest on the swimming pool orchestra", "latest"),
        ("Which article says how many leaks the robot found?", "article"),
        (UNRELATED, "short"),
        ("Thanks!", None),
    ],
)
def test_an_answer_says_which_form_of_it_was_asked_for(real_qa: ArticleQA, question: str, form: str | None) -> None:
    answer = real_qa.ask(question)
    assert answer.form == form
    assert [each.text for each in answer.items] == (answer.text.split("; ") if form == "list" else [])
    assert len(answer.events) == (len(answer.citations) if form == "latest" else 0)


def test_what_is_so_now_is_told_with_the_day_of_its_article(
    tmp_path: Path, real_embedder: SentenceTransformerEmbedder
) -> None:
    question, ferry = "Who runs the ferry to Karsund now?", "Tove Aske runs the ferry to Karsund. It is blue."
    with ArticleIndex.open(tmp_path / "index", embedder=real_embedder) as articles:
        articles.add(Article("a", ferry, "The ferry", published="2025-06-20"))
        answer = ArticleQA(articles, settings=AnswerSettings(threshold=0)).ask(question)
        assert (answer.text, answer.as_of) == ("Tove Aske (as of 20 June 2025)", "2025-06-20")
        withheld = ArticleQA(articles, settings=AnswerSettings(threshold=1)).ask(question)
        assert (withheld.form, withheld.as_of, withheld.items) == ("short", None, ())


def test_how_many_is_answered_by_a_number_or_by_those_that_are_named(
    tmp_path: Path, real_embedder: SentenceTransformerEmbedder
) -> None:
    tour = (
        "The choir of Skerry came home on Sunday. Its tour took it to Tarnby, Port Elswick, Westhaven and Pell. In "
        "Pell it rained, and the soloist Mia Orr lost her voice. It sang 31 songs."
    )
    with ArticleIndex.open(tmp_path / "index", embedder=real_embedder) as articles:
        articles.add(Article("tour", tour, "The choir's tour"))
        qa = ArticleQA(articles)
        named = qa.ask("How many cities did the choir's tour visit?")
        assert named.text == "At least 4 named here: Tarnby; Port Elswick; Westhaven; Pell"
        assert [(each.text, each.articles) for each in named.items][-1] == ("Pell", 1)
        [citation] = named.citations
        assert articles.get("tour").text[citation.start : citation.end] == citation.quote
        marked = tour[citation.answer_start : citation.answer_end]
        assert marked == "Tarnby, Port Elswick, Westhaven and Pell"
        assert qa.ask("How many songs did the choir sing?").text == "31"


@pytest.mark.parametrize("question", ["latest on the Mongolian election", "timeline of the moon landings"])
def test_where_there_is_no_news_of_it_the_nearest_sentences_are_shown(real_qa: ArticleQA, question: str) -> None:
    answer = real_qa.ask(question)
    assert answer.abstained
    assert answer.nearest
    assert answer.reason.endswith(("is nowhere in what was found.", "Nothing that was found is clearly about it."))


def test_small_talk_in_a_conversation_is_replied_to(real_qa: ArticleQA) -> None:
    answer = real_qa.ask("Thank you!", history=[(TOWER, "Its owner's asthma.")])
    assert (answer.reply, answer.abstained, answer.nearest, answer.reason) == ("You are welcome.", True, (), "")


@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.soak)])
def test_odd_questions_are_answered_or_not_but_never_raise(real_qa: ArticleQA, every: int) -> None:
    asked = ODD[::every]
    for question, answer in zip(asked, real_qa.ask_batch(asked), strict=True):
        assert answer.question == question
        assert_sound(answer, real_qa.articles)


@pytest.mark.parametrize(("question", "message"), BAD)
def test_what_is_no_question_is_an_error_that_says_why(real_qa: ArticleQA, question: Any, message: str) -> None:
    uses: list[Callable[[Any], Any]] = [real_qa.ask, real_qa.search, lambda q: list(real_qa.stream(q))]
    for use in uses:
        with pytest.raises(QuestionError) as raised:
            use(question)
        assert str(raised.value) == message


def test_the_threshold_decides_what_is_withheld(real_articles: ArticleIndex) -> None:
    strict = ArticleQA(real_articles, settings=AnswerSettings(threshold=1)).ask(TOWER)
    assert strict.abstained
    assert strict.confidence > 0.1  # that of the answer withheld
    assert not ArticleQA(real_articles, settings=AnswerSettings(threshold=0)).ask(UNRELATED).abstained


def test_no_more_passages_are_read_than_the_settings_say(real_articles: ArticleIndex) -> None:
    assert len(ArticleQA(real_articles, retrieval_settings=RetrievalSettings(top_k=2)).ask(ECHO).passages) == 2


def test_filters_narrow_what_is_answered_from(real_qa: ArticleQA) -> None:
    assert not real_qa.ask(ECHO, where=PassageFilter(sources=("Coast Post",))).abstained
    elsewhere = real_qa.ask(ECHO, where=PassageFilter(article_ids=("bees", "robot")))
    assert all(citation.article_id in ("bees", "robot") for citation in elsewhere.citations)
    assert {scored.passage.article_id for scored in elsewhere.passages} == {"bees", "robot"}
    dated = real_qa.ask(ECHO, where=PassageFilter(published_from="2024-01-20", published_to="2024-01-20"))
    assert dated.citations[0].article_id == "orchestra"


def test_a_filter_that_nothing_passes_gives_an_abstention_without_passages(real_qa: ArticleQA) -> None:
    answer = real_qa.ask(ECHO, where=PassageFilter(sources=("Nobody",)))
    assert answer.abstained
    assert (answer.passages, answer.confidence) == ((), 0.0)
    assert (answer.reason, answer.nearest) == ("There is no article to look in.", ())


def test_an_empty_index_gives_an_abstention(tmp_path: Path, real_embedder: SentenceTransformerEmbedder) -> None:
    with ArticleIndex.open(tmp_path / "empty", embedder=real_embedder) as articles:
        qa = ArticleQA(articles)
        assert qa.ask("Who came?").abstained
        assert [answer.abstained for answer in qa.ask_batch(["Who?", "Why?"])] == [True, True]
        qa.warm_up()


def test_a_history_is_accepted_as_pairs_or_messages(real_qa: ArticleQA) -> None:
    histories: list[Sequence[Any]] = [
        [("Who bought the lighthouse?", "A dentist.")],
        [["Who bought the lighthouse?", "A dentist."]],
        [{"role": "user", "content": "Who bought it?"}, {"role": "assistant", "content": "A dentist."}],
        (),
    ]
    for history in histories:
        answer = real_qa.ask(TOWER, history)
        assert answer.question == TOWER
        assert answer.citations[0].article_id == "lighthouse"


@pytest.mark.parametrize("history", ["abc", [5], ["ab c"], [("only one",)], [{"role": "user"}], 5, True])
def test_a_history_that_cannot_be_read_is_an_error_of_its_question_alone(real_qa: ArticleQA, history: Any) -> None:
    with pytest.raises(QuestionError, match=r"^The question's history cannot be read: "):
        real_qa.ask(ECHO, history)
    bad, good = real_qa.ask_batch([{"question": ECHO, "history": history}, ECHO], return_exceptions=True)
    assert isinstance(bad, QuestionError)
    assert isinstance(good, Answer)


# Articles that differ

TOLL = "How many people died in the fire at the Amsel mill?"
TOLLS = (
    Article(
        id="first",
        title="Fire at the Amsel mill",
        source="Coast Post",
        published="2024-03-01",
        text="A fire broke out at the mill on Friday. At least 12 people died in the fire at the mill, police said.",
    ),
    Article(
        id="later",
        title="More dead in fire at the Amsel mill",
        published="2024-03-04T10:00:00Z",
        text="The smoke is gone. At least 31 people died in the fire at the mill, police say now. Many are missing.",
    ),
)


@pytest.fixture
def tolls(own: ArticleIndex) -> ArticleIndex:
    """The stories, and two reports of one fire."""
    own.add(TOLLS)
    return own


class Scripted:
    """A Reader that says of two articles what it was told, whatever is asked."""

    mode = "extractive"

    def __init__(self, *answers: str, text: str, differs: bool) -> None:
        self.answers, self.text, self.differs = answers, text, differs

    def read(self, queries: Sequence[Query], passages: Sequence[Sequence[ScoredPassage]]) -> list[Reading]:
        spans = []
        by_article = {scored.passage.article_id: scored for scored in passages[0]}
        for name, answer in zip(("first", "later"), self.answers, strict=True):
            scored = by_article[name]
            start = scored.passage.text.index(answer)
            place = (start, start + len(answer))
            spans.append(
                AnswerSpan(answer, scored.passage, 0, len(scored.passage.text), *place, 1.0, 0.2 + len(spans) / 2)
            )
        return [Reading(tuple(spans), tuple(passages[0]), self.text, self.differs)]


def test_where_articles_differ_both_figures_are_said_the_newest_first_and_a_note_says_whose_they_are(
    tolls: ArticleIndex,
) -> None:
    answer = ArticleQA(tolls, settings=AnswerSettings(threshold=0)).ask(TOLL)
    first, second = answer.text.split("; ")
    assert "31" in first
    assert "12" in second
    newer, older = "More dead in fire at the Amsel mill, 2024-03-04", "Coast Post, 2024-03-01"
    assert answer.note == f"The articles differ: {first} ({newer}); {second} ({older})."
    assert [citation.article_id for citation in answer.citations[:2]] == ["later", "first"]
    assert answer.to_json()["note"] == answer.note
    assert_sound(answer, tolls)


def test_without_a_difference_there_is_no_note(tolls: ArticleIndex, real_qa: ArticleQA) -> None:
    assert real_qa.ask(ECHO).note is None
    narrowed = ArticleQA(tolls, settings=AnswerSettings(threshold=0)).ask(
        TOLL, where=PassageFilter(article_ids=("first",))
    )
    assert (narrowed.note, "12" in narrowed.text) == (None, True)


def test_a_note_names_what_each_article_says_of_a_reading_that_differs(tolls: ArticleIndex) -> None:
    qa = ArticleQA(
        tolls, reader=Scripted("12", "31", text="12; 31", differs=True), settings=AnswerSettings(threshold=0.5)
    )
    answer = qa.ask(TOLL)
    assert answer.text == "12; 31"
    assert (
        answer.note
        == "The articles differ: 12 (Coast Post, 2024-03-01); 31 (More dead in fire at the Amsel mill, 2024-03-04)."
    )
    assert answer.confidence == pytest.approx(0.7)  # that of the best part, though another is read first


def test_an_answer_that_is_withheld_has_no_note(tolls: ArticleIndex) -> None:
    answer = ArticleQA(
        tolls, reader=Scripted("12", "31", text="12; 31", differs=True), settings=AnswerSettings(threshold=0.9)
    ).ask(TOLL)
    assert (answer.abstained, answer.note) == (True, None)
    assert [each.quote for each in answer.nearest]  # the answers themselves


def test_a_reading_without_a_text_says_its_first_span(tolls: ArticleIndex) -> None:
    answer = ArticleQA(
        tolls, reader=Scripted("12", "31", text="", differs=False), settings=AnswerSettings(threshold=0)
    ).ask(TOLL)
    assert (answer.text, answer.note, len(answer.citations)) == ("12", None, 2)


# Batches, streams, other threads


def test_a_batch_answers_in_order_what_single_questions_answer(real_qa: ArticleQA) -> None:
    questions = [ECHO, UNRELATED, TOWER, ECHO, "When does the hall open again?"]
    answers = real_qa.ask_batch(questions)
    assert [answer.question for answer in answers] == questions
    assert [same(answer) for answer in answers] == [same(real_qa.ask(question)) for question in questions]
    assert real_qa.ask_batch([]) == []


def test_errors_stand_in_their_place_in_a_batch(real_qa: ArticleQA) -> None:
    asked = [ECHO, "", {"question": TOWER, "id": "t"}, {"id": "no question"}, "a" * 3000, TOWER]
    results = real_qa.ask_batch(asked, return_exceptions=True)
    kinds = [Answer, QuestionError, Answer, QuestionError, QuestionError, Answer]
    assert [type(result) for result in results] == kinds
    assert results[2].id == "t"
    with pytest.raises(QuestionError, match="The question is empty"):
        real_qa.ask_batch(asked)


@pytest.mark.parametrize("asked", [5, None, ["who"], b"who"])
def test_what_is_neither_a_text_nor_a_mapping_is_an_error_in_its_place(real_qa: ArticleQA, asked: Any) -> None:
    with pytest.raises(QuestionError):
        real_qa.chain.invoke(asked)
    bad, good = real_qa.ask_batch([asked, ECHO], return_exceptions=True)
    assert isinstance(bad, QuestionError)
    assert isinstance(good, Answer)


def test_a_batch_may_have_a_filter_for_each_question(real_qa: ArticleQA) -> None:
    here, there = (PassageFilter(article_ids=(name,)) for name in ("orchestra", "bees"))
    answers = real_qa.ask_batch([{"question": ECHO, "where": where} for where in (here, there, here)])
    places = [{scored.passage.article_id for scored in answer.passages} for answer in answers]
    assert places == [{"orchestra"}, {"bees"}, {"orchestra"}]


def test_a_stream_grows_to_what_ask_gives(real_qa: ArticleQA) -> None:
    answers = list(real_qa.stream(TOWER))
    whole = real_qa.ask(TOWER)
    texts = [answer.text for answer in answers]
    assert len(texts) == len(whole.text.split())
    for shorter, longer in pairwise(texts):
        assert longer.startswith(shorter)
        assert len(shorter) < len(longer)
    assert same(answers[-1]) == same(whole)
    assert [same(answer) for answer in real_qa.stream(UNRELATED)] == [same(real_qa.ask(UNRELATED))]


def test_aask_gives_what_ask_gives(real_qa: ArticleQA) -> None:
    async def both() -> list[Answer]:
        return list(await asyncio.gather(real_qa.aask(ECHO), real_qa.aask(TOWER)))

    assert [same(answer) for answer in asyncio.run(both())] == [same(real_qa.ask(ECHO)), same(real_qa.ask(TOWER))]


# A changing index


def test_what_is_added_or_removed_between_questions_counts_at_once(own: ArticleIndex, willing: AnswerSettings) -> None:
    qa = ArticleQA(own, settings=willing)
    assert not qa.ask(ECHO).abstained
    own.remove("orchestra")
    assert all(each.article_id != "orchestra" for each in qa.ask(ECHO).citations)
    own.add(Article(id="cave", text="A choir sang in a cave. The echo lasted eleven seconds, said the singers."))
    assert "eleven seconds" in qa.ask(ECHO).citations[0].quote


@pytest.mark.parametrize("change", ["removed", "replaced", "replaced with the same words elsewhere"])
def test_an_article_that_changes_while_it_is_read_is_not_cited(
    own: ArticleIndex, willing: AnswerSettings, change: str
) -> None:
    class Slow:
        mode = "extractive"

        def read(self, queries: Sequence[Query], passages: Sequence[Sequence[ScoredPassage]]) -> list[Reading]:
            readings = JointReader(own).read(queries, passages)
            old = own.get("orchestra")
            if change == "removed":
                own.remove("orchestra")
            elif change == "replaced":
                own.add(replace(old, text="The concert was called off."))
            else:
                own.add(replace(old, text=f"Corrected. {old.text}"))
            return readings

    answer = ArticleQA(own, reader=Slow(), settings=willing).ask(ECHO)
    assert answer.abstained
    assert answer.confidence > 0.1  # that of the answer withheld


def test_a_place_without_an_index_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFoundError, match="Add articles first"):
        ArticleQA(tmp_path / "none")


def test_an_index_may_be_named_by_its_place(real_articles: ArticleIndex) -> None:
    assert ArticleQA(real_articles.location).ask(LEAKS).citations[0].article_id == "robot"


def test_what_was_opened_by_its_place_is_closed_at_the_end_of_the_block(own: ArticleIndex) -> None:
    with ArticleQA(own.location) as qa:
        assert not qa.with_language_model(None).ask(LEAKS).abstained
        opened, closed = qa.articles, []
        close = opened.close
        opened.close = lambda: closed.append(close())  # type: ignore[method-assign]
        qa.with_language_model(None).close()
        assert closed == []
    assert closed == [None]


def test_an_index_that_was_given_open_stays_open(own: ArticleIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "close", lambda: pytest.fail("it is its owner's to close"))
    with ArticleQA(own):
        pass
    monkeypatch.undo()


# LangChain


class Runs(BaseCallbackHandler):
    """The names of the runs that LangChain reports, in the order of their starts."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.failed: list[BaseException] = []
        self.ended = 0

    def on_chain_start(self, serialized: Any, inputs: Any, **kwargs: Any) -> None:
        self.started.append(kwargs["name"])

    def on_retriever_start(self, serialized: Any, query: str, **kwargs: Any) -> None:
        self.started.append(kwargs["name"])

    def on_chain_end(self, outputs: Any, **kwargs: Any) -> None:
        self.ended += 1

    def on_retriever_end(self, documents: Any, **kwargs: Any) -> None:
        self.ended += 1

    def on_chain_error(self, error: BaseException, **kwargs: Any) -> None:
        self.failed.append(error)


def test_the_chain_is_a_runnable_that_gives_what_ask_gives(real_qa: ArticleQA) -> None:
    chain = real_qa.chain
    assert isinstance(chain, Runnable)
    expected = same(real_qa.ask(ECHO))
    assert same(chain.invoke(ECHO)) == expected
    assert same(chain.invoke({"question": ECHO, "history": [("Who?", "Nobody.")]})) == expected
    assert [same(answer) for answer in chain.batch([ECHO, {"question": ECHO}])] == [expected] * 2
    assert [same(answer) for answer in chain.stream(ECHO)] == [expected]
    assert same(asyncio.run(chain.ainvoke(ECHO))) == expected
    with pytest.raises(QuestionError):
        chain.invoke("")


def test_callbacks_see_the_steps_by_their_names(real_qa: ArticleQA) -> None:
    runs = Runs()
    real_qa.ask(ECHO, config={"callbacks": [runs]})
    steps = [name for name in runs.started if name in {"standalone_question", "retriever", "reader"}]
    assert steps == ["standalone_question", "retriever", "reader"]
    assert runs.started[0] == "article_qa"
    assert runs.ended == len(runs.started)
    batch = Runs()
    real_qa.chain.batch([ECHO, TOWER], {"callbacks": [batch]})
    assert [batch.started.count(name) for name in ("standalone_question", "retriever", "reader")] == [2, 2, 2]


def test_callbacks_see_a_question_that_fails(real_qa: ArticleQA) -> None:
    runs = Runs()
    real_qa.chain.batch([ECHO, ""], {"callbacks": [runs]}, return_exceptions=True)
    assert runs.failed
    assert {type(error) for error in runs.failed} == {QuestionError}
    assert runs.started.count("reader") == 1


def test_the_retriever_gives_documents_with_all_that_is_known_of_a_passage(real_qa: ArticleQA) -> None:
    assert isinstance(real_qa.retriever, BaseRetriever)
    documents = real_qa.retriever.invoke(ECHO)
    passages = real_qa.search(ECHO)
    assert [document.id for document in documents] == [scored.passage.id for scored in passages]
    best = documents[0]
    assert isinstance(best, Document)
    article = real_qa.articles.get("orchestra")
    assert best.metadata.keys() == {
        "article_id", "title", "start", "end", "url", "source", "author", "published", "score", "scorer", "ranks",
        "language",
    }  # fmt: skip
    assert article.text[best.metadata["start"] : best.metadata["end"]] == best.page_content
    assert {name: best.metadata[name] for name in ("article_id", "title", "url", "source", "author", "published")} == {
        "article_id": "orchestra",
        "title": article.title,
        "url": None,
        "source": "Coast Post",
        "author": "Nora Whitfield",
        "published": "2024-01-20",
    }
    assert best.metadata["scorer"] == "fused"
    assert best.metadata["ranks"]["fused"] == {"rank": 1, "score": best.metadata["score"]}


def test_the_retriever_works_inside_another_chain(real_qa: ArticleQA) -> None:
    chain = real_qa.retriever | RunnableLambda(lambda documents: [each.metadata["article_id"] for each in documents])
    assert chain.invoke(ECHO)[0] == "orchestra"
    assert [names[0] for names in chain.batch([ECHO, TOWER])] == ["orchestra", "lighthouse"]
    assert asyncio.run(chain.ainvoke(ECHO))[0] == "orchestra"
    narrowed = real_qa.retriever.invoke(ECHO, top_k=1, where=PassageFilter(article_ids=("bees",), languages=("en",)))
    assert [document.metadata["article_id"] for document in narrowed] == ["bees"]
    assert real_qa.retriever.invoke(ECHO, where=PassageFilter(languages=("de",))) == []


def test_the_chain_works_inside_another_chain(real_qa: ArticleQA) -> None:
    chain = RunnableLambda(lambda text: {"question": text}) | real_qa.chain | RunnableLambda(lambda answer: answer.text)
    assert chain.invoke(ECHO) == real_qa.ask(ECHO).text


def test_nothing_warns_while_a_question_is_asked(real_qa: ArticleQA) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        real_qa.ask(ECHO)
    assert [str(warning.message) for warning in caught] == []


def test_last_week_is_seen_from_the_day_that_is_given(tmp_path: Path) -> None:
    with ArticleIndex.open(tmp_path / "index") as articles:
        articles.add(
            [
                Article(
                    "old", "The bank of Norvane set its key rate at 3.5 percent.", "Key rate", published="2024-03-01"
                ),
                Article(
                    "new", "The bank of Norvane set its key rate at 4 percent.", "Key rate", published="2025-06-20"
                ),
            ]
        )
        qa = ArticleQA(articles)
        question = "At how many percent did the bank of Norvane set its key rate last week?"
        for as_of, wanted in (("2024-03-06", "3.5"), (date(2025, 6, 25), "4")):
            answer = qa.ask(question, as_of=as_of)
            assert answer.text.startswith(wanted)
            assert [each.published for each in answer.citations] == [answer.citations[0].published]
        assert answer.period == ("2025-06-16", "2025-06-29")
        assert answer.to_json()["period"] == {"from": "2025-06-16", "to": "2025-06-29"}
        assert Answer.from_json(answer.to_json()).period == answer.period
        assert qa.ask(question, where=PassageFilter(published_from="2025")).period is None
        with pytest.raises(QuestionError, match="'soon' is not a day"):
            qa.ask(question, as_of="soon")


@pytest.mark.parametrize(
    "question", ["who is travelling to Moscow", "Who is travelling to Moscow?", "who is travelling to moscow"]
)
def test_who_is_travelling_to_moscow_is_answered_by_a_name_however_it_is_typed(
    sample_qa: ArticleQA, question: str
) -> None:
    assert "Steve Witkoff" in sample_qa.ask(question).text


@pytest.fixture(scope="module")
def sample_qa(tmp_path_factory: pytest.TempPathFactory, real_articles: ArticleIndex) -> Iterator[ArticleQA]:
    samples = Path(__file__).parents[2] / "examples" / "articles"
    with ArticleIndex.open(tmp_path_factory.mktemp("samples") / "index", embedder=real_articles.embedder) as articles:
        articles.add(samples)
        yield ArticleQA(articles)
