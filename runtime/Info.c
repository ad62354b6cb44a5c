/*===- Info.c - what can be asked of a model without a session --------------===*
 * See NAME.h.in.
 *===----------------------------------------------------------------------===*/
#include "runtime/Internal.h"

const char *SWINMODEL_info(void) { return SWINMODEL_model.info; }

int SWINMODEL_num_outputs(void) { return SWINMODEL_model.num_outputs; }

size_t SWINMODEL_workspace_size(int n, int h, int w) {
  int64_t bytes = 0;
  const char *why;
  if (SWINMODEL_model.plan(n, h, w, &bytes, &why) != 0)
    return 0;
  /* 0 stands for sizes that are not possible. */
  return bytes > 0 ? (size_t)bytes : swin_alignment;
}

int SWINMODEL_output_shape(int output, int n, int h, int w, long long shape[6]) {
  int64_t bytes, found[6];
  const char *why;
  if (output < 0 || output >= SWINMODEL_model.num_outputs)
    return SWINMODEL_E_OUTPUT;
  if (shape == NULL)
    return SWINMODEL_E_SHAPE;
  if (SWINMODEL_model.plan(n, h, w, &bytes, &why) != 0)
    return SWINMODEL_E_SIZE;
  int32_t rank = SWINMODEL_model.output_shape(output, n, h, w, found);
  for (int32_t i = 0; i < rank; ++i)
    shape[i] = found[i];
  return rank < 0 ? SWINMODEL_E_SIZE : rank;
}
