"""The model in a browser: encoder, decoder and their picture in plain JavaScript, in the app and as a static page."""

from pathlib import Path

PALETTE = Path(__file__).parent / "palette.css"
"""The colours of the app and of the static page, by name."""
