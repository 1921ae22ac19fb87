"""What the alerts of a log of signals must be: the fold of decide once more, in Python.

Written from docs/ARCHITECTURE.md and the rules of recovery that it lists, one signal at a time, one
partition of the log at a time, with plain dicts and no bound on memory. A signal is a dict as it
stands in deltaward.signals, with its "sequence" (Kafka: offset + 1)."""
import collections
import dataclasses

import oracle

NEVER = float("-inf")
Alert = collections.namedtuple("Alert", "sequence ordinal id status count first_us last_us "
                                        "log_sequence")
STATUSES = ["opened", "updated", "resolved"]


@dataclasses.dataclass
class Episode:
    id: str
    key: tuple          # state, group
    source: str         # that opened it: its watermark closes it
    end_us: int
    summary: bool
    count: int
    newest_sequence: int
    first_us: int
    last_us: int


def alert_id(signal):
    return oracle.digest(oracle.field(signal["policy"]), oracle.field(signal["group"]),
                         oracle.field(bytes.fromhex(signal["finding"]))).hex()


def is_milestone(count):
    return count >= 10 and str(count).rstrip("0") == "1"


class Fold:
    """One partition. `alerts` are what was said, in order."""

    def __init__(self, has_floors=True):
        self.has_floors = has_floors   # without: a position is committed with its signals
        self.floors = collections.defaultdict(lambda: 0 if has_floors else float("inf"))
        self.watermarks = collections.defaultdict(lambda: NEVER)
        self.episodes = {}             # by (state, group)
        self.known = collections.defaultdict(dict)  # of a finding: source -> offset, forgotten_us
        self.alerts = []
        self.counted = set()           # (policy, finding) that were counted
        self.repeats = 0

    def say(self, sequence, status, episode):
        self.alerts.append(Alert(sequence, STATUSES.index(status), episode.id, status,
                                 episode.count, episode.first_us, episode.last_us,
                                 episode.newest_sequence))

    def resolve(self, sequence, episode):
        self.say(sequence, "resolved", episode)
        del self.episodes[episode.key]

    def advance(self, sequence, source, watermark_us):
        ended = [one for one in self.episodes.values()
                 if one.source == source and one.end_us <= watermark_us]
        for episode in sorted(ended, key=lambda one: (one.end_us, one.key)):
            self.resolve(sequence, episode)
        self.watermarks[source] = max(self.watermarks[source], watermark_us)

    def is_remembered(self, source, offset, forgotten_us):
        return self.floors[source] <= offset or self.watermarks[source] < forgotten_us

    def is_repeat(self, signal):
        """Also remembers the finding, as far as each source carries it."""
        source, offset = signal["source"], signal["offset"]
        if self.has_floors and offset < self.floors[source]:
            return True
        key = signal["state"], signal["finding"], signal["fan_index"]
        carriers = {source: carried for source, carried in self.known[key].items()
                    if self.is_remembered(source, *carried)}
        self.known[key] = carriers
        since_us = max(signal["event_time_us"], self.watermarks[source])
        if source in carriers:
            carried_to, forgotten_us = carriers[source]
            self.known[key] = {**carriers, source: (max(carried_to, offset), forgotten_us)}
        elif not carriers or self.has_floors:
            self.known[key] = {**carriers, source: (offset, since_us + signal["horizon_us"])}
        return bool(carriers)

    def join(self, signal, episode):
        episode.count += 1
        episode.newest_sequence = signal["sequence"]
        episode.first_us = min(episode.first_us, signal["event_time_us"])
        episode.last_us = max(episode.last_us, signal["event_time_us"])
        if episode.summary and is_milestone(episode.count):
            self.say(signal["sequence"], "updated", episode)

    def open(self, signal):
        time_us = signal["event_time_us"]
        episode = Episode(alert_id(signal), (signal["state"], signal["group"]), signal["source"],
                          time_us + signal["episode_us"], signal["summary"], 1,
                          signal["sequence"], time_us, time_us)
        if signal["episode_us"] > 0:
            self.episodes[episode.key] = episode
        self.say(signal["sequence"], "opened", episode)

    def add(self, signal):
        if signal["kind"] == "states":
            return
        if signal["kind"] == "tick":
            source = signal["source"]
            self.floors[source] = max(self.floors[source], signal["offset"])
            self.advance(signal["sequence"], source, signal["watermark_us"])
            return
        self.advance(signal["sequence"], signal["source"], signal["watermark_us"])
        if self.is_repeat(signal):
            self.repeats += 1
            return
        self.counted.add((signal["policy"], signal["finding"]))
        episode = self.episodes.get((signal["state"], signal["group"]))
        if episode and signal["event_time_us"] < episode.end_us:
            self.join(signal, episode)
            return
        if episode:
            self.resolve(signal["sequence"], episode)
        self.open(signal)


def fold(signals, has_floors=True):
    """The whole log of one partition."""
    folded = Fold(has_floors)
    for signal in signals:
        folded.add(signal)
    return folded
