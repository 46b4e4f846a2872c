"""The arrows app -> chat -> qa -> index never turn back, and importing a package costs nothing.

In `make check` import-linter (pyproject.toml) holds the arrows and circles of what is written as an import. What it
does not see is held here: app.py, what is imported by its name, and circles through the __init__ of a package.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
# What the files of a part may import of our own.
ALLOWED = {
    "index": {"index"},
    "qa": {"qa", "index"},
    "chat": {"chat", "qa", "index"},
    "app": {"app", "chat", "qa", "index"},
}
OURS = {"app", "chat", "qa", "index", "bench", "training", "tests"}
# `qa chat` starts the chat by its name when it is called; nothing in qa depends on it.
EXCEPTION = ("qa/commands/chat.py", "app")
HEAVY = (
    "torch",
    "chromadb",
    "sentence_transformers",
    "gradio",
    "langchain_core",
    "numpy",
    "onnxruntime",
    "openvino",
    "pydantic",
)


def files(part: str) -> list[Path]:
    folder = ROOT / part
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


def imported(path: Path) -> Iterator[str]:
    """The first part of the name of every module that a file imports, anywhere in it, also by `import_module`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield path.relative_to(ROOT).parts[0] if node.level else str(node.module).split(".")[0]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in {"import_module", "__import__"}:
            name = node.args[0]
            if isinstance(name, ast.Constant):
                yield str(name.value).split(".")[0]
            elif isinstance(name, ast.JoinedStr) and isinstance(name.values[0], ast.Constant):
                yield str(name.values[0].value).split(".")[0]
            else:
                pytest.fail(f"{path} imports a module by a name that cannot be read here")


@pytest.mark.parametrize("part", ALLOWED)
def test_the_arrows_never_turn_back(part: str) -> None:
    turned = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in files(part)
        for name in imported(path)
        if name in OURS - ALLOWED[part]
    }
    assert turned == ({EXCEPTION} if part == "qa" else set())


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Import statements within functions and under TYPE_CHECKING count; those of a package are its __init__'s."""
    graph = grimp.build_graph("training", "bench", "chat", "qa", "index", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert {"chat.render", "qa.answer", "index.storage.chroma"} <= imports.keys()
    assert "index" in imports["qa.retrieval.retriever"]
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as exc:
        pytest.fail(" <- ".join(exc.args[1]))


def test_the_command_line_names_the_chat_in_one_place_only() -> None:
    assert (ROOT / EXCEPTION[0]).read_text(encoding="utf-8").count('import_module("app")') == 1


def test_only_the_chat_knows_gradio_and_the_article_side_no_langchain() -> None:
    known = {part: {name for path in files(part) for name in imported(path)} for part in ALLOWED}
    assert "gradio" in known["chat"]
    assert "gradio" not in known["qa"] | known["index"]
    assert not {name for name in known["index"] if name.startswith("langchain")}


@pytest.mark.parametrize("name", ["render", "source", "lists", "library", "session", "users"])
def test_what_the_chat_shows_and_does_knows_no_gradio(name: str) -> None:
    assert not {"gradio", "starlette", "fastapi"} & set(imported(ROOT / "chat" / f"{name}.py"))


def fresh(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    "module",
    "qa index qa.__main__ index.article index.errors qa.answer qa.evaluation.report app chat chat.render chat.source "
    "chat.lists chat.session chat.library chat.firewall chat.settings chat.serving chat.users".split(),
)
def test_importing_loads_nothing_heavy(module: str) -> None:
    assert fresh(f"import {module}, sys; print(*sorted(set({HEAVY!r}) & set(sys.modules)))") == ""


WATCHED = """
import sys, os, argparse, json, importlib, contextlib, collections.abc, typing, dataclasses  # which may do as they like

seen = []

def watch(event, arguments):
    if event == "open":
        name = os.fspath(arguments[0]) if isinstance(arguments[0], (str, bytes, os.PathLike)) else ""
        code = name.endswith((".py", ".pyc")) or ".pyc." in name
        if not code:
            seen.append((event, name))
    elif event.startswith(("socket.", "subprocess.", "os.exec", "os.fork", "os.mkdir", "sqlite3.", "urllib.")):
        seen.append((event, arguments))

class Watched(type(os.environ)):
    def __getitem__(self, name):
        seen.append(("environment", name))
        return super().__getitem__(name)

os.environ.__class__ = Watched
sys.addaudithook(watch)
import logging
before = logging.getLogger().handlers[:], logging.getLogger().level
import qa, index, qa.__main__, index.errors, index.article, app, chat, chat.render, chat.source, chat.lists
assert (logging.getLogger().handlers, logging.getLogger().level) == before
print(seen)
"""


def test_importing_opens_no_file_and_no_socket_and_reads_no_environment() -> None:
    assert fresh(WATCHED) == "[]"


def test_what_watches_imports_does_see_files_sockets_and_the_environment() -> None:
    uses = "import socket; open(os.devnull).close(); os.environ.get('HOME'); socket.socket().close()"
    seen = fresh(WATCHED.replace("print(seen)", f"{uses}; print(seen)"))
    for sign in (os.devnull, "'HOME'", "socket.__new__"):
        assert sign in seen


def test_every_public_name_is_there() -> None:
    names = "[(m.__name__, n) for m in (qa, index) for n in m.__all__ if getattr(m, n) is None]"
    assert fresh(f"import qa, index; print({names})") == "[]"
    assert (
        fresh("import qa, index; print(sorted(qa._HOME) == qa.__all__, sorted(index._HOME) == index.__all__)")
        == "True True"
    )


def test_the_version_is_that_of_pyproject_and_costs_nothing_until_it_is_asked_for() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert fresh("import qa; print(qa.__version__)") == declared
    assert fresh("import qa, sys; print('importlib.metadata' in sys.modules)") == "False"


def test_a_version_that_is_not_known_is_an_attribute_error_that_says_why() -> None:
    code = (
        "import importlib.metadata as m\n"
        "def version(name): raise m.PackageNotFoundError(name)\n"
        "m.version = version\n"
        "import qa\n"
        "print(getattr(qa, '__version__', None))\n"
        "try: qa.__version__\n"
        "except AttributeError as exc: print(exc)"
    )
    assert fresh(code).splitlines() == [
        "None",
        "qa.__version__ is not known: article-qa is not installed. pip install -e .",
    ]


@pytest.mark.parametrize("part", ["chat", "index", "qa"])
def test_a_part_says_that_it_is_typed_and_ships_the_file_that_says_so(part: str) -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]
    assert (ROOT / part / "py.typed").read_bytes() == b""
    assert "py.typed" in data[part]


@pytest.mark.parametrize("module", ["qa", "index"])
def test_a_name_that_is_not_there_is_an_attribute_error(module: str) -> None:
    code = f"import {module}\ntry: {module}.Nonsense\nexcept AttributeError as exc: print(exc)"
    assert fresh(code) == f"module '{module}' has no attribute 'Nonsense'"
