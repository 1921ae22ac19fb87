"""What correlations must find, decided without Deltaward: it keeps every event of a log and looks
at all of them each time. Written from docs/POLICIES.md and docs/ARCHITECTURE.md, not from the
C code.

A log is a list of ("signal", policy, group, finding, source, offset, time, watermark, value) and
("tick", source, offset, watermark, idle); `policies` maps a number to a Policy."""
import collections
import operator

import oracle_baseline

LOWEST = -(1 << 63)
COMPARE = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le,
           "eq": operator.eq, "neq": operator.ne}

Policy = collections.namedtuple(
    "Policy", "type timespan lateness condition episode horizon learning metric",
    defaults=[0, None])
Event = collections.namedtuple("Event", "time sequence source offset finding value")

# Types that are told group by group: apply(event), due(), advance(watermark), settle(),
# late_at(event); with due() at NOTHING_DUE nothing is remembered.
GROUPS = {"baseline": oracle_baseline.Baseline}
NOTHING_DUE = (1 << 63) - 1

MEASURE = {"event_count": len,
           "value_count": lambda events: len({event.value for event in events}),
           "value_sum": lambda events: sum(event.value for event in events)}


def holds(condition, value):
    return all(COMPARE[name](value, bound) for name, bound in condition.items())


def measure(policy, events):
    return MEASURE[policy.type](events)


def any_window_holds(policy, events):
    """Whether some window fulfils the condition, in whatever order its events came."""
    return any(holds(policy.condition,
                     measure(policy, [e for e in events if end - policy.timespan < e.time <= end]))
               for end in {e.time for e in events})


