// 'marten commit --change': instructions as in a Dockerfile, one a line, upon an image's config.
#include "libcore/base/json.hh"
#include "tests/fuzz/targets.hh"
#include "tools/marten/config_changes.hh"

namespace mincs::fuzz {

int fuzz_change(const std::uint8_t* data, std::size_t size) {
    Json config = {{"Env", {"PATH=/bin", "A=b"}}, {"Cmd", {"sh"}}, {"WorkingDir", "/w"}};
    std::string_view rest = text_of(data, size);
    while (!rest.empty()) {
        const std::size_t line = std::min(rest.find('\n'), rest.size());
        accepts([&] {
            const marten::ConfigChange change(rest.substr(0, line));
            expect(marten::ConfigChange(change.text()).text() == change.text(),
                   "an instruction reads back");
            marten::apply_changes({change}, config);
        });
        expect(config.is_object(), "a config stays one");
        rest.remove_prefix(std::min(line + 1, rest.size()));
    }
    return 0;
}

}  // namespace mincs::fuzz
