"""`deltaward policy check`, `test` and `schema`."""
import json

import pytest

from cli import BROKEN_POLICY, POLICY


def test_check_of_good_policies(program, work_dir):
    (work_dir / "p.yaml").write_text(POLICY)
    run = program("policy", "check", "p.yaml", status=0)
    assert run.out == "1 policy, 0 lookups: 0 errors, 0 warnings\n"
    found = json.loads(program("policy", "check", "p.yaml", "--json", status=0).out)
    assert found == {"findings": [], "errors": 0, "warnings": 0, "policies": 1, "lookups": 0}


def test_check_says_all_at_once_with_place_and_hint(program, work_dir):
    text = BROKEN_POLICY.replace("severity: high", "severty: high", 1)
    text = text.replace("[MODIFY]", "[MODFY]")
    (work_dir / "p.yaml").write_text(text)
    run = program("policy", "check", "p.yaml", status=1)
    for said in ("p.yaml:5:1: error", "did you mean 'severity'?", "p.yaml:6:", "MODIFY",
                 "p.yaml:7:"):
        assert said in run.out
    found = json.loads(program("policy", "check", "p.yaml", "--json", status=1).out)
    assert found["errors"] >= 3
    assert {f["line"] for f in found["findings"]} >= {5, 6, 7}
    assert all(f["severity"] in ("error", "warning") and f["message"] for f in found["findings"])


def test_warnings_fail_only_when_strict(program, work_dir):
    (work_dir / "p.yaml").write_text(POLICY.replace(", runbook: price.md", ""))
    assert "warning" in program("policy", "check", "p.yaml", status=0).out
    assert "warning" in program("policy", "check", "p.yaml", "--strict", status=1).out


WARNED = [
    # the condition, the kind of its one warning, a part of the hint
    ("new.price < 5", "unguarded-read", "has(new.price) && new.price < 5"),
    ("op == 'DELETE'", "never-true", ""),
    ("op == 'modify'", "never-true", "op == 'MODIFY'"),
    ("op != 'UPDATE' && has(new.x)", "always-true", ""),
    ("has(new.x) && new.x == new.x", "always-true", "old.x or new.x"),
    ("has(new.x) && new.x == 'a' && new.x == 'b'", "never-true", "||"),
    ("size(changes()) < 0", "never-true", ""),
    ("1 + 1 == 2", "constant-condition", ""),
    ("new.?x.orValue('') > 5", "no-overload", ""),
]


@pytest.mark.parametrize("condition,kind,hint", WARNED)
def test_warnings_have_kinds_places_and_corrections(program, work_dir, condition, kind, hint):
    head = POLICY.split("condition:")[0].replace("operations: [MODIFY], ", "")
    tail = "alert:" + POLICY.split("alert:")[1]
    (work_dir / "p.yaml").write_text(f"{head}condition: {json.dumps(condition)}\n{tail}")
    found = json.loads(program("policy", "check", "p.yaml", "--json", status=0).out)
    assert [(f["severity"], f["kind"]) for f in found["findings"]] == [("warning", kind)]
    assert hint in found["findings"][0]["hint"]
    text = program("policy", "check", "p.yaml", "--strict", status=1).out
    assert f"[{kind}]" in text and "^" in text


def test_columns_and_members_are_known(program, work_dir):
    lookup = ("---\napiVersion: deltaward/v1\nkind: Lookup\nid: limits\n"
              "source: {file: l.csv}\nkey: sku\ncolumns: {sku: string, min_price: decimal}\n")
    (work_dir / "l.csv").write_text("sku,min_price\nA,1\n")
    head = POLICY.split("condition:")[0]
    tail = "alert:" + POLICY.split("alert:")[1]
    for condition, said, hint in (
            ("lookup('limits', keys.sku).?min_prise.orValue(0) > 1",
             "a row of 'limits' has no member 'min_prise'", "did you mean 'min_price'?"),
            ("actor.principel == 'x'", "'actor' has no member 'principel'", "'actor.principal'"),
            ("has(new.state) && new.state > 5", "'>' does not take (string, int)", "string(x)")):
        typed = f"attributes: {{state: string}}\ncondition: {json.dumps(condition)}\n"
        (work_dir / "p.yaml").write_text(head + typed + tail + lookup)
        found = json.loads(program("policy", "check", "p.yaml", "--json", status=1).out)
        assert [f["message"] for f in found["findings"]] == [said]
        assert hint in found["findings"][0]["hint"] and found["findings"][0]["kind"] == ""


def test_check_reads_the_rows_of_lookups(program, work_dir):
    (work_dir / "l.yaml").write_text(
        "apiVersion: deltaward/v1\nkind: Lookup\nid: l\nsource: {file: l.csv}\nkey: k\n"
        "columns: {k: string, n: decimal}\n---\n" + POLICY)
    assert "l.csv" in program("policy", "check", "l.yaml").out
    (work_dir / "l.csv").write_text("k,n\na,1\nb,one\n")
    run = program("policy", "check", "l.yaml", status=1)
    assert "l.csv:3" in run.out
    (work_dir / "l.csv").write_text("k,n\na,1\n")
    run = program("policy", "check", "l.yaml", status=0)
    assert run.out.startswith("1 policy, 1 lookup: 0 errors")


def test_shipped_policies_are_clean_and_pass(program, pytestconfig):
    policies = pytestconfig.rootpath / "policies"
    assert "0 errors, 0 warnings" in program("policy", "check", policies, "--strict", status=0).out
    passed = json.loads(program("policy", "test", policies, "--json", status=0).out)
    assert passed["failed"] == 0 and passed["policies_without_tests"] == 0
    by_policy = {}
    for test in passed["tests"]:
        by_policy.setdefault(test["policy"], []).append(test)
    assert len(by_policy) >= 4


