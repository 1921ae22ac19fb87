"""Where credentials come from, in which order, and when they are fetched anew. Each test looks at
who signed the calls that a scripted AWS received."""
import json
import os
import stat
import subprocess

import pytest

from aws_probe import KEYS, fake, probe  # noqa: F401
from fake_aws import (Answer, expiry, json_answer, json_error, key_answer, reset,
                      server_error, sts_answer, xml_error)

GOOD = json_answer({"Shards": []})
ROLE = "arn:aws:iam::123456789012:role/reader"


class Files:
    """The shared files of a home folder."""

    def __init__(self, home):
        self.folder = home / ".aws"
        self.folder.mkdir()

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return self.folder / name


@pytest.fixture
def files(work_dir):
    return Files(work_dir)


@pytest.fixture
def service(fake):
    """The fake, which answers ListShards."""
    fake.script("ListShards", GOOD)
    return fake


def signer(probe, fake, *options, **variables):
    """Whose key signed a call that succeeded."""
    before = len(fake.calls_of("ListShards"))
    answer, _ = probe.call("--endpoint", fake.url, *options, "kinesis", "ListShards",
                           **{"AWS_ENDPOINT_URL_STS": fake.url, **variables})
    assert answer["status"] == "ok", answer
    call, = fake.calls_of("ListShards")[before:]
    return call.access_key


def refusal(probe, fake, *options, **variables):
    """Code and message of a call that could not be signed."""
    answer, _ = probe.call("--endpoint", fake.url, "--attempts", 1, *options,
                           "kinesis", "ListShards",
                           **{"AWS_ENDPOINT_URL_STS": fake.url, **variables})
    assert answer["status"] != "ok" and answer["code"] == "NoCredentials"
    assert not fake.calls_of("ListShards")
    for secret in ("sEcReT", "secret-"):
        assert secret not in json.dumps(answer)
    return answer


def test_none__says_where_it_looked(probe, service):
    answer = refusal(probe, service)
    assert answer["failure"] == "denied"
    assert "no AWS credentials were found" in answer["message"]


def test_environment(probe, service):
    assert signer(probe, service, **KEYS) == "AKIDEXAMPLE"
    signer(probe, service, **KEYS, AWS_SESSION_TOKEN="to/ken")
    call = service.calls[-1]
    assert call.headers["x-amz-security-token"] == "to/ken"
    assert "x-amz-security-token" in call.headers["authorization"]


def test_environment__half_set_is_refused(probe, service):
    answer = refusal(probe, service, AWS_ACCESS_KEY_ID="A")
    assert "one is not set" in answer["message"]


CREDENTIALS = """
[default]
aws_access_key_id = FILEDEFAULT
aws_secret_access_key = sEcReT
[other]
aws_access_key_id = FILEOTHER
aws_secret_access_key = sEcReT
aws_session_token = token
"""


@pytest.mark.parametrize("options, variables, wanted", [
    ((), {}, "FILEDEFAULT"),
    ((), {"AWS_PROFILE": "other"}, "FILEOTHER"),
    (("--profile", "other"), {"AWS_PROFILE": "default"}, "FILEOTHER"),
    ((), {**KEYS, "AWS_PROFILE": "other"}, "AKIDEXAMPLE"),
    (("--profile", "other"), KEYS, "FILEOTHER"),
])
def test_profiles__who_wins(probe, service, files, options, variables, wanted):
    files.write("credentials", CREDENTIALS)
    assert signer(probe, service, *options, **variables) == wanted


def test_config_file__holds_keys_and_region(probe, service, files):
    path = files.write("elsewhere", "[profile x]\nregion = ap-south-1\naws_access_key_id = INCONFIG"
                                    "\naws_secret_access_key = sEcReT\n")
    assert signer(probe, service, AWS_CONFIG_FILE=path, AWS_PROFILE="x",
                  AWS_REGION=None) == "INCONFIG"
    assert "/ap-south-1/kinesis/" in service.calls[-1].headers["authorization"]


