#include "core/dialog/spoken_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace studio::core {
namespace {

TEST(HasSpeech, IsALetterOrDigitOfAnyScript) {
    for (const char* text : {"a", "7", "é", "Ω", "я", "ש", "ع", "٣", "न", "ก", "ა", "한", "日",
                             "ア", "…yes…", "½", "①", "👍 ok", "\"A\""}) {
        EXPECT_TRUE(has_speech(text)) << text;
    }
    for (const char* text : {"",         " \t\n",  ".",
                             "...",      "…",      "—",
                             "–",        "**",     "##",
                             "---",      "* * *",  "`",
                             "_",        "~~",     "👍",
                             "🎉🎉🎉",   "👍🏽",   "👨‍👩‍👧",
                             "🇩🇪",       "❤️",      "✅",
                             "→",        "•",      "«»",
                             "“”",       "¿",      "¡",
                             "।",        "॥",      "。",
                             "、",       "「」",   "！？",
                             "؟",        "،",      "״",
                             "։",        "·",      "€",
                             "%",        "©",      "™",
                             "°",        "×",      "\xEF\xBB\xBF",
                             "\u200B",   "\u00A0", "\u200D",
                             "\xff\xfe", "☎",      "♥",
                             "■",        "(: ",    "😀!",
                             "<>"}) {
        EXPECT_FALSE(has_speech(text)) << text;
        EXPECT_EQ(SpokenText().clean(text), "") << text;
    }
}

struct Case {
    const char* text;
    const char* spoken;
};

TEST(SpokenText, SaysTheTextAndNotItsLayout) {
    const Case cases[] = {
        // Emphasis.
        {"**Bold**, *soft*, ***both***.", "Bold, soft, both."},
        {"__Bold__, _soft_ and ~~gone~~.", "Bold, soft and gone."},
        {"a snake_case_name", "a snake case name"},
        {"2 * 3 is 6", "2 × 3 is 6"},
        {"about ~5 euros", "about ~5 euros"},
        {"unbalanced **bold", "unbalanced bold"},
        // Code.
        {"Press `Enter` or ``a`b``.", "Press Enter or ab."},
        {"```inline``` code", "inline code"},
        {"```\ncode\n```", ""},
        {"~~~sh\nrm -r x\n~~~\nDone", "Done"},
        // Headings, lists, quotations, rules.
        {"# Title", "Title"},
        {"###### Small", "Small"},
        {"Room #5 in C# #winter", "Room #5 in C# winter"},
        {"- one\n* two\n+ three\n• four", "one two three four"},
        {"1. Milk", "1. Milk"},
        {"- [ ] open\n- [x] done", "open done"},
        {"> quoted\n> > twice", "quoted twice"},
        {"above\n---\nbelow\n***\n===\nend", "above below end"},
        {"minus -5 and well-known", "minus -5 and well-known"},
    };
    for (const Case& entry : cases) {
        EXPECT_EQ(SpokenText().clean(entry.text), entry.spoken) << entry.text;
    }
}

TEST(SpokenText, SaysNeitherAddressesNorTagsNorPictures) {
    const Case cases[] = {
        // Links and addresses.
        {"[our site](https://example.com/x?y=1)", "our site"},
        {"[a](https://e.com/w_(x)), [b](<u> \"Title\")", "a, b"},
        {"![a cat](cat.png) here", "a cat here"},
        {"[text][ref] and [text][]", "text and text"},
        {"Visit https://www.example.com/menu?day=1#top.", "Visit example.com."},
        {"Visit (http://example.com:8080/x), or www.example.org!",
         "Visit (example.com), or example.org!"},
        {"<https://example.com/a> or <me@example.com>", "example.com or me@example.com"},
        {"mailto:me@example.com", "me@example.com"},
        {"Write to me@example.com", "Write to me@example.com"},
        {"It is so [1], really [^2].", "It is so, really."},
        {"It is so【4:0†source】.", "It is so."},
        {"the rest](https://example.com) of it", "the rest of it"},
        {"[the beginning", "the beginning"},
        // Tables.
        {"| Day | Open |\n|---|:--:|\n| Mon | 9-5 |", "Day, Open Mon, 9-5"},
        {"Day | Open\n--- | ---\nMon | 9-5", "Day, Open Mon, 9-5"},
        // HTML and SSML.
        {"Wait<break time=\"1s\"/>here", "Wait here"},
        {"<break/>", ""},
        {"<speak><prosody rate='slow'>Slow</prosody></speak>", "Slow"},
        {"<p>One</p><br>Two<br />Three", "One Two Three"},
        {"<a href=\"https://e.com/?a>b\">", "b\">"},
        {"<!-- hidden --> shown", "shown"},
        {"a < b and c > d", "a < b and c > d"},
        {"x<y and y>z", "x<y and y>z"},
        {"I <3 you", "I <3 you"},
        {"broken <break time=\"1", "broken"},
        // Character references.
        {"Fish &amp; chips &lt;3 &#169; &#x41;&nbsp;B", "Fish & chips <3 © A B"},
        {"&amp;lt; R&D &unknown; & co; &#0; &#xD800;", "&lt; R&D &unknown; & co; &#0; &xD800;"},
        {"&lt;b&gt;", "<b>"},
        // Escapes.
        {"\\*not bold\\* and 5\\. here", "not bold and 5. here"},
        {"one\\ntwo", "one two"},
        // Pictures.
        {"Great 🎉 choice 👍🏽!", "Great choice!"},
        {"1️⃣ First", "1 First"},
        {"❤️ you, 👨‍👩‍👧 all", "you, all"},
        {"क्‍ष stays", "क्‍ष stays"},
        // Everything else stays.
        {"Don't — it's 5:30 p.m., 20 %, €5 (or $6)?", "Don't — it's 5:30 p.m., 20 %, €5 (or $6)?"},
        {"  too \t many   spaces ", "too many spaces"},
        {"¿Qué tal? नमस्ते। 今日は。", "¿Qué tal? नमस्ते। 今日は。"},
        {"ends with a backslash \\", "ends with a backslash"},
    };
    for (const Case& entry : cases) {
        EXPECT_EQ(SpokenText().clean(entry.text), entry.spoken) << entry.text;
    }
}

TEST(SpokenText, RemembersABlockOfCode) {
    SpokenText spoken;
    EXPECT_EQ(spoken.clean("Here:\n```python"), "Here:");
    EXPECT_EQ(spoken.clean("print(1)"), "");
    EXPECT_EQ(spoken.clean("# not a heading\n```\nThat is it."), "That is it.");
    EXPECT_EQ(spoken.clean("```"), "");
    spoken.reset();
    EXPECT_EQ(spoken.clean("A new answer."), "A new answer.");
}

}  // namespace
}  // namespace studio::core
