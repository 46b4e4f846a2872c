"""Letters and mailboxes: newsletters as people save them."""

from __future__ import annotations

import base64
import time
from email.message import EmailMessage
from pathlib import Path

import pytest

from index.article import Article, Mark
from index.formats import SourceFailure, mailbox, read_source

HTML = (
    "<html><head><title>x</title><style>p {color: red}</style></head><body><h2>The quay</h2>"
    "<p>The quay at Port&nbsp;Elm was widened<br>by nine metres.</p><ul><li>one</li><li>two</li></ul></body></html>"
)
PLAIN = "The quay at Port Elm was widened by nine metres.\n\n- one\n- two\n"


def letter(plain: str | None = PLAIN, html: str | None = HTML, **headers: str) -> EmailMessage:
    message = EmailMessage()
    given = {
        "From": '"Storm, Ida" <ida@elm.example>',
        "To": "you@elm.example",
        "Subject": "Quay widened – größer",
        "Date": "Tue, 11 Mar 2025 10:15:00 +0100",
        "Message-ID": "<1@elm.example>",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    for name, value in given.items():
        message[name] = value
    if plain is not None:
        message.set_content(plain)
    if html is not None:
        if plain is None:
            message.set_content(html, subtype="html")
        else:
            message.add_alternative(html, subtype="html")
    return message


def read(path: Path, content: bytes | EmailMessage) -> list[Article | SourceFailure]:
    path.write_bytes(content if isinstance(content, bytes) else content.as_bytes())
    return [*read_source(path)]


def article(path: Path, content: bytes | EmailMessage) -> Article:
    (found,) = read(path, content)
    assert isinstance(found, Article), found
    return found


def test_a_newsletter_is_an_article_with_subject_sender_and_date(tmp_path: Path) -> None:
    message = letter(List_Id='"Harbour Letters" <letters.elm.example>', Archived_At="<https://elm.example/7>")
    message["Content-Language"] = "en"
    found = article(tmp_path / "a.eml", message)
    assert (found.title, found.author) == ("Quay widened – größer", "Storm, Ida")
    assert (found.published, found.source) == ("2025-03-11T10:15:00+01:00", "Harbour Letters")
    assert (found.url, found.language) == ("https://elm.example/7", "en")
    assert found.text == "The quay\n\nThe quay at Port Elm was widened\nby nine metres.\n\n- one\n- two"
    assert found.marks == (Mark(0, "section", "The quay"),)


@pytest.mark.parametrize(
    ("plain", "html", "text"),
    [
        (None, "<p>Only <b>HTML</b> here</p>", "Only HTML here"),
        ("Only plain here.\n\n> quoted\n", None, "Only plain here.\n\n> quoted"),
        (
            "The whole letter is in the plain part of it.",
            "<p>Open in a browser</p>",
            "The whole letter is in the plain part of it.",
        ),
        ("Short <https://elm.example/a/very/long/one> one\n", "<p>Short <a href='x'>one</a></p>", "Short one"),
    ],
)
def test_the_richer_part_is_taken(tmp_path: Path, plain: str | None, html: str | None, text: str) -> None:
    assert article(tmp_path / "a.eml", letter(plain, html)).text == text


def test_transfer_encodings_and_wrong_or_unknown_charsets(tmp_path: Path) -> None:
    head = b"From: a@b.example\r\nSubject: =?iso-8859-1?Q?Caf=E9?=\r\nMIME-Version: 1.0\r\n"
    for charset, words in [("windows-1251", "Мост открыт"), ("x-unknown", "Café ouvert"), ("us-ascii", "Café ouvert")]:
        encoded = words.encode(charset if charset == "windows-1251" else "utf-8")
        body = (
            f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n".encode() + encoded
        )
        found = article(tmp_path / "a.eml", head + body)
        assert (found.title, found.text) == ("Café", words)
    kind = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    quoted = kind + b"<p>Caf=C3=A9 =\r\nouvert</p>"
    assert article(tmp_path / "a.eml", head + quoted).text == "Café ouvert"


def test_flowed_lines_are_joined(tmp_path: Path) -> None:
    content = b"From: a@b.example\nContent-Type: text/plain; format=flowed\n\nOne line \ngoes on \nhere.\nNew line."
    content += b"\n\n> quoted \n> more\n-- \nIda\n"
    assert (
        article(tmp_path / "a.eml", content).text == "One line goes on here.\nNew line.\n\n> quoted \n> more\n-- \nIda"
    )


def test_attachments_are_named_as_skipped(tmp_path: Path) -> None:
    message = letter()
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="report.pdf")
    message.add_attachment("Not of the letter.", filename="notes.txt")
    *skipped, found = read(tmp_path / "a.eml", message)
    assert [
        item.source.rpartition(", ")[2] for item in skipped if isinstance(item, SourceFailure) and item.skipped
    ] == [
        "report.pdf",
        "notes.txt",
    ]
    assert isinstance(found, Article)
    assert "Not of" not in found.text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"just words\n", "is no letter: "),
        (b"From: a@b.example\nContent-Type: application/pkcs7-mime\n\nAAAA", "is encrypted."),
        (b"From: a@b.example\nSubject: x\n\n", "no text in it"),
    ],
)
def test_what_is_no_readable_letter_has_a_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    (result,) = read(tmp_path / "a.eml", content)
    assert isinstance(result, SourceFailure)
    assert result.reason.startswith(reason)


