"""What of a web page is its article: each kind of fault that was seen, with pages of different make."""
# ruff: noqa: E501 - one page, one line

import json
import time
from pathlib import Path

import pytest

from index.article import Article
from index.formats import SourceFailure, read_content, read_source
from index.formats.html import fragment_blocks
from index.formats.identity import author_name
from index.formats.origin import Origin
from index.formats.reading_process import Content

PAGES = sorted((Path(__file__).parent / "pages").iterdir())
TEXT = [
    "The mill at Dunmore grinds rye and barley for eleven villages, and its wheel has turned since the flood of the river.",
    "Runa Feld bought it from the monastery and keeps the old scales in the hall, where visitors may weigh their flour.",
    "In spring the weir has to be cleared of branches, a day on which the whole valley comes with ropes and with horses.",
    "The new sluice was built of oak from the slopes above, because iron would have rusted within a few wet winters.",
]
HEADLINE = "The mill at Dunmore grinds again"
CONSENT = (
    "<p>We and our partners use cookies to show you advertising.</p><p>Please accept that personal data are used.</p>"
)


def page(inside: str, head: str = "", title: str = HEADLINE) -> str:
    """A page of four paragraphs with `inside` in the middle."""
    before, after = "".join(f"<p>{text}</p>" for text in TEXT[:2]), "".join(f"<p>{text}</p>" for text in TEXT[2:])
    return whole(f"<article><h1>{HEADLINE}</h1>{before}{inside}{after}</article>", head, title)


def whole(body: str, head: str = "", title: str = HEADLINE, lang: str = "en") -> str:
    return f"<!DOCTYPE html><html lang='{lang}'><head><title>{title}</title>{head}</head><body>{body}</body></html>"


def read(path: Path, content: str) -> Article:
    path.write_text(content)
    *warnings, article = read_source(path)
    assert isinstance(article, Article), article
    assert not warnings
    return article


