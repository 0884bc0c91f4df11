"""Excel workbooks (.xlsx) as the text of a table."""

import csv
import io
import zipfile
from collections.abc import Iterator
from typing import Any

from cvae.core.errors import BadData
from cvae.core.settings import MB

SIGNATURE = b"PK\x03\x04"
"""The first bytes of any ZIP archive."""
CONTENTS = "xl/workbook.xml"
"""The part of the ZIP archive that makes it a workbook."""
MAX_UNPACKED = 16 * MB
MAX_CELLS = 2_000_000


def is_workbook(content: bytes) -> bool:
    """Return whether the content of a file is a workbook, and not another ZIP archive."""
    if not content.startswith(SIGNATURE):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return CONTENTS in archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def workbook_text(content: bytes, name: str) -> str:
    """Return the first sheet of a workbook, its cells separated by tabs. Raises BadData, which calls the file `name`.

    Formulas give the values that were saved with them. The line of a row is the number that the row has in the sheet.
    """
    text = io.StringIO(newline="")
    try:
        _refuse_if_large(content, name)
        csv.writer(text, delimiter="\t", lineterminator="\n").writerows(_rows(content, name))
    except BadData:
        raise
    except Exception as error:  # openpyxl raises whatever the code raises that meets a damaged part
        raise BadData(f"{name} is a damaged Excel workbook: save the sheet as “CSV UTF-8” and try again.") from error
    return text.getvalue()


def _refuse_if_large(content: bytes, name: str) -> None:
    """Raise BadData for more than MAX_UNPACKED bytes in all parts; no more than a part declares is ever unpacked."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED:
            raise BadData(
                f"{name} is a workbook of over {MAX_UNPACKED // MB} MB unpacked: save the sheet as “CSV UTF-8”."
            )


def _rows(content: bytes, name: str) -> Iterator[list[str]]:
    from openpyxl import load_workbook  # imported late: it takes a tenth of a second, and few tables are workbooks

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    sheet = next(sheet for sheet in book.worksheets if sheet.sheet_state == "visible")
    sheet.reset_dimensions()  # rows are as long as they are, whatever size the sheet claims to have
    cells = 0
    for row in sheet.iter_rows(values_only=True):
        cells += len(row) + 1
        if cells > MAX_CELLS:
            raise BadData(f"{name} has a sheet of over {MAX_CELLS:,} cells: leave some out.")
        yield [_text(value) for value in row]


def _text(value: Any) -> str:
    """Return a cell on one line; whole numbers are without a point, as the sheet shows them."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else " ".join(str(value).split())
