"""A page's tree, set so that trafilatura keeps what belongs to the article: tables, captions, quotes, short lists."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import Any

from index.formats.clean import raised
from index.formats.html_blocks import BLOCKS, cell_text, letters, words_of
from index.formats.html_frame import set_frame
from index.formats.html_lists import number_items
from index.formats.html_prune import names_of, text_length
from index.formats.html_tables import LONG_CELL, repeat_spans, write_roles

_NOTE_NAME = re.compile(r"foot-?note|note-?ref|reference|citation|^fn")
_QUOTE_NAME = re.compile(r"(?:pull|block|big|side)[-_]?quote|^quote$|zitat|citation-block")
_BOX_NAME = re.compile(r"info-?box|fact-?box|fact-?file|steckbrief|key-?facts|info-?kasten")
_CAPTION_NAME = re.compile(r"(?:^|[-_])caption(?:$|[-_]text)")
_LIST_IS_NOT_TEXT = re.compile(
    r"nav|menu|tag|share|social|breadcrumb|pagination|related|links|toc|categor|meta|author|footer|sidebar|widget"
)
_CREDIT = re.compile(
    r"\b(?:foto|photo|bild|image|picture|quelle|source|fuente|fonte|credit|crédito|crédit|copyright|grafik|graphic)s?"
    r"(?:credit|quelle|nachweis|graf(?:ie)?)?(?: (?:by|von|de|par|di|courtesy of)\b|\s*[:/©])|©|\(c\)",
    re.IGNORECASE,
)
_CREDIT_WORDS = 8  # a caption that begins with "Photo:" and has more is no credit
_LEAST_QUOTE = 20  # letters: what is shorter may be part of other words
_SEVERAL, _FEW = 3, 4
_PART_NAME = re.compile(
    r"^(?:post|entry)$|(?:^|[-_ ])(?:post|entry|article|art|page|text|story|section|blog|body)[-_]{0,2}"
    r"(?:text|body|content|entry|container|column)|articleBody|wpb_text_column"
)  # what trafilatura takes for the whole article
_LEAST_BESIDE = 10  # letters beside a time that are a sentence, or its beginning
_SHORT_ITEM = 60  # letters: titles of articles, in a list of those, are longer


def reshape(tree: Any) -> None:
    """Change the tree in place: marks of footnotes go; what trafilatura would leave out gets tags that it keeps."""
    for body in tree.iter("body"):
        reshape_piece(body)
        _keep_times(body)
        _unname_repeated(body)
        _flatten_cells(body)
        _keep_figures(body)
        _keep_asides(body)
        _keep_lists(body)
        set_frame(body)


def reshape_piece(body: Any) -> None:
    """Change what holds for each piece of HTML: notes, raised numbers, quotations, pairs of facts, numbers, tables."""
    _mend_notes(body)
    _mend_superscripts(body)
    _mark_quotations(body)
    _pair_definitions(body)
    write_roles(body)
    _unfold_layout_tables(body)
    number_items(body)
    repeat_spans(body)


def _rename(element: Any, tag: str) -> None:
    # Without its names, by which trafilatura might take it for something else.
    element.tag = tag
    element.attrib.clear()


def _replace(element: Any, tag: str, text: str) -> None:
    """Make an element one of plain text; what follows it stays."""
    tail = element.tail
    element.clear()
    element.tag, element.text, element.tail = tag, text, tail


def _without_credit(caption: str) -> str:
    """A caption without who took the picture; nothing where it says no more than that."""
    at = _CREDIT.search(caption)
    if at is not None and len(caption[at.end() :].split()) <= _CREDIT_WORDS:
        caption = caption[: at.start()].rstrip(" ([|/–—-")
    return caption if len(caption.split()) >= 3 else ""


def _mend_notes(body: Any) -> None:
    """Take away marks of footnotes, links back from the notes, and the anchors of headings."""
    for mark in [*body.iter("sup"), *body.iter("a")]:
        if mark.getparent() is None:
            continue
        links = [mark] if mark.tag == "a" else list(mark.iter("a"))
        leads_here = bool(links) and all("#" in (link.get("href") or "") for link in links)
        text = words_of(mark)
        if mark.tag == "sup":
            note = (leads_here and len(text) <= 12) or _is_bare_mark(mark, text)
        else:
            note = leads_here and (not letters(text) or _is_note_link(mark, text))
        if note:
            mark.drop_tree()


def _is_note_link(link: Any, text: str) -> bool:
    if len(text) > 12:
        return False
    if re.fullmatch(r"[\[(]?\d{1,3}[\])]?", text) and re.search(r"[^\s\d(\[]$", _before(link)):  # "lamp.1", "Holm[2]"
        return True
    named = link.get("role") == "doc-noteref" or any(_NOTE_NAME.search(name) for name in names_of(link))
    return named or any(child.tag == "sup" and words_of(child) == text for child in link)


def _is_bare_mark(sup: Any, text: str) -> bool:
    """Whether a raised number or sign without a link stands behind a word or a sentence, as a footnote's mark does."""
    if any(_NOTE_NAME.search(name) for name in names_of(sup)):
        return True
    if not re.fullmatch(r"[\[(]?(?:\d{1,3}|[*†‡§]{1,3})[\])]?", text):
        return False
    before = _before(sup)
    # "km" and "CO" are raised to a power, "10" too; "quay", "built." and "1987)" are not. "metres" and "miles" can be,
    # to the second or third; a footnote's mark that stays is the lesser harm.
    if text in {"2", "3"} and before[-1:].isalpha():
        return False
    return bool(re.search(r"[^\W\d_]{4,}$|[.,;:!?)»”\"’]$", before)) or not text.isdigit()