@pytest.mark.parametrize("folder", PAGES, ids=lambda folder: folder.name)
def test_a_page_gives_what_is_right_for_it(tmp_path: Path, folder: Path) -> None:
    right = json.loads((folder / "expected.json").read_text())
    article = read(tmp_path / "page.html", (folder / "page.html").read_text())
    assert [words for words in right["with"] if words not in article.text] == []
    assert [words for words in right["without"] if words in article.text] == []
    assert article.title == right["title"]
    if "author" in right:
        assert article.author == right["author"]
    if "published" in right:
        assert (article.published or "")[:10] == right["published"][:10]
    if "paragraphs" in right:
        assert article.text.count("\n\n") + 1 == right["paragraphs"]


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        ("<table><tr><th>Millers</th><td><ol><li>Runa Feld<li>Jon Ask</ol></td></tr><tr><th>Stones</th><td>4</td></tr></table>",
         "Millers | Runa Feld; Jon Ask"),
        ("<table><tr><td>Flour</td><td><ul><li><a href='/r'>rye</a></li><li>barley</li></ul></td></tr></table>", "rye; barley"),
        ("<table class='infobox'><tr><th>Owner</th><td><a href='/r'>Runa Feld</a></td></tr></table>", "Owner | Runa Feld"),
        ("<aside class='factbox'><p>Wheel: six metres wide, made by Jon Ask.</p></aside>", "made by Jon Ask"),
        ("<table><caption>Sacks a year</caption><tr><th>Year</th><th>Sacks</th></tr><tr><td>1901</td><td>733</td></tr></table>",
         "\n\nSacks a year\n\nYear | Sacks\n1901 | 733\n\n"),
        ("<table class='wikitable'><tr><th>Stone</th><th>Weight</th></tr><tr><td><a href='/1'>Red</a></td><td>91 kg</td></tr></table>",
         "Red | 91 kg"),
        ("<p class='quote'>Yes.</p><p>That was yesterday, in the hall behind the mill.</p>", "Yes."),
        ("<table><tr><td>loop</td><td>for(;;) x();</td></tr><tr><td>value</td><td>a = 1;</td></tr></table>",
         "loop | for(;;) x();\nvalue | a = 1;"),
        ("<blockquote>It sings when it turns, said Jon Ask.</blockquote>", "said Jon Ask"),
        ("<div class='pull-quote'>It sings like a <b>choir</b>.</div>", "It sings like a choir."),
        ("<p>She said <q>never again</q> and laughed at it.</p>", "She said “never again” and laughed at it."),
        ("<figure><blockquote><p>No wheel turns alone.</p></blockquote><figcaption>Jon Ask, carpenter of Dunmore</figcaption></figure>",
         "No wheel turns alone."),
        ("<figure><blockquote>Flour is work.</blockquote></figure>", "Flour is work."),
        ("<figure><img src='m.jpg'><figcaption>The wheel in the winter of 1923. Photo: Jon Ask</figcaption></figure>",
         "The wheel in the winter of 1923."),
        ("<div><img src='m.jpg'><p class='wp-caption-text'>The hall with its scales of brass.</p></div>", "scales of brass"),
        ("<ul><li><a href='/1'>Weir</a>: cleared by Hallam</li><li><a href='/2'>Hall</a>: swept by Redmill</li></ul>",
         "- Weir: cleared by Hallam"),
        ("<ul><li><a href='/1'>Upper weir</a></li><li><a href='/2'>Lower weir</a></li></ul>", "- Upper weir\n- Lower weir"),
        ("<p>It grinds 10<sup>6</sup> grains on 40 m<sup>2</sup>.</p>", "10⁶ grains on 40 m²."),
        ("<p>It has 120 metres<sup>2</sup> of floor, and 3 miles<sup>2</sup> of fields.</p>", "120 metres² of floor, and 3 miles² of"),
        ("<div class='more-news'><h2>Background</h2><p>The monastery above the village had owned it for three hundred and six years.</p></div>",
         "owned it for three hundred"),
        ("<table><tr><th>Year</th><th>Season</th><th>Sacks</th></tr><tr><td rowspan='2'>1901</td><td>Spring</td><td>733</td></tr>"
         "<tr><td>Autumn</td><td>612</td></tr></table>", "1901 | Spring | 733\n1901 | Autumn | 612"),
        ("<table><tr><th>Stone</th><td rowspan=2>91 kg</td></tr><tr><th>Wheel</th></tr><tr><th>Weir</th><td>none</td></tr></table>",
         "Stone | 91 kg\nWheel | 91 kg\nWeir | none"),
        ("<dl><dt>Height</dt><dd>six metres</dd><dt>Owner:</dt><dd>Runa Feld</dd><dd>Jon Ask</dd></dl>",
         "- Height: six metres\n- Owner: Runa Feld Jon Ask"),
        ("<p>It is open on <time datetime='2024-12-24'>24 December</time> until noon.</p>", "open on 24 December until noon."),
        ("<p>Its area is <math><mi>a</mi><mo>=</mo><msup><mi>b</mi><mn>2</mn></msup><mo>+</mo><mfrac><mn>9</mn><mrow><mi>c</mi>"
         "<mo>+</mo><mn>7</mn></mrow></mfrac></math> in all.</p>", "Its area is a=b^2+9/(c+7) in all."),
        ("<p>It is <span class='mwe-math-element'><span style='display:none'><math><mi>x</mi><annotation>{x}</annotation></math></span>"
         "<img alt='x' src='x.png'></span> high.</p>", "It is x high."),
        ("<p>It cost <del>90</del> <ins>70</ins> crowns and <s>never</s> paid.</p>", "It cost 70 crowns and paid."),
        ("<details><summary>How to come</summary><p>By boat from the landing below the weir.</p></details>", "By boat from the landing"),
        ("<p class='one'>The wheel was set by hand.</p><style>.tab{display:none} .tab.open{display:block}</style>"
         "<div class='tab'><p>The stones came from the sea.</p></div>", "The stones came from the sea."),
    ],
)  # fmt: skip
def test_what_stands_in_the_text_is_kept(tmp_path: Path, inside: str, words: str) -> None:
    article = read(tmp_path / "page.html", page(inside))
    assert words in article.text
    assert all(text in article.text for text in TEXT)


