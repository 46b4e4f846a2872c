"""Articles written for training: every question comes with the passage that it rests on, and with its answer there."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from training.deep.arrays import OPEN, REFUTED, SUPPORTED
from training.deep.records import TRAINING_SETS, WRITTEN, Example
from training.deep.written import PASSAGE_CHARACTERS, set_of, written

TEXT = (
    "Ferry workers in Amsel walked out on Monday over rosters. " + "Nobody sailed. " * 25 + "\n\n"
    "Ida Brandt, who led the talks, left on Tuesday; Tom Ask may follow her."
)


def asked(question: str, sentence: str, **more: str) -> dict[str, str]:
    return {"q": question, "kind": "yesno" if "verdict" in more else "who", "sentence": sentence, **more}


LAST = TEXT.split("\n\n")[1]


def examples(folder: Path, *questions: dict[str, Any]) -> list[Example]:
    article = {"title": "Ferries stand still", "published": "2023-02-01", "text": TEXT, "questions": questions}
    (folder / "a.jsonl").write_text(json.dumps(article) + "\n", encoding="utf-8")
    return list(written("articles", folder))


def test_a_question_meets_the_passage_of_its_sentence_with_its_answer(tmp_path: Path) -> None:
    (example,) = examples(tmp_path, asked("who led the talks", LAST, answer="Ida Brandt"))
    assert example.record.context == LAST
    assert example.record.answers == ("Ida Brandt",)
    assert example.record.title == "Ferries stand still"
    assert example.verdict == -1


def test_a_question_that_nothing_answers_meets_the_sentence_that_misleads(tmp_path: Path) -> None:
    (example,) = examples(tmp_path, asked("who took over the talks", LAST, answer=""))
    assert example.record.context == LAST
    assert example.record.spans == ()


def test_yes_or_no_has_its_verdict(tmp_path: Path) -> None:
    given = [asked("Has Brandt left?", LAST, verdict=each) for each in ("yes", "no", "open")]
    found = examples(tmp_path, *given)
    assert [each.verdict for each in found] == [SUPPORTED, REFUTED, OPEN]
    assert [each.record.answers for each in found] == [(LAST,), (LAST,), ()]  # the sentence is what it rests on
    assert all(each.reads for each in found)


def test_a_list_is_asked_of_each_passage_that_holds_some_of_it(tmp_path: Path) -> None:
    first = TEXT.split(". ", maxsplit=1)[0] + "."
    question = {"q": "who or what was in it", "kind": "list", "answers": ["Ferry workers", "Ida Brandt", "Tom Ask"]}
    found = examples(tmp_path, {**question, "sentences": [first, LAST, LAST]})
    assert [each.record.answers for each in found] == [("Ferry workers",), ("Ida Brandt", "Tom Ask")]
    assert [each.verdict for each in found] == [-1, -1]


def test_an_answer_that_no_passage_holds_whole_is_left_out(tmp_path: Path) -> None:
    assert examples(tmp_path, asked("why", TEXT, answer=TEXT)) == []


def test_what_does_not_stand_in_the_article_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a-0: this does not stand in it: 'Ida Brand left\.'"):
        examples(tmp_path, asked("Who left?", "Ida Brand left.", answer="Ida Brand"))


def test_articles_in_english_and_in_other_languages_are_told_apart(tmp_path: Path) -> None:
    examples(tmp_path, asked("who led the talks", LAST, answer="Ida Brandt"))
    assert list(written("others", tmp_path)) == []
    assert set_of("a0", {}) == set_of("a0", {"lang": "en"}) == "articles"
    assert (set_of("aa0", {}), set_of("bg2", {}), set_of("bg2", {"lang": "de"})) == (
        "settling_pairs",
        "pairs",
        "others",
    )


def test_what_ships_has_answers_in_their_passages_and_as_many_near_misses() -> None:
    names = [each.name for each in TRAINING_SETS if each.folder == WRITTEN]
    of_each = {name: list(written(name)) for name in names}
    assert all(of_each.values())
    assert all(each.verdict >= 0 for each in of_each["settling_pairs"])
    assert all(each.verdict < 0 for each in of_each["pairs"])
    found = [one for each in of_each.values() for one in each]
    asking = [each.record for each in found if each.verdict < 0]
    assert len(found) > 4000
    assert all(len(each.record.context) <= 2 * PASSAGE_CHARACTERS for each in found)
    assert all(answer == answer.strip() for each in asking for answer in each.answers)
    assert 0.3 < sum(not each.spans for each in asking) / len(asking) < 0.6
    verdicts = Counter(each.verdict for each in found if each.verdict >= 0)
    assert min(verdicts.values()) > 0.2 * sum(verdicts.values())
