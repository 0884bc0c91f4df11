"""Laws of the lock files: nothing is installed in a version that they do not name."""

import re

import pytest

from cvae.core.settings import ROOT
from tests.supply.licences import is_accepted
from tests.supply.packages import installed_for_all, licence, locked, read_requirements


def test_every_version_that_is_asked_for_is_the_locked_one():
    known = locked("app", "torch", "dev", "cluster", "tools")
    for path in ROOT.glob("requirements*.txt"):
        for wanted in read_requirements(path):
            assert str(wanted.specifier) == f"=={known[wanted.name]}", path.name


def test_what_is_installed_is_what_is_locked():
    known = locked("app", "torch", "dev")
    found = installed_for_all()
    assert {name: package.version.partition("+")[0] for name, package in found.items()}.items() <= known.items()
    assert len(found) > 40


@pytest.mark.parametrize("name", ["app", "dev", "cluster", "tools"])
def test_every_locked_package_has_a_hash(name):
    text = (ROOT / "locks" / f"{name}.txt").read_text()
    packages = re.findall(r"^[a-z0-9-]+==", text, re.MULTILINE)
    hashed = re.findall(r"^[a-z0-9-]+==.*\\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)
    assert len(hashed) == len(packages) > 0


def test_every_licence_is_permissive_or_mpl():
    assert not [name for name, package in installed_for_all().items() if not is_accepted(licence(package))]


@pytest.mark.parametrize(
    "text",
    [
        "All rights reserved. DISCLAIMER",
        "MISCellaneous",
        "Python-style proprietary EULA",
        "Elastic License; MIT parts",
        "MIT OR AGPL-3.0",
        "MIT for non-commercial use",
        "",
    ],
)
def test_a_licence_is_not_accepted_for_some_of_its_letters(text):
    assert not is_accepted(text)
