"""Settings of the question side, and the one place that reads the environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from qa.errors import LanguageModelError

if TYPE_CHECKING:
    from index.settings import IndexSettings


class RetrievalSettings(BaseModel):
    """How passages are found. The measurements behind the defaults are in docs/decisions.md, "Passages and fusion"."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    candidates: int = Field(100, ge=1, le=2000, description="Passages taken from each kind of search.")
    dense_weight: float = Field(0.4, ge=0, le=1, description="Weight of meaning against words in the fused score.")
    top_k: int = Field(20, ge=1, le=200, description="Passages that are read for an answer.")


class AnswerSettings(BaseModel):
    """When an answer is given. The measurements behind the defaults are in docs/decisions.md, "Abstaining"."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: float = Field(0.4, ge=0, le=1, description="Confidence under which the articles are said not to say.")
    max_question_chars: int = Field(2000, ge=10, le=100_000, description="Longest question, in characters.")


class GenerationSettings(BaseModel):
    """The language model that words answers, where one is wanted, and how long it may take."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field(
        "",
        max_length=1000,
        description="`provider:model` (ollama:llama3.2, openai:..., anthropic:...), the name of a model of the server "
        "at base_url, or a folder with a model for transformers. Empty: the first model of that server.",
    )
    base_url: str | None = Field(
        None,
        max_length=2000,
        description="Address of a server that speaks the OpenAI protocol, usually ending in /v1; or of the provider.",
    )
    api_key: SecretStr | None = Field(None, description="Key for the server; without it, the provider's own variable.")
    passages: int = Field(6, ge=1, le=50, description="Passages that the model is given.")
    max_tokens: int = Field(400, ge=1, le=100_000, description="Longest answer, in the model's tokens.")
    temperature: float = Field(0, ge=0, le=2, description="0: the likeliest words; higher: more varied ones.")
    first_words_s: float = Field(
        30, gt=0, le=3600, description="Seconds until the first words must be there, with all attempts."
    )
    timeout_s: float = Field(90, gt=0, le=3600, description="Seconds for the whole answer, with all attempts.")
    retries: int = Field(2, ge=0, le=10, description="Further attempts while there are no words yet.")

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("it must begin with http:// or https:// and name a server")
        if "@" in parts.netloc or parts.query:  # addresses are shown in messages
            raise ValueError("it must hold no key or password; set ARTICLE_QA_LLM_KEY")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _names_something(self) -> GenerationSettings:
        if not self.model and not self.base_url:
            raise ValueError("a model or a server's address is needed")
        return self


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


def chat_users(flag: str | None = None) -> str | None:
    """Who may use the chat: the flag, else ARTICLE_QA_AUTH, a file of users or one as name:password; None for all."""
    return flag or os.environ.get("ARTICLE_QA_AUTH") or None


def generation_settings(
    model: str | None = None, base_url: str | None = None, timeout_s: float | None = None
) -> GenerationSettings | None:
    """The language model that is named, else that in ARTICLE_QA_LLM and ARTICLE_QA_LLM_URL; None where there is none.

    A key comes from ARTICLE_QA_LLM_KEY only: on a command line others could read it. `timeout_s` is in seconds.
    Raises LanguageModelError for a value that cannot be.
    """
    given: dict[str, Any] = {
        "model": (model or os.environ.get("ARTICLE_QA_LLM", "")).strip(),
        "base_url": (base_url or os.environ.get("ARTICLE_QA_LLM_URL", "")).strip() or None,
        "api_key": os.environ.get("ARTICLE_QA_LLM_KEY", "").strip() or None,
    }
    if not given["model"] and not given["base_url"]:
        return None
    if timeout_s is not None:
        given["timeout_s"] = timeout_s
    try:
        return GenerationSettings(**given)
    except ValidationError as exc:
        raise LanguageModelError(f"The language model's settings cannot be used: {_in_one_line(exc)}.") from None


def _in_one_line(exc: ValidationError) -> str:
    """What is wrong, without the values themselves: one of them may be a key."""
    flags = {"model": "--llm", "base_url": "--llm-url", "timeout_s": "--llm-timeout"}
    return "; ".join(
        ": ".join(
            [*(flags.get(str(name), str(name)) for name in error["loc"]), error["msg"].removeprefix("Value error, ")]
        )
        for error in exc.errors(include_input=False, include_url=False)
    )
