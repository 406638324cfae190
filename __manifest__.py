{
    "name": "Customer Identity for X (Twitter) in Helpdesk",
    "summary": "Customers prove which X account is theirs; tickets show who is writing",
    "version": "19.0.1.0.0",
    "category": "Services/Helpdesk",
    "license": "AGPL-3",
    "author": "helpdesk_twitter_identity contributors",
    "depends": ["helpdesk_mgmt", "portal", "mail", "auth_signup"],
    "external_dependencies": {"python": ["requests-oauthlib"]},
    "data": [
        "security/ir.model.access.csv",
        "security/twitter_security.xml",
        "data/helpdesk_ticket_channel_data.xml",
        "data/ir_cron_data.xml",
        "data/mail_template_data.xml",
        "views/base_partner_merge_views.xml",
        "views/helpdesk_ticket_views.xml",
        "views/res_config_settings_views.xml",
        "views/res_partner_views.xml",
        "views/twitter_link_wizard_views.xml",
        "views/twitter_notice_templates.xml",
        "views/twitter_templates.xml",
    ],
    "post_init_hook": "post_init_hook",
    "demo": ["demo/helpdesk_twitter_identity_demo.xml"],
    "assets": {
        "web.assets_backend": [
            "helpdesk_twitter_identity/static/src/fields/**/*",
        ],
        "web.assets_tests": [
            "helpdesk_twitter_identity/static/tests/tours/**/*",
        ],
    },
}
