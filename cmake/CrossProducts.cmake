# Runtime and runner for other architectures than this machine's, by cross compilers where there are any: a build
# without them makes no libraries for that architecture, and swin-compile says so.

# Needed of /usr/include, which a cross compiler does not search: headers that are the same everywhere.
find_path(SWIN_JSON_INCLUDE_DIR nlohmann/json.hpp REQUIRED)
find_path(SWIN_STB_INCLUDE_DIR stb/stb_image.h REQUIRED)
set(_headers ${CMAKE_BINARY_DIR}/cross/include)
file(MAKE_DIRECTORY ${_headers})
foreach(_header ${SWIN_JSON_INCLUDE_DIR}/nlohmann ${SWIN_STB_INCLUDE_DIR}/stb
                ${ZLIB_INCLUDE_DIRS}/zlib.h ${ZLIB_INCLUDE_DIRS}/zconf.h)
  get_filename_component(_name ${_header} NAME)
  file(CREATE_LINK ${_header} ${_headers}/${_name} SYMBOLIC)
endforeach()

find_program(SWIN_AARCH64_CC aarch64-linux-gnu-gcc)
find_program(SWIN_AARCH64_CXX aarch64-linux-gnu-g++)
find_program(SWIN_AARCH64_AR aarch64-linux-gnu-ar)
# scripts/setup puts it there.
find_file(SWIN_AARCH64_ZLIB libz.a PATHS ${PROJECT_SOURCE_DIR}/build/cross/aarch64/usr/lib/aarch64-linux-gnu
          NO_DEFAULT_PATH)
if(NOT SWIN_AARCH64_CC OR NOT SWIN_AARCH64_AR)
  message(STATUS "no aarch64-linux-gnu-gcc: this build makes no libraries for aarch64")
elseif(NOT SWIN_AARCH64_CXX OR NOT SWIN_AARCH64_ZLIB)
  message(STATUS "no aarch64-linux-gnu-g++ or no zlib for it: this build makes no executables for aarch64")
endif()

# Without what newer processors have, and without a library that finds out.
set(SWIN_AARCH64_FLAGS -march=armv8-a -mtune=generic -mno-outline-atomics)

# swin_cross_object(SOURCE OBJECT): a command that compiles it for aarch64, as products are.
function(swin_cross_object source object)
  if(source MATCHES "\\.c$")
    set(compiler ${CMAKE_C_COMPILER_LAUNCHER} ${SWIN_AARCH64_CC} -std=gnu11 -Wshadow)
  else()
    set(compiler ${CMAKE_CXX_COMPILER_LAUNCHER} ${SWIN_AARCH64_CXX} -std=c++20 -Wno-maybe-uninitialized -Wno-restrict)
  endif()
  add_custom_command(OUTPUT ${object}
    COMMAND ${compiler} -Wall -Wextra -Werror -DNDEBUG ${SWIN_PORTABLE_FLAGS} ${SWIN_AARCH64_FLAGS}
            -I${PROJECT_SOURCE_DIR} -isystem ${CMAKE_BINARY_DIR}/cross/include
            -MD -MF ${object}.d -c ${source} -o ${object}
    DEPENDS ${source} DEPFILE ${object}.d VERBATIM)
endfunction()

# swin_cross_archive(TARGET ARCHIVE SOURCES OBJECTS): the archive of such sources, and of objects that are there.
function(swin_cross_archive target archive sources objects)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target})
  file(MAKE_DIRECTORY ${folder} ${SWIN_PRODUCT_DIR}/aarch64)
  foreach(source ${sources})
    get_filename_component(name ${source} NAME_WE)
    get_filename_component(path ${source} ABSOLUTE)
    swin_cross_object(${path} ${folder}/${name}.o)
    list(APPEND objects ${folder}/${name}.o)
  endforeach()
  set(path ${SWIN_PRODUCT_DIR}/aarch64/${archive})
  add_custom_command(OUTPUT ${path}
    COMMAND ${CMAKE_COMMAND} -E rm -f ${path}
    COMMAND ${SWIN_AARCH64_AR} qcD ${path} ${objects}
    DEPENDS ${objects} VERBATIM)
  add_custom_target(${target} DEPENDS ${path})
endfunction()
