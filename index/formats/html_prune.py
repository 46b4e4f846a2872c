"""What is in a page's file and no part of its article: hidden text, consent forms, further articles, error messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from index.formats.html_blocks import holds_blocks, letters, seen_text, words_of
from index.formats.html_hidden import is_hidden, names_hidden_by

_HEADINGS = {"h2", "h3", "h4", "h5", "h6"}
_LEAST_MAIN = 200  # letters: an article that is kept while others are taken away has this many
_LEAST_PARAGRAPH = 60  # letters

_CONSENT = re.compile(
    r"(?:cookie|consent|gdpr|dsgvo|privacy)s?[-_]?(?:banner|bar|box|consent|container|dialog|form|info|law|layer|"
    r"manager|message|modal|notice|notification|overlay|popup|settings|wall|wrapper)|cookieconsent|cookiebot|"
    r"cybotcookiebot|onetrust|didomi|usercentrics|borlabs|cmplz|klaro|iubenda|truste|osano|qc-cmp|sp_message"
)
_CONSENT_WORDS = re.compile(
    r"cookies?|consent|personal data|privacy|gdpr|our partners|advertising|accept|your device|einwilligung|zustimm\w+|"
    r"akzeptier\w+|personenbezogen\w*|datenschutz\w*|unsere partner|werbung|consentement|accepter|données personnelles|"
    r"partenaires|publicités?|consentimiento|aceptar|datos personales|publicidad|consenso|accetta\w*|dati personali",
    re.IGNORECASE,
)
_CONSENT_CHARS = 3000
_CONSENT_BUTTON = re.compile(
    r"\b(?:accept|agree|allow|consent|reject|decline|deny|got it|ok\b|akzeptier|zustimm|einverstanden|ablehn|"
    r"accepter|refuser|d'accord|aceptar|rechazar|accett|rifiut)",
    re.IGNORECASE,
)
_FURTHER = re.compile(
    r"(?:^|[-_])(?:next|more|related|further|other|recommended|read-?(?:next|more|also)|up-?next|latest|popular)[-_]?"
    r"(?:article|stor(?:y|ies)|post|entr(?:y|ies)|news|read)s?(?:$|[-_])|^(?:read-?next|up-?next|infinite-?scroll)"
)
_CHROME = re.compile(r"^(?:navbox|authority-control|catlinks|mw-editsection|mw-jump-link|noprint$|ambox$|xdebug-error)")

# Headings over what a site offers to read next, without their punctuation.
_OFFERS = re.compile(
    r"(?:read |whats |up )next|next (?:up|article|story|post)|(?:more|other|related|recommended|latest|top|popular|"
    r"trending|further) (?:stories|articles|news|posts|reads|content|links|coverage|topics)|more (?:from|by) .{1,40}|"
    r"more on this (?:story|topic)|you (?:may|might)(?: also)? (?:like|enjoy|be interested in)|"
    r"recommended(?: for you)?|read (?:more|also)|keep reading|editors picks|most (?:read|popular)|related|"
    r"(?:weitere|mehr|ähnliche|verwandte|andere|nächster?|meistgelesene|neueste|aktuelle|empfohlene) (?:artikel|"
    r"beiträge|beitrag|themen|nachrichten|meldungen|geschichten)(?: (?:zum thema|auf|aus|bei) ?.{0,30})?|"
    r"(?:mehr )?zum thema(?: auf .{1,30})?|(?:lesen sie|lies) auch(?: .{1,30})?|auch (?:interessant|auf .{1,30})|"
    r"(?:das|diese artikel)(?: thema)? könnten? (?:sie|dich|euch)(?: (?:auch|ebenfalls))? interessieren|meistgelesen|"
    r"lust auf mehr|want more|"
    r"(?:à |a )?lire (?:aussi|également)|(?:autres|derniers|prochains?) articles?|articles? (?:suivants?|similaires|"
    r"liés|connexes|recommandés)|vous aimerez aussi|sur le même sujet|dans la même rubrique|les plus lus|"
    r"(?:lea|lee|leer) también|(?:artículos|noticias|notas|entradas) (?:relacionad[ao]s|similares)|"
    r"(?:también )?(?:te|le) (?:puede|podría) interesar|vea también|más (?:noticias|sobre .{1,30})|"
    r"siguiente artículo|artículo siguiente|"
    r"lo más leído|leggi anche|(?:articoli|notizie) (?:correlat[ie]|simili)|(?:ti )?potrebber?o? (?:anche )?"
    r"interessar(?:ti|e)|articolo (?:successivo|seguente)|altre notizie|altri articoli|i più letti"
)

# Words before a link in the middle of a text that leads to another one: "Read also: Sixty goats sold".
_POINTER = re.compile(
    r"(?:read|see|watch)(?: (?:also|more|next|here))?|also (?:read|see|watch)|related(?: stories)?|"
    r"(?:lesen|lies|sehen|siehe)(?: sie)?(?: (?:auch|hier|dazu|mehr))+|auch (?:lesen|interessant)|schon gelesen|"
    r"mehr (?:dazu|zum thema)|(?:à |a )?(?:lire|voir)(?: (?:aussi|également|plus))?|"
    r"(?:también )?(?:lea|lee|leer|vea|mire|mira)(?: (?:también|además|más|aquí))?|puede[sn]? (?:ver|leer)|"
    r"(?:también )?(?:te|le) puede interesar|(?:leggi|guarda) anche|(?:leia|veja)(?: (?:também|mais))?|saiba mais|"
    r"lees (?:ook|meer|verder)|les (?:også|mer)|läs (?:också|även|mer)|læs (?:også|mere)|"
    r"lue (?:myös|lisää|aiheesta(?: lisää)?)|(?:(?:prze)?czytaj|zobacz) (?:też|także|również|więcej)|"
    r"dowiedz się więcej|čtěte také|přečtěte si(?: také)?|citește și|"
    r"(?:читайте|смотрите) (?:также|ещё)|читайте (?:також|ще)",
    re.IGNORECASE,
)
# Lines that ask to follow a paper elsewhere, or to have it sent.
_CALL = re.compile(
    r"\W*(?:(?:follow|like|find|join) (?:\S+ ){1,4}|(?:folg(?:en|t|e)|liken) (?:sie |ihr )?\S+ |"
    r"s[ií]g[ua]e?n(?:os|me) |suivez[- ]\S+ |seguici |siga[- ]nos |volg ons )(?:\S+ )?"
    r"(?:on|auf|en|sur|su|no|op|at) \W*(?:our )?"
    r"(?:twitter|x|facebook|instagram|telegram|youtube|whatsapp|linkedin|tiktok|flipboard|google news|threads)\b|"
    r"\W*(?:subscribe|sign up|abonnieren sie|jetzt abonnieren|suscríb[ae](?:te|se)|abonnez-vous|inscrivez-vous|"
    r"iscriviti)\b.{0,60}\b(?:newsletters?|inbox|e-?mails?|editions?|content|updates|boletín|notiziario|lettre)\b",
    re.IGNORECASE,
)
_CALL_CHARS = 200

_PHP_MESSAGE = re.compile(
    r"(?:Fatal error|Parse error|Recoverable fatal error|Warning|Notice|Deprecated|Strict Standards)"
)


def names_of(element: Any) -> list[str]:
    """The names of an element's class and id, in small letters."""
    return f"{element.get('class') or ''} {element.get('id') or ''}".lower().split()


