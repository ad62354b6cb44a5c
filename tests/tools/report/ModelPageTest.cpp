//===- ModelPageTest.cpp - pages of odd reports ---------------------------===//
#include "tools/report/ModelPage.h"
#include "tools/report/ModelReport.h"
#include "tools/report/ModelText.h"

#include "gtest/gtest.h"

#include <limits>
#include <string>

using namespace swin::tools;

namespace {

/// One kernel, called once, that was timed.
const std::string small = R"({"info":{"model":"m","macs":200},"size":{"n":1,"h":4,"w":4},"model":null,
  "graph":{"ops":[{"id":0,"op":"linear","layer":"l","name":"l","operands":[-1],"shape":[1,2,2,8],"macs":200,"call":0}]},
  "calls":[{"kernel":"k","kind":"tokens","layer":"l","ops":[0],"reads":[-1],"shape":[1,2,2,8],"macs":200,"bytes":100}],
  "kernels":[{"name":"k","kind":"tokens","ops":["linear"],"calls":1,"macs":200,"bytes":100,"objects":[]}],
  "arena":{"bytes":64,"slots":[{"offset":0,"bytes":64}],"values":[{"call":0,"slot":0,"bytes":64,"from":0,"to":0}]},
  "profile":{"isa":"i","threads":1,"peak_gmacs":2,"bandwidth_gb":4,"inputs":[{"n":1,"h":4,"w":4,"ms_min":1,"macs":200,
    "calls":[{"kernel":"k","ms_min":1,"macs":200,"bytes":100,"of_bound":0.5}],
    "kernels":[{"kernel":"k","ms_min":1,"macs":200,"bytes":100,"of_bound":0.5}]}]}})";

std::string replaced(std::string text, const std::string &from, const std::string &to) {
  size_t place = text.find(from);
  EXPECT_NE(place, std::string::npos) << from;
  return text.replace(place, from.size(), to);
}

bool isWhole(const std::string &page) { return page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"); }

TEST(ModelPage, IsOfWhatIsThere) {
  std::string page = reportPage(small);
  EXPECT_TRUE(isWhole(page));
  for (const char *part :
       {"id=\"model\"", "id=\"memory\"", "Roofline", "data-of=\"kernels/0/macs\" data-value=\"200\""})
    EXPECT_NE(page.find(part), std::string::npos) << part;
}

TEST(ModelPage, SaysThatATextIsNoReport) {
  for (const char *text : {"", "{", "[1]", "7", "\"text\"", "null"})
    EXPECT_NE(reportPage(text).find("no report"), std::string::npos) << text;
  EXPECT_TRUE(isWhole(reportPage("{}")));
}

TEST(ModelPage, EscapesNames) {
  std::string page = reportPage(replaced(small, "\"layer\":\"l\"", "\"layer\":\"</script><script>a&b\""));
  EXPECT_EQ(page.find("</script><script>a"), std::string::npos);
  EXPECT_NE(page.find("\\u003c/script\\u003e\\u003cscript\\u003ea\\u0026b"), std::string::npos) << "in the data";
  EXPECT_TRUE(isWhole(page));
}

TEST(ModelPage, LeavesOutWhatIsNotThere) {
  for (auto [from, to] : std::initializer_list<std::pair<const char *, const char *>>{
           {"\"ops\":[0]", "\"ops\":[0,1,-1,99999999999,\"0\",null,0.5]"},
           {"\"reads\":[-1]", "\"reads\":[-2,0,7]"},
           {"\"operands\":[-1]", "\"operands\":[0,5,-9]"},
           {"\"slot\":0", "\"slot\":3"},
           {"\"call\":0,\"slot\"", "\"call\":1,\"slot\""},
           {"\"to\":0", "\"to\":-1"},
           {"\"call\":0}", "\"call\":9}"},
           {"\"shape\":[1,2,2,8]", "\"shape\":[]"},
           {"\"shape\":[1,2,2,8]", "\"shape\":[1,\"a\",-5,0]"},
           {"\"size\":{\"n\":1,\"h\":4,\"w\":4}", "\"size\":[]"},
           {"\"kernels\":[{\"name\":\"k\"", "\"kernels\":[5,{\"name\":\"other\""},
           {"\"graph\":{", "\"graph\":{\"x\":1},\"y\":{"},
           {"\"arena\":{\"bytes\":64", "\"arena\":{\"bytes\":-64"},
           {"\"inputs\":[{", "\"inputs\":[],\"x\":[{"},
           {"\"inputs\":[{", "\"inputs\":[7,{"},
           {"\"peak_gmacs\":2", "\"peak_gmacs\":null"},
           {"\"peak_gmacs\":2", "\"peak_gmacs\":-2"},
           {"\"bandwidth_gb\":4", "\"bandwidth_gb\":1e-300"},
           {"\"ms_min\":1,\"macs\":200,\"bytes\":100,\"of_bound\":0.5}],", "\"ms_min\":1e300,\"macs\":0}],"},
           {"\"macs\":200,\"call\"", "\"macs\":1e999,\"call\""},
       })
    EXPECT_TRUE(isWhole(reportPage(replaced(small, from, to)))) << to;
}

TEST(ModelPage, IsBoundedByTheSlowerOfTwo) {
  auto read = readModelReport(small);
  ASSERT_TRUE(read && read->report.profile);
  ModelReport::Profile &profile = *read->report.profile;
  EXPECT_EQ(profile.bound(2000000, 1000), 1.0) << "1e6 multiply-adds in half a ms";
  EXPECT_FALSE(profile.isBoundByMemory(2000000, 1000));
  EXPECT_EQ(profile.bound(1000, 8000000), 2.0);
  EXPECT_TRUE(profile.isBoundByMemory(1000, 8000000));
  profile.peakGmacs.reset();
  EXPECT_FALSE(profile.bound(1, 1)) << "no bound is made up";
}

TEST(ModelPage, RoundsToThreeDigits) {
  EXPECT_EQ(countText(999), "999");
  EXPECT_EQ(countText(1000), "1.00 k");
  EXPECT_EQ(countText(9994), "9.99 k");
  EXPECT_EQ(countText(9996), "10.0 k");
  EXPECT_EQ(countText(999600), "1.00 M");
  EXPECT_EQ(bytesText(0), "0 B");
  EXPECT_EQ(bytesText(-64), "-64 B");
  EXPECT_EQ(timeText(0.0004), "0.000");
  EXPECT_EQ(timeText(12.34), "12.3");
  EXPECT_EQ(percentText(0.994), "99 %");
  EXPECT_EQ(percentText(std::numeric_limits<double>::infinity()), "- %");
}

} // namespace
