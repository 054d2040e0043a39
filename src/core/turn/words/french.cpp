#include "core/turn/words/languages.hpp"

namespace studio::core {

namespace {

/// With 70 to 99, which are two words and more, without their hyphens.
std::vector<std::string> two_digits() {
    std::vector<std::string> all = entries(
        "dix, onze, douze, treize, quatorze, quinze, seize, dix sept, dix huit, dix neuf, vingt, "
        "trente, quarante, cinquante, soixante, septante, huitante, octante, nonante");
    for (const std::string& teen :
         entries("dix, onze, douze, treize, quatorze, quinze, seize, dix sept, dix huit, "
                 "dix neuf")) {
        all.push_back("soixante " + teen);
        all.push_back("quatre vingt " + teen);
    }
    all.emplace_back("soixante et onze");
    all.emplace_back("quatre vingt");
    all.emplace_back("quatre vingts");
    for (const std::string& unit :
         entries("un, deux, trois, quatre, cinq, six, sept, huit, neuf")) {
        all.push_back("quatre vingt " + unit);
    }
    return all;
}

}  // namespace

TurnWords french_turn_words() {
    return {
        .unfinished_ends = entries(
            "et, ou, mais, parce que, que, qui, si, quand, comme, donc, car, de, du, des, à, au, "
            "aux, en, dans, avec, pour, par, sans, sur, entre, chez, le, la, les, un, une, mon, "
            "ma, mes, ton, votre, son, sa, ses, ce, cette, je, j', c'est, est, sont, euh, ben, "
            "heu, hum, alors, je voudrais, j'aimerais, je veux, j'ai besoin de, je m'appelle, "
            "mon nom est, est-ce que, un instant, une seconde, attendez"),
        .never_ends = entries(
            "et, ou, mais, parce que, de, du, des, au, aux, avec, le, les, un, une, mon, ma, mes, "
            "je voudrais, j'aimerais, je m'appelle, mon nom est, mon numéro est, je"),
        .backchannels = entries(
            "oui, ouais, ouaip, mm-hm, mm-hmm, mhm, mm, mmm, hm, hum, hmm, d'accord, d accord, "
            "ok, okay, ah, oh, ah bon, ah oui, bien, très bien, c'est ça, c est ça, exact, "
            "exactement, voilà, je vois, je comprends, bien sûr, entendu, parfait, super, aha"),
        .noises = entries("euh, heu, hein, um, uh, eh"),
        .interruptions = entries(
            "stop, arrête, arrêtez, attends, attendez, non, pardon, excusez, excuse, désolé, "
            "désolée, bonjour, allô, allo, aide, au revoir, minute, un instant"),
        .dictation = {
            .digits = entries("zéro, un, une, deux, trois, quatre, cinq, six, sept, huit, neuf"),
            .pairs = two_digits(),
            .multipliers = entries("double, triple"),
            .code_words = {},
            .examples = entries("comme, comme dans"),
            .symbols = entries("point, tiret, tiret bas, barre, slash, underscore"),
            .at_signs = entries("arobase, arrobase, at"),
            .mail_hosts = entries("gmail, yahoo, hotmail, outlook, icloud, orange, free, laposte"),
            .date_parts = entries(
                "janvier, février, mars, avril, mai, juin, juillet, août, septembre, octobre, "
                "novembre, décembre, premier, le"),
            .abbreviations = {},
            .before_years = entries("en, depuis, jusqu'en, de, l'année"),
            // "vingt et un" is one number.
            .fillers = entries("euh, heu, et"),
            .requests = entries(
                "numéro de téléphone, numéro de portable, numéro de compte, numéro de carte, "
                "numéro de commande, numéro de client, numéro de réservation, numéro de dossier, "
                "numéro de sécurité sociale, code postal, code de sécurité, date de naissance, "
                "né, née, épeler, épelez, e mail, email, adresse mail, courriel")}};
}

}  // namespace studio::core
