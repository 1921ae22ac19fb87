"""Orders of a hundred shops, and policies that watch them over time: of every kind, with what each
is to its oracle."""
import collections
import json
import random

import events
import oracle_all
import oracle_chain
import oracle_sequence
from cli import change
from correlation_oracle import Policy

RECORDS = 2_400
SHOPS = 100
ITEMS = 500
KEPT = 64  # docs/LIMITS.md
SECOND = 1_000_000
DAY = 86_400 * SECOND
START_US = 1772359200000000
SPAN_S = 3_600
BURST, BURST_RECORDS = range(2, SHOPS, 8), 20
FED = """\
apiVersion: deltaward/v1
kind: Policy
id: ordered
severity: low
mode: signal
match: {tables: [orders], operations: [INSERT]}
---
apiVersion: deltaward/v1
kind: Policy
id: cancelled
severity: low
mode: signal
match: {tables: [orders], operations: [REMOVE]}
"""
SHOP = "aliases: {shop: {ordered: new.shop, cancelled: old.shop}}, group_by: [shop]"
SHOP_AND_BY = SHOP.replace("}}", "}, by: {ordered: new.by, cancelled: old.by}}", 1)
BOTH = "policies: [ordered, cancelled]"
# Decided at once: which findings make an alert depends on the order in which they come.
AT_ONCE = {
    "many-orders": f"""type: event_count, {BOTH}, {SHOP}, timespan: 5m, condition: {{gte: 10}},
        allowed_lateness: 5m""",
    "many-buyers": f"""type: value_count, {BOTH}, {SHOP_AND_BY}, field: by, timespan: 5m,
        condition: {{gt: 5}}, allowed_lateness: 5m""",
    "much-money": """type: value_sum, field: new.amount, group_by: [new.shop], timespan: 10m,
        condition: {gt: 600}, allowed_lateness: 5m""",
}
# A value is new once, whatever the order.
EACH = {"new-buyer": f"""type: new_terms, {BOTH}, {SHOP_AND_BY}, fields: [by], history_window: 7d,
        allowed_lateness: 5m"""}
# Decided by the watermark alone: each finding follows from the events, in whatever order they come.
AT_WATERMARK = {
    "busy": f"""type: event_count, window: tumbling, {BOTH}, {SHOP}, timespan: 5m,
        condition: {{gte: 6, lt: 40}}, allowed_lateness: 1m""",
    "quiet": f"""type: event_count, window: tumbling, {BOTH}, {SHOP}, timespan: 5m,
        condition: {{eq: 0}}, allowed_lateness: 1m""",
    "visit": f"""type: event_count, window: session, {BOTH}, {SHOP}, gap: 90s,
        condition: {{eq: 4}}, allowed_lateness: 1m""",
    "kept": f"""type: absence, policies: [ordered], without: [cancelled], {SHOP}, before: 1m,
        after: 8m, allowed_lateness: 1m""",
    "spent": """type: baseline, metric: sum, field: 0 - new.amount, group_by: [new.shop],
        bucket: 60s, allowed_lateness: 1m""",
    "busy-without-regret": f"""{SHOP}, allowed_lateness: 1m, all: {{
          many: {{type: event_count, window: tumbling, policies: [ordered], timespan: 5m,
                 condition: {{gte: 4, lt: 20}}}},
          regret: {{type: event_count, window: tumbling, policies: [cancelled], timespan: 5m,
                   condition: {{gte: 2, lt: 20}}}}}}, require: many && !regret""",
}
# Over the findings of another one that waits for the watermark.
AT_WATERMARK["busy-for-long"] = """type: event_count, policies: [busy],
        aliases: {place: {busy: shop}}, group_by: [place], timespan: 20m, condition: {gte: 2},
        allowed_lateness: 1m"""
OWN = {"much-money", "spent"}  # look at changes themselves


def policy_text(name, correlation, suppression):
    match = "match: {tables: [orders], operations: [INSERT]}\n" if name in OWN else ""
    return (f"apiVersion: deltaward/v1\nkind: Policy\nid: {name}\nseverity: high\n{match}"
            f"correlation: {{{correlation}}}\nsuppression: {suppression}\n")


