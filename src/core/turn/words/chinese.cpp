#include "core/turn/words/languages.hpp"

namespace studio::core {

/// Simplified and traditional, Mandarin.
TurnWords chinese_turn_words() {
    return {
        .unfinished_ends =
            entries("和, 跟, 或者, 但是, 可是, 因为, 因為, 所以, 如果, 然后, 然後, 而且, 还有, "
                    "還有, 就是, 那个, 那個, "
                    "这个, 這個, 我想, 我要, 我想要, 我的, 你的, 在, 从, 從, 到, 把, 被, 给, 給, "
                    "对于, 嗯, 呃, 额, "
                    "我叫, 我的名字是, 我的名字叫, 我的号码是, 我的號碼是, 等一下, 稍等"),
        .never_ends = entries("和, 或者, 但是, 因为, 因為, 如果, 而且, 我想要, 我叫, 我的名字是, "
                              "我的号码是, 我的號碼是"),
        .backchannels =
            entries("嗯, 嗯嗯, 嗯哼, 哦, 噢, 喔, 啊, 好, 好的, 好啊, 对, 對, 对的, "
                    "對的, 对对, 對對, 是, 是的, 是啊, "
                    "行, 可以, 明白, 明白了, 知道了, 了解, 没错, 不错, 沒錯, 当然, 當然, "
                    "这样啊, 這樣啊, ok, okay"),
        .noises = entries("呃, 额, 唉, 诶, 欸"),
        .interruptions = entries("等等, 等一下, 等一等, 停, 停一下, 别说了, 別說了, 不是, "
                                 "不对, 不對, 不要, 对不起, 對不起, 不好意思, "
                                 "抱歉, 喂, 你好, 救命, 再见, 再見"),
        .dictation =
            {.digits = entries("零, 〇, 一, 二, 两, 兩, 三, 四, 五, 六, 七, 八, 九, 幺"),
             .pairs = {},
             .multipliers = {},
             .code_words = {},
             .examples = {},
             .symbols = entries("点, 點, 杠, 横杠, 下划线"),
             .at_signs = entries("艾特, at"),
             .mail_hosts = entries("qq, gmail, outlook, 163, 126"),
             .date_parts = {},
             .abbreviations = {},
             .before_years = {},
             .fillers = entries("嗯, 呃, 额"),
             .requests = entries(
                 "电话号码, 電話號碼, 手机号, 手机号码, 手機號碼, 账号, 帳號, 卡号, 卡號, 订单号, "
                 "訂單號, 预订号, 身份证号, 身份證號, 邮编, 邮政编码, 出生日期, 生日, 邮箱, 電郵, "
                 "拼写")},
        .is_spaced = false};
}

}  // namespace studio::core
