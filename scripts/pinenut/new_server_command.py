"""scripts/new-server: three files make a server."""

import pathlib
import re
import shutil
import sys

from . import arguments, build, paths, progress
from .paths import ROOT

NAME = re.compile(r"[a-z][a-z0-9_]{0,15}")
RESERVED = {"all", "clean", "help", "install", "package", "test", "edit_cache",
            "rebuild_cache",       # CMake's own
            "l4", "l4_crt0"}       # the library's
PROGRAM = """\
/*
 * {name} - a server: adds two words, and counts how often it has.
 */
#include <pn/libc.h>
#include <pn/server.h>

int main(int argc, char **argv);

/* What it can be asked for. */
enum label {{ ADD = 1, COUNT }};

static unsigned long additions;

static int add(struct pn_call *c)
{{
    c->word[0] += c->word[1];
    additions++;
    return 1; /* word in the answer */
}}

static int count(struct pn_call *c)
{{
    c->word[0] = additions;
    return 1;
}}

static const struct pn_operation operations[] = {{
    {{ADD, 2, add}}, /* label, words of the request, handler */
    {{COUNT, 0, count}},
    {{0, 0, NULL}},
}};

int main(int argc, char **argv)
{{
    printf("{name}: ready, with %d arguments\\n", argc > 0 ? argc - 1 : 0);
    (void)argv;
    pn_serve(&(struct pn_server){{.operations = operations}});
}}
"""
RULES = "pinenut_server({name} SOURCES server.c)\n"
RULES_ALONE = """\
cmake_minimum_required(VERSION 3.21)
project({name} LANGUAGES C)

find_package(Pinenut REQUIRED)
""" + RULES
SYSTEM = """\
# What it may have; <pn/system.h> explains each word.
server {name}
    place    small
    restart  on-failure
"""
NEXT = """\
{folder}: server.c, CMakeLists.txt, {name}.pn
scripts/run    boots it, with the rest; at the prompt: ask {name} 1 40 2
"""
NEXT_ALONE = """\
{folder}: server.c, CMakeLists.txt, {name}.pn
cmake -S {folder} -B {folder}/build -DCMAKE_PREFIX_PATH={prefix}
cmake --build {folder}/build
{prefix}/bin/pinenut-run {folder}/{name}.pn    # at the prompt: ask {name} 1 40 2
"""
INSTALL = """\
cmake --build build/release && cmake --install build/release --prefix {prefix}
"""


def parser():
    p = arguments.Parser(
        "new-server", description="Write three files that make a server, "
        "server.c, CMakeLists.txt and NAME.pn: " + (
            "in the folder NAME." if paths.PREFIX else
            "in servers/NAME, and build it."))
    p.add_argument("name", metavar="NAME",
                   help="up to 16 of a-z, 0-9 and _, a letter first")
    p.add_argument("--out-of-tree", metavar="FOLDER", type=pathlib.Path,
                   default=pathlib.Path() if paths.PREFIX else None,
                   help="write FOLDER/NAME instead, to be built with an "
                   "installed SDK (cmake --install)")
    return p


def is_target(name):
    """Does the build have something of that name? CMake finds the others."""
    rule = re.compile(rf"^\s*\w+\(\s*{name}[\s)]", re.MULTILINE)
    return any(rule.search(path.read_text())
               for top in ("src", "servers", "bench", "tests")
               for path in (ROOT / top).rglob("CMakeLists.txt"))


def refusal(name, folder, is_ours):
    """Why there can be no server of that name in that folder; None: there
    can."""
    if not NAME.fullmatch(name):
        return f"{name}: a name is up to 16 of a-z, 0-9 and _, a letter first"
    if folder.exists():
        return f"{name}: {shown(folder)} exists already"
    if name in RESERVED or is_ours and is_target(name):
        return f"{name}: the build has something of that name already"
    return None


def shown(folder):
    return folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder


def write(folder, name, rules):
    """The three files; nothing is left behind if that fails."""
    try:
        folder.mkdir()
        for file, text in (("server.c", PROGRAM), ("CMakeLists.txt", rules),
                           (f"{name}.pn", SYSTEM)):
            (folder / file).write_text(text.format(name=name))
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        sys.exit(f"{parser().prog}: {error.filename}: {error.strerror}")


def main():
    args = parser().parse_args()
    name, is_ours = args.name, args.out_of_tree is None
    folder = (ROOT / "servers" if is_ours else args.out_of_tree) / name
    why = refusal(name, folder, is_ours)
    if why:
        parser().error(why)
    write(folder, name, RULES if is_ours else RULES_ALONE)
    if not is_ours:
        text = NEXT_ALONE if paths.PREFIX else INSTALL + NEXT_ALONE
        print(text.format(name=name, folder=folder,
                          prefix=paths.PREFIX or "/path/of/the/sdk"), end="")
        return
    try:
        with progress.Ticker("building"):
            build.build(targets=[name])
    except SystemExit:             # what fails to build is not left behind
        shutil.rmtree(folder)
        raise
    print(NEXT.format(name=name, folder=shown(folder)), end="")


if __name__ == "__main__":
    sys.exit(main())
