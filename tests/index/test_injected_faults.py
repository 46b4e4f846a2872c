"""One fault in each round, while something is done to the index: what was acknowledged is whole, and nothing is half.

A round is its seed, which is the test's parameter: `pytest -m '' 'tests/index/test_injected_faults.py::...[17]'` plays
round 17 again, but for the moment at which the operating system kills. FAULT_SEED=1000 plays others, from there on, and
with FAULT=killed every fault is that one.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index import ArticleIndex
from tests.fakes import WordEmbedder
from tests.index.fault_worker import NAMES, found
from tests.index.storage.test_server import Server, running, server  # noqa: F401
from tests.index.worker import SETTINGS, article
from tests.warm import WARM, WarmProcess

FAULTS = ("killed", "full", "flipped byte", "lost file", "clock", "two writers", "read only", "server")
WORKS = ("replace", "add", "import", "sync", "remove", "rebuild", "ask")
# The first rounds: the faults that are likeliest, and works that write in several steps. QUICK are of `make test`.
FIRST_ROUNDS = (
    ("killed", "rebuild"), ("full", "replace"), ("two writers", "add"), ("killed", "sync"), ("flipped byte", "ask"),
)  # fmt: skip
QUICK = 3
EDITIONS = {1: ("same", "changed", "gone"), 2: ("same", "changed", "new")}
NOTES = {*EDITIONS[1], *EDITIONS[2]}
FIRST = int(os.environ.get("FAULT_SEED", "0"))


def opened(location: Path | str) -> ArticleIndex:
    return ArticleIndex.open(location, embedder=WordEmbedder())


def note(name: str, edition: int) -> str:
    text = article("note", 0, 1 if name == "same" else edition).text
    return f"{name}\n\n{text}"


def notes(folder: Path, edition: int) -> None:
    """The files that are synced: one stays as it was, one is changed, one is new and one is gone."""
    shutil.rmtree(folder / "sources", ignore_errors=True)
    (folder / "sources").mkdir()
    for name in EDITIONS[edition]:
        (folder / "sources" / f"{name}.txt").write_text(note(name, edition))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults")
    notes(folder, 1)
    with ArticleIndex.open(folder / "blue", SETTINGS, embedder=WordEmbedder()) as articles:
        articles.add(article("blue", number) for number in range(4))
        articles.export_to(folder / "all.jsonl")
    with ArticleIndex.open(folder / "index", SETTINGS, embedder=WordEmbedder()) as articles:
        articles.add(article("red", number) for number in range(4))
        articles.sync([folder / "sources"])
    return folder


def start(location: Path | str, work: str, folder: Path, fault: str = "") -> WarmProcess:
    return WARM.start("tests.index.fault_worker", location, work, 2, folder, fault)


def ended(process: WarmProcess, *statuses: int) -> list[str]:
    """What it acknowledged, "done" at the end where it came to it; it printed no traceback."""
    out, err = process.communicate(timeout=600)
    assert process.returncode in statuses, (process.returncode, out, err)
    assert "Traceback" not in err, err
    return out.splitlines()


@contextmanager
def reading_only(index: Path) -> Iterator[None]:
    def mount(*arguments: str) -> bool:
        return subprocess.run(["mount", *arguments], check=False, capture_output=True).returncode == 0

    if os.geteuid() or not mount("--bind", str(index), str(index)):
        pytest.skip("no file system can be mounted here")
    try:
        assert mount("-o", "remount,ro,bind", str(index))
        yield
    finally:
        subprocess.run(["umount", str(index)], check=True)


def damage(index: Path, rng: random.Random, lose: bool) -> Path:
    files = sorted(path for path in index.rglob("*") if path.is_file() and path.stat().st_size)
    path = rng.choice(files)
    if lose:
        path.unlink()
        return path
    content = bytearray(path.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)
    return path


def assert_right(articles: ArticleIndex, works: dict[str, list[str]]) -> None:
    """As before or as after the works for each article, as after them for those that were acknowledged."""
    changes = {NAMES[work]: 1 if work == "import" else 2 for work in works if work in NAMES}
    done = {each for said in works.values() for each in said}
    for number in range(4):
        for name in ("red", "green", "blue"):
            article_id = f"{name}-{number}"
            stored = articles.find(article_id)
            before, after = article(name, number), article(name, number, changes.get(name, 1))
            text = None if stored is None else stored.text
            if "remove" in works and name == "red" and number < 3:
                possible = [None] if article_id in done else [None, before.text]
            elif article_id in done:
                possible = [after.text]
            elif name == "red":
                possible = [before.text, after.text]
            else:
                possible = [None, after.text] if name in changes else [None]
            assert text in possible, article_id
            if stored is not None:
                assert found(articles, article_id, 1 if stored.text == before.text else 2), article_id
    listed = articles.list()
    synced = {each.title.lower(): articles.get(each.id).text for each in listed if each.title.lower() in NOTES}
    before, after = ({name: note(name, edition) for name in names} for edition, names in EDITIONS.items())
    if "done" in works.get("sync", []):
        assert synced == after
    else:
        assert all(text in (before.get(name), after.get(name)) for name, text in synced.items())
        assert synced.keys() >= ({"same", "changed"} if "sync" in works else before.keys())
    with articles._connection.reading() as view:
        ids = view.store.passage_ids()
        assert view.store.orphans() == set()
        assert view.words.passage_ids() == ids
        assert view.store.vectors(sorted(ids)).keys() == ids
    for each in listed:
        assert articles.get(each.id).content_hash == each.content_hash


def played(fault: str, work: str, index: Path, folder: Path, rng: random.Random) -> None:
    if fault in ("flipped byte", "lost file"):
        print("damaged:", damage(index, rng, fault == "lost file"))
        ended(start(index, work, folder, "damaged"), 0, 3)
        return
    works: dict[str, list[str]] = {}
    if fault == "killed":
        process = start(index, work, folder)
        assert process.stdout.readline() == "ready\n"
        time.sleep(rng.uniform(0, 0.5))
        process.kill()
        works[work] = ended(process, 0, -9)
    elif fault == "two writers":
        second = "import" if work == "add" else "add"
        processes = {each: start(index, each, folder) for each in (work, second)}
        with opened(index) as articles:
            while any(process.poll() is None for process in processes.values()):
                assert found(articles, "red-3", 1) or found(articles, "red-3", 2)
        works = {each: ended(process, 0) for each, process in processes.items()}
    elif fault == "read only":
        with reading_only(index):
            works[work] = ended(start(index, work, folder), 0, 3)
        assert ("done" in works[work]) == (work == "ask"), works
    else:
        given = f"full={rng.choice([100, 9_000, 90_000, 400_000])}" if fault == "full" else "clock=90000"
        works[work] = ended(start(index, work, folder, given), *([0, 3] if fault == "full" else [0]))
    with opened(index) as articles:
        assert_right(articles, works)
        if "done" not in works[work] and work != "remove":
            assert_right(articles, works | {work: ended(start(index, work, folder), 0)})  # nothing stands in its way


def round_on_a_server(work: str, chroma: Server, folder: Path, rng: random.Random) -> None:
    with ArticleIndex.open(chroma.url, SETTINGS, embedder=WordEmbedder()) as articles:
        articles.add(article("red", number) for number in range(4))
    process = start(chroma.url, work, folder)
    time.sleep(rng.uniform(0, 3))
    chroma.stop()
    chroma.start()
    said = ended(process, 0, 3)
    with opened(chroma.url) as articles:
        done = {each for each in said if each.startswith(("red-", "green-", "blue-"))}
        texts = {each: articles.find(each) for each in done}
        for article_id, stored in texts.items():
            assert (stored is None) == (work == "remove"), article_id
        for each in articles.list():
            assert articles.get(each.id).content_hash == each.content_hash


@pytest.mark.parametrize(
    "seed",
    [pytest.param(FIRST + at, marks=[pytest.mark.soak] if FIRST or at >= QUICK else []) for at in range(500)],
)
def test_after_a_fault_what_was_acknowledged_is_whole_and_nothing_is_half(
    seed: int, template: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    rng = random.Random(seed)
    fault, work = FIRST_ROUNDS[seed] if seed < len(FIRST_ROUNDS) else (rng.choice(FAULTS), rng.choice(WORKS))
    fault = os.environ.get("FAULT", fault)
    print(f"seed {seed}: {fault}, {work}")
    index = Path(shutil.copytree(template / "index", tmp_path / "index"))
    notes(template, 2)
    if fault == "server":
        round_on_a_server(rng.choice(WORKS[:3]), request.getfixturevalue("server"), template, rng)
    else:
        played(fault, work, index, template, rng)
