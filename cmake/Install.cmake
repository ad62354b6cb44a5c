# What `cmake --install` puts below a prefix, which may be moved as a whole: programs look for the rest from their own
# folder. The target `product` is everything that is installed.
add_custom_target(product DEPENDS swin-compile swin-run swin-opt swin-tune)
install(TARGETS swin-compile swin-run swin-opt swin-tune RUNTIME DESTINATION bin)
set_target_properties(swin-compile swin-tune PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/swin/halide;${LLVM_LIBRARY_DIR}")
set_target_properties(swin-opt PROPERTIES INSTALL_RPATH ${LLVM_LIBRARY_DIR})

# What belongs into users' libraries, of every machine. Halide is the compiler's own: Debian has an older one.
install(DIRECTORY ${SWIN_PRODUCT_DIR}/ DESTINATION lib/swin)
install(FILES ${HALIDE_LIBRARY} DESTINATION lib/swin/halide)

set(_not_files PATTERN __pycache__ EXCLUDE PATTERN *.egg-info EXCLUDE PATTERN build EXCLUDE)
install(FILES dsl/swin-model.schema.json dsl/swin-graph.schema.json DESTINATION share/swin-compile)
install(DIRECTORY python DESTINATION share/swin-compile ${_not_files})
install(FILES README.md DESTINATION share/doc/swin-compile)
install(DIRECTORY docs examples DESTINATION share/doc/swin-compile ${_not_files})
# bash looks for a file of the command's name.
foreach(_program swin-compile swin-run swin-tune)
  install(FILES tools/completion/swin-compile DESTINATION share/bash-completion/completions RENAME ${_program})
endforeach()

# Manual pages say what --help says. swin-opt's lists all of LLVM's options; its page is written by hand.
configure_file(tools/man/swin-opt.1.in man/swin-opt.1 @ONLY)
find_program(SWIN_HELP2MAN help2man)
set(_pages ${CMAKE_CURRENT_BINARY_DIR}/man/swin-opt.1)
if(SWIN_HELP2MAN AND NOT CMAKE_CROSSCOMPILING)
  foreach(_program swin-compile swin-run swin-tune)
    set(_page ${CMAKE_CURRENT_BINARY_DIR}/man/${_program}.1)
    set(_include ${PROJECT_SOURCE_DIR}/tools/man/${_program}.h2m)
    add_custom_command(OUTPUT ${_page}
      COMMAND ${CMAKE_COMMAND} -DHELP2MAN=${SWIN_HELP2MAN} -DPROGRAM=$<TARGET_FILE:${_program}> -DINCLUDE=${_include}
              "-DVERSION=swin-compile ${PROJECT_VERSION}" -DOUTPUT=${_page} -P ${PROJECT_SOURCE_DIR}/cmake/ManPage.cmake
      DEPENDS ${_program} ${_include} ${PROJECT_SOURCE_DIR}/cmake/ManPage.cmake VERBATIM)
    list(APPEND _pages ${_page})
  endforeach()
else()
  message(STATUS "no help2man: swin-compile, swin-run and swin-tune get no manual pages")
endif()
add_custom_target(man ALL DEPENDS ${_pages})
add_dependencies(product man)
install(FILES ${_pages} DESTINATION share/man/man1)

# Whose work is in the installed files, and under which licences.
set(_copyright ${CMAKE_CURRENT_BINARY_DIR}/copyright)
include(Copyright)
write_copyright(${_copyright})
install(FILES ${_copyright} DESTINATION share/doc/swin-compile)
