//===- TensorValues.cpp - values of tensors as 32-bit floats --------------===//
#include "dsl/TensorValues.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace swin::dsl {
namespace {

float fromHalf(uint16_t bits) {
  int exponent = bits >> 10 & 31, fraction = bits & 1023;
  float value;
  if (exponent == 31)
    value = std::bit_cast<float>(uint32_t(0x7f800000 | fraction << 13));
  else if (exponent == 0)
    value = std::ldexp(static_cast<float>(fraction), -24);
  else
    value = std::bit_cast<float>(uint32_t((exponent + 112) << 23 | fraction << 13));
  return bits >> 15 ? -value : value;
}

float fromBrain(uint16_t bits) { return std::bit_cast<float>(uint32_t(bits) << 16); }

float fromDouble(double value) {
  // Beyond the largest float a conversion is undefined in C++, though not in IEEE 754.
  if (std::abs(value) > 0x1.fffffep127)
    return std::copysign(std::bit_cast<float>(uint32_t(0x7f800000)), value < 0 ? -1.0f : 1.0f);
  return static_cast<float>(value);
}

/// Element by element, since the file does not align them.
template <typename Element, typename Convert> void copyAs(const Tensor &tensor, float *values, Convert convert) {
  for (int64_t i = 0; i < tensor.count; ++i) {
    Element element;
    std::memcpy(&element, tensor.data.data() + i * sizeof(Element), sizeof(Element));
    values[i] = convert(element);
  }
}

template <typename Element> void copyAs(const Tensor &tensor, float *values) {
  copyAs<Element>(tensor, values, [](Element element) { return static_cast<float>(element); });
}

void copyWhole(const Tensor &tensor, float *values) {
  if (tensor.type == "BOOL" || tensor.type == "U8")
    copyAs<uint8_t>(tensor, values);
  else if (tensor.type == "I8")
    copyAs<int8_t>(tensor, values);
  else if (tensor.type == "I16")
    copyAs<int16_t>(tensor, values);
  else if (tensor.type == "U16")
    copyAs<uint16_t>(tensor, values);
  else if (tensor.type == "I32")
    copyAs<int32_t>(tensor, values);
  else if (tensor.type == "U32")
    copyAs<uint32_t>(tensor, values);
  else if (tensor.type == "I64")
    copyAs<int64_t>(tensor, values);
  else
    copyAs<uint64_t>(tensor, values);
}

} // namespace

bool isFloatType(std::string_view type) { return type == "F32" || type == "F16" || type == "BF16" || type == "F64"; }

bool isNumberType(std::string_view type) {
  return isFloatType(type) || type == "BOOL" || type.starts_with("I") || type.starts_with("U");
}

const float *viewOf(const Tensor &tensor) {
  const std::byte *start = tensor.data.data();
  if (tensor.type != "F32" || reinterpret_cast<uintptr_t>(start) % alignof(float))
    return nullptr;
  return reinterpret_cast<const float *>(start);
}

std::shared_ptr<const void> ownerOf(const Tensor &tensor, std::shared_ptr<const MappedFile> file) {
  const void *start = tensor.data.data();
  return {start, [file = std::move(file), part = tensor.data](const void *) { file->release(part); }};
}

void copyValues(const Tensor &tensor, float *values) {
  if (tensor.type == "F16")
    copyAs<uint16_t>(tensor, values, fromHalf);
  else if (tensor.type == "BF16")
    copyAs<uint16_t>(tensor, values, fromBrain);
  else if (tensor.type == "F64")
    copyAs<double>(tensor, values, fromDouble);
  else if (tensor.type == "F32")
    copyAs<float>(tensor, values, [](float value) { return value; });
  else
    copyWhole(tensor, values);
}

int64_t firstNotFinite(const float *values, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    if ((std::bit_cast<uint32_t>(values[i]) & 0x7f800000) == 0x7f800000)
      return i;
  return count;
}

std::vector<float> mergingInputs(const std::vector<float> &values, int64_t inputs) {
  std::vector<float> result(values.size());
  size_t channels = inputs / 4;
  for (size_t row = 0; row < values.size(); row += inputs)
    for (size_t c = 0; c < channels; ++c)
      for (size_t r = 0; r < 2; ++r)
        for (size_t w = 0; w < 2; ++w)
          result[row + (w * 2 + r) * channels + c] = values[row + c * 4 + r * 2 + w];
  return result;
}

std::vector<float> channelsLast(const std::vector<float> &values, int64_t columns) {
  std::vector<float> result(values.size());
  size_t rows = values.size() / columns;
  for (size_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      result[column * rows + row] = values[row * columns + column];
  return result;
}

} // namespace swin::dsl
