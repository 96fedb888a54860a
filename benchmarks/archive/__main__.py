"""The archive side by side with Debian's Orthanc: every case against both, in turn, and a table with their ratio.

Both see the same machine at the same time: each case runs for one, then for the other, and again; the median counts.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.archive import cases, wire
from benchmarks.archive.figures import HEAD, Figure
from benchmarks.archive.servers import Server, find_orthanc, free_port, isocenter, orthanc


def main() -> int:
    """Run the cases and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.archive", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--only", choices=("store", "retrieve", "find"), help="one kind of case")
    parser.add_argument("--folder", type=Path, help="where the archives lie (default: the system's temporary folder)")
    options = parser.parse_args()
    program = find_orthanc()
    if program is None:
        print("Orthanc is not installed (Debian: orthanc, orthanc-dicomweb); nothing to compare with.")
        return 0
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder, sink_port = Path(name), free_port()
        sink = wire.Sink(sink_port)
        print(f"load average {os.getloadavg()[0]:.2f}, {os.cpu_count()} processors, both durable\n\n{HEAD}")
        try:
            with ExitStack() as stack:
                servers = _started(stack, program, folder, sink_port)
                bench = cases.Bench(servers, folder, options.quick, 1 if options.quick else 3)
                bench.compare("memory, idle", cases.memory, 1)
                if options.only in (None, "store"):
                    cases.take_in(bench)
                cases.fill(bench, is_anew=options.only is not None)
                if options.only in (None, "retrieve"):
                    cases.give_back(bench)
                if options.only in (None, "find"):
                    cases.find(bench)
                bench.compare("memory after all this", cases.memory, 1)
            time.sleep(1)
            with ExitStack() as stack:
                bench.servers = _started(stack, program, folder, sink_port)
                bench.compare("start to ready, with all this", _start, 1)
        finally:
            sink.stop()
    return 0


def _started(stack: ExitStack, program: str, folder: Path, sink_port: int) -> list[Server]:
    ours = stack.enter_context(isocenter(folder, sink_port))
    return [ours, stack.enter_context(orthanc(program, folder, sink_port))]


def _start(server: Server) -> Figure:
    return Figure(server.started_in_s, "s", True)


if __name__ == "__main__":
    sys.exit(main())