def text_length(element: Any) -> int:
    """How many characters of text an element has, blanks at the ends of its parts and scripts left out."""
    path = ".//text()[not(parent::script or parent::style or parent::noscript or parent::template)]"
    return sum(len(text.strip()) for text in element.xpath(path))


def prune_foreign(tree: Any, headline: Any | None) -> None:
    """Take away consent forms, navigation boxes, error messages of PHP, and the articles behind the one of `headline`.

    `headline` is the heading that is the page's title, or None where no heading is. The rest of the tree stays as it
    is, hidden parts included: metadata may be in them.
    """
    _drop_messages(tree)
    inside = next(headline.iterancestors("article"), None) if headline is not None else None
    parts = tree.iter("div", "section", "aside", "form", "dialog", "ul", "table", "span", "sup")
    _drop(tree, headline, (element for element in parts if _is_foreign(element, inside)))
    _drop(tree, headline, _offered(tree, headline))
    _drop(tree, headline, _pointers(tree))
    if headline is not None:
        _drop(tree, headline, _consent_forms(tree, headline), anywhere=True)
        _drop(tree, headline, headline.xpath("preceding::header[not(ancestor::article or ancestor::main)]"))
        _drop(tree, headline, _further_articles(tree, headline))


def prune_hidden(tree: Any) -> None:
    """Take away what a browser does not show (`hidden`, styles that hide, templates, closed dialogs) or strikes out.

    Where more than half of the page's text is hidden, a script shows it; then it stays.
    """
    _drop(tree, None, tree.iter("template", "noscript", "datalist", "del", "s", "strike"))
    names = names_hidden_by(tree)
    hidden = {element for element in tree.iter() if isinstance(element.tag, str) and is_hidden(element, names)}
    outer = [element for element in hidden if hidden.isdisjoint(element.iterancestors())]
    # Pages that show one part after the other have most of them hidden.
    if 2 * sum(text_length(element) for element in outer) <= text_length(tree):
        _drop(tree, None, outer)


