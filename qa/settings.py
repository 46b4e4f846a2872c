"""Settings of the question side, and the one place that reads the environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from index.settings import IndexSettings


class RetrievalSettings(BaseModel):
    """How passages are found. The measurements behind the defaults are in docs/decisions.md, "Fusion"."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    candidates: int = Field(100, ge=1, le=2000, description="Passages taken from each kind of search.")
    dense_weight: float = Field(0.35, ge=0, le=1, description="Weight of meaning against words in the fused score.")
    top_k: int = Field(20, ge=1, le=200, description="Passages that are read for an answer.")


class AnswerSettings(BaseModel):
    """When an answer is given. The measurements behind the defaults are in docs/decisions.md, "Abstaining"."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: float = Field(0.4, ge=0, le=1, description="Confidence under which the articles are said not to say.")
    max_question_chars: int = Field(2000, ge=10, le=100_000, description="Longest question, in characters.")


def index_location(flag: str | None = None) -> str:
    """Where the index is: the flag, else ARTICLE_QA_INDEX, else a folder among the user's data."""
    from platformdirs import user_data_path

    default = user_data_path("article-qa", appauthor=False) / "index"
    return flag or os.environ.get("ARTICLE_QA_INDEX") or str(default)


def index_settings(model: str | None = None) -> IndexSettings | None:
    """What to build or open an index with: the model that is named or in ARTICLE_QA_MODEL; None for what is there."""
    from index.settings import IndexSettings

    model = model or os.environ.get("ARTICLE_QA_MODEL")
    return IndexSettings(model=model) if model else None
