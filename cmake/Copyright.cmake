# write_copyright(FILE): whose work is in the installed files, with the licences as the packages state them that were
# built from.
function(write_copyright output)
  set(_text "swin-compile ${PROJECT_VERSION}\n\n")
  if(EXISTS ${PROJECT_SOURCE_DIR}/LICENSE)
    file(READ ${PROJECT_SOURCE_DIR}/LICENSE _licence)
    string(APPEND _text "${_licence}")
  else()
    string(APPEND _text "Its sources come without a statement of their licence.\n")
  endif()
  set(_line "------------------------------------------------------------------------")
  set(_packages /usr/share/doc)
  set(_both "programs and lib/swin/libswin_runner.a hold")
  foreach(_part
      "lib/swin/halide/libHalide.so is Halide ${SWIN_HALIDE_VERSION}|${HALIDE_WHEEL_DIR}/share/doc/Halide/LICENSE.txt"
      "libHalide.so and, of its headers, programs hold LLVM|${_packages}/libllvm${LLVM_VERSION_MAJOR}/copyright"
      "${_both} JSON for Modern C++|${_packages}/nlohmann-json3-dev/copyright"
      "${_both} stb_image and stb_easy_font|${_packages}/libstb-dev/copyright"
      "${_both} parts of zlib|${_packages}/zlib1g-dev/copyright")
    string(REPLACE "|" ";" _part "${_part}")
    list(GET _part 0 _what)
    list(GET _part 1 _file)
    file(READ ${_file} _licence)
    string(APPEND _text "\n${_line}\n${_what}:\n\n${_licence}")
  endforeach()
  file(WRITE ${output} "${_text}")
endfunction()