def _before(element: Any) -> str:
    """The last of the text right before an element."""
    text = element.getprevious().tail if element.getprevious() is not None else element.getparent().text
    return (text or "")[-40:]


def _mend_superscripts(body: Any) -> None:
    """Write what is left of raised numbers with the characters for that: "10<sup>6</sup>" is no 106."""
    for sup in list(body.iter("sup")):
        if sup.getparent() is None:  # it stood in another
            continue
        text = words_of(sup)
        if raised(text) != text:
            sup.text = raised(text)
            for child in list(sup):
                sup.remove(child)
            sup.drop_tag()


def _mark_quotations(body: Any) -> None:
    """Put the quotation marks of <q>, which browsers add, into the text."""
    for quotation in list(body.iter("q")):
        if quotation.getparent() is None:
            continue
        if quotation.text_content().strip()[:1] not in {"“", "”", "„", "«", "»", '"', "‘", "‚"}:
            quotation.text = "“" + (quotation.text or "")
            if len(quotation):
                quotation[-1].tail = (quotation[-1].tail or "") + "”"
            else:
                quotation.text += "”"
        quotation.drop_tag()


def _pair_definitions(body: Any) -> None:
    """Make each list of terms and what they mean one of "term: meaning", for which <dl> has no element."""
    from lxml.etree import Element  # type: ignore[import-untyped]

    for pairs in list(body.iter("dl")):
        parts = [part for part in pairs.iter("dt", "dd") if next(part.iterancestors("dl")) is pairs]
        if next(pairs.iterdescendants("dl"), None) is not None or not {"dt", "dd"} <= {part.tag for part in parts}:
            continue
        items: list[list[str]] = []
        for at, part in enumerate(parts):
            if part.tag == "dt" and (at == 0 or parts[at - 1].tag == "dd"):
                items.append([])
            if items:
                items[-1].append(f"{words_of(part).rstrip(':')}:" if part.tag == "dt" else words_of(part))
        tail = pairs.tail
        pairs.clear()
        pairs.tag, pairs.tail = "ul", tail
        for words in items:
            item = Element("li")
            item.text = " ".join(words)
            pairs.append(item)


def _keep_times(body: Any) -> None:
    """Make a <time> in a sentence words of it: trafilatura leaves out each."""
    size: dict[Any, int] = {}
    for time in list(body.iter("time")):
        line = next(time.iterancestors("p", "li", "dd", "blockquote", "td"), None)
        if line is None:
            continue
        if line not in size:
            size[line] = len(letters(words_of(line)))
        if size[line] - len(letters(words_of(time))) >= _LEAST_BESIDE:
            _rename(time, "span")