def test_test_shows_failures_as_a_diff(program, work_dir):
    text = POLICY.replace('title: "Price of A: 1 -> 2"}', 'title: "Price of A: 1 -> 3", count: 2}')
    (work_dir / "p.yaml").write_text(text.replace("severity: high, title", "severity: low, title"))
    run = program("policy", "test", "p.yaml", status=1)
    line = 1 + text.split("\n").index("  - name: twice the price")
    assert f"p.yaml:{line}: FAIL price-doubled: twice the price" in run.out
    for said in ("- count: 2", "+ count: 1", "- severity: low", "+ severity: high",
                 "- title: Price of A: 1 -> 3", "+ title: Price of A: 1 -> 2"):
        assert said in run.out
    assert run.out.endswith("1 passed, 1 failed\n")
    found = json.loads(program("policy", "test", "p.yaml", "--json", status=1).out)
    assert (found["passed"], found["failed"]) == (1, 1)
    assert {d["key"] for d in found["tests"][0]["differences"]} == {"count", "severity", "title"}


CASES = [
    # what is added to the policy, the test's event and expectation, does it pass
    ("", "old: {price: 1}, new: {price: 2}", "{fired: true, count: 1}", True),
    ("", "old: {price: 1}, new: {price: 2}", "{fired: false}", False),
    ("", "old: {price: 1}, new: {price: 1.99}", "{fired: true}", False),
    ("", "old: {price: 1}, new: {price: 2}", "{fired: true, group: '[\"A\"]'}", False),
    ("suppression: {group_by: [keys.sku]}", "old: {price: 1}, new: {price: 2}",
     "{fired: true, group: '[\"A\"]'}", True),
    ("mask: {new.card: last4}", "old: {price: 1, card: c}, new: {price: 2, card: '12345678'}",
     "{fired: true, masked: {new.card: '****5678'}}", True),
    ("mask: {new.card: last4}", "old: {price: 1, card: c}, new: {price: 2, card: '12345678'}",
     "{fired: true, masked: {new.card: '12345678'}}", False),
    ("mask: {new.card: hash}", "old: {price: 1, card: c}, new: {price: 2, card: x}",
     "{fired: true, masked: {new.card: x}}", False),
    # a condition without a value is never a silent false
    ("", "old: {price: 1}, new: {price: much}", "{fired: false}", False),
    ("mode: disabled", "old: {price: 1}, new: {price: 2}", "{fired: false}", True),
]


@pytest.mark.parametrize("added,images,expect,passes", CASES)
def test_test_expectations(program, work_dir, added, images, expect, passes):
    head = POLICY.split("tests:")[0]
    (work_dir / "p.yaml").write_text(
        f"{head}{added}\ntests:\n  - name: it\n"
        f"    events: [{{at: 0s, op: MODIFY, keys: {{sku: A}}, {images}}}]\n    expect: {expect}\n")
    run = program("policy", "test", "p.yaml")
    assert run.status == (0 if passes else 1), run.out + run.err


@pytest.mark.parametrize("only,passes", [("[price-doubled]", False),
                                         ("[price-doubled, other]", True)])
def test_test_sees_the_policies_of_its_file_only(program, work_dir, only, passes):
    other = POLICY.split("tests:")[0].replace("price-doubled", "other")
    text = POLICY.split("  - name: a little")[0]
    text = text.replace("{fired: true,", f"{{fired: true, expect_only: {only},")
    (work_dir / "p.yaml").write_text(f"{text}---\n{other}")
    (work_dir / "q.yaml").write_text(other.replace("id: other", "id: elsewhere"))
    run = program("policy", "test", "p.yaml", "q.yaml", status=0 if passes else 1)
    assert passes or "+ expect_only: also other" in run.out
    assert "2 policies have no tests" in run.out


def test_test_lookups_count_from_the_start_of_the_test(program, work_dir):
    (work_dir / "p.yaml").write_text("""\
apiVersion: deltaward/v1
kind: Lookup
id: floors
source: {file: floors.csv}
key: sku
columns: {sku: string, floor: decimal}
valid: {from: since, to: until}
---
apiVersion: deltaward/v1
kind: Policy
id: below-floor
severity: low
match: {tables: [products], operations: [MODIFY]}
condition: has(new.price) && lookup_all('floors', keys.sku).exists(f, new.price < f.floor)
alert: {title: t}
tests:
  - name: valid at 5s
    lookups: {floors: [{sku: A, floor: 10, since: -1h, until: 10s}]}
    events: [{at: 5s, op: MODIFY, keys: {sku: A}, old: {price: 20}, new: {price: 9}}]
    expect: {fired: true}
  - name: over at 15s
    lookups: {floors: [{sku: A, floor: 10, since: -1h, until: 10s}]}
    events: [{at: 15s, op: MODIFY, keys: {sku: A}, old: {price: 20}, new: {price: 9}}]
    expect: {fired: false}
  - name: the file's rows where the test gives none
    events: [{at: 0s, op: MODIFY, keys: {sku: B}, old: {price: 20}, new: {price: 4}}]
    expect: {fired: true}
""")
    run = program("policy", "test", "p.yaml", status=1)
    assert run.out.count("FAIL") == 1 and "floors.csv" in run.out
    (work_dir / "floors.csv").write_text("sku,floor,since,until\nB,5,,\n")
    assert program("policy", "test", "p.yaml", status=0).out.startswith("3 passed, 0 failed")


def test_schema_is_json_and_knows_the_keys(program):
    schema = json.loads(program("policy", "schema", status=0).out)
    assert "2020-12" in schema["$schema"]
    assert "attributes_changed" in json.dumps(schema)
    assert "`condition`" in program("policy", "schema", "--markdown", status=0).out
