"""Conversations on disk: kept, found, changed, never mixed up, and whole whatever happens."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from index import ArticleIndex, PassageFilter
from index.errors import IndexBusyError, StoreError
from qa import Answer, ArticleQA, Citation, Conversation, Conversations, SavedTurn
from qa.answer import CheckedSentence
from qa.kept.conversation_file import ConversationFile
from qa.kept.conversations import MAX_TITLE, MAX_WORD, ConversationSummary, now
from qa.kept.export import to_json, to_markdown
from tests.qa.kept.made import ARTICLE, answer, citation, turn

ROOT = Path(__file__).parents[3]
HALF = "\ud83d"  # of a surrogate pair
WHERE = PassageFilter(("café",), ("Coast Post",), "2023-05", "2024-01-20")


def as_stored(saved: SavedTurn) -> SavedTurn:
    """What comes back of a turn: its answer as `Answer.from_json` gives it."""
    return replace(saved, answer=Answer.from_json(saved.answer.to_json()))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations.sqlite"


@pytest.fixture
def kept(path: Path) -> Iterator[Conversations]:
    conversations = Conversations(path)
    yield conversations
    conversations.close()


def questions(conversation: Conversation | None) -> list[str]:
    assert conversation is not None
    return [each.question for each in conversation.turns]


# Keeping


def test_a_conversation_is_found_again_as_it_was_by_another_process(kept: Conversations, path: Path) -> None:
    first, second = turn("Who owns the café?"), turn("and why?", "", asked_at="2025-03-13T09:01:00+00:00")
    conversation_id = kept.save("ann", None, 0, first, WHERE)
    assert kept.save("ann", conversation_id, 1, second, WHERE) == conversation_id
    expected = Conversation(
        conversation_id, "Who owns the café?", second.asked_at, (as_stored(first), as_stored(second)), WHERE
    )
    assert kept.find("ann", conversation_id) == expected
    found = "Conversations(sys.argv[1]).find('ann', sys.argv[2])"
    code = (
        f"import sys; from qa.kept.conversations import *; from qa.kept.export import to_json; print(to_json({found}))"
    )
    command = [sys.executable, "-X", "utf8", "-c", code, str(path), conversation_id]
    seen = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, cwd=ROOT).stdout
    assert seen.strip() == str(to_json(expected))
    assert kept.list("ann") == [ConversationSummary(conversation_id, "Who owns the café?", second.asked_at, 2)]


def test_offsets_survive_emoji_combining_characters_line_breaks_and_nul(kept: Conversations) -> None:
    conversation_id = kept.save("ann", None, 0, turn("Who?"))
    found = kept.find("ann", conversation_id)
    assert found is not None
    [back] = found.turns[0].answer.citations
    assert back == citation()
    assert ARTICLE[back.start : back.end] == back.quote
    assert back.answer_start is not None
    assert ARTICLE[back.answer_start : back.answer_end] == found.turns[0].answer.text


def test_only_the_first_three_passages_are_kept_and_citations_whole(kept: Conversations) -> None:
    citations = tuple(citation(article_id=f"a-{at}") for at in range(7))
    conversation_id = kept.save(
        "ann", None, 0, SavedTurn("Who?", answer("Who?", passages=20, citations=citations), now())
    )
    found = kept.find("ann", conversation_id)
    assert found is not None
    stored = found.turns[0].answer
    assert [each.passage.start for each in stored.passages] == [0, 1, 2]
    assert stored.citations == citations


def test_a_real_answer_comes_back_with_exact_quotes(kept: Conversations, real_qa: ArticleQA) -> None:
    asked = real_qa.ask("How many people sat on the tiles of the swimming pool?")
    conversation_id = kept.save("ann", None, 0, SavedTurn(asked.question, asked, now()))
    found = kept.find("ann", conversation_id)
    assert found is not None
    assert found.turns[0].answer.citations == asked.citations != ()
    for each in found.turns[0].answer.citations:
        assert real_qa.articles.get(each.article_id).text[each.start : each.end] == each.quote


def test_an_earlier_question_that_is_edited_drops_the_turns_behind_it(kept: Conversations) -> None:
    conversation_id = kept.save("ann", None, 0, turn("one"))
    for at, question in enumerate(("two", "three", "four"), start=1):
        kept.save("ann", conversation_id, at, turn(question))
    assert questions(kept.find("ann", conversation_id)) == ["one", "two", "three", "four"]
    kept.save("ann", conversation_id, 1, turn("two, better"))
    assert questions(kept.find("ann", conversation_id)) == ["one", "two, better"]
    kept.save("ann", conversation_id, 99, turn("last"))
    assert questions(kept.find("ann", conversation_id)) == ["one", "two, better", "last"]
    kept.save("ann", conversation_id, 0, turn("another first"))
    assert questions(kept.find("ann", conversation_id)) == ["another first"]
    assert kept.list("ann")[0].title == "another first"


def test_saving_to_a_conversation_that_is_gone_begins_a_new_one(kept: Conversations) -> None:
    gone = kept.save("ann", None, 0, turn("one"))
    kept.delete("ann", gone)
    again = kept.save("ann", gone, 1, turn("two"))
    assert again != gone
    assert kept.find("ann", gone) is None
    assert questions(kept.find("ann", again)) == ["two"]


def test_ids_cannot_be_guessed(kept: Conversations) -> None:
    ids = {kept.save("ann", None, 0, turn("one")) for _ in range(50)}
    assert len(ids) == 50
    assert min(map(len, ids)) >= 22  # 128 bits in base64


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Who owns it?", "Who owns it?"),
        ("  Who\r\nowns \t it?\u2028Now? ", "Who owns it? Now?"),
        ("word " * 40, "word " * 11 + "word…"),
        ("x" * 500, "x" * 59 + "…"),
        ("誰が灯台を買いましたか" * 20, ("誰が灯台を買いましたか" * 20)[:59] + "…"),
    ],
)
def test_a_title_is_the_first_question_in_one_line_cut_at_a_word(
    kept: Conversations, question: str, title: str
) -> None:
    conversation_id = kept.save("ann", None, 0, turn(question))
    assert kept.list("ann")[0].title == title
    found = kept.find("ann", conversation_id)
    assert found is not None
    assert found.title == title
    assert len(title) <= 60


def test_a_title_can_be_changed_and_goes_back_to_the_first_question(kept: Conversations) -> None:
    conversation_id = kept.save("ann", None, 0, turn("Who owns it?"))
    for given, title in (
        (" The\r\ncafé  <b> ", "The café <b>"),
        ("x" * 300, "x" * MAX_TITLE),
        (f"half {HALF} and \0 nothing", "half \ufffd and \0 nothing"),
        (" \n ", "Who owns it?"),
    ):
        assert kept.rename("ann", conversation_id, given)
        assert kept.list("ann")[0].title == title
        found = kept.find("ann", conversation_id)
        assert found is not None
        assert found.title == title


def test_the_filter_of_a_conversation_is_kept(kept: Conversations) -> None:
    conversation_id = kept.save("ann", None, 0, turn("one"))
    for where in (WHERE, PassageFilter(), PassageFilter(published_to="2020"), PassageFilter(languages=("de",))):
        assert kept.narrow("ann", conversation_id, where)
        found = kept.find("ann", conversation_id)
        assert found is not None
        assert found.where == where


def test_what_was_deleted_comes_back_as_it_was_and_is_not_overwritten(kept: Conversations) -> None:
    conversation_id = kept.save("ann", None, 0, turn("one"), WHERE)
    kept.save("ann", conversation_id, 1, turn("two", asked_at="2025-03-14T00:00:00+00:00"), WHERE)
    kept.rate("ann", conversation_id, 1, -1, "no")
    for title in ("", "Named"):
        kept.rename("ann", conversation_id, title)
        before = kept.find("ann", conversation_id)
        assert before is not None
        assert kept.delete("ann", conversation_id) == before
        assert kept.find("ann", conversation_id) is None
        assert list(kept.list("ann")) == []
        assert kept.delete("ann", conversation_id) is None
        kept.restore("ann", before)
        assert kept.find("ann", conversation_id) == before
    kept.save("ann", conversation_id, 2, turn("three"))
    kept.restore("ann", before)
    assert questions(kept.find("ann", conversation_id)) == ["one", "two", "three"]
    kept.rename("ann", conversation_id, "")
    assert kept.list("ann")[0].title == "one"


# The list


def test_the_list_begins_with_what_changed_last(kept: Conversations) -> None:
    ids = [kept.save("ann", None, 0, turn(str(day), asked_at=f"2025-03-{day}T00:00:00+00:00")) for day in (12, 11, 13)]
    assert [each.title for each in kept.list("ann")] == ["13", "12", "11"]
    kept.save("ann", ids[1], 1, turn("more", asked_at="2025-03-13T00:00:00+00:00"))  # in the same second as another
    assert [(each.title, each.turns) for each in kept.list("ann")] == [("11", 2), ("13", 1), ("12", 1)]
    kept.rename("ann", ids[0], "Twelve")
    assert [each.title for each in kept.list("ann")] == ["11", "13", "Twelve"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["cafe", "LIGHTHOUSE", "Straße"]),
        ("  ", ["cafe", "LIGHTHOUSE", "Straße"]),
        ("lightHouse", ["LIGHTHOUSE"]),
        ("STRASSE", ["Straße"]),
        ("oskar lind", ["cafe", "LIGHTHOUSE"]),  # in the answer of one, in the title of the other
        ("A SECOND", ["Straße"]),
        ("100%", ["Straße"]),
        ("1_0", []),
        ("%", ["Straße"]),
        ("' OR 1 --", []),
        ("tower\0", ["Straße"]),
        (HALF, ["Straße"]),
        ("nothing like it", []),
    ],
)
def test_the_list_is_narrowed_to_words_in_titles_questions_and_answers(
    kept: Conversations, words: str, found: list[str]
) -> None:
    conversation_id = kept.save("ann", None, 0, turn("Straße", "Nobody."))
    kept.save("ann", conversation_id, 1, turn(f"A second question, 100% sure of the tower\0 {HALF}", ""))
    kept.save("ann", None, 0, turn("LIGHTHOUSE", "Mr. Oskar Lindqvist"))
    kept.rename("ann", kept.save("ann", None, 0, turn("x", "y")), "Of Oskar\nLind")
    titles = ["cafe" if each.title == "Of Oskar Lind" else each.title for each in kept.list("ann", words)]
    assert titles == found


# Whose it is


def test_nobody_sees_or_changes_anothers_conversations(kept: Conversations) -> None:
    hers = kept.save("ann", None, 0, turn("secret of Ann"), WHERE)
    before = kept.find("ann", hers)
    assert before is not None
    for other in ("bob", "", "ANN", "ann ", "ann\0", "an", "' OR '1' = '1", "\ud800", "%"):
        assert list(kept.list(other)) == []
        assert list(kept.list(other, "secret")) == []
        assert kept.find(other, hers) is None
        assert not kept.rename(other, hers, "mine")
        assert not kept.narrow(other, hers, PassageFilter())
        assert not kept.rate(other, hers, 0, 1)
        assert kept.delete(other, hers) is None
        kept.restore(other, before)
        assert kept.find(other, hers) is None
        own = kept.save(other, hers, 1, turn("of another"))
        assert own != hers
        assert questions(kept.find(other, own)) == ["of another"]
    assert kept.find("ann", hers) == before
    assert len(kept.list("ann")) == 1
    assert list(kept.feedback()) == []


def test_owners_whose_names_hold_different_halves_of_pairs_are_different(kept: Conversations) -> None:
    of_one = kept.save("\ud800", None, 0, turn("one"))
    assert kept.find("\ud801", of_one) is None
    assert kept.find("\ufffd", of_one) is None
    assert kept.find("\ud800", of_one) is not None


def test_an_id_that_no_conversation_has_finds_nothing(kept: Conversations) -> None:
    for unknown in ("", "x", "\0", HALF, "' OR 1 --", "x" * 10_000):
        assert kept.find("ann", unknown) is None
        assert kept.delete("ann", unknown) is None
        assert not kept.rename("ann", unknown, "x")
        assert not kept.rate("ann", unknown, 0, 1)


# Anything that a browser may send


@pytest.mark.parametrize(
    "text", ["nul \0 inside", "\0", f"half {HALF} a pair", "\udfff\ud800", "\u2028\x1b[31m\x85", "🎻e\u0301"]
)
def test_texts_that_cannot_be_stored_lose_no_character_and_move_no_offset(kept: Conversations, text: str) -> None:
    whole = answer(text, f"so {text}", citations=(citation(title=text),), note=text)
    conversation_id = kept.save("ann", None, 0, SavedTurn(text, whole, now(), -1, text))
    kept.rate("ann", conversation_id, 0, -1, f"word {text}")
    found = kept.find("ann", conversation_id)
    assert found is not None
    [saved] = found.turns
    expected = "".join("\ufffd" if "\ud800" <= each <= "\udfff" else each for each in text)
    assert saved.question == saved.answer.question == saved.answer.note == expected
    assert saved.answer.text == f"so {expected}"
    assert saved.answer.citations == (citation(title=expected),)
    assert saved.word == f"word {expected}".strip()
    assert [each.question for each in kept.feedback()] == [expected]
    assert kept.delete("ann", conversation_id) == found
    kept.restore("ann", found)
    assert kept.find("ann", conversation_id) == found


# The file


def test_a_file_is_made_when_it_is_first_needed_and_used_by_many_threads(kept: Conversations, path: Path) -> None:
    assert not path.exists()
    ids: list[str] = []
    threads = [
        threading.Thread(
            target=lambda at=at: ids.extend(kept.save(f"owner-{at}", None, 0, turn(str(n))) for n in range(10))
        )
        for at in range(8)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(set(ids)) == 80
    for at in range(8):
        assert sorted(each.title for each in kept.list(f"owner-{at}")) == [str(n) for n in range(10)]
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE theirs (x); PRAGMA user_version = 1;")
    connection.close()


def newer(path: Path) -> None:
    Conversations(path).list("ann")
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA user_version = 9;")
    connection.close()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda path: path.write_bytes(b"no database" * 1000),
            "are damaged: file is not a database. Put the file back",
        ),
        (foreign, "is a file of something else, not of conversations. Move it to another place."),
        (newer, "are of version 9, and this program knows 1. Use the program that made them, or move the file"),
        (Path.mkdir, "cannot be used: unable to open database file. See whether the disk is full, and who may"),
    ],
)
def test_a_file_of_something_else_is_left_as_it_is_and_named(path: Path, make: Any, message: str) -> None:
    make(path)
    before = path.read_bytes() if path.is_file() else None
    kept = Conversations(path)
    for use in (
        lambda: kept.list("ann"),
        lambda: kept.save("ann", None, 0, turn("one")),
        lambda: list(kept.feedback()),
    ):
        with pytest.raises(StoreError) as caught:
            use()
        assert str(path) in str(caught.value)
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)
    if before is not None:
        assert path.read_bytes() == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE turns SET answer = '{'",
        "UPDATE turns SET answer = '[]'",
        """UPDATE turns SET answer = json_set(answer, '$.citations[0].start', 'x')""",
        "UPDATE conversations SET narrowed = '[]'",
        "DELETE FROM turns",
        "DROP TABLE turns",
    ],
)
def test_damage_inside_the_file_is_an_error_that_says_what_to_do(
    kept: Conversations, path: Path, statement: str
) -> None:
    conversation_id = kept.save("ann", None, 0, turn("one"))
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(statement)
    connection.close()
    with pytest.raises(StoreError, match=r"^The conversations in .* are damaged: .*\. Put the file back from a copy"):
        kept.find("ann", conversation_id)


def test_a_page_that_is_overwritten_is_damage_and_a_copy_put_back_is_read_without_a_new_start(path: Path) -> None:
    kept = Conversations(path)
    conversation_id = kept.save("ann", None, 0, turn("one " * 2000))
    kept.close()
    copy = shutil.copy(path, path.with_suffix(".copy"))
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))
    with pytest.raises(StoreError, match="are damaged: database disk image is malformed"):
        kept.find("ann", conversation_id)
    shutil.copy(copy, path)
    assert questions(kept.find("ann", conversation_id)) == ["one " * 2000]
    kept.close()


def test_a_file_that_another_process_holds_for_too_long_is_busy(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Conversations(path).list("ann")
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *given, **named: connect(*given, **named | {"timeout": 0.05}))
    holder = connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    kept = Conversations(path)
    assert list(kept.list("ann")) == []  # reading waits for nobody
    with pytest.raises(IndexBusyError, match=r"^Another process holds the conversations in .* Try again\.$"):
        kept.save("ann", None, 0, turn("one"))
    holder.execute("COMMIT")
    holder.close()
    kept.save("ann", None, 0, turn("one"))
    kept.close()


WRITER = """
import sys
from pathlib import Path
from qa.kept.conversations import Conversations
from tests.qa.kept.made import turn

