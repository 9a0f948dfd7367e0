"""scripts/run: an interactive console in QEMU or in Bochs."""

import os
import pathlib
import select
import signal
import subprocess
import sys
import tempfile
import termios
import tty

from . import arguments, build, display, emu, iso, park, paths, progress

EXAMPLES = ["args", "echo"]
PARK = ["park"]
DESCRIPTION = ".pn"                # the end of its file's name
QUIT = b"\x1d"                     # Ctrl-]
# An instruction is a nanosecond; an idle machine waits as long as a real one.
P5_CLOCK = ["-icount", "shift=0,sleep=on"]


def parser():
    p = arguments.Parser(
        "run", description="Boot the default system, with COM1 as this "
        "terminal: what servers/system.pn describes, and every server that has "
        "a description of its own, servers/NAME/NAME.pn, as scripts/new-server "
        "writes it. Leave QEMU with Ctrl-A X, Bochs with Ctrl-].")
    p.add_argument("programs", nargs="*", metavar="FILE.pn|'PROGRAM ARG...'",
                   help="FILE.pn: a description to add to the system. Programs: "
                   "sigma0, the root server, the drivers and these as modules "
                   "instead, without any description. park alone: many small "
                   "servers, called and killed, and a verdict, which is the "
                   "status, too")
    p.add_argument("--servers", type=int, metavar="N",
                   help=f"of the park; default: {park.SERVERS}. For more than "
                   f"{park.USUAL} the kernel gets more memory, if --cmdline says "
                   "nothing")
    p.add_argument("--system", type=pathlib.Path, metavar="FILE",
                   help="run the system that FILE describes instead of the "
                   "default one, drivers included. PROGRAM then is the path of "
                   "a module that a description names, if that is neither built "
                   "here nor beside the description, or in a folder build there")
    p.add_argument("--until", metavar="NAME",
                   help="of a described system: when NAME ends, the machine "
                   "does, with its status")
    p.add_argument("--bochs", action="store_true",
                   help="in Bochs, which enforces segment limits")
    p.add_argument("--screen", action="store_true",
                   help="in QEMU with the machine's screen and keyboard, in a "
                   "window or, where there is none, in this terminal. Alt-2 is "
                   "QEMU's monitor (quit leaves), Alt-3 COM1, Alt-1 the screen; "
                   "with Ctrl in a window")
    p.add_argument("--p5", action="store_true",
                   help="in QEMU with the P5 cycle model: RDTSC, and with it "
                   "place and bench, counts modelled Pentium cycles; slower, "
                   "and time passes as the model runs")
    p.add_argument("--iso", action="store_true",
                   help="boot from an ISO by GRUB")
    p.add_argument("--no-drivers", action="store_true",
                   help="without descriptions and drivers: the console is the "
                   f"kernel's, the programs by default {' '.join(EXAMPLES)}")
    p.add_argument("--debug", action="store_true",
                   help="QEMU: wait for gdb on port 1234")
    p.add_argument("--no-build", action="store_true",
                   help="boot what was built before")
    p.add_argument("--disk", metavar="FILE",
                   help="a raw disk image, the first IDE drive; the programs "
                   "may write to it")
    p.add_argument("--cmdline", default="", help="the kernel's options")
    p.add_argument("--cpu", default="pentium", help="default: pentium")
    p.add_argument("--mem", type=int, default=64, metavar="MB")
    return p


def p5_model():
    """The plugin's file."""
    path = paths.build_dir() / "bench" / "p5model.so"
    if not path.is_file():
        parser().error("--p5: the model is not built: leave --no-build out")
    return path


def told_clock(args, modules):
    """The modules, with the root server told what RDTSC counts."""
    clock = "bochs" if args.bochs else "p5" if args.p5 else "qemu"
    return [(path, f"{words} clock={clock}".strip() if path.name == "root"
             else words) for path, words in modules]


def shown_on(args):
    """QEMU's options for the display; None without one."""
    options = display.options() if args.screen else None
    if args.screen and not options:
        parser().error("--screen: there is nothing to show it on: QEMU wants "
                       "DISPLAY and the package qemu-system-gui for a window, "
                       "or to be run in a terminal")
    return options


def run_qemu(args, modules):
    """QEMU with COM1 on this terminal; the guest's status."""
    with tempfile.TemporaryDirectory(prefix="pinenut-run-") as name:
        folder = pathlib.Path(name)
        command = ["qemu-system-i386", "-cpu", args.cpu, "-m", str(args.mem),
                   *(shown_on(args) or ["-display", "none", "-serial",
                                        "mon:stdio"]), *emu.QEMU_EXIT,
                   *emu.qemu_boot(folder, paths.kernel(), args.cmdline, modules,
                                  "iso" if args.iso else "kernel"),
                   *emu.qemu_disk(args.disk)]
        if args.p5:
            command += [*P5_CLOCK, "-plugin",
                        f"{p5_model()},tsc=on,outfile={folder / 'regions'}"]
        if args.debug:
            print(f"In another terminal: gdb {paths.kernel()} -ex 'target "
                  "remote :1234'", flush=True)
            command += ["-s", "-S"]
        status = subprocess.run(command, cwd=folder).returncode
    # Odd: the guest ended itself with half of it. 0: left by Ctrl-A X.
    return status // 2 if status % 2 else status


