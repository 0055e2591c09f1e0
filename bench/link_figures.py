"""Every figure of the native link, one after the other: some five minutes on a machine that does nothing else.

python bench/link_figures.py
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

RUNS = (
    ("link_speed.py",),
    ("exactly_once.py",),
    ("exactly_once_killed.py",),
    ("link_cut.py",),
    ("samples_whole.py",),
    ("samples_whole.py", "--seconds", "60", "--stall", "5"),
    ("clock_error.py",),
)

if __name__ == "__main__":
    failed = 0
    for name, *words in RUNS:
        print("$", name, *words, flush=True)
        failed |= subprocess.run([sys.executable, str(Path(__file__).with_name(name)), *words], check=False).returncode
        print(flush=True)
    sys.exit(failed)
