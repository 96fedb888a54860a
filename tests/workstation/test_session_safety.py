"""Sessions that end, links that share one study, and nothing about patients where it must not be."""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.workstation.at_rest import settle
from tests.workstation.conftest import OPTIONS
from tests.workstation.dicom_studies import NAMES, ward

from isocenter.trust.permissions import Identity

Keep = Callable[[Any, str], Path]
STUDY, OTHER = "1.2.826.0.1.77.3", "1.2.826.0.1.77.4"


@pytest.fixture
def worklist(site: Any, reader: Any) -> Any:
    """Return the page with the list of a small ward."""
    for file in ward(8):
        site.store_bytes(file)
    reader.open("/studies")
    expect(reader.page.get_by_role("status").first).to_have_text("8 studies, 8 images")
    return reader.page


def sign_in(page: Any, site: Any) -> None:
    """Fill name and password into whatever asks for them."""
    page.get_by_label("User name").fill(site.username)
    page.get_by_label("Password").fill(site.password)
    page.get_by_role("button", name="Sign in").click()


def end_sessions(site: Any) -> None:
    """End every session, as time or a restart does."""
    site.department.sessions.end_all_of(site.username)


def test_a_warning_comes_before_the_end_and_prolongs(site: Any, worklist: Any, picture: Keep) -> None:
    site.department.sessions.idle_s = 24.0  # a third of it is there to answer in
    worklist.reload()
    dialog = worklist.get_by_role("dialog", name="Are you still there?")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("timer")).to_contain_text("session ends in")
    picture(worklist, "session-warning")
    worklist.mouse.move(300, 300)  # moving the mouse is no answer
    expect(dialog).to_be_visible()
    worklist.get_by_role("button", name="Stay signed in").click()
    expect(dialog).to_have_count(0)
    expect(worklist.get_by_role("grid", name="Studies")).to_be_visible()


def test_without_an_answer_the_session_ends_and_the_page_is_covered(site: Any, worklist: Any, picture: Keep) -> None:
    worklist.reload()
    expect(worklist.get_by_role("grid", name="Studies")).to_be_visible()
    site.department.sessions.idle_s = 4.0  # only now: the page has come, however long that took
    worklist.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # it asks how long is left
    dialog = worklist.get_by_role("dialog", name="Sign in")
    expect(dialog).to_be_visible()
    path = picture(worklist, "session-ended")
    from PIL import Image

    # Nothing of the list shines through: beside the dialog the screen has one colour.
    pixels = Image.open(path).convert("RGB").crop((0, 60, 300, 800)).getcolors()
    assert pixels is not None
    assert len(pixels) == 1


def test_an_expired_sign_in_keeps_the_page_as_it_is(site: Any, worklist: Any) -> None:
    worklist.get_by_label("Find by name").fill("nguyen")
    expect(worklist.get_by_role("status").first).to_have_text("1 study, 1 image")
    end_sessions(site)
    worklist.get_by_label("Find by name").fill("adler")
    dialog = worklist.get_by_role("dialog", name="Sign in")
    expect(dialog).to_contain_text("nothing on this page is lost")
    worklist.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    sign_in(worklist, site)
    expect(dialog).to_have_count(0)
    expect(worklist.get_by_label("Find by name")).to_have_value("adler")
    expect(worklist.locator(".study-row", has_text="Adler, Ruth")).to_be_visible()
    expect(worklist.get_by_role("status").first).to_have_text("1 study, 1 image")


def test_another_person_does_not_get_the_page_of_the_first(site: Any, worklist: Any) -> None:
    site.department.accounts.add("rita", "correct horse battery", display_name="Rita Roe", roles=("reader",))
    worklist.get_by_label("Find by name").fill("nguyen")
    end_sessions(site)
    expect(worklist.get_by_role("dialog", name="Sign in")).to_be_visible()
    worklist.get_by_label("User name").fill("rita")
    worklist.get_by_label("Password").fill("correct horse battery")
    worklist.get_by_role("button", name="Sign in").click()
    expect(worklist.get_by_text("Rita Roe")).to_be_visible()
    expect(worklist.get_by_label("Find by name")).to_have_value("")


def test_files_on_their_way_wait_for_the_sign_in(site: Any, worklist: Any, tmp_path: Path) -> None:
    paths = []
    for number, file in enumerate(ward(12)[8:]):
        paths.append(tmp_path / f"{number}.dcm")
        paths[-1].write_bytes(file)
    end_sessions(site)
    worklist.get_by_label("DICOM files").set_input_files([str(path) for path in paths])
    expect(worklist.get_by_role("dialog", name="Sign in")).to_be_visible()
    sign_in(worklist, site)
    expect(worklist.get_by_role("region", name="Upload").get_by_role("status")).to_have_text("4 stored")


