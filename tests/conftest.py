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


# Files that take a minute or more, the longest first: begun last, one of them would run on alone.
LONG = ("pipeline/test_pipeline.py", "detect/test_recovery.py", "notify/test_notify_kafka.py",
        "connect/test_connect.py", "connect/test_connect_health.py", "kinesis/test_run.py",
        "bounds/test_bounds.py", "image/test_image.py", "pipeline/test_detectors.py",
        "connect/test_connect_kinesis.py", "kinesis/test_reshard.py", "fault/test_each_call.py",
        "services/test_services.py", "fault/test_kafka_kill.py", "notify/test_run_sinks.py")


def pytest_collection_modifyitems(items):
    """Long files first: pytest-xdist hands files out in the order in which they are collected."""
    places = {ROOT / "tests" / name: place for place, name in enumerate(LONG)}
    assert all(path.exists() for path in places), "LONG names a file that is gone"
    items.sort(key=lambda item: places.get(item.path, len(LONG)))


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
