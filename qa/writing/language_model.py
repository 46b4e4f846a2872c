"""A language model, wherever it runs, as pieces of text within a time that is set.

Before a model is loaded nothing is imported for it and nobody is contacted; then only the server that was named, or
nobody for a model in a folder.
"""

from __future__ import annotations

import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, cast

from qa.errors import LanguageModelError, LanguageModelSettingsError
from qa.settings import GenerationSettings
from qa.writing.provider_errors import (
    EndedEarlyError,
    in_one_line,
    is_unreachable,
    is_unreadable,
    may_pass,
    status_of,
)

if TYPE_CHECKING:
    from collections.abc import Generator

    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk, BaseMessage
    from tenacity import RetryCallState

_EXTRAS = ("openai", "ollama", "anthropic")  # providers with an extra of that name
_FIRST_WAIT_S = 0.5  # before the second attempt; doubled each time
_LOOK_S = 0.05  # how often `stop` is looked at
_LATER_S = 1  # after our own time-out a thread that is left behind gives up its connection
# The last chunk of a whole answer says why it ended. LangChain's names of these providers, theirs of the reason.
_SAY_WHEN_DONE = frozenset({"openai-chat", "chat-ollama", "anthropic-chat"})
_REASONS = ("finish_reason", "done_reason", "stop_reason", "status")