@pytest.mark.parametrize(
    "inside",
    [
        "<p style='color:red; display : none'>zebra crossing was opened by the mayor of the town</p>",
        "<div aria-hidden='true'><p>zebra crossing was opened by the mayor of the town</p></div>",
        "<template><p>zebra crossing was opened by the mayor of the town</p></template>",
        "<noscript><p>zebra crossing was opened by the mayor of the town</p></noscript>",
        "<dialog><p>zebra crossing was opened by the mayor of the town</p></dialog>",
        "<p style='position:absolute; left:-9999px'>zebra crossing was opened by the mayor of the town</p>",
        "<p style='color:#fff; background:#FFF'>zebra crossing was opened by the mayor of the town</p>",
        "<p style='font-size:0'>zebra crossing was opened by the mayor of the town</p>",
        "<style>@media print {.a{color:red}} .b, p.zz9 {display: none}</style><p class='zz9'>zebra crossing was opened</p>",
        "<style>#q { visibility:hidden }</style><div id='q'><p>zebra crossing was opened by the mayor</p></div>",
        "<p><strong>Read also: <a href='/z'>A zebra crossing was opened</a></strong></p>",
        "<p><a href='/z'>Lesen Sie auch: Ein zebra im Dorf</a></p>",
        "<p>Lea más: <a href='/z'>Abren un zebra en el pueblo</a></p>",
        "<h3>VEA TAMBIÉN: <a href='/z'>Un zebra en el pueblo</a></h3>",
        "<p>Czytaj też: <a href='/z'>Nowa zebra w centrum wsi</a></p>",
        "<blockquote>Lue aiheesta lisää: <a href='/z'>Uusi zebra kylässä</a></blockquote>",
        "<p>Follow The Zebra on Twitter and Instagram, zebra fans!</p>",
        "<p>Síguenos en Telegram e Instagram: zebra</p>",
        "<p>Sign up for our newsletter, and the zebra comes to you every morning.</p>",
        "<h3>Weitere Beiträge aus dem Dorf</h3><ul><li><a href='/z'>Ein zebra im Dorf</a></li></ul>",
        "<p class='visually-hidden'>zebra crossing was opened by the mayor of the town</p>",
        "<figure><img src='m.jpg'><figcaption>Photo: zebra</figcaption></figure>",
        "<div class='caption'><img src='m.jpg'><p>Photo: zebra</p></div>",
        "<article><h3><a href='/z'>zebra crossing opened</a></h3><p>Read what the mayor of the town has said.</p></article>",
        "<section class='related-stories'><h3>Also</h3><p>zebra crossing was opened by the mayor of the town</p></section>",
    ],
)
def test_what_is_hidden_or_of_another_article_stays_out(tmp_path: Path, inside: str) -> None:
    article = read(tmp_path / "page.html", page(inside))
    assert "zebra" not in article.text
    assert all(text in article.text for text in TEXT)


@pytest.mark.parametrize(
    "line",
    [
        "She asked her guests to follow the mill on Twitter, and some of them did so on the same evening.",
        "Follow the river on the left bank as far as the old weir, where the path crosses to the mill.",
        "Sign up sheets for the day at the weir hang in the hall, beside the scales.",
        "Read on the scales it was eleven pounds: <a href='/s'>the sack</a> weighed twelve when it was filled.",
    ],
)
def test_a_sentence_of_the_article_that_sounds_like_a_call_stays(tmp_path: Path, line: str) -> None:
    assert line[:30] in read(tmp_path / "page.html", page(f"<p>{line}</p>")).text


LEAD = "For the first time in nine years there is bread of Dunmore rye, as the new sluice holds the water back."
BODY = "".join(f"<p>{text}</p>" for text in TEXT)
DESCRIBED = f"<meta name='description' content='{LEAD[:70]}...'>"


@pytest.mark.parametrize(
    ("head", "lead"),
    [
        ("", f"<p class='article-lead'>{LEAD}</p>"),
        ("", f"<div class='teaser-text'><p>{LEAD}</p></div>"),
        ("", f"<div class='intro'><div><p>{LEAD}</p></div></div>"),
        ("", f"<h2 class='article__deck'>{LEAD}</h2>"),
        ("", f"<div class='chapo widthfix'>{LEAD}</div>"),
        (DESCRIBED, f"<p class='c7'>{LEAD}</p>"),
        (DESCRIBED.replace("name='description'", "property='og:description'"), f"<div><strong>{LEAD}</strong></div>"),
    ],
)
def test_the_standfirst_is_the_first_paragraph_wherever_it_stands(tmp_path: Path, head: str, lead: str) -> None:
    date = "<p class='date'>Published on 3 May 2024 by Ida Aske of the valley's paper</p>"
    body = f"<header><h1>{HEADLINE}</h1>{date}{lead}</header><div class='body'>{BODY}</div>"
    assert read(tmp_path / "page.html", whole(body, head)).text.startswith(f"{LEAD}\n\n{TEXT[0]}")
    inside = f"<article><h1>{HEADLINE}</h1>{lead}{BODY}</article>"
    assert read(tmp_path / "other.html", whole(inside, head)).text.count(LEAD) == 1


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("<div class='box'><p>Zebras are fed at noon by the keeper of the town's own zoo, as every day.</p></div>", ""),
        ("<div class='lead'><a href='/z'>A zebra was born in the night of the storm on the island</a></div>", ""),
        ("", "<div class='intro'>A zebra was born in the night of the storm on the island of the mill.</div>"),
    ],
)
def test_what_is_named_otherwise_leads_away_or_stands_behind_is_no_standfirst(
    tmp_path: Path, before: str, behind: str
) -> None:
    body = f"<header><h1>{HEADLINE}</h1>{before}</header><article class='body'>{BODY}</article>{behind}"
    assert "ebra" not in read(tmp_path / "page.html", whole(body)).text


