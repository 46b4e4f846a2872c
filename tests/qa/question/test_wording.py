"""What a question asks for, by its wording."""

from __future__ import annotations

import random
import time

import pytest

from qa.question.turn import AnswerType, Form, Query
from qa.question.wording import fits, query_of, understood


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("Why was it late?", "sentences"), ("how come the ferry was late", "sentences"),
        ("What happened in March?", "sentences"), ("How does it float?", "sentences"),
        ("What did the minister say about the strike?", "sentences"), ("What does he think?", "sentences"),
        ("What caused the delay?", "sentences"), ("What is the reason for the delay?", "sentences"),
        ("Explain the truce", "sentences"), ("Tell me about ferries", "summary"), ("what about it", "sentences"),
        ("Is the lamp still lit?", "yes_no"), ("And does it float?", "yes_no"), ("ISN'T it late?", "yes_no"),
        ("Summarise the article about bees", "summary"), ("Please summarize this", "summary"),
        ("Give me a short overview of the strikes", "summary"), ("tl;dr", "summary"),
        ("What is this article about?", "summary"), ("Can you sum up the news?", "summary"),
        ("What's the latest on the ferry?", "latest"), ("any news from Tarnby", "latest"), ("OpenAI news", "latest"),
        ("Where do things stand with the bridge?", "latest"), ("What is happening at the harbour?", "latest"),
        ("Timeline of the strike", "timeline"), ("Give me a chronology of the trial", "timeline"),
        ("Everything about the lost opera", "timeline"), ("How did the strike unfold?", "timeline"),
        ("How many cars fit on it?", "short"), ("How likely is rain?", "short"), ("Who steers it?", "short"),
        ("Can you give me the latest on Gaza?", "latest"), ("Is there any news about Gaza?", "latest"),
        ("What is the timeline of the strike?", "timeline"), ("What's the latest? (the ferry)", "latest"),
        ("How did Pfizer develop the vaccine?", "sentences"), ("Who owns Fox News?", "short"), ("Any news?", "short"),
        ("Are there new rules for landlords?", "yes_no"), ("Good news!", "short"), ("BBC News", "short"),
        ("How do you make bread step by step?", "sentences"), ("News of the World was closed by whom?", "short"),
        ("Who is the new mayor?", "short"), ("Is it new?", "yes_no"), ("What is the latest ferry?", "short"),
        ("What did the dentist pay?", "short"), ("Did he win or lose?", "short"), ("When did it sail?", "short"),
        ("ferries", "short"), ("Wer hat das Schiff gekauft?", "short"), ("somehow", "short"), ("whyever", "short"),
    ],
)  # fmt: skip
def test_a_question_asks_for_an_answer_of_some_form(question: str, form: Form) -> None:
    assert query_of(question).form == form


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("What's the latest on the ferry to Skerry Point?", "the ferry to Skerry Point"),
        ("latest news about OpenAI", "OpenAI"), ("OpenAI news", "OpenAI"),
        ("Any updates on the strike in 2024?", "the strike"),
        ("What’s new with the bridge?", "the bridge"), ("Timeline of the Tarnby strike, please", "the Tarnby strike"),
        ("How did the strike play out?", "the strike"), ("What's new with Project 2025?", "Project 2025"),
        ("latest Tarnby news", "Tarnby"), ("The strike, step by step", "The strike"),
    ],
)  # fmt: skip
def test_what_is_new_and_what_happened_is_asked_of_a_topic(question: str, topic: str) -> None:
    assert query_of(question).text == topic


@pytest.mark.parametrize(
    ("question", "nothing"),
    [
        ("hello", True), ("Thanks!", True), ("ok cool", True), ("hm ok thanks", True), ("Oh, that's sad", True),
        ("Good morning! How are you?", True), ("ok, who won?", False), ("Is that good?", False), ("ferries", False),
        ("Hello Kitty", False), ("That is great news for whom?", False), ("?", False), ("", False),
    ],
)  # fmt: skip
def test_small_talk_asks_for_nothing(question: str, nothing: bool) -> None:
    assert query_of(question).small_talk is nothing


@pytest.mark.parametrize("question", ["Who runs it now?", "Who is the current mayor?", "Is she still there?"])
def test_a_question_may_ask_for_what_is_so_now(question: str) -> None:
    assert query_of(question).current
    assert not query_of("Who ran it?").current


@pytest.mark.parametrize(
    "question",
    ["Who starred in Apocalypse Now?", "Who wrote Still Alice?", "How many were still missing?", "Who ran it?"],
)
def test_names_and_what_was_are_not_what_is_so_now(question: str) -> None:
    assert not query_of(question).current


