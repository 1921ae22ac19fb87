"""`deltaward policy explain`. Each folder of explain/ holds policies, records, and what is said of
them, as text and as data."""
import json
import pathlib

import pytest

from calls import call, stream_off
from cli import BROKEN_POLICY, POLICY, price_change, write_changes

CASES = pathlib.Path(__file__).parent / "explain"
NAMES = sorted(folder.name for folder in CASES.iterdir())


@pytest.fixture(name="case", params=NAMES)
def copied_case(request, work_dir):
    for file in (CASES / request.param).iterdir():
        (work_dir / file.name).write_bytes(file.read_bytes())
    return request.param


def explain(program, *words, **keywords):
    return program("policy", "explain", *words, **keywords)


@pytest.mark.parametrize("form,expected", [((), "expected.txt"), (("--json",), "expected.jsonl")])
def test_explain_says(program, work_dir, case, form, expected):
    run = explain(program, "policies.yaml", "--input", "input.jsonl", *form, status=0)
    assert run.out == (work_dir / expected).read_text(), case
    assert run.err == ""


def test_data_is_json_of_one_shape(program, case):
    for record in explain(program, "policies.yaml", "--input", "input.jsonl", "--json").lines():
        assert list(record) == ["record", "policies"]
        for policy in record["policies"]:
            assert list(policy) == [
                "policy", "file", "line", "verdict", "cause", "because", "match", "condition",
                "named", "exceptions", "severity", "severity_expression", "groups"], case
            assert policy["verdict"] in ("finding", "match", "no_finding", "not_evaluable")


def test_verdicts_are_those_of_run(program, work_dir, case):
    """Findings with their severity and group, and what cannot be evaluated: as `run` alerts."""
    run = program("run", "--policies", "policies.yaml", "--input", "input.jsonl",
                  "--data-dir", "data", status=0)
    alerts = {(alert["source"]["offset"], alert["policy"]["id"],
               *(["not_evaluable"] if "problem" in alert else
                 ["finding", alert["severity"], alert["group"]]))
              for alert in run.lines() if alert["status"] == "opened"}
    offsets = [0]
    for line in (work_dir / "input.jsonl").read_bytes().splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    explained = set()
    for record in explain(program, "policies.yaml", "--input", "input.jsonl", "--json").lines():
        offset = offsets[record["record"]["number"] - 1]
        for policy in record["policies"]:
            what = (offset, policy["policy"], policy["verdict"])
            if policy["verdict"] == "not_evaluable":
                explained.add(what)
            for group in policy["groups"] if policy["verdict"] == "finding" else ():
                explained.add((*what, policy["severity"], group))
    if case == "masks":  # their groups end in a hash with the key of masks, which `run` wants given
        alerts, explained = ({row[:4] for row in rows} for rows in (alerts, explained))
    assert explained == alerts, case


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_what_is_masked_is_not_shown(program, work_dir, form):
    """No attribute that the policies mask stands anywhere in what is written, whole or in part."""
    for file in (CASES / "masks").iterdir():
        (work_dir / file.name).write_bytes(file.read_bytes())
    out = explain(program, "policies.yaml", "--input", "input.jsonl", *form).out
    for secret in ("DE55", "123400", "4111", "4999", "notanumber", "8877776666"):
        assert secret not in out
    assert "****0099" in out and "masked" in out


def test_nothing_reaches_the_terminal_that_it_would_obey(program, work_dir):
    for file in (CASES / "hostile").iterdir():
        (work_dir / file.name).write_bytes(file.read_bytes())
    out = explain(program, "policies.yaml", "--input", "input.jsonl").out
    harmful = [c for c in out if (ord(c) < 32 and c != "\n") or 0x7F <= ord(c) < 0xA0
               or 0x202A <= ord(c) <= 0x202E]
    assert harmful == []
    assert max(len(line) for line in out.split("\n")) < 400


