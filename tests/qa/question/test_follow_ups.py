"""Follow-up questions made to stand alone, with the network that ships and with one whose words are known."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from qa import ArticleQA, QuestionError
from qa.question.follow_ups import FollowUps
from qa.question.term_network import TermNetwork

Pairs = list[tuple[str, str]]

SOLD: Pairs = [("Who bought the lighthouse on Skerry Point?", "Oskar Lindqvist")]
TEAMS: Pairs = [("Which teams played in the final?", "Tarnby Rovers; Westhaven City")]


class Leaves:
    """A TermNetwork that says of some words that they are left out."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys
        self.asked: list[str] = []

    def load(self) -> None:
        pass

    def probabilities(self, question: str, history: Sequence[tuple[str, str]]) -> dict[str, float]:
        self.asked.append(question)
        return dict.fromkeys(self.keys, 0.9)


@pytest.fixture(scope="module")
def follow_ups() -> FollowUps:
    return FollowUps()


def leaving(*keys: str) -> FollowUps:
    return FollowUps(Leaves(*keys))  # type: ignore[arg-type]


def test_without_a_conversation_a_question_stays_as_it_is(follow_ups: FollowUps) -> None:
    assert follow_ups.standalone("  And when did he go there?\n", []) == "And when did he go there?"


@pytest.mark.parametrize(
    ("question", "history", "named"),
    [
        ("And when did he buy it?", SOLD, ["Oskar Lindqvist"]),
        ("how much did he pay", SOLD, ["Lindqvist"]),
        ("What does his daughter do?", SOLD, ["Lindqvist's daughter"]),
    ],
)
def test_the_network_that_ships_names_who_is_meant(
    follow_ups: FollowUps, question: str, history: Pairs, named: list[str]
) -> None:
    found = follow_ups.standalone(question, history)
    assert all(name in found for name in named), found


@pytest.mark.parametrize(
    "question",
    [
        "How many leaks did the robot in Brennick find in its first month?",
        "Which orchestra gave its winter concert in a drained swimming pool?",
        "What killed a third of the bees in the Tamsel valley in 2023?",
    ],
)
def test_a_new_topic_takes_nothing_over_from_the_old_one(follow_ups: FollowUps, question: str) -> None:
    assert follow_ups.standalone(question, SOLD) == question


@pytest.mark.parametrize("answer", ["Marian Lee", "Marian Lee won the", ""])
def test_a_question_that_is_asked_again_with_more_is_not_about_its_answer(follow_ups: FollowUps, answer: str) -> None:
    again = "Who won the harbour race on Sunday?"
    assert follow_ups.standalone(again, [("Who won the harbour race?", answer)]) == again


def test_one_name_takes_the_place_of_a_pronoun_and_keeps_its_case() -> None:
    follow_ups = leaving("oskar", "lindqvist")
    assert follow_ups.standalone("Where does he live?", SOLD) == "Where does Oskar Lindqvist live?"
    assert follow_ups.standalone("Where is his house?", SOLD) == "Where is Oskar Lindqvist's house?"
    assert follow_ups.standalone("Who sold it to him?", SOLD) == "Who sold it to Oskar Lindqvist?"


def test_it_is_nobody_who_was_an_answer_to_who() -> None:
    assert leaving("oskar", "lindqvist", "lighthouse").standalone("Why was it sold?", SOLD) == (
        "Why was it sold? (lighthouse)"
    )


def test_she_is_no_event_or_place() -> None:
    history = [("Who won the Lake Open?", "")]
    assert leaving("lake", "open").standalone("Who trains her?", history) == "Who trains her? (Lake Open)"


def test_she_is_whoever_was_named_last_also_where_the_articles_did_not_say() -> None:
    history = [*SOLD, ("Where does Yara Lindholm go to school?", "")]
    found = leaving("oskar", "lindqvist", "yara", "lindholm").standalone("Who trains her?", history)
    assert found == "Who trains Yara Lindholm? (Oskar Lindqvist)"


