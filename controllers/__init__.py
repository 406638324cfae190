from . import ir_http, portal, redaction, twitter_callback, twitter_link

redaction.install()