def test_files__broken_ones_are_told_with_their_line(probe, files):
    files.write("config", "[default]\nregion\n")
    probe.run("kinesis", "ListShards", exit_status=3)
    assert "config:2:" in probe.stderr
    files.write("config", "")
    probe.run("--profile", "absent", "kinesis", "ListShards", exit_status=3)
    assert 'no profile "absent"' in probe.stderr


def test_sso__is_told_to_be_no_way_for_a_service(probe, service, files):
    files.write("config", "[default]\nsso_session = x\n[sso-session x]\nsso_region = eu-west-1\n"
                          "[profile y]\nrole_arn = R\nsource_profile = default\n")
    for options in ((), ("--profile", "y")):
        answer = refusal(probe, service, *options)
        assert "signs in by a browser (sso_session)" in answer["message"]


# -- credential_process

def write_program(path, text):
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_process__without_a_shell(probe, service, files, work_dir):
    program = write_program(
        work_dir / "give keys.py",
        "#!/usr/bin/env python3\nimport json, sys\n"
        "assert sys.argv[1:] == ['a b', '$HOME', '; false', 'c\"d'], sys.argv\n"
        "assert sys.stdin.read() == ''\nprint('noise', file=sys.stderr)\n"
        "import os\nassert sorted(os.listdir('/proc/self/fd')) == ['0', '1', '2', '3']\n"
        f"print(json.dumps(dict(Version=1, AccessKeyId='PROCESS', SecretAccessKey='sEcReT',"
        f" SessionToken='t', Expiration='{expiry(3600)}')))\n")
    files.write("config", f"[default]\ncredential_process = '{program}' \"a b\" $HOME '; false' "
                          "c\\\"d\n")
    assert signer(probe, service) == "PROCESS"
    assert "noise" not in probe.stderr


@pytest.mark.parametrize("script, message", [
    ("echo '{}'", "AccessKeyId or SecretAccessKey is missing"),
    ("echo 'sEcReT'", "it is no JSON object"),
    ("echo '{\"AccessKeyId\": \"A\", \"SecretAccessKey\": \"sEcReT\", \"Expiration\": \"x\"}'",
     "Expiration is no time"),
    ("exit 3", "failed"),
    ("yes", "printed too much"),
])
def test_process__failures_are_told(probe, service, files, work_dir, script, message):
    program = write_program(work_dir / "program", f"#!/bin/sh\n{script}\n")
    files.write("config", f"[default]\ncredential_process = {program}\n")
    answer = refusal(probe, service)
    assert message in answer["message"] and answer["failure"] == "a passing failure"


def test_process__absent_or_unreadable(probe, service, files):
    files.write("config", "[default]\ncredential_process = /absent/program\n")
    assert "cannot start" in refusal(probe, service)["message"]
    files.write("config", "[default]\ncredential_process = 'open\n")
    assert "no command line" in refusal(probe, service)["message"]


@pytest.mark.parametrize("first", ["", "exec >&-\n"])
def test_process__is_ended_on_cancel(probe, service, files, work_dir, first):
    """With its children; also when it has closed its output already."""
    mark = work_dir / "pid"
    program = write_program(work_dir / "program",
                            f"#!/bin/sh\necho $$ > {mark}\n{first}sleep 60\n")
    files.write("config", f"[default]\ncredential_process = {program}\n")
    answer, _ = probe.call("--endpoint", service.url, "--cancel-after-ms", 1000,
                           "kinesis", "ListShards")
    assert answer["message"] == "cancelled" and answer["took_ms"] < 1400
    assert not os.path.exists(f"/proc/{mark.read_text().strip()}")
    left = subprocess.run(["pgrep", "-f", str(program)], text=True, capture_output=True,
                          check=False)
    assert not left.stdout


# -- roles

