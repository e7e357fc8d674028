// What TLS needs for one registry beyond the system's authorities: containers-certs.d(5), and
// docker's directory of the same shape. DIRECTORY/HOST[:PORT] holds *.crt (authorities) and pairs
// *.cert, *.key (who we are).
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "libregistry/url.hh"

namespace mincs::registry {

struct Certificates {
    std::string authorities;  ///< PEM, all *.crt one behind the other; empty: none of its own
    std::filesystem::path certificate;  ///< PEM file; empty: none
    std::filesystem::path key;
};

/// The user's ~/.config/containers/certs.d, /etc/containers/certs.d, /etc/docker/certs.d.
std::vector<std::filesystem::path> usual_certificate_directories();

/// Thread-safe; each directory is read once.
class CertificateStore {
 public:
    explicit CertificateStore(std::vector<std::filesystem::path> directories)
        : directories_(std::move(directories)) {}

    /// Of the first directory that has one for the host. Throws Error where a file cannot be read
    /// or lacks its other half. The reference stays good as long as the store.
    const Certificates& find(const Url& url);

 private:
    Certificates read(const Url& url) const;

    std::vector<std::filesystem::path> directories_;
    std::mutex mutex_;
    std::map<std::string, Certificates> known_;  ///< by host:port
};

}  // namespace mincs::registry
