"""What every visitor does: wait until the app has answered, and keep a file."""

import csv
import re
from pathlib import Path

from playwright.sync_api import Page, expect


def wait_until_still(page: Page) -> None:
    """Until the script has run to its end."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def keep(page: Page, button: str | re.Pattern, folder: Path) -> Path:
    """The file that comes of a click on the first button of this name."""
    wait_until_still(page)
    with page.expect_download() as event:
        page.get_by_role("button", name=button).first.click()
    path = folder / event.value.suggested_filename
    event.value.save_as(path)
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    """Its rows."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
