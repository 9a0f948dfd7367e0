"""plant_nop.py COUNT SOURCE OUTPUT: the fast path with so many NOPs more.

They go to the head of the macro BEGIN, which every IPC passes once.
"""

import pathlib
import re
import sys

PLACE = re.compile(r"^%macro BEGIN .*\n", re.MULTILINE)


def main():
    count, source, output = sys.argv[1:]
    text = pathlib.Path(source).read_text()
    if len(PLACE.findall(text)) != 1:
        sys.exit(f"{__file__}: no macro BEGIN in {source}, or more than one; "
                 "choose another place that every IPC passes once")
    nops = "        nop\n" * int(count)
    copy = pathlib.Path(output)
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(PLACE.sub(lambda found: found[0] + nops, text))


main()
