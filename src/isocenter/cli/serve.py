"""isocenter serve: start the department and say where it is."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
import webbrowser
from dataclasses import replace
from pathlib import Path

from isocenter.cli.command import Command
from isocenter.core.errors import NotFoundError, OptionError
from isocenter.core.progress import progress_bar
from isocenter.server.department import Department, first_sign_in, open_department, renew_sign_in
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.tls import caller_context
from isocenter.server.running import Doors, running
from isocenter.server.settings import Settings, default_data_dir

TLS_PREFIX = "tls:"


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        default=default_data_dir(),
        metavar="FOLDER",
        help="where everything is kept (default: %(default)s)",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: %(default)s, this machine only)"
    )
    parser.add_argument("--port", type=int, default=8080, help="web port (default: %(default)s)")
    parser.add_argument("--dicom-port", type=int, default=11112, help="DICOM port (default: %(default)s)")
    parser.add_argument("--ae-title", default="ISOCENTER", help="this department's AE title (default: %(default)s)")
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="AET",
        help="an AE title that may call, AET@ADDRESS only from there; repeatable (default: any, from this machine)",
    )
    parser.add_argument(
        "--node",
        action="append",
        default=[],
        metavar="AET@HOST:PORT",
        help="another DICOM node, which C-MOVE may send to; tls:AET@HOST:PORT if it speaks TLS; repeat for more",
    )
    parser.add_argument(
        "--node-tls-ca",
        type=Path,
        metavar="PEM",
        help="nodes named with tls: need a certificate from this authority; ours is --certificate",
    )
    parser.add_argument(
        "--routes", type=Path, metavar="TOML", help="rules by which instances that arrive go on to other nodes"
    )
    parser.add_argument(
        "--notify",
        action="append",
        default=[],
        metavar="AET@HOST:PORT",
        help="a DICOM node that is told when a study has come (instance availability); repeat for more",
    )
    parser.add_argument(
        "--worklist", type=Path, metavar="FOLDER", help="offer the .wl files of this folder as the modality worklist"
    )
    parser.add_argument(
        "--dicom-tls-port", type=int, metavar="PORT", help="a second DICOM port that speaks TLS (the usual one is 2762)"
    )
    parser.add_argument(
        "--dicom-tls-ca", type=Path, metavar="PEM", help="TLS callers need a certificate from this authority"
    )
    parser.add_argument("--certificate", type=Path, metavar="PEM", help="TLS certificate, needed beyond this machine")
    parser.add_argument("--key", type=Path, metavar="PEM", help="its key")
    parser.add_argument(
        "--volume-memory",
        type=float,
        default=2.0,
        metavar="GIB",
        help="memory for volumes that the server draws for browsers, in GiB (default: %(default)s)",
    )
    parser.add_argument(
        "--check-days",
        type=float,
        default=7.0,
        metavar="N",
        help="hash everything that is kept again every N days, slowly; 0 is never (default: %(default)s)",
    )
    parser.add_argument(
        "--check-mb-per-s", type=float, default=10.0, metavar="N", help="how fast at most (default: %(default)s)"
    )
    parser.add_argument(
        "--examples", action="store_true", help="at the first start, load example studies and scan a virtual body"
    )
    parser.add_argument(
        "--raw", type=Path, metavar="FILE", help="reconstruct this raw file, store it and print where it is seen"
    )
    parser.add_argument("--open", action="store_true", help="open the browser")
    parser.add_argument(
        "--new-password", action="store_true", help="give the first account a new password and print it"
    )


def _run(options: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    if options.raw is not None and not options.raw.is_file():
        raise NotFoundError("There is no such raw file.", file=options.raw)
    if options.worklist is not None and not options.worklist.is_dir():
        raise NotFoundError("There is no such worklist folder.", file=options.worklist)
    department = open_department(settings_of(options))
    try:
        with running(department) as doors:
            _greet(department, doors, options)
            _fill(department, doors.address, options)
            if options.open:
                threading.Thread(target=webbrowser.open, args=(doors.address,), daemon=True).start()
            _wait()
    finally:
        department.close()
    return 0


def settings_of(options: argparse.Namespace) -> Settings:
    """Return what the options say; raises `OptionError`."""
    return Settings(
        data_dir=options.data,
        host=options.host,
        web_port=options.port,
        dicom_port=options.dicom_port,
        ae_title=options.ae_title,
        allowed_ae_titles=tuple(options.allow),
        nodes=tuple(_node(text, options) for text in options.node),
        notify=tuple(_node(text, options) for text in options.notify),
        worklist=options.worklist,
        dicom_tls_port=options.dicom_tls_port,
        dicom_tls_peers_ca=options.dicom_tls_ca,
        tls_certificate=options.certificate,
        tls_key=options.key,
        routes=options.routes,
        check_days=options.check_days,
        check_mb_per_s=options.check_mb_per_s,
        volume_bytes=int(options.volume_memory * 1024**3),
    )


def _node(text: str, options: argparse.Namespace) -> Peer:
    """Return a node as the options say it is to be spoken to."""
    if not text.startswith(TLS_PREFIX):
        return Peer.parse(text)
    if options.node_tls_ca is None:
        raise OptionError(
            "A node that speaks TLS needs somebody to vouch for it.",
            field="--node-tls-ca",
            found="none",
            expected="the certificates to trust, in PEM",
        )
    tls = caller_context(ca=options.node_tls_ca, certificate=options.certificate, key=options.key)
    return replace(Peer.parse(text.removeprefix(TLS_PREFIX)), tls=tls)


def _greet(department: Department, doors: Doors, options: argparse.Namespace) -> None:
    settings = department.settings
    sign_in = first_sign_in(department) or (renew_sign_in(department) if options.new_password else None)
    print(f"\n  Isocenter {department.version}\n")
    print(f"  Web      {doors.address}")
    print(f"  DICOM    {settings.ae_title}@{settings.host}:{doors.dicom_port}")
    if doors.dicom_tls_port is not None:
        print(f"  TLS      {settings.ae_title}@{settings.host}:{doors.dicom_tls_port}")
    print(f"  Data     {settings.data_dir}")
    if sign_in is not None:
        print(f"\n  Sign in as {sign_in[0]} with {sign_in[1]}   (shown only now)")
    print("\n  Stop with Ctrl-C.\n", flush=True)


def _fill(department: Department, address: str, options: argparse.Namespace) -> None:
    if not options.examples and options.raw is None:
        return
    # The physics of bodies and scanners takes a third of a second to import, which an ordinary start does not need.
    from isocenter.server.examples import load_examples, reconstruct_file

    if options.examples:
        with progress_bar("load examples", enabled=sys.stderr.isatty()) as on_progress:
            count = load_examples(department, on_progress)
        if count:
            print(f"  {count} example instances are in the archive.", flush=True)
    if options.raw is not None:
        with progress_bar(f"reconstruct {options.raw.name}", enabled=sys.stderr.isatty()) as on_progress:
            stored = reconstruct_file(department, options.raw, on_progress=on_progress)
        print(f"  {options.raw.name}: {address}/view/{stored.study_uid}/{stored.series_uid}", flush=True)


def _wait() -> None:
    """Return when Ctrl-C or a service manager (SIGTERM) asks to stop."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()
    print("\n  Closing.", flush=True)


COMMAND = Command(
    name="serve",
    summary="start the department: web pages, archive, DICOM",
    description="Start the department on this machine: the web pages with study list, viewer and\n"
    "reconstruction, DICOMweb, and a DICOM node. The first start creates an account and prints its password.",
    examples="  isocenter serve --open\n  isocenter serve --examples --port 9000 --dicom-port 4242\n"
    "  isocenter serve --raw scan.h5\n"
    "  isocenter serve --node PACS@10.0.0.5:104 --node tls:CLOUD@10.0.0.9:2762 --node-tls-ca cloud.pem\n"
    "  isocenter serve --host 0.0.0.0 --allow CT1 --allow MR2 --certificate cert.pem --key key.pem",
    configure=_configure,
    run=_run,
)
