"""scripts/iso: a bootable ISO from what is built; "bench": one that measures.

The latter boots straight into bench/pingpong, which says on COM1 what
scripts/bench --import reads, and leaves the medians on the screen.
"""

import pathlib
import sys

from . import arguments, build, emu, iso, paths


BENCH = "bench"
BENCH_ARGUMENTS = "samples=101 rounds=64 cold=on raw=on summary=on"


def parser():
    p = arguments.Parser(
        "iso", description="Make a bootable ISO from the kernel, sigma0, the "
        "root server, the drivers and any further programs. The same files give the same "
        "ISO, to the byte.")
    p.add_argument("programs", nargs="*", metavar="'PROGRAM ARG...'",
                   help="further modules for the root server to start. Or "
                   "\"bench\", alone: an ISO that measures what an IPC costs "
                   "on the machine that boots it (scripts/bench --import reads "
                   "its log); words behind it in the same argument go to "
                   "bench/pingpong")
    p.add_argument("-o", "--output", type=pathlib.Path,
                   help="default: pinenut.iso, or pinenut-bench.iso, in the "
                   "build folder")
    p.add_argument("--cmdline", default="", help="the kernel's options")
    return p


def contents(programs):
    """(the ISO's default name, the words of its modules)"""
    first, _, more = programs[0].partition(" ") if programs else ("", "", "")
    if first != BENCH:
        return "pinenut.iso", arguments.system(programs)
    if len(programs) > 1:
        parser().error("bench runs alone")
    return ("pinenut-bench.iso",
            ["sigma0", f"pingpong {BENCH_ARGUMENTS} {more}".strip()])


def main():
    args = parser().parse_intermixed_args()
    name, words = contents(args.programs)
    build.build()
    output = args.output or paths.build_dir() / name
    modules = arguments.modules(parser(), words)
    try:
        iso.make(output, paths.kernel(), args.cmdline, emu.resolved(modules))
    except (OSError, iso.IsoError, emu.EmulatorError) as error:
        sys.exit(f"scripts/iso: {error}")
    print(output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
