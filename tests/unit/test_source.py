"""What the addon's own source never does, whatever a test happens to try."""

import ast
from pathlib import Path

import pytest

from security_trace import covers

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("controllers", "models", "twitter_api", "wizard")
TREES = {
    path: ast.parse(path.read_text())
    for part in PARTS
    for path in sorted((ROOT / part).rglob("*.py"))
}
NO_SECRET_MADE_HERE = {("twitter_api/client.py", "random.uniform")}
"""How long to wait before asking again needs no secret."""


def found(sees):
    """Where in the addon a kind of node stands: pairs of file and source."""
    return {
        (str(path.relative_to(ROOT)), ast.unparse(node))
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if sees(node)
    }


def texts(*parts):
    """All texts in the source but its docstrings.

    :param parts: folders; all where none is named.
    """
    trees = [
        tree
        for path, tree in TREES.items()
        if not parts or path.relative_to(ROOT).parts[0] in parts
    ]
    docstrings = {
        id(node.value)
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
    }
    return {
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    }


def imported():
    """The first part of each name that is imported from elsewhere."""
    names = set()
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add(node.module.partition(".")[0])
    return names


def test_the_source_is_seen():
    assert len(TREES) > 30
    assert "S256" in texts()
    assert {"secrets", "requests_oauthlib"} <= imported()


@covers("X20")
@covers("R5", "R16", "R40")
@pytest.mark.parametrize("name", ["password", "implicit", "plain"])
def test_no_password_grant_and_no_plain_challenge_is_ever_named(name):
    # Passwords are asked for elsewhere, by Odoo and for Odoo.
    assert name not in texts("twitter_api")
    assert name not in texts() or name == "password"


@covers("R7", "R13")
def test_nothing_of_odoos_own_oauth_is_used():
    assert not any("auth_oauth" in text for text in texts())
    assert not found(lambda node: "auth_oauth" in str(getattr(node, "module", "")))


@covers("R96")
def test_what_authenticates_is_made_by_secrets_alone():
    assert "uuid" not in imported()
    made = found(
        lambda node: isinstance(node, ast.Attribute)
        and ast.unparse(node).startswith("random.")
    )
    assert made == NO_SECRET_MADE_HERE


@covers("R96")
def test_hashes_of_what_authenticates_are_never_compared_by_equality():
    def compares(node):
        return isinstance(node, ast.Compare) and any(
            str(getattr(side, "attr", getattr(side, "id", ""))).endswith("_hash")
            for side in (node.left, *node.comparators)
        )

    assert found(compares) == set()


@covers("R83")
def test_nothing_is_declared_to_be_safe_markup():
    assert "markupsafe" not in imported()
    views = [path.read_text() for path in sorted((ROOT / "views").glob("*.xml"))]
    assert views and not any("t-raw" in text or "Markup" in text for text in views)
