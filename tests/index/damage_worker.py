"""A process of its own that damages copies of an index: python -m tests.index.damage_worker INDEX FOLDER FIRST END.

For each number from FIRST to END, a seed, it prints a line of JSON with what is damaged before it looks, and one with
what came of it. A crash of native code ends the process after the first of these lines.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from index import Article, ArticleIndex, PassageFilter, StoreSettings
from index.errors import ArticleQAError
from index.storage import place
from index.storage.repair import _CHECK
from tests.conftest import STORIES
from tests.fakes import WordEmbedder
from tests.index.worker import article

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["chromadb", "tests.index.damage_worker"])
KINDS = ("a bit", "a bit", "a byte", "a page", "cut", "cut", "longer", "empty", "gone")
ARTICLES = (*STORIES, *(article("red", number) for number in range(3)))


def damage(folder: Path, seed: int) -> str:
    """Change one file of the index, each in turn; says which and how."""
    rng = random.Random(seed)
    files = sorted(
        path for path in folder.rglob("*") if path.is_file() and path.name not in ("index.lock", "words.lock")
    )
    path, kind = files[seed % len(files)], rng.choice(KINDS)
    content = bytearray(path.read_bytes())
    at = rng.randrange(len(content)) if content else 0
    if kind == "gone":
        path.unlink()
    elif kind == "a page":
        content[at : at + 4096] = rng.randbytes(min(4096, len(content) - at))
    elif kind == "a bit" and content:
        content[at] ^= 1 << rng.randrange(8)
    elif kind == "a byte" and content:
        content[at] = rng.randrange(256)
    elif kind in ("cut", "empty"):
        del content[at if kind == "cut" else 0 :]
    elif kind == "longer":
        content += rng.randbytes(100)
    if kind != "gone":
        path.write_bytes(content)
    return f"{path.relative_to(folder)}: {kind} at {at}"


def wrong_in(articles: ArticleIndex, lost: str = "") -> Iterator[str]:
    """What is not as it was, but for articles that are named in `lost`. Raises ArticleQAError where that is said."""
    listed = {each.id: each for each in articles.list()}
    for expected in ARTICLES:
        if expected.id in lost:
            continue
        if expected.id not in listed:
            yield f"{expected.id} is not listed"
            continue
        each = listed[expected.id]
        for name in ("title", "source", "author", "published", "url", "content_hash"):
            if getattr(each, name) != getattr(expected, name):
                yield f"{expected.id} is listed with another {name}"
        stored = articles.get(expected.id)
        if replace(stored, locations=(), guessed_language=None) != replace(expected, guessed_language=None):
            yield f"{expected.id} is another article"
        yield from not_found(articles, expected)
    yield from (f"{each} is listed and was not there" for each in listed.keys() - {each.id for each in ARTICLES})


def not_found(articles: ArticleIndex, expected: Article) -> Iterator[str]:
    """Whether its longest words find it, by word and by vector, and what is found is its text."""
    words = " ".join(sorted(set(expected.text.split()), key=len)[-3:])
    where = PassageFilter(article_ids=(expected.id,))
    [candidates] = articles.search(articles.embedder.embed_queries([words]), [words], 500, where)
    hits = articles.passages(sorted(candidates.scores)).values()
    for hit in hits:
        if hit.article_id != expected.id or expected.text[hit.start : hit.end] != hit.text:
            yield f"a passage of {expected.id} has another text"
    if not any(word in hit.text for hit in hits for word in words.split()):
        yield f"{expected.id} is not found by {words!r}"


def looked_at(folder: Path, check: bool) -> tuple[str, list[str]]:
    """What an opening says, an error or "": and what it gives that is wrong. With `check`, after one."""
    try:
        settings = StoreSettings(lock_timeout_s=20)
        with ArticleIndex.open(folder, embedder=WordEmbedder(), store_settings=settings, create=False) as articles:
            lost = "\n".join(map(str, articles.check().lost)) if check else ""
            return f"lost: {lost}" if lost else "", list(wrong_in(articles, lost))
    except ArticleQAError as exc:
        return str(exc), []


def readable(chroma: Path) -> bool:
    """`index.storage.repair.is_readable`, whose process is forked from one that has imported Chroma, to be faster."""
    process = PROCESSES.Process(target=read_all, args=(chroma,))
    process.start()
    process.join()
    return process.exitcode == 0


def read_all(chroma: Path) -> None:
    sys.argv[1:] = [str(chroma)]
    exec(_CHECK, {})


def main() -> None:
    place.is_readable = readable
    template, folder, first, end = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    for seed in range(first, end):
        index = folder / str(seed)
        shutil.copytree(template, index)
        print(json.dumps({"seed": seed, "damage": damage(index, seed)}), flush=True)
        said, wrong = looked_at(index, check=False)
        checked, wrong_then = looked_at(index, check=True)
        result = {"seed": seed, "said": said, "wrong": wrong, "checked": checked, "wrong after check": wrong_then}
        print(json.dumps(result), flush=True)
        shutil.rmtree(index, ignore_errors=True)


if __name__ == "__main__":
    main()
