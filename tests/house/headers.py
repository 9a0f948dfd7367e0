"""Headers that compile alone, in the tree and in an installed SDK."""

import shutil
import subprocess


def compile_alone(checks, *folders):
    """Each header below the folders, as C11 and as C++, with no others' help
    than that of these folders."""
    languages = {"c": "c11"}
    if shutil.which("g++"):
        languages["c++"] = "c++17"
    for folder in folders:
        for path in sorted(folder.rglob("*.h")):
            name = path.relative_to(folder)
            for language, standard in languages.items():
                done = subprocess.run(
                    ["gcc", "-m32", "-ffreestanding", "-fsyntax-only", "-Wall",
                     "-Wextra", "-Werror", f"-std={standard}", "-x", language,
                     *(f"-I{other}" for other in folders), "-"],
                    input=f"#include <{name}>\n", capture_output=True,
                    text=True)
                checks.ok(done.returncode == 0,
                          f"<{name}> compiles alone as {language}",
                          done.stderr[:2000])
