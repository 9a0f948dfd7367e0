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
