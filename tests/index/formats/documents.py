"""Documents made of what real ones are made of, in any order, and then damaged: strategies for hypothesis."""

from __future__ import annotations

import json
from email.header import Header

from hypothesis import strategies as st


def _one_of(words: str) -> st.SearchStrategy[str]:
    return st.sampled_from(words.split())


WORDS = st.sampled_from(
    ["The lamp tower of Skarn Point", "was lit again", "on 4 March 2025.", "Greta Holm said", "“Yes.”", "café naïve",
     "31 m²", "3,000", "灯台は点灯した。", "Маяк горит", "منارة", "a\xadb", "x\u200by", "\ufb01ne", "e\u0301", "\ufeff",
     "\u202eabc", "🎻", "\x0b", "\x0c", "\x85", "\u2028", "\x1e", "&amp;", "&#0;", "&#xD800;", "&nbsp;", "&lt;b&gt;",
     "&unknown;", "<", ">", "]]>", '"', "'", "\\", "--", "***", "$x^2$", "a | b", ".........3"]
)  # fmt: skip
TEXT = st.lists(WORDS | st.text(max_size=8), max_size=12).map(" ".join)
_GOES_ON = " and then the sentence goes on for some length, as it does here. "
LONG = st.lists(TEXT, min_size=1, max_size=4).map(_GOES_ON.join)
DAY = st.sampled_from(
    ["2025-03-04", "Tue, 04 Mar 2025 10:15:00 PST", "4. März 2025", "yesterday", "99999", "0000-00-00", ""]
)
ADDRESS = st.sampled_from(["http://a.example/b", "/c", "#d", "http://[", "javascript:x", "mailto:a@b", "//x", ""])

# Pages

TAGS = _one_of(
    "p p div span h1 h2 h3 article main section header footer aside nav ul ol li dl dt dd table tr td th caption thead "
    "tbody a b i sup sub q s del time math msup mfrac mi mn figure figcaption blockquote pre code br hr img form "
    "button input label select script style template noscript svg iframe details summary dialog title head body html "
    "meta link center font ruby rt x-y"
)
NAMES = _one_of(
    "class id style href datetime rowspan colspan hidden role lang aria-hidden itemprop content name rel property"
)
VALUES = _one_of(
    "entry post-content infobox hidden related-stories cookie-banner nav author byline 2 99999 -1 en zz true dialog "
    "noteref display:none font-size:0 left:-9999px datePublished canonical og:title x"
)
ATTRIBUTES = st.dictionaries(NAMES, VALUES | DAY | ADDRESS | TEXT, max_size=3)
CSS = st.lists(_one_of(".x {display:none} } @media print { #x , p.x /* */ ;visibility:hidden color:red"), max_size=8)


@st.composite
def _element(draw: st.DrawFn, inside: st.SearchStrategy[str]) -> str:
    tag, said = draw(TAGS), "".join(f" {name}='{value}'" for name, value in draw(ATTRIBUTES).items())
    end = draw(st.sampled_from([f"</{tag}>"] * 3 + [""]))
    return f"<{tag}{said}>{''.join(draw(st.lists(inside, max_size=4)))}{end}"


NODES = st.recursive(LONG | CSS.map(lambda css: f"<style>{' '.join(css)}</style>"), _element, max_leaves=12)
BODY = st.lists(NODES, max_size=6).map("".join)


@st.composite
def pages(draw: st.DrawFn) -> str:
    title, body = draw(TEXT), draw(BODY)
    frames = [
        body,
        f"<html><head><title>{title}</title></head><body>{body}</body></html>",
        f"<article><h1>{title}</h1><p>{title}</p>{body}</article>",
    ]
    return draw(st.sampled_from(frames))


# Texts, records, tables

_STARTS = st.sampled_from(
    ["", "# ", "## ", "- ", "1. ", "> ", "    ", "```", "---", "***", "| ", "title: ", "+++", "[^1]: ", "<!-- ", ".. "]
)
_WHOLE = st.sampled_from(["---", "===", "...", "|---|---|", "date: 2025-03-04", "tags: [a, b", "author:", "  - Ida"])
LINES = st.lists(st.tuples(_STARTS, TEXT).map("".join) | _WHOLE, max_size=12)


@st.composite
def texts(draw: st.DrawFn) -> str:
    begin, end = draw(st.sampled_from(["", "---\n", "\ufeff---\r\n"])), draw(st.sampled_from(["\n", "\r\n", "\r"]))
    return begin + end.join(draw(LINES))


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | DAY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
FIELDS = _one_of("id title text url source author published language articles body")
TOLD = st.fixed_dictionaries({"text": LONG}, optional={"id": ANY, "title": TEXT, "published": DAY, "author": ANY})
RECORD = st.dictionaries(FIELDS, ANY, max_size=8) | TOLD
JSON_LINES = st.lists(RECORD.map(json.dumps) | ANY.map(json.dumps) | TEXT, max_size=6).map("\n".join)
JSON_FILES = (st.lists(RECORD, max_size=4) | RECORD | TOLD.map(lambda one: {"articles": [one, 1]})).map(json.dumps)

