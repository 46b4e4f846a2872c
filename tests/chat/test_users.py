"""Users of the chat: their file, their passwords, and what too many wrong ones do."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

import bcrypt
import pytest

from chat import users as module
from chat.users import FAILURES, REMEMBERED_S, WINDOW_S, Users, UsersError, main, set_password

PASSWORD = "a lamp that stays lit"
SALT = b"$2b$04$ArticleQAtestsalt0000u"  # a fixed one: hashes are in the names of tests


def line(name: str, password: str = PASSWORD, kind: str = "2b") -> str:
    """A user's line, at bcrypt's least cost."""
    return f"{name}:{bcrypt.hashpw(password.encode(), SALT).decode().replace('2b', kind, 1)}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "users"
    write(path, line("nora") + line("dele", "forty hives"))
    return path


def write(path: Path, text: str, mode: int = 0o600) -> None:
    path.unlink(missing_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Compared:
    """Counts how often bcrypt compares, and remembers what with."""

    def __init__(self, compare: Callable[[bytes, bytes], bool]) -> None:
        self.compare = compare
        self.hashes: list[bytes] = []

    def __call__(self, password: bytes, hashed: bytes) -> bool:
        self.hashes.append(hashed)
        return self.compare(password, hashed)


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> Compared:
    compared = Compared(bcrypt.checkpw)
    monkeypatch.setattr(bcrypt, "checkpw", compared)
    return compared


# Passwords


def test_the_right_password_of_a_user_is_right_and_nothing_else_is(file: Path) -> None:
    users = Users.from_file(file)
    assert users.check("nora", PASSWORD)
    assert users.check("dele", "forty hives")
    for name, password in [
        ("nora", "forty hives"), ("dele", PASSWORD), ("nora", ""), ("", PASSWORD), ("Nora", PASSWORD),
        ("nora ", PASSWORD), ("nora", PASSWORD + " "), ("nobody", PASSWORD), ("n" * 10_000, PASSWORD),
        ("nora", "\ud800"), ("\ud800", PASSWORD), ("nora", "a\0b"),
    ]:  # fmt: skip
        assert not users.check(name, password)


@pytest.mark.parametrize("kind", ["2a", "2b", "2y"])
def test_hashes_are_read_as_every_program_writes_them(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "users"
    write(path, f"# who may ask\n\n{line('nora', kind=kind)}")
    assert Users.from_file(path).check("nora", PASSWORD)


def test_a_password_counts_up_to_what_bcrypt_reads_as_in_other_programs(tmp_path: Path) -> None:
    long = "ß" * 36  # 72 bytes
    write(tmp_path / "users", line("nora", long))
    users = Users.from_file(tmp_path / "users")
    assert users.check("nora", long)
    assert users.check("nora", long + "and more")
    assert not users.check("nora", long[:-1])
    with pytest.raises(UsersError, match="longer than 72 bytes"):
        set_password(tmp_path / "users", "nora", long + "!")


def test_an_unknown_name_is_compared_with_the_costliest_hash(tmp_path: Path, compared: Compared) -> None:
    costly = f"dele:{bcrypt.hashpw(b'x', bcrypt.gensalt(6)).decode()}\n"
    write(tmp_path / "users", line("nora") + costly)
    assert not Users.from_file(tmp_path / "users").check("nobody", PASSWORD)
    assert [hashed[:7] for hashed in compared.hashes] == [b"$2b$06$"]


def test_a_password_that_was_right_is_not_hashed_again_for_a_while(file: Path, compared: Compared) -> None:
    clock = Clock()
    users = Users.from_file(file, clock=clock)
    for _ in range(50):
        assert users.check("nora", PASSWORD)
    assert len(compared.hashes) == 1
    assert not users.check("dele", PASSWORD)
    assert not users.check("nora", "another one")
    clock.now += REMEMBERED_S
    assert users.check("nora", PASSWORD)
    assert len(compared.hashes) == 4


def test_nothing_that_is_kept_holds_a_password(file: Path) -> None:
    users = Users.from_file(file)
    pair = Users.from_pair("ruth", PASSWORD)
    assert users.check("nora", PASSWORD)
    assert pair.check("ruth", PASSWORD)
    assert PASSWORD not in repr([vars(users), vars(pair)])


# Too many


def test_after_ten_wrong_passwords_a_name_is_refused_for_a_minute(file: Path, compared: Compared) -> None:
    clock = Clock()
    users = Users.from_file(file, clock=clock)
    for _ in range(FAILURES):
        assert not users.check("nora", "wrong")
    assert not users.check("nora", PASSWORD)
    assert len(compared.hashes) == FAILURES
    assert users.check("dele", "forty hives")
    clock.now += WINDOW_S
    assert users.check("nora", PASSWORD)


def test_who_was_right_a_moment_ago_cannot_be_locked_out_by_others(file: Path) -> None:
    users = Users.from_file(file, clock=Clock())
    assert users.check("nora", PASSWORD)
    for _ in range(FAILURES + 5):
        assert not users.check("nora", "wrong")
    assert users.check("nora", PASSWORD)


def test_after_ten_wrong_passwords_an_address_is_refused_whatever_the_name(file: Path) -> None:
    clock = Clock()
    users = Users.from_file(file, clock=clock)
    for number in range(FAILURES):
        assert not users.check(f"name{number}", "wrong", "192.0.2.7")
    assert not users.check("nora", PASSWORD, "192.0.2.7")
    assert users.check("nora", PASSWORD, "192.0.2.8")
    clock.now += WINDOW_S
    assert users.check("dele", "forty hives", "192.0.2.7")


def test_right_passwords_do_not_count_and_do_not_wipe_out_wrong_ones(file: Path) -> None:
    clock = Clock()
    users = Users.from_file(file, clock=clock)
    for _ in range(FAILURES - 1):
        assert not users.check("nora", "wrong", "192.0.2.7")
        clock.now += REMEMBERED_S / 1e6
    for _ in range(3 * FAILURES):
        assert users.check("dele", "forty hives", "192.0.2.7")
    assert not users.check("dele", "wrong", "192.0.2.7")
    assert not users.check("nora", PASSWORD, "192.0.2.7")


def test_many_at_once_get_no_more_attempts(file: Path, compared: Compared) -> None:
    users = Users.from_file(file)
    threads = [threading.Thread(target=users.check, args=("nora", "wrong")) for _ in range(4 * FAILURES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(compared.hashes) == FAILURES


def test_what_is_remembered_is_bounded(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT", 20)
    users = Users.from_file(file)
    for number in range(60):
        users.check(f"name{number}", "wrong", f"192.0.2.{number}")
    assert len(users._attempts.times) == 20


# The file


def test_a_changed_file_counts_at_once(file: Path) -> None:
    users = Users.from_file(file)
    assert users.check("nora", PASSWORD)
    stamp = users.stamp("nora")
    assert stamp == users.stamp("nora")
    write(file, line("nora", "another one") + line("ruth"))
    assert not users.check("nora", PASSWORD)
    assert users.check("nora", "another one")
    assert users.check("ruth", PASSWORD)
    assert not users.check("dele", "forty hives")
    assert users.stamp("nora") not in {stamp, None}
    assert users.stamp("dele") is None


def test_while_the_file_cannot_be_read_nobody_gets_in_and_the_log_says_so_once(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    users = Users.from_file(file)
    assert users.check("nora", PASSWORD)
    text = file.read_text(encoding="utf-8")
    with caplog.at_level(logging.ERROR):
        for broken in (None, "nonsense\n", ""):
            file.unlink(missing_ok=True)
            if broken is not None:
                write(file, broken)
            caplog.clear()
            assert not users.check("nora", PASSWORD)
            assert not users.check("nora", PASSWORD)
            [message] = caplog.messages
            assert message.startswith("Nobody can log in. ")
            assert str(file) in message
    write(file, text)
    assert users.check("nora", PASSWORD)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("nora:open sesame\n", "line 1, is not a name, a colon and a bcrypt hash. Remove it, and write it anew with "),
        ("# all\nnora\n", "line 2, is not a name"),
        ("nora:$apr1$Q8hS6x1V$0Fq8yQk2y1r9fV3mR5u7a.\n", "or with htpasswd -B."),
        (line("nora").replace("$04$", "$99$"), "line 1, is not a name"),
        (line(" ").replace(" ", "", 1), "line 1, is not a name"),
        (line("a/b"), "line 1, is not a name"),
        (line("nora") + line("nora"), "line 2, is a user who is there already. Remove one of the two lines."),
        ("", "There is no user in "),
        ("# nobody yet\n\n", "Add one: python -m chat.users "),
    ],
)
def test_a_bad_file_is_an_error_that_says_what_to_do_and_shows_no_password(
    tmp_path: Path, text: str, error: str
) -> None:
    write(tmp_path / "users", text)
    with pytest.raises(UsersError) as raised:
        Users.from_setting(str(tmp_path / "users"))
    assert error in str(raised.value)
    assert "sesame" not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(UsersError, match=r"^Others may write the users file .*chmod 600 "):
        Users.from_file(file)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_file_that_others_may_read_is_warned_of(file: Path) -> None:
    assert Users.from_file(file).warnings() == []
    file.chmod(0o640)
    assert Users.from_file(file).warnings() == []
    file.chmod(0o644)
    [warning] = Users.from_file(file).warnings()
    assert warning == f"Others on this machine may read the users file {file}. Run: chmod 600 {file}"


def test_what_is_no_file_that_can_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsersError, match="Is a directory"):
        Users.from_setting(str(tmp_path))
    (tmp_path / "users").write_bytes(b"\xff\xfe")
    with pytest.raises(UsersError, match="is no text"):
        Users.from_setting(str(tmp_path / "users"))


# The setting


def test_a_pair_makes_one_user_and_is_warned_of_on_a_command_line() -> None:
    users = Users.from_setting("nora:a lamp: that stays lit")
    assert users.check("nora", "a lamp: that stays lit")
    assert not users.check("nora", PASSWORD)
    assert users.warnings()[0].startswith("The password stands on the command line, where others")
    assert Users.from_setting(f"nora:{PASSWORD}", on_command_line=False).warnings() == []


def test_a_file_comes_before_a_pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "nora:and a long word", line("dele"))
    assert Users.from_setting("nora:and a long word").check("dele", PASSWORD)


@pytest.mark.parametrize("value", ["users.txt", "./no/such:file", "C:\\users\\all.txt", "c:/users.txt", "/etc/x"])
def test_a_path_where_nothing_is_is_no_pair(value: str) -> None:
    with pytest.raises(UsersError) as raised:
        Users.from_setting(value)
    assert str(raised.value).startswith(f"There is no users file {value}. Make it: python -m chat.users ")


@pytest.mark.parametrize(
    ("value", "error"),
    [("nora:ab12", "too short"), (":long enough", "cannot be a user's name"), (f"nora:{'x' * 73}", "longer than 72")],
)
def test_a_pair_that_cannot_be_is_an_error_without_the_password(value: str, error: str) -> None:
    with pytest.raises(UsersError, match=error) as raised:
        Users.from_setting(value)
    assert value.partition(":")[2] not in str(raised.value)


# python -m chat.users


def asked(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    given = iter(answers)
    monkeypatch.setattr("getpass.getpass", lambda _: next(given))


def test_a_user_is_added_and_then_changed_and_the_rest_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "users"
    asked(monkeypatch, PASSWORD, PASSWORD)
    assert main([str(path), "nora"]) == 0
    assert capsys.readouterr() == (f"Added nora in {path}\n", "")
    write(path, f"# our readers\n{path.read_text(encoding='utf-8')}{line('dele', 'forty hives')}", 0o644)
    asked(monkeypatch, "another one", "another one")
    assert main([str(path), "nora"]) == 0
    assert capsys.readouterr().out == f"Changed nora in {path}\n"
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600
    users = Users.from_file(path)
    assert users.check("nora", "another one")
    assert users.check("dele", "forty hives")
    assert path.read_text(encoding="utf-8").startswith("# our readers\nnora:$2b$12$")
    assert [each.name for each in tmp_path.iterdir()] == ["users"]


def test_a_link_to_the_file_stays_a_link(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(file)
    assert set_password(link, "nora", "another one")
    assert link.is_symlink()
    assert Users.from_file(file).check("nora", "another one")


@pytest.mark.parametrize(
    ("name", "answers", "error"),
    [
        ("nora", (PASSWORD, PASSWORD + "x"), "The two passwords differ. Nothing was changed; try again."),
        ("nora", ("short", "short"), "The password is too short. Take 8 characters or more."),
        ("no:ra", (), "'no:ra' cannot be a user's name."),
        ("nora\n", (), "cannot be a user's name."),
    ],
)
def test_what_cannot_be_changes_nothing(  # noqa: PLR0917
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    answers: tuple[str, ...],
    error: str,
) -> None:
    before = file.read_bytes()
    asked(monkeypatch, *answers)
    assert main([str(file), name]) == 1
    assert error in capsys.readouterr().err
    assert file.read_bytes() == before


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsersError, match=r"Cannot write the users file .*: No such file or directory"):
        set_password(tmp_path / "nowhere" / "users", "nora", PASSWORD)


def test_whoever_thinks_better_of_it_changes_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("getpass.getpass", interrupted)
    assert main([str(file), "nora"]) == 130
    assert "nothing was changed" in capsys.readouterr().err
