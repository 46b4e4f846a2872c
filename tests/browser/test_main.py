"""The chat as it is started from a terminal: a process of its own, from start to Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import app
from tests.browser.conftest import MARKS

pytestmark = MARKS

ROOT = Path(app.__file__).parent
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
# Notes each address that Python connects to, sends to or looks up, then starts the chat.
AUDITED = """
import json, sys
watched = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.sendto"}
notes = open(sys.argv[1], "a", buffering=1)
def note(event, arguments):
    if event in watched:
        address = arguments[1] if event in {"socket.connect", "socket.sendto"} else arguments
        notes.write(json.dumps([event, address], default=repr) + "\\n")
sys.addaudithook(note)
import app
app.main(open_browser=False, port=int(sys.argv[2]))
"""


def test_a_chat_that_is_started_reaches_this_machine_only_and_ends_with_ctrl_c(
    articles_folder: Path, tmp_path: Path, visit: Callable[..., Any], port: int
) -> None:
    notes = tmp_path / "addresses.jsonl"
    proxy = "http://127.0.0.1:9"  # nothing listens there: whoever asks it fails
    kept = {name: value for name, value in os.environ.items() if name.upper() not in {"NO_PROXY", "ALL_PROXY"}}
    names = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
    environment = kept | dict.fromkeys(names, proxy) | {"ARTICLE_QA_INDEX": str(articles_folder)}
    with subprocess.Popen(
        [sys.executable, "-c", AUDITED, str(notes), str(port)],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        stop = threading.Timer(120, process.kill)
        stop.start()
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line == f"Article QA is at http://127.0.0.1:{port}/ (Ctrl-C ends it)\n", process.communicate()
            visitor = visit(f"http://127.0.0.1:{port}/")
            visitor.ask("Who won the harbour race?")
            assert "Marian Lee" in visitor.text("#chat mark")
            process.send_signal(signal.SIGINT)
            rest, complaints = process.communicate()
        finally:
            stop.cancel()
            process.kill()
    assert process.returncode == 0
    assert rest == "Article QA ends.\n"
    assert complaints == ""
    addresses = [json.loads(note) for note in notes.read_text().splitlines()]
    assert addresses
    elsewhere = [(event, to) for event, to in addresses if isinstance(to, list) and to[0] not in LOOPBACK]
    assert elsewhere == []


LINGERING = """
import sys, time
import gradio
gradio.Blocks.close = lambda *_, **__: time.sleep(100)
import app
app.main(open_browser=False, port=int(sys.argv[1]))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "kill"])
def test_a_second_ctrl_c_or_kill_does_not_wait(articles_folder: Path, port: int, number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LINGERING, str(port)],
        cwd=ROOT, env=os.environ | {"ARTICLE_QA_INDEX": str(articles_folder)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(number)
            assert process.stdout.readline() == "Article QA ends.\n"
            process.send_signal(number)
            assert process.communicate(timeout=30)[1] == ""
        finally:
            process.kill()
    assert process.returncode == 1


def test_a_folder_that_is_no_index_is_one_line_on_stderr(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no index")
    environment = os.environ | {"ARTICLE_QA_INDEX": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "app.py"],
        check=False,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert str(tmp_path) in done.stderr