def _unname_repeated(body: Any) -> None:
    """Take the names from parts of an article that have one in common: trafilatura takes the first for all of it."""
    for headline in islice(body.iter("h1"), _FEW):
        above = set(headline.iterancestors())
        for around in islice(headline.iterancestors("article", "main", "div", "section"), _FEW):
            parts = [part for part in around.iter("div", "section") if _PART_NAME.search(part.get("class") or "")]
            names = Counter((part.getparent(), part.get("class")) for part in parts)
            for part in parts:
                if names[part.getparent(), part.get("class")] >= _SEVERAL and part not in above:
                    part.attrib.clear()


def _unfold_layout_tables(body: Any) -> None:
    """Make the parts of tables that lay out the page plain parts of it."""
    total = text_length(body)
    layouts = [table for table in body.iter("table") if _is_layout(table, total)]
    for table in layouts:
        for part in list(table.iter("tbody", "thead", "tfoot", "tr", "td", "th", "caption")):
            if next(part.iterancestors("table")) is table:
                part.tag = "div"
                _wrap_loose_text(part)
        table.tag = "div"
    if layouts and next(body.iter("article", "main"), None) is None:
        cells = [part for table in layouts for part in table.iter("div") if 2 * text_length(part) > total]
        if cells:  # the innermost of those with most of the text
            cells[-1].tag = "article"


def _wrap_loose_text(cell: Any) -> None:
    """Make paragraphs of what stands in a cell beside its blocks; an empty line of two <br> parts them."""
    from lxml.etree import SubElement

    nodes, text = list(cell), cell.text
    for node in nodes:
        cell.remove(node)
    cell.text = None
    paragraph = SubElement(cell, "p")
    paragraph.text = text
    for node in nodes:
        tail, node.tail = node.tail, None
        ends = (
            node.tag == "br" and len(paragraph) and paragraph[-1].tag == "br" and not (paragraph[-1].tail or "").strip()
        )
        if node.tag in BLOCKS or ends:
            if not ends:
                cell.append(node)
            paragraph = SubElement(cell, "p")
            paragraph.text = tail
        else:
            paragraph.append(node)
            node.tail = tail


def _is_layout(table: Any, total: int) -> bool:
    if (table.get("role") or "").lower() in {"presentation", "none"}:
        return True
    if table.find("caption") is not None or table.find("thead") is not None or names_of(table)[:1] == ["infobox"]:
        return False
    cells = [cell for cell in table.iter("td", "th") if next(cell.iterancestors("table")) is table]
    if any(next(cell.iter("h1", "h2", "table"), None) is not None for cell in cells):
        return True
    sizes = [text_length(cell) for cell in cells]
    rows = {cell.getparent() for cell in cells}
    if len(rows) == len(cells) and any(len(list(cell.iter("p"))) > 1 for cell in cells):  # one column, of text
        return True
    if not sizes or any(cell.tag == "th" and size for cell, size in zip(cells, sizes, strict=True)):
        return False
    paragraphs = max(sum(text_length(part) > 80 for part in cell.iter("p")) for cell in cells)
    return paragraphs >= 2 or max(sizes) > max(LONG_CELL, total / 2) or max(sizes) > 5 * LONG_CELL


def _flatten_cells(body: Any) -> None:
    """Make each cell of a table plain text: trafilatura loses lists in cells, and tables of which most is in links."""
    for table in list(body.iter("table")):
        if next(table.iterdescendants("table"), None) is not None:
            continue
        cells = list(table.iter("td", "th"))
        linked = sum(text_length(link) for link in table.iter("a"))
        if 2 * linked > text_length(table) and not _is_data(table):
            continue  # what leads to other pages
        for cell in cells:
            text, tail = cell_text(cell), cell.tail
            span = {name: cell.get(name) for name in ("colspan", "rowspan") if cell.get(name)}
            cell.clear()
            cell.text, cell.tail = text, tail
            cell.attrib.update(span)
        table.attrib.clear()


