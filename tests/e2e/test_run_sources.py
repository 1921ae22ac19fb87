"""`deltaward run` over several files: a correlation counts what lies in all of them, whichever is
read first, and the log says how far each has come."""
import itertools
import json
import sqlite3

import pytest

from cli import change, wait_for

START_US = 1772359200000000
SECOND = 1_000_000
POLICY = """\
apiVersion: deltaward/v1
kind: Policy
id: burst
severity: high
match: {tables: [products], operations: [REMOVE]}
correlation: {type: event_count, group_by: [old.shop], timespan: 60s, condition: {gte: 3}}
suppression: none
"""


def removed(number, at, shop="a"):
    return json.dumps(change(number, {"shop": shop, "n": number}, None,
                             at_us=START_US + at * SECOND)) + "\n"


def write_config(work_dir, files, follow=False, more=""):
    flag = str(follow).lower()
    sources = "".join(f"  - {{name: {name}, type: file, path: {name}.jsonl, follow: {flag}}}\n"
                      for name in files)
    (work_dir / "p.yaml").write_text(POLICY)
    (work_dir / "deltaward.yaml").write_text(
        f"policies: [p.yaml]\ndata_dir: data\nsources:\n{sources}{more}")


def rows(work_dir, query):
    """None before the tables are made."""
    with sqlite3.connect(work_dir / "data" / "deltaward.db") as store:
        made = store.execute("PRAGMA user_version").fetchone() != (0,)
        return store.execute(query).fetchall() if made else []


def log_of(work_dir):
    return rows(work_dir, "SELECT kind, source, watermark_us, idle FROM signal ORDER BY sequence")


def late(work_dir):
    return dict(rows(work_dir, "SELECT counter, count FROM policy_count")).get("late", 0)


@pytest.mark.parametrize("files", itertools.permutations(["old", "new", "empty"]))
def test_all_files_count_in_whatever_order_they_are_read(program, work_dir, files):
    """`new` begins where `old` ends: read first, its time alone would make what `old` holds late.
    A file without records holds nobody back for ever."""
    write_config(work_dir, files)
    # of each shop two events in the one file, one in the other, in different partitions
    shops = [f"s{n}" for n in range(40)]
    (work_dir / "old.jsonl").write_text("".join(
        removed(10 * n + i, 10 * i, shop) for i in range(2) for n, shop in enumerate(shops)))
    (work_dir / "new.jsonl").write_text("".join(
        removed(10 * n + 5, 50, shop) for n, shop in enumerate(shops)) + removed(9999, 5000, "z"))
    (work_dir / "empty.jsonl").write_text("")
    alerts = program("run", "--config", "deltaward.yaml", status=0).lines()
    assert sorted(alert["group"] for alert in alerts) == sorted(f'["{s}"]' for s in shops)
    assert late(work_dir) == 0
    log = [row for row in log_of(work_dir) if row[0] != 3]  # lists of states
    assert sorted(source for _, source, *_ in log[:3]) == sorted(files)
    assert all(kind == 2 for kind, *_ in log[:3])
    # all ended: the newest time of all
    (work_dir / "old.jsonl").open("a").write(removed(7777, 20, "late"))
    assert program("run", "--config", "deltaward.yaml", status=0).lines() == []
    assert late(work_dir) == 1


@pytest.fixture
def following(program, work_dir):
    """`run` that follows two files, of which one is still empty."""
    write_config(work_dir, ["a", "b"], follow=True, more="detect: {idle_after: 1s}\n")
    (work_dir / "a.jsonl").write_text(removed(1, 0) + removed(2, 100, "other"))
    (work_dir / "b.jsonl").write_text("")
    process = program.start("run", "--config", "deltaward.yaml")
    yield process
    process.kill()
    process.communicate()


def test_a_file_that_is_followed_is_waited_for_while_it_grows(program, work_dir, following):
    """Quiet for detect.idle_after it is not; the log says both, and a resumed run goes on so."""
    wait_for((work_dir / "data" / "deltaward.db").exists)

    def idle():
        return [(source, bool(is_idle)) for kind, source, _, is_idle in log_of(work_dir)
                if kind == 2]
    wait_for(lambda: ("b", True) in idle())
    with (work_dir / "b.jsonl").open("a") as more:
        more.write(removed(3, 10))  # behind a's time by more than the timespan
    wait_for(lambda: late(work_dir) == 1)
    assert idle()[-1] == ("b", False)
    following.terminate()
    assert following.wait(20) == 0
    write_config(work_dir, ["b"])  # a is read no more, and holds nobody back
    with (work_dir / "b.jsonl").open("a") as more:
        more.write(removed(4, 120) + removed(5, 130) + removed(6, 140))
    (alert,) = program("run", "--config", "deltaward.yaml", status=0).lines()
    assert alert["group"] == '["a"]' and ("a", True) in idle()


MEAN = """\
apiVersion: deltaward/v1
kind: Policy
id: low
severity: high
match: {tables: [products], operations: [REMOVE]}
correlation: {type: value_avg, field: old.n, group_by: [old.shop], timespan: 60s,
              condition: {lt: 50}}
suppression: none
"""


@pytest.mark.parametrize("files", itertools.permutations(["ahead", "behind", "empty"]))
def test_a_mean_is_judged_when_all_files_have_passed_its_window(program, work_dir, files):
    """Low numbers lie in `ahead`, which goes on for a day, higher ones of the same minute in
    `behind`: judged by the time of `ahead` alone, or in partitions that have not heard of `behind`
    yet, means of many shops would be low."""
    write_config(work_dir, files)
    (work_dir / "p.yaml").write_text(MEAN)
    shops = [f"s{n}" for n in range(40)]
    (work_dir / "ahead.jsonl").write_text(
        "".join(removed(n % 4, 20, shop) for n, shop in enumerate(shops))
        + removed(5, 30, "low") + removed(6, 86400, "z"))
    (work_dir / "behind.jsonl").write_text("".join(
        removed(1000 + n, 10, shop) for n, shop in enumerate(shops)))
    (work_dir / "empty.jsonl").write_text("")
    alerts = program("run", "--config", "deltaward.yaml", status=0).lines()
    assert [alert["group"] for alert in alerts] == ['["low"]']  # nothing is newer than z: not over
    assert late(work_dir) == 0
