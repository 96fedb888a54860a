"""How a segment ends: with the SHA-256 of every object in it, in the form that ``sha256sum --check`` reads."""

from __future__ import annotations

from collections.abc import Mapping

import xxhash

from isocenter.archive.tar_blocks import MANIFEST, Member, empty_member, member_header, padding

_LAST = empty_member("end-of-segment")  # some tar programs want a member behind the last padding


def ending(sums: Mapping[int, tuple[str, str]], token: str) -> bytes:
    """Return the last blocks of a segment: its manifest, from name and SHA-256 by start, and an empty member."""
    text = "".join(f"{sha256}  {name}\n" for _, (name, sha256) in sorted(sums.items())).encode()
    manifest = Member(MANIFEST, xxhash.xxh3_128_hexdigest(text), len(text), 0, "", token)
    return member_header(manifest) + text + padding(len(text)) + _LAST


def is_last_block(block: bytes) -> bool:
    """Return whether a segment that ends with this block was closed in order."""
    return block == _LAST


def read_manifest(text: bytes) -> dict[str, str]:
    """Return SHA-256 by name."""
    lines = (line.split("  ", 1) for line in text.decode("utf-8", "replace").splitlines())
    return {parts[1]: parts[0] for parts in lines if len(parts) == 2}
