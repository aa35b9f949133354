"""With the network taken away, the kitchen sink works in a browser, camera and microphone included."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.browser

NAMESPACE = ["unshare", "--map-root-user", "--net"]


def test_the_kitchen_sink_needs_no_network_and_is_small() -> None:
    possible = shutil.which("unshare") and subprocess.run([*NAMESPACE, "true"], capture_output=True).returncode == 0
    if not possible:
        pytest.skip("this machine gives no network namespace of one's own (unshare --net)")
    command = [*NAMESPACE, sys.executable, "-m", "tests.offline"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout.strip().splitlines()[-1])
    assert seen["offline"] and seen["foreign"] == [] and seen["errors"] == []
    assert len(seen["answers"]) == 7 and all(told.startswith("Result ready") for told in seen["answers"].values())
    assert seen["bytes"] <= 150_000 and not seen["wide"]
