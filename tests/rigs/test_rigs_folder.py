"""The folder of a run is gone when the run is, however it ended."""

import signal
import subprocess
import sys

from payload.rigs.programs.folder import run_folder, sweep

CODE = """
import sys, time
from payload.rigs.programs.folder import run_folder
with run_folder() as folder:
    (folder / "rig.log").write_text("words")
    print(folder, flush=True)
    sys.stdin.read()
"""


def test_what_a_killed_run_left_is_swept_and_what_a_living_one_has_is_not(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    runs = [
        subprocess.Popen([sys.executable, "-c", CODE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    folders = [run.stdout.readline().strip() for run in runs]
    runs[0].send_signal(signal.SIGKILL)
    runs[0].communicate()
    (tmp_path / "payload-run-of-somebody").mkdir()  # has no lock: being made, or not ours
    with run_folder() as mine:
        left = {str(path) for path in tmp_path.iterdir()}
    assert left == {folders[1], str(mine), str(tmp_path / "payload-run-of-somebody")}
    assert not mine.exists()
    runs[1].communicate("")
    assert sweep() == []
    assert [path.name for path in tmp_path.iterdir()] == ["payload-run-of-somebody"]
