"""The command line: every command, its output, its exit status."""

from __future__ import annotations

import io
import json
import os
import re
import select
import subprocess
import sys
import termios
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from index import Article, ArticleIndex, SentenceTransformerEmbedder
from qa import AnswerSettings
from qa.__main__ import main
from qa.evaluation.questions import BadLine, read_questions
from tests.servers import Says, ScriptedServer

ROOT = Path(__file__).parents[2]
LEAKS = "How many leaks did the robot find?"
UNRELATED = "When was the Treaty of Westphalia signed?"
ANSWER_KEYS = [
    "schema", "id", "question", "standalone_question", "answer", "abstained", "confidence", "mode", "form", "note",
    "citations", "passages", "timings_ms",
]  # fmt: skip
CITATION_KEYS = [
    "article_id", "title", "url", "source", "published", "start", "end", "quote", "answer_start", "answer_end",
]  # fmt: skip
PASSAGE_KEYS = ["article_id", "title", "start", "end", "text", "score", "scorer"]
HEAVY = (
    "numpy",
    "torch",
    "chromadb",
    "gradio",
    "langchain_core",
    "sentence_transformers",
    "onnxruntime",
    "openvino",
    "pydantic",
)


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one line of JSON on stdout."""
        [line] = self.out.splitlines()
        return json.loads(line)

    @property
    def jsonl(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Command = Callable[..., Done]


@pytest.fixture(autouse=True)
def one_model(monkeypatch: pytest.MonkeyPatch, real_embedder: SentenceTransformerEmbedder) -> None:
    """The packaged model is loaded once for all commands, not for each."""

    def embedder(model: str | None = None) -> SentenceTransformerEmbedder:
        return SentenceTransformerEmbedder(model) if model else real_embedder

    monkeypatch.setattr("index.article_index.SentenceTransformerEmbedder", embedder)


@pytest.fixture
def qa(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command in this process."""

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        try:
            status = main(arguments)
        except SystemExit as exc:  # how argparse reports wrong usage
            status = int(exc.code or 0)
        captured = capsys.readouterr()
        return Done(status, captured.out, captured.err)

    return run


@pytest.fixture
def ask(qa: Command, real_articles: ArticleIndex) -> Command:
    """Run a command over the stories."""
    return lambda *arguments: qa("--index", real_articles.location, *arguments)


@pytest.fixture
def batch(ask: Command, tmp_path: Path) -> Command:
    """Run a command over lines of a file."""

    def run(command: str, *lines: str | bytes) -> Done:
        path = tmp_path / "questions.jsonl"
        path.write_bytes(b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines))
        return ask(command, "--batch", str(path))

    return run


