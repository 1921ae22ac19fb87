"""Correlations over findings of correlations against their oracle: random streams of random inner
and outer ones, orders of arrival, numbers of threads and restarts. More streams:
DELTAWARD_CASES."""
import json
import random

import pytest

import correlation_oracle
import oracle_chain
import oracle_sequence
import oracle_window
import test_correlation as streams
import test_correlation_all as whole
import test_correlation_sequence as sequences

STREAMS = 600
SECOND = streams.SECOND
OUTER = ["event_count", "value_count", "new_terms", "temporal", "temporal_ordered", "absence",
         "baseline", "all"]
INNER = [*oracle_window.MEASURE, "new_terms", "temporal", "absence"]


def windowed(rng, kind, timespan, lateness):
    """Often one that need not wait, and that little is enough for."""
    condition = {"gte": rng.randint(1, 3)} if rng.random() < 0.5 else (
        streams.random_condition(rng, kind))
    return correlation_oracle.Policy(
        kind, timespan, lateness, {} if kind == "new_terms" else condition, 0, 0,
        rng.choice([0, 5]) * SECOND, None, rng.choice([*oracle_window.KINDS]),
        rng.choice([1, 50, 90]))


def random_inner(rng):
    kind = rng.choice(INNER)
    lateness = rng.choice([0, 0, 5, 20]) * SECOND
    timespan = rng.randint(1, 30) * SECOND
    if kind == "temporal":
        return oracle_sequence.Policy(kind, timespan, lateness, [1, rng.choice([1, 2])], 0, 0, 2,
                                      0, 0, 0)
    if kind == "absence":
        before, after = rng.choice([(0, 10), (3, 1), (20, 20), (1, 0)])
        return oracle_sequence.Policy(kind, (before + after) * SECOND, lateness, [],
                                      before * SECOND, after * SECOND, 2, 1, 0, 0)
    return windowed(rng, kind, timespan, lateness)


def random_outer(rng, lateness):
    kind = rng.choice(OUTER)
    if kind == "all":
        chosen = whole.random_policy(rng)
        parts = [part._replace(lateness=lateness) if not hasattr(part, "inputs") else
                 windowed(rng, "event_count", part.timespan, lateness) for part in chosen.parts]
        parts = [part if part.type != "value_sum" else
                 windowed(rng, "new_terms", part.timespan, lateness) for part in parts]
        return chosen._replace(lateness=lateness, parts=parts)
    if kind == "baseline":
        return correlation_oracle.Policy(
            kind, rng.choice([5, 7, 20]) * SECOND, lateness, {}, 0, 0, 0,
            rng.choice(["event_count", "distinct"]))
    if kind in ("temporal", "temporal_ordered", "absence"):
        return sequences.random_policy(random.Random(f"{kind} {rng.random()}"))._replace(
            lateness=lateness)
    return windowed(rng, kind, rng.randint(5, 60) * SECOND, lateness)


def inputs_of(outer):
    return len(outer.parts) if outer.type == "all" else getattr(outer, "inputs", 1)


def random_policy(rng):
    inners = [random_inner(rng) for _ in range(rng.randint(1, 3))]
    lateness = max(rng.choice([0, 5]) * SECOND, *(inner.lateness for inner in inners))
    outer = random_outer(rng, lateness)
    if outer.type == "all":  # its `waits` parts are counted of at most 20 events
        outer = outer._replace(parts=[part._replace(condition=limited(part))
                                      for part in outer.parts])
    numbers = sorted(rng.randrange(inputs_of(outer)) for _ in inners)
    return oracle_chain.Policy("chain", outer.timespan, lateness, outer,
                               list(zip(numbers, inners)), rng.choice([0, 10, 60]) * SECOND,
                               600 * SECOND + outer.timespan)


def limited(part):
    if part.type != "event_count" or oracle_window.is_monotone(part):
        return part.condition
    return {"eq": 2}


