#include "core/turn/words/languages.hpp"

namespace studio::core {

TurnWords spanish_turn_words() {
    return {
        .unfinished_ends = entries(
            "y, e, o, u, pero, porque, que, si, cuando, mientras, aunque, de, del, a, al, en, con, "
            "por, para, sin, sobre, entre, desde, hasta, el, la, los, las, un, una, unos, unas, "
            "mi, mis, tu, su, sus, este, esta, me, pues, o sea, es, son, eh, em, um, ehm, quiero, "
            "quisiera, necesito, me gustaría, me llamo, mi nombre es, puedo, puede, vamos a ver, "
            "a ver, un momento, un segundo"),
        .never_ends =
            entries("y, o, pero, porque, el, los, las, un, una, de, del, al, con, mi, quisiera, "
                    "me gustaría, me llamo, mi nombre es, mi número es"),
        .backchannels = entries(
            "sí, si, ajá, aja, mm-hm, mm-hmm, mhm, mm, mmm, hm, uh-huh, ok, okay, vale, claro, "
            "claro que sí, ya, ya veo, bien, muy bien, bueno, de acuerdo, entiendo, entendido, "
            "perfecto, exacto, correcto, dale, ah, oh, eso es"),
        .noises = entries("eh, em, ehm, um, uh"),
        .interruptions = entries(
            "para, pare, espera, espere, alto, basta, no, perdón, perdona, perdone, disculpa, "
            "disculpe, oye, oiga, hola, ayuda, adiós, stop, un momento"),
        .dictation = {
            .digits = entries("cero, uno, dos, tres, cuatro, cinco, seis, siete, ocho, nueve"),
            .pairs = entries(
                "diez, once, doce, trece, catorce, quince, dieciséis, diecisiete, dieciocho, "
                "diecinueve, veinte, veintiuno, veintidós, veintitrés, veinticuatro, veinticinco, "
                "veintiséis, veintisiete, veintiocho, veintinueve, treinta, cuarenta, cincuenta, "
                "sesenta, setenta, ochenta, noventa"),
            .multipliers = entries("doble, triple"),
            .code_words = {},
            .examples = entries("de, como en, como"),
            .symbols = entries("punto, guion, guión, guion bajo, guión bajo, barra"),
            .at_signs = entries("arroba"),
            .mail_hosts = entries("gmail, yahoo, hotmail, outlook, icloud"),
            .date_parts = entries(
                "enero, febrero, marzo, abril, mayo, junio, julio, agosto, septiembre, setiembre, "
                "octubre, noviembre, diciembre, de, del, primero, el"),
            .abbreviations = entries("a m, p m"),
            .before_years = entries("en, desde, de, del, hasta, el año"),
            // "treinta y cinco" is one number.
            .fillers = entries("eh, em, um, y"),
            .requests = entries(
                "número de teléfono, número de móvil, número de celular, número de cuenta, número "
                "de tarjeta, número de reserva, número de pedido, número de cliente, número de "
                "referencia, código postal, código de seguridad, fecha de nacimiento, deletrear, "
                "deletrea, deletrearme, correo, correo electrónico, email, su teléfono, tu "
                "teléfono, dni")}};
}

}  // namespace studio::core
