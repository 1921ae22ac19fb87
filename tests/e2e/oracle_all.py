"""What `all` must find: every part is watched as if it stood alone, and each of its findings holds
from the time on at which it was known. Written from docs/POLICIES.md, not from the C code. The
value of an event is (part, value)."""
import collections

import oracle_sequence
import oracle_terms
import oracle_window
from oracle_baseline import name_of
from oracle_window import Found, is_monotone

# parts: policies of their own, in order; require(holds, count): what must be true, both by part
Policy = collections.namedtuple(
    "Policy", "type timespan lateness parts withins text require waits episode horizon")
Finding = collections.namedtuple("Finding", "known sequence first count last pending")


class AtOnce(oracle_window.AtOnce):
    """Remembers which events made it hold."""

    def look(self, end):
        said = super().look(end)
        if said:
            self.full = self.kind.inside(self.policy, self.events, end)
        return said


class Terms(oracle_terms.Terms):
    def apply(self, event):
        said = super().apply(event)
        self.full = [event]
        return said


class Sequence(oracle_sequence.Sequence):
    def apply(self, event):
        said = super().apply(event)
        self.full = [event] if not said else [event._replace(time=time)
                                              for time, *_ in said[2]]
        return said


def memory_of(policy):
    if policy.type in oracle_window.MEASURE:
        return AtOnce(policy) if is_monotone(policy) else oracle_window.Waiting(policy)
    return {"new_terms": Terms, "temporal": Sequence, "temporal_ordered": Sequence}[policy.type](
        policy)


class All:
    """One group of a policy."""

    def __init__(self, policy):
        self.policy = policy
        self.parts = [memory_of(part) for part in policy.parts]
        self.found = [[] for _ in policy.parts]  # by when they were known

    def inside(self, event):
        part, value = event.value
        return part, event._replace(value=value)

    def passed(self, time):
        """The watermark that has passed a time."""
        return time + self.policy.lateness + 1

    def late_at(self, event):
        part, inside = self.inside(event)
        own = self.parts[part].late_at(inside)
        return min(own, self.passed(event.time)) if self.policy.waits else own

    # -- what holds

    def holding(self, part, time):
        before = [f for f in self.found[part] if f.known <= time]
        holds = before and time < before[-1].known + self.policy.withins[part]
        return before[-1] if holds else None

    def look(self, time):
        """Why what is required holds at a time, or None."""
        self.looked_at = time
        now = [self.holding(part, time) for part in range(len(self.parts))]
        if not self.policy.require([bool(f) for f in now], [f.count if f else 0 for f in now]):
            return None
        held = sorted((f for f in now if f), key=lambda f: f.last.time)
        count = sum(f.count for f in held)
        return count, count, tuple((f.last.time, f.last.source, f.last.offset, f.last.finding)
                                   for f in held)

    def add(self, part, known, first, count, last):
        finding = Finding(known, last.sequence, first, count, last, self.policy.waits)
        self.found[part] = sorted([*self.found[part], finding], key=lambda f: (f[0], f[1]))

    def by(self, part, known):
        """A new finding: at its beginning, or where others begin while it holds."""
        begins = [f.known for other, found in enumerate(self.found) if other != part
                  for f in found if known < f.known < known + self.policy.withins[part]]
        return next(filter(None, map(self.look, [known, *begins])), None)

    # -- events and time

    def apply(self, event):
        part, inside = self.inside(event)
        said = self.parts[part].apply(inside)
        if not said:
            return None
        times = [e.time for e in self.parts[part].full]
        self.add(part, max(times), min(times), said[1], inside)
        return None if self.policy.waits else self.by(part, max(times))

    def told(self, part, low):
        """What a part finds by a watermark: by when it is known, with the event that is shown."""
        memory = self.parts[part]
        for due, found, said in memory.findings(low):
            inside = memory.kind.inside(memory.policy, memory.events, self.end_of(memory, due))
            assert 0 < len(inside) == said[1] <= 20
            yield due, max(inside), min(e.time for e in inside), said[1], found.time

    @staticmethod
    def end_of(memory, due):
        """The end of the window that is due then."""
        behind = due - memory.policy.lateness
        return {"sliding": behind - 1, "tumbling": behind,
                "session": behind - 1 - memory.policy.timespan}[memory.policy.window]

    def next_pending(self):
        return min((f.known for found in self.found for f in found if f.pending), default=None)

    def look_at(self, known):
        """The finding that is shown is the first of those known then."""
        shown = next(f for found in self.found for f in found if f.known == known and f.pending)
        self.found = [[f._replace(pending=f.pending and f.known != known) for f in found]
                      for found in self.found]
        said = self.look(known)
        event = shown.last
        return said and (self.passed(known), Found(event.time, event.source, event.finding), said)

    def findings(self, low):
        due = sorted(((row[0], part, row) for part in range(len(self.parts))
                      for row in self.told(part, low)), key=lambda row: row[:2])
        while True:
            pending = self.next_pending()
            looked = pending is not None and self.passed(pending)
            if due and due[0][0] <= low and (pending is None or due[0][0] <= looked):
                at, part, (_, last, first, count, time) = due.pop(0)
                known = at - self.policy.lateness - 1
                self.add(part, known, first, count, last)
                said = None if self.policy.waits else self.by(part, known)
                if said:
                    yield at, Found(last.time, last.source,
                                    name_of(said[2][0][3], time)), said
            elif pending is not None and looked <= low:
                found = self.look_at(pending)
                if found:
                    yield found
            else:
                break
        kept = self.policy.timespan + self.policy.lateness
        self.found = [[f for f in found if f.pending or f.known + kept > low]
                      for found in self.found]
