"""What the READMEs say to type: each script that is named is there and knows the
options that stand behind it, and the line for QEMU boots."""

import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "servers"))

from pinenut import paths, tap
from tree import PROMPT, Typist

PAGES = ("README.md", ".ci/README.md", "src/**/*.md", "servers/**/*.md",
         "bench/**/*.md", "tests/**/*.md", "scripts/**/*.md", "docs/*.md")
CODE = re.compile(r"^(?: {4}|\$ )(.*)$|`([^`\n]+)`", re.MULTILINE)
COMMAND = re.compile(r"(?<![\w/])scripts/([a-z-]+)\b(?![./_])([^#|&;]*)")
OPTION = re.compile(r"(?<=\s)--[a-z0-9-]+")


def commands(text):
    """(script, options) of each command in the code of a page."""
    for block, span in CODE.findall(text):
        for name, words in COMMAND.findall(block or span):
            yield name, set(OPTION.findall(words))


def options_of(script):
    """What its --help lists; None: there is no such script."""
    path = paths.ROOT / "scripts" / script
    if not path.is_file():
        return None
    said = subprocess.run(["sh", path, "--help"], capture_output=True,
                          text=True)
    return set(re.findall(r"--[a-z0-9-]+", said.stdout))


def all_commands(checks):
    known = {}
    for page in sorted({path for pattern in PAGES
                        for path in paths.ROOT.glob(pattern)}):
        wrong = []
        for name, options in commands(page.read_text()):
            if name not in known:
                known[name] = options_of(name)
            if known[name] is None:
                wrong.append(f"scripts/{name} is not there")
            else:
                wrong += [f"scripts/{name} knows no {option}"
                          for option in options - known[name]]
        checks.ok(not wrong, f"{page.relative_to(paths.ROOT)}: its commands "
                  "are there", "\n".join(wrong))
    checks.ok({"run", "test", "bench", "new-server"} <= known.keys(),
              "and were found", str(known.keys()))


def qemu_boots(checks):
    text = (paths.ROOT / "servers/README.md").read_text()
    line = re.search(r"^ {4}(qemu-system-i386 (?:.*\\\n)*.*)$", text,
                     re.MULTILINE)
    typist = Typist(command=("sh", "-c", f"exec {line[1]}"),
                    cwd=paths.build_dir() / "servers")
    try:
        checks.ok(typist.wait_for("args: arguments: a b")
                  and typist.wait_for(PROMPT),
                  "servers/README.md: the line for QEMU boots", typist.said)
    finally:
        typist.end()


def main():
    checks = tap.Checks()
    all_commands(checks)
    qemu_boots(checks)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
