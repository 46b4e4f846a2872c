"""Who holds a post, by what passages tell of somebody and the post."""

from __future__ import annotations

import pytest

from index import Passage, ScoredPassage
from qa.question.posts import Post, post_asked
from qa.question.wording import query_of
from qa.reading.answers import Candidate, Said
from qa.reading.holders import who_holds
from qa.reading.posts_told import Holder, told_of

WHO_RUNS_GLOW = "Who runs Glow?"


def passage(text: str, published: str = "2025-06-20", title: str = "", article: str = "a") -> Passage:
    return Passage(f"{article}-0", article, title, 0, len(text), text, published=published)


def found(*passages: Passage) -> list[ScoredPassage]:
    return [ScoredPassage(each, 1.0, "fused") for each in passages]


def proposed(passages: list[ScoredPassage], *names: str) -> list[Said]:
    """What a network might propose, the best first."""
    said = []
    for at, name in enumerate(names):
        place = next(number for number, each in enumerate(passages) if name in each.passage.text)
        start = passages[place].passage.text.index(name)
        features = {"margin": 2.0 - at, "answers": 0.0, "retrieval": 1.0, "similarity": 1.0, "fits": 1.0}
        said.append(Said([Candidate(place, start, start + len(name), name, features, 2.0 - at)]))
    return said


def first(question: str, passages: list[ScoredPassage], *names: str) -> tuple[str, float]:
    answers, less = who_holds(query_of(question), passages, proposed(passages, *names))
    return (answers[0].best.text if answers else ""), less


def told(question: str, text: str, title: str = "") -> list[Holder]:
    post = post_asked(question)
    assert post is not None
    return list(told_of(post, 0, passage(text, title=title), in_article=False))


def test_who_is_relieved_has_left_and_who_is_paid_by_a_coachs_club_is_no_coach() -> None:
    text = (
        "Tarnby Rovers have relieved head coach Wim Roe of his duties. "
        "The Rovers will be naming former Pell boss Ida Aske as Roe's successor. "
        "Pell had to release their head coach and that Aske will be paid by both is said."
    )
    assert first("Who coaches Tarnby Rovers?", found(passage(text)), "Wim Roe") == ("Ida Aske", 0.0)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (WHO_RUNS_GLOW, "Glow chief executive Ida Aske spoke."),
        (WHO_RUNS_GLOW, "Glow’s new boss, Ida Aske, spoke."),
        (WHO_RUNS_GLOW, "Ida Aske, 40, Glow's founder and chief executive, spoke."),
        (WHO_RUNS_GLOW, "The head of Glow, Ida Aske, spoke."),
        (WHO_RUNS_GLOW, "Ida Aske is the CEO of Glow."),
        (WHO_RUNS_GLOW, "Glow has hired Ida Aske as its chief executive."),
        (WHO_RUNS_GLOW, "Glow said that Ida Aske would join as chief executive."),
        (WHO_RUNS_GLOW, "Ida Aske, once Glow's head of music, will be the company's new CEO."),
        (WHO_RUNS_GLOW, "Glow, now led by Ida Aske, grew."),
        (WHO_RUNS_GLOW, "Ida Aske, who runs Glow, spoke."),
        ("Who coaches Tarnby?", "Tarnby parted with coach Wim Roe, with Ida Aske to take over in May."),
        ("Who coaches the Tarnby Rovers?", "Tarnby Rovers are naming boss Ida Aske as Roe's successor."),
        ("Who replaced Roe at Glow?", "Glow is replacing founder Wim Roe with Fennel CEO Ida Aske."),
        ("Who replaced Roe at Glow?", "At Glow Wim Roe was succeeded by Ida Aske."),
        ("Who replaced Roe at Glow?", "Ida Aske will succeed Wim Roe at Glow."),
        ("Who is the president of Ukraine?", "Ukrainian President Ida Aske spoke."),
    ],
)
def test_a_holder_is_found(question: str, text: str) -> None:
    assert first(question, found(passage(text))) == ("Ida Aske", 0.0)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Former Glow boss Ida Aske spoke.", "left"),
        ("Ida Aske, the boss of Glow, stepped down.", "left"),
        ("Glow's boss Ida Aske's departure came on Friday.", "left"),
        ("Fennel boss Ida Aske left Glow.", "elsewhere"),
        ("Ida Aske, the boss of Fennel, spoke of Glow.", "elsewhere"),
        ("Fennel has hired Ida Aske, who sold Glow, as its boss.", "elsewhere"),
        ("Ida Aske has agreed to return to Glow as boss.", "returns"),
        ("Glow boss Ida Aske spoke.", "holds"),
    ],
)
def test_what_is_told_of_somebody_and_a_post(text: str, state: str) -> None:
    assert state in [each.state for each in told(WHO_RUNS_GLOW, text)]


