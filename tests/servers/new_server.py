"""scripts/new-server, in a copy of the tree: what it writes is built, answers in
both emulators, and is described by its own file; a wrong name writes nothing."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from pinenut import emu, paths, tap

NAME = "tiny_server"
FILES = {"CMakeLists.txt", "server.c", f"{NAME}.pn"}
REFUSED = {
    "echo": "servers/echo exists already",
    "lib": "servers/lib exists already",
    "l4": "the build has something of that name already",
    "test": "the build has something of that name already",
    "Upper": "a name is up to 16 of",
    "a-b": "a name is up to 16 of",
    "../x": "a name is up to 16 of",
    "": "a name is up to 16 of",
    "n" * 17: "a name is up to 16 of",
}


def copy_tree(folder):
    for name in ("CMakeLists.txt", "CMakePresets.json", "src", "servers",
                 "bench", "tests", "scripts"):
        source = paths.ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        elif source.exists():
            shutil.copy(source, folder / name)


def new_server(tree, *words):
    environment = dict(os.environ, PINENUT_BUILD=str(tree / "build"))
    return subprocess.run(["sh", tree / "scripts/new-server", "--no-install",
                           *words], capture_output=True, text=True,
                          env=environment)


def refuses(checks, tree):
    before = sorted(p.name for p in (tree / "servers").iterdir())
    for name, why in REFUSED.items():
        done = new_server(tree, name)
        checks.ok(done.returncode == 2 and why in done.stderr
                  and done.stderr.count("\n") == 1,
                  f"{name or 'an empty name'}: {why}", done.stderr)
    done = new_server(tree, "servers_ask")
    checks.ok(done.returncode == 1 and "cannot create target" in done.stderr,
              "a name that only CMake finds taken: it tells", done.stderr)
    checks.equal(sorted(p.name for p in (tree / "servers").iterdir()), before,
                 "then nothing is written")


def answers(checks, program):
    modules = [paths.program("sigma0"),
               (paths.program("root"), "until=servers_ask"),
               (paths.program("console"), "small ports=3f8+8 irq=4"),
               (program, "small a b"),
               (paths.program("servers_ask"), f"small {NAME} 1 40 2")]
    for name, run in ("qemu", emu.run_qemu), ("bochs", emu.run_bochs):
        result = run(paths.kernel(), modules=modules)
        checks.ok(result.status == 0
                  and f"{NAME}: ready, with 2 arguments" in result.console
                  and f"servers_ask: {NAME}: 42\n" in result.console
                  and f"root: {NAME}: " in result.console,
                  f"{name}: it is started, and adds", result.console)


def main():
    checks = tap.Checks()
    with tempfile.TemporaryDirectory(prefix="pinenut-tree-") as name:
        tree = pathlib.Path(name)
        copy_tree(tree)
        refuses(checks, tree)
        done = new_server(tree, NAME)
        checks.equal((done.returncode, done.stderr), (0, ""),
                     "a new server is made")
        folder = tree / "servers" / NAME
        checks.equal({p.name for p in folder.iterdir()}, FILES,
                     "of three files")
        checker = paths.build_dir() / "host/check_system"
        described = subprocess.run([checker, folder / f"{NAME}.pn"],
                                   capture_output=True, text=True)
        checks.equal(described.returncode, 0,
                     f"the checker takes its description: {described.stderr}")
        program = tree / "build/servers" / NAME
        if checks.ok(program.is_file(), "it is built"):
            answers(checks, program)
        again = new_server(tree, NAME)
        checks.ok(again.returncode == 2 and "exists already" in again.stderr,
                  "there is no second one of its name", again.stderr)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
