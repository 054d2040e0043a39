// The words of the languages, and what is drawn from them.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/turn/turn_text.hpp"

namespace studio::core {
namespace {

struct Language {
    const char* code;
    std::vector<const char*> hums;
    std::vector<const char*> stops;
    std::vector<const char*> unfinished;
    /// Behind a full stop too.
    const char* never_ends;
    const char* complete;
    const char* real;
    /// Of a dictation under way.
    const char* number;
    const char* request;
};

class EachLanguage : public testing::TestWithParam<Language> {
protected:
    const TurnWords& words_ = turn_words(GetParam().code);
};

TEST_P(EachLanguage, HumsAreNoInterruption) {
    for (const char* hum : GetParam().hums) {
        EXPECT_FALSE(has_real_words(hum, words_)) << hum;
        EXPECT_EQ(evidence_of(hum, words_, 5), Evidence::none) << hum;
        EXPECT_FALSE(is_stop(hum, words_)) << hum;
    }
}

TEST_P(EachLanguage, StopWordsAre) {
    for (const char* stop : GetParam().stops) {
        EXPECT_TRUE(is_stop(stop, words_)) << stop;
        EXPECT_EQ(evidence_of(stop, words_, 5), Evidence::sure) << stop;
        const std::string behind_a_hum = std::string(GetParam().hums.front()) + ' ' + stop;
        EXPECT_TRUE(is_stop(behind_a_hum, words_)) << behind_a_hum;
    }
}

TEST_P(EachLanguage, KnowsWhatGoesOn) {
    for (const char* text : GetParam().unfinished) {
        EXPECT_TRUE(sounds_unfinished(text, words_)) << text;
    }
    EXPECT_TRUE(sounds_unfinished(GetParam().never_ends, words_)) << GetParam().never_ends;
    EXPECT_FALSE(sounds_unfinished(GetParam().complete, words_)) << GetParam().complete;
    EXPECT_TRUE(sounds_complete(GetParam().complete, words_)) << GetParam().complete;
    EXPECT_FALSE(sounds_complete(GetParam().never_ends, words_)) << GetParam().never_ends;
}

TEST_P(EachLanguage, RealWordsAreReal) {
    EXPECT_TRUE(has_real_words(GetParam().real, words_));
    EXPECT_EQ(evidence_of(GetParam().real, words_, 5), Evidence::sure);
    EXPECT_GE(count_real_words(GetParam().real, words_, 2), 2U);
    EXPECT_FALSE(is_stop(GetParam().real, words_));
}

TEST_P(EachLanguage, KnowsItsNumbers) {
    EXPECT_TRUE(dictation_goes_on({GetParam().number}, words_.dictation, false));
    EXPECT_TRUE(asks_for_dictation(GetParam().request, words_.dictation));
    EXPECT_FALSE(asks_for_dictation(GetParam().complete, words_.dictation));
}

INSTANTIATE_TEST_SUITE_P(
    All, EachLanguage,
    testing::Values(Language{"en-GB",
                             {"Yeah.", "Mm-hmm.", "Uh-huh, okay.", "Right. Okay.", "MM-HM"},
                             {"Wait!", "Stop.", "no"},
                             {"I would like to", "I would like a table, because", "for two,"},
                             "I would like to.",
                             "A table for two, please.",
                             "a table for two",
                             "four one five",
                             "What is your phone number?"},
                    Language{"es",
                             {"Sí.", "Ajá.", "Vale, vale.", "de acuerdo", "Mm-hmm."},
                             {"Espera.", "¡Para!", "un momento"},
                             {"quiero una mesa para", "me gustaría", "porque"},
                             "Me gustaría.",
                             "Una mesa para dos, por favor.",
                             "quiero una mesa para dos",
                             "seis uno dos",
                             "¿Cuál es su número de teléfono?"},
                    Language{"de-AT",
                             {"Ja.", "Mhm.", "Ja, genau.", "Alles klar.", "Ach so."},
                             {"Moment!", "Stopp.", "Warte"},
                             {"ich hätte gerne", "und", "einen Tisch für"},
                             "Ich hätte gerne einen.",
                             "Einen Tisch für zwei bitte.",
                             "einen Tisch für zwei",
                             "null eins sieben",
                             "Wie ist Ihre Telefonnummer?"},
                    Language{"fr",
                             {"Oui.", "D’accord.", "Mm-hmm.", "ah oui", "Très bien."},
                             {"Attendez.", "Non !", "stop"},
                             {"je voudrais", "une table pour", "parce que"},
                             "Je voudrais.",
                             "Une table pour deux, s'il vous plaît.",
                             "une table pour deux",
                             "zéro six douze trente-quatre",
                             "Quel est votre numéro de téléphone ?"},
                    Language{"pt-BR",
                             {"Sim.", "Aham.", "Tá bom.", "Isso mesmo.", "uhum"},
                             {"Espera.", "Não!", "Pare"},
                             {"eu gostaria de", "uma mesa para", "porque"},
                             "Eu gostaria de.",
                             "Uma mesa para dois, por favor.",
                             "quero cancelar a reserva",
                             "nove oito sete",
                             "Qual é o seu telefone?"},
                    Language{"hi-IN",
                             {"हाँ।", "जी हाँ", "अच्छा", "theek hai", "Haan ji."},
                             {"रुको।", "ruko", "एक मिनट"},
                             {"मेरा नाम", "लेकिन", "mera number"},
                             "मेरा नाम।",
                             "दो लोगों के लिए टेबल चाहिए।",
                             "दो लोगों के लिए टेबल चाहिए",
                             "नौ आठ सात",
                             "आपका फोन नंबर क्या है?"},
                    Language{"ja",
                             {"はい。", "うんうん", "はい、そうですね。", "なるほど"},
                             {"待って", "はい、ちょっと待ってください。", "すみません"},
                             {"予約をしたいのですが", "名前は", "二人で、"},
                             "番号は。",
                             "二人の席をお願いします。",
                             "二人の席をお願いします",
                             "〇九〇",
                             "お客様の電話番号を教えてください。"},
                    Language{"zh-CN",
                             {"嗯。", "好的。", "对对", "嗯，好的。", "明白了"},
                             {"等一下", "停", "好，等等。"},
                             {"我想要", "因为", "两个人，"},
                             "我的号码是。",
                             "我要订一张桌子。",
                             "我要订一张桌子",
                             "一三八",
                             "请问您的电话号码是多少？"}),
    [](const testing::TestParamInfo<Language>& test) {
        return std::string(test.param.code).substr(0, 2);
    });

TEST(TurnWords, AnUnknownLanguageHasWhatPeopleHumNearlyEverywhere) {
    for (const char* code : {"xx", "", "multi", "sv-SE"}) {
        const TurnWords& words = turn_words(code);
        EXPECT_FALSE(has_real_words("Mm-hmm. Okay.", words)) << code;
        EXPECT_TRUE(is_stop("stop", words)) << code;
        EXPECT_TRUE(has_real_words("nej", words)) << code;
        EXPECT_FALSE(sounds_unfinished("jag vill ha och", words)) << code;
        EXPECT_TRUE(dictation_goes_on({"0171"}, words.dictation, false)) << code;
    }
    EXPECT_EQ(&turn_words("EN_us"), &english_turn_words());
}

TEST(TurnWords, WordsThatAreSoundsElsewhereAreWords) {
    EXPECT_FALSE(is_only_noise("um", turn_words("pt"))) << "one";
    EXPECT_FALSE(is_only_noise("um", turn_words("de")));
    EXPECT_TRUE(has_real_words("हम", turn_words("hi"))) << "we";
    EXPECT_FALSE(is_stop("不错", turn_words("zh"))) << "not bad";
}

TEST(TurnWords, CapitalsOfLatinOneAreSmallToo) {
    EXPECT_EQ(words_of("ÄHM, É OK × Ñ"), (std::vector<std::string>{"ähm", "é", "ok", "×", "ñ"}));
    EXPECT_EQ(words_of("\xC3"), (std::vector<std::string>{"\xC3"})) << "cut in a character";
}

TEST(TurnWords, NumbersOfTwoWordsAreOne) {
    const TurnWords& french = turn_words("fr");
    const std::vector<std::string> whole{
        "zéro six douze trente-quatre quatre-vingt-dix-sept soixante-dix-huit"};
    EXPECT_FALSE(dictation_goes_on(whole, french.dictation, false));
    EXPECT_TRUE(dictation_goes_on({"zéro six douze trente-quatre quatre-vingt-dix-sept"},
                                  french.dictation, false));
    EXPECT_TRUE(
        dictation_goes_on({"null eins sieben vierunddreißig"}, turn_words("de").dictation, false));
}

TEST(TurnWords, WordsThatStaySurvive) {
    const TurnWords& words = english_turn_words();
    EXPECT_TRUE(has_survived("cancel", "cancel it", words));
    EXPECT_TRUE(has_survived("Cancel.", "Cancel it, please.", words));
    EXPECT_TRUE(has_survived("yeah I", "Yeah, I want", words));
    EXPECT_FALSE(has_survived("", "cancel it", words));
    EXPECT_FALSE(has_survived("council", "cancel it", words));
    EXPECT_FALSE(has_survived("yeah", "yeah I want", words)) << "the hum has, the word has not";
    EXPECT_TRUE(has_survived("我要订", "我要订一张桌子", turn_words("zh")));
    EXPECT_FALSE(has_survived("你要", "我要订一张桌子", turn_words("zh")));
}

TEST(TurnWords, CountsRealWordsOnly) {
    const TurnWords& words = english_turn_words();
    EXPECT_EQ(count_real_words("yeah okay I want um a table", words, 9), 4U);
    EXPECT_EQ(count_real_words("yeah okay I want um a table", words, 2), 2U);
    EXPECT_EQ(count_real_words("Mm-hmm.", words, 9), 0U);
    EXPECT_TRUE(begins_with_words("A table, for two.", "a table"));
    EXPECT_FALSE(begins_with_words("a table", "a table for two"));
    EXPECT_TRUE(same_words("Yes, please.", "yes please"));
    EXPECT_FALSE(same_words("Yes.", "No."));
}

}  // namespace
}  // namespace studio::core
