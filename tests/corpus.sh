#!/bin/sh
# The further captures that BITSPECT_CORPUS names; skipped where it names none.  usage: corpus.sh BITSPECT
[ -n "${BITSPECT_CORPUS:-}" ] || exit 77
exec /usr/bin/python3 "$(dirname "$0")/corpus.py" "$1" "$BITSPECT_CORPUS"
