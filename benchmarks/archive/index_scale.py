"""Whether the index answers as fast with a million studies as with ten thousand: p50 of common queries.

python benchmarks/archive/index_scale.py 10000 1000000
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from isocenter.archive.index import Index
from isocenter.archive.matching import normalise_name
from isocenter.archive.query import Query

N_RUNS = 200
FAMILIES = ("Adams", "Becker", "Costa", "Dubois", "Eriksson", "Fischer", "Garcia", "Huang", "Ivanov", "Jansen")
INSERT = (
    'INSERT INTO study (n_series, n_instances, modalities, "PatientID", "PatientName", "PatientName_search", '
    '"StudyInstanceUID", "StudyDate", "StudyTime", "AccessionNumber", "StudyDescription") '
    "VALUES (1, 100, 'CT', ?, ?, ?, ?, ?, ?, ?, 'Synthetic')"
)


def rows(n_studies: int) -> Iterator[tuple[str, ...]]:
    """Yield synthetic studies: two to a patient, fifty to a day, three for each beginning of a name."""
    for number in range(n_studies):
        patient = number // 2
        name = f"{FAMILIES[patient % 10]}{patient:07d}^Test"
        day = number // 50
        date = f"{1970 + day // 336:04d}{day // 28 % 12 + 1:02d}{day % 28 + 1:02d}"
        clock = f"{number % 24:02d}0000"
        yield (f"P{patient:07d}", name, normalise_name(name), f"1.2.3.{number}", date, clock, f"A{number}")


def queries(n_studies: int) -> dict[str, Query]:
    """Return the queries, each about something in the middle of the index."""
    middle = list(rows(n_studies // 2 + 1))[-1]
    patient, _, name, uid, date, _, accession = middle
    return {
        "study by patient": Query("STUDY", {"PatientID": patient}),
        "study by UID": Query("STUDY", {"StudyInstanceUID": uid}),
        "study by accession number": Query("STUDY", {"AccessionNumber": accession}),
        "page of 50 studies": Query("STUDY", limit=50),
        "page of 50 by date": Query("STUDY", {"StudyDate": date}, limit=50),
        "page of 50 by range of dates": Query("STUDY", {"StudyDate": f"19700101-{date}"}, limit=50),
        "page of 50 by ID prefix": Query("STUDY", {"PatientID": "P00*"}, limit=50),
        "study by name": Query("STUDY", {"PatientName": name.replace(" ", "^")}, limit=50),
        "page of 50 by name prefix": Query("STUDY", {"PatientName": name[:-6] + "*"}, limit=50),
        "page of 50 by fuzzy name": Query("STUDY", {"PatientName": name[:-6]}, limit=50, fuzzy=True),
        "page of 50 of a tenth of all names": Query("STUDY", {"PatientName": "Dubois*"}, limit=50),
        "page of 50, 5000 studies in": Query("STUDY", limit=50, offset=5000),
        "page of 50 in the middle": Query("STUDY", limit=50, offset=n_studies // 2),
    }


def p50_ms(index: Index, query: Query) -> tuple[float, int]:
    """Return the median time of a query and how much it found."""
    times, n_found = [], 0
    for _ in range(N_RUNS):
        begin = time.perf_counter()
        n_found = len(list(index.rows(query)))
        times.append(time.perf_counter() - begin)
        if sum(times) > 2:
            break
    return statistics.median(times) * 1000, n_found


def main() -> None:
    """Print a table with a column for every size."""
    sizes = [int(text) for text in sys.argv[1:]] or [10_000, 1_000_000]
    table: dict[str, list[str]] = {}
    for n_studies in sizes:
        with tempfile.TemporaryDirectory() as folder:
            index = Index(Path(folder) / "index.sqlite", durable=False)
            index.change(lambda connection, n=n_studies: connection.executemany(INSERT, rows(n)).rowcount)
            for name, query in queries(n_studies).items():
                time_ms, n_found = p50_ms(index, query)
                table.setdefault(name, []).append(f"{time_ms:8.3f} ({n_found:2d})")
            index.close()
    print(f"{'p50 in ms (studies found)':36}" + "".join(f"{size:>16,}" for size in sizes))
    for name, cells in table.items():
        print(f"{name:36}" + "".join(f"{cell:>16}" for cell in cells))


if __name__ == "__main__":
    main()
