"""The cases: taking in, giving back, finding."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from benchmarks.archive import images, web, wire
from benchmarks.archive.figures import Figure, latency, rate, row
from benchmarks.archive.servers import Server

from isocenter.dicom.part10 import file_meta

OCTETS = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'
DICOM = 'multipart/related; type="application/dicom"; transfer-syntax=*'
JSON = "application/dicom+json"
KNOWN_STUDY, KNOWN_LARGE = 5000, 999


@dataclass
class Bench:
    """The two servers and what was measured; every case runs for one, then for the other, and again."""

    servers: list[Server]
    folder: Path
    is_quick: bool
    n_rounds: int
    rows: dict[str, dict[str, list[Figure]]] = field(default_factory=dict)
    _studies: Iterator[int] = field(default_factory=count)

    def compare(self, name: str, measure: Callable[[Server], Figure], n_rounds: int | None = None) -> None:
        """Measure a case for both, in turn, and print its line."""
        for _ in range(n_rounds or self.n_rounds):
            for server in self.servers:
                self.rows.setdefault(name, {}).setdefault(server.name, []).append(measure(server))
        print(row(name, self.rows[name]), flush=True)

    def slices(self, n_slices: int) -> list[tuple[str, bytes]]:
        """Return slices that nobody has seen yet."""
        first = next(self._studies)
        for _ in range((n_slices - 1) // 150):
            next(self._studies)
        return images.slices(n_slices, 150 * first)


def memory(server: Server) -> Figure:
    """Return the memory a server has now."""
    return Figure(server.memory_mb(), "MB", True)


def take_in(bench: Bench) -> None:
    """C-STORE by one and by many, by dcmtk's programs, of small and of large objects; STOW-RS."""
    n_slices = 160 if bench.is_quick else 400
    for n_associations in (1, 4, 8):
        share = n_slices // n_associations

        def store(server: Server, share: int = share, n_associations: int = n_associations) -> Figure:
            items = bench.slices(n_slices)
            batches = [items[k * share : (k + 1) * share] for k in range(n_associations)]
            took_s, latencies_s = wire.store(server.dicom_port, server.ae_title, images.CT, batches)
            return rate(share * n_associations / took_s, "instances/s", latencies_s)

        bench.compare(f"C-STORE, {n_associations} association{'s' * (n_associations > 1)}", store)

    def store_small(server: Server) -> Figure:
        items = [images.small(next(numbers)) for _ in range(400 if bench.is_quick else 2000)]
        batches = [items[k::4] for k in range(4)]
        took_s, latencies_s = wire.store(server.dicom_port, server.ae_title, images.CT, batches)
        return rate(len(items) / took_s, "instances/s", latencies_s)

    numbers = count(1)
    bench.compare("C-STORE, 4 associations, each instance of 2 kB a study of its own", store_small)

    def store_large(server: Server) -> Figure:
        item = images.multi_frame(next(numbers), _n_frames(bench))
        took_s, _ = wire.store(server.dicom_port, server.ae_title, images.MULTI_FRAME, [[item]])
        return rate(len(item[1]) / 1e6 / took_s, "MB/s")

    bench.compare(f"C-STORE, a multi-frame of {_n_frames(bench) * 0.524:.0f} MB", store_large)
    for program in ("storescu", "dcmsend"):

        def send(server: Server, program: str = program) -> Figure:
            return _dcmtk(bench, server, program)

        bench.compare(f"C-STORE by {program}", send, 1)

    def stow(server: Server) -> Figure:
        took_s, n_bytes = web.stow(server, images.CT, bench.slices(50))
        return rate(n_bytes / 1e6 / took_s, "MB/s")

    bench.compare("STOW-RS, 50 slices in a request", stow)


def _n_frames(bench: Bench) -> int:
    return 40 if bench.is_quick else 200


def _dcmtk(bench: Bench, server: Server, program: str) -> Figure:
    items = bench.slices(100)
    folder = bench.folder / f"{program}-{server.name}"
    folder.mkdir()
    for uid, dataset in items:
        (folder / f"{uid}.dcm").write_bytes(file_meta(images.CT, uid, images.EXPLICIT) + dataset)
    command = [program, "-aec", server.ae_title, "127.0.0.1", str(server.dicom_port), *map(str, folder.iterdir())]
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return rate(len(items) / (time.perf_counter() - began), "instances/s")