def test_role__by_source_profile(probe, service, files):
    service.script("AssumeRole", sts_answer("AssumeRole", "ROLEKEY"))
    files.write("credentials", CREDENTIALS)
    files.write("config", f"[profile reader]\nrole_arn = {ROLE}\nsource_profile = other\n"
                          "external_id = e=1\nrole_session_name = me@here\n"
                          "duration_seconds = 900\n")
    assert signer(probe, service, "--profile", "reader") == "ROLEKEY"
    call, = service.calls_of("AssumeRole")
    assert call.access_key == "FILEOTHER" and call.headers["x-amz-security-token"] == "token"
    assert "/eu-west-1/sts/" in call.headers["authorization"]
    assert call.form == {"Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": ROLE,
                         "RoleSessionName": "me@here", "ExternalId": "e=1",
                         "DurationSeconds": "900"}
    assert service.calls[-1].headers["x-amz-security-token"] == "token-ROLEKEY"


def test_role__behind_a_role(probe, service, files):
    service.script("AssumeRole", sts_answer("AssumeRole", "FIRST"),
                   sts_answer("AssumeRole", "SECOND"))
    files.write("config", f"[profile a]\nrole_arn = {ROLE}/a\nsource_profile = b\n"
                          f"[profile b]\nrole_arn = {ROLE}/b\nsource_profile = b\n"
                          "aws_access_key_id = OWN\naws_secret_access_key = sEcReT\n")
    assert signer(probe, service, AWS_PROFILE="a") == "SECOND"
    first, second = service.calls_of("AssumeRole")
    assert (first.access_key, first.form["RoleArn"]) == ("OWN", f"{ROLE}/b")
    assert (second.access_key, second.form["RoleArn"]) == ("FIRST", f"{ROLE}/a")


@pytest.mark.parametrize("config, message", [
    ("role_arn = R\n", "needs either source_profile or credential_source"),
    ("role_arn = R\nsource_profile = b\n[profile b]\nrole_arn = R\nsource_profile = a\n",
     "is its own source"),
    ("role_arn = R\nsource_profile = absent\n", "has no credentials"),
    ("role_arn = R\ncredential_source = Moon\n", "unknown credential_source"),
    ("role_arn = R\ncredential_source = Environment\n", "where none are"),
    ("role_arn = R\nsource_profile = a\nmfa_serial = m\naws_access_key_id = A\n"
     "aws_secret_access_key = sEcReT\n", "MFA"),
    ("role_arn = R\nsource_profile = a\nrole_session_name = no spaces\naws_access_key_id = A\n"
     "aws_secret_access_key = sEcReT\n", "session name"),
    ("role_arn = R\nsource_profile = a\nduration_seconds = 5\naws_access_key_id = A\n"
     "aws_secret_access_key = sEcReT\n", "duration_seconds"),
])
def test_role__misconfigured(probe, service, files, config, message):
    files.write("config", "[profile a]\n" + config)
    answer = refusal(probe, service, AWS_PROFILE="a")
    assert message in answer["message"] and answer["failure"] == "denied"


def test_role__faults_of_sts_are_repeated(probe, service, files):
    service.script("AssumeRole", server_error(500), reset(), sts_answer("AssumeRole", "ROLEKEY"))
    files.write("config", f"[default]\nrole_arn = {ROLE}\ncredential_source = Environment\n")
    assert signer(probe, service, "--profile", "default", **KEYS) == "ROLEKEY"
    service.script("AssumeRole", xml_error("AccessDenied", "not authorized", 403))
    answer, _ = probe.call("--endpoint", service.url, "--profile", "default", "--attempts", 1,
                           "kinesis", "ListShards", **KEYS, AWS_ENDPOINT_URL_STS=service.url)
    assert "AssumeRole of" in answer["message"] and "not authorized" in answer["message"]
    assert answer["failure"] == "denied"


# -- web identity: IRSA

