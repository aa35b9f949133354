"""Draws docs/images/reload.gif: a page in use while its script is saved, broken and mended.

python tools/record_reload.py
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.conftest import CHROMIUM, FLAGS  # noqa: E402
from tests.browser.recording import record  # noqa: E402
from tests.running import Project  # noqa: E402


def main() -> None:
    path = ROOT / "docs" / "images" / "reload.gif"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        project = Project(Path(folder))
        try:
            frames = record(browser, project, path).frames
        finally:
            for run in project.runs:
                run.kill()
            browser.close()
    print(f"{path.relative_to(ROOT)}: {len(frames)} frames, {sum(ms for _, ms in frames) / 1000:.1f} s, ", end="")
    print(f"{path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
