"""Every command's face: help that starts with examples, hints, exit statuses."""
import json
import os
import pty
import subprocess

import pytest

from cli import POLICY

COMMANDS = ["run", "connect", "detect", "demo", "eval", "policy check", "policy test",
            "policy explain", "policy schema", "alerts list", "alerts show", "config show",
            "topics create", "version"]
# They run until they are stopped, and speak by log lines only.
WITHOUT_ANSWER = {"connect", "detect"}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_starts_with_examples(program, command):
    run = program(*command.split(), "--help", status=0)
    lines = run.out.splitlines()
    assert lines[0] == "Examples:"
    assert f"deltaward {command}" in run.out.split("Usage:")[0]
    assert f"Usage: deltaward {command} " in run.out
    assert "--json" in run.out or command in WITHOUT_ANSWER
    assert run.err == ""


def test_overview_lists_every_command(program):
    run = program("--help", status=0)
    assert run.out.startswith("Examples:\n")
    for command in COMMANDS:
        assert f"\n  {command} " in run.out
    assert program(status=2).err == run.out


@pytest.mark.parametrize("group, count", [("policy", 6), ("alerts", 3), ("topics", 1)])
def test_the_first_word_of_commands_lists_them(program, group, count):
    lines = program(group, "--help", status=0).out.splitlines()
    assert len(lines) == 1 + count
    assert all(line.startswith(f"  {group} ") for line in lines[1:])


@pytest.mark.parametrize("words,hints", [
    (["rnu"], ["there is no command 'rnu'", "did you mean `deltaward run`?"]),
    (["policy"], ["the beginning of a command", "  policy check ", "  policy schema "]),
    (["policy", "chekc", "x"], ["`deltaward policy check`"]),
    (["run", "--polices", "x"], ["unknown flag --polices", "did you mean --policies?"]),
    (["run", "--threads", "0"], ["--threads wants a whole number from 1 to 64, not '0'"]),
    (["run", "--log-level", "loud"], ["--log-level wants one of error, warning, info, debug"]),
    (["run", "extra"], ["unexpected argument 'extra'"]),
    (["policy", "check"], ["PATH... is missing"]),
    (["alerts", "show"], ["ID is missing"]),
    (["run"], ["there are no policies", "--policies PATH"]),
    (["run", "--policies", "p.yaml"], ["there is no source of records", "--input FILE"]),
    (["eval"], ["eval wants an expression, or --batch"]),
    (["eval", "1", "--batch"], ["eval wants an expression, or --batch"]),
    (["run", "--config", "none.yaml"], ["none.yaml", "No such file"]),
    (["policy", "check", "none.yaml"], ["none.yaml"]),
    (["policy", "test", "none.yaml"], ["none.yaml"]),
    (["eval", "1", "--input", "none.json"], ["none.json: No such file"]),
    (["eval", "1 +"], ["expression:1:"]),
    (["run", "--policies", "none.yaml", "--input", "none.jsonl"], ["none.yaml"]),
])
def test_usage_errors_say_what_to_do(program, work_dir, words, hints):
    (work_dir / "p.yaml").write_text(POLICY)
    run = program(*words, status=2)
    for hint in hints:
        assert hint in run.out + run.err
    assert not (work_dir / "deltaward-data").exists()


def test_version(program):
    assert program("version", status=0).out.startswith("deltaward 0.")
    assert program("--version", status=0).out == program("version", status=0).out
    version = json.loads(program("version", "--json", status=0).out)["version"]
    assert program("version").out == f"deltaward {version}\n"


def test_no_colour_unless_on_a_terminal(program, work_dir):
    (work_dir / "p.yaml").write_text(POLICY.replace("severity: high", "severity: hihg"))
    run = program("policy", "check", "p.yaml", env={"NO_COLOR": ""}, status=1)
    assert "\x1b" not in run.out + run.err
    assert "did you mean 'high'?" in run.out


def on_a_terminal(program, words, env):
    """What the program prints when stdout and stderr are one terminal."""
    master, slave = pty.openpty()
    with subprocess.Popen([program.path, *map(str, words)], cwd=program.folder, stdin=slave,
                          stdout=slave, stderr=slave, env=env) as process:
        os.close(slave)
        shown = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            shown += piece
        os.close(master)
        process.wait(30)
    return shown.decode()


@pytest.mark.parametrize("no_colour,coloured", [("", True), ("1", False)])
def test_colour_on_a_terminal_unless_refused(program, work_dir, no_colour, coloured):
    (work_dir / "p.yaml").write_text(POLICY.replace("severity: high", "severity: hihg"))
    shown = on_a_terminal(program, ["policy", "check", "p.yaml"],
                          program.environment({"NO_COLOR": no_colour}))
    assert "did you mean 'high'?" in shown
    assert ("\x1b[" in shown) == coloured


def test_the_demo_shows_progress_on_a_terminal(program, pytestconfig):
    words = ["demo", "--policies", pytestconfig.rootpath / "policies", "--changes", "9000"]
    shown = on_a_terminal(program, words, program.environment())
    assert "of 9000 changes, " in shown and "\r" in shown
    assert "of 9000 changes" not in program(*words, status=0).err


def test_run_logs_text_on_a_terminal(program, work_dir):
    (work_dir / "p.yaml").write_text(POLICY)
    (work_dir / "c.jsonl").write_text("")
    words = ["run", "--policies", "p.yaml", "--input", "c.jsonl"]
    shown = on_a_terminal(program, words, program.environment())
    assert "deltaward: started (policies 1," in shown and "{" not in shown
