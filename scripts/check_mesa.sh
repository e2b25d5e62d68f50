#!/bin/sh
# Check the host against another Python and Mesa: scripts/check_mesa.sh PYTHON [MESA_SPEC]
#
#   PYTHON      an interpreter, such as python3.12
#   MESA_SPEC   what pip installs, by default "mesa"; pre-releases are taken where it names one ("mesa>=4.0.0a0")
#
# Makes a throw-away environment, installs this checkout and that Mesa, and runs the tests of the host.
set -eu

if [ $# -lt 1 ]; then
    echo "usage: scripts/check_mesa.sh PYTHON [MESA_SPEC]" >&2
    exit 2
fi
checkout=$(cd "$(dirname "$0")/.." && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT INT TERM

"$1" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check "$checkout" "${2:-mesa}" pytest hypothesis
mkdir -p "$place/tests" "$place/docs/how-to"
cp -r "$checkout/tests/conftest.py" "$checkout/tests/host" "$place/tests"
cp "$checkout/docs/how-to/mesa.md" "$place/docs/how-to"
cp "$checkout/pyproject.toml" "$place"
cd "$place"
export SOCIALSIM_CACHE_DIR="$place/cache"
"$place/venv/bin/python" -c 'import mesa, sys; print("Python", sys.version.split()[0], "Mesa", mesa.__version__)'
"$place/venv/bin/python" -m pytest --quiet tests/host
