"""plant.py MUTANT SOURCE_DIR OUTPUT_DIR: write the mutant's changed files.

mutants.json says which text becomes which in which file of the kernel. The old
text must occur exactly once: a changed kernel cannot turn a planted hole into
no hole at all without the build saying so.
"""

import json
import pathlib
import sys

TABLE = pathlib.Path(__file__).with_name("mutants.json")


def main():
    name, source, output = sys.argv[1:]
    mutant = next(m for m in json.loads(TABLE.read_text()) if m["name"] == name)
    for edit in mutant["edits"]:
        text = pathlib.Path(source, edit["file"]).read_text()
        found = text.count(edit["old"])
        if found != 1:
            sys.exit(f"{TABLE}: mutant {name}: the text to replace occurs "
                     f"{found} times, not once, in src/{edit['file']}; adapt "
                     f"the mutant to the kernel:\n{edit['old']}")
        copy = pathlib.Path(output, edit["file"])
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text.replace(edit["old"], edit["new"]))


main()