def _drop(tree: Any, headline: Any | None, elements: Iterable[Any], anywhere: bool = False) -> None:
    """Take elements away with all in them, but none that holds the headline, and none that may be the article.

    That is one with more than half of the page's text, unless an article stays before it; `anywhere`: or behind it.
    """
    total, prose = text_length(tree), _prose(tree)
    kept = set() if headline is None else {headline, *headline.iterancestors()}
    behind = set() if headline is None else set(headline.xpath("following::*"))
    for element in list(elements):
        if element in kept or element.getparent() is None:
            continue
        # What has several sections is the article, and what stands before it its opening.
        another = (anywhere or element in behind) and len(list(element.iter("h1", "h2"))) <= 1
        if 2 * text_length(element) <= total or (another and prose - _prose(element) >= _LEAST_MAIN):
            prose -= _prose(element)
            element.drop_tree()


def _is_foreign(element: Any, inside: Any | None) -> bool:
    """Whether an element's kind or names say so; `inside` is the <article> of the headline, if it is in one."""
    if element.tag == "form":
        return next(element.iter("input", "button", "select", "textarea"), None) is not None
    if (element.get("role") or "").lower() in {"dialog", "alertdialog", "navigation"} or element.get("aria-modal"):
        return True
    names = names_of(element)
    if element.tag in {"span", "sup"}:
        return any(_CHROME.match(name) for name in names)
    if any(_CONSENT.match(name) or _CHROME.match(name) for name in names):
        return True
    return any(_FURTHER.search(name) for name in names) and (
        inside not in element.iterancestors() or _is_teaser(element)
    )


def _is_teaser(element: Any) -> bool:
    """Whether an element is made of links, or has one for each paragraph at least: what it says stands elsewhere."""
    paragraphs = sum(text_length(part) >= _LEAST_PARAGRAPH for part in element.iter("p"))
    return is_linked(element) or sum(1 for _ in element.iter("a")) >= paragraphs


def _consent_forms(tree: Any, headline: Any) -> Iterator[Any]:
    """What asks for consent to cookies, told by its words: before the headline, or with a button that gives consent.

    Only what is short: a whole article on data protection has the same words.
    """
    around = {headline, *headline.iterancestors()}
    before = set(headline.xpath("preceding::*"))
    for element in tree.iter("div", "form", "section", "aside", "dialog"):
        text = "" if element in around else " ".join(seen_text(element).split())
        if len(text) > _CONSENT_CHARS or len({match.lower() for match in _CONSENT_WORDS.findall(text)}) < 3:
            continue
        if element in before or any(
            _CONSENT_BUTTON.search(_said_on(button)) for button in element.iter("button", "input")
        ):
            yield element


def _said_on(button: Any) -> str:
    return f"{button.text_content()} {button.get('value') or ''} {button.get('aria-label') or ''}"


def _drop_messages(tree: Any) -> None:
    """Take away PHP's messages: <b>Warning</b>: words in <b>file</b> on line <b>7</b>."""
    for start in [bold for bold in tree.iter("b") if _PHP_MESSAGE.fullmatch((bold.text or "").strip())]:
        file, line = start.getnext(), None
        if file is not None and file.tag == "b" and "on line" in (file.tail or ""):
            line = file.getnext()
        if file is None or line is None or not (line.text or "").strip().isdigit():
            continue
        start.tail = file.tail = None
        for part in (start, file, line):
            part.drop_tree()


