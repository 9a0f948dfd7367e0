"""scripts/iso: a bootable ISO from what is built."""

import pathlib
import sys

from . import arguments, build, emu, iso, paths


def parser():
    p = arguments.Parser(
        "iso", description="Make a bootable ISO from the kernel, sigma0, the "
        "root server and any further programs. The same files give the same "
        "ISO, to the byte.")
    p.add_argument("programs", nargs="*", metavar="'PROGRAM ARG...'",
                   help="further modules for the root server to start")
    p.add_argument("-o", "--output", type=pathlib.Path,
                   help="default: pinenut.iso in the build folder")
    p.add_argument("--cmdline", default="", help="the kernel's options")
    return p


def main():
    args = parser().parse_intermixed_args()
    build.build()
    output = args.output or paths.build_dir() / "pinenut.iso"
    modules = arguments.modules(parser(), ["sigma0", "root", *args.programs])
    try:
        iso.make(output, paths.kernel(), args.cmdline, emu.resolved(modules))
    except (OSError, iso.IsoError, emu.EmulatorError) as error:
        sys.exit(f"scripts/iso: {error}")
    print(output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