POLICIES = "---\n".join(
    [FED] +
    [policy_text(*row, "{duration: 10m, summary: false}") for row in AT_ONCE.items()] +
    [policy_text(*row, "none") for row in {**EACH, **AT_WATERMARK}.items()])

MINUTE = 60 * SECOND


def bucket_part(least):
    return Policy("event_count", 5 * MINUTE, MINUTE, {"gte": least, "lt": 20}, 0, 0,
                  window="tumbling")


ORACLE = {
    "many-orders": Policy("event_count", 5 * MINUTE, 5 * MINUTE, {"gte": 10}, 0, 0),
    "many-buyers": Policy("value_count", 5 * MINUTE, 5 * MINUTE, {"gt": 5}, 0, 0),
    "much-money": Policy("value_sum", 10 * MINUTE, 5 * MINUTE, {"gt": 600}, 0, 0),
    "new-buyer": Policy("new_terms", 7 * DAY, 5 * MINUTE, {}, 0, 0),
    "busy": Policy("event_count", 5 * MINUTE, MINUTE, {"gte": 6, "lt": 40}, 0, 0,
                   window="tumbling"),
    "quiet": Policy("event_count", 5 * MINUTE, MINUTE, {"eq": 0}, 0, 0, window="tumbling"),
    "visit": Policy("event_count", 90 * SECOND, MINUTE, {"eq": 4}, 0, 0, window="session"),
    "kept": oracle_sequence.Policy("absence", 9 * MINUTE, MINUTE, [], MINUTE, 8 * MINUTE, 2, 1,
                                   0, 0),
    "spent": Policy("baseline", MINUTE, MINUTE, {}, 0, 0, metric="sum"),
    "busy-without-regret": oracle_all.Policy(
        "all", 10 * MINUTE, MINUTE, [bucket_part(4), bucket_part(2)], [5 * MINUTE] * 2,
        "many && !regret", lambda holds, count: holds[0] and not holds[1], True, 0, 0),
}
ORACLE["busy-for-long"] = oracle_chain.Policy(
    "chain", 20 * MINUTE, MINUTE, Policy("event_count", 20 * MINUTE, MINUTE, {"gte": 2}, 0, 0),
    [(0, ORACLE["busy"])], 0, 0)


def order(rng, number, shop, seconds):
    image = {"shop": f"shop-{shop}", "amount": rng.randint(1, 99),
             "by": f"buyer-{rng.randint(1, 12)}"}
    images = (image, None) if rng.random() < 0.3 else (None, image)
    return json.dumps(change(number, *images, table="orders", sku=f"S{rng.randrange(ITEMS)}",
                             at_us=START_US + int(seconds * SECOND))).encode()


def random_lines():
    """Some shops have many orders, most have few, and some have very many for half a minute; up to
    15 s out of order. None has more than a group keeps of signals that an alert may show, however
    far the partitions are apart."""
    rng = random.Random(6)
    rows = [(number * SPAN_S / RECORDS, int(SHOPS * rng.random() ** 1.2))
            for number in range(RECORDS)]
    for shop in BURST:
        begin = rng.uniform(0.7, 0.9) * SPAN_S
        rows += [(begin + number, shop) for number in range(BURST_RECORDS)]
    assert max(collections.Counter(shop for _, shop in rows).values()) <= KEPT
    return [order(rng, number, shop, seconds + rng.uniform(-15, 15))
            for number, (seconds, shop) in enumerate(sorted(rows))]


def last_line(number):
    """A change that nothing looks at, two days later: time has passed all that was waited for."""
    return json.dumps(change(RECORDS * 2 + number, None, {"n": 1}, table="clock",
                             at_us=START_US + 2 * DAY)).encode()


def last_messages(partitions):
    return [{**events.event_of(last_line(number), number + 1), "partition": number}
            for number in range(partitions)]


def openings(alerts):
    """What opened, as far as no order of the records matters. What was sent again counts once."""
    opened = [alert for alert in alerts if alert["status"] == "opened"]
    found = {name: set() for name in ORACLE}
    for alert in opened:
        name, group = alert["policy"]["id"], alert["group"]
        found[name].add(alert["id"] if name in AT_WATERMARK else group)
    each = {(alert["policy"]["id"], alert["group"], alert["id"]) for alert in opened
            if alert["policy"]["id"] in EACH}
    return found, collections.Counter((name, group) for name, group, _ in each)
