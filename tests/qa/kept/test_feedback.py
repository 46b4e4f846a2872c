"""From a thumb in the chat to a question file: what is kept of it, and the command that prints it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from index import ArticleIndex, SentenceTransformerEmbedder
from qa import Answer, ArticleQA, Conversations, SavedTurn
from qa.__main__ import main
from qa.answer import CheckedSentence
from qa.evaluation.questions import GoldQuestion, read_questions
from qa.kept.conversations import now
from tests.conftest import STORIES
from tests.qa.kept.made import answer, turn

LEAKS = "How many leaks did the robot find?"
UNRELATED = "When was the Treaty of Westphalia signed?"

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Conversations]:
    conversations = Conversations(tmp_path / "conversations.sqlite")
    yield conversations
    conversations.close()


def rated(kept: Conversations, *ratings: tuple[SavedTurn, int, str]) -> str:
    """A conversation of Ann's with these turns, each rated, with a word."""
    conversation_id = None
    for at, (saved, rating, word) in enumerate(ratings):
        conversation_id = kept.save("ann", conversation_id, at, saved)
        kept.rate("ann", conversation_id, at, rating, word)
    assert conversation_id is not None
    return conversation_id


def ratings(kept: Conversations) -> list[tuple[str, int, str]]:
    return [(each.question, each.rating, each.word) for each in kept.feedback()]


# What is kept


def test_a_rating_is_kept_with_the_whole_answer_and_what_was_said_before(kept: Conversations) -> None:
    follow_up = SavedTurn("and why?", answer("and why?", "", standalone_question="Why does she own it?"), now())
    conversation_id = rated(
        kept, (turn("Who owns it?"), 0, ""), (follow_up, 0, ""), (turn("Where?"), -1, " in  Rome\n")
    )
    [feedback] = kept.feedback()
    assert (feedback.question, feedback.rating, feedback.word) == ("Where?", -1, "in  Rome")
    assert feedback.history == (("Who owns it?", "Zoë 👩‍👩‍👧 Lind"), ("Why does she own it?", ""))
    assert feedback.answer == Answer.from_json(answer("Where?").to_json())
    assert feedback.at[:10] == now()[:10]
    found = kept.find("ann", conversation_id)
    assert found is not None
    assert [(each.rating, each.word) for each in found.turns] == [(0, ""), (0, ""), (-1, "in  Rome")]


def test_rating_again_replaces_and_0_takes_it_back(kept: Conversations) -> None:
    conversation_id = rated(kept, (turn("one"), 1, ""), (turn("two"), 1, ""))
    [first, _] = kept.feedback()
    assert kept.rate("ann", conversation_id, 0, -1, "no")
    assert ratings(kept) == [("two", 1, ""), ("one", -1, "no")]
    assert [each.id for each in kept.feedback()][1] == first.id
    assert kept.rate("ann", conversation_id, 0, 0, "ignored")
    assert ratings(kept) == [("two", 1, "")]
    found = kept.find("ann", conversation_id)
    assert found is not None
    assert [(each.rating, each.word) for each in found.turns] == [(0, ""), (1, "")]


def test_a_deleted_conversation_or_an_edited_question_leaves_its_feedback(kept: Conversations) -> None:
    conversation_id = rated(kept, (turn("one"), 1, ""), (turn("two"), -1, "2"))
    kept.save("ann", conversation_id, 1, turn("two, better"))
    kept.rate("ann", conversation_id, 1, 1)
    kept.delete("ann", conversation_id)
    assert ratings(kept) == [("one", 1, ""), ("two", -1, "2"), ("two, better", 1, "")]


def test_a_rating_can_be_changed_after_the_conversation_was_restored(kept: Conversations) -> None:
    conversation_id = rated(kept, (turn("one"), 1, ""))
    deleted = kept.delete("ann", conversation_id)
    assert deleted is not None
    kept.restore("ann", deleted)
    assert ratings(kept) == [("one", 1, "")]
    kept.rate("ann", conversation_id, 0, 0)
    assert ratings(kept) == []


def test_feedback_does_not_say_whose_it_is(kept: Conversations, tmp_path: Path) -> None:
    conversation_id = rated(kept, (turn("one"), -1, "no"))
    kept.delete("ann", conversation_id)
    [feedback] = kept.feedback()
    assert not {"ann", conversation_id} & set(json.dumps(feedback.to_json()).replace('"', " ").split())


