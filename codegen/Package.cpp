//===- Package.cpp - objects become a library, a header, a program --------===//
#include "codegen/Package.h"

#include "codegen/Command.h"
#include "codegen/Files.h"
#include "codegen/Header.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

#include <future>

using namespace llvm;

namespace swin::codegen {
namespace {

const char placeholder[] = "SWINMODEL_";

bool isHost(const Architecture &architecture) {
  return Triple(architecture.triple).getArch() == Triple(sys::getProcessTriple()).getArch();
}

/// Names of compilers that link for an architecture, the best one first.
std::vector<std::string> linkersFor(const Architecture &architecture, bool executable) {
  if (!isHost(architecture))
    return {std::string(architecture.toolsPrefix) + (executable ? "-g++" : "-gcc")};
  if (executable)
    return {"c++", "g++", "clang++"};
  return {"cc", "gcc", "clang"};
}

std::string linkerOf(const PackageOptions &options, bool executable) {
  return findProgram(linkersFor(*options.architecture, executable));
}

class Packager {
public:
  Packager(const PackageOptions &options) : options(options), name(options.name) {}

  Expected<std::vector<std::string>> write(std::vector<ArchiveMember> objects) {
    if (Error error = addRuntime(objects))
      return error;
    if (Error error = checkSymbols(objects))
      return error;
    if (Error error = prepareLinks(objects))
      return error;
    // Copying the weights is all that takes time here; the linker copies them meanwhile.
    std::future<Error> linked = std::async([this] { return link(); });
    std::string archive = "lib" + name + ".a";
    Error archived = options.library ? writeArchiveFile(path(archive), objects) : Error::success();
    Error notLinked = linked.get();
    if (archived) {
      consumeError(std::move(notLinked));
      return archived;
    }
    if (notLinked)
      return notLinked;
    if (options.library)
      written.push_back(archive);
    for (const auto &[file, arguments] : links)
      written.push_back(file);
    if (options.library || options.shared)
      if (Error error = writeTexts())
        return error;
    return written;
  }

private:
  std::string path(const std::string &file) const { return options.folder + "/" + file; }

  Error addRuntime(std::vector<ArchiveMember> &objects) {
    auto members = readArchiveFile(options.files.runtimeArchive);
    if (!members)
      return members.takeError();
    for (ArchiveMember &member : *members) {
      Rewriting rewriting;
      rewriting.prefixes = {{placeholder, name + "_"}};
      auto renamed = rewriteObject(member.bytes, rewriting);
      if (!renamed)
        return createFileError(options.files.runtimeArchive, renamed.takeError());
      std::string file = StringRef(member.name).split('.').first.str();
      objects.push_back({name + "_runtime_" + file + ".o", std::move(*renamed), ""});
    }
    return Error::success();
  }

  /// Any number of models can be linked into one program only if this holds.
  Error checkSymbols(const std::vector<ArchiveMember> &objects) {
    Error all = Error::success();
    StringSet<> defined;
    for (const ArchiveMember &object : objects) {
      if (!object.path.empty())
        continue; // the weights, with the one symbol that was asked for
      auto symbols = listSymbols(object.bytes);
      if (!symbols)
        return joinErrors(std::move(all), createFileError(object.name, symbols.takeError()));
      for (const std::string &symbol : symbols->defined) {
        if (!StringRef(symbol).starts_with(name + "_"))
          all = joinErrors(std::move(all), createStringError("symbol " + symbol + " in " + object.name +
                                                             " does not begin with " + name + "_"));
        if (!defined.insert(symbol).second)
          all = joinErrors(std::move(all),
                           createStringError("symbol " + symbol + " in " + object.name + " is there twice"));
      }
    }
    return all;
  }

  /// What is to be linked, with the objects in an archive beside the weights, which no linker has to read twice.
  Error prepareLinks(const std::vector<ArchiveMember> &objects) {
    if (!options.shared && !options.executable)
      return Error::success();
    std::vector<ArchiveMember> small;
    std::vector<std::string> large;
    for (const ArchiveMember &object : objects)
      if (object.path.empty())
        small.push_back(object);
      else
        large.push_back(object.path);
    std::string archive = path("objects.a");
    if (Error error = writeArchiveFile(archive, small))
      return error;
    if (options.shared) {
      std::string file = "lib" + name + ".so";
      std::vector<std::string> arguments = {"-shared", "-Wl,-soname," + file, "-Wl,--whole-archive", archive,
                                            "-Wl,--no-whole-archive"};
      // The sanitizer is in the program, and names functions.
      append_range(arguments, options.sanitized ? ArrayRef<const char *>{"-Wl,-z,undefs"}
                                                : ArrayRef<const char *>{"-s", "-Wl,-z,defs"});
      append_range(arguments, large);
      append_range(arguments, ArrayRef<const char *>{"-lm", "-pthread"});
      addLink(file, std::move(arguments), /*executable=*/false);
    }
    if (!options.executable)
      return Error::success();
    std::string runner = path("runner.a");
    if (Error error = writeRunner(runner))
      return error;
    // The C++ library inside: the program runs where there is none.
    std::vector<std::string> arguments = {"-s", runner, archive};
    append_range(arguments, large);
    append_range(arguments, ArrayRef<const char *>{"-static-libgcc", "-static-libstdc++", "-lm", "-pthread"});
    addLink(name, std::move(arguments), /*executable=*/true);
    return Error::success();
  }

