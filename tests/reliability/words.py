"""Words that nobody would type: of all Unicode, control characters, right to left, a million letters."""

import random
from collections.abc import Iterator

from click.testing import CliRunner

from cvae.cli.main import cli
from cvae.inference.conversion import convert
from cvae.inference.word_lists import check_verb
from cvae.model.cvae import CVAE
from tests.reliability.tally import Tally

RANGES = {
    "ASCII": (0x20, 0x7E),
    "control characters": (0x00, 0x1F),
    "Latin": (0xA0, 0x24F),
    "combining": (0x300, 0x36F),
    "right to left": (0x590, 0x8FF),
    "formatting": (0x2000, 0x206F),
    "surrogates": (0xD800, 0xDFFF),
    "everything": (0x0, 0x10FFFF),
}
MILLION = 1_000_000
NASTY = (
    "", " ", "\0", "\n", "\u2028", "\ufeff", "\u202ewalk", "wa\u200dlk", "w\u0000alk", "walk\r\n", "\x1b[31mwalk",
    "İ", "ß", "ﬁnd",
    "'; drop table runs;--", "<script>alert(1)</script>", "${7*7}", "{0.__class__}", "%s%n", "../../etc/passwd", "=1+1",
    "a" * MILLION, "\u0301\u0323" * (MILLION // 2), "a" + "\u0323\u0301" * (MILLION // 2), " " * MILLION,
    "\0" * MILLION,
    "\U0001f468\u200d" * (MILLION // 2), "\u202e" * MILLION, "İ" * MILLION, "a " * (MILLION // 2),
)  # fmt: skip


def words(count: int, seed: int) -> Iterator[str]:
    """The nasty ones, then random ones: of one range or of all, a few letters among them, now and then a long one."""
    dice = random.Random(seed)
    yield from NASTY
    for _ in range(count - len(NASTY)):
        low, high = RANGES[dice.choice(list(RANGES))]
        length = dice.choice((1, 2, 5, 12, 32, 33, 40, dice.randint(100, 5000) if dice.random() < 0.05 else 8))
        letters = [chr(dice.randint(low, high)) for _ in range(length)]
        if dice.random() < 0.5:
            letters = [letter if dice.random() < 0.2 else dice.choice("walkingsed") for letter in letters]
        yield "".join(letters)


def try_words(model: CVAE, count: int, seed: int = 0) -> Tally:
    """Convert the words with the library, as the pages do."""
    tally = Tally("words")
    for word in words(count, seed):
        source = "p" if len(word) % 2 else None
        tally.take(lambda word=word, source=source: convert(model, [check_verb(word, model.vocabulary)], source), word)
    return tally


def try_words_on_the_command_line(count: int, seed: int = 1) -> Tally:
    """Give the words to the commands: a refusal is exit status 2 with one line on stderr and nothing on stdout."""
    tally = Tally("words on the command line")
    for i, word in enumerate(words(count, seed)):
        arguments = ["convert", "--json", "--", word] if i % 3 else ["sample", "-n", "2", "--verb", word]
        tally.take(lambda arguments=arguments: run(arguments), word)
    return tally


def run(arguments: list[str]) -> str:
    """Return what a command prints. Raises BadWord when it refuses; anything else is an AssertionError."""
    from cvae.core.errors import BadWord

    result = CliRunner().invoke(cli, arguments)
    if result.exit_code == 2 and isinstance(result.exception, SystemExit) and not result.stdout:
        raise BadWord(result.stderr.rstrip("\n"))
    assert result.exit_code == 0, repr(result.exception or result.stderr)
    return result.stdout
