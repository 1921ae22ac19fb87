"""Correlations against the oracle that keeps every event: random streams, policies, orders of
arrival, numbers of threads and restarts. More streams: DELTAWARD_CASES."""
import datetime
import decimal
import hashlib
import json
import os
import random
import subprocess

import pytest

import correlation_oracle as oracle
import oracle_baseline
import oracle_window

STREAMS = 1000
SECOND = 1_000_000
FAR = 10**15


def random_baseline(rng):
    metric = rng.choice([*oracle_baseline.COUNTING, "error_ratio", "relative_change"])
    bucket, lateness = rng.choice([5, 5, 7, 10, 20, 60, 7000]), rng.choice([0, 0, 5, 20, 100])
    return oracle.Policy("baseline", bucket * SECOND, lateness * SECOND, {},
                         rng.choice([0, 10, 600]) * SECOND,
                         max(600, bucket + lateness) * SECOND, 0, metric)


def random_condition(rng, kind):
    """A bound that may hold; of a kind that need not wait often one for which it does not."""
    low, high = {"value_sum": (1, 30), "event_count": (1, 5), "value_count": (1, 5)}.get(
        kind, (0, 5))
    names = ["gt", "gte"] if rng.random() < 0.5 else rng.choice(
        [["lt"], ["lte"], ["eq"], ["neq"], ["gt"], ["gte", "lte"], ["gt", "neq"]])
    bound = rng.randint(low, high)
    return {name: bound + rng.choice([0, 0, 2]) * (name[0] == "l")
            for name in rng.sample(names, rng.randint(1, len(names)))}


def random_policy(rng):
    kind = rng.choice([*oracle_window.MEASURE, "new_terms", "baseline"])
    if kind == "baseline":
        return random_baseline(rng)
    timespan, lateness = rng.randint(1, 40), rng.choice([0, 0, 5, 20])
    horizon = max(600, timespan + lateness)
    return oracle.Policy(kind, timespan * SECOND, lateness * SECOND,
                         {} if kind == "new_terms" else random_condition(rng, kind),
                         rng.choice([0, 10, 60]) * SECOND, horizon * SECOND,
                         rng.choice([0, 5, 30]) * SECOND, None,
                         rng.choice([*oracle_window.KINDS]), rng.choice([1, 10, 50, 90, 99]))


def rule(policy):
    if policy.type == "baseline":
        return json.dumps({"type": policy.type, "timespan_us": policy.timespan,
                           "lateness_us": policy.lateness, "metric": policy.metric},
                          separators=(",", ":"))
    windowed = policy.type in oracle_window.MEASURE
    return json.dumps({
        "type": policy.type,
        **({"window": policy.window} if windowed and policy.window != "sliding" else {}),
        "timespan_us": policy.timespan, "lateness_us": policy.lateness,
        **({"learning_us": policy.learning} if policy.type == "new_terms" else {}),
        **({"percentile": policy.percentile} if policy.type == "value_percentile" else {}),
        "condition": {name: policy.condition[name] for name in oracle_window.COMPARE
                      if name in policy.condition}}, separators=(",", ":"))


def hashed(value):
    """A value that is told apart only, as signals carry it."""
    return f'"{hashlib.md5(str(value).encode()).hexdigest()}"'


