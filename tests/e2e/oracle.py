"""What the shipped policies must find, decided without Deltaward: Python only.

Reads change records (JSON Lines), decides for each which of the four policies of policies/ for
changes of items it breaks, and computes the ids of the findings as docs/IDENTITY.md says. Written
from the documents, not from the C code, so that both can only agree by being right, or wrong in
the same way. Policies for API calls: call_oracle.py.

    python3 tests/e2e/oracle.py FILE      prints "policy offset finding" for each finding
"""
import base64
import csv
import datetime
import decimal
import hashlib
import json
import pathlib
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DECIMALS = decimal.Context(prec=38, rounding=decimal.ROUND_HALF_EVEN, Emin=-6200, Emax=6200)
MEDICAL = {"diagnosis", "medication", "allergies", "blood_type"}
TOLERANCE = decimal.Decimal("0.02")
EXEMPT_UNTIL_US = 1830211200 * 1000000  # 2027-12-31T00:00:00Z, the end of the reversal job


class Number(str):
    """A JSON number as it is written."""


# --- digests (docs/IDENTITY.md) ---------------------------------------------------------------


def number(value):
    return struct.pack("<Q", value)


def field(value):
    data = value.encode() if isinstance(value, str) else value
    return number(len(data)) + data


def digest(*parts):
    return hashlib.sha256(b"".join(parts)).digest()[:16]


def canonical(text):
    sign, digits, exponent = decimal.Decimal(text).as_tuple()
    digits = "".join(map(str, digits)).lstrip("0")
    stripped = digits.rstrip("0")
    exponent += len(digits) - len(stripped)
    if not stripped:
        return "0"
    whole = len(stripped) + exponent
    minus = "-" if sign else ""
    if whole > 38 or -exponent > 38:
        rest = "." + stripped[1:] if len(stripped) > 1 else ""
        return f"{minus}{stripped[0]}{rest}E{whole - 1:+d}"
    if whole <= 0:
        return f"{minus}0.{'0' * -whole}{stripped}"
    if exponent >= 0:
        return minus + stripped + "0" * exponent
    return f"{minus}{stripped[:whole]}.{stripped[whole:]}"


def scalar(kind, content):
    if kind == "N":
        return field("N") + field(canonical(content))
    if kind == "B":
        return field("B") + field(base64.b64decode(content))
    return field("S") + field(content)


def set_order(kind):
    if kind == "NS":
        return decimal.Decimal
    return base64.b64decode if kind == "BS" else str.encode


def value_bytes(value):
    (kind, content), = value.items()
    if kind in ("S", "N", "B"):
        return scalar(kind, content)
    if kind == "BOOL":
        return field("BOOL") + field("1" if content else "0")
    if kind == "NULL":
        return field("NULL")
    if kind == "M":
        return map_bytes(content)
    if kind == "L":
        return field("L") + number(len(content)) + b"".join(map(value_bytes, content))
    elements = sorted(content, key=set_order(kind))
    return (field("SET") + number(len(elements))
            + b"".join(scalar(kind[0], element) for element in elements))


def map_bytes(attributes):
    names = sorted(attributes, key=str.encode)
    return (field("M") + number(len(names))
            + b"".join(field(name) + value_bytes(attributes[name]) for name in names))


def image_bytes(image):
    return number(0) if image is None else number(1) + map_bytes(image)


def is_hidden(code):
    return (code < 0x20 or 0x7F <= code <= 0x9F or code in (0x200E, 0x200F)
            or 0x2028 <= code <= 0x202E or 0x2066 <= code <= 0x2069)


def json_text(text):
    short = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    written = (short.get(c) or (f"\\u{ord(c):04x}" if is_hidden(ord(c)) else c) for c in text)
    return '"' + "".join(written) + '"'


def item_key(keys):
    parts = []
    for name in sorted(keys, key=str.encode):
        (kind, content), = keys[name].items()
        text = canonical(content) if kind == "N" else json_text(content)
        parts.append(json_text(name) + ":" + text)
    return "{" + ",".join(parts) + "}"


def change_id(record, account=""):
    change = record["dynamodb"]
    return digest(field(record.get("awsRegion", "")), field(account), field(record["tableName"]),
                  field(item_key(change["Keys"])), field(change["ApproximateCreationDateTime"]),
                  field(record["eventName"]), image_bytes(change.get("OldImage")),
                  image_bytes(change.get("NewImage")))


def finding_id(policy, record, account=""):
    return digest(field(policy), field(change_id(record, account))).hex()


# --- what the policies say ----------------------------------------------------------------------


