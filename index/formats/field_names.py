"""What the columns of tables and the fields of records are called."""

from __future__ import annotations

from collections.abc import Iterable

# By field, the likeliest first; in small letters, without "-", "_" and blanks: "published_at" is "publishedAt".
FIELD_NAMES = {
    "text": (
        "text", "body", "content", "article", "fulltext", "articletext", "articlebody", "bodytext", "contenttext",
        "textcontent", "inhalt", "artikel", "texte", "contenu", "texto", "contenido", "testo", "contenuto",
    ),
    "title": ("title", "headline", "articletitle", "titel", "überschrift", "titre", "título", "titulo", "titolo"),
    "url": ("url", "link", "sourceurl", "articleurl"),
    "source": ("source", "publisher", "publication", "newspaper", "quelle", "fuente", "fonte"),
    "author": ("author", "authors", "byline", "authorname", "autor", "autorin", "auteur", "autore"),
    "published": (
        "published", "publishedat", "publisheddate", "date", "publicationdate", "pubdate", "publishdate",
        "datepublished", "publishedon", "datum", "fecha", "data", "created", "createdat", "datecreated",
    ),
    "language": ("language", "lang", "sprache", "langue", "idioma", "lingua"),
}  # fmt: skip


def known_fields(names: Iterable[str]) -> dict[str, list[str]]:
    """Field -> those of the names that may be it, the likeliest first; of two that are one the first."""
    plain: dict[str, str] = {}
    for name in names:
        plain.setdefault(name.casefold().replace("_", "").replace("-", "").replace(" ", ""), name)
    found = {field: [plain[name] for name in known if name in plain] for field, known in FIELD_NAMES.items()}
    return {field: own for field, own in found.items() if own}
