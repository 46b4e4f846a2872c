"""Questions that ask how a contest ended."""

from __future__ import annotations

import pytest

from qa.question.contests import Contest, contest_asked, is_said


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("Tarnby v Pell score?", "score"),
        ("tarnby pell score pls", "score"),
        ("what was the final score of the derby", "score"),
        ("what did it finish when Tarnby went to Pell", "score"),
        ("Tarnby at Pell on Sunday, what was the result", "score"),
        ("Who won the derby?", "winner"),
        ("who beat Tarnby in the cup", "winner"),
        ("who did Tarnby lose to", "winner"),
        ("2023 lantern prize winner", "winner"),
        ("Tarnby or Pell, who came out on top", "winner"),
        ("How did Tarnby get on at Pell?", "outcome"),
        ("how'd the rovers do against Pell", "outcome"),
        ("Did Tarnby beat Pell?", "won"),
        ("did the rovers lose on Sunday", "won"),
    ],
)
def test_how_a_contest_ended_is_asked_for(question: str, asks: str) -> None:
    contest = contest_asked(question)
    assert contest is not None
    assert contest.asks == asks


@pytest.mark.parametrize(
    "question",
    [
        "Who scored for Tarnby?",
        "What did the film score with critics?",
        "How did the thieves open the safe?",
        "Did Ida Aske resign?",
        "How many goals has she scored?",
    ],
)
def test_other_questions_ask_for_no_end_of_a_contest(question: str) -> None:
    assert contest_asked(question) is None


def test_the_words_of_a_contest_are_those_that_say_which_it_is() -> None:
    contest = contest_asked("what was the final score when Tarnby went to Pell last October?")
    assert contest is not None
    assert contest.words == {"tarnby", "pell"}


def test_the_sides_are_those_of_which_one_has_won() -> None:
    assert Contest("winner", "who won, tarnby rovers or pell?").sides == ({"tarnby", "rovers"}, {"pell"})
    assert Contest("winner", "who won the derby?").sides == (frozenset(), frozenset())


@pytest.mark.parametrize(
    ("question", "text", "tells"),
    [
        ("who won the semi?", "They met in the semi-final.", True),
        ("who won the semi?", "They met in the final.", False),
        ("who won game 2?", "In Game 2 they won.", True),
        ("who won game 2?", "In Game 3 they won.", False),
        ("who won the cup final?", "They met in the final.", True),
        ("who won the cup final?", "Its final say was a goal.", False),
        ("final score of the cup tie?", "They met in the second round.", True),
    ],
)
def test_a_stage_that_is_asked_for_has_to_be_told(question: str, text: str, tells: bool) -> None:
    assert all(stage.search(text) for stage in Contest("winner", question).stages) == tells


@pytest.mark.parametrize(
    ("word", "text", "said"),
    [
        ("boks", "springboks", True),
        ("man", "manchester", True),
        ("canadians", "canadian", True),
        ("pell", "pells", True),
        ("at", "atlas", False),
        ("tarnby", "pell", False),
    ],
)
def test_a_side_is_named_by_what_is_short_for_it(word: str, text: str, said: bool) -> None:
    assert is_said(word, frozenset([text])) == said