@pytest.mark.parametrize(
    "behind",
    [
        "<article><h1>Goats</h1>{}</article>",
        "<h2>Next article</h2><article><h3>Goats</h3>{}</article>",
        "<section><h2>More stories</h2><h3>Goats</h3>{}</section>",
        "<div class='next-article'><h2>Goats</h2>{}</div>",
    ],
)
def test_a_further_article_stays_out_even_where_it_is_longer(tmp_path: Path, behind: str) -> None:
    goats = (
        "<p>Sixty goats were sold on Tuesday, the owner of the farm above the village said in a long letter.</p>" * 12
    )
    article = read(tmp_path / "page.html", page("").replace("</body>", behind.format(goats) + "</body>"))
    assert "goats" not in article.text
    assert all(text in article.text for text in TEXT)


def test_parts_of_one_article_that_are_marked_as_articles_stay(tmp_path: Path) -> None:
    steps = "".join(f"<p>{text}</p>" for text in TEXT)
    body = f"<main><article><h1>{HEADLINE}</h1><p>A recipe.</p></article><article><h2>How</h2>{steps}</article></main>"
    assert all(text in read(tmp_path / "page.html", whole(body)).text for text in TEXT)


@pytest.mark.parametrize(
    "mark",
    [
        "<sup>7</sup>",
        "<sup class='reference'><a href='#n'>[7]</a></sup>",
        "<a href='#n' role='doc-noteref'>7</a>",
        "<a href='page.html#n'><sup>7</sup></a>",
        "<a href='notes.xhtml#n7' epub:type='noteref'>7</a>",
        "<a href='#n'>[7]</a>",
    ],
)
def test_marks_of_footnotes_go(tmp_path: Path, mark: str) -> None:
    article = read(
        tmp_path / "page.html", page(f"<p>The weir is older than the mill itself.{mark} It is of stone.</p>")
    )
    assert "older than the mill itself. It is of stone." in article.text


def test_a_number_that_leads_to_another_part_is_a_word_where_it_stands_apart(tmp_path: Path) -> None:
    article = read(tmp_path / "page.html", page("<p>The weir is described in chapter <a href='#c7'>7</a> of this.</p>"))
    assert "in chapter 7 of this." in article.text


def test_parts_of_one_kind_are_all_read_in_their_order(tmp_path: Path) -> None:
    hours = "".join(f"<div class='entry'><h3>1{at}:30</h3><p>{text}</p></div>" for at, text in enumerate(TEXT))
    article = read(
        tmp_path / "page.html", whole(f"<article><h1>{HEADLINE}</h1><p>As it happened.</p>{hours}</article>")
    )
    told = "\n\n".join(f"1{at}:30\n\n{text}" for at, text in enumerate(TEXT))
    assert article.text == f"As it happened.\n\n{told}"


def test_a_table_that_lays_out_the_page_is_no_table(tmp_path: Path) -> None:
    text = "<br><br>".join(TEXT)
    rows = f"<tr><td colspan=2>Valley News</td></tr><tr><td><a href='/'>Start</a></td><td><font>{text}</font></td></tr>"
    article = read(tmp_path / "page.html", whole(f"<table>{rows}</table>"))
    assert all(words in article.text for words in TEXT)
    assert "|" not in article.text
    nested = (
        f"<table><tr><td><table><tr><td><a href='/'>Start</a></td></tr></table></td><td>{page('')}</td></tr></table>"
    )
    article = read(tmp_path / "page.html", whole(nested))
    assert article.text == "\n\n".join(TEXT)


@pytest.mark.parametrize(
    "body",
    [
        f"<form>{CONSENT}<input type=checkbox><button>Accept</button></form>",
        f"<div class='x'>{CONSENT * 3}</div>",
        "<br />\n<b>Warning</b>:  Undefined variable $mill in <b>/var/www/p.php</b> on line <b>12</b><br />\n",
        "<header><h1>Valley News</h1><p>All that happens between the rivers, told every day by those who live there.</p></header>",
    ],
)
def test_the_article_is_read_and_not_what_stands_before_it(tmp_path: Path, body: str) -> None:
    text = "".join(f"<div>{words}</div>" for words in TEXT)
    article = read(tmp_path / "page.html", whole(f"{body}<h2>{HEADLINE}</h2><div class='widget'>{text}</div>"))
    assert article.text.replace(f"{HEADLINE}\n\n", "") == "\n\n".join(TEXT)
    assert article.title == HEADLINE


