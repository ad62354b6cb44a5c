//===- SpecFromShapes.h - what a model is by its weights ------------------===//
#ifndef SWIN_DSL_SPECFROMSHAPES_H
#define SWIN_DSL_SPECFROMSHAPES_H

#include "dsl/Safetensors.h"
#include "dsl/WeightNames.h"

namespace swin::dsl {

/// `known` with everything replaced that names and shapes of the tensors show. They need not be those of a model that
/// works: shapes that cannot be are passed over, stages and blocks are counted as far as they follow each other. A
/// window that neither shows is {0, 0}. Where `known` has no stages and the windows show it, the image size is the one
/// at which the last stage is one window.
Spec specFromShapes(const Tensors &tensors, const WeightNames &names, const Spec &known);

/// "swinv2, embedding 96, depths 2 2 6 2, heads 3 6 12 24, 1000 classes", and what else differs from `other`.
std::string modelText(const Spec &spec, const Spec &other);

} // namespace swin::dsl

#endif // SWIN_DSL_SPECFROMSHAPES_H