_HEADS = st.sampled_from(["title,text\n", "title;text;date\r\n", "a\tb\n", "text\n", "# a\ntitle,text\n", ""])
_ROWS = st.lists(TEXT | LONG.map(lambda words: f'A,"{words}"'), max_size=5).map("\n".join)
TABLES = st.tuples(_HEADS, _ROWS).map("".join)

_CONTROLS = (
    r"{ } { } \par \'e9 \'zz \u8364? \u-1? \uc1 \bin9 \pict {\* \ansicpg1252 {\fonttbl \f0 \tab \x \' \cell \row"
)
RICH_TEXTS = st.lists(_one_of(_CONTROLS) | TEXT, max_size=20).map(lambda parts: "{\\rtf1 " + " ".join(parts) + "}")

# Feeds and letters

_PARTS = _one_of(
    "title link guid pubDate description content:encoded author updated published id summary content dc:creator x"
)


@st.composite
def feeds(draw: st.DrawFn) -> str:
    items = []
    for _ in range(draw(st.integers(0, 3))):
        mark = draw(st.sampled_from(["{}", "<![CDATA[{}]]>"]))
        parts = draw(st.lists(st.tuples(_PARTS, TEXT | BODY | DAY | ADDRESS), max_size=6))
        inside = "".join(f"<{name}>{mark.replace('{}', value)}</{name}>" for name, value in parts)
        items.append(draw(st.sampled_from(["<item>{}</item>", "<entry>{}</entry>", "<item>{}"])).replace("{}", inside))
    frames = [
        "<rss version='2.0'><channel>{}</channel></rss>",
        "<feed xmlns='http://www.w3.org/2005/Atom'>{}</feed>",
        "<?xml version='1.0' encoding='utf-16'?><rss><channel>{}",
        "<rdf:RDF>{}</rdf:RDF>",
    ]
    return draw(st.sampled_from(frames)).replace("{}", f"<title>{draw(TEXT)}</title>{''.join(items)}")


_HEADERS = _one_of("From To Subject Date Content-Type Content-Transfer-Encoding Mime-Version List-Id")
_SAID = st.sampled_from(
    ["base64", "quoted-printable", "=?x?q?=ff?=", "Ida <i@x>", "text/html", "text/plain; charset=utf-7",
     "multipart/mixed", "multipart/related; boundary=b", "x"]
)  # fmt: skip
_ENCODED = TEXT.map(lambda text: str(Header(text.replace("\0", ""), "utf-8")))


@st.composite
def letters(draw: st.DrawFn) -> str:
    told = draw(st.lists(st.tuples(_HEADERS, TEXT | DAY | ADDRESS | _ENCODED | _SAID), max_size=6))
    head, plain = "".join(f"{name}: {value}\n" for name, value in told), draw(LONG)
    if draw(st.booleans()):
        return f"{head}\n{plain}"
    page = f"--b\nContent-Type: text/html; charset=x\n\n{draw(BODY)}\n--b--\n"
    return f"{head}Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n{plain}\n{page}"


MAILBOXES = st.lists(letters(), max_size=3).map(
    lambda some: "".join(f"From a@b Tue Mar  4 10:15:00 2025\n{letter}\n" for letter in some)
)

KINDS: dict[str, st.SearchStrategy[str]] = {
    ".html": pages(), ".xhtml": pages(), ".md": texts(), ".txt": texts(), ".rst": texts(), ".jsonl": JSON_LINES,
    ".json": JSON_FILES, ".rss": feeds(), ".eml": letters(), ".mbox": MAILBOXES, ".mhtml": letters(), ".csv": TABLES,
    ".tsv": TABLES, ".rtf": RICH_TEXTS,
}  # fmt: skip

_ENCODINGS = st.sampled_from(
    ["utf-8"] * 6 + ["utf-8-sig", "utf-16", "utf-16-le", "cp1252", "shift_jis", "koi8-r", "utf-32"]
)
_DAMAGE = st.sampled_from(["none"] * 4 + ["cut", "put in", "twice", "NUL"])


@st.composite
def documents(draw: st.DrawFn, suffix: str) -> bytes:
    """A file of a kind, with a byte in it at least."""
    data = draw(KINDS[suffix]).encode(draw(_ENCODINGS), "replace")
    damage = draw(_DAMAGE)
    if damage != "none":
        at = draw(st.integers(0, len(data)))
        added = {"cut": b"", "put in": draw(st.binary(max_size=6)), "twice": data, "NUL": b"\0"}[damage]
        data = data[:at] + added + (b"" if damage in {"cut", "twice"} else data[at:])
    return data or b" "