@pytest.mark.parametrize(
    "text",
    [
        "Glow's deputy boss Ida Aske spoke.",
        "Glow's technology chief Ida Aske spoke.",
        "Ida Aske, who has a record as boss, sold Glow.",
        "Glow has a boss.",
        "Glow's next boss: Weighing who may follow",
        "Fennel boss Ida Aske spoke.",
    ],
)
def test_others_hold_no_such_post(text: str) -> None:
    assert [each for each in told(WHO_RUNS_GLOW, text) if each.state != "elsewhere"] == []


def test_the_place_may_stand_in_the_title_or_before() -> None:
    assert not told(WHO_RUNS_GLOW, "Boss Ida Aske spoke.")
    by_title = told(WHO_RUNS_GLOW, "Boss Ida Aske spoke.", title="Glow grows")
    assert [(each.text, each.sure) for each in by_title] == [("Ida Aske", False)]
    company = told(WHO_RUNS_GLOW, "Glow grew. The company's CEO Ida Aske spoke.")
    assert [(each.text, each.sure) for each in company] == [("Ida Aske", True)]


def test_offsets_are_those_of_the_article() -> None:
    text = "It rained. Glow boss Ida Aske spoke."
    whole = Passage("p", "a", "", 100, 100 + len(text), text)
    [one] = told_of(Post("boss", at="Glow"), 3, whole, in_article=False)
    assert (one.passage, text[one.start - 100 : one.end - 100]) == (3, "Ida Aske")


def test_the_newest_counts_and_who_has_left_does_not() -> None:
    older = passage("Glow boss Wim Roe spoke.", "2025-01-01", article="a")
    newer = passage("Glow boss Ida Aske spoke.", "2025-06-01", article="b")
    assert first(WHO_RUNS_GLOW, found(newer, older))[0] == "Ida Aske"
    left = passage("Ida Aske was fired by Glow.", "2025-07-01", article="c")
    assert first(WHO_RUNS_GLOW, found(newer, older, left))[0] == "Wim Roe"


def test_who_came_back_has_not_left() -> None:
    fired = passage("Glow ousted boss Ida Aske.", "2025-06-01", article="a")
    back = passage("Ida Aske will return to Glow as boss.", "2025-06-01", article="b")
    interim = passage("Glow's interim boss Wim Roe spoke.", "2025-06-02", article="c")
    assert first(WHO_RUNS_GLOW, found(fired, interim, back))[0] == "Ida Aske"
    assert first(WHO_RUNS_GLOW, found(fired, interim))[0] == "Wim Roe"


def test_whoever_held_it_answers_who_held_it() -> None:
    text = "Former Tarnby mayor Ida Aske spoke."
    assert first("Who was the mayor of Tarnby?", found(passage(text))) == ("Ida Aske", 0.0)
    assert first("Who is the mayor of Tarnby?", found(passage(text)), "Ida Aske")[1] > 0


def test_nobody_whom_the_question_names_is_the_answer() -> None:
    text = "Glow boss Ida Aske spoke. Wim Roe listened."
    assert first("Who runs Glow now that Aske is gone?", found(passage(text)), "Wim Roe")[0] == "Wim Roe"


