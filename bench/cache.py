"""What came of each question, kept beside the indexes, so that calibrating need not ask again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bench.asking import Outcome, collect
from bench.datasets import PROJECT, Question, SetName
from index import ArticleIndex

_NOT_ASKED = (
    "slope",
    "offset",
    "calibrated_on",
    "calibration_questions",
)  # of the reader's file: what calibrating changes, and no score


def outcomes_of(
    name: SetName,
    articles: ArticleIndex,
    questions: Sequence[Question],
    indexes: Path,
    *,
    fresh: bool = False,
    whatever_code: bool = False,
) -> list[Outcome]:
    """The outcomes of questions, in order: those that were kept, and where one is missing, all asked again and kept.

    Nothing that was kept counts where index, program or reader have changed since, unless `whatever_code`, and with
    `fresh`. Confidences are those of the calibration at that time: use the scores.
    """
    mark = fingerprint(articles)  # before asking: the program may be changed meanwhile
    known = {} if fresh else _kept(name, mark, indexes, whatever_code)
    if any(question.id not in known for question in questions):
        known |= {outcome.id: outcome for outcome in collect(name, articles, questions)}
        keep(name, mark, indexes, list(known.values()))
    return [known[question.id] for question in questions]


def keep(name: SetName, mark: str, indexes: Path, outcomes: Sequence[Outcome]) -> None:
    """Keep outcomes, in place of those kept before; `mark` is the fingerprint from before they were asked."""
    values = {"fingerprint": mark, "outcomes": [asdict(outcome) for outcome in outcomes]}
    path = _path(name, indexes)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values), encoding="utf-8")


def _kept(name: SetName, mark: str, indexes: Path, whatever_code: bool) -> dict[str, Outcome]:
    path = _path(name, indexes)
    if not path.exists():
        return {}
    values = json.loads(path.read_text(encoding="utf-8"))
    if values["fingerprint"] != mark and not whatever_code:
        return {}
    outcomes = [Outcome(**{**entry, "failures": tuple(entry["failures"])}) for entry in values["outcomes"]]
    return {outcome.id: outcome for outcome in outcomes}


def fingerprint(articles: ArticleIndex) -> str:
    """SHA-256 (hex) over what an index holds, the code of index and qa, the reader's files and how it is judged here.

    The reader's calibration does not count.
    """
    info = articles.info()
    digest = hashlib.sha256(f"{info.articles} {info.passages} {info.manifest.to_json()}".encode())
    for folder in ("index", "qa"):
        for path in sorted((PROJECT / folder).rglob("*")):
            if path.suffix == ".json":
                values = json.loads(path.read_text(encoding="utf-8"))
                values = {key: value for key, value in values.items() if key not in _NOT_ASKED}
                digest.update(json.dumps(values, sort_keys=True).encode())
            elif path.is_file() and path.suffix != ".pyc":
                digest.update(path.read_bytes())
    for part in ("asking.py", "metrics.py", "datasets.py"):
        digest.update((PROJECT / "bench" / part).read_bytes())
    return digest.hexdigest()


def _path(name: SetName, indexes: Path) -> Path:
    return indexes / "outcomes" / f"{name}.json"
