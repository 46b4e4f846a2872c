"""XHTML files: empty elements in XML's short form do not swallow what comes after them."""

from __future__ import annotations

from pathlib import Path

from index.article import Article
from index.formats import read_source


def test_short_empty_elements_cost_no_text(tmp_path: Path) -> None:
    path = tmp_path / "page.xhtml"
    path.write_text(
        '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml" xml:lang="fr"><head>'
        '<script src="a.js"/><style/><title>Le pont</title></head><body><iframe src="x"/><p>Le <a id="a"/>pont est '
        "ouvert depuis mardi,<br/>dit la mairie.</p><textarea/><p>Il fera beau toute la semaine.</p></body></html>"
    )
    (article,) = read_source(path)
    assert isinstance(article, Article)
    assert (article.title, article.language) == ("Le pont", "fr")
    assert article.text == "Le pont est ouvert depuis mardi,\ndit la mairie.\n\nIl fera beau toute la semaine."
