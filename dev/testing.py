"""Every test: `dev/test [pytest arguments]`.

The linters, then three runs of pytest with the same arguments: the plain tests, those
that run inside Odoo, and those that drive a real Odoo from outside. Coverage is
collected in all processes of all runs; it has a floor when nothing was left out.
"""
