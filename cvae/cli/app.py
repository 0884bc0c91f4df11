"""The command `app`, which serves the app."""

import runpy
import sys

import click

from cvae.core.settings import ROOT


@click.command("app", context_settings={"ignore_unknown_options": True}, options_metavar="[STREAMLIT OPTIONS]")
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="")
def app_command(options: tuple[str, ...]) -> None:
    """Serve the app at http://localhost:8501; takes what `streamlit run` does, such as --server.port 8502."""
    sys.argv = ["streamlit", "run", str(ROOT / "streamlit_app.py"), *options]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
