"""Which titles are kept from training, and what is cut from a paragraph."""

from __future__ import annotations

import hashlib

from training.data import held_out, without_tags


def test_a_quarter_of_the_titles_is_held_out_by_their_hash_alone() -> None:
    titles = [f"title {number}" for number in range(2000)]
    assert 0.2 < sum(map(held_out, titles)) / len(titles) < 0.3
    for title in ("", "Ü", *titles[:20]):
        assert held_out(title) == (hashlib.sha256(title.encode()).digest()[-1] % 4 == 0)


def test_the_tags_around_a_paragraph_are_cut_and_it_is_said_how_much_before_it() -> None:
    assert without_tags("<P> The harbour was built in 1802 . </P>") == ("The harbour was built in 1802 .", 4)
    assert without_tags("The harbour, built in 1802.") == ("The harbour, built in 1802.", 0)
