#!/bin/sh
# The P5 model in QEMU against hand-counted cycles: tests/run.sh BUILD_DIR
# (build/release, say). Prints TAP; status 0 if all is well.
if [ $# -ne 1 ]; then
    echo "usage: $0 BUILD_DIR" >&2
    exit 2
fi
exec python3 "$(dirname "$0")/check.py" "$1"