@pytest.mark.parametrize(
    "headers",
    [
        b"Date: soon\n",
        b"Date: \xff\xfe\n",
        b"From: <<>>,\n",
        b"Content-Type: multipart/mixed\n",
        b"Subject: =?x?y?z?=\n",
    ],
)
def test_malformed_headers_cost_no_text(tmp_path: Path, headers: bytes) -> None:
    (found,) = read(tmp_path / "a.eml", headers + b"Subject: A\nFrom: a@b.example\n\nThe words.\n")
    assert isinstance(found, Article) or "multipart" in headers.decode("latin-1")


def test_endless_headers_and_nested_parts_take_no_time(tmp_path: Path) -> None:
    begun = time.monotonic()
    for headers in (b"Subject: " + b"=?utf-8?q?ab?= " * 50_000, b"From: " + b"a@b.example, " * 50_000):
        assert read(tmp_path / "a.eml", b"Date: 1 May 2025\n" + headers + b"\n\nThe words.\n")
    parts = [b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (at, at) for at in range(3000)]
    (result,) = read(
        tmp_path / "a.eml", b"From: a@b.example\n" + b"".join(parts) + b"Content-Type: text/plain\n\nwords"
    )
    assert isinstance(result, SourceFailure)
    assert result.reason.startswith("damaged: ")
    assert time.monotonic() - begun < 15  # minutes without a bound


def box(*messages: EmailMessage | bytes) -> bytes:
    parts = []
    for message in messages:
        data = message if isinstance(message, bytes) else message.as_bytes()
        parts.append(b"From ida@elm.example Tue Mar 11 10:15:00 2025\n" + data + b"\n\n")
    return b"".join(parts)


def test_each_letter_of_a_mailbox_is_an_article_and_a_bad_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    second = b"From: Bo <bo@elm.example>\nSubject: Goats\n\nGoats sold.\n\n>From the farm.\n>>From it.\nFrom here on.\n"
    one, bad, two = read(path, box(letter(), b"no letter", second))
    assert isinstance(one, Article)
    assert isinstance(two, Article)
    assert (one.title, two.title, two.author) == ("Quay widened – größer", "Goats", "Bo")
    assert two.text == "Goats sold.\n\nFrom the farm.\n>From it.\nFrom here on."
    assert isinstance(bad, SourceFailure)
    assert bad.source == f"{path}, letter 2"
    assert bad.reason.startswith("is no letter")


def test_letters_keep_their_ids_when_others_come(tmp_path: Path) -> None:
    first, second = letter(), letter(Message_ID="<2@elm.example>")
    before = read(tmp_path / "a.mbox", box(first, second))
    after = read(tmp_path / "a.mbox", box(letter(Message_ID="<0@elm.example>"), first, second))
    ids = [item.id for item in before if isinstance(item, Article)]
    assert len(set(ids)) == 2
    assert ids == [item.id for item in after[1:] if isinstance(item, Article)]


def test_a_letter_that_is_too_long_does_not_stop_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "MAX_RICH_BYTES", 2000)
    long, good = read(tmp_path / "a.mbox", box(letter("word\n" * 1000, None), letter(Message_ID="<2@elm.example>")))
    assert isinstance(long, SourceFailure)
    assert long.reason == "has more than 2,000 bytes, the limit for one letter"
    assert isinstance(good, Article)


def test_what_is_no_mailbox_says_so(tmp_path: Path) -> None:
    (result,) = read(tmp_path / "a.mbox", b"words\n")
    assert isinstance(result, SourceFailure)
    assert result.reason.startswith("is no mailbox")


