"""Every ```console block in README.md and docs/ does what it shows.

A line that starts with `$ ` is run in bash, in a fresh folder a page; the lines below it are its whole output (`...`
stands for anything, as in doctest). A command that is meant to fail ends in `# exit N`.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def _examples(page: Path) -> list[tuple[str, str]]:
    examples: list[tuple[str, str]] = []
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            examples.append((command, output))
    return examples


@pytest.mark.parametrize("page", [p for p in PAGES if _examples(p)], ids=lambda p: str(p.relative_to(ROOT)))
def test_the_page_shows_what_happens(page, tmp_path):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COLUMNS": "120", "NO_COLOR": "1"}
    checker = doctest.OutputChecker()
    for command, expected in _examples(page):
        meant = int(found[1]) if (found := re.search(r"# exit (\d+)$", command)) else 0
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        output = done.stdout + done.stderr
        assert done.returncode == meant, f"$ {command}\nexit {done.returncode}\n{output}"
        example = doctest.Example(command, expected)
        assert checker.check_output(expected, output, FLAGS), checker.output_difference(example, output, FLAGS)
