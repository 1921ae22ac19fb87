"""The shipped policies that look at one change: what records break, oracle.py tells."""
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
POLICIES = tuple(ROOT / "policies" / domain
                 for domain in ("cloud", "commerce", "finance", "health"))


def paths(policies):
    """One path, or several, as texts."""
    several = policies if isinstance(policies, tuple) else (policies,)
    return [str(path) for path in several]
