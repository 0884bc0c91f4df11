"""A new process does not run the page that started it, and memory that was freed goes back to the system."""

import os
import signal
import subprocess
import sys

from cvae.core.process import handle_signals
from cvae.core.settings import ROOT

# A large block that was freed raises glibc's limit: the next one, half as large, would come out of the heap.
CODE = """
import ctypes
from cvae.core.process import return_large_blocks

class Info(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "arena ordblks smblks mapped".split() + ["rest"] * 6]

libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Info
if wanted:
    return_large_blocks()
large = bytearray(8 * 2**20)
del large
before = libc.mallinfo2().mapped
large = bytearray(4 * 2**20)
print(libc.mallinfo2().mapped - before)
"""


def mapped(wanted: bool) -> int:
    """Count the memory blocks that a large allocation maps after another one was freed."""
    code = f"wanted = {wanted}\n{CODE}"
    return int(subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True).stdout)


def test_a_large_block_is_always_one_of_its_own():
    assert mapped(wanted=False) == 0
    assert mapped(wanted=True) == 1


# As Streamlit does it: another visitor's thread makes its page the main script while the process is being started.
MAIN = """
import sys
from types import ModuleType
from cvae.core.process import hidden_main, process_context

page = ModuleType("__main__")
page.__file__ = sys.argv[1]
with hidden_main():
    sys.modules["__main__"] = page
    process = process_context(["json"]).Process(target=print, args=("worked",))
    process.start()
process.join()
"""


def test_a_page_that_becomes_the_main_script_meanwhile_is_not_run_in_a_new_process(tmp_path):
    page = tmp_path / "page.py"
    page.write_text("print('the page was run')")
    done = subprocess.run([sys.executable, "-c", MAIN, str(page)], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:-1] == ["worked"]


# Ctrl+C reaches the fork server while it imports this module; what it forks is interrupted as it asks to be.
INTERRUPTED = """
import os
import signal
from cvae.core.process import handle_signals

os.kill(os.getpid(), signal.SIGINT)

def work():
    handle_signals(lambda number, _: print("interrupted"), "SIGINT")
    os.kill(os.getpid(), signal.SIGINT)
"""
STARTING = """
import signal
from cvae.core.process import process_context, start_fork_server

start_fork_server(["interrupted"])
assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
signal.signal(signal.SIGINT, signal.SIG_IGN)
from interrupted import work

process = process_context(["interrupted"]).Process(target=work)
process.start()
process.join()
"""


def test_an_interrupt_leaves_the_fork_server_alone_and_reaches_what_it_forks(tmp_path):
    (tmp_path / "interrupted.py").write_text(INTERRUPTED)
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    done = subprocess.run([sys.executable, "-c", STARTING], capture_output=True, text=True, env=paths, check=True)
    assert (done.stdout, done.stderr) == ("interrupted\n", "")


def test_a_signal_that_is_ignored_stays_ignored_and_an_unknown_one_is_passed_over():
    before = {number: signal.getsignal(number) for number in (signal.SIGUSR1, signal.SIGUSR2)}
    try:
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        handle_signals(print, "SIGUSR1", "SIGUSR2", "SIGNOWHERE")
        assert signal.getsignal(signal.SIGUSR1) == signal.SIG_IGN and signal.getsignal(signal.SIGUSR2) is print
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
