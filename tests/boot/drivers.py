"""The console goes through its driver, in a small space: bytes and interrupts
are counted there, a paste of several KB arrives whole, the kernel leaves what
is typed alone. When the driver is missing, useless or dead, the kernel's
console takes over."""

import re
import sys
import tempfile

from console import CONSOLE, PATIENCE, PROMPT, Typist
from pinenut import paths, tap

MACHINES = [("qemu", []), ("bochs", ["--bochs"])]
LINES = 250                        # of the paste, 24 bytes each
INFO = re.compile(r"console: (\d+) interrupts, (\d+) bytes in, "
                  r"(\d+) out, (\d+) overruns")
OURS = "this console is its driver's"
HEAVY = CONSOLE + """\
server heavy
    image    drivers_heavy
    restart  always
"""
KERNELS = "no driver for the console: it is the kernel's"
GONE = "the console's driver is gone: from here on it is the kernel's"


def info(typist):
    """(interrupts, bytes in, bytes out, overruns), by the monitor's word."""
    found = INFO.search(typist.command("info"))
    return [int(word) for word in found.groups()] if found else [0] * 4


def is_small(typist, name):
    """Does ps show it in a small space?"""
    return re.search(rf"^ +{name} +\d+\.\d+ +small ",
                     typist.command("ps"), re.MULTILINE)


def paste(typist, count=LINES, first="", is_alone=True):
    """Lines that are no commands, all at once, behind `first`; (are all of them
    answered, what was said). If others print meanwhile, parts of the echo are
    shown several times."""
    lines = [f"line-{n:03}-abcdefghijklmn" for n in range(count)]
    start, last = len(typist.said), f"{lines[-1]}: no such command: try help\r\n"
    typist.type((first + "".join(f"{line}\r" for line in lines)).encode())
    if typist.wait_for(last, start):
        typist.wait_for(PROMPT, typist.said.index(last, start))
    said = typist.said[start:].replace("\r\n", "\n")
    answers = re.findall(r"^(\S*): no such command: try help$", said,
                         re.MULTILINE)
    echoes = re.findall(r"^(?:pinenut> )?(line-\S*)$", said, re.MULTILINE)
    return answers == lines and (echoes == lines or not is_alone), said


def counted(checks, name, typist):
    before = info(typist)
    after = info(typist)
    checks.ok(before[0] > 0 and after[0] > before[0],
              f"{name}: the driver has served interrupts", typist.said)
    checks.equal(after[1] - before[1], len("info\r"),
                 f"{name}: it counts what is typed")
    checks.ok(after[2] - before[2] > 200,
              f"{name}: it counts what is printed", f"{before} {after}")


def survives_a_paste(checks, name, typist):
    whole, said = paste(typist)
    checks.ok(whole, f"{name}: a paste of {LINES} lines arrives whole", said)
    checks.equal(info(typist)[3], 0, f"{name}: the UART was never overrun")


def waits_for_the_reader(checks, name, typist):
    """More than the driver has room for, while the monitor is busy for a
    second. Only QEMU's UART keeps what comes too fast."""
    whole, said = paste(typist, 3 * LINES, "ping console\r")
    checks.ok("console answered" in said and whole,
              f"{name}: the driver lets the other side wait", said)


def moves(checks, name, typist):
    said = typist.ask(b"large console\r", "console is large\r\n" + PROMPT)
    checks.ok(PROMPT in said and not is_small(typist, "console"),
              f"{name}: the driver works on in a large space", said)
    typist.ask(b"small console\r", PROMPT)
    checks.ok(is_small(typist, "console"), f"{name}: and in a small one again",
              typist.said)


def dies(checks, name, typist):
    """What is typed together with its end is not lost either."""
    said = typist.ask(b"kill console\rps\rkill rtc\r", "rtc is killed")
    checks.ok(said.count(GONE) == 1 and "console is killed\n" in said,
              f"{name}: its end is told", said)
    checks.ok(re.search(r"^ +console +\S+ +- .* killed$", said, re.MULTILINE)
              and "rtc is killed" in said,
              f"{name}: what was typed ahead is done on the kernel's console",
              said)
    said = typist.ask(b"help\r", "this list")
    checks.ok("this list" in said, f"{name}: and what is typed later", said)


def halts(checks, name, typist):
    typist.ask(b"halt\r", "pinenut: exit 0")
    checks.equal(typist.child.wait(PATIENCE), 0, f"{name}: halt halts")


def the_driver_has_it(checks, name, options):
    typist = Typist(*options, "args")
    try:
        typist.wait_for(PROMPT)
        checks.ok(OURS in typist.said, f"{name}: the console is the driver's",
                  typist.said)
        checks.ok(is_small(typist, "console") and is_small(typist, "rtc"),
                  f"{name}: both drivers are in small spaces", typist.said)
        counted(checks, name, typist)
        for _ in range(50):    # args' line shall not be amid those pasted
            if "addresses end at" in typist.said:
                break
            typist.ask(b"\r", PROMPT)
        survives_a_paste(checks, name, typist)
        if name == "qemu":
            waits_for_the_reader(checks, name, typist)
        moves(checks, name, typist)
        dies(checks, name, typist)
        halts(checks, name, typist)
    finally:
        typist.end()


def the_kernel_leaves_it_alone(checks, name, options):
    """Programs that read by the kernel get nothing of it."""
    thief = str(paths.program("drivers_thief"))
    typist = Typist(*options, f"{thief} wait", thief)
    try:
        typist.wait_for(PROMPT)
        whole, said = paste(typist)
        checks.ok(whole and "thief" not in said,
                  f"{name}: the kernel gives nothing of it to others", said)
        halts(checks, name, typist)
    finally:
        typist.end()


