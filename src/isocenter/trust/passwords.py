"""Passwords kept as scrypt hashes.

Source: RFC 7914 (scrypt); cost N = 2^15, r = 8, p = 1 (OWASP Password Storage Cheat Sheet asks for N >= 2^15 with p = 3
or 2^17 with p = 1; p is 3 here).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

_N, _R, _P = 2**15, 8, 3
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
MINIMUM_LENGTH = 10


def hash_password(password: str) -> str:
    """Return ``scrypt$N$r$p$salt$hash`` with a new random salt."""
    salt = secrets.token_bytes(16)
    return f"scrypt${_N}${_R}${_P}${salt.hex()}${_derive(password, salt, _N, _R, _P).hex()}"


def hash_of_nobody() -> str:
    """Return what no password fits, though to find that out takes as long as for any other."""
    return f"scrypt${_N}${_R}${_P}${secrets.token_hex(16)}${secrets.token_hex(32)}"


def verify_password(password: str, stored: str) -> bool:
    """Return whether `password` belongs to a hash made by `hash_password`, in constant time."""
    _, n, r, p, salt, expected = stored.split("$")
    return hmac.compare_digest(_derive(password, bytes.fromhex(salt), int(n), int(r), int(p)).hex(), expected)


def new_password() -> str:
    """Return a random password of 75 bits that can be read aloud: three groups of five letters."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(3))


def _derive(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=256 * n * r, dklen=32)
