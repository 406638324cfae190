"""What the web client asks for when it opens a view: the fields of its arch."""

import ast

from lxml import etree

# Fields that a widget adds to those that stand in the arch.
WIDGETS = {
    "list_activity": (
        "activity_exception_decoration",
        "activity_exception_icon",
        "activity_state",
        "activity_summary",
        "activity_type_icon",
        "activity_type_id",
    ),
    "statusbar_duration": ("duration_tracking",),
}
MANY = ("one2many", "many2many")


def of_view(browser, model, kind):
    """Return the specification for `web_read` or `web_search_read` of a view.

    It is made as in Odoo's `web/static/src/model/relational_model/utils.js`.

    :param kind: "form" or "list"
    """
    views, _reading = browser.call(model, "get_views", [[False, kind]], options={})
    arch = etree.fromstring(views["views"][kind]["arch"])
    fields = views["models"][model]["fields"]
    specification = {}
    for node in arch.iter("field"):
        name = node.get("name")
        specification.setdefault(name, _of_node(node, fields[name]["type"]))
        for other in WIDGETS.get(node.get("widget"), ()):
            specification.setdefault(other, _of_dependency(fields.get(other, {})))
    if kind == "form":
        specification.setdefault("display_name", {})
    return specification


def _of_node(node, type_):
    """Return what is asked of one field of the arch."""
    hidden = node.get("invisible") in ("1", "True")
    if type_ == "many2one":
        if hidden:
            return {"fields": {}}
        context = _known(node.get("context"))
        shown = {"fields": {"display_name": {}}}
        return {**shown, "context": context} if context else shown
    if type_ not in MANY or hidden:
        return {}
    if node.get("widget") == "many2many_tags":
        return {"fields": {name: {} for name in ("display_name", *_color(node))}}
    return {"fields": {}}


def _of_dependency(field):
    """Return what is asked of a field that a widget adds."""
    return {"fields": {"display_name": {}}} if field.get("type") == "many2one" else {}


def _color(node):
    """Return the name of the field with the color of tags, if they have one."""
    color = ast.literal_eval(node.get("options", "{}")).get("color_field")
    return [color] if color else []


def _known(context):
    """Return that part of a context that depends on no field."""
    literal = ast.parse(context or "{}", mode="eval").body
    return {
        key.value: value.value
        for key, value in zip(literal.keys, literal.values, strict=True)
        if isinstance(value, ast.Constant)
    }