def test_of_two_names_in_one_turn_he_is_the_answer() -> None:
    history = [("Who did Karoline Leavitt say would go?", "Steve Witkoff")]
    found = leaving("karoline", "leavitt", "steve", "witkoff").standalone("When did he go?", history)
    assert found == "When did Steve Witkoff go? (Karoline Leavitt)"


def test_she_is_the_answer_to_which_attorney_general_and_nobody_whom_the_question_names() -> None:
    history = [("Which attorney general says she lost her job over Otto Brill's estate?", "Ida Brandt")]
    assert leaving("otto", "brill").standalone("When was she fired?", history).startswith("When was Ida Brandt fired?")
    history = [("Which senator spoke against Otto Brill?", "Ida Brandt")]
    assert leaving("otto", "brill").standalone("When was she born?", history).startswith("When was Ida Brandt born?")
    history = [("Which club plays for Otto Brill?", "Tarnby Rovers")]
    assert leaving("otto", "brill").standalone("When was he born?", history).startswith("When was Otto Brill born?")


def test_what_begins_a_sentence_is_no_part_of_the_name_behind_it() -> None:
    history = [("is glow down again?", "Though Glow Mini is running again, there is a caveat.")]
    assert leaving("glow", "mini").standalone("who shut it down?", history) == "who shut Glow Mini down?"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("no, i meant the other one", "who makes donamab?"),
        ("and the second?", "who makes donamab?"),
        ("and the first?", "who makes Lecamab?"),
    ],
)
def test_the_other_one_takes_the_place_of_the_one_that_was_asked_of(question: str, expected: str) -> None:
    history = [("What are the drugs called?", "Lecamab; donamab"), ("who makes Lecamab?", "Amsel")]
    assert leaving().standalone(question, history) == expected


def test_when_of_what_somebody_was_guilty_of_asks_when_somebody_was_guilty() -> None:
    assert leaving().standalone("when exactly?", [("What was Otto Brill found guilty of?", "fraud")]) == (
        "when exactly was Otto Brill found guilty of fraud?"
    )


def test_a_pronoun_behind_a_name_in_the_question_may_mean_that_one() -> None:
    found = leaving("oskar", "lindqvist").standalone("When Ruth Amsel wrote, what did she say?", SOLD)
    assert found == "When Ruth Amsel wrote, what did she say? (Oskar Lindqvist)"


def test_thanks_before_a_question_are_no_part_of_it() -> None:
    assert leaving().standalone("OK, thanks! What is the heron mask?", SOLD) == "What is the heron mask?"
    assert leaving().standalone("Thanks", SOLD).startswith("Thanks")


def test_which_article_is_no_topic_for_the_next_question() -> None:
    history = [*SOLD, ("in which article?", "Skerry Light changes hands after 140 years")]
    assert leaving().standalone("Who else?", history) == (
        "Who bought the lighthouse on Skerry Point, besides Oskar Lindqvist?"
    )
    history = [*SOLD, ("Which article says: Who bought the lighthouse?", "Skerry Light")]
    assert "Skerry Light" not in leaving().standalone("Why?", history)


def test_who_else_leaves_out_who_was_named_and_not_what_came_since() -> None:
    history = [*SOLD, ("How old is he?", "71")]
    assert leaving().standalone("Who else wanted the tower?", history).endswith("besides Oskar Lindqvist?")


def test_what_is_no_name_stands_behind_the_question() -> None:
    found = leaving("lighthouse", "skerry").standalone("When was it built?", SOLD)
    assert found == "When was it built? (lighthouse on Skerry Point)"


