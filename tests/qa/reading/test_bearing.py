"""Whether a sentence says what is asked for: a reason, or what happened."""

from __future__ import annotations

import pytest

from index import Passage
from qa.question.wording import query_of
from qa.reading.bearing import (
    Stated,
    asks_why,
    defines,
    fits_there,
    gives_reason,
    has_left,
    is_only_planned,
    shortfalls,
    unsaid,
)


def stated(text: str) -> Stated:
    return Stated(text, 0, len(text))


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("Why did the ferry stop?", True), ("Can you tell me why it stopped", True), ("How come it stopped?", True),
        ("For what reason did it stop?", True), ("What is the main reason for the strike?", True),
        ("What's behind the strike?", True), ("What led to the strike?", True), ("What made her leave?", True),
        ("How did the ferry stop?", False), ("What is the strike?", False), ("Who led the strike?", False),
    ],
)  # fmt: skip
def test_a_question_asks_for_a_reason_or_not(question: str, why: bool) -> None:
    assert asks_why(question) is why


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("It stopped because the engine was wet.", True), ("A storm forced the ferry to stop.", True),
        ("The delay was attributed to fog.", True), ("It stopped, which is why the bridge is full.", True),
        ("It stopped after the crew had seen smoke.", True), ("She wanted her to learn it.", True),
        ("The rain was so heavy that nobody sailed.", True), ("It closed as a “safety precaution”.", True),
        ("The captain was fired for missing a drill.", True), ("He left after not being paid.", True),
        ("He left after something happened.", False),
        ("The ferry stopped on Monday.", False), ("After the storm the ferry sailed.", False),
        ("The ferry, which is white, stopped as the others did.", False), ("", False),
    ],
)  # fmt: skip
def test_a_sentence_gives_a_reason_or_not(sentence: str, reason: bool) -> None:
    assert gives_reason(sentence) is reason


@pytest.mark.parametrize(
    ("question", "sentence", "planned"),
    [
        ("Did Aske sue the port?", "Aske said she planned to sue the port.", True),
        ("Has the appeal been heard?", "The appeal will be heard by three judges.", True),
        ("Did they give the money back?", "The port sued, saying they should give back the money.", True),
        ("Has Amsel found a new coach yet?", "Amsel now embarks on the search for another.", True),
        ("The storm came. Did the ferry sail?", "The ferry could sail on Monday.", True),
        ("Has Amsel accepted the offer?", "Amsel was ready to accept the offer, as Tarnby was.", True),
        ("Did Aske sue the port?", "Aske sued the port, which will answer in May.", False),
        ("Did Aske sue the port?", "Aske would not sue the port.", False),
        ("Did Aske sue the port?", "Aske sued the port in May.", False),
        ("Did Aske sue the port?", "Will Brandt and May Aske sued the port.", False),
        ("Did Aske plan to sue the port?", "Aske planned to sue the port.", False),
        ("Was a strike planned?", "A strike is expected on Monday.", False),
        ("Will Aske sue the port?", "Aske will sue the port.", False),
        ("Is Aske going to sue the port?", "Aske may sue the port.", False),
        ("Did Aske sue the port?", "", False),
    ],
)
def test_what_is_planned_or_possible_is_told_from_what_happened(question: str, sentence: str, planned: bool) -> None:
    assert is_only_planned(question, sentence) is planned


