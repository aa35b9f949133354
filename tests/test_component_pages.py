"""The page of each component says what happens now, and each example answers its sample."""

from __future__ import annotations

import sys
import warnings

import pytest
from PIL import Image

from quickdemo.runtime.components.registry import CLASSES
from tests.conftest import ROOT
from tools.component_pages import IMAGES, PAGES, kinds, page_text
from tools.component_serving import SCRIPTS, script_of

MOST_BYTES = 2_500_000  # of all pictures together


@pytest.mark.parametrize("kind", kinds())
def test_the_page_of_a_component_is_what_running_its_example_gives(kind: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text = page_text(kind)

    assert (PAGES / f"{kind}.md").read_text() == text, f"run `make component-pages` (of {kind} something has changed)"


def test_every_component_has_an_example_a_page_and_pictures() -> None:
    scripts = {script_of(kind) for kind in kinds()}

    assert set(SCRIPTS.glob("*.py")) == scripts
    assert {page.stem for page in PAGES.glob("*.md")} == set(kinds())
    assert {picture.name for picture in IMAGES.iterdir()} == {
        f"{kind}-{scheme}.png" for kind in kinds() for scheme in ("light", "dark")
    }
    assert {name.lower() for name in CLASSES} == set(kinds())


def test_no_example_hides_a_module_of_the_standard_library() -> None:
    assert {path.stem for path in SCRIPTS.glob("*.py")} & sys.stdlib_module_names == set()


def test_the_index_leads_to_every_page() -> None:
    index = (ROOT / "docs" / "components.md").read_text()

    assert [kind for kind in kinds() if f"(components/{kind}.md)" not in index] == []


def test_the_pictures_are_small_and_of_the_stated_widths() -> None:
    pictures = list(IMAGES.iterdir())

    assert sum(picture.stat().st_size for picture in pictures) < MOST_BYTES
    for picture in pictures:
        with Image.open(picture) as opened:
            assert opened.width <= (360 if picture.stem.endswith("-dark") else 1280), picture.name