  void addLink(const std::string &file, std::vector<std::string> arguments, bool executable) {
    arguments.insert(arguments.begin(), {linkerOf(options, executable), "-o", path(file), "-Wl,--gc-sections",
                                         "-Wl,-z,relro,-z,now", "-Wl,-z,noexecstack", "-Wl,--as-needed"});
    links.emplace_back(file, std::move(arguments));
  }

  Error link() const {
    for (const auto &[file, arguments] : links) {
      if (arguments.front().empty())
        return checkMeans(options);
      if (Error error = runCommand(arguments, path("link.log")))
        return error;
    }
    return Error::success();
  }

  Error writeRunner(const std::string &archive) const {
    auto members = readArchiveFile(options.files.runnerArchive);
    if (!members)
      return members.takeError();
    for (ArchiveMember &member : *members) {
      Rewriting rewriting;
      rewriting.prefixes = {{placeholder, name + "_"}};
      auto renamed = rewriteObject(member.bytes, rewriting);
      if (!renamed)
        return createFileError(options.files.runnerArchive, renamed.takeError());
      member.bytes = std::move(*renamed);
    }
    return writeArchiveFile(archive, *members);
  }

  Error writeTexts() {
    auto header = MemoryBuffer::getFile(options.files.headerTemplate, /*IsText=*/true);
    if (!header)
      return createFileError(options.files.headerTemplate, header.getError());
    PackageContents contents = {options.library, options.shared};
    const std::pair<std::string, std::string> texts[] = {
        {name + ".h", headerText((*header)->getBuffer().str(), name)},
        {name + ".pc", pkgConfigText(name, options.version, contents)},
        {name + "Config.cmake", cmakeConfigText(name, contents)},
        {name + "ConfigVersion.cmake", cmakeVersionText(options.version)}};
    for (const auto &[file, text] : texts) {
      std::error_code failed;
      raw_fd_ostream stream(path(file), failed);
      if (failed)
        return createFileError(path(file), failed);
      stream << text;
      if (Error error = closeFile(stream, path(file)))
        return error;
      written.push_back(file);
    }
    return Error::success();
  }

  const PackageOptions &options;
  const std::string &name;
  std::vector<std::pair<std::string, std::vector<std::string>>> links; ///< file, command
  std::vector<std::string> written;
};

} // namespace

Error checkMeans(const PackageOptions &options) {
  const Architecture &architecture = *options.architecture;
  const std::string prefix = architecture.toolsPrefix, compilers = "gcc-" + prefix + " and g++-" + prefix;
  bool foreign = !isHost(architecture);
  Error all = Error::success();
  auto missing = [&](const std::string &what) { all = joinErrors(std::move(all), createStringError(what)); };
  if (foreign && !sys::fs::exists(options.files.runtimeArchive)) {
    missing("this build of swin-compile makes no libraries for " + std::string(architecture.name) +
            ": it was built without a compiler for them; install " + compilers + ", then build it again");
    return all;
  }
  auto checkLinker = [&](const char *emit, const char *language, bool executable) {
    if (!linkerOf(options, executable).empty())
      return;
    std::vector<std::string> names = linkersFor(architecture, executable);
    missing(std::string("--emit ") + emit + " needs a " + language + " compiler to link with, but " +
            (foreign ? names.front() + " is not on PATH; install " + compilers
                     : "none of " + join(names, ", ") + " is on PATH") +
            "; --emit lib needs none");
  };
  if (options.shared)
    checkLinker("shared", "C", /*executable=*/false);
  if (options.executable)
    checkLinker("exe", "C++", /*executable=*/true);
  if (options.executable && foreign && !sys::fs::exists(options.files.runnerArchive))
    missing("--emit exe for " + std::string(architecture.name) +
            " needs what this build of swin-compile lacks: it was built without g++-" + prefix +
            " or without zlib for " + architecture.name +
            "; run scripts/setup, then build it again; --emit lib,shared needs neither");
  return all;
}

Expected<std::vector<std::string>> writePackage(const PackageOptions &options, std::vector<ArchiveMember> objects) {
  return Packager(options).write(std::move(objects));
}

} // namespace swin::codegen
