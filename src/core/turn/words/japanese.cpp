#include "core/turn/words/languages.hpp"

namespace studio::core {

TurnWords japanese_turn_words() {
    return {
        // Particles that join, and openings. A sentence that ends in 、 goes on by its mark.
        .unfinished_ends = entries("が, けど, けれど, ので, から, で, て, と, は, を, に, の, も, "
                                   "や, とか, でも, そして, それで, "
                                   "だから, なので, あの, その, えっと, ええと, えーと, うーん, "
                                   "ええとですね, 私の名前は, 名前は, 番号は, "
                                   "ちょっと待って, 少々お待ちください"),
        .never_ends = entries("を, 私の名前は, 名前は, 番号は, えっと, えーと"),
        .backchannels = entries("はい, はいはい, ええ, うん, うんうん, そう, そうです, そうですね, "
                                "そうですか, なるほど, "
                                "なるほどですね, へえ, へー, ああ, あー, わかりました, "
                                "分かりました, 了解, 了解です, オッケー, "
                                "オーケー, ok, ほう, ふーん, うーん, たしかに, 確かに, もちろん"),
        .noises = entries("えっと, ええと, えーと, あの, あのー, えー, んー, ん"),
        .interruptions = entries("待って, 待ってください, ちょっと待って, ちょっと, ストップ, "
                                 "やめて, 止めて, いや, いいえ, 違う, "
                                 "違います, すみません, すいません, ごめん, もしもし, 助けて"),
        .dictation = {.digits =
                          entries("〇, 零, 一, 二, 三, 四, 五, 六, 七, 八, 九, ゼロ, れい, いち, "
                                  "さん, よん, ろく, なな, はち, きゅう"),
                      .pairs = {},
                      .multipliers = {},
                      .code_words = {},
                      .examples = {},
                      .symbols = entries("ハイフン, ドット"),
                      .at_signs = entries("アットマーク, アット"),
                      .mail_hosts = entries("gmail, yahoo, outlook, docomo, softbank, ezweb"),
                      .date_parts = {},
                      .abbreviations = {},
                      .before_years = {},
                      .fillers = entries("えっと, ええと, えーと, あの"),
                      .requests =
                          entries("電話番号, 携帯番号, 口座番号, カード番号, 予約番号, 注文番号, "
                                  "会員番号, 郵便番号, 生年月日, メールアドレス, スペル")},
        .is_spaced = false};
}

}  // namespace studio::core
