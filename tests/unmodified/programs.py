"""L4Ka's own programs: with PINENUT_L4KA=folder (a source tree of Pistachio)
they are built and run; without, only what is refused is tried."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from pinenut import l4ka, paths, tap

GOALS = {"same space": 140, "same space, Lipc": 140, "small to small": 150,
         "large and small, a hop": 150}
LARGE_MOST = 310                   # docs/unmodified.md says why not 225
ROW = re.compile(r"^(\w.*?)  +[\d.]+ +([\d.]+) ", re.MULTILINE)


def call(*words):
    """Run scripts/unmodified; (status, standard output, standard error)."""
    done = subprocess.run(["sh", paths.ROOT / "scripts/unmodified",
                           "--no-install", *words], capture_output=True,
                          text=True, timeout=850)
    return done.returncode, done.stdout, done.stderr


def refusals(checks):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        status, out, err = call(str(folder / "absent"))
        checks.ok(status == 1 and not out and "no such folder" in err,
                  "a folder that is absent is refused in a line", err)
        status, out, err = call(str(folder))
        checks.ok(status == 1 and not out and err.count("\n") == 1
                  and "no source tree of L4Ka Pistachio" in err,
                  "a folder that is no L4Ka tree is refused in a line", err)
        for source in l4ka.LIBRARY:
            (folder / source).parent.mkdir(parents=True, exist_ok=True)
            (folder / source).write_text("")
        try:
            l4ka.build(folder, folder / "out")
            said = "nothing"
        except l4ka.L4kaError as error:
            said = str(error)
        checks.ok("has no serv/sigma0/crt0-ia32.S" in said,
                  "a tree without a program says which file it lacks", said)
        (folder / l4ka.LIBRARY[0]).write_text("int a")
        try:
            l4ka.build(folder, folder / "out")
            said = "nothing"
        except l4ka.L4kaError as error:
            said = str(error)
        checks.ok("error:" in said and "gcc" in said,
                  "what does not compile is told with the command", said)


def programs(checks, tree):
    status, out, err = call(tree)
    checks.ok(status == 0, "L4Ka's programs build and run", out + err)
    cycles = {name: float(figure) for name, figure in ROW.findall(out)}
    for name, goal in GOALS.items():
        checks.ok(cycles.get(name, goal + 1) <= goal,
                  f"pingpong, {name}: at most {goal} cycles", out)
    checks.ok(cycles.get("large to large", LARGE_MOST + 1) <= LARGE_MOST,
              f"pingpong, large to large: at most {LARGE_MOST} cycles", out)
    checks.ok(re.search(r"^L4TEST, all tests: \d+ passed", out, re.MULTILINE),
              "l4test comes to its end", out)
    checks.ok("GRABMEM: total memory" in out, "grabmem comes to its end", out)


def main():
    checks = tap.Checks()
    tree = os.environ.get("PINENUT_L4KA")
    if shutil.which("gcc"):
        refusals(checks)
    if tree:
        programs(checks, tree)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
