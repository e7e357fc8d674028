#include "libcore/base/durable_writer.hh"

#include <gtest/gtest.h>

#include <thread>

#include "libcore/base/files.hh"

namespace mincs {
namespace {

TEST(DurableWriterTest, AllBytesArriveInTheirOrder) {
    const TempDir directory;
    const auto path = directory.path() / "file";
    std::string expected;
    {
        const Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        DurableWriter writer(fd.get(), path);
        for (int i = 0; i < 100; ++i) {
            const std::string piece(100'000, static_cast<char>('a' + i % 26));
            writer.write(piece);
            expected += piece;
        }
    }
    EXPECT_EQ(read_file(path, 1u << 26), expected);
}

TEST(DurableWriterTest, FewBytesNeedNoSync) {
    const TempDir directory;
    const auto path = directory.path() / "file";
    const Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    DurableWriter(fd.get(), path).write("few");
    EXPECT_EQ(read_file(path), "few");
}

TEST(DurableWriterTest, FailureOfASyncIsTheWriters) {
    // A pipe cannot be synced (fdatasync(2), EINVAL): the writer must hear of it, soon.
    Pipe pipe = Pipe::make();
    std::thread reader([&] {
        char buffer[65536];
        while (read(pipe.read_end.get(), buffer, sizeof buffer) > 0) {
        }
    });
    {
        DurableWriter writer(pipe.write_end.get(), "/tmp/pipe");
        const std::string piece(100'000, 'x');
        const auto write_much = [&] {
            for (std::int64_t i = 0; i < 2 * DurableWriter::kUnsynced / 100'000; ++i)
                writer.write(piece);
        };
        EXPECT_THROW(write_much(), SysError);
    }
    pipe.write_end.reset();
    reader.join();
}

}  // namespace
}  // namespace mincs
