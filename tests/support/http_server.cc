// See http_server.hh.
#include "tests/support/http_server.hh"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

namespace mincs::test {
namespace {

constexpr std::string_view kEndOfHead = "\r\n\r\n";

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

bool send_all(int socket, std::string_view data) {
    while (!data.empty()) {
        const ssize_t sent = send(socket, data.data(), data.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        data.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

/// Appends what comes; false at the end of the connection.
bool receive_some(int socket, std::string& buffer) {
    char bytes[16384];
    const ssize_t got = recv(socket, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    buffer.append(bytes, static_cast<std::size_t>(got));
    return true;
}

HttpServerRequest parse_head(std::string_view head) {
    HttpServerRequest request;
    std::size_t end = head.find("\r\n");
    const std::string_view first = head.substr(0, end);
    const std::size_t space = first.find(' ');
    request.method = first.substr(0, space);
    request.target = first.substr(space + 1, first.rfind(' ') - space - 1);
    while (end != std::string_view::npos) {
        head.remove_prefix(end + 2);
        end = head.find("\r\n");
        const std::string_view line = head.substr(0, end);
        const std::size_t colon = line.find(": ");
        if (colon != std::string_view::npos)
            request.headers[lower(std::string(line.substr(0, colon)))] = line.substr(colon + 2);
    }
    return request;
}

/// Takes one request off the front of `buffer`, receiving more where needed.
std::optional<HttpServerRequest> receive_request(int socket, std::string& buffer) {
    std::size_t end = 0;
    while ((end = buffer.find(kEndOfHead)) == std::string::npos)
        if (!receive_some(socket, buffer)) return std::nullopt;
    HttpServerRequest request = parse_head(std::string_view(buffer).substr(0, end));
    buffer.erase(0, end + kEndOfHead.size());
    const std::string length = request.header("content-length");
    const std::size_t size = length.empty() ? 0 : std::stoul(length);
    if (!request.header("expect").empty()) send_all(socket, "HTTP/1.1 100 Continue\r\n\r\n");
    while (buffer.size() < size)
        if (!receive_some(socket, buffer)) return std::nullopt;
    request.body = buffer.substr(0, size);
    buffer.erase(0, size);
    return request;
}

std::string head_of(const HttpServerReply& answer) {
    std::string head = fmt::format("HTTP/1.1 {} Scripted\r\n", answer.status);
    for (const std::string& line : answer.headers) head += line + "\r\n";
    if (answer.chunked)
        head += "Transfer-Encoding: chunked\r\n";
    else
        head += fmt::format("Content-Length: {}\r\n",
                            answer.claimed_length.value_or(answer.body.size()));
    return head + "\r\n";
}

}  // namespace

std::string HttpServerRequest::query() const {
    const std::size_t mark = target.find('?');
    return mark == std::string::npos ? "" : target.substr(mark + 1);
}

std::string HttpServerRequest::header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
}

HttpServer::HttpServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = Fd(check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "making a socket"));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    check(bind(listener_.get(), generic, size), "binding a socket");
    check(listen(listener_.get(), 64), "listening");
    check(getsockname(listener_.get(), generic, &size), "asking for the port");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_loop(); });
}

HttpServer::~HttpServer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        for (const Connection& connection : connections_)
            shutdown(connection.socket.get(), SHUT_RDWR);
    }
    stop_.notify_all();
    shutdown(listener_.get(), SHUT_RDWR);  // wakes accept(2)
    acceptor_.join();
    for (Connection& connection : connections_) connection.thread.join();
}

std::string HttpServer::authority() const {
    return fmt::format("127.0.0.1:{}", port_);
}

bool HttpServer::stopping() const {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

std::vector<HttpServerRequest> HttpServer::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

std::vector<HttpServerRequest> HttpServer::requests_for(std::string_view path) const {
    std::vector<HttpServerRequest> found = requests();
    std::erase_if(found, [&](const HttpServerRequest& r) { return r.path() != path; });
    return found;
}

void HttpServer::accept_loop() {
    while (true) {
        Fd socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        const std::lock_guard lock(mutex_);
        if (!socket || stopping_) return;
        const int raw = socket.get();
        const int yes = 1;  // head and body go out apart: without this each answer waits for an ACK
        setsockopt(raw, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        connections_.push_back({std::move(socket), std::thread([this, raw] { serve(raw); })});
    }
}

/// Requests of one connection until it ends or an answer cuts it. The descriptor stays open until
/// the server goes, so that its number is nobody else's; shutdown(2) ends the connection.
void HttpServer::serve(int socket) {
    std::string buffer;
    while (const std::optional<HttpServerRequest> request = receive_request(socket, buffer)) {
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(*request);
        }
        if (!reply(socket, handler_(*request), request->method == "HEAD")) break;
    }
    shutdown(socket, SHUT_RDWR);
}

/// False where the connection is to be closed.
bool HttpServer::reply(int socket, const HttpServerReply& answer, bool head_only) {
    if (answer.drop) return false;
    if (!answer.endless_header.empty()) {
        send_all(socket, fmt::format("HTTP/1.1 {} Scripted\r\n", answer.status));
        send_endless(socket, answer.endless_header, answer.trickle);
        return false;
    }
    if (!send_all(socket, head_of(answer))) return false;
    if (head_only) return true;
    if (answer.endless) {
        send_endless(socket,
                     answer.chunked ? fmt::format("{:x}\r\n{}\r\n", answer.body.size(), answer.body)
                                    : answer.body,
                     {});
        return false;
    }
    if (answer.trickle.count() > 0) return send_slowly(socket, answer.body, answer.trickle);
    std::string_view body = answer.body;
    if (answer.cut_after) body = body.substr(0, *answer.cut_after);
    bool sent = true;
    if (!answer.chunked)
        sent = send_all(socket, body);
    else if (!body.empty())
        sent = send_all(socket, fmt::format("{:x}\r\n{}\r\n", body.size(), body));
    if (answer.stall.count() > 0) stall(answer.stall);
    if (answer.cut_after || answer.claimed_length) return false;
    if (sent && answer.chunked) sent = send_all(socket, "0\r\n\r\n");
    return sent;
}

void HttpServer::send_endless(int socket, const std::string& line,
                              std::chrono::milliseconds pause) {
    while (!stopping() && send_all(socket, line))
        if (pause.count() > 0) stall(pause);
}

bool HttpServer::send_slowly(int socket, std::string_view body, std::chrono::milliseconds pause) {
    for (std::size_t i = 0; i < body.size() && !stopping(); ++i) {
        if (!send_all(socket, body.substr(i, 1))) return false;
        stall(pause);
    }
    return true;
}

void HttpServer::stall(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    stop_.wait_for(lock, time, [this] { return stopping_; });
}

}  // namespace mincs::test
