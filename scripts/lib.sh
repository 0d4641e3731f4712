# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Shared by the rig's scripts: where things are, and how they speak.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${DITTO_CACHE:-${HOME:-/root}/.cache/ditto}
ME=$(basename "$0")

say() { echo "$ME: $*" >&2; }
die() { echo "$ME: $*" >&2; exit 125; }

# Run a command as root, by sudo where we are not.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo -- "$@"
	else
		die "'$1' needs root: run as root, or install sudo"
	fi
}

# with_lock NAME CMD...: one at a time over all processes that share the cache.
with_lock() {
	local name=$1

	shift
	mkdir -p "$CACHE"
	(
		if ! flock -w 5 9; then
			say "waiting for another run that makes '$name'"
			flock 9
		fi
		"$@" 9>&-
	) 9>"$CACHE/.lock-$name"
}

# Short hash of the standard input.
hash_of() { sha256sum | cut -c1-12; }

# What makes one tree and its images different from another: the package list
# and what the initramfs does. Also bump RIG_VERSION when the recipe changes.
RIG_VERSION=1
rig_dir() {
	local h

	h=$({ echo "$RIG_VERSION"; cat "$ROOT/scripts/tree.packages" \
		"$ROOT/scripts/initramfs-init"; } | hash_of)
	echo "$CACHE/rig-$h"
}

# Where the files of kernel 6.12, newest or debug are: release, vmlinuz, initrd,
# modules.ext4 and the trimmed modules/.
kernel_dir() {
	case $1 in
	6.12|newest) echo "$(rig_dir)/kernel/$1" ;;
	debug) "$ROOT/scripts/debug-kernel" --dir ;;
	*) die "unknown kernel '$1' (6.12, newest, debug)" ;;
	esac
}