def others_print(checks, name, options):
    """All the time, while something is typed: none of that is lost, whose line
    it is stays clear, and what was typed so far is shown again below."""
    typist = Typist(*options, str(paths.program("drivers_talker")) + " 2")
    try:
        typist.wait_for("talker 9:")
        for key in "ping rtc":
            at = len(typist.said)
            typist.type(key.encode())
            typist.wait_for("talker ", at)
        typist.ask(b"\r", "rtc answered")
        checks.ok("\r\npinenut> ping rtc\r\n" in typist.said,
                  f"{name}: what was typed amid others' lines is a line",
                  typist.said)
        whole, said = paste(typist, 60, is_alone=False)
        checks.ok(whole,
                  f"{name}: a paste amid others' lines arrives whole", said)
        checks.equal(info(typist)[3], 0,
                     f"{name}: the UART is not overrun when others print")
        typist.command("kill drivers_talker")
        said = typist.said.replace("\r", "")
        torn = [line for line in re.findall(r"^.*piece.*$", said, re.MULTILINE)
                if not re.fullmatch(r"(talker \d+:)?( this is piece \d)+", line)
                and "module" not in line]
        checks.ok(not torn[1:],
                  f"{name}: what others print at once stays in one piece",
                  "\n".join(torn))
        halts(checks, name, typist)
    finally:
        typist.end()


def the_supervisor_works(checks, name, options):
    """It starts a server again, for longer than the UART has room. No driver
    waits for that."""
    with tempfile.NamedTemporaryFile("w", suffix=".pn") as system:
        system.write(HEAVY)
        system.flush()
        typist = Typist(*options, "--system", system.name,
                        str(paths.program("drivers_heavy")))
        try:
            typist.wait_for("heavy: here")
            typist.ask(b"\r", PROMPT)
            start = len(typist.said)
            whole, said = paste(typist, 60, "ping heavy\r", is_alone=False)
            checks.ok(whole, f"{name}: a paste arrives whole while the "
                      "supervisor works", said)
            checks.equal(info(typist)[3], 0,
                         f"{name}: and the UART is not overrun")
            checks.ok(typist.wait_for("heavy: here", start),
                      f"{name}: the work is done", typist.said)
            halts(checks, name, typist)
        finally:
            typist.end()


def without_a_driver(checks, name, text, told, *programs):
    """It is told, and the kernel's console works."""
    typist = Typist("--no-drivers", *programs, "echo")
    try:
        typist.wait_for(PROMPT)
        said = typist.command("help")
        checks.ok("this list" in said, f"{name}: {text}: there is a console",
                  typist.said)
        checks.ok(all(part in typist.said for part in told),
                  f"{name}: {text}: it is told why", typist.said)
        halts(checks, f"{name}: {text}", typist)
    finally:
        typist.end()


def crashes(checks, name, options):
    """What can't go on is told, and removed if it is a driver."""
    crash = str(paths.program("drivers_crash"))
    ways = {"port": "no ports at 80 ", "memory": "no memory at 1000 ",
            "exception": "exception 6 "}
    typist = Typist(*options, *(f"{crash} {way}" for way in ways),
                    *(f"{crash} irq={n} {way}" for n, way in
                      zip((9, 10, 11), ways)))
    try:
        # None shall be told amid what ps prints.
        for n, what in enumerate([*ways.values()] * 2, 1):
            typist.wait_for(f"crash.{n}: {what}" if n > 1 else f"crash: {what}")
        typist.wait_for(PROMPT)
        said = typist.said + typist.command("ps")
        for what, text in ways.items():
            for end in ("waits for ever", "is removed"):
                checks.ok(re.search(rf"crash\S*: {text}.*: it {end}$",
                                    said.replace("\r", ""), re.MULTILINE),
                          f"{name}: {what}: it {end}", said)
        checks.equal((said.count("stuck"), said.count("killed")), (3, 3),
                     f"{name}: ps says the same")
        halts(checks, name, typist)
    finally:
        typist.end()


def main():
    checks = tap.Checks()
    for name, options in MACHINES:
        the_driver_has_it(checks, name, options)
        the_kernel_leaves_it_alone(checks, name, options)
        crashes(checks, name, options)
        others_print(checks, name, options)
        the_supervisor_works(checks, name, options)
    without_a_driver(checks, "qemu", "no driver", [KERNELS])
    without_a_driver(checks, "qemu", "a driver without its interrupt",
                     ["console: the line wants all of this: ports=3f8+8 irq=4",
                      "console: nothing to serve", GONE],
                     "console ports=3f8+8")
    without_a_driver(checks, "qemu", "a driver without its ports",
                     ["console: line given in part, keyboard not given, screen "
                      "not given", "console: nothing to serve", KERNELS],
                     "console irq=4 ports=2f8+8")
    without_a_driver(checks, "qemu", "a driver with a wrong line",
                     ["root: console: not loaded: ports wants ", KERNELS],
                     "console irq=4 ports=3f8")
    without_a_driver(checks, "qemu", "a line that nobody can have",
                     ["root: console: not loaded: there is no such interrupt",
                      KERNELS], "console irq=0 ports=3f8+8")
    without_a_driver(checks, "qemu", "a second driver",
                     [OURS, "root: console.2: not loaded: another program has "
                      "some of its ports"],
                     "console irq=4 ports=3f8+8", "console irq=4 ports=3f8+8")
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