@pytest.mark.parametrize(
    ("question", "answer_type"),
    [
        ("How many cars fit on it?", "number"), ("How old is she?", "number"), ("HOW LIKELY is rain?", "number"),
        ("What was the price of the ferry?", "number"), ("which percentage agreed", "number"),
        ("When did it sail?", "time"), ("In what year was it built?", "time"), ("how soon", "time"),
        ("Where does it land?", "place"), ("which city did they visit", "place"), ("Which country signed?", "place"),
        ("when did he go", "time"), ("Anna was fired when?", "time"), ("Who was mayor when the war began?", "person"),
        ("WHO steers it?", "person"), ("Which president spoke?", "person"), ("Whose boat is it?", "person"),
        ("Who is Ida Brandt?", "role"), ("and who was Mr. Ask", "role"), ("Who is the captain?", "person"),
        ("Why was it late?", "other"), ("How does it float?", "other"), ("somewhere", "other"), ("whoever", "other"),
        ("How much was he paid for it?", "money"), ("How much money did it cost?", "money"),
        ("what's her salary", "money"), ("How much does it weigh?", "number"), ("How much snow fell?", "number"),
        ("Wer hat das Schiff gekauft?", "person"),
    ],
)  # fmt: skip
def test_a_question_asks_for_a_type_of_answer(question: str, answer_type: AnswerType) -> None:
    assert query_of(question).answer_type == answer_type


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("What is a glow worm?", "glow worm"), ("what's a kei car", "kei car"), ("What are glow worms?", "glow worms"),
        ("What is Glow, the app from Tarnby?", "Glow"), ("What is the Lake Open?", "Lake Open"),
        ("what is pemmican", "pemmican"), ("Can you explain what a paddle sweep is in cricket?", "paddle sweep"),
        ("Do you know what is pemmican?", "pemmican"), ("what is the glow app", "glow"),
        ("What's the Lake Open prize?", "Lake Open"), ("What is the Glow Plus program on Aske Radio?", "Glow Plus"),
        ("What is the price?", ""), ("What is new?", ""), ("What is Aske planning?", ""), ("What is it?", ""),
        ("What is her name?", ""), ("What's next for Glow?", ""), ("What is Glow working on?", ""),
        ("What is the capital of Corvania?", ""), ("Who is Aske?", ""), ("Is it a glow worm?", ""),
    ],
)  # fmt: skip
def test_a_question_asks_what_a_thing_is_or_something_of_it(question: str, thing: str) -> None:
    query = query_of(question)
    assert query.thing == thing
    assert (query.answer_type == "definition") is bool(thing)


@pytest.mark.parametrize(
    ("question", "thing", "several"),
    [
        ("What is the gillyverse?", "gillyverse", False), ("what is the death toll", "death toll", False),
        ("what are harbour backed bonds", "harbour backed bonds", False), ("What are the demands?", "", True),
        ("What is the score?", "", False), ("What are other ports doing?", "", False),
        ("what are people most worried about", "", True),
    ],
)  # fmt: skip
def test_a_question_may_ask_what_a_thing_is(question: str, thing: str, several: bool) -> None:
    query = query_of(question)
    assert (query.thing, query.several) == (thing, several)
    assert query.answer_type != "definition"


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("Which well known people were among the backers?", True),
        ("what does a court look at, all the factors", True),
        ("who is in charge of the port?", False),
        ("In which countries does Glow operate?", True), ("From which ports did they sail?", True),
        ("In which series did she act?", False), ("In which city was it?", False), ("in which year does it end", False),
        ("When did Glow list on the stock market?", False), ("List the ports", True), ("Can you list the ports", True),
        ("which ferry does Aske like best for islands?", False),
        ("Which rowing moves should I learn for the race?", True),
        ("Which countries signed?", True), ("Who were the winners?", True), ("List the ships", True),
        ("Name two ships", True), ("Which three ships sailed?", True), ("Which classes were cancelled?", True),
        ("Which country signed?", False), ("Which process is used?", False), ("Which bus was late?", False),
        ("What languages were used?", True), ("Name the ships", True), ("What complicates the work?", False),
        ("What are they building?", False), ("Name the captain of the two ships", False), ("What can ships do?", False),
        ("Who was the winner?", False), ("How many ships sailed?", False), ("Which is it?", False),
        ("Which app stores compete with Tarn on phones?", True),
        ("Which app competes with Tarn on phones?", False),
        ("Who has managed Tarnby since Ask retired?", True),
        ("Who has been seen as a prodigy since the first race?", False),
    ],
)  # fmt: skip
def test_a_question_may_have_several_right_answers(question: str, several: bool) -> None:
    assert query_of(question).several is several


