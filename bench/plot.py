"""`python -m bench plot`: docs/risk-coverage.svg, from what was measured last."""

from __future__ import annotations

import json
from typing import Any

from bench.datasets import PROJECT
from bench.results import RESULTS

_NAMES = {"newsqa": "NewsQA", "sample": "sample questions"}
_SIZE = (7.2, 3.6)  # inches


def run() -> None:
    """Draw it; matplotlib is in the extra "bench"."""
    answers = json.loads((RESULTS / "answers-report.json").read_text(encoding="utf-8"))
    figure, axes = _figure("share of the questions that are answered", "share of the answers that are wrong")
    for name, found in answers["risk_coverage"].items():
        points = found["points"]
        axes.plot([p["coverage"] for p in points], [p["risk"] for p in points], marker="o", label=_NAMES[name])
    _save(figure, axes, "risk-coverage.svg")


def _figure(across: str, up: str) -> tuple[Any, Any]:
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "article-qa"  # the same file for the same figures
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=_SIZE)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.grid(alpha=0.3)
    return figure, axes


def _save(figure: Any, axes: Any, name: str) -> None:
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    axes.legend()
    figure.tight_layout()
    path = PROJECT / "docs" / name
    figure.savefig(path, metadata={"Date": None})
    print(path)
