"""Several web addresses at once, from a real server on this machine: limits, robots.txt, lists, unchanged pages."""

from __future__ import annotations

import gzip
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest

from index import AddReport, ArticleIndex, FetchSettings
from index.fetching import read_addresses
from index.formats import SourceFailure, addresses, public, robots, web
from index.formats.addresses import Address
from tests.fakes import WordEmbedder

QUICK = FetchSettings(delay_s=0)


@dataclass
class Site:
    """What a server answers by path, and what it was asked."""

    url: str = ""
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], float]] = field(default_factory=list)
    running: Counter[str] = field(default_factory=Counter)  # requests under way and the most that were
    hold: threading.Event | None = None  # until when pages wait
    lock: threading.Lock = field(default_factory=threading.Lock)

    def page(self, path: str, text: str | bytes, kind: str = "text/plain", **headers: str) -> str:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        body = text.encode() if isinstance(text, str) else text
        self.answers[path] = (200, {"Content-Type": kind, **said}, body)
        return f"{self.url}{path}"

    def paths(self) -> list[str]:
        return [path for path, *_ in self.asked]

    def times(self) -> list[float]:
        return [when for path, _, when in self.asked if path != "/robots.txt"]


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("NO_PROXY", "*")
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.close_connection = True
            with site.lock:
                site.asked.append((self.path, dict(self.headers.items()), time.monotonic()))
                site.running["now"] += 1
                site.running["most"] = max(site.running["most"], site.running["now"])
            if site.hold is not None and self.path != "/robots.txt":
                site.hold.wait(10)
            with site.lock:
                site.running["now"] -= 1
            status, headers, body = site.answers.get(self.path, (404, {}, b""))
            if (headers.get("ETag") is not None and headers["ETag"] == self.headers["If-None-Match"]) or headers.get(
                "Last-Modified", "-"
            ) == self.headers["If-Modified-Since"]:
                status, body = 304, b""
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        site.url = f"http://127.0.0.1:{server.server_port}"
        yield site
        if site.hold is not None:
            site.hold.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def articles(tmp_path: Path) -> Iterator[ArticleIndex]:
    with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as opened:
        yield opened


def failures(report: AddReport) -> dict[str, str]:
    return {result.source: result.reason for result in report.of("failed")}


def until(true: Callable[[], bool]) -> None:
    """Wait for it, for ten seconds at most."""
    last = time.monotonic() + 10
    while not true():
        assert time.monotonic() < last
        time.sleep(0.01)


# How many, and how fast


@pytest.mark.parametrize("most", [1, 2, 5])
def test_no_more_pages_of_a_host_are_asked_for_at_once_than_may_be(
    articles: ArticleIndex, site: Site, most: int
) -> None:
    pages = [site.page(f"/{number}", f"Owl number {number}.") for number in range(8)]
    site.hold = threading.Event()
    settings = FetchSettings(delay_s=0, at_once_of_host=most, at_once=8)
    reports: list[AddReport] = []
    adding = threading.Thread(target=lambda: reports.append(articles.add(pages, fetching=settings)))
    adding.start()
    until(lambda: site.running["now"] == most)
    site.hold.set()
    adding.join()
    assert site.running["most"] == most
    assert reports[0].added == 8


def test_a_host_is_given_a_pause_between_two_pages(articles: ArticleIndex, site: Site) -> None:
    pages = [site.page(f"/{number}", f"Owl number {number}.") for number in range(3)]
    assert articles.add(pages, fetching=FetchSettings(delay_s=0.2)).added == 3
    times = site.times()
    assert all(later - earlier > 0.1 for earlier, later in pairwise(times))


