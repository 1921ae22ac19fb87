"""What correlations must come to in Kafka: the log of signals folded once more, in one thread, by
the oracle that keeps every event."""
import datetime

import correlation_oracle
import fold
import oracle_chain

EPOCH = datetime.datetime.fromtimestamp(0, datetime.UTC)


def microseconds(text):
    return (datetime.datetime.fromisoformat(text) - EPOCH) // datetime.timedelta(microseconds=1)


class LogFold(correlation_oracle.Fold):
    """One partition. `policies` maps the id of a policy to its correlation as correlation_oracle
    knows it; horizon and episode stand in the signals. `said` are (sequence of the signal that
    brought it about, alert as row_of gives it)."""

    def __init__(self, policies):
        self.partitions = 0  # of the topic of events, as ticks say it
        super().__init__(dict(policies), repeats=True)
        self.sequence = 0
        self.said = []

    def low(self):
        """Time does not begin, nor go on, before all partitions were heard of."""
        known = {source.split("#")[0] for source in self.watermarks}
        return self.lowest if len(known) < self.partitions else super().low()

    def say(self, status, key, episode):
        policy, group = key
        name = fold.alert_id({"policy": policy, "group": group, "finding": episode["finding"]})
        value, count, events, *_ = episode["why"]
        self.said.append((self.sequence, (
            name, status, policy, group, episode["count"], episode["first"], episode["last"],
            value, count, tuple(event[:3] for event in events))))

    def hear(self, source, watermark, idle=False):
        """Most ticks move only their own source: then no group has anything new to say."""
        before, groups = self.lowest, self.groups
        self.watermarks[source] = max(self.watermarks[source], watermark)
        if self.low() == before:
            self.groups = {}
        super().hear(source, watermark, idle)
        self.groups = groups

    def add(self, one):
        self.sequence = one["sequence"]
        if one["kind"] == "states":
            return
        source = one["source"]
        self.watermarks.setdefault(source, correlation_oracle.LOWEST)
        if one["kind"] == "tick":
            self.partitions = max(self.partitions, one.get("partitions", 0))
            self.floors[source] = max(self.floors[source], one["offset"])
            self.hear(source, one["watermark_us"], one.get("idle", False))
            return
        policy = self.policies[one["policy"]]
        self.policies[one["policy"]] = policy._replace(horizon=one["horizon_us"],
                                                       episode=one["episode_us"])
        self.signal(self.sequence, one["policy"], one["group"], one["finding"], source,
                    one["offset"], one["event_time_us"], one["watermark_us"],
                    value_of(one, policy))


def value_of(one, policy):
    """What the oracle of its type calls the value of an event."""
    if policy.type == "chain":
        inner = one["inner"]
        return oracle_chain.Inside(inner["rule"], int(inner["group"], 16), inner.get("value"), None)
    if policy.type == "all":
        return one.get("input", 0), one.get("value")
    if policy.type in ("temporal", "temporal_ordered", "absence"):
        return one.get("input", 0)
    return one.get("value")


def fold_log(log, policies):
    folded = LogFold(policies)
    for one in log:
        folded.add(one)
    return folded


def row_of(alert):
    """An alert of a topic or a file, as the fold says it."""
    said = alert["correlation"]
    return (alert["id"], alert["status"], alert["policy"]["id"], alert["group"], alert["count"],
            microseconds(alert["first_seen"]), microseconds(alert["last_seen"]),
            said["value"], said["event_count"],
            tuple((microseconds(one["event_time"]), one["source"]["name"], one["source"]["offset"])
                  for one in said["events"]))
