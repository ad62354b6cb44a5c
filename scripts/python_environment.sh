# Sourced by scripts that install Python packages under build/.

# A virtual environment with exactly what a requirements file says: python_environment FOLDER FILE [OPTION OF VENV ...]
# Its stamp is written last, so an interrupted run is repeated.
python_environment() {
  local folder=$1 requirements=$2 stamp
  shift 2
  stamp=$(sha256sum "$requirements" | cut -d' ' -f1)
  if [ -x "$folder/bin/python3" ] && [ "$(cat "$folder/.setup" 2>/dev/null)" = "$stamp" ]; then
    return 0
  fi
  echo "setup: $folder"
  # Debian's interpreter: the wheels and Debian's torch are for it.
  /usr/bin/python3 -m venv "$@" "$folder"
  "$folder/bin/python3" -m pip install -q --disable-pip-version-check --no-deps -r "$requirements"
  echo "$stamp" >"$folder/.setup"
}
