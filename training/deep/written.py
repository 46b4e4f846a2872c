"""News articles written for training, with what people ask of them: training/written/*.jsonl, invented throughout.

Each line is an article: `title`, `published`, `text`, perhaps `lang` (English without it), and `questions`, each with
`q`, `kind`, `sentence` (which it rests on, or the nearest that misleads) and `answer` (words of that sentence, empty
where nothing answers), or for a yes-or-no question `verdict` ("yes", "no", "open") in the place of an answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.split import split_spans
from training.data import Record
from training.deep.records import REFUTED, SUPPORTED, VERDICTS, Example

FOLDER = Path(__file__).parents[1] / "written"
PASSAGE_CHARACTERS = 450  # as articles are cut by default


def written(english: bool, folder: Path = FOLDER) -> Iterator[Example]:
    """The questions to articles in English, or to all others, each with the passage that holds its sentence.

    Raises ValueError where a sentence or an answer does not stand in the article.
    """
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            article = json.loads(line)
            if (article.get("lang", "en") == "en") == english:
                yield from _examples(f"{path.stem}-{number}", article)


def _examples(key: str, article: dict[str, Any]) -> Iterator[Example]:
    text = article["text"]
    spans = split_spans(text, PASSAGE_CHARACTERS, language=article.get("lang", "en"))
    for number, asked in enumerate(article["questions"]):
        at = _place(text, asked["sentence"], key)
        verdict = VERDICTS[asked["verdict"]] if asked["kind"] == "yesno" else -1
        answer = asked["sentence"] if verdict in (SUPPORTED, REFUTED) else asked.get("answer", "")
        start, end = at, at + len(asked["sentence"])
        if answer:
            start = at + _place(asked["sentence"], answer, key)
            end = start + len(answer)
        # The passage that holds the answer whole; a long clause is parted now and then, and its question left out.
        holding = next(((one, other) for one, other in spans if one <= start and end <= other), None)
        if holding is None and answer:
            continue
        one, other = holding or next(span for span in spans if span[0] <= start < span[1])
        context = text[one:other]
        lead = len(context) - len(context.lstrip())
        answers = ((start - one - lead, end - one - lead),) if answer else ()
        record = Record(f"{key}-{number}", "written", article["title"], context.strip(), asked["q"].strip(), answers)
        yield Example(record, verdict)


def _place(text: str, part: str, key: str) -> int:
    at = text.find(part)
    if at < 0:
        raise ValueError(f"{key}: this does not stand in it: {part!r}")
    return at