def test_a_name_is_taken_whole_and_once() -> None:
    history = [*SOLD, ("How old is Lindqvist?", "Mr Lindqvist is 71")]
    found = leaving("lindqvist").standalone("Why?! did they buy", history)
    assert found.count("Lindqvist") == 1


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Why?", "Why: Oskar Lindqvist bought the lighthouse on Skerry Point?"),
        ("and when", "and when: Oskar Lindqvist bought the lighthouse on Skerry Point?"),
        ("For how much?", "For how much: Oskar Lindqvist bought the lighthouse on Skerry Point?"),
        ("Why was that?", "Why: Oskar Lindqvist bought the lighthouse on Skerry Point?"),
        ("Who else?", "Who bought the lighthouse on Skerry Point, besides Oskar Lindqvist?"),
        ("What about the tower?", "Who bought the lighthouse on Skerry Point, the tower?"),
        ("In which article?", "Which article says: Who bought the lighthouse on Skerry Point?"),
        ("which article says that", "Which article says: Who bought the lighthouse on Skerry Point?"),
        ("Where does it say that?", "Which article says: Who bought the lighthouse on Skerry Point?"),
        ("source?", "Which article says: Who bought the lighthouse on Skerry Point?"),
    ],
)
def test_questions_of_next_to_no_words_ask_of_the_question_before(question: str, expected: str) -> None:
    assert leaving().standalone(question, SOLD) == expected


@pytest.mark.parametrize(
    ("before", "question", "expected"),
    [
        ("Who left the board in March?", "And in October?", "Who left the board in October?"),
        ("Who leads Russia?", "and Ukraine?", "Who leads Ukraine?"),
        ("Who leads Russia?", "No, I meant Ukraine", "Who leads Ukraine?"),
        ("How old is Aske's sister in Tarnby?", "and lunt's?", "How old is lunt's sister in Tarnby?"),
        ("When did Aske play for Tarnby?", "What about for Lenn?", "When did Aske play for Lenn?"),
        ("When did Aske play for Tarnby?", "and Ferreby?", "When did Aske play for Tarnby, Ferreby?"),  # either
        ("Who won the Northern Cup?", "and the league?", "Who won the Northern Cup, the league?"),
        ("What is the latest on Tarnby?", "and Lenn?", "What is the latest on Lenn?"),
        ("Summarise the news on Tarnby", "and on Lenn?", "Summarise the news on Lenn"),
    ],
)
def test_what_is_asked_for_instead_takes_the_place_of_its_kind(before: str, question: str, expected: str) -> None:
    assert leaving().standalone(question, [(before, "something")]) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How did the second one play?", "How did Westhaven City play?"),
        ("Where is the first from?", "Where is Tarnby Rovers from?"),
        ("How did the third one play?", "How did the third one play?"),
        ("Who won the second half?", "Who won the second half?"),
    ],
)
def test_the_second_one_is_the_second_of_the_names_in_the_answer(question: str, expected: str) -> None:
    assert leaving().standalone(question, TEAMS) == expected


def test_the_second_one_of_a_long_answer_in_prose_is_nobody() -> None:
    history = [("Why did it come down?", "because the balloon leaked, and the wind had turned")]
    assert leaving("balloon").standalone("What about the second one?", history) == (
        "What about the second one? (balloon)"
    )


def test_who_else_is_asked_with_the_answer_that_was_given_even_if_none_came_since() -> None:
    history = [*SOLD, ("Why?", "")]
    assert leaving().standalone("Who else wanted to buy the tower?", history) == (
        "Who else wanted to buy the tower, besides Oskar Lindqvist?"
    )


def test_a_long_answer_is_not_repeated_in_the_question() -> None:
    history = [("Why did he buy it?", "word " * 40)]
    assert "word" not in leaving().standalone("When?", history)


def test_a_chain_of_short_questions_ends_and_keeps_its_topic() -> None:
    history: Pairs = [*SOLD, *[("Why?", "") for _ in range(30)]]
    found = leaving().standalone("Why?", history[:4])
    assert "lighthouse" in found
    assert len(leaving().standalone("Why?", history)) < 1000


def test_odd_questions_and_histories_give_a_question(follow_ups: FollowUps) -> None:
    for question in ("?", "the", "东京", "{x}", "<script>", "\x00", "a" * 500, "he " * 200, "🎻"):
        for history in ([("", "")], [("?", "")], [("\u202e", "(")], [("a" * 5000, "b " * 5000)], SOLD * 40):
            assert follow_ups.standalone(question, history).strip()


