"""A question for two things is taken apart, and one for what two did together is not."""

from __future__ import annotations

import pytest

from qa.question.parts import parts_of
from qa.question.wording import understood


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("When did Anna Vane and Otto Brill retire?", ["When did Anna Vane retire?", "When did Otto Brill retire?"]),
        (
            "how many jobs are Orvex and Tarn cutting",
            ["how many jobs are Orvex cutting?", "how many jobs are Tarn cutting?"],
        ),
        ("Who founded Orvex, and in what year?", ["Who founded Orvex?", "in what year founded Orvex?"]),
        ("When did the bridge open; who drew it?", ["When did the bridge open?", "who drew it?"]),
        ("Who sold the Heron, and when did it sink?", ["Who sold the Heron?", "when did Heron sink?"]),
        (
            "What did Orvex pay for Tarn and Brill for Vane?",
            ["What did Orvex pay for Tarn?", "What did Brill pay for Vane?"],
        ),
        (
            "How much was Orvex and how much was Tarn made to pay back?",
            ["How much was Orvex made to pay back?", "how much was Tarn made to pay back?"],
        ),
        (
            "how many votes did vane and how many did brill get in the second round",
            ["how many votes did vane get in the second round?", "how many votes did brill get in the second round?"],
        ),
        (
            "How much did Orvex pay the town over the leak and how much did Tarn pay?",
            ["How much did Orvex pay the town over the leak?", "how much did Tarn pay the town over the leak?"],
        ),
        (
            "How big is Vane's contract, and how big is Brill's?",
            ["How big is Vane's contract?", "how big is Brill's contract?"],
        ),
        ("Who is Anna Vane and what does Otto Brill do?", ["Who is Anna Vane?", "what does Otto Brill do?"]),
        ("what is Tarn and what is Brenn made of?", ["what is Tarn?", "what is Brenn made of?"]),
        ("Who replaced Ask at Amsel and Ode at Tarn?", ["Who replaced Ask at Amsel?", "Who replaced Ode at Tarn?"]),
    ],
)
def test_two_things_are_asked_for(question: str, parts: list[str]) -> None:
    assert [part for _, part in parts_of(question)] == parts


@pytest.mark.parametrize(
    "question",
    [
        "Who sank the Heron?",
        "When did Anna and Ben marry?",
        "What is the row between Orvex and Tarn about?",
        "Where did Anna and Ben play together?",
        "Did Anna and Ben retire?",
        "Which of Anna, Ben and Cid retired?",
        "who and when",
        "bread and butter prices",
        "What did the captain and the crew say?",
        "Who was hurt before the Orvex and Tarn matches?",
        "Who drew the Orvex and Tarn bridges?",
        "Which players left after Orvex and Tarn?",
        "Which firms stayed out of the alliance Orvex and Tarn started?",
    ],
)
def test_one_thing_is_asked_for(question: str) -> None:
    assert [part.query.text for part in understood(question).parts] in ([], [question])
