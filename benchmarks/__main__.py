"""Run every benchmark that stands beside this file, one after the other: ``python -m benchmarks``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Run each benchmark as a program of its own and return 1 if one failed."""
    failed = 0
    here = Path(__file__).parent
    for path in sorted([*here.glob("[!_]*.py"), *(each.parent for each in here.glob("*/__main__.py"))]):
        print(f"== {path.stem}", flush=True)
        command = [str(path)] if path.is_file() else ["-m", f"benchmarks.{path.name}"]
        failed += subprocess.run([sys.executable, *command], check=False, cwd=here.parent).returncode != 0
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
