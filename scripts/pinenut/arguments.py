"""Command lines: a wrong one is one clear line and exit status 2."""

import argparse
import pathlib
import subprocess
import sys

from . import paths


class Parser(argparse.ArgumentParser):
    """argparse without the usage text in front of its complaint."""

    def __init__(self, name, **options):
        super().__init__(prog=f"scripts/{name}", allow_abbrev=False, **options)
        self.add_argument("--no-install", action="store_true",
                          help="install nothing: if something is missing, "
                          "print the apt-get line that would, and exit 3")

    def error(self, message):
        print(f"{self.prog}: {message} (see {self.prog} --help)",
              file=sys.stderr)
        sys.exit(2)


# The system with its console: the drivers, which have their ports and
# interrupts from these words, ahead of the programs that use them.
SERVERS = ["sigma0", "root"]
DRIVERS = ["console small ports=3f8+8 irq=4 ports=60+1 ports=64+1 irq=1 "
           "ports=3d4+2 device=b8000+8000", "rtc small ports=70+2 irq=8"]


def system(programs, drivers=True):
    """The module words of the system with these programs."""
    return SERVERS + (DRIVERS if drivers else []) + programs


def modules(parser, words):
    """"PROGRAM ARG..." words as (path, args) pairs; one unknown is an error."""
    pairs = []
    for word in words:
        name, _, args = word.strip().partition(" ")
        try:
            pairs.append((paths.program(name), args.strip()))
        except FileNotFoundError as error:
            parser.error(error)
    return pairs


def described(parser, checker, text, folder, given, root="root"):
    """The modules of the system that the file `text` describes, as (path,
    args) pairs: it itself, as "system" in `folder`, and what it names, each
    from among the paths `given`, or beside it, or as something built; `root` is
    the root server's words. A wrong description is the checker's line and exit
    status 1."""
    if not text.is_file():
        parser.error(f"{text}: no such file")
    done = subprocess.run([checker, "--modules", text], text=True,
                          stdout=subprocess.PIPE)
    if done.returncode:
        sys.exit(done.returncode)
    path = folder / "system"
    path.write_bytes(text.read_bytes())
    by_name = {pathlib.Path(name).name: name for name in given}
    names = done.stdout.split()
    for name in by_name.keys() - set(names):
        parser.error(f"{by_name[name]}: {text} names no module {name}")
    beside = {name: text.parent / name for name in names
              if (text.parent / name).is_file()}
    return modules(parser, ["sigma0", root]) + [(path, "")] + modules(
        parser, [str(by_name.get(name, beside.get(name, name)))
                 for name in names])
