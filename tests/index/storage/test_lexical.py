"""Search by words: what is found, in which order, with which filter, and what becomes of damaged files."""

from __future__ import annotations

import errno
import math
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from index import Passage, PassageFilter
from index.errors import StoreError
from index.storage.lexical import LexicalIndex
from index.storage.lexical_documents import index_at, said_of_article

ODD_QUESTIONS = [
    "", " ", "AND", "OR", "NOT", "AND OR NOT", "NEAR", "NEAR(a b, 2)", "NEAR(", ")", "(", '"', '""', '"unclosed', "'",
    "';--", "*", "fer*", "^ferry", "^", ":", "passage : ferry", "passage:", "context: ferry", "-", "-ferry", "+ferry",
    "{passage} : ferry", "a + b", "ferry AND", "NOT ferry", "\\", "\x00", "ferry\x00harbour", "%", "_", "____", "?",
    "who", "the of and", "👩‍👩‍👧", "東京", "e\u0301", "\u202e", "ß", "İstanbul", "²", "x" * 5000,
    " ".join(f"w{at}" for at in range(2000)),
]  # fmt: skip


def passage(passage_id: str, text: str, **fields: str | None) -> Passage:
    about = {"article_id": passage_id.partition("-")[0], "title": ""} | fields
    return Passage(id=passage_id, start=0, end=len(text), text=text, **about)  # type: ignore[arg-type]


FERRY = passage(
    "ferry-0", "The ships were carrying cargoes of timber.", title="Harbours reopen", source="Coast Post",
    author="Amélie Charpentier", published="2025-03-13T09:00:00+01:00",
)  # fmt: skip
BREAD = passage(
    "bread-0", "The baker sold nine loaves.", title="Bread", source="Farm Weekly", published="2024-11", language="en"
)
CLOCK = passage(
    "clock-0", "A clock struck twelve.", title="Time", language="nb"
)  # as its article says, whatever its words


@pytest.fixture
def words(tmp_path: Path) -> LexicalIndex:
    index = LexicalIndex(tmp_path / "words")
    index.update([FERRY, BREAD, CLOCK], [], "r1")
    return index


def found(words: LexicalIndex, question: str, where: PassageFilter | None = None) -> list[str]:
    return [passage_id for passage_id, _ in words.search(question, 10, where or PassageFilter())]


@pytest.mark.parametrize(
    "question",
    [
        "ship", "SHIPS", "carry", "carried", "cargo", "timbers",  # inflections
        "harbour", "reopening",  # the title
        "coast", "post",  # the source
        "Charpentier", "charpentier's", "Amelie", "AMÉLIE",  # the author, with and without the accent
        "2025-03-13", "March 13", "Thursday", "13th March 2025",  # the date in ISO 8601 and in words
    ],
)  # fmt: skip
def test_a_passage_is_found_by_inflections_title_source_author_and_date(words: LexicalIndex, question: str) -> None:
    assert found(words, question) == ["ferry-0"]


@pytest.mark.parametrize(
    "written", ["Oka\u00adfor", "Oka\u200bfor", "\uff2f\uff4b\uff41\uff46\uff4f\uff52", "Oka\u2060for"]
)
def test_a_name_is_found_with_characters_in_it_that_are_not_seen(tmp_path: Path, written: str) -> None:
    index = LexicalIndex(tmp_path / "words")
    index.update([BREAD, passage("leak-0", f"{written} found the leak.")], [], "r1")
    assert found(index, "Okafor") == ["leak-0"]
    assert found(index, f"Who is {written}?") == ["leak-0"]


def test_what_shares_no_word_is_not_found(words: LexicalIndex) -> None:
    assert found(words, "volcano") == []


def test_a_passage_is_found_by_what_is_said_of_its_article() -> None:
    assert said_of_article(FERRY).splitlines() == [
        "Harbours reopen",
        "Coast Post",
        "Amélie Charpentier",
        "2025-03-13",
        "Thursday March 13",
    ]
    assert said_of_article(BREAD).splitlines()[-1] == "2024-11"
    assert said_of_article(CLOCK) == "Time"


def test_the_rarer_and_the_more_frequent_word_rank_first_and_scores_are_above_zero(tmp_path: Path) -> None:
    words = LexicalIndex(tmp_path / "words")
    words.update(
        [
            passage("a-0", "The comet was seen. People slept on."),
            passage("b-0", "The comet, the comet, everyone spoke of the comet."),
            passage("c-0", "Everyone spoke of lunch and of dinner."),
            passage("d-0", "Nothing to see here at all today."),
            passage("e-0", "People had dinner."),
        ],
        [],
        "r1",
    )
    results = words.search("Who saw the comet, and who had dinner?", 10)
    assert results[0][0] == "b-0"
    assert {passage_id for passage_id, _ in results} == {"a-0", "b-0", "c-0", "e-0"}
    scores = [score for _, score in results]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) > 0