def test_an_article_that_is_next_to_nothing_of_its_page_comes_with_a_warning(tmp_path: Path) -> None:
    labels = "".join(f"<svg><text>{text}</text></svg>" for text in TEXT * 9)  # words in drawings are not read
    (tmp_path / "page.html").write_text(whole(f"<article><h1>{HEADLINE}</h1><p>Read on inside.</p></article>{labels}"))
    warning, article = read_source(tmp_path / "page.html")
    assert isinstance(warning, SourceFailure)
    assert "characters of this page were taken as its article" in warning.reason
    assert isinstance(article, Article)


@pytest.mark.parametrize(
    ("title", "banner"),
    [
        (f"{HEADLINE} – Valley News", "<h1>Valley News</h1>"),
        (f"The Daily Letters of the Valley and its Rivers | {HEADLINE}",
         "<header><h1><a href='/'>The Daily Letters of the Valley and its Rivers</a></h1></header>"),
        (f"Valley News: {HEADLINE}", "<div class='logo'><h1>Valley News</h1></div>"),
    ],
)  # fmt: skip
def test_the_headline_is_the_title_and_not_the_name_of_the_site(tmp_path: Path, title: str, banner: str) -> None:
    text = "".join(f"<p>{words}</p>" for words in TEXT)
    assert read(tmp_path / "page.html", whole(f"{banner}<h2>{HEADLINE}</h2>{text}", title=title)).title == HEADLINE


@pytest.mark.parametrize(
    ("said", "author"),
    [
        ("By Runa Feld on 4 March 2021", "Runa Feld"),
        ("Runa Feld | March 4", "Runa Feld"),
        ("Von Runa Feld, 4. März 2021", "Runa Feld"),
        ("Username", None),
        ("(anonymous)", None),
        ("May Long", "May Long"),
    ],
)
def test_an_author_is_a_name(tmp_path: Path, said: str, author: str | None) -> None:
    assert read(tmp_path / "page.html", page("", f"<meta name='author' content='{said}'>")).author == author
    body = page("").replace("</h1>", f"</h1><p class='byline author'>{said}</p>")
    assert read(tmp_path / "page.html", body).author == author


@pytest.mark.parametrize(
    ("said", "author"),
    [
        ("Von Runa Feld und Jon Ask", "Runa Feld und Jon Ask"),
        ("par Runa de la Feld", "Runa de la Feld"),
        ("Text: Feld", "Feld"),
        ("Di Wu", "Di Wu"),
        ("Par Nyberg, Jon Ask", "Par Nyberg, Jon Ask"),
        ("Von Miller", "Von Miller"),
        ("Text Maier", "Text Maier"),
        ("Author Smith", "Author Smith"),
        ("runa@feld.example (Runa Feld)", "Runa Feld"),
        ("Runa Feld <runa@feld.example>", "Runa Feld"),
    ],
)
def test_a_name_keeps_its_own_words_and_loses_an_address(said: str, author: str) -> None:
    assert author_name(said) == author


@pytest.mark.parametrize(
    ("line", "lang", "published"),
    [
        ("Published on March 4, 2021 by Runa Feld", "en", "2021-03-04"),
        ("4. März 2021", "de", "2021-03-04"),
        ("Publié le 1er février 2024", "fr", "2024-02-01"),
        ("3 de mayo de 2022", "es", "2022-05-03"),
        ("12 maggio 2021", "it", "2021-05-12"),
        ("Publié le 4 mars 2021 à 10h15, mis à jour le 5 mars 2021", "fr", "2021-03-04"),
        ("Updated 4 March 2021", "en", None),
        ("From 4 March 2021 to 6 March 2021", "en", None),
        ("The old wheel broke on 4 March 2021 and nobody in the valley had the money for another one until the fair.", "en", None),
    ],
)  # fmt: skip
def test_a_date_beside_the_headline_counts(tmp_path: Path, line: str, lang: str, published: str | None) -> None:
    content = page("").replace("</h1>", f"</h1><p>{line}</p>").replace("lang='en'", f"lang='{lang}'")
    assert read(tmp_path / "page.html", content).published == published