def _offered(tree: Any, headline: Any | None) -> Iterator[Any]:
    """Headings like "More stories", with what they stand over; each element once."""
    seen: set[Any] = set()
    for heading in tree.iter("h2", "h3", "h4", "h5", "h6", "p", "strong", "div", "span"):
        if heading.tag not in _HEADINGS and (len(heading) or heading.getprevious() is not None):
            continue
        if not _OFFERS.fullmatch(_plain(words_of(heading)[:80])):
            continue
        place = heading
        while place.getprevious() is None and place.getnext() is None and place.getparent() is not None:
            place = place.getparent()
        if place in seen:
            continue
        if place is heading and _heads_a_box(heading, headline):
            yield place.getparent()
            continue
        yield place
        for sibling in place.itersiblings():
            if sibling in seen or not _is_offer(sibling):
                break
            seen.add(sibling)
            yield sibling


def _pointers(tree: Any) -> Iterator[Any]:
    """Lines like "Read also: Sixty goats sold", of which all words behind these two are a link; "Follow us on X"."""
    for line in tree.iter("p", "div", "li", "blockquote", "h2", "h3", "h4", "h5", "h6"):
        if holds_blocks(line):
            continue
        if _CALL.match(said := words_of(line)) and len(said) <= _CALL_CHARS:
            yield line
        if next(line.iter("a"), None) is None:
            continue
        beside = _plain(" ".join(line.xpath(".//text()[not(ancestor::a)]"))) or words_of(line).partition(":")[0]
        if _POINTER.fullmatch(beside):
            yield line


def _heads_a_box(heading: Any, headline: Any | None) -> bool:
    """Whether a heading is the first in a part of the page that is not the headline's, over headings of lower rank."""
    box, below = heading.getparent(), heading.getnext()
    if box is None or below is None or heading.getprevious() is not None or heading.tag not in _HEADINGS:
        return False
    if box.tag not in {"div", "section", "aside"} or (headline is not None and box in headline.iterancestors()):
        return False
    first = below if below.tag in _HEADINGS else _own_heading(below)
    return first is not None and first.tag > heading.tag and not is_linked(below)


def _is_offer(element: Any) -> bool:
    """Whether what stands below "More stories" is one: an article of its own, or links."""
    if element.tag == "article" or is_linked(element):
        return True
    heading = _own_heading(element)
    return heading is not None and heading is not element and _leads_away(heading)


def _leads_away(heading: Any) -> bool:
    """Whether a heading is a link: its text, or all of it stands in one."""
    return bool(text_length(heading)) and (
        is_linked(heading) or any(above.tag == "a" for above in heading.iterancestors())
    )


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", "", text.casefold()).split())


def is_linked(element: Any) -> bool:
    """Whether most of an element's text is in links."""
    total = text_length(element)
    linked = text_length(element) if element.tag == "a" else sum(text_length(link) for link in element.iter("a"))
    return 2 * linked >= total


def _own_heading(element: Any) -> Any | None:
    return next(element.iter("h1", "h2", "h3", "h4"), None)


def _further_articles(tree: Any, headline: Any) -> Iterator[Any]:
    """Articles that follow the one of the headline, each with a headline of its own."""
    inside = next(headline.iterancestors("article"), None)
    main = inside if inside is not None else next(iter(headline.xpath("following::article")), None)
    if main is not None and _prose(main) >= _LEAST_MAIN and (inside is not None or _own_heading(main) is None):
        for article in main.xpath("following::article"):
            if (heading := _own_heading(article)) is not None and letters(words_of(heading)) != letters(
                words_of(headline)
            ):
                yield article
        for article in main.iterdescendants("article"):  # a teaser in the text
            if (heading := _own_heading(article)) is not None and is_linked(heading) and text_length(article) < 300:
                yield article
    if headline.tag == "h1":
        yield from _same_again(headline)


def _prose(element: Any) -> int:
    """How many characters stand in paragraphs of some length: parts of an article's own, as of a recipe, have few."""
    return sum(length for part in element.iter("p") if (length := text_length(part)) >= _LEAST_PARAGRAPH)


def _same_again(headline: Any) -> Iterator[Any]:
    """What follows the part that the headline is in, of the same kind, with an <h1> of its own."""
    for part in headline.iterancestors("div", "section", "main"):
        kind = part.get("class")
        for sibling in part.itersiblings(part.tag):
            same = kind and sibling.get("class") == kind and next(sibling.iter("h1"), None) is not None
            if same and _prose(part) >= _LEAST_MAIN:
                yield sibling
