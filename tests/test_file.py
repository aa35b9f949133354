"""File: what the function gets of an upload, what it may return, how it is kept."""

import base64
import csv
import io
import json
import os
from pathlib import Path

import pytest

import quickdemo as gr
from quickdemo.runtime.components.file import File
from quickdemo.runtime.errors import InvalidValueError, RefusedError
from quickdemo.runtime.local_files import LocalFiles
from quickdemo.runtime.reports import Reports, current
from quickdemo.runtime.scratch import Scratch, safe_name

URL = ("https://example.com/a.txt", r"no file 'https://example.com/a.txt'\. Addresses are not fetched")


@pytest.fixture
def files():
    return LocalFiles()


def sent(files, data=b"a,b\n1,2\n", name="table.csv"):
    return {"h": files.put_bytes(data, name, "text/csv")["h"]}


class MediaFolder:
    def __init__(self, root, files):
        self.root, self.get, self.count = root, files.get, 0

    def keep(self, label, source, suffix):
        (self.root / label).mkdir(exist_ok=True)
        name = f"{label}/{self.count}{suffix}"
        self.count += 1
        with open(source, "rb") as file:
            (self.root / name).write_bytes(file.read())
        return name


def test_the_function_gets_a_file_with_a_path_that_keeps_name_and_extensions(files):
    wire = sent(files, name="my data.tar.gz")
    value = File().preprocess(wire, files)
    assert os.path.basename(value.name) == "my data.tar.gz"
    assert value.name != files.get(wire["h"]).path
    with value as file:
        assert file.read() == b"a,b\n1,2\n"


def test_an_uploaded_file_reads_like_an_open_file(files):
    with File().preprocess(sent(files), files) as file:
        assert list(csv.reader(io.TextIOWrapper(file, encoding="utf-8"))) == [["a", "b"], ["1", "2"]]


def test_pandas_reads_an_uploaded_file(files):
    pandas = pytest.importorskip("pandas")
    with File().preprocess(sent(files), files) as file:
        assert pandas.read_csv(file).shape == (1, 2)


@pytest.mark.parametrize("type", ["bytes", "binary"])
def test_type_bytes_gives_the_content(type, files):
    assert File(type=type).preprocess(sent(files), files) == b"a,b\n1,2\n"


def test_type_filepath_gives_a_path(files):
    path = File(type="filepath").preprocess(sent(files), files)
    assert os.path.basename(path) == "table.csv"


def test_several_files_come_as_a_list(files):
    several = File(file_count="multiple", type="bytes")
    assert several.preprocess([sent(files, b"1"), sent(files, b"2")], files) == [b"1", b"2"]
    assert several.preprocess(sent(files, b"1"), files) == [b"1"]
    assert several.preprocess([], files) == []


def test_the_inline_forms_of_2022_are_taken(files):
    url = "data:text/csv;base64," + base64.b64encode(b"x").decode()
    assert File(type="bytes").preprocess({"name": "x.csv", "data": url, "size": 1}, files) == b"x"
    assert File(type="bytes").preprocess([url], files) == b"x"
    value = File().preprocess({"name": "../../etc/x.csv", "data": url}, files)
    assert os.path.basename(value.name) == "x.csv"


@pytest.mark.parametrize(
    "wire",
    [
        1, "", "/etc/passwd", {}, {"path": "/etc/passwd"}, {"name": "/etc/passwd"},
        {"name": "/etc/passwd", "data": None},
        {"name": "x", "data": "/etc/passwd"}, {"h": "A" * 22}, {"h": "A" * 22, "name": "x"}, [], [None], [[]],
        {"name": "x", "data": "data:,x", "orig_name": "/etc/passwd"},
    ],
)  # fmt: skip
def test_anything_else_on_the_wire_is_refused(wire, files):
    with pytest.raises(InvalidValueError):
        File(label="table").preprocess(wire, files)


def test_two_files_for_one_are_refused(files):
    with pytest.raises(InvalidValueError, match="must be one file"):
        File().preprocess([sent(files), sent(files)], files)


