#!/bin/sh
# An installed SDK's bin/pinenut-NAME: scripts/NAME of the same SDK.
file=$(readlink -f "$0")
exec sh "${file%/bin/*}/share/pinenut/scripts/${file##*/pinenut-}" "$@"