def test_administrators_set_the_time(site: Any, worklist: Any) -> None:
    worklist.get_by_role("button", name="Settings").click()
    field = worklist.get_by_label("Sign out after so many minutes")
    expect(field).to_have_value("15")
    field.fill("7")
    worklist.get_by_role("button", name="Save", exact=True).click()
    expect(worklist.get_by_text("Saved", exact=True)).to_be_visible()
    assert site.department.sessions.idle_s == 420.0


@pytest.fixture
def stranger(chromium: Any) -> Iterator[Any]:
    """Yield a page of somebody without an account."""
    context = chromium.new_context(locale="en-US")
    yield context.new_page()
    context.close()


def test_a_link_opens_one_study_and_nothing_else(site: Any, worklist: Any, stranger: Any, picture: Keep) -> None:
    worklist.locator(".study-row", has_text="Nguyễn").click()
    worklist.get_by_role("button", name="Share").click()
    worklist.get_by_label("Password").fill("a long password")
    worklist.get_by_role("button", name="Make a link").click()
    link = worklist.get_by_label("The link, shown only now")
    expect(link).to_have_value(re.compile("/shared#"))
    address = link.input_value()
    expect(worklist.locator(".share-links li")).to_have_count(1)
    picture(worklist, "share-dialog")

    stranger.goto(address)
    stranger.wait_for_url(f"{site.address}/shared")  # the token is out of the address bar
    stranger.get_by_role("button", name="Open the study").click()
    picture(stranger, "shared-page")
    stranger.get_by_label("Password").fill("not this one")
    stranger.get_by_role("button", name="Open the study").click()
    expect(stranger.get_by_role("alert")).to_contain_text("The password is wrong")
    stranger.get_by_label("Password").fill("a long password")
    stranger.get_by_role("button", name="Open the study").click()
    stranger.wait_for_url(f"**/view/{STUDY}/**")
    expect(stranger.get_by_text("Shared by link, view only")).to_be_visible()
    expect(stranger.locator("canvas").first).to_be_visible()
    picture(stranger, "shared-study")
    expect(stranger.get_by_role("link", name="Studies")).to_have_count(0)

    for path, status in (
        (f"/dicom-web/studies/{STUDY}/metadata", 200),
        (f"/dicom-web/studies/{OTHER}/metadata", 403),
        ("/dicom-web/studies", 403),
        (f"/dicom-web/studies?StudyInstanceUID={OTHER}", 403),
        (f"/api/work-list/studies/{STUDY}/priors", 403),
    ):
        assert stranger.request.get(site.address + path).status == status, path
    stored = stranger.request.post(f"{site.address}/dicom-web/studies", data=b"x", headers={"X-Isocenter": "1"})
    assert stored.status == 403
    for path in ("/studies", f"/view/{OTHER}", "/reconstruct"):
        stranger.goto(site.address + path)
        stranger.wait_for_url(f"**/view/{STUDY}**")

    worklist.get_by_role("button", name="Revoke").click()
    expect(worklist.locator(".share-links li")).to_have_count(0)
    assert stranger.request.get(f"{site.address}/dicom-web/studies/{STUDY}/metadata").status == 401
    actions = [(entry.who, entry.action) for entry in site.department.audit.entries()]
    for expected in (
        ("admin", "make link"),
        ("link", "open link"),
        ("link:1", "open link"),
        ("link:1", "view by link"),
        ("admin", "revoke link"),
    ):
        assert expected in actions
    assert site.department.audit.verify() == len(actions)


