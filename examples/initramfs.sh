#!/bin/sh
# Makes an initramfs of the full scratch-init (`cargo build --release --features full`) and one static program, for a kernel that gets
#     rdinit=/scratch-init-full -- -B poweroff /app ARG...
#
# ./initramfs.sh SCRATCH-INIT APP >initramfs.cpio      where SCRATCH-INIT is the full build: -B is in that one alone
set -eu
if [ $# != 2 ]; then
    echo "usage: $0 SCRATCH-INIT APP >initramfs.cpio" >&2
    exit 2
fi
command -v cpio >/dev/null || {
    echo "$0: cpio is not installed" >&2
    exit 1
}
directory=$(mktemp -d)
trap 'rm -r "$directory"' EXIT
cp "$1" "$directory/scratch-init-full"
cp "$2" "$directory/app"
chmod 755 "$directory/scratch-init-full" "$directory/app"
cd "$directory"
printf 'scratch-init-full\napp\n' | cpio --quiet --create --format newc --owner 0:0
