"""What the first lines of a text say of it: by whom it is, and when it was published."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from index.formats.clean import one_line
from index.formats.dates import beside_dates, dates_in, parse_published
from index.formats.identity import author_name, is_url

_LINES = 12  # of a text, those with words, that may be its head
_HEAD_CHARS = 4000
_LINE_CHARS = 160  # of a line of the head; those of running text are mostly longer
_NAME_CHARS = 80
_TITLE_CHARS = 120
_MOST_DATED = 500  # short lines with a year, which are looked at: a diary has two soon
_YEAR = re.compile(r"\d{4}")

# The words before a colon, by what they tell. "": it says something else, and its date is another one.
_LABELS = {
    "author": "author authors by autor autorin autoren auteur auteurs autore autori autora auteurs text texte byline "
    "автор авторы 作者 著者 記者 记者 文 بقلم الكاتب",
    "published": "date published publication|date date|published published|on published|at posted posted|on "
    "veröffentlicht veröffentlicht|am erschienen datum erscheinungsdatum publié publié|le date|de|publication fecha "
    "publicado publicado|el fecha|de|publicación data pubblicato pubblicato|il data|di|pubblicazione дата "
    "опубликовано 日期 发布时间 发布日期 發布日期 日付 公開日 投稿日 掲載日 تاريخ|النشر",
    "title": "title headline titel titre título titolo заголовок 标题 標題 タイトル العنوان",
    "source": "source publication newspaper quelle fuente fonte источник 来源 來源 出典 المصدر",
    "url": "url link address adresse",
}
_FIELD_OF = {name.replace("|", " "): field for field, names in _LABELS.items() for name in names.split()}
_LABELLED = re.compile(r"([^\W\d_](?:[^:：\n]{0,40}[^\W\d_])?)\s*[:：]\s*(\S.*)")
_BY = re.compile(
    r"(?:(?:written|posted|published|reported|text|story|words|geschrieben|ein beitrag|escrito|texte|testo)\s+)?"
    r"(?P<by>by|von|par|por|di|door|av|af)\s+(?P<name>\S.*)",
    re.IGNORECASE,
)
_TOLD_ON = re.compile(
    r"(?:first )?(?:published|posted|published online|veröffentlicht|erschienen|publié|publicado|pubblicato|"
    r"опубликовано)(?: on| am| le| el| il| at)?\b",
    re.IGNORECASE,
)
_CHANGED = re.compile(
    r"\b(?:(?:last )?(?:updated?|modified|revised|edited|changed)|(?:zuletzt )?(?:aktualisiert|geändert|bearbeitet)|"
    r"stand|mise? à jour|modifié|actualizado|modificado|aggiornat[oa]|modificat[oa]|обновлено)\b",
    re.IGNORECASE,
)
_DATELINE = re.compile(
    r"(?P<place>[^\W\d_a-z][\w.'’ -]{1,40}(?:, [\w.'’ -]{2,30})?),? (?P<rest>[^–—]{4,60}?)\s*(?:[–—]|--|- )"
)
_OTHER_DAY = re.compile(
    r"\b(?:due|effective|deadline|until|bis|from|ab|since|seit|born|expires|valid|when|by|begins?|starts?|ends?|opens?)\b",
    re.IGNORECASE,
)
_SIGNS = re.compile(r"[*_`]+|^[\s>#•|-]+|\[([^\]]*)\]\([^)]*\)|<[^>]{1,40}>")
_APART = re.compile(r"\s+[|·•–—]\s+|\s{2,}|\s-\s|;\s|\s/\s")
_JOB = re.compile(
    r",?\s+(?:[^\W\d_]+\s){0,2}(?:writer|editor|correspondent|reporter|columnist|contributor|redakteur\w*|reporterin|"
    r"korrespondent\w*)\b.*$|,?\s+(?:in|aus|à|en|for|für)\s+[A-ZÀ-Þ].*$",
    re.IGNORECASE,
)
_PARTICLES = {"de", "da", "do", "dos", "das", "del", "della", "di", "van", "von", "der", "den", "zu", "la", "le", "du",
              "al", "el", "bin", "ibn", "ben", "y", "e", "and", "und", "et", "og", "och", "ter", "ten", "af", "и",
              "&"}  # fmt: skip
_WEEKDAY_OR_TIME = re.compile(
    r"\b\d{1,2}[:.h]\d{2}(?::\d{2})?\b|\d{1,2}[時时]\d{1,2}分?|"
    r"\b(?:at|um|à|a las|alle|on|am|le|el|il|[ap]\.?m\.?|uhr|г)\b\.?|^[^\W\d_]+,",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Head:
    """What the first lines tell; None for what they do not. `source` and `url` only where they are labelled."""

    author: str | None = None
    published: str | None = None
    title: str | None = None
    source: str | None = None
    url: str | None = None


def head_of(text: str, language: str | None = None) -> Head:
    """Read the lines before the running text: "By Ida Storm, 3 May 2025", "Published: 2025-05-03", a line of a date.

    Days on which a text was changed, and days to come, are none of publication; a date that stands in a line of its
    own counts where no other does, as in a diary. Of a text with such lines the first line is the title.
    """
    said: dict[str, str] = {}
    lines = list(_head_lines(text))
    for number, line in enumerate(lines):
        if len(line) > _LINE_CHARS:
            said.setdefault("published", _dateline(line) or "")
            break
        goes_on = number + 1 < len(lines) and lines[number + 1][0].islower() and not _BY.match(lines[number + 1])
        for field, value in _told(line, number == 0, language or ""):
            if goes_on and field in {"alone", "beside a name"}:  # a line of running text
                continue
            if number == 0 and field in {"author", "published", "alone"}:
                said["first"] = "no title"
            said.setdefault(field, value)
    alone = said.get("alone") or (said.get("beside a name") if "author" in said else None)
    if alone and not said.get("published") and _days_alone(text, language or "") <= 1:
        said["published"] = alone
    kept = {field: value for field, value in said.items() if value and field in Head.__slots__}
    if "title" not in kept or len(kept) < 2:  # a label alone may be any line with a colon
        kept = {field: value for field, value in kept.items() if field in {"author", "published"}}
        if kept and "first" not in said and lines[0] and len(lines[0]) <= _TITLE_CHARS and len(lines) > 1:
            kept["title"] = lines[0]
    return Head(**kept)


def is_byline(line: str) -> bool:
    """Whether a line names a day, or begins like one that says by whom a text is."""
    return bool(dates_in(line) or _BY.match(line))


def _head_lines(text: str) -> Iterator[str]:
    found = 0
    for line in text[:_HEAD_CHARS].split("\n"):
        if line.startswith(("```", "~~~")):  # an example of something
            return
        if bare := _bare(line):
            yield bare
            found += 1
            if found == _LINES or len(bare) > _LINE_CHARS:
                return


def _bare(line: str) -> str:
    """A line without what Markdown writes around words."""
    return " ".join(_SIGNS.sub(r"\1", line[: 4 * _LINE_CHARS]).replace("\t", "  ").split(" ")).strip()


def _told(line: str, is_first: bool, language: str) -> Iterator[tuple[str, str]]:
    """What one line tells, field by field; "alone": the date of a line that says nothing else."""
    if labelled := _LABELLED.fullmatch(line):
        field = _FIELD_OF.get(" ".join(labelled[1].casefold().split()))
        if field == "published":
            yield from _dated(field, _before_change(labelled[2]), language)
        elif field == "author":
            if name := author_name(_JOB.sub("", labelled[2])):
                yield field, name[:_NAME_CHARS]
        elif field == "url":
            if is_url(labelled[2]):
                yield field, labelled[2]
        elif field:
            yield field, one_line(labelled[2]) or ""
        if field or not _BY.match(line):
            return
    line = _before_change(line)
    days = dates_in(line, language)
    parts = [part for part in _APART.split(line) if part]
    for part in parts:
        told = _TOLD_ON.match(part)
        if told and len(days) == 1:
            yield from _dated("published", part[told.end() :], language)
        rest = part[told.end() :].strip(" :,") if told else part
        by = _BY.match(rest) or (_BY.search(rest) if told else None)
        if by and (name := _name(by["name"], bool(days) or not is_first)) and (days or not is_first):
            yield "author", name
            if len(days) == 1:
                yield from _dated("published", days[0], language)
    if len(days) == 1 and _is_past(days[0]):
        if any(_is_day_alone(part, language) for part in parts):
            yield "alone", days[0]
        elif not is_first and re.fullmatch(r"[^\W\d_a-z][^,.:;!?]{1,60},[^,]*", line) and not _OTHER_DAY.search(line):
            yield "beside a name", days[0]


def _before_change(line: str) -> str:
    """A line up to where it says when the text was changed."""
    changed = _CHANGED.search(line)
    return line[: changed.start()] if changed else line


def _dated(field: str, value: str, language: str) -> Iterator[tuple[str, str]]:
    days = dates_in(value, language)
    day = parse_published(value.strip()) or (days[0] if len(days) == 1 else None)
    if day and _is_past(day):
        yield field, day


def _is_past(day: str) -> bool:
    return day[:10] <= (datetime.now(UTC) + timedelta(days=2)).date().isoformat()


def _name(said: str, of_one_word: bool) -> str | None:
    """The names behind "by"; None where the words are no names: "By the sea", "By train"."""
    name = author_name(_JOB.sub("", re.sub(r"\s(?:on|am|le|el|il)$|\s*\([^()]*\)$", "", author_name(said) or "")))
    if name is None or len(name) > _NAME_CHARS:
        return None
    for each in re.split(r",\s*|\s(?:and|und|et|y|e|&)\s", name):
        words = [word for word in each.split() if word.casefold() not in _PARTICLES]
        if not 0 < len(words) <= 4 or (len(words) < 2 and not of_one_word):
            return None
        if not all(word[0].isupper() or not (word[0].islower() or word[0].isdigit()) for word in words):
            return None
    return name


def _is_day_alone(part: str, language: str) -> bool:
    """Whether a date is all that a part of a line says, but for the weekday, the time, or a place with a comma."""
    if len(dates_in(part, language)) != 1 or _OTHER_DAY.search(part):
        return False
    words = re.findall(r"[^\W\d_]+", _WEEKDAY_OR_TIME.sub(" ", beside_dates(part)))
    return len(words) <= (2 if "," in part else 1) and all(not word.islower() or len(word) < 4 for word in words)


def _days_alone(text: str, language: str) -> int:
    """In how many lines of a text a date stands alone: those of a diary are no dates of publication."""
    short = (line for line in text.split("\n") if 5 < len(line) <= 60 and _YEAR.search(line))
    return sum(_is_day_alone(_bare(line), language) for line in islice(short, _MOST_DATED))


def _dateline(line: str) -> str | None:
    """The day before the first sentence: "PORT ELM, May 3, 2025 (Harbour News) - The quay"."""
    if match := _DATELINE.match(line[:_LINE_CHARS]):
        days = dates_in(re.sub(r"\([^)]*\)", "", f"{match['place']}, {match['rest']}"))
        if len(days) == 1 and _is_past(days[0]):
            return days[0]
    return None
