#!/usr/bin/env bash
# Two fronts, three workers and one broker on this machine, until Ctrl-C: tools/cluster_demo.sh [APP]
set -euo pipefail

app=$(realpath "${1:-examples/calculator.py}") python=${PYTHON:-.venv/bin/python} port=${BROKER_PORT:-4222}
python=$(realpath -s "$python")
root=$(pwd)
folder=$(mktemp -d) store="nats://127.0.0.1:$port" started=()
export PYTHONPATH=$root${PYTHONPATH:+:$PYTHONPATH}

leave() {  # the broker last: what runs is given back to it
  trap - EXIT
  [ ${#started[@]} -lt 2 ] || { kill "${started[@]:1}" 2>/dev/null || true; wait "${started[@]:1}" || true; }
  [ ${#started[@]} = 0 ] || kill "${started[0]}" 2>/dev/null || true
  wait
  rm -rf "$folder"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Each has a copy of the script in a folder of its own, as on another machine.
host() {
  local name=$1; shift
  mkdir "$folder/$name"
  cp "$app" "$folder/$name/app.py"
  (cd "$folder/$name" && exec "$python" -m quickdemo "$@") &
  started+=($!)
}

PATH=$PATH:/usr/sbin
command -v nats-server >/dev/null || { echo "nats-server is missing: apt-get install nats-server" >&2; exit 1; }
nats-server -js -a 127.0.0.1 -p "$port" -sd "$folder/nats" -l "$folder/nats.log" &
started+=($!)
for n in 1 2 3; do host "worker-$n" worker app.py --store "$store" --slots 2; done
for n in 1 2; do host "front-$n" run app.py --store "$store" --slots 0 --port "$((${PORT:-7860} + n - 1))"; done
wait
