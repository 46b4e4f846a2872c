"""`python -m bench stories`: how well versions of one article are told from other articles on the same event.

A version is made of each article of NewsQA and MultiHop: 70 to 95 % of its sentences are kept as they are, the others
are dropped, replaced by another article's or have words changed; paragraphs change places, one is put in, and headline,
byline, quotation marks and line breaks are others. Beside them stand pairs of different articles: those that one
question of MultiHop has as evidence, and of each article those that are nearest to it by its vectors. A way to
compare two articles gets its bound on the articles that settings are chosen on, the middle of those that reach
RECALL at PRECISION, or else the one with the most recall at that precision, and is reported on the others.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import results
from bench.datasets import Part, SetName, articles_of, part_of, questions_of
from index import Article
from index.embedding.embedder import SentenceTransformerEmbedder
from index.sentences import LEAST, resemblance, sentence_keys
from index.split import sentence_spans

SETS: tuple[SetName, ...] = ("newsqa", "multihop")
RECALL, PRECISION = 0.95, 0.98
_NEAREST = 3  # other articles to each
_WORD = re.compile(r"\w+")
_CHANGED = {"said": "told reporters", "also": "further", "but": "yet", "about": "roughly", "percent": "per cent"}


@dataclass(frozen=True)
class Text:
    """An article as it is compared: its words and their marks, each made once."""

    article: Article
    vector: NDArray[np.float32] | None = field(default=None, compare=False)

    @cached_property
    def sentences(self) -> frozenset[str]:
        """See index.sentences."""
        return sentence_keys(self.article.text)

    @cached_property
    def shingles(self) -> frozenset[int]:
        """Each five words that follow each other, as a number of 64 bits."""
        words = _WORD.findall(self.article.text.casefold())
        return frozenset(_number(" ".join(words[at : at + 5])) for at in range(max(len(words) - 4, 1)))

    @cached_property
    def signature(self) -> NDArray[np.uint64]:
        """MinHash: of 128 orders of all shingles which of its own comes first (Broder, 1997)."""
        numbers = np.array(sorted(self.shingles), dtype=np.uint64)[:, None]
        return (numbers * _MULTIPLIERS + _ADDENDS).min(axis=0)  # type: ignore[no-any-return]  # modulo 2 ** 64

    @cached_property
    def simhash(self) -> NDArray[np.bool_]:
        """SimHash: for each of 64 bits whether most shingles have it (Charikar, 2002)."""
        numbers = np.array(sorted(self.shingles), dtype=np.uint64)
        return np.unpackbits(numbers.view(np.uint8).reshape(-1, 8), axis=1).mean(axis=0) > 0.5  # type: ignore[no-any-return]


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


_DRAWN = np.random.default_rng(1)
_MULTIPLIERS = _DRAWN.integers(0, 2**63, 128, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_ADDENDS = _DRAWN.integers(0, 2**63, 128, dtype=np.uint64)


def _shared(one: Collection[object], other: Collection[object], of: Callable[[int, int], int]) -> float:
    both = len(set(one) & set(other))
    return both / (of(len(one), len(other)) or 1)


def _resemblance(one: Text, other: Text) -> float:
    return resemblance(one.sentences, other.sentences, len(one.sentences & other.sentences))


def _either(one: Text, other: Text) -> float:
    both = len(one.shingles & other.shingles)
    return both / (len(one.shingles) + len(other.shingles) - both or 1)


# Each gives how much alike two articles are; larger is more.
WAYS: Mapping[str, Callable[[Text, Text], float]] = {
    "sentences: shared / either": _resemblance,
    "sentences: shared / shorter": lambda one, other: _shared(one.sentences, other.sentences, min),
    "5 words: shared / either": _either,
    "5 words: shared / shorter": lambda one, other: _shared(one.shingles, other.shingles, min),
    "MinHash, 128 of 5 words": lambda one, other: float((one.signature == other.signature).mean()),
    "SimHash, 64 bits of 5 words": lambda one, other: float((one.simhash == other.simhash).mean()),
    "cosine of mean vectors": lambda one, other: _cosine(one.vector, other.vector),
}


def _cosine(one: NDArray[np.float32] | None, other: NDArray[np.float32] | None) -> float:
    return float(one @ other) if one is not None and other is not None else float("nan")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two articles, and whether one is a version of the other."""

    one: Text
    other: Text
    same: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """What a way reaches with a bound on it: pairs from there on are taken for versions."""

    bound: float
    recall: float
    precision: float
    found: int
    wrong: int


def run(data: Path) -> None:
    """Measure all ways, print the table and write bench/results/stories.json."""
    pairs = {part: pairs_of(part, data) for part in ("choose", "report")}
    rows: list[dict[str, Any]] = []
    for name, way in WAYS.items():
        scores = {part: _scored(way, each) for part, each in pairs.items()}
        bound = bound_of(scores["choose"])
        at = {part: measured(each, bound) for part, each in scores.items()}
        row: dict[str, Any] = {"way": name, "bound": bound}
        for part, each in at.items():
            row |= {f"{part}: recall": each.recall, "precision" + " " * (part == "report"): each.precision}
        rows.append(row | {"wrong": at["report"].wrong})
    at_default = measured(_scored(_resemblance, pairs["report"]), LEAST)
    rows.append(
        {
            **dict.fromkeys(rows[0], float("nan")),
            "way": "as the index does it",
            "bound": LEAST,
            "report: recall": at_default.recall,
            "precision ": at_default.precision,
            "wrong": at_default.wrong,
        }
    )
    counts = {
        part: {"versions": sum(each.same for each in some), "others": sum(not each.same for each in some)}
        for part, some in pairs.items()
    }
    path = results.write("stories", {"pairs": counts, "rows": rows}, {"least": LEAST})
    print(f"stories ({path.name}), pairs: {counts}\n{results.table(rows)}")


