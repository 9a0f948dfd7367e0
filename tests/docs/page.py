"""The fenced blocks of a page, as a test can follow them:

    ```sh        `$ COMMAND`: typed into a terminal, in the tree's top folder;
                 `pinenut> COMMAND`: typed at the console's prompt. Lines below
                 are promised: they come in this order, perhaps with others
                 between and around. `...` stands for such others.
    ```diff      behind `--- FILE`: lines with - are taken out of it, those with
                 + put in; with the others around they stand there once.

A number behind ~ is another one each time; runs of blanks count as one. Other
blocks are for reading only."""

import re

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TYPED = re.compile(r"^(\$|pinenut>) (.*)$")
ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
PROMPT = "pinenut> "


class Step:
    """One command, or one edit: where it stands, what it is, what it promises."""

    def __init__(self, line, kind, text):
        self.line, self.kind, self.text = line, kind, text
        self.promised = []


def _typed(start, text):
    found = []
    for n, line in enumerate(text.splitlines(), start):
        typed = TYPED.match(line)
        if typed:
            found.append(Step(n, typed[1], typed[2]))
        elif line != "...":
            found[-1].promised.append(line)
    return found


def _edit(start, text):
    first, *lines = text.splitlines()
    step = Step(start, "edit", first.removeprefix("--- "))
    step.promised = lines
    return [step]


def steps(text):
    """All commands and edits, in order."""
    kinds = {"sh": _typed, "diff": _edit}
    return [step for block in FENCE.finditer(text) if block[1] in kinds
            for step in kinds[block[1]](
                text.count("\n", 0, block.start()) + 2, block[2])]


def pattern(line):
    """A promised line as a pattern."""
    parts = re.split(r"(~\d+|\s+)", line.strip())
    return re.compile("".join(
        r"\d+" if part.startswith("~") and part[1:].isdigit() else
        r"\s+" if part.isspace() else re.escape(part) for part in parts))


def missing(promised, said):
    """The first promised line that has not come in its turn; None: all have.
    What follows a prompt on its line counts, and what precedes it."""
    lines = [line.strip() for line in ESCAPES.sub("", said).replace(
        "\r", "").replace(PROMPT, "\n").split("\n")]
    at = 0
    for line in promised:
        wanted = pattern(line)
        while at < len(lines) and not wanted.fullmatch(lines[at]):
            at += 1
        if at == len(lines):
            return line
        at += 1
    return None


def edit(path, lines):
    """Change the file; what is wrong with the edit, or None."""
    text = path.read_text()
    before = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "+")
    after = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "-")
    if text.count(before) != 1:
        return f"stands there {text.count(before)} times:\n{before}"
    path.write_text(text.replace(before, after))
    return None