def test_one_policy_of_a_folder(program, work_dir):
    (work_dir / "p").mkdir()
    (work_dir / "p" / "a.yaml").write_text(POLICY)
    (work_dir / "p" / "b.yaml").write_text(POLICY.replace("price-doubled", "other"))
    write_changes(work_dir / "in.jsonl", [price_change(1), price_change(2, 10, 11)])
    found = explain(program, "p", "--policy", "other", "-i", "in.jsonl", "--json",
                    status=0).lines()
    assert [[p["policy"] for p in record["policies"]] for record in found] == [["other"]] * 2
    assert [record["policies"][0]["verdict"] for record in found] == ["finding", "no_finding"]
    assert [record["record"]["number"] for record in found] == [1, 2]
    run = explain(program, "p", "--policy", "othr", "--input", "in.jsonl", status=2)
    assert "did you mean 'other'?" in run.err and run.out == ""


def test_a_record_on_many_lines_and_from_stdin(program, work_dir):
    (work_dir / "p.yaml").write_text(POLICY)
    text = json.dumps(price_change(1), indent=4)
    run = explain(program, "p.yaml", "--input", "-", stdin=text, status=0)
    assert "price-doubled: finding, severity high: the condition is true" in run.out
    assert run.out.count("record ") == 1


def test_each_call_of_an_envelope(program, work_dir):
    for file in (CASES / "calls").iterdir():
        (work_dir / file.name).write_bytes(file.read_bytes())
    text = json.dumps({"Records": [call(4, "GetItem"), stream_off(5)]})
    found = explain(program, "policies.yaml", "-p", "stream-off", "--input", "-", "--json",
                    stdin=text, status=0).lines()
    assert [(one["record"]["operation"], one["policies"][0]["verdict"]) for one in found] == [
        ("GetItem", "no_finding"), ("UpdateTable", "finding")]


@pytest.mark.parametrize("words,stdin,status,said", [
    (("p.yaml",), "", 2, "--input FILE"),
    (("p.yaml", "--input", "-"), "", 2, "the input is empty"),
    (("p.yaml", "--input", "none.jsonl"), "", 2, "none.jsonl: No such file"),
    (("p.yaml", "--input", "-"), "{\"a\": 1}", 2, "line 1 of the input is no change record"),
    (("p.yaml", "--input", "-"), "RECORD\n\nnonsense\n", 2, "line 3 of the input is no change"),
    (("none.yaml", "--input", "-"), "RECORD", 2, "none.yaml"),
    (("broken.yaml", "--input", "-"), "RECORD", 2, "broken.yaml:7:"),
])
def test_explain_refuses(program, work_dir, words, stdin, status, said):
    (work_dir / "p.yaml").write_text(POLICY)
    (work_dir / "broken.yaml").write_text(BROKEN_POLICY)
    stdin = stdin.replace("RECORD", json.dumps(price_change(1)))
    run = explain(program, *words, stdin=stdin, status=status)
    assert said in run.err


def test_rows_of_topics_are_not_read(program, work_dir):
    (work_dir / "p.yaml").write_text(
        "apiVersion: deltaward/v1\nkind: Lookup\nid: rows\nsource: {kafka: some.topic}\nkey: sku\n"
        "columns: {sku: string}\n---\n" + POLICY)
    write_changes(work_dir / "in.jsonl", [price_change(1)])
    run = explain(program, "p.yaml", "--input", "in.jsonl", status=0)
    assert "the topic some.topic is not read here" in run.err


@pytest.mark.parametrize("form,expected", [((), "expected.txt"), (("--json",), "expected.json")])
def test_failed_tests_are_explained(program, work_dir, form, expected):
    folder = CASES.parent / "failed_tests"
    (work_dir / "policies.yaml").write_bytes((folder / "policies.yaml").read_bytes())
    run = program("policy", "test", "policies.yaml", *form, status=1)
    assert run.out == (folder / expected).read_text()
    assert "1234567890" not in run.out
