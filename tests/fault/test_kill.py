"""Gate: kill -9 at random instants loses nothing and says nothing twice.

One file is read over and over, each time until a kill or the end, in rounds: a round ends when the
file is read. DELTAWARD_KILLS says how many kills (default 15; the full gate is 100)."""
import os
import random
import signal
import subprocess
import time

import product
import pytest

RECORDS = 60_000
KILLS_A_ROUND = 20
SEED = 20260301
ROUNDS_MAX = 400


@pytest.fixture(scope="module")
def kills():
    return int(os.environ.get("DELTAWARD_KILLS", "15"))


@pytest.fixture(scope="module")
def changes(build, tmp_path_factory):
    return product.generate(build, tmp_path_factory.mktemp("changes") / "changes.jsonl", RECORDS)


@pytest.fixture(scope="module")
def undisturbed(deltaward, changes, tmp_path_factory):
    """(the finished run, its seconds)"""
    run = product.Product(deltaward, tmp_path_factory.mktemp("undisturbed"))
    began = time.monotonic()
    run.run_well(changes, "--threads", "1")
    return run, time.monotonic() - began


class Killer:
    """Kills at instants drawn from a seed, from the first moments of a process on."""

    def __init__(self, seconds):
        self.random = random.Random(SEED)
        self.longest = 2 * seconds / KILLS_A_ROUND
        self.kills = 0

    def run_once(self, run, changes):
        """True when the run came to its end before it was killed."""
        process = run.start(changes, "--threads", "1", stdout=subprocess.DEVNULL)
        delay = self.random.uniform(0.0, self.longest)
        try:
            _, errors = process.communicate(timeout=delay)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            self.kills += process.returncode == -signal.SIGKILL
            return False
        assert process.returncode == 0, errors.decode(errors="replace")
        return True

    def round(self, run, changes):
        """Reads the file to its end, killed again and again. A process needs longer to start as
        the log to replay grows: each kill in vain gives the next one more time."""
        longest = self.longest
        while not self.run_once(run, changes):
            self.longest *= 1.02
        self.longest = longest


def has_store(run):
    try:
        return run.query("SELECT count(*) FROM source") != [(0,)]
    except Exception:  # killed before the store was made
        return False


def expect_same(run, undisturbed):
    assert run.findings() == undisturbed.findings()
    assert run.ledger() == undisturbed.ledger()
    assert run.alerts() == undisturbed.alerts()
    assert run.delivered() == undisturbed.delivered()
    assert len(set(run.delivered())) == len(run.delivered()) > 0


def test_kills_lose_nothing(deltaward, changes, undisturbed, kills, tmp_path_factory):
    expected, seconds = undisturbed
    killer = Killer(seconds)
    for number in range(ROUNDS_MAX):
        run = product.Product(deltaward, tmp_path_factory.mktemp(f"round-{number}"))
        killer.round(run, changes)
        expect_same(run, expected)
        if killer.kills >= kills:
            return
    pytest.fail(f"only {killer.kills} kills in {ROUNDS_MAX} rounds")


def test_ledger_balances_after_every_kill(deltaward, changes, undisturbed, tmp_path):
    """What was committed is a whole prefix of the file, whenever the process died."""
    expected, seconds = undisturbed
    whole = expected.findings()
    killer = Killer(seconds)
    run = product.Product(deltaward, tmp_path)
    read = 0
    while True:
        ended = killer.run_once(run, changes)
        if has_store(run):
            assert run.ledger()["read"] >= read
            read = run.ledger()["read"]
            (offset,), = run.query("SELECT coalesce(max(offset), -1) FROM signal")
            prefix = sorted(finding for finding in whole if finding[1] <= offset)
            assert run.findings() == prefix
        if ended:
            break
        killer.longest *= 1.02
    assert killer.kills > 0
