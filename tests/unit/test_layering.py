"""The arrows between the parts of the addon point one way."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("controllers", "models", "twitter_api", "wizard")
CODE = [path for part in PARTS for path in sorted((ROOT / part).rglob("*.py"))]
OURS = {*PARTS, "dev", "tests", "stand_in"}


def part_of(path):
    return path.relative_to(ROOT).parts[0]


def imports_of(path):
    """Every imported name as dotted text, relative ones from the addon's root."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _base(path, node)
            found |= {f"{base}.{alias.name}".strip(".") for alias in node.names}
    return {_inside(name) for name in found}


def _base(path, node):
    if not node.level:
        return node.module or ""
    folder = path.relative_to(ROOT).parent.parts
    kept = folder[: len(folder) - node.level + 1]
    return ".".join([*kept, node.module or ""]).strip(".")


def _inside(name):
    """``odoo.addons.<this addon>.models.x`` and ``models.x`` are the same."""
    return re.sub(r"^odoo\.addons\.helpdesk_twitter_identity\.?", "", name)


def targets_of(path):
    """The parts of the addon that a file imports, its own left out."""
    found = {name.split(".")[0] for name in imports_of(path)} & OURS
    return found - {part_of(path)}


def files(*parts):
    chosen = [path for path in CODE if part_of(path) in parts]
    return pytest.mark.parametrize(
        "path", chosen, ids=[str(path.relative_to(ROOT)) for path in chosen]
    )


@files("twitter_api")
def test_the_protocol_knows_no_odoo_and_no_other_part(path):
    assert not any(re.match(r"odoo(\.|$)", name) for name in imports_of(path))
    assert targets_of(path) == set()


@files("twitter_api")
def test_the_protocol_speaks_no_language_and_asks_no_database(path):
    used = {
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Name | ast.Attribute)
    }
    assert used.isdisjoint({"env", "cr", "sudo", "_lt", "gettext"})
    assert not {"psycopg2", "babel", "gettext"} & {
        name.split(".")[0] for name in imports_of(path)
    }


@files("models")
def test_models_know_the_protocol_and_nothing_above_them(path):
    assert targets_of(path) <= {"twitter_api"}


@files("wizard")
def test_dialogs_know_models_and_protocol(path):
    assert targets_of(path) <= {"models", "twitter_api"}


@files("controllers")
def test_controllers_know_models_and_neither_protocol_nor_dialogs(path):
    assert targets_of(path) <= {"models"}


@files("models", "wizard", "twitter_api")
def test_only_controllers_know_the_request(path):
    names = imports_of(path)
    assert not any(
        re.match(r"odoo\.http\.(request|Controller|route)$", n) for n in names
    )
    # `odoo.http` as a whole would give the request as an attribute.
    assert "odoo.http" not in names


@files(*PARTS)
def test_nothing_of_the_addon_needs_what_is_only_for_development(path):
    assert not targets_of(path) & {"dev", "tests", "stand_in"}


@files("twitter_api")
def test_functions_of_the_protocol_stay_short_and_catch_no_bare_exception(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            assert _lines(node) < 30, f"{node.name} has {_lines(node)} lines"
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else ""
            assert caught not in ("", "Exception", "BaseException")


def _lines(function):
    """Lines of code: without the docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def test_the_walk_sees_a_forbidden_import_when_there_is_one(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    folder = tmp_path / "models"
    folder.mkdir()
    file = folder / "a.py"
    for line, target in {
        "from ..controllers import portal": "controllers",
        "from .. import wizard": "wizard",
        "from ..controllers.portal import Portal": "controllers",
        "from odoo.addons.helpdesk_twitter_identity.dev import x": "dev",
        "import odoo.addons.helpdesk_twitter_identity.wizard.link": "wizard",
        "def late():\n    from ..dev import run": "dev",
        "import stand_in.server": "stand_in",
    }.items():
        file.write_text(line)
        assert targets_of(file) == {target}, line
    file.write_text("from odoo.http import request")
    assert imports_of(file) == {"odoo.http.request"}
