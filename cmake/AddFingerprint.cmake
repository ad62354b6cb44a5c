# swin_add_fingerprint(OUTPUT FUNCTION name HEADER path FILES file... [DEPENDS what...] [ROOT folder] [TEXT text]): a
# source that defines a function as Fingerprint.cmake says, made anew when one of those it depends on is.
set(SWIN_FINGERPRINT_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/Fingerprint.cmake)
function(swin_add_fingerprint output)
  cmake_parse_arguments(PARSE_ARGV 1 _of "" "FUNCTION;HEADER;ROOT;TEXT" "FILES;DEPENDS")
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DHEADER=${_of_HEADER} -DFUNCTION=${_of_FUNCTION} "-DFILES=${_of_FILES}"
            -DROOT=${_of_ROOT} "-DTEXT=${_of_TEXT}" -P ${SWIN_FINGERPRINT_SCRIPT}
    DEPENDS ${_of_DEPENDS} ${SWIN_FINGERPRINT_SCRIPT} VERBATIM)
endfunction()
