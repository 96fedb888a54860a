"""How long the work list takes with very many studies: the answer of the server, and the first rows in Chromium.

python benchmarks/archive/work_list_scale.py 100000

The index is synthetic (see `index_scale`): no objects stand behind it, which the list does not need.
"""

from __future__ import annotations

import base64
import json
import shutil
import statistics
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.archive.index_scale import INSERT, rows

from isocenter.archive.index import Index
from isocenter.server.department import Department, first_sign_in, open_department
from isocenter.server.running import running
from isocenter.server.settings import Settings

N_RUNS = 9


def searches(n_studies: int) -> dict[str, dict[str, Any]]:
    """Return what is measured, by what a person does."""
    return {
        "open the list": {},
        "type the beginning of a name (a tenth matches)": {"text": "dubois"},
        "type a whole name": {"text": f"dubois{(n_studies // 4) // 10 * 10 + 3:07d}"},
        "type an accession number": {"text": f"A{n_studies // 2}"},
        "type what nobody has": {"text": "zzzz"},
        "choose a year": {"first_date": "19750101", "last_date": "19751231"},
        "sort by name": {"sort": "patientName", "is_descending": False},
        "sort by description": {"sort": "description", "is_descending": False},
        "only unread": {"states": ["unread"]},
        "jump to the middle": {"offset": n_studies // 2, "up_to": n_studies},
        "jump to the end": {"offset": n_studies - 100, "up_to": n_studies},
    }


def answered(address: str, credentials: str, search: dict[str, Any]) -> tuple[float, int]:
    """Return the median time of a search over HTTP in milliseconds, and how many rows came."""
    times, n_rows = [], 0
    for _ in range(N_RUNS):
        request = urllib.request.Request(
            f"{address}/api/work-list",
            data=json.dumps(search).encode(),
            headers={"Authorization": f"Basic {credentials}", "Content-Type": "application/json"},
        )
        begin = time.perf_counter()
        with urllib.request.urlopen(request) as answer:
            n_rows = len(json.load(answer)["rows"])
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times), n_rows


def first_rows_s(address: str, username: str, password: str) -> list[float]:
    """Return how long after the address is opened the first row stands on the page, several times."""
    from playwright.sync_api import sync_playwright

    times = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--disable-quic"])
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.goto(address)
        page.locator("input[name=username]").fill(username)
        page.locator("input[name=password]").fill(password)
        page.locator("button[type=submit]").click()
        page.locator(".study-row[aria-rowindex='2']").wait_for()
        for _ in range(N_RUNS):
            page.goto(f"{address}/studies", wait_until="commit")
            page.locator(".study-row[aria-rowindex='2']").wait_for()
            times.append(page.evaluate("performance.now()") / 1000)
        browser.close()
    return times


def filled(folder: Path, n_studies: int) -> Department:
    """Return a department whose index holds synthetic studies."""
    settings = Settings(data_dir=folder, web_port=0, dicom_port=0, durable=False)
    open_department(settings).close()
    index = Index(folder / "archive" / "index.sqlite", durable=False)
    index.change(lambda connection: connection.executemany(INSERT, rows(n_studies)).rowcount)
    index.close()
    return open_department(settings)


def main() -> None:
    """Print a table for one size."""
    n_studies = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        department = filled(Path(folder), n_studies)
        sign_in = first_sign_in(department)
        assert sign_in is not None
        credentials = base64.b64encode(":".join(sign_in).encode()).decode()
        try:
            with running(department) as doors:
                print(f"{n_studies:,} studies; p50 of {N_RUNS} over HTTP")
                for name, search in searches(n_studies).items():
                    time_ms, n_rows = answered(doors.address, credentials, search)
                    print(f"{name:50}{time_ms:9.1f} ms ({n_rows} rows)")
                if shutil.which("chromium"):
                    times = first_rows_s(doors.address, *sign_in)
                    print(f"{'first row on the page, from opening the address':50}{statistics.median(times):9.2f} s")
        finally:
            department.close()


if __name__ == "__main__":
    main()