def plain_rule(policy):
    if policy.type == "all":
        return json.loads(whole.rule(policy))
    is_sequence = isinstance(policy, oracle_sequence.Policy)
    return json.loads((sequences if is_sequence else streams).rule(policy))


def rule(policy):
    said = plain_rule(policy.outer)
    said["inner"] = [{"input": number, "rule": plain_rule(inner)}
                     for number, inner in policy.inners]
    return json.dumps(said, separators=(",", ":"))


def word(value):
    """A value as signals carry it: a hash where it is told apart only."""
    if value is None:
        return "-"
    return streams.hashed(value) if isinstance(value, int) else str(value)


class Stream(streams.Stream):
    steps_max = 150

    def random_policy(self):
        return random_policy(self.rng)

    def rule(self, policy):
        return rule(policy)

    def random_value(self, policy):
        rng = self.rng
        if rng.random() < 0.2:
            number = rng.randrange(inputs_of(policy.outer))
            return oracle_chain.Plain(
                oracle_chain.value_of(policy.outer, number, rng.randrange(4)))
        number = rng.randrange(len(policy.inners))
        inner = policy.inners[number][1]
        group = rng.randrange(rng.choice([1, 2, 5]))
        value = (rng.randrange(inner.inputs) if hasattr(inner, "inputs")
                 else super().random_value(inner))
        return oracle_chain.Inside(number, group, value,
                                   oracle_chain.outer_value(policy, number, group))

    def written(self, row):
        *most, value = row
        policy = self.policies[row[1]]
        inside = isinstance(value, oracle_chain.Inside)
        number, outer = self.outside(policy, value)
        return [*most, outer, number, inner_of(policy, value) if inside else "-"]

    @staticmethod
    def outside(policy, value):
        """The outer input, and the value's word."""
        outer = value.outer
        if policy.outer.type == "all":
            return outer[0], word(outer[1])
        if hasattr(policy.outer, "inputs"):
            return outer, "-"
        return 0, word(outer)


def inner_of(policy, value):
    inner = policy.inners[value.rule][1]
    has_inputs = hasattr(inner, "inputs")
    said = "-" if has_inputs else word(value.value)
    parts = [f'"rule":{value.rule}', f'"group":"{oracle_chain.digest_of(value.group)}"',
             *([] if said == "-" else [f'"value":{said}']),
             f'"input":{value.value if has_inputs else 0}']
    return "{" + ",".join(parts) + "}"


def random_stream(seed):
    rng = random.Random(f"chain {seed}")
    repeats = rng.random() < 0.4
    return Stream(rng, repeats, 0 if repeats else rng.choice([0, 1, 2, 3, 8]))


def alert(words):
    return whole.alert(words) if '"parts"' in words[8] else streams.alert(words)


@pytest.fixture(scope="session")
def answers(build):
    """(seed, stream, what the oracle says, alerts of the program, its last line)."""
    return streams.judged(build, random_stream, STREAMS, alert)


def test_alerts__are_those_of_the_oracle(answers):
    streams.hold_alerts(answers)


def test_counts__are_those_of_the_oracle(answers):
    streams.hold_counts(answers)


def test_streams__are_of_every_kind(answers):
    fired = {}
    for _, stream, _, alerts, _ in answers:
        for number in {a[1] for a in alerts}:
            policy = stream.policies[number]
            kinds = [("outer", policy.outer.type), *(("inner", p.type) for _, p in policy.inners)]
            for kind in kinds:
                fired[kind] = fired.get(kind, 0) + 1
    assert set(fired) >= {*(("outer", kind) for kind in OUTER if kind != "baseline"),
                          *(("inner", kind) for kind in INNER)}
    total = len(answers)
    assert sum(last[1] != "0" for *_, last in answers) > total // 20
    assert sum("restart" in stream.marks.values() for _, stream, *_ in answers) > total // 3
    assert {stream.threads for _, stream, *_ in answers} == {0, 1, 2, 3, 8}