@pytest.mark.parametrize(
    ("head", "published"),
    [
        ("<link rel='canonical' href='https://example.com/2023/11/05/mill'>", "2023-11-05"),
        ("<link rel='canonical' href='https://example.com/2023/99/mill-1875'>", None),
        ("<link rel='canonical' href='https://example.com/2093/11/05/mill'>", None),
        ("<meta name='generator' content='MediaWiki 1.41'><script type='application/ld+json'>"
         '{"datePublished":"2001-01-01","dateModified":"2024-05-06"}</script>', "2024-05-06"),
        ("<meta name='generator' content='MediaWiki 1.41'><script type='application/ld+json'>"
         '{"datePublished":"2001-01-01"}</script>', None),
        ("<script type='application/ld+json'>"
         '{"@type":"NewsArticle","comment":[{"@type":"Comment","datePublished":"2020-01-01"}]}</script>', None),
    ],
)  # fmt: skip
def test_a_date_is_the_day_of_publication_or_none(tmp_path: Path, head: str, published: str | None) -> None:
    assert read(tmp_path / "page.html", page("", head)).published == published


def test_a_day_in_the_text_is_no_day_of_publication(tmp_path: Path) -> None:
    next_day = "<p>Next open day: <time datetime='2024-12-24'>24 December</time></p>"
    assert read(tmp_path / "page.html", page(next_day)).published is None
    below = "<p class='date'><time datetime='2024-12-24'>24 December</time></p>"
    assert read(tmp_path / "page.html", page(below)).published == "2024-12-24"


@pytest.mark.parametrize(
    "inside",
    [
        f"<style>{'/*' * 200_000}</style>",
        f"<style>{'a' * 400_000}</style>",
        f"<style>{','.join(['.a'] * 60_000)}{{{'display:block;' * 15_000}}}</style>",
        f"<p>{'<time>4 March</time> ' * 3_000}</p>",
        "<p>On <time datetime='2024-12-24'>24 December</time></p>" * 500,
        "<h1>Hour</h1><div class='entry'>Wheel</div>" * 4_000,
        f"<table>{'<tr><td rowspan=99999>9</td></tr>' * 4_000}</table>",
        f"<dl>{'<dt>Wheel</dt><dd>Six metres</dd>' * 8_000}</dl>",
        f"<p>{'lamp<a href=#n>1</a>' * 8_000}</p>",
        f"<p>{'<math><mi>x</mi></math>' * 8_000}</p>",
    ],
    ids=range(10),
)
def test_what_is_repeated_very_often_takes_no_time(inside: str) -> None:
    content = Content("html", page(inside).encode(), Origin.of_upload("a.html"), "a.html")
    started = time.process_time()
    assert list(read_content(content))
    assert time.process_time() - started < 10


def test_an_article_that_speaks_of_personal_data_is_no_consent_form(tmp_path: Path) -> None:
    text = "".join(f"<p>{words} Who will accept that personal data and privacy count for less?</p>" for words in TEXT)
    for button in ("<button>Share</button>", "<button>Accept</button>"):
        body = f"<h1>{HEADLINE}</h1><div class='body'>{text}{button}</div>"
        assert all(words in read(tmp_path / "page.html", whole(body)).text for words in TEXT)
    part = f"<div>{text}<button>Share</button></div>"
    article = read(
        tmp_path / "page.html", whole(f"<h1>{HEADLINE}</h1>{part}<div>{text.replace('mill', 'bridge')}</div>")
    )
    assert all(words in article.text for words in TEXT)


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        ("<p>It grinds 10<sup><sup>6</sup></sup> grains in a week.</p>", "10⁶ grains"),
        ("<p>She said <q><q>never</q> again</q> and laughed at it.</p>", "and laughed at it"),
        (f"<div class='pull-quote'><p class='blockquote-text'>{TEXT[0]}</p><cite>Jon Ask</cite></div>", TEXT[1]),
    ],
)
def test_marks_within_marks_do_no_harm(tmp_path: Path, inside: str, words: str) -> None:
    article = read(tmp_path / "page.html", page(inside))
    assert words in article.text
    assert all(text in article.text for text in TEXT)


@pytest.mark.parametrize("step", ["prune_foreign", "prune_hidden", "reshape"])
def test_a_page_that_cannot_be_reshaped_is_read_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(f"index.formats.html.{step}", fail)
    assert all(text in read(tmp_path / "page.html", page("")).text for text in TEXT)


