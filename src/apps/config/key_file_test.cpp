#include "apps/config/key_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

namespace studio::apps {
namespace {

TEST(KeyFile, IsReadBackByItsOwnerOnly) {
    const std::string path = key_file_of(testing::TempDir() + "key_file_test.db");
    std::filesystem::remove(path);
    EXPECT_FALSE(read_key_file(path));
    for (const char* key : {"as_live_first", "as_live_second"}) {
        ASSERT_TRUE(write_key_file(path, Secret<std::string>(key)));
        const auto found = read_key_file(path);
        ASSERT_TRUE(found);
        EXPECT_EQ(found->reveal(), key);
    }
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    ::chmod(path.c_str(), 0640);
    EXPECT_FALSE(read_key_file(path)) << "others have seen it";
    std::filesystem::remove(path);
    EXPECT_FALSE(write_key_file("/no_such_folder/x.key", Secret<std::string>("k")));
}

TEST(KeyFile, IsForServersOfThisMachineOnly) {
    for (const char* local : {"http://127.0.0.1:8000", "http://localhost", "https://localhost:1/x",
                              "http://[::1]:8000/", "http://127.8.9.1"}) {
        EXPECT_TRUE(is_local_url(local)) << local;
    }
    for (const char* remote :
         {"http://studio.example", "http://127.0.0.1.example:8000", "http://localhost@example.com",
          "http://10.0.0.1:8000", "http://example.com/localhost", "http://localhost.example",
          "http://example.com\\@localhost", "", "http://[::2]"}) {
        EXPECT_FALSE(is_local_url(remote)) << remote;
    }
}

}  // namespace
}  // namespace studio::apps
