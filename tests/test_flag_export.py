"""`quickdemo flag-export`, run as a person runs it."""

import base64
import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from quickdemo.runtime.flagging.log import AppendLog
from tests.running import Project, project

__all__ = ["project"]  # a fixture

ROOT = Path(__file__).parent.parent
HEADER = ["text", "photo", "score", "flag", "username", "timestamp", "id"]
FLAGS: list[list[Any]] = [
    ["=1+1", "photo/0.png", 1.5, "good", "ada", "2026-11-18T23:59:59.999999Z", "s1"],
    ['a "b"\r\nc', None, -3, "incorrect", "bob", "2026-11-20T00:00:00.000000Z", "s2"],
    ["[1]\ud800", None, None, "incorrect", "ada", "2026-11-20T23:59:59.999999Z", "s3"],
    ["photo/0.png", "photo/9.png", True, "", "", "2026-11-21T00:00:00.000000Z", "s4"],
]
PICTURE = b"\x89PNG\r\n\x1a\n not really"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """The folder of an app with four flags."""
    folder = tmp_path / "app"
    log = AppendLog(str(folder / "flagged"), HEADER)
    for row in FLAGS:
        log.append(row)
    (folder / "flagged" / "photo").mkdir()
    (folder / "flagged" / "photo" / "0.png").write_bytes(PICTURE)
    return folder


def export(folder: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[bytes]:
    """The command, run in `folder`; fails unless it exits with `code`."""
    command = [sys.executable, "-W", "error", "-m", "quickdemo", "flag-export", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, capture_output=True, env=environment, timeout=60)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    assert b"Traceback" not in done.stderr
    return done


def objects(text: bytes) -> list[dict[str, Any]]:
    """JSON lines."""
    return [json.loads(line) for line in text.splitlines()]


def ids(text: bytes) -> list[str]:
    """The ids in an exported CSV."""
    return [row["id"] for row in csv.DictReader(io.StringIO(text.decode(), newline=""), strict=True)]


def test_csv_is_the_log_again(app: Path) -> None:
    done = export(app)
    assert done.stdout == (app / "flagged" / "log.csv").read_bytes()
    assert done.stderr.startswith(b"wrote 4 rows from ./flagged/log.csv to standard output in ")


def test_json_lines_have_the_values_as_they_were_flagged(app: Path) -> None:
    rows = objects(export(app, "--format", "jsonl").stdout)
    assert [list(row.values()) for row in rows] == FLAGS
    assert list(rows[0]) == HEADER


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--since", "2026-11-20"], ["s2", "s3", "s4"]),
        (["--until", "2026-11-20"], ["s1", "s2", "s3"]),
        (["--since", "2026-11-20", "--until", "2026-11-20"], ["s2", "s3"]),
        (["--until", "2026-11-20T00:00"], ["s1"]),
        (["--since", "2026-11-21T01:00+01:00"], ["s4"]),
        (["--since", "2026-11-20T23:59:59.999999Z"], ["s3", "s4"]),
        (["--since", "36500d"], ["s1", "s2", "s3", "s4"]),
        (["--option", "incorrect"], ["s2", "s3"]),
        (["--option", "incorrect", "--option", "good"], ["s1", "s2", "s3"]),
        (["--user", "ada", "--option", "incorrect"], ["s3"]),
        (["--limit", "2"], ["s1", "s2"]),
    ],
)
def test_rows_are_chosen_by_time_option_user_and_number(app: Path, arguments: list[str], expected: list[str]) -> None:
    assert ids(export(app, *arguments).stdout) == expected


@pytest.mark.parametrize(
    "arguments",
    [["--since", "soon"], ["--until", "999999d"], ["--format", "xls"], ["--limit", "0"], ["--with-files", "all"]],
)
def test_a_wrong_option_is_exit_code_2(app: Path, arguments: list[str]) -> None:
    assert arguments[-1].encode() in export(app, *arguments, code=2).stderr


def test_nothing_found_is_exit_code_3(app: Path) -> None:
    assert b"matches" in export(app, "--option", "other", "-o", "out.csv", code=3).stderr
    assert not (app / "out.csv").exists()
    assert b"nowhere" in export(app, "nowhere", code=3).stderr
    (app / "empty").mkdir()
    assert b"no flags" in export(app, "empty", code=3).stderr


