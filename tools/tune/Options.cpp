//===- Options.cpp - the command line of swin-tune ------------------------===//
#include "tools/tune/Options.h"

#include "codegen/tuning/Strategy.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

extern "C" {
#include "runtime/Cpu.h"
}

using llvm::StringRef;

namespace swin::tools {
namespace {

constexpr double defaultSeconds = 600;

const std::vector<std::string> commands = {"merge", "export", "import", "show", "report", "check"};

/// "90s", "10m", "2h"; 0 if it is none.
double secondsOf(StringRef value) {
  constexpr std::pair<char, int64_t> units[] = {{'s', 1}, {'m', 60}, {'h', 3600}};
  const auto *unit = llvm::find_if(units, [&](auto unit) { return value.ends_with(StringRef(&unit.first, 1)); });
  int64_t count = 0;
  if (unit == std::end(units) || value.drop_back().getAsInteger(10, count) || count < 1 || count > 1000000)
    return 0;
  return static_cast<double>(count * unit->second);
}

std::function<void(StringRef)> text(std::string &into) {
  return [&](StringRef value) { into = value; };
}

std::function<void(StringRef)> flag(bool &into) {
  return [&](StringRef) { into = true; };
}

void takeThreads(CommandLine &line, TuneOptions &options, StringRef value) {
  options.threads.clear();
  llvm::SmallVector<StringRef> parts;
  value.split(parts, ',');
  for (StringRef part : parts) {
    int count = 0;
    line.number(part, 1, 1024, count);
    if (count > 0 && llvm::is_contained(options.threads, count))
      line.wrong(part.str() + " is there twice");
    else if (count > 0)
      options.threads.push_back(count);
  }
}

OptionTable tuneTable(CommandLine &line, TuneOptions &options) {
  const std::vector<std::string> &strategies = tuning::strategyNames();
  auto takeTime = [&](StringRef value) {
    options.seconds = secondsOf(value);
    if (options.seconds == 0)
      line.wrong("expected a time as in 90s, 10m or 2h, found '" + value.str() + "'");
  };
  auto takeStrategy = [&](StringRef value) { options.strategy = line.choice(value, strategies); };
  OptionTable table = {
      {"--kernel", "LIST",
       "kernels of MODEL, as --list names them; without MODEL: a file with kernels,\n"
       "what swin-compile --emit kernels prints; default: all of the model",
       [&](StringRef value) { options.kernels = line.names(value, "kernels"); }},
      {"--db", "FILE", "the database, made if it is not there; default: schedules.db", text(options.database)},
      {"--time", "TIME", "for everything: 90s, 10m, 2h; default: 10m, or no limit with --trials", takeTime},
      {"--trials", "N", "schedules of each kernel and instruction set, at most",
       [&](StringRef value) { line.number<int64_t>(value, 1, 1000000000, options.trials); }},
      {"--threads", "LIST",
       "numbers of threads, each of which is timed: a schedule is better if it is so in\n"
       "all; default: 1",
       [&](StringRef value) { takeThreads(line, options, value); }},
      targetOption(line, options.model,
                   "instruction sets of this machine: x86-64-v2 x86-64-v3 x86-64-v4 host; default:\n"
                   "host, the best one"),
      {"--seed", "S", "of what is random; default: 1",
       [&](StringRef value) { line.number<uint64_t>(value, 0, INT64_MAX, options.seed); }},
      {"--strategy", "NAME", "how schedules are chosen: random evolutionary model; default: the best one",
       takeStrategy},
      {"--record", "FILE", "write each result as a line of JSON, too", text(options.record)},
      {"--replay", "FILE", "take results from such a file, or an export, instead of measuring them",
       text(options.replay)},
      {"--list", nullptr, "print the model's kernels as JSON, a line each, and end", flag(options.list)},
      archOption(line, options.model),
      weightsOption(line, options.model,
                    "a .safetensors file; synthetic: values made by a fixed rule; default: the\n"
                    "one beside the description, else synthetic: times do not depend on weights"),
      sizeOption(line, options.model, "HxW", "height and width of images in pixels; default: the model's"),
      batchOption(line, options.model, "N", "images in a run; default: the model's, else 1"),
      semanticsOption(line, options.model),
      outputsOption(line, options.model),
      fastMatmulOption(options.model),
      cacheOption(options.model),
      diagnosticsOption(line, options.model),
  };
  llvm::append_range(table, loudnessOptions(options.model, "say what is done and how long it takes"));
  return table;
}

/// Options of commands; of all, if there is none.
OptionTable databaseTable(const std::string &command, DatabaseOptions &options) {
  OptionTable table;
  if (command == "report") {
    table.push_back({"-o", "FILE.html", "where the report is written", text(options.file)});
    table.push_back({"--run", "ID", "results of this run alone", text(options.run)});
    table.push_back({"--cpu", "NAME", "results of CPUs whose name has this in it", text(options.cpu)});
  }
  if (command == "export")
    table.push_back({"--best", nullptr, "of each kernel the best result alone, or the default rule's if none is better",
                     flag(options.best)});
  if (command == "show")
    table.push_back({"--json", nullptr, "a line of JSON for each kernel instead of a table", flag(options.json)});
  return table;
}

OptionTable commonTable(TuneCommandLine &options) {
  OptionTable table;
  if (options.command.empty())
    table.push_back({"--cpu", nullptr, "print this machine's CPU as databases name it", flag(options.cpu)});
  llvm::append_range(table,
                     OptionTable{{"--help", nullptr, "print this", flag(options.help)},
                                 {"--version", nullptr, "print the versions of this build", flag(options.version)}});
  return table;
}

void checkTune(CommandLine &line, TuneOptions &options, std::vector<std::string> &errors) {
  ModelOptions &model = options.model;
  // Without a model, kernels come from a file.
  if (model.model.empty() && !line.has("--arch") && options.kernels.size() == 1) {
    options.kernelFile = options.kernels.front();
    options.kernels.clear();
  }
  if (options.kernelFile.empty())
    checkModelOptions(line, model, errors);
  else if (model.height == 0 && !line.has("--size"))
    line.wrongWith("--kernel", "needs --size HxW: kernels alone say nothing of the images that they are run for");
  if (!options.kernelFile.empty())
    for (const char *option : {"--weights", "--semantics", "--outputs", "--fast-matmul"})
      line.wrongWith(option, "goes with a model; there are only kernels, '" + options.kernelFile + "'");
  if (!options.replay.empty())
    line.wrongWith("--db", "does not go with --replay, which measures nothing");
  if (model.targets.empty() && !line.has("--target"))
    model.targets = {hostTarget()};
  for (const std::string &isa : model.targets)
    if (options.replay.empty() && !options.list && !SWINMODEL_rt_isa_usable(isa.c_str()))
      line.wrongWith("--target", "this machine does not have " + isa + ", so nothing can be timed with it here");
  if (!line.has("--time") && !line.has("--trials"))
    options.seconds = defaultSeconds;
  model.mayInvent = true;
  model.wantsName = false;
  options.verbose = model.verbose;
  options.quiet = model.quiet;
}

void takeFile(CommandLine &line, const std::string &command, DatabaseOptions &options, const std::string &argument) {
  if (argument.empty())
    line.wrong("a file's name must not be empty");
  else if (options.database.empty())
    options.database = argument;
  else if (command == "merge")
    options.others.push_back(argument);
  else if ((command == "export" || command == "import") && options.file.empty())
    options.file = argument;
  else
    line.wrong(command + " takes no more files");
}

void checkDatabase(const std::string &command, const DatabaseOptions &options, std::vector<std::string> &errors) {
  if (options.database.empty())
    errors.push_back(command + ": no DB: expected a database of schedules");
  else if (command == "merge" && options.others.empty())
    errors.push_back("merge: no OTHER: expected a second database of schedules");
  else if (command == "report" && options.file.empty())
    errors.push_back("report: no -o FILE.html: expected where to write the report");
}

} // namespace

TuneCommandLine parseTuneOptions(const std::vector<std::string> &arguments, std::vector<std::string> &errors) {
  TuneCommandLine options;
  CommandLine line(arguments, errors);
  if (!arguments.empty() && llvm::is_contained(commands, arguments.front()))
    options.command = arguments.front();
  bool isTune = options.command.empty(), isFirst = true;
  OptionTable table = isTune ? tuneTable(line, options.tune) : databaseTable(options.command, options.database);
  llvm::append_range(table, commonTable(options));
  line.parse(table, [&](const std::string &argument) {
    if (isTune)
      takeModel(line, options.tune.model, argument);
    else if (!isFirst)
      takeFile(line, options.command, options.database, argument);
    isFirst = false; // the command itself
  });
  if (options.help || options.version || options.cpu || options.tune.model.arch == "help")
    return options;
  if (isTune)
    checkTune(line, options.tune, errors);
  else
    checkDatabase(options.command, options.database, errors);
  return options;
}

std::string tuneHelpText() {
  const std::vector<std::string> none;
  std::vector<std::string> errors;
  CommandLine line(none, errors);
  TuneCommandLine options;
  OptionTable tune = tuneTable(line, options.tune);
  llvm::append_range(tune, commonTable(options));
  OptionTable others = databaseTable("report", options.database);
  llvm::append_range(others, databaseTable("export", options.database));
  llvm::append_range(others, databaseTable("show", options.database));
  return "Usage: swin-tune MODEL|--arch NAME|--kernel FILE [OPTION]...\n"
         "  or:  swin-tune merge DB OTHER...\n"
         "  or:  swin-tune export DB [FILE] [--best]\n"
         "  or:  swin-tune import DB [FILE]\n"
         "  or:  swin-tune show DB [--json]\n"
         "  or:  swin-tune report DB -o FILE.html [--run ID] [--cpu NAME]\n"
         "  or:  swin-tune check DB\n\n"
         "Looks for the schedules with which the kernels of a model run fastest on this\n"
         "machine, by trying them, and keeps what came of each in a database, which\n"
         "swin-compile --schedules reads. It can be stopped at any time and goes on where\n"
         "it was. MODEL is what swin-compile takes.\n\n"
         "Options:\n" +
         optionsText(tune) +
         "\nCommands for databases:\n"
         "  merge             add what other databases have\n"
         "  export            write all results as lines of JSON to FILE or standard output\n"
         "  import            add results from such a file or from standard input\n"
         "  show              print what is known of each kernel\n"
         "  report            write an HTML file with tables and drawings\n"
         "  check             look for damage\n\n"
         "Options of commands:\n" +
         optionsText(others) +
         "\nExit status:\n"
         "  0  done\n"
         "  1  the command line is wrong\n"
         "  2  the model, a database or another file is wrong, or cannot be written\n"
         "  3  a bug of the compiler\n\n"
         "Examples:\n"
         "  swin-tune model.json --time 10m\n"
         "  swin-compile model.json --schedules schedules.db\n"
         "  swin-tune --arch swin_t --threads 1,2 --target x86-64-v3,x86-64-v4 --db swin_t.db\n"
         "  swin-tune report schedules.db -o report.html\n";
}

} // namespace swin::tools
