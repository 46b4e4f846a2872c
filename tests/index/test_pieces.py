"""The encoder's pieces: what texts are cut into, what the vectors are, and files that are not what they were."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.errors import EmbeddingModelError
from index.pieces import (
    BLOCK,
    BLOCK_BYTES,
    FOLDER,
    LATIN,
    LATIN_IDS,
    VECTORS,
    VOCABULARY,
    Encoded,
    Pieces,
    _encoded,
    floats,
    load_pieces,
)

TEXTS = {
    "English": 'The envoy said: "It\'s 3.5 million," in Moscow (Russia).',
    "German": "Der Sondergesandte reist nach Köln – zum Prime-Minister.",
    "Chinese": "白宫表示,特使将于12月3日前往莫斯科。",
    "Japanese": "ブリッジは2024年に開通した。",
    "Arabic": "قال الوزير إن الجسر سيفتح.",
    "Thai": "สะพานเปิดแล้ว",
    "marks": "e\u0301 ﬁne １２ Ⅻ x\u00adx \u200b👩‍👩‍👧",
    "space": "  a\n\n\tb \u3000",
}


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    return load_pieces()


def said(text: str, encoded: Encoded) -> list[str]:
    return [text[start:end] for start, end in encoded.offsets]


def words_of(text: str, encoded: Encoded) -> list[str]:
    """The characters of the pieces of each word."""
    found: dict[int, tuple[int, int]] = {}
    for word, (start, end) in zip(encoded.words, encoded.offsets, strict=True):
        first, last = found.get(word, (start, end))
        found[word] = min(first, start), max(last, end)
    return [text[start:end] for start, end in found.values()]


@pytest.mark.parametrize("name", TEXTS)
def test_every_piece_stands_in_the_text_without_space_around_it_and_in_order(pieces: Pieces, name: str) -> None:
    text = TEXTS[name]
    [encoded] = pieces.encode([text])
    assert len(encoded.ids) == len(encoded.offsets) == len(encoded.words) > 0
    assert all(each and each.strip() == each for each in said(text, encoded))
    assert list(encoded.offsets) == sorted(encoded.offsets)
    assert list(encoded.words) == sorted(encoded.words)


@pytest.mark.parametrize("name", TEXTS)
def test_letters_and_digits_belong_to_some_piece(pieces: Pieces, name: str) -> None:
    text = TEXTS[name]
    [encoded] = pieces.encode([text])
    covered = {at for start, end in encoded.offsets for at in range(start, end)}
    assert {at for at, each in enumerate(text) if each.isalnum()} <= covered


def test_a_word_is_letters_and_digits_in_a_row_and_marks_are_not_part_of_it(pieces: Pieces) -> None:
    text = "The goalkeeper's un-put-downable Dodgers' win."
    words = words_of(text, pieces.encode([text])[0])
    assert words == ["The", "goalkeeper", "'", "s", "un", "-", "put", "-", "downable", "Dodgers", "'", "win", "."]


@pytest.mark.parametrize("text", ["白宫表示特使前往莫斯科", "สะพานเปิดแล้ว"])
def test_in_scripts_without_spaces_a_piece_is_not_made_longer(pieces: Pieces, text: str) -> None:
    [encoded] = pieces.encode([text])
    assert len(set(encoded.words)) > 2


@pytest.mark.parametrize(
    "text",
    [
        TEXTS["English"], TEXTS["German"], TEXTS["marks"], "naïve façade, Łódź, İstanbul, Đà Nẵng",
        "“Quote” – it’s 5 € … ok",
        "x\u0301y ½ ª µm ™ ´ ﬁ", "📺 Live ⚽ 2–1 🇮🇹 👩‍👩‍👧 → ★ «ok» 、。",
        "A" * 300, "don't-stop_me.now@example.com 1,234.5%", "\x00\x07 tab\tline\nend",
    ],
)  # fmt: skip
def test_a_text_in_latin_script_is_cut_as_all_pieces_would(pieces: Pieces, text: str) -> None:
    whole = pieces._all.encode(text, add_special_tokens=False)
    assert pieces.encode([text])[0] == _encoded(text, whole, whole.ids)


def test_emoji_and_signs_do_not_call_for_the_pieces_of_all_scripts() -> None:
    fresh = Pieces()
    fresh.encode(["📺 Watch ⚽ live 🔥 → ★ ✅ ﬁ ™", TEXTS["marks"]])
    assert "_all" not in vars(fresh)
    fresh.encode(["Москва"])
    assert "_all" in vars(fresh)


def test_texts_in_several_scripts_come_back_in_order(pieces: Pieces) -> None:
    texts = ["Anna", "东京", "Ben", "Москва и Anna", "Anna"]
    assert pieces.encode(texts) == [pieces.encode([text])[0] for text in texts]


def test_texts_come_back_in_order_and_an_empty_one_has_no_pieces(pieces: Pieces) -> None:
    a, nothing, b, again = pieces.encode(["Anna came", "", "Ben left", "Anna came"])
    assert a == again != b
    assert nothing == pieces.encode(["  \n"])[0] == Encoded((), (), ())
    assert pieces.encode([]) == []


def test_vectors_are_those_of_the_pieces_whatever_the_shape(pieces: Pieces) -> None:
    ids: NDArray[np.int64] = np.array([[pieces.begin, 250_000, 7], [7, pieces.end, 125_019]], dtype=np.int64)
    found = pieces.vectors(ids)
    assert found.shape == (2, 3, pieces.dimensions)
    assert found.dtype == np.float32
    assert np.array_equal(found[0, 2], found[1, 0])
    assert len({each.tobytes() for each in found.reshape(6, -1)}) == 5
    for place in np.ndindex(2, 3):
        assert np.array_equal(pieces.vectors(ids[place].reshape(1))[0], found[place])
    assert pieces.vectors(np.zeros((0, 4), np.int64)).shape == (0, 4, pieces.dimensions)


def test_similar_words_have_similar_vectors_across_languages(pieces: Pieces) -> None:
    """The right rows are read: translations are nearer than words that have nothing to do with each other."""

    def vector(word: str) -> NDArray[np.float32]:
        [encoded] = pieces.encode([word])
        assert len(encoded.ids) == 1
        found = pieces.vectors(np.array(encoded.ids))[0]
        return np.asarray(found / np.linalg.norm(found))

    assert vector("Monday") @ vector("Montag") > vector("Monday") @ vector("Berlin")


def test_a_block_is_its_scale_times_halves_of_bytes_less_eight() -> None:
    block = np.zeros((1, BLOCK_BYTES), np.uint8)
    block[0, :2] = np.frombuffer(np.float16(0.5).tobytes(), np.uint8)
    block[0, 2:] = 0xF0 + np.arange(16)
    [found] = floats(block)
    assert len(found) == BLOCK
    assert found[:16].tolist() == [(each - 8) / 2 for each in range(16)]
    assert found[16:].tolist() == [3.5] * 16


def test_the_pieces_of_a_folder_are_read_once() -> None:
    assert load_pieces() is load_pieces()


@pytest.mark.parametrize("name", [VOCABULARY, LATIN, LATIN_IDS, VECTORS.format(1)])
def test_a_file_of_which_a_byte_changed_is_named(tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "weights"))
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(EmbeddingModelError, match=f"{name} is damaged: its SHA-256 is not") as raised:
        Pieces(folder)
    assert str(raised.value).endswith("Install article-qa again.")


@pytest.mark.parametrize("name", [VOCABULARY, LATIN, VECTORS.format(0), "pieces.provenance.json"])
def test_a_file_that_is_missing_or_empty_is_an_error_that_says_what_to_do(tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "weights"))
    for change in (lambda path: path.write_bytes(b""), Path.unlink):
        change(folder / name)
        with pytest.raises(EmbeddingModelError, match=r"cannot be read: .* Install article-qa again\.$") as raised:
            Pieces(folder)
        assert str(folder) in str(raised.value)