def test_a_neighbours_words_count_but_less_than_its_own(tmp_path: Path) -> None:
    words = LexicalIndex(tmp_path / "words")
    story = [
        passage("story-0", "An eclipse darkened the town."),
        passage("story-1", "Dogs barked in all the streets."),
        passage("story-2", "Shops had closed their shutters."),
    ]
    words.update([*story, passage("other-0", "Snow fell on the hills nearby."), BREAD, CLOCK, FERRY], [], "r1")
    results = dict(words.search("eclipse", 10))
    assert list(results) == ["story-0", "story-1"]  # not story-2, two away, and not the next article
    assert results["story-0"] > results["story-1"] > 0


def test_a_question_of_stop_words_only_still_finds_what_has_them(words: LexicalIndex) -> None:
    assert set(found(words, "the")) == {"ferry-0", "bread-0"}


@pytest.mark.parametrize("question", ODD_QUESTIONS)
def test_punctuation_quotes_and_query_operators_are_words_or_nothing(words: LexicalIndex, question: str) -> None:
    results = found(words, question)
    assert set(results) <= {"ferry-0", "bread-0", "clock-0"}
    assert words.scores(question, ["ferry-0", "bread-0", "clock-0"]).keys() == set(results)
    assert found(words, f"timber {question}")[:1] in (["ferry-0"], results[:1])


def test_operators_do_not_narrow_a_search(words: LexicalIndex) -> None:
    assert set(found(words, "ships NOT timber AND loaves")) == {"ferry-0", "bread-0"}
    assert set(found(words, '"ships loaves"')) == {"ferry-0", "bread-0"}


def test_top_k_is_the_most_that_comes_back(words: LexicalIndex) -> None:
    assert len(words.search("ships loaves clock", 2)) == 2
    assert words.search("ships", 0) == []


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (PassageFilter(), {"ferry-0", "bread-0", "clock-0"}),
        (PassageFilter(article_ids=("clock", "bread")), {"clock-0", "bread-0"}),
        (PassageFilter(sources=("Coast Post",)), {"ferry-0"}),
        (PassageFilter(sources=("coast post",)), set()),
        (PassageFilter(published_from="2025-03-13", published_to="2025-03-13"), {"ferry-0"}),
        (PassageFilter(published_to="2025-03-12"), {"bread-0"}),
        (PassageFilter(published_from="2024-11-01"), {"ferry-0", "bread-0"}),
        (PassageFilter(published_from="2024-11-02"), {"ferry-0"}),
        (PassageFilter(published_from="1999"), {"ferry-0", "bread-0"}),
        (PassageFilter(("ferry",), ("Farm Weekly",)), set()),
        (PassageFilter(languages=("nb",)), {"clock-0"}),
        (PassageFilter(languages=("en",)), {"ferry-0", "bread-0"}),
        (PassageFilter(("bread",), languages=("nb",)), set()),
    ],
)
def test_filters_narrow_a_search_by_words(words: LexicalIndex, where: PassageFilter, expected: set[str]) -> None:
    assert set(found(words, "ships loaves clock", where)) == expected
    assert words.passage_ids(where) == expected
    assert words.count(where) == len(expected)
    assert words.passage_ids(where, ["ferry-0", "gone-0"]) == expected & {"ferry-0"}


def test_the_language_of_an_article_is_its_mark_else_that_of_its_words(words: LexicalIndex) -> None:
    words.update([passage("numbers-0", "2024: 17, 18")], [], "r2")
    assert words.languages_of(["clock", "ferry", "numbers", "gone"]) == {"clock": "nb", "ferry": "en"}


def test_scores_of_given_passages_are_those_of_the_search(words: LexicalIndex) -> None:
    searched = dict(words.search("ships loaves", 10))
    assert words.scores("ships loaves", ["ferry-0", "clock-0", "gone-0"]) == {"ferry-0": searched["ferry-0"]}
    assert words.scores("ships loaves", []) == {}


