"""Plain text and Markdown: encodings, front matter, titles, sections."""

import random
import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index.article import Article, Mark
from index.formats import SourceFailure, read_source
from index.formats.charset import decode
from tests.index.formats.reading import read


def test_front_matter_becomes_metadata_and_leaves_the_text(tmp_path: Path) -> None:
    article = read(
        tmp_path / "a.md",
        "---\ntitle: 'One: two'\nsource: Daily\nauthor: [Ann Lee, Bo Ek]\npublished: 2025-03-11\n"
        "url: https://example.com/a\nlanguage: en-GB\ntags: [x]\n---\n\nFirst line.\n\nSecond.\n",
    )
    assert article.text == "First line.\n\nSecond."
    assert (article.title, article.source, article.author) == ("One: two", "Daily", "Ann Lee, Bo Ek")
    assert (article.published, article.url, article.language) == ("2025-03-11", "https://example.com/a", "en")


def test_front_matter_in_toml_is_read_too(tmp_path: Path) -> None:
    said = '+++\ntitle = "Lamp: lit"\ndate = 2025-03-04T10:15:00Z\nauthor = ["Ida Storm", "Bo Lund"]\n+++\nThe lamp.\n'
    article = read(tmp_path / "a.md", said)
    assert (article.title, article.author, article.text) == ("Lamp: lit", "Ida Storm, Bo Lund", "The lamp.")
    assert (article.published or "")[:10] == "2025-03-04"
    for no_toml in ("+++\ntitle = \n+++\nThe lamp.", "+++\nGreen\n+++\nThe lamp.", "+++\nx = 1\n+++\nThe lamp."):
        assert read(tmp_path / "b.md", no_toml).text == no_toml


def test_front_matter_values_are_taken_as_they_are_written(tmp_path: Path) -> None:
    article = read(
        tmp_path / "a.txt", "---\ntitle: No\nauthor: 007\ndate: 2025-03-12 10:00:00 +01:00\nsource:\n---\nText"
    )
    assert (article.title, article.author, article.published) == ("No", "007", "2025-03-12T10:00:00+01:00")
    assert article.source is None


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: [broken\n---\nText",
        "---\ntitle: never closed\nText",
        "---\ntags: nothing known\n---\nText",
        "---\n- a\n- list\n---\nText",
        "---\nA rule, then prose.\n---\nText",
        "---\n" + "{a: " * 2000 + "\n---\nText",
    ],
)
def test_what_is_no_front_matter_stays_in_the_text(tmp_path: Path, text: str) -> None:
    assert read(tmp_path / "a.md", text).text == text


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("title: Port Elm: a history", "Port Elm: a history"),
        ("title: [Update] The port reopens", "[Update] The port reopens"),
        ('title: "No" said the mayor', '"No" said the mayor'),
        ("title: @harbour speaks", "@harbour speaks"),
        ("title: `make` for all", "`make` for all"),
        ("title: *The Elm* sails", "*The Elm* sails"),
        ("title: & Sons close", "& Sons close"),
        ("title: 50 % more: who pays", "50 % more: who pays"),
        ("title: Gate: #5 opened", "Gate: #5 opened"),
        ("title: Time: 10:30", "Time: 10:30"),
        ("summary: a: b\ntitle: Plain", "Plain"),
        ("title: Plain\ntags:\n  - a\n\t- b: c: d\n", "Plain"),
        ("title: >-\n  Folded\n  words\nsummary: a: b", "Folded words"),
        ("# comment\nsummary: a: b\n\ntitle: 'Quoted: it is'", "Quoted: it is"),
    ],
)
def test_front_matter_that_is_no_yaml_is_read_line_by_line_and_said_so(tmp_path: Path, line: str, title: str) -> None:
    path = tmp_path / "a.md"
    path.write_text(f"---\nauthor:\n- Ann Lee\n- Bo Ek\n{line}\npublished: 2025-03-11\n---\n\nThe text.\n")
    failure, article = read_source(path)
    assert isinstance(failure, SourceFailure)
    assert failure.source == f"{path}, front matter"
    assert re.fullmatch(r"no valid YAML at its line \d+; it was read line by line\. Put a value .*", failure.reason)
    assert isinstance(article, Article)
    assert (article.title, article.author, article.published) == (title, "Ann Lee, Bo Ek", "2025-03-11")
    assert article.text == "The text."


def test_headings_are_sections_at_exact_offsets_and_the_first_is_the_title(tmp_path: Path) -> None:
    article = read(
        tmp_path / "a.md",
        "\n\nIntro\n\n# The *title* #\n\nText\r\n\r\n## Part two\n```\n# no heading\n```\n#hashtag\n### \n",
    )
    assert article.title == "The title"
    assert article.text.startswith("Intro\n\n# The title #\n\nText\n\n## Part two\n")
    assert article.marks == (Mark(7, "section", "The title"), Mark(28, "section", "Part two"))
    assert [article.text[mark.offset :].split("\n")[0] for mark in article.marks] == ["# The title #", "## Part two"]


