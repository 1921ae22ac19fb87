"""A detector that makes no progress is not healthy: each thread is stopped in turn, and the
liveness probe says so within 30 s."""
import concurrent.futures
import json
import time

import pytest

from cli import POLICY, price_change, wait_for, write_changes
from probes import FLIP_S, ask, probe, stopped, threads_of
from test_http import serving

THREADS = 3


def stall(program, folder, number):
    """Stops thread `number` of a detector that always has work. Returns how long it was called
    live, and what was said then; none when there is no such thread."""
    (folder / "p.yaml").write_text(POLICY)
    changes = write_changes(folder / "c.jsonl", [price_change(n) for n in range(200)])
    program.folder = folder
    with serving(program, "--listen", "127.0.0.1:0", "--threads", str(THREADS)) as (process,
                                                                                    address):
        wait_for(lambda: ask(address, "/readyz")[0] == 200)
        threads = threads_of(process)
        if number >= len(threads):
            return None
        with stopped(threads[number]):
            begin = time.monotonic()
            said = probe(address)
            while said[0] == 200 and time.monotonic() - begin < FLIP_S + 5:
                with changes.open("a") as file:
                    file.writelines(json.dumps(price_change(n)) + "\n" for n in range(200))
                time.sleep(0.5)
                said = probe(address)
            took = time.monotonic() - begin
        wait_for(lambda: probe(address) == (200, "ok\n"))
        return took, said


def test_each_thread_stalled_in_turn(program, work_dir):
    """Main, the workers, the server itself: at the same time, each in a detector of its own."""
    def one(number):
        folder = work_dir / str(number)
        folder.mkdir()
        return stall(type(program)(program.path, folder), folder, number)

    with concurrent.futures.ThreadPoolExecutor(THREADS + 4) as pool:
        results = list(pool.map(one, range(THREADS + 4)))
    seen = [result for result in results if result]
    assert len(seen) >= THREADS + 1, "main, its workers, and the server"
    for took, (status, said) in seen:
        assert status != 200 and took <= FLIP_S, f"live for {took:.0f} s: {said}"
    assert any("stalled: run: no progress for" in said for _, (_, said) in seen)


@pytest.mark.parametrize("seconds", [25])
def test_a_loop_that_waits_is_live(program, work_dir, seconds):
    """No work is no stall."""
    (work_dir / "p.yaml").write_text(POLICY)
    write_changes(work_dir / "c.jsonl", [])
    with serving(program, "--listen", "127.0.0.1:0") as (_, address):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert probe(address) == (200, "ok\n")
            time.sleep(1)
