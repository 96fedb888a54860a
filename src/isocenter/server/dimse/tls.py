"""TLS for DICOM associations.

Versions and cipher suites are those of BCP 195, which the secure transport profiles of DICOM refer to.
Source: RFC 9325 sec. 3.1 and 4.2; DICOM PS3.15 annexes B.9 (BCP 195 TLS), B.10 and B.11.
"""

from __future__ import annotations

import ssl
from pathlib import Path

from isocenter.core.errors import FileFormatError, NotFoundError, OptionError

# TLS 1.3 has only suites that are recommended; these are for TLS 1.2.
CIPHERS = (
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
)


def listener_context(certificate: Path, key: Path, *, peers_ca: Path | None = None) -> ssl.SSLContext:
    """Return what a listener needs; with `peers_ca` only peers with a certificate from there may call.

    Raises `NotFoundError` or `FileFormatError` for files that are missing or no PEM certificates.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _restrict(context)
    _identify(context, certificate, key)
    if peers_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        _trust(context, peers_ca)
    return context


def caller_context(*, ca: Path, certificate: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
    """Return what a caller needs: whom it trusts, and its own certificate if the peer asks for one.

    The certificate must come from `ca`; its name is not compared with the host, because DICOM nodes are known by
    address and AE title (PS3.15 annex B.9 leaves the choice to the site).
    """
    if (certificate is None) != (key is None):
        raise OptionError("A certificate and its key go together.", field="certificate, key", found="only one of them")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    _restrict(context)
    _trust(context, ca)
    if certificate is not None and key is not None:
        _identify(context, certificate, key)
    return context


def _restrict(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION


def _identify(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    _require_files(certificate, key)
    try:
        context.load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        raise FileFormatError(
            "The certificate or its key cannot be used.",
            file=f"{certificate.name}, {key.name}",
            found=error.reason or "not PEM",
            expected="a certificate and its unencrypted private key, in PEM",
        ) from None


def _trust(context: ssl.SSLContext, ca: Path) -> None:
    _require_files(ca)
    try:
        context.load_verify_locations(ca)
    except ssl.SSLError as error:
        raise FileFormatError(
            "The certificates to trust cannot be read.", file=ca.name, found=error.reason or "not PEM", expected="PEM"
        ) from None


def _require_files(*paths: Path) -> None:
    for path in paths:
        if not path.is_file():
            raise NotFoundError("There is no such file.", file=str(path), expected="a file in PEM")
