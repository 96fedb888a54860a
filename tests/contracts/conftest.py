"""A running department and a real browser, for tests that go through the whole chain."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from isocenter.server.department import Department, first_sign_in, open_department
from isocenter.server.running import running
from isocenter.server.settings import Settings

CHROMIUM_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--window-size=1280,800",
)


@dataclass(frozen=True)
class Open:
    """A department that listens: its address, its DICOM port, and the first sign-in."""

    department: Department
    address: str
    dicom_port: int
    username: str
    password: str


@pytest.fixture
def open_doors(tmp_path: Path) -> Iterator[Open]:
    """Yield a department that listens on loopback, on ports nobody else uses."""
    department = open_department(Settings(data_dir=tmp_path / "department", web_port=0, dicom_port=0))
    sign_in = first_sign_in(department)
    assert sign_in is not None
    try:
        with running(department) as running_department:
            yield Open(department, running_department.address, running_department.dicom_port, *sign_in)
    finally:
        department.close()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    """Yield Chromium, driven by selenium; skips where either is not installed."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("Chromium and chromedriver are not installed (Debian: chromium, chromium-driver)")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for option in (*CHROMIUM_OPTIONS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    chrome.set_page_load_timeout(60)
    try:
        yield chrome
    finally:
        chrome.quit()
