#!/usr/bin/env bash
# Prints one line of a running server: examples/get_line.sh 127.0.0.1 10497 5
set -euo pipefail
host=$1 port=$2 number=$3

exec 3<>"/dev/tcp/$host/$port"
printf 'GET %s\nQUIT\n' "$number" >&3

# The first line of the reply is the status. After OK, the rest is the line.
IFS= read -r status <&3
if [[ $status != OK ]]; then
  echo "line $number: $status" >&2
  exit 1
fi
cat <&3
