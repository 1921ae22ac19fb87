"""What stands in for the product must not hide that a process of it died."""
import stat
import types

import pytest

from pipeline import Pipeline

SCRIPTS = {"lives": "trap 'exit 0' TERM; touch ready; while :; do sleep 0.05; done",
           "gives_up": "echo no broker; exit 3", "crashes": "kill -SEGV $$"}


@pytest.fixture
def pipe(tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\ncase $1 in\n" + "".join(
        f"{name}) {script};;\n" for name, script in SCRIPTS.items()) + "esac\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return Pipeline(program, tmp_path, types.SimpleNamespace(brokers="nowhere"))


def ended(pipe, command):
    process = pipe.start(command)
    process.child.wait(20)
    return process


@pytest.mark.parametrize("command, said", [("gives_up", "ended with 3:\nno broker"),
                                           ("crashes", "ended with -11")])
def test_stop__of_one_that_died(pipe, command, said):
    with pytest.raises(AssertionError, match=said):
        ended(pipe, command).stop()


def test_stop__of_one_that_lives(pipe):
    process = pipe.start("lives")
    while not (pipe.folder / "ready").exists():
        process.expect_running()
    process.stop()
    with pytest.raises(AssertionError, match="ended with 0"):
        process.stop()


def test_wait_ended__as_it_is_to_end(pipe):
    with pipe:
        pipe.start("gives_up").wait_ended(status=3)


def test_wait_ended__another_way(pipe):
    with pytest.raises(AssertionError, match="ended with 3"):
        pipe.start("gives_up").wait_ended()


def test_exit__one_died_that_nobody_stopped(pipe):
    with pytest.raises(AssertionError, match="gives_up with 3:\nno broker"):
        with pipe:
            ended(pipe, "gives_up")


def test_exit__a_failure_of_the_test_is_what_is_told(pipe):
    with pytest.raises(ZeroDivisionError):
        with pipe:
            ended(pipe, "gives_up")
            print(1 // 0)


def test_exit__killed_by_the_test(pipe):
    with pipe:
        pipe.start("lives").kill()
        pipe.start("lives", "another")
