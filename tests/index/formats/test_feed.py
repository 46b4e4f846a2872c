"""RSS and Atom: an item is an article, whatever the dialect, the encoding and the damage."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from index.article import Article, Mark
from index.formats import SourceFailure, read_source
from index.formats.origin import Origin

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel><title>Harbour Letters</title><link>https://elm.example/</link><language>en-gb</language>{}</channel></rss>"""

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="nb"><title>Elv og fjord</title>
<link rel="self" href="https://elv.example/feeds/all.atom"/><link href="https://elv.example/"/>
<author><name>Redaksjonen</name></author>{}</feed>"""

TWO = RSS.format(
    "<item><title>Quay widened</title><link>https://elm.example/quay</link><dc:creator>Ida Storm</dc:creator>"
    "<pubDate>Tue, 11 Mar 2025 10:15:00 GMT</pubDate><description>In short.</description>"
    "<content:encoded><![CDATA[<p>The quay at Port Elm was widened by nine metres.</p>]]></content:encoded></item>"
    "<item><title>Goats sold</title><link>https://elm.example/goats</link>"
    "<pubDate>Wed, 12 Mar 2025 10:15:00 GMT</pubDate><description>Hill farm sold sixty goats.</description></item>"
)


def read(path: Path, content: str | bytes) -> list[Article | SourceFailure]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [*read_source(path)]


def articles(path: Path, content: str | bytes) -> list[Article]:
    found = read(path, content)
    assert all(isinstance(item, Article) for item in found), found
    return [item for item in found if isinstance(item, Article)]


def test_each_item_is_an_article_with_its_own_title_link_date_and_author(tmp_path: Path) -> None:
    quay, goats = articles(tmp_path / "feed.xml", TWO)
    assert quay.text == "The quay at Port Elm was widened by nine metres."
    assert (quay.title, quay.url, quay.author) == ("Quay widened", "https://elm.example/quay", "Ida Storm")
    assert (quay.published, quay.source, quay.language) == ("2025-03-11T10:15:00+00:00", "Harbour Letters", "en")
    assert goats.text == "Hill farm sold sixty goats."
    assert (goats.title, goats.url, goats.author) == ("Goats sold", "https://elm.example/goats", None)
    assert goats.published == "2025-03-12T10:15:00+00:00"


@pytest.mark.parametrize("suffix", [".xml", ".rss", ".atom", ".rdf", ".XML"])
def test_what_it_is_called_does_not_matter(tmp_path: Path, suffix: str) -> None:
    assert len(articles(tmp_path / f"feed{suffix}", TWO)) == 2


def test_atom_with_xhtml_html_and_plain_text_and_relative_links(tmp_path: Path) -> None:
    one, two, three = articles(
        tmp_path / "a.atom",
        ATOM.format(
            '<entry><id>tag:1</id><title>Fisk &amp; fjell</title><link href="../2025/fisk.html"/>'
            '<link rel="enclosure" href="https://elv.example/a.mp3"/>'
            "<published>2025-02-01T08:00:00+01:00</published><updated>2025-02-03T00:00:00Z</updated>"
            "<author><name>Ola Berg</name></author><author><name>Kari Vik</name></author>"
            '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><h2>Ved elva</h2><p>Laksen kom &amp; gikk.'
            "</p><ul><li>en</li><li>to</li></ul></div></content></entry>"
            '<entry xml:base="https://andre.example/sted/"><title type="html">Det er &lt;i&gt;v&amp;aring;r&lt;/i&gt;'
            '</title><link href="side"/><updated>2025-02-04</updated>'
            '<summary type="html">&lt;p&gt;F&amp;oslash;rste.&lt;/p&gt;&lt;p&gt;Andre.&lt;/p&gt;</summary></entry>'
            "<entry><id>urn:x:3</id><title>Tall</title>"
            "<content>1 &lt; 2 og <![CDATA[3 > 2]]>\n\nNy linje</content></entry>"
        ),
    )
    assert one.text == "Ved elva\n\nLaksen kom & gikk.\n\n- en\n- to"
    assert one.marks == (Mark(0, "section", "Ved elva"),)
    assert (one.title, one.url) == ("Fisk & fjell", "https://elv.example/2025/fisk.html")
    assert (one.author, one.published, one.language) == ("Ola Berg, Kari Vik", "2025-02-01T08:00:00+01:00", "nb")
    assert (two.title, two.text, two.url) == ("Det er vår", "Første.\n\nAndre.", "https://andre.example/sted/side")
    assert (two.published, two.author) == ("2025-02-04", "Redaksjonen")
    assert (three.text, three.published, three.source) == ("1 < 2 og 3 > 2\n\nNy linje", None, "Elv og fjord")


def test_rss_1_and_0_91_are_read(tmp_path: Path) -> None:
    (old,) = articles(
        tmp_path / "a.rdf",
        '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<channel rdf:about="https://a.example/"><title>Mill News</title><link>https://a.example/</link>'
        '<items><rdf:Seq><rdf:li resource="https://a.example/1"/></rdf:Seq></items></channel>'
        '<item rdf:about="https://a.example/1"><title>Mill sold</title><link>https://a.example/1</link>'
        "<description>The mill was sold in May.</description><dc:creator>Bo Ek</dc:creator>"
        "<dc:date>2004-05-06T07:08:09+02:00</dc:date></item></rdf:RDF>",
    )
    assert (old.title, old.url, old.source, old.author) == ("Mill sold", "https://a.example/1", "Mill News", "Bo Ek")
    assert (old.text, old.published) == ("The mill was sold in May.", "2004-05-06T07:08:09+02:00")
    (older,) = articles(
        tmp_path / "b.rss",
        '<?xml version="1.0" encoding="iso-8859-1"?>'
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" '
        '"http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel><title>N</title>'
        "<item><title>Caf\xe9</title><link>https://a.example/c</link><description>Das Caf\xe9 schlo\xdf.</description>"
        "</item></channel></rss>".encode("latin-1"),
    )
    assert (older.title, older.text) == ("Café", "Das Café schloß.")


def test_markup_in_a_description_is_text_with_its_paragraphs_and_titles_lose_theirs(tmp_path: Path) -> None:
    one, two = articles(
        tmp_path / "a.xml",
        RSS.format(
            "<item><title>Elm &amp;amp; Oak: it&amp;#8217;s &lt;em&gt;done&lt;/em&gt;</title>"
            "<description>&lt;p&gt;First"
            "&lt;br&gt;line&amp;nbsp;two.&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;p&gt;Last.&lt;/p&gt;"
            "</description></item>"
            "<item><title>AT&amp;T at 3 &lt; 4</title>"
            "<description>One line.\n\nAnother: 3 &lt; 4 &amp;amp; 5.</description></item>"
        ),
    )
    assert (one.title, one.text) == ("Elm & Oak: it’s done", "First\nline two.\n\nLast.")
    assert (two.title, two.text) == ("AT&T at 3 < 4", "One line.\n\nAnother: 3 < 4 & 5.")


def test_the_longest_of_several_texts_is_taken(tmp_path: Path) -> None:
    (article,) = articles(
        tmp_path / "a.xml",
        RSS.format(
            "<item><title>A</title><description>The whole text of it stands in the description.</description>"
            '<content:encoded><![CDATA[<img src="a.png">]]></content:encoded></item>'
        ),
    )
    assert article.text == "The whole text of it stands in the description."


def test_what_the_sites_program_adds_to_each_item_is_no_text(tmp_path: Path) -> None:
    added = "<p>The post <a href='/a'>A</a> appeared first on <a href='/'>Elm</a>.</p>"
    words = "<p>The lamp is lit.<sup>1</sup></p>"
    item = f"<item><title>A</title><description><![CDATA[{words}{added}]]></description></item>"
    (article,) = articles(tmp_path / "a.xml", RSS.format(item))
    assert article.text == "The lamp is lit."


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("utf-16-le", "utf-16"), ("windows-1251", "windows-1251"),
     ("cp1252", "utf-8"), ("koi8-r", "koi8-r"), ("utf-8", "iso-8859-1"), ("shift_jis", "shift_jis")],
)  # fmt: skip
def test_encodings_declared_rightly_and_wrongly(tmp_path: Path, encoding: str, declared: str) -> None:
    words = {"windows-1251": "Мост открыт", "koi8-r": "Мост открыт", "shift_jis": "橋が開通した"}.get(
        encoding, "Café’s señor"
    )
    feed = RSS.replace('"utf-8"', f'"{declared}"').format(
        f"<item><title>{words}</title><description>{words} x</description></item>"
    )
    (article,) = articles(tmp_path / "a.xml", feed.encode(encoding))
    assert (article.title, article.text) == (words, f"{words} x")


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("<author>ida@elm.example (Ida Storm)</author>", "Ida Storm"),
        ("<author>ida@elm.org (Ida Storm)</author><dc:creator>Bo Ek</dc:creator>", "Ida Storm, Bo Ek"),
        ("<author>Ida Storm &lt;ida@elm.example&gt;</author>", "Ida Storm"),
        ("<author>ida@elm.example</author>", "ida@elm.example"),
        ("<author>Ida Storm, Bo Ek</author>", "Ida Storm, Bo Ek"),
        ("<dc:creator>Ida Storm</dc:creator><dc:creator>Bo (of Elm)</dc:creator>", "Ida Storm, Bo (of Elm)"),
    ],
)
def test_authors_are_names_where_there_are_any(tmp_path: Path, author: str, name: str) -> None:
    (article,) = articles(tmp_path / "a.xml", RSS.format(f"<item><description>words</description>{author}</item>"))
    assert article.author == name


def test_old_atom_prefixes_and_undeclared_namespaces_are_read(tmp_path: Path) -> None:
    (old,) = articles(
        tmp_path / "a.atom",
        '<?xml version="1.0"?><feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Old</title><entry>'
        '<title mode="escaped" type="text/html">T &lt;i&gt;x&lt;/i&gt;</title><link rel="alternate" '
        'href="http://o.example/1"/><issued>2003-12-13T08:29:29-04:00</issued><content type="text/html" mode="escaped">'
        "&lt;p&gt;Hello.&lt;/p&gt;</content></entry></feed>",
    )
    assert (old.title, old.text, old.url) == ("T x", "Hello.", "http://o.example/1")
    assert old.published == "2003-12-13T08:29:29-04:00"
    (prefixed,) = articles(
        tmp_path / "b.atom",
        '<a:feed xmlns:a="http://www.w3.org/2005/Atom" xmlns:h="http://www.w3.org/1999/xhtml" '
        'xml:base="http://b.example/x/"><a:title>N</a:title><a:entry><a:title type="xhtml">'
        "<h:div>T <h:em>e</h:em></h:div>"
        '</a:title><a:link href="1"/><a:content type="xhtml"><h:div><h:p>One &lt;two&gt;</h:p><h:p>Three</h:p></h:div>'
        "</a:content></a:entry></a:feed>",
    )
    assert (prefixed.title, prefixed.text, prefixed.url) == ("T e", "One <two>\n\nThree", "http://b.example/x/1")
    (undeclared,) = articles(
        tmp_path / "c.xml",
        "\n<rss version='2.0'><channel><title>N</title><link>http://e.example/</link><item><title>A</title>"
        "<link>posts/a.html</link><description>Short</description><dc:creator>Bo</dc:creator>"
        "<content:encoded><![CDATA[<p>The long text.</p>]]></content:encoded></item></channel></rss>",
    )
    assert (undeclared.text, undeclared.author, undeclared.url) == (
        "The long text.", "Bo", "http://e.example/posts/a.html"
    )  # fmt: skip


def test_a_date_that_is_missing_or_none_stays_out(tmp_path: Path) -> None:
    found = articles(
        tmp_path / "a.xml",
        RSS.format(
            "<pubDate>Tue, 11 Mar 2025 10:15:00 GMT</pubDate><item><description>a b</description></item>"
            "<item><description>c d</description><pubDate>soon</pubDate></item>"
            "<item><description>e f</description><pubDate>Mon, 3 Mar 25 04:05 EST</pubDate></item>"
        ),
    )
    assert [article.published for article in found] == [None, None, "2025-03-03T04:05:00-05:00"]
    assert [article.title for article in found] == ["", "", ""]


@pytest.mark.parametrize(
    "said",
    [
        "0000-00-00T00:00:00Z",
        "11:22",
        "Wed, 30 Nov -0001 00:00:00 +0000",
        "Mon, 01 Jan 0000 00:00:00 +0000",
        "2025年13月41日",
    ],
)
def test_a_date_that_cannot_be_costs_no_item_and_becomes_no_other_date(tmp_path: Path, said: str) -> None:
    first, second = articles(
        tmp_path / "a.xml",
        RSS.format(
            f"<item><description>a b</description><pubDate>{said}</pubDate></item>"
            "<item><description>c d</description><pubDate>Tue, 11 Mar 2025 10:15:00 GMT</pubDate></item>"
        ),
    )
    assert first.published is None
    assert second.published == "2025-03-11T10:15:00+00:00"


@pytest.mark.parametrize("said", ["9999-12-31T23:59:59-23:00", "0001-01-01T00:00:00+10:00"])
def test_a_date_at_the_end_of_the_calendar_costs_no_item(tmp_path: Path, said: str) -> None:
    item = f"<item><description>a b</description><pubDate>{said}</pubDate></item>"
    assert len(articles(tmp_path / "a.xml", RSS.format(item + "<item><description>c d</description></item>"))) == 2


def test_an_item_keeps_its_id_when_others_come_and_has_another_than_its_page(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    before = articles(path, TWO)
    new = "<item><title>New</title><link>https://elm.example/new</link><description>It is new.</description></item>"
    after = articles(path, TWO.replace("</language>", f"</language>{new}"))
    assert [article.id for article in after[1:]] == [article.id for article in before]
    assert before[0].id != Origin.of_url("https://elm.example/quay").article_id


def test_items_that_share_a_link_or_have_none_are_told_apart_by_their_guid(tmp_path: Path) -> None:
    def item(number: int, text: str) -> str:
        link = "<link>https://elm.example/</link>" if number < 3 else ""
        guid = f'<guid isPermaLink="false">n-{number}</guid>'
        return f"<item><title>Note</title>{link}{guid}<description>{text}</description></item>"

    path = tmp_path / "a.xml"
    before = articles(path, RSS.format(item(1, "one") + item(2, "two") + item(3, "three")))
    assert len({article.id for article in before}) == 3
    after = articles(path, RSS.format(item(3, "changed") + item(2, "two") + item(1, "one")))
    assert [article.id for article in reversed(after)] == [article.id for article in before]


def test_an_item_without_text_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    bad, good = read(
        tmp_path / "a.xml",
        RSS.format("<item><title>Only this</title></item><item><description>words of it</description></item>"),
    )
    assert bad == SourceFailure(f"{tmp_path / 'a.xml'}, item 1", "has no text, only the title 'Only this'")
    assert isinstance(good, Article)


@pytest.mark.parametrize(
    "broken",
    ["Bed & breakfast <br> here", "\x01 and \x0b control", "&undefined; entity", "<p>never closed", "</p> too much"],
)
def test_bad_xml_in_one_item_costs_no_item(tmp_path: Path, broken: str) -> None:
    items = "".join(
        f"<item><title>T{n}</title><description>{text}</description></item>"
        for n, text in enumerate(["the first", broken, "the last"])
    )
    found = articles(tmp_path / "a.xml", RSS.format(items))
    assert [article.title for article in found] == ["T0", "T1", "T2"]
    assert found[2].text == "the last"


def test_a_file_that_ends_early_gives_what_is_there_and_says_so(tmp_path: Path) -> None:
    quay, *rest = read(tmp_path / "a.xml", TWO[: TWO.index("sold sixty")])
    assert isinstance(quay, Article)
    assert [item.reason for item in rest if isinstance(item, SourceFailure)][-1].startswith("the file ends before")


@pytest.mark.parametrize(
    "content", ["<?xml version='1.0'?><project><item>x</item></project>", "<svg xmlns='x'/>", "words", "\x01\n"]
)
def test_other_xml_is_skipped(tmp_path: Path, content: str) -> None:
    (result,) = read(tmp_path / "a.xml", content)
    assert isinstance(result, SourceFailure)
    assert result.skipped
    assert result.reason == "is no RSS or Atom feed; no other XML can be read"


def test_an_empty_feed_is_a_failure(tmp_path: Path) -> None:
    assert read(tmp_path / "a.xml", RSS.format("")) == [SourceFailure(str(tmp_path / "a.xml"), "a feed without items")]


def test_nothing_outside_the_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden words")
    bomb = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 10))
    for doctype in (
        f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}"><!ENTITY y SYSTEM "http://10.1.2.3/x">]>',
        f'<!DOCTYPE rss [<!ENTITY b0 "boom">{bomb}<!ENTITY x "&b9;">]>',
        '<!DOCTYPE rss SYSTEM "http://10.1.2.3/rss.dtd">',
    ):
        feed = TWO.replace("<rss", f"{doctype}<rss").replace("sixty", "sixty &x;")
        found = read(tmp_path / "a.xml", feed)
        assert isinstance(found[0], Article)
        assert all("hidden" not in item.text and len(item.text) < 1000 for item in found if isinstance(item, Article))