def test_of_what_the_network_proposes_that_comes_first_which_something_tells() -> None:
    text = "Wim Roe waved. Boss Ida Aske spoke."
    passages = found(passage(text, title="Glow grows"))
    assert first(WHO_RUNS_GLOW, passages, "Wim Roe", "Ida Aske") == ("Ida Aske", 0.0)


def test_an_answer_is_less_sure_of_whom_nothing_tells_it_and_least_of_whom_another_post_is_told() -> None:
    waving = found(passage("Wim Roe waved at Glow."))
    coach = found(passage("Head coach Wim Roe waved at Glow."))
    asked = "Who is the chief financial officer of Glow?"
    untold, another = first(asked, waving, "Wim Roe")[1], first(asked, coach, "Wim Roe")[1]
    assert 0 < untold < another
    both = found(passage("Head coach Wim Roe met Pim Venn at Glow."))
    assert first(asked, both, "Wim Roe", "Pim Venn") == ("Pim Venn", untold)


def test_a_place_is_named_by_its_last_word_where_the_article_names_it_whole() -> None:
    asked = "Who coaches the Tarnby Rovers?"
    short = passage("The Rovers have hired Ida Aske as coach.", article="a")
    assert first(asked, found(short))[0] == ""
    whole = Passage("a-1", "a", "", 200, 230, "The Tarnby Rovers won in May.", published="2025-06-20")
    assert first(asked, found(short, whole)) == ("Ida Aske", 0.0)


def test_a_coach_is_known_by_whose_side_it_is() -> None:
    men = found(passage("Wim Roe waved. Tarnby won as Ida Aske's men ran."))
    assert first("Who coaches Tarnby?", men, "Wim Roe", "Ida Aske") == ("Ida Aske", 0.0)
    assert first("Who coaches Tarnby?", found(passage("Ida Aske’s Tarnby won."))) == ("Ida Aske", 0.0)
    assert first("Who coaches Tarnby?", found(passage("Ida Aske’s Fennel beat Tarnby."))) == ("", 4.0)


def test_a_longer_name_is_of_another_place() -> None:
    said = told(WHO_RUNS_GLOW, "Ida Aske, president of Green Glow Services, spoke.")
    assert [each.state for each in said] == ["elsewhere"]


def test_what_the_predecessor_was_is_what_is_asked_for() -> None:
    text = "Glow sacked coach Wim Roe, and interim coach Ida Aske won. Glow director Pim Venn spoke."
    assert first("Who took over from Wim Roe at Glow?", found(passage(text)), "Pim Venn", "Ida Aske")[0] == "Ida Aske"


@pytest.mark.parametrize(
    "text", ["Tarnia's Health Minister Ida Aske spoke.", "Ida Aske, Tarnia's minister of health, spoke."]
)
def test_a_minister_is_of_a_field(text: str) -> None:
    assert first("Who is the minister of health in Tarnia?", found(passage(text))) == ("Ida Aske", 0.0)
    assert first("Who is the minister of trade in Tarnia?", found(passage(text)))[1] > 0


def test_who_left_another_post_still_holds_this_one() -> None:
    chair = passage(
        "Deputy mayor Ida Aske, who chairs the leisure committee of Tarnby, spoke.", "2025-03-01", article="a"
    )
    left = passage("Ida Aske resigned as deputy mayor of Tarnby.", "2025-04-01", article="b")
    assert first("Who chairs the leisure committee of Tarnby?", found(chair, left)) == ("Ida Aske", 0.0)
    assert first("Who is the deputy mayor of Tarnby?", found(chair, left))[0] == ""


def test_in_another_language_nothing_is_held_against_an_answer() -> None:
    text = "Ida Aske, la molinera de Tarnby, habló."
    there = found(Passage("p", "a", "", 0, len(text), text, language="es"))
    assert first("Who is the miller of Tarnby?", there, "Ida Aske") == ("Ida Aske", 0.0)


def test_of_what_is_no_known_post_nothing_is_held_against_an_answer() -> None:
    text = "Ida Aske won the race at Tarnby."
    assert first("Who is the winner of the race at Tarnby?", found(passage(text)), "Ida Aske") == ("Ida Aske", 0.0)