def process(*arguments: str, stdin: str = "", **environment: str) -> Done:
    """Run a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "qa", *arguments],
        input=stdin, capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ | environment,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


def assert_one_line_error(done: Done, *parts: str) -> None:
    assert done.status == 1
    assert done.out == ""
    [line] = done.err.splitlines()
    assert line.startswith("qa: ")
    for part in parts:
        assert part in line


def test_the_version_is_that_of_the_package(qa: Command) -> None:
    from importlib.metadata import version

    assert qa("--version") == Done(0, f"qa {version('article-qa')}\n", "")


# Articles


def test_articles_are_listed_shown_and_searched_by_language(qa: Command, tmp_path: Path) -> None:
    german = {"id": "see", "title": "Der See", "text": "Die Fähre kam am Montag wegen des Nebels über dem See zu spät."}
    marked = {"id": "lac", "title": "Le lac", "text": "Le bac arriva tard.", "language": "fr-CH", "source": "Post"}
    (tmp_path / "all.jsonl").write_text(f"{json.dumps(german)}\n{json.dumps(marked)}\n")
    index = ("--index", str(tmp_path / "index"))
    added = qa("--model", "all-MiniLM-L6-v2", "add", str(tmp_path / "all.jsonl"), *index)
    assert (added.status, added.err) == (0, "")
    listed = qa("list", "--language", "de", *index)
    assert (listed.status, listed.err) == (0, "")
    assert listed.out.split() == ["see", "Der", "See", "(no", "source,", "de)", str(tmp_path / "all.jsonl")]
    both = qa("list", "--language", "FR", "--language", "de-AT", "--json", *index).jsonl
    assert {each["id"]: (each["language"], each.get("guessed_language")) for each in both} == {
        "see": (None, "de"), "lac": ("fr", None),
    }  # fmt: skip
    assert qa("list", "--language", "ja", *index).err == "No article in ja.\n"
    assert "Post · fr" in qa("show", "lac", *index).out
    assert "de (as it seems)" in qa("show", "see", *index).out
    found = qa("search", "--json", "--language", "fr", "Fähre Montag", *index).json
    assert {passage["article_id"] for passage in found["passages"]} == {"lac"}
    wrong = qa("ask", "--language", "german", "Wer?", *index)
    assert (wrong.status, wrong.err) == (1, "qa: 'german' is not the code of a language. Write it like de, en or zh.\n")


def test_the_kinds_of_files_that_are_read_are_listed_once(qa: Command, tmp_path: Path) -> None:
    for name in ("one.xyz", "two.xyz", "README"):
        (tmp_path / name).write_text("words")
    added = qa("add", str(tmp_path), "--index", str(tmp_path / ".index"))
    assert f"skipped: {tmp_path / 'two.xyz'}: .xyz files are not supported\n" in added.err
    assert added.err.count("supported are .docx, ") == 1


def test_articles_are_added_listed_shown_and_removed(qa: Command, tmp_path: Path) -> None:
    source = tmp_path / "articles"
    source.mkdir()
    (source / "one.json").write_text(
        json.dumps(
            {"id": "one", "title": "Walnuts", "text": " Walnuts fell. ", "source": "Post", "published": "2025-03-01"}
        )
    )
    (source / "two.txt").write_text("Old maps were found.")
    (source / "bad.json").write_text("{")
    (source / "photo.png").write_bytes(b"x")
    index = ("--index", str(tmp_path / "index"))

    added = qa("add", str(source), *index)
    assert added.status == 0
    assert added.out == "2 added, 1 skipped, 1 failed (2 passages embedded)\n"
    assert f"failed: {source / 'bad.json'}: not valid JSON" in added.err
    assert f"skipped: {source / 'photo.png'}: .png files are not supported. It is a picture" in added.err
    assert qa("add", str(source), *index).out == "2 unchanged, 1 skipped, 1 failed (0 passages embedded)\n"

    listed = qa("list", *index)
    assert (listed.status, listed.err) == (0, "")
    assert listed.out.splitlines()[0] == f"2025-03-01  one  Walnuts  (Post)  {source / 'one.json'}"
    assert len(listed.out.splitlines()) == 2
    as_json = qa("list", "--json", *index).jsonl
    assert [summary["title"] for summary in as_json] == ["Walnuts", "Two"]
    assert as_json[0]["characters"] == 15

    heading, about, where, text = qa("show", "one", *index).out.split("\n", 3)
    assert (heading, about, text) == ("Walnuts", "Post · 2025-03-01", "\n Walnuts fell. \n")
    assert where.startswith(f"{source / 'one.json'}, modified ")
    shown = qa("show", "one", "--json", *index).json
    assert (shown["id"], shown["text"], shown["author"]) == ("one", " Walnuts fell. ", None)

    info = qa("info", "--json", *index).json
    assert (info["location"], info["articles"], info["passages"]) == (index[1], 2, 2)
    assert (info["schema"], info["model"]) == (1, "all-MiniLM-L6-v2")
    assert "articles        2" in qa("info", *index).out.splitlines()

    removed = qa("remove", "one", *index)
    assert (removed.status, removed.out) == (0, "removed one: Walnuts\n")
    assert len(qa("list", *index).out.splitlines()) == 1


def test_with_workers_the_command_says_and_stores_the_same(qa: Command, tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "one.html").write_text("<title>Walnuts</title><p>Walnuts fell all night.</p>")
    (tmp_path / "articles" / "two.txt").write_text("")
    ends, hashes = [], []
    for number in range(2):
        index = ("--index", str(tmp_path / f"index{number}"))
        ends.append(qa("add", str(tmp_path / "articles"), "--workers", str(number), *index))
        hashes.append([summary["content_hash"] for summary in qa("list", "--json", *index).jsonl])
    assert ends[0].out == "1 added, 1 failed (1 passages embedded)\n"
    assert ends[0] == ends[1]
    assert hashes[0] == hashes[1]


def test_a_cluster_has_to_be_told_of_a_server_and_workers_are_a_whole_number(qa: Command, tmp_path: Path) -> None:
    done = qa("add", str(tmp_path), "--ray", "auto", "--index", str(tmp_path / "index"))
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith(f"qa: The index at {tmp_path / 'index'} is a folder, which is on one machine. Start a ")
    wrong = qa("add", str(tmp_path), "--workers", "-1")
    assert wrong.status == 2
    assert "argument --workers: '-1' is not a whole number above 0" in wrong.err


def test_when_nothing_could_be_added_the_status_is_1(qa: Command, tmp_path: Path) -> None:
    index = ("--index", str(tmp_path / "index"))
    done = qa("add", str(tmp_path / "nowhere.txt"), *index)
    assert (done.status, done.out) == (1, "1 failed (0 passages embedded)\n")
    assert f"failed: {tmp_path / 'nowhere.txt'}: No such file or folder. Check the name" in done.err
    empty = qa("list", *index)
    assert (empty.status, empty.out, empty.err) == (0, "", "No articles yet. Add some: qa add ARTICLES\n")
    assert qa("list", "--json", *index).out == ""
    asked = qa("ask", LEAKS, "--json", *index)
    assert (asked.status, asked.json["abstained"], asked.json["passages"]) == (0, True, [])


@pytest.mark.parametrize(
    "command",
    [
        ["show", "gone"], ["remove", "gone"], ["remove", "lighthouse", "gone"],
        ["ask", LEAKS, "--article", "lighthouse", "--article", "gone"], ["search", LEAKS, "--article", "gone"],
    ],
)  # fmt: skip
def test_an_unknown_id_is_an_error_in_one_line(ask: Command, real_articles: ArticleIndex, command: list[str]) -> None:
    assert_one_line_error(ask(*command), "No article 'gone' in", "See the ids with: qa --index")
    assert real_articles.find("lighthouse") is not None


@pytest.mark.parametrize("command", [["show"], ["remove"], ["ask", LEAKS, "--article"], ["search", LEAKS, "--source"]])
def test_an_id_or_source_that_is_no_text_is_an_error_in_one_line(ask: Command, command: list[str]) -> None:
    assert_one_line_error(ask(*command, "\udcff"))  # what Python makes of a byte that is not UTF-8


def test_versions_of_a_story_are_listed_together_and_say_so_in_json(qa: Command, tmp_path: Path) -> None:
    index = ("--index", str(tmp_path / "index"))
    text = "The ferry was sold. A vet paid four million for it. It sails again in the spring. Nobody on it was hurt."
    records = [
        {"id": "new", "title": "Ferry sold", "text": f"(Agency) {text} Its crew stays.", "published": "2025-03-03"},
        {"id": "rain", "title": "Rain", "text": "It rained for three days.", "published": "2025-03-02"},
        {"id": "old", "title": "A ferry goes", "text": text, "published": "2025-03-01"},
    ]
    (tmp_path / "news.jsonl").write_text("".join(f"{json.dumps(record)}\n" for record in records))
    added = qa("add", str(tmp_path / "news.jsonl"), *index)
    assert added.out.splitlines()[1:] == ["1 is a version of an article already there: qa list shows them together"]
    lines = qa("list", *index).out.splitlines()
    assert [line.split("  ")[:2] for line in lines] == [["2025-03-03", "new"], ["", ""], ["2025-03-02", "rain"]]
    assert lines[1].split()[:4] == ["also", "in", "2025-03-01", "old"]
    other = {"article_id": "old", "title": "A ferry goes", "published": "2025-03-01"}
    listed = {each["id"]: each.get("also_in") for each in qa("list", "--json", *index).jsonl}
    assert (listed["new"], listed["rain"]) == ([other], None)


@pytest.mark.parametrize("command", [["list"], ["show", "a"], ["remove", "a"], ["ask", "x"], ["search", "x"], ["info"]])
def test_without_an_index_a_command_says_how_to_make_one_and_makes_none(
    qa: Command, tmp_path: Path, command: list[str]
) -> None:
    place = tmp_path / "none"
    done = qa(*command, "--index", str(place))
    assert_one_line_error(done, f"No index at {place}. Add articles first: qa --index {place} add ARTICLES")
    assert not place.exists()


def test_a_folder_that_is_no_index_is_an_error_in_one_line(qa: Command, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("x")
    assert_one_line_error(qa("--index", str(tmp_path), "add", str(tmp_path / "letter.txt")), "is not an index")


def test_the_index_is_named_by_the_flag_before_or_after_else_the_environment_else_the_users_data(
    qa: Command, real_articles: ArticleIndex, monkeypatch: pytest.MonkeyPatch, user_folders: Path, tmp_path: Path
) -> None:
    location = real_articles.location
    assert_one_line_error(qa("info"), f"No index at {user_folders / 'data' / 'article-qa' / 'index'}")
    assert qa("--index", location, "info", "--json").json["location"] == location
    assert qa("info", "--json", "--index", location).json["location"] == location
    monkeypatch.setenv("ARTICLE_QA_INDEX", location)
    assert qa("info", "--json").json["location"] == location
    assert_one_line_error(qa("--index", str(tmp_path / "other"), "info"), f"No index at {tmp_path / 'other'}")


def test_a_model_that_is_not_there_is_an_error_in_one_line(qa: Command, tmp_path: Path) -> None:
    done = qa("--model", str(tmp_path / "none"), "--index", str(tmp_path / "index"), "add", str(tmp_path))
    assert_one_line_error(done, f"The embedding model {tmp_path / 'none'} is not on this machine")


# Questions


def test_an_answer_for_people_has_the_answer_its_quote_and_its_place(ask: Command, real_articles: ArticleIndex) -> None:
    done = ask("ask", LEAKS)
    assert (done.status, done.err) == (0, "")
    article = real_articles.get("robot")
    assert "it found 23 of them below the old town." in done.out
    assert article.title in done.out
    assert re.search(r", characters \d+-\d+\n", done.out)
    assert "Confidence 0." in done.out


def test_an_abstention_is_an_answer_with_status_0(ask: Command) -> None:
    done = ask("ask", UNRELATED)
    assert (done.status, done.err) == (0, "")
    first, reason, empty, heading, *_ = done.out.splitlines()
    assert (first, empty, heading) == ("The articles do not say.", "", "Not certain:")
    told = ask("ask", UNRELATED, "--json").json
    assert reason == told["reason"]
    for near in told["nearest"]:  # they say the same
        assert f"“{' '.join(near['quote'].split())}”\n  — {near['title']}, " in done.out


def test_small_talk_gets_a_friendly_line(ask: Command) -> None:
    done = ask("ask", "Thanks!")
    assert done.status == 0
    assert re.fullmatch(r"You are welcome\.\n\n\(\d+ ms\)\n", done.out)
    values = ask("ask", "Thanks!", "--json").json
    assert (values["abstained"], values["answer"], values["reply"]) == (True, "", "You are welcome.")
    assert not values.keys() & {"nearest", "reason"}


def test_the_json_of_an_answer_is_one_line_of_the_schema(ask: Command, real_articles: ArticleIndex) -> None:
    done = ask("ask", LEAKS, "--json")
    values = done.json
    assert (done.status, done.err) == (0, "")
    assert list(values) == ANSWER_KEYS
    assert (values["schema"], values["id"], values["question"]) == (1, None, LEAKS)
    assert (values["mode"], values["abstained"]) == ("extractive", False)
    for citation in values["citations"]:
        assert list(citation) == CITATION_KEYS
        assert real_articles.get(citation["article_id"]).text[citation["start"] : citation["end"]] == citation["quote"]
    assert "23 of them" in values["citations"][0]["quote"]
    assert all(list(passage) == PASSAGE_KEYS for passage in values["passages"])
    assert list(values["timings_ms"]) == ["retrieve", "read", "total"]


def test_the_json_of_an_abstention_has_the_same_keys_and_what_came_nearest(
    ask: Command, real_articles: ArticleIndex
) -> None:
    values = ask("ask", UNRELATED, "--json").json
    assert [key for key in values if key not in {"reason", "nearest"}] == ANSWER_KEYS
    assert values["reason"].endswith(".")
    assert 0 < len(values["nearest"]) <= 3
    for near in values["nearest"]:
        assert list(near) == CITATION_KEYS
        text = real_articles.get(near["article_id"]).text
        assert text[near["start"] : near["end"]] == near["quote"]
        assert near["start"] <= near["answer_start"] < near["answer_end"] <= near["end"]
    assert (values["answer"], values["abstained"], values["citations"]) == ("", True, [])


def test_a_history_in_a_batch_makes_a_follow_up_stand_alone(batch: Command) -> None:
    history = [["How many leaks did the robot find?", "23"]]
    done = batch("ask", json.dumps({"id": 1, "question": "Who built it?", "history": history}))
    [values] = [json.loads(line) for line in done.out.splitlines()]
    assert values["standalone_question"] != values["question"]
    assert list(values["timings_ms"]) == ["standalone", "retrieve", "read", "total"]


def test_a_language_model_writes_the_answer_and_what_it_made_up_is_named(ask: Command) -> None:
    with ScriptedServer(Says("The robot found 23 leaks [1]. It was built by Otto Brandt [1].")) as server:
        done = ask("ask", LEAKS, "--llm", "tiny", "--llm-url", server.url)
    assert done.status == 0
    assert done.out.startswith(
        "The robot found 23 leaks [1]. It was built by Otto Brandt [2].\n1 of 2 sentences are not"
    )
    assert "Not supported: It was built by Otto Brandt [2]. (what it cites does not have the name “Otto”)" in done.out
    assert "\n  [2] “" in done.out


def test_a_language_model_that_is_away_leaves_the_articles_own_words(ask: Command) -> None:
    done = ask("ask", LEAKS, "--llm", "tiny", "--llm-url", "http://127.0.0.1:9/v1", "--llm-timeout", "2", "--json")
    assert done.status == 0
    assert done.json["mode"] == "extractive"
    assert "cannot be reached" in done.json["note"]
    assert done.json["citations"]


def test_a_language_model_whose_settings_cannot_be_is_an_error_in_one_line(ask: Command) -> None:
    assert_one_line_error(ask("ask", LEAKS, "--llm-url", "gopher://x"), "http://")


def test_an_explanation_shows_each_passage_with_rank_and_score_in_every_order(ask: Command) -> None:
    plain, explained = ask("ask", LEAKS), ask("ask", LEAKS, "--explain")
    assert explained.status == 0
    table = explained.out.split("\n\n")[-1].splitlines()
    assert table[0].split()[:3] == ["dense", "lexical", "fused"]
    assert table[0].split()[-1] == "passage"
    assert len(table) - 1 == len(ask("ask", LEAKS, "--json").json["passages"])
    assert "Robot finds leaks in old water pipes [0-" in table[1]
    assert len(explained.out.splitlines()) > len(plain.out.splitlines())
    assert ask("ask", LEAKS, "--explain", "--from", "2040").out.endswith("No passage was found.\n")


def test_a_search_gives_passages_best_first(ask: Command) -> None:
    done = ask("search", "swimming pool echo", "--top-k", "2")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("1. Orchestra plays in an empty swimming pool, characters 0-")
    assert "\n2. " in done.out
    assert "\n3. " not in done.out
    values = ask("search", "swimming pool echo", "--json").json
    assert list(values) == ["schema", "id", "question", "passages", "timings_ms"]
    assert 2 < len(values["passages"]) <= 10
    assert all(list(passage) == PASSAGE_KEYS for passage in values["passages"])
    scores = [passage["score"] for passage in values["passages"]]
    assert scores == sorted(scores, reverse=True)


def test_a_misspelt_name_is_searched_for_as_the_articles_spell_it(ask: Command) -> None:
    done = ask("search", "Lindkvist", "--top-k", "1")
    assert done.out.startswith("Showing results for Lindqvist.\n1. Skerry Light changes hands after 140 years")
    assert ask("search", "Lindkvist", "--json").json["corrections"] == {"Lindkvist": "Lindqvist"}
    assert ask("ask", "How much did Lindkvist pay?").out.startswith("Showing results for Lindqvist. As typed: ")
    assert not ask("search", '"Lindkvist"').out.startswith("Showing")


def test_filters_narrow_questions_and_searches(ask: Command) -> None:
    def articles(*flags: str) -> set[str]:
        return {passage["article_id"] for passage in ask("search", "the", "--json", *flags).json["passages"]}

    assert articles("--article", "bees", "--article", "robot") == {"bees", "robot"}
    assert articles("--source", "Farm Weekly") == {"bees"}
    assert articles("--from", "2023-06", "--to", "2023-12-31") == {"bees"}
    assert ask("ask", LEAKS, "--json", "--article", "bees").json["abstained"]
    assert_one_line_error(ask("ask", LEAKS, "--from", "soon"), "'soon' is not a date. Write it like 2025-03-13.")


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_source_or_language_that_no_article_has_is_an_error_in_one_line(ask: Command, command: str) -> None:
    there = "No article has the source Nobody. There are Coast Post, Farm Weekly."
    assert_one_line_error(ask(command, LEAKS, "--source", "Nobody"), there)
    known = ask(command, LEAKS, "--source", "Nobody", "--source", "Farm Weekly")
    assert_one_line_error(known, there)
    assert_one_line_error(ask(command, LEAKS, "--language", "nl"), "No article has the language nl. There are en.")


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("", "The question is empty."),
        ("  ", "The question is empty."),
        ("a" * 100_000, "The question has 100,000 characters; the limit is 2,000."),
        ("\udcff", "half of a surrogate pair"),
    ],
)
@pytest.mark.parametrize("command", ["ask", "search"])
def test_what_is_no_question_is_an_error_in_one_line(ask: Command, command: str, question: str, message: str) -> None:
    assert_one_line_error(ask(command, question), message)


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["dance"], ["ask"], ["search"], ["add"], ["show"], ["remove"], ["ask", "a", "b"],
        ["ask", "a", "--batch", "f"], ["search", "a", "--top-k", "0"], ["search", "a", "--top-k", "-1"],
        ["search", "a", "--top-k", "many"], ["ask", "a", "--nonsense"], ["--index"], ["chat", "--port", "x"],
        ["eval"], ["eval", "a", "b"], ["eval", "a", "--threshold", "2"], ["eval", "a", "--threshold", "nan"],
        ["eval", "a", "--threshold", "high"], ["eval", "a", "--misses", "-1"],
    ],
)  # fmt: skip
def test_wrong_usage_has_status_2_and_nothing_on_stdout(ask: Command, arguments: list[str]) -> None:
    done = ask(*arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err


# Batches


@pytest.mark.parametrize("count", [6, pytest.param(20, marks=pytest.mark.soak)])
def test_a_batch_answers_each_line_in_order_with_its_id(batch: Command, count: int) -> None:
    lines = [json.dumps({"id": f"q{at}", "question": [LEAKS, UNRELATED][at % 2]}) for at in range(count)]
    done = batch("ask", *lines)
    assert done.status == 0
    assert [values["id"] for values in done.jsonl] == [f"q{at}" for at in range(count)]
    assert [values["abstained"] for values in done.jsonl] == [False, True] * (count // 2)
    assert all([key for key in values if key not in {"reason", "nearest"}] == ANSWER_KEYS for values in done.jsonl)


def test_bad_lines_give_an_error_in_their_place(batch: Command) -> None:
    good = json.dumps({"id": 7, "question": LEAKS, "history": [["Who?", "Nobody."]], "unknown": 1})
    lines: list[tuple[str | bytes, Any, str]] = [
        ("{", None, "not valid JSON: "),
        ("[1]", None, "a line is an object like "),
        ('{"id": "no question"}', "no question", "a line is an object like "),
        ('{"id": "e", "question": ""}', "e", "The question is empty."),
        ('{"id": "n", "question": null}', "n", "A question is a text, not NoneType."),
        (json.dumps({"id": "long", "question": "a" * 3000}), "long", "The question has 3,000 characters"),
        (json.dumps({"id": "s", "question": "\ud800"}), "s", "half of a surrogate pair"),
        (json.dumps({"id": "h", "question": LEAKS, "history": 5}), "h", "The question's history cannot be read"),
        (b'\xff\xfe {"question": "x"}', None, "not valid JSON: "),
        ("[" * 100_000, None, "not valid JSON: "),
    ]
    mixed = [part for line, _, _ in lines for part in (line, good)]
    done = batch("ask", "", *mixed, "   ")
    assert done.status == 0
    results = done.jsonl
    assert len(results) == len(mixed)
    for result, (_, question_id, message) in zip(results[::2], lines, strict=True):
        assert list(result) == ["id", "error"]
        assert result["id"] == question_id
        assert result["error"].startswith(message) or message in result["error"]
    for result in results[1::2]:
        assert (result["id"], result["abstained"]) == (7, False)
    assert [result["error"].split(":")[0] for result in results[:6:2]] == ["line 2", "line 4", "line 6"]


def test_an_id_that_cannot_be_written_is_answered_all_the_same(batch: Command) -> None:
    done = batch("ask", json.dumps({"id": "\ud800", "question": LEAKS}), json.dumps({"id": "next", "question": LEAKS}))
    assert done.status == 0
    assert len(done.jsonl) == 2
    assert done.jsonl[1]["id"] == "next"


def test_a_batch_of_searches_gives_passages_or_errors(batch: Command) -> None:
    done = batch("search", '{"id": 1, "question": "swimming pool"}', '{"id": 2, "question": " "}', "?")
    first, second, third = done.jsonl
    assert (first["id"], first["passages"][0]["article_id"]) == (1, "orchestra")
    assert second["id"] == 2
    assert second["error"].startswith("The question is empty.")
    assert third["id"] is None
    assert third["error"].startswith("line 3: not valid JSON")


def test_an_empty_batch_prints_nothing(batch: Command) -> None:
    done = batch("ask")
    assert (done.status, done.out) == (0, "")


def test_a_batch_reads_stdin_and_a_byte_order_mark(
    ask: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = json.dumps({"id": "a", "question": LEAKS})
    (tmp_path / "bom.jsonl").write_text("\ufeff" + line, encoding="utf-8")
    assert ask("ask", "--batch", str(tmp_path / "bom.jsonl")).json["id"] == "a"
    monkeypatch.setattr("sys.stdin", io.StringIO(line))
    assert ask("ask", "--batch", "-").json["id"] == "a"


def test_a_batch_file_that_is_not_there_is_an_error_in_one_line(ask: Command, tmp_path: Path) -> None:
    assert_one_line_error(ask("ask", "--batch", str(tmp_path / "none")), "Cannot read", "No such file")
    assert_one_line_error(ask("ask", "--batch", str(tmp_path)), "Cannot read", "Is a directory")


# Evaluations

GOLD = (
    {"id": "leaks", "question": LEAKS, "answer": "23", "aliases": ["twenty-three"], "kind": "how many"},
    {"question": "Who bought the lighthouse on Skerry Point?", "answer": "Oskar Lindqvist"},
    {"question": UNRELATED, "answer": ""},
)


@pytest.fixture
def evaluated(ask: Command, tmp_path: Path) -> Command:
    """Evaluate lines of a file; objects are written as JSON."""

    def run(lines: Sequence[str | dict[str, Any]], *flags: str) -> Done:
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        (tmp_path / "gold.jsonl").write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
        return ask("eval", str(tmp_path / "gold.jsonl"), *flags)

    return run


def test_an_evaluation_says_how_good_the_answers_are_and_shows_what_is_missed(evaluated: Command) -> None:
    done = evaluated(GOLD, "--threshold", "0.1")
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "3 questions: 2 with an answer, 1 without"
    assert lines[2] == "At a threshold of 0.1, of those with an answer:"
    assert "  answered          100.0 %  coverage: 2 of 2" in lines
    assert re.search(r"\n  found             ( 50|100)\.0 %  an expected answer stands in a quote\n", done.out)
    assert "  false answers       0.0 %  0 of 1 answered all the same" in lines
    assert "    > 0.1" in done.out
    all_withheld = evaluated(GOLD, "--threshold", "1", "--misses", "1").out
    assert re.search(r"\nWorst misses, 1 of 2:\n\n1\. withheld.*, confidence 0\.\d{3} \(line [12]", all_withheld)
    assert "\n2. " not in all_withheld
    assert "misses" not in evaluated(GOLD, "--misses", "0").out


def test_the_json_of_an_evaluation_is_one_line_with_all_misses(evaluated: Command, real_articles: ArticleIndex) -> None:
    done = evaluated(GOLD, "--json", "--threshold", "1", "--misses", "1")
    values = done.json
    assert (done.status, done.err) == (0, "")
    assert list(values) == [
        "schema", "answerable", "unanswerable", "threshold", "answered", "false_answers", "coverage", "accuracy", "f1",
        "found", "precision", "false_answer_rate", "calibration_error", "mean_ms", "thresholds", "misses", "skipped",
    ]  # fmt: skip
    assert (values["answerable"], values["unanswerable"], values["coverage"], values["precision"]) == (2, 1, 0, None)
    assert {(miss["kind"], miss["line"], miss["id"]) for miss in values["misses"]} == {
        ("withheld", 1, "leaks"),
        ("withheld", 2, None),
    }
    for miss in values["misses"]:
        assert list(miss["citations"][0]) == ["article_id", "title", "quote"]
        assert miss["citations"][0]["quote"] in real_articles.get(miss["citations"][0]["article_id"]).text


def test_an_evaluation_decides_at_the_threshold_of_ask_unless_told_otherwise(evaluated: Command, ask: Command) -> None:
    values = evaluated(GOLD, "--json").json
    asked = [ask("ask", str(line["question"]), "--json").json for line in GOLD]
    assert values["threshold"] == AnswerSettings().threshold
    assert values["answered"] == sum(not answer["abstained"] for answer in asked[:2])
    assert values["false_answers"] == sum(not answer["abstained"] for answer in asked[2:])


def test_bad_lines_of_an_evaluation_are_named_and_counted_and_the_rest_goes_on(
    evaluated: Command, tmp_path: Path
) -> None:
    done = evaluated(["{", "", GOLD[0], {"question": LEAKS}, {"question": " ", "answer": "x"}, GOLD[2]])
    assert done.status == 0
    assert done.out.startswith("2 questions: 1 with an answer, 1 without; 3 lines skipped\n")
    start = f"skipped: {tmp_path / 'gold.jsonl'}, line "
    first, second, third = done.err.splitlines()
    assert first.startswith(f"{start}1: not valid JSON: ")
    assert second.startswith(f"{start}4: a line is an object like ")
    assert third.startswith(f"{start}5: The question is empty.")


def test_an_evaluation_of_nothing_is_an_error(evaluated: Command, ask: Command, tmp_path: Path) -> None:
    assert_one_line_error(evaluated([]), "gold.jsonl holds no question. Write one")
    assert_one_line_error(evaluated(["", "  "]), "gold.jsonl holds no question.")
    assert_one_line_error(ask("eval", str(tmp_path / "none")), "Cannot read", "No such file")
    assert_one_line_error(ask("eval", str(tmp_path)), "Cannot read", "Is a directory")
    all_bad = evaluated(["{", {"question": " ", "answer": ""}])
    assert (all_bad.status, all_bad.out, len(all_bad.err.splitlines())) == (1, "", 3)
    assert "No line of" in all_bad.err.splitlines()[2]


def test_an_evaluation_without_an_index_says_how_to_make_one(qa: Command, tmp_path: Path) -> None:
    (tmp_path / "gold.jsonl").write_text(json.dumps(GOLD[0]))
    place = tmp_path / "none"
    done = qa("--index", str(place), "eval", str(tmp_path / "gold.jsonl"))
    assert_one_line_error(done, f"No index at {place}. Add articles first")


def test_an_evaluation_reads_stdin(ask: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(GOLD[0])))
    assert ask("eval", "-", "--json").json["answerable"] == 1


def test_every_line_of_the_sample_questions_can_be_evaluated() -> None:
    paths = list((ROOT / "examples").glob("*questions.jsonl"))
    assert ROOT / "examples" / "questions.jsonl" in paths
    for path in paths:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert not [line for line in read_questions(lines) if isinstance(line, BadLine)]


# Real processes


def test_what_is_piped_in_is_added_by_its_kind(qa: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def piped(text: str) -> Done:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        return qa("add", "-", "--index", str(tmp_path / "index"))

    item = "<item><title>One</title><description>Words.</description></item>"
    feed = f"<rss version='2.0'><channel>{item}</channel></rss>"
    assert piped(feed).out == "1 added (1 passages embedded)\n"
    assert piped(feed).out == "1 unchanged (0 passages embedded)\n"
    nothing = piped("")
    assert (nothing.status, nothing.err.splitlines()[-1]) == (1, "failed: standard input: empty file")


def test_a_process_answers_from_what_another_one_added(tmp_path: Path, stories: tuple[Article, ...]) -> None:
    (tmp_path / "story.json").write_text(json.dumps({"id": "s", "title": stories[3].title, "text": stories[3].text}))
    index = str(tmp_path / "index")
    added = process("add", str(tmp_path / "story.json"), ARTICLE_QA_INDEX=index)
    assert (added.status, added.out) == (0, "1 added (1 passages embedded)\n")
    line = json.dumps({"id": "a", "question": LEAKS})
    asked = process("ask", "--batch", "-", stdin=f"{line}\n{{\n{line}\n", ARTICLE_QA_INDEX=index)
    assert (asked.status, asked.err) == (0, "")
    assert [values["id"] for values in asked.jsonl] == ["a", None, "a"]
    assert asked.jsonl[0]["answer"] == "23"
    assert "23 of them" in asked.jsonl[0]["citations"][0]["quote"]


def test_progress_is_shown_on_a_terminal_and_on_stderr_only(batch: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, stderr = os.openpty()
    termios.tcsetwinsize(stderr, (24, 100))
    with os.fdopen(stderr, "w") as shown_on, monkeypatch.context() as patch:
        patch.setattr("sys.stderr", shown_on)
        done = batch("search", json.dumps({"id": "a", "question": LEAKS}))
        shown_on.flush()
        shown = ""  # a terminal gives what was written in pieces
        while "1question" not in shown.replace(" ", "") and select.select([terminal], [], [], 5)[0]:
            shown += os.read(terminal, 100_000).decode()
    os.close(terminal)
    assert "1question" in shown.replace(" ", "")
    assert (done.status, done.json["id"]) == (0, "a")


@pytest.mark.parametrize("command", [["list"], pytest.param(["ask", "who?"], marks=pytest.mark.soak)])
def test_an_error_in_a_process_is_one_line_without_a_traceback(tmp_path: Path, command: list[str]) -> None:
    done = process("--index", str(tmp_path / "none"), *command)
    assert_one_line_error(done, "No index at")


def test_whoever_stops_reading_the_output_is_no_error(real_articles: ArticleIndex) -> None:
    command = [sys.executable, "-m", "qa", "--index", real_articles.location, "list", "--json"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False, cwd=ROOT)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "--help"], ["eval", "--help"], ["nonsense"]])
def test_help_and_wrong_usage_load_nothing_heavy(arguments: list[str]) -> None:
    code = f"""
