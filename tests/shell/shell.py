"""The shell, typed at through a pseudo-terminal as a person would: editing,
history, completion; every command, and what is wrong with its arguments; servers
that do not answer, or lie."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "boot"))

from console import PATIENCE, PROMPT, Typist
from pinenut import paths, tap

LEFT, RIGHT, UP, DOWN = "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[B"
HOME, END, DELETE = "\x1b[H", "\x1b[F", "\x1b[3~"
SYSTEM = """\
server console
    priority 220
    place    small
    restart  always
    ports    3f8+8
    irq      4
server echo
    place    small
server files
    place    small
    heap     64 KB
    data     archive
server shut
    image    echo
    talk     none
server liar
server mute
    image    liar
    arguments mute
server tired
    image    liar
    arguments tired
server victim
    place    small
    arguments hang
"""
DISK = """\
server disk
    place    small
    priority 220
    ports    1f0+8 3f6+1
    irq      14
server ext2
    place    small
"""
MOTD = "welcome\nto Pinenut\n"


class Terminal(Typist):
    """scripts/run at a pseudo-terminal, with a prompt."""

    def __init__(self, *words):
        master, slave = os.openpty()
        self.child = subprocess.Popen(
            ["sh", paths.ROOT / "scripts/run", "--no-build", *words],
            stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        self.child.stdin = os.fdopen(os.dup(master), "wb", 0)
        self.child.stdout = os.fdopen(master, "rb", 0)
        self.said = ""
        self.wait_for(PROMPT)

    def keys(self, text, until="\n" + PROMPT):
        """Type; what the screen shows behind that, up to the next prompt."""
        said = self.ask(text.encode(), until).replace("\r", "")
        return said.removesuffix("\n" + PROMPT)

    def line(self, text):
        """Read until a line with this has come, whole."""
        if self.wait_for(text):
            self.wait_for("\n", self.said.index(text))

    def command(self, line):
        """What it prints, without its echo."""
        return self.keys(line + "\r").partition("\n")[2]

    def end(self):
        self.child.terminate()
        self.child.wait()
        self.child.stdin.close()
        self.child.stdout.close()


def make_files(folder):
    """An archive and a disk with the same tree."""
    tree = folder / "tree"
    for name in "etc", "bin":
        (tree / name).mkdir(parents=True)
    (tree / "etc/motd").write_text(MOTD)
    (tree / "etc/mode").write_bytes(b"\x1b[2J\0 no end")
    for name in "args", "echo":
        (tree / "bin" / name).write_bytes(paths.program(name).read_bytes())
    subprocess.run(["tar", "--format=ustar", "-cf", folder / "archive", "-C",
                    tree, "."], check=True)
    with open(folder / "disk.img", "wb") as file:
        file.truncate(1 << 20)
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext2", "-d", tree,
                    folder / "disk.img"], check=True, capture_output=True,
                   env=dict(os.environ, PATH=os.environ["PATH"]
                            + ":/usr/sbin:/sbin"))


def system(folder, text=SYSTEM, *options):
    """At the prompt, when all servers have said what they say, so that none of it
    is amid what is typed."""
    (folder / "system.pn").write_text(text)
    shell = Terminal("--system", str(folder / "system.pn"), *options)
    shell.line("files: 6 files and directories")
    if DISK in text:
        shell.line("disk: 2048 sectors, 1024 KB")
    return shell


def is_edited(checks, name, shell):
    said = [shell.keys(keys + "\r") for keys in (
        f"ing{LEFT * 3}p\x05 echo", f"ng echo{HOME}pi\x1b[1;5C",
        f"ping echos{LEFT}{DELETE}", f"ping ecxxx{LEFT * 2}\x0b\bho",
        "help me\x17\x17ping echo", f"wrong\x15ping eco{LEFT}h{END}",
        f"echo{LEFT * 9}ping {RIGHT}")]
    checks.ok(all(" answered 1 words" in one for one in said),
              f"{name}: a line is edited: cursor keys, Home, End, Delete, "
              "Ctrl-A, -E, -K, -U, -W", "\n".join(said))
    said = shell.keys("nonsense\x03")
    checks.ok(said.endswith("^C") and "no such" not in said,
              f"{name}: Ctrl-C gives a line up", said)


def is_remembered(checks, name, shell):
    shell.command("first")
    shell.command("second")
    said = [shell.keys(f"{UP}{UP}!\r"), shell.keys(f"{UP}\r"),
            shell.keys(f"dra{UP}{UP}{DOWN}{DOWN}ft\r")]
    checks.ok("first!: no such" in said[0] and "first!: no such" in said[1]
              and "draft: no such" in said[2],
              f"{name}: up and down are the lines of before", str(said))
    shell.type(b"\x1b")
    shell.type(b"[")
    said = shell.keys("A\r")
    checks.ok("draft: no such" in said,
              f"{name}: a key's sequence may come in parts", said)


def is_completed(checks, name, shell):
    for keys, wanted in (
            ("pin\tec\t\r", "echo answered 1 words"),
            ("pla\techo sm\t\r", "echo is small"),
            ("cat files:/e\tmot\t\r", "welcome"),
            ("help pla\t\r", "place NAME small|large|auto")):
        said = shell.keys(keys)
        checks.ok(wanted in said, f"{name}: Tab completes {keys.strip()!r}",
                  said)
    said = shell.keys("cat /etc/mo\t", "\n" + PROMPT + "cat /etc/mo")
    checks.ok(re.search(r"^motd  mode$|^mode  motd$", said, re.MULTILINE),
              f"{name}: or shows what there is to choose from", said)
    shell.keys("\x03")


def is_wrong(checks, name, shell):
    for line, wanted in (
            ("pace echo small", "pace: no such command: try help"),
            ("ps echo", 'ps: what is "echo" for? ps: who there is: '),
            ("place echo", "place: small|large|auto is missing: place NAME "),
            ("place echo huge", 'place: expected small|large|auto, not "huge"'),
            ("place nobody small", 'no program is called "nobody": try ps'),
            ("area xml", 'area: expected json, not "xml"'),
            ("help me", "me: no such command: try help"),
            ("top never", 'top: expected how many times, not "never"'),
            ("ask echo x", 'ask: expected a label, a number up to 65535, not "x"'),
            ("ask echo 1 a b", 'ask: one string at most, and "b" is another'),
            ("ask nobody 1", 'no program is called "nobody": try ps'),
            ("kill", "kill: NAME is missing: kill NAME: "),
            ("start echo", "echo runs: restart it?"),
            ("cat", "cat: FILE is missing: cat FILE: print a file"),
            ("cat /etc", "files:/etc: it is no file but a folder: try ls"),
            ("cat /none", "files:/none: not found"),
            ("ls nobody:/", 'no program is called "nobody": try ps'),
            ("ls echo:/", "echo:/: the server makes no sense of it"),
            ("run /etc/motd", "motd is not started: not an ELF file"),
            ("run /bin/args heap=x", "args is not started: heap wants ")):
        said = shell.command(line)
        checks.ok(wanted in said, f"{name}: wrong: {line}", said)


def is_not_believed(checks, name, shell):
    for line, wanted in (
            ("cat liar:/big", "liar:/big: it ends after 0 of 1073741824 bytes"),
            ("cat liar:/cut", "0123456789liar:/cut: it ends after 10 of 100"),
            ("run liar:/big", "liar:/big: it is no program: it has 1073741824"),
            ("run liar:/cut", "liar:/cut: it ends after 10 of 100 bytes"),
            ("cat liar:/no", "liar:/no: unknown problem"),
            ("cat liar:/", "liar:/: it is no file but a folder"),
            ("cat mute:/x", "mute:/x: no answer"),
            ("place mute large", "mute answers no requests: nothing to "),
            ("bench mute", "mute answers no requests: nothing to "),
            ("bench tired", "tired answers no requests: nothing to "),
            ("cat /etc/mode", "?[2J? no end")):
        said = shell.command(line)
        checks.ok(wanted in said and "\x1b" not in said,
                  f"{name}: not believed: {line}", said)
    said = shell.keys("ls liar:/\r", "?[2Jbig?") + shell.keys("\x03")
    checks.ok("^C\n" in said + "\n" and said.count("\n") < 9000
              and "\x1b" not in said,
              f"{name}: an endless folder ends with Ctrl-C", said[-300:])
    checks.ok("echo answered" in shell.command("ping echo"),
              f"{name}: the shell goes on", shell.said[-300:])


def shows_files(checks, name, shell, *servers):
    for server in servers:
        said = shell.command(f"ls {server}:/etc")
        checks.ok(re.search(r"^ +19  motd$", said, re.MULTILINE)
                  and re.search(r"^ +12  mode$", said, re.MULTILINE),
                  f"{name}: {server}: ls", said)
        checks.equal(shell.command(f"cat {server}:etc/motd") + "\n", MOTD,
                     f"{name}: {server}: cat")
    said = shell.command("ls")
    checks.ok(re.search(r"^ +etc/$", said, re.MULTILINE)
              and re.search(r"^ +bin/$", said, re.MULTILINE),
              f"{name}: ls alone", said)


def is_run(shell, line, *texts):
    """Start a program from a file; does it say all that, sooner or later, and
    end?"""
    at = len(shell.said)
    shell.command(line)
    said = all(shell.wait_for(text, at) for text in texts)
    while " ended, status 0" not in shell.command("ps"):
        pass
    return said


def runs_a_file(checks, name, shell, server):
    for version in "2", "3":
        checks.ok(is_run(shell, f"run {server}:/bin/args small one two",
                         "root: args: thread ", f".{version}, small space",
                         "args: arguments: one two", f".{version}, pager "),
                  f"{name}: {server}: run, time {version}", shell.said[-999:])


def runs_many_files(checks, name, shell):
    said = [shell.command("run files:/bin/echo") for _ in range(17)]
    checks.ok(all("root: echo.%d: thread " % n in said[n - 2]
                  for n in range(2, 17))
              and "not started: 16 programs from files run already: kill one"
              in said[16], f"{name}: 16 programs from files run at once",
              "\n".join(said))
    shell.command("kill echo.5")
    checks.ok(is_run(shell, "run files:/bin/args three",
                     "args: arguments: three")
              and "no program is called" in shell.command("ping echo.5")
              and "echo.6 answered" in shell.command("ping echo.6"),
              f"{name}: one that is no more makes room for another",
              shell.said[-999:])


def helps(checks, name, shell):
    said = shell.command("help").splitlines()
    checks.ok(20 <= len(said) <= 24 and max(map(len, said)) < 80
              and all(re.match(r"  [a-z].{27} [a-z]", line) for line in said),
              f"{name}: help is a line a command, and fits a screen",
              "\n".join(said))
    said = shell.command("help run")
    checks.ok("threshold=" in said and max(map(len, said.splitlines())) < 80,
              f"{name}: help COMMAND tells more", said)


def tells_of_servers(checks, name, shell):
    said = shell.command("map")
    checks.ok(all(re.search(line, said, re.MULTILINE) for line in (
        r"^ ffffffff \+-+\+$", r"^ e0000000 \+-+\+$", r"^ c0000000 \+-+\+$",
        r"^ 00000000 \+-+\+$", r"\| echo +\| 88 KB at c0[0-9a-f]{6}$",
        r"\| kernel +\|", r"\| sigma0 +\| large spaces")),
        f"{name}: map draws the linear space", said)
    said = shell.command("top 1")
    row = re.search(r"^  files +small +\S+ +(\d+) +(\d+) +(\d+) +(\d+)$", said,
                    re.MULTILINE)
    checks.ok(row and int(row[2]) > 3 and int(row[4]) > 5
              and re.search(r"^  mute +\S+ +\S+ +- +- ", said, re.MULTILINE),
              f"{name}: top counts requests and page faults", said)
    shell.command("ping victim")
    said = shell.command("top 1")
    row = re.search(r"FAULTS +ALL\n  victim +small +(\d+)\.\d ", said)
    checks.ok(row and int(row[1]) >= 50, f"{name}: and sees who is busy", said)
    shell.command("kill victim")
    said = shell.keys("top\r", "any key ends it") + shell.keys("q")
    checks.ok("\x1b[H" in said and "q: no such" not in shell.command("log"),
              f"{name}: top ends with a key", said)


def asks(checks, name, shell):
    for line, wanted in (("ask echo 0 1 0x10", "echo answers 1 16"),
                         ("ask shut 0", "shut answers"),
                         ("ask files 1", "files refuses: no such operation"),
                         ("ask mute 1", "mute refuses: busy")):
        said = shell.command(line)
        checks.ok(wanted in said, f"{name}: {line}", said)


def comes_and_goes(checks, name, shell):
    said = [shell.command(line) for line in (
        "kill shut", "ping shut", "start shut", "ping shut", "restart shut",
        "ping shut", "log")]
    checks.ok("shut is killed" in said[0] and "shut is no more" in said[1]
              and "shut is started" in said[2] and "answered" in said[3]
              and "shut is restarted" in said[4] and "answered" in said[5]
              and "root: shut: thread" in said[6],
              f"{name}: kill, start, restart, log", "\n".join(said))
    said = [shell.command(line) for line in ("move echo", "area", "compact")]
    checks.ok("echo is moved" in said[0] and "pages free" in said[1]
              and "the largest hole has" in said[2],
              f"{name}: move, area, compact", "\n".join(said))


COST = re.compile(r"^cycles a request: (\d+) (\w+) before, (\d+) (\w+) now: "
                  r"([+-]\d+), [+-]\d+ %\nclock: (.*)$", re.MULTILINE)


def tells_costs(checks, name, shell, clock):
    """The figures of every `place`, small and large, of echo."""
    costs = {"small": [], "large": []}
    for kind in "large", "small", "large", "small":
        said = shell.command(f"place echo {kind}")
        found = COST.search(said)
        checks.ok(found and f"echo is {kind}\n" in said and found[4] == kind
                  and int(found[3]) - int(found[1]) == int(found[5])
                  and found[6] == clock,
                  f"{name}: place {kind} tells cycles at once", said)
        if found:
            costs[kind].append(int(found[3]))
    for who in "echo", "shut":
        said = shell.command(f"bench {who}")
        rows = re.findall(r"^ +(\d+) +(\d+) +(\d+): ", said, re.MULTILINE)
        checks.ok([row[0] for row in rows] == ["0", "3", "16", "60"]
                  and f"clock: {clock}" in said, f"{name}: bench {who}", said)
    return costs


def halts(checks, name, shell):
    shell.keys("halt\r", "pinenut: exit 0")
    checks.equal(shell.child.wait(PATIENCE), 0, f"{name}: halt halts")


def everything(checks, folder):
    shell = system(folder, SYSTEM + DISK, "--disk", str(folder / "disk.img"))
    try:
        is_edited(checks, "qemu", shell)
        is_remembered(checks, "qemu", shell)
        is_completed(checks, "qemu", shell)
        helps(checks, "qemu", shell)
        is_wrong(checks, "qemu", shell)
        is_not_believed(checks, "qemu", shell)
        shows_files(checks, "qemu", shell, "files", "ext2")
        runs_a_file(checks, "qemu", shell, "ext2")
        tells_of_servers(checks, "qemu", shell)
        asks(checks, "qemu", shell)
        comes_and_goes(checks, "qemu", shell)
        runs_many_files(checks, "qemu", shell)
        tells_costs(checks, "qemu", shell,
                    "QEMU's own, which is like no processor's")
        halts(checks, "qemu", shell)
    finally:
        shell.end()


def modelled(checks, folder):
    """By the model the figures are the same each time."""
    shell = system(folder, SYSTEM, "--p5")
    try:
        costs = tells_costs(checks, "p5", shell, "P5 model")
        checks.ok(len(set(costs["small"])) == len(set(costs["large"])) == 1
                  and costs["small"][0] + 150 < costs["large"][0],
                  "p5: small is at least 150 cycles better, every time",
                  str(costs))
        halts(checks, "p5", shell)
    finally:
        shell.end()


def essentials(checks, folder):
    shell = system(folder, SYSTEM, "--bochs")
    try:
        is_edited(checks, "bochs", shell)
        is_completed(checks, "bochs", shell)
        shows_files(checks, "bochs", shell, "files")
        runs_a_file(checks, "bochs", shell, "files")
        tells_costs(checks, "bochs", shell,
                    "Bochs's, which counts instructions")
        halts(checks, "bochs", shell)
    finally:
        shell.end()


def on_the_kernels_console(checks):
    shell = Terminal("--no-drivers", "echo")
    try:
        is_edited(checks, "no driver", shell)
        said = shell.command("top 1") + shell.keys("ping ec\t\r")
        checks.ok("1 programs" in said and "echo answered" in said,
                  "no driver: top and Tab", said)
        halts(checks, "no driver", shell)
    finally:
        shell.end()


def by_default(checks):
    """scripts/run alone has something to look at and to run."""
    shell = Terminal()
    try:
        shell.line("files: 3 files and directories")
        said = shell.command("cat welcome")
        checks.ok(said.startswith("Welcome to Pinenut.")
                  and "place echo large" in said, "default: cat welcome", said)
        checks.ok(is_run(shell, "run bin/args one two",
                         "args: arguments: one two"),
                  "default: run bin/args", shell.said[-999:])
        halts(checks, "default", shell)
    finally:
        shell.end()


def main():
    checks = tap.Checks()
    by_default(checks)
    on_the_kernels_console(checks)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_files(folder)
        everything(checks, folder)
        modelled(checks, folder)
        essentials(checks, folder)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
