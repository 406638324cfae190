"""Fills a measured database; runs as a process of its own.

`plain` is Odoo, the helpdesk and `auth_oauth` with tickets. `addon` goes on from a copy
of it: the same tickets, and contacts that are connected, asked or untouched in turn.
"""

import sys
from datetime import timedelta

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tools import config

from home import ADDON
from stand_in.apps import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET

TICKETS = 200
MODULES = {"plain": "auth_oauth", "addon": ADDON}
LIMITS = ("start", "callback", "code", "link", "contact", "ticket", "agent")
NO_LIMIT = "1000000/1"


def main(kind, database, configuration, *arguments):
    """Install what the database holds and add its records.

    :param kind: "plain" or "addon".
    """
    config.parse_config(["-c", configuration, "-d", database, "--no-http"])
    modules = [MODULES[kind]]
    registry = Registry.new(database, update_module=True, install_modules=modules)
    with registry.cursor() as cr:
        context = {"no_reset_password": True, "tracking_disable": True}
        env = api.Environment(cr, SUPERUSER_ID, context)
        {"plain": _fill_plain, "addon": _fill_addon}[kind](env, *arguments)


# without the addon -------------------------------------------------------------------


def _fill_plain(env, validation_endpoint):
    """Add an agent, a customer, one more who signs in by OAuth, and tickets."""
    helpdesk_user = env.ref("helpdesk_mgmt.group_helpdesk_user")
    portal = env.ref("base.group_portal")
    _add_user(env, "agent", env.ref("base.group_user") + helpdesk_user)
    _add_user(env, "customer", portal)
    env["auth.oauth.provider"].search([]).enabled = False
    provider = env["auth.oauth.provider"].create(
        {
            "name": "A server that answers at once",
            "body": "Sign in",
            "enabled": True,
            "auth_endpoint": validation_endpoint,
            "validation_endpoint": validation_endpoint,
        }
    )
    peer = _add_user(env, "peer", portal)
    peer.write({"oauth_provider_id": provider.id, "oauth_uid": "peer"})
    _add_tickets(env)


def _add_user(env, login, groups):
    return env["res.users"].create(
        {
            "name": login.capitalize(),
            "login": login,
            "password": login,
            "email": f"{login}@example.com",
            "group_ids": [Command.set(groups.ids)],
        }
    )


def _add_tickets(env):
    """Add tickets, each of a contact of its own, with what tickets usually have."""
    agent = env["res.users"].search([("login", "=", "agent")])
    tag = env["helpdesk.ticket.tag"].create({"name": "Delivery"})
    team = {"name": "Support", "user_ids": [Command.set(agent.ids)]}
    common = {
        "description": "<p>It never came. What can I do?</p>",
        "team_id": env["helpdesk.ticket.team"].create(team).id,
        "user_id": agent.id,
        "channel_id": env.ref("helpdesk_mgmt.helpdesk_ticket_channel_web").id,
        "tag_ids": [Command.set(tag.ids)],
    }
    contacts = env["res.partner"].create(
        [
            {"name": f"Contact {number}", "email": f"contact{number}@example.com"}
            for number in range(TICKETS)
        ]
    )
    env["helpdesk.ticket"].create(
        [
            {
                **common,
                "name": f"Where is order {contact.id}?",
                "partner_id": contact.id,
                "partner_name": contact.name,
                "partner_email": contact.email,
            }
            for contact in contacts
        ]
    )


# with the addon ----------------------------------------------------------------------


def _fill_addon(env, public_url):
    """Set up the company; connect a third of the contacts, ask another third."""
    env.ref("base.main_company").write(
        {
            "twitter_client_id": DEMO_CLIENT_ID,
            "twitter_client_secret": DEMO_CLIENT_SECRET,
            "twitter_public_url": public_url,
            "twitter_privacy_url": f"{public_url}/privacy",
        }
    )
    for name in LIMITS:
        env["ir.config_parameter"].set_param(f"{ADDON}.limit_{name}", NO_LIMIT)
    tickets = env["helpdesk.ticket"].search([("partner_id", "!=", False)], order="id")
    for ticket in tickets[0::3]:
        _connect(env, ticket)
    for ticket in tickets[1::3]:
        _ask(env, ticket)


def _connect(env, ticket):
    """Add an identity to the contact of a ticket, as a confirmation would."""
    since = env.cr.now() - timedelta(days=1)
    owner = {"partner_id": ticket.partner_id.id, "company_id": ticket.company_id.id}
    consent = env["twitter.consent"].create(
        {**owner, "text": "I agree.", "given_at": since, "channel": "portal"}
    )
    env["twitter.identity"].create(
        {
            **owner,
            "twitter_id": str(10**18 + ticket.id),
            "username": f"contact_{ticket.id}",
            "name": ticket.partner_id.name,
            "proof": "portal_session",
            "linked_at": since,
            "consent_id": consent.id,
        }
    )


def _ask(env, ticket):
    """Make a link from a ticket of X and let its customer begin."""
    channel = env.ref(f"{ADDON}.channel_x")
    ticket.write(
        {"channel_id": channel.id, "twitter_expected_username": f"contact_{ticket.id}"}
    )
    link, _token = env["twitter.link.request"]._make(ticket)
    env["twitter.link.event"]._log_request(link, "begun", "Safari on iPhone")


if __name__ == "__main__":
    main(*sys.argv[1:])
