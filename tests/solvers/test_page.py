"""The page that explains the solvers shows code that runs."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/explain/solvers.md"


def test_the_code_of_the_page_runs_as_it_stands() -> None:
    source = "\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL))
    assert source.count("assert") >= 5
    exec(compile(source, str(PAGE), "exec", dont_inherit=True), {"__name__": "page"})
