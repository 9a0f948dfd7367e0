"""Systems by their descriptions, typed at: what is wrong is told and not
started; what stops comes back as its policy says; a store loses nothing; nobody
is talked to who is not on the list."""

import pathlib
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "boot"))

from console import CONSOLE, PATIENCE, PROMPT, Typist
from pinenut import paths, tap

INSTANCES = 300


class System:
    """scripts/run with a description, at its prompt."""

    def __init__(self, text, *modules, checked=True):
        self.folder = tempfile.TemporaryDirectory()
        path = pathlib.Path(self.folder.name) / "system"
        path.write_text(text)
        for name, content in modules:
            (path.parent / name).write_text(content)
        self.typist = Typist(*(["--system", str(path)] if checked else
                               ["--no-drivers", str(path), "echo"]))
        self.typist.wait_for(PROMPT)

    def command(self, text):
        """What it prints, and perhaps what was printed meanwhile."""
        return self.typist.command(text)

    def row(self, name):
        """What ps says: thread, restarts, state."""
        found = re.search(rf"^ +{re.escape(name)} +(\S+) +\S+ +\S+ +(\d+) +"
                          r"(.*)$", self.command("ps"), re.MULTILINE)
        return found.groups() if found else ("", "", "")

    def says(self, text, since=0):
        return self.typist.wait_for(text, since)

    @property
    def said(self):
        return self.typist.said.replace("\r\n", "\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.typist.end()
        self.folder.cleanup()


def a_wrong_one(checks):
    text = CONSOLE + "server echo\n    place  tiny\n"
    complaint = ':8:12: expected small, large or auto, not "tiny"'
    with System(text) as system:
        system.typist.child.wait(PATIENCE)
        checks.equal(system.typist.child.returncode, 1,
                     "a wrong description is not booted")
        checks.ok(complaint in system.said and "Pinenut" not in system.said,
                  "the host's checker tells line and column", system.said)
    with System(text, checked=False) as system:
        checks.ok("system" + complaint in system.said,
                  "booted, the root server tells the same", system.said)
        checks.ok("console" not in system.command("ps")
                  and "this list" in system.command("help"),
                  "nothing of it is started but the monitor", system.said)
    with System("server echo\nserver a\n    image b\n",
                checked=False) as system:
        checks.ok('system:2:1: a: expected a boot module that is called "b"'
                  in system.said and "root: echo" not in system.said,
                  "nor if a module is missing", system.said)


def as_described(checks):
    with System(CONSOLE + "server one\n image echo\n arguments x y\n"
                "server big\n image echo\n place large\n priority 7\n"
                "server roomy\n image echo\n place small\n size 512 KB\n"
                "server poor\n image echo\n memory 4 KB\n"
                "server reader\n image asker\n arguments data\n data notes\n"
                " restart never\n", ("notes", "some notes\n")) as system:
        ps = system.command("ps")
        area = system.command("area")
        checks.ok(all(re.search(rf"^ +{line}$", ps, re.MULTILINE) for line in (
            r"console +\S+ +small .*(waiting|ready), ports "
            r"3f8\+8, irq 4", r"one +\S+ +small .*(waiting|ready)",
            r"big +\S+ +large .*(waiting|ready)")),
            "servers are placed, and get what the description says", ps)
        checks.ok(re.search(r" 128 +\d+  roomy, small$", area, re.MULTILINE),
                  "a small space has the size it asks for", area)
        checks.equal(system.row("poor")[2], "failed: its image and heap are "
                     "more than its memory", "memory is a limit")
        checks.ok(" answered 1 words" in system.command("ping one"),
                  "they serve", system.said)
        checks.ok(system.says("reader: 11 bytes: some notes"),
                  "a module can be read", system.said)
        checks.ok(system.says("root: reader: no memory at ")
                  and system.row("reader")[2].startswith("failed: no memory")
                  and "has written" not in system.said,
                  "and not be written", system.said)
        checks.ok("no program is called" in system.command("start nobody")
                  and "one runs" in system.command("start one")
                  and "root: big: thread " in system.command("log"),
                  "start and log", system.said)


VICTIMS = "".join(f"server {way}\n image victim\n arguments {way}\n"
                  f" restart {policy}\n retries 3\n" for way, policy in (
                      ("crash", "on-failure"), ("fault", "always"),
                      ("fail", "on-failure"), ("exit", "on-failure"),
                      ("start", "always")))


def it_comes_back(checks):
    text = CONSOLE + VICTIMS + ("server hang\n image victim\n arguments hang\n"
                                " heartbeat 200 ms\n priority 50\n"
                                "server calm\n image victim\n"
                                " heartbeat 200 ms\n")
    with System(text) as system:
        checks.ok(system.says("start: ended with status 1: it has failed"),
                  "retries are used up", system.said)
        waits = re.findall(r"root: start: ended with status 1: restart (\d) of "
                           r"3 in (\d+) ms", system.said)
        checks.equal(waits, [("1", "10"), ("2", "20"), ("3", "40")],
                     "with a back-off that doubles")
        for way, why in (("crash", "exception 6"), ("fault", "no memory at "
                          "1000"), ("fail", "ended with status 3")):
            before = system.row(way)
            since = len(system.typist.said)
            system.command(f"ping {way}")
            checks.ok(system.says(f"root: {way}: thread ", since)
                      and f"root: {way}: {why}" in system.said,
                      f"{way}: it is started again", system.said)
            after = system.row(way)
            number, version = before[0].split(".")
            checks.equal(after[:2], (f"{number}.{int(version) + 1}", "1"),
                         f"{way}: the next version of its thread")
        system.command("ping exit")
        checks.ok(system.says("root: exit: ended with status 0: it is down")
                  and system.row("exit")[2] == "down: ended with status 0",
                  "what ends well stays down, on-failure", system.said)
        since = len(system.typist.said)
        system.command("ping hang")
        checks.ok(system.says("root: hang: silent for more than 200 ms: "
                              "restart 1 of 5", since)
                  and system.says("root: hang: thread ", since),
                  "hang: silence is noticed", system.said)
        checks.equal((system.row("calm")[1], system.row("console")[1]),
                     ("0", "0"), "and the others go on")
        checks.ok("start is started" in system.command("start start")
                  and system.says("it has failed", len(system.typist.said)),
                  "one that has failed can be started by hand", system.said)
        system.command("kill crash")
        checks.equal(system.row("crash")[2], "down: killed",
                     "what is killed stays down")
        system.command("restart crash")
        checks.ok(system.row("crash")[2] in ("waiting", "ready"),
                  "until it is started", system.said)


def above_all(checks):
    """A server that goes before the supervisor and never waits is noticed."""
    text = CONSOLE + ("server hang\n image victim\n arguments hang\n"
                      " heartbeat 200 ms\n priority 240\n restart never\n")
    with System(text) as system:
        system.typist.type(b"ping hang\r")
        checks.ok(system.says("root: hang: silent for more than 200 ms"),
                  "a server of high priority that hangs is noticed",
                  system.said)
        checks.ok("this list" in system.command("help"),
                  "and the console goes on", system.said)


def the_console_comes_back(checks):
    with System(CONSOLE) as system:
        system.command("restart console")
        checks.ok("this list" in system.command("help")
                  and "kernel's" not in system.said,
                  "a console's driver that is started again is used",
                  system.said)


def nothing_is_lost(checks):
    text = CONSOLE + ("server kv\n heap 64 KB\n keep heap\n restart always\n"
                      "server writer\n image asker\n arguments kv 400\n"
                      " talk kv\n restart never\n")
    with System(text) as system:
        system.says("writer: begins")
        for _ in range(4):
            system.command("restart kv")
            time.sleep(0.1)
        checks.ok("acknowledged" not in system.said, "it is killed while it is "
                  "written to", system.said)
        checks.ok(system.says("writer: 400 acknowledged, 0 lost"),
                  "a store that is killed again and again loses nothing",
                  system.said)
        checks.equal(system.row("kv")[0].split(".")[1], "6",
                     "and killed it was")


def talking(checks):
    text = CONSOLE + (
        "server a\n image victim\nserver b\n image victim\n"
        "server shut\n image victim\n talk none\n"
        "server both\n image asker\n arguments ask a b shut\n restart never\n"
        "server one\n image asker\n arguments ask a b a shut\n talk a\n"
        " restart never\n"
        "server no\n image asker\n arguments ask a\n talk none\n"
        " restart never\n")
    with System(text) as system:
        for who in "both", "one", "no":
            system.says(f"root: {who}: ended with status 0: it is down")
        answers = re.findall(r"^(?:pinenut> )?(both|one|no): (.*)$", system.said,
                             re.MULTILINE)
        checks.equal(sorted(answers), sorted([
            ("both", "a answered 7"), ("both", "b answered 7"),
            ("both", "shut answered 7"), ("one", "a answered 7"),
            ("one", "b: not allowed"), ("one", "a answered 7"),
            ("one", "shut: not allowed"), ("no", "a: not allowed")]),
            "who is on the list is talked to, and nobody else")
        checks.ok("shut answered 1 words" in system.command("ping shut"),
                  "the monitor talks to all", system.said)


def blaming(checks):
    """A thread chooses its own pager and handler (X.2); a server with a list has
    its faults told to nobody by that."""
    text = CONSOLE + ("server shut\n image victim\n talk none\n"
                      "server a\n image victim\n" + "".join(
        f"server {name}\n image asker\n arguments blame {fault} {whom}\n"
        f" talk {talk}\n restart never\n" for name, fault, whom, talk in (
            ("page", "page", "a", "none"), ("ud", "exception", "a", "none"),
            ("free", "page", "shut", "all"))))
    with System(text) as system:
        for who, what in (("page", "no memory at 1000"), ("ud", "exception 6"),
                          ("free", "no memory at 1000")):
            checks.ok(system.says(f"root: {who}: {what}"),
                      f"the fault of '{who}' is the supervisor's to judge",
                      system.said)
        checks.ok("goes on" not in system.said, "and nobody goes on")
        checks.ok("a answered 1 words" in system.command("ping a"),
                  "who was blamed has heard nothing", system.said)


def asking_sigma0(checks):
    """What a server may have is in its description, and comes by its pager."""
    text = CONSOLE + ("server greedy\n image asker\n arguments sigma0\n"
                      " restart never\n")
    with System(text) as system:
        checks.ok(system.says("greedy: no memory, no screen, no ports"),
                  "sigma0 gives a server nothing", system.said)
        checks.ok(system.says("sigma0: no memory for thread ")
                  and "goes on" not in system.said,
                  "nor does it resolve its faults", system.said)


def many(checks):
    with System(CONSOLE + f"server e\n image echo\n count {INSTANCES}\n"
                ) as system:
        ps = system.command("ps")
        checks.equal(len(re.findall(r"^ +e\.\d+ +\S+ +small .*(?:waiting|ready)$", ps,
                                    re.MULTILINE)), INSTANCES,
                     f"{INSTANCES} instances run")
        checks.ok(all(" answered 1 words" in system.command(f"ping e.{n}")
                      for n in (1, 150, INSTANCES)), "and answer by name")


def main():
    checks = tap.Checks()
    for test in (a_wrong_one, as_described, it_comes_back, above_all,
                 the_console_comes_back, nothing_is_lost, talking, blaming,
                 asking_sigma0, many):
        test(checks)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
