"""One web address, from a real server on this machine."""

import datetime
import gzip
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from index.article import Article
from index.formats import READERS, SourceFailure, public, read_source, web
from index.formats.origin import Origin

PAGE = (
    "<html lang='de'><head><title>Die Brücke</title>{head}</head><body><article><h1>Die Brücke</h1>"
    "<p>Die Brücke über den Fluß wird größer, sagte der Minister am Donnerstag in einer langen Rede.</p>"
    "<p>Danach fuhren alle nach Hause, denn es war spät geworden und die Straßen waren glatt.</p></article></body>"
)


class Handler(BaseHTTPRequestHandler):
    """Answers each path as its name says."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        name = self.path.split("?")[0].strip("/").replace("-", "_").replace(".", "_")
        getattr(self, f"get_{name}", self.get_missing)()

    def answer(self, body: bytes, kind: str | None = "text/html; charset=utf-8", **headers: str) -> None:
        self.send_response(200)
        if kind is not None:
            self.send_header("Content-Type", kind)
        for header, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(header.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def redirect(self, target: str) -> None:
        self.send_response(302)
        self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def get_missing(self) -> None:
        self.send_error(404)

    def get_utf8(self) -> None:
        self.answer(PAGE.format(head="").encode())

    def get_latin1(self) -> None:
        self.answer(PAGE.format(head="").encode("latin-1"), "text/html; charset=ISO-8859-1")

    def get_untold_charset(self) -> None:
        self.answer(PAGE.format(head="<meta charset='latin-1'>").encode("latin-1"), "text/html")

    def get_wrong_charset(self) -> None:
        self.answer(PAGE.format(head="").encode(), "text/html; charset=ISO-8859-1")

    def get_gzip(self) -> None:
        self.answer(gzip.compress(PAGE.format(head="").encode()), Content_Encoding="gzip")

    def get_bomb(self) -> None:
        self.answer(gzip.compress(b"a" * 3_000_000), Content_Encoding="gzip")

    def get_bad_gzip(self) -> None:
        self.answer(b"no gzip at all", Content_Encoding="gzip")

    def get_canonical(self) -> None:
        self.answer(PAGE.format(head="<link rel='canonical' href='/the-bridge'>").encode())

    def get_canonical_elsewhere(self) -> None:
        self.answer(PAGE.format(head="<link rel='canonical' href='https://example.com/x'>").encode())

    def get_named(self) -> None:
        head = "<meta property='og:site_name' content='Meridian Courier'>"
        self.answer(PAGE.format(head=head).encode())

    def get_broken(self) -> None:
        self.answer(b"<html><body><div><p>Words that <b>never end<div></p")

    def get_empty(self) -> None:
        self.answer(b"")

    def get_my_notes_txt(self) -> None:
        self.answer("One.\r\nTwo für alle.".encode("latin-1"), "text/plain; charset=latin-1")

    def get_data(self) -> None:
        self.answer(json.dumps([{"text": " one "}, {"id": "x", "text": ""}]).encode(), "application/json")

    def get_lines(self) -> None:
        self.answer(b'{"id": "a", "text": "one"}\n', "application/x-ndjson")

    def get_feed(self) -> None:
        item = "<item><title>One</title><link>/one.html</link><description>Words of one.</description></item>"
        feed = f"<rss version='2.0'><channel><title>Notes</title>{item}{item.replace('one', 'two')}</channel></rss>"
        self.answer(feed.encode(), "application/rss+xml" if "rss" in self.path else "text/xml; charset=utf-8")

    def get_scan_pdf(self) -> None:
        self.answer(b"%PDF-1.4 broken", "application/pdf")

    def get_untold_md(self) -> None:
        self.answer(b"# A title\n\nwords", "application/octet-stream")

    def get_kindless_txt(self) -> None:
        self.answer(b"words", None)

    def get_untold(self) -> None:
        self.answer(b"words", "application/octet-stream")

    def get_image(self) -> None:
        self.answer(b"\x89PNG", "image/png")

    def get_gone(self) -> None:
        self.send_error(410)

    def get_teapot(self) -> None:
        self.send_error(500, "Teapot is hot")

    def get_moved(self) -> None:
        self.redirect("/moved-again?x=1")

    def get_moved_again(self) -> None:
        self.redirect("/utf8")

    def get_loop(self) -> None:
        self.redirect("/loop")

    def get_to_file(self) -> None:
        self.redirect("file:///etc/passwd")

    def get_elsewhere(self) -> None:
        self.redirect(unquote(self.path.partition("?to=")[2]))

    def get_agent(self) -> None:
        self.answer((self.headers["User-Agent"] or "").encode(), "text/plain")

    def get_large(self) -> None:
        self.answer(b"a" * 3_000_000, "text/plain")

    def get_cut(self) -> None:
        self.answer(b"<p>only the start", Content_Length="1000")

    def get_cut_chunked(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"5\r\nhello\r\n20\r\nwor")
        self.close_connection = True

    def get_chunked(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")

    def get_silent(self) -> None:
        self.server.stopping.wait(5)  # type: ignore[attr-defined]
        self.close_connection = True

    def get_trickle(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.close_connection = True
        for _ in range(100):
            try:
                self.wfile.write(b"a")
            except OSError:
                return
            if self.server.stopping.wait(0.05):  # type: ignore[attr-defined]
                return


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch, ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        patch.setenv("NO_PROXY", "*")
        server.stopping = threading.Event()  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.stopping.set()  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


def read(url: str, public_only: bool = False) -> Article:
    (article,) = read_source(url, public_only)
    assert isinstance(article, Article), article
    return article


def failure(url: str, public_only: bool = False) -> str:
    (result,) = read_source(url, public_only)
    assert isinstance(result, SourceFailure), result
    assert result.source == url
    return result.reason


@pytest.mark.parametrize("path", ["utf8", "latin1", "untold-charset", "wrong-charset", "gzip"])
def test_a_page_is_an_article_in_whatever_encoding_it_comes(site: str, path: str) -> None:
    article = read(f"{site}/{path}")
    assert article.title == "Die Brücke"
    assert article.text.startswith("Die Brücke über den Fluß wird größer, sagte")
    assert article.text.endswith("die Straßen waren glatt.")
    assert (article.language, article.source, article.url) == ("de", "127.0.0.1", f"{site}/{path}")


def test_the_final_address_is_the_url_and_the_id_is_of_the_address_as_given(site: str) -> None:
    article = read(f"{site}/moved")
    assert (article.url, article.id) == (f"{site}/utf8", Origin.of_url(f"{site}/moved").article_id)
    assert article.id.startswith("moved-")


def test_a_canonical_address_counts_on_the_same_host_only(site: str) -> None:
    assert read(f"{site}/canonical?from=feed").url == f"{site}/the-bridge"
    assert read(f"{site}/canonical-elsewhere").url == f"{site}/canonical-elsewhere"


def test_a_page_that_names_its_site_has_that_as_source(site: str) -> None:
    assert read(f"{site}/named").source == "Meridian Courier"


def test_broken_html_gives_its_text(site: str) -> None:
    assert read(f"{site}/broken").text == "Words that never end"


def test_plain_text_markdown_and_json_are_read_as_such(site: str) -> None:
    notes = read(f"{site}/my-notes.txt")
    assert (notes.text, notes.title, notes.source) == ("One.\nTwo für alle.", "My notes", "127.0.0.1")
    first, second = read_source(f"{site}/data")
    assert isinstance(first, Article)
    assert (first.text, first.url) == (" one ", f"{site}/data")
    assert second == SourceFailure(f"{site}/data, record 2", 'its "text" is empty')
    assert read(f"{site}/lines").id == "a"
    assert failure(f"{site}/scan.pdf").startswith("damaged, or no PDF: ")
    assert read(f"{site}/chunked").text == "hello world"


@pytest.mark.parametrize("query", ["rss", "xml"])
def test_the_items_of_a_feed_are_articles_with_addresses_of_their_own(site: str, query: str) -> None:
    first, second = read_source(f"{site}/feed?{query}")
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert (first.title, first.text, first.source) == ("One", "Words of one.", "Notes")
    assert [first.url, second.url] == [f"{site}/one.html", f"{site}/two.html"]


def test_where_the_server_does_not_know_the_type_the_suffix_decides(site: str) -> None:
    assert read(f"{site}/untold.md").title == "A title"
    assert read(f"{site}/kindless.txt").text == "words"
    assert failure(f"{site}/untold").startswith("is application/octet-stream, not text.")


def test_every_kind_that_can_be_read_can_be_fetched() -> None:
    assert web._MORE.union(web._SUFFIXES.values()) == READERS.keys()


def test_the_program_names_itself(site: str) -> None:
    assert read(f"{site}/agent").text == web.USER_AGENT


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("nowhere", "the server answered 404 Not Found"),
        ("gone", "the server answered 410 Gone"),
        ("teapot", "the server answered 500 Teapot is hot"),
        ("image", "is image/png, not text. Web pages, plain text, PDF, Word and JSON can be read. So can feeds, "),
        ("empty", "empty page"),
        ("loop", "redirects more than 10 times."),
        ("to-file", "redirects to file:///etc/passwd, which is no http:// or https:// address"),
        ("cut", "the connection to 127.0.0.1 broke: "),
        ("cut-chunked", "the connection to 127.0.0.1 broke: "),
        ("bad-gzip", "the connection to 127.0.0.1 broke: "),
    ],
)
def test_what_is_no_article_has_a_reason_of_its_own(site: str, path: str, reason: str) -> None:
    assert failure(f"{site}/{path}").startswith(reason)


@pytest.mark.parametrize("path", ["large", "bomb"])
def test_a_page_over_the_limit_is_refused_also_when_it_was_packed(
    site: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "MAX_BYTES", 1_000_000)
    assert failure(f"{site}/{path}").startswith("has more than 1,000,000 bytes, the limit for a page.")


def test_a_server_that_says_nothing_is_given_up(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "TIMEOUT_S", 0.2)
    assert failure(f"{site}/silent") == "127.0.0.1 did not answer within 0 seconds. Try again later."


def test_a_server_that_trickles_is_given_up(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "TOTAL_TIMEOUT_S", 0.4)
    started = time.monotonic()
    assert failure(f"{site}/trickle").startswith("took longer than 0 seconds.")
    assert time.monotonic() - started < 2


def test_a_refused_connection_says_so(site: str) -> None:
    assert failure("http://127.0.0.1:9/").startswith("127.0.0.1 refused the connection.")


def test_an_unknown_host_says_so(site: str) -> None:
    assert failure("http://no-such-host.invalid/a").startswith("no such host: no-such-host.invalid. Check")


def test_a_server_without_tls_says_so(site: str) -> None:
    assert failure(site.replace("http:", "https:")).startswith("no trusted TLS connection to 127.0.0.1: ")


@pytest.mark.parametrize("url", ["http://", "http://[", "http://exa mple.com:port/", "http://" + "a" * 300 + ".com/"])
def test_an_address_that_is_none_says_so(site: str, url: str) -> None:
    assert failure(url).startswith(("is no valid address: ", "no such host: "))


# Public addresses only


class CountingServer(ThreadingHTTPServer):
    """Counts who connects, also those that send nothing."""

    connections = 0

    def verify_request(self, request: Any, client_address: Any) -> bool:
        self.connections += 1
        return True


@pytest.fixture
def inside() -> Iterator[CountingServer]:
    """A server that nobody may reach: 127.0.0.2 is no public address, also where 127.0.0.1 stands for one."""
    try:
        server = CountingServer(("127.0.0.2", 0), Handler)
    except OSError:
        pytest.skip("this machine has one loopback address only")
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """127.0.0.1 counts as public, and no other address that is not."""
    real = public.is_public
    monkeypatch.setattr(public, "is_public", lambda address: address == "127.0.0.1" or real(address))


def names(monkeypatch: pytest.MonkeyPatch, **answers: list[list[str]]) -> None:
    """Answer for names in .test with one list of addresses after the other, the last one for ever."""
    real = socket.getaddrinfo

    def look_up(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        left = answers.get(str(host).removesuffix(".test")) if str(host).endswith(".test") else None
        if left is None:
            return real(host, port, *args, **options)
        addresses = left.pop(0) if len(left) > 1 else left[0]
        return [entry for address in addresses for entry in real(address, port, *args, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1"),
        *("::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "fe80::1", "fe80::1%1", "fc00::1"),
        *("fec0::1", "ff0e::1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::1", "2001:db8::1", "4000::1"),
    ],
)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not public.is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.215.14", "::ffff:8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1"]
)
def test_an_address_outside_is_public(address: str) -> None:
    assert public.is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.2", "2130706434", "0177.0.0.2", "0x7f.0.0.2", "127.2", "[::ffff:127.0.0.2]"])
def test_an_address_inside_is_refused_however_it_is_written_and_nobody_connects(
    inside: CountingServer, host: str
) -> None:
    reason = failure(f"http://{host}:{inside.server_port}/utf8", public_only=True)
    assert reason.endswith(" is an address inside this network; only public web addresses can be added here.")
    assert inside.connections == 0


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "0.0.0.0", "0", "169.254.169.254", "[::1]", "[::]"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_hosts_inside_are_refused_in_either_scheme(scheme: str, host: str) -> None:
    reason = failure(f"{scheme}://{host}/latest", public_only=True)
    assert reason.endswith(" is an address inside this network; only public web addresses can be added here.")


def test_whether_a_port_inside_is_open_cannot_be_found_out(inside: CountingServer) -> None:
    taken = failure(f"http://127.0.0.2:{inside.server_port}/", public_only=True)
    assert failure("http://127.0.0.2:9/", public_only=True) == taken


def test_a_public_address_is_read_as_ever(site: str, stand_in: None) -> None:
    moved, again = read(f"{site}/moved", public_only=True), read(f"{site}/moved")
    assert moved == replace(again, retrieved_at=moved.retrieved_at)  # a second may have passed
    assert failure(f"{site}/gone", public_only=True) == "the server answered 410 Gone"
    assert failure("http://127.0.0.1:9/", public_only=True).startswith("127.0.0.1 refused the connection.")
    assert failure(site.replace("http:", "https:"), public_only=True).startswith("no trusted TLS connection to 127.")
    assert failure("http://no-such-host.invalid/", public_only=True).startswith("no such host: no-such-host.invalid.")
    assert failure("http://" + "a" * 300 + ".com/", public_only=True).startswith("is no valid address: ")


def test_a_redirect_to_an_address_inside_is_refused(site: str, stand_in: None, inside: CountingServer) -> None:
    target = f"http://127.0.0.2:{inside.server_port}/utf8"
    assert read(f"{site}/elsewhere?to={target}").title == "Die Brücke"
    assert inside.connections == 1
    for host in (f"127.0.0.2:{inside.server_port}", f"2130706434:{inside.server_port}", "[::1]", "169.254.169.254"):
        reason = failure(f"{site}/elsewhere?to=http://{host}/utf8", public_only=True)
        assert reason.endswith("is an address inside this network; only public web addresses can be added here.")
    assert inside.connections == 1


def test_a_name_with_one_address_inside_is_refused(site: str, stand_in: None, monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, mixed=[["127.0.0.1", "10.0.0.1"]])
    port = site.rpartition(":")[2]
    assert failure(f"http://mixed.test:{port}/utf8", public_only=True).startswith("mixed.test is an address inside")


def test_a_name_that_turns_inside_after_it_was_checked_leads_to_the_address_that_was_checked(
    stand_in: None, inside: CountingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with CountingServer(("127.0.0.1", inside.server_port), Handler) as outside:
        thread = threading.Thread(target=outside.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        names(monkeypatch, rebind=[["127.0.0.1"], ["127.0.0.2"]])
        article = read(f"http://rebind.test:{inside.server_port}/utf8", public_only=True)
        outside.shutdown()
        thread.join()
    assert article.url == f"http://rebind.test:{inside.server_port}/utf8"
    assert (outside.connections, inside.connections) == (1, 0)


def test_the_next_address_of_a_name_is_tried(site: str, stand_in: None, monkeypatch: pytest.MonkeyPatch) -> None:
    real = public.is_public
    monkeypatch.setattr(public, "is_public", lambda address: address == "127.0.0.3" or real(address))
    names(monkeypatch, two=[["127.0.0.3", "127.0.0.1"]])
    assert read(f"http://two.test:{site.rpartition(':')[2]}/utf8", public_only=True).source == "two.test"


def test_proxies_are_not_used_for_public_addresses(
    site: str, stand_in: None, inside: CountingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):  # which a chat that was served before has set
        monkeypatch.setenv(name, "")
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.2:{inside.server_port}")
    assert read(f"{site}/utf8", public_only=True).url == f"{site}/utf8"
    assert inside.connections == 0
    failure(f"{site}/utf8")
    assert inside.connections == 1


def certificate(folder: Path, name: str) -> Path:
    """A key and a certificate for a name, signed by itself, in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{name}.pem"
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize("name", ["shop.test", "other.test"])
def test_a_certificate_is_checked_against_the_name_and_not_the_address(
    name: str, tmp_path: Path, stand_in: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = certificate(tmp_path, "shop.test")
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(path))
    names(monkeypatch, shop=[["127.0.0.1"]], other=[["127.0.0.1"]])
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        url = f"https://{name}:{server.server_port}/utf8"
        [result] = read_source(url, public_only=True)
        server.shutdown()
        thread.join()
    if name == "shop.test":
        assert isinstance(result, Article)
        assert result.title == "Die Brücke"
    else:
        assert isinstance(result, SourceFailure)
        assert result.reason.startswith("no trusted TLS connection to other.test: ")
