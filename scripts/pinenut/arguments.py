"""Command lines: a wrong one is one clear line and exit status 2."""

import argparse
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
DRIVERS = ["serial small ports=3f8+8 irq=4", "rtc small ports=70+2 irq=8"]


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
