"""The commands in scripts/ refuse bad input clearly, and the test runner does
not take a broken suite for a good one."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import offsets
from pinenut import paths, suites, tap

COMMANDS = [name for name in ("test", "run", "iso", "emu", "bench", "unmodified",
                             "new-server")
            if (paths.ROOT / "scripts" / name).exists()]
ALL_GOOD = "1..2\nok 1 - a\nok 2 - b\n"


def call(name, *words, path=None):
    """Run scripts/<name>; (status, standard output, standard error)."""
    environment = dict(os.environ, **({"PATH": path} if path else {}))
    done = subprocess.run([shutil.which("sh"), paths.ROOT / "scripts" / name,
                           *words], env=environment, capture_output=True,
                          text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def command_lines(checks):
    for name in COMMANDS:
        words = {"emu": ["qemu"], "unmodified": ["."],
                 "new-server": ["some_name"]}.get(name, [])
        status, out, err = call(name, *words, "--no-such-option")
        checks.ok(status == 2 and not out and err.count("\n") == 1
                  and "--no-such-option" in err,
                  f"{name}: an unknown option is one line and status 2",
                  f"status {status}\n{out}{err}")
        status, out, err = call(name, "--help")
        checks.ok(status == 0 and "--no-install" in out and not err,
                  f"{name}: --help explains it", f"status {status}\n{err}")


def dependencies(checks):
    """On a machine with next to nothing on its PATH."""
    with tempfile.TemporaryDirectory() as folder:
        for tool in ("dirname", "id"):
            pathlib.Path(folder, tool).symlink_to(shutil.which(tool))
        for name in COMMANDS:
            status, out, err = call(name, "--no-install", path=folder)
            checks.ok(status == 3 and out.count("\n") == 1 and not err
                      and out.startswith("apt-get install ")
                      and " python3" in out,
                      f"{name}: --no-install only tells the apt-get line",
                      f"status {status}\n{out}{err}")


def constants(checks):
    line = "\t.asmsym {} {}\n"
    text = offsets.defines("\tmovl %eax, %ebx\n" + line.format("A", "$12")
                           + line.format("B", "-4") + line.format("C", "0x20"))
    checks.equal(text, "%define A 12\n%define B -4\n%define C 32\n",
                 "offsets: constants come out of gcc's assembly")
    for bad, why in [("", "no constant"), (line.format("A", "x"), "no number"),
                     (line.format("A", 1) + line.format("A", 2), "two values")]:
        try:
            checks.equal(offsets.defines(bad), None, f"offsets: {why}")
        except ValueError:
            checks.ok(True, f"offsets: refuses {why}")


def suite_of(script, **keys):
    return suites.run(suites.Suite("x", suites.COMMAND,
                                   [shutil.which("sh"), "-c", script], **keys))


def results(checks):
    """A suite that does not keep its word counts as a failure."""
    cases = [
        ("all checks passed", ALL_GOOD, 0, {}, (2, 0)),
        ("a check failed", "1..2\nok 1 - a\nnot ok 2 - b\n", 1, {}, (1, 1)),
        ("it ended early", "1..3\nok 1 - a\nok 2 - b\n", 0, {}, (2, 1)),
        ("it made too many checks", ALL_GOOD + "ok 3 - c\n", 0, {}, (3, 1)),
        ("it printed no plan", "ok 1 - a\n", 0, {}, (1, 1)),
        ("it printed nothing", "", 0, {}, (0, 1)),
        ("it left out a number", "1..2\nok 1 - a\nok 3 - b\n", 0, {}, (2, 1)),
        ("its status is bad", ALL_GOOD, 1, {}, (2, 1)),
        ("it gave up", ALL_GOOD + "Bail out! no memory\n", 0, {}, (2, 1)),
        ("a check was skipped", "1..2\nok 1 - a\nok 2 # skip no KVM\n", 0, {},
         (1, 0)),
        ("a pattern is there", "panic: 8\n", 63,
         dict(expect=["^panic: \\d"], exit=63), (2, 0)),
        ("a pattern is missing", "nothing\n", 63,
         dict(expect=["^panic: \\d"], exit=63), (1, 1)),
        ("it has to fail and does", "1..1\nnot ok 1 - wall\n", 1,
         dict(must_fail="wall"), (1, 0)),
        ("it has to fail and passes", "1..1\nok 1 - wall\n", 0,
         dict(must_fail="wall"), (0, 1)),
        ("it has to fail and fails elsewhere", "1..1\nnot ok 1 - other\n", 1,
         dict(must_fail="wall"), (0, 1)),
    ]
    for text, output, status, keys, wanted in cases:
        report, _ = suite_of(f"printf '%s' '{output}'; exit {status}", **keys)
        checks.equal((report.passed, len(report.failures)), wanted,
                     f"a suite is counted right if {text}")
    report, _ = suite_of("printf '1..1\nok 1 - a\n'; sleep 30", timeout=1)
    checks.equal((report.passed, len(report.failures)), (1, 1),
                 "a suite that hangs is stopped and counted as failed")
    report, _ = suites.run(suites.Suite("x", suites.COMMAND, ["/no/such"]))
    checks.equal((report.passed, len(report.failures) > 0), (0, True),
                 "a missing suite counts as failed")


def tables(checks):
    rows = list(suites._rows({"name": "a", "guest": "g", "mem": 32, "on":
                              ["qemu", "bochs:p3_katmai"],
                              "full": {"args": "x"}}, True))
    checks.equal([(r.name, r.mem, r.args) for r in rows],
                 [("a@qemu", 32, "x"), ("a@bochs:p3_katmai", 32, "x")],
                 "a guest suite stands in the table once for each machine")
    for bad in ({"guest": "g"}, {"name": "a"},
                {"name": "a", "guest": "g", "colour": 1},
                {"name": "a", "guest": "g", "on": ["vax"]},
                {"name": "a", "guest": "g", "command": ["x"]}):
        try:
            checks.equal(list(suites._rows(bad, False)), None, f"{bad}")
        except suites.SuiteError:
            checks.ok(True, f"suites.json: refuses {bad}")


def main():
    checks = tap.Checks()
    command_lines(checks)
    dependencies(checks)
    constants(checks)
    results(checks)
    tables(checks)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
