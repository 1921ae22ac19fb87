"""What correlations must find, decided without Deltaward: it keeps every event of a log and looks
at all of them each time. Written from docs/POLICIES.md and docs/ARCHITECTURE.md, not from the
C code.

A log is a list of ("signal", policy, group, finding, source, offset, time, watermark, value) and
("tick", source, offset, watermark, idle); `policies` maps a number to a Policy."""
import collections

import oracle_all
import oracle_baseline
import oracle_chain
import oracle_sequence
import oracle_terms
import oracle_window
from oracle_window import LATE, LOWEST

Policy = collections.namedtuple(
    "Policy", "type timespan lateness condition episode horizon learning metric window percentile",
    defaults=[0, None, "sliding", 0])
Event = collections.namedtuple("Event", "time sequence source offset finding value")

# The memory of a group, by type: late_at(event) is the watermark from which on it is too late;
# apply(event) tells why something holds by it, or None; findings(low) what holds by a watermark:
# (the watermark that it waited for, the event that is found, why) of each, oldest first.
OPERATORS = {**dict.fromkeys(oracle_window.MEASURE, oracle_window.memory_of),
             "new_terms": oracle_terms.Terms, "baseline": oracle_baseline.Baseline,
             "temporal": oracle_sequence.Sequence, "temporal_ordered": oracle_sequence.Sequence,
             "absence": oracle_sequence.Absence, "all": oracle_all.All}
OPERATORS["chain"] = lambda policy: oracle_chain.Chain(
    policy, lambda outer: OPERATORS[outer.type](outer))


class Fold:
    """One log, folded from its beginning."""

    def __init__(self, policies, repeats):
        self.policies = policies
        self.repeats = repeats
        self.watermarks = {}
        self.idle = set()
        self.lowest = LOWEST                         # how far all sources had come
        self.floors = collections.defaultdict(int)
        self.groups = {}                             # (policy, group) -> what is remembered
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
        due = sorted(((at, key, event, why) for key, group in self.groups.items()
                      for at, event, why in group.findings(self.lowest)),
                     key=lambda row: row[:2])
        while True:  # in the order of time: a finding first, where an episode ends with it
            ended = min(((episode["end"], key) for key, episode in self.episodes.items()
                         if episode["source"] == source and
                         episode["end"] <= self.watermarks[source]), default=None)
            if due and (not ended or due[0][0] <= ended[0]):
                self.found(*due.pop(0)[1:])
            elif ended:
                self.resolve(ended[1])
            else:
                return

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
        group = self.groups.get(key) or OPERATORS[policy.type](policy)
        event = Event(time, sequence, source, offset, finding, value)
        if group.late_at(event) <= self.low():
            self.late += 1
            return
        self.groups[key] = group
        group.low = self.low()  # how far all sources have come
        why = group.apply(event)
        self.kept += why is None
        self.late += why is LATE
        if why and why is not LATE:
            self.found(key, event, why)

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
