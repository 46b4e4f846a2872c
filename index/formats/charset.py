"""Bytes -> text, when nobody says for sure in which encoding."""

from __future__ import annotations

import codecs
import re

from index.errors import SourceError

# UTF-32 first: its little-endian mark starts with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 65_536
_CONTROLS = bytes({*range(0x00, 0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F})  # 0x1B: ISO-2022-JP uses it
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f\ufffd]")
_LATIN = {"ascii", "iso8859-1", "cp1252"}
_TWO_BYTES = re.compile("big5|gb|hz|shift_jis|euc|cp9[345]|johab|iso2022")  # Chinese, Japanese, Korean
_MARKS_OF_1252 = "€£§°©®™«»‹›•½¼¾²³ªº\xa0"  # never between two letters: in other code pages they are letters
_SIGNS = re.compile(f"(?<![A-Za-z])[¿¡{_MARKS_OF_1252}]|[{_MARKS_OF_1252}](?![A-Za-z])|[‘’“”„‚–—…·\xad]")
_LETTERS = "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüÿŒœŠšŽž"


def decode(data: bytes, declared: str | None = None) -> str:
    """Decode text of unknown origin; `declared` is what a header or a meta tag claims.

    A byte order mark wins, then the claim where it fits, then UTF-8, then charset-normalizer's guess from the letters'
    frequencies, then Windows-1252. UTF-8 with a few damaged bytes stays UTF-8, with U+FFFD in their place. Raises
    SourceError for binary data.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            text = data[len(mark) :].decode(name, "replace")
            _refuse_binary(len(_NOT_TEXT.findall(text, 0, _SAMPLE)), min(len(text), _SAMPLE))
            return text
    if declared is not None and b"\0" in data[:_SAMPLE] and (wide := _as_wide(data, declared)) is not None:
        return wide
    sample = data[:_SAMPLE]
    if (unmarked := _unmarked_wide(sample)) and (wide := _as_wide(data, unmarked)) is not None:
        return wide
    _refuse_binary(len(sample) - len(sample.translate(None, _CONTROLS)), len(sample))
    if data.startswith(b"%PDF-"):
        raise SourceError("is a PDF file. Give it the suffix .pdf")
    if declared is not None and (claimed := _as_declared(data, declared)) is not None:
        return claimed
    try:
        return data.decode()
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    # Text in another encoding is hardly ever valid UTF-8 by chance: more whole characters than damaged ones say UTF-8.
    damaged = text.count("\ufffd")
    return text if damaged < sum(char > "\x7f" for char in text) - damaged else _guess(data)


def _as_wide(data: bytes, declared: str) -> str | None:
    """The text where it claims to be UTF-16 or UTF-32, in which letters have zeros, and is."""
    try:
        name = codecs.lookup(declared).name
        text = data.decode(name) if name.startswith(("utf-16", "utf-32")) else None
    except (LookupError, ValueError):
        return None
    return None if text is None or _NOT_TEXT.search(text, 0, _SAMPLE) else text


def _unmarked_wide(sample: bytes) -> str | None:
    """UTF-16 without a mark, by the zeros beside ASCII's letters: all but a few of them in every second place."""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 10 < len(sample) or min(even, odd) * 50 > max(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _as_declared(data: bytes, declared: str) -> str | None:
    try:
        name = codecs.lookup(declared).name
        if name not in _LATIN:
            return data.decode(name)
    except (LookupError, ValueError):  # an unknown name, a codec that is no text encoding, bytes that do not fit
        return None
    try:  # servers claim Latin-1 by default, and it fits any bytes: bytes that are valid UTF-8 are UTF-8
        return data.decode()
    except UnicodeDecodeError:
        return _windows_1252(data)


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes

    matches = from_bytes(data[:_SAMPLE])
    best = matches.best()
    # On English with curly quotes it prefers Windows-1250 at times; where 1252 is possible at all it is far likelier.
    if best is None or any("cp1252" in match.could_be_from_charset for match in matches):
        return _windows_1252(data)
    western = _western_letters(data)
    if western == 0 or (western and _TWO_BYTES.match(best.encoding)):
        return _windows_1252(data)
    # They have the small letters in common, and hardly any file is in the former.
    return data.decode("cp1251" if best.encoding == "mac_cyrillic" else best.encoding, "replace")


def _western_letters(data: bytes) -> int | None:
    """How many accented letters of Western Europe stand alone among ASCII's; None where the bytes are something else.

    A character of two bytes is mostly one of two beyond ASCII, and those of one text hardly ever are all letters.
    """
    text = _SIGNS.sub("", _windows_1252(data[:_SAMPLE]))
    runs = re.findall("[^\0-\x7f]+", text)
    alone = sum(len(run) == 1 for run in runs)
    is_western = not set("".join(runs)) - set(_LETTERS) and all(len(run) <= 2 for run in runs)
    return alone if is_western and 2 * alone >= len(runs) else None


def _windows_1252(data: bytes) -> str:
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:  # five bytes are undefined there; Latin-1 has a character for each
        return data.decode("latin-1")


def _refuse_binary(controls: int, length: int) -> None:
    # Compressed data has 10 % control bytes, and 3 % damaged characters as UTF-16; text has none but by accident.
    if controls > max(2, length // 50):
        raise SourceError("looks like a binary file. Give it the suffix of its format, or save it as text")


def charset_in_html(data: bytes) -> str | None:
    """What a page's own meta tag or XML declaration says, looked for in its first 4,096 bytes."""
    match = re.search(
        rb"""<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*["']?([\w.:-]+)""", data[:4096], re.IGNORECASE
    )
    name = match[1].decode("ascii", "replace") if match else None
    # A tag that could be read as ASCII is not in UTF-16, whatever it says (HTML standard, "prescan a byte stream").
    return "utf-8" if name and name.lower().startswith("utf-16") else name
