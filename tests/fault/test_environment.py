"""When the machine refuses: a clear message, exit status 3, and nothing lost after the next
start."""
import ctypes
import os
import resource
import signal
import subprocess
import time

import product
import pytest

RECORDS = 30_000
PR_CAPBSET_DROP = 24
CAP_DAC_OVERRIDE = 1


@pytest.fixture(scope="module")
def changes(build, tmp_path_factory):
    return product.generate(build, tmp_path_factory.mktemp("changes") / "changes.jsonl", RECORDS)


@pytest.fixture(scope="module")
def undisturbed(deltaward, changes, tmp_path_factory):
    run = product.Product(deltaward, tmp_path_factory.mktemp("undisturbed"))
    run.run_well(changes)
    return run


def expect_complete(run, undisturbed):
    assert run.findings() == undisturbed.findings()
    assert run.ledger() == undisturbed.ledger()
    assert run.alerts() == undisturbed.alerts()


def limit_files(size):
    """No file may grow beyond this: a full disk, for this process alone."""
    def apply():
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(
            resource.RLIMIT_FSIZE)[1]))
    return apply


def obey_permissions():
    """Root may write everywhere; without this capability root is a user like others."""
    if os.geteuid() == 0:
        ctypes.CDLL(None, use_errno=True).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)


@pytest.mark.parametrize("size", [0, 4096, 50_000, 300_000, 1_000_000])
def test_disk_full_stops_with_a_message_and_loses_nothing(deltaward, changes, undisturbed,
                                                          work_dir, size):
    run = product.Product(deltaward, work_dir)
    done = run.run(changes, preexec_fn=limit_files(size))
    assert done.returncode == 3, done.stderr
    assert b"disk is full" in done.stderr or b"free space" in done.stderr
    run.run_well(changes)
    expect_complete(run, undisturbed)
    assert run.delivered() == undisturbed.delivered()


def test_disk_full_of_the_output_alone(deltaward, changes, undisturbed, work_dir):
    """/dev/full refuses every byte as a full disk does; the alerts stay in the store."""
    run = product.Product(deltaward, work_dir, output="/dev/full")
    done = run.run(changes)
    assert done.returncode == 3
    assert b"/dev/full" in done.stderr and b"No space left" in done.stderr
    again = product.Product(deltaward, work_dir)
    again.run_well(changes)
    expect_complete(again, undisturbed)
    assert again.delivered() == undisturbed.delivered()


def test_read_only_store(deltaward, changes, undisturbed, work_dir):
    run = product.Product(deltaward, work_dir)
    run.run_well(changes)
    for path in [*run.data_dir.iterdir(), run.data_dir]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        done = run.run(changes, preexec_fn=obey_permissions)
    finally:
        run.data_dir.chmod(0o755)
        for path in run.data_dir.iterdir():
            path.chmod(0o644)
    assert done.returncode == 3
    assert b"Permission denied" in done.stderr or b"read-only" in done.stderr
    run.run_well(changes)
    expect_complete(run, undisturbed)


def test_store_in_use_names_the_other_process(deltaward, changes, work_dir):
    run = product.Product(deltaward, work_dir)
    first = run.start("-", stdin=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 20
        while not (run.data_dir / "deltaward.db").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.3)
        done = run.run(changes)
        assert done.returncode == 3
        assert f"process {first.pid}".encode() in done.stderr
    finally:
        first.stdin.close()
        assert first.wait(timeout=60) == 0


def test_store_that_is_no_store(deltaward, changes, work_dir):
    run = product.Product(deltaward, work_dir)
    (run.data_dir / "deltaward.db").write_bytes(b"just some text\n" * 200)
    done = run.run(changes)
    assert done.returncode == 3
    assert b"not a Deltaward store" in done.stderr
    assert (run.data_dir / "deltaward.db").read_bytes() == b"just some text\n" * 200


def test_broken_pipe_stops_cleanly(deltaward, changes, undisturbed, work_dir):
    """The reader goes after one line; what it did not take is said by the next run."""
    run = product.Product(deltaward, work_dir, output="-")
    process = run.start(changes)
    assert process.stdout.readline().startswith(b"{")
    process.stdout.close()
    errors = process.stderr.read()
    assert process.wait(timeout=60) in (0, 3), errors
    assert b"Sanitizer" not in errors
    (sent,), = run.query("SELECT alert_sequence FROM cursor")
    (stored,), = run.query("SELECT max(sequence) FROM alert")
    (read,), = run.query("SELECT read FROM source")
    assert sent <= stored
    assert read < RECORDS, "the reader was gone, yet the whole file was read"
    done = run.run_well(changes)
    expect_complete(run, undisturbed)
    (stored,), = run.query("SELECT max(sequence) FROM alert")
    assert len(done.stdout.splitlines()) == stored - sent


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stop_signal_ends_between_two_batches(deltaward, changes, undisturbed, work_dir, number):
    run = product.Product(deltaward, work_dir)
    process = run.start(changes, "--threads", "1")
    time.sleep(0.15)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    run.run_well(changes)
    expect_complete(run, undisturbed)
    assert run.delivered() == undisturbed.delivered()


def test_file_cut_by_hand_is_not_grown(deltaward, changes, undisturbed, work_dir):
    run = product.Product(deltaward, work_dir)
    run.run_well(changes)
    run.output.write_bytes(b"")
    done = run.run_well(changes)
    assert run.output.read_bytes() == b""
    assert b"alerts.jsonl" in done.stderr


def test_replaced_input_is_read_from_its_beginning(deltaward, build, changes, work_dir):
    run = product.Product(deltaward, work_dir)
    path = work_dir / "input.jsonl"
    product.generate(build, path, 1000, seed=1)
    run.run_well(path)
    path.unlink()
    product.generate(build, path, 2000, seed=2)
    done = run.run_well(path)
    assert b"from its beginning" in done.stderr
    assert run.ledger()["read"] == 3000
