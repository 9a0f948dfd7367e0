"""The console on screen and keyboard, as somebody sees it who sits before the
machine: QEMU's monitor presses the keys, and what is shown is read out of the
VGA's memory."""

import pathlib
import re
import select
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "boot"))

from console import PROMPT
from keyboard import qemu_key
from machine import Machine
from pinenut import paths, tap

MEMORY, BYTES = 0xB8000, 0x8000
ROWS, COLUMNS = 25, 80
OURS = 2048                        # cells of the kernel's screen, and some more
CRTC, START, CURSOR = 0x3D4, 0x0C, 0x0E
HELPED = "stop the machine"        # by help
QEMU_PROMPT = b"(qemu) "
LINE = "ports=3f8+8 irq=4"
KEYBOARD = "ports=60+1 ports=64+1 irq=1"
SCREEN = "ports=3d4+2 device=b8000+8000"
KILLS = 7                          # the back-off doubles with each
GONE = "the console's driver is gone: from here on it is the kernel's"


class Console(Machine):
    """sigma0, the root server and `modules` behind them."""

    def __init__(self, folder, *modules, options=(), stays=False):
        super().__init__(folder, options=options, stays=stays, modules=[
            paths.program("sigma0"), paths.program("root"), *modules])
        self.line = self.connect("com1")
        self.monitor = self.connect("monitor")
        self.monitor_says()
        self.printed = ""          # on COM1

    def monitor_says(self):
        """All up to the monitor's prompt."""
        said = b""
        while not said.endswith(QEMU_PROMPT):
            said += self.monitor.recv(4096)
        return said.decode("utf-8", "replace")

    def ask_monitor(self, command):
        self.monitor.sendall(command.encode() + b"\n")
        return self.monitor_says()

    def read_line(self):
        """Take what has come by COM1, so that it goes on."""
        while select.select([self.line], [], [], 0)[0]:
            data = self.line.recv(65536)
            if not data:
                break
            self.printed += data.decode("utf-8", "replace").replace("\r", "")
        return self.printed

    def port(self, number):
        return int(re.search(r"= 0x(..)", self.ask_monitor(
            f"i /b {number:#x}")).group(1), 16)

    def register(self, number):
        """A pair of the VGA's registers: high byte, low byte."""
        value = 0
        for n in number, number + 1:
            self.ask_monitor(f"o /b {CRTC:#x} {n:#x}")
            value = value << 8 | self.port(CRTC + 1)
        return value

    def vga(self):
        """Its memory, start and cursor, at one moment, and as if nobody had
        looked."""
        self.ask_monitor("stop")
        chosen = self.port(CRTC)
        self.ask_monitor(f"pmemsave {MEMORY:#x} {BYTES} vga")
        start, cursor = self.register(START), self.register(CURSOR)
        self.ask_monitor(f"o /b {CRTC:#x} {chosen:#x}")
        self.ask_monitor("cont")
        return (self.folder / "vga").read_bytes(), start, cursor

    def screen(self):
        """The rows that are shown."""
        self.read_line()
        memory, start, _ = self.vga()
        text = memory[2 * start:2 * (start + ROWS * COLUMNS):2].decode("cp437")
        return [text[i:i + COLUMNS].rstrip(" \0")
                for i in range(0, len(text), COLUMNS)]

    def start(self):
        return self.vga()[1]

    def cursor(self):
        """Row and column, on what is shown."""
        _, start, cursor = self.vga()
        return divmod(cursor - start, COLUMNS)

    def shows(self, *wanted):
        """Wait until the last rows that are not empty end with these."""
        def is_so():
            rows = [row for row in self.screen() if row]
            return [row.rstrip() for row in rows[-len(wanted):]] == [
                row.rstrip() for row in wanted]
        return self.until(is_so)

    def has(self, text):
        """Wait until some row has the text."""
        return self.until(lambda: any(text in row for row in self.screen()))

    def press(self, *keys):
        for key in keys:
            self.ask_monitor(f"sendkey {key} 1")

    def type(self, text):
        """A character at a time, each seen before the next; the prompt's row is
        the last."""
        self.shows_typed("")
        for n in range(len(text)):
            self.press(qemu_key(text[n]))
            if not self.shows_typed(text[:n + 1]):
                break

    def shows_typed(self, text):
        return self.shows(PROMPT + text)

    def command(self, text):
        """Type it and press Enter; the next prompt is waited for."""
        self.type(text)
        self.press("ret")
        self.until(lambda: self.is_answered(text))
        return self.screen()

    def is_answered(self, text):
        rows = [row.rstrip() for row in self.screen() if row]
        return rows[-1:] == [PROMPT.rstrip()] and (
            PROMPT + text in rows or len(rows) == ROWS)

    def send_line(self, text):
        """Type on COM1."""
        self.line.sendall(text.encode())

    def state(self):
        return "\n".join([*self.screen(), "-- COM1", self.printed[-2000:]])


