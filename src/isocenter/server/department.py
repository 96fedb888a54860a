"""One running department: its archive, its people, its audit trail, its work in progress."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

from isocenter.archive.archive import Archive
from isocenter.server.compressing import Compressing
from isocenter.server.fixity_watch import FixityWatch
from isocenter.server.hanging.kept_protocols import KeptProtocols
from isocenter.server.reconstruction.jobs import Jobs
from isocenter.server.reconstruction.raw_store import RawStore
from isocenter.server.settings import Settings
from isocenter.server.work_list.listing import WorkList
from isocenter.server.work_list.marks import Marks
from isocenter.server.work_list.saved_views import SavedViews
from isocenter.trust.accounts import Accounts
from isocenter.trust.audit import AuditTrail
from isocenter.trust.passwords import new_password
from isocenter.trust.session_rules import SessionRules
from isocenter.trust.sessions import Sessions
from isocenter.trust.share_links import ShareLinks

FIRST_USER = "admin"


@dataclass(frozen=True)
class Department:
    """The parts that routes, listeners and workers share; made by `open_department`."""

    settings: Settings
    archive: Archive
    accounts: Accounts
    sessions: Sessions
    session_rules: SessionRules
    links: ShareLinks
    audit: AuditTrail
    raw: RawStore
    jobs: Jobs
    compressing: Compressing
    fixity: FixityWatch
    marks: Marks
    work_list: WorkList
    saved_views: SavedViews
    hanging: KeptProtocols
    version: str

    def close(self) -> None:
        """Finish the work in progress and close every file."""
        self.jobs.close()
        self.compressing.close()
        self.fixity.close()
        self.archive.close()
        self.session_rules.close()
        self.links.close()
        self.marks.close()
        self.saved_views.close()
        self.hanging.close()
        self.accounts.close()
        self.audit.close()


def open_department(settings: Settings) -> Department:
    """Open, or found, the department whose data lie in ``settings.data_dir``."""
    root = settings.data_dir
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    archive = Archive.open(root / "archive", durable=settings.durable)
    rules = SessionRules(root / "session_rules.sqlite")
    marks = Marks(root / "reading_marks.sqlite")
    audit = AuditTrail(root / "audit.sqlite")
    fixity = FixityWatch(
        root / "archive",
        days=settings.check_days,
        max_mb_per_s=settings.check_mb_per_s,
        on_finding=lambda count: audit.record("system", "check", f"{count} objects", outcome="failure", origin="sweep"),
    )
    return Department(
        settings=settings,
        archive=archive,
        accounts=Accounts(root / "accounts.sqlite"),
        sessions=Sessions(idle_s=rules.idle_s),
        session_rules=rules,
        links=ShareLinks(root / "share_links.sqlite"),
        audit=audit,
        raw=RawStore(root / "raw", max_bytes=settings.max_upload_bytes),
        jobs=Jobs(),
        compressing=Compressing(archive),
        fixity=fixity,
        marks=marks,
        work_list=WorkList(archive, marks),
        saved_views=SavedViews(root / "saved_views.sqlite"),
        hanging=KeptProtocols(root / "hanging_protocols.sqlite"),
        version=version("isocenter"),
    )


def first_sign_in(department: Department) -> tuple[str, str] | None:
    """Create the first account and return its name and password; None if there are accounts already."""
    if not department.accounts.is_empty():
        return None
    password = new_password()
    department.accounts.add(FIRST_USER, password, display_name="Administrator", roles=("administrator",))
    department.audit.record("system", "create-account", FIRST_USER, origin="first start")
    return FIRST_USER, password


def renew_sign_in(department: Department) -> tuple[str, str]:
    """Give the first account a new password and return both: for whoever holds the machine but lost the password."""
    password = new_password()
    department.accounts.set_password(FIRST_USER, password)
    department.audit.record("system", "renew-password", FIRST_USER, origin="command line")
    return FIRST_USER, password