class Stream:
    """A random log; events come up to `disorder` seconds before or after their turn."""

    def __init__(self, rng, repeats, threads):
        self.rng = rng
        self.repeats = repeats
        self.threads = threads
        self.policies = {number: self.random_policy() for number in range(rng.randint(1, 2))}
        self.sources = ["a#1", "b#1", "c#1"][:rng.randint(1, 3)]
        self.disorder = rng.choice([0, 3, 15, 60])
        self.newest = dict.fromkeys(self.sources, 0)
        self.offsets = dict.fromkeys(self.sources, 0)
        self.committed = dict.fromkeys(self.sources, 0)
        self.idle = dict.fromkeys(self.sources, 0)
        # a partition hears of other sources by ticks alone, which the engine writes: of all sources
        # at first, then how far the others are before signals of another one
        self.log = [("tick", source, 0, oracle.LOWEST, 0) for source in self.sources if threads]
        self.last = None
        self.marks = {}  # place in the log -> "restart" or "batch" before it
        pace = rng.choice([0, 1, 4, 10])
        now = 0
        has_baseline = any(p.type == "baseline" for p in self.policies.values())
        for step in range(rng.randint(5, 300 if has_baseline else 90)):
            now += pace * SECOND
            if has_baseline and rng.random() < 0.02:
                now += rng.choice([*[100, 1000, 10000] * 9, 100000, 3000000]) * SECOND
            self.add(step, now)
        for source in self.sources:
            self.hear_last(source)
            self.log.append(("tick", source, FAR, FAR, 0))

    def random_policy(self):
        return random_policy(self.rng)

    def rule(self, policy):
        return rule(policy)

    def tick(self, source, time, idle):
        self.hear_last(source)
        self.idle[source] = idle
        self.log.append(("tick", source, self.committed[source], time, idle))

    def hear_last(self, source):
        last = self.last
        if self.threads and last not in (None, source):
            self.log.append(("tick", last, self.committed[last], self.newest[last],
                             self.idle[last]))

    def hear_others(self, source):
        self.hear_last(source)
        if self.threads and self.idle[source]:
            self.tick(source, self.newest[source], 0)
        self.last = source

    def add(self, step, now):
        rng = self.rng
        source = rng.choice(self.sources)
        if rng.random() < 0.1:
            self.marks[len(self.log)] = "batch" if self.threads else "restart"
        if self.repeats and rng.random() < 0.2:
            self.committed[source] = rng.randint(self.committed[source], self.offsets[source])
            self.tick(source, self.newest[source] - rng.choice([0, 10]) * SECOND, 0)
            return
        if len(self.sources) > 1 and rng.random() < 0.1:
            self.tick(source, self.newest[source], 1)
            return
        if self.repeats and self.log and rng.random() < 0.1:  # sent again, from wherever
            again = rng.choice(self.log)
            if again[0] == "signal":
                self.log.append(again)
                return
        time = now + rng.randint(-self.disorder, self.disorder) * SECOND + rng.choice([0, 0, 1])
        self.newest[source] = max(self.newest[source], time)
        self.offsets[source] += 1
        self.hear_others(source)
        self.idle[source] = 0
        number = rng.choice(list(self.policies))
        value = self.random_value(self.policies[number])
        self.log.append(("signal", number, rng.randint(0, 2), step, source, self.offsets[source],
                         time, -FAR if self.repeats else self.newest[source], value))

    def random_value(self, policy):
        if "event_count" in (policy.type, policy.metric):
            return None
        if policy.type in ("value_count", "new_terms"):
            return self.rng.randint(0, 6)
        if policy.type != "baseline":
            return self.random_number(policy)
        if policy.metric == "error_ratio":
            return self.rng.randint(0, 1)
        lowest = -1 if policy.metric == "sum" and self.rng.random() < 0.1 else 0
        return self.rng.choice([60, *[self.rng.randint(lowest, 6)] * 40])

    def random_number(self, policy):
        """Below 0 too, where that may be."""
        only_adds = policy.type == "value_sum" and oracle_window.is_monotone(policy)
        return decimal.Decimal(self.rng.randint(0 if only_adds else -3, 6)) + self.rng.choice(
            [0, decimal.Decimal("0.125")])

    def written(self, row):
        """A value to be counted is a hash, in the log."""
        *most, value = row
        if value is None:
            return [*most, "-"]
        policy = self.policies[row[1]]
        if isinstance(value, decimal.Decimal) or policy.metric not in (None, "distinct"):
            return [*most, value]
        return [*most, hashed(value)]

    def lines(self):
        yield f"stream {'repeats' if self.repeats else 'once'} {self.threads}"
        for number, policy in self.policies.items():
            yield f"policy {number} {policy.episode} {policy.horizon} {self.rule(policy)}"
        for place, row in enumerate(self.log):
            if place in self.marks:
                yield self.marks[place]
            yield " ".join(map(str, row if row[0] == "tick" else self.written(row)))
        yield "end"


def random_stream(seed):
    rng = random.Random(seed)
    repeats = rng.random() < 0.4
    return Stream(rng, repeats, 0 if repeats else rng.choice([0, 1, 2, 3, 8]))


