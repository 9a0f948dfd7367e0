"""An installed SDK: what user code may see is there and compiles alone, a server
in a folder of its own is built with it and answers, also when the SDK was moved;
what is missing on the machine is told."""

import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "house"))

import headers
from pinenut import paths, tap
from tree import Typist, pings

NAME = "far_away"


def call(*command, **options):
    return subprocess.run(list(map(str, command)), capture_output=True,
                          text=True, **options)


def configure(folder, build, sdk, *options, **more):
    return call("cmake", "-S", folder, "-B", build,
                f"-DCMAKE_PREFIX_PATH={sdk}", *options, **more)


def install(checks, folder):
    """The SDK, which was installed elsewhere and moved."""
    done = call("cmake", "--install", paths.build_dir(), "--prefix",
                folder / "first")
    checks.equal((done.returncode, done.stderr), (0, ""), "it is installed")
    return (folder / "first").rename(folder / "sdk")


def is_whole(checks, sdk):
    library = paths.ROOT / "servers/lib/include"
    checks.equal(*(sorted(path.relative_to(folder) for path in
                          folder.rglob("*.h"))
                   for folder in (sdk / "include", library)),
                 "all the library's headers are there, and no other")
    headers.compile_alone(checks, sdk / "include")
    texts = [path for path in sdk.rglob("*")
             if path.is_file() and path.suffix in (".cmake", ".py", ".sh", ".ld")]
    checks.equal([str(path) for path in texts if str(paths.build_dir()) in
                  path.read_text() or str(paths.ROOT) in path.read_text()], [],
                 "none of its texts names the tree that it is from")


def is_built(checks, sdk, folder):
    done = call(sdk / "bin/pinenut-new-server", "--no-install", NAME, cwd=folder)
    checks.equal((done.returncode, done.stderr), (0, ""), "a server is written")
    source = folder / NAME
    done = configure(source, source / "build", sdk)
    checks.ok(done.returncode == 0, "CMake finds the SDK",
              done.stdout + done.stderr)
    done = call("cmake", "--build", source / "build")
    checks.ok(done.returncode == 0 and "warning" not in done.stderr,
              "the server is built", done.stdout + done.stderr)
    return source


def answers(checks, sdk, source):
    for options in [], ["--bochs"]:
        pings(checks, NAME, Typist(
            source / f"{NAME}.pn", *options,
            command=(sdk / "bin/pinenut-run", "--no-install")),
            f"{' '.join(['pinenut-run', *options])} boots it")
    done = call("sh", paths.ROOT / "scripts/new-server", "--no-install",
                "--out-of-tree", source, NAME)
    written = {path.name: path.read_text() for path in source.iterdir()
               if path.is_file()}
    checks.ok(done.returncode == 0 and written == {
        path.name: path.read_text() for path in (source / NAME).iterdir()},
        "scripts/new-server --out-of-tree writes the same", done.stderr)


def rejects(checks, sdk, source, folder):
    rules = source / "CMakeLists.txt"
    good = rules.read_text()
    cases = [
        ("an SDK of another version", "Pinenut REQUIRED", "Pinenut 0.2 REQUIRED",
         'compatible with requested version "0.2"', []),
        ("a project without C", "LANGUAGES C", "LANGUAGES NONE",
         "it wants C: project(... LANGUAGES C)", []),
        ("NASM for the wrong machine", "LANGUAGES C", "LANGUAGES C ASM_NASM",
         "leave ASM_NASM out of project()", []),
        ("no NASM for a .asm file", "server.c", "server.c more.asm",
         f"pinenut_program({NAME}) wants NASM: apt-get install nasm",
         ["-DPINENUT_NASM="]),
        ("a compiler without -m32", "", "",
         "-m32 makes no programs", [f"-DCMAKE_C_COMPILER={folder}/gcc"]),
        ("a wrong word", "SOURCES server.c", "SOURCE server.c",
         "wants SOURCES and BASE only", []),
    ]
    gcc = folder / "gcc"           # that of a machine without gcc-multilib
    gcc.write_text(f'#!/bin/sh\ncase " $* " in *" -m32 "*) exit 1 ;; esac\n'
                   f'exec {shutil.which("gcc")} "$@"\n')
    gcc.chmod(0o755)
    (source / "more.asm").write_text("section .text\n")
    for n, (what, before, after, why, options) in enumerate(cases):
        rules.write_text(good.replace(before, after) if before else good)
        done = configure(source, folder / f"build{n}", sdk, *options)
        said = " ".join((done.stdout + done.stderr).split())
        checks.ok(done.returncode == 1 and why in said, f"{what} is told",
                  done.stdout + done.stderr)
    rules.write_text(good.replace("server.c", "server.c more.asm"))
    done = configure(source, folder / "build_asm", sdk)
    built = call("cmake", "--build", folder / "build_asm")
    checks.ok(built.returncode == 0, "with NASM, a .asm file is assembled",
              done.stderr + built.stdout + built.stderr)


def main():
    checks = tap.Checks()
    with tempfile.TemporaryDirectory(prefix="pinenut-sdk-") as name:
        folder = pathlib.Path(name)
        sdk = install(checks, folder)
        is_whole(checks, sdk)
        source = is_built(checks, sdk, folder)
        answers(checks, sdk, source)
        rejects(checks, sdk, source, folder)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