def test_a_score_is_that_of_bm25_over_the_passages_and_less_of_their_neighbours(tmp_path: Path) -> None:
    words = LexicalIndex(tmp_path / "words")
    story = [passage("story-0", "comet comet sky"), passage("story-1", "people slept"), passage("story-2", "comet")]
    words.update([*story, passage("other-0", "dinner")], [], "r1")
    own = {"story-0": (2, 3 + 2), "story-2": (1, 1 + 2)}  # how often it stands there, among how many words
    near = {"story-0": (5 * 2, 5 * 3 + 2), "story-1": (2 + 1, 5 * 2 + 4), "story-2": (5, 5 + 2)}
    scores = {
        key: sum(
            bm25(*field[key], len(field), words_of_all / 5)  # of four passages and the note of the revision
            for field, words_of_all in ((own, 5 + 6 + 3 + 1), (near, 17 + 14 + 7 + 5))
            if key in field
        )
        for key in near
    }
    assert dict(words.search("comet", 10)) == pytest.approx(scores)


def bm25(count: int, length: int, having: int, mean_length: float) -> float:
    """Of one word in one of five documents, by the formula of Robertson and Zaragoza, with Lucene's idf."""
    idf = math.log(1 + (5 - having + 0.5) / (having + 0.5))
    return idf * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length / mean_length))


def test_a_letter_is_found_however_it_is_written(words: LexicalIndex) -> None:
    for spelt in ("Amélie", "Ame\u0301lie", "Ａｍｅ́ｌｉｅ"):
        assert found(words, spelt) == ["ferry-0"]


SEVERAL = [
    passage("en-0", "The lighthouses of the northern coast were painted white in the summer of 1931."),
    passage("de-0", "Die Leuchttürme an der nördlichen Küste wurden im Sommer 1931 weiß gestrichen."),
    passage("ru-0", "Маяки северного побережья были покрашены в белый цвет летом 1931 года."),
    passage("zh-0", "北部海岸的灯塔于1931年夏天被漆成白色，渔民们称赞了这些工人。"),
    passage("th-0", "ประภาคารบนชายฝั่งทางเหนือถูกทาสีขาวในฤดูร้อนปี 1931"),
    passage("uk-0", "Маяки північного узбережжя пофарбували у білий колір улітку 1931 року."),
]


def test_articles_in_several_languages_are_found_each_by_questions_in_its_own(tmp_path: Path) -> None:
    words = LexicalIndex(tmp_path / "words")
    words.update(SEVERAL, [], "r1")
    assert found(words, "When was the lighthouse painted?")[0] == "en-0"
    assert found(words, "Wann wurde der Leuchtturm gestrichen?")[0] == "de-0"
    assert found(words, "Когда покрасили маяк на северном побережье?")[0] == "ru-0"
    assert found(words, "灯塔是什么颜色？")[0] == "zh-0"
    assert found(words, "ประภาคารทาสีอะไร")[0] == "th-0"
    assert found(words, "У який колір пофарбовано маяк?")[0] == "uk-0"
    assert set(found(words, "1931")) == {each.id for each in SEVERAL}


def test_a_word_counts_as_one_of_another_language_in_the_texts_of_that_language_alone(tmp_path: Path) -> None:
    words = LexicalIndex(tmp_path / "words")
    spanish = passage("es-0", "Los samios vivían en la misma isla y vendían su vino a los barcos.")
    english = passage("sam-0", "It was Sam who had painted the boats on the northern coast of the island.")
    words.update([spanish, english], [], "r1")
    assert found(words, "Which captain is the same?") == []


def test_an_article_is_of_the_language_of_all_its_passages_together(tmp_path: Path) -> None:
    words = LexicalIndex(tmp_path / "words")
    story = [
        passage(f"story-{at}", text) for at, text in enumerate(("1931:", "Die Häuser am Hafen waren alt.", "Ende"))
    ]
    words.update([*story, BREAD], [], "r1")
    assert found(words, "Haus")[0] == "story-1"


def test_equal_scores_stand_in_the_order_of_their_ids_however_they_were_added(tmp_path: Path) -> None:
    words = LexicalIndex(tmp_path / "words")
    for passage_id in ("c-0", "a-0", "b-0"):
        words.update([passage(passage_id, "The comet was seen.")], [], passage_id)
    assert found(words, "comet") == ["a-0", "b-0", "c-0"]


def test_what_is_removed_is_not_found_any_more(words: LexicalIndex) -> None:
    words.update([], ["ferry-0", "never-there"], "r2")
    assert words.passage_ids() == {"bread-0", "clock-0"}
    assert found(words, "ships") == []
    assert words.revision() == "r2"


def test_a_passage_that_is_known_is_not_added_again(words: LexicalIndex) -> None:
    words.update([replace(FERRY, text="Something else."), BREAD], [], "r2")
    assert found(words, "ships") == ["ferry-0"]
    assert found(words, "something") == []
    assert words.passage_ids() == {"ferry-0", "bread-0", "clock-0"}


