"""Which language a text is in, by py3langid: Naive Bayes over pieces of its bytes; nothing is downloaded."""

from __future__ import annotations

import logging
import re
from functools import cache
from typing import TYPE_CHECKING

from index.arenas import give_back

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_LOG = logging.getLogger(__name__)

# What py3langid knows by a code of two letters; its others are dialects and neighbours of these.
LANGUAGES = (
    "af am an ar as az ba be bg bn br bs ca cs cy da de dz el en eo es et eu fa fi fo fr fy ga gd gl gu ha he "
    "hi hr ht hu hy id ig is it ja jv ka kk km kn ko ku ky la lb lg ln lo lt lv mg mk ml mn mr ms mt my ne nl "
    "nn no oc om or pa pl ps pt qu ro ru rw sa se si sk sl sn so sq sr st sv sw ta te tg th tk tl tr tt ug uk "
    "ur uz vi vo wa xh yo zh zu"
).split()
_LOOKED_AT = 2000  # characters
_LEAST_PROBABILITY = 0.5  # of names, numbers and program text it is .1 or less


def primary_subtag(language: str | None) -> str | None:
    """The language of a tag of RFC 5646 ("en", "en-GB") or of POSIX ("en_GB"), without the rest; None for what is none.

    >>> primary_subtag("de-AT"), primary_subtag("PT_br"), primary_subtag("German")
    ('de', 'pt', None)
    """
    match = re.match(r"\s*([A-Za-z]{2,3})(?![A-Za-z])", language or "")
    return match[1].lower() if match else None


def language_of(text: str, least: float = _LEAST_PROBABILITY) -> str | None:
    """The language that a text begins in, as a code of ISO 639-1; None where it is not as probable as `least`.

    >>> language_of("Die Bäckerin verkauft neun Brote."), language_of("2024: 17, 18")
    ('de', None)
    """
    identifier = _identifier()
    if identifier is None:
        return None
    code, probability = identifier.classify(text.strip()[:_LOOKED_AT])
    return str(code) if probability >= least else None


@cache
def _identifier() -> LanguageIdentifier | None:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    try:
        identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    except OSError as exc:  # it unpacks its table (68 MB) where temporary files go
        _LOG.warning("Languages are not told apart, for want of room for temporary files (%s).", exc)
        return None
    identifier.set_languages(LANGUAGES)
    # Anew of what is left: one that was narrowed keeps the table of all languages beside it.
    narrowed = LanguageIdentifier(
        identifier.nb_ptc, identifier.nb_pc, identifier.nb_classes, identifier.tk_nextmove, identifier.tk_output,
        norm_probs=True, tk_row=identifier.tk_row,
    )  # fmt: skip
    del identifier
    give_back()  # what was needed to unpack it
    return narrowed
