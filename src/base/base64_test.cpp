#include "base/base64.hpp"

#include <gtest/gtest.h>

namespace studio {
namespace {

TEST(Base64, EncodesTheVectorsOfTheRfc) {
    // RFC 4648, section 10.
    const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                     {"f", "Zg=="},
                                                                     {"fo", "Zm8="},
                                                                     {"foo", "Zm9v"},
                                                                     {"foob", "Zm9vYg=="},
                                                                     {"fooba", "Zm9vYmE="},
                                                                     {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, text] : vectors) {
        EXPECT_EQ(encode_base64(bytes_of(plain), Base64Kind::standard), text);
        EXPECT_EQ(decode_base64(text, Base64Kind::standard), plain);
        const std::string unpadded(text.substr(0, text.find('=')));
        EXPECT_EQ(encode_base64(bytes_of(plain), Base64Kind::url_unpadded), unpadded);
        EXPECT_EQ(decode_base64(unpadded, Base64Kind::url_unpadded), plain);
    }
}

TEST(Base64, KeepsTheAlphabetsApart) {
    const std::string_view bytes = "\xfb\xff\xfe";
    EXPECT_EQ(encode_base64(bytes_of(bytes), Base64Kind::standard), "+//+");
    EXPECT_EQ(encode_base64(bytes_of(bytes), Base64Kind::url), "-__-");
    EXPECT_EQ(decode_base64("-__-", Base64Kind::url), bytes);
    EXPECT_FALSE(decode_base64("+//+", Base64Kind::url));
    EXPECT_FALSE(decode_base64("-__-", Base64Kind::standard));
}

TEST(Base64, RefusesEveryOtherSpelling) {
    for (const char* text : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "Z===", "====", "Zm9v\n",
                             "Zm 9", "=Zg=", "Zm9v===="}) {
        EXPECT_FALSE(decode_base64(text, Base64Kind::standard)) << text;
    }
    for (const char* text : {"Z", "Zg==", "Zh", "Zm9", "Zm9v=", "Z g"}) {
        EXPECT_FALSE(decode_base64(text, Base64Kind::url_unpadded)) << text;
    }
}

}  // namespace
}  // namespace studio
