"""L4Ka Pistachio's user programs, built as they are from a tree of the user's.

    build(tree, folder)  -> {name: path of an ELF file}, or raises L4kaError

No file of the tree is changed, and nothing of it is copied but into the ELF
files. What its own Makefiles would do is done here in few lines, with the
flags that a gcc of today needs:

    -march=pentium               nothing that a P5 has not
    -std=gnu++98                 the language of its time: `register`, GNU
                                 initialisers
    -fno-pic -fno-stack-protector -fno-exceptions
    -fno-asynchronous-unwind-tables
                                 what a Debian's gcc adds unasked
    -fcommon                     as gcc did until 10
    -fno-tree-loop-distribute-patterns
                                 or its memset() is compiled to a call of memset
    -w                           it was written for gcc 3

and one more file, SUPPORT, with memcpy and the like: today's gcc calls them
where yesterday's copied in line. config.h stands for configure's: COM1, 115200
baud. Programs are linked at the addresses that configure would have chosen.
"""

import pathlib
import subprocess
from typing import NamedTuple

FLAGS = ["-m32", "-march=pentium", "-O2", "-nostdinc", "-fno-exceptions",
         "-fno-stack-protector", "-fno-pic", "-fcommon", "-w",
         "-fno-asynchronous-unwind-tables",
         "-fno-tree-loop-distribute-patterns"]
LINK = ["ld", "-m", "elf_i386", "-N", "-nostdlib", "-e_start",
        "--no-warn-rwx-segments", "-z", "noexecstack"]
CONFIG = "#define CONFIG_COMPORT 0\n#define CONFIG_COMSPEED 115200\n"

SUPPORT = """\
#define WEAK __attribute__((weak))
WEAK void *memcpy(void *to, const void *from, unsigned long n)
{
    for (unsigned long i = 0; i < n; i++)
        ((char *)to)[i] = ((const char *)from)[i];
    return to;
}
WEAK void *memmove(void *to, const void *from, unsigned long n)
{
    if ((char *)to <= (const char *)from)
        return memcpy(to, from, n);
    while (n-- != 0)
        ((char *)to)[n] = ((const char *)from)[n];
    return to;
}
WEAK void *memset(void *to, int value, unsigned long n)
{
    for (unsigned long i = 0; i < n; i++)
        ((char *)to)[i] = (char)value;
    return to;
}
"""

LIBRARY = ["lib/l4/debug.cc", "lib/l4/ia32.cc", "lib/l4/ia32-syscall-stubs.S",
           "lib/io/get_hex.cc", "lib/io/print.cc", "lib/io/ia32.cc"]


class Program(NamedTuple):
    base: int
    sources: list  # globs below user/, the start-up code first
    includes: list


PROGRAMS = {
    "sigma0": Program(0x20000, ["serv/sigma0/crt0-ia32.S",
                                "serv/sigma0/*.cc"], []),
    "pingpong": Program(0x400000, ["apps/bench/pingpong/crt0-ia32.S",
                                   "apps/bench/pingpong/pingpong.cc"], []),
    "grabmem": Program(0x400000, ["apps/grabmem/crt0-ia32.S",
                                  "apps/grabmem/*.cc"], []),
    "l4test": Program(0x400000, ["apps/l4test/ia32/crt0.S",
                                 "apps/l4test/ia32/*.cc",
                                 "apps/l4test/*.cc"],
                      ["apps/l4test", "apps/l4test/ia32"]),
}


class L4kaError(RuntimeError):
    """The tree is not L4Ka's, or does not compile; the text says why."""


def _run(command):
    done = subprocess.run([str(word) for word in command], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise L4kaError(f"{done.stdout.rstrip()}\n{' '.join(map(str, command))}"
                        f": status {done.returncode}")
    return done.stdout


def user_folder(tree):
    """The folder user/ of a source tree; the tree may also be that folder."""
    tree = pathlib.Path(tree)
    if not tree.is_dir():
        raise L4kaError(f"{tree}: no such folder")
    for folder in (tree / "user", tree):
        if (folder / LIBRARY[0]).is_file():
            return folder.absolute()
    raise L4kaError(f"{tree}: no source tree of L4Ka Pistachio: it has no "
                    f"user/{LIBRARY[0]}")


def _sources(user, patterns):
    found = []
    for pattern in patterns:
        files = sorted(user.glob(pattern))
        if not files:
            raise L4kaError(f"{user}: this tree of L4Ka Pistachio has no "
                            f"{pattern}")
        found += [f for f in files if f not in found]
    return found


def _compile(user, source, includes, folder):
    relative = str(source.relative_to(user)).replace("/", "_")
    target = folder / f"{relative}.o"
    language = (["-x", "c++", "-std=gnu++98"] if source.suffix == ".cc" else [])
    standard = _run(["gcc", "-print-file-name=include"]).strip()
    _run(["gcc", *FLAGS, *[f"-I{i}" for i in
                           (*includes, user / "include", folder)],
          "-isystem", standard, *language, "-c", source, "-o", target])
    return target


def build(tree, folder):
    user = user_folder(tree)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.h").write_text(CONFIG)
    (folder / "support.c").write_text(SUPPORT)
    support = folder / "support.o"
    _run(["gcc", *FLAGS, "-ffreestanding", "-c", folder / "support.c", "-o",
          support])
    library = [_compile(user, s, [], folder) for s in _sources(user, LIBRARY)]
    programs = {}
    for name, p in PROGRAMS.items():
        includes = [user / i for i in p.includes]
        objects = [_compile(user, s, includes, folder)
                   for s in _sources(user, p.sources)]
        _run([*LINK, f"-Ttext={p.base:#x}", *objects, *library, support,
              _run(["gcc", "-m32", "-print-libgcc-file-name"]).strip(), "-o",
              folder / name])
        programs[name] = folder / name
    return programs