def test_an_update_that_fails_changes_nothing(words: LexicalIndex) -> None:
    unprintable = passage("bad-0", "half of a pair: \ud800")
    with pytest.raises(UnicodeEncodeError):
        words.update([passage("good-0", "volcano"), unprintable], ["ferry-0"], "r2")
    assert words.passage_ids() == {"ferry-0", "bread-0", "clock-0"}
    assert words.revision() == "r1"
    assert found(words, "volcano") == []


def test_it_keeps_what_it_holds_when_it_is_opened_again(tmp_path: Path, words: LexicalIndex) -> None:
    again = LexicalIndex(tmp_path / "words")
    assert again.revision() == "r1"
    assert found(again, "ships") == ["ferry-0"]


def test_a_new_one_is_empty_and_stands_at_no_revision(tmp_path: Path) -> None:
    words = LexicalIndex(tmp_path / "words")
    assert words.revision() is None
    assert words.passage_ids() == set()
    assert words.search("anything", 10) == []


@pytest.mark.parametrize("damage", [b"", b"this is no index, but a text of some length " * 100, b"{}"])
def test_a_damaged_file_is_made_anew_and_empty(tmp_path: Path, words: LexicalIndex, damage: bytes) -> None:
    words.close()
    (tmp_path / "words" / "meta.json").write_bytes(damage)
    again = LexicalIndex(tmp_path / "words")
    assert again.revision() is None
    assert again.passage_ids() == set()
    again.update([BREAD], [], "r5")
    assert found(again, "loaves") == ["bread-0"]


def test_files_of_another_version_are_made_anew(tmp_path: Path, words: LexicalIndex) -> None:
    words.close()
    meta = tmp_path / "words" / "meta.json"
    meta.write_text(meta.read_text().replace("terms-4", "terms-3"))
    assert LexicalIndex(tmp_path / "words").passage_ids() == set()


def test_many_updates_leave_few_files(tmp_path: Path) -> None:
    words = LexicalIndex(tmp_path / "words")
    for at in range(30):
        words.update([passage(f"a{at}-0", f"comet number{at}")], [f"a{at - 3}-0"], f"r{at}")
    assert len(words.passage_ids()) == 3
    assert len(list((tmp_path / "words").glob("*.idx"))) < 12


# Damage anywhere

MANY = [
    passage(f"story{at // 4}-{at % 4}", f"Story {at} tells of subject{at % 17}, marker{at} and the harbour. " * 3)
    for at in range(240)
]


def refilled(path: Path) -> LexicalIndex:
    return LexicalIndex(path, lambda index: index.update(MANY, [], ""))


def damage(path: Path, rng: random.Random) -> str:
    """Change a piece at a random place of a file, cut it off there or take it away; says what was done.

    In the place of the file, as a backup would: one that is changed while a process reads it may end that process.
    """
    file = rng.choice([each for each in sorted(path.iterdir()) if each.stat().st_size])
    content = bytearray(file.read_bytes())
    at, size = rng.randrange(len(content)), len(content)
    length = rng.choice([1, 2, 16, 100, 1000, 4096, 20_000])
    way = rng.choice(["random", "zeros", "ones", "moved", "cut", "gone"])
    if way == "cut":
        del content[at:]
    elif way == "moved":
        start = rng.randrange(size)
        content[at : at + length] = content[start : start + length]
    elif way != "gone":
        content[at : at + length] = {"random": rng.randbytes, "zeros": bytes, "ones": lambda n: b"\xff" * n}[way](
            length
        )
    file.unlink()
    if way != "gone":
        file.write_bytes(content)
    return f"{file.name}: {way}, {length} bytes at {at} of {size}"


def use(words: LexicalIndex, rng: random.Random) -> None:
    """Everything that it can do; nothing raises, and what comes back is of the right kind."""
    known = {each.id for each in MANY}
    words.revision()
    assert all(isinstance(each, str) for each in words.passage_ids())
    for question in ("harbour", f"marker{rng.randrange(240)} subject3", "nothing"):
        assert all(isinstance(key, str) and score > 0 for key, score in words.search(question, 20))
        words.search(question, 5, PassageFilter(article_ids=("story1", "story2")))
        assert words.scores(question, sorted(known)[:50]).keys() <= known
    words.update(MANY[:8], [MANY[9].id, MANY[200].id], "r2")
    words.update([MANY[9], MANY[200]], [], "r3")