class Fold:
    """One log, folded from its beginning."""

    def __init__(self, policies, repeats):
        self.policies = policies
        self.repeats = repeats
        self.watermarks = {}
        self.idle = set()
        self.lowest = LOWEST                         # how far all sources had come
        self.floors = collections.defaultdict(int)
        self.terms = {}                              # (policy, group) -> of new_terms
        self.events = collections.defaultdict(list)  # (policy, group) -> what may still count
        self.groups = {}                             # (policy, group) -> one of GROUPS
        self.ids = {}                                # (policy, finding) -> [source, offset, until]
        self.episodes = {}                           # (policy, group) -> its alert
        self.alerts = []
        self.late = self.kept = self.duplicates = 0

    def low(self):
        """How far all sources have come; never back. Idle ones hold nobody back; where all are,
        it is as if they had been one source."""
        waited_for = [w for s, w in self.watermarks.items() if s not in self.idle]
        now = min(waited_for) if waited_for else max(self.watermarks.values())
        self.lowest = max(self.lowest, now)
        return self.lowest

    def hear(self, source, watermark, idle=False):
        self.watermarks[source] = max(self.watermarks[source], watermark)
        (self.idle.add if idle else self.idle.discard)(source)
        self.low()
        self.fire_due()
        ended = [(episode["end"], key) for key, episode in self.episodes.items()
                 if episode["source"] == source and episode["end"] <= self.watermarks[source]]
        for _, key in sorted(ended):
            self.resolve(key)
        for (number, _), events in self.events.items():
            policy = self.policies[number]
            events[:] = [e for e in events
                         if e.time + policy.timespan + policy.lateness > self.low()]
        for key, group in list(self.terms.items()):
            policy = self.policies[key[0]]
            group["last"] = {v: t for v, t in group["last"].items()
                             if t + policy.timespan + policy.lateness > self.low()}
            if not group["last"]:
                del self.terms[key]

    def fire_due(self):
        """What holds by the watermark: what was due first, then by policy and group."""
        while self.groups:
            _, *key = min((group.due(), *key) for key, group in self.groups.items())
            group = self.groups[tuple(key)]
            if group.due() > self.low():
                break
            fired = group.advance(self.low())
            group.settle()
            if group.next is None:
                del self.groups[tuple(key)]
            if fired:
                self.found(tuple(key), fired.event, fired.why)

    def is_repeat(self, number, finding, source, offset, time):
        """Remembers the id, for each source that carries it when repeats are to be told apart."""
        carriers = self.ids.setdefault((number, finding), {})
        known = {s for s, (highest, until) in carriers.items()
                 if self.watermarks[s] < until or (self.repeats and self.floors[s] <= highest)}
        until = max(time, self.watermarks[source]) + self.policies[number].horizon
        if source in known:
            carriers[source] = (max(offset, carriers[source][0]), carriers[source][1])
        elif not known or self.repeats:
            carriers[source] = (offset, until)
        return bool(known)

    def resolve(self, key):
        self.say("resolved", key, self.episodes.pop(key))

    def say(self, status, key, episode):
        self.alerts.append((status, key[0], key[1], episode["count"], episode["first"],
                            episode["last"], episode["finding"], episode["why"]))

    def found(self, key, event, why):
        episode = self.episodes.get(key)
        if episode and event.time < episode["end"]:
            episode["count"] += 1
            episode["first"] = min(episode["first"], event.time)
            episode["last"] = max(episode["last"], event.time)
            return
        if episode:
            self.resolve(key)
        length = self.policies[key[0]].episode
        episode = {"count": 1, "first": event.time, "last": event.time, "finding": event.finding,
                   "why": why, "source": event.source, "end": event.time + length}
        self.say("opened", key, episode)
        if length:
            self.episodes[key] = episode

    def correlate(self, key, event):
        """The first window with the event in it that fulfils the condition, or None."""
        policy = self.policies[key[0]]
        events = self.events[key]
        for end in sorted({e.time for e in events
                           if event.time <= e.time < event.time + policy.timespan}):
            window = [e for e in events if end - policy.timespan < e.time <= end]
            if holds(policy.condition, measure(policy, window)):
                return measure(policy, window), sorted(window)
        return None

    def first_seen(self, key, event):
        """The event itself where its value is new to the group, or None. Remembered are the last
        time of each value and the group's first."""
        policy = self.policies[key[0]]
        group = self.terms.setdefault(key, {"since": event.time, "last": {}})
        group["since"] = min(group["since"], event.time)
        last = group["last"].get(event.value)
        group["last"][event.value] = event.time if last is None else max(last, event.time)
        new = last is None or last <= event.time - policy.timespan
        learned = event.time - group["since"] >= policy.learning
        return (len(group["last"]) - 1, [event]) if new and learned else None

    def signal(self, sequence, number, group, finding, source, offset, time, watermark,
               value=None):
        if not self.repeats:
            self.hear(source, watermark)
        policy = self.policies[number]
        key = (number, group)
        if offset < self.floors[source]:
            return
        if self.is_repeat(number, finding, source, offset, time):
            self.duplicates += 1
            return
        event = Event(time, sequence, source, offset, finding, value)
        known = self.groups.get(key)
        if policy.type in GROUPS:
            known = known or GROUPS[policy.type](policy)
        late_at = known.late_at(event) if known else time + policy.timespan + policy.lateness
        if late_at <= self.low():
            self.late += 1
            return
        if known:
            self.groups[key] = known
            why = known.apply(event)
            self.kept += why is None
            if why:
                self.found(key, event, why)
            return
        if policy.type == "new_terms":
            fired = self.first_seen(key, event)
        else:
            self.events[key].append(event)
            fired = self.correlate(key, event)
        if fired is None:
            self.kept += 1
            return
        value, window = fired
        named = tuple((e.time, e.source, e.offset, e.finding) for e in window[:20])
        self.found(key, event, (value, len(window), named))

    def run(self, log):
        for sequence, (kind, *row) in enumerate(log, 1):
            source = row[0] if kind == "tick" else row[3]
            self.watermarks.setdefault(source, LOWEST)
            if kind == "signal":
                self.signal(sequence, *row)
                continue
            if self.repeats:
                self.floors[source] = max(self.floors[source], row[1])
            self.hear(source, row[2], *row[3:])
        return self
