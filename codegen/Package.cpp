//===- Package.cpp - objects become a library, a header, a program --------===//
#include "codegen/Package.h"

#include "codegen/Command.h"
#include "codegen/Header.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <future>

using namespace llvm;

namespace swin::codegen {
namespace {

const char placeholder[] = "SWINMODEL_";

std::string linkerOf(bool executable) {
  return executable ? findProgram({"c++", "g++", "clang++"}) : findProgram({"cc", "gcc", "clang"});
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
    arguments.insert(arguments.begin(), {linkerOf(executable), "-o", path(file), "-Wl,--gc-sections",
                                         "-Wl,-z,relro,-z,now", "-Wl,-z,noexecstack", "-Wl,--as-needed"});
    links.emplace_back(file, std::move(arguments));
  }

  Error link() const {
    for (const auto &[file, arguments] : links) {
      if (arguments.front().empty())
        return checkLinkers(options);
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
        {name + ".pc", pkgConfigText(name, options.version)},
        {name + "Config.cmake", cmakeConfigText(name, options.version, contents)}};
    for (const auto &[file, text] : texts) {
      std::error_code failed;
      raw_fd_ostream stream(path(file), failed);
      if (!failed) {
        stream << text;
        stream.close();
        failed = stream.error();
        stream.clear_error();
      }
      if (failed)
        return createFileError(path(file), failed);
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

Error checkLinkers(const PackageOptions &options) {
  Error all = Error::success();
  if (options.shared && linkerOf(false).empty())
    all = joinErrors(std::move(all), createStringError("--emit shared needs a C compiler to link with, but none of cc, "
                                                       "gcc, clang is on PATH; --emit lib needs none"));
  if (options.executable && linkerOf(true).empty())
    all = joinErrors(std::move(all), createStringError("--emit exe needs a C++ compiler to link with, but none of c++, "
                                                       "g++, clang++ is on PATH; --emit lib needs none"));
  return all;
}

Expected<std::vector<std::string>> writePackage(const PackageOptions &options, std::vector<ArchiveMember> objects) {
  return Packager(options).write(std::move(objects));
}

} // namespace swin::codegen