def _is_data(table: Any) -> bool:
    """Whether its rows have a name each, or its columns."""
    if any(name in {"infobox", "wikitable"} for name in names_of(table)):
        return True
    rows = [[cell.tag for cell in row] for row in table.iter("tr")]
    return (
        bool(rows)
        and len(rows) > 1
        and sum(bool(row) and row[0] == "th" and "td" in row for row in rows) * 2 >= len(rows)
    )


def _keep_figures(body: Any) -> None:
    for figure in list(body.iter("figure")):
        if figure.getparent() is None:
            continue
        quote = next(figure.iter("blockquote"), None)
        captions = list(figure.iter("figcaption"))
        holds = quote is not None or captions or next(figure.iter("table"), None) is not None
        if not holds and not _is_set_quote(figure):
            continue
        _rename(figure, "div")
        for caption in captions:
            _replace(caption, "p", _without_credit(words_of(caption)))
        for quotation in figure.iter("blockquote"):
            quotation.attrib.clear()
    for caption in list(body.iter("div", "span", "p")):
        named = any(_CAPTION_NAME.search(name) for name in names_of(caption))
        if named and not any(part is not caption for part in caption.iter("p", "div", "img", "table")):
            _rename(caption, "p")
        elif named and text_length(caption) <= LONG_CELL and caption.getparent() is not None:
            if _without_credit(words_of(caption)):
                caption.attrib.clear()
            else:
                caption.drop_tree()


def _is_set_quote(figure: Any) -> bool:
    """Whether a figure holds words and nothing else that one could look at."""
    shown = next(figure.iter("img", "video", "iframe", "svg", "canvas", "pre", "object", "audio"), None)
    return shown is None and any(len(letters(words_of(part))) >= _LEAST_QUOTE for part in figure.iter("p"))


def _keep_asides(body: Any) -> None:
    """Keep quotes that are set beside the text, and boxes of facts; a quote that the text has as well goes."""
    asides = list(body.iter("aside", "div", "section", "p"))
    quotes = {aside for aside in asides if any(_QUOTE_NAME.search(name) for name in names_of(aside))}
    said = letters(words_of(body)) if quotes else ""
    for aside in asides:
        if aside.getparent() is None:  # it stood in one that is a quotation now
            continue
        if aside in quotes and text_length(aside) < 600:
            quoted = letters(words_of(aside))
            if len(quoted) >= _LEAST_QUOTE and said.count(quoted) > 1:
                said = said.replace(quoted, "", 1)
                aside.drop_tree()
            elif aside.tag != "p" and next(aside.iter("blockquote", "quote"), None) is None:
                _replace(aside, "blockquote", words_of(aside))
            else:
                _rename(aside, "p" if aside.tag == "p" else "div")
        elif aside.tag == "aside" and (any(_BOX_NAME.search(name) for name in names_of(aside)) or _is_quoted(aside)):
            _rename(aside, "div")


def _is_quoted(aside: Any) -> bool:
    return 2 * sum(text_length(quote) for quote in aside.iter("blockquote")) > text_length(aside)


def _keep_lists(body: Any) -> None:
    """Undo the links in lists that are text: trafilatura takes a short list with links for navigation."""
    for items in body.iter("ul", "ol"):
        around = [items, *items.iterancestors("nav", "footer", "header", "aside", "ul", "ol", "div", "section")]
        if any(element.tag in {"nav", "footer", "header", "aside"} for element in around):
            continue
        if any(_LIST_IS_NOT_TEXT.search(name) for element in around[:2] for name in names_of(element)):
            continue
        links = list(items.iter("a"))
        if not links or not _is_running_text(items):
            continue
        for link in links:
            link.drop_tag()


def _is_running_text(items: Any) -> bool:
    """Whether a list stands between paragraphs, and says more than the titles of other pages."""
    total, linked = text_length(items), sum(text_length(link) for link in items.iter("a"))
    before, after = items.getprevious(), items.getnext()
    if before is None or before.tag not in {"p", "h2", "h3", "h4", "ul", "ol", "table", "figure", "blockquote"}:
        return False
    if 2 * linked <= total:
        return True
    entries = [text_length(item) for item in items.iter("li")]
    return after is not None and after.tag == "p" and bool(entries) and max(entries) <= _SHORT_ITEM
