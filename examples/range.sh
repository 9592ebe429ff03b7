#!/usr/bin/env bash
# Prints the lines around a line, with redis-cli: examples/range.sh 127.0.0.1 10497 500 10
set -euo pipefail
host=$1 port=$2 number=$3 around=${4:-5}

# Indexes of the list "lines" count from 0, so line n has the index n - 1.
first=$((number - 1 - around))
last=$((number - 1 + around))
redis-cli -h "$host" -p "$port" --raw LRANGE lines "$((first < 0 ? 0 : first))" "$last"
