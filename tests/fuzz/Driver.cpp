//===- Driver.cpp - a short run of a target without libFuzzer -------------===//
//   fuzz-TARGET CORPUS DICTIONARY RUNS
// Gives the target each file of the folder CORPUS, then RUNS damaged ones that follow from a seed. An input that ends
// the program is left as crash-TARGET in the current folder; so is one that takes too long.
//===----------------------------------------------------------------------===//
#include "tests/fuzz/Mutator.h"
#include "tests/fuzz/Target.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/resource.h>
#include <unistd.h>

extern "C" __attribute__((weak)) size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
/// Of sanitizers, which handle signals themselves.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

using namespace swin::fuzz;

constexpr double longest = 5;        // seconds of one input
constexpr long mostMemory = 2 << 20; // KiB of the process
constexpr size_t largest = 1 << 16;  // bytes of a damaged input

std::string crashFile;
const std::string *current = nullptr;
Mutator *mutator = nullptr;

/// Also in a handler of signals.
void keepInput() {
  int file = current ? open(crashFile.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
  const char said[] = "the input is kept as a file of the current folder\n";
  if (file >= 0 && write(file, current->data(), current->size()) >= 0)
    (void)!write(STDERR_FILENO, said, sizeof said - 1);
}

void endBySignal(int signal) {
  std::signal(signal, SIG_DFL);
  keepInput();
  std::raise(signal);
}

std::string contents(const std::filesystem::path &path) {
  std::ifstream stream(path, std::ios::binary);
  require(stream.good(), path.string() + " can be read");
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The words of a dictionary of libFuzzer: one in quotes a line, with \\, \" and \xNN.
std::vector<std::string> readDictionary(const std::string &path) {
  std::vector<std::string> found;
  std::ifstream stream(path);
  require(stream.good(), path + " can be read");
  for (std::string line; std::getline(stream, line);) {
    size_t begin = line.find('"'), end = line.rfind('"');
    if (line.starts_with('#') || begin == end)
      continue;
    std::string word;
    for (size_t at = begin + 1; at < end; ++at) {
      if (line[at] != '\\')
        word += line[at];
      else if (line[++at] != 'x')
        word += line[at];
      else
        word += static_cast<char>(std::stoi(line.substr(at + 1, 2), nullptr, 16)), at += 2;
    }
    found.push_back(word);
  }
  return found;
}

double slowest = 0;

void run(const std::string &input) {
  current = &input;
  auto start = std::chrono::steady_clock::now();
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t *>(input.data()), input.size());
  std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
  slowest = std::max(slowest, passed.count());
  require(passed.count() < longest, "an input took " + std::to_string(passed.count()) + " s");
  current = nullptr;
}

std::string damaged(const std::vector<std::string> &corpus) {
  std::string input = corpus[mutator->upTo(corpus.size() - 1)];
  if (mutator->upTo(9) == 0)
    input = mutator->splice(input, corpus[mutator->upTo(corpus.size() - 1)]);
  if (!LLVMFuzzerCustomMutator)
    return mutator->mutate(input);
  size_t size = input.size();
  input.resize(std::max(size, largest));
  input.resize(LLVMFuzzerCustomMutator(reinterpret_cast<uint8_t *>(input.data()), size, input.size(),
                                       static_cast<unsigned>(mutator->upTo(UINT32_MAX))));
  return input;
}

} // namespace

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most) {
  std::string input = mutator->mutate(std::string(textOf(data, size)));
  size = std::min(input.size(), most);
  std::memcpy(data, input.data(), size);
  return size;
}

int main(int argc, char **argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s CORPUS DICTIONARY RUNS\n", argv[0]);
    return 2;
  }
  crashFile = "crash-" + std::filesystem::path(argv[0]).filename().string();
  if (__sanitizer_set_death_callback)
    __sanitizer_set_death_callback(keepInput);
  for (int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL})
    if (signal == SIGABRT || !__sanitizer_set_death_callback)
      std::signal(signal, endBySignal);
  std::vector<std::string> names, corpus;
  for (const auto &entry : std::filesystem::directory_iterator(argv[1]))
    names.push_back(entry.path().string());
  std::sort(names.begin(), names.end());
  for (const std::string &name : names)
    corpus.push_back(contents(name));
  require(!corpus.empty(), std::string(argv[1]) + " has files");
  for (const std::string &input : corpus)
    run(input);
  size_t whole = accepted, runs = std::stoul(argv[3]);
  accepted = 0;
  Mutator damage(7, readDictionary(argv[2]));
  mutator = &damage;
  for (size_t i = 0; i < runs; ++i)
    run(damaged(corpus));
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  std::printf("%zu files, %zu good; %zu damaged, %zu good; at most %.3f s, %ld MiB\n", corpus.size(), whole, runs,
              accepted, slowest, usage.ru_maxrss >> 10);
  require(whole > 0, "the corpus has a good input");
  require(accepted > 0 && accepted < runs, "the damage is neither always fatal nor never");
  require(usage.ru_maxrss < mostMemory, "memory is bounded");
  return 0;
}
