"""The planner is held against the brute-force enumerator, which lives with the checker's tests."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "rules"))