kept, owner = Conversations(Path(sys.argv[1])), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    conversation_id = kept.save(owner, None, 0, turn(f"{owner} {number} first"))
    kept.save(owner, conversation_id, 1, turn(f"{owner} {number} second"))
    kept.rate(owner, conversation_id, 1, 1)
    print(conversation_id, flush=True)
"""


def started(path: Path, owner: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), owner, str(count)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.close()


def reported(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    lines = process.stdout.read().split()
    process.stdout.close()
    process.wait()
    return lines


def test_two_processes_that_begin_a_file_and_save_at_the_same_time_lose_nothing(path: Path) -> None:
    writers = {owner: started(path, owner, 15) for owner in ("ann", "bob")}
    for each in writers.values():
        go(each)
    ids = {owner: reported(each) for owner, each in writers.items()}
    kept = Conversations(path)
    for owner, process in writers.items():
        assert process.returncode == 0
        assert [questions(kept.find(owner, each)) for each in ids[owner]] == [
            [f"{owner} {number} first", f"{owner} {number} second"] for number in range(15)
        ]
    assert len(list(kept.feedback())) == 30
    kept.close()


@pytest.mark.parametrize("rounds", [1, pytest.param(4, marks=pytest.mark.soak)])
def test_a_process_that_is_killed_while_it_saves_loses_nothing_that_it_reported(path: Path, rounds: int) -> None:
    rng = random.Random(5)
    done: list[str] = []
    for _ in range(rounds):
        process = started(path, "ann", 100_000)
        go(process)
        assert process.stdout is not None
        done += [process.stdout.readline().strip() for _ in range(6)]
        time.sleep(rng.uniform(0, 0.35))
        process.kill()  # SIGKILL
        done += reported(process)
        assert process.returncode == -9
        with ConversationFile(path).transaction("DEFERRED") as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        kept = Conversations(path)
        assert all(len(questions(kept.find("ann", each))) == 2 for each in done)
        # At most the last conversation of each round is half told: one turn, or two without the rating.
        assert sum(each.turns for each in kept.list("ann")) >= 2 * len(done)
        assert len(list(kept.feedback())) >= len(done)
        kept.close()
    assert len(done) > 5 * rounds


def test_the_file_lies_with_the_index_and_stays_when_the_store_is_mended(tmp_path: Path, real_embedder: Any) -> None:
    with ArticleIndex.open(tmp_path / "index", embedder=real_embedder) as articles:
        kept = Conversations.of(articles)
        conversation_id = kept.save("ann", None, 0, turn("one"))
        assert (tmp_path / "index" / "conversations.sqlite").is_file()
        articles._connection.place.mend(real_embedder)
        kept.close()
        assert questions(Conversations.of(articles).find("ann", conversation_id)) == ["one"]


def test_for_a_server_the_file_lies_in_the_users_data_folder_one_for_each_url(user_folders: Path) -> None:
    from index.settings import StoreSettings
    from index.storage.place import ServerPlace

    one, same, other = (
        ServerPlace(url, StoreSettings()).companion("conversations.sqlite")
        for url in ("http://localhost:8000", "http://localhost:8000/", "http://localhost:8001")
    )
    assert one == same != other
    assert one.name == "conversations.sqlite"
    assert one.is_relative_to(user_folders / "data" / "article-qa")
    assert one.parent.is_dir()
    assert not one.exists()


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    from index.settings import StoreSettings
    from index.storage.place import FolderPlace

    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match=r"^Cannot make the folder .*file/sub: Not a directory\. See who may write"):
        FolderPlace(tmp_path / "file" / "sub", StoreSettings()).companion("x")


def test_importing_the_module_loads_nothing_heavy() -> None:
    heavy = ("torch", "chromadb", "gradio", "langchain_core", "numpy", "onnxruntime", "openvino", "pydantic")
    code = f"import qa.kept.conversations, sys; print(*set({heavy!r}) & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"


# Export

HOSTILE = (
    "# x", "## x ##", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!-- x -->", "<?php ?>", "</div>",
    "<![CDATA[x]]>", "[a](javascript:1)", "![a](http://x/y)", "[a]: http://x", "[a][b]", "]", ")](", "](javascript:1)",
    "[^1]", "[^1]: note", "- [ ] todo", "`code`", "```\ncode\n```", "~~~", "    code", "a\r\n\r\n    code", "a\nb",
    "a\\\nb", "a  \nb", "1. x", "1) x", "123456789. x", "- x", "+ x", "* x", "\t- x", "---", "***", "___", "===",
    "x\n===", "x\n---", "|", "| a | b |\n|---|---|\n| c | d |", "> quote", "*a* **b** _c_ __d__", "~~gone~~",
    "&lt;b&gt; &amp; &#60;", "<http://x.example>", "<a@x.example>", "http://x.example", "www.x.example", "\\",
    "\\\\*a*", "{#id}", "$x$", "$$x$$", "^a^", ":tada:", "\0", "”", "\u2028# x", "",
)  # fmt: skip
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
PLAIN = {"text", "text_special", "inline", "softbreak"}


def one_line(text: str) -> str:
    return " ".join(text.replace("\0", "\ufffd").split())


def exported(text: str) -> str:
    """A conversation in which every text that somebody else wrote is this one."""
    said = text or "x"
    hostile = Citation(said, text, f"https://x.example/{text}", text, text, 0, 1, text, None, None)
    sentence = CheckedSentence(text, 0, 1, (0,), False, text)
    whole = answer(
        text,
        said,
        citations=(hostile,),
        standalone_question=f"so {text}",
        note=text,
        sentences=(sentence,),
        mode="generative",
    )
    near = replace(hostile, quote=f"It is {said}.", end=len(said) + 7, answer_start=6, answer_end=len(said) + 6)
    abstained = answer(text, "", note=None, nearest=(near,), reason=text)
    turns = (SavedTurn(text, whole, now(), -1, text), SavedTurn(text, abstained, now()))
    return to_markdown(Conversation("id", text, now(), turns))


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_somebody_wrote_becomes_markup(text: str) -> None:
    tokens = [token for each in MARKDOWN.parse(exported(text)) for token in [each, *(each.children or [])]]
    blocks = [each.type for each in tokens if each.block]
    heading = ["heading_open", "inline", "heading_close"]
    paragraph = ["paragraph_open", "inline", "paragraph_close"]
    said = sum(bool(line.strip()) for line in (text or "x").splitlines())
    before = [*heading, *heading, *paragraph, *paragraph * max(said, 1), *(paragraph if text else []), *paragraph]
    quotation = ["blockquote_open", *paragraph, *paragraph, "blockquote_close"]
    why = paragraph if text else []
    assert blocks == [*before, *quotation, *heading, *paragraph, *why, *paragraph, *quotation]
    bold = {"strong_open", "strong_close"}
    assert {each.type for each in tokens if not each.block} <= PLAIN | bold | {"link_open", "link_close"}
    assert sum(each.type == "strong_open" for each in tokens) <= 1
    for link in [each for each in tokens if each.type == "link_open"]:
        assert str(link.attrs["href"]).startswith("https://x.example/")
    assert sum(each.type == "link_open" for each in tokens) == 2
    headings = [tokens[at + 1] for at, each in enumerate(tokens) if each.type == "heading_open"]
    assert [shown(each) for each in headings] == [one_line(text)] * 3
    quoted = [tokens[at + 2] for at, each in enumerate(tokens) if each.type == "blockquote_open"]
    assert shown(quoted[0]) == f"[1] “{one_line(text)}”"
    assert shown(quoted[1]).replace("*", "") == f"“It is {one_line(text or 'x')}.”".replace("*", "")


def shown(inline: Any) -> str:
    return "".join(child.content for child in inline.children).strip()


def test_every_line_of_an_answer_is_a_paragraph() -> None:
    whole = answer("Why?", "1. First.\n\n- Second.\r\n   # Third.")
    html = MARKDOWN.render(to_markdown(Conversation("id", "t", now(), (SavedTurn("Why?", whole, now()),))))
    assert "<p>1. First.</p>\n<p>- Second.</p>\n<p># Third.</p>" in html


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("https://example.org/a?b=1&c=2#d", "https://example.org/a?b=1&c=2#d"),
        ("https://example.org/?a=1&copy;=2&lt;", "https://example.org/?a=1&copy;=2&lt;"),
        ('http://example.org/a b)c(d<e>f"g\\h`i\nj', "http://example.org/a%20b%29c%28d%3Ce%3Ef%22g%5Ch%60i%0Aj"),
        ("HTTPS://example.org/100%25/café", "HTTPS://example.org/100%25/caf%C3%A9"),
        ("http://[::1]:80/_a_*b*", "http://[::1]:80/_a_*b*"),
        ("http://example.org/\0\ud800", "http://example.org/%00?"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        (" https://example.org", None),
        ("//example.org", None),
        ("", None),
        (None, None),
    ],
)
def test_only_web_addresses_become_links_and_lead_where_they_led(url: str | None, href: str | None) -> None:
    whole = answer("Who?", citations=(citation(url=url),))
    tokens = MARKDOWN.parse(to_markdown(Conversation("id", "t", now(), (SavedTurn("Who?", whole, now()),))))
    children = [child for token in tokens for child in token.children or []]
    links = [child.attrs["href"] for child in children if child.type == "link_open"]
    assert links == ([] if href is None else [href])


def test_an_answer_that_was_withheld_is_exported_with_its_reason_and_what_came_nearest_in_bold() -> None:
    quote = "The owner, Zoë *Lind*,\nsells 3.5 tons."
    start = quote.index("Zoë")
    near = citation(quote=quote, start=0, end=len(quote), answer_start=start, answer_end=start + len("Zoë *Lind*"))
    near = replace(near, pages=("3",))
    said = answer("Who?", "", nearest=(near,), reason="The best guess is only 20 % sure.")
    turns = tuple(SavedTurn(each.question, each, now()) for each in (said, answer("ok", "", reply="All right.")))
    conversation = Conversation("id", "t", now(), turns)
    text = to_markdown(conversation)
    assert "## Who?\n\nThe articles do not say.\n\nThe best guess is only 20 % sure.\n\nNot certain:\n\n> “The" in text
    assert "<p>“The owner, <strong>Zoë *Lind*</strong>, sells 3.5 tons.”</p>" in MARKDOWN.render(text)
    assert "page 3\n" in text
    assert text.endswith("## ok\n\nAll right.\n")
    first, second = to_json(conversation)["turns"]
    assert (first["answer"]["reason"], first["answer"]["nearest"][0]["quote"]) == (said.reason, quote)
    assert "nearest" not in second["answer"]


def test_the_markdown_of_a_conversation_reads_like_this() -> None:
    asked = answer("Who owns it?", citations=(citation(), citation(title="", url=None, source=None, published=None)))
    follow_up = answer("and why?", "", standalone_question="Why does Zoë Lind own it?")
    written = answer(
        "How?", "It *was* bought [1]. It flew.", mode="generative", note="The articles differ.",
        sentences=(
            CheckedSentence("It *was* bought [1].", 0, 20, (0,), True),
            CheckedSentence("It flew.", 21, 29, (), False, "cites nothing"),
        ),
    )  # fmt: skip
    turns = tuple(SavedTurn(each.question, each, now()) for each in (asked, follow_up, written))
    quoted = "“The owner, Zoë 👩‍👩‍👧 Lind, sells e\u0301clairs.\ufffd”"
    source = "> — [A café opens](https://example.org/caf%C3%A9?a=1&amp;b=2), Coast Post, 2023-05-04"
    assert (
        to_markdown(Conversation("id", "The café", now(), turns))
        == f"""\