def fill(bench: Bench, *, is_anew: bool) -> None:
    """Give both a study and a large object to be asked for; in new archives many small studies beside them."""
    known, large = images.slices(150, 150 * KNOWN_STUDY), images.multi_frame(KNOWN_LARGE, _n_frames(bench))
    small = [images.small(number) for number in range(1, 4001)] if is_anew else []
    for server in bench.servers:
        wire.store(server.dicom_port, server.ae_title, images.CT, [known, *([small] if small else [])])
        wire.store(server.dicom_port, server.ae_title, images.MULTI_FRAME, [[large]])


def give_back(bench: Bench) -> None:
    """C-GET, C-MOVE and every resource of WADO-RS, from a study that both have."""
    known, large = images.slices(150, 150 * KNOWN_STUDY), images.multi_frame(KNOWN_LARGE, _n_frames(bench))
    study = images.study_uid(KNOWN_STUDY)
    for state in ("cold", "warm"):

        def get(server: Server, state: str = state) -> Figure:
            _prepare(state, lambda: wire.get(server.dicom_port, server.ae_title, study))
            return rate(150 / wire.get(server.dicom_port, server.ae_title, study)[0], "instances/s")

        def move(server: Server, state: str = state) -> Figure:
            _prepare(state, lambda: wire.move(server.dicom_port, server.ae_title, study))
            return rate(150 / wire.move(server.dicom_port, server.ae_title, study), "instances/s")

        bench.compare(f"C-GET of a study, {state}", get)
        bench.compare(f"C-MOVE of a study, {state}", move)
    series = f"/studies/{study}/series/{images.series_uid(2 * KNOWN_STUDY)}"
    _web(bench, "WADO-RS instance", f"{series}/instances/{known[0][0]}", DICOM)
    _web(bench, "WADO-RS frame of 0.5 MB", f"{series}/instances/{known[0][0]}/frames/1", OCTETS)
    _web(bench, "WADO-RS rendered", f"{series}/instances/{known[0][0]}/rendered", "image/jpeg")
    number = 900_000 + KNOWN_LARGE
    frame = f"/studies/{images.study_uid(number)}/series/{images.series_uid(number)}/instances/{large[0]}/frames/20"
    _web(bench, "WADO-RS frame of the multi-frame", frame, OCTETS, n_times=5)
    metadata = f"/studies/{study}/metadata"  # of two series of 75
    _web(bench, "WADO-RS metadata of 150 slices, first", metadata, JSON, n_times=1, n_rounds=1)
    _web(bench, "WADO-RS metadata of 150 slices, again", metadata, JSON, n_times=10)
    _web(bench, "WADO-RS series of 75 slices", series, DICOM, n_times=3)


def _prepare(state: str, again: Callable[[], object]) -> None:
    """Have the files of the study in the memory of the system, or not."""
    if state == "warm":
        again()
        return
    os.sync()
    try:
        Path("/proc/sys/vm/drop_caches").write_text("1")
    except OSError:
        print("(the page cache can only be emptied by root: this is not cold)", file=sys.stderr)


def find(bench: Bench) -> None:
    """QIDO-RS and C-FIND, of one and of many."""
    patient, study = f"P{KNOWN_STUDY:06d}", images.study_uid(KNOWN_STUDY)
    _web(bench, "QIDO-RS study of a patient", f"/studies?PatientID={patient}", JSON, n_times=100)
    _web(bench, "QIDO-RS studies by name", f"/studies?PatientName=Doe00{KNOWN_STUDY // 100}*", JSON, n_times=50)
    _web(bench, "QIDO-RS page of studies", "/studies?limit=50", JSON, n_times=20)
    _web(bench, "QIDO-RS series of a study", f"/studies/{study}/series", JSON, n_times=50)
    series = images.series_uid(2 * KNOWN_STUDY)
    _web(bench, "QIDO-RS instances of a series", f"/studies/{study}/series/{series}/instances", JSON, n_times=20)

    def find_patient(server: Server) -> Figure:
        association = wire.Wire(server.dicom_port, server.ae_title, (1, wire.FIND))
        asked = wire.query(association, {"PatientID": patient, "PatientName": "", "StudyDate": ""})
        latencies_s = []
        for _ in range(100):
            began = time.perf_counter()
            if wire.find(association, asked) != 1:
                raise RuntimeError("C-FIND does not find the patient")
            latencies_s.append(time.perf_counter() - began)
        association.release()
        return latency(latencies_s)

    bench.compare("C-FIND study of a patient", find_patient)


def _web(bench: Bench, name: str, path: str, accept: str, *, n_times: int = 30, n_rounds: int | None = None) -> None:
    def measure(server: Server) -> Figure:
        latencies_s, n_bytes = web.ask(server, path, accept, n_times=n_times)
        return latency(latencies_s, f"{n_bytes} bytes")

    bench.compare(name, measure, n_rounds)
