"""Configure and build, quietly unless it fails."""

import contextlib
import fcntl
import re
import subprocess
import sys

from .paths import ROOT, build_dir

# What ninja says around the compiler's words: progress, command lines, the end.
NINJA = re.compile(r"^(\[\d+/\d+\] .*|FAILED: .*\n.*|ninja: build stopped.*)\n",
                   re.MULTILINE)


@contextlib.contextmanager
def _alone(folder):
    """One build at a time in a folder; ninja itself does not see to that."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _step(what, command):
    done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode:
        sys.stderr.write(NINJA.sub("", done.stdout).replace(f"{ROOT}/", ""))
        sys.exit(f"scripts: {what} failed: {' '.join(map(str, command))}")


def build(preset="release", werror=False, targets=()):
    """Bring build/<preset> up to date; if that fails, say why and exit."""
    folder = build_dir(preset)
    with _alone(folder):
        _step("configuring", [
            "cmake", "--preset", preset, "-B", folder,
            f"-DPINENUT_WERROR={'ON' if werror else 'OFF'}"])
        command = ["cmake", "--build", folder]
        if targets:
            command += ["--target", *targets]
        _step("building", command)
    return folder
