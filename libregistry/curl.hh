// libcurl, loaded when the first URL is read. It brings some forty libraries with it, and a program
// that is linked with them pays five milliseconds each time it starts: more than most commands of
// marten take that ask no registry.
#pragma once

#include <curl/curl.h>

#include <memory>

namespace mincs::registry {

/// Its functions under their own names; libcurl(3).
struct Curl {
    decltype(&::curl_free) free;
    decltype(&::curl_global_init) global_init;
    decltype(&::curl_easy_init) easy_init;
    decltype(&::curl_easy_reset) easy_reset;
    decltype(&::curl_easy_cleanup) easy_cleanup;
    decltype(&::curl_easy_setopt) easy_setopt;
    decltype(&::curl_easy_perform) easy_perform;
    decltype(&::curl_easy_getinfo) easy_getinfo;
    decltype(&::curl_easy_strerror) easy_strerror;
    decltype(&::curl_slist_append) slist_append;
    decltype(&::curl_slist_free_all) slist_free_all;
    decltype(&::curl_url) url;
    decltype(&::curl_url_get) url_get;
    decltype(&::curl_url_set) url_set;
    decltype(&::curl_url_cleanup) url_cleanup;
    decltype(&::curl_url_strerror) url_strerror;
};

/// Loads and starts it, once in a process. Throws Error where it is not installed.
const Curl& curl();

struct CurlDeleter {
    void operator()(CURL* handle) const { curl().easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl().slist_free_all(list); }
    void operator()(CURLU* url) const { curl().url_cleanup(url); }
    void operator()(char* text) const { curl().free(text); }
};

}  // namespace mincs::registry
