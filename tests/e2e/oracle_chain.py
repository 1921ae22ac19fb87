"""What a correlation over findings of correlations must find: every inner group is watched as if it
stood alone, and each of its findings is an event of the outer correlation, at the time from which
on it is known. Written from docs/POLICIES.md, not from the C code.

The value of an event is a Plain, an event of the outer correlation itself, or an Inside."""
import collections
import hashlib

import oracle_all
import oracle_sequence
import oracle_window
from oracle_baseline import name_of
from oracle_window import LATE, Found

# outer: a policy of its own; inners: (its input, a policy) of each inner correlation
Policy = collections.namedtuple("Policy", "type timespan lateness outer inners episode horizon")
Plain = collections.namedtuple("Plain", "outer")
# of which inner correlation and group, what it is there, and what its findings are outside
Inside = collections.namedtuple("Inside", "rule group value outer")
# the outer correlation's event `time`, by which event it was found
Made = collections.namedtuple("Made", "due key known event")


class Waiting(oracle_window.Waiting):
    """Tells by which event it fires, too: behind an empty window the last one before."""

    def told(self, low):
        over = [end for end in self.kind.ends(self.policy, self.events)
                if self.kind.due(self.policy, end) <= low and end not in self.looked]
        self.looked.update(over)
        for end in over:
            if self.look(end):
                inside = self.kind.inside(self.policy, self.events, end)
                yield self.kind.due(self.policy, end), max(inside or self.kind.inside(
                    self.policy, self.events, end - self.policy.timespan))


class Absence(oracle_sequence.Absence):
    def apply(self, event):
        said = super().apply(event)
        self.full = [event]
        return said

    def told(self, low):
        for due, event, _ in self.findings(low):
            yield due, event


def memory_of(policy):
    """Of an inner group: what it finds by an event ends with the last of `full`."""
    if policy.type == "absence":
        return Absence(policy)
    waits = policy.type in oracle_window.MEASURE and not oracle_window.is_monotone(policy)
    return Waiting(policy) if waits else oracle_all.memory_of(policy)


def digest_of(group):
    """What an inner group is told apart by."""
    return hashlib.md5(str(group).encode()).hexdigest()


def tell(memory, low):
    if hasattr(memory, "told"):
        return list(memory.told(low))
    memory.findings(low)
    return []


def order(made):
    """By correlation and group, of one time."""
    rule, group = made.key
    return made.due, rule, digest_of(group), made.known, made.event.time, made.event.sequence


class Chain:
    """One group of a policy; `outer_of` makes the memory of the outer correlation."""

    def __init__(self, policy, outer_of):
        self.policy = policy
        at_once = (policy.outer.type in oracle_window.MEASURE and
                   oracle_window.is_monotone(policy.outer))
        self.outer = oracle_all.AtOnce(policy.outer) if at_once else outer_of(policy.outer)
        self.groups = {}
        self.low = oracle_window.LOWEST  # how far all sources have come
        self.taken = 0

    def group(self, inside):
        """Of an inner correlation; one that is new is not yet remembered."""
        key = (inside.rule, inside.group)
        return key, self.groups.get(key) or memory_of(self.policy.inners[inside.rule][1])

    def late_at(self, event):
        value = event.value
        if isinstance(value, Plain):
            return self.outer.late_at(event._replace(value=value.outer))
        return self.group(value)[1].late_at(event._replace(value=value.value))

    def take(self, known, event, done):
        self.taken += 1  # of one time, what was known first comes first; not in buckets
        place = event.sequence if self.policy.outer.type == "baseline" else self.taken
        made = event._replace(time=known, sequence=place, value=event.value.outer)
        return LATE if self.outer.late_at(made) <= done else self.outer.apply(made)

    def apply(self, event):
        if isinstance(event.value, Plain):
            return self.take(event.time, event, self.low)
        key, memory = self.group(event.value)
        self.groups[key] = memory
        if not memory.apply(event._replace(value=event.value.value)):
            return None
        return self.take(max(e.time for e in memory.full), event, self.low)

    def made(self, low):
        """All that inner correlations find by a watermark, in the order in which it is known."""
        for key, memory in self.groups.items():
            rule = self.policy.inners[key[0]][1]
            for due, event in tell(memory, low):
                yield Made(due, key, due - rule.lateness - 1, event)

    def outer_findings(self, low):
        for at, found, said in self.outer.findings(low):
            name = found.finding
            if self.policy.outer.type in ("absence", "all"):  # which name the event that is shown
                name = name_of(said[2][0][3], found.time)
            yield at, Found(found.time, found.source, name), said

    def findings(self, low):
        # of one time, those of inner groups first
        for due, key, known, event in sorted(self.made(low), key=order):
            yield from self.outer_findings(due - 1)
            value = Inside(*key, None, self.outer_value(*key))
            said = self.take(known, event._replace(value=value), due - 1)
            assert said is not LATE
            if said:
                yield due, Found(self.last_time(said), event.source,
                                 name_of(said[2][0][3], known)), said
        yield from self.outer_findings(low)

    def last_time(self, said):
        """Of what the outer correlation found by an event."""
        if self.policy.outer.type == "all":
            return self.outer.looked_at
        if isinstance(self.outer, oracle_all.AtOnce):  # more than are listed
            return max(event.time for event in self.outer.full)
        return max(time for time, *_ in said[2])

    def outer_value(self, rule, group):
        """What the findings of an inner group are outside: the same for all its events."""
        return outer_value(self.policy, rule, group)


def outer_value(policy, rule, group):
    """A value for types that tell values apart, a number for those with inputs, or both."""
    number = policy.inners[rule][0]
    return value_of(policy.outer, number, group % 4)


def value_of(outer, number, value):
    """What an event of an input is to the outer correlation."""
    if outer.type == "all":
        part = outer.parts[number]
        return number, value_of(part, 0, value)
    if hasattr(outer, "inputs"):
        return number
    tells = outer.type in ("value_count", "new_terms") or outer.metric == "distinct"
    return value if tells else None
