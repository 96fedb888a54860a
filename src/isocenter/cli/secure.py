"""The options of every command that speaks to a DICOM node with TLS."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from isocenter.core.errors import OptionError
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.tls import caller_context


def add_tls(parser: argparse.ArgumentParser) -> None:
    """Add the options to a parser."""
    parser.add_argument("--tls-ca", type=Path, metavar="PEM", help="speak TLS, and trust this authority")
    parser.add_argument("--certificate", type=Path, metavar="PEM", help="our certificate, if the node asks for one")
    parser.add_argument("--key", type=Path, metavar="PEM", help="its key")


def with_tls(peer: Peer, options: argparse.Namespace) -> Peer:
    """Return the peer as the options say it is to be spoken to."""
    if options.tls_ca is None:
        if options.certificate is not None or options.key is not None:
            raise OptionError("A certificate is for TLS.", field="certificate", remedy="Give --tls-ca too.")
        return peer
    return replace(peer, tls=caller_context(ca=options.tls_ca, certificate=options.certificate, key=options.key))