def test_a_file_name_made_readable_is_the_last_title(tmp_path: Path) -> None:
    assert read(tmp_path / "a_village--writes.v2.txt", "## only a part\n\ntext").title == "A village writes.v2"


def test_line_ends_become_newlines_and_controls_go(tmp_path: Path) -> None:
    article = read(tmp_path / "a.txt", b"one\r\ntwo\rthree\x00\x07\n\tfour\x0cfive" + b" text" * 50)
    assert article.text.startswith("one\ntwo\nthree\n\tfour\nfive text")


def test_accents_stay_as_they_are_written(tmp_path: Path) -> None:
    assert read(tmp_path / "a.txt", "Cafe\u0301 caf\u00e9 \u00b2 \u2026").text == "Cafe\u0301 caf\u00e9 \u00b2 \u2026"


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("har\u00adbour mas\u00adter", "harbour master"),
        (
            "Oka\u200bfor, Oka\u200cfor, Oka\u2060for, Oka\u200efor, Oka\ufefffor",
            "Okafor, Okafor, Okafor, Okafor, Okafor",
        ),
        ("o\ufb03ce, \ufb01re, \ufb02ood, sta\ufb00", "office, fire, flood, staff"),
        ("312\u00a0000\u202fcrowns\u2009net\u3000sum", "312 000 crowns net sum"),
        ("\uff30\uff4f\uff52\uff54 \uff11\uff12\uff1a\uff13\uff10", "Port 12:30"),
        ("one\x1ftwo\x03three four", "one two three four"),
        (
            "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \U0001f468\u200d\U0001f469",
            None,
        ),  # joiners with a meaning
        ("\u4eca\u5929\uff0c\u6e2f\u53e3\u5f00\u653e\uff01\uff08\u65b0\uff09", None),  # Chinese punctuation
    ],
)
@pytest.mark.parametrize("suffix", [".txt", ".md"])
def test_words_are_stored_as_they_are_seen(tmp_path: Path, suffix: str, written: str, seen: str | None) -> None:
    assert read(tmp_path / f"a{suffix}", written).text == (seen or written)


BELOW = "The quay of Port Elm will be made nine metres wider this summer, the harbour master told the council."


@pytest.mark.parametrize(
    "line",
    ["Port Elm widens its quay", "Port Elm: a quay grows", "Who pays for the quay?", "“A quay for all”, says mayor",
     "3 boats lost off Port Elm", "Hello Sunshine takes the stage in Port Elm", "What the quay cost in 1987"],
)  # fmt: skip
@pytest.mark.parametrize("below", [BELOW, BELOW.replace("summer, ", "summer,\n"), f"A quay in two parts\n\n{BELOW}"])
def test_a_first_line_that_stands_apart_from_sentences_is_the_title_and_stays(
    tmp_path: Path, line: str, below: str
) -> None:
    article = read(tmp_path / "t.txt", f"{line}\n\n{below}")
    assert (article.title, article.text) == (line, f"{line}\n\n{below}")


def test_a_headline_without_spaces_is_a_title_where_a_script_has_none(tmp_path: Path) -> None:
    text = "新桥昨天开通\n\n市长李明昨天说，这座新桥花费三百万元，比原来的计划多一半。"
    assert read(tmp_path / "t.txt", text).title == "新桥昨天开通"


@pytest.mark.parametrize(
    "line",
    ["Dear Ms Storm", "Hello everyone", "Liebe Freundinnen und Freunde", "Good morning Ida", "Happy birthday to you!",
     "3 May 2025", "Port Elm, 3 May 2025", "- Buy a rope", "1. Buy a rope", "a) Buy a rope", "* Buy a rope",
     "The quay was closed.", "The quay was closed,", "and the quay was closed", "Boat | Skipper", "Quay",
     "The harbour master told the council that nobody had ever asked him what the quay would cost"],
)  # fmt: skip
def test_a_first_line_that_is_no_headline_is_no_title(tmp_path: Path, line: str) -> None:
    article = read(tmp_path / "t.txt", f"{line}\n\n{BELOW} {BELOW}")
    assert (article.title, article.text) == ("T", f"{line}\n\n{BELOW} {BELOW}")


@pytest.mark.parametrize("below", ["Rope\n\nTar", "A short one.", f"and\n{BELOW}", ""])
def test_a_first_line_without_longer_sentences_below_it_is_no_title(tmp_path: Path, below: str) -> None:
    text = f"Port Elm widens its quay\n{below}" if below.startswith("and") else f"Port Elm widens its quay\n\n{below}"
    assert read(tmp_path / "t.txt", text).title == "T"


