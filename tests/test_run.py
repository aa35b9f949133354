"""`quickdemo run`: what it says and does without --reload."""

from __future__ import annotations

import os
import signal
import socket

import pytest

from tests.running import APP, Project, alive, project, until

pytestmark = pytest.mark.slow  # each starts processes of its own

__all__ = ["project"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "app.py defines no Interface."),
        (
            "import quickdemo as gr\na = gr.Interface(str, 'text', 'text')\nb = gr.Interface(str, 'text', 'text')",
            "app.py defines two Interfaces: a, b.  Say which one to serve: "
            "quickdemo run app.py:a   quickdemo run app.py:b",
        ),
        ("def f(:", "app.py:1 SyntaxError: "),
        ("import surely_not_installed", "Install it: pip install surely_not_installed"),
        ("import sys\nsys.exit(3)", "app.py ended itself with sys.exit(3)"),
        ("import os\nos._exit(4)", "app.py ended with status 4 before it served anything."),
        ("1 / 0", "app.py:1 ZeroDivisionError: division by zero"),
        ("import gradio as gr", "import quickdemo as gr"),
    ],
)
def test_a_script_that_cannot_be_served_ends_with_one_sentence(project: Project, text: str, said: str) -> None:
    project.write(text)
    code, output = project.run("app.py").ends()
    assert code == 1
    assert said in output


def test_a_missing_file_is_named_with_what_could_be_meant(project: Project) -> None:
    project.version("one")
    code, output = project.run("ap.py").ends()
    assert code == 3
    assert "ap.py does not exist. Did you mean: quickdemo run app.py" in output


def test_a_folder_without_an_app_says_which_names_it_looks_for(project: Project) -> None:
    code, output = project.run(".").ends()
    assert code == 3
    assert "There is no app.py, demo.py or main.py" in output


def test_an_unreadable_file_says_so(project: Project) -> None:
    project.version("one").chmod(0)
    # root may read everything, unless it gives that up
    prefix = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
    code, output = project.run("app.py", prefix=prefix).ends()
    assert code == 1
    assert "cannot be read: Permission denied." in output


def test_a_busy_port_is_refused_when_strict_and_passed_over_when_not(project: Project) -> None:
    project.version("one")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, output = project.run("-p", str(port), "--strict-port").ends()
        assert code == 7
        assert f"Port {port} on 127.0.0.1 is in use." in output
        assert project.run("-p", str(port)).ready()["port"] != port


def test_launch_with_a_busy_server_port_ends_with_7(project: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        project.write(
            f"import quickdemo as gr\ngr.Interface(str, 'text', 'text').launch(server_port={port})", "demo.py"
        )
        project.runs.append(run := type(project.run("--check"))(project.folder, "demo.py"))
        assert run.ends()[0] == 7


def test_check_says_what_the_app_is(project: Project) -> None:
    project.version("one")
    run = project.run("--check")
    assert run.wait_for("check")["demo"]["endpoints"]["predict"]["inputs"] == ["textbox"]
    assert run.ends()[0] == 0


def test_the_object_named_is_served_and_arguments_reach_the_script(project: Project) -> None:
    project.write(
        "import sys, quickdemo as gr\n"
        "a = gr.Interface(lambda t: 'a', 'text', 'text')\n"
        "b = gr.Interface(lambda t: sys.argv[1], 'text', 'text')\n"
        "a.launch()\n"
    )
    run = project.run("app.py:b", "--", "--loud")
    run.ready()
    assert run.predict() == "--loud"


def test_a_factory_called_create_is_served(project: Project) -> None:
    project.write("import quickdemo as gr\ndef create():\n    return gr.Interface(lambda t: t * 2, 'text', 'text')\n")
    run = project.run()
    run.ready()
    assert run.predict("ab") == "abab"


def test_classes_of_the_script_can_be_pickled(project: Project) -> None:
    project.write(
        "import pickle, quickdemo as gr\nclass Thing: pass\n"
        "gr.Interface(lambda t: type(pickle.loads(pickle.dumps(Thing()))).__module__, 'text', 'text').launch()"
    )
    run = project.run()
    run.ready()
    assert run.predict() == "__main__"


def test_an_env_file_reaches_the_script(project: Project) -> None:
    project.write("# keys\nexport COLOUR='dark red' # a\nN=1 # b\n", ".env")
    project.write(
        "import os, quickdemo as gr\n"
        "gr.Interface(lambda t: os.environ['COLOUR'] + os.environ['N'], 'text', 'text').launch()"
    )
    run = project.run("--env-file", ".env")
    run.ready()
    assert run.predict() == "dark red1"


def test_a_crashed_app_is_started_again(project: Project) -> None:
    project.write(
        "import os, quickdemo as gr\n"
        "gr.Interface(lambda t: os.kill(os.getpid(), 9) if t == 'die' else 'alive', 'text', 'text').launch()"
    )
    run = project.run()
    run.ready()
    with pytest.raises(OSError):
        run.predict("die")
    assert run.wait_for("fault")["message"] == "app.py was ended by SIGKILL"
    assert run.predict() == "alive"


def test_ctrl_c_ends_with_130_and_sigterm_with_143(project: Project) -> None:
    project.version("one")
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        run = project.run()
        child = run.ready()["pid"]
        run.process.send_signal(number)
        assert run.ends()[0] == code
        assert not alive(child)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("arguments", [(), ("--reload",)])
def test_no_child_outlives_the_command(project: Project, number: signal.Signals, arguments: tuple[str, ...]) -> None:
    project.version("one")
    run = project.run(*arguments)
    child = run.ready()["pid"]
    run.process.send_signal(number)
    until(lambda: not alive(child), limit_s=5)


def test_a_unix_socket_can_be_listened_on(project: Project) -> None:
    project.version("one")
    assert project.run("--uds", "demo.sock").ready()["url"] == "unix:demo.sock"
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(project.folder / "demo.sock"))


def test_the_store_is_private(project: Project) -> None:
    project.version("one")
    project.run().ready()
    store = project.folder / ".quickdemo"
    assert store.stat().st_mode & 0o777 == 0o700
    assert (store / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize("spoilt", ["", "a file where the folder belongs", "nonsense in it"])
def test_pages_are_drawn_whatever_became_of_the_compiled_templates(project: Project, spoilt: str) -> None:
    temporary = project.folder / "temporary"
    temporary.mkdir()
    compiled = temporary / f"_jinja2-cache-{os.getuid()}"
    if spoilt == "a file where the folder belongs":
        compiled.write_text("")
    project.write(APP.format(version="1"))
    for _ in range(2):
        run = project.run(env={"TMPDIR": str(temporary)})
        run.ready()
        assert "<h1" in run.get()
        run.kill()
        if compiled.is_dir():
            assert compiled.stat().st_mode & 0o777 == 0o700 and any(compiled.iterdir())
        if spoilt == "nonsense in it":
            for file in compiled.iterdir():
                file.write_bytes(file.read_bytes()[:-100])
