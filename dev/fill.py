"""Fills a database that is to become a template; runs as a process of its own."""

import sys

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config
from odoo.tools.convert import convert_file

from home import ADDON
from stand_in.apps import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET

DEMO = f"demo/{ADDON}_demo.xml"
PRIVACY = """<!DOCTYPE html>
<title>Privacy policy</title>
<h1>Privacy policy of a company that does not exist</h1>
<p>This page belongs to a demo on your own machine. Nothing leaves it.</p>
"""
STYLES = ("web.assets_frontend", "web.assets_web", "web.assets_web_print")
SCRIPTS = (
    "web.assets_frontend",
    "web.assets_frontend_lazy",
    "web.assets_frontend_minimal",
)
OUR_SCRIPTS = ("web.assets_web",)
MODULES = {"base": ["helpdesk_mgmt"], "company": ["website", "auth_oauth"]}
OTHER_WAYS_IN = ("auth_totp", "auth_passkey", "auth_oauth")
"""Odoo installs the first two by itself."""


def main(kind, database, configuration):
    """Install what the template holds and warm up its pages.

    :param kind: "base", "addon", "demo", "company" or "alone".
    """
    config.parse_config(["-c", configuration, "-d", database, "--no-http"])
    modules = MODULES.get(kind, [ADDON])
    registry = Registry.new(database, update_module=True, install_modules=modules)
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        if kind == "base":
            _add_portuguese(env)
        elif kind == "demo":
            _add_demo(env)
        elif kind == "alone":
            _take_out(env, OTHER_WAYS_IN)
        # The addon adds scripts to this bundle, so the base has no use for it yet.
        _warm_up(env, SCRIPTS if kind == "base" else SCRIPTS + OUR_SCRIPTS)


def _add_portuguese(env):
    """Activate Brazilian Portuguese beside English."""
    languages = env["res.lang"].with_context(active_test=False)
    language = languages.search([("code", "=", "pt_BR")])
    wizard = env["base.language.install"].create({"lang_ids": [(6, 0, language.ids)]})
    wizard.lang_install()


def _add_demo(env):
    """Load the demo's records, register the app at the stand-in, add a page."""
    convert_file(env, ADDON, DEMO, {}, "init", noupdate=True)
    env.ref("base.main_company").write(
        {
            "name": "Example Ltd",
            # Without an address of its own a company can't send mail.
            "email": "help@example.com",
            "twitter_client_id": DEMO_CLIENT_ID,
            "twitter_client_secret": DEMO_CLIENT_SECRET,
        }
    )
    env["ir.attachment"].create(
        {
            "name": "Privacy policy",
            "url": "/privacy",
            "raw": PRIVACY.encode(),
            "mimetype": "text/html",
            "public": True,
        }
    )


def _take_out(env, names):
    """Uninstall modules, with all that need them."""
    installed = [("name", "in", names), ("state", "=", "installed")]
    env["ir.module.module"].search(installed).button_immediate_uninstall()


def _warm_up(env, scripts):
    """Make the bundles that every page loads, which a first visitor would wait for."""
    for bundle in STYLES:
        env["ir.qweb"]._get_asset_bundle(bundle, css=True, js=False).css()
    for bundle in scripts:
        env["ir.qweb"]._get_asset_bundle(bundle, css=False, js=True).js()


if __name__ == "__main__":
    main(*sys.argv[1:])