import runpy, sys
sys.argv = ["qa", *{arguments!r}]
try:
    runpy.run_module("qa", run_name="__main__")
except SystemExit as exc:
    print("\\n", exc.code, sorted(set({HEAVY!r}) & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == f" {2 if arguments == ['nonsense'] else 0} []"
    assert ("usage: qa" in done.stdout) or ("usage: qa" in done.stderr)


@pytest.mark.parametrize("command", ["search", "ask"])
def test_a_question_is_answered_without_langchain_and_as_by_the_chain(
    command: str, real_articles: ArticleIndex
) -> None:
    """LangChain and what it brings take half a second to import."""
    code = f"""
import contextlib, io, re, sys
from qa.__main__ import main
def run():
    with contextlib.redirect_stdout(io.StringIO()) as out:
        main(["--index", {real_articles.location!r}, {command!r}, "Which orchestra plays in the old cinema?"])
    return re.sub("[0-9]+ ms", "", out.getvalue())
directly = run()
print(sorted({{"langchain_core", "langsmith", "requests"}} & set(sys.modules)))
import langchain_core
print(len(directly) > 50, directly == run(), "langchain_core.runnables" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    by_the_chain = command == "ask"
    assert done.stdout.splitlines() == ["[]", f"True True {by_the_chain}"], done.stderr


def test_help_names_every_command(qa: Command) -> None:
    done = qa("--help")
    assert done.status == 0
    for command in ("add", "list", "show", "remove", "ask", "search", "eval", "chat", "info", "ARTICLE_QA_INDEX"):
        assert command in done.out
