#!/usr/bin/env bash
# The one place that names Debian packages.
#   scripts/lib/packages.sh GROUP...   installs what is missing of these groups; says and does nothing if all is there.
# Never fails for want of a package: what could not be had is said, and the caller goes on with what is there.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Names that differ between the releases of Debian.
codename=$(. /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME:-}")
case $codename in
  bookworm)
    boost=libboost1.81-dev
    shared_libraries='libssl3 libsimdjson14 libspdlog1.10 libtomlplusplus3'
    ;;
  *)
    boost=libboost-dev
    # It has Boost.MQTT5, which the benchmark measures, and shares no system with libboost-dev.
    [ ! -e /usr/include/boost/mqtt5.hpp ] || boost=libboost1.88-dev
    shared_libraries='libssl3t64 libsimdjson25 libspdlog1.15 libtomlplusplus3t64'
    ;;
esac

# Node.js from elsewhere than Debian brings its own npm, and Debian's cannot stand beside it.
npm=npm
! command -v npm >/dev/null || npm=

packages_of() { # GROUP
  case $1 in
    build) echo "g++ cmake ninja-build ccache $boost libssl-dev zlib1g-dev nlohmann-json3-dev libsimdjson-dev libhowardhinnant-date-dev libspdlog-dev libtomlplusplus-dev libcli11-dev" ;;
    run) echo "mosquitto tzdata" ;;
    image) echo "mosquitto ca-certificates zlib1g libdate-tz3 tzdata $shared_libraries" ;;
    test) echo "mosquitto mosquitto-clients libmosquitto-dev libgtest-dev libgmock-dev" ;;
    bench) echo "libmosquitto-dev libpaho-mqtt-dev libbenchmark-dev" ;;
    instructions) echo "valgrind" ;;
    rabbitmq) echo "rabbitmq-server" ;;
    aedes) echo "nodejs${npm:+ $npm}" ;;
    browser) echo "chromium nodejs${npm:+ $npm}" ;;
    clang) echo "clang-19 libclang-rt-19-dev llvm-19" ;;
    lint) echo "clang-format-19 clang-tidy-19 shellcheck git python3" ;;
    chroot) echo "debootstrap git python3 iproute2" ;;
    *) die "no such group of packages: $1" ;;
  esac
}

# What the groups are good for on a system without these packages: programs, and headers with the library's name.
programs_of() { # GROUP
  case $1 in
    build) echo "c++ cmake ninja" ;;
    run) echo "mosquitto" ;;
    image) echo "mosquitto" ;;
    test) echo "mosquitto mosquitto_pub mosquitto_sub" ;;
    instructions) echo "valgrind" ;;
    rabbitmq) echo "rabbitmq-server" ;;
    aedes) echo "node npm" ;;
    browser) echo "chromium node npm" ;;
    clang) echo "clang++-19" ;;
    lint) echo "clang-format-19 clang-tidy-19 shellcheck git python3" ;;
    chroot) echo "debootstrap unshare git python3 ip" ;;
  esac
}
headers_of() { # GROUP
  case $1 in
    build)
      printf '%s\n' 'boost/beast.hpp Boost (1.81 or newer)' 'openssl/ssl.h OpenSSL' 'zlib.h zlib' 'nlohmann/json.hpp nlohmann/json' \
        'simdjson.h simdjson' 'date/tz.h date' 'spdlog/spdlog.h spdlog' 'toml++/toml.h toml++' 'CLI/CLI.hpp CLI11'
      ;;
    instructions) echo 'valgrind/callgrind.h Valgrind' ;;
    test) printf '%s\n' 'gtest/gtest.h GoogleTest' 'gmock/gmock.h GoogleMock' 'mosquitto.h libmosquitto' ;;
  esac
}

missing_packages() { # PACKAGE...
  local installed
  # dpkg-query fails for each unknown name and still answers for the others.
  # shellcheck disable=SC2016
  installed=" $({ dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null || true; } |
    awk '$1 ~ /^.i$/ {print $2}' | tr '\n' ' ') "
  for package in "$@"; do
    [[ $installed == *" $package "* ]] || echo "$package"
  done
}

say_what_is_missing() { # GROUP...
  local group program header library missing=()
  for group in "$@"; do
    for program in $(programs_of "$group"); do
      # Debian keeps daemons in sbin, which a user's PATH may lack.
      PATH=$PATH:/usr/sbin:/usr/local/sbin command -v "$program" >/dev/null || missing+=("$program")
    done
    while read -r header library; do
      if command -v c++ >/dev/null && ! printf '#include <%s>\n' "$header" | c++ -std=c++20 -M -x c++ - >/dev/null 2>&1; then
        missing+=("$library")
      fi
    done < <(headers_of "$group")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    say "missing here, please install: $(printf '%s\n' "${missing[@]}" | sort -u | paste -sd, | sed 's/,/, /g')"
  fi
}

# As root. The packages of Mosquitto and RabbitMQ start and enable a broker; lobbyd and its tests run their own, so ours
# does neither, and nothing of the guard stays behind.
install_as_root() { # PACKAGE...
  export DEBIAN_FRONTEND=noninteractive
  local status=0 guard=/usr/sbin/policy-rc.d service services=()
  install_log=$(mktemp)
  remove_at_exit=("$install_log")
  trap 'rm -f "${remove_at_exit[@]}"' EXIT
  trap 'exit 130' INT TERM HUP
  for service in mosquitto rabbitmq-server; do
    [[ " $* " != *" $service "* ]] || services+=("$service")
  done
  if [ ${#services[@]} -gt 0 ] && [ ! -e $guard ]; then
    remove_at_exit+=("$guard")
    printf '#!/bin/sh\nexit 101\n' >$guard
    chmod 755 $guard
  fi
  {
    apt-get update && apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
  } </dev/null >"$install_log" 2>&1 || status=$?
  if [ $status -ne 0 ]; then
    tail -n 20 "$install_log" >&2
    return $status
  fi
  for service in "${services[@]}"; do
    if [ -d /run/systemd/system ]; then
      systemctl --quiet disable --now "$service.service" >/dev/null 2>&1 || say "could not disable the system's $service.service"
      say "the system's own service $service is left off; to have it: systemctl enable --now $service"
    elif command -v update-rc.d >/dev/null; then
      update-rc.d "$service" disable >/dev/null 2>&1 || say "could not disable the system's $service service"
    fi
  done
}

install_groups() { # GROUP...
  local group wanted=() missing
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    say_what_is_missing "$@"
    return
  fi
  for group in "$@"; do
    # shellcheck disable=SC2207
    wanted+=($(packages_of "$group"))
  done
  mapfile -t missing < <(missing_packages "${wanted[@]}" | sort -u)
  [ ${#missing[@]} -gt 0 ] || return 0

  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      say "missing here; as root: apt-get install ${missing[*]}"
      return
    fi
    as_root=(sudo)
    [ -t 0 ] || as_root=(sudo -n) # nobody could type a password
  fi
  say "installing ${missing[*]}"
  "${as_root[@]}" bash "${BASH_SOURCE[0]}" --as-root "${missing[@]}" ||
    say "could not install all of: ${missing[*]}; going on with what is there"
}

if [ "${1:-}" = --as-root ]; then
  install_as_root "${@:2}"
else
  install_groups "$@"
fi