@pytest.mark.parametrize(
    ("question", "sentence", "less"),
    [
        ("Why did the ferry stop?", "It stopped on Monday.", True),
        ("Why did the ferry stop?", "It stopped because of fog.", False),
        ("Did the ferry stop?", "The ferry could stop.", True),
        ("Did the ferry stop?", "It stopped on Monday.", False),
        ("What did the captain say?", "It stopped on Monday.", True),
        ("What did the captain say?", "The captain said that it would sail.", False),
        ("Who stopped the ferry?", "It could stop.", False),
        ("Did Aske win?", "Aske is going to row on Sunday.", True),
        ("Did Aske leave?", "Aske is going to Oslo by ferry, she left on Sunday.", False),
        ("Is Glow open on Sunday?", "All ferries are open on Sunday.", True),  # of something else
        ("Is Glow open on Sunday?", "It is open on Sunday.", False),
        ("Is Glow open on Sunday?", "The Glow harbour is open on Sunday.", False),
        ("Is the harbour open on Sunday?", "All ferries are open on Sunday.", False),  # no name
        ("Is Glow open on Sunday?", "Glow", True),  # a heading
    ],
)
def test_a_sentence_that_does_not_say_what_is_asked_is_worth_less(question: str, sentence: str, less: bool) -> None:
    [cost] = shortfalls(query_of(question), [stated(sentence)])
    assert (cost > 0) is less


@pytest.mark.parametrize(
    ("question", "sentence", "language", "less"),
    [
        ("Warum hielt die Fähre?", "Sie hielt am Montag.", "de", True),
        ("Warum hielt die Fähre?", "Sie hielt, weil Nebel lag.", "de", False),
        ("¿Por qué paró el barco?", "Paró el lunes.", "es", True),
        ("¿Por qué paró el barco?", "Paró porque había niebla.", "es", False),
        ("船为什么停了？", "船星期一停了。", "zh", True),
        ("船为什么停了？", "因为有雾，船停了。", "zh", False),
        ("Why did the ferry stop?", "Sie hielt am Montag.", "de", True),
        ("Why did the ferry stop?", "Sie hielt wegen Nebels.", "de", False),
        ("Warum hielt die Fähre?", "It stopped because of fog.", "en", False),
        ("Warum hielt die Fähre?", "It stopped on Monday.", "en", True),
        ("Why did the ferry stop?", "Σταμάτησε τη Δευτέρα.", "el", False),  # no words are known
        ("Γιατί σταμάτησε το πλοίο;", "Σταμάτησε τη Δευτέρα.", "el", False),
        ("Wo hielt die Fähre?", "Sie hielt am Montag.", "de", False),
    ],
)
def test_a_reason_is_looked_for_in_the_language_of_the_article(
    question: str, sentence: str, language: str, less: bool
) -> None:
    [cost] = shortfalls(query_of(question), [Stated(sentence, 0, len(sentence), language)])
    assert (cost > 0) is less


@pytest.mark.parametrize(
    ("thing", "sentence", "says"),
    [
        ("голицы", "Голицы — это кожаные рукавицы.", True),
        ("голицы", "Он шил голицы.", False),
        ("Luna Vieja", "El Luna Vieja es un queso.", True),
        ("Luna Vieja", "Compró el Luna Vieja en Amsel.", False),
        ("grainothèque", "La ville a ouvert une grainothèque, un meuble en libre accès.", True),
        ("箱わな", "箱わなとは、鉄製のおりのこと。", True),
        ("箱わな", "町は箱わな5基を置いた。", False),
        ("Kotten", "Das sogenannte „Kotten“ steht leer.", True),
    ],
)
def test_a_sentence_that_says_what_a_thing_is_is_known_in_other_languages(
    thing: str, sentence: str, says: bool
) -> None:
    assert defines(thing, sentence, "und") is says


def test_why_nothing_near_answers_is_told_where_no_quote_says_what_is_asked() -> None:
    why, did = query_of("Why did the ferry stop?"), query_of("Did the ferry stop?")
    monday, fog = stated("It stopped on Monday."), stated("It stopped because of fog.")
    assert unsaid(why, [monday, stated("It is white.")]) == "No reason stands near."
    assert unsaid(why, [monday, fog]) == ""
    assert "planned or possible" in unsaid(did, [stated("The ferry could stop.")])
    assert unsaid(did, [stated("The ferry stopped.")]) == unsaid(did, []) == ""
    said = query_of("What did Ida Aske say about the ferry?")
    assert unsaid(said, [monday]) == "No words of Ida Aske stand near."
    assert unsaid(said, [monday, stated("It will sail again, Aske said.")]) == ""


