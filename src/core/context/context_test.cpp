#include <gtest/gtest.h>

#include "core/context/call_context.hpp"
#include "core/context/condition.hpp"
#include "core/context/template.hpp"

namespace studio::core {
namespace {

Json json(std::string_view text) {
    return parse_json(text).value();
}

CallContext example() {
    CallContext context(json(R"({"name": "Ann", "age": 7.5, "tags": ["a", "b"]})").as_object(),
                        json(R"({"settings": {"base": "http://x"}})").as_object());
    context.set_agent("desk");
    context.set_now(WallTime(milliseconds(0)));
    return context;
}

TEST(ContextPath, ReadsOnlyWellFormedPaths) {
    for (const char* good :
         {"a", "a.b", "a[0]", "a[0].b", "a.list[+]", "a.0", "a-b.$c_1", "größe"}) {
        EXPECT_TRUE(is_context_path(good)) << good;
    }
    for (const char* bad : {"", ".", "a.", ".a", "a..b", "a[", "a[x]", "a[-1]", "a[]", "a b",
                            "a[1]b", "a[999999]", "{a}", "a|b"}) {
        EXPECT_FALSE(is_context_path(bad)) << bad;
    }
    EXPECT_FALSE(is_context_path(std::string(200, 'a')));
    EXPECT_FALSE(is_context_path("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q"));
}

TEST(CallContext, ReadsAndWritesByPath) {
    CallContext context = example();
    EXPECT_TRUE(context.set("workflow.meals[+]", "soup"));
    EXPECT_TRUE(context.set("workflow.meals[+].name", "fish"));
    EXPECT_TRUE(context.set("workflow.meals[0]", "bread"));
    EXPECT_TRUE(context.set("flags.done", true));
    EXPECT_TRUE(context.set("bare", 3));
    EXPECT_EQ(*context.find("workflow.meals"), json(R"(["bread", {"name": "fish"}])"));
    EXPECT_EQ(*context.find("workflow.meals.1.name"), "fish");
    EXPECT_EQ(*context.find("workflow.bare"), 3);
    EXPECT_EQ(*context.find("bare"), 3);
    EXPECT_EQ(*context.find("name"), "Ann");
    EXPECT_EQ(*context.find("now"), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(*context.find("tenant.settings.base"), "http://x");
    EXPECT_TRUE(context.flag("done"));
    EXPECT_FALSE(context.flag("other"));
    EXPECT_EQ(context.find("user.tags[2]"), nullptr);
    EXPECT_EQ(context.find("nothing"), nullptr);
    EXPECT_TRUE(context.erase("workflow.meals[0]"));
    EXPECT_EQ(*context.find("workflow.meals[0].name"), "fish");
    EXPECT_TRUE(context.erase("workflow.meals.0"));
    EXPECT_EQ(context.erase("workflow.meals[0]").error(), ContextError::not_found);
}

TEST(CallContext, RefusesWhatItMustNotHold) {
    CallContext context = example();
    EXPECT_EQ(context.set("user.name", "Bob").error(), ContextError::read_only);
    EXPECT_EQ(context.set("tenant.x", 1).error(), ContextError::read_only);
    EXPECT_EQ(context.set("history[+]", 1).error(), ContextError::read_only);
    EXPECT_EQ(context.erase("user.name").error(), ContextError::read_only);
    EXPECT_EQ(context.set("workflow", 1).error(), ContextError::bad_path);
    EXPECT_EQ(context.set("a..b", 1).error(), ContextError::bad_path);
    EXPECT_EQ(context.set("flags.x", "yes").error(), ContextError::wrong_type);
    EXPECT_EQ(context.set("flags.x.y", true).error(), ContextError::wrong_type);
    EXPECT_TRUE(context.set("workflow.text", "t"));
    EXPECT_EQ(context.set("workflow.text.x", 1).error(), ContextError::wrong_type);
    EXPECT_EQ(context.set("workflow.list[3]", 1).error(), ContextError::not_found);
    EXPECT_EQ(context.set("workflow.big", Json(std::string(300'000, 'x'))).error(),
              ContextError::too_large);
    Json deep = 1;
    for (int level = 0; level < 20; ++level) {
        deep = JsonArray{deep};
    }
    EXPECT_EQ(context.set("workflow.deep", deep).error(), ContextError::too_deep);
    EXPECT_EQ(*context.find("user.name"), "Ann");
    EXPECT_EQ(context.find("workflow.big"), nullptr);
}

TEST(CallContext, GrowthEndsAtTheLimit) {
    CallContext context({}, {}, {.depth_max = 16, .bytes_max = 2000, .history_entries_max = 5});
    int written = 0;
    while (context.set("workflow.list[+]", Json(std::string(100, 'x'))) && written < 1000) {
        ++written;
    }
    EXPECT_GT(written, 5);
    EXPECT_LT(written, 20);
    CallContext other({}, {}, {.depth_max = 16, .bytes_max = 2000, .history_entries_max = 5});
    for (int entry = 0; entry < 50; ++entry) {
        other.add_history("step", entry);
    }
    EXPECT_EQ(other.find("history[5]"), nullptr);
    EXPECT_EQ(*other.find("history[4].detail"), 49);
}

TEST(CallContext, AgentsDoNotSeeEachOther) {
    CallContext context = example();
    EXPECT_TRUE(context.set("agents.note", "mine"));
    EXPECT_EQ(*context.find("agents.note"), "mine");
    context.set_agent("kitchen");
    EXPECT_EQ(context.find("agents.note"), nullptr);
    context.set_agent("desk");
    EXPECT_EQ(*context.find("note"), "mine");
}

TEST(CallContext, SavedAndLoadedIsEqual) {
    CallContext context = example();
    EXPECT_TRUE(context.set("workflow.a", 1));
    EXPECT_TRUE(context.set("agents.b", 2));
    context.add_history("started", nullptr);
    CallContext copy;
    ASSERT_TRUE(copy.load(json(serialize_json(context.save()))));
    EXPECT_EQ(copy.save(), context.save());
    EXPECT_EQ(*copy.find("agents.b"), 2);
    EXPECT_FALSE(copy.load(json("{}")));
    EXPECT_FALSE(copy.load(json("[1]")));
    EXPECT_EQ(*copy.find("agents.b"), 2);
}

TEST(Template, RendersEachTypeAndNothingForTheMissing) {
    const CallContext context = example();
    const struct {
        const char* text;
        const char* rendered;
    } rows[] = {
        {"", ""},
        {"plain", "plain"},
        {"Hi {{user.name}}!", "Hi Ann!"},
        {"{{ user.name }}{{name}}", "AnnAnn"},
        {"{{user.age}}", "7.5"},
        {"{{user.tags}} {{user.tags[1]}}", R"(["a","b"] b)"},
        {"[{{user.missing}}]", "[]"},
        {"{{now}}", "1970-01-01T00:00:00.000Z"},
        {"{{", "{{"},
        {"{{a b}} {{name}}", "{{a b}} Ann"},
        {"{{ {{name}}", "{{ Ann"},
        {"}} {name}", "}} {name}"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(render_text(row.text, context).text, row.rendered) << row.text;
    }
}

TEST(Template, ResultsAreNotReadAgain) {
    const JsonObject root{{"evil", "{{secret}}"}, {"secret", "s3"}};
    EXPECT_EQ(render_text("{{evil}}", JsonSource(root)).text, "{{secret}}");
    EXPECT_EQ(render_value("{{evil}}", JsonSource(root)).value, "{{secret}}");
}

TEST(Template, EscapesAndBounds) {
    const JsonObject root{{"v", "a/b?c=\r\nX: ü"}, {"long", Json(std::string(100, 'x'))}};
    const JsonSource source(root);
    EXPECT_EQ(render_text("/p/{{v}}", source, {.escape = Escape::url_component}).text,
              "/p/a%2Fb%3Fc%3D%0D%0AX%3A%20%C3%BC");
    EXPECT_EQ(render_text("{{v}}", source, {.escape = Escape::header}).text, "a/b?c=  X: ü");
    const RenderedText cut = render_text("{{long}}{{long}}", source, {.bytes_max = 120});
    EXPECT_EQ(cut.text.size(), 120U);
    EXPECT_TRUE(cut.truncated);
    EXPECT_EQ(render_text("aaü", source, {.bytes_max = 3}).text, "aa");
    EXPECT_TRUE(
        render_value(json(R"(["{{long}}", "{{long}}"])"), source, {.bytes_max = 120}).truncated);
}

TEST(Template, WholeValuesKeepTheirType) {
    const CallContext context = example();
    const Json body = json(R"({"age": "{{user.age}}", "t": "{{user.tags}}", "s": "a {{user.age}}",
                              "none": "{{user.x}}", "n": 1, "l": ["{{name}}"]})");
    EXPECT_EQ(render_value(body, context).value,
              json(R"({"age": 7.5, "t": ["a", "b"], "s": "a 7.5", "none": null, "n": 1,
                       "l": ["Ann"]})"));
}

TEST(Template, DefaultsFillWhatIsMissing) {
    const CallContext context = example();
    DefaultedSource source(context);
    source.add_default("guest", "friend");
    source.add_default("name", "nobody");
    EXPECT_EQ(render_text("{{guest}} {{name}}", source).text, "friend Ann");
}

TEST(Template, ChecksForAuthors) {
    EXPECT_FALSE(check_template("{{a.b}} and {{c[0]}}"));
    for (const char* bad : {"{{", "{{a", "{{}}", "{{a b}}", "{{a | upper}}"}) {
        EXPECT_TRUE(check_template(bad)) << bad;
    }
}

TEST(Condition, Table) {
    const JsonObject root = json(R"({"flags": {"yes": true, "no": false}, "n": 5, "zero": 0,
        "text": "abc", "digits": "5", "empty": "", "list": [], "null": null})")
                                .as_object();
    const JsonSource source(root);
    const struct {
        const char* text;
        bool holds;
    } rows[] = {
        {"flags.yes", true},
        {"{{flags.yes}}", true},
        {"{{ flags.yes }}", true},
        {"flags.no", false},
        {"flags.unknown", false},
        {"not flags.no", true},
        {"not not flags.no", false},
        {"flags.yes and flags.no", false},
        {"flags.yes or flags.no", true},
        {"flags.no and flags.no or flags.yes", true},
        {"flags.no and (flags.no or flags.yes)", false},
        {"not (flags.yes and flags.no)", true},
        {"n == 5", true},
        {"n == 5.0", true},
        {"n == '5'", true},
        {"digits == 5", true},
        {"digits == '5'", true},
        {"n != 6", true},
        {"n<6", true},
        {"n <= 5 and n >= 5", true},
        {"n > 5", false},
        {"text < 5", false},
        {"text >= 5", false},
        {"text == 'abc'", true},
        {"text == \"abd\"", false},
        {"missing == null", true},
        {"missing != null", false},
        {"zero", false},
        {"empty", false},
        {"list", false},
        {"flags.yes == true", true},
        {"not n == 6", true},
        {"true", true},
        {"notes", false},
    };
    for (const auto& row : rows) {
        const auto condition = Condition::parse(row.text);
        ASSERT_TRUE(condition) << row.text << ": " << condition.error().message;
        EXPECT_EQ(condition->holds(source), row.holds) << row.text;
    }
}

TEST(Condition, RefusesWhatIsNone) {
    for (const std::string& bad :
         {std::string(), std::string("and"), std::string("a and"), std::string("(a"),
          std::string("a)"), std::string("a b"), std::string("'x"), std::string("{{a"),
          std::string("{{}}"), std::string("a = b"), std::string("a == == b"), std::string("not"),
          std::string(2000, 'a'), std::string(100, '('),
          std::string(
              "a or a or a or a or a or a or a or a or a or a or a or a or a or a or a or a "
              "or a or a or a or a or a or a or a or a or a or a or a or a or a or a or a or "
              "a or a or a")}) {
        EXPECT_FALSE(Condition::parse(bad)) << bad;
    }
}

}  // namespace
}  // namespace studio::core
