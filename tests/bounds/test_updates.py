"""What a signal of a correlation may cost at most, in instructions counted by valgrind's callgrind:
those of an optimized build, about 15 % above what it takes."""
import re
import subprocess

import pytest

# "folded": with all else that a decider does for a signal. The others: the update of the group
# alone, and moving on to the signal's watermark. 200 groups, of 10 to 20 events each.
UPDATE_MAX = {
    "event_count": 1450,
    "event_count that goes": 2520,
    "value_count": 1850,
    "value_sum": 3030,
    "new_terms": 2280,
    "event_count, folded": 2290,
    "event_count that joins, folded": 6080,
}


def totals(path):
    return int(re.search(r"^totals: (\d+)", path.read_text(), re.MULTILINE).group(1))


def is_optimized(build):
    cache = (build / "CMakeCache.txt").read_text()
    return re.search(r"^CMAKE_BUILD_TYPE:\w+=Release$", cache, re.MULTILINE)


def test_updating__a_signal_takes_no_more_than_is_stated(build, tmp_path):
    if not is_optimized(build):
        pytest.skip("said of a release build")
    names = list(UPDATE_MAX)
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--instr-atstart=no", "-q",
         f"--callgrind-out-file={tmp_path / 'out'}", build / "tests/bounds/updates", *names],
        capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    counts = [int(line) for line in done.stdout.split()]
    assert len(counts) == len(names)
    taken = {name: totals(tmp_path / f"out.{number + 1}") / count
             for number, (name, count) in enumerate(zip(names, counts))}
    print(*(f"{taken[name]:9.0f} of {UPDATE_MAX[name]:6} {name}" for name in names), sep="\n")
    assert all(taken[name] <= UPDATE_MAX[name] for name in names)
