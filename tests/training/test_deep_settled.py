"""Yes-or-no questions made of other questions are asked as one would, and settled as their paragraph says."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from training.data import Record
from training.deep.arrays import OPEN, REFUTED, SUPPORTED
from training.deep.records import Example
from training.deep.settled import as_question, as_yes_or_no, claimed, kind_of, settled

CONTEXT = "The Harrow Bridge opened in 1926. Ida Brandt drew it, and Tom Ask paid 400 crowns. It was widened in 1961."


def record(question: str, answer: str = "", number: int = 0) -> Record:
    start = CONTEXT.index(answer) if answer else 0
    return Record(f"r{number}", "made", "Harrow", CONTEXT, question, ((start, start + len(answer)),) if answer else ())


@pytest.mark.parametrize(
    ("question", "answer", "turned"),
    [
        ("When did the bridge open?", "1926", "Did the bridge open in 1926?"),
        ("When was it widened", "4 May 1961", "Was it widened on 4 May 1961?"),
        ("Where is the bridge?", "in Harrow", "Is the bridge in Harrow?"),
        ("Who drew the bridge?", "Ida Brandt", "Was it Ida Brandt who drew the bridge?"),
        ("Who was the architect?", "Ida Brandt", "Was Ida Brandt the architect?"),
        ("What did Tom Ask pay?", "400 crowns", "Did Tom Ask pay 400 crowns?"),
        ("How many crowns did Tom Ask pay?", "400", "Did Tom Ask pay 400 crowns?"),
        ("Which company designed the bridge?", "The Amsel Works", "Was it the Amsel Works that designed the bridge?"),
        ("In what year was it widened?", "1961", "Was it widened in 1961?"),
        ("Why was it widened?", "for lorries", None),
        ("Name the bridge.", "Harrow", None),
        ("Who drew it?", "x" * 90, None),
    ],
)
def test_the_answer_stands_where_it_was_asked_for(question: str, answer: str, turned: str | None) -> None:
    assert as_yes_or_no(question, answer) == turned


def test_what_is_asked_for_is_a_kind() -> None:
    questions = (
        "When did it open?",
        "In what year did it open?",
        "Who drew it?",
        "How much did it cost?",
        "What city is it?",
    )
    assert [kind_of(each) for each in questions] == ["when", "when", "who", "how many", "city"]


def test_a_question_is_supported_by_its_answer_and_refuted_by_another_of_its_kind() -> None:
    records = [record("When did the bridge open?", "1926"), record("When was it widened?", "1961", 1)]
    found = {
        (example.verdict, example.record.question)
        for seed in range(30)
        for example in settled(records, random.Random(seed))
    }
    assert {question for verdict, question in found if verdict == SUPPORTED} == {
        "Did the bridge open in 1926?",
        "Was it widened in 1961?",
    }
    assert {question for verdict, question in found if verdict == REFUTED} == {
        "Did the bridge open in 1961?",
        "Was it widened in 1926?",
    }


def test_what_the_paragraph_does_not_answer_stays_open() -> None:
    records = [record("When was it painted?"), record("When did the bridge open?", "1926", 1)]
    found = [example for seed in range(30) for example in settled(records, random.Random(seed))]
    painted = {(each.verdict, each.record.question) for each in found if "painted" in each.record.question}
    assert painted == {(OPEN, "Was it painted in 1926?"), (OPEN, "Was it painted in 1961?")}
    assert Counter(each.verdict for each in found)[SUPPORTED] > 5


@pytest.mark.parametrize(
    ("claim", "question"),
    [
        ("The Harrow Bridge was widened in 1961.", "Was the Harrow Bridge widened in 1961?"),
        ("Ida Brandt is not the mayor.", "Is Ida Brandt not the mayor?"),
        ("Tom Ask has never been to Harrow.", "Has Tom Ask never been to Harrow?"),
    ],
)
def test_a_claim_is_asked_with_its_helping_verb_in_front(claim: str, question: str) -> None:
    assert as_question(claim, random.Random(0)) == question


@pytest.mark.parametrize("claim", ["Tom Ask has a boat.", "Ida Brandt, who drew it, was rich.", "It opened in May."])
def test_a_claim_of_another_form_is_asked_whole(claim: str) -> None:
    rng = random.Random(0)
    questions = {as_question(claim, rng) for _ in range(40)}
    assert len(questions) == 4
    assert all(claim[1:-1] in question and question.endswith("?") for question in questions)


def test_a_claim_that_is_asked_keeps_what_it_rests_on_and_its_verdict() -> None:
    example = Example(record("Tom Ask was the mayor."), REFUTED, "The bridge is old.")
    [made] = claimed([example], random.Random(0))
    assert (made.verdict, made.beside, made.record.context) == (REFUTED, "The bridge is old.", CONTEXT)
    assert made.record.question == "Was Tom Ask the mayor?"
