// Others' configs: of timm, Hugging Face transformers, the original SwinIR and Swin2SR as JSON, of Microsoft's
// repository as YAML. What stands behind a byte 0x1f is the preprocessor_config.json beside it.
#include "tests/fuzz/Descriptions.h"
#include "tests/fuzz/Target.h"

#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view text = swin::fuzz::textOf(data, size);
  size_t second = text.find('\x1f'), first = text.find_first_not_of(" \n\t\r\xef\xbb\xbf");
  bool isJson = first != text.npos && text[first] == '{';
  std::string path = swin::fuzz::written(isJson ? "m.json" : "m.yaml", text.substr(0, second));
  if (second == text.npos) {
    unlink(swin::fuzz::pathOf("preprocessor_config.json").c_str());
    swin::fuzz::checkDescription(path, path + ":");
  } else {
    swin::fuzz::written("preprocessor_config.json", text.substr(second + 1));
    swin::fuzz::checkDescription(path, swin::fuzz::pathOf("")); // of one of two files
  }
  return 0;
}
