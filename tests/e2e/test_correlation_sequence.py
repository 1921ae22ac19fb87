"""temporal, temporal_ordered and absence against their oracle: random streams, policies, orders of
arrival, numbers of threads and restarts. More streams: DELTAWARD_CASES."""
import json
import random

import pytest

import correlation_oracle
import oracle_sequence as oracle
import test_correlation as streams

STREAMS = 1500
SECOND = streams.SECOND


def random_policy(rng):
    kind = rng.choice(["temporal", "temporal_ordered", "absence"])
    lateness = rng.choice([0, 0, 5, 20]) * SECOND
    inputs = rng.randint(2, 3)
    before, after, without, mins, timespan = 0, 0, 0, [], rng.randint(1, 40) * SECOND
    if kind == "absence":
        before, after = rng.choice([(0, 10), (10, 0), (3, 1), (20, 20), (1, 0), (0, 40)])
        before, after = before * SECOND, after * SECOND
        without = rng.randint(1, inputs - 1)
        timespan = before + after
    else:
        mins = [rng.choice([1, 1, 1, 2, 3]) for _ in range(inputs)]
    horizon = max(600 * SECOND, timespan + lateness)
    return oracle.Policy(kind, timespan, lateness, mins, before, after, inputs, without,
                         rng.choice([0, 10, 60]) * SECOND, horizon)


def rule(policy):
    own = {"inputs": policy.inputs, "mins": policy.mins}
    if policy.type == "absence":
        own = {"before_us": policy.before, "after_us": policy.after, "inputs": policy.inputs,
               "without": policy.without}
    return json.dumps({"type": policy.type, "timespan_us": policy.timespan,
                       "lateness_us": policy.lateness, **own}, separators=(",", ":"))


class Stream(streams.Stream):
    def random_policy(self):
        return random_policy(self.rng)

    def rule(self, policy):
        return rule(policy)

    def random_value(self, policy):
        return self.rng.randrange(policy.inputs)

    def written(self, row):
        *most, value = row
        return [*most, "-", value]


def random_stream(seed):
    rng = random.Random(f"sequence {seed}")
    repeats = rng.random() < 0.4
    return Stream(rng, repeats, 0 if repeats else rng.choice([0, 1, 2, 3, 8]))


@pytest.fixture(scope="session")
def answers(build):
    """(seed, stream, what the oracle says, alerts of the program, its last line)."""
    return streams.judged(build, random_stream, STREAMS, streams.alert)


def test_alerts__are_those_of_the_oracle(answers):
    streams.hold_alerts(answers)


def test_counts__are_those_of_the_oracle(answers):
    streams.hold_counts(answers)


def test_groups_that_fire__do_not_depend_on_the_order_of_arrival(answers):
    """No event later than allowed: then the groups are those that have some match at all; of an
    absence those with an event that nothing answers."""
    asked = 0
    for seed, stream, _, alerts, last in answers:
        if stream.repeats or last[1] != "0":
            continue
        for number, policy in stream.policies.items():
            if 2 * stream.disorder * SECOND > policy.lateness or policy.timespan == policy.before:
                continue
            events = {}
            for row in stream.log:
                if row[0] == "signal" and row[1] == number:
                    events.setdefault(row[2], []).append(
                        correlation_oracle.Event(row[6], None, None, None, None, row[8]))
            full = {group for group, all_of in events.items() if holds(policy, all_of)}
            assert full == {a[2] for a in alerts if a[1] == number}, f"seed {seed}"
            asked += 1
    assert asked > len(answers) // 20


def holds(policy, events):
    if policy.type != "absence":
        return oracle.any_match(policy, events)
    answering = [e.time for e in events if e.value >= policy.inputs - policy.without]
    return any(not any(e.time - policy.before <= time <= e.time + policy.after
                       for time in answering)
               for e in events if e.value < policy.inputs - policy.without)


def test_streams__are_of_every_kind(answers):
    total = len(answers)
    fired = {}
    for _, stream, _, alerts, _ in answers:
        for _, number, *_ in alerts:
            kind = stream.policies[number].type
            fired[kind] = fired.get(kind, 0) + 1
    assert all(fired[kind] > total // 5 for kind in ["temporal", "temporal_ordered", "absence"])
    assert sum(last[1] != "0" for *_, last in answers) > total // 20
    assert sum(last[3] != "0" for *_, last in answers) > total // 20
    assert sum("restart" in stream.marks.values() for _, stream, *_ in answers) > total // 3
    assert {stream.threads for _, stream, *_ in answers} == {0, 1, 2, 3, 8}
