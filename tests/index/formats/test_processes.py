"""Sources read in processes of their own: the same as without, in order, and what dies costs what it was reading."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from index import Article, ArticleIndex
from index.formats import SourceFailure, processes, read_source, reading_process
from index.formats.limits import MAX_PROCESSOR_S
from index.formats.origin import Origin
from index.formats.processes import read_in_processes
from index.formats.reading_process import Content, ReadingProcess
from tests.fakes import WordEmbedder

ROOT = Path(__file__).parents[3]
GONE_S = 10  # within which a process that was told so has ended


def children(parent: int) -> list[int]:
    """The processes that this one started and that have not ended, by number."""
    command = ["ps", "-ww", "-o", "pid=,stat=,args=", "--ppid", str(parent)]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [line.split(None, 2) for line in listed.stdout.splitlines()]
    return [int(pid) for pid, state, command in lines if "formats.processes" in command and "Z" not in state]


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + GONE_S
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return " Z " not in f" {Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2]} "
    except FileNotFoundError:
        return False


@contextmanager
def web(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A web server that does the same for every request."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Articles of several kinds, and what is none."""
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in range(30):
        page = f"<html><head><title>Tide {number}</title></head><body><p>{'The tide rose. ' * 20}</p></body></html>"
        (folder / f"page{number:02}.html").write_text(page)
        (folder / f"text{number:02}.txt").write_text(f"Harbour {number}\n\nThe harbour froze for {number} days.")
    records = [f'{{"id": "record{number}", "text": "Wind came {number}."}}' for number in range(20)]
    (folder / "page05a.jsonl").write_text("\n".join([*records, '{"text": ""}']))
    (folder / "page06a.html").write_text("")
    (folder / "page07a.pdf").write_bytes(b"%PDF-1.4 and then nothing")
    (folder / "page08a.png").write_bytes(b"PNG")
    return folder


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.soak), 3])
def test_the_report_and_the_articles_are_the_same_with_and_without_processes(
    tmp_path: Path, folder: Path, workers: int
) -> None:
    sources = [folder, folder / "gone.txt", Article(id="own", text="Made here."), SourceFailure("a", "was damaged")]
    reports, hashes = [], []
    for count in (0, workers):
        with ArticleIndex.open(tmp_path / str(count), embedder=WordEmbedder()) as articles:
            reports.append(articles.add(sources, workers=count))
            hashes.append({summary.id: summary.content_hash for summary in articles.list()})
    assert str(reports[0]) == "81 added, 1 skipped, 5 failed"
    assert reports[0] == reports[1]
    assert hashes[0] == hashes[1]


def test_articles_come_in_the_order_of_their_sources_however_long_each_takes(folder: Path) -> None:
    (folder / "a.html").write_text("<p>A long page.</p>" * 5_000)
    names = [str(path) for path in sorted(folder.iterdir())]
    with closing(read_in_processes(names, 2)) as read:
        found = [(source, list(items)) for source, items in read]
    assert [source for source, _ in found] == names
    untimed = [[getattr(item, "content_hash", item) for item in items] for _, items in found]
    assert untimed == [[getattr(item, "content_hash", item) for item in read_source(name)] for name in names]


def test_the_processes_import_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>Bees swarm in May.</p>")
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, os, sys\n"
        "end = os._exit\n"
        "def ended(status):\n"
        f"    open({str(tmp_path / 'loaded')!r}, 'w').write(' '.join(sys.modules))\n"
        "    end(status)\n"
        "os._exit = ended\n"
    )
    code = (
        "from index.formats.reading_process import ReadingProcess\n"
        "reader = ReadingProcess()\n"
        f"print(reader.read({str(tmp_path / 'a.html')!r}, 'a.html'))\n"
        "reader._process.stdin.close(); reader._process.wait()\n"
    )
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=ROOT, check=True
    )
    assert done.stdout.startswith("[Article(")
    loaded = (tmp_path / "loaded").read_text().split()
    assert "trafilatura" in loaded
    heavy = {"torch", "openvino", "onnxruntime", "transformers", "sentence_transformers", "chromadb", "gradio"}
    assert heavy & set(loaded) == set()


def test_processes_that_are_killed_cost_the_source_that_they_were_reading(folder: Path) -> None:
    def kill(_: BaseHTTPRequestHandler) -> None:
        for child in children(os.getpid()):
            os.kill(child, signal.SIGKILL)

    with web(kill) as url:
        names = [str(folder / "text00.txt"), f"{url}/story.html", str(folder / "text01.txt")]
        with closing(read_in_processes(names, 1)) as read:
            first, killed, after = [list(items) for _, items in read]
    assert [item.title for item in first + after if isinstance(item, Article)] == ["Harbour 0", "Harbour 1"]
    assert killed == [
        SourceFailure(
            f"{url}/story.html",
            "the processes that read it died (SIGKILL, SIGKILL). Is it damaged, or larger than memory?",
        )
    ]


