#!/usr/bin/env bash
# Gradio 3.50.2, the last with interpretation, in an environment of its own. Prints the path of its Python.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=build/bench-interpret-gradio
stamp=$folder/$(sha256sum bench/interpret/gradio.txt | cut -c1-16).done
if [ ! -f "$stamp" ]; then
  python=
  for found in python3 python3.11 "$HOME"/.pyenv/versions/3.11.*/bin/python; do
    if "$found" -c "import sys, venv; sys.exit(sys.version_info[:2] != (3, 11))" 2>/dev/null; then python=$found; fi
  done
  if [ -z "$python" ]; then
    echo "bench: gradio 3.50.2 and its packages need Python 3.11, and there is none on the PATH. Install it." >&2
    exit 1
  fi
  echo "bench: installing gradio 3.50.2 into $folder, once" >&2
  "$python" -m venv --clear "$folder"
  "$folder/bin/python" -m pip --quiet --disable-pip-version-check --no-input install --no-deps -r bench/interpret/gradio.txt >&2
  "$folder/bin/python" -m pip check >&2
  touch "$stamp"
fi
echo "$PWD/$folder/bin/python"