def test_nothing_found_may_be_wanted(app: Path) -> None:
    export(app, "--option", "other", "--allow-empty", "-o", "out.csv")
    assert (app / "out.csv").read_bytes() == b'"text","photo","score","flag","username","timestamp","id"\r\n'


def test_damaged_rows_are_exit_code_4_and_the_good_ones_are_exported(app: Path) -> None:
    with open(app / "flagged" / "log.csv", "ab") as log:
        log.write(b'"open,1,2\r\n"only","two"\r\n' + b'"last",,1,"","","2026-11-22T00:00:00Z","s5"\r\n')
    done = export(app, "-o", "out.csv", code=4)
    assert ids((app / "out.csv").read_bytes()) == ["s1", "s2", "s3", "s4", "s5"]
    rejected = objects((app / "out.rejected.jsonl").read_bytes())
    assert [row["line"] for row in rejected] == [7, 8]
    assert [row["text"] for row in rejected] == ['"open,1,2', '"only","two"']
    assert b"2 damaged rows kept in out.rejected.jsonl (log.csv:7 " in done.stderr
    assert len(ids(export(app, code=4).stdout)) == 5


def test_a_file_that_is_no_log_is_refused(app: Path) -> None:
    (app / "notes.csv").write_text('a "quote" in the wrong place\n')
    assert b"no flag log" in export(app, "notes.csv", code=4).stderr