def test_it_takes_milliseconds(follow_ups: FollowUps) -> None:
    follow_ups.load()
    started = time.perf_counter()
    for _ in range(5):
        follow_ups.standalone("And when did he go there?", SOLD * 8)
    assert (time.perf_counter() - started) / 5 < 1  # a second: a guard against a model that is loaded each time


# In the chain


def test_a_follow_up_is_answered_and_says_what_was_searched_for(real_qa: ArticleQA) -> None:
    first = real_qa.ask("Who bought the lighthouse on Skerry Point?")
    second = real_qa.ask("How much did he pay for it?", [first])
    assert "Lindqvist" in second.standalone_question
    assert second.question == "How much did he pay for it?"
    assert "312,000" in second.text
    assert second.timings_ms["total"] >= second.timings_ms["standalone"] > 0


def test_answers_pairs_and_messages_are_histories_alike(real_qa: ArticleQA) -> None:
    first = real_qa.ask("Who bought the lighthouse on Skerry Point?")
    messages = [{"role": "user", "content": first.question}, {"role": "assistant", "content": first.text}]
    asked = {
        real_qa.ask("How much did he pay for it?", history).standalone_question
        for history in ([first], [(first.question, first.text)], messages)
    }
    assert len(asked) == 1


def test_a_standalone_question_that_is_given_is_taken_as_it_is(real_qa: ArticleQA) -> None:
    answer = real_qa.ask("And how long?", [("Who paid?", "Nobody")], standalone_question="How long did the echo last?")
    assert answer.standalone_question == "How long did the echo last?"
    assert "four seconds" in answer.text
    with pytest.raises(QuestionError, match="limit is"):
        real_qa.ask("And?", standalone_question="a" * 3000)


def test_in_which_article_is_answered_by_its_title_with_the_quote(real_qa: ArticleQA) -> None:
    first = real_qa.ask("How long did the echo last?")
    answer = real_qa.ask("in which article?", [first])
    assert answer.text == "Orchestra plays in an empty swimming pool"
    assert "echo lasted four seconds" in answer.citations[0].quote
    assert answer.citations[0].answer_start is None


def test_who_else_does_not_get_the_same_answer_again(real_qa: ArticleQA) -> None:
    answer = real_qa.ask("Who bought the lighthouse, besides Oskar Lindqvist?")
    assert "Oskar Lindqvist" not in answer.text


def test_weights_that_are_damaged_are_an_error_that_says_what_to_do(tmp_path: object) -> None:
    from pathlib import Path

    from qa import ReaderWeightsError

    folder = Path(str(tmp_path))
    (folder / "terms.onnx").write_bytes(b"no network")
    (folder / "terms.provenance.json").write_text('{"sha256": "0"}')
    with pytest.raises(ReaderWeightsError, match="Install article-qa again"):
        FollowUps(TermNetwork(folder)).standalone("And when?! did he leave town", SOLD)


BOSS: Pairs = [("Who is the chief executive of Glow Marine?", "Ida Aske")]


@pytest.mark.parametrize(
    ("question", "history", "expected"),
    [
        ("and the chairman?", BOSS, "Who is the chairman of Glow Marine?"),
        ("how old is that woman?", BOSS, "how old is Ida Aske?"),
        ("what was their revenue?", BOSS, "what was Glow Marine's revenue?"),
        ("who founded the company?", BOSS, "who founded Glow Marine?"),
        ("which of them won?", BOSS, "which of them won? (Glow Marine)"),
        ("and whats the fee at the harbour", BOSS, "and whats the fee at the harbour"),
        ("has it sold anything else?", BOSS, "has Glow Marine sold anything else?"),
        ("and why?", [("In which ports is Glow testing it?", "Tarnby")], "and why is Glow testing it (Tarnby)?"),
    ],
)
def test_what_people_type_in_conversations_is_understood(question: str, history: Pairs, expected: str) -> None:
    assert leaving().standalone(question, history) == expected
