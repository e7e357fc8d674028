// See failure.hh.
#include "tools/minc-guest/failure.hh"

#include "libcore/container/command_error.hh"

namespace mincs::guest {
namespace {

constexpr int kUsage = 2;
constexpr int kFailed = 125;

vm::Frame failure(int status, std::string_view why) {
    return {vm::Kind::kFailed, static_cast<char>(status) + std::string(why)};
}

}  // namespace

std::optional<vm::Frame> failure_of(const std::function<void()>& body) {
    try {
        body();
        return std::nullopt;
    } catch (const container::CommandError& error) {
        return failure(error.exit_code(), error.what());
    } catch (const UsageError& error) {
        return failure(kUsage, error.what());
    } catch (const std::exception& error) {
        return failure(kFailed, error.what());
    }
}

}  // namespace mincs::guest
