// What 'marten commit --change' says: instructions of a Dockerfile that change how an image runs
// and not its files (CMD ENTRYPOINT ENV EXPOSE LABEL USER VOLUME WORKDIR), written and understood
// as there: JSON or shell form, quotes, $NAME of the image's environment.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace mincs::marten {

class ConfigChange {
 public:
    enum class Kind { kCmd, kEntrypoint, kEnv, kExpose, kLabel, kUser, kVolume, kWorkdir };

    /// "CMD [\"nginx\"]", "ENV A=b C='d e'"; "CMD=nginx" as podman takes it. Throws UsageError.
    explicit ConfigChange(std::string_view text);

    Kind kind() const { return kind_; }
    /// As a Dockerfile would have it: "ENV A=b".
    std::string text() const;
    /// Changes the member "config" of an image's configuration. Throws UsageError where a value is
    /// wrong once $NAMEs are filled in, and Error where the configuration is.
    void apply(nlohmann::json& config) const;

 private:
    Kind kind_;
    std::string arguments_;
};

/// All of them in their order. An ENTRYPOINT without a CMD takes the image's CMD away, as it was
/// made for another program.
void apply_changes(const std::vector<ConfigChange>& changes, nlohmann::json& config);

}  // namespace mincs::marten
