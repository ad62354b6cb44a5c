//===- WeightsModel.h - a model whose weights are in a file ----------------===//
#ifndef SWIN_TESTS_FUZZ_WEIGHTSMODEL_H
#define SWIN_TESTS_FUZZ_WEIGHTSMODEL_H

#ifdef __cplusplus
extern "C" {
#endif

enum { fuzz_weights_bytes = 128 };
/* What the data of the file are. */
extern const unsigned char fuzz_weights[fuzz_weights_bytes];

#ifdef __cplusplus
}
#endif

#endif /* SWIN_TESTS_FUZZ_WEIGHTSMODEL_H */
