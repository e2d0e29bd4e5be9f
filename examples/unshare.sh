#!/bin/sh
# A container of nothing but util-linux: PID, mount and UTS namespaces, and a root directory of its own. What is left in it
# when the program ends is ended by the init.
#
# ./unshare.sh ROOT PROGRAM [ARG]...      as root, where ROOT has scratch-init in it
#
# With systemd: systemd-nspawn --directory=ROOT --as-pid2=no /scratch-init -- PROGRAM [ARG]...
set -eu
if [ $# -lt 2 ]; then
    echo "usage: $0 ROOT PROGRAM [ARG]..." >&2
    exit 2
fi
command -v unshare >/dev/null || {
    echo "$0: unshare, of util-linux, is not installed" >&2
    exit 1
}
root=$1
shift
exec unshare --fork --pid --mount --uts --kill-child --root="$root" /scratch-init -- "$@"