def test_letters_without_an_id_of_their_own_are_kept_unless_they_are_the_same(tmp_path: Path) -> None:
    head = b"From: Ida <ida@elm.example>\nDate: Tue, 11 Mar 2025 10:15:00 +0100\nSubject: %s\n\n%s\n"
    letters = [head % (b"Goats", b"Sold %d goats." % number) for number in (1, 2, 3)]
    *kept, again = read(tmp_path / "a.mbox", box(*letters, letters[0]))
    assert len({item.id for item in kept if isinstance(item, Article)}) == 3
    assert isinstance(again, SourceFailure)
    assert again.reason == "the same record again (first in letter 1)"


@pytest.mark.parametrize(
    "header", [b"Content-Disposition: inline; filename*", b'Content-Type: text/plain; charset="a\0b"', b"From: @"]
)
def test_a_malformed_header_costs_no_letter_of_a_mailbox(tmp_path: Path, header: bytes) -> None:
    bad = header + b"\nSubject: A\nMessage-ID: <9@elm.example>\n\nThe words.\n"
    found = read(tmp_path / "a.mbox", box(letter(), bad, letter(Message_ID="<2@elm.example>")))
    assert [item.title for item in found if isinstance(item, Article)][::2] == ["Quay widened – größer"] * 2
    assert len(found) == 3


def test_what_a_parser_raises_on_one_letter_does_not_end_the_mailbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse = mailbox.parse_message

    def failing(data: bytes) -> EmailMessage:
        if b"Goats" in data:
            raise IndexError("string index out of range")
        return parse(data)

    monkeypatch.setattr(mailbox, "parse_message", failing)
    bad, good = read(tmp_path / "a.mbox", box(letter(Subject="Goats"), letter()))
    assert isinstance(bad, SourceFailure)
    assert bad.reason == "damaged: string index out of range. Save it again."
    assert isinstance(good, Article)


def test_a_paragraph_that_begins_with_from_ends_no_letter(tmp_path: Path) -> None:
    text = "We moved.\n\nFrom now on we meet at 10:15 in the barn.\n\nFrom May on there is tea.\n"
    data = f"From a@b.example Tue Mar  1 10:15:00 2025\nFrom: a@b.example\nSubject: A\n\n{text}"
    (found,) = read(tmp_path / "a.mbox", data.encode() + b"\n")
    assert isinstance(found, Article)
    assert found.text == text.strip()


def test_parts_that_stand_one_after_the_other_are_all_read(tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"] = "ida@elm.example"
    message.set_content("The goats were sold in May.")
    message.make_mixed()
    for content, subtype in (
        ("<p>The quay was widened by nine metres, as the town said.</p>", "html"),
        ("Ida", "plain"),
    ):
        part = EmailMessage()
        part.set_content(content, subtype=subtype)
        message.attach(part)
    assert article(tmp_path / "a.eml", message).text == (
        "The goats were sold in May.\n\nThe quay was widened by nine metres, as the town said.\n\nIda"
    )


def test_what_is_in_an_attached_letter_is_no_part_of_this_one(tmp_path: Path) -> None:
    message, inner = letter(), letter("Of another letter, with many more words than this one has.", None)
    inner.add_attachment("Deeper.", filename="deeper.txt")
    message.add_attachment(inner, filename="other.eml")
    skipped, found = read(tmp_path / "a.eml", message)
    assert isinstance(skipped, SourceFailure)
    assert skipped.source.endswith("other.eml")
    assert isinstance(found, Article)
    assert "another letter" not in found.text


def test_a_part_that_is_no_text_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    message = letter(html=None)
    message.make_mixed()
    part = EmailMessage()
    part.set_content(bytes(range(256)) * 9, maintype="text", subtype="plain", disposition="inline")
    message.attach(part)
    failed, found = read(tmp_path / "a.eml", message)
    assert isinstance(failed, SourceFailure)
    assert failed.reason.startswith("looks like a binary file")
    assert isinstance(found, Article)
    assert found.text == PLAIN.strip()


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_wide_encodings_need_no_mark(tmp_path: Path, charset: str) -> None:
    head = f"From: a@b.example\nContent-Transfer-Encoding: base64\nContent-Type: text/plain; charset={charset}\n\n"
    body = base64.encodebytes("The quay is größer.\n".encode(charset))
    assert article(tmp_path / "a.eml", head.encode() + body).text == "The quay is größer."
