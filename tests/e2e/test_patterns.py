"""policies/patterns: every type of correlation and kind of window is shown by one that ships, and
each policy that alerts has a runbook. Their tests run in test_cli_policy.py."""
import pathlib

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Loader(yaml.SafeLoader):
    """Without times and booleans by guess."""


Loader.yaml_implicit_resolvers = {}

POLICIES = [document for path in sorted((ROOT / "policies" / "patterns").glob("*.yaml"))
            for document in yaml.load_all(path.read_text(encoding="utf-8"), Loader)]
CORRELATIONS = [policy["correlation"] for policy in POLICIES if "correlation" in policy]


def test_every_type_is_shown():
    types = {one.get("type", "all") for one in CORRELATIONS}
    assert types == {"event_count", "value_count", "value_sum", "value_avg", "value_percentile",
                     "temporal", "temporal_ordered", "absence", "new_terms", "baseline", "all"}
    assert {one.get("window", "sliding") for one in CORRELATIONS} == \
        {"sliding", "tumbling", "session"}


@pytest.mark.parametrize("policy", [one for one in POLICIES if one.get("mode") != "signal"],
                         ids=lambda policy: policy["id"])
def test_who_alerts_says_what_to_do(policy):
    runbook = ROOT / "docs" / "runbooks" / policy["alert"]["runbook"]
    text = runbook.read_text(encoding="utf-8")
    assert "**What happened.**" in text and "**First three steps**" in text
    assert 2 <= len(policy["alert"]["steps"]) <= 3
    assert policy["owner"] and policy["tests"]
