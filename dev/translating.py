"""The strings and their translations: `dev/translate`.

Odoo exports the strings from a database that has the addon and no demo records; each
language then gets what is new and loses what is gone. A second run changes nothing.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import databases
import postgres
import translations
from commands import commands
from home import ADDON, DEV, HOME, LOGS, Failure, ignore_signals, say, stop_by_signals
from translations import LANGUAGES, TEMPLATE

LOG = "translate"


def main():
    """Write the template, then the languages; say what is left to translate."""
    parser = argparse.ArgumentParser(prog="dev/translate", description=__doc__)
    parser.parse_args()
    stop_by_signals()
    try:
        earlier = {name: translations.read(name) for name in LANGUAGES}
        template = translations.settled(_export())
    except Failure as failure:
        sys.exit(f"\n{failure}")
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
    translations.write(TEMPLATE, template)
    for name in LANGUAGES:
        _bring_up_to_date(template, earlier[name], name)


def _export():
    """Return what Odoo exports: the text of a template, with the time in it.

    :raise Failure: it can't, or does not understand a file.
    """
    with tempfile.TemporaryDirectory() as folder, postgres.running():
        target = Path(folder) / TEMPLATE.name
        try:
            with databases.temporary("translate") as database:
                _export_from(database, target)
        finally:
            ignore_signals()
        return target.read_text()


def _export_from(database, target):
    log = LOGS / f"{LOG}.log"
    log.unlink(missing_ok=True)
    options = ("-c", databases.write_configuration(), "-d", database, "-o", target)
    export = [sys.executable, DEV / "odoo_main.py", "i18n", "export", *options, ADDON]
    commands.run(LOG, export, cwd=HOME)
    # What Odoo can't read it leaves out, and goes on.
    if " ERROR " in log.read_text(errors="replace"):
        raise Failure(f"Odoo could not export every string; {log} says why.")


def _bring_up_to_date(template, earlier, name):
    """Write a language's file and say how it stands."""
    current = translations.brought_up_to_date(template, earlier, name)
    translations.write(translations.file_of(name), current)
    known = {entry.msgid for entry in earlier}
    strings = {entry.msgid for entry in template}
    say(
        f"{name}: {len(current.untranslated_entries())} of {len(current)} strings to"
        f" translate; {len(strings - known)} new, {len(known - strings)} gone"
    )


if __name__ == "__main__":
    main()
