{
    "name": "Customer Identity for X (Twitter) in Helpdesk",
    "summary": "Customers prove which X account is theirs; tickets show who is writing",
    "version": "19.0.1.0.0",
    "category": "Services/Helpdesk",
    "license": "AGPL-3",
    "author": "helpdesk_twitter_identity contributors",
    "depends": ["helpdesk_mgmt", "portal", "mail", "auth_signup"],
    "external_dependencies": {"python": ["requests-oauthlib"]},
    "data": [],
    "installable": True,
}
