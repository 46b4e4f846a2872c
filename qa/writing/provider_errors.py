"""What an error means that a language model's provider raised: nobody there, an answer that cannot be read, a status.

By names and attributes, because importing a provider's library to learn its types would take seconds.
"""

from __future__ import annotations

_PASSING = frozenset({408, 409, 429})  # and all from 500: what may be different at the next attempt
# Bases of what the providers' libraries raise, by name.
_UNREACHABLE = frozenset({"APIConnectionError", "RequestError", "ConnectionError", "TimeoutError"})


class EndedEarlyError(Exception):
    """A stream ended in good order, but without saying that the answer is whole."""


def status_of(exc: BaseException) -> int | None:
    """The HTTP status behind an error."""
    for holder in (exc, getattr(exc, "response", None)):
        status = getattr(holder, "status_code", None)
        if isinstance(status, int) and status >= 400:
            return status
    return None


def is_unreachable(exc: BaseException) -> bool:
    """Whether nobody answered."""
    return any(base.__name__ in _UNREACHABLE for base in type(exc).__mro__)


def is_unreadable(exc: BaseException) -> bool:
    """Broken JSON, or JSON of another kind."""
    return isinstance(exc, (ValueError, TypeError, EndedEarlyError))


def may_pass(exc: BaseException) -> bool:
    """Whether another attempt may do better."""
    status = status_of(exc)
    if status is not None:
        return status in _PASSING or status >= 500
    return is_unreachable(exc) or is_unreadable(exc)


def in_one_line(exc: BaseException) -> str:
    """What an error says, at most 300 characters of it, or else what it is."""
    text = " ".join(str(exc).split()).removesuffix(".") or type(exc).__name__
    return text if len(text) <= 300 else f"{text[:300]}..."
