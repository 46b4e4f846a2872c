from __future__ import annotations

import pytest

from qa.evaluation.questions import BadLine, GoldQuestion, read_questions


def test_lines_are_read_with_their_numbers_and_other_keys_are_ignored() -> None:
    lines = [
        '{"question": "who?", "answer": "Ann", "aliases": ["Ann B.", " "], "id": "q1", "history": [["a", "b"]]}\n',
        "\n",
        '{"question": "why?", "answer": " ", "aliases": [], "kind": "why"}',
        '{"question": "how?", "answer": "so", "aliases": null, "history": null}\n',
    ]
    assert list(read_questions(lines)) == [
        GoldQuestion(1, "who?", ("Ann", "Ann B."), "q1", [["a", "b"]]),
        GoldQuestion(3, "why?", ()),
        GoldQuestion(4, "how?", ("so",)),
    ]
    assert list(read_questions([])) == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{\n", "not valid JSON: Expecting property name enclosed in double quotes at character 2"),
        ("[" * 100_000, "not valid JSON: "),
        ('{"question": ' + "1" * 5000 + "}", "not valid JSON: "),
        ("[1]", 'a line is an object like {"question": "...", "answer": "..."}'),
        ('{"answer": "x"}', 'a line is an object like {"question": "...", "answer": "..."}'),
        ('{"question": "x"}', 'a line is an object like {"question": "...", "answer": "..."}'),
        ('{"question": null, "answer": "x"}', '"question" is a text, not NoneType'),
        ('{"question": "x", "answer": 5}', '"answer" is a text, not int'),
        ('{"question": "x", "answer": null}', '"answer" is a text, not NoneType'),
        ('{"question": "x", "answer": "y", "aliases": "z"}', '"aliases" is a list of texts'),
        ('{"question": "x", "answer": "y", "aliases": [5]}', '"aliases" is a list of texts'),
        ('{"question": "x", "answer": "", "aliases": ["z"]}', '"answer" is empty, which says that none is right'),
        ('{"question": "x", "answer": "\\ud800"}', "an answer holds half of a surrogate pair"),
        (b'{"question": "x", "answer": "caf\xe9"}'.decode(errors="replace"), "it is not UTF-8 text"),
    ],
)
def test_a_bad_line_says_what_is_wrong(line: str, reason: str) -> None:
    [bad] = read_questions([line])
    assert isinstance(bad, BadLine)
    assert bad.line == 1
    assert bad.reason.startswith(reason)
    assert "\n" not in bad.reason
