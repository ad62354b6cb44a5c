//===- Show.cpp - what a database knows of each kernel --------------------===//
#include "tools/tune/Show.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <map>
#include <tuple>

using swin::tuning::Database;
using swin::tuning::Result;
using swin::tuning::Setting;

namespace swin::tools {
namespace {

struct Kernel {
  Result last;                ///< the last one that was timed, if one was
  std::optional<Result> best; ///< what is chosen
  int64_t tried = 0;          ///< results that are no confirmation

  /// Whole models are not chosen from: the last time counts.
  bool isModel() const { return last.setting.templateName == tuning::modelTemplate; }
  const Result *chosen() const { return isModel() ? &last : best ? &*best : nullptr; }
  /// Milliseconds by the default rule; 0 = not known.
  double standard() const { return chosen() ? chosen()->times.standardCold : last.times.standardCold; }
};

llvm::Expected<std::vector<Kernel>> kernelsOf(const Database &database) {
  std::map<Setting, Kernel> kernels;
  if (llvm::Error error = database.forEach(nullptr, [&](const Result &result) {
        Kernel &kernel = kernels[result.setting];
        if (kernel.tried == 0 || result.times.standardCold > 0)
          kernel.last = result;
        kernel.tried += !result.confirmed;
      }))
    return error;
  llvm::Expected<std::vector<Result>> best = database.best("", "", "");
  if (!best)
    return best.takeError();
  for (const Result &result : *best)
    kernels[result.setting].best = result;
  std::vector<Kernel> sorted;
  for (auto &[setting, kernel] : kernels)
    sorted.push_back(std::move(kernel));
  llvm::stable_sort(sorted, [](const Kernel &a, const Kernel &b) {
    auto key = [](const Kernel &kernel) {
      const Setting &setting = kernel.last.setting;
      return std::make_tuple(setting.cpu, setting.compiler, setting.isa, -kernel.standard());
    };
    return key(a) < key(b);
  });
  return sorted;
}

} // namespace

llvm::Expected<std::string> showTable(const Database &database) {
  llvm::Expected<std::vector<Kernel>> kernels = kernelsOf(database);
  if (!kernels)
    return kernels.takeError();
  std::string text;
  llvm::raw_string_ostream out(text);
  size_t wide = 6, sizes = 5;
  for (const Kernel &kernel : *kernels) {
    wide = std::max(wide, kernel.last.kernel.size());
    sizes = std::max(sizes, kernel.last.sizes.size());
  }
  auto row = [&](llvm::StringRef name, llvm::StringRef isa, llvm::StringRef size, llvm::StringRef threads,
                 llvm::StringRef time, llvm::StringRef ratio, llvm::StringRef tried, llvm::StringRef schedule) {
    auto padded = [](llvm::StringRef text, size_t width) { return text.str() + std::string(width - text.size(), ' '); };
    out << llvm::formatv("{0}  {1,-10}  {2}  {3,7}  {4,10}  {5,6}  {6,5}  {7}\n", padded(name, wide), isa,
                         padded(size, sizes), threads, time, ratio, tried, schedule);
  };
  std::pair<std::string, std::string> head;
  for (const Kernel &kernel : *kernels) {
    const Result &last = kernel.last;
    if (std::pair next(last.setting.cpu, last.setting.compiler); next != head) {
      out << (head.first.empty() ? "" : "\n") << "CPU " << next.first << "\ncompiler " << next.second << '\n';
      head = next;
      row("kernel", "isa", "sizes", "threads", "default ms", "ratio", "tried", "schedule");
    }
    row(last.kernel, last.setting.isa, last.sizes, std::to_string(last.threads),
        llvm::formatv("{0:f3}", kernel.standard()).str(),
        kernel.chosen() ? llvm::formatv("{0:f3}", kernel.chosen()->times.ratio).str() : "-",
        std::to_string(kernel.tried), kernel.chosen() ? kernel.chosen()->schedule : "the default's");
  }
  if (kernels->empty())
    out << "no results\n";
  return text;
}

llvm::Expected<std::string> showJson(const Database &database) {
  llvm::Expected<std::vector<Kernel>> kernels = kernelsOf(database);
  if (!kernels)
    return kernels.takeError();
  std::string text;
  llvm::raw_string_ostream out(text);
  for (const Kernel &kernel : *kernels) {
    const Result &last = kernel.last;
    llvm::json::OStream json(out);
    json.object([&] {
      json.attribute("kernel", last.kernel);
      json.attribute("signature", last.setting.signature);
      json.attribute("isa", last.setting.isa);
      json.attribute("cpu", last.setting.cpu);
      json.attribute("compiler", last.setting.compiler);
      json.attribute("template", last.setting.templateName);
      json.attribute("sizes", last.sizes);
      json.attribute("threads", last.threads);
      json.attribute("macs", last.macs);
      json.attribute("tried", kernel.tried);
      json.attribute("standard_cold_ms", kernel.standard());
      json.attribute("ratio", kernel.chosen() ? kernel.chosen()->times.ratio : 1);
      json.attribute("schedule", kernel.chosen() ? kernel.chosen()->schedule : "");
    });
    out << '\n';
  }
  return text;
}

} // namespace swin::tools
