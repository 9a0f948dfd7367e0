"""A copy of the tree, in which a test may do what a user does in his."""

import os
import pathlib
import shutil
import subprocess
import sys

from pinenut import paths

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "boot"))

from console import PROMPT, Typist  # noqa: E402 (a suite's module, too)

PARTS = ("CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "src",
         "servers", "bench", "tests", "scripts", "docs")


class Tree:
    """The copy in `folder`, which builds into a folder of its own."""

    def __init__(self, folder, build="build"):
        self.root = pathlib.Path(folder)
        self.build = self.root / build
        self.environment = dict(os.environ, PINENUT_BUILD=str(self.build))
        for name in PARTS:
            source = paths.ROOT / name
            if source.is_dir():
                shutil.copytree(source, self.root / name)
            else:
                shutil.copy(source, self.root / name)

    def call(self, command, *words):
        """Run scripts/<command> to its end."""
        return subprocess.run(
            ["sh", self.root / "scripts" / command, "--no-install", *words],
            capture_output=True, text=True, env=self.environment,
            stdin=subprocess.DEVNULL)

    def run(self, *words):
        """scripts/run, at its keyboard."""
        return Typist("--no-install", *words, env=self.environment,
                      command=("sh", self.root / "scripts/run"))

    def take_over(self):
        """Have what the tests' own build made: no need to build it again."""
        for source in [paths.kernel(), paths.checker(),
                       *(paths.build_dir() / "servers").iterdir()]:
            target = self.build / source.relative_to(paths.build_dir())
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_file() and not target.exists():
                target.symlink_to(source)


def pings(checks, name, typist, what):
    """Does the server of that name answer at the prompt of `typist`? It is asked
    when it has said that it runs."""
    try:
        typist.wait_for(PROMPT)
        if typist.wait_for(f"{name}: ready, with "):
            typist.wait_for("\n", typist.said.index(f"{name}: ready, with "))
        said = typist.command(f"ping {name}")
        checks.ok(f"{name} answered 1 words" in said, what, typist.said)
        typist.ask(b"halt\r", "pinenut: exit 0")
    finally:
        typist.end()