def test_a_file_of_another_type_is_refused_by_name(files):
    tables = File(label="table", file_types=[".csv", "image"])
    tables.preprocess(sent(files, name="A.CSV"), files)
    tables.preprocess(sent(files, name="a.png"), files)
    with pytest.raises(InvalidValueError, match=r"table must be of type .csv, image; it was 'run.exe'"):
        tables.preprocess(sent(files, name="run.exe"), files)


def test_paths_open_files_and_lists_can_be_returned(files, tmp_path):
    path = tmp_path / "report.txt"
    path.write_text("hello")
    assert File().postprocess(str(path), files)["name"] == "report.txt"
    assert [one["size"] for one in File().postprocess([path, path], files)] == [5, 5]
    with open(path, "a") as file:
        file.write(" there")
        assert File().postprocess(file, files)["size"] == 11
    assert File().postprocess(None, files) is None


def test_what_is_no_file_cannot_be_returned(files, tmp_path):
    for value, message in [(7, "not int: 7"), (tmp_path, "is a folder"), ("gone.txt", "no file 'gone.txt'"), URL]:
        with pytest.raises(ValueError, match=message):
            File().postprocess(value, files)


def test_python_callers_pass_paths(files, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("hello")
    assert File(type="bytes").accept(path, files) == b"hello"
    assert File(type="bytes", file_count="multiple").accept([str(path)], files) == [b"hello"]
    with pytest.raises(InvalidValueError, match="a.txt is an address. Addresses are not fetched"):
        File().accept(URL[0], files)
    with pytest.raises(InvalidValueError, match="gone.txt is not there"):
        File().accept(tmp_path / "gone.txt", files)


def test_flags_keep_every_file_of_a_list_and_give_them_back(files, tmp_path):
    several = File(label="tables", file_count="multiple", type="bytes")
    folder = MediaFolder(tmp_path, files)
    cell = several.flag_cell([sent(files, b"1", "a b.tar.gz"), sent(files, b"2", "b.csv")], folder)
    assert json.loads(cell) == ["tables/0.tar.gz", "tables/1.csv"]
    assert several.accept(several.from_flag_cell(cell, str(tmp_path)), files) == [b"1", b"2"]
    one = File(label="table")
    assert one.flag_cell(sent(files), folder) == "table/2.csv"
    assert one.flag_cell(None, folder) is None


def test_an_example_shows_its_name(files, tmp_path):
    path = tmp_path / "<b>.txt"
    path.write_text("x")
    wire = File().example_wire(str(path), files)
    assert File().example_html(wire) == "&lt;b&gt;.txt"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"file_count": "two"}, "file_count"), ({"type": "text"}, "type must"),
     ({"file_types": ".csv"}, "a list"), ({"file_types": ["*"]}, "file_types")],
)  # fmt: skip
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        File(**arguments)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("cat.png", "cat.png"), ("../../etc/passwd", "passwd"), ("C:\\x\\y.txt", "y.txt"), ("a\0b\n.txt", "a_b_.txt"),
        ("", "file"),
        (".bashrc", "bashrc"), ("nul.txt", "_nul.txt"), ("-rf", "rf"),
        ("日本.tar.gz", "日本.tar.gz"), ("..", "file"),
    ],
)  # fmt: skip
def test_names_become_harmless(name, safe):
    assert safe_name(name) == safe


def test_a_long_name_keeps_its_extension():
    short = safe_name("é" * 300 + ".csv")
    assert len(short.encode()) <= 200
    assert short.endswith(".csv")


def test_copies_go_away_after_their_lifetime(tmp_path):
    scratch = Scratch(str(tmp_path), lifetime_s=0)
    old = scratch.path("a.txt")
    new = scratch.path("b.txt")
    assert not os.path.exists(os.path.dirname(old))
    assert os.path.isdir(os.path.dirname(new))


