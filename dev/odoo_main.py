"""The server's entry, as a file: Odoo starts itself again by its path."""

import odoo.cli

if __name__ == "__main__":
    odoo.cli.main()
