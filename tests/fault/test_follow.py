"""A followed file that is rotated, while the detector runs and while it is dead: every record
once."""
import signal
import sqlite3
import time

import product
import pytest

RECORDS = 8000
PARTS = 8
WAIT_S = 20


@pytest.fixture(scope="module")
def parts(build, tmp_path_factory):
    """The records in parts of whole lines."""
    path = product.generate(build, tmp_path_factory.mktemp("changes") / "changes.jsonl", RECORDS)
    lines = path.read_bytes().splitlines(keepends=True)
    size = len(lines) // PARTS
    return [b"".join(lines[i * size:(i + 1) * size]) for i in range(PARTS)]


@pytest.fixture(scope="module")
def undisturbed(deltaward, parts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    path = folder / "changes.jsonl"
    path.write_bytes(b"".join(parts))
    run = product.Product(deltaward, folder)
    run.run_well(path)
    return run


def read_so_far(run):
    try:
        return run.query("SELECT coalesce(sum(read), 0) FROM source")[0][0]
    except sqlite3.OperationalError:  # the store is being made
        return 0


def wait_until_read(run, process, count):
    deadline = time.monotonic() + WAIT_S
    while read_so_far(run) < count:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline, f"{read_so_far(run)} of {count} records"
        time.sleep(0.02)


def wait_until_delivered(run, process):
    """An idle detector soon records what its sinks hold; no next batch is needed for that."""
    deadline = time.monotonic() + WAIT_S
    behind = "SELECT max(alert.sequence) - max(alert_sequence) FROM alert, cursor"
    while run.query(behind) != [(0,)]:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def append(path, content):
    with open(path, "ab") as file:
        file.write(content)


def without_place(findings):
    """Offsets differ, because there are several files."""
    return sorted((policy, finding) for policy, _, finding in findings)


def test_rotated_alive_and_dead(deltaward, parts, undisturbed, work_dir):
    path = work_dir / "changes.jsonl"
    run = product.Product(deltaward, work_dir)
    count = RECORDS // PARTS
    append(path, parts[0])
    process = run.start(path, "--follow")
    wait_until_read(run, process, count)
    wait_until_delivered(run, process)
    append(path, parts[1][:-100])  # half a line waits for its end
    time.sleep(0.3)
    append(path, parts[1][-100:])
    wait_until_read(run, process, 2 * count)
    path.rename(work_dir / "changes.1")  # rotated while running; the writer is late
    append(work_dir / "changes.1", parts[2])
    append(path, parts[3])
    wait_until_read(run, process, 4 * count)
    append(path, parts[4])
    process.send_signal(signal.SIGKILL)
    process.communicate()
    append(path, parts[5])
    path.rename(work_dir / "changes.2")  # rotated while dead
    append(path, parts[6])
    process = run.start(path, "--follow")
    wait_until_read(run, process, 7 * count)
    append(path, parts[7])
    wait_until_read(run, process, 8 * count)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0, errors
    assert b"rotated" in errors
    assert run.ledger() == undisturbed.ledger()
    assert without_place(run.findings()) == without_place(undisturbed.findings())
    assert run.alerts() == undisturbed.alerts()
    assert run.delivered() == undisturbed.delivered()
