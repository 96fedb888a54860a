"""Accounts, passwords and sessions keep out who should stay out."""

from pathlib import Path

import pytest

from isocenter.core.errors import ConflictError, NotFoundError, OptionError, UnauthenticatedError
from isocenter.trust.accounts import Accounts
from isocenter.trust.attempts import LOCKOUT_S, MAX_FAILURES
from isocenter.trust.passwords import hash_password, new_password, verify_password
from isocenter.trust.permissions import READ, ROLES, WRITE, Identity
from isocenter.trust.sessions import ABSOLUTE_S, IDLE_S, Sessions

PASSWORD = "correct horse battery"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(tmp_path: Path, clock: Clock) -> Accounts:
    return Accounts(tmp_path / "accounts.sqlite", clock=clock)


def test_the_right_password_signs_in_and_the_wrong_one_does_not(accounts: Accounts) -> None:
    assert accounts.is_empty()
    accounts.add("ada", PASSWORD, display_name="Ada", roles=("reader",))
    assert not accounts.is_empty()
    assert accounts.sign_in("ada", PASSWORD) == Identity("ada", "Ada", ("reader",))
    for name, password in (("ada", PASSWORD + "x"), ("eve", PASSWORD), ("ada", "")):
        with pytest.raises(UnauthenticatedError):
            accounts.sign_in(name, password)


def test_guessing_is_slowed_down_and_ends_by_itself(accounts: Accounts, clock: Clock) -> None:
    accounts.add("ada", PASSWORD)
    for _ in range(MAX_FAILURES):
        with pytest.raises(UnauthenticatedError, match="wrong"):
            accounts.sign_in("ada", "not the password")
    with pytest.raises(UnauthenticatedError, match="Too many"):
        accounts.sign_in("ada", PASSWORD)
    clock.now += LOCKOUT_S + 1
    assert accounts.sign_in("ada", PASSWORD).username == "ada"


def test_accounts_refuse_what_makes_no_sense(accounts: Accounts) -> None:
    accounts.add("ada", PASSWORD)
    with pytest.raises(ConflictError):
        accounts.add("ada", PASSWORD)
    for name, password, roles in (
        ("", PASSWORD, ()),
        ("a:b", PASSWORD, ()),
        ("bob", "short", ()),
        ("bob", PASSWORD, ("king",)),
    ):
        with pytest.raises(OptionError):
            accounts.add(name, password, roles=roles)
    with pytest.raises(NotFoundError):
        accounts.set_password("nobody", PASSWORD)


def test_a_new_password_replaces_the_old_one(accounts: Accounts) -> None:
    accounts.add("ada", PASSWORD)
    accounts.set_password("ada", "another password")
    assert accounts.sign_in("ada", "another password").username == "ada"
    with pytest.raises(UnauthenticatedError):
        accounts.sign_in("ada", PASSWORD)


def test_the_file_holds_no_password_and_only_its_owner_reads_it(accounts: Accounts, tmp_path: Path) -> None:
    accounts.add("ada", PASSWORD)
    path = tmp_path / "accounts.sqlite"
    assert path.stat().st_mode & 0o077 == 0
    assert PASSWORD.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_the_same_password_never_has_the_same_hash() -> None:
    first, second = hash_password(PASSWORD), hash_password(PASSWORD)
    assert first != second
    assert verify_password(PASSWORD, first)
    assert verify_password(PASSWORD, second)
    assert not verify_password(PASSWORD + " ", first)
    assert len({new_password() for _ in range(50)}) == 50


def test_roles_grant_what_their_table_says() -> None:
    reader = Identity("r", "r", ("reader",))
    assert reader.may(READ)
    assert not reader.may(WRITE)
    assert all(
        Identity("a", "a", ("administrator",)).may(permission)
        for permissions in ROLES.values()
        for permission in permissions
    )
    assert not Identity("x", "x", ("unknown",)).may(READ)


def test_sessions_end_when_idle_when_old_and_when_signed_out(clock: Clock) -> None:
    sessions = Sessions(clock=clock)
    ada = Identity("ada", "Ada", ("reader",))
    token = sessions.start(ada)
    clock.now += IDLE_S - 1
    assert sessions.identity(token) == ada
    clock.now += IDLE_S + 1
    assert sessions.identity(token) is None
    token, end = sessions.start(ada), clock.now + ABSOLUTE_S
    while clock.now + IDLE_S / 2 < end:
        assert sessions.identity(token) == ada
        clock.now += IDLE_S / 2
    clock.now = end + 1
    assert sessions.identity(token) is None
    token = sessions.start(ada)
    sessions.end(token)
    assert sessions.identity(token) is None
    assert sessions.identity("made up") is None