def test_a_process_that_was_killed_between_two_sources_costs_nothing(folder: Path) -> None:
    reader = ReadingProcess()
    try:
        [first] = reader.read(str(folder / "text00.txt"), "text00")
        [child] = children(os.getpid())
        os.kill(child, signal.SIGKILL)
        wait_until(lambda: not is_alive(child))
        [second] = reader.read(str(folder / "text01.txt"), "text01")
    finally:
        reader.end()
    assert isinstance(first, Article)
    assert isinstance(second, Article)


def test_an_error_that_a_reader_should_not_raise_costs_its_source(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Broken:\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'trafilatura': raise ZeroDivisionError('of a parser')\n"
        "sys.meta_path.insert(0, Broken())\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    names = [str(folder / name) for name in ("text00.txt", "page00.html", "text01.txt")]
    with closing(read_in_processes(names, 1)) as read:
        first, broken, after = [list(items) for _, items in read]
    assert [type(item) for item in first + after] == [Article, Article]
    assert broken == [SourceFailure(names[1], "could not be read: ZeroDivisionError: of a parser")]


def test_what_a_parser_prints_does_not_stand_between_the_answers(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os, threading\n"
        "start = threading.Thread.start\n"
        "def loud(self):\n"
        "    start(self); print('from Python', flush=True); os.write(1, b'from C')\n"
        "threading.Thread.start = loud\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with closing(read_in_processes([str(folder / "text00.txt")], 1)) as read:
        [(_, items)] = read
    assert isinstance(next(items), Article)
    assert capfd.readouterr() == ("", "from Python\nfrom C")


def test_no_more_is_read_than_a_few_sources_ahead(folder: Path) -> None:
    taken = []

    def names() -> Iterator[str]:
        for number in itertools.count():
            taken.append(number)
            yield str(folder / f"text{number % 30:02}.txt")

    with closing(read_in_processes(names(), 2)) as read:
        for _ in range(5):
            next(read)
    assert len(taken) == 5 + 2 * processes._AHEAD
    assert children(os.getpid()) == []


def test_records_are_read_one_by_one_and_not_before_their_turn(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "One."}\n{"text": "Two."}\n')
    with closing(read_in_processes([str(tmp_path / "a.jsonl")], 1)) as read:
        [(_, items)] = read
        with (tmp_path / "a.jsonl").open("a") as file:
            file.write('{"text": "Three, which came later."}\n')
        assert [item.text for item in items if isinstance(item, Article)] == [
            "One.",
            "Two.",
            "Three, which came later.",
        ]


@pytest.mark.parametrize(
    "ended_by", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.soak), signal.SIGKILL]
)
def test_no_process_outlives_the_command(tmp_path: Path, ended_by: signal.Signals) -> None:
    # Reading one of them takes far longer than it takes to see that somebody does.
    page = "".join(
        f"<div><p>Paragraph {number} is about tides, boats and herring.</p></div>" for number in range(150_000)
    )
    for name in ("a.html", "b.html"):
        (tmp_path / name).write_text(f"<html><body><article>{page}</article></body></html>")
    command = [sys.executable, "-m", "qa", "--index", str(tmp_path / "index"), "add", "--workers", "2"]
    with subprocess.Popen(
        [*command, str(tmp_path / "a.html"), str(tmp_path / "b.html")], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, cwd=ROOT, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            wait_until(lambda: len(children(process.pid)) == 2)
            both = children(process.pid)
            os.killpg(process.pid, ended_by)  # as Ctrl-C at a terminal does
            out, err = process.communicate(timeout=GONE_S)
            wait_until(lambda: not any(map(is_alive, both)))
        finally:
            process.kill()
    if ended_by == signal.SIGINT:
        assert (process.returncode, out) == (130, "")
        assert err == "qa: interrupted; what was reported as done is stored.\n"
    else:
        assert process.returncode == -ended_by


def pdf_of(content: bytes) -> bytes:
    """A PDF of one page with this content, without a table of its objects."""
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    objects = b"".join(b"%d 0 obj%sendobj\n" % (number, part) for number, part in enumerate(parts, 1))
    return b"%PDF-1.4\n" + objects + b"trailer<</Size 6/Root 1 0 R>>\n%%EOF\n"


def test_a_page_of_very_many_text_operators_is_read_at_once(tmp_path: Path) -> None:
    words = b"".join(b"BT /F1 9 Tf 1 0 0 1 %d %d Tm (tide%d) Tj ET\n" % (20 + 50 * (n % 10), 790 - n // 40, n)
                     for n in range(25_000))  # fmt: skip
    (tmp_path / "many.pdf").write_bytes(pdf_of(words))
    started = time.monotonic()
    (article,) = read_source(tmp_path / "many.pdf")
    assert isinstance(article, Article)
    assert "tide24999" in article.text
    assert time.monotonic() - started < 15


@pytest.fixture
def stubborn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of two good files and one, b.pdf, whose reading takes for ever or all memory, as the name says."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        "class Stubborn:\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'pypdfium2' and os.path.exists(os.path.join(os.environ['PYTHONPATH'], 'time')):\n"
        "            while True: pass\n"
        "        if name == 'pypdfium2': bytearray(10 ** 10)\n"
        "sys.meta_path.insert(0, Stubborn())\n"
    )
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").write_text("The bakery closes in May.")
    (folder / "b.pdf").write_bytes(pdf_of(b"BT /F1 9 Tf (Words) Tj ET"))
    (folder / "c.txt").write_text("The bridge was painted green.")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    reading_process._end_idle()  # or one that was started before would read it
    yield folder
    reading_process._end_idle()


@pytest.mark.parametrize("workers", [pytest.param(0, marks=pytest.mark.soak), 1])
def test_a_file_that_takes_for_ever_is_given_up_and_the_rest_is_stored(
    tmp_path: Path, stubborn: Path, workers: int
) -> None:
    (tmp_path / "time").touch()
    with (tmp_path / "sitecustomize.py").open("a") as file:  # for the sake of a quick test
        file.write(
            "import resource\n"
            "setrlimit = resource.setrlimit\n"
            "def sooner(kind, limits):\n"
            f"    less = {MAX_PROCESSOR_S - 1} if kind == resource.RLIMIT_CPU else 0\n"
            "    setrlimit(kind, (limits[0] - less, limits[1]))\n"
            "resource.setrlimit = sooner\n"
        )
    with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as articles:
        report = articles.add(stubborn, workers=workers)
    assert str(report) == "2 added, 1 failed"
    [failed] = [result for result in report.results if result.outcome == "failed"]
    assert failed.reason is not None
    assert failed.reason.startswith(f"takes more than {MAX_PROCESSOR_S} s of processor time to read.")


@pytest.mark.parametrize("workers", [0, 1])
def test_a_file_that_takes_too_much_memory_is_a_failure_that_says_so(
    tmp_path: Path, stubborn: Path, workers: int
) -> None:
    with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as articles:
        report = articles.add(stubborn, workers=workers)
    assert str(report) == "2 added, 1 failed"
    [failed] = [result for result in report.results if result.outcome == "failed"]
    assert failed.reason == "takes more than 1,000,000,000 bytes of memory to read. Split it into parts."


def test_one_process_reads_file_after_file(tmp_path: Path) -> None:
    reading_process._end_idle()
    for number in range(3):
        (tmp_path / f"{number}.pdf").write_bytes(pdf_of(b"BT /F1 9 Tf (Words) Tj ET"))
        assert isinstance(next(read_source(tmp_path / f"{number}.pdf")), Article)
        assert len(children(os.getpid())) == 1
    reading_process._end_idle()
    assert children(os.getpid()) == []


@pytest.mark.parametrize("suffix", [".docx", ".eml", ".epub", ".html", ".mhtml", ".odt", ".pdf", ".rtf"])
def test_what_must_be_parsed_is_read_within_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    asked = []
    monkeypatch.setattr(reading_process, "read_within_limits", lambda content: asked.append(content.name) or [])
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"words")
    assert list(read_source(path)) == []
    assert asked == [str(path)]


def test_an_archive_has_no_common_limit_on_all_that_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.txt", "The tide rose.")
    before = set(children(os.getpid()))
    with closing(read_in_processes([str(path)], 1)) as read:
        _, items = next(read)
        assert [type(item) for item in items] == [Article]
        assert set(children(os.getpid())) <= before


def test_no_more_than_two_processes_wait_for_the_next_file(monkeypatch: pytest.MonkeyPatch) -> None:
    together, ended = threading.Barrier(5), []

    class Process:
        def read(self, source: Content, name: str) -> list[Any]:
            together.wait(GONE_S)
            return []

        def end(self) -> None:
            ended.append(self)

    monkeypatch.setattr(reading_process, "_idle", [])
    monkeypatch.setattr(reading_process, "ReadingProcess", Process)
    source = Content("text", b"", Origin.of_upload("a.txt"), "a.txt")
    threads = [threading.Thread(target=reading_process.read_within_limits, args=(source,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(reading_process._idle), len(ended)) == (2, 3)
    reading_process._idle.clear()