@pytest.mark.parametrize(
    "offer",
    [
        "<div class='box'><h4>Related</h4></div>",
        "<p><strong>Read more</strong></p>",
        "<h4>Related</h4>",
        "<div class='box'><h4>Related</h4><ul><li><a href='/g'>Goats</a></li></ul></div>",
    ],
)
@pytest.mark.parametrize("wrap", ["{}", "<div class='part'>{}</div>", "<section>{}</section>"])
def test_the_article_goes_on_behind_a_box_of_related_articles(tmp_path: Path, offer: str, wrap: str) -> None:
    rest = f"<h2>Second part</h2><p>{TEXT[1]}</p><h2>Third part</h2><p>{TEXT[2]}</p><p>{TEXT[3]}</p>"
    for behind in (offer + wrap.format(rest), wrap.format(offer + rest)):
        body = f"<article><h1>{HEADLINE}</h1><p>{TEXT[0]}</p><p>{TEXT[0].upper()}</p>{behind}</article>"
        article = read(tmp_path / "page.html", whole(body))
        assert all(text in article.text for text in TEXT)
        assert "Goats" not in article.text


@pytest.mark.parametrize(
    "content",
    [
        whole("<p>Words of the valley.</p>", f"<meta name='author' content='Ida{'-' * 8000}Storm'>"),
        whole(
            "<p>Words of the valley.</p>", "<meta property='og:site_name' content='Valley'>", f"The mill{'-' * 30000}x"
        ),
        whole("<p>Words of the valley.</p>" + "<h3>Related</h3>" * 8000),
        whole("<p>Words of the valley.</p>" + "<h3><a href='/r'>Related</a></h3>" * 8000),
        whole(
            "<p>Words of the valley.</p>"
            + "".join(f"<p class='pull-quote'>{n} wheels turn as one.</p>" for n in range(2000))
        ),
        whole(f"<p>Words of the valley.</p><table><tr><td>a</td><td><ul>{'<li>' * 20000}b</ul></td></tr></table>"),
        whole("<p>Words of the valley.</p>", f"<script type='application/ld+json'>[{'{},' * 300000}{{}}]</script>"),
    ],
    ids=["author", "title", "headings", "links", "quotes", "items", "json"],
)
def test_what_is_long_takes_no_time(tmp_path: Path, content: str) -> None:
    began = time.process_time()
    assert "Words of the valley." in read(tmp_path / "page.html", content).text
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("markup", "blocks"),
    [
        ("<table><caption>Sacks</caption><tr><td>1901</td><td>733</td></tr></table>", ["Sacks", "1901 | 733"]),
        ("<table><tr><td><h1>News</h1><p>One.</p><p>Two.</p></td></tr></table>", ["News", "One.", "Two."]),
        ("<table><tr><td><p>One.</p><p>Two.</p></td></tr><tr><td>Three.</td></tr></table>", ["One.", "Two.", "Three."]),
        ("<ul><script>var evil=1</script><li>rye</li><style>li{}</style></ul>", ["- rye"]),
        ("<table><tr><td>rye</td><script>var evil=1</script><td>4</td></tr></table>", ["rye | 4"]),
        ("<table><tr><td>a</td><td><ul><li>x;</li><li></li><li>y</li></ul></td></tr></table>", ["a | x; y"]),
        ("<div style='display:none'>Preheader</div><p>The letter.</p>", ["The letter."]),
    ],
)
def test_a_fragment_gives_what_a_browser_shows(markup: str, blocks: list[str]) -> None:
    assert [block.text for block in fragment_blocks(markup)] == blocks


def test_a_page_of_elements_deep_in_each_other_is_read(tmp_path: Path) -> None:
    text = "".join(f"<p>{words}</p>" for words in TEXT)
    deep = f"{'<div>' * 1100}{text}<script>var evil=1</script>{'</div>' * 1100}"
    heading = f"<h1>{'<span>' * 1100}{HEADLINE}{'</span>' * 1100}</h1>"
    for content in (
        deep,
        f"{heading}{text}",
        f"<h1>{HEADLINE}</h1>{deep}",
        f"<article><h1>{HEADLINE}</h1>{deep}</article>",
    ):
        article = read(tmp_path / "page.html", whole(content))
        assert all(words in article.text for words in TEXT)
        assert "evil" not in article.text


def test_the_day_below_the_headline_counts_and_not_one_of_another_article(tmp_path: Path) -> None:
    other = "<div><time datetime='2019-01-01'>1 January 2019</time> Goats sold</div></body>"
    for line, published in (
        ("<p>By Runa Feld, 4 March 2021</p>", "2021-03-04"),
        ("<p><time datetime='2021-03-04T10:20:00+01:00'>4 March 2021</time></p>", "2021-03-04T10:20:00+01:00"),
        ("<p><time datetime='2021-03-04'>three days ago</time></p>", "2021-03-04"),
    ):
        content = page("").replace("</h1>", f"</h1>{line}").replace("</body>", other)
        assert read(tmp_path / "page.html", content).published == published
    content = whole(f"<div><time datetime='2019-01-01'></time></div>{page('')}").replace(
        "</h1>", "</h1><p>4 March 2021</p>"
    )
    assert read(tmp_path / "page.html", content).published == "2021-03-04"


