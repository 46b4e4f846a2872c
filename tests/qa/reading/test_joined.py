"""Answers to several things that one question asks for stand side by side, each with its own quote or none."""

from __future__ import annotations

from dataclasses import replace

from index import Passage, ScoredPassage
from qa.answer import ListItem
from qa.question.turn import Part, Query
from qa.reading.joined import asked_at_once, joined_parts
from qa.reading.result import AnswerSpan, Reading

PARTS = (Part("Anna", Query("When did Anna retire?")), Part("Ben", Query("When did Ben retire?")))
BOTH = Query("When did Anna and Ben retire?", parts=PARTS)
EARLIER = Query("Who retired earlier, Anna or Ben?", parts=PARTS, compares=True)


def reading(article: str, text: str, confidence: float) -> Reading:
    passage = Passage(article, article, article, 0, 40, f"{text} was the year of it, said the clerk.")
    span = AnswerSpan(text, passage, 0, 30, 0, len(text), score=0.0, confidence=confidence)
    return Reading((span,), (ScoredPassage(passage, 1.0, "fused", ()),))


def test_each_part_is_named_with_its_answer_and_quoted() -> None:
    found = joined_parts(BOTH, [reading("a", "1926", 0.8), reading("b", "1931", 0.5)], 0.35)
    assert found.text == "Anna: 1926\nBen: 1931"
    assert [span.passage.article_id for span in found.spans] == ["a", "b"]
    assert [scored.passage.id for scored in found.passages] == ["a", "b"]


def test_a_part_that_is_not_sure_enough_is_not_said_and_not_quoted() -> None:
    found = joined_parts(BOTH, [reading("a", "1926", 0.8), reading("b", "1931", 0.2)], 0.35)
    assert found.text == "Anna: 1926\nBen: the articles do not say"
    assert [span.passage.article_id for span in found.spans] == ["a"]


def test_where_no_part_is_sure_enough_nothing_is_joined() -> None:
    found = joined_parts(BOTH, [reading("a", "1926", 0.1), reading("b", "1931", 0.2)], 0.35)
    assert [span.confidence for span in found.spans] == [0.2]
    assert not found.text


def test_one_answer_to_both_is_said_once() -> None:
    found = joined_parts(BOTH, [reading("a", "in 1926", 0.8), reading("b", "1926", 0.5)], 0.35)
    assert found == reading("a", "in 1926", 0.8)


def test_what_has_no_parts_is_asked_as_it_is() -> None:
    query = Query("When did Anna retire?")
    assert asked_at_once(query) == (query,)
    assert asked_at_once(Query("When did they retire?", parts=PARTS)) == tuple(part.query for part in PARTS)


def test_of_a_comparison_the_whole_question_is_read_too_and_said_where_no_part_is_sure() -> None:
    query = Query("Did Anna retire earlier than Ben?", "yes_no", parts=PARTS, compares=True)
    assert [each.text for each in asked_at_once(query)] == [*(part.query.text for part in PARTS), query.text]
    whole = reading("w", "1926", 0.6)
    assert joined_parts(BOTH, [reading("a", "1926", 0.1), reading("b", "1931", 0.2), whole], 0.35) == whole
    found = joined_parts(BOTH, [reading("a", "1926", 0.8), reading("b", "1931", 0.2), whole], 0.35)
    assert found.text == "Anna: 1926\nBen: the articles do not say"


def test_of_a_comparison_with_one_answer_to_both_the_sentence_is_said() -> None:
    both = [reading("a", "1926", 0.8), reading("a", "1926", 0.5), reading("w", "Anna", 0.6)]
    both[0] = replace(both[0], text="1926 (as of 3 May 1930)", as_of="1930-05-03", items=(ListItem("1926", 1),))
    found = joined_parts(EARLIER, both, 0.35)
    assert found.text == "1926 was the year of it, said the clerk."
    assert (found.as_of, found.items) == (None, ())  # the sentence says neither


def test_is_one_bigger_than_the_other_is_answered_by_a_sentence_where_one_of_them_has_no_figure() -> None:
    query = Query("Did Anna retire earlier than Ben?", "yes_no", parts=PARTS, compares=True)
    parts = [reading("a", "1926", 0.5), reading("b", "1931", 0.2)]
    assert joined_parts(query, [*parts, reading("w", "Anna", 0.6)], 0.35) == reading("w", "Anna", 0.6)
    unsure = joined_parts(query, [*parts, reading("w", "Anna", 0.4)], 0.35)
    assert unsure.text == "Anna: 1926\nBen: the articles do not say"
