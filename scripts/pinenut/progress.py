"""How far a long job is: one line on standard error that rewrites itself, and
only if that is a terminal; files and pipes see nothing.

    Line("sensitivity")             show(text) by whoever knows how far it is
    Ticker("building")              the seconds that have passed
    Ticker("measuring", how_far)    and what how_far() says
    part("2 of 6: ")                goes in front of all that is shown inside
"""

import contextlib
import shutil
import sys
import threading
import time

PERIOD = 0.5                       # seconds between two looks
_prefix = ""


@contextlib.contextmanager
def part(text):
    global _prefix
    before, _prefix = _prefix, text
    try:
        yield
    finally:
        _prefix = before


class Line:
    """Gone when the `with` ends, so that results stand alone."""

    def __init__(self, what, stream=None):
        self._what, self._stream = what, stream or sys.stderr
        self._on = self._stream.isatty()

    def show(self, text):
        if self._on:
            width = shutil.get_terminal_size().columns - 1
            line = f"{_prefix}{self._what}: {text}"[:width]
            self._write(f"\r{line}\x1b[K")

    def _write(self, text):
        self._stream.write(text)
        self._stream.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._on:
            self._write("\r\x1b[K")


class Ticker(Line):
    """Shows by itself, from a thread of its own, while something runs."""

    def __init__(self, what, how_far=None, stream=None):
        super().__init__(what, stream)
        self._how_far = how_far
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        begin = time.monotonic()
        while not self._end.wait(PERIOD):
            far = f"{self._how_far()}, " if self._how_far else ""
            self.show(f"{far}{time.monotonic() - begin:.0f} s")

    def __enter__(self):
        if self._on:
            self._thread.start()
        return self

    def __exit__(self, *_):
        if self._on:
            self._end.set()
            self._thread.join()
        super().__exit__()


def counted(path, pattern, of):
    """A how_far(): the lines with `pattern` in a file that grows."""
    def how_far():
        text = path.read_bytes() if path.exists() else b""
        return f"{text.count(pattern)} of {of}"
    return how_far
