"""The parts of DEV_HOME and how each is made."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

from commands import commands
from home import ADDONS, DEV, HOME, NODE, SOURCE, TOOLS, VENV, odoo_source
from machine import (
    debian_mirror,
    find_chrome,
    find_python,
    install,
    install_printer,
)

ODOO_PACKAGES = (
    "odoo-19",
    "fonts-montserrat",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
)
NODE_PACKAGES = (
    "@prettier/plugin-xml@3.4.2",
    "eslint@9.35.0",
    "eslint-plugin-jsdoc@57.0.8",
    "globals@16.0.0",
    "prettier@3.6.2",
)


@dataclass(frozen=True)
class Part:
    """One part of DEV_HOME: made after `needs`, and again when `key` changes."""

    name: str
    make: object
    key: str = ""
    needs: tuple = ()


def odoo_parts():
    """Return the parts of a running Odoo."""
    wanted = DEV / "requirements.txt"
    wheels = DEV / "requirements-addons.txt"
    source = str(odoo_source())
    parts = [
        Part("python", lambda: _make_environment(VENV)),
        Part("packages", lambda: _pip(VENV, wanted), _key(wanted), ("python",)),
        Part("wheels", lambda: _download_wheels(wheels), _key(wheels), ("python",)),
        Part("import", _make_importable, source, ("python",)),
        Part("printer", install_printer, str(shutil.which("wkhtmltopdf"))),
    ]
    if not os.environ.get("ODOO_HOME"):
        parts.insert(0, Part("odoo", _unpack_odoo, _key(*ODOO_PACKAGES)))
        parts.append(Part("fonts", _fill_gaps, "", ("odoo", "wheels")))
    return parts


def test_parts():
    """Return the parts that the tests need on top of Odoo's."""
    wanted = DEV / "requirements-test.txt"
    return [
        Part("browser", _install_browser, str(find_chrome())),
        Part("test-packages", lambda: _pip(VENV, wanted), _key(wanted), ("packages",)),
    ]


def mutation_parts():
    """Return the parts that mutation testing needs on top of the tests'."""
    wanted = DEV / "requirements-mutation.txt"
    needed = ("test-packages",)
    return [Part("mutation", lambda: _pip(VENV, wanted), _key(wanted), needed)]


def lint_parts():
    """Return the parts that the linters need."""
    wanted = DEV / "requirements-lint.txt"
    return [
        Part("tools", lambda: _make_environment(TOOLS)),
        Part("lint-packages", lambda: _pip(TOOLS, wanted), _key(wanted), ("tools",)),
        Part("node", _install_node, _key(*NODE_PACKAGES), ("tools",)),
    ]


def _key(*parts):
    """Return a short hash of texts and of files' contents."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.read_bytes() if isinstance(part, Path) else part.encode())
    return digest.hexdigest()[:16]


# Python ------------------------------------------------------------------------------


def _make_environment(folder):
    """Make an empty virtual environment."""
    shutil.rmtree(folder, ignore_errors=True)
    commands.run(folder.name, [find_python(), "-m", "venv", folder])


def _pip(folder, requirements):
    """Install the packages that a requirements file names."""
    pip = [folder / "bin/python", "-m", "pip", "install", "--no-compile", "--quiet"]
    quiet = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1")
    commands.run(requirements.stem, [*pip, "-r", requirements], env=quiet, cwd=HOME)


def _download_wheels(requirements):
    """Fetch the helpdesk and Odoo's icon font, which are no Python to install."""
    folder = HOME / "wheels"
    shutil.rmtree(folder, ignore_errors=True)
    pip = [VENV / "bin/python", "-m", "pip", "download", "--no-deps", "--quiet"]
    quiet = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1")
    listed = ["-r", requirements, "-d", folder]
    commands.run("wheels", [*pip, *listed], env=quiet, cwd=HOME)
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
    shutil.rmtree(ADDONS, ignore_errors=True)
    (folder / "odoo/addons").rename(ADDONS)


