"""The chat's entrance: what is named in app.py, and what importing it costs."""

from __future__ import annotations

import app
from tests.test_imports import fresh


def test_every_public_name_is_there() -> None:
    assert [name for name in app.__all__ if not hasattr(app, name)] == []


def test_importing_the_chat_loads_no_heavy_library() -> None:
    heavy = ("gradio", "torch", "chromadb", "starlette", "numpy", "pydantic", "sqlite3")
    assert fresh(f"import sys, app; print([name for name in {heavy!r} if name in sys.modules])") == "[]"