def description(folder, text):
    path = pathlib.Path(folder) / "system"
    path.write_text(text)
    return path


SYSTEM = """\
server console
    place    small
    priority 220
    restart  always
    ports    3f8+8 60+1 64+1 3d4+2
    irq      4 1
    device   b8000+8000
server echo
"""


def is_taken_over(checks, console):
    checks.ok(console.shows_typed("") and console.has(
        "console: line works, keyboard works, screen works"),
        "the prompt is on the screen, below what the kernel has printed",
        console.state())
    rows = console.screen()
    last = max(n for n in range(ROWS) if rows[n])
    checks.equal(console.cursor(), (last, len(PROMPT)),
                 "the cursor stands behind it")
    checks.ok(console.start() >= OURS, "the kernel's own screen is "
              "elsewhere", console.state())


def is_typed_at(checks, console):
    rows = console.command("help")
    checks.ok(any(HELPED in row for row in rows),
              "the shell answers to the keyboard", console.state())
    line = "aZ19-=[];'`\\,./!@#$%^&*()_+{}:\"~|<>?"
    console.type(line)
    checks.ok(console.shows_typed(line), "every character can be typed",
              console.state())
    console.press("home", "delete", "right", "x", "end", "left", "y")
    edited = line[1:2] + "x" + line[2:-1] + "y" + line[-1]
    checks.ok(console.shows_typed(edited),
              "Home, Delete, End and arrows move in it", console.state())
    console.press("ctrl-u", "end")
    console.press(*["backspace"] * len(edited))
    checks.ok(console.shows_typed(""), "Control and backspace erase it",
              console.state())
    console.press("caps_lock", "a", "1", "caps_lock", "a")
    checks.ok(console.shows_typed("A1a"), "Caps Lock locks", console.state())
    console.press("backspace", "backspace", "backspace", "up")
    checks.ok(console.shows_typed("help"), "the arrow up brings the last line",
              console.state())
    console.press("down")
    console.shows_typed("")


def shows_others(checks, console):
    rows = console.command("restart echo")
    checks.ok(any(row.startswith("root: echo: thread ") for row in rows),
              "what the supervisor says is on the screen, too", console.state())


def has_two_ends(checks, console):
    """COM1 and the screen show the same, and both are typed at."""
    console.send_line("ping echo\r")
    checks.ok(console.has("echo answered 1 words"),
              "what is typed on COM1 shows on the screen", console.state())
    console.shows_typed("")
    console.command("ping console")
    checks.ok(console.until(lambda: "console answered" in console.read_line()),
              "what is typed on the keyboard shows on COM1", console.state())


def scrolls(checks, console):
    """Several times through the whole of the VGA's memory."""
    last = "line-599"
    console.send_line("".join(f"line-{n:03}\r" for n in range(600)))
    checks.ok(console.shows(f"{last}: no such command: try help", PROMPT),
              "it scrolls on and on", console.state())

    def is_the_same():
        printed = console.read_line().split("\n")
        return console.screen() == [row.rstrip() for row in printed[-ROWS:]]

    checks.ok(console.until(is_the_same),
              "and shows what COM1 shows, all 25 rows", console.state())
    checks.equal(console.cursor(), (ROWS - 1, len(PROMPT)),
                 "with the cursor in the last")


