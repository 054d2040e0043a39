#include "core/turn/words/languages.hpp"

namespace studio::core {

TurnWords portuguese_turn_words() {
    return {
        .unfinished_ends = entries(
            "e, ou, mas, porque, que, se, quando, enquanto, embora, de, do, da, dos, das, a, ao, "
            "à, em, no, na, nos, nas, com, por, para, pra, sem, sobre, entre, desde, até, o, os, "
            "as, um, uma, uns, umas, meu, minha, meus, minhas, seu, sua, eu, é, são, então, "
            "tipo, eh, hum, ahn, hã, eu quero, eu queria, eu gostaria, gostaria de, preciso, "
            "preciso de, meu nome é, o meu nome é, me chamo, chamo-me, deixa eu ver, um momento, "
            "um segundo"),
        .never_ends = entries(
            "e, ou, mas, porque, de, do, da, dos, das, ao, com, o, os, um, uma, meu, minha, "
            "eu gostaria, gostaria de, preciso de, meu nome é, o meu nome é, me chamo, "
            "meu número é"),
        .backchannels = entries(
            "sim, aham, ahã, uhum, mm-hm, mm-hmm, mhm, mm, mmm, hm, hum, ok, okay, tá, tá bom, tá "
            "certo, está bem, certo, claro, isso, isso mesmo, é, entendi, entendo, perfeito, "
            "exato, exatamente, beleza, bom, muito bem, pois, pois é, ah, oh, legal"),
        .noises = entries("eh, hã, ahn, uh, né"),
        .interruptions = entries(
            "para, pare, espera, espere, calma, chega, não, desculpa, desculpe, perdão, licença, "
            "alô, olá, oi, ajuda, socorro, tchau, adeus, stop, um momento"),
        .dictation = {
            .digits = entries("zero, um, uma, dois, duas, três, quatro, cinco, seis, meia, sete, "
                              "oito, nove"),
            .pairs = entries(
                "dez, onze, doze, treze, catorze, quatorze, quinze, dezesseis, dezasseis, "
                "dezessete, dezassete, dezoito, dezenove, dezanove, vinte, trinta, quarenta, "
                "cinquenta, sessenta, setenta, oitenta, noventa"),
            .multipliers = entries("duplo, dobro"),
            .code_words = {},
            .examples = entries("de, como em"),
            .symbols = entries("ponto, hífen, traço, barra, sublinhado, underline"),
            .at_signs = entries("arroba"),
            .mail_hosts = entries("gmail, yahoo, hotmail, outlook, icloud, uol, bol"),
            .date_parts = entries(
                "janeiro, fevereiro, março, abril, maio, junho, julho, agosto, setembro, outubro, "
                "novembro, dezembro, de, primeiro, dia"),
            .abbreviations = {},
            .before_years = entries("em, desde, de, até, no ano de"),
            // "trinta e cinco" is one number.
            .fillers = entries("eh, hum, e"),
            .requests = entries(
                "número de telefone, telefone, número do celular, celular, telemóvel, número da "
                "conta, número do cartão, número do pedido, número da reserva, cpf, cep, código "
                "postal, código de segurança, data de nascimento, soletrar, soletre, e mail, "
                "email")}};
}

}  // namespace studio::core