def run_probe(build, streams):
    """For each stream its alerts, and its last line."""
    text = "\n".join(line for stream in streams for line in stream.lines()) + "\n"
    done = subprocess.run([build / "tests" / "tools" / "decide_probe"], input=text, text=True,
                          capture_output=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    answers = [[]]
    for line in done.stdout.splitlines():
        answers[-1].append(line.split(" ", 8))
        if line.startswith("end"):
            answers.append([])
    assert len(answers) == len(streams) + 1
    return answers[:-1]


def microseconds(text):
    """As the oracle's times, which begin at the epoch."""
    time = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (time - datetime.datetime.fromtimestamp(0, datetime.timezone.utc)
            ) // datetime.timedelta(microseconds=1)


def events_of(said):
    return tuple(
        (microseconds(e["event_time"]), e["source"]["name"], e["source"]["offset"],
         int.from_bytes(bytes.fromhex(e["finding"])[:8], "little")) for e in said["events"])


def why(text):
    said = json.loads(text)
    if said["type"] != "baseline":
        said = json.loads(text, parse_float=decimal.Decimal)
    assert "approximate" not in said
    # a bucket without events names the last one before
    assert len(said["events"]) == min(20, max(1, said["event_count"]))
    events = events_of(said)
    if said["type"] == "baseline":
        return said["value"], said["event_count"], events, expected_of(said)
    return said["value"], said["event_count"], events


def expected_of(said):
    assert said["observed"] == said["value"] and said["expected_low"] <= said["expected_high"]
    assert not said["expected_low"] <= said["observed"] <= said["expected_high"]
    last = said.get("last_exceeded_at")
    return (said["expected_low"], said["expected_high"], said["view"], said["baseline_n"],
            microseconds(said["since"]), last and microseconds(last))


def alert(words):
    _, status, policy, group, count, first, last, finding, correlation = words
    return (status, int(policy), int(group), int(count), int(first), int(last), int(finding),
            why(correlation))


def judged(build, make, count, read):
    """(seed, stream, what the oracle says, alerts of the program, its last line) of each stream
    that `make` makes of a seed; read: makes an alert of its words."""
    first = int(os.environ.get("DELTAWARD_SEED", "1"))
    seeds = range(first, first + int(os.environ.get("DELTAWARD_CASES", count)))
    made = [make(seed) for seed in seeds]
    said = run_probe(build, made)
    return [(seed, stream, oracle.Fold(stream.policies, stream.repeats).run(stream.log),
             [read(words) for words in lines[:-1]], lines[-1])
            for seed, stream, lines in zip(seeds, made, said)]


def hold_alerts(answers):
    for seed, stream, expected, alerts, _ in answers:
        # alerts of different groups have no order: partitions tell theirs one after the other
        assert by_group(alerts) == by_group(expected.alerts), (
            f"seed {seed}: threads {stream.threads}")


def hold_counts(answers):
    for seed, _, expected, _, last in answers:
        assert [int(word) for word in last[1:5]] == [expected.late, expected.kept,
                                                     expected.duplicates, 0], f"seed {seed}"
        assert last[5] == "0", f"seed {seed}: something is remembered although all time is over"


@pytest.fixture(scope="session")
def answers(build):
    """(seed, stream, what the oracle says, alerts of the program, its last line)."""
    return judged(build, random_stream, STREAMS, alert)


def by_group(alerts):
    return sorted(alerts, key=lambda row: (row[1], row[2]))


def test_alerts__are_those_of_the_oracle(answers):
    hold_alerts(answers)


def test_counts__are_those_of_the_oracle(answers):
    hold_counts(answers)


def test_groups_that_fire__do_not_depend_on_the_order_of_arrival(answers):
    """No event later than allowed: then the groups are those that have some full window at all."""
    asked = 0
    for seed, stream, _, alerts, last in answers:
        if stream.repeats or last[1] != "0":
            continue
        for number, policy in stream.policies.items():
            in_time = 2 * stream.disorder * SECOND <= policy.lateness
            if policy.type not in oracle_window.MEASURE or not in_time:
                continue
            events = {}
            for row in stream.log:
                if row[0] == "signal" and row[1] == number:
                    events.setdefault(row[2], []).append(
                        oracle.Event(row[6], None, None, None, None, row[8]))
            full = {group for group, all_of in events.items()
                    if oracle_window.any_window_holds(policy, all_of)}
            assert full == {a[2] for a in alerts if a[1] == number}, f"seed {seed}"
            asked += 1
    assert asked > len(answers) // 20


def test_streams__are_of_every_kind(answers):
    fired = sum(bool(alerts) for _, _, _, alerts, _ in answers)
    late = sum(last[1] != "0" for *_, last in answers)
    duplicates = sum(last[3] != "0" for *_, last in answers)
    restarts = sum("restart" in stream.marks.values() for _, stream, *_ in answers)
    threads = {stream.threads for _, stream, *_ in answers}
    total = len(answers)
    assert total // 3 < fired < total and late > total // 20 and duplicates > total // 20
    assert restarts > total // 3 and threads == {0, 1, 2, 3, 8}