def test_web_identity__is_not_signed_and_reads_its_token_anew(probe, service, work_dir):
    token = work_dir / "token"
    token.write_text("first.jwt\n")
    handed = iter(range(1, 9))

    def give(call):
        token.write_text("second.jwt\n")
        return sts_answer("AssumeRoleWithWebIdentity", f"WEB{next(handed)}", expires=14 * 60)

    service.script("AssumeRoleWithWebIdentity", give)
    variables = {"AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_ARN": ROLE,
                 "AWS_ROLE_SESSION_NAME": "pod", "AWS_ENDPOINT_URL_STS": service.url}
    probe.run("--endpoint", service.url, "--calls", 2, "kinesis", "ListShards", **variables)
    calls = service.calls_of("AssumeRoleWithWebIdentity")
    assert [call.form["WebIdentityToken"] for call in calls] == ["first.jwt", "second.jwt"]
    assert all("authorization" not in call.headers for call in calls)
    assert calls[0].form["RoleSessionName"] == "pod" and calls[0].form["RoleArn"] == ROLE
    assert [call.access_key for call in service.calls_of("ListShards")] == ["WEB1", "WEB2"]


@pytest.mark.parametrize("code", ["IDPCommunicationError", "ExpiredToken", "InvalidIdentityToken"])
def test_web_identity__refusals_that_pass(probe, service, work_dir, code):
    (work_dir / "token").write_text("x.jwt")
    service.script("AssumeRoleWithWebIdentity", xml_error(code),
                   sts_answer("AssumeRoleWithWebIdentity", "WEB"))
    assert signer(probe, service, AWS_WEB_IDENTITY_TOKEN_FILE=work_dir / "token",
                  AWS_ROLE_ARN=ROLE) == "WEB"


def test_web_identity__by_profile_and_without_token(probe, service, files, work_dir):
    (work_dir / "token").write_text("x.jwt")
    service.script("AssumeRoleWithWebIdentity", sts_answer("AssumeRoleWithWebIdentity", "WEB"))
    files.write("config", f"[default]\nrole_arn = {ROLE}\n"
                          f"web_identity_token_file = {work_dir}/token\n")
    assert signer(probe, service) == "WEB"
    (work_dir / "token").unlink()
    service.script("ListShards", GOOD)
    answer, _ = probe.call("--endpoint", service.url, "--attempts", 1, "kinesis", "ListShards")
    assert "cannot read the web identity token" in answer["message"]
    assert answer["failure"] == "a passing failure"


# -- containers: ECS and EKS Pod Identity

def test_container__token_file_wins_and_is_read(probe, service, work_dir):
    service.script("GET /v1/credentials", key_answer("POD"))
    (work_dir / "token").write_text("from-file\n")
    assert signer(probe, service,
                  AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{service.url}/v1/credentials?a=b",
                  AWS_CONTAINER_AUTHORIZATION_TOKEN="from-variable",
                  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=work_dir / "token") == "POD"
    call, = service.calls_of("GET /v1/credentials")
    assert call.headers["authorization"] == "from-file" and call.path == "/v1/credentials?a=b"


