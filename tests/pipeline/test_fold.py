"""The fold that the gates compare with, itself compared: with `deltaward run`, and with rules."""
import collections
import hashlib

import fold
import oracle
import product
import pytest

RECORDS = 20_000
SIGNALS = ("SELECT sequence, kind, policy_id, state_id, finding, fan_index, group_key, source, "
           "offset, event_time_us, watermark_us, horizon_us, episode_us, summary FROM signal "
           "ORDER BY sequence")
KINDS = ["match", "not_evaluable", "tick", "states"]


def virtual_partition(signal):
    return oracle.digest(oracle.field(signal["policy"]), oracle.field(signal["group"]))[0] % 16


def read_signals(run):
    names = ("sequence kind policy state finding fan_index group source offset event_time_us "
             "watermark_us horizon_us episode_us summary").split()
    for row in run.query(SIGNALS):
        signal = dict(zip(names, row))
        signal["kind"] = KINDS[signal["kind"]]
        yield signal


def test_fold__is_what_run_does(build, deltaward, tmp_path):
    """16 virtual partitions; a tick is for all of them."""
    changes = product.generate(build, tmp_path / "changes.jsonl", RECORDS)
    run = product.Product(deltaward, tmp_path)
    run.run_well(changes)
    folds = [fold.Fold(has_floors=False) for _ in range(16)]
    for signal in read_signals(run):
        tick = signal["kind"] in ("tick", "states")
        for one in folds if tick else [folds[virtual_partition(signal)]]:
            one.add(signal)
    said = sorted((alert.id, alert.status, alert.count, alert.first_us, alert.last_us,
                   alert.log_sequence, alert.ordinal) for one in folds for alert in one.alerts)
    stored = sorted(run.query("SELECT id, status, count, first_us, last_us, log_sequence, ordinal "
                              "FROM alert"))
    assert said == stored and len(said) > 100
    assert {status for _, status, *_ in said} == {"opened", "resolved"}


def signal(name, offset, **more):
    """A signal whose finding is named by a letter."""
    finding = hashlib.sha256(name.encode()).hexdigest()[:32]
    return {"kind": "match", "policy": "p", "state": "s", "finding": finding, "fan_index": 0,
            "group": "g", "source": "e/0#id", "offset": offset, "event_time_us": offset,
            "watermark_us": fold.NEVER, "horizon_us": 100, "episode_us": 50, "summary": True,
            **more}


def tick(floor, watermark_us, source="e/0#id"):
    return {"kind": "tick", "source": source, "offset": floor, "watermark_us": watermark_us}


def letters(folded):
    return " ".join(f"{alert.status[0]}{alert.count}" for alert in folded.alerts)


@pytest.mark.parametrize("log, said", [
    ([signal("a", 0), signal("b", 1)], "o1"),
    ([signal("a", 0), signal("b", 1), tick(2, 50)], "o1 r2"),
    ([signal("a", 0), signal("b", 1), tick(2, 49)], "o1"),
    ([signal("a", 0), tick(1, 60, source="e/1#id")], "o1"),
    ([signal("a", 0), signal("b", 50)], "o1 r1 o1"),
    ([signal("a", 0), signal("a", 0), tick(1, 50)], "o1 r1"),
    ([signal("a", 0), signal("a", 0, fan_index=1), tick(1, 50)], "o1 r2"),
    ([signal("a", 0, episode_us=0), signal("b", 0, episode_us=0)], "o1 o1"),
    ([signal(str(n), n) for n in range(10)], "o1 u10"),
    ([signal(str(n), n, summary=False) for n in range(10)], "o1"),
    # rule 3: below the floor it is a repeat, however late it comes
    ([signal("a", 0), tick(1, 1000), signal("a", 0)], "o1 r1"),
    # rule 4: above the floor its id is not forgotten, however old it is
    ([signal("a", 5), tick(5, 1000), signal("a", 5)], "o1 r1"),
    # rule 4: a copy in another place has its own entry
    ([signal("a", 0), signal("a", 1, source="e/1#id"), tick(1, 1000),
      signal("a", 1, source="e/1#id")], "o1 r1"),
    # past the horizon and the floor it is news
    ([signal("a", 0), tick(1, 1000), signal("a", 7)], "o1 r1 o1"),
])
def test_fold__rules(log, said):
    numbered = [dict(one, sequence=place) for place, one in enumerate(log, 1)]
    assert letters(fold.fold(numbered)) == said


def test_fold__counts_each_finding_once():
    log = [signal("a", 0), signal("b", 1), signal("a", 0)]
    folded = fold.fold([dict(one, sequence=place) for place, one in enumerate(log, 1)])
    assert folded.repeats == 1 and len(folded.counted) == 2
    assert collections.Counter(alert.count for alert in folded.alerts) == {1: 1}
