"""The top-level folders become one package: links, table and folders agree, and the wheel stands alone."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOMS = ["cli", "hub", "interpret", "runtime", "templates"]


def table() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]


def packages_of(root: Path) -> set[str]:
    """Every package that lies in the rooms' folders."""
    inits = [path.parent for room in ROOMS for path in (root / room).rglob("__init__.py")]
    return {"quickdemo", *(".".join(("quickdemo", *folder.relative_to(root).parts)) for folder in inits)}


def test_links_lead_to_the_folders_of_the_table() -> None:
    links = {path.name: os.readlink(path) for path in (ROOT / "quickdemo").iterdir() if path.is_symlink()}

    assert links == {room: f"../{room}" for room in ROOMS}
    assert table()["package-dir"] == {f"quickdemo.{room}": room for room in ROOMS}


def test_every_package_of_the_folders_is_in_the_table() -> None:
    assert set(table()["packages"]) == packages_of(ROOT)


def test_a_package_that_nobody_listed_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "cli" / "forgotten").mkdir(parents=True)
    (tmp_path / "cli" / "forgotten" / "__init__.py").touch()

    assert "quickdemo.cli.forgotten" in packages_of(tmp_path)


def test_every_folder_with_python_files_is_a_package() -> None:
    folders = {path.parent for room in ROOMS for path in (ROOT / room).rglob("*.py")}

    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def build(kind: str, source: Path, target: Path) -> Path:
    """An sdist or a wheel, made by the locked setuptools; needs no network."""
    code = f"import sys; from setuptools import build_meta; print(build_meta.build_{kind}(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", code, str(target)], cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target / done.stdout.splitlines()[-1]


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the tracked files, so that nothing that lies about gets in."""
    target, source = tmp_path_factory.mktemp("sdist"), tmp_path_factory.mktemp("source")
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        copy = source / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_symlink():
            copy.symlink_to(os.readlink(ROOT / name))
        elif (ROOT / name).is_file():
            copy.write_bytes((ROOT / name).read_bytes())
    return build("sdist", source, target)


@pytest.fixture(scope="session")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel made from the sdist alone."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        if hasattr(tarfile, "data_filter"):  # Debian's Python 3.11.2 is older than this
            archive.extraction_filter = tarfile.data_filter
        archive.extractall(folder)
    return build("wheel", next(folder.iterdir()), tmp_path_factory.mktemp("wheel"))


@pytest.mark.slow
def test_the_wheel_puts_only_quickdemo_into_site_packages(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.split("/")[0] for name in names} == {"quickdemo", "quickdemo-0.1.0.dist-info"}


@pytest.mark.slow
def test_the_wheel_holds_every_module_template_and_static_file(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = [path.relative_to(ROOT) for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    pages = [
        path.relative_to(ROOT) for path in (ROOT / "templates").rglob("*") if path.suffix in (".html", ".js", ".css")
    ]

    assert pages
    assert {f"quickdemo/{path.as_posix()}" for path in [*modules, *pages]} <= names
    assert {"quickdemo/__init__.py", "quickdemo/__main__.py", "quickdemo/py.typed"} <= names


@pytest.fixture(scope="session")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment that holds the wheel and its locked requirements, and nothing else."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    base = str(ROOT / "requirements" / "base.txt")
    subprocess.run([*pip, "--require-hashes", "-r", base], check=True, capture_output=True)
    subprocess.run([*pip, "--no-index", "--no-deps", str(wheel)], check=True, capture_output=True)
    return folder / "bin"


@pytest.mark.slow
def test_the_command_runs_without_any_development_package(bare: Path, tmp_path: Path) -> None:
    for command in ([str(bare / "quickdemo")], [str(bare / "python"), "-m", "quickdemo"]):
        done = subprocess.run([*command, "--help"], cwd=tmp_path, capture_output=True, text=True)

        assert done.returncode == 0, done.stderr
        assert "run" in done.stdout


@pytest.mark.slow
def test_an_app_is_served_from_the_wheel_alone(bare: Path, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import quickdemo as gr\ndemo = gr.Interface(str.upper, 'text', 'text')\n")

    done = subprocess.run([str(bare / "quickdemo"), "run", "app.py", "--get", "/"], cwd=tmp_path, capture_output=True)

    assert done.returncode == 0, done.stderr.decode()
    assert b"<qd-interface" in done.stdout
