"""Who holds a post is asked for, in many ways."""

from __future__ import annotations

import pytest

from qa.question.posts import Post, post_asked
from qa.question.wording import query_of


@pytest.mark.parametrize(
    ("question", "called", "at"),
    [
        ("Who is the mayor of Kestrel Flats?", "mayor", "Kestrel Flats"),
        ("who's the mayor of Kestrel Flats now", "mayor", "Kestrel Flats"),
        ("Who is Glow's finance chief?", "cfo", "Glow"),
        ("who is the Tarnby coach these days?", "coach", "Tarnby"),
        ("Who runs Glow?", "ceo", "Glow"),
        ("who's running Glow since Aske left?", "ceo", "Glow"),
        ("Who is taking over at Glow now that Aske is leaving?", "ceo", "Glow"),
        ("What's the name of the woman who runs Glow?", "ceo", "Glow"),
        ("What is the name of Glow's general counsel?", "general counsel", "Glow"),
        ("Who coaches the Tarnby Rovers?", "coach", "Tarnby Rovers"),
        ("Who captains Tarnby?", "captain", "Tarnby"),
        ("Who became the boss of Glow after Aske quit?", "ceo", "Glow"),
        ("Who takes over as Tarnby coach?", "coach", "Tarnby"),
        ("Who was appointed as the new harbour master of Tarnby?", "harbour master", "Tarnby"),
        ("Who directed the film Low Tide?", "director", "film Low Tide"),
        ("Who will be coaching Tarnby next season?", "coach", "Tarnby"),
    ],
)
def test_a_post_is_known_by_what_it_may_be_called_and_where_it_is(question: str, called: str, at: str) -> None:
    post = post_asked(question)
    assert post is not None
    assert called in post.called.split("|")
    assert post.at == at


@pytest.mark.parametrize(
    ("question", "before", "at"),
    [
        ("Who replaced Ida Aske as Glow's boss?", "Ida Aske", "Glow"),
        ("who replaced ida aske as glow boss", "ida aske", "glow"),
        ("Who will succeed Ida Aske at Glow?", "Ida Aske", "Glow"),
        ("Who takes over as Glow CEO from Ida Aske?", "Ida Aske", "Glow"),
        ("Who took over from Ida Aske?", "Ida Aske", ""),
    ],
)
def test_who_had_it_before_is_known(question: str, before: str, at: str) -> None:
    post = post_asked(question)
    assert post is not None
    assert (post.before, post.at) == (before, at)


@pytest.mark.parametrize(
    "question",
    [
        "Who won the race?",
        "Who is Ida Aske?",
        "Who is the man in the photograph?",
        "Who was standing in the harbour?",
        "Who is in charge of design at Glow?",  # who may be called anything
        "Who chairs the boards of Glow and of Fennel?",
        "Who runs it?",
        "Name the boats of the fleet",
        "What is the name of the ship?",
        "When did the mayor of Tarnby leave?",
        "who was the referee when Tarnby won 3-0 at Pell in the league cup",
        "Who was the coach after Tarnby left Pell?",
    ],
)
def test_other_questions_ask_for_no_post(question: str) -> None:
    assert post_asked(question) is None


def test_who_held_it_once_is_asked_for_otherwise() -> None:
    then, now = post_asked("Who was the mayor of Tarnby?"), post_asked("Who is the mayor of Tarnby?")
    assert then is not None
    assert now is not None
    assert (then.past, now.past) == (True, False)


@pytest.mark.parametrize(
    ("at", "text", "near"),
    [
        ("Ukraine", "the Ukrainian president", True),
        ("the US", "America's president", True),
        ("Britain", "the UK president", True),
        ("LA", "the Los Angeles president", True),
        ("the US", "the president of the US Virgin Islands", False),
        ("Glow", "the president of Fennel", False),
    ],
)
def test_a_place_is_known_by_its_other_names(at: str, text: str, near: bool) -> None:
    assert Post("president", at=at).is_near(text) is near


def test_a_post_is_searched_for_by_its_other_names() -> None:
    post = post_asked("Who runs the Union of Tarnby Ferries?")
    assert post is not None
    assert post.searched_as == "Union of Tarnby Ferries UTF chief executive ceo head president boss"


def test_a_query_has_a_post_where_one_person_is_asked_for() -> None:
    asked = query_of("who runs Glow?")
    assert asked.post is not None
    assert asked.answer_type == "person"
    assert query_of("Who are the directors of Glow?").post is None
    assert query_of("Wer leitet Glow?").post is None