def test_a_turn_that_is_not_there_is_not_rated(kept: Conversations) -> None:
    conversation_id = rated(kept, (turn("one"), 0, ""))
    assert not kept.rate("ann", conversation_id, 1, 1)
    assert not kept.rate("ann", conversation_id, -1, 1)
    assert ratings(kept) == []
    for rating in (2, -2):
        with pytest.raises(ValueError, match=f"^A rating is 1, 0 or -1, not {rating}\\.$"):
            kept.rate("ann", conversation_id, 0, rating)


# A question file


@pytest.mark.parametrize(
    ("said", "rating", "word", "right"),
    [
        ("Oskar; Ingrid", 1, "", "Oskar; Ingrid"),
        ("Oskar", 1, "well done", "Oskar"),
        ("-", 1, "", "-"),
        ("", 1, "", ""),
        ("Oskar", -1, " Ingrid ", "Ingrid"),
        ("", -1, "Ingrid", "Ingrid"),
        ("Oskar", -1, " - ", ""),
        ("Oskar", -1, "", None),
        ("", -1, "  ", None),
    ],
)
def test_the_right_answer_is_the_good_one_or_the_word_beside_the_bad_one(
    kept: Conversations, said: str, rating: int, word: str, right: str | None
) -> None:
    rated(kept, (turn("Who?", said), rating, word))
    [feedback] = kept.feedback()
    line = feedback.gold()
    assert line == (None if right is None else {"id": feedback.id, "question": "Who?", "answer": right})
    if line is not None:
        expected = GoldQuestion(1, "Who?", (right,) if right else (), feedback.id)
        assert list(read_questions([json.dumps(line)])) == [expected]


def test_the_numbers_that_a_language_model_cites_are_no_part_of_the_right_answer(kept: Conversations) -> None:
    text = "Zoë owns it [1][2]. She bakes [3]."
    sentences = (CheckedSentence(text, 0, len(text), (0,), True),)
    written = answer("Who?", text, mode="generative", sentences=sentences)
    rated(kept, (SavedTurn("Who?", written, now()), 1, ""), (turn("What stands there?", "Page [1]"), 1, ""))
    assert [(each.gold() or {})["answer"] for each in kept.feedback()] == ["Zoë owns it. She bakes.", "Page [1]"]


# The command


@pytest.fixture
def qa(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, real_embedder: SentenceTransformerEmbedder
) -> Command:
    """Run a command in this process: its status, stdout and stderr."""
    monkeypatch.setattr("index.article_index.SentenceTransformerEmbedder", lambda *_: real_embedder)

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            status = main(arguments)
        except SystemExit as exc:  # how argparse reports wrong usage
            status = int(exc.code or 0)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.fixture
def index(tmp_path: Path, real_embedder: SentenceTransformerEmbedder) -> str:
    """An index of the stories of its own, to keep feedback in."""
    location = tmp_path / "index"
    with ArticleIndex.open(location, embedder=real_embedder) as articles:
        articles.add(STORIES)
    return str(location)


def of(index: str) -> Conversations:
    return Conversations(Path(index) / "conversations.sqlite")


def test_feedback_is_printed_oldest_first(qa: Command, index: str) -> None:
    follow_up = SavedTurn("and why?", answer("and why?", "", standalone_question="Why does she own it?"), now())
    rated(of(index), (turn("Who\nowns it?"), 1, ""), (follow_up, -1, "the\x1b[31m sea"))
    assert qa("feedback", "--index", index) == (
        0,
        f"{now()[:10]}  good  Who owns it?\n"
        "                  Zoë 👩‍👩‍👧 Lind\n"
        f"{now()[:10]}  bad   and why?\n"
        "                  searched for: Why does she own it?\n"
        "                  The articles do not say.\n"
        "                  “the[31m sea”\n",
        "",
    )


def test_feedback_is_printed_as_json_with_the_whole_answer(qa: Command, index: str) -> None:
    rated(of(index), (turn("Who?"), 1, ""), (turn("Where?"), -1, "Rome"))
    status, out, err = qa("feedback", "--index", index, "--json")
    assert (status, err) == (0, "")
    values = [json.loads(line) for line in out.splitlines()]
    [first, second] = of(index).feedback()
    assert values == json.loads(json.dumps([first.to_json(), second.to_json()]))
    assert list(values[1]) == ["schema", "id", "at", "rating", "word", "question", "history", "answer"]
    assert values[1]["answer"] == json.loads(json.dumps(answer("Where?").to_json()))
    assert (values[1]["rating"], values[1]["word"], values[1]["history"]) == (-1, "Rome", [["Who?", "Zoë 👩‍👩‍👧 Lind"]])


