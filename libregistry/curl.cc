// See curl.hh.
#include "libregistry/curl.hh"

#include "libcore/base/error.hh"
#include "libcore/base/shared_library.hh"

namespace mincs::registry {
namespace {

Curl load_all() {
    const SharedLibrary library("libcurl.so.4", "libcurl4 or libcurl");
    Curl curl;
    library.load("curl_free", curl.free);
    library.load("curl_global_init", curl.global_init);
    library.load("curl_easy_init", curl.easy_init);
    library.load("curl_easy_reset", curl.easy_reset);
    library.load("curl_easy_cleanup", curl.easy_cleanup);
    library.load("curl_easy_setopt", curl.easy_setopt);
    library.load("curl_easy_perform", curl.easy_perform);
    library.load("curl_easy_getinfo", curl.easy_getinfo);
    library.load("curl_easy_strerror", curl.easy_strerror);
    library.load("curl_slist_append", curl.slist_append);
    library.load("curl_slist_free_all", curl.slist_free_all);
    library.load("curl_url", curl.url);
    library.load("curl_url_get", curl.url_get);
    library.load("curl_url_set", curl.url_set);
    library.load("curl_url_cleanup", curl.url_cleanup);
    library.load("curl_url_strerror", curl.url_strerror);
    if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw Error("starting libcurl failed");
    return curl;
}

}  // namespace

const Curl& curl() {
    static const Curl loaded = load_all();
    return loaded;
}

}  // namespace mincs::registry