@pytest.mark.parametrize(
    ("inside", "lines"),
    [
        ("<ol><li>Sift the rye flour twice.</li><li>Warm the milk.</li><li>Mix</li></ol>",
         "1. Sift the rye flour twice.\n2. Warm the milk.\n3. Mix"),
        ("<ol start=4><li><p>Sift the rye flour.</p><p>Twice.</p></li><li></li><li value=9><b>Warm</b> it.</li><li>Mix</li></ol>",
         "4. Sift the rye flour. Twice.\n9. Warm it.\n10. Mix"),
        ("<ol reversed><li>Harbour of Elm</li><li>Harbour of Norr</li><li>Harbour of Pell</li></ol>",
         "3. Harbour of Elm\n2. Harbour of Norr\n1. Harbour of Pell"),
        ("<ol type=a><li>Sift the flour<ol type=i><li>rye first</li><li>barley then</li></ol></li><li>Mix</li></ol>",
         "a. Sift the flour\n  i. rye first\n  ii. barley then\nb. Mix"),
        ("<ul><li>Rye<ol><li>Milled at Dunmore</li><li>Stored at Elm</li></ol></li><li>Barley</li></ul>",
         "- Rye\n  1. Milled at Dunmore\n  2. Stored at Elm\n- Barley"),
        ("<ol style='list-style-type: upper-roman'><li>The flood of 1874</li><li>The fire</li></ol>",
         "I. The flood of 1874\nII. The fire"),
        ("<ol style='list-style:none'><li>The flood of 1874</li><li>The fire</li></ol>", "- The flood of 1874\n- The fire"),
        ("<ol><li>1) Sift the flour</li><li>2) Warm the milk</li></ol>", "1) Sift the flour\n2) Warm the milk"),
    ],
)  # fmt: skip
def test_items_have_the_numbers_that_a_browser_shows(tmp_path: Path, inside: str, lines: str) -> None:
    assert f"\n\n{lines}\n\n" in read(tmp_path / "page.html", page(inside)).text
    assert "\n\n".join(block.text for block in fragment_blocks(inside)) == lines


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        ("<aside><blockquote>The stones were dressed by Jon Ask.</blockquote></aside>", "dressed by Jon Ask"),
        ("<figure class='quote'><p>The stones were dressed by Jon Ask.</p></figure>", "dressed by Jon Ask"),
        ("<div class='wp-caption'><img src=a><p class='wp-caption-text'>The wheel of 1931.</p></div>", "The wheel of 1931"),
        ("<div role=table><div role=rowgroup><div role=row><span role=columnheader>Year</span><span role=columnheader>"
         "Sacks</span></div></div><div role=row><span role=cell>1931</span><span role=cell>412</span></div></div>",
         "Year | Sacks\n1931 | 412"),
        ("<p style='opacity:0;transform:translateY(20px)'>The wheel was set by hand.</p>", "set by hand"),
        ("<p style='opacity:0.5'>The wheel was set by hand.</p>", "set by hand"),
    ],
)  # fmt: skip
def test_quotations_captions_and_tables_of_other_make_are_kept(tmp_path: Path, inside: str, words: str) -> None:
    assert words in read(tmp_path / "page.html", page(inside)).text


@pytest.mark.parametrize(
    "style", ["opacity:0", "opacity: 0.0;", "clip-path: inset(50%)", "transform:scale(0)", "color:red;opacity:0%"]
)
def test_what_a_style_makes_unseen_is_left_out(tmp_path: Path, style: str) -> None:
    assert "ninety" not in read(tmp_path / "page.html", page(f"<p style='{style}'>It cost ninety crowns.</p>")).text


@pytest.mark.parametrize(
    ("said", "name"),
    [("Ida Storm Tuesday 4 March 2021", "Ida Storm"), ("Par Jeanne Roux le", "Jeanne Roux"), ("Nancy Friday", "Nancy Friday"),
     ("Updated", None), ("Ida Storm, Mittwoch", "Ida Storm")],
)  # fmt: skip
def test_what_is_left_of_a_date_is_no_name(said: str, name: str | None) -> None:
    assert author_name(said) == name
