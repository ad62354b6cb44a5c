# Halide from its PyPI wheel: target Halide::Halide. Its own CMake package needs
# CMake >= 3.28 and Python's development module; the wheel's files do not.
# Hint: -DHALIDE_WHEEL_DIR=<site-packages>/halide
if(NOT HALIDE_WHEEL_DIR)
  file(GLOB _halide_wheels ${PROJECT_SOURCE_DIR}/build/venv/lib/python3.*/site-packages/halide)
  list(GET _halide_wheels 0 _halide_wheel)
  set(HALIDE_WHEEL_DIR "${_halide_wheel}" CACHE PATH "the folder 'halide' of the PyPI wheel" FORCE)
endif()
find_path(HALIDE_INCLUDE_DIR Halide.h PATHS ${HALIDE_WHEEL_DIR}/include NO_DEFAULT_PATH)
find_library(HALIDE_LIBRARY Halide PATHS ${HALIDE_WHEEL_DIR}/lib64 ${HALIDE_WHEEL_DIR}/lib NO_DEFAULT_PATH)
if(HALIDE_INCLUDE_DIR)
  file(STRINGS ${HALIDE_INCLUDE_DIR}/Halide.h _version_lines REGEX "define HALIDE_VERSION_(MAJOR|MINOR|PATCH) ")
  string(REGEX REPLACE ".*MAJOR ([0-9]+).*MINOR ([0-9]+).*PATCH ([0-9]+).*" "\\1.\\2.\\3"
         HALIDE_VERSION "${_version_lines}")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(HalideWheel
  REQUIRED_VARS HALIDE_LIBRARY HALIDE_INCLUDE_DIR VERSION_VAR HALIDE_VERSION)
if(HalideWheel_FOUND AND NOT TARGET Halide::Halide)
  add_library(Halide::Halide SHARED IMPORTED)
  set_target_properties(Halide::Halide PROPERTIES IMPORTED_LOCATION "${HALIDE_LIBRARY}" IMPORTED_SONAME libHalide.so
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${HALIDE_INCLUDE_DIR}" INTERFACE_INCLUDE_DIRECTORIES "${HALIDE_INCLUDE_DIR}")
endif()
