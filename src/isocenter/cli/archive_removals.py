"""isocenter archive reject, delete, hold, retention and their kin: what is no longer seen, what must stay."""

from __future__ import annotations

import argparse
import getpass
from pathlib import Path

from isocenter.archive.rejections import CODES
from isocenter.cli.archive_corrections import MATCHED, opened
from isocenter.core.errors import OptionError


def add_tasks(tasks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the tasks to ``isocenter archive``."""
    reject = tasks.add_parser("reject", help="take studies, series or instances out of every answer; bytes stay")
    _add_target(reject)
    codes = "; ".join(f"{code}: {meaning}" for code, meaning in CODES.items())
    reject.add_argument("--code", required=True, help=codes)
    reject.add_argument("--reason", default="", help="in words; by default what the code says")
    reject.set_defaults(task=_reject)
    tasks.add_parser("rejections", help="list what is rejected").set_defaults(task=_rejections)
    restore = tasks.add_parser("reinstate", help="take a rejection back")
    _add_numbered(restore)
    restore.set_defaults(task=_reinstate)
    delete = tasks.add_parser("delete", help="delete studies, series or instances for good")
    _add_target(delete)
    delete.add_argument("--reason", required=True)
    delete.add_argument("--despite-retention", action="store_true", help="also if the policy says to keep it")
    delete.set_defaults(task=_delete)
    hold = tasks.add_parser("hold", help="let nothing be deleted of a patient, study, series or instance")
    for name, keyword in MATCHED.items():
        hold.add_argument(f"--{name}", action="append", metavar="VALUE", help=f"what is meant, by {keyword}")
    hold.add_argument("--reason", required=True)
    hold.set_defaults(task=_hold)
    tasks.add_parser("holds", help="list what is held").set_defaults(task=_holds)
    release = tasks.add_parser("release", help="end a hold")
    _add_numbered(release)
    release.set_defaults(task=_release)
    retention = tasks.add_parser("retention", help="set or show how long what is kept has to be kept")
    retention.add_argument("policy", type=Path, nargs="?", metavar="POLICY.toml")
    retention.set_defaults(task=_retention)
    expired = tasks.add_parser("expired", help="list studies that no rule and no hold keeps; --delete deletes them")
    expired.add_argument("--delete", action="store_true")
    expired.set_defaults(task=_expired)
    accept = tasks.add_parser("accept", help="let bytes in conflict be the ones that are seen")
    accept.add_argument("sha256", metavar="SHA256", help="as isocenter archive conflicts lists it")
    accept.add_argument("--reason", required=True)
    accept.set_defaults(task=_accept)


def _add_target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("study", metavar="STUDY", help="its UID")
    parser.add_argument("--series", metavar="UID", help="only this series of it")
    parser.add_argument("--instance", metavar="UID", help="only this instance of it")


def _add_numbered(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sequence", type=int, metavar="NUMBER")
    parser.add_argument("--reason", required=True)


def _reject(options: argparse.Namespace) -> int:
    with opened(options) as archive:
        uids = archive.removals.uids(options.study, options.series, options.instance)
        change = archive.removals.reject(getpass.getuser(), uids, options.code, reason=options.reason)
    print(f"{len(uids)} instances are rejected. Take it back: isocenter archive reinstate {change.sequence}")
    return 0


def _rejections(options: argparse.Namespace) -> int:
    with opened(options) as archive:
        listed = archive.removals.rejections
    for each in listed:
        count = f"{len(each.instance_uids)} instances"
        print(f"{each.sequence}  {each.at}  {each.who}  {each.code} {CODES[each.code]}  {count}  {each.reason}")
    print(f"{len(listed)} rejections are in force.")
    return 0


def _reinstate(options: argparse.Namespace) -> int:
    with opened(options) as archive:
        archive.removals.restore(getpass.getuser(), options.sequence, reason=options.reason)
    print(f"Rejection {options.sequence} is taken back.")
    return 0


def _delete(options: argparse.Namespace) -> int:
    with opened(options) as archive:
        uids = archive.removals.uids(options.study, options.series, options.instance)
        archive.removals.delete(
            getpass.getuser(), uids, reason=options.reason, despite_retention=options.despite_retention
        )
    print(f"{len(uids)} instances are deleted.")
    return 0


def _hold(options: argparse.Namespace) -> int:
    match = {keyword: getattr(options, name) for name, keyword in MATCHED.items() if getattr(options, name)}
    with opened(options) as archive:
        change = archive.removals.hold(getpass.getuser(), match, reason=options.reason)
    print(f"Hold {change.sequence} is in force. End it: isocenter archive release {change.sequence}")
    return 0


def _holds(options: argparse.Namespace) -> int:
    with opened(options) as archive:
        listed = archive.removals.holds
    for each in listed:
        match = ", ".join(f"{keyword} {' or '.join(sorted(values))}" for keyword, values in each.match.items())
        print(f"{each.sequence}  {each.at}  {each.who}  {match}  {each.reason}")
    print(f"{len(listed)} holds are in force.")
    return 0


def _release(options: argparse.Namespace) -> int:
    with opened(options) as archive:
        archive.removals.release(getpass.getuser(), options.sequence, reason=options.reason)
    print(f"Hold {options.sequence} is ended.")
    return 0


def _retention(options: argparse.Namespace) -> int:
    with opened(options) as archive:
        if options.policy is not None:
            try:
                text = options.policy.read_bytes()
            except OSError as error:
                raise OptionError(
                    "The policy cannot be read.", file=str(options.policy), found=error.strerror
                ) from None
            archive.removals.set_policy(text, options.policy.name)
        policy = archive.removals.policy
    if policy is None:
        print("There is no retention policy: nothing is listed as expired, anything but what is held may be deleted.")
        return 0
    for rule in policy.rules:
        what = ", ".join(sorted(rule.modalities)) or "everything"
        age = f", at least until the age of {rule.until_age_years}" if rule.until_age_years else ""
        print(f"{rule.name}: {what} for {rule.years} years after the study{age}")
    if policy.rejected_days is not None:
        print(f"what is rejected: {policy.rejected_days} days")
    return 0


def _expired(options: argparse.Namespace) -> int:
    with opened(options) as archive:
        listed = archive.removals.expired()
        for each in listed:
            print(f"{each.study_uid}  since {each.ended}  {each.n_instances} instances")
            if options.delete:
                uids = archive.removals.uids(each.study_uid)
                archive.removals.delete(getpass.getuser(), uids, reason="Data Retention Policy Expired")
    print(f"{len(listed)} studies {'are deleted' if options.delete else 'may be deleted'}.")
    return 0


def _accept(options: argparse.Namespace) -> int:
    with opened(options) as archive:
        change = archive.removals.accept(getpass.getuser(), options.sha256, reason=options.reason)
    print(f"Instance {change.arguments['instance']} is now seen as {options.sha256[:12]}; the other is kept beside it.")
    return 0
