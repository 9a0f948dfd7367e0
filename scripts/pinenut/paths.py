"""Where things are in the tree and in the build folder."""

import os
import pathlib

# The tree; in an installed SDK share/pinenut, where the scripts lie likewise.
ROOT = pathlib.Path(__file__).resolve().parents[2]
PREFIX = None if (ROOT / "CMakeLists.txt").exists() else ROOT.parents[1]


def build_dir(preset="release"):
    """The preset's build folder; $PINENUT_BUILD, if set, takes its place. In
    an SDK, what was built then."""
    if PREFIX:
        return PREFIX / "lib/pinenut"
    chosen = os.environ.get("PINENUT_BUILD")
    if chosen:
        return pathlib.Path(chosen).absolute()
    return ROOT / "build" / preset


def kernel():
    return build_dir() / "kernel.elf"


def checker():
    """The program that checks system descriptions."""
    return build_dir() / "host" / "check_system"


def program(name):
    """A program's file: NAME as a path, or as something built."""
    given = pathlib.Path(name)
    places = [build_dir() / folder / name for folder in
              ("servers", "bench", "tests")]
    for path in [build_dir() / name, *places, given]:
        if path.is_file():
            return path
    raise FileNotFoundError(f"{name}: neither a built program nor a file")
