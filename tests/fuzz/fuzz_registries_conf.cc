// registries.conf. It is the administrator's, but a slip in it must not send anybody elsewhere in
// silence.
#include "libregistry/registries_conf.hh"
#include "tests/fuzz/targets.hh"

namespace mincs::fuzz {

int fuzz_registries_conf(const std::uint8_t* data, std::size_t size) {
    using registry::Reference;
    registry::RegistriesConf conf;
    if (!accepts([&] { conf.add(text_of(data, size), "'registries.conf'"); })) return 0;
    for (const char* typed : {"debian", "quay.io/org/app:1", "a.example.com/x"}) {
        accepts([&] {
            const Reference reference = conf.resolve(typed);
            expect(Reference::parse(reference.to_string()).to_string() == reference.to_string(),
                   "a name resolves to a name");
            const auto places = conf.sources(reference);
            expect(!places.empty(), "an image that is not forbidden is to be had");
            for (const registry::Endpoint& place : places)
                expect(place.reference.tag == reference.tag, "a mirror has the same tag");
            conf.target(reference);
        });
    }
    return 0;
}

}  // namespace mincs::fuzz
