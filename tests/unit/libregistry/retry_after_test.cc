// How long to wait, however a server says it, and what quota headers mean.
#include "libregistry/retry_after.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libregistry/api_error.hh"
#include "tests/support/scoped_variable.hh"

namespace mincs::registry {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

HttpHeaders headers_of(const std::vector<std::string>& lines) {
    HttpHeaders headers;
    for (const std::string& line : lines) headers.add_line(line);
    return headers;
}

/// As HTTP writes it, in one of its three forms.
std::string date_in(seconds wait, const char* form) {
    const std::time_t then = std::time(nullptr) + wait.count();
    std::tm date = {};
    gmtime_r(&then, &date);
    char text[64];
    std::strftime(text, sizeof text, form, &date);
    return text;
}

TEST(RetryAfter, AnyUnitIsUnderstood) {
    EXPECT_EQ(parse_retry_after("0"), milliseconds(0));
    EXPECT_EQ(parse_retry_after(" 120 "), seconds(120));
    EXPECT_EQ(parse_retry_after("1.5"), milliseconds(1500));
    EXPECT_EQ(parse_retry_after("880\u00b5s"), milliseconds(1));
    EXPECT_EQ(parse_retry_after("880\u03bcs"), milliseconds(1));
    EXPECT_EQ(parse_retry_after("1ns"), milliseconds(1));
    EXPECT_EQ(parse_retry_after("20us"), milliseconds(1));
    EXPECT_EQ(parse_retry_after("15ms"), milliseconds(15));
    EXPECT_EQ(parse_retry_after("2m3s"), seconds(123));
    EXPECT_EQ(parse_retry_after("1h2m0.5s"), hours(1) + minutes(2) + milliseconds(500));
    EXPECT_EQ(parse_retry_after("90 seconds"), seconds(90));
    EXPECT_EQ(parse_retry_after("1 minute 5 seconds"), seconds(65));
    EXPECT_EQ(parse_retry_after("99999999999"), hours(365 * 24));
    EXPECT_EQ(parse_retry_after("9999999999999h"), hours(365 * 24));
}

TEST(RetryAfter, DatesAreUnderstoodInAllOfTheirForms) {
    for (const char* form :
         {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
        const auto wait = parse_retry_after(date_in(minutes(10), form));
        ASSERT_TRUE(wait) << form;
        EXPECT_GE(*wait, seconds(598)) << form;
        EXPECT_LE(*wait, seconds(600)) << form;
        EXPECT_EQ(parse_retry_after(date_in(-minutes(10), form)), milliseconds(0)) << form;
    }
}

TEST(RetryAfter, WhatIsNoTimeIsNone) {
    for (const char* text : {"", "soon", "-5", "5 parsecs", "5s5", "s", "nan", "inf", "1e9", "0x5",
                             "5 5", "Mon, 32 Foo 2026"})
        EXPECT_FALSE(parse_retry_after(text)) << text;
    EXPECT_FALSE(parse_retry_after(std::string(5000, '1')));
}

TEST(RetryAfter, OtherHeadersAndTheRegistrysWordsSayItToo) {
    EXPECT_EQ(wanted_wait(headers_of({"Retry-After: 5", "X-Retry-After: 7"}), ""), seconds(5));
    EXPECT_EQ(wanted_wait(headers_of({"RateLimit-Reset: 70"}), ""), seconds(70));
    const std::time_t then = std::time(nullptr) + 100;
    const auto wait = wanted_wait(headers_of({fmt::format("X-RateLimit-Reset: {}", then)}), "");
    ASSERT_TRUE(wait);
    EXPECT_LE(*wait, seconds(100));
    EXPECT_GE(*wait, seconds(98));
    EXPECT_EQ(wanted_wait({}, "toomanyrequests: retry-after: 880\u00b5s, allowed: 44000/minute"),
              milliseconds(1));
    EXPECT_FALSE(wanted_wait({}, "toomanyrequests"));
}

TEST(RetryAfter, AnExhaustedQuotaIsToldWithItsEnd) {
    EXPECT_EQ(exhausted_quota(
                  headers_of({"RateLimit-Limit: 100;w=21600", "RateLimit-Remaining: 0;w=21600"})),
              "the quota of 100 in 6 hours is used up, in 6 hours at most it is not");
    EXPECT_EQ(exhausted_quota(headers_of({"X-RateLimit-Limit: 180", "X-RateLimit-Remaining: 0"})),
              "the quota of 180 is used up");
    EXPECT_EQ(exhausted_quota(headers_of({"RateLimit-Remaining: 0"})), "the quota is used up");
    EXPECT_EQ(exhausted_quota(
                  headers_of({"RateLimit-Limit: 100;w=21600", "RateLimit-Remaining: 76;w=21600"})),
              "");
    EXPECT_EQ(exhausted_quota({}), "");
}

TEST(RetryAfter, AWaitIsToldWithItsEnd) {
    const test::ScopedVariable zone("TZ", "UTC");
    tzset();
    const std::time_t then = std::time(nullptr) + 90;
    const std::string text = describe_wait(seconds(90));
    EXPECT_THAT(text, testing::StartsWith("1 minute, until "));
    std::tm end = {};
    gmtime_r(&then, &end);
    EXPECT_THAT(text, HasSubstr(fmt::format("{:02}:{:02}", end.tm_hour, end.tm_min)));
    EXPECT_THAT(describe_wait(hours(48)),
                testing::ContainsRegex("^2 days, until 20..-..-.. ..:..$"));
}

TEST(RetryAfter, AnExhaustedQuotaIsNotAskedAgain) {
    HttpResponse response;
    response.status = 429;
    response.headers =
        headers_of({"RateLimit-Limit: 100;w=21600", "RateLimit-Remaining: 0;w=21600"});
    const TransferError error = status_error(response);
    EXPECT_EQ(error.retryable(), Retryable::kNo);
    EXPECT_THAT(error.what(),
                HasSubstr("too many requests (HTTP 429); the quota of 100 in 6 hours"));
    response.headers.add_line("Retry-After: 2");
    EXPECT_EQ(status_error(response).retryable(), Retryable::kYes);
    EXPECT_EQ(status_error(response).retry_after(), seconds(2));
}

}  // namespace
}  // namespace mincs::registry
