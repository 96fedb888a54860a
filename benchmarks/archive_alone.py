"""How fast the archive takes in, finds and gives back: python benchmarks/archive.py [folder on the disk to measure]."""

from __future__ import annotations

import io
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import uvicorn
from pydicom.data import get_testdata_file

from isocenter.archive.archive import Archive
from isocenter.archive.query import Query
from isocenter.server.department import open_department
from isocenter.server.settings import Settings
from isocenter.server.web.app import create_app

N_INSTANCES, SIDE, N_STUDIES = 200, 512, 10_000
PASSWORD = "correct horse battery"


def slices(n_instances: int, side: int) -> list[bytes]:
    """Return CT slices of one series, each `side` squared of 16 bits."""
    dataset, rng = pydicom.dcmread(get_testdata_file("CT_small.dcm")), np.random.default_rng(0)
    dataset.Rows = dataset.Columns = side
    files = []
    for number in range(n_instances):
        dataset.PixelData = rng.integers(0, 4000, (side, side), dtype=np.uint16).tobytes()
        dataset.InstanceNumber = number
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{1000 + number}"
        stream = io.BytesIO()
        dataset.save_as(stream)
        files.append(stream.getvalue())
    return files


def receive(archive: Archive, data: bytes, chunk: int = 65536) -> None:
    """Store one instance in the pieces a network gives."""
    incoming = archive.receive(origin="benchmark")
    for start in range(0, len(data), chunk):
        incoming.write(memoryview(data)[start : start + chunk])
    incoming.commit()


def ingest(folder: Path, files: list[bytes], *, durable: bool, n_threads: int) -> None:
    """Print instances per second into an empty archive."""
    with tempfile.TemporaryDirectory(dir=folder) as root:
        archive = Archive.open(Path(root), durable=durable)
        waiting, latencies_s = iter(files), list[float]()
        lock = threading.Lock()

        def send() -> None:
            while True:
                with lock:
                    data = next(waiting, None)
                if data is None:
                    return
                start = time.perf_counter()
                receive(archive, data)
                latencies_s.append(time.perf_counter() - start)

        threads = [threading.Thread(target=send) for _ in range(n_threads)]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        elapsed_s = time.perf_counter() - start
        archive.close()
    rate = len(files) / elapsed_s
    print(
        f"ingest durable={durable!s:5} senders={n_threads}: {rate:5.0f} instances/s, "
        f"{rate * len(files[0]) / 1e6:4.0f} MB/s, median {statistics.median(latencies_s) * 1e3:.2f} ms"
    )


def timed(label: str, run: Callable[[], object], n_runs: int = 200) -> None:
    """Print median and 95th percentile of a call."""
    latencies_ms = []
    for _ in range(n_runs):
        start = time.perf_counter()
        run()
        latencies_ms.append((time.perf_counter() - start) * 1e3)
    ordered = sorted(latencies_ms)
    print(f"{label:58} median {statistics.median(ordered):6.2f} ms, p95 {ordered[int(0.95 * n_runs)]:6.2f} ms")


def fill(archive: Archive, n_studies: int) -> None:
    """Store small studies with names that repeat."""
    template = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    template.Rows = template.Columns = 1
    template.PixelData = b"\0\0"
    for number in range(n_studies):
        template.PatientName = f"Name{number % 100:03d}^Given{number}"
        template.PatientID, template.StudyDate = f"P{number:05d}", f"20{10 + number % 10}{1 + number % 12:02d}15"
        template.StudyInstanceUID, template.SeriesInstanceUID = f"1.2.{number}.1", f"1.2.{number}.2"
        template.SOPInstanceUID = template.file_meta.MediaStorageSOPInstanceUID = f"1.2.{number}.3"
        stream = io.BytesIO()
        template.save_as(stream)
        receive(archive, stream.getvalue())


def search(archive: Archive) -> None:
    """Print how long the index takes."""
    queries = {
        "one patient": Query("STUDY", {"PatientID": "P05000"}),
        "page of 50": Query("STUDY", limit=50, offset=5000),
        "name with wildcard": Query("STUDY", {"PatientName": "name042*"}),
        "name with leading wildcard": Query("STUDY", {"PatientName": "*given4242"}),
        "one date": Query("STUDY", {"StudyDate": "20130415"}),
        "modality in study, page of 50": Query("STUDY", {"ModalitiesInStudy": "CT"}, limit=50),
        "everything": Query("STUDY"),
    }
    for label, query in queries.items():
        n_found = len(list(archive.find(query)))
        n_runs = 5 if n_found > 1000 else 200
        timed(f"index: {label} ({n_found})", lambda query=query: list(archive.find(query)), n_runs)


def over_http(folder: Path, archive: Archive) -> None:
    """Print how long requests take over a loopback port, password checked once."""
    import httpx

    department = open_department(Settings(data_dir=folder / "department"))
    department.accounts.add("ada", PASSWORD, roles=("administrator",))
    app = create_app(department)
    app.state.archive = archive
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    ct = Path(str(get_testdata_file("CT_small.dcm"))).read_bytes()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/dicom-web/", auth=("ada", PASSWORD)) as client:
        client.post("studies", content=ct, headers={"Content-Type": "application/dicom"}).raise_for_status()
        series = client.get("series?PatientID=1CT1").json()[0]["00081190"]["Value"][0]
        for path in ("studies?PatientID=P05000", "studies?limit=50", "studies?PatientName=name042*&limit=50"):
            timed(f"http: {path}", lambda path=path: client.get(path).raise_for_status())
        for suffix in ("/metadata", "/rendered"):
            timed(f"http: series{suffix}", lambda suffix=suffix: client.get(series + suffix).raise_for_status())
        instance = client.get(series + "/instances").json()[0]["00081190"]["Value"][0]
        timed("http: frame of 32 KiB", lambda: client.get(instance + "/frames/1").raise_for_status())
    server.should_exit = True
    thread.join()
    department.close()


def main() -> None:
    """Measure everything and print it."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as name:
        folder, files = Path(name), slices(N_INSTANCES, SIDE)
        for durable in (True, False):
            for n_threads in (1, 4):
                ingest(folder, files, durable=durable, n_threads=n_threads)
        archive = Archive.open(folder / "many", durable=False)
        start = time.perf_counter()
        fill(archive, N_STUDIES)
        print(f"{N_STUDIES} studies of one small instance written and stored in {time.perf_counter() - start:.1f} s")
        search(archive)
        over_http(folder, archive)
        archive.close()
        start = time.perf_counter()
        n_objects = Archive.rebuild_index(folder / "many")
        print(f"index of {n_objects} objects rebuilt in {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