def relay(master, child):
    """Carry bytes between this terminal and a pseudo terminal."""
    inputs = [master, sys.stdin.fileno()]
    while child.poll() is None:
        ready = select.select(inputs, [], [], 0.1)[0]
        if master in ready:
            os.write(sys.stdout.fileno(), os.read(master, 4096))
        if sys.stdin.fileno() in ready:
            typed = os.read(sys.stdin.fileno(), 4096)
            if not typed:
                inputs.remove(sys.stdin.fileno())
            if QUIT in typed:
                child.terminate()
            os.write(master, typed)
    while select.select([master], [], [], 0.1)[0]:
        os.write(sys.stdout.fileno(), os.read(master, 4096))


def raw_terminal():
    """Keys as they are typed; the settings to restore, None if no terminal."""
    if not sys.stdin.isatty():
        return None
    settings = termios.tcgetattr(sys.stdin)
    tty.setraw(sys.stdin)
    return settings


def run_bochs(args, modules):
    """Bochs with COM1 on a pseudo terminal, relayed to this one."""
    master, slave = os.openpty()
    tty.setraw(slave)
    with tempfile.TemporaryDirectory(prefix="pinenut-run-") as name:
        folder = pathlib.Path(name)
        emu.bochs_config(folder, paths.kernel(), args.cmdline, modules,
                         args.cpu, args.mem, "iso" if args.iso else "rom",
                         com1=f"mode=term, dev={os.ttyname(slave)}",
                         disk=args.disk)
        settings = raw_terminal()
        try:
            child = subprocess.Popen(emu.BOCHS_COMMAND, cwd=folder,
                                     stdin=subprocess.DEVNULL,
                                     stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
            relay(master, child)
        finally:
            child.kill()
            child.wait()
            if settings:
                termios.tcsetattr(sys.stdin, termios.TCSADRAIN, settings)
    return 0 if child.returncode == -signal.SIGTERM else child.returncode


def is_park(args):
    return args.programs == PARK and not args.system


def added(args):
    """The descriptions among the arguments."""
    return [pathlib.Path(name) for name in args.programs
            if name.endswith(DESCRIPTION)]


def is_described(args):
    return bool(args.system or added(args)
                or not (args.programs or args.no_drivers))


def build_system(args):
    """What the default system is made of, and what --p5 takes."""
    if not (args.no_build or paths.PREFIX):
        with progress.Ticker("building"):
            build.build(targets=["system", "p5model"] if args.p5 else ["system"])


def build_rest(args, names):
    """Everything, if these are not all programs of servers/."""
    servers = paths.build_dir() / "servers"
    if not (args.no_build or paths.PREFIX or
            all((servers / name).is_file() for name in names)):
        with progress.Ticker("building all"):
            build.build()


def modules_of(args, folder):
    def build_for(names):
        build_rest(args, names)

    if is_park(args):
        text = folder / "park.pn"
        text.write_text(park.description(args.servers or park.SERVERS))
        return arguments.described(parser(), [text], folder, [], build_for,
                                   park.ROOT)
    if is_described(args):
        files = [args.system] if args.system else arguments.descriptions()
        return arguments.described(
            parser(), files + added(args), folder,
            [name for name in args.programs if not name.endswith(DESCRIPTION)],
            build_for, f"root until={args.until}" if args.until else "root")
    programs = args.programs or EXAMPLES
    build_for([program.split()[0] for program in programs if program.split()])
    return arguments.modules(parser(), arguments.system(
        programs, not args.no_drivers))


def main():
    # An exception, so that the emulator is ended and its folder removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    args = parser().parse_intermixed_args()
    if args.p5 and args.bochs:
        parser().error("--p5 is for QEMU, not for --bochs")
    if args.screen and args.bochs:
        parser().error("--screen is for QEMU; Bochs shows it to a VNC viewer, "
                       "at port 5900 or the next that is free, with --iso")
    if args.debug and args.bochs:
        parser().error("--debug is for QEMU, not for --bochs")
    if args.no_drivers and is_described(args):
        parser().error("--no-drivers is not for a described system: its files "
                       "say all")
    if args.servers is not None and not is_park(args):
        parser().error("--servers is for park")
    if args.servers is not None and not (
            park.LEAST <= args.servers <= park.MOST):
        parser().error(f"--servers {args.servers}: from {park.LEAST} to "
                       f"{park.MOST}")
    if args.until and not is_described(args):
        parser().error("--until is for a described system")
    if args.no_drivers and is_park(args):
        parser().error("--no-drivers is not for park")
    if is_park(args) and not args.cmdline:
        args.cmdline = park.options(args.servers or park.SERVERS)
    build_system(args)
    try:
        with tempfile.TemporaryDirectory(prefix="pinenut-system-") as folder:
            modules = told_clock(args, modules_of(args, pathlib.Path(folder)))
            return (run_bochs if args.bochs else run_qemu)(args, modules)
    except (OSError, ValueError, emu.EmulatorError, iso.IsoError) as error:
        sys.exit(f"{parser().prog}: {error}")


if __name__ == "__main__":
    sys.exit(main())
