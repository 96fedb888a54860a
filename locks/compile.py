"""Write the lock files anew: the newest versions that fit pyproject.toml, with hashes, for every platform."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMON = [
    "--universal",
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--no-header",
    "--no-annotate",
    "--quiet",
    "--no-config",
]
EXTRAS = ["--extra", "nifti", "--extra", "itk", "--extra", "plot", "--extra", "twix"]
VIDEO = ["--extra", "video"]  # not where people only run it: its FFmpeg is partly under the GPL


def compile_lock(name: str, *arguments: str) -> None:
    """Resolve one set of dependencies into locks/<name>.txt."""
    output = ROOT / "locks" / f"{name}.txt"
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "compile",
        "pyproject.toml",
        *COMMON,
        *arguments,
        "--output-file",
        str(output),
        "--upgrade",
    ]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    print(f"{output.relative_to(ROOT)}: {output.read_text().count('==')} packages")


def main() -> None:
    """Resolve documentation, development and run in this order, each held to the one before."""
    compile_lock("docs", *EXTRAS, *VIDEO, "--group", "docs", "--group", "dev", "--group", "build")
    compile_lock("dev", *EXTRAS, *VIDEO, "--group", "dev", "--group", "build", "--constraints", "locks/docs.txt")
    compile_lock("run", *EXTRAS, "--group", "build", "--constraints", "locks/dev.txt")


if __name__ == "__main__":
    sys.exit(main())
