"""The command line: `python -m cvae`."""

from cvae.cli.main import cli

if __name__ == "__main__":
    cli(prog_name="python -m cvae")
