"""Command lines: a wrong one is one clear line and exit status 2."""

import argparse
import pathlib
import subprocess
import sys

from . import paths


class Parser(argparse.ArgumentParser):
    """argparse without the usage text in front of its complaint."""

    def __init__(self, name, **options):
        prog = f"pinenut-{name}" if paths.PREFIX else f"scripts/{name}"
        super().__init__(prog=prog, allow_abbrev=False, **options)
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


def descriptions():
    """The default system's: servers/system.pn, and that of each server that has
    one of its own, as scripts/new-server writes it."""
    servers = paths.ROOT / "servers"
    return [servers / "system.pn", *sorted(
        path for path in servers.glob("*/*.pn") if path.stem == path.parent.name)]


def _near(path):
    """The path, short if it is below the folder that one is in."""
    here = pathlib.Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def described(parser, files, folder, given, build, root="root"):
    """The modules of the system that the `files` together describe, as (path,
    args) pairs: their text, as "system" in `folder`, and what it names, each
    from among the paths `given`, or beside one of the files, or in a folder
    build there, or as something built, for which build(names) is called; `root`
    is the root server's words. A wrong description is the checker's line and
    exit status 1."""
    for text in files:
        if not text.is_file():
            parser.error(f"{text}: no such file")
    done = subprocess.run([paths.checker(), "--modules", *map(_near, files)],
                          text=True, stdout=subprocess.PIPE)
    if done.returncode:
        sys.exit(done.returncode)
    path = folder / "system"
    path.write_text("\n".join(text.read_text() for text in files))
    found = {pathlib.Path(name).name: name for name in given}
    names = done.stdout.split()
    for name in found.keys() - set(names):
        parser.error(f"{found[name]}: {files[-1]} names no module {name}")
    for text in files:
        for name in names:
            for near in text.parent / name, text.parent / "build" / name:
                if near.is_file():
                    found.setdefault(name, near)
    build([name for name in names if name not in found])
    return modules(parser, ["sigma0", root]) + [(path, "")] + modules(
        parser, [str(found.get(name, name)) for name in names])
