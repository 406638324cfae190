from . import controllers, models, wizard


def post_init_hook(env):
    """Look at the accounts that there are already."""
    env["res.users"]._twitter_mark_sign_ups()
