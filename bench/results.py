"""What is written and printed: figures together with what they were measured on, and with what."""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bench.datasets import PROJECT
from qa import AnswerSettings, RetrievalSettings

RESULTS = PROJECT / "bench" / "results"
# What figures depend on, for `git status`.
_MEASURED = ("app.py", "chat", "index", "qa", "bench/*.py", "examples", "tests/qa/data")
_PACKAGES = (
    "chromadb", "langchain-core", "numpy", "onnxruntime", "scikit-learn", "sentence-transformers", "tokenizers",
    "torch",
)  # fmt: skip


def write(name: str, figures: Mapping[str, Any], settings: Mapping[str, Any], folder: Path = RESULTS) -> Path:
    """Write `<name>.json`: the figures, the settings, the defaults in force and where it was measured."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    values = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": machine(),
        "packages": {package: _version(package) for package in _PACKAGES},
        "settings": {
            "retrieval": RetrievalSettings().model_dump(),
            "answer": AnswerSettings().model_dump(),
            **settings,
        },
        **figures,
    }
    path.write_text(json.dumps(rounded(values), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def commit() -> str:
    """The git commit that was measured, with "+" where files differ from it; "unknown" outside a checkout."""
    try:
        head = _git("rev-parse", "HEAD").strip()
        changed = _git("status", "--porcelain", "--", *_MEASURED).strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head + ("+" if changed else "")


def machine() -> dict[str, Any]:
    """The processor, how many of them may be used, how busy they are, and the Python version."""
    return {
        "cpu": _cpu_model(),
        "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load_1min": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "platform": platform.platform(),
        "python": platform.python_version(),
    }


def rounded(value: Any) -> Any:
    """The same with floats to 4 digits, and None for NaN, so that it is JSON."""
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 4)
    if isinstance(value, Mapping):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return value


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows with the same keys as lines of aligned columns under a heading; empty for no rows."""
    if not rows:
        return ""
    cells = [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(cells[0]))]
    right = [isinstance(value, int | float) for value in rows[0].values()]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in cells
    )


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "-" if math.isnan(value) else f"{value:.3f}"
    return str(value)


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=PROJECT, check=True, capture_output=True, text=True).stdout


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
