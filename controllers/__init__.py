from . import ir_http, portal, redaction, sign_up, twitter_callback, twitter_link

redaction.install()
