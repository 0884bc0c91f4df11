"""Tables of paradigms that users bring: each is read as it is and checked row by row, and bad rows are left out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from cvae.core.config import ModelConfig
from cvae.core.errors import BadConfig, BadData, TenseLabError
from cvae.core.settings import MB, limits
from cvae.core.text import counted, listed, quoted
from cvae.data.columns import (
    Column,
    columns_of_forms,
    features_column,
    first_row_names,
    is_plain_english,
    is_triple,
    is_word_list,
    names_triples,
    pivot,
)
from cvae.data.orthography import Orthography
from cvae.data.paradigms import names_of, signs_of, write_paradigms
from cvae.data.tables import DELIMITER_NAMES, NumberedRow, Sheet, decode_text, read_sheet, refuse_if_far_beyond
from cvae.data.verbs import Paradigm, Paradigms, all_spellings, verb_of
from cvae.data.vocabulary import (
    ENGLISH_ALPHABET,
    ENGLISH_TENSES,
    INVISIBLE,
    MAX_ALPHABET,
    MAX_TENSES,
    MIN_TENSES,
    Vocabulary,
    clean_name,
    fold_name,
    name_letter,
)
from cvae.data.workbook import is_workbook

BEGINNING = 10_000
"""The number of characters from which the kind of a large table is judged before it is read."""
SMALL, ENOUGH_TO_HOLD_OUT, HELD_OUT = 200, 50, 0.1
"""The number of verbs below which a table is small; that at which some are held out, and the share of these."""
SAMPLE = "sample_german"
"""The shipped table of another language, as `TrainConfig.data`."""


@dataclass(frozen=True)
class Problem:
    """The reason why a row is left out: its line, counted from 1, and one sentence."""

    line: int
    text: str


@dataclass(frozen=True)
class UserTable:
    """A table that a user brought, as it was understood.

    paradigms: its good rows, None when there is none; lines: where each stood in the file; header: whether the first
    row names the columns; columns: the names of all columns of forms, of which those `chosen` are read; notes:
    sentences that say how the table was understood.
    """

    paradigms: Paradigms | None
    lines: tuple[int, ...]
    problems: tuple[Problem, ...]
    header: bool
    columns: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The good rows as a data file that `read_paradigms` reads. Raises BadData, with the first reasons, if none."""
        if self.paradigms is None:
            raise BadData(self.refusal)
        return write_paradigms(self.paradigms)

    @property
    def refusal(self) -> str:
        """Why no row can be used: the first reasons."""
        why = " ".join(f"Line {problem.line}: {problem.text}" for problem in self.problems[:3])
        return f"No row of this table can be used. {why}".strip()

    def preview(self, count: int = 8) -> tuple[Paradigm, ...]:
        """Return the first good rows."""
        return self.paradigms.rows[:count] if self.paradigms else ()


def suggested_settings(verbs: int, tenses: int = MAX_TENSES) -> dict[str, Any]:
    """Return settings (dotted names) that suit a table of this many verbs in so many tenses.

    Small tables need small batches, many epochs and, for the sake of new verbs, invented ones. Some verbs are held out
    where there are enough. The one-hot tense takes half of the hidden size at most.
    """
    settings: dict[str, Any] = {"heldout": HELD_OUT if verbs >= ENOUGH_TO_HOLD_OUT else 0.0}
    if ENOUGH_TO_HOLD_OUT <= verbs < SMALL:
        settings |= {"invented": 1.0, "invented_longer": 2}
    if verbs < SMALL:
        settings |= {
            "model.embedding": 64, "model.hidden": 128, "model.latent": 16, "kl.maximum": 0.05, "batch_size": 16,
            "learning_rate.peak": 8e-3, "epochs": 150, "tense_dropout": 0.1, "draws": 100, "evaluate_every": 10,
        }  # fmt: skip
    hidden = settings.get("model.hidden", ModelConfig().hidden)
    while hidden < 2 * tenses:
        hidden *= 2
        settings["model.hidden"] = hidden
    return settings


