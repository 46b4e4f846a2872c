"""What is asked of each of two things that a question compares, and questions that compare nothing."""

from __future__ import annotations

import pytest

from qa.question.comparisons import compared
from qa.question.wording import understood


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        (
            "Which film opened bigger, Ara's or Bel's?",
            {"Ara's": "how big opened Ara's film?", "Bel's": "how big opened Bel's film?"},
        ),
        (
            "who cost more at the auction, Vane or Brill?",
            {"Vane": "how much cost Vane at the auction?", "Brill": "how much cost Brill at the auction?"},
        ),
        (
            "Are adults or children more often ill?",
            {"adults": "how often are adults ill?", "children": "how often are children ill?"},
        ),
        (
            "Did the first bridge take more stone than the second bridge?",
            {
                "the first bridge": "how much stone did the first bridge take?",
                "the second bridge": "how much stone did the second bridge take?",
            },
        ),
        (
            "did Tarnby or Brenn put more money into the bridge?",
            {
                "Tarnby": "how much money did Tarnby put into the bridge?",
                "Brenn": "how much money did Brenn put into the bridge?",
            },
        ),
        ("Is Tarnby older than Brenn?", {"Tarnby": "how old is Tarnby?", "Brenn": "how old is Brenn?"}),
        (
            "whose match against Amsel sold more season tickets, Tarnby or Brenn?",
            {
                "Tarnby": "how many season tickets sold Tarnby's match against Amsel?",
                "Brenn": "how many season tickets sold Brenn's match against Amsel?",
            },
        ),
        (
            "does Tarnby have more people than Brenn now?",
            {"Tarnby": "how many people does Tarnby have?", "Brenn": "how many people does Brenn have?"},
        ),
        (
            "Which is cheaper, the Glow 8 or the Heron 15?",
            {"the Glow 8": "how much does the Glow 8 cost?", "the Heron 15": "how much does the Heron 15 cost?"},
        ),
        (
            "which was cheaper right after the sale in March 2023, the old Glow stick with a light or the newer Heron"
            " stick with a mirror",
            {
                "the old Glow stick with a light": "how much did the old Glow stick with a light cost right after the"
                " sale in March 2023?",
                "the newer Heron stick with a mirror": "how much did the newer Heron stick with a mirror cost"
                " right after the sale in March 2023?",
            },
        ),
        (
            "which was going to cost the town more, the lock or the weir",
            {
                "the lock": "how much was the lock going to cost the town?",
                "the weir": "how much was the weir going to cost the town?",
            },
        ),
        ("Who was paid more, Vane or Brill?", {"Vane": "how much was Vane paid?", "Brill": "how much was Brill paid?"}),
        ("What's bigger, Tarnby or Brenn?", {"Tarnby": "how big is Tarnby?", "Brenn": "how big is Brenn?"}),
        ("Who retired first, Ann or Ben?", {"Ann": "when retired Ann?", "Ben": "when retired Ben?"}),
        (
            "What were the scores in games 3 and 4 of the cup?",
            {
                "game 3": "What was the score in game 3 of the cup?",
                "game 4": "What was the score in game 4 of the cup?",
            },
        ),
    ],
)
def test_each_of_two_things_is_asked_about(question: str, asked: dict[str, str]) -> None:
    assert dict(compared(question)) == asked
    query = understood(question)
    assert query.compares
    assert {part.label: part.query.text for part in query.parts} == asked


@pytest.mark.parametrize(
    "question",
    [
        "Was it more than a million?",
        "Did more than 30 people die?",
        "Is the ferry older than 20 years?",
        "Are there more than two versions?",
        "Is the screen bigger than the old one?",
        "Did prices rise faster than expected?",
        "Did the mayor win in 2019 and 2023?",
        "Which cities grew faster?",
        "Who won, and when?",
        "",
    ],
)
def test_what_compares_nothing_has_no_parts(question: str) -> None:
    assert compared(question) == ()
