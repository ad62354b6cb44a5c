//===- Sha256Test.cpp - against LLVM's ------------------------------------===//
#include "codegen/Sha256.h"

#include "llvm/ADT/StringExtras.h"
#include "gtest/gtest.h"

#include <numeric>
#include <vector>

using swin::codegen::Sha256;

namespace {

std::string hashOf(llvm::ArrayRef<uint8_t> data) {
  Sha256 hash;
  hash.update(data);
  return hash.finish();
}

TEST(Sha256, OfTheStandard) {
  EXPECT_EQ(hashOf({'a', 'b', 'c'}), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, EveryLength) {
  std::vector<uint8_t> data(300);
  std::iota(data.begin(), data.end(), 7);
  for (size_t size = 0; size <= data.size(); ++size) {
    llvm::ArrayRef<uint8_t> part(data.data(), size);
    ASSERT_EQ(hashOf(part), llvm::toHex(llvm::SHA256::hash(part), true)) << size << " bytes";
  }
}

TEST(Sha256, InPieces) {
  std::vector<uint8_t> data(100000);
  for (size_t i = 0; i < data.size(); ++i)
    data[i] = static_cast<uint8_t>(i * i >> 3);
  std::string right = llvm::toHex(llvm::SHA256::hash(data), true);
  for (size_t piece : {1, 3, 63, 64, 65, 1000, 4096}) {
    Sha256 hash;
    for (size_t at = 0; at < data.size(); at += piece)
      hash.update(llvm::ArrayRef(data).slice(at, std::min(piece, data.size() - at)));
    EXPECT_EQ(hash.finish(), right) << "pieces of " << piece;
  }
}

} // namespace