@dataclass(frozen=True)
class FormColumns:
    """The rows of forms, of `width` cells, and what their columns are: `chosen` of `columns` are read.

    problems: those of rows that are left out already.
    """

    rows: Sequence[NumberedRow]
    width: int
    columns: Sequence[Column]
    chosen: Sequence[Column]
    header: bool
    notes: Sequence[str]
    problems: Sequence[Problem] = ()


def read_user_table(
    content: bytes,
    header: bool | None = None,
    chosen: Sequence[str] | None = (),
    capitals: bool = False,
    limited: bool = True,
) -> UserTable:
    """Return a table of any delimiter, or triples of lemma, form and features, see `cvae.data.columns`.

    header: whether the first row names the columns; with None, `first_row_names` decides. chosen: the names of the
    columns to read; the first eight when it is empty, and all when it is None. capitals: whether capitals are letters
    of their own. limited: whether the limits of the app hold. Four columns without names are the English tenses if they
    look like English. Raises BadData for a fault of the whole file.
    """
    allowed = limits()
    chosen = chosen and [*map(clean_name, chosen)]
    if limited and len(content) > allowed.table_mb * MB:
        raise BadData(f"This file is larger than {allowed.table_mb} MB: leave some rows out.")
    text = decode_text(content, "This file")
    if limited:  # triples have a line for each form
        beginning = read_sheet("".join(text[:BEGINNING].splitlines(keepends=True)[:-1]))
        width = 1 if features_column(beginning.rows) is None else 2 * MAX_TENSES
        refuse_if_far_beyond(width * allowed.training_rows, text, "that can be trained on here")
    sheet = read_sheet(text)
    if not sheet.rows:
        raise BadData("There is no verb in this file: write one a line, its forms separated by commas or spaces.")
    layout = _find_columns(sheet, header, chosen)
    if is_word_list(sheet.rows, layout.header):
        raise BadData(
            "This is a list of words to convert, with names of tenses: a table to train on has forms of one verb in "
            "each row."
        )
    cells = f"The cells are separated by {DELIMITER_NAMES.get(sheet.delimiter, sheet.delimiter)}."
    origin = "The first sheet of the workbook is read." if is_workbook(content) else cells
    names = [column.name for column in layout.columns]
    if absent := [name for name in chosen or () if name not in names]:
        raise BadData(f"There is no column {quoted(absent[0])} of forms, but {listed(names)}.")
    if not layout.rows:
        raise BadData("There is no verb below the names of the columns: write one a line.")
    if limited and len(layout.rows) > (most := allowed.training_rows):
        raise BadData(f"This table has {len(layout.rows):,} rows: at most {most:,} can be trained on here.")
    tenses = tuple(column.name for column in layout.chosen)
    named_alphabet = alphabet = signs_of(sheet.settings.get("alphabet", ""))
    if not alphabet and tenses == ENGLISH_TENSES and is_plain_english(layout.rows):
        alphabet = ENGLISH_ALPHABET
    _check_names(sheet, len(names), tenses, alphabet)
    dotless = any("ı" in cell or "İ" in cell for row in layout.rows for cell in row.cells)  # then I stands for ı
    notes = [origin, *layout.notes]
    if layout.header:
        named = filter(None, map(clean_name, sheet.rows[0].cells))
        notes.append(f"The first row names the columns: {listed(named)}.")
    if sheet.comments:
        notes.append(f"Comments, which begin with #, are left out: {counted(sheet.comments, 'line')}.")
    if any(cell != cell.translate(INVISIBLE) for row in sheet.rows for cell in row.cells):
        notes.append("Invisible signs, such as marks of direction, were dropped.")
    layout = replace(layout, notes=notes)
    return _check(layout, tenses, Orthography(alphabet, capitals, dotless, bool(named_alphabet)))


def _check_names(sheet: Sheet, columns: int, tenses: tuple[str, ...], alphabet: str) -> None:
    """Raise BadData for an alphabet or names of columns that can't be used, and for a single column."""
    named = "tenses" in sheet.settings
    if len(tenses) < MIN_TENSES <= columns:
        raise BadData("Choose at least two columns.")
    if columns < MIN_TENSES and not named:
        raise BadData("Each row needs at least two forms, separated by commas, semicolons, tabs or spaces.")
    where = "The line “# alphabet:”"
    try:
        Vocabulary(alphabet or "a")
        where = "The line “# tenses:”" if named else "The names of the columns"
        Vocabulary("a", tenses)
    except BadConfig as error:
        raise BadData(f"{where} can't be used. {error}") from error
    known: dict[str, str] = {}
    for name in tenses:
        if (same := known.setdefault(fold_name(name), name)) != name:
            raise BadData(f"Two columns are named {quoted(same)} and {quoted(name)}: rename one of them.")


