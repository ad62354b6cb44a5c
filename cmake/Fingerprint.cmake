# Writes OUTPUT, a source that defines kernelCompilerFingerprint() (codegen/KernelCompiler.h) as a hash of FILES.
set(_hashes "")
foreach(_file ${FILES})
  file(SHA256 ${_file} _hash)
  string(APPEND _hashes ${_hash})
endforeach()
string(SHA256 _hash "${_hashes}")
file(WRITE ${OUTPUT} "#include \"codegen/KernelCompiler.h\"

const char *swin::codegen::kernelCompilerFingerprint() { return \"${_hash}\"; }
")
