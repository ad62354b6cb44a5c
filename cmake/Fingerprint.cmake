# Writes OUTPUT, a source that defines FUNCTION, which HEADER declares, as a hash of the contents of FILES and of TEXT;
# with ROOT, also of the files' names below it.
set(_hashes "${TEXT}")
foreach(_file ${FILES})
  file(SHA256 ${_file} _hash)
  if(ROOT)
    file(RELATIVE_PATH _name ${ROOT} ${_file})
    string(APPEND _hashes "\n${_name} ")
  endif()
  string(APPEND _hashes ${_hash})
endforeach()
string(SHA256 _hash "${_hashes}")
file(WRITE ${OUTPUT} "#include \"${HEADER}\"

const char *${FUNCTION}() { return \"${_hash}\"; }
")
