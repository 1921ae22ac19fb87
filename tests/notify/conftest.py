"""Fixtures of the suites that deliver alerts."""
import pytest

from fake_aws import FakeAws


@pytest.fixture
def fake():
    with FakeAws() as server:
        yield server
