"""scripts/new-server, in a copy of the tree: what it writes is built, answers in
both emulators, is part of what scripts/run boots, and is described by its own
file; a wrong name writes nothing, and a wrong edit is told before anything
boots."""

import os
import subprocess
import sys
import tempfile

from pinenut import emu, paths, tap
from tree import Tree, pings

NAME = "tiny_server"
FILES = {"CMakeLists.txt", "server.c", f"{NAME}.pn"}
REFUSED = {
    "echo": "servers/echo exists already",
    "lib": "servers/lib exists already",
    "l4": "the build has something of that name already",
    "test": "the build has something of that name already",
    "system": "the build has something of that name already",
    "Upper": "a name is up to 16 of",
    "a-b": "a name is up to 16 of",
    "../x": "a name is up to 16 of",
    "": "a name is up to 16 of",
    "n" * 17: "a name is up to 16 of",
}


def refuses(checks, tree):
    servers = tree.root / "servers"
    before = sorted(p.name for p in servers.iterdir())
    for name, why in REFUSED.items():
        done = tree.call("new-server", name)
        checks.ok(done.returncode == 2 and why in done.stderr
                  and done.stderr.count("\n") == 1,
                  f"{name or 'an empty name'}: {why}", done.stderr)
    done = tree.call("new-server", "servers_ask")
    checks.ok(done.returncode == 1 and "cannot create target" in done.stderr,
              "a name that only CMake finds taken: it tells", done.stderr)
    done = tree.call("new-server", "--out-of-tree", servers / "nowhere", NAME)
    checks.ok(done.returncode == 1 and done.stderr == "scripts/new-server: "
              f"{servers}/nowhere/{NAME}: No such file or directory\n",
              "a folder that is not there: it tells", done.stderr)
    checks.equal(sorted(p.name for p in servers.iterdir()), before,
                 "then nothing is written")


def cannot_write(checks, tree):
    if os.geteuid() == 0:          # who may write everywhere
        return
    servers = tree.root / "servers"
    servers.chmod(0o555)
    done = tree.call("new-server", NAME)
    servers.chmod(0o755)
    checks.ok(done.returncode == 1 and done.stderr == "scripts/new-server: "
              f"{servers}/{NAME}: Permission denied\n",
              "a folder that is not ours: it tells", done.stderr)


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


def edited(checks, tree, file, before, after, complaint, what, *words):
    """Edit the file, and back; scripts/run has to complain and not to boot."""
    path = tree.root / "servers" / NAME / file
    text = path.read_text()
    path.write_text(text.replace(before, after))
    done = tree.call("run", *words)
    path.write_text(text)
    checks.ok(done.returncode == 1 and "Pinenut" not in done.stdout
              and complaint in done.stderr, what, done.stdout + done.stderr)


def wrong_edits(checks, tree):
    file = f"{NAME}.pn"
    path = f"{tree.root}/servers/{NAME}/{file}"
    edited(checks, tree, file, "small", "tiny", f"{path}:3:14: expected small, "
           'large or auto, not "tiny"', "a wrong word in its description: it is "
           "told where", "--no-build")
    edited(checks, tree, file, f"server {NAME}\n", "", f"{path}:2:5: expected "
           "server NAME first", "a description does not go on with another's "
           "server", "--no-build")
    edited(checks, tree, file, NAME, "echo", f"{path}:2:8: expected a name that "
           "no server has already", "a name that another's description has",
           "--no-build")
    done = tree.call("run", "--no-build", tree.root / "nothing.pn")
    checks.ok(done.returncode == 2 and "nothing.pn: no such file" in done.stderr,
              "a description that is not there", done.stderr)


def does_not_compile(checks, tree):
    """As scripts/run builds it, but nothing else."""
    path = tree.root / "servers" / NAME / "server.c"
    path.write_text(path.read_text().replace("additions++;", "additions+;"))
    done = subprocess.run(
        [sys.executable, "-c", "from pinenut import build\n"
         f"build.build(targets=['{NAME}'])"], capture_output=True, text=True,
        env=dict(tree.environment, PYTHONPATH=str(tree.root / "scripts")))
    checks.ok(done.returncode == 1
              and done.stderr.startswith(f"servers/{NAME}/server.c: In function")
              and f"\nservers/{NAME}/server.c:17:15: error: " in done.stderr
              and "FAILED" not in done.stderr,
              "what does not compile: the compiler's words", done.stderr)


def main():
    checks = tap.Checks()
    with tempfile.TemporaryDirectory(prefix="pinenut-tree-") as name:
        tree = Tree(name)
        refuses(checks, tree)
        cannot_write(checks, tree)
        done = tree.call("new-server", NAME)
        checks.equal((done.returncode, done.stderr), (0, ""),
                     "a new server is made")
        folder = tree.root / "servers" / NAME
        checks.equal({p.name for p in folder.iterdir()}, FILES,
                     "of three files")
        described = subprocess.run([paths.checker(), folder / f"{NAME}.pn"],
                                   capture_output=True, text=True)
        checks.equal(described.returncode, 0,
                     f"the checker takes its description: {described.stderr}")
        program = tree.build / "servers" / NAME
        if checks.ok(program.is_file(), "it is built"):
            answers(checks, program)
            tree.take_over()
            for options in [], ["--bochs"]:
                pings(checks, NAME, tree.run("--no-build", *options),
                      f"{' '.join(['scripts/run', *options])} boots it")
            wrong_edits(checks, tree)
            does_not_compile(checks, tree)
        again = tree.call("new-server", NAME)
        checks.ok(again.returncode == 2 and "exists already" in again.stderr,
                  "there is no second one of its name", again.stderr)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