# The café

## Who owns it?

Zoë 👩‍👩‍👧 Lind

> \\[1\\] {quoted}
>
{source}

> \\[2\\] {quoted}
>
> — café

## and why?

Searched for: Why does Zoë Lind own it?

The articles do not say.

## How?

It \\*was\\* bought \\[1\\]. It flew.

The articles differ.

Not supported: It flew. (cites nothing)

> \\[1\\] {quoted}
>
{source}
"""
    )


def test_the_json_of_a_conversation_has_everything_but_the_passages(kept: Conversations) -> None:
    conversation_id = kept.save("ann", None, 0, turn("Who?"), WHERE)
    kept.rate("ann", conversation_id, 0, 1, "yes")
    found = kept.find("ann", conversation_id)
    assert found is not None
    values = json.loads(json.dumps(to_json(found)))
    whole = answer("Who?").to_json()
    del whole["passages"]
    assert values == {
        "schema": 1,
        "title": "Who?",
        "changed_at": "2025-03-13T09:00:00+00:00",
        "filter": {
            "article_ids": ["café"], "sources": ["Coast Post"], "published_from": "2023-05",
            "published_to": "2024-01-20",
        },
        "turns": [
            {
                "question": "Who?", "within": "", "asked_at": "2025-03-13T09:00:00+00:00", "rating": 1, "word": "yes",
                "answer": json.loads(json.dumps(whole)),
            }
        ],
    }  # fmt: skip
    assert Answer.from_json(values["turns"][0]["answer"]).citations == (citation(),)


def test_a_long_word_is_cut(kept: Conversations) -> None:
    conversation_id = kept.save("ann", None, 0, turn("Who?"))
    kept.rate("ann", conversation_id, 0, -1, "x" * 5000)
    found = kept.find("ann", conversation_id)
    assert found is not None
    assert found.turns[0].word == "x" * MAX_WORD


def test_times_are_in_utc_with_seconds() -> None:
    assert now().endswith("+00:00")
    assert len(now()) == len("2025-03-13T09:00:00+00:00")
