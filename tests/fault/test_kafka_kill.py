"""A short run of tests/fault/kafka_kill; the long one is run by hand before a release."""
import json
import os
import pathlib
import subprocess
import sys

COMMAND = pathlib.Path(__file__).resolve().parent / "kafka_kill"
MINUTES = os.environ.get("DELTAWARD_KAFKA_MINUTES", "1")
TIMEOUT_S = 600


def test_kafka_kill__nothing_is_missing(build, tmp_path):
    done = subprocess.run([sys.executable, COMMAND, "--minutes", MINUTES, "--dir", tmp_path],
                          text=True, capture_output=True, check=False,
                          timeout=float(MINUTES) * 60 + TIMEOUT_S,
                          env={**os.environ, "DELTAWARD_BUILD": str(build)})
    assert done.returncode == 0, done.stdout + done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["missing"] == 0 and seen["kills"] >= 1 and seen["findings"] > 100
