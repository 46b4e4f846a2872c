"""Who may use the chat: names and bcrypt hashes, from a file as `htpasswd -B` writes it, or one pair in memory.

`python -m chat.users FILE NAME` asks for a password and writes or replaces that user's line.
"""

from __future__ import annotations

import hmac
import logging
import os
import re
import secrets
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from index.errors import ArticleQAError
from index.files import write_atomically
from qa.commands.terminal import complain, say

FAILURES = 10  # wrong passwords within WINDOW_S for a name, or from an address, after which it is refused
WINDOW_S = 60.0
REMEMBERED_S = 600.0  # a password that was right is not hashed again for so long
MIN_PASSWORD_CHARS = 8
_NAME_CHARS = 100
_PASSWORD_BYTES = 72  # bcrypt reads no further
_KEPT = 1000  # names, addresses and successes that are remembered, the latest ones
_HASH = re.compile(r"\$2[aby]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}")
_HOW = "python -m chat.users"

logger = logging.getLogger(__name__)


class UsersError(ArticleQAError):
    """Users that cannot be read, written or understood."""


class Users:
    """The users of one server. Any number of threads may use it at once; a file is read again when it changes."""

    def __init__(
        self,
        hashes: Mapping[str, str],
        path: Path | None = None,
        *,
        on_command_line: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take bcrypt hashes by name; `clock` is in seconds."""
        self.path = path
        self.on_command_line = on_command_line
        self._hashes = dict(hashes)
        self._state = _state(path)
        self._clock = clock
        self._lock = threading.Lock()
        self._attempts = _Attempts(clock)
        self._successes: OrderedDict[bytes, float] = OrderedDict()
        self._secret = secrets.token_bytes(32)

    @classmethod
    def from_setting(cls, value: str, *, on_command_line: bool = True) -> Users:
        """Users from the path of a file that is there, else from NAME:PASSWORD. Raises UsersError for anything else."""
        path = Path(value).expanduser()
        if path.exists():
            return cls.from_file(path)
        name, colon, password = value.partition(":")
        is_path = "/" in name or "\\" in name or (len(name) == 1 and password[:1] in {"/", "\\"})
        if not colon or is_path:
            raise UsersError(f"There is no users file {value}. Make it: {_HOW} {value} NAME. Or give NAME:PASSWORD.")
        return cls.from_pair(name, password, on_command_line=on_command_line)

    @classmethod
    def from_file(cls, path: Path, *, clock: Callable[[], float] = time.monotonic) -> Users:
        """Users from a file. Raises UsersError where it cannot be read or trusted."""
        return cls(_read(path), path, clock=clock)

    @classmethod
    def from_pair(
        cls, name: str, password: str, *, on_command_line: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> Users:
        """One user, of whose password only the hash is kept."""
        _check_name(name)
        return cls({name: _hashed(password)}, on_command_line=on_command_line, clock=clock)

    def check(self, name: str, password: str, address: str = "") -> bool:
        """Whether that is the user's password.

        An unknown name takes as much work as a known one. After FAILURES wrong ones within WINDOW_S seconds for a name,
        or from an address where one is given, all are refused until the first of them is that old; but for passwords
        that were right a short while ago, so that others cannot lock out who is at work.
        """
        import bcrypt

        if len(name) > _NAME_CHARS:
            return False
        hashes = self._current()
        if not hashes:
            return False
        known = hashes.get(name)
        given = password.encode("utf-8", "surrogatepass")[:_PASSWORD_BYTES]
        # Keyed, and with the hash in it: says nothing of the password, and a new password makes the old one's useless.
        seen = hmac.digest(
            self._secret, b"\0".join([name.encode("utf-8", "replace"), str(known).encode(), given]), "sha256"
        )
        keys = [f"name {name}", *([f"address {address}"] if address else [])]
        with self._lock:
            if self._clock() - self._successes.get(seen, float("-inf")) < REMEMBERED_S:
                return True
            if not self._attempts.begin(keys):
                return False
        compared = known or max(hashes.values(), key=_cost)
        if not bcrypt.checkpw(given, compared.encode()) or known is None:
            return False
        with self._lock:
            self._attempts.succeeded(keys)
            self._successes[seen] = self._clock()
            self._successes.move_to_end(seen)
            while len(self._successes) > _KEPT:
                self._successes.popitem(last=False)
        return True

    def stamp(self, name: str) -> str | None:
        """Something that changes with the user's password; None for who is no user, or no longer."""
        return self._current().get(name)

    def warnings(self) -> list[str]:
        """What is not as it should be about where the users come from, a line each."""
        if self.on_command_line:
            return [
                "The password stands on the command line, where others on this machine can read it. "
                f"Keep users in a file: {_HOW} FILE NAME, and --auth FILE."
            ]
        if self.path is not None and os.name == "posix" and self.path.exists() and self.path.stat().st_mode & 0o004:
            return [f"Others on this machine may read the users file {self.path}. Run: chmod 600 {self.path}"]
        return []

    def _current(self) -> dict[str, str]:
        if self.path is None:
            return self._hashes
        state = _state(self.path)
        with self._lock:
            if state != self._state:
                try:
                    self._hashes = _read(self.path)
                except UsersError as error:
                    self._hashes = {}  # rather than those who were users before: one of them may have been removed
                    logger.error("Nobody can log in. %s", error)
                self._state = state
            return self._hashes


class _Attempts:
    """Attempts of the last minute that were not right, by name and by address. Not safe for threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.times: OrderedDict[str, list[float]] = OrderedDict()

    def begin(self, keys: Sequence[str]) -> bool:
        """Note an attempt as failed, before it is known, so that many at once gain nothing; False: refused."""
        now = self.clock()
        recent = {key: [then for then in self.times.get(key, ()) if now - then < WINDOW_S] for key in keys}
        if any(len(times) >= FAILURES for times in recent.values()):
            return False
        for key, times in recent.items():
            self.times[key] = [*times, now]
            self.times.move_to_end(key)
        while len(self.times) > _KEPT:
            self.times.popitem(last=False)
        return True

    def succeeded(self, keys: Sequence[str]) -> None:
        """Take one attempt back."""
        for key in keys:
            if self.times.get(key):
                self.times[key].pop()


def _state(path: Path | None) -> tuple[int, ...] | None:
    """What tells one content of a file from another; None without a file."""
    try:
        stat = path.stat() if path else None
    except OSError:
        return None
    return (stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino) if stat else None


def _read(path: Path) -> dict[str, str]:
    """The hashes of a file, by name. Messages name a line by its number only: it may hold a password."""
    lines = _lines(path)
    if os.name == "posix" and path.stat().st_mode & 0o022:
        raise UsersError(
            f"Others may write the users file {path}, and so let themselves in. Look at who is in it, then run: "
            f"chmod 600 {path}"
        )
    hashes: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, hashed = line.strip().partition(":")
        if not _HASH.fullmatch(hashed) or not _is_name(name):
            raise UsersError(
                f"{path}, line {number}, is not a name, a colon and a bcrypt hash. Remove it, and write it anew with "
                f"{_HOW} {path} NAME, or with htpasswd -B."
            )
        if name in hashes:
            raise UsersError(f"{path}, line {number}, is a user who is there already. Remove one of the two lines.")
        hashes[name] = hashed
    if not hashes:
        raise UsersError(f"There is no user in {path}. Add one: {_HOW} {path} NAME")
    return hashes


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError as exc:
        raise UsersError(
            f"Cannot read the users file {path}: {exc.strerror}. Make it a file that this user may read: "
            f"{_HOW} {path} NAME"
        ) from exc
    except UnicodeDecodeError as exc:
        raise UsersError(f"The users file {path} is no text. Make a new one: {_HOW} FILE NAME") from exc


def _is_name(name: str) -> bool:
    return 0 < len(name) <= _NAME_CHARS and name == name.strip() and name.isprintable() and not set(name) & set(":/\\#")


def _check_name(name: str) -> None:
    if not _is_name(name):
        raise UsersError(
            f"{name!r} cannot be a user's name. Take up to {_NAME_CHARS} letters, digits and signs, but : / \\ and #."
        )


def _hashed(password: str) -> str:
    import bcrypt

    given = password.encode("utf-8", "surrogatepass")
    if len(given) > _PASSWORD_BYTES:
        raise UsersError(f"The password is longer than {_PASSWORD_BYTES} bytes, which bcrypt cannot use. Shorten it.")
    if len(password) < MIN_PASSWORD_CHARS:
        raise UsersError(f"The password is too short. Take {MIN_PASSWORD_CHARS} characters or more.")
    return bcrypt.hashpw(given, bcrypt.gensalt()).decode("ascii")


def _cost(hashed: str) -> int:
    return int(hashed[4:6])


def set_password(path: Path, name: str, password: str) -> bool:
    """Write or replace the user's line; gives whether it was there before. Only the file's owner may read it then.

    Raises UsersError for a name or a password that cannot be, and where the file cannot be read or written.
    """
    _check_name(name)
    path = path.resolve()  # a link stays a link
    lines = _lines(path) if path.exists() else []
    line = f"{name}:{_hashed(password)}"
    places = [number for number, old in enumerate(lines) if old.strip().partition(":")[0] == name]
    for number in places:
        lines[number] = line
    if not places:
        lines.append(line)
    try:
        write_atomically(path, "".join(f"{each}\n" for each in lines))  # a new file with mode 600
    except OSError as exc:
        raise UsersError(f"Cannot write the users file {path}: {exc.strerror}. Name one in a folder of yours.") from exc
    return bool(places)


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask twice for a password and write it into a users file; the exit status is that of `qa`."""
    import argparse
    from getpass import getpass

    parser = argparse.ArgumentParser(
        prog=_HOW, description="Add a user of the chat to a file for `qa chat --auth FILE`, or change the password."
    )
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("name", metavar="NAME")
    options = parser.parse_args(arguments)
    try:
        _check_name(options.name)
        password = getpass(f"Password for {options.name}: ")
        if getpass("Again: ") != password:
            raise UsersError("The two passwords differ. Nothing was changed; try again.")
        was_there = set_password(options.file, options.name, password)
    except ArticleQAError as exc:
        complain(f"{_HOW}: {exc}")
        return 1
    except (KeyboardInterrupt, EOFError):
        print(f"{_HOW}: nothing was changed.", file=sys.stderr)
        return 130
    say(f"{'Changed' if was_there else 'Added'} {options.name} in {options.file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
