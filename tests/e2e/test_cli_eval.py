"""`deltaward eval`: one expression, or many as JSON Lines."""
import json

import pytest

from cli import change, price_change


@pytest.mark.parametrize("expression,value", [
    ("1 + 2", 3),
    ("1.5 * 2.0", 3.0),
    ("[1, 2].map(x, x * 2)", [2, 4]),
    ("{'a': 1}.a", 1),
    ("'a' + 'b'", "ab"),
    ("timestamp('2026-03-01T10:00:00Z') + duration('60s')", "2026-03-01T10:01:00Z"),
    ("null", None),
])
def test_plain_values_as_json(program, expression, value):
    assert json.loads(program("eval", expression, status=0).out) == value


def test_members_of_a_json_object_are_names(program):
    run = program("eval", "items.exists(i, i > n)", "--input", "-",
                  stdin='{"items": [1, 5], "n": 4}', status=0)
    assert run.out == "true\n"


@pytest.mark.parametrize("expression,value", [
    ("new.price < old.price * 0.9", False),
    ("old.price * 0.1 == decimal('1.01')", True),
    ("[op, table, keys.sku, region]", ["MODIFY", "products", "S1", "eu-west-1"]),
    ("changed('price') && changes() == ['price']", True),
    ("event.time", "2026-03-01T10:00:01Z"),
    ("raw.tableName", "products"),
    ("has(new.nothing)", False),
    ("actor == null", True),
])
def test_a_change_record_is_seen_as_policies_see_it(program, work_dir, expression, value):
    (work_dir / "c.json").write_text(json.dumps(price_change(1, 10.1, 9.09)))
    run = program("eval", expression, "--input", "c.json", status=0)
    assert json.loads(run.out) == value


def test_numbers_of_changes_keep_all_digits(program, work_dir):
    digits = "1234567890123456789012345678.0123456789"
    record = change(1, new={})
    record["dynamodb"]["NewImage"]["amount"] = {"N": digits}
    (work_dir / "c.json").write_text(json.dumps(record))
    run = program("eval", "new.amount", "--input", "c.json", status=0)
    assert run.out == digits + "\n"


def test_errors(program, work_dir):
    (work_dir / "c.json").write_text(json.dumps(price_change(1)))
    run = program("eval", "new.nothing", "--input", "c.json", status=2)
    assert run.out == "" and "nothing" in run.err
    run = program("eval", "new.nothing", "--input", "c.json", "--json", status=2)
    assert "nothing" in json.loads(run.out)["error"]
    run = program("eval", "nwe.price", "--input", "c.json", status=2)
    assert "expression:1:1: error:" in run.err and "^" in run.err
    run = program("eval", "1", "--input", "-", stdin="{", status=2)
    assert "no JSON" in run.err
    broken = price_change(1)
    del broken["eventName"]
    run = program("eval", "1", "--input", "-", stdin=json.dumps(broken), status=2)
    assert "the change record cannot be read:" in run.err
    run = program("eval", "lookup('promotions', 'a')", "--input", "c.json", status=2)
    assert "promotions" in run.err


ANY = object()  # some message

BATCH = [
    ('{"id": 1, "expr": "a + 1", "bindings": {"a": 41}}', {"id": 1, "value": 42}),
    ('{"id": "x", "expr": "a + 1.0", "bindings": {"a": 0.5}}', {"id": "x", "value": 1.5}),
    ('{"id": null, "expr": "true"}', {"id": None, "value": True}),
    ('{"id": 2, "expr": "type(a) == int && type(b) == double", "bindings": {"a": 1, "b": 1.0}}',
     {"id": 2, "value": True}),
    ('{"id": 3, "expr": "y * 2", "variables": [{"name": "x", "expr": "20 + 1"}, '
     '{"name": "y", "expr": "x"}]}', {"id": 3, "value": 42}),
    ('{"id": 4, "expr": "variables.x", "variables": [{"name": "x", "expr": "b"}], '
     '"bindings": {"b": [1, {"c": null}]}}', {"id": 4, "value": [1, {"c": None}]}),
    # lazy: what nobody asks for does not fail
    ('{"id": 5, "expr": "1", "variables": [{"name": "x", "expr": "1 / 0"}]}',
     {"id": 5, "value": 1}),
    ('{"id": 6, "expr": "1", "variables": [{"name": "x", "expr": "1 +"}]}', {"id": 6, "value": 1}),
    ('{"id": 7, "expr": "true || x", "variables": [{"name": "x", "expr": "1 / 0 > 0"}]}',
     {"id": 7, "value": True}),
    ('{"id": 8, "expr": "x > 1", "variables": [{"name": "x", "expr": "1 / 0"}]}',
     {"id": 8, "error": ANY}),
    ('{"id": 9, "expr": "1 +"}', {"id": 9, "error": ANY}),
    ('{"id": 10, "expr": "nobody"}', {"id": 10, "error": ANY}),
    ('{"id": 11, "expr": "1 / 0"}', {"id": 11, "error": ANY}),
    ('{"id": 12}', {"id": 12, "error": ANY}),
    ('{"id": 13, "expr": 1}', {"id": 13, "error": ANY}),
    ('{"id": 14, "expr": "1", "bindings": []}', {"id": 14, "error": ANY}),
    ('{"id": 15, "expr": "1", "variables": {"x": "1"}}', {"id": 15, "error": ANY}),
    ('{"id": 16, "expr": "1", "variables": [{"name": "x"}]}', {"id": 16, "error": ANY}),
    ('{"id": {"a": [1]}, "expr": "2"}', {"id": {"a": [1]}, "value": 2}),
    ("{not json", {"id": None, "error": ANY}),
    ('["id"]', {"id": None, "error": ANY}),
    ('{"id": 17, "id": 18, "expr": "1"}', {"id": None, "error": ANY}),
    ('{"expr": "\'no id\'"}', {"id": None, "value": "no id"}),
    ('{"id": 19, "expr": "old.price", "bindings": {}}', {"id": 19, "error": ANY}),
]


def test_batch_answers_each_question_once(program):
    run = program("eval", "--batch", stdin="".join(q + "\n" for q, _ in BATCH), status=0)
    answers = run.lines()
    assert len(answers) == len(BATCH)
    for (question, want), got in zip(BATCH, answers):
        if want.get("error") is ANY:
            assert got["error"] and set(got) == {"id", "error"}, question
            assert got["id"] == want["id"], question
        else:
            assert got == want, question


def test_batch_blank_lines_are_no_questions(program):
    run = program("eval", "--batch", stdin='\n{"id":1,"expr":"1"}\r\n\n', status=0)
    assert run.lines() == [{"id": 1, "value": 1}]


def test_batch_from_a_file(program, work_dir):
    (work_dir / "q.jsonl").write_text('{"id":1,"expr":"1"}\n{"id":2,"expr":"2"}')
    assert len(program("eval", "--batch", "--input", "q.jsonl", status=0).lines()) == 2
    assert program("eval", "--batch", "--input", "none.jsonl").status == 3


def test_batch_as_a_conversation(program):
    """An answer comes before the next question is asked."""
    process = program.start("eval", "--batch")
    for number in range(3):
        process.stdin.write(json.dumps({"id": number, "expr": f"{number} + 1"}) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"id": number, "value": number + 1}
    process.stdin.close()
    assert process.wait(20) == 0
    process.stdout.close()
    process.stderr.close()
