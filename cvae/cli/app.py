"""The command `app`, which serves the app."""

import runpy
import sys

import click

from cvae.core.settings import ROOT


@click.command("app")
@click.option("--port", type=click.IntRange(1, 65535), help="The first free one from 8501 on, without this option.")
@click.option("--address", help="The address to listen at, such as 127.0.0.1; all of this machine's without it.")
def app_command(port: int | None, address: str | None) -> None:
    """Serve the app in the browser, until Ctrl+C. Streamlit's own settings are read from STREAMLIT_ variables."""
    options = {"--server.port": port, "--server.address": address}
    given = [f"{name}={value}" for name, value in options.items() if value is not None]
    sys.argv = ["streamlit", "run", str(ROOT / "streamlit_app.py"), *given]
    runpy.run_path(str(ROOT / "pages" / "shared" / "serve.py"), run_name="__main__")