def comparable(value):
    """Equal for equal values: numbers by value, sets without order, maps without order."""
    if value is None:
        return None
    (kind, content), = value.items()
    if kind == "N":
        return "N", decimal.Decimal(content)
    if kind in ("SS", "BS"):
        return kind, frozenset(content)
    if kind == "NS":
        return kind, frozenset(map(decimal.Decimal, content))
    if kind == "L":
        return kind, tuple(map(comparable, content))
    if kind == "M":
        return kind, frozenset((name, comparable(inner)) for name, inner in content.items())
    return kind, content


def changed(old, new, name):
    return comparable((old or {}).get(name)) != comparable((new or {}).get(name))


def event_time_us(record):
    text = record["dynamodb"]["ApproximateCreationDateTime"]
    precision = record["dynamodb"].get("ApproximateCreationDateTimePrecision")
    if precision == "MICROSECOND" or (precision is None and int(text) >= 10**14):
        return int(text)
    return int(text) * (1000 if int(text) >= 10**11 else 1000000)


def read_time_us(text):
    if not text:
        return None
    time = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return int(time.timestamp()) * 1000000


class Promotions:
    """policies/commerce/promotions.csv, as of a time."""

    def __init__(self, path=ROOT / "policies" / "commerce" / "promotions.csv"):
        self.rows = {}
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                entry = (decimal.Decimal(row["min_price"]), decimal.Decimal(row["max_price"]),
                         read_time_us(row["valid_from"]), read_time_us(row["valid_to"]))
                self.rows.setdefault(row["sku"], []).append(entry)

    def allow(self, sku, price, time_us):
        return any(low <= price <= high
                   and (start is None or start <= time_us) and (end is None or time_us < end)
                   for low, high, start, end in self.rows.get(sku, ()))


def price_outside_promotion(record, old, new, promotions):
    if record["tableName"] != "products" or record["eventName"] != "MODIFY":
        return False
    if "price" not in (old or {}) or "price" not in (new or {}):
        return False
    before = decimal.Decimal(old["price"]["N"])
    after = decimal.Decimal(new["price"]["N"])
    moved = abs(DECIMALS.subtract(after, before))
    if before == after or not moved > DECIMALS.multiply(before, TOLERANCE):
        return False
    sku = record["dynamodb"]["Keys"]["sku"]["S"]
    return not promotions.allow(sku, after, event_time_us(record))


def ledger_entry_rewritten(record, old, new):
    if record["tableName"] != "ledger" or record["eventName"] not in ("MODIFY", "REMOVE"):
        return False
    if record["eventName"] == "REMOVE":
        identity = record.get("userIdentity") or {}
        return not (identity.get("type") == "Service"
                    and identity.get("principalId") == "dynamodb.amazonaws.com")
    posted = (old or {}).get("status") == {"S": "POSTED"}
    rewritten = any(changed(old, new, name)
                    for name in ("amount", "account", "posted_at", "entry_hash"))
    exempt = "reversal_of" in (new or {}) and event_time_us(record) < EXEMPT_UNTIL_US
    return posted and rewritten and not exempt


def patient_record_changed_without_reason(record, old, new):
    if record["tableName"] != "patients" or record["eventName"] != "MODIFY":
        return False
    reason = (new or {}).get("change_reason", {}).get("S", "").strip()
    return reason == "" and any(changed(old, new, name) for name in MEDICAL)


def is_below_zero(line, name):
    value = line["M"].get(name, {})
    return "N" in value and decimal.Decimal(value["N"]) < 0


def negative_quantity(record, old, new):
    if not record["tableName"].startswith("orders") or record["eventName"] == "REMOVE":
        return False
    if "lines" not in (new or {}) or not changed(old, new, "lines"):
        return False
    return any(is_below_zero(line, "quantity") or is_below_zero(line, "price")
               for line in new["lines"]["L"])


def broken_policies(record, promotions):
    """The ids of the policies that a record breaks."""
    old = record["dynamodb"].get("OldImage")
    new = record["dynamodb"].get("NewImage")
    checks = {
        "price-outside-promotion": price_outside_promotion(record, old, new, promotions),
        "ledger-entry-rewritten": ledger_entry_rewritten(record, old, new),
        "patient-record-changed-without-reason":
            patient_record_changed_without_reason(record, old, new),
        "negative-quantity": negative_quantity(record, old, new),
    }
    return [policy for policy, broken in checks.items() if broken]


def read_record(line):
    return json.loads(line, parse_int=Number, parse_float=Number)


def expected_findings(path, account=""):
    """(policy, offset of the record, finding id) for each finding, in the order of the file.
    `account` is what the source of the records knows and they do not say."""
    promotions = Promotions()
    offset = 0
    with open(path, "rb") as file:
        for line in file:
            record = read_record(line)
            for policy in broken_policies(record, promotions):
                yield policy, offset, finding_id(policy, record, account)
            offset += len(line)


def main():
    for policy, offset, finding in expected_findings(sys.argv[1]):
        print(policy, offset, finding)


if __name__ == "__main__":
    main()