def test_the_content_security_policy_holds_on_every_page(site: Any, worklist: Any) -> None:
    watch = """
        window.violations = [];
        addEventListener("securitypolicyviolation", (event) =>
          window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
    """
    worklist.add_init_script(watch)
    for path in (
        "/studies",
        f"/studies/{STUDY}",
        f"/view/{STUDY}",
        "/reconstruct",
        "/display-check",
        "/shared",
        "/x/y",
    ):
        worklist.goto(site.address + path)
        worklist.wait_for_load_state("networkidle")
        if path.startswith("/view"):
            expect(worklist.get_by_text("Image 1 of 1").first).to_be_visible()
            settle(worklist)
        assert worklist.evaluate("window.violations") == [], path
    worklist.goto(site.address + "/studies")
    worklist.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.intruder = true";
        document.body.append(script);
        const image = new Image();
        image.src = "https://elsewhere.example/?name=x";
        document.body.append(image);
        const frame = document.createElement("iframe");
        frame.src = "https://elsewhere.example/";
        document.body.append(frame);
    }""")
    worklist.wait_for_function("window.violations.length >= 3")
    assert worklist.evaluate("window.intruder") is None
    directives = {violation.split()[0] for violation in worklist.evaluate("window.violations")}
    assert directives == {"script-src-elem", "img-src", "frame-src"}


def test_nothing_about_patients_is_in_addresses_logs_or_the_browsers_storage(
    site: Any, worklist: Any, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    addresses: list[str] = []
    said: list[str] = []
    worklist.on("request", lambda request: addresses.append(request.url))
    worklist.on("console", lambda message: said.append(message.text))
    page = worklist
    for typed in ("nguyen", "Okafor", "P-003", "A1004"):
        page.get_by_label("Find by name").fill(typed)
        expect(page.locator(".study-main")).to_have_attribute("aria-busy", "false")
        expect(page.get_by_role("status").first).to_have_text("1 study, 1 image")
        addresses.append(page.url)
    page.get_by_role("button", name="Save view").click()
    page.get_by_label("Name of the view").fill("Okafor only")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_role("status").first).to_have_text("8 studies, 8 images")
    for name in ("Nguyễn", "Smith"):
        page.locator(".study-row", has_text=name).dblclick()
        page.wait_for_url("**/view/**")
        expect(page.get_by_text("Image 1 of 1").first).to_be_visible()
        settle(page)
        addresses.append(page.url)
        page.get_by_role("link", name="Studies").click()
        expect(page.get_by_role("status").first).to_have_text("8 studies, 8 images")
    page.get_by_label("Language").select_option("vi")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    stored = page.evaluate("""async () => JSON.stringify({
        local: {...localStorage}, session: {...sessionStorage}, cookies: document.cookie, title: document.title,
        databases: (await indexedDB.databases()).map(({name}) => name),
        caches: await caches.keys(),
        history: history.state,
    })""")
    known = [part for name in NAMES for part in name.split("^")] + [f"P-{n:03d}" for n in range(8)]
    known += [f"A{1000 + n}" for n in range(8)] + ["19600615", "CT thorax"]
    pattern = re.compile("|".join(re.escape(word) for word in known), re.IGNORECASE)
    audited = " ".join(f"{e.who} {e.action} {e.target} {e.origin}" for e in site.department.audit.entries())
    printed = "".join(capfd.readouterr())
    assert len(addresses) > 20
    for kind, text in {
        "addresses": " ".join(addresses),
        "storage": stored,
        "console": " ".join(said),
        "log": caplog.text,
        "output": printed,
        "audit": audited,
    }.items():
        assert not pattern.search(text), (kind, pattern.search(text))
    assert "isocenter-language" in stored


def test_nothing_about_patients_is_left_on_the_disk_of_the_browser(site: Any, chromium: Any, tmp_path: Path) -> None:
    for file in ward(4):
        site.store_bytes(file)
    profile = tmp_path / "profile"
    context = chromium.browser_type.launch_persistent_context(
        str(profile), executable_path=shutil.which("chromium"), args=list(OPTIONS), locale="en-US"
    )
    page = context.pages[0]
    page.goto(site.address)
    sign_in(page, site)
    page.locator(".study-row", has_text="Nguyễn").dblclick()
    expect(page.locator("canvas").first).to_be_visible()
    page.get_by_role("link", name="Studies").click()
    expect(page.get_by_role("status").first).to_have_text("4 studies, 4 images")
    context.close()
    known = [part for name in NAMES[:4] for part in name.split("^") if len(part) > 3]
    known += [f"P-{n:03d}" for n in range(4)]
    patient = [word.encode(coding) for word in known for coding in ("utf-8", "utf-16-le")]
    # A cache would name what it holds: compressed bodies show no names, but their addresses do.
    answers = [f"{site.address}{path}".encode() for path in ("/dicom-web/", "/wado", "/api/")]
    files = [path for path in profile.rglob("*") if path.is_file()]
    contents = {path: path.read_bytes() for path in files}
    assert any(b"/assets/index-" in content for content in contents.values())  # the cache was written and is read
    found = {
        (path.name, word) for path, content in contents.items() for word in (*patient, *answers) if word in content
    }
    assert found == set()


def test_every_way_to_look_at_a_study_is_audited(site: Any, worklist: Any) -> None:
    def seen() -> set[tuple[str, str]]:
        return {(entry.who, entry.target) for entry in site.department.audit.entries() if entry.action == "view"}

    page = worklist
    for number, path in enumerate(("/view/{}", "/server-view/{0}/{0}.1", "/studies/{}"), start=5):  # thumbnails
        study = f"1.2.826.0.1.77.{number}"
        assert ("admin", study) not in seen()
        page.goto(site.address + path.format(study))
        deadline = monotonic() + 60
        while ("admin", study) not in seen() and monotonic() < deadline:
            page.wait_for_timeout(50)
        assert ("admin", study) in seen(), path
    assert site.department.audit.verify() > 0


def test_an_identity_by_link_can_do_nothing_but_read() -> None:
    guest = Identity("link:1", "link:1", ("administrator",), study_uid="1.2.3")
    assert guest.permissions() == {"instances:read"}
