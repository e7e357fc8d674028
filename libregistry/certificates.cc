// See certificates.hh.
#include "libregistry/certificates.hh"

#include <algorithm>
#include <cstdlib>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"

namespace mincs::registry {
namespace {

namespace fs = std::filesystem;

/// The names a host's directory may have: with its port always, without where it is the usual one;
/// and what images call Docker Hub.
std::vector<std::string> names_of(const Url& url) {
    std::vector<std::string> names = {url.host + ":" + url.port};
    if (url.port == "443") names.push_back(url.host);
    if (url.host == "registry-1.docker.io") names.push_back("docker.io");
    return names;
}

Certificates read_directory(const fs::path& directory) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(directory)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    Certificates found;
    for (const fs::path& file : files) {
        const fs::path key = fs::path(file).replace_extension(".key");
        const fs::path certificate = fs::path(file).replace_extension(".cert");
        if (file.extension() == ".crt") {
            found.authorities += read_file(file) + "\n";
        } else if (file.extension() == ".cert") {
            if (!fs::exists(key))
                throw Error("'{}' has no '{}' beside it", file.string(), key.filename().string());
            if (!found.certificate.empty()) continue;
            found.certificate = file;
            found.key = key;
        } else if (file.extension() == ".key" && !fs::exists(certificate)) {
            throw Error("'{}' has no '{}' beside it", file.string(),
                        certificate.filename().string());
        }
    }
    return found;
}

}  // namespace

std::vector<fs::path> usual_certificate_directories() {
    std::vector<fs::path> directories;
    const char* config = std::getenv("XDG_CONFIG_HOME");
    const char* home = std::getenv("HOME");
    if (config && *config)
        directories.push_back(fs::path(config) / "containers/certs.d");
    else if (home && *home)
        directories.push_back(fs::path(home) / ".config/containers/certs.d");
    directories.push_back("/etc/containers/certs.d");
    directories.push_back("/etc/docker/certs.d");
    return directories;
}

Certificates CertificateStore::read(const Url& url) const {
    for (const fs::path& directory : directories_)
        for (const std::string& name : names_of(url)) {
            std::error_code error;
            if (!fs::is_directory(directory / name, error)) continue;
            try {
                return read_directory(directory / name);
            } catch (const fs::filesystem_error& failure) {
                throw SysError(failure.code().value(), "reading '{}'", (directory / name).string());
            }
        }
    return {};
}

const Certificates& CertificateStore::find(const Url& url) {
    const std::string key = url.host + ":" + url.port;
    const std::lock_guard lock(mutex_);
    if (const auto known = known_.find(key); known != known_.end()) return known->second;
    return known_.emplace(key, read(url)).first->second;
}

}  // namespace mincs::registry
