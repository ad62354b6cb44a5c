// RUN: swin-opt %s --swin-fold-constants="fast-matmul height=64 width=64" --remarks-filter='swin-.*' --remark-format=emitRemark --verify-diagnostics -o %t

// Which products are of seven smaller ones, and why others are not.
!map = tensor<?x?x?x96xf32>
func.func @forward(%image: tensor<?x3x?x?xf32>) {
  %we = swin.param "embed.weight" : tensor<96x3x8x8xf32>
  %w1 = swin.param "wide.weight" : tensor<384x96xf32>
  %w2 = swin.param "narrow.weight" : tensor<32x384xf32>
  %w3 = swin.param "few.weight" : tensor<192x384xf32>
  %be = swin.param "embed.bias" : tensor<96xf32>
  %0 = swin.patch_embed %image, %we, %be patch [8, 8] : (tensor<?x3x?x?xf32>, tensor<96x3x8x8xf32>, tensor<96xf32>) -> !map
  // expected-remark @below {{Remark="the product is one of seven smaller ones"}}
  %1 = swin.linear %0, %w1 : (!map, tensor<384x96xf32>) -> tensor<?x?x?x384xf32>
  // expected-remark @below {{Reason="there are 32 channels, which is less than 96 or no multiple of 32", Remark="the product is none of seven smaller ones"}}
  %2 = swin.linear %1, %w2 : (tensor<?x?x?x384xf32>, tensor<32x384xf32>) -> tensor<?x?x?x32xf32>
  swin.output %2 as "stage1" : tensor<?x?x?x32xf32>
  %3 = swin.patch_merging %0 : !map -> tensor<?x?x?x384xf32>
  // expected-remark @below {{Reason="an image has 16 tokens there, less than 64", Remark="the product is none of seven smaller ones"}}
  %4 = swin.linear %3, %w3 : (tensor<?x?x?x384xf32>, tensor<192x384xf32>) -> tensor<?x?x?x192xf32>
  swin.output %4 as "stage2" : tensor<?x?x?x192xf32>
  return
}
