#!/usr/bin/env python3
"""Carry numbers from C to NASM: offsets.py INPUT.s OUTPUT.inc

INPUT.s is what `gcc -S` made of a C file that names its constants with

    #define SYM(name, value) \\
        __asm__ volatile("\\n.asmsym " #name " %c0" : : "i"(value))

Each such line becomes `%define NAME value` in OUTPUT.inc, which is rewritten
only when its text changed. C is the one place where the numbers are defined.
gcc prints 32-bit values as signed: an address from 2 GB up comes out negative,
the same number to an instruction, but not to a NASM shift or comparison.
"""

import pathlib
import re
import sys

LINE = re.compile(r"^\s*\.asmsym\s+([A-Za-z_]\w*)\s+\$?(-?\w+)\s*$")


def defines(assembly):
    """The NASM text for gcc's output; ValueError says what is wrong."""
    values = {}
    for number, line in enumerate(assembly.splitlines(), 1):
        if ".asmsym" not in line:
            continue
        match = LINE.match(line)
        if not match:
            raise ValueError(f"line {number}: not '.asmsym NAME value': {line}")
        name, value = match.group(1), int(match.group(2), 0)
        if values.setdefault(name, value) != value:
            raise ValueError(f"line {number}: {name} has two values")
    if not values:
        raise ValueError("no .asmsym line in it")
    return "".join(f"%define {n} {v}\n" for n, v in values.items())


def main(argv):
    if len(argv) != 3:
        sys.exit("offsets.py: usage: offsets.py INPUT.s OUTPUT.inc")
    source, target = map(pathlib.Path, argv[1:])
    try:
        text = defines(source.read_text())
    except (OSError, ValueError) as error:
        sys.exit(f"offsets.py: {source}: {error}")
    if not target.exists() or target.read_text() != text:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


if __name__ == "__main__":
    main(sys.argv)
