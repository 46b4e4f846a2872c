"""How a game ended, by the sentences that tell it."""

from __future__ import annotations

import pytest

from index import Passage, ScoredPassage
from qa.question.wording import query_of
from qa.reading.answers import Candidate, Said
from qa.reading.contests import outcome_told, score_told, winner_told
from qa.reading.results_told import cannot_have_won, text_of


def passages(*texts: str, title: str = "") -> list[ScoredPassage]:
    return [
        ScoredPassage(Passage(str(at), f"a{at}", title, 0, len(text), text), 1.0, "fused", ())
        for at, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    ("question", "texts", "score"),
    [
        (
            "Tarnby v Pell score?",
            ["Tarnby went 1-0 up at Pell.", "Tarnby won 3-2 at Brackwell.", "Tarnby beat Pell 2-1 on Sunday."],
            "2-1",
        ),
        (
            "what did it finish when Tarnby met Pell?",
            ["Pell led Tarnby 20-3 before a 24-21 defeat to Tarnby."],
            "24-21",
        ),
        ("Tarnby v Pell score?", ["May 1 Brackwell 0-2 Pell May 3 Tarnby 4-4 Pell May 5 Brackwell 1-0 Tarnby"], "4-4"),
        ("what was the score when Tarnby went to Pell?", ["Tarnby 2-2 Pell May 3", "Pell 6-0 Tarnby May 9"], "6-0"),
        (
            "tarnby pell final score",
            ["Final: Tarnby 21, Pell 20", "Tarnby 14, Pell 7 at the break."],
            "Tarnby 21, Pell 20",
        ),
        (
            "score of game 2, Tarnby v Pell?",
            ["Tarnby beat Pell 5-1 in Game 3.", "In Game 2 Pell beat Tarnby 3-1."],
            "3-1",
        ),
        (
            "Tarnby v Pell score?",
            ["Brackwell drew 1-1 with Kestrel in the rain on a grey day, while Tarnby beat Pell 3-2 with a late goal."],
            "3-2",
        ),
        ("Tarnby v Pell score?", ["Tarnby won the cup by beating Pell 5-4 on penalties."], "5-4 on penalties"),
        ("boks v pell score?", ["It was the Springboks who won 12-11 against Pell."], "12-11"),
    ],
)
def test_the_score_of_a_game_is_the_last_one_of_that_game(question: str, texts: list[str], score: str) -> None:
    found = passages(*texts)
    told, less = score_told(query_of(question), found, [])
    assert [(each.best.text, less) for each in told] == [(score, 0.0)]
    best = told[0].best
    assert found[best.passage].passage.text[best.start : best.end] == score


@pytest.mark.parametrize(
    "text",
    [
        "Tarnby lead Pell 1-0 at half-time.",
        "12 mins: GOAL! Tarnby 1-0 Pell",
        "Tarnby (8-4) play Pell (6-6) on Tuesday.",
        "The odds say that Tarnby win 3-1 against Pell.",
        "Tarnby have a 3-1 all-time record against Pell.",
        "Tarnby beat Brackwell 3-1.",
    ],
)
def test_a_score_that_is_not_the_last_of_that_game_is_none(text: str) -> None:
    told, less = score_told(query_of("Tarnby v Pell score?"), passages(text), [])
    assert told == []
    assert less > 0


@pytest.mark.parametrize(
    ("question", "text", "word"),
    [
        ("Did Tarnby beat Pell?", "Tarnby beat Pell 2-1.", ["Yes."]),
        ("Did Tarnby beat Pell?", "Pell topped Tarnby 2-1 at home.", ["No."]),
        ("Did Tarnby beat Pell?", "Tarnby fell to a 2-1 defeat to Pell.", ["No."]),
        ("Did Tarnby beat Pell?", "Pell were beaten 2-1 by Tarnby.", ["Yes."]),
        ("Did Tarnby lose to Pell?", "Pell recorded a 2-1 win over Tarnby.", ["Yes."]),
        ("Did Ida Aske beat Wim Roe?", "Roe dominated Aske from the first bell.", ["No."]),
        ("How did Tarnby get on at Pell?", "Tarnby lost 2-1 to Pell.", []),
    ],
)
def test_the_sentence_that_tells_the_end_is_said_and_whether_the_side_won(
    question: str, text: str, word: list[str]
) -> None:
    found = passages("Tarnby hope to win at Pell.", text)
    told, said = outcome_told(query_of(question), found)
    assert told is not None
    assert text_of(found[told.passage].passage, told.sentence) == text
    assert said == word


def test_what_shocked_a_town_is_no_end_of_a_game() -> None:
    assert outcome_told(query_of("How did the Tarnby strike end?"), passages("The strike shocked Tarnby.")) == (
        None,
        [],
    )


@pytest.mark.parametrize("text", ["Tarnby won seven of eight games.", "Tarnby lost 3-1 to Brackwell.", "Pell won 1-0."])
def test_whether_a_side_won_is_not_said_by_another_game(text: str) -> None:
    assert outcome_told(query_of("Did Tarnby beat Pell?"), passages(text)) == (None, [])


def test_who_was_beaten_has_not_won_nor_has_a_third_one() -> None:
    asked = query_of("Tarnby or Pell, who won the derby?").contest
    assert asked is not None
    assert cannot_have_won(asked, "Pell", "Tarnby beat ")
    assert cannot_have_won(asked, "Brackwell", "The cup went to ")
    assert not cannot_have_won(asked, "Tarnby", "")


def test_a_winner_is_less_sure_by_a_sentence_that_tells_who_may_win() -> None:
    texts = ("Who wins, Tarnby or Pell?", "Tarnby won the derby.")
    found = passages(*texts)
    for at, less in ((0, True), (1, False)):
        start = texts[at].index("Tarnby")
        of = dict.fromkeys(("margin", "answers", "retrieval", "similarity", "fits"), 0.0)
        said = Said([Candidate(at, start, start + 6, "Tarnby", of, 0.0)])
        assert (winner_told(found, [said]) > 0) == less
