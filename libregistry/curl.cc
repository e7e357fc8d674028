// See curl.hh.
#include "libregistry/curl.hh"

#include <dlfcn.h>

#include "libcore/base/error.hh"

namespace mincs::registry {
namespace {

/// The name that all versions of its present binary interface have.
constexpr const char* kLibrary = "libcurl.so.4";

template <typename Function>
void load(void* library, const char* name, Function& function) {
    void* symbol = dlsym(library, name);
    if (!symbol) throw Error("{} has no {}", kLibrary, name);
    function = reinterpret_cast<Function>(symbol);
}

Curl load_all() {
    void* library = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        throw Error("loading libcurl: {}", dlerror())
            .with_hint("it comes with the system's package libcurl4 or libcurl");
    Curl curl;
    load(library, "curl_free", curl.free);
    load(library, "curl_global_init", curl.global_init);
    load(library, "curl_easy_init", curl.easy_init);
    load(library, "curl_easy_reset", curl.easy_reset);
    load(library, "curl_easy_cleanup", curl.easy_cleanup);
    load(library, "curl_easy_setopt", curl.easy_setopt);
    load(library, "curl_easy_perform", curl.easy_perform);
    load(library, "curl_easy_getinfo", curl.easy_getinfo);
    load(library, "curl_easy_strerror", curl.easy_strerror);
    load(library, "curl_slist_append", curl.slist_append);
    load(library, "curl_slist_free_all", curl.slist_free_all);
    load(library, "curl_url", curl.url);
    load(library, "curl_url_get", curl.url_get);
    load(library, "curl_url_set", curl.url_set);
    load(library, "curl_url_cleanup", curl.url_cleanup);
    load(library, "curl_url_strerror", curl.url_strerror);
    if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw Error("starting libcurl failed");
    return curl;
}

}  // namespace

const Curl& curl() {
    static const Curl loaded = load_all();
    return loaded;
}

}  // namespace mincs::registry
