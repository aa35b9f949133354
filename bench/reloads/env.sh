#!/usr/bin/env bash
# One environment for both tools, so that they run on the same Python and libraries. Prints its folder.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=build/bench-reload
stamp=$folder/$(cat requirements/base.txt bench/reloads/requirements.txt | sha256sum | cut -c1-16).done
if [ ! -f "$stamp" ]; then
  echo "bench: installing quickdemo, Gradio, torch and others into $folder, once" >&2
  "${PYTHON:-.venv/bin/python}" -m venv --clear "$folder"
  pip=("$folder/bin/python" -m pip --quiet --disable-pip-version-check --no-input install)
  "${pip[@]}" --require-hashes --no-deps -r requirements/base.txt >&2
  "${pip[@]}" -r bench/reloads/requirements.txt >&2
  "${pip[@]}" --no-deps --no-build-isolation --no-index --config-settings editable_mode=compat -e . >&2
  "$folder/bin/python" -m pip check >&2
  touch "$stamp"
fi
echo "$PWD/$folder"