def test_container__faults_are_repeated(probe, service):
    service.script("GET /x", server_error(500), reset(), key_answer("POD"))
    assert signer(probe, service,
                  AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{service.url}/x") == "POD"
    assert len(service.calls_of("GET /x")) == 3


@pytest.mark.parametrize("url", [
    "http://example.com/x", "http://169.254.170.3/x", "http://127.0.0.1.example.com/x",
    "http://user@169.254.170.2/x", "https://user@example.com/x",
    "ftp://localhost/x", "http://[fd00:ec2::24]/x",
    "http://169.254.170.2@example.com/", "http://localhost\\@example.com/", "x",
])
def test_container__other_hosts_are_refused(probe, service, url):
    answer = refusal(probe, service, AWS_CONTAINER_CREDENTIALS_FULL_URI=url)
    assert "must be https" in answer["message"] and answer["failure"] == "denied"


# -- instances

METADATA = "/latest/meta-data/iam/security-credentials/"


def serve_metadata(fake, keys):
    fake.script("PUT /latest/api/token", Answer(body=b"imds-token"))
    fake.script(f"GET {METADATA}", Answer(body=b"role-name"))
    fake.script(f"GET {METADATA}role-name", keys)


def test_instance__version_2_alone(probe, service):
    serve_metadata(service, key_answer("INSTANCE"))
    variables = {"AWS_EC2_METADATA_DISABLED": None,
                 "AWS_EC2_METADATA_SERVICE_ENDPOINT": service.url}
    assert signer(probe, service, **variables) == "INSTANCE"
    put, *gets = (call for call in service.calls if call.method != "POST")
    assert put.headers["x-aws-ec2-metadata-token-ttl-seconds"] == "21600"
    assert [call.headers["x-aws-ec2-metadata-token"] for call in gets] == ["imds-token"] * 2
    service.script("PUT /latest/api/token", server_error(403))
    answer, _ = probe.call("--endpoint", service.url, "--attempts", 1, "kinesis", "ListShards",
                           **variables)
    assert "HTTP status 403" in answer["message"] and answer["failure"] == "a passing failure"


def test_instance__keys_near_their_end_are_stretched(probe, service):
    serve_metadata(service, key_answer("INSTANCE", expires=-60))
    answers = probe.run("--endpoint", service.url, "--calls", 3, "kinesis", "ListShards",
                        AWS_EC2_METADATA_DISABLED=None,
                        AWS_EC2_METADATA_SERVICE_ENDPOINT=service.url)
    assert [answer["status"] for answer in answers[:3]] == ["ok"] * 3
    assert answers[3]["refreshes"] == 1


def test_instance__off(probe, service):
    serve_metadata(service, key_answer("INSTANCE"))
    refusal(probe, service, AWS_EC2_METADATA_SERVICE_ENDPOINT=service.url)
    assert service.calls == []


# -- fetched anew

@pytest.mark.parametrize("code", ["ExpiredToken", "ExpiredTokenException"])
def test_expired_token__is_replaced_once(probe, service, code):
    handed = iter(range(1, 9))
    service.script("GET /x", lambda call: key_answer(f"POD{next(handed)}"))
    service.script("ListShards", json_error(code, status=403), GOOD)
    answer, sums = probe.call("--endpoint", service.url, "--attempts", 1, "kinesis", "ListShards",
                              AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{service.url}/x")
    assert answer["status"] == "ok" and answer["attempts"] == 2 and sums["refreshes"] == 2
    assert [call.access_key for call in service.calls_of("ListShards")] == ["POD1", "POD2"]
    service.script("ListShards", json_error(code, status=403))
    answer, _ = probe.call("--endpoint", service.url, "kinesis", "ListShards",
                           AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{service.url}/x")
    assert answer["failure"] == "denied" and answer["attempts"] == 2


def test_old_keys__serve_while_new_ones_fail(probe, service):
    """5 minutes are left, so new ones are wanted, but the endpoint fails."""
    service.script("GET /x", key_answer("POD", expires=300), server_error(500))
    *answers, sums = probe.run("--endpoint", service.url, "--calls", 5, "kinesis", "ListShards",
                               AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{service.url}/x")
    assert [answer["status"] for answer in answers] == ["ok"] * 5
    assert sums["refreshes"] == 1 and sums["refreshes_failed"] >= 1


def test_threads__share_one_flight(probe, service):
    service.script("GET /x", key_answer("POD", expires=14 * 60, delay=0.05))
    *answers, sums = probe.run("--endpoint", service.url, "--threads", 16, "--calls", 4,
                               "kinesis", "ListShards",
                               AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{service.url}/x")
    assert all(answer["status"] == "ok" for answer in answers)
    flights = service.calls_of("GET /x")
    assert sums["refreshes"] == len(flights) < 64
    assert all(later.at - earlier.at > 0.04 for earlier, later in zip(flights, flights[1:]))
    assert {call.access_key for call in service.calls_of("ListShards")} == {"POD"}
