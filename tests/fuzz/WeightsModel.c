/*===- WeightsModel.c - a model whose weights are in a file -----------------===*
 * Sessions of it are opened and never run.
 *===----------------------------------------------------------------------===*/
#include "tests/fuzz/WeightsModel.h"
#include "runtime/Model.h"

#include <stddef.h>

const unsigned char fuzz_weights[fuzz_weights_bytes] = "what a model would have learned";

static const void *const kernels[] = {NULL};
static const swin_isa isas[] = {{"x86-64", kernels}};

const swin_model SWINMODEL_model = {
    .abi = SWIN_MODEL_ABI,
    .num_outputs = 1,
    .num_isas = 1,
    .isas = isas,
    .weights_bytes = fuzz_weights_bytes,
    .weights_sha256 = "a digest that is compared, no more",
    .weights_checksum = UINT64_C(0x73f13fc9341ee7b0),
    .scratch_bytes = 64,
    .info = "{}",
    .channels = 1,
};
