// RUN: swin-opt %s --swin-fold-constants="fast-matmul height=64 width=64" --split-input-file | FileCheck %s
// RUN: swin-opt %s --swin-fold-constants --split-input-file | FileCheck %s --check-prefix=PLAIN
// Idempotent: the second run finds nothing to do.
// RUN: swin-opt %s --swin-fold-constants="fast-matmul height=64 width=64" --split-input-file -o %t.once
// RUN: swin-opt %t.once --swin-fold-constants="fast-matmul height=64 width=64" --split-input-file -o %t.twice
// RUN: diff %t.once %t.twice

// Wide maps of a map's tokens get sums, the norm's gain in them; a narrow one, few tokens and windows do not.
// CHECK-LABEL: func.func @forward
// CHECK:         swin.param "fc1.weight:norm:sums" : tensor<7x12x48x16xf32>
// CHECK:         swin.param "narrow.weight:packed" : tensor<2x384x16xf32>
// CHECK:         swin.param "few.weight:packed" : tensor<12x384x16xf32>
// PLAIN-NOT:     :sums
func.func @forward(%image: tensor<?x3x?x?xf32>) {
  %we = swin.param "embed.weight" : tensor<96x3x8x8xf32>
  %be = swin.param "embed.bias" : tensor<96xf32>
  %0 = swin.patch_embed %image, %we, %be patch [8, 8] : (tensor<?x3x?x?xf32>, tensor<96x3x8x8xf32>, tensor<96xf32>) -> tensor<?x?x?x96xf32>
  %g = swin.param "norm.weight" : tensor<96xf32>
  %b = swin.param "norm.bias" : tensor<96xf32>
  %1 = swin.layer_norm %0, %g, %b epsilon 1.0e-5 : tensor<?x?x?x96xf32>, tensor<96xf32>, tensor<96xf32>
  %w1 = swin.param "fc1.weight" : tensor<384x96xf32>
  %2 = swin.linear %1, %w1 : (tensor<?x?x?x96xf32>, tensor<384x96xf32>) -> tensor<?x?x?x384xf32>
  %w2 = swin.param "narrow.weight" : tensor<32x384xf32>
  %3 = swin.linear %2, %w2 : (tensor<?x?x?x384xf32>, tensor<32x384xf32>) -> tensor<?x?x?x32xf32>
  swin.output %3 as "stage1" : tensor<?x?x?x32xf32>
  %4 = swin.patch_merging %0 : tensor<?x?x?x96xf32> -> tensor<?x?x?x384xf32>
  %w3 = swin.param "few.weight" : tensor<192x384xf32>
  %5 = swin.linear %4, %w3 : (tensor<?x?x?x384xf32>, tensor<192x384xf32>) -> tensor<?x?x?x192xf32>
  swin.output %5 as "stage2" : tensor<?x?x?x192xf32>
  return
}
