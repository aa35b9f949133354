"""What `import quickdemo` offers, and what it leaves alone."""

from collections.abc import Callable

import pytest

import quickdemo

Python = Callable[[str], str]


def test_every_name_of_the_face_exists_and_is_listed_once() -> None:
    names = quickdemo.__all__

    assert names == sorted(sorted(set(names)), key=str.casefold)
    assert all(getattr(quickdemo, name) is not None for name in names)
    assert set(names) <= set(dir(quickdemo))


def test_an_unknown_name_is_refused_with_what_there_is() -> None:
    with pytest.raises(AttributeError, match="'Interfaces'.*Interface"):
        quickdemo.Interfaces  # noqa: B018


@pytest.mark.parametrize("heavy", ["numpy", "PIL", "starlette", "uvicorn", "shap", "pandas", "typer", "jinja2"])
def test_the_import_alone_loads_nothing_heavy(python: Python, heavy: str) -> None:
    assert python(f"import sys, quickdemo; print({heavy!r} in sys.modules)") == "False"


@pytest.mark.parametrize("heavy", ["numpy", "PIL", "starlette", "uvicorn", "shap", "pandas", "pydantic"])
def test_the_help_of_the_command_line_loads_nothing_heavy(python: Python, heavy: str) -> None:
    code = f"""
import sys
from quickdemo.cli.main import main
sys.argv = ["quickdemo", "--help"]
try: main()
except SystemExit: pass
print({heavy!r} in sys.modules)"""

    assert python(code).splitlines()[-1] == "False"


def test_a_text_interface_is_declared_without_numpy(python: Python) -> None:
    code = "import sys, quickdemo as gr; gr.Interface(str.upper, 'text', 'text'); print('numpy' in sys.modules)"

    assert python(code) == "False"


@pytest.mark.parametrize("module", ["runtime.server.app", "hub.models", "hub.spaces"])
def test_serving_texts_and_loading_import_no_numpy_and_nothing_of_the_network(python: Python, module: str) -> None:
    heavy = "{'numpy', 'requests', 'urllib3', 'huggingface_hub'}"

    assert python(f"import sys, quickdemo.{module}; print({heavy} & set(sys.modules))") == "set()"


@pytest.mark.parametrize("module", ["components", "flagging", "inputs", "outputs", "themes"])
def test_modules_are_imported_by_their_names_too(python: Python, module: str) -> None:
    code = f"import quickdemo as gr, quickdemo.{module} as one; from quickdemo import {module}; "
    assert python(code + f"print(one is {module} is gr.{module})") == "True"


def test_a_near_name_is_suggested_and_blocks_are_told_of() -> None:
    with pytest.raises(AttributeError, match=r"'Texbox'. Did you mean Textbox"):
        quickdemo.Texbox  # noqa: B018
    with pytest.raises(AttributeError, match=r"no gr.Blocks: quickdemo serves functions as gr.Interface"):
        quickdemo.Blocks  # noqa: B018
    with pytest.raises(AttributeError, match=r"'qqqq'. It offers .*Textbox"):
        quickdemo.qqqq  # noqa: B018


def test_sizes_count_in_1024s() -> None:
    assert 5 * quickdemo.FileSize.MB == 5 * 1024**2
