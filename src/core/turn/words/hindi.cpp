#include "core/turn/words/languages.hpp"

namespace studio::core {

/// In Devanagari and, as recognisers for mixed speech write it, in Latin letters; English words are
/// part of the language as it is spoken on the telephone.
TurnWords hindi_turn_words() {
    return {
        .unfinished_ends =
            entries("और, या, लेकिन, मगर, क्योंकि, कि, अगर, जब, तो, का, की, के, को, से, "
                    "में, पर, मेरा, मेरी, मेरे, आपका, आपकी, एक, मैं, मुझे, वो, यह, मतलब, "
                    "उम, अं, मेरा नाम, मेरा नंबर, aur, ya, lekin, magar, kyunki, ki, agar, "
                    "jab, to, ka, ke, ko, se, mein, par, mera, meri, mere, ek, main, "
                    "mujhe, woh, matlab, um, uh, mera naam, mera number, and, but, "
                    "because"),
        .never_ends = entries("और, या, लेकिन, मगर, क्योंकि, कि, अगर, मेरा, मेरी, मेरे, मेरा नाम, "
                              "aur, lekin, magar, kyunki, agar, mera, meri, mere, mera naam"),
        .backchannels =
            entries("हाँ, हां, हा, जी, जी हाँ, जी हां, हाँ जी, हां जी, अच्छा, ठीक, ठीक है, "
                    "ओके, ओ के, सही, सही है, बिल्कुल, हम्म, हूँ, हूं, समझ गया, समझ गई, "
                    "ओह, आह, haan, haa, han, ji, ji haan, haan ji, achha, accha, acha, "
                    "theek, theek hai, thik hai, sahi, sahi hai, bilkul, hmm, hm, mm, "
                    "mm-hm, mm-hmm, mhm, okay, ok, yes, yeah, samajh gaya, samajh gayi"),
        .noises = entries("उम, अं, अह, um, uh, er, eh"),
        .interruptions =
            entries("रुको, रुकिए, रुकिये, ठहरो, ठहरिए, बस, नहीं, सुनो, सुनिए, माफ, माफ़, "
                    "हेलो, हैलो, नमस्ते, मदद, एक मिनट, ruko, rukiye, rukie, thehro, bas, "
                    "nahi, nahin, suno, suniye, maaf, hello, namaste, madad, ek minute, "
                    "stop, wait, no, sorry"),
        .dictation = {
            .digits = entries("शून्य, ज़ीरो, जीरो, एक, दो, तीन, चार, पांच, पाँच, छह, छः, छे, सात, "
                              "आठ, नौ, ०, १, २, ३, ४, ५, ६, ७, ८, ९, shunya, zero, ek, do, teen, "
                              "char, chaar, paanch, panch, chhe, cheh, saat, aath, nau, one, two, "
                              "three, four, five, six, seven, eight, nine"),
            .pairs = entries("दस, ग्यारह, बारह, तेरह, चौदह, पंद्रह, सोलह, सत्रह, अठारह, उन्नीस, "
                             "बीस, तीस, चालीस, पचास, साठ, सत्तर, अस्सी, नब्बे, das, bees, tees, "
                             "chalis, pachaas, saath, sattar, assi, nabbe"),
            .multipliers = entries("डबल, ट्रिपल, double, triple"),
            .code_words = {},
            .examples = entries("फॉर, से, for"),
            .symbols = entries("डॉट, डैश, स्लैश, अंडरस्कोर, dot, dash, slash, underscore"),
            .at_signs = entries("एट, ऐट, at, at the rate, एट द रेट"),
            .mail_hosts = entries("gmail, जीमेल, yahoo, hotmail, outlook"),
            .date_parts = entries("जनवरी, फरवरी, मार्च, अप्रैल, मई, जून, जुलाई, अगस्त, "
                                  "सितंबर, अक्टूबर, नवंबर, दिसंबर, january, february, march, "
                                  "april, may, june, july, "
                                  "august, september, october, november, december, तारीख"),
            .abbreviations = {},
            .before_years = entries("सन, साल, year"),
            .fillers = entries("उम, अं, um, uh"),
            .requests =
                entries("फोन नंबर, फ़ोन नंबर, मोबाइल नंबर, खाता नंबर, कार्ड नंबर, ऑर्डर नंबर, "
                        "पिन कोड, जन्मतिथि, जन्म तिथि, ईमेल, स्पेल, phone number, "
                        "mobile number, account number, card number, order number, pin code, "
                        "date of birth, email, e mail, spell, aadhaar number")}};
}

}  // namespace studio::core
