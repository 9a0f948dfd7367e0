"""The console in Bochs: keys come in by its display's protocol, and the picture
that is shown has to be the text that COM1 got.

Bochs' display loses a key now and then: the thread that takes keys and the one
that presses them share a flag without a lock (gui/rfb.cc). So what was not
typed as it should is erased and typed again.
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import time

import rfb
from keyboard import NAMED, PAIRS
from pinenut import emu, paths, tap

PATIENCE = 60                      # seconds, far more than anything takes
LOST = 5                           # seconds without an echo: type it again
TRIES = 6
ROWS, COLUMNS = 25, 80
WIDTH, HEIGHT, TOP = 9, 16, 32     # pixels of a cell; of Bochs' tool bar
PROMPT = "pinenut> "
HELPED = "stop the machine"        # by help
WORDS = ("small ports=3f8+8 irq=4 ports=60+1 ports=64+1 irq=1 ports=3d4+2 "
         "device=b8000+8000")
SHIFT, CONTROL = 0xFFE1, 0xFFE3
KEYS = {"\r": 0xFF0D, "backspace": 0xFF08, "delete": 0xFFFF, "home": 0xFF50,
        "left": 0xFF51, "up": 0xFF52, "right": 0xFF53, "down": 0xFF54,
        "end": 0xFF57, "caps": 0xFFE5}
SHIFTED = {**{shifted: plain for plain, shifted in PAIRS.items()},
           **{shifted: plain for plain, (_, shifted) in NAMED.items()}}


class Bochs:
    """sigma0, the root server and the console's driver, booted by GRUB: the
    BIOS switches the text mode on."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        emu.bochs_config(self.folder, paths.kernel(), "", [
            paths.program("sigma0"), paths.program("root"),
            (paths.program("console"), WORDS), paths.program("echo")],
            "pentium", 64, "iso")
        self.child = None
        for _ in range(10):        # other Bochs may have all of its 50 ports
            self.begin()
            port = self.port()
            if port:
                break
            self.end()
        self.display = rfb.Client(port, PATIENCE)

    def begin(self):
        (self.folder / "log.txt").unlink(missing_ok=True)
        with open(self.folder / "output", "wb") as output:
            self.child = subprocess.Popen(
                emu.BOCHS_COMMAND, cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT)

    def end(self):
        self.child.kill()
        self.child.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.display.close()
        self.end()

    def until(self, condition, patience=PATIENCE):
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def read(self, name):
        path = self.folder / name
        if not path.exists():
            return ""
        return path.read_text("utf-8", "replace").replace("\r", "")

    def port(self):
        """Where it listens, by its log; None if it has no port."""
        def found():
            return re.search(r"listening for connections on port (\d+)",
                             self.read("log.txt"))
        self.until(lambda: found() or self.child.poll() is not None)
        return int(found().group(1)) if found() else None

    def printed(self):
        return self.read("com1.txt")

    def press(self, key, *held):
        for symbol in held:
            self.display.key(symbol, 1)
        symbol = KEYS[key] if key in KEYS else ord(key)
        self.display.key(symbol, 1)
        self.display.key(symbol, 0)
        for symbol in held:
            self.display.key(symbol, 0)

    def hit(self, key, *held):
        """Press it, and see that COM1 shows something for it."""
        before = len(self.printed())
        self.press(key, *held)
        return self.until(lambda: len(self.printed()) > before, LOST)

    def erase(self):
        for symbol in SHIFT, CONTROL:
            self.display.key(symbol, 0)
        self.hit("u", CONTROL)

    def type_once(self, text):
        """Is it on the line, and nothing else?"""
        before = len(self.printed())
        for character in text:
            plain = SHIFTED.get(character, character.lower())
            self.hit(plain, *[SHIFT] * (plain != character))
        return self.printed()[before:] == text

    def type(self, text):
        for _ in range(TRIES):
            if self.type_once(text):
                break
            self.erase()

    def enter(self):
        """What is printed up to the next prompt."""
        before = len(self.printed())
        for _ in range(TRIES):
            if self.hit("\r"):
                break
        self.until(lambda: self.printed()[before:].endswith("\n" + PROMPT))
        return self.printed()[before:]

    def command(self, text):
        self.type(text)
        return text + self.enter()

    def cells(self):
        """The picture of each cell, row by row."""
        pixels, width = self.display.picture(), self.display.width
        return [[b"".join(pixels[y * width + x:y * width + x + WIDTH]
                          for y in range(TOP + row * HEIGHT,
                                         TOP + (row + 1) * HEIGHT))
                 for x in range(0, COLUMNS * WIDTH, WIDTH)]
                for row in range(ROWS)]

    def shows_what_is_printed(self):
        """Wait until each character of the last rows has a picture of its own,
        everywhere the same; the cursor is left out."""
        return self.until(self.is_shown)

    def is_shown(self):
        lines = self.printed().split("\n")[-ROWS:]
        rows = [line[i:i + COLUMNS].ljust(COLUMNS) for line in lines
                for i in range(0, max(len(line), 1), COLUMNS)][-ROWS:]
        pictures = {}
        for number, (row, cells) in enumerate(zip(rows, self.cells())):
            if number == ROWS - 1:
                row = row[:len(PROMPT)]
            for character, cell in zip(row, cells):
                if pictures.setdefault(character, cell) != cell:
                    return False
        return len(rows) == ROWS and (len(set(pictures.values()))
                                      == len(pictures) > 20)


