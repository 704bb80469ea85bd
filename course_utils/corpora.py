"""The texts of the course: an English one to count on, a Spanish one of our own, and evaluation sets.

Nothing is downloaded. The English texts and the evaluation sets travel in gensim's wheel, among its test
data; the Spanish ones were written for this course and live in `course_utils/data/spanish`:

- `articles/*.md`: short articles written by hand, several in each file, each under a `## Title`.
- `facts/*.tsv`: tables of facts, one row per thing; `facts/*.txt`: the sentences that render those rows,
  with the name of a column between braces. The class `Term` says what else the braces may hold.

Every public function returns a new list, so that whoever changes it spoils nobody else's copy.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import NamedTuple

SPANISH_DATA = Path(__file__).parent / "data" / "spanish"
_WIKIPEDIA = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
_PAIR_FILES = {"wordsim353": "wordsim353.tsv", "simlex999": "simlex999.txt"}
_WORD = re.compile(r"[^\W\d_]+")


class Article(NamedTuple):
    """A text with a title; immutable, hence safe to share."""

    title: str
    text: str


# --- Words and sentences ---------------------------------------------------------------------------------


def split_sentences(text: str) -> list[str]:
    """Cut a text where a full stop, question or exclamation mark is followed by a capital letter.

    An abbreviation ("Mr. Smith") is cut too; for training vectors that does no harm.

    >>> split_sentences("Llueve en Lima. ¿Y en Quito? También.")
    ['Llueve en Lima.', '¿Y en Quito?', 'También.']
    """
    pieces = re.split(r"(?<=[.!?…])[\"»”')]*\s+(?=[\"«“'(¿¡]*[A-ZÁÉÍÓÚÜÑ0-9])|\n+", text)
    return [piece.strip() for piece in pieces if piece.strip()]


def split_words(text: str) -> list[str]:
    """Return the lowercased words of a text: runs of letters, without digits or punctuation.

    >>> split_words("El Ebro mide 930 km.")
    ['el', 'ebro', 'mide', 'km']
    """
    return [word for word in _WORD.findall(text.lower()) if word.isalpha()]


# --- English Wikipedia -----------------------------------------------------------------------------------

# Sections that hold lists of books and links instead of prose; everything until the next heading goes.
_NO_PROSE = frozenset(
    [
        "references",
        "external links",
        "see also",
        "further reading",
        "notes",
        "bibliography",
        "footnotes",
        "sources",
        "citations",
        "notes and references",
        "references and notes",
        "works cited",
        "discography",
        "filmography",
        "gallery",
    ]
)
_MINIMUM_WORDS = 150
_SHORTEST_LINE = 5  # words; what is shorter is a table cell or a caption


def _prose(markup: str) -> str:
    """Remove what `filter_wiki` leaves: headings, list marks, table cells, references, empty brackets."""
    lines, skipped_level = [], 0  # the level of the heading that opened the section being skipped, or 0
    for line in re.sub(r"'{2,}|https?://\S+|__TOC__", "", markup).splitlines():
        heading = re.fullmatch(r"\s*(=+)\s*(.*?)\s*=+\s*", line)
        if heading:
            level = len(heading[1])
            if not skipped_level or level <= skipped_level:
                skipped_level = level if heading[2].lower() in _NO_PROSE else 0
        elif not skipped_level and "|" not in line and len(split_words(line)) >= _SHORTEST_LINE:
            lines.append(re.sub(r"^[\s,*#:;]+|^File:", "", line))
        elif not line.strip():
            lines.append("")
    text = "\n".join(lines)
    # A removed template leaves its commas and brackets behind: "the Greek , i.e." and "( ; )".
    text = re.sub(r"\(\s*[,;:\s]*", "(", re.sub(r"[\s,;]+\)", ")", text))
    text = re.sub(r"[ \t\xa0]*\(\)|[ \t\xa0]+(?=[,.;:)])", "", text)
    text = re.sub(r"[ \t\xa0]+", " ", text)
    return re.sub(r"\n\s*\n+", "\n\n", text).strip()


@functools.cache
def _wikipedia() -> tuple[Article, ...]:
    # About 2 s of processor: less than writing, checking and trusting a cache on disk would deserve.
    import bz2

    from gensim.corpora.wikicorpus import extract_pages, filter_wiki
    from gensim.test.utils import datapath

    articles = []
    with bz2.open(datapath(_WIKIPEDIA)) as dump:
        for title, markup, _ in extract_pages(dump, filter_namespaces=("0",)):
            if markup is None or markup.lstrip().upper().startswith("#REDIRECT"):
                continue
            text = _prose(filter_wiki(markup))
            if not title.endswith("(disambiguation)") and len(split_words(text)) >= _MINIMUM_WORDS:
                articles.append(Article(title, text))
    return tuple(articles)


def wikipedia() -> list[Article]:
    """Return about a hundred whole articles of the English Wikipedia, cleaned of markup.

    They are the first pages of a dump, so nearly all titles begin with A: Anarchism, Autism, Albedo…
    Redirections, disambiguation pages, reference sections and stubs are left out.

    Source: Wikipedia (CC BY-SA 4.0; the text is by its authors, named in each page's history), as
    shortened in the test data of gensim's wheel.

    >>> wikipedia()[0].title
    'Anarchism'
    """
    return list(_wikipedia())


@functools.cache
def _wikipedia_sentences() -> tuple[tuple[str, ...], ...]:
    prose = (sentence for article in _wikipedia() for sentence in split_sentences(article.text))
    sentences = map(split_words, prose)
    return tuple(tuple(words) for words in sentences if len(words) > 1)


def wikipedia_sentences() -> list[list[str]]:
    """Return the sentences of `wikipedia()` as lists of lowercased words, those of one word left out.

    >>> wikipedia_sentences()[0][:5]
    ['anarchism', 'is', 'a', 'political', 'philosophy']
    """
    return [list(words) for words in _wikipedia_sentences()]


# --- Evaluation sets -------------------------------------------------------------------------------------


def word_pairs_path(name: str) -> Path:
    """Return the file of a similarity test, as gensim's `KeyedVectors.evaluate_word_pairs` reads it.

    Args:
        name: "wordsim353" (353 pairs, relatedness; Finkelstein et al., 2002) or "simlex999" (999 pairs,
            strict similarity; Hill, Reichart and Korhonen, 2015). Both are free for research, and their
            files in gensim's wheel name their authors' pages.

    Raises:
        ValueError: if the name is another one.

    >>> word_pairs_path("simlex999").name
    'simlex999.txt'
    """
    from gensim.test.utils import datapath

    if name not in _PAIR_FILES:
        raise ValueError(f"name debe ser «wordsim353» o «simlex999»; ha llegado {name!r}")
    return Path(datapath(_PAIR_FILES[name]))


def word_pairs(name: str) -> list[tuple[str, str, float]]:
    """Return the triples (word, word, similarity from 0 to 10 according to people) of a similarity test.

    Raises:
        ValueError: if the name is unknown; see `word_pairs_path`.

    >>> word_pairs("wordsim353")[1]
    ('tiger', 'cat', 7.35)
    """
    lines = word_pairs_path(name).read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return [(first, second, float(score)) for first, second, score in rows]


def analogies_path() -> Path:
    """Return Google's 19,544 analogies in 14 sections (Mikolov et al., 2013; Apache 2.0), in gensim's wheel.

    Each line holds four words: "Athens Greece Baghdad Iraq". It is what
    `KeyedVectors.evaluate_word_analogies` reads.

    >>> analogies_path().name
    'questions-words.txt'
    """
    from gensim.test.utils import datapath

    return Path(datapath("questions-words.txt"))


def film_reviews() -> list[tuple[str, int]]:
    """Return 200 sentences of English film reviews with their label: 1 favourable, 0 unfavourable, half each.

    Source: the first ones of the sentence polarity dataset v1.0 (Pang and Lee, "Seeing stars", ACL 2005),
    distributed for research by its authors and, in this sample, by gensim's wheel.

    >>> film_reviews()[0]
    ('simplistic , silly and tedious .', 0)
    """
    from gensim.test.utils import datapath

    lines = Path(datapath("pang_lee_polarity.cor")).read_text(encoding="cp1252").splitlines()
    labelled = (line.split(maxsplit=1) for line in lines if line.strip())
    return [(text.strip(), int(label == "__label__pos")) for label, text in labelled]


# --- Spanish ---------------------------------------------------------------------------------------------

# The stress mark that a word loses when it gains a syllable: león, leones; francés, francesa.
_UNMARKED = str.maketrans("áéíóú", "aeiou")
_ARTICLES = ("el", "la", "los", "las")
# Feminine nouns that take "el" because they begin with a stressed a.
_STRESSED_A = frozenset(
    ["águila", "agua", "ala", "alga", "alma", "ancla", "arma", "arpa", "ave", "hacha", "haya"]
)


def plural(word: str) -> str:
    """Return the plural of a Spanish noun or adjective in the singular.

    Of several words, those before the first preposition change.

    >>> [plural(word) for word in ("gato", "león", "pez", "oso polar", "clave de sol", "lunes")]
    ['gatos', 'leones', 'peces', 'osos polares', 'claves de sol', 'lunes']
    """
    head, preposition, tail = re.fullmatch(r"(.*?)(?:( (?:de|del|en|a|con) )(.*))?", word).groups("")  # type: ignore[union-attr]
    if " " in head:
        return " ".join(map(plural, head.split())) + preposition + tail
    if re.search("[áéíóú][ns]$", head):
        head = head[:-2] + head[-2:].translate(_UNMARKED) + "es"
    elif head.endswith("z"):
        head = head[:-1] + "ces"
    elif head[-1] in "aeiouáéó":
        head += "s"
    elif not head.endswith(("s", "x")):
        head += "es"
    return head + preposition + tail


def feminine(word: str) -> str:
    """Return the feminine of a Spanish adjective.

    >>> [feminine(word) for word in ("italiano", "francés", "belga", "español", "trabajador", "veloz")]
    ['italiana', 'francesa', 'belga', 'española', 'trabajadora', 'veloz']
    """
    if word.endswith("o"):
        return word[:-1] + "a"
    if re.search("([áéíóú][ns]|dor|ol)$", word):
        return word[:-2] + word[-2:].translate(_UNMARKED) + "a"
    return word


class Term(str):
    """A cell of a table of facts, which knows how to agree when a template asks for it.

    A noun is written with its article ("el perro"); a proper noun or another thing, without it ("Roma").
    In a template, `{animal}` is the cell as it stands, and after a colon may come:

    - `-`: without article; `un`: with the indefinite one; `de`, `a`: after that preposition;
    - `pl`: in the plural with its article; `pl-`: in the plural without it;
    - `f`: in the feminine, for an adjective;
    - `x/y`: x if the noun is masculine, y if feminine; `x|y`: x if it is singular, y if plural.

    >>> "{a:un} y {b:un}, la voz {a:de}, {a:pl}, bonit{b:o/a}".format(a=Term("el león"), b=Term("la vaca"))
    'un león y una vaca, la voz del león, los leones, bonita'
    """

    @property
    def parts(self) -> tuple[str, str]:
        """The article, empty if there is none, and the rest."""
        article, _, rest = self.partition(" ")
        return (article, rest) if article in _ARTICLES else ("", str(self))

    @property
    def feminine(self) -> bool:
        """Whether the noun is feminine, "el águila" included."""
        article, noun = self.parts
        return article in ("la", "las") or noun.split()[0] in _STRESSED_A

    @property
    def is_plural(self) -> bool:
        """Whether the noun comes with a plural article."""
        return self.parts[0] in ("los", "las")

    def __format__(self, spec: str) -> str:
        article, noun = self.parts
        if "/" in spec:
            return spec.split("/")[self.feminine]
        if "|" in spec:
            return spec.split("|")[self.is_plural]
        if spec == "un":
            return f"{'una' if article == 'la' else 'un'} {noun}"
        if spec in ("de", "a"):
            contracted = {"de el": "del", "a el": "al"}.get(f"{spec} {article}")
            return f"{contracted} {noun}" if contracted else f"{spec} {self}"
        if spec == "pl":
            return f"{'las' if self.feminine else 'los'} {plural(noun)}"
        if spec == "f":
            return feminine(noun)
        if spec in ("-", "pl-"):
            return plural(noun) if spec == "pl-" else noun
        if spec:
            raise ValueError(f"la plantilla pide «{spec}», que no existe; mira la clase Term")
        return str(self)


def spanish_facts(topic: str) -> list[dict[str, Term]]:
    """Return a table of facts as a list of rows: name of the column -> cell, empty where it does not apply.

    Raises:
        ValueError: if there is no table of that topic.

    >>> roma = next(row for row in spanish_facts("countries") if row["capital"] == "Roma")
    >>> str(roma["country"])
    'Italia'
    """
    topics = sorted(path.stem for path in (SPANISH_DATA / "facts").glob("*.tsv"))
    if topic not in topics:
        raise ValueError(f"topic debe ser uno de {', '.join(topics)}; ha llegado {topic!r}")
    text = (SPANISH_DATA / "facts" / f"{topic}.tsv").read_text(encoding="utf-8")
    header, *rows = (line.split("\t") for line in text.splitlines() if line)
    return [dict(zip(header, map(Term, row), strict=True)) for row in rows]


@functools.cache
def _spanish_sentences() -> tuple[str, ...]:
    sentences: dict[str, None] = {}  # a dictionary keeps the order and drops the repeated
    for path in sorted((SPANISH_DATA / "facts").glob("*.tsv")):
        lines = path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
        templates = [(line, set(re.findall(r"{(\w+)", line))) for line in lines if line and line[0] != "#"]
        for row in spanish_facts(path.stem):
            for template, columns in templates:
                if all(row[column] for column in columns):
                    sentence = template.format(**row)
                    first = re.search(r"\w", sentence)
                    start = first.start() if first else 0
                    sentences[sentence[:start] + sentence[start].upper() + sentence[start + 1 :]] = None
    return tuple(sentences)


def spanish_sentences() -> list[str]:
    """Return tens of thousands of Spanish sentences that state facts, with capitals and punctuation.

    They are generated: each row of `facts/*.tsv` fills each template of the file of the same name. The facts
    are true and the sentences correct, but their style repeats itself: good for training a small model, not
    for judging how natural a model's Spanish is. For natural prose, see `spanish_articles`.

    Always in the same order, by topic; shuffle them before training. None is repeated.

    Source: written for this course (CC BY 4.0).

    >>> "Roma es la capital de Italia." in spanish_sentences()
    True
    """
    return list(_spanish_sentences())


@functools.cache
def _spanish_articles() -> tuple[Article, ...]:
    articles = []
    for path in sorted((SPANISH_DATA / "articles").glob("*.md")):
        for section in re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            title, text = section.split("\n", 1)
            articles.append(Article(title.strip(), text.strip()))
    return tuple(articles)


def spanish_articles() -> list[Article]:
    """Return short Spanish articles about real things, written by hand for this course (CC BY 4.0).

    Paragraphs are separated by an empty line.

    >>> any(article.title == "El Everest" for article in spanish_articles())
    True
    """
    return list(_spanish_articles())


def spanish_words() -> list[list[str]]:
    """Return the lowercased words of each sentence of `spanish_articles()` and `spanish_sentences()`.

    >>> ["roma", "es", "la", "capital", "de", "italia"] in spanish_words()
    True
    """
    prose = (sentence for article in _spanish_articles() for sentence in split_sentences(article.text))
    return [split_words(sentence) for sentence in (*prose, *_spanish_sentences())]
