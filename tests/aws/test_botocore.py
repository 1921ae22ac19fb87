"""Signatures and host names of ours against botocore's, on random requests and all regions."""
import json
import os
import random
import subprocess
import urllib.parse

import pytest

from services import library

CASES = 2000
REGIONS = ("eu-west-1", "us-east-1", "cn-north-1", "us-gov-west-1")
SERVICES = ("kinesis", "sns", "events", "sts", "s3", "execute-api")
TEXT = "abzAZ019-._~ /:+&=%,;@!$'()*[]\u00e9\u20ac\U0001f600"
WORDS = "abc  XYZ 019\t=/+,;\"'"


@pytest.fixture
def cases(request):
    return request.config.getoption("--cases") or int(os.environ.get("DELTAWARD_CASES", CASES))


def quoted(dice, length):
    text = "".join(dice.choice(TEXT) for _ in range(dice.randrange(length)))
    return urllib.parse.quote(text, safe="-_.~")


def random_path(dice):
    segments = [dice.choice((quoted(dice, 9), quoted(dice, 9), ".", "..", ""))
                for _ in range(dice.randrange(6))]
    return "/" + "/".join(segments)


def random_query(dice):
    pairs = [(quoted(dice, 6) or "a", quoted(dice, 6)) for _ in range(dice.randrange(5))]
    return "&".join(f"{name}={value}" for name, value in pairs)


def random_headers(dice):
    names = dice.sample(("X-Amz-Target", "Content-Type", "x-amz-meta-a", "x-amz-meta-a-b",
                         "X-Amz-Server-Side-Encryption", "Accept-Language", "x-amz-tagging"),
                        dice.randrange(5))
    return [(name, "".join(dice.choice(WORDS) for _ in range(dice.randrange(20))))
            for name in names]


def random_case(dice):
    service = dice.choice(SERVICES)
    return {
        "method": dice.choice(("GET", "POST", "PUT")), "path": random_path(dice),
        "query": random_query(dice), "headers": random_headers(dice),
        "body": "".join(dice.choice(TEXT) for _ in range(dice.randrange(60))),
        "region": dice.choice(REGIONS), "service": service,
        "time": f"20{dice.randrange(10, 99)}-0{dice.randrange(1, 10)}-1{dice.randrange(10)}"
                f"T1{dice.randrange(10)}:0{dice.randrange(10)}:5{dice.randrange(10)}Z",
        "key": f"AKID{dice.randrange(10**6)}", "secret": quoted(dice, 40) or "x",
        "token": dice.choice((None, "token/" + quoted(dice, 30))), "final": service == "s3",
        "host": dice.choice(("example.amazonaws.com", "127.0.0.1:4566")),
    }


def sign_with_botocore(case):
    """(Authorization, every header that was signed)."""
    auth, request = library("botocore.auth"), library("botocore.awsrequest")
    credentials = library("botocore.credentials").Credentials(case["key"], case["secret"],
                                                              case["token"])
    url = f"https://{case['host']}{case['path']}"
    url += f"?{case['query']}" if case["query"] else ""
    wanted = request.AWSRequest(method=case["method"], url=url, data=case["body"].encode(),
                                headers=dict(case["headers"]))
    wanted.context["timestamp"] = case["time"].replace("-", "").replace(":", "")
    wanted.context["payload_signing_enabled"] = True
    kind = auth.S3SigV4Auth if case["final"] else auth.SigV4Auth
    signer = kind(credentials, case["service"], case["region"])
    signer._modify_request_before_signing(wanted)
    signed = list(signer.headers_to_sign(wanted).items())
    text = signer.string_to_sign(wanted, signer.canonical_request(wanted))
    signer._inject_signature_to_request(wanted, signer.signature(text, wanted))
    return wanted.headers["Authorization"], signed


def test_signatures__as_botocore_makes_them(build, cases):
    dice = random.Random(4)
    rows, wanted = [], []
    for _ in range(cases):
        case = random_case(dice)
        authorization, headers = sign_with_botocore(case)
        dice.shuffle(headers)
        rows.append({**case, "headers": headers})
        wanted.append(authorization)
    done = subprocess.run([build / "tests" / "tools" / "aws_sign"], text=True, check=True,
                          capture_output=True, input="".join(json.dumps(row) + "\n"
                                                             for row in rows))
    got = done.stdout.splitlines()
    assert len(got) == len(wanted) == cases
    for row, ours, theirs in zip(rows, got, wanted):
        assert ours == theirs, row


# serviceId in botocore's models, by its name in our table
MODELS = {"kinesis": "kinesis", "sns": "sns", "eventbridge": "events", "sts": "sts"}


class Rules:
    """botocore's endpoint rules of one service."""

    def __init__(self, service):
        loader = library("botocore.loaders").create_loader()
        rules = loader.load_service_model(MODELS[service], "endpoint-rule-set-1")
        self.knows_global = "UseGlobalEndpoint" in rules["parameters"]
        self.provider = library("botocore.endpoint_provider").EndpointProvider(
            rules, loader.load_data("partitions"))

    def host(self, region, fips, dual_stack):
        """None where botocore says that there is no such endpoint."""
        parameters = {"Region": region, "UseFIPS": fips, "UseDualStack": dual_stack}
        if self.knows_global:
            parameters["UseGlobalEndpoint"] = False
        try:
            found = self.provider.resolve_endpoint(**parameters)
        except library("botocore.exceptions").EndpointProviderError:
            return None
        return urllib.parse.urlsplit(found.url).netloc


def test_hosts__as_botocore_resolves_them(build):
    partitions = library("botocore.loaders").create_loader().load_data("partitions")["partitions"]
    regions = sorted(region for one in partitions for region in one["regions"]
                     if "global" not in region)
    assert len(partitions) >= 8 and len(regions) > 30
    done = subprocess.run([build / "tests" / "tools" / "aws_endpoints"], text=True, check=True,
                          capture_output=True, input="\n".join(regions))
    rules = {service: Rules(service) for service in MODELS}
    different, compared = [], 0
    for line in done.stdout.splitlines():
        region, service, fips, dual_stack, host = line.split()
        wanted = rules[service].host(region, fips == "1", dual_stack == "1")
        compared += wanted is not None
        if wanted is not None and wanted != host:
            different.append(f"{line}, not {wanted}")
    assert not different, f"{len(different)} of {compared}:\n" + "\n".join(different)
    assert compared > 3 * len(regions) * len(MODELS)
