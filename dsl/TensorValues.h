//===- TensorValues.h - values of tensors as 32-bit floats ----------------===//
#ifndef SWIN_DSL_TENSORVALUES_H
#define SWIN_DSL_TENSORVALUES_H

#include "dsl/Safetensors.h"

namespace swin::dsl {

/// Whether a type can hold weights: F32, F16, BF16, F64.
bool isFloatType(std::string_view type);
/// Whether elements of a type can become floats: those, BOOL, and whole numbers of 8 to 64 bits.
bool isNumberType(std::string_view type);
/// The values where they lie in the file; null if they are not F32 or not aligned.
const float *viewOf(const Tensor &tensor);
/// Keeps a part of a file, for a view; it is released with the last owner.
std::shared_ptr<const void> ownerOf(const Tensor &tensor, std::shared_ptr<const MappedFile> file);
/// Writes tensor.count values, rounded to nearest. The type is isNumberType.
void copyValues(const Tensor &tensor, float *values);
/// The index of the first NaN or infinity; `count` if there is none.
int64_t firstNotFinite(const float *values, int64_t count);
/// Rows of `inputs` values ordered channel x (row parity, column parity), as mm saves what follows a patch merging,
/// in our order (column parity, row parity) x channel. `inputs` is a multiple of 4.
std::vector<float> mergingInputs(const std::vector<float> &values, int64_t inputs);

/// A matrix of `columns` columns, transposed: channels x cells becomes cells x channels.
std::vector<float> channelsLast(const std::vector<float> &values, int64_t columns);

} // namespace swin::dsl

#endif // SWIN_DSL_TENSORVALUES_H
