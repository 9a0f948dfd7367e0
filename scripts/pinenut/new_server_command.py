"""scripts/new-server: three files make a server."""

import re
import shutil
import sys

from . import arguments, build
from .paths import ROOT

NAME = re.compile(r"[a-z][a-z0-9_]{0,15}")
RESERVED = {"all", "clean", "help", "install", "package", "test", "edit_cache",
            "rebuild_cache"}       # CMake's own
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
SYSTEM = """\
# What it may have; servers/lib/include/pn/system.h explains each word.
server {name}
    place    small
    restart  on-failure
"""


def parser():
    p = arguments.Parser(
        "new-server", description="Write servers/NAME, with server.c, "
        "CMakeLists.txt and NAME.pn, and build it.")
    p.add_argument("name", metavar="NAME",
                   help="up to 16 of a-z, 0-9 and _, a letter first")
    return p


def is_target(name):
    """Does the build have something of that name? CMake finds the others."""
    rule = re.compile(rf"^\s*\w+\(\s*{name}[\s)]", re.MULTILINE)
    return name in RESERVED or any(
        rule.search(path.read_text()) for top in ("src", "servers", "bench",
                                                  "tests")
        for path in (ROOT / top).rglob("CMakeLists.txt"))


def refusal(name):
    """Why there can be no server of that name; None: there can."""
    if not NAME.fullmatch(name):
        return f"{name}: a name is up to 16 of a-z, 0-9 and _, a letter first"
    if (ROOT / "servers" / name).exists():
        return f"{name}: servers/{name} exists already"
    if is_target(name):
        return f"{name}: the build has something of that name already"
    return None


def main():
    name = parser().parse_args().name
    why = refusal(name)
    if why:
        parser().error(why)
    folder = ROOT / "servers" / name
    try:
        folder.mkdir()
        for file, text in (("server.c", PROGRAM), ("CMakeLists.txt", RULES),
                           (f"{name}.pn", SYSTEM)):
            (folder / file).write_text(text.format(name=name))
    except OSError as error:
        sys.exit(f"scripts/new-server: {error}")
    try:
        build.build(targets=[name])
    except SystemExit:             # what fails to build is not left behind
        shutil.rmtree(folder)
        raise
    print(f"servers/{name}: server.c, CMakeLists.txt, {name}.pn\n"
          f"scripts/run {name}    runs it; ping {name}, at the prompt, asks it")


if __name__ == "__main__":
    sys.exit(main())
