# What the commands in this folder share: find what is missing on this machine,
# install it, then hand over to the Python program that does the work. Sourced
# by sh, for a fresh Debian may have neither Python nor a compiler.
#
#     . "$(dirname "$0")/lib.sh"
#     need gcc nasm ...               # package names of the table below
#     exec_python program "$@"        # runs pinenut/program.py
#
# `options "$@"` in front of `need` takes note of --help and --no-install.

SCRIPTS=$(cd "$(dirname "$0")" && pwd)
COMMAND=${0##*/}
NO_INSTALL=
HELP=

# options "$@": --help needs no more than Python, --no-install installs nothing.
options() {
    for word in "$@"; do
        case $word in
        --no-install) NO_INSTALL=yes ;;
        -h | --help) HELP=yes ;;
        esac
    done
}

# links CODE FLAG...: does gcc make a program of CODE?
links() {
    code=$1
    shift
    echo "$code" | gcc -x c -o /dev/null - "$@"
}

# present PACKAGE: is what we want of the package there, from wherever?
present() {
    case $1 in
    gcc) command -v gcc ;;
    g++) echo 'int a;' | gcc -x c++ -c -o /dev/null - ;;
    libc6-dev) links '#include <stdio.h>
        int main(void) { return puts("") < 0; }' -fsanitize=address,undefined ;;
    gcc-multilib) links 'unsigned long long a;
        int _start(void) { return (int)(a / 3); }' \
        -m32 -nostdlib -static -lgcc ;;
    nasm) command -v nasm ;;
    cmake) command -v cmake ;;
    ninja-build) command -v ninja ;;
    qemu-system-x86) command -v qemu-system-i386 ;;
    bochs) command -v bochs ;;
    bochsbios) test -e /usr/share/bochs/BIOS-bochs-latest ;;
    vgabios) test -e /usr/share/bochs/VGABIOS-lgpl-latest ;;
    grub-pc-bin) test -e /usr/lib/grub/i386-pc/multiboot.mod ;;
    grub-common) command -v grub-mkrescue ;;
    xorriso) command -v xorriso ;;
    mtools) command -v mformat ;;
    xz-utils) command -v xz ;;
    e2fsprogs) PATH=$PATH:/usr/sbin:/sbin command -v mke2fs ;;
    python3) command -v python3 ;;
    git) command -v git ;;
    gnuplot-nox) command -v gnuplot ;;
    chromium-headless-shell) command -v chromium-headless-shell ||
        command -v chromium ;;
    *) echo "$COMMAND: lib.sh knows no package $1" >&2; exit 2 ;;
    esac >/dev/null 2>&1
}

reason() {
    case $1 in
    gcc) echo "compiles the kernel and its programs" ;;
    g++) echo "compiles L4Ka's programs, which are C++" ;;
    libc6-dev) echo "host tests are ordinary C programs under sanitizers" ;;
    gcc-multilib) echo "the 32-bit libgcc, for 64-bit division" ;;
    nasm) echo "assembles the kernel's entry and fast path" ;;
    cmake) echo "describes the build" ;;
    ninja-build) echo "runs the build" ;;
    qemu-system-x86) echo "runs the kernel, and carries the P5 cycle model" ;;
    bochs) echo "runs the protection tests: it enforces segment limits" ;;
    bochsbios) echo "lets Bochs boot from the ISO" ;;
    vgabios) echo "lets Bochs boot from the ISO" ;;
    grub-pc-bin) echo "the boot loader on the ISO" ;;
    grub-common) echo "makes the ISO" ;;
    xorriso) echo "makes the ISO" ;;
    mtools) echo "makes the ISO" ;;
    xz-utils) echo "compresses GRUB's modules in the ISO" ;;
    e2fsprogs) echo "makes the file systems that tests read" ;;
    python3) echo "runs these scripts" ;;
    git) echo "names the commit in results" ;;
    gnuplot-nox) echo "draws the charts of the benchmark's report" ;;
    chromium-headless-shell) echo "opens the report to see that it draws" ;;
    esac
}

# need PACKAGE...: say what is missing and why, and install it. With
# --no-install, or where we may not install: say the one line to run, exit 3.
need() {
    missing=
    [ -z "$HELP" ] || set -- python3
    for package in "$@"; do
        present "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    line="apt-get install -y --no-install-recommends$missing"
    if [ -n "$NO_INSTALL" ]; then
        echo "$line"
        exit 3
    fi
    for package in $missing; do
        echo "$COMMAND: $package is missing: $(reason "$package")" >&2
    done
    as_root=
    if [ "$(id -u)" != 0 ]; then
        as_root=sudo
    fi
    if ! command -v apt-get $as_root >/dev/null 2>&1; then
        echo "$COMMAND: cannot install here; as root: $line" >&2
        exit 3
    fi
    echo "$COMMAND: installing:$missing" >&2
    install_all $missing >&2 || {
        echo "$COMMAND: installing failed; try as root: $line" >&2
        exit 3
    }
    for package in $missing; do
        present "$package" || {
            echo "$COMMAND: $package is installed but does not work" >&2
            exit 3
        }
    done
}

install_all() {
    apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq"
    $apt update && $apt install -y --no-install-recommends "$@"
}

# What building takes; the emulators and the ISO come on top.
BUILD_PACKAGES="gcc libc6-dev gcc-multilib nasm cmake ninja-build python3 git"
EMULATOR_PACKAGES="qemu-system-x86 bochs"
ISO_PACKAGES="bochsbios vgabios grub-pc-bin grub-common xorriso mtools xz-utils"
REPORT_PACKAGES="gnuplot-nox chromium-headless-shell"

exec_python() {
    program=$1
    shift
    PYTHONPATH=$SCRIPTS${PYTHONPATH:+:$PYTHONPATH} PYTHONDONTWRITEBYTECODE=1 \
        exec python3 -m "pinenut.$program" "$@"
}