class LanguageModel:
    """Asks one chat model. Thread-safe; loads when it is first needed, once."""

    def __init__(self, settings: GenerationSettings, model: BaseChatModel | None = None) -> None:
        """Ask what `settings` name, or `model`: any chat model of LangChain, made by the caller."""
        self._settings = settings
        self._model = model
        self._found = ""  # the server's first model, where none was named
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The model and where it is, for people."""
        model = self._settings.model or self._found or "(the first that is there)"
        return f"{model} at {self._settings.base_url}" if self._settings.base_url else model

    @property
    def passages(self) -> int:
        """How many passages it is to be given."""
        return self._settings.passages

    def load(self) -> None:
        """Make ready what `stream` needs. Raises LanguageModelError."""
        self._loaded()

    def stream(self, system: str, user: str, stop: threading.Event | None = None) -> Generator[str, None, None]:
        """The answer, piece by piece, without what the model thought; whitespace before it is dropped.

        Ends without an error soon after `stop` is set, and at once when it is closed. Raises LanguageModelError where
        the model cannot be loaded or reached, says nothing, breaks off, or takes longer than the settings allow; the
        time to load it is not counted.
        """
        from langchain_core.messages import HumanMessage, SystemMessage

        run = _Request(self._loaded(), [SystemMessage(system), HumanMessage(user)])
        started = time.monotonic()
        # A thread, because a read that waits for a server cannot be interrupted; it ends at its own time-out.
        threading.Thread(target=self._work, args=(run,), name="language model", daemon=True).start()
        begun = False
        try:
            while not (stop is not None and stop.is_set()):
                left = started + (self._settings.timeout_s if begun else self._first_words_s) - time.monotonic()
                if left <= 0:
                    raise self._late(begun, run.last)
                try:
                    piece = run.pieces.get(timeout=left if stop is None else min(left, _LOOK_S))
                except Empty:
                    continue
                if piece is None:
                    return
                if isinstance(piece, LanguageModelError):
                    raise piece
                begun = True
                yield piece
        finally:
            run.gone.set()

    @property
    def _first_words_s(self) -> float:
        return min(self._settings.first_words_s, self._settings.timeout_s)

    def _loaded(self) -> BaseChatModel:
        with self._lock:
            if self._model is None:
                self._model = self._load()
            return self._model

    def _load(self) -> BaseChatModel:
        settings = self._settings
        provider, _, rest = settings.model.partition(":")
        folder = Path(settings.model).expanduser()
        try:
            if settings.base_url and not (provider in _EXTRAS and rest):
                return self._at_server(settings.base_url)
            if not settings.base_url and folder.is_dir():
                _needs("transformers")
                from qa.writing.local_model import chat_in_folder

                return chat_in_folder(folder, settings)
            if not rest:  # LangChain would guess from the name which company is asked
                raise LanguageModelError(
                    f"The language model {self.name} cannot be loaded: there is no such folder. A model elsewhere "
                    "needs its provider before its name, as in ollama:llama3.2, or the address of its server."
                )
            return _of_provider(settings)
        except LanguageModelError as exc:
            raise LanguageModelSettingsError(str(exc)) from exc.__cause__
        except ImportError as exc:  # a provider without an extra of ours: LangChain says what to install
            raise LanguageModelSettingsError(
                f"The language model {self.name} cannot be loaded: {in_one_line(exc)}"
            ) from exc
        except Exception as exc:  # noqa: BLE001 - each provider has errors of its own
            error = self._failed(exc, loading=True)
            if not is_unreachable(exc) and status_of(exc) is None:
                error = LanguageModelSettingsError(str(error))
            raise error from self._cause(exc)

    def _at_server(self, base_url: str) -> BaseChatModel:
        _needs("openai")
        # Not ChatOpenAI, whose max_completion_tokens other servers ignore; what it adds are OpenAI's own services.
        from langchain_openai.chat_models.base import BaseChatOpenAI
        from openai import OpenAI

        settings = self._settings
        key = settings.api_key.get_secret_value() if settings.api_key else "none"  # never a key meant for OpenAI
        if not settings.model and not self._found:
            with OpenAI(base_url=base_url, api_key=key, timeout=self._first_words_s, max_retries=0) as client:
                names = [model.id for model in client.models.list().data]
            if not names:
                raise LanguageModelError(f"The server at {base_url} has no language model. Load one there.")
            self._found = names[0]
        return BaseChatOpenAI(
            model=settings.model or self._found,
            base_url=base_url,
            api_key=cast(Any, key),
            timeout=settings.timeout_s + _LATER_S,
            max_tokens=settings.max_tokens,
            temperature=settings.temperature,
            max_retries=0,
        )

    def _work(self, run: _Request) -> None:
        """Attempts until there are words; puts pieces, then None or a LanguageModelError."""
        from langsmith import tracing_context
        from tenacity import (
            Retrying,
            retry_if_exception,
            sleep_using_event,
            stop_after_attempt,
            stop_before_delay,
            stop_when_event_set,
        )

        attempts = Retrying(
            retry=retry_if_exception(may_pass),
            wait=_wait_s,
            sleep=sleep_using_event(run.gone),
            stop=stop_after_attempt(self._settings.retries + 1)
            | stop_before_delay(self._first_words_s)
            | stop_when_event_set(run.gone),
            before_sleep=run.remember,
            reraise=True,
        )
        try:
            with tracing_context(enabled=False):  # what is asked goes to the model and nowhere else
                attempts(self._attempt, run)
        except LanguageModelError as exc:
            run.pieces.put(exc)
        except Exception as exc:  # noqa: BLE001 - each provider has errors of its own
            error = self._failed(exc)
            error.__cause__ = self._cause(exc)
            run.pieces.put(error)
        else:
            run.pieces.put(None)

    def _attempt(self, run: _Request) -> None:
        thoughts = _Thoughts()
        begun = False
        reason = ""
        try:
            # What the settings of a model that a caller made say is his; ours were given when it was loaded.
            chunks = cast("Generator[AIMessageChunk]", run.model.stream(run.messages))
            with closing(chunks):
                for chunk in chunks:
                    if run.gone.is_set():
                        return
                    reason = _reason(chunk) or reason
                    begun = run.say(thoughts.without(str(chunk.text)), begun) or begun
            begun = run.say(thoughts.rest(), begun) or begun
            if not reason and run.model._llm_type in _SAY_WHEN_DONE:
                raise EndedEarlyError("the answer ended without its last part")
        except Exception as exc:
            if begun:  # what was said cannot be taken back, so this attempt was the last
                raise LanguageModelError(
                    f"The language model {self.name} broke off in the middle of its answer: {self._told(exc)}. "
                    "Ask again."
                ) from self._cause(exc)
            raise
        if not begun and reason in {"length", "max_tokens"}:
            raise LanguageModelError(
                f"The language model {self.name} said nothing within its {self._settings.max_tokens} tokens. One that "
                "thinks before it answers needs more (max_tokens)."
            )
        if not begun:
            raise LanguageModelError(f"The language model {self.name} gave an empty answer. Ask again.")

    def _late(self, begun: bool, last: BaseException | None) -> LanguageModelError:
        if begun:
            return LanguageModelError(
                f"The language model {self.name} did not finish its answer within {self._settings.timeout_s:g} s. "
                "Allow more time (--llm-timeout, timeout_s), or take a smaller model."
            )
        if last is not None and is_unreachable(last):  # nobody was there; that time ran out says nothing more
            return self._failed(last)
        before = f" The attempt before: {self._told(last)}." if last is not None else ""
        return LanguageModelError(
            f"The language model {self.name} did not begin to answer within {self._first_words_s:g} s.{before} See "
            "whether it is busy or still loading, or allow more time (--llm-timeout, first_words_s, timeout_s)."
        )

    def _failed(self, exc: BaseException, *, loading: bool = False) -> LanguageModelError:
        """What an error of a provider means for the user."""
        status = status_of(exc)
        model = f"The language model {self.name}"
        if status in {401, 403}:  # what the server says of a key may hold a part of it
            text = f"{model} refused the key or the access ({status}). Put the right key into ARTICLE_QA_LLM_KEY."
        elif status == 404:
            text = (
                f"{model} was not found ({self._told(exc)}). Check its name and the address, which often ends in /v1."
            )
        elif status == 429:
            text = f"{model} is busy, or what was paid for is used up ({self._told(exc)}). Try again later."
        elif status is not None and status >= 500:
            text = f"{model} failed ({self._told(exc)}). Try again, or see what the server reports."
        elif status is not None:
            text = f"{model} did not accept what it was asked ({self._told(exc)}). Check the model's settings."
        elif is_unreachable(exc):
            text = f"{model} cannot be reached ({self._told(exc)}). Check that it is running and where."
        elif loading:
            text = f"{model} cannot be loaded ({self._told(exc)}). Check its name, ARTICLE_QA_LLM_KEY, and its folder."
        elif is_unreadable(exc):
            text = f"{model} sent an answer that cannot be read ({self._told(exc)}). Check that the address is right."
        else:
            text = f"{model} failed ({self._told(exc)})."
        return LanguageModelError(text)

    def _told(self, exc: BaseException) -> str:
        """What an error says, in one line of no great length and without the key."""
        status = status_of(exc)
        root = exc
        while is_unreachable(exc) and root.__cause__ is not None:  # "Connection error" is all that the outer ones say
            root = root.__cause__
        text = self._without_key(in_one_line(root))
        return text if status is None or str(status) in text else f"{status}: {text}"

    def _without_key(self, text: str) -> str:
        key = self._settings.api_key
        return text.replace(key.get_secret_value(), "(key)") if key and key.get_secret_value() else text

    def _cause(self, exc: BaseException) -> BaseException | None:
        """The error itself, to be shown below ours in a traceback, unless its text holds the key."""
        return exc if self._without_key(str(exc)) == str(exc) else None


@dataclass(frozen=True, slots=True)
class _Request:
    """What the thread that asks and the one that waits share."""

    model: BaseChatModel
    messages: list[BaseMessage]
    pieces: SimpleQueue[str | LanguageModelError | None] = field(default_factory=SimpleQueue)
    gone: threading.Event = field(default_factory=threading.Event)  # nobody waits any more
    errors: list[BaseException] = field(default_factory=list)

    @property
    def last(self) -> BaseException | None:
        """The error of the last attempt that failed."""
        return self.errors[-1] if self.errors else None

    def remember(self, state: RetryCallState) -> None:
        """Keep why an attempt failed."""
        error = state.outcome.exception() if state.outcome else None
        if error is not None:
            self.errors.append(error)

    def say(self, text: str, begun: bool) -> bool:
        """Put a piece; gives whether there was one."""
        text = text if begun else text.lstrip()
        if text:
            self.pieces.put(text)
        return bool(text)


class _Thoughts:
    """Takes out what stands between <think> and </think>, wherever the pieces are cut."""

    def __init__(self) -> None:
        self._tag = "<think>"  # the one that comes next
        self._held = ""  # may be the beginning of it

    def without(self, piece: str) -> str:
        """What of the text so far can be shown now."""
        text = self._held + piece
        shown = ""
        while (at := text.find(self._tag)) >= 0:
            if self._is_open:
                shown += text[:at]
            text = text[at + len(self._tag) :]
            self._tag = "</think>" if self._is_open else "<think>"
        held = next(n for n in range(len(self._tag) - 1, -1, -1) if text.endswith(self._tag[:n]))
        self._held = text[len(text) - held :]
        return shown + (text[: len(text) - held] if self._is_open else "")

    def rest(self) -> str:
        """What was held and was no tag after all."""
        return self._held if self._is_open else ""

    @property
    def _is_open(self) -> bool:
        return self._tag == "<think>"


def _needs(extra: str) -> None:
    """Raises LanguageModelError where the package that an extra of ours brings is not installed."""
    package = {"transformers": "huggingface"}.get(extra, extra)
    try:
        import_module(f"langchain_{package}")
    except ImportError as exc:
        raise LanguageModelError(
            f"This language model needs a package that is not installed: pip install langchain-{package}"
        ) from exc


def _of_provider(settings: GenerationSettings) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    provider = settings.model.partition(":")[0]
    if provider in _EXTRAS:
        _needs(provider)
    key = settings.api_key.get_secret_value() if settings.api_key else None
    given: dict[str, Any] = {"temperature": settings.temperature}
    if settings.base_url:
        given["base_url"] = settings.base_url
    if provider == "ollama":
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        given |= {
            "num_predict": settings.max_tokens,
            "client_kwargs": {"timeout": settings.timeout_s + _LATER_S, "headers": headers},
        }
    else:
        given |= {"max_tokens": settings.max_tokens, "timeout": settings.timeout_s + _LATER_S, "max_retries": 0}
        if key:
            given["api_key"] = key
    model: BaseChatModel = init_chat_model(settings.model, **given)
    return model


def _reason(chunk: AIMessageChunk) -> str:
    """Why the answer ends with this chunk; empty where it does not say so."""
    return next((str(chunk.response_metadata[name]) for name in _REASONS if chunk.response_metadata.get(name)), "")


def _wait_s(state: RetryCallState) -> float:
    """Seconds before the next attempt: doubled each time, by chance some more, and not less than the server asks."""
    from tenacity import wait_exponential, wait_random

    error = state.outcome.exception() if state.outcome else None
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        asked = float(headers.get("retry-after", 0))
    except ValueError:  # a date
        asked = 0
    return max(asked, (wait_exponential(_FIRST_WAIT_S, max=10) + wait_random(0, _FIRST_WAIT_S))(state))
