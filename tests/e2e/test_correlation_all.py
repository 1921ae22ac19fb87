"""`all` against its oracle: random streams of random parts and what is required of them, orders of
arrival, numbers of threads and restarts. More streams: DELTAWARD_CASES."""
import decimal
import json
import random
import subprocess

import pytest

import correlation_oracle
import oracle_all
import oracle_sequence
import oracle_window
import test_correlation as streams
import test_correlation_sequence as sequences

STREAMS = 1000
SECOND = streams.SECOND

# What is required, whether a finding can deny it, and the same in Python; a, b, c: the parts.
REQUIRED = [
    ("a && b", False, lambda holds, count: holds[0] and holds[1]),
    ("a || b", False, lambda holds, count: holds[0] or holds[1]),
    ("a && (b || c)", False, lambda holds, count: holds[0] and (holds[1] or holds[2])),
    ("a && !b", True, lambda holds, count: holds[0] and not holds[1]),
    ("!a && (b || c)", True, lambda holds, count: not holds[0] and (holds[1] or holds[2])),
    ("b && parts.a.count >= 3", True, lambda holds, count: holds[1] and count[0] >= 3),
    ("parts.a.count > parts.b.count", True, lambda holds, count: count[0] > count[1]),
]


def random_part(rng, lateness):
    kind = rng.choice(["event_count", "event_count", "value_sum", "new_terms", "temporal",
                       "temporal_ordered"])
    timespan = rng.randint(1, 30) * SECOND
    if kind.startswith("temporal"):
        mins = [rng.choice([1, 1, 2]) for _ in range(2)]
        return oracle_sequence.Policy(kind, timespan, lateness, mins, 0, 0, 2, 0, 0, 0)
    waits = kind == "event_count" and rng.random() < 0.4
    condition = {"new_terms": {}, "value_sum": {"gte": rng.randint(1, 15)}}.get(
        kind, {"eq" if waits else "gte": rng.randint(1, 3)})
    return correlation_oracle.Policy(kind, timespan, lateness, condition, 0, 0,
                                     rng.choice([0, 5]) * SECOND, None,
                                     rng.choice([*oracle_window.KINDS]))


def random_policy(rng):
    lateness = rng.choice([0, 0, 5, 20]) * SECOND
    text, waits, require = rng.choice(REQUIRED)
    parts = [random_part(rng, lateness) for _ in range(3)]
    withins = [rng.randint(1, 20) * SECOND for _ in parts]
    timespan = max(part.timespan for part in parts) + max(withins)
    return oracle_all.Policy("all", timespan, lateness, parts, withins, text, require, waits,
                             rng.choice([0, 10, 60]) * SECOND,
                             max(600 * SECOND, timespan + lateness))


def rule(policy):
    def of(part):
        is_sequence = isinstance(part, oracle_sequence.Policy)
        return json.loads((sequences if is_sequence else streams).rule(part))
    word = policy.text.replace(" ", "")  # the probe parts words at blanks
    return json.dumps({"type": "all", "timespan_us": policy.timespan,
                       "lateness_us": policy.lateness, "require": word,
                       "waits": policy.waits,
                       "parts": [{"name": name, "within_us": within, "rule": of(part)}
                                 for name, within, part in zip("abc", policy.withins,
                                                               policy.parts)]},
                      separators=(",", ":"))


class Stream(streams.Stream):
    def random_policy(self):
        return random_policy(self.rng)

    def rule(self, policy):
        return rule(policy)

    def random_value(self, policy):
        number = self.rng.randrange(len(policy.parts))
        part = policy.parts[number]
        if isinstance(part, oracle_sequence.Policy):
            return number, self.rng.randrange(part.inputs)
        return number, super().random_value(part)

    def written(self, row):
        """The inputs of a part are numbered behind those of the parts before it."""
        *most, (number, value) = row
        parts = self.policies[row[1]].parts
        place = sum(getattr(part, "inputs", 1) for part in parts[:number])
        part = parts[number]
        if isinstance(part, oracle_sequence.Policy):
            return [*most, "-", place + value]
        if value is None or isinstance(value, decimal.Decimal):
            return [*most, "-" if value is None else value, place]
        return [*most, streams.hashed(value), place]


def random_stream(seed):
    rng = random.Random(f"all {seed}")
    repeats = rng.random() < 0.4
    return Stream(rng, repeats, 0 if repeats else rng.choice([0, 1, 2, 3, 8]))


def alert(words):
    _, status, policy, group, count, first, last, finding, correlation = words
    said = json.loads(correlation)
    held = [part for part in said["parts"].values() if part["holds"]]
    assert said["value"] == said["event_count"] == sum(part["count"] for part in held)
    return (status, int(policy), int(group), int(count), int(first), int(last), int(finding),
            (said["value"], said["event_count"], streams.events_of(said)))


@pytest.fixture(scope="session")
def answers(build):
    """(seed, stream, what the oracle says, alerts of the program, its last line)."""
    return streams.judged(build, random_stream, STREAMS, alert)


def test_alerts__are_those_of_the_oracle(answers):
    streams.hold_alerts(answers)


def test_counts__are_those_of_the_oracle(answers):
    streams.hold_counts(answers)


def test_streams__are_of_every_kind(answers):
    asked = {policy.text for _, stream, *_ in answers for policy in stream.policies.values()}
    assert asked == {text for text, *_ in REQUIRED}
    fired = {policy.text for _, stream, _, alerts, _ in answers
             for number, policy in stream.policies.items() if any(a[1] == number for a in alerts)}
    assert fired == asked


def test_a_part_that_is_a_baseline__fires_at_the_watermark(build):
    """Fifty events a minute, then one: known when the bucket is over."""
    rule_of_all = json.dumps({
        "type": "all", "timespan_us": 120 * SECOND, "lateness_us": 0, "require": "a",
        "waits": False, "parts": [{"name": "a", "within_us": 60 * SECOND, "rule": {
            "type": "baseline", "timespan_us": 60 * SECOND, "lateness_us": 0,
            "metric": "event_count"}}]}, separators=(",", ":"))
    times = [60 * minute * SECOND + n for minute in range(40) for n in range(50)]
    times.append(60 * 40 * SECOND)
    lines = ["stream once 0", f"policy 0 0 {600 * SECOND} {rule_of_all}",
             *(f"signal 0 1 {n} a#1 {n} {time} {time} -" for n, time in enumerate(times, 1)),
             f"tick a#1 {streams.FAR} {60 * 41 * SECOND} 0", "end"]
    done = subprocess.run([build / "tests" / "tools" / "decide_probe"],
                          input="\n".join(lines) + "\n", text=True, capture_output=True,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    opened = [line.split(" ", 8) for line in done.stdout.splitlines() if line.startswith("alert")]
    assert [(words[1], words[5]) for words in opened] == [("opened", str(times[-1]))]
    assert json.loads(opened[0][8])["parts"]["a"]["holds"]
