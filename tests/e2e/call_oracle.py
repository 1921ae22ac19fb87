"""What the shipped policies for API calls must find, decided without Deltaward: Python only, from
docs/POLICIES.md and the policies' own words."""
import fnmatch

READERS = ["arn:aws:iam::*:role/backup", "arn:aws:iam::*:role/analytics/*"]
SENSITIVE = ["patients", "customers", "payment*"]


def principal(identity):
    """The name that stays the same from session to session; empty where there is none."""
    identity = identity if isinstance(identity, dict) else {}
    issuer = ((identity.get("sessionContext") or {}).get("sessionIssuer") or {}).get("arn")
    arn, kind = identity.get("arn") or "", identity.get("type")
    bare = (identity.get("principalId") or "").split(":")[0]
    first = arn
    if kind in ("AssumedRole", "Role"):
        parts = arn.split(":", 5)
        role = parts[5].split("/") if len(parts) == 6 else []
        assumed = len(role) >= 3 and role[0] == "assumed-role"
        first = issuer or (f"arn:{parts[1]}:iam::{parts[4]}:role/{role[1]}" if assumed else "")
    elif kind == "AWSService":
        first = identity.get("invokedBy")
    elif kind == "AWSAccount":
        first = bare
    return str(first or arn or identity.get("invokedBy") or bare or identity.get("userName")
               or identity.get("accountId") or "")


def tables(record):
    if record["eventSource"] != "dynamodb.amazonaws.com":
        return []
    named = record.get("requestParameters") or {}
    found = [named.get("tableName"), named.get("tableArn"), *(named.get("requestItems") or {})]
    found += [one.get("ARN") for one in record.get("resources") or []]
    names = [one.split(":table/")[-1].split("/")[0] for one in found if one]
    return list(dict.fromkeys(names))


def switched_off(parameters):
    stream = (parameters.get("streamSpecification") or {}).get("streamEnabled", True)
    recovery = parameters.get("pointInTimeRecoverySpecification") or {}
    return not (parameters.get("deletionProtectionEnabled", True) and stream
                and recovery.get("pointInTimeRecoveryEnabled", True))


def broken_policies(record):
    """The ids of the policies that a call breaks."""
    service, operation = record["eventSource"].split(".")[0], record["eventName"].lower()
    if record.get("errorCode") or record.get("errorMessage"):
        return []
    broken = []
    if service == "dynamodb" and (
            operation == "disablekinesisstreamingdestination"
            or (operation in ("updatetable", "updatecontinuousbackups")
                and switched_off(record.get("requestParameters") or {}))):
        broken.append("table-protection-switched-off")
    sensitive = any(fnmatch.fnmatchcase(table, pattern)
                    for table in tables(record) for pattern in SENSITIVE)
    reader = any(fnmatch.fnmatchcase(principal(record.get("userIdentity")), pattern)
                 for pattern in READERS)
    if (service == "dynamodb" and operation in ("scan", "exporttabletopointintime")
            and sensitive and not reader):
        broken.append("sensitive-table-read-whole")
    if service == "cloudtrail" and operation in ("stoplogging", "deletetrail",
                                                 "puteventselectors"):
        broken.append("audit-trail-weakened")
    return broken