def _make_importable():
    """Let the environment import Odoo from where its source is."""
    site_packages = next((VENV / "lib").glob("python3*/site-packages"))
    (site_packages / "odoo_source.pth").write_text(f"{odoo_source()}\n")


# Odoo --------------------------------------------------------------------------------


def _unpack_odoo():
    """Fetch Odoo 19 from Debian's archive and unpack it, national accounting aside.

    Only the suite `sid` carries it. Its package lists live in a folder of their own,
    so the system's sources stay as they are; apt checks the signatures as ever.
    """
    apt = HOME / "apt"
    fresh = HOME / "odoo.new"
    shutil.rmtree(apt, ignore_errors=True)
    shutil.rmtree(fresh, ignore_errors=True)
    for folder in ("sources", "lists/partial", "cache/archives/partial", "packages"):
        (apt / folder).mkdir(parents=True)
    fresh.mkdir()
    options = _private_view(apt)
    commands.run("odoo", ["apt-get", *options, "update"])
    download = ["apt-get", *options, "download", *ODOO_PACKAGES]
    commands.run("odoo", download, cwd=apt / "packages")
    for package in sorted((apt / "packages").glob("*.deb")):
        _unpack(package, fresh)
    shutil.rmtree(HOME / "odoo", ignore_errors=True)
    fresh.rename(HOME / "odoo")
    shutil.rmtree(apt)


def _private_view(apt):
    """Return the options that show apt nothing but Debian's suite `sid`."""
    source = apt / "sources/sid.sources"
    source.write_text(
        f"Types: deb\nURIs: {debian_mirror()}\nSuites: sid\nComponents: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
    )
    settings = {
        "Dir::Etc::SourceList": "/dev/null",
        "Dir::Etc::SourceParts": source.parent,
        "Dir::State::Lists": apt / "lists",
        "Dir::Cache": apt / "cache",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
    }
    return [word for key in settings for word in ("-o", f"{key}={settings[key]}")]


def _unpack(package, folder):
    """Unpack a Debian package without the national accounting: a third of it."""
    script = 'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --exclude "$3"'
    arguments = [package, folder, "*/addons/l10n_*"]
    shell = ["bash", "-o", "pipefail", "-c", script, "unpack", *arguments]
    commands.run("odoo", shell)


def _fill_gaps():
    """Put the icon font where links dangle, and a placeholder for a video filter."""
    fonts = HOME / "wheels/xstatic/pkg/font_awesome/data/fonts"
    web = SOURCE / "odoo/addons/web/static"
    for folder in (web / "lib/fontawesome/fonts", web / "src/libs/fontawesome/fonts"):
        for file in folder.iterdir():
            if not file.exists():
                file.unlink()
                shutil.copy(fonts / file.name, file)
    blur = SOURCE / "odoo/addons/mail/static/lib/selfie_segmentation"
    blur.mkdir(parents=True, exist_ok=True)
    text = "/* The filter that blurs a caller's background is not part of this. */\n"
    (blur / "selfie_segmentation.js").write_text(text)


# tools -------------------------------------------------------------------------------


def _install_browser():
    """Install the browser that the tests drive, unless one is there."""
    if not find_chrome():
        install("A browser for the tests", "chromium", "fonts-liberation")


def _install_node():
    """Install the formatters that come from npm, and Node.js itself where none is."""
    if not (shutil.which("node") and shutil.which("npm")):
        _pip(TOOLS, DEV / "requirements-node.txt")
    path = f"{os.environ['PATH']}:{TOOLS / 'bin'}"
    shutil.rmtree(NODE, ignore_errors=True)
    NODE.mkdir()
    quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
    npm = [shutil.which("npm", path=path), "install", "--prefix", NODE, *quiet]
    environment = dict(os.environ, PATH=path)
    commands.run("node", [*npm, *NODE_PACKAGES], env=environment, cwd=NODE)
