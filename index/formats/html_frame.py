"""Where the article of a page is, when the page does not say: the one place that its paragraphs stand in."""

from __future__ import annotations

from typing import Any

from index.formats.html_prune import text_length

_MARGINS = ("nav", "aside", "footer", "header", "form")
_PLACES = {"body", "div", "section", "center"}
_NOT_TEXT = {*_MARGINS, "script", "style", "noscript"}
_LEAST = 60  # letters: what is shorter is a label, a line of contact, a remark on cookies


def set_frame(body: Any) -> None:
    """Make an <article> of the place that all paragraphs and tables of the page stand in, but short ones and margins.

    Of pages without a place that trafilatura knows as an article's it takes the paragraphs alone: lists and headings
    between them would be lost. Where paragraphs stand in several places it is not clear which are the article.
    """
    from lxml.etree import SubElement  # type: ignore[import-untyped]
    from trafilatura.xpaths import BODY_XPATH

    if any(path(body) for path in BODY_XPATH):
        return
    texts = [
        each
        for each in body.iter("p", "table")
        if text_length(each) >= _LEAST and next(each.iterancestors(*_MARGINS), None) is None
    ]
    place = next((each.getparent() for each in texts if each.tag == "p"), None)
    if place is None or place.tag not in _PLACES or any(place not in each.iterancestors() for each in texts):
        return
    if place is not body:
        place.tag = "article"
        return
    children = [child for child in body if child.tag not in _NOT_TEXT]
    article = SubElement(body, "article")
    article.text, body.text = body.text, None
    article.extend(children)
