"""Files that a visitor keeps."""

import csv
import re
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.server import settle


def keep(page: Page, button: str | re.Pattern, folder: Path) -> Path:
    """The file that comes of a click on the first button of this name."""
    settle(page)
    with page.expect_download() as event:
        page.get_by_role("button", name=button, exact=True).first.click()
    path = folder / event.value.suggested_filename
    event.value.save_as(path)
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read the rows of a CSV file."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
