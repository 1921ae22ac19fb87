"""`deltaward policy schema` against the policies that ship, and against good and bad ones.

The schema is printed from the tables that the reader reads by, so both must agree on form: what is
accepted by the reader is accepted by the schema, and what is wrong in form is refused by both.
"""
import json
import pathlib
import re
import subprocess

import jsonschema
import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "unit" / "policy"

# Wrong in form, not in what the names and expressions mean.
BAD_IN_FORM = [
    "api-version", "bool-is-yes", "document-is-a-list", "duration-nonsense",
    "duration-without-unit", "everything-at-once", "exception-incomplete", "expires-no-date",
    "id-malformed", "id-missing", "key-unknown", "key-unknown-far", "key-unknown-nested",
    "kind-missing", "kind-unknown", "list-empty", "list-expected", "lookup-columns", "map-expected",
    "severity-map-incomplete", "severity-null", "severity-unknown",
    "steps-too-many", "suppression-word", "tests-events", "tests-expect", "text-is-number",
]


class CoreLoader(yaml.SafeLoader):
    """YAML 1.2's core schema, which the reader keeps to: dates and yes/no are text."""


CoreLoader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
        ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("int", r"[-+]?[0-9]+", "-+0123456789"),
        ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789")]:
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"),
                                     list(first))


@pytest.fixture(scope="module")
def validator(deltaward):
    done = subprocess.run([deltaward, "policy", "schema"], capture_output=True, check=True)
    schema = json.loads(done.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def documents(path):
    return [one for one in yaml.load_all(path.read_text(), CoreLoader) if one is not None]


def files(folder, pattern="*.yaml"):
    found = sorted(folder.rglob(pattern))
    assert found
    return found


@pytest.mark.parametrize("path", files(ROOT / "policies") + files(CASES / "good"),
                         ids=lambda path: path.stem)
def test_good_documents_are_accepted(validator, path):
    for document in documents(path):
        assert [error.message for error in validator.iter_errors(document)] == []


@pytest.mark.parametrize("name", BAD_IN_FORM)
def test_bad_documents_are_refused(validator, name):
    found = documents(CASES / "bad" / f"{name}.yaml")
    assert any(not validator.is_valid(document) for document in found)


def test_the_page_of_keys_is_up_to_date(deltaward):
    done = subprocess.run([deltaward, "policy", "schema", "--markdown"], capture_output=True,
                          check=True, text=True)
    assert (ROOT / "docs" / "POLICY-KEYS.md").read_text() == done.stdout, \
        "write it anew: deltaward policy schema --markdown > docs/POLICY-KEYS.md"


def test_every_key_is_described(validator):
    def walk(node):
        for key, value in node.get("properties", {}).items():
            assert value.get("description") or key == "kind", key
        for value in node.values():
            for inner in value if isinstance(value, list) else [value]:
                if isinstance(inner, dict):
                    walk(inner)
    walk(validator.schema)