@pytest.mark.parametrize(
    ("answer_type", "answer", "suits"),
    [
        ("number", "23", True), ("number", "four seconds", True), ("number", "none", True), ("number", "TWO", True),
        ("number", "a mouse", False), ("number", "nobody", False), ("number", "often", False), ("number", "", False),
        ("number", "29th", False), ("number", "2 am", False), ("number", "the 29th of 40", True),
        ("time", "Tuesday", True), ("time", "1987", True), ("time", "the mid-1990s", True), ("time", "in MAY", True),
        ("role", "the town's engineer", True), ("role", "Mr Ask", False), ("role", "Otto Brill", False),
        ("time", "a dentist", False), ("time", "78", False), ("time", "nowhere", False), ("person", "Anna Vane", True),
        ("time", "at the age of 78", False),
        ("person", "Aske v. Brandt", False), ("money", "a multibillion-dollar firm", False),
        ("money", "a million", True),
        ("money", "forty euros", True), ("person", "東京", True), ("person", "somebody", False), ("person", "", False),
        ("place", "anything", None), ("place", "", None), ("other", "anything", None), ("other", "", None),
    ],
)  # fmt: skip
def test_an_answer_is_of_the_type_that_is_asked_for_or_not_or_any_will_do(
    answer_type: AnswerType, answer: str, suits: bool | None
) -> None:
    assert fits(answer_type, answer) is suits


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Who came, and who went, and who stayed, and who saw it all, and who did not?", []),
        ("word " * 30, []),
        ("one two three four five six, " * 4, ["one two three four five six"] * 4),
        ("one two, three four five six seven eight nine ten eleven twelve and " + "word " * 12,
         ["one two three four five six seven eight nine ten eleven twelve", "and " + ("word " * 12).strip()]),
        ("word " * 20 + ", and so on", []),
    ],
)  # fmt: skip
def test_a_long_question_has_clauses_of_six_words_or_more(question: str, parts: list[str]) -> None:
    assert query_of(question).clauses == tuple(parts)


ODD = [
    "", " ", "?", "\x00", "\x1b[0m why \x07", "👩‍👩‍👧", "İ ß e\u0301", "\u202e?yhW", "لماذا", "\n\r\n", "a" * 3000,
    "why " * 750, "what did they say about " * 125, "?" * 3000, " " * 3000, "how\nmany", "which " * 500, "\ud83d",
]  # fmt: skip


@pytest.mark.parametrize("question", ODD, ids=range(len(ODD)))
def test_odd_questions_raise_nothing_and_take_no_time(question: str) -> None:
    started = time.monotonic()
    found = query_of(question)
    assert found.text == question
    assert all(part.strip() for part in found.clauses)
    assert found.form in ("short", "sentences", "yes_no", "summary")
    assert fits(found.answer_type, question) in (True, False, None)
    assert time.monotonic() - started < 5


def test_a_question_without_english_words_asks_for_something_short_of_no_type() -> None:
    rng = random.Random(3)
    for _ in range(200):
        text = "".join(chr(rng.choice((rng.randrange(32), rng.randrange(0xA000, 0xD7FF), 0x1F600))) for _ in range(40))
        assert query_of(text) == Query(text, "short", "other", False, language="und")


@pytest.mark.parametrize("question", ["Which article says: who left?", "In which story mentions that who left?"])
def test_of_a_question_for_an_article_what_the_article_says_is_asked(question: str) -> None:
    assert understood(question) == Query("who left?", answer_type="person", for_article=True)
    assert query_of(question).text == question
    assert not understood("who won?").for_article


@pytest.mark.parametrize(
    ("question", "like"),
    [
        ("Whats the name of the ferry?", "What's the name of the ferry?"),
        ("whos the new captain", "who's the new captain"),
        ("wheres the ferry now", "where's the ferry now"),
        ("whats Glow?", "what's Glow?"),
        ("hows the sale of the ferry going", "how's the sale of the ferry going"),
        ("what is the Glow thing they sell", "what is Glow"),
        ("what is Glow (the app)", "what is Glow"),
        ("any news on when the ferry sails?", "when the ferry sails?"),
        ("any idea who bought it", "who bought it"),
        ("so did Aske resign or not?", "so did Aske resign?"),
    ],
)
def test_as_people_type_it_a_question_asks_for_the_same(question: str, like: str) -> None:
    asked, meant = query_of(question), query_of(like)
    assert (asked.form, asked.answer_type, asked.thing) == (meant.form, meant.answer_type, meant.thing)


@pytest.mark.parametrize(
    "question", ["any update on whether the ferry sinks?", "do you know if the ferry sinks", "whether the ferry sinks"]
)
def test_whether_it_is_so_asks_for_a_yes_or_a_no(question: str) -> None:
    assert query_of(question) == Query("the ferry sinks?", "yes_no")


def test_if_before_a_question_word_is_a_condition() -> None:
    assert query_of("If the ferry sinks who pays?").answer_type == "person"
    assert query_of("If it sinks, who pays?").answer_type == "person"
