#!/usr/bin/env bash
# Gradio in an environment of its own, to be measured beside quickdemo. Prints the path of its Python.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=build/gradio-6.31.0
if [ ! -f "$folder/made" ]; then
  echo "bench: installing gradio 6.31.0 into $folder" >&2
  "${PYTHON:-.venv/bin/python}" -m venv --clear "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check gradio==6.31.0 >&2
  touch "$folder/made"
fi
echo "$PWD/$folder/bin/python"