@pytest.mark.parametrize(
    ("thing", "sentence", "says"),
    [
        ("glow worm", "A glow worm is a beetle that shines.", True),
        ("Glow", "Glow, an app for divers, was sold.", True),
        ("Heron Mask", "The Heron Mask, for 97 years the most visited object, goes home.", True),
        ("Glow", "Glow (the app that Aske made) was sold.", True),
        ("Glow", "“Glow” means light.", True),
        ("glow worms", "What shines are beetles called glow worms.", True),
        ("Glow", "The Glow app lets you dive.", True),
        ("Glow", "Aske left Glow in May.", False),
        ("Glow", "Aske, who runs Glow and is a diver, left.", False),
        ("Glow", "A dim glowing is the sign.", False),
        ("Glow", "", False),
        ("C++ (new)", "C++ (new) is a tongue.", True),
        ("Glow Plus", "Aske founded the Glow Plus program, a new way to dive.", True),
        ("harbour backed bonds", "HBBs are loans that a port pays back.", True),
        ("harbour backed bonds", "The bonds are loans that a port pays back.", False),
    ],
)
def test_a_sentence_says_what_a_thing_is_or_only_names_it(thing: str, sentence: str, says: bool) -> None:
    assert defines(thing, sentence) is says


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("The port relieved director Wim Roe and deputy Ida Aske of their duties.", True),
        ("The port has parted ways with Ida Aske.", True), ("Ida Aske resigned on Monday.", True),
        ("Aske, who had run it since May, stepped down.", True), ("Wim Roe will take over from Ida Aske.", True),
        ("Former director Ida Aske sued the port.", True), ("Aske has been dismissed.", True),
        ("Ida Aske replaced Wim Roe.", False), ("Roe was replaced with Ida Aske.", False),
        ("The port sacked Wim Roe. Ida Aske was there.", False), ("The former director met Ida Aske.", False),
        ("Ida Aske was sacked in May. Aske is back as director.", False), ("Ida Aske left for lunch.", False),
    ],
)  # fmt: skip
def test_who_has_left_a_post_is_told_by_the_text(text: str, left: bool) -> None:
    assert has_left("Ida Aske", text) is left


@pytest.mark.parametrize(
    ("question", "text", "answer", "suits"),
    [
        ("When did Glow close?", "Glow is closed! — Ida Aske (@aske) May 3, 2023", "May 3, 2023", False),  # of the post
        ("When did Glow close?", "Glow was closed (@aske says) on May 3, 2023.", "May 3, 2023", True),
        ("How many divers came?", "Divers paid $40.", "$40", False),
        ("How many dollars were paid?", "Divers paid $40.", "$40", True),
        ("How old is Aske?", "At 40, Aske dives.", "40", True),
        ("How much did they pay?", "Divers paid $40.", "40", True),  # the sign stands beside it
        ("How much did they pay?", "The multimillion-dollar boat came.", "multimillion-dollar", False),
        ("Where is Glow?", "Glow lies in Tarnby.", "Tarnby", None),
        (
            "Who is coming to Glow?",
            "Ida Aske told us that Tom Brandt comes.",
            "Ida Aske told us that Tom Brandt",
            False,
        ),
        ("Who is coming to Glow?", "Danish officials are coming to Glow.", "Danish officials", None),  # none is named
        ("Who is coming to Glow?", "The Danish envoy Ida Aske is coming.", "Ida Aske", True),
    ],
)
def test_what_stands_there_is_of_the_type_that_is_asked_for_or_not(
    question: str, text: str, answer: str, suits: bool | None
) -> None:
    start = text.index(answer)
    assert (
        fits_there(query_of(question), Passage("p", "a", "", 0, len(text), text), start, start + len(answer)) is suits
    )
