"""Calling scripts/bench the way a person does, on what is built already."""

import json
import os
import pathlib
import subprocess
import tempfile
from typing import NamedTuple

from pinenut import paths


class Answer(NamedTuple):
    status: int
    out: str
    err: str
    json: list                     # what --json wrote; [] if nothing


def bench(*words, path=None):
    """Run scripts/bench WORDS --json FILE; `path` goes in front of $PATH."""
    environment = dict(os.environ)
    if path:
        environment["PATH"] = f"{path}:{environment['PATH']}"
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "records.json")
        done = subprocess.run(
            [paths.ROOT / "scripts/bench", "--no-build", "--json", file,
             *words], env=environment, capture_output=True, text=True)
        records = json.loads(file.read_text()) if file.exists() else []
    out = done.stdout.replace(str(file), "FILE")
    return Answer(done.returncode, out, done.stderr, records)


def by_case(records):
    """{(path, mrs, pages): record} without the header."""
    return {(r["path"], r["mrs"], r["pages"]): r for r in records[1:]}


def by_path(records):
    """{path: record} of what has one record a path; the header left out."""
    return {r["path"]: r for r in records[1:] if "path" in r}
