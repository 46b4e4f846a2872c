"""A process of its own for the fault injector: python -m tests.index.fault_worker LOCATION WORK EDITION FOLDER [FAULT].

Does one work over the index and prints "ready", the id of each article as soon as it is acknowledged, and "done". An
error of the index is one line, "error: ...", and exit status 3; whatever else goes wrong is a traceback. FAULT is
"full=BYTES" (no file may grow beyond that) or "clock=SECONDS" (it is that much earlier). "damaged": a
check follows, and where it says that nothing is lost, all has to be there and right.
"""

from __future__ import annotations

import resource
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from index import ArticleIndex, IndexSettings, PassageFilter, StoreSettings
from index.errors import ArticleQAError
from tests.fakes import WordEmbedder
from tests.index.worker import article

NAMES = {"replace": "red", "add": "green", "import": "blue"}


def inject(fault: str) -> None:
    kind, _, value = fault.partition("=")
    if kind == "full":
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(value), resource.RLIM_INFINITY))
    elif kind == "clock":
        now = time.time
        time.time = lambda: now() - int(value)


def found(articles: ArticleIndex, article_id: str, edition: int) -> bool:
    """Whether words find a sentence of it, and every passage that is found is a part of the article it names.

    Looked up anew where another process replaces the article between one call and the next, which it does once here.
    """
    marker = f"marker{article_id.replace('-', '')}x7"
    where = PassageFilter(article_ids=(article_id,))
    for last in (False, True):
        [candidates] = articles.search(articles.embedder.embed_queries([marker]), [marker], 9, where)
        hits = articles.passages(sorted(candidates.scores)).values()
        if all(hit.text == articles.get(hit.article_id).text[hit.start : hit.end] for hit in hits):
            break
        assert not last, hits
    return any(marker in hit.text and f"edition {edition} " in hit.text for hit in hits)


def work(articles: ArticleIndex, kind: str, edition: int, folder: Path) -> Iterator[str]:
    if kind in ("add", "replace"):
        for number in range(4):
            articles.add(article(NAMES[kind], number, edition))
            yield f"{NAMES[kind]}-{number}"
    elif kind == "remove":
        for number in range(3):
            articles.remove(f"red-{number}")
            yield f"red-{number}"
    elif kind == "sync":
        report = articles.sync([folder / "sources"])
        assert not report.failing, report.failing
        if report.added.failed:
            raise ArticleQAError(str(report.added))
        articles.remove([each.id for each in report.gone])
    elif kind == "import":
        report_of = articles.import_from(folder / "all.jsonl")
        if report_of.failed:
            raise ArticleQAError(str(report_of))
        yield from (f"blue-{number}" for number in range(4))
    elif kind == "rebuild":
        articles.rebuild(IndexSettings(model="words", passage_chars=300), embedder=WordEmbedder())
    else:
        for number in range(4):
            assert found(articles, f"red-{number}", 1), f"red-{number} is not found"


def verify(articles: ArticleIndex, edition: int) -> None:
    """What is there is right and found, and the list is whole, or an error says what is wrong."""
    listed = {each.id for each in articles.list()}
    assert listed >= {f"red-{number}" for number in range(4)}, f"only {sorted(listed)} are listed"
    for article_id in sorted(listed):
        name, number = article_id.rsplit("-", 1)
        if name in ("red", "green", "blue"):
            stored = articles.get(article_id)
            editions = [each for each in (1, edition) if article(name, int(number), each).text == stored.text]
            assert editions, f"{article_id} has another text"
            assert found(articles, article_id, editions[0]), f"{article_id} is not found"


def main() -> int:
    location, kind, edition, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])
    settings = StoreSettings(commit_passages=40, lock_timeout_s=60)
    status = 0
    try:
        articles = ArticleIndex.open(location, None, embedder=WordEmbedder(), store_settings=settings)
        print("ready", flush=True)
        inject(sys.argv[5] if len(sys.argv) > 5 else "")
        for acknowledged in work(articles, kind, edition, folder):
            print(acknowledged, flush=True)
        print("done", flush=True)
    except ArticleQAError as exc:
        print("error:", " ".join(str(exc).split()), flush=True)
        status = 3
    if len(sys.argv) > 5 and sys.argv[5] == "damaged":
        try:
            with ArticleIndex.open(location, None, embedder=WordEmbedder(), store_settings=settings) as again:
                lost = again.check().lost
                print("lost:", *lost, flush=True)
                if not lost and kind != "remove":
                    verify(again, edition)
        except ArticleQAError as exc:
            print("error:", " ".join(str(exc).split()), flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