@pytest.mark.parametrize("flags", [(), ("--json",), ("--questions",)])
def test_no_feedback_yet_is_said_and_no_error(qa: Command, index: str, flags: tuple[str, ...]) -> None:
    said = "No feedback yet. Say in the chat whether an answer is good or bad: qa chat\n"
    assert qa("feedback", "--index", index, *flags) == (0, "", said)


def test_feedback_without_an_index_says_how_to_make_one(qa: Command, tmp_path: Path) -> None:
    status, out, err = qa("feedback", "--index", str(tmp_path / "none"))
    assert (status, out) == (1, "")
    assert err.startswith("qa: No index at ")
    assert not (tmp_path / "none").exists()


def test_feedback_in_a_damaged_file_is_an_error_of_one_line(qa: Command, index: str) -> None:
    (Path(index) / "conversations.sqlite").write_bytes(b"nothing" * 999)
    status, out, err = qa("feedback", "--index", index)
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert err.startswith(f"qa: The conversations in {index}/conversations.sqlite are damaged: ")


def test_feedback_is_printed_in_one_way_only(qa: Command, index: str) -> None:
    assert qa("feedback", "--index", index, "--json", "--questions")[0] == 2


def test_a_question_file_can_hold_anything_that_was_asked(qa: Command, index: str) -> None:
    hostile = ("nul \0", "half \ud800", "\ufffd", "line\nbreak\u2028", '"},{"', "🎻e\u0301")
    rated(of(index), *((turn(text, text), 1, "") for text in hostile))
    status, out, err = qa("feedback", "--index", index, "--questions")
    assert (status, err) == (0, "")
    questions = list(read_questions(out.split("\n")))
    expected = [text.replace("\ud800", "\ufffd") for text in hostile]
    assert [each.question for each in questions if isinstance(each, GoldQuestion)] == expected
    assert [each.answers for each in questions if isinstance(each, GoldQuestion)] == [(text,) for text in expected]


def test_what_people_thought_becomes_a_question_file_that_can_be_evaluated(
    qa: Command, index: str, tmp_path: Path, real_embedder: SentenceTransformerEmbedder
) -> None:
    asked: list[Any] = []
    with ArticleIndex.open(index, embedder=real_embedder) as articles:
        program = ArticleQA(articles)
        for question in (LEAKS, "and what is it called?", UNRELATED, "Who bought the lighthouse?"):
            asked.append(program.ask(question, asked))
    assert [each.abstained for each in asked] == [False, False, True, False]
    turns = [SavedTurn(each.question, each, now()) for each in asked]
    kept = of(index)
    rated(
        kept,
        (turns[0], 1, ""),
        (turns[1], 1, "nice"),
        (turns[2], 1, ""),
        (turns[3], -1, "Ingrid Lindqvist"),
        (turns[0], -1, ""),
    )
    rated(kept, (turns[3], -1, "-"))
    status, out, err = qa("feedback", "--index", index, "--questions")
    assert status == 0
    assert err == (
        "left out: 1 of 6, rated bad without a word. In the chat, write the right answer beside the rating, or "
        '"-" where the articles do not say.\n'
    )
    lines = [json.loads(line) for line in out.splitlines()]
    assert [(each["question"], each["answer"]) for each in lines] == [
        (LEAKS, "23"),
        ("and what is it called?", "Pipsqueak"),
        (UNRELATED, ""),
        ("Who bought the lighthouse?", "Ingrid Lindqvist"),
        ("Who bought the lighthouse?", ""),
    ]
    assert len({each["id"] for each in lines}) == 5
    assert "history" not in lines[0]
    assert lines[1]["history"] == [[LEAKS, "23"]]
    (tmp_path / "questions.jsonl").write_text(out, encoding="utf-8")
    status, out, err = qa("--index", index, "eval", str(tmp_path / "questions.jsonl"), "--json")
    assert status == 0
    evaluation = json.loads(out)
    assert (evaluation["answerable"], evaluation["unanswerable"], evaluation["skipped"]) == (3, 2, [])
    assert evaluation["accuracy"] == pytest.approx(2 / 3)
    assert {(each["kind"], each["id"]) for each in evaluation["misses"]} == {
        ("wrong answer", lines[3]["id"]),
        ("false answer", lines[4]["id"]),
    }