@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 12))])
def test_damage_anywhere_in_the_files_raises_nothing(tmp_path: Path, seed: int, is_open: bool) -> None:
    rounds_of_damage(tmp_path, random.Random(seed), 4, is_open)


@pytest.mark.soak
@pytest.mark.parametrize("is_open", [True, False])
def test_many_rounds_of_damage_raise_nothing(tmp_path: Path, is_open: bool) -> None:
    rounds_of_damage(tmp_path, random.Random(), 500, is_open)


def rounds_of_damage(folder: Path, rng: random.Random, rounds: int, is_open: bool) -> None:
    path = folder / "words"
    words = refilled(path)
    words.update(MANY, [], "r1")
    whole = dict(words.search("harbour subject3", 300))
    for _ in range(rounds):
        if not is_open:
            words.close()
        done = damage(path, rng)
        try:
            if not is_open:
                words = refilled(path)
            use(words, rng)
        except Exception as exc:
            raise AssertionError(done) from exc
        words._mend()
        assert dict(words.search("harbour subject3", 300)) == pytest.approx(whole), done
        assert words.passage_ids() == {each.id for each in MANY}


@pytest.mark.parametrize("kind", ["idx", "term", "store", "fieldnorm", "fast"])
@pytest.mark.parametrize("way", ["changed", "cut", "gone"])
def test_what_is_found_to_be_damaged_is_whole_afterwards(tmp_path: Path, kind: str, way: str) -> None:
    words = refilled(tmp_path / "words")
    words.update(MANY, [], "r1")
    whole = words.search("marker7", 10)
    words.close()
    [file] = (tmp_path / "words").glob(f"*.{kind}")
    content = file.read_bytes()
    file.unlink()
    if way != "gone":
        file.write_bytes(content[: len(content) // 2] if way == "cut" else bytes([content[0] ^ 1]) + content[1:])
    words = refilled(tmp_path / "words")
    assert words.passage_ids() == set()  # a new one is made, which is empty until it is filled
    words._mend()
    assert words.search("marker7", 10) == whole
    assert words.revision() == ""  # of no commit, so that it is compared with the store at the next opening
    assert words.passage_ids() == {each.id for each in MANY}


def test_a_file_that_is_written_while_the_folder_is_removed_is_removed_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = refilled(tmp_path / "words")
    remove, written = shutil.rmtree, iter(["late.idx", "later.idx"])

    def removed_beside_a_writer(folder: Path) -> None:
        for file in folder.iterdir():
            file.unlink()
        if name := next(written, ""):
            (folder / name).touch()
            folder.rmdir()  # raises, as it is not empty
        remove(folder)

    monkeypatch.setattr(shutil, "rmtree", removed_beside_a_writer)
    words._mend()
    assert words.passage_ids() == {each.id for each in MANY}
    assert not list((tmp_path / "words").glob("late*"))


def test_a_folder_that_cannot_be_removed_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = refilled(tmp_path / "words")

    def full(folder: Path) -> None:
        raise OSError(errno.ENOTEMPTY, "Directory not empty", str(folder))

    monkeypatch.setattr("index.storage.lexical._PAUSE_S", 0)
    monkeypatch.setattr(shutil, "rmtree", full)
    with pytest.raises(StoreError, match="Directory not empty"):
        words._mend()


def test_two_that_find_the_same_damage_share_what_the_first_has_made(tmp_path: Path) -> None:
    path = tmp_path / "words"
    first, second = refilled(path), refilled(path)
    first.update(MANY, [], "r1")
    assert second.revision() == "r1"
    (path / "meta.json").write_bytes(b"damaged")
    best = first.search("marker7", 1)
    made = path.stat().st_ino
    assert second.search("marker7", 1) == best
    assert path.stat().st_ino == made
    first.update([], [MANY[7].id], "r2")
    assert second.revision() == "r2"
    assert MANY[7].id not in second.passage_ids()


def test_files_that_cannot_be_used_for_another_reason_are_an_error_and_are_left(tmp_path: Path) -> None:
    path = tmp_path / "words"
    words = refilled(path)
    words.update(MANY, [], "r1")
    other = index_at(path).writer(15_000_000, 1)  # of a program that is none of ours
    with pytest.raises(StoreError, match=r"^The word index .*words cannot be used: .*Lock"):
        words.update([], [MANY[0].id], "r2")
    del other
    assert words.revision() == "r1"
    words.close()
    shutil.rmtree(path)
    path.write_text("a file")
    with pytest.raises(StoreError, match=r"cannot be used: .*File exists"):
        words.revision()
