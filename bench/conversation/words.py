"""How many words of what was said were understood otherwise."""

import re

ONES = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen").split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
# Spelt in two ways, or said in two ways where both are right.
SAME = {"oh": "zero", "o'clock": "oclock", "ok": "okay", "mr": "mister", "cannot": "can not",
        "i'd": "i would", "i'll": "i will", "i'm": "i am", "it's": "it is", "that's": "that is",
        "don't": "do not", "what's": "what is", "we're": "we are", "p.m": "pm", "a.m": "am"}
# Sounds that a recogniser may or may not write.
FILLERS = {"um", "uh", "er", "erm", "hmm", "mm"}


def number_words(digits, one_by_one):
    """A number below 100 in words; a longer one, and a dictated one, digit by digit."""
    value = int(digits)
    if one_by_one or len(digits) > 2 or digits[0] == "0":
        return [ONES[int(digit)] for digit in digits]
    if value < 20:
        return [ONES[value]]
    return [TENS[value // 10 - 2]] + ([ONES[value % 10]] if value % 10 else [])


def normalise(text, dictated=False):
    """Lower case, no punctuation, numbers as words, no fillers; a list of words."""
    words = []
    for word in re.findall(r"\d+|[a-z][a-z'.]*", text.lower().replace("’", "'")):
        word = word.strip("'.")
        if word.isdigit():
            words += number_words(word, dictated)
        elif word not in FILLERS:
            words += re.sub(r"[.']", "", SAME.get(word, word)).split()
    return words


def errors(said, understood):
    """The fewest words that must be put in, left out or replaced (two lists of words)."""
    row = list(range(len(understood) + 1))
    for i, word in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(understood, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


def compare(said, understood, dictated=False):
    """(wrong words, words said)."""
    said = normalise(said, dictated)
    return errors(said, normalise(understood, dictated)), len(said)
