"""Which articles a search may look at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from index.errors import ArticleQAError
from index.language import primary_subtag


@dataclass(frozen=True, slots=True)
class PassageFilter:
    """Narrows a search; what is empty or None does not narrow. All parts must hold.

    `published_from` and `published_to` are ISO 8601 dates, both inclusive; an article without a date is outside of
    every range of dates. `languages` are codes of ISO 639-1, "de" or "de-AT", which are the same here; an article whose
    language is not known is in none.
    """

    article_ids: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    published_from: str | None = None
    published_to: str | None = None
    languages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise ArticleQAError for a date or a language that is none."""
        codes = []
        for language in self.languages:
            code = primary_subtag(language)
            if code is None:
                raise ArticleQAError(f"{language!r} is not the code of a language. Write it like de, en or zh.")
            codes.append(code)
        object.__setattr__(self, "languages", tuple(dict.fromkeys(codes)))
        for value in (self.published_from, self.published_to):
            if value is not None and not is_date(value):
                raise ArticleQAError(f"{value!r} is not a date. Write it like 2025-03-13.")

        for value in (*self.article_ids, *self.sources):
            if not is_unicode(value):
                raise ArticleQAError(f"{value!r} is no Unicode text, so no article has it as its id or source.")

    def __bool__(self) -> bool:
        """Whether it narrows anything."""
        return bool(self.article_ids or self.sources or self.published_from or self.published_to or self.languages)

    @property
    def has_dates(self) -> bool:
        """Whether it narrows to some time."""
        return self.published_from is not None or self.published_to is not None

    def to_chroma(self) -> dict[str, Any] | None:
        """The filter in Chroma's `where` language."""
        parts: list[dict[str, Any]] = []
        if self.article_ids:
            parts.append({"article_id": {"$in": list(self.article_ids)}})
        if self.sources:
            parts.append({"source": {"$in": list(self.sources)}})
        if self.languages:
            parts.append({"language": {"$in": list(self.languages)}})
        if self.published_from is not None:
            parts.append({"day": {"$gte": day_number(self.published_from)}})
        if self.published_to is not None:
            parts.append({"day": {"$lte": day_number(self.published_to, last=True)}})
        return {"$and": parts} if len(parts) > 1 else parts[0] if parts else None


NO_FILTER = PassageFilter()


def is_unicode(text: str) -> bool:
    """Whether a string can be stored: one with half of a surrogate pair (from bytes that are no UTF-8) cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def day_number(published: str | None, last: bool = False) -> int | None:
    """The day of an ISO 8601 date as a number that sorts: 2025-03-13 is 20250313.

    A missing month or day counts as 01, with `last` as 12 and 31. None for None and for what is no date.
    """
    match = re.match(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?![\d-])", published or "")
    if match is None:
        return None
    year, month, day = match[1], match[2] or (12 if last else 1), match[3] or (31 if last else 1)
    return int(year) * 10000 + int(month) * 100 + int(day)


def is_date(text: str) -> bool:
    """Whether it is an ISO 8601 date or time, or the year or month of one, and exists: 2025-02-30 does not."""
    if day_number(text) is None:
        return False
    try:
        datetime.fromisoformat(text + {4: "-01-01", 7: "-01"}.get(len(text), ""))
    except ValueError:
        return False
    return True