def test_the_file_appears_whole_or_not_at_all(app: Path) -> None:
    (app / "out.csv").write_text("what was there before")
    limit = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100));"
    code = (
        limit + "from quickdemo.cli.main import main; sys.argv = ['quickdemo', 'flag-export', '-o', 'out.csv']; main()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=app, capture_output=True, env=environment, timeout=60)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"out.csv" in done.stderr
    assert (app / "out.csv").read_text() == "what was there before"
    assert sorted(path.name for path in app.iterdir()) == ["flagged", "out.csv"]
    export(app, "-o", "out.csv")
    assert (app / "out.csv").read_bytes() == (app / "flagged" / "log.csv").read_bytes()
    assert sorted(path.name for path in app.iterdir()) == ["flagged", "out.csv"]


def test_the_ending_of_the_file_says_the_format(app: Path) -> None:
    export(app, "-o", "out.jsonl")
    assert [row["id"] for row in objects((app / "out.jsonl").read_bytes())] == ["s1", "s2", "s3", "s4"]


def test_places_that_cannot_be_written_are_exit_code_2(app: Path) -> None:
    assert b"is a folder" in export(app, "-o", "flagged", code=2).stderr
    assert b"no folder" in export(app, "-o", "nowhere/out.csv", code=2).stderr
    assert b"flag log itself" in export(app, "-o", "flagged/log.csv", code=2).stderr
    assert len(ids((app / "flagged" / "log.csv").read_bytes())) == 4


def test_a_link_or_a_device_stays_what_it_is(app: Path) -> None:
    (app / "real.csv").touch()
    (app / "link.csv").symlink_to("real.csv")
    export(app, "-o", "link.csv")
    assert (app / "link.csv").is_symlink()
    assert len(ids((app / "real.csv").read_bytes())) == 4
    os.mkfifo(app / "pipe")
    with subprocess.Popen(["cat", "pipe"], cwd=app, stdout=subprocess.PIPE) as cat:
        export(app, "-o", "pipe")
        assert cat.stdout is not None
        assert len(ids(cat.stdout.read())) == 4
    assert (app / "pipe").is_fifo()


def test_the_flags_of_a_script_are_found_where_it_says(app: Path) -> None:
    (app / "flagged").rename(app / "kept samples")
    (app / "app.py").write_text(
        "import quickdemo as gr\ngr.Interface(print, 'text', 'text', flagging_dir='kept samples').launch()\n"
    )
    for arguments in ([], ["app.py"], ["app.py:demo"], ["kept samples"], ["kept samples/log.csv"]):
        assert ids(export(app, *arguments).stdout) == ["s1", "s2", "s3", "s4"]
    assert len(ids(export(app.parent, "app/app.py").stdout)) == 4
    assert len(ids(export(app.parent, "app").stdout)) == 4
    (app / "app.py").write_text("def (")
    assert b"line 1 is no Python" in export(app, code=1).stderr


def test_flags_are_found_where_the_app_was_started_too(app: Path) -> None:
    (app / "apps").mkdir()
    (app / "apps" / "app.py").write_text("import quickdemo as gr\n")
    assert len(ids(export(app, "apps/app.py").stdout)) == 4


def test_what_visitors_flag_comes_out_again(project: Project) -> None:
    project.write(
        "import quickdemo as gr\n"
        "demo = gr.Interface(str.upper, gr.Textbox(label='word'), 'text', flagging_options=['good', 'bad'])\n"
        "demo.launch()\n"
    )
    run = project.run()
    run.ready()
    for number, word in enumerate(["=1+1", "日本", "-5"], 1):
        made = run.predict(word)
        connection = run.connect()
        body = json.dumps({"inputs": [word], "outputs": [made], "option": "bad"})
        connection.request("POST", "/api/flag/predict", body, {"Content-Type": "application/json"})
        assert json.loads(connection.getresponse().read()) == {"count": number}
        connection.close()
    rows = objects(export(project.folder, "app.py", "--option", "bad", "--format", "jsonl").stdout)
    assert [(row["word"], row["output"], row["flag"]) for row in rows] == [
        ("=1+1", "=1+1", "bad"),
        ("日本", "日本", "bad"),
        ("-5", "-5", "bad"),
    ]


def test_several_logs_become_one_table(app: Path) -> None:
    AppendLog(str(app / "flagged"), ["other", "timestamp", "id"]).append(["x", "2026-11-22T00:00:00Z", "s5"])
    rows = list(csv.DictReader(io.StringIO(export(app).stdout.decode(), newline="")))
    assert list(rows[0]) == ["text", "photo", "score", "other", "flag", "username", "timestamp", "id"]
    assert [(row["other"], row["id"]) for row in rows[3:]] == [("", "s4"), ("x", "s5")]


def test_flags_of_old_gradio_versions_are_converted(tmp_path: Path) -> None:
    old = tmp_path / ".gradio" / "flagged"
    (old / "photo" / "0f1e").mkdir(parents=True)
    (old / "photo" / "0f1e" / "x.png").write_bytes(PICTURE)
    (old / "dataset1.csv").write_text(
        f"photo,text,flag,timestamp\r\n{old}/photo/0f1e/x.png,'=1,good,2026-11-23 08:14:14\r\n", newline=""
    )
    done = export(tmp_path, "-o", "new.csv", "--with-files", "copy")
    assert b"1 file (0.0 MB)" in done.stderr
    row = next(csv.DictReader(io.StringIO((tmp_path / "new.csv").read_text(), newline="")))
    assert row["photo"] == "new-files/photo/0f1e/x.png"
    assert (tmp_path / row["photo"]).read_bytes() == PICTURE
    assert objects(export(tmp_path, "new.csv", "--format", "jsonl").stdout)[0]["text"] == "=1"


def test_media_are_copied_beside_the_export(app: Path) -> None:
    done = export(app, "-o", "out.jsonl", "--with-files", "copy")
    rows = objects((app / "out.jsonl").read_bytes())
    assert [row["photo"] for row in rows] == ["out-files/photo/0.png", None, None, "photo/9.png"]
    assert rows[3]["text"] == "photo/0.png"  # what a visitor wrote is no file
    assert (app / "out-files" / "photo" / "0.png").read_bytes() == PICTURE
    assert b"wrote 4 rows, 1 file (0.0 MB), 1 file not found from ./flagged/log.csv to out.jsonl" in done.stderr
    assert b"-o" in export(app, "--with-files", "copy", code=2).stderr


def test_media_can_stand_in_the_cells(app: Path) -> None:
    rows = objects(export(app, "--format", "jsonl", "--with-files", "base64").stdout)
    assert rows[0]["photo"] == "data:image/png;base64," + base64.b64encode(PICTURE).decode()
    assert rows[3]["text"] == "photo/0.png"


def test_no_cell_brings_out_a_file_from_elsewhere(app: Path) -> None:
    (app / "secret.png").write_bytes(b"secret")
    (app / "flagged" / "photo" / "link.png").symlink_to(app / "secret.png")
    log = AppendLog(str(app / "flagged"), HEADER)
    for path in ("photo/../../secret.png", str(app / "secret.png"), "photo/link.png"):
        log.append(["", path, 0, "", "", "2026-11-22T00:00:00Z", "s5"])
    done = export(app, "--format", "jsonl", "--with-files", "base64")
    assert base64.b64encode(b"secret") not in done.stdout
    assert objects(done.stdout)[4]["photo"] == "photo/../../secret.png"


def test_the_summary_can_be_json(app: Path) -> None:
    facts = json.loads(export(app, "-o", "out.csv", "--json").stdout)
    assert facts.pop("seconds") >= 0
    expected = {"rows": 4, "damaged": 0, "output": "out.csv", "rejected": None, "format": "csv"}
    assert facts.pop("logs") == ["./flagged/log.csv"]
    assert facts == {**expected, "files": 0, "bytes": 0, "missing_files": 0}
    done = export(app, "--json", "--limit", "1")
    assert ids(done.stdout) == ["s1"]
    assert json.loads(done.stderr)["rows"] == 1


def many(app: Path, rows: int) -> None:
    """A log with many rows."""
    with open(app / "flagged" / "log.csv", "ab") as log:
        for number in range(rows):
            log.write(b'"' + b"x" * 1000 + b'",,1,"","","2026-11-22T00:00:00Z","m%d"\r\n' % number)


def test_a_reader_that_stops_early_is_no_error(app: Path) -> None:
    many(app, 2000)
    command = [sys.executable, "-m", "quickdemo", "flag-export"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=app, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141


def test_a_large_log_is_not_held_in_memory(app: Path) -> None:
    code = (
        "import resource, sys; sys.argv = ['quickdemo', 'flag-export', '-o', 'out.csv'];"
        "from quickdemo.cli.main import main\n"
        "try:\n    main()\n"
        "finally:\n    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    peaks = []
    for rows in (0, 20_000):
        many(app, rows)
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run([sys.executable, "-c", code], cwd=app, capture_output=True, env=environment, timeout=120)
        assert done.returncode == 0, done.stderr
        peaks.append(int(done.stdout) * (1 if sys.platform == "darwin" else 1024))
    assert (app / "out.csv").stat().st_size > 20_000_000
    assert peaks[1] - peaks[0] < 10_000_000


def on_terminal(app: Path, *arguments: str, columns: int = 80) -> tuple[str, int]:
    """What a terminal of that width shows, and the exit code."""
    ours, theirs = os.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": str(columns)}
    command = [sys.executable, "-m", "quickdemo", "flag-export", *arguments]
    with subprocess.Popen(command, cwd=app, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux: nobody holds the other end any more
                break
            if not part:
                break
            shown += part
        os.close(ours)
        return shown.decode(), process.wait()


def test_a_terminal_shows_the_newest_flags_as_a_table(app: Path) -> None:
    many(app, 20)
    shown, code = on_terminal(app, columns=100)
    lines = shown.splitlines()
    assert code == 0
    assert lines[0].split() == ["text", "photo", "score", "flag", "username", "timestamp"]
    assert lines[2].startswith("x" * 27 + "…")
    assert len(lines) == 2 + 10 + 1
    assert lines[-1] == "24 rows in ./flagged/log.csv; to write them: -o flags.csv, or --format jsonl"
    assert max(map(len, lines)) <= 100


def test_the_table_is_safe_and_fits_narrow_terminals(app: Path) -> None:
    log = AppendLog(str(app / "flagged"), HEADER)
    log.append(["\x1b[31m日本語のとても長い文章がここにあります", "", 1, "", "", "2026-11-22T00:00:00Z", "s5"])
    shown, code = on_terminal(app, columns=45)
    assert code == 0
    assert "\x1b" not in shown
    assert "\\x1b[31m日本語" in shown
    assert "more columns: " in shown
    assert '"text"' not in shown
    raw, code = on_terminal(app, "-o", "-")
    assert raw.startswith('"text","photo"')
