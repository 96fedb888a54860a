"""A running department and a page of a real browser, signed in, for tests that read as a person reads."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from isocenter.server.department import Department, first_sign_in, open_department
from isocenter.server.running import running
from isocenter.server.settings import Settings

OPTIONS = (
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)

PATIENCE_MS = 60_000  # a machine of two cores that draws by software, with other tests beside


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a page that did not draw in time on a loaded machine try again; a wrong value fails at once."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.flaky(reruns=2, only_rerun=["TimeoutError", "Timeout .* exceeded"]))


@dataclass(frozen=True)
class Site:
    """A department that listens, and its first account."""

    department: Department
    address: str
    username: str
    password: str

    def store(self, *paths: Path) -> None:
        """Put DICOM files into the archive; folders are walked, what is no DICOM file is passed over."""
        for path in paths:
            for file in sorted(path.rglob("*")) if path.is_dir() else (path,):
                if file.is_file() and file.read_bytes()[128:132] == b"DICM":
                    self.store_bytes(file.read_bytes())

    def store_bytes(self, content: bytes) -> None:
        """Put one DICOM file into the archive."""
        incoming = self.department.archive.receive(origin="test")
        incoming.write(content)
        incoming.commit()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Yield a department with an empty archive on a port nobody else uses."""
    with _open_site(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def one_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Yield one department for all tests of a file: each stores studies of its own."""
    with _open_site(tmp_path_factory.mktemp("site")) as opened:
        yield opened


@contextmanager
def _open_site(folder: Path) -> Iterator[Site]:
    department = open_department(Settings(data_dir=folder / "department", web_port=0, dicom_port=0, durable=False))
    sign_in = first_sign_in(department)
    assert sign_in is not None
    try:
        with running(department) as doors:
            yield Site(department, doors.address, *sign_in)
    finally:
        department.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Yield Chromium, driven by Playwright; skips where it is not installed."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed (Debian: chromium)")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(OPTIONS))
        yield browser
        browser.close()


@dataclass
class Reader:
    """A signed-in page, and what went wrong on it."""

    page: Any
    address: str
    errors: list[str]

    def open(self, path: str) -> None:
        """Go to a page of the department."""
        self.page.goto(self.address + path)


@pytest.fixture
def reader(chromium: Any, site: Site) -> Iterator[Reader]:
    """Yield a page that is signed in; an error that the page did not catch fails the test."""
    with _signed_in(chromium, site) as found:
        yield found
    assert found.errors == []


@pytest.fixture(scope="module")
def one_reader(chromium: Any, one_site: Site) -> Iterator[Reader]:
    """Yield one signed-in page for all tests of a file."""
    with _signed_in(chromium, one_site) as found:
        yield found


@pytest.fixture
def same_reader(one_reader: Reader) -> Iterator[Reader]:
    """Yield the file's page; an error that the page did not catch fails the test that met it."""
    one_reader.errors.clear()
    yield one_reader
    assert one_reader.errors == []


@contextmanager
def _signed_in(chromium: Any, site: Site) -> Iterator[Reader]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(error.stack or str(error)))
    page.set_default_timeout(PATIENCE_MS)
    page.goto(site.address)
    page.get_by_label("User name").fill(site.username)
    page.get_by_label("Password").fill(site.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()
    yield Reader(page, site.address, errors)
    context.close()


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[[Any, str], Path]:
    """Return a function that keeps a screenshot for people to look at: build/screenshots/NAME.png."""

    def keep(page: Any, name: str) -> Path:
        path: Path = request.config.rootpath / "build" / "screenshots" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(path), timeout=2 * PATIENCE_MS)
        return path

    return keep
