"""What to press so that a text is typed on a US keyboard."""

# What a key shows without and with shift, and QEMU's name of it.
PAIRS = dict(zip("1234567890", "!@#$%^&*()"))
NAMED = {"-": ("minus", "_"), "=": ("equal", "+"), "[": ("bracket_left", "{"),
         "]": ("bracket_right", "}"), ";": ("semicolon", ":"),
         "'": ("apostrophe", '"'), "`": ("grave_accent", "~"),
         "\\": ("backslash", "|"), ",": ("comma", "<"), ".": ("dot", ">"),
         "/": ("slash", "?"), " ": ("spc", None), "\r": ("ret", None)}


def qemu_key(character):
    """QEMU's name for `sendkey`."""
    if character.isalpha():
        name = character.lower()
        return f"shift-{name}" if character.isupper() else name
    for plain, shifted in PAIRS.items():
        if character in (plain, shifted):
            return plain if character == plain else f"shift-{plain}"
    for plain, (name, shifted) in NAMED.items():
        if character == plain:
            return name
        if character == shifted:
            return f"shift-{name}"
    raise ValueError(f"no key types {character!r}")
