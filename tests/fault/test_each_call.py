"""Gate: at each single call that makes things durable the process dies, or the call fails; nothing
is lost, nothing said twice, and the next start goes on.

Not at random: the calls of a run of three batches in turn, all of them with DELTAWARD_EVERY_CALL.
The calls are those of the C library (write, pwrite, ftruncate, fsync, fdatasync); disturb.c stands
in front of it."""
import json
import os
import signal

import product
import pytest

RECORDS = 9000       # three batches of at most 4,096
VIOLATION_EVERY = 450
CALLS_MAX = 1000     # a run that makes more calls than this is not the one that was planned
IN_VAIN_MAX = 8      # calls whose failure does no harm in a row: past the last call of a run
FAILURE_EXIT = 3


def change(number):
    """Small, so that a batch needs few calls: a draft of the ledger, now and then a posted entry
    that is deleted, now and then a line that is no record."""
    if number % 1000 == 999:
        return '{"no": "record"}'
    violation = number % VIOLATION_EVERY == 0
    return json.dumps({
        "eventName": "REMOVE" if violation else "INSERT", "tableName": "ledger",
        "dynamodb": {"ApproximateCreationDateTime": 1772355600000 + number,
                     "Keys": {"entry_id": {"S": f"l-{number % 7}"}}}})


@pytest.fixture(scope="module")
def changes(tmp_path_factory):
    path = tmp_path_factory.mktemp("changes") / "changes.jsonl"
    path.write_text("".join(change(number) + "\n" for number in range(RECORDS)))
    return path


@pytest.fixture(scope="module")
def undisturbed(deltaward, changes, tmp_path_factory):
    run = product.Product(deltaward, tmp_path_factory.mktemp("undisturbed"))
    run.run_well(changes)
    assert len(run.findings()) == RECORDS // VIOLATION_EVERY
    assert run.ledger()["quarantined"] == RECORDS // 1000
    return run


class Disturbed(product.Product):
    """The program with disturb.c in front of the C library."""

    def __init__(self, build, *arguments):
        super().__init__(build / "deltaward", *arguments)
        self.settings = {"LD_PRELOAD": str(build / "tests" / "fault" / "disturb.so"),
                         "ASAN_OPTIONS": "verify_asan_link_order=0"}

    def environment(self):
        return {**super().environment(), **self.settings}

    def disturb(self, how, call):
        self.settings.update(DISTURB_HOW=how, DISTURB_AT=str(call))

    def leave_alone(self):
        self.settings.pop("DISTURB_AT", None)


def expect_same(run, undisturbed):
    assert run.findings() == undisturbed.findings()
    assert run.ledger() == undisturbed.ledger()
    assert run.alerts() == undisturbed.alerts()
    assert run.delivered() == undisturbed.delivered()


@pytest.fixture(scope="module")
def stride():
    """1: every call; by default every third, from 1, 2 or 3 on, which differs by how it is done."""
    return 1 if os.environ.get("DELTAWARD_EVERY_CALL") else 3


def calls_disturbed(build, changes, folder, undisturbed, plan):
    """Disturbs one call after the other in runs of their own; returns how many were."""
    how, calls = plan
    disturbed = 0
    in_vain = 0
    for call in calls:
        run = Disturbed(build, folder / str(call))
        run.disturb(how, call)
        done = run.run(changes)
        ended = -signal.SIGKILL if how in ("kill", "torn") else FAILURE_EXIT
        assert done.returncode in (ended, 0), (call, done.returncode, done.stderr)
        assert b"Sanitizer" not in done.stderr, (call, done.stderr)
        assert done.returncode != FAILURE_EXIT or b"cannot " in done.stderr, (call, done.stderr)
        disturbed += done.returncode != 0
        in_vain = 0 if done.returncode else in_vain + 1
        run.leave_alone()
        run.run_well(changes)
        expect_same(run, undisturbed)
        if in_vain > IN_VAIN_MAX:
            break
    return disturbed


@pytest.mark.parametrize("start,how", list(enumerate(["kill", "torn", "nospace", "eio"], 1)))
def test_each_call_disturbed(build, changes, undisturbed, tmp_path, stride, start, how):
    plan = how, range(1 if stride == 1 else start, CALLS_MAX, stride)
    assert calls_disturbed(build, changes, tmp_path, undisturbed, plan) > 60 / stride


def test_killed_again_while_recovering(build, changes, undisturbed, tmp_path, stride):
    """A second kill, at one of the first calls of the start that follows the first kill."""
    for first in range(5, 100, 10 * stride):
        for second in range(1, 40, 3 * stride):
            run = Disturbed(build, tmp_path / f"{first}-{second}")
            for call in (first, second):
                run.disturb("torn", call)
                assert run.run(changes).returncode in (-signal.SIGKILL, 0)
            run.leave_alone()
            run.run_well(changes)
            expect_same(run, undisturbed)
