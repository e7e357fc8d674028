// A small HTTP/1.1 server on a free loopback port, for tests whose subject is a server that
// misbehaves: it can lie about lengths, cut connections midway, stall, and send without end. One
// thread a connection; all are joined when it goes. It is no example of how to serve HTTP.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "libcore/base/fd.hh"

namespace mincs::test {

struct HttpServerRequest {
    std::string method;
    std::string target;                          ///< path and query as sent
    std::map<std::string, std::string> headers;  ///< names in lower case
    std::string body;

    std::string path() const { return target.substr(0, target.find('?')); }
    std::string query() const;
    /// Empty where it was not sent.
    std::string header(const std::string& name) const;
};

/// What to answer, and how to do it badly.
struct HttpServerReply {
    int status = 200;
    std::vector<std::string> headers = {};  ///< "Name: value"
    std::string body = {};
    std::optional<std::size_t> claimed_length = {};  ///< Content-Length; else the body's size
    std::optional<std::size_t> cut_after = {};       ///< close after so many bytes of the body
    std::chrono::milliseconds stall = {};            ///< then wait so long before closing
    /// Sent again and again after the status line, in place of headers, until the client gives up.
    std::string endless_header = {};
    bool chunked = false;
    /// Wait so long after each byte of the body, or each endless header.
    std::chrono::milliseconds trickle = {};
    /// The body is sent again and again, until the client gives up.
    bool endless = false;
    bool drop = false;  ///< no answer at all: the connection is closed
};

class HttpServer {
 public:
    /// Called from several threads at once.
    using Handler = std::function<HttpServerReply(const HttpServerRequest&)>;

    explicit HttpServer(Handler handler);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;

    int port() const { return port_; }
    /// "127.0.0.1:PORT"
    std::string authority() const;
    /// "http://127.0.0.1:PORT"
    std::string url() const { return "http://" + authority(); }
    /// All requests so far, in the order they came.
    std::vector<HttpServerRequest> requests() const;
    /// Those whose path is `path`.
    std::vector<HttpServerRequest> requests_for(std::string_view path) const;

 private:
    struct Connection {
        Fd socket;
        std::thread thread;
    };

    void accept_loop();
    void serve(int socket);
    bool reply(int socket, const HttpServerReply& answer, bool head_only);
    void send_endless(int socket, const std::string& line, std::chrono::milliseconds pause);
    bool send_slowly(int socket, std::string_view body, std::chrono::milliseconds pause);
    void stall(std::chrono::milliseconds time);
    bool stopping() const;

    Handler handler_;
    Fd listener_;
    int port_ = 0;
    mutable std::mutex mutex_;
    std::condition_variable stop_;
    bool stopping_ = false;
    std::vector<HttpServerRequest> requests_;
    std::list<Connection> connections_;
    std::thread acceptor_;
};

}  // namespace mincs::test
