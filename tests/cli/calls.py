"""The command line, called in this process."""

from click.testing import CliRunner, Result

from cvae.cli.main import cli


def run(*arguments: object) -> Result:
    """What becomes of the command with these arguments."""
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def fails_with(result: Result, sentence: str) -> bool:
    """True when a call ended with one line on stderr that has this sentence, and nothing else."""
    assert result.exit_code == 2, result.output
    assert sentence in result.stderr and len(result.stderr.strip().splitlines()) == 1
    assert result.stdout == ""
    return True