def _find_columns(sheet: Sheet, header: bool | None, wanted: Sequence[str] | None) -> FormColumns:
    notes: list[str] = []
    place = features_column(sheet.rows[header is True :])
    if place is not None:
        header = names_triples(sheet.rows[0], place) if header is None else header
        below = sheet.rows[header:]
        names, rows, common = pivot([row for row in below if is_triple(row, place)], place)
        odd = [
            Problem(row.line, f"{len(row.cells)} cells, but a row of triples has 3: lemma, form and features.")
            for row in below
            if not is_triple(row, place)
        ]
        columns = [Column(i, name) for i, name in enumerate(names)]
        notes.append(
            f"Triples of lemma, form and features: {counted(len(rows), 'lemma')} in {counted(len(names), 'column')}."
        )
        chosen = [column for column in columns if wanted is None or column.name in (wanted or common)]
        return FormColumns(rows, len(names), columns, chosen, header, notes, odd)
    rows, given = list(sheet.rows), sheet.settings.get("tenses")
    if header is None:
        header = given is None and first_row_names(rows)
    first = rows.pop(0).cells if header else ()
    named = names_of(given) if given else [*map(clean_name, first)] or None
    width = len(named) if given and named else max(len(_trimmed(first)), Sheet(tuple(rows), "").width)
    columns, left_out = columns_of_forms(named, rows, width)
    if left_out:
        notes.append(f"Columns left out, because they hold no forms: {listed(left_out)}.")
    chosen = [column for column in columns if not wanted or column.name in wanted]
    if len(columns) > MAX_TENSES and wanted is not None and not wanted:
        notes.append(f"The first {MAX_TENSES} of {len(columns)} columns are chosen.")
        chosen = chosen[:MAX_TENSES]
    if not header:
        notes.append("The first row is a verb.")
    return FormColumns(rows, width, columns, chosen, header, notes)


def _trimmed(cells: Sequence[str]) -> Sequence[str]:
    """Return the cells up to the last one that is not empty."""
    return cells[: max((i + 1 for i, cell in enumerate(cells) if cell), default=0)]


def _check(layout: FormColumns, tenses: tuple[str, ...], spelling: Orthography) -> UserTable:
    """Read the verbs row by row; a row with a fault, or a repeated one, becomes a problem of the table."""
    names = tuple(column.name for column in layout.columns)
    found = dict.fromkeys(spelling.alphabet)
    rows: dict[Paradigm, int] = {}
    problems = list(layout.problems)
    for row in layout.rows:
        try:
            if len(_trimmed(row.cells)) > layout.width:
                raise BadData(f"{len(row.cells)} columns, but there are {layout.width} ({listed(names)}).")
            cells = [*row.cells, *[""] * (layout.width - len(row.cells))]
            verb = verb_of([spelling.words(cells[column.place]) for column in layout.chosen])
            if verb in rows:
                raise BadData(f"This row repeats line {rows[verb]}.")
            letters = dict.fromkeys(letter for form in sorted(all_spellings([verb])) for letter in form)
            if len(found | letters) > MAX_ALPHABET:
                new = next(letter for letter in letters if letter not in found)
                raise BadData(f"{name_letter(new)} is one letter too many: a table has at most {MAX_ALPHABET}.")
        except TenseLabError as error:
            problems.append(Problem(row.line, str(error)))
            continue
        found |= letters
        rows[verb] = row.line
    vocabulary = Vocabulary(spelling.alphabet or "".join(sorted(found)) or "a", tenses)
    paradigms = Paradigms(tuple(rows), vocabulary) if rows else None
    lines, notes = tuple(rows.values()), tuple(layout.notes)
    problems.sort(key=lambda problem: problem.line)
    return UserTable(paradigms, lines, tuple(problems), layout.header, names, tenses, notes)
