#!/usr/bin/env python3
"""plant.py SOURCE COPY TEXT REPLACEMENT: copies a file with one bug in it.

TEXT must occur exactly once, so a change of the code cannot turn the bug
into no bug at all without the build saying so.
"""

import pathlib
import sys


def main():
    source, copy, text, replacement = sys.argv[1:]
    text = text.replace("\\n", "\n")
    replacement = replacement.replace("\\n", "\n")
    code = pathlib.Path(source).read_text()
    if code.count(text) != 1:
        sys.exit(f"{source}: {code.count(text)} times, not once: {text}")
    copy = pathlib.Path(copy)
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(code.replace(text, replacement))


main()
