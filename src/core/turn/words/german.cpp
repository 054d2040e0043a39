#include "core/turn/words/languages.hpp"

namespace studio::core {

namespace {

/// With "einundzwanzig" to "neunundneunzig", which are one word each.
std::vector<std::string> two_digits() {
    std::vector<std::string> all = entries(
        "zehn, elf, zwölf, dreizehn, vierzehn, fünfzehn, sechzehn, siebzehn, achtzehn, neunzehn");
    const auto units = entries("ein, zwei, drei, vier, fünf, sechs, sieben, acht, neun");
    for (const std::string& ten : entries(
             "zwanzig, dreißig, dreissig, vierzig, fünfzig, sechzig, siebzig, achtzig, neunzig")) {
        all.push_back(ten);
        for (const std::string& unit : units) {
            all.push_back(unit + "und" + ten);
        }
    }
    return all;
}

}  // namespace

TurnWords german_turn_words() {
    return {
        .unfinished_ends = entries(
            "und, oder, aber, weil, dass, wenn, als, ob, denn, sondern, damit, während, der, die, "
            "das, den, dem, des, ein, eine, einen, einem, einer, mein, meine, meinen, meinem, "
            "dein, ihr, ihre, unser, in, im, am, an, auf, mit, von, vom, zu, zum, zur, für, bei, "
            "nach, aus, über, unter, um, ich, wir, ist, sind, war, also, ähm, äh, öh, hm, "
            "ich möchte, ich würde, ich würde gerne, ich hätte gerne, ich brauche, können sie, "
            "mein name ist, ich heiße, sekunde, moment, einen moment"),
        .never_ends = entries(
            "und, oder, aber, weil, dass, der, den, dem, des, ein, eine, einen, einem, einer, "
            "mein, meine, meinen, für, ich möchte, ich würde gerne, ich hätte gerne, "
            "mein name ist, ich heiße, meine nummer ist"),
        .backchannels = entries(
            "ja, jaja, ja ja, jo, jep, mhm, mm-hm, mm-hmm, hm, hmm, mm, mmm, aha, okay, ok, gut, "
            "alles klar, klar, genau, richtig, stimmt, verstehe, ich verstehe, ach so, achso, ah, "
            "oh, super, prima, schön, sehr gut, sicher, natürlich, na gut"),
        .noises = entries("ähm, äh, öh, eh, uh, hä"),
        .interruptions = entries(
            "stopp, stop, halt, warte, warten, moment, nein, nee, entschuldigung, verzeihung, "
            "hallo, hilfe, tschüss, tschüs, sekunde"),
        .dictation = {
            .digits =
                entries("null, eins, ein, zwei, zwo, drei, vier, fünf, sechs, sieben, acht, neun"),
            .pairs = two_digits(),
            .multipliers = entries("doppel, zweimal, dreimal"),
            // DIN 5009, the names that most people know.
            .code_words = entries(
                "anton, berta, cäsar, dora, emil, friedrich, gustav, heinrich, ida, julius, "
                "kaufmann, konrad, ludwig, martha, nordpol, otto, paula, quelle, richard, samuel, "
                "siegfried, theodor, ulrich, viktor, wilhelm, xanthippe, ypsilon, zacharias"),
            .examples = entries("wie, für, wie in"),
            .symbols = entries("punkt, minus, strich, bindestrich, unterstrich, schrägstrich"),
            .at_signs = entries("at, ät, klammeraffe"),
            .mail_hosts = entries("gmail, yahoo, hotmail, outlook, icloud, gmx, web, t-online"),
            .date_parts = entries(
                "januar, jänner, februar, märz, april, mai, juni, juli, august, september, "
                "oktober, november, dezember, erster, ersten, zweiter, zweiten, dritter, dritten, "
                "vierter, vierten, fünfter, fünften, sechsten, siebten, achten, neunten, zehnten, "
                "elften, zwölften, dreizehnten, zwanzigsten, dreißigsten, der, am"),
            .abbreviations = {},
            .before_years = entries("in, seit, von, bis, im jahr, um, anno"),
            .fillers = entries("ähm, äh, hm"),
            .requests = entries(
                "telefonnummer, handynummer, mobilnummer, rückrufnummer, kontonummer, iban, "
                "kartennummer, kreditkartennummer, bestellnummer, kundennummer, auftragsnummer, "
                "buchungsnummer, rechnungsnummer, versicherungsnummer, postleitzahl, "
                "geburtsdatum, geboren, buchstabieren, e mail, email, mailadresse")}};
}

}  // namespace studio::core