TEXT = "Le préfet a annoncé hier que la route resterait fermée. « Nul n’a été prévenu », dit l’élue."
RUSSIAN = "Вчера вечером в столицу прибыла делегация из пяти человек. Переговоры продолжались до поздней ночи."
JAPANESE = "東京で会議が開かれた。大臣は出席しなかった。次の会議は来月、京都で開かれる予定である。"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (TEXT, "utf-8"),
        (TEXT, "utf-8-sig"),
        (TEXT, "utf-16"),
        (TEXT, "utf-32"),
        (TEXT, "utf-16-le"),  # without a mark
        (TEXT, "utf-16-be"),
        (TEXT, "cp1252"),
        ("He said “no” and left the café – nobody followed. It wasn’t good." * 3, "cp1252"),
        ("The price was £5 for everyone who came.", "cp1252"),
        ("It’s £5 – not “free”.", "cp1252"),
        ('Tag;Text\n12.05.2025;"Die Bücherei öffnet; für Schüler kostet es 2 Euro, sagt Jörn Fehse."', "cp1252"),
        ("The Brackwell and Åland ferry opened", "cp1252"),
        ("title João Moreira, bridge niño, la fiesta über dem Fluss", "cp1252"),
        ("la fiesta del año, text, coração, the opened bridge", "cp1252"),
        (RUSSIAN, "cp1251"),
        ("Новый мост открыли вчера, сообщил мэр города.", "cp1251"),
        (JAPANESE, "shift_jis"),
        ("title,text\n1,プールは五月十七日に開く。料金は四百円です。", "shift_jis"),
        ("カタカナのテスト、プール開放。トンネル", "shift_jis"),
        ("游泳池5月17日开放，票价4.50欧元。", "gb18030"),
        ("ID,标题,正文\n1,新桥开通,昨天新桥开通了，市长李明说这座桥花费三百万元。", "gb18030"),
        ("title,text\n橋,市長李明說這座橋花費三百萬元，昨天開通。", "big5"),
        ("새 다리가 어제 개통되었다고 시장이 말했다. 비용은 삼백만 원이다.", "euc_kr"),
    ],
)
def test_encodings_are_found_out(tmp_path: Path, text: str, encoding: str) -> None:
    assert read(tmp_path / "a.txt", text.encode(encoding)).text == text


def test_utf8_with_a_damaged_byte_stays_utf8() -> None:
    damaged = TEXT.encode().replace("é".encode(), b"\xc3", 1)
    assert decode(damaged) == TEXT.replace("é", "\ufffd", 1)


def test_a_replacement_character_in_the_text_itself_is_no_damage() -> None:
    assert decode("What \ufffd means".encode()) == "What \ufffd means"
    assert decode("What \ufffd means".encode(), "latin-1") == "What \ufffd means"


def test_what_a_header_claims_is_believed_where_it_fits() -> None:
    assert decode(RUSSIAN.encode("cp866"), "cp866") == RUSSIAN
    assert decode(TEXT.encode(), "iso-8859-1") == TEXT
    assert decode(TEXT.encode(), "hex") == TEXT
    assert decode(TEXT.encode(), "no-such-charset") == TEXT
    assert decode("Grüße".encode("latin-1"), "utf-8") == "Grüße"
    assert decode(b"caf\xe9 \x81", "latin-1") == "café \x81"


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(5000),
        b"\xff\xfe" + random.Random(2).randbytes(5000),
        b"\x7fELF" + b"\0" * 500,
    ],
)
def test_binary_data_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    (result,) = read_source(tmp_path / "a.txt")
    assert isinstance(result, SourceFailure)
    assert result.reason.startswith("looks like a binary file")


def test_a_pdf_named_txt_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"%PDF-1.4\nall text")
    (result,) = read_source(tmp_path / "a.txt")
    assert result == SourceFailure(str(tmp_path / "a.txt"), "is a PDF file. Give it the suffix .pdf")


def test_white_space_only_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("---\ntitle: x\n---\n \n\t\n")
    assert list(read_source(tmp_path / "a.txt")) == [SourceFailure(str(tmp_path / "a.txt"), "no text in it")]


def test_retrieved_at_is_now_in_utc_to_the_second(tmp_path: Path) -> None:
    retrieved = read(tmp_path / "a.txt", "words").retrieved_at
    assert retrieved is not None
    when = datetime.fromisoformat(retrieved)
    assert when.utcoffset() == datetime.now(UTC).utcoffset()
    assert abs((datetime.now(UTC) - when).total_seconds()) < 5
    assert when.microsecond == 0


@pytest.mark.parametrize("value", ['"\\UFFFFFFFF"', '"\\U00110000"'])
def test_a_character_that_does_not_exist_in_front_matter_costs_nothing(tmp_path: Path, value: str) -> None:
    path = tmp_path / "a.md"
    path.write_text(f"---\ntitle: {value}\nauthor: Ida Storm\n---\nThe quay was widened.\n")
    found = [item for item in read_source(path) if isinstance(item, Article)]
    assert [(item.author, item.text) for item in found] == [("Ida Storm", "The quay was widened.")]


def test_headings_lose_the_signs_that_close_them_and_long_ones_take_no_time(tmp_path: Path) -> None:
    began = time.process_time()
    article = read(tmp_path / "a.md", f"## One ##\n\n## C#\n\n## Two # three \t\n\n## a{' ' * 40_000}b\n\nWords.")
    assert [mark.label for mark in article.marks][:3] == ["One", "C#", "Two # three"]
    assert time.process_time() - began < 2
