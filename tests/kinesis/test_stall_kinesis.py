"""Each thread of `deltaward run` with a stream, stopped in turn: the liveness probe says so within
30 s, for the threads that fetch pages too."""
import concurrent.futures
import time

from kinesis_world import stream  # noqa: F401
from probes import FLIP_S, probe, stopped, threads_of
from test_run import Run

THREADS = 5


def stall(run, number):
    """Seconds until the probe flips when thread `number` stands, and what it says; none when there
    is no such thread."""
    run.settings |= {"connect": {"threads": 2}, "detect": {"threads": 1}}
    with run:
        run.wait_for(lambda it: it.get("readyz")[0] == 200, "readiness")
        host, port = run.events("http_listening")[-1]["address"].rsplit(":", 1)
        address = host, int(port)
        threads = threads_of(run.process)
        if number >= len(threads):
            return None
        with stopped(threads[number]):
            begin = time.monotonic()
            said = probe(address)
            while said[0] == 200 and time.monotonic() - begin < FLIP_S + 5:
                time.sleep(0.5)
                said = probe(address)
            took = time.monotonic() - begin
        run.wait_for(lambda _: probe(address) == (200, "ok\n"), "that it goes on")
    return took, said


def test_each_thread_stalled_in_turn(deltaward, tmp_path, kinesis, stream):  # noqa: F811
    runs = [Run(deltaward, tmp_path / str(number), kinesis.endpoint, stream.arn)
            for number in range(THREADS)]
    try:
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            results = list(pool.map(stall, runs, range(THREADS)))
    finally:
        for run in runs:
            if run.process:
                run.kill()
    seen = [result for result in results if result]
    assert len(seen) == 4, "main, the server, two that fetch"
    for took, (status, said) in seen:
        assert status != 200 and took <= FLIP_S, f"live for {took:.0f} s: {said}"
    # a thread that stands may hold up the one that waits for it: then either is named
    assert sum("stalled: " in said for _, (_, said) in seen) == 3, seen
