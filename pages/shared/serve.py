"""Streamlit's command line, with the app's styles in its page, and told that the router decides about pages.

Streamlit takes a folder named `pages` for its older way of making pages until `st.navigation` was called once in the
life of a server: the first visitor who opens a link such as /convert would be told that there is no such page. Styles
that a script sends come after its first words, 0.3 s on a quiet machine and several seconds on a busy one: the code for
them is loaded late, and React holds back what comes late.
"""

import atexit
import logging
import os
import shutil
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from tempfile import mkdtemp
from threading import Thread, Timer

from streamlit import file_util, get_option
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.web.cli import main

NO_SCRIPT = "streamlit.runtime.scriptrunner_utils.script_run_context"
"""The logger of the warning that Streamlit is used outside of the script of a page."""
SETTLED = 10.0
"""Seconds from the start of the server until a browser that was opened with it has Home, and is no longer busy."""
LARGEST_UPLOADS = 2
"""How many files of the largest size a session may keep: one that is in use, and one that takes its place."""


def serve_styles(*sheets: Path) -> None:
    """Have Streamlit serve a copy of its page that ends with these style sheets, where they come after its own."""
    theirs, ours = Path(file_util.get_static_dir()), Path(mkdtemp(prefix="tense-lab-"))
    atexit.register(shutil.rmtree, ours, ignore_errors=True)
    for each in theirs.iterdir():
        try:
            (ours / each.name).symlink_to(each, each.is_dir())
        except OSError:  # Windows wants a privilege for that
            (shutil.copytree if each.is_dir() else shutil.copy)(each, ours / each.name)
    page, styles = ours / "index.html", "".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
    text = page.read_text(encoding="utf-8").replace("</body>", f"<style>{styles}</style></body>")
    page.unlink()
    page.write_text(text, encoding="utf-8")
    file_util.get_static_dir = lambda: str(ours)
    os.environ["TENSE_LAB_STYLED"] = "yes"


def bound_uploads() -> None:
    """Have Streamlit forget the oldest files of a session that has uploaded too much.

    It takes every file that is sent to an open session, though no widget asked for it, and keeps it while that lasts.
    """
    add = MemoryUploadedFileManager.add_file

    def add_and_bound(self: MemoryUploadedFileManager, session_id: str, file: UploadedFileRec) -> None:
        add(self, session_id, file)
        kept = list(self.file_storage.get(session_id, {}).values())
        while sum(len(each.data) for each in kept) > LARGEST_UPLOADS * get_option("server.maxUploadSize") * 2**20:
            self.remove_file(session_id, kept.pop(0).file_id)

    MemoryUploadedFileManager.add_file = add_and_bound  # type: ignore[method-assign]


def prepare_first_answer(model: str) -> None:
    """Import what the first page needs, and keep what the first answer of this model is made of."""
    for name in ("PIL.Image", "pandas"):
        import_module(name)
    import_module("pages.home.word").warm(model, "went")  # by its name, as the router names the pages


def prepare_map(model: str) -> None:
    """Encode the verbs of the Latent page's map, which takes seconds: while the first visitor is on Home."""
    import_module("pages.latent.parts").warm(model)


if __name__ == "__main__":
    PagesManager.uses_pages_directory = False
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # as in streamlit_app.py, before which torch is imported here
    sys.path.insert(0, str(Path(__file__).parents[2]))
    logging.getLogger(NO_SCRIPT).addFilter(lambda record: False)
    from cvae.core.settings import DEFAULT_MODEL
    from cvae.web import PALETTE

    with suppress(OSError):  # without a folder for temporary files the script brings the styles
        serve_styles(PALETTE, Path(__file__).parent / "style.css")
    bound_uploads()
    # Where they fail, the server starts all the same. What is in torch is no daemon: a process that ends there aborts.
    preparing = Thread(target=prepare_first_answer, args=[DEFAULT_MODEL])
    preparing.start()
    print("Loading the models …", flush=True)
    try:
        preparing.join()  # done beside the first visitor, it would take as long and delay the page besides
    except KeyboardInterrupt:
        sys.exit(130)
    waiting = Timer(SETTLED, Thread(target=prepare_map, args=[DEFAULT_MODEL]).start)
    waiting.daemon = True
    waiting.start()
    main(prog_name="streamlit")
