"""The reading room side by side with OHIF over Orthanc: same browser, same machine, in turn; the median counts."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.archive import images, servers, wire
from benchmarks.viewer import measures, ohif, phantom, viewers
from benchmarks.viewer.browser import find_chromium
from benchmarks.viewer.table import Table

MEASURES = {
    "list": measures.time_to_list,
    "first": measures.time_to_first_image,
    "open": measures.time_from_list_to_image,
    "read": measures.whole_series,
}


def main() -> int:
    """Run the rounds and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.viewer", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round with a CT of 60 slices")
    parser.add_argument("--rounds", type=int, help="how often everything is measured (default: 5)")
    parser.add_argument("--slices", type=int, help="how many slices the CT has (default: 600)")
    parser.add_argument("--only", choices=MEASURES, action="append", help="one kind of measure")
    options = parser.parse_args()
    n_slices = options.slices or (60 if options.quick else 600)
    program, orthanc = find_chromium(), servers.find_orthanc()
    missing = _missing(program, orthanc)
    if program is None or orthanc is None or missing:
        print(f"Nothing to compare with: {missing}.")
        return 0
    try:
        dist = ohif.fetch()
    except ohif.NotAvailableError as reason:
        print(f"Nothing to compare with: {reason}.")
        return 0
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        both = _served(stack, Path(name), orthanc, dist, n_slices)
        load, cores = os.getloadavg()[0], os.cpu_count()
        print(f"load average {load:.2f}, {cores} processors, OHIF {ohif.VERSION}, {n_slices} slices\n", flush=True)
        table = Table()
        for _ in range(options.rounds or (1 if options.quick else 5)):
            for kind in options.only or MEASURES:
                for viewer in both:
                    MEASURES[kind](viewer, program, table)
        print("\n".join(table.lines()))
    return 0


def _missing(program: str | None, orthanc: str | None) -> str:
    found = {
        "Chromium is not installed (Debian: chromium)": program,
        "Orthanc is not installed (Debian: orthanc, orthanc-dicomweb)": orthanc,
        "Playwright is not installed (make test sets it up)": importlib.util.find_spec("playwright"),
    }
    return "; ".join(reason for reason, there in found.items() if not there)


def _served(stack: ExitStack, folder: Path, orthanc: str, dist: Path, n_slices: int) -> list[viewers.Viewer]:
    """Start everything and give both archives the CT and a hundred small studies."""
    sink_port = servers.free_port()
    archives = [
        stack.enter_context(servers.isocenter(folder, sink_port)),
        stack.enter_context(servers.orthanc(orthanc, folder, sink_port)),
    ]
    ct, small = phantom.series(n_slices), [images.small(number) for number in range(1, 101)]
    for archive in archives:
        wire.store(archive.dicom_port, archive.ae_title, phantom.CT, [ct])
        wire.store(archive.dicom_port, archive.ae_title, images.CT, [small])
    origin = stack.enter_context(ohif.served(dist, archives[1].http_port))
    return [
        viewers.isocenter(archives[0].http_port, archives[0].headers["Cookie"], n_slices),
        viewers.ohif(origin, n_slices),
    ]


if __name__ == "__main__":
    sys.exit(main())
