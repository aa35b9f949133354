#!/usr/bin/env bash
# The environment of `make bench-interpret`: the locked estimators of others, and models. Prints the path of its Python.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=build/bench-interpret
stamp=$folder/$(sha256sum bench/interpret/requirements.txt | cut -c1-16).done
if [ ! -f "$stamp" ]; then
  python=
  for found in python3 python3.14 python3.13 python3.12 "$HOME"/.pyenv/versions/3.1[234].*/bin/python; do
    if "$found" -c "import sys, venv; sys.exit(sys.version_info < (3, 12))" 2>/dev/null; then python=$found; fi
  done
  if [ -z "$python" ]; then
    echo "bench: shapiq's newest estimators need Python 3.12 or newer, and there is none on the PATH. Install one." >&2
    exit 1
  fi
  echo "bench: installing shap, shapiq and others into $folder, once, with $("$python" --version)" >&2
  "$python" -m venv --clear "$folder"
  "$folder/bin/python" -m pip --quiet --disable-pip-version-check --no-input install --no-deps -r bench/interpret/requirements.txt >&2
  "$folder/bin/python" -m pip check >&2
  touch "$stamp"
fi
echo "$PWD/$folder/bin/python"
