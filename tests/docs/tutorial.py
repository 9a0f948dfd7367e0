"""docs/servers.md, followed to the letter in a copy of the tree: each command
does what the page says. With the word show, all that comes is printed."""

import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "servers"))

import page
from pinenut import paths, tap
from tree import Tree, Typist

PAGE = "docs/servers.md"
PATIENCE = 240                     # seconds: the first build is among them


class Reader:
    """Who does what the page says; a machine that runs is at `typist`."""

    def __init__(self, tree):
        self.tree, self.typist = tree, None

    def do(self, step):
        """What is wrong then; None: it was as promised."""
        if step.kind == "edit":
            return page.edit(self.tree.root / step.text, step.promised)
        if step.kind == "$":
            self.end()
            return self.call(step)
        start = len(self.typist.said)
        self.typist.type(f"{step.text}\r".encode())
        return self.wait(step, start)

    def call(self, step):
        """In the terminal: what ends soon, or a machine."""
        command = step.text
        if command.startswith("scripts/"):
            command = "exec " + command.replace(" ", " --no-install ", 1)
            if " " not in step.text:
                command += " --no-install"
        self.typist = Typist(command=("sh", "-c", command), cwd=self.tree.root,
                             env=self.tree.environment)
        wrong = self.wait(step, 0)
        status = self.typist.child.poll()
        if not wrong and status and not command.startswith("exec scripts/run"):
            return f"status {status}\n--\n{self.typist.said}"
        return wrong

    def wait(self, step, start):
        """Until all has come, and the prompt or the end of the command."""
        deadline = time.monotonic() + PATIENCE
        typist, lost = self.typist, ""
        while lost is not None and time.monotonic() < deadline:
            goes_on = typist.read()
            said = typist.said[start:]
            lost = page.missing(step.promised, said)
            if not goes_on:
                typist.child.wait()
                break
            if lost is None and f"\n{page.PROMPT}" not in said:
                lost = page.PROMPT
        return lost and f"did not come: {lost}\n--\n{said}"

    def end(self):
        if self.typist:
            self.typist.end()
            self.typist = None


def counts(checks, text):
    """The page says how much there is to type and to change."""
    steps = page.steps(text)
    edits = [line for step in steps if step.kind == "edit"
             for line in step.promised]
    for said in (
            "{} in the terminal and {} at the prompt".format(
                *(sum(step.kind == kind for step in steps)
                  for kind in ("$", page.PROMPT.strip()))),
            "{} came, and {} of the old ones went".format(
                *(sum(line[:1] == sign for line in edits) for sign in "+-"))):
        checks.ok(said in " ".join(text.split()), f"{PAGE} says: {said}")


def main():
    checks = tap.Checks()
    text = (paths.ROOT / PAGE).read_text()
    counts(checks, text)
    begun, first = time.monotonic(), None
    with tempfile.TemporaryDirectory(prefix="pinenut-docs-") as folder:
        reader = Reader(Tree(folder, build="build/release"))
        try:
            for step in page.steps(text):
                wrong = reader.do(step)
                checks.ok(not wrong, f"{PAGE}:{step.line}: {step.kind} "
                          f"{step.text}", wrong or "")
                if step.text.startswith("ask "):
                    first = first or time.monotonic() - begun
                if "show" in sys.argv and reader.typist:
                    print(reader.typist.said[-4000:])
                if wrong:
                    break          # the rest builds on it
        finally:
            reader.end()
    print(f"# {time.monotonic() - begun:.0f} s, the first answer after "
          f"{first or 0:.0f} s")
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
