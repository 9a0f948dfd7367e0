"""scripts/emu: one headless run, its console on standard output."""

import pathlib
import sys

from . import arguments, emu, iso, paths, rom

NO_STATUS = 125


def parser():
    p = arguments.Parser(
        "emu", description="Run a kernel with modules in an emulator until it "
        "ends itself. Prints its console; exits with the guest's status, 124 "
        "after a timeout, 125 if the guest did not end itself.")
    p.add_argument("emulator", choices=["qemu", "bochs"])
    p.add_argument("modules", nargs="*", metavar="'PROGRAM ARG...'",
                   help="something built (sigma0, root, ...) or a file")
    p.add_argument("--kernel", type=pathlib.Path, help="default: the built one")
    p.add_argument("--cmdline", default="", help="the kernel's options")
    p.add_argument("--cpu", default="pentium", help="default: pentium")
    p.add_argument("--mem", type=int, default=64, metavar="MB")
    p.add_argument("--timeout", type=int, default=60, metavar="SECONDS")
    p.add_argument("--iso", action="store_true",
                   help="boot from an ISO by GRUB")
    p.add_argument("--plugin", help="QEMU: TCG plugin, with its options")
    p.add_argument("--disk", metavar="FILE",
                   help="a raw disk image, the first IDE drive; the guest may "
                   "write to it")
    p.add_argument("--serial", metavar="FILE", help="keep COM1's output")
    return p


def main():
    args = parser().parse_intermixed_args()
    if args.plugin and args.emulator == "bochs":
        parser().error("--plugin is for qemu")
    common = dict(kernel=args.kernel or paths.kernel(), cmdline=args.cmdline,
                  modules=arguments.modules(parser(), args.modules),
                  mem=args.mem, timeout=args.timeout, serial=args.serial,
                  disk=args.disk)
    try:
        if args.emulator == "qemu":
            result = emu.run_qemu(cpu=args.cpu, plugin=args.plugin,
                                  via="iso" if args.iso else "kernel", **common)
        else:
            result = emu.run_bochs(model=args.cpu,
                                   via="iso" if args.iso else "rom", **common)
    except (emu.EmulatorError, iso.IsoError, ValueError) as error:
        sys.exit(f"scripts/emu: {error}")
    sys.stdout.write(result.console)
    if result.status is not None:
        return result.status
    print(f"scripts/emu: the guest did not end itself "
          f"(process status {result.process})", file=sys.stderr)
    return emu.TIMED_OUT if result.process == emu.TIMED_OUT else NO_STATUS


if __name__ == "__main__":
    sys.exit(main())
