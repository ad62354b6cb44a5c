# Writes OUTPUT, the manual page of PROGRAM: what its --help says, and INCLUDE. The same program gives the same bytes:
# help2man would write the month of the build as the page's date, where VERSION says what page it is.
execute_process(
  COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C.UTF-8 SOURCE_DATE_EPOCH=0
          ${HELP2MAN} --no-info --locale=C.UTF-8 --version-string=${VERSION} --include=${INCLUDE} ${PROGRAM}
  OUTPUT_VARIABLE _page COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\"January 1970\"" "\"\"" _page "${_page}")
string(REPLACE ".SS \"Exit status:\"" ".SH \"EXIT STATUS\"" _page "${_page}")
# A line of an example stays a line.
string(REGEX REPLACE "(\n.SH EXAMPLES\n)\\.IP\n(([^.\n][^\n]*\n)+)" "\\1.nf\n\\2.fi\n" _page "${_page}")
file(WRITE ${OUTPUT} "${_page}")