def is_edited(bochs):
    """"help" in a roundabout way; then nothing is left of the line."""
    bochs.type("lpx")
    for key in "home", "e", "left", "h", "end", "left", "delete":
        bochs.hit(key)
    return HELPED in bochs.enter()


def is_locked(bochs):
    bochs.hit("x")
    if bochs.printed().endswith("X"):
        bochs.press("caps")        # once it was lost
    bochs.erase()
    bochs.press("caps")
    bochs.hit("a")
    bochs.press("caps")
    bochs.hit("b")
    return "\nAb: no such command" in bochs.enter()


def is_remembered(bochs):
    bochs.hit("up")
    return "\nAb: no such command" in bochs.enter()


def in_some_try(test, bochs):
    return any(test(bochs) for _ in range(TRIES))


def is_typed_at(checks, bochs):
    bochs.until(lambda: bochs.printed().endswith("\n" + PROMPT))
    checks.ok(HELPED in bochs.command("help"),
              "the shell answers to the keyboard", bochs.printed())
    line = "aZ1!'\":;/?\\|[{-_=+`~"
    checks.ok(f"{line}: no such command" in bochs.command(line),
              "plain and shifted characters", bochs.printed())
    checks.ok(in_some_try(is_edited, bochs),
              "Home, End, Delete and arrows move in the line", bochs.printed())
    checks.ok(in_some_try(is_locked, bochs), "Control and Caps Lock",
              bochs.printed())
    checks.ok(in_some_try(is_remembered, bochs),
              "the arrow up brings the last line", bochs.printed())


def is_shown(checks, bochs):
    bochs.command("help")
    bochs.command("help")
    checks.ok(bochs.shows_what_is_printed(),
              "the picture is what COM1 got, character by character",
              bochs.printed())


def comes_back(checks, bochs):
    bochs.command("restart console")
    checks.ok(HELPED in bochs.command("help"),
              "a driver that is started again has its keyboard",
              bochs.printed())
    bochs.command("help")
    checks.ok(bochs.shows_what_is_printed(), "and its screen",
              bochs.printed())


def main():
    checks = tap.Checks()
    with tempfile.TemporaryDirectory() as folder, Bochs(folder) as bochs:
        for test in is_typed_at, is_shown, comes_back:
            test(checks, bochs)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
