#!/usr/bin/env bash
# What the machine itself must have. Says what it does, asks for nothing, does nothing twice.
#   tools/setup.sh venv      a virtual environment in .venv        (PYTHON=python3.12 picks another Python)
#   tools/setup.sh browser   Chromium, fonts, ffmpeg and nats-server of the distribution, for the tests
set -euo pipefail

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# Install packages of the distribution: `packages REASON NAME...`.
packages() {
  local reason=$1 root=(); shift
  command -v apt-get >/dev/null || fail "$reason. There is no apt-get here: install $* with this system's own tool, then run make again."
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "$reason. As root: apt-get install $*; then run make again."
    root=(sudo)
  fi
  say "$reason; installing with apt-get: $*"
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

venv() {
  local python=${PYTHON:-python3}
  command -v "$python" >/dev/null || packages "$python is missing" python3 python3-venv
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    fail "quickdemo needs Python 3.10 or newer; $python is $("$python" -V 2>&1). Name another one: make PYTHON=python3.12"
  "$python" -c 'import ensurepip, venv' 2>/dev/null || packages "$python cannot make virtual environments yet" python3-venv
  [ -x .venv/bin/python ] && .venv/bin/python -m pip --version >/dev/null 2>&1 && return
  say "making a virtual environment in .venv with $("$python" -V 2>&1)"
  "$python" -m venv --clear .venv
}

browser() {
  local wanted=()
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || wanted+=("$(chromium_package)")
  ldconfig -p 2>/dev/null | grep -q 'libatomic\.so\.1' || wanted+=(libatomic1) # what drives Chromium links to it
  fc-list 2>/dev/null | grep -q Liberation || wanted+=(fontconfig fonts-liberation fonts-dejavu-core)
  command -v ffmpeg >/dev/null || wanted+=(ffmpeg) # what converts sound and video
  fc-list 2>/dev/null | grep -qi emoji || wanted+=(fonts-noto-color-emoji)
  command -v nats-server /usr/sbin/nats-server >/dev/null || wanted+=(nats-server) # queues of several hosts
  [ ${#wanted[@]} = 0 ] || packages "the tests need Chromium, fonts, ffmpeg and nats-server" "${wanted[@]}"
}

chromium_package() {  # Debian calls it chromium, Ubuntu chromium-browser
  grep -qs '^ID=ubuntu' /etc/os-release && echo chromium-browser || echo chromium
}

case ${1:-} in
  venv | browser) "$1" ;;
  *) sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
