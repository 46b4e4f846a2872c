"""Questions that a passage does not answer, though it looks as if it did."""

from __future__ import annotations

import random
import re

import pytest

from tests.training.conftest import PLACES, paragraph, record
from training.data import Record
from training.negatives import names_in, nearest_without_answer, swapped_question
from training.refusals import near_misses

TEXT = (
    "The harbour of Port Elswick was built in 1802 by Oskar Lindqvist, and rebuilt in 1850. The northern pier was "
    "opened before the war by Ruth Amsel. It holds 40 ships and 12 boats."
)
POOL = ("Lower Marsh", "Ida Moss", "Otto Brill")
NAMES = {"Port Elswick", "Oskar Lindqvist", "Ruth Amsel", *POOL}


def swaps(each: Record, pool: tuple[str, ...] = POOL, count: int = 60) -> list[str]:
    found = [swapped_question(each, pool, random.Random(seed)) for seed in range(count)]
    return [question for question in found if question is not None]


def changed(question: str, other: str) -> tuple[str, str]:
    """What stands in the one place where two texts differ, in whole words."""
    old, new = question.split(), other.split()
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    tail = 0
    while tail < min(len(old), len(new)) - start and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return " ".join(old[start : len(old) - tail]), " ".join(new[start : len(new) - tail])


def test_a_name_is_replaced_by_another_name_that_is_no_answer() -> None:
    each = record(TEXT, "Who built the harbour of Port Elswick?", "Oskar Lindqvist")
    found = swaps(each)
    assert len(set(found)) > 1
    for question in found:
        old, new = changed(each.question, question)
        assert "Port Elswick?".endswith(old)
        assert any(name.endswith(new.rstrip("?")) for name in NAMES)
        assert re.fullmatch(r"Who built the harbour of ([\w ]+)\?", question)
        assert "Oskar" not in question
        assert "Port Elswick" not in question


def test_a_number_is_replaced_by_another_number_that_is_no_answer() -> None:
    each = record(TEXT, "what was built there in 1802?", "harbour", "1850")
    for question in swaps(each):
        old, new = changed(each.question, question)
        assert old == "1802?"
        assert re.fullmatch(r"\d{4}\?", new)
        assert new not in ("1802?", "1850?")


def test_a_word_of_direction_is_replaced_by_its_opposite() -> None:
    each = record(TEXT, "who opened the northern pier before it?", "Ruth Amsel")
    found = set(swaps(each))
    assert found == {
        "who closed the northern pier before it?",
        "who opened the southern pier before it?",
        "who opened the northern pier after it?",
    }


def test_where_nothing_can_be_replaced_there_is_no_question() -> None:
    assert swaps(record(TEXT, "who came there?", "Ruth Amsel")) == []
    assert swaps(record(TEXT, "", "Ruth Amsel")) == []
    # A name that does not stand in the paragraph does not make it look answered.
    assert swaps(record(TEXT, "who came to Dunmore?", "Ruth Amsel")) == []
    assert swaps(record("Dunmore is a town.", "who came to Dunmore?"), ()) == []


def test_exactly_one_thing_is_changed_and_never_nothing() -> None:
    questions = (
        "Who opened the northern pier of Port Elswick before 1850?", "When did Ruth Amsel build 40 ships?",
        "what is the largest and oldest of 12 boats?", "Was Ruth Amsel the first or the last woman?",
    )  # fmt: skip
    for text in questions:
        each = record(TEXT, text, "1802")
        found = swaps(each, count=200)
        assert len(set(found)) > 2
        for question in found:
            assert question != text
            old, new = changed(text, question)
            assert old
            assert new
            assert len(old.split()) <= 2
            assert len(new.split()) <= 2


