"""CloudTrail records of our own making, and the ids that docs/IDENTITY.md gives their findings."""
import json

import oracle

ACCOUNT = "111122223333"

OPERATOR = {
    "type": "AssumedRole", "principalId": "AROAEXAMPLEROLEID:night-shift",
    "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Operator/night-shift", "accountId": ACCOUNT,
    "accessKeyId": "ASIAEXAMPLEKEY",
    "sessionContext": {
        "sessionIssuer": {"type": "Role", "principalId": "AROAEXAMPLEROLEID",
                          "arn": f"arn:aws:iam::{ACCOUNT}:role/ops/Operator",
                          "accountId": ACCOUNT, "userName": "Operator"},
        "webIdFederationData": {},
        "attributes": {"creationDate": "2026-03-01T09:00:00Z", "mfaAuthenticated": "true"},
        "sourceIdentity": "operator-7"},
}


STREAM_OFF = """\
apiVersion: deltaward/v1
kind: Policy
id: stream-off
severity: high
match: {source: api_call, services: [dynamodb], operations: [updatetable]}
condition: raw.?requestParameters.?streamSpecification.?streamEnabled.orValue(true) == false
suppression: none
alert: {title: "{actor.principal} switched the stream of {table} off"}
"""


def call(number, operation="UpdateTable", service="dynamodb", parameters=None, identity=OPERATOR,
         **others):
    """One record; `others` are further members or replace one."""
    return {
        "eventVersion": "1.08", "userIdentity": identity,
        "eventTime": f"2026-03-01T10:{number // 60 % 60:02d}:{number % 60:02d}Z",
        "eventSource": f"{service}.amazonaws.com", "eventName": operation,
        "awsRegion": "eu-central-1", "sourceIPAddress": "192.0.2.10", "userAgent": "aws-cli/2",
        "requestParameters": parameters, "responseElements": None, "requestID": f"R{number}",
        "eventID": f"00000000-0000-4000-a000-{number:012d}", "readOnly": False,
        "eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": ACCOUNT,
        "eventCategory": "Management", **others}


def stream_off(number, table="orders", **others):
    return call(number, parameters={"tableName": table,
                                    "streamSpecification": {"streamEnabled": False}}, **others)


def wrapped_in_logs(records):
    """As a subscription of CloudWatch Logs sends them: each as text, the whole as gzip."""
    return {"messageType": "DATA_MESSAGE", "owner": ACCOUNT, "logGroup": "trail",
            "logStream": "s", "subscriptionFilters": ["all"],
            "logEvents": [{"id": str(number), "timestamp": 1772359200000 + number,
                           "message": json.dumps(one)} for number, one in enumerate(records)]}


def finding(policy, record):
    """As docs/IDENTITY.md says it, for a record with an eventID."""
    change = oracle.digest(oracle.field("api_call"), oracle.field(record["awsRegion"]),
                           oracle.field(record["recipientAccountId"]),
                           oracle.field(record["eventID"]), oracle.field(""))
    return oracle.digest(oracle.field(policy), oracle.field(change)).hex()
