#!/bin/sh
# Arrows point one way: cli -> wire -> core <- plugin.  And the core has no globals.
# usage: check_layers.sh SOURCE_DIR LIBBITS_CORE
set -eu
cd "$1"
core_library=$2
failed=0

# forbid ROOM PATTERN WHY: no file of ROOM may include what PATTERN matches
forbid() {
	if grep -nE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($2)" "$1"/*.[ch]; then
		echo "layers: $1/ must not include that: $3" >&2
		failed=1
	fi
}

forbid core '(wire|cli|plugin|tests)/' 'the core knows nobody'
forbid core 'pcap|epan|wireshark|stdio\.h|time\.h|unistd\.h|fcntl\.h|sys/|gio|jansson|gcrypt' 'no files, no clock, no I/O'
forbid wire '(cli|plugin|tests)/' 'the wire knows the core alone'
forbid wire 'epan|wireshark|jansson|gcrypt' 'no report formats, no Wireshark'
forbid cli '(plugin|tests)/' 'the command line is no test'
forbid cli 'pcap|epan|wireshark' 'capture is the business of the wire'
forbid plugin '(wire|cli|tests)/' 'the plugin stands on the core alone'
forbid plugin 'pcap\.h|jansson|gcrypt' 'capture and reports are the business of others'

if grep -nE '<pcap\.h>' wire/*.[ch] | grep -vE '^wire/(live\.c|libpcap\.h):'; then
	echo 'layers: only wire/live.c and wire/libpcap.h may include <pcap.h>' >&2
	failed=1
fi
if grep -nE 'g_(log|warning|message|critical|debug|info|print|printerr) *\(' core/*.[ch]; then
	echo 'layers: the core does not print' >&2
	failed=1
fi

# .data, .bss and COMMON hold what can change; section symbols have the flag d, and sanitizers bring their own
symbols=$(objdump -t "$core_library") || exit 1
globals=$(printf '%s\n' "$symbols" | grep -E '[[:space:]](\.data|\.bss|\*COM\*)[[:space:]]' |
	grep -vE '^[0-9a-f]+ +l +d |asan|ubsan|_GLOBAL_|\.Lubsan' || true)
if [ -n "$globals" ]; then
	echo "layers: the core has globals:" "$globals" >&2
	failed=1
fi
exit $failed
