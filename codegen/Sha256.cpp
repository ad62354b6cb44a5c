//===- Sha256.cpp - SHA-256 of much data ----------------------------------===//
// Names are those of FIPS 180-4: state a .. h, schedule W, constants K.
//===----------------------------------------------------------------------===//
#include "codegen/Sha256.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Endian.h"
#include "llvm/TargetParser/Host.h"

#include <algorithm>
#include <immintrin.h>

namespace swin::codegen {
namespace {

__extension__ typedef unsigned __int128 Wide;

template <size_t count> constexpr std::array<uint32_t, count> firstPrimes() {
  std::array<uint32_t, count> primes = {};
  uint32_t candidate = 2;
  for (size_t found = 0; found < count; ++candidate) {
    bool prime = true;
    for (size_t i = 0; i < found; ++i)
      prime = prime && candidate % primes[i] != 0;
    if (prime)
      primes[found++] = candidate;
  }
  return primes;
}

/// The first 32 bits of the fraction of the root of each of the first primes.
template <size_t count> constexpr std::array<uint32_t, count> fractionsOfRoots(int degree) {
  std::array<uint32_t, count> words = firstPrimes<count>();
  for (uint32_t &word : words) {
    uint64_t root = 0; // times 2^32
    for (int bit = 36; bit >= 0; --bit) {
      Wide tried = root | uint64_t(1) << bit, power = degree == 2 ? tried * tried : tried * tried * tried;
      if (power <= Wide(word) << (32 * degree))
        root = static_cast<uint64_t>(tried);
    }
    word = static_cast<uint32_t>(root);
  }
  return words;
}

constexpr std::array<uint32_t, 8> initial = fractionsOfRoots<8>(2);
alignas(16) constexpr std::array<uint32_t, 64> K = fractionsOfRoots<64>(3);
static_assert(initial[0] == 0x6a09e667 && initial[7] == 0x5be0cd19 && K[0] == 0x428a2f98 && K[63] == 0xc67178f2);

bool hasInstructions() {
  static const bool has = [] {
    llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
    return features.lookup("sha") && features.lookup("sse4.1");
  }();
  return has;
}

__attribute__((target("sha,sse4.1"))) void addBlocks(uint32_t *state, const uint8_t *data, size_t blocks) {
  const __m128i bigEndian = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
  auto *first = reinterpret_cast<__m128i *>(state);
  // The instructions take a b e f and c d g h, the last one lowest; `state` has a lowest.
  __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128(first), 0xb1);
  __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128(first + 1), 0x1b);
  __m128i abef = _mm_alignr_epi8(badc, efgh, 8), cdgh = _mm_blend_epi16(efgh, badc, 0xf0);
  for (; blocks > 0; --blocks, data += 64) {
    __m128i w[4];
    for (int i = 0; i < 4; ++i)
      w[i] = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i *>(data) + i), bigEndian);
    __m128i abefBefore = abef, cdghBefore = cdgh;
    // Four rounds each; behind two, the halves of the state are in each other's place.
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) {
      __m128i &words = w[i % 4], ahead = w[(i + 3) % 4];
      __m128i sum = _mm_add_epi32(words, _mm_load_si128(reinterpret_cast<const __m128i *>(K.data()) + i));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
      // W[t] = sigma1(W[t - 2]) + W[t - 7] + sigma0(W[t - 15]) + W[t - 16] in place of W[t - 16].
      __m128i older = _mm_sha256msg1_epu32(words, w[(i + 1) % 4]);
      words = _mm_sha256msg2_epu32(_mm_add_epi32(older, _mm_alignr_epi8(ahead, w[(i + 2) % 4], 4)), ahead);
    }
    abef = _mm_add_epi32(abef, abefBefore);
    cdgh = _mm_add_epi32(cdgh, cdghBefore);
  }
  __m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128(first, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128(first + 1, _mm_alignr_epi8(dchg, feba, 8));
}

} // namespace

Sha256::Sha256() : isFast(hasInstructions()), state(initial) {}

void Sha256::update(llvm::ArrayRef<uint8_t> data) {
  if (!isFast)
    return plain.update(data);
  size_t used = length % blockBytes;
  length += data.size();
  if (used > 0) {
    size_t more = std::min(blockBytes - used, data.size());
    std::copy_n(data.begin(), more, rest.begin() + used);
    if (used + more < blockBytes)
      return;
    addBlocks(state.data(), rest.data(), 1);
    data = data.drop_front(more);
  }
  size_t blocks = data.size() / blockBytes;
  addBlocks(state.data(), data.data(), blocks);
  data = data.drop_front(blocks * blockBytes);
  std::copy(data.begin(), data.end(), rest.begin());
}

std::string Sha256::finish() {
  if (!isFast)
    return llvm::toHex(plain.final(), /*LowerCase=*/true);
  // A one, zeros up to the last 8 bytes of a block, the number of bits.
  uint64_t bits = length * 8;
  size_t zeros = (2 * blockBytes - 9 - length % blockBytes) % blockBytes;
  std::array<uint8_t, blockBytes + 9> end = {0x80};
  llvm::support::endian::write64be(end.data() + 1 + zeros, bits);
  update(llvm::ArrayRef(end.data(), zeros + 9));
  std::array<uint8_t, 32> bytes;
  for (size_t i = 0; i < state.size(); ++i)
    llvm::support::endian::write32be(bytes.data() + 4 * i, state[i]);
  return llvm::toHex(bytes, /*LowerCase=*/true);
}

} // namespace swin::codegen
