// Lists of tags: pages, and registries that never come to an end.
#include "libregistry/tag_list.hh"

#include "tests/unit/libregistry/client_test_util.hh"

namespace mincs::registry {
namespace {

using Strings = std::vector<std::string>;

class TagListTest : public testing::Test {
 protected:
    /// Answers requests for the list; `number` counts them from 1.
    void answer(std::function<HttpServerReply(const HttpServerRequest&, int number)> reply) {
        registry.set_hook(
            [=, this](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
                if (!request.path().ends_with("/tags/list")) return std::nullopt;
                return reply(request, ++asked);
            });
    }
    Strings tags() { return client.list_tags(Reference::parse(registry.name("app"))); }
    std::string tags_error() {
        return error_of([&] { tags(); });
    }

    FakeRegistry registry;
    std::atomic<int> asked = 0;
    Client client{quick_options()};
};

TEST_F(TagListTest, ListsWhatIsThere) {
    registry.add_image("app", "1.0", {});
    registry.add_image("app", "latest", {});
    EXPECT_EQ(tags(), (Strings{"1.0", "latest"}));
    answer(
        [](const HttpServerRequest&, int) { return HttpServerReply{.body = R"({"tags":null})"}; });
    EXPECT_EQ(tags(), Strings{});
}

TEST_F(TagListTest, FollowsThePages) {
    answer([](const HttpServerRequest& request, int number) {
        EXPECT_THAT(request.query(), HasSubstr("n=1000"));
        HttpServerReply reply{.body = fmt::format(R"({{"tags":["t{}"]}})", number)};
        if (number < 3)
            reply.headers = {fmt::format(
                "Link: </x>; rel=\"prev\", </v2/app/tags/list?n=1000&last=t{}>; rel=\"next\"",
                number)};
        return reply;
    });
    EXPECT_EQ(tags(), (Strings{"t1", "t2", "t3"}));
}

TEST_F(TagListTest, PagesWithoutEndEnd) {
    answer([](const HttpServerRequest&, int) {
        return HttpServerReply{.headers = {"Link: </v2/app/tags/list?again>; rel=\"next\""},
                               .body = R"({"tags":["same"]})"};
    });
    EXPECT_THAT(tags_error(), HasSubstr("goes on without sending more"));
    EXPECT_EQ(asked, 2);
    answer([](const HttpServerRequest&, int number) {
        std::string list;
        for (int i = 0; i < 50'000; ++i)
            list += fmt::format("{}\"t-{}-{}\"", i == 0 ? "" : ",", number, i);
        return HttpServerReply{.headers = {"Link: <list?more>; rel=\"next\""},
                               .body = R"({"tags":[)" + list + "]}"};
    });
    EXPECT_THAT(tags_error(), HasSubstr("more than 200000 tags"));
}

TEST_F(TagListTest, TheNextPageIsOnTheSameRegistry) {
    std::string link;
    answer([&](const HttpServerRequest&, int) {
        return HttpServerReply{.headers = {"Link: <" + link + ">; rel=\"next\""},
                               .body = R"({"tags":["a"]})"};
    });
    link = "https://elsewhere.example/v2/app/tags/list";
    EXPECT_THAT(tags_error(), HasSubstr("sends on to 'elsewhere.example' for more"));
    link = "file:///etc/passwd";
    EXPECT_THAT(tags_error(), HasSubstr("is not a URL to fetch from"));
}

TEST_F(TagListTest, WhatIsNoListIsRefused) {
    for (const char* body : {"[]", "{", R"({"tags":7})", R"({"tags":[7]})", R"({"tags":["../x"]})",
                             R"({"tags":["a\u001b[2J"]})", R"({"tags":["a"],"tags":["b"]})"}) {
        answer([body](const HttpServerRequest&, int) { return HttpServerReply{.body = body}; });
        EXPECT_THAT(tags_error(), testing::StartsWith("listing the tags of '127.0.0.1:")) << body;
    }
    EXPECT_THAT(tags_error(), HasSubstr("/app'"));
}

TEST_F(TagListTest, LinksAreReadAsRfc8288SaysAndAsPeopleWriteThem) {
    EXPECT_EQ(next_link(R"(</a>; rel="next")"), "/a");
    EXPECT_EQ(next_link(R"(</a>;rel=next)"), "/a");
    EXPECT_EQ(next_link(R"(</a>; rel="prev", </b,c>; title="x"; rel="next")"), "/b,c");
    EXPECT_EQ(next_link(R"(</a>; rel="prev")"), "");
    EXPECT_EQ(next_link("<a"), "");
    EXPECT_EQ(next_link(""), "");
}

}  // namespace
}  // namespace mincs::registry
