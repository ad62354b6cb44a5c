//===- StubCase.h - one image for the stub, and its results ----------------===//
#ifndef SWIN_TESTS_RUNTIME_STUBCASE_H
#define SWIN_TESTS_RUNTIME_STUBCASE_H

#include "runtime/NAME.h.in"
#include "tests/runtime/StubModel.h"

#include <algorithm>
#include <cmath>
#include <vector>

struct StubCase {
  int n, h, w;
  std::vector<float> input, sums, map, expectedSums, expectedMap;

  StubCase(int n, int h, int w)
      : n(n), h(h), w(w), sums(n * 3), map(n * h * w), expectedSums(n * 3), expectedMap(n * h * w) {
    for (int i = 0; i < n * stub_channels * h * w; ++i)
      input.push_back(std::sin(0.1f * static_cast<float>(i + n)));
    stub_expected(input.data(), n, h, w, expectedSums.data(), expectedMap.data());
  }
  int run(SWINMODEL_session *session) {
    std::fill(sums.begin(), sums.end(), NAN);
    std::fill(map.begin(), map.end(), NAN);
    float *outputs[] = {sums.data(), map.data()};
    return SWINMODEL_run(session, input.data(), n, h, w, outputs);
  }
  /// Same bits, since the stub's sums have one order.
  bool isRight() const { return sums == expectedSums && map == expectedMap; }
};

#endif // SWIN_TESTS_RUNTIME_STUBCASE_H
