"""No module, function or list of arguments grows beyond what can be read at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULE, FUNCTION = 400, 60  # lines, with docstrings, comments and empty ones
ARGUMENTS = 6  # besides self and cls
NAMED_BY_OTHERS = 7  # in chat/api.py, whose arguments are the names in a request
DIRECTLY_IN_QA = 8  # modules; the others lie in its folders
FILES = sorted([ROOT / "app.py", *(path for part in ("chat", "index", "qa") for path in (ROOT / part).rglob("*.py"))])
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def functions(code: str) -> Iterator[tuple[str, Function]]:
    """Every function of a module with its name, those within functions and classes too."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, Function):
            yield getattr(node, "name", f"the lambda in line {node.lineno}"), node


def lines_of(function: Function) -> int:
    """From its `def` to its last line, without decorators."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def arguments_of(function: Function) -> int:
    """All that a call may give, *args and **kwargs as one each; `self` and `cls` are not given."""
    found = function.args
    positional = [argument.arg for argument in (*found.posonlyargs, *found.args)]
    given = positional[positional[:1] in (["self"], ["cls"]) :]
    return len(given) + len(found.kwonlyargs) + (found.vararg is not None) + (found.kwarg is not None)


def too_large(code: str, most: int = ARGUMENTS) -> list[str]:
    """What of a module is over a limit, by name."""
    lines = len(code.splitlines())
    found = [f"{lines} lines, {MODULE} are the limit"] if lines > MODULE else []
    for name, function in functions(code):
        if lines_of(function) > FUNCTION:
            found.append(f"{name}: {lines_of(function)} lines, {FUNCTION} are the limit")
        if arguments_of(function) > most:
            found.append(f"{name}: {arguments_of(function)} arguments, {most} are the limit")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_its_functions_and_their_arguments_keep_to_the_limits(path: Path) -> None:
    most = NAMED_BY_OTHERS if path == ROOT / "chat" / "api.py" else ARGUMENTS
    found = too_large(path.read_text(encoding="utf-8"), most)
    assert not found, "\n".join(f"{path.relative_to(ROOT)}: {each}" for each in found)


def test_few_modules_lie_directly_in_qa() -> None:
    found = sorted(path.name for path in (ROOT / "qa").glob("*.py"))
    assert len(found) <= DIRECTLY_IN_QA, found


def test_what_is_over_a_limit_is_named() -> None:
    assert too_large("\n" * MODULE) == []
    assert too_large("\n" * (MODULE + 1)) == ["401 lines, 400 are the limit"]
    body = "    pass\n"
    assert too_large("@decorated\ndef f():\n" + body * 59) == []
    assert too_large("def f():\n" + body * 60) == ["f: 61 lines, 60 are the limit"]
    within = "class A:\n    async def g(self):\n" + "        pass\n" * 60
    assert too_large(within) == ["g: 61 lines, 60 are the limit"]
    assert too_large("class A:\n    def f(self, a, b, /, c, *, d, e, f): pass\n    def g(cls, a, *b, **c): pass") == []
    assert too_large("def f(a, b, /, c, *d, e, f, **g): pass") == ["f: 7 arguments, 6 are the limit"]
    assert too_large("x = lambda a, b, c, d, e, f, g: 1") == ["the lambda in line 1: 7 arguments, 6 are the limit"]
