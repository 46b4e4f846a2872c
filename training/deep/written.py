"""News articles written for training, with what people ask of them: training/written/*.jsonl, invented throughout.

Each line is an article: `title`, `published`, `text`, perhaps `lang` (English without it), and `questions`, each with
`q`, `kind`, `sentence` (which it rests on, or the nearest that misleads) and `answer` (words of that sentence, empty
where nothing answers), or for a yes-or-no question `verdict` ("yes", "no", "open") in the place of an answer; of a list
there are `answers` and as many `sentences`. Short texts that tell a thing in two ways, with the same questions, are
written alike.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.split import split_spans
from training.data import Record
from training.deep.arrays import REFUTED, SUPPORTED
from training.deep.records import VERDICTS, Example

FOLDER = Path(__file__).parents[1] / "written"
PASSAGE_CHARACTERS = 450  # as articles are cut by default
# Of pairs half of what is asked asks for a clause; learned from all of it, names came with the clause behind them.
_CLAUSES = frozenset({"how", "why", "said"})
# By the first letter of the files of two letters.
_SETS = {"a": "settling_pairs", "b": "pairs", "c": "reports", "d": "twins"}


def written(name: str, folder: Path = FOLDER) -> Iterator[Example]:
    """The questions of one set, each with the passage that holds its sentence.

    "articles", "pairs", "settling_pairs" (yes or no), "reports" and "twins" are in English; "others" is all in other
    languages. Raises ValueError where a sentence or an answer does not stand in the article.
    """
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            article = json.loads(line)
            if set_of(path.stem, article) == name:
                yield from _examples(f"{path.stem}-{number}", article, _CLAUSES if name == "pairs" else frozenset())


def set_of(stem: str, article: dict[str, Any]) -> str:
    """The set to which a line of a file belongs: by its language, and by the file's name, as the README says."""
    if article.get("lang", "en") != "en":
        return "others"
    found = re.fullmatch(r"([abcd])[a-z]\d+", stem)
    return "articles" if found is None else _SETS[found[1]]


def _examples(key: str, article: dict[str, Any], left_out: frozenset[str]) -> Iterator[Example]:
    """The questions of an article but those of the kinds that are left out."""
    text = article["text"]
    spans = split_spans(text, PASSAGE_CHARACTERS, language=article.get("lang", "en"))
    for number, asked in enumerate(article["questions"]):
        if asked["kind"] in left_out:
            continue
        verdict = VERDICTS[asked["verdict"]] if asked["kind"] == "yesno" else -1
        places = _places(text, asked, verdict, key)
        # The passages that hold an answer whole; a long clause is parted now and then, and its question left out.
        holding = {span: inside for span in spans if (inside := [each for each in places if _holds(span, each)])}
        if all(start == end for start, end in places):  # the passage that misleads
            holding = {next(span for span in spans if span[0] <= places[0][0] < span[1]): []}
        for (one, other), held in holding.items():
            context = text[one:other]
            begin = one + len(context) - len(context.lstrip())
            answers = tuple((start - begin, end - begin) for start, end in held)
            question = asked["q"].strip()
            record = Record(f"{key}-{number}", "written", article["title"], context.strip(), question, answers)
            yield Example(record, verdict)


def _places(text: str, asked: dict[str, Any], verdict: int, key: str) -> list[tuple[int, int]]:
    """Where what a question asks for stands in the article: one place, several of a list, or an empty one for none."""
    sentences = asked["sentences"] if asked["kind"] == "list" else [asked["sentence"]]
    answers = asked["answers"] if asked["kind"] == "list" else [asked.get("answer", "")]
    if verdict in (SUPPORTED, REFUTED):
        answers = sentences
    found = []
    for sentence, answer in zip(sentences, answers, strict=True):
        start = _place(text, sentence, key) + _place(sentence, answer, key)
        found.append((start, start + len(answer)))
    return found


def _holds(span: tuple[int, int], place: tuple[int, int]) -> bool:
    return span[0] <= place[0] < place[1] <= span[1]


def _place(text: str, part: str, key: str) -> int:
    at = text.find(part)
    if at < 0:
        raise ValueError(f"{key}: this does not stand in it: {part!r}")
    return at