def _scored(way: Callable[[Text, Text], float], pairs: Sequence[Pair]) -> list[tuple[float, bool]]:
    return [(way(each.one, each.other), each.same) for each in pairs]


def measured(scores: Sequence[tuple[float, bool]], bound: float) -> Measured:
    """Recall and precision of pairs that score at least `bound`; precision is 1 where there are none."""
    found = [same for score, same in scores if score >= bound]
    versions = sum(same for _, same in scores)
    right = sum(found)
    precision = right / len(found) if found else 1.0
    return Measured(bound, right / versions if versions else float("nan"), precision, len(found), len(found) - right)


def bound_of(scores: Sequence[tuple[float, bool]]) -> float:
    """The middle of the bounds that reach RECALL at PRECISION; else that of the most recall at PRECISION, or 1.

    >>> bound_of([(0.9, True), (0.5, True), (0.1, False)])
    0.5
    """
    tried = [measured(scores, bound) for bound in sorted({round(score, 2) for score, _ in scores} | {1.0})]
    precise = [each for each in tried if each.precision >= PRECISION]
    good = [each.bound for each in precise if each.recall >= RECALL]
    if good:
        return round((good[0] + good[-1]) / 2, 2) if measured(scores, (good[0] + good[-1]) / 2).recall else good[0]
    return max(precise, key=lambda each: each.recall).bound if precise else 1.0


# Pairs


def pairs_of(part: Part, data: Path) -> list[Pair]:
    """A version of each article of a part, and pairs of different ones; with vectors, all in the same order always."""
    found: list[Pair] = []
    embedder = SentenceTransformerEmbedder()
    for name in SETS:
        articles = [each for each in articles_of(name, data) if part_of(each.id) == part]
        versions = [version_of(each, articles, random.Random(each.id)) for each in articles]
        texts = {each.id: Text(each, _mean(embedder.embed_passages(_passages(each.text)))) for each in articles}
        found += [
            Pair(texts[one.id], Text(two, _mean(embedder.embed_passages(_passages(two.text)))), True)
            for one, two in zip(articles, versions, strict=True)
        ]
        found += [Pair(texts[one], texts[two], False) for one, two in sorted(_different(name, data, texts))]
    return found


def _different(name: SetName, data: Path, texts: Mapping[str, Text]) -> set[tuple[str, str]]:
    """Pairs of articles on one event: evidence of one question, and the nearest to each."""
    found: set[tuple[str, str]] = set()
    for question in questions_of(name, data):
        found |= set(combinations(sorted({fact.article for fact in question.facts if fact.article in texts}), 2))
    ids = sorted(texts)
    vectors = np.stack([vector for each in ids if (vector := texts[each].vector) is not None])
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -1)
    for at, each in enumerate(ids):
        for other in np.argsort(-alike[at])[:_NEAREST]:
            one, two = sorted((each, ids[int(other)]))
            found.add((one, two))
    return found


def _passages(text: str) -> list[str]:
    """Beginnings of an article, for its vector: what is compared needs no more."""
    return [text[at : at + 450] for at in range(0, min(len(text), 1800), 450)]


def _mean(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    mean = vectors.mean(axis=0)
    return mean / np.linalg.norm(mean)  # type: ignore[no-any-return]


# Versions


def version_of(article: Article, others: Sequence[Article], drawn: random.Random) -> Article:
    """The article as another paper would print it; `drawn` decides what is changed."""
    sentences = _split(article.text)
    kept = drawn.uniform(0.70, 0.95)
    changed = set(drawn.sample(range(len(sentences)), round(len(sentences) * (1 - kept))))
    foreign = _split(drawn.choice([each for each in others if each.id != article.id]).text)
    said: list[str] = []
    for at, sentence in enumerate(sentences):
        if at not in changed:
            said.append(sentence)
        elif (how := drawn.choice(("dropped", "replaced", "reworded"))) == "replaced":
            said.append(drawn.choice(foreign))
        elif how == "reworded":
            said.append(_reworded(sentence, drawn))
    if drawn.random() < 0.3 and len(said) > 4:  # two parts change places
        at = drawn.randrange(2, len(said) - 1)
        said = [said[0], *said[at:], *said[1:at]]
    if drawn.random() < 0.5:  # a paragraph put in
        at = drawn.randrange(len(said) + 1)
        said[at:at] = foreign[: drawn.randint(1, 3)]
    text = drawn.choice((" ", "\n", "\n\n")).join(said)
    if drawn.random() < 0.5:
        text = text.translate(str.maketrans("“”‘’", "\"\"''"))
    if drawn.random() < 0.5:
        text = f"(Agency) — {text}"
    return Article(f"{article.id}-version", text, _headline(article.title, drawn), source="Agency")


def _reworded(sentence: str, drawn: random.Random) -> str:
    words = sentence.split()
    known = [at for at, word in enumerate(words) if word.lower() in _CHANGED]
    for at in known[:2]:
        words[at] = _CHANGED[words[at].lower()]
    if not known and len(words) > 3:
        del words[drawn.randrange(1, len(words) - 1)]
    return " ".join(words)


def _headline(title: str, drawn: random.Random) -> str:
    words = title.split()
    return title if drawn.random() < 0.3 else " ".join(words[: max(len(words) // 2, 1)])


def _split(text: str) -> list[str]:
    return [*_said(text)] or [text]


def _said(text: str) -> Iterator[str]:
    for start, end in sentence_spans(text):
        if sentence := text[start:end].strip():
            yield sentence
