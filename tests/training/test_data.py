"""Which records are trained on, and where their answers stand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.training.conftest import PLACES, Line, line
from training.data import HELD_OUT_SETS, TRAINING_SETS, held_out, held_out_records, read_set, training_records

Write = Callable[[dict[str, Sequence[Line]]], Path]


def test_a_quarter_of_the_titles_is_held_out_by_their_hash_alone() -> None:
    titles = [f"title {number}" for number in range(2000)]
    assert 0.2 < sum(map(held_out, titles)) / len(titles) < 0.3
    for title in ("", "Ü", *titles[:20]):
        assert held_out(title) == (hashlib.sha256(title.encode()).digest()[-1] % 4 == 0)


def test_no_title_that_is_held_out_is_trained_on(data: Path) -> None:
    titles = {place.replace("_", " ") for place in PLACES}
    kept = {title for title in titles if held_out(title)}
    assert kept  # the towns fall on both sides
    assert titles - kept
    trained = training_records(data)
    assert trained.keys() == TRAINING_SETS.keys()
    for name in HELD_OUT_SETS:
        assert {record.title for record in trained[name]} == titles - kept
        assert {record.title for record in held_out_records(data, name)} == kept
        assert len(trained[name]) + len(held_out_records(data, name)) == 3 * len(PLACES)
    for name in TRAINING_SETS.keys() - set(HELD_OUT_SETS):
        assert len(trained[name]) == 3 * len(PLACES)


def test_answers_stand_where_their_spans_say(data: Path) -> None:
    records = list(read_set(data, "squad_train_part"))
    assert [len(record.spans) for record in records[:3]] == [1, 1, 0]
    assert records[0].answers == ("1800",)
    assert records[4].answers == ("Ruth Amsel",)
    assert (records[0].id, records[0].set, records[12].title) == ("q0", "squad_train_part", "Marsh Street")


def test_the_tags_around_a_paragraph_are_cut_and_the_spans_moved(write_sets: Write) -> None:
    context = "<P> The harbour was built in 1802 by Anna Vane . </P>"
    data = write_sets({"qed_dev": [line(1, "Harbour", context, " Who built it? ", "Anna Vane", "1802")]})
    [record] = read_set(data, "qed_dev")
    assert record.context == "The harbour was built in 1802 by Anna Vane ."
    assert record.answers == ("Anna Vane", "1802")
    assert record.question == "Who built it?"


def test_a_span_outside_of_the_paragraph_is_no_answer(write_sets: Write) -> None:
    context = "<P> Anna Vane came. </P>"
    bad = line(1, "", context, "Who came?")
    bad["answers"] = [
        {"text": "<P>", "start": 0}, {"text": "</P>", "start": context.index("</P>")}, {"text": "", "start": 6},
        {"text": "Anna", "start": 4},
    ]  # fmt: skip
    [record] = read_set(write_sets({"qed_dev": [bad]}), "qed_dev")
    assert record.answers == ("Anna",)


@pytest.mark.parametrize(("name", "title"), [("shifts_reddit", ""), ("qamr", ""), ("squad11_dev", "Lower Marsh")])
def test_a_title_that_names_a_collection_is_none(write_sets: Write, name: str, title: str) -> None:
    data = write_sets({name: [line(1, "Lower_Marsh", "Anna came.", "Who came?", "Anna")]})
    assert [record.title for record in read_set(data, name)] == [title]


def test_questions_of_next_to_nothing_are_left_out(write_sets: Write) -> None:
    lines = [line(number, "t", "Anna came.", question, "Anna") for number, question in enumerate(("", " ? ", "Who?"))]
    trained = training_records(write_sets({"qamr": lines}))
    assert [record.question for record in trained["qamr"]] == ["Who?"]
