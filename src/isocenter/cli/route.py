"""isocenter route: check rules of routing, say what they make of a file, look after the outbound queue."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import time

from isocenter.cli.command import Command
from isocenter.core.errors import IsocenterError, NotFoundError
from isocenter.dicom.pixels.frames import map_file
from isocenter.dicom.uid_names import name_of
from isocenter.server.routing.queue import OUTBOX, Job, Queue, State
from isocenter.server.routing.rules import Rule, Verdict, read_subject, verdicts
from isocenter.server.routing.rules_file import load_rules
from isocenter.server.settings import default_data_dir

_MAX_LISTED = 100
_WAITING: tuple[State, ...] = ("held", "waiting", "uncommitted")
_GIVEN_UP: tuple[State, ...] = ("failed",)


def _configure(parser: argparse.ArgumentParser) -> None:
    tasks = parser.add_subparsers(title="tasks", metavar="TASK", required=True)
    check = tasks.add_parser("check", help="read a file of rules and print what it means")
    check.add_argument("rules", type=Path, metavar="TOML")
    check.set_defaults(task=_check)
    explain = tasks.add_parser("explain", help="say of DICOM files which rules match, and why")
    explain.add_argument("rules", type=Path, metavar="TOML")
    explain.add_argument("files", type=Path, nargs="+", metavar="FILE")
    explain.add_argument("--from-ae", default="", metavar="AET", help="as if this AE title had sent them")
    explain.set_defaults(task=_explain)
    queue = tasks.add_parser("queue", help="list what waits and what was given up; exit code 1 if something was")
    queue.add_argument("--all", action="store_true", help=f"list all, not only the first {_MAX_LISTED} of a kind")
    queue.set_defaults(task=_queue)
    retry = tasks.add_parser("retry", help="try what was given up or postponed again, also while it is serving")
    retry.add_argument("--destination", metavar="AET@HOST:PORT", help="only for this one")
    retry.set_defaults(task=_retry)
    for task in (queue, retry):
        task.add_argument(
            "--data",
            type=Path,
            default=default_data_dir(),
            metavar="FOLDER",
            help="the department (default: %(default)s)",
        )


def _run(options: argparse.Namespace) -> int:
    code: int = options.task(options)
    return code


def _check(options: argparse.Namespace) -> int:
    rules = load_rules(options.rules)
    for rule in rules:
        print(_described(rule))
    print(f"{len(rules)} rules, all sound.")
    return 0


def _described(rule: Rule) -> str:
    lines = [rule.name] if rule.conditions else [rule.name, "  every instance"]
    lines += [f"  if {each.field} is {each.alternatives()}" for each in rule.conditions]
    lines += [f"  to {peer}{' with TLS' if peer.tls is not None else ''}" for peer in rule.destinations]
    if rule.transfer_syntax_uid:
        lines.append(f"  as {name_of(rule.transfer_syntax_uid)}")
    lines.append(f"  when its study has been quiet for {rule.quiet_s:g} s" if rule.quiet_s else "  at once")
    if rule.commit:
        lines.append("  and asks whether it is safe there")
    return "\n".join(lines)


def _explain(options: argparse.Namespace) -> int:
    rules = load_rules(options.rules)
    is_complete = True
    for path in options.files:
        try:
            subject = read_subject(map_file(path), rules, options.from_ae)
        except IsocenterError as error:
            print(f"{path}: {error.message}")
            is_complete = False
            continue
        print(path)
        for verdict in verdicts(rules, subject):
            print(_told(verdict))
    return 0 if is_complete else 1


def _told(verdict: Verdict) -> str:
    goes = f"goes to {', '.join(str(peer) for peer in verdict.rule.destinations)}"
    lines = [f"  {verdict.rule.name}: {goes if verdict.matches else 'does not match'}"]
    lines += [f"    {'yes' if finding.holds else 'NO ':<3}  {finding.sentence()}" for finding in verdict.findings]
    return "\n".join(lines)


def _queue(options: argparse.Namespace) -> int:
    queue = _opened(options.data)
    try:
        counts = queue.counts()
        _print_destinations(queue, counts)
        for title, states in (("Waiting", _WAITING), ("Given up", _GIVEN_UP)):
            _print_jobs(queue, title, states, sum(counts.get(key, 0) for key in counts if key[1] in states), options)
    finally:
        queue.close()
    n_waiting, n_failed = (
        sum(count for (_, state), count in counts.items() if state in states) for states in (_WAITING, _GIVEN_UP)
    )
    print(f"{n_waiting} waiting, {n_failed} given up.")
    return 1 if n_failed else 0


def _print_destinations(queue: Queue, counts: Mapping[tuple[str, State], int]) -> None:
    for name in sorted({name for name, _ in counts}):
        print(f"{name}: " + ", ".join(f"{count} {state}" for (each, state), count in counts.items() if each == name))
        trouble = queue.trouble(name)
        if trouble.n_failures:
            print(f"  {trouble.reason} Failed {trouble.n_failures} times; next try {_moment(trouble.due_at)}.")


def _print_jobs(queue: Queue, title: str, states: tuple[State, ...], n_jobs: int, options: argparse.Namespace) -> None:
    jobs = queue.listed(*states, limit=-1 if options.all else _MAX_LISTED)
    if jobs:
        print(f"\n{title}:\n" + "\n".join(f"  {_line(job)}" for job in jobs))
    if n_jobs > len(jobs):
        print(f"  and {n_jobs - len(jobs)} more (--all)")


def _line(job: Job) -> str:
    line = f"{job.instance_uid} to {job.destination}, rule {job.rule}, {job.state} since {_moment(job.queued_at)}"
    return f"{line}: {job.reason}" if job.reason else line


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).astimezone().isoformat(sep=" ", timespec="seconds")


def _retry(options: argparse.Namespace) -> int:
    queue = _opened(options.data)
    try:
        n_jobs = queue.retry(time(), options.destination)
    finally:
        queue.close()
    print(f"{n_jobs} instances are tried again: within seconds if the department is serving, else when it starts.")
    return 0


def _opened(data: Path) -> Queue:
    path = data / OUTBOX
    if not path.is_file():
        raise NotFoundError(
            "There is no outbound queue here.",
            file=path,
            expected="the folder of a department that was started with --routes",
        )
    return Queue(path)


COMMAND = Command(
    name="route",
    summary="check rules of routing, explain them, look after the outbound queue",
    description="Rules say which instances that arrive go on to which nodes: isocenter serve --routes TOML.",
    examples="  isocenter route check routes.toml\n  isocenter route explain routes.toml slice.dcm --from-ae CT1\n"
    "  isocenter route queue --data /srv/isocenter\n  isocenter route retry --destination PACS@10.0.0.5:104",
    configure=_configure,
    run=_run,
)