def test_one_slow_address_holds_up_nobody(articles: ArticleIndex, site: Site) -> None:
    others = [site.page(f"/{number}", f"Owl number {number}.") for number in range(4)]
    site.hold = threading.Event()
    slow = site.page("/slow", "At last.")
    stored: list[int] = []
    reading = read_addresses([Address(slow.replace("127.0.0.1", "localhost"))], QUICK)
    waiting = threading.Thread(target=lambda: stored.append(len([*reading])))
    waiting.start()
    until(lambda: "/slow" in site.paths())
    hold, site.hold = site.hold, None
    assert articles.add(others, fetching=QUICK).added == 4
    assert stored == []
    hold.set()
    waiting.join()
    assert stored == [1]


def test_an_address_that_is_named_twice_is_fetched_once(articles: ArticleIndex, site: Site) -> None:
    page = site.page("/a", "An owl.")
    report = articles.add([page, f"{page}#part", page], fetching=QUICK)
    assert (report.added, site.paths().count("/a")) == (1, 1)


def test_headers_that_come_a_byte_at_a_time_end_with_the_time_for_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte begins a wait of its own, which no time-out of a socket ends."""
    import socket

    monkeypatch.setattr(web, "TOTAL_TIMEOUT_S", 0.5)
    monkeypatch.setenv("NO_PROXY", "*")
    ended = threading.Event()

    def trickle(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
            while not ended.wait(0.05):
                try:
                    connection.sendall(b"a")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=trickle, args=(listening,))
        thread.start()
        started = time.monotonic()
        with pytest.raises(web.SourceError, match="took longer than 0 seconds"):
            web.fetch(f"http://127.0.0.1:{listening.getsockname()[1]}/")
        assert time.monotonic() - started < 5
        ended.set()
        thread.join()


# What sites ask for


def test_what_robots_txt_forbids_is_not_fetched_and_the_file_is_asked_for_once(
    articles: ArticleIndex, site: Site
) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /private\n\nUser-agent: OtherBot\nDisallow: /\n")
    free, private = site.page("/free", "An owl."), site.page("/private/a", "A secret owl.")
    report = articles.add([free, private, site.page("/more", "Two owls.")], fetching=QUICK)
    assert report.added == 2
    assert failures(report)[private].startswith("its site does not want programs to fetch this page (robots.txt).")
    assert sorted(site.paths()) == ["/free", "/more", "/robots.txt"]


@pytest.mark.parametrize("mark", ["", "\ufeff"])  # the byte order mark that some editors write
def test_rules_for_this_program_alone_are_obeyed(articles: ArticleIndex, site: Site, mark: str) -> None:
    site.page("/robots.txt", f"{mark}User-agent: ArticleQA\nDisallow: /\n\nUser-agent: *\nAllow: /\n")
    assert articles.add([site.page("/a", "An owl.")], fetching=QUICK).failed == 1


def test_an_owner_may_ignore_robots_txt(articles: ArticleIndex, site: Site) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /\n")
    settings = FetchSettings(delay_s=0, obey_robots=False)
    assert articles.add([site.page("/a", "An owl.")], fetching=settings).added == 1
    assert site.paths() == ["/a"]


def test_a_redirect_to_a_page_that_robots_txt_forbids_is_not_followed(articles: ArticleIndex, site: Site) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /private\n")
    site.page("/private", "A secret owl.")
    site.answers["/moved"] = (302, {"Location": "/private"}, b"")
    report = articles.add([f"{site.url}/moved"], fetching=QUICK)
    assert "robots.txt" in failures(report)[f"{site.url}/moved"]
    assert "/private" not in site.paths()


def test_a_site_that_has_trouble_to_send_its_robots_txt_is_left_alone(articles: ArticleIndex, site: Site) -> None:
    site.answers["/robots.txt"] = (503, {}, b"")
    page = site.page("/a", "An owl.")
    report = articles.add([page], fetching=QUICK)
    assert failures(report)[page].startswith("its site does not say what may be fetched (robots.txt: status 503).")
    assert site.paths() == ["/robots.txt"]


def test_the_pause_that_a_site_asks_for_is_kept_but_for_a_mistaken_one(site: Site) -> None:
    rules = robots.Robots()
    for said, kept in [("2", 2.0), ("86400", robots.MAX_DELAY_S), ("none", 0.0)]:
        site.page("/robots.txt", f"User-agent: *\nCrawl-delay: {said}\n")
        rules = robots.Robots()
        assert rules.delay_s(f"{site.url}/a") == 0.0
        rules.check(f"{site.url}/a")
        assert rules.delay_s(f"{site.url}/a") == kept


def test_a_robots_txt_inside_the_network_is_not_asked_for_either(articles: ArticleIndex, site: Site) -> None:
    page = site.page("/a", "An owl.")
    report = articles.add([page], fetching=FetchSettings(delay_s=0, public_only=True))
    assert failures(report)[page].endswith("only public web addresses can be added here.")
    assert site.asked == []


def test_a_robots_txt_that_redirects_inside_is_refused(
    articles: ArticleIndex, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public, "is_public", lambda address: address == "127.0.0.1")
    site.answers["/robots.txt"] = (302, {"Location": "http://127.0.0.2:9/robots.txt"}, b"")
    page = site.page("/a", "An owl.")
    report = articles.add([page], fetching=FetchSettings(delay_s=0, public_only=True))
    assert failures(report)[page].endswith("only public web addresses can be added here.")
    assert site.paths() == ["/robots.txt"]


# What is as it was


@pytest.mark.parametrize(
    ("name", "asks", "value"),
    [
        ("ETag", "If-None-Match", 'W/"a-1"'),
        ("Last-Modified", "If-Modified-Since", "Wed, 05 Nov 2025 08:30:01 GMT"),
    ],
)
def test_a_page_that_is_as_it_was_is_not_sent_again(
    articles: ArticleIndex, site: Site, name: str, asks: str, value: str
) -> None:
    page = site.page("/a", "An owl.", **{name: value})
    assert articles.sync([page], fetching=QUICK).added.added == 1
    before = articles.list()
    report = articles.sync([page], fetching=QUICK)
    assert (str(report.added), report.gone, report.failing) == ("1 unchanged", [], [])
    assert site.asked[-1][1][asks] == value
    assert articles.list() == before
    site.page("/a", "Another owl.", **{name: value.replace("1", "2")})
    assert articles.sync([page], fetching=QUICK).added.updated == 1


def test_a_feed_that_is_as_it_was_leaves_its_items(articles: ArticleIndex, site: Site) -> None:
    feed = site.page("/feed", FEED.format(url=site.url), "application/rss+xml", ETag='"1"')
    assert articles.sync([feed], fetching=QUICK).added.added == 2
    report = articles.sync([feed], fetching=QUICK)
    assert (report.added.unchanged, report.gone) == (2, [])
    assert "If-None-Match" in site.asked[-1][1]


def test_a_page_whose_article_was_removed_is_asked_for_whole(articles: ArticleIndex, site: Site) -> None:
    page = site.page("/a", "An owl.", ETag='"1"')
    articles.sync([page], fetching=QUICK)
    articles.remove([each.id for each in articles.list()])
    assert articles.sync([page], fetching=QUICK).added.added == 1


def test_what_a_redirect_led_to_is_not_asked_by_its_mark(articles: ArticleIndex, site: Site) -> None:
    site.page("/b", "An owl.", ETag='"1"')
    site.answers["/a"] = (302, {"Location": "/b"}, b"")
    articles.sync([f"{site.url}/a"], fetching=QUICK)
    articles.sync([f"{site.url}/a"], fetching=QUICK)
    assert not any("If-None-Match" in headers for _, headers, _ in site.asked)


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone_keeps_its_article_and_says_so(articles: ArticleIndex, site: Site, status: int) -> None:
    page = site.page("/a", "An owl.")
    articles.add([page], fetching=QUICK)
    [there] = articles.list()
    site.answers["/a"] = (status, {}, b"")
    report = articles.sync([page], fetching=QUICK)
    reason = failures(report.added)[page]
    assert reason.startswith(f"the server answered {status} ")
    assert reason.endswith(f". Its article stays; to remove it: qa remove {there.id}")
    assert (articles.list(), report.gone) == ([there], [])


@pytest.mark.parametrize("etag", ["a\r\nX: y", "é", "a" * 600])
def test_a_mark_that_cannot_be_sent_back_is_not_kept(etag: str) -> None:
    from index.formats.location import page_location

    assert page_location("http://a.test/", b"x", None, etag).etag is None


# Lists


FEED = (
    "<rss version='2.0'><channel><title>News</title>"
    "<item><title>Owls</title><link>{url}/1</link><pubDate>Wed, 05 Nov 2025 08:30:00 GMT</pubDate>"
    "<description>A teaser.</description></item>"
    "<item><title>Bees</title><link>{url}/2</link><description>Another teaser.</description></item>"
    "</channel></rss>"
)
BOOKMARKS = (
    "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<META HTTP-EQUIV='Content-Type' CONTENT='text/html; charset=UTF-8'>\n"
    "<TITLE>Bookmarks</TITLE><H1>Bookmarks</H1><DL><p><DT><A HREF='{0}' ADD_DATE='1'>One</A>"
    "<DT><H3>Folder</H3><DL><p><DT><A HREF='{1}'>Two</A><DT><A HREF='javascript:x'>No</A></DL></DL>"
)
OPML = (
    "<?xml version='1.0'?><opml version='2.0'><head><title>Feeds</title></head><body>"
    "<outline text='All'><outline type='rss' text='a' xmlUrl='{0}'/><outline type='rss' text='b' xmlUrl='{1}'/>"
    "</outline></body></opml>"
)
SITEMAP = (
    "<?xml version='1.0'?><!-- made --><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
    "<url><loc>{0}</loc></url><url><loc> {1} </loc><lastmod>2025-01-01</lastmod></url></urlset>"
)
INDEX = (
    "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>{0}</loc></sitemap></sitemapindex>"
)


@pytest.mark.parametrize(
    "kind",
    [
        ("bookmarks.html", BOOKMARKS),
        ("feeds.opml", OPML),
        ("sitemap.xml", SITEMAP),
        ("links.txt", "\ufeff{0}\n\n  {1}  \r\n"),
    ],
)
@pytest.mark.parametrize("is_file", [True, False])
def test_a_list_of_addresses_stands_for_what_is_there_and_its_number_is_told(
    articles: ArticleIndex, site: Site, tmp_path: Path, kind: tuple[str, str], is_file: bool
) -> None:
    pages = [site.page("/1", "An owl."), site.page("/2", "A bee.")]
    name, text = kind
    content = text.format(*pages)
    source = str(tmp_path / name)
    if is_file:
        Path(source).write_text(content, encoding="utf-8")
    else:
        kinds = {".html": "text/html", ".opml": "text/x-opml", ".xml": "application/xml", ".txt": "text/plain"}
        source = site.page(f"/{name}", content, kinds[Path(name).suffix])
    report = articles.add([source], fetching=QUICK)
    assert (str(report), report.lists) == ("2 added", {source: 2})
    assert {article.url for article in articles.list()} == set(pages)


def test_what_cannot_be_fetched_is_named_and_the_rest_of_a_list_goes_on(
    articles: ArticleIndex, site: Site, tmp_path: Path
) -> None:
    path = tmp_path / "links.txt"
    path.write_text(f"{site.url}/none\n{site.page('/a', 'An owl.')}\nhttp://no-such-host.invalid/\n")
    report = articles.add([path], fetching=QUICK)
    assert report.added == 1
    assert failures(report)[f"{site.url}/none"] == "the server answered 404 Not Found"
    assert failures(report)["http://no-such-host.invalid/"].startswith("no such host: no-such-host.invalid.")


def test_an_index_of_packed_sitemaps_leads_to_their_pages(articles: ArticleIndex, site: Site) -> None:
    pages = [site.page("/1", "An owl."), site.page("/2", "A bee.")]
    packed = site.page("/sitemap.xml.gz", gzip.compress(SITEMAP.format(*pages).encode()), "application/gzip")
    report = articles.add([site.page("/sitemap.xml", INDEX.format(packed), "text/xml")], fetching=QUICK)
    assert (str(report), report.lists) == ("2 added", {f"{site.url}/sitemap.xml": 1, packed: 2})


def test_a_list_in_a_list_that_is_no_index_is_not_followed(articles: ArticleIndex, site: Site) -> None:
    inner = site.page("/inner.txt", site.page("/a", "An owl."))
    outer = site.page("/outer.txt", inner)
    assert failures(articles.add([outer], fetching=QUICK)) == {
        inner: "is a list of addresses in a list. Add it by itself."
    }


def test_sitemaps_that_name_each_other_come_to_an_end(articles: ArticleIndex, site: Site) -> None:
    for number in range(6):
        site.page(f"/{number}", INDEX.format(f"{site.url}/{number + 1}"), "text/xml")
    site.page("/loop", INDEX.format(f"{site.url}/loop"), "text/xml")
    report = articles.add([f"{site.url}/0", f"{site.url}/loop"], fetching=QUICK)
    assert list(failures(report).values()) == ["is a list of addresses in a list. Add it by itself."]


def test_the_lists_of_one_call_have_a_limit_together(articles: ArticleIndex, site: Site) -> None:
    pages = [site.page("/1", "An owl."), site.page("/2", "A bee.")]
    source = site.page("/links.txt", "\n".join(pages))
    report = articles.add([source], fetching=FetchSettings(delay_s=0, max_addresses=2))
    assert failures(report)[source] == "has 2 addresses; no more than 2 are fetched at a time. Split it."


def test_a_list_in_a_folder_fetches_nothing(articles: ArticleIndex, site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "links.txt").write_text(site.page("/a", "An owl."))
    assert articles.add([folder], fetching=QUICK).added == 1
    assert site.asked == []


def test_a_list_is_kept_in_step_and_what_it_lists_no_more_stays(
    articles: ArticleIndex, site: Site, tmp_path: Path
) -> None:
    path = tmp_path / "links.txt"
    one, two = site.page("/1", "An owl."), site.page("/2", "A bee.")
    path.write_text(one)
    assert articles.sync([path], fetching=QUICK).added.added == 1
    path.write_text(two)
    report = articles.sync([path], fetching=QUICK)
    assert (str(report.added), report.gone, len(articles.list())) == ("1 added", [], 2)


def test_the_pages_of_a_feed_have_its_titles_and_dates_where_they_have_none(articles: ArticleIndex, site: Site) -> None:
    page = "<html><head>{0}</head><body><article><p>{1}</p></article></body></html>"
    site.page("/1", page.format("", "The owls of the valley came back in the night, said a farmer."), "text/html")
    own = "<title>Of bees</title><meta property='article:published_time' content='2024-02-03'>"
    site.page("/2", page.format(own, "The bees of the valley came back in spring, said a farmer."), "text/html")
    feed = site.page("/feed", FEED.format(url=site.url), "application/rss+xml")
    report = articles.add([feed], fetching=FetchSettings(delay_s=0, full=frozenset([feed])))
    assert (str(report), report.lists) == ("2 added", {feed: 2})
    found = {article.url: article for article in articles.list()}
    owls, bees = found[f"{site.url}/1"], found[f"{site.url}/2"]
    assert (owls.title, (owls.published or "")[:10]) == ("Owls", "2025-11-05")
    assert (bees.title, bees.published) == ("Of bees", "2024-02-03")
    assert articles.get(owls.id).text.startswith("The owls of the valley")


def test_the_feeds_of_an_opml_file_are_read_in_full_where_that_is_asked(
    articles: ArticleIndex, site: Site, tmp_path: Path
) -> None:
    site.page("/1", "A whole text on owls.")
    site.page("/2", "A whole text on bees.")
    feed = site.page("/feed", FEED.format(url=site.url), "application/rss+xml")
    path = tmp_path / "feeds.opml"
    path.write_text(OPML.format(feed, feed))
    articles.add([path], fetching=FetchSettings(delay_s=0, full=frozenset([str(path)])))
    assert {articles.get(each.id).text for each in articles.list()} == {
        "A whole text on owls.",
        "A whole text on bees.",
    }


# Near misses: these are articles, as they were before


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "a.html",
            "<!DOCTYPE html><p>Of the &lt;!DOCTYPE NETSCAPE-Bookmark-file-1&gt; <a href='http://a.test/'>a</a>.",
        ),
        (
            "a.html",
            "<p>See <!-- <!DOCTYPE NETSCAPE-Bookmark-file-1> --> <a href='http://a.test/'>this page</a> too.</p>",
        ),
        (
            "a.xml",
            "<rss version='2.0'><channel><item><title>&lt;urlset&gt; and opml</title></item></channel></rss>",
        ),
        ("a.xml", "<notes><urlset><url><loc>http://a.test/</loc></url></urlset></notes>"),
        ("a.xml", "<opmlnotes><outline xmlUrl='http://a.test/'/></opmlnotes>"),
        ("a.txt", "http://a.test/\nis a page that I like.\n"),
        ("a.txt", "http://a.test/ and http://b.test/\n"),
        ("a.txt", "www.a.test\n"),
        ("a.txt", "ftp://a.test/\nhttp://b.test/\n"),
        ("a.txt", "# links\nhttp://b.test/\n"),
        ("a.txt", "https://\n"),
        ("a.txt", "\n\n"),
        ("a.md", "http://a.test/\nhttp://b.test/\n"),
    ],
)
def test_what_only_looks_like_a_list_is_none(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert addresses.list_in_file(path) is None


@pytest.mark.parametrize(
    ("suffix", "data", "reason"),
    [
        (".xml", b"<urlset></urlset>", "a list without web addresses"),
        (".opml", b"<opml><body><outline text='x'/></body></opml>", "a list without web addresses"),
        (".html", b"<!DOCTYPE NETSCAPE-Bookmark-file-1><a href='place:x'>x</a>", "a list without web addresses"),
        (".gz", b"\x1f\x8bno gzip at all", "damaged, or not packed with gzip: "),
        (".gz", gzip.compress(SITEMAP.encode())[:-20], "damaged: the packed list ends before its end"),
        (".gz", gzip.compress(b"<urlset>" + b" " * 60_000_000), "is a list with more than 52,428,800 bytes. Split it."),
    ],
)
def test_a_list_that_is_damaged_empty_or_a_bomb_says_so(suffix: str, data: bytes, reason: str) -> None:
    with pytest.raises(addresses.SourceError, match=r".") as caught:
        addresses.addresses_in(data, suffix)
    assert str(caught.value).startswith(reason)


def test_entities_in_a_list_are_not_expanded_and_name_no_files(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    inside = f"<!DOCTYPE urlset [<!ENTITY x SYSTEM '{(tmp_path / 'secret').as_uri()}'>]>"
    data = f"<?xml version='1.0'?>{inside}<urlset><url><loc>http://a.test/&x;</loc></url></urlset>".encode()
    found = addresses.addresses_in(data, ".xml") or []
    assert not any("secret" in each.url for each in found)


def test_a_feed_of_a_failure_has_its_address() -> None:
    [failure] = read_addresses([Address("http://no-such-host.invalid/")], QUICK)
    assert isinstance(failure, SourceFailure)
    assert failure.source == "http://no-such-host.invalid/"