def test_copies_of_ended_calls_make_room_and_running_calls_may_not_take_all_of_it(tmp_path):
    scratch = Scratch(str(tmp_path), max_bytes=100)

    def made(reports: Reports, size: int) -> str:
        token = current.set(reports)
        try:
            path = scratch.path("a.bin")
        finally:
            current.reset(token)
        Path(path).write_bytes(bytes(size))
        return path

    ended, running = Reports(), Reports()
    first, second = made(ended, 60), made(running, 60)
    ended.end()
    third = made(running, 60)  # 120 bytes lie there by now: the copy of the call that has ended goes
    assert [os.path.exists(path) for path in (first, second, third)] == [False, True, True]
    with pytest.raises(RefusedError, match="The files of the calls that run now are more than 0 MB") as caught:
        made(running, 1)
    assert caught.value.status == 507
    assert os.path.exists(second) and os.path.exists(third)
    running.end()
    assert os.path.exists(made(Reports(), 1))
    assert not os.path.exists(second)


@pytest.mark.parametrize("flavour", ["plain", "generator", "async", "batch", "validator"])
def test_what_a_call_gets_is_in_use_until_its_end(serve, monkeypatch, tmp_path, flavour):
    scratch = Scratch(str(tmp_path), max_bytes=10)
    monkeypatch.setattr("quickdemo.runtime.scratch._scratch_of", lambda pid: scratch)

    def sizes(paths):
        return [os.path.getsize(path) for path in (paths if isinstance(paths, list) else [paths])]

    async def sizes_async(path):
        return sizes(path)

    def steps(path):
        yield sizes(path)

    function = {"async": sizes_async, "generator": steps, "batch": lambda many: ([sizes(one) for one in many],)}
    options = {"batch": {"batch": True}, "validator": {"validator": lambda path: None}}.get(flavour, {})
    component = gr.File(type="filepath", file_count="multiple")
    served = serve(gr.Interface(function.get(flavour, sizes), component, "json", **options))
    client = served.client()
    handle = {"h": client.post("/api/files", content=bytes(8), headers={"x-file-name": "a"}).json()["h"]}
    for _ in range(3):  # what earlier calls got makes room
        assert client.post("/api/predict", json={"data": [[handle]]}).json()["data"] == [[8]]
    refused = client.post("/api/predict", json={"data": [[handle] * 3]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (507, "storage_full")
    assert client.post("/api/predict", json={"data": [[handle]]}).json()["data"] == [[8]]


def test_one_file_that_is_named_many_times_is_not_read_without_end(files, monkeypatch):
    monkeypatch.setattr("quickdemo.runtime.components.file.MAX_BYTES", 3 << 20)
    many = File(file_count="multiple", type="binary", label="Files")
    handle = sent(files, bytes(1 << 20))
    assert len(many.preprocess([handle] * 3, files)) == 3
    with pytest.raises(InvalidValueError, match=r"^Files must be at most 3 MB of files together; it was '4 MB'"):
        many.preprocess([handle] * 4, files)


def test_an_explorer_offers_nothing_beyond_its_folder(tmp_path, files):
    (tmp_path / "secret.txt").write_text("s")
    folder = tmp_path / "shown"
    (folder / "sub").mkdir(parents=True)
    for name in ("a.txt", "sub/b.txt"):
        (folder / name).write_text("x")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "up").symlink_to(tmp_path)
    explorer = gr.FileExplorer(root_dir=folder)
    assert explorer.paths == ["a.txt", "sub/b.txt"]
    assert gr.FileExplorer("../*", root_dir=folder).paths == []
    for path in (
        "../secret.txt",
        "up/secret.txt",
        "link.txt",
        str(tmp_path / "secret.txt"),
        "sub/../../secret.txt",
        "a.txt\0",
    ):
        with pytest.raises(InvalidValueError, match="must be one of the files of its list"):
            explorer.preprocess([path], files)
    (folder / "a.txt").unlink()
    (folder / "a.txt").symlink_to(tmp_path / "secret.txt")  # after the page was loaded
    with pytest.raises(InvalidValueError, match="is not there any more"):
        explorer.preprocess(["a.txt"], files)
