"""What the suites of the AWS client share, as fixtures to import: the probe in clean
surroundings, a scripted AWS."""
import json
import os
import subprocess

import pytest

from fake_aws import FakeAws

REGION = "eu-west-1"
TIMEOUT_S = 90


class Probe:
    """Runs tests/tools/aws_probe; see the head of its source."""

    def __init__(self, path, home):
        self.path = path
        self.env = {"PATH": os.environ["PATH"], "HOME": str(home), "AWS_REGION": REGION,
                    "AWS_EC2_METADATA_DISABLED": "true"}
        self.env.update({name: value for name, value in os.environ.items()
                         if name.endswith("SAN_OPTIONS")})
        self.stderr = ""

    def run(self, *arguments, exit_status=0, **variables):
        """Every line that it prints; a variable of None is not set."""
        env = {**self.env, **variables}
        env = {name: str(value) for name, value in env.items() if value is not None}
        done = subprocess.run([self.path, *map(str, arguments)], env=env, text=True,
                              capture_output=True, timeout=TIMEOUT_S, check=False)
        self.stderr = done.stderr
        assert done.returncode == exit_status, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def call(self, *arguments, **variables):
        """The answer of one call, and the sums."""
        answer, sums = self.run(*arguments, **variables)
        return answer, sums


KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "sEcReT+/of=tests"}


@pytest.fixture
def probe(build, work_dir):
    """Without any credentials."""
    return Probe(build / "tests" / "tools" / "aws_probe", work_dir)


@pytest.fixture
def keyed(probe):
    """With keys in its environment."""
    probe.env.update(KEYS)
    return probe


@pytest.fixture
def fake():
    with FakeAws() as server:
        yield server
