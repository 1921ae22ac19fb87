"""Fixtures that every suite of whole programs shares."""
import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / name) for name in ("e2e", "support")]

from cli import Program  # noqa: E402
from services import (kafka, kinesis, moto, secure_kafka,  # noqa: E402, F401
                      start_service)


def find_build():
    """The build to test: DELTAWARD_BUILD, else the release build, else the dev build."""
    named = os.environ.get("DELTAWARD_BUILD")
    if named:
        return pathlib.Path(named).resolve()
    release = ROOT / "build" / "release"
    return release if release.exists() else ROOT / "build" / "dev"


def pytest_addoption(parser):
    parser.addoption("--cases", type=int, default=0,
                     help="random cases of the differential tests (else DELTAWARD_CASES)")


@pytest.fixture(scope="session")
def build():
    """The build folder; an error (never a skip) when there is none."""
    path = find_build()
    if not path.is_dir():
        pytest.fail(f"no build at {path}: run cmake --preset release and build it")
    return path


@pytest.fixture(scope="session")
def deltaward(build):
    """The program under test."""
    return build / "deltaward"


@pytest.fixture
def work_dir(tmp_path):
    """An empty folder of the test's own; pytest keeps the last three for a look."""
    return tmp_path


@pytest.fixture
def program(deltaward, work_dir):
    """Calls the program in work_dir."""
    return Program(deltaward, work_dir)