def test_the_same_seed_gives_the_same_question() -> None:
    each = record(TEXT, "Who opened the northern pier of Port Elswick before 1850?", "Ruth Amsel")
    assert swaps(each) == swaps(each)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Who is Ruth Amsel?", ["Ruth Amsel"]), ("In the city of Lower Marsh", ["Lower Marsh"]),
        ("The Duke of Wellington came", ["Duke of Wellington"]), ("what was it", []), ("It. He. A", []), ("", []),
        ("When Anna met Otto", ["Anna", "Otto"]),
    ],
)  # fmt: skip
def test_names_are_runs_of_capitalised_words(text: str, names: list[str]) -> None:
    assert names_in(text) == names


@pytest.mark.parametrize("question", ["Did Annabel meet Ann?", "Of those in 1912 how many of 12 came?"])
def test_what_is_replaced_is_a_whole_word_and_not_a_part_of_a_longer_one(question: str) -> None:
    each = record("Annabel met Ann in 1912, and 12 of 45 came. It was 1913.", question, "met")
    known = set(re.findall(r"\w+", " ".join((question, each.context, *POOL))))
    found = swaps(each, count=200)
    assert found
    assert [swapped for swapped in found if not set(re.findall(r"\w+", swapped)) <= known] == []


def test_a_number_is_not_replaced_by_a_negative_one() -> None:
    each = record("There were 3 boats.", "who had 3 boats?", "boats")
    assert swaps(each)
    assert [question for question in swaps(each) if "-" in question] == []


# The nearest paragraphs

CONTEXTS = [paragraph(place, number) for number, place in enumerate(PLACES)]


def test_no_paragraph_that_holds_an_answer_is_near() -> None:
    records = [
        record(context, f"When was the harbour of {place} built by Oskar Lindqvist?", str(1800 + number))
        for number, (place, context) in enumerate(zip(PLACES, CONTEXTS, strict=True))
    ]
    others = [*CONTEXTS, "In the year 1803 Oskar Lindqvist built the harbour of Amsel.", "The HARBOUR. RUTH AMSEL."]
    for each, near in zip(records, nearest_without_answer(records, others), strict=True):
        assert near
        assert len(set(near)) == len(near) <= 8
        for number in near:
            assert others[number] != each.context
            assert not any(answer.lower() in others[number].lower() for answer in each.answers)
    opened = record(CONTEXTS[0], "Who opened the pier of Amsel?", "Ruth Amsel")
    assert nearest_without_answer([opened], others) == [[8]]  # the one without her, in whatever case


def test_the_nearest_come_first_and_no_more_than_wanted() -> None:
    contexts = [
        "Bees died of frost in the valley.",
        "Bees died.",
        "A robot finds leaks.",
        "Bees in frost, bees in frost.",
    ]
    each = record("Otto came.", "Why did the bees of the valley die of frost?", "Otto")
    [near] = nearest_without_answer([each], contexts)
    assert near[0] == 0
    assert 2 not in near  # nothing in common
    assert nearest_without_answer([each], contexts, keep=1) == [[0]]


def test_a_question_without_an_answer_gets_other_paragraphs_as_well() -> None:
    each = record(CONTEXTS[0], "Who burnt the market of Brennick?")
    [near] = nearest_without_answer([each], CONTEXTS)
    assert near[0] == 1
    assert 0 not in near
    assert nearest_without_answer([], CONTEXTS) == []


def test_near_misses_of_each_kind_hold_no_answer() -> None:
    people = [("Ada Wick", "Tom Bly"), ("Per Holm", "Una Ray"), ("Ivo Crane", "Mo Lund")]
    records = {
        str(number): Record(
            id=str(number),
            set="s",
            title="Harbours",
            context=f"{name} built the pier in 18{number}0. It is made of oak. {other} paid for it, as the old one "
            "of stone had been washed away by the great storm of that winter.",
            question=f"Who built the pier in 18{number}0?",
            spans=((0, len(name)),),
        )
        for number, (name, other) in enumerate(people)
    }
    made = near_misses(list(records.values()), random.Random(1))
    assert all(made.values())
    for miss in [*made["retrieved"], *made["elsewhere"]]:
        assert miss.spans == ()
        assert records[miss.id].answers[0] not in miss.context
    assert all(miss.question != records[miss.id].question for miss in made["swapped"])
