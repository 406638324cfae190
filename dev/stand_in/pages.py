"""HTML pages from the templates beside this file. None of them needs JavaScript."""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

FOLDER = Path(__file__).parent / "templates"
# Nothing is fetched from elsewhere, no frame may hold the page; no form-action:
# it would stop the way back to the app.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; "
    "img-src 'self' data: http://127.0.0.1:* http://localhost:*; "
    "frame-src 'self'; base-uri 'self'; frame-ancestors 'none'"
)
_LINK = re.compile(r"https?://[^\s<>\"']+")
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True
)


def page(name, values, status=200):
    """Render a template.

    :param values: what the template shows; escaped there
    :return: a response that no cache keeps
    """
    style = Markup((FOLDER / "style.css").read_text(encoding="utf-8"))
    template = _ENVIRONMENT.get_template(f"{name}.html.jinja")
    response = Response(
        template.render(style=style, **values), status, content_type="text/html"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def linked(text):
    """Plain text as safe HTML with its http(s) addresses made clickable."""
    parts, end = [], 0
    for match in _LINK.finditer(text):
        url = match[0].rstrip(".,;:!?)]}")
        parts.append(escape(text[end : match.start()]))
        parts.append(
            Markup('<a href="{0}" target="_blank" rel="noopener">{0}</a>').format(url)
        )
        end = match.start() + len(url)
    parts.append(escape(text[end:]))
    return Markup("").join(parts)