def comes_back(checks, console):
    """One prompt stands there from before, the next is the new driver's."""
    before = console.read_line().count(PROMPT)
    console.type("restart console")
    console.press("ret")
    console.until(lambda: console.read_line().count(PROMPT) > before)
    checks.ok(console.shows("console is restarted", PROMPT)
              and console.has("line-599") and console.start() >= OURS,
              "a driver that is started again goes on below what was there",
              console.state())
    checks.ok(any(HELPED in row for row in console.command("help")),
              "and has its keyboard", console.state())


def goes(checks, console):
    console.type("kill console")
    console.press("ret")
    checks.ok(console.has(GONE) and console.start() == 0,
              "when it is gone, the kernel's screen is shown",
              console.state())
    console.send_line("start console\r")
    console.has("console is started")
    rows = console.command("help")
    checks.ok(any(HELPED in row for row in rows),
              "until it is started again", console.state())
    console.type("halt")
    console.press("ret")
    checks.equal(console.ended(), 0, "halt halts")


def sits_before_it(checks):
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory(
            ) as other, Console(folder, description(other, SYSTEM),
                                paths.program("console"),
                                paths.program("echo")) as console:
        for test in (is_taken_over, is_typed_at, shows_others, has_two_ends,
                     scrolls, comes_back, goes):
            test(checks, console)


def is_killed(checks):
    """Again and again, at any instruction, while it is typed at: keys can be
    lost, the keyboard can't."""
    text = SYSTEM.replace("always", "always\n    retries  1000\n"
                          "    backoff  1 ms\n    killed   150 ms", 1)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory(
            ) as other, Console(folder, description(other, text),
                                paths.program("console"),
                                paths.program("echo")) as console:
        def is_asked(keys):
            console.press(*keys)
            return any(HELPED in row for row in console.screen())

        def is_worn():
            console.press("a", "b", "backspace")
            return console.console().count("killed at random") > KILLS

        checks.ok(console.until(is_worn), "it is killed while it is typed at",
                  console.console())
        checks.ok(console.until(lambda: is_asked(["ret", *"help", "ret"])),
                  "and answers in between, by keyboard and screen",
                  console.state() + console.console()[-2000:])


def panics(checks):
    """The last thing to see is the kernel's."""
    with tempfile.TemporaryDirectory() as folder, Console(
            folder, (paths.program("console"), f"small {LINE} {SCREEN}"),
            (paths.program("args"), "a b"),
            stays=True) as console:
        checks.ok(console.until(lambda: {PROMPT.rstrip(), "args: arguments: a b"}
                                <= set(console.screen()))
                  and console.start() >= OURS,
                  "the driver's screen is shown, with what programs print, each "
                  "in lines of its own", console.state())
        console.ask_monitor("nmi")
        checks.ok(console.has("pinenut: panic: NMI") and console.start() == 0,
                  "a panic shows itself", console.state())


def with_parts(checks, words, told, *, screen, keyboard, options=()):
    """The driver does what it was given, and says so."""
    with tempfile.TemporaryDirectory() as folder, Console(
            folder, (paths.program("console"), f"small {words}"),
            options=options) as console:
        said = console.says(told) and console.says("root: this console is its ")
        if screen:
            console.shows_typed("")
        else:
            said &= console.until(lambda: PROMPT in console.read_line())
        if keyboard:
            console.press("h", "e", "l", "p", "ret")
        else:
            console.send_line("help\r")
        said &= (console.has(HELPED) if screen else console.until(
            lambda: HELPED in console.read_line()))
        checks.ok(said, f"{told}: so it is", console.state())


def main():
    checks = tap.Checks()
    sits_before_it(checks)
    is_killed(checks)
    panics(checks)
    with_parts(checks, f"{KEYBOARD} {SCREEN}",
               "console: line not given, keyboard works, screen works",
               screen=True, keyboard=True)
    with_parts(checks, f"{LINE} {KEYBOARD}",
               "console: line works, keyboard works, screen not given",
               screen=False, keyboard=True)
    with_parts(checks, f"{LINE} {KEYBOARD} {SCREEN}",
               "console: line works, keyboard not there, screen not there",
               screen=False, keyboard=False,
               options=["-machine", "pc,i8042=off", "-vga", "none"])
    with_parts(checks, f"{LINE} ports=60+1 irq=1 device=b8000+1000",
               "console: the keyboard wants all of this: ports=60+1 ports=64+1 "
               "irq=1", screen=False, keyboard=False)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
