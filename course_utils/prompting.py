"""Prompts in Spanish that can only be solved from the prompt, and the small model trained to solve them.

Two tasks. In *rewriting*, a sentence is copied with every name changed for a word that is another in each
prompt, so that no weights can know it: an instruction tells it, or examples show it. In *question answering*,
a context says invented facts about invented things; the answer is there, or else it is "No lo sé.".

The model is "prompt-es" (its card: `course_utils/data/models/prompt-es/README.md`). Its training
(`tools/train_prompt_model.py`), the tests and the lesson draw their prompts here, from one definition. The
splits "train" and "test" share no name, replacement word, number, sentence or instruction.

Simplified: a real assistant meets any task in any wording; this one meets two tasks in a few wordings.
In-context learning is described by Brown et al. (2020), "Language Models are Few-Shot Learners".
"""
# ruff: noqa: SIM905 - lists of words read better as text

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from course_utils import assets

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Split = Literal["train", "test"]

TEST_NAMES = (
    "Bob Alice Umar Lucía Íñigo Marta Pablo Elena Hugo Carmen Diego Nuria Rafael Irene Óscar Valeria"
    " Tomás Julia Andrés Rocío Bruno Sofía Martín Olga Felipe Daniela Gonzalo Inés Samuel Clara Mateo"
    " Alba Nicolás Berta Jorge Emilia Ramón Teresa Víctor Paula Adrián Noa Lorenzo Vega Simón Aurora"
    " Darío Celia Fermín Leire"
).split()
TEST_WORDS = (
    "Miau Guau Beee Muuu Croac Cuac Pío Ñam Zas Plof Bzzz Oink Tilín Rataplán Chispún Patapum".split()
)
"""What the cat (or another joker) writes instead of the names."""

_STARTS = "Ayer Hoy Siempre Nunca Mañana Entonces Aquí Allí Después Luego".split()
_NOUNS = (
    "canal perro libro barco jardín coche tambor sombrero pastel reloj cuadro mercado puente teléfono"
    " tren árbol cuaderno gato abrigo caballo guitarra bicicleta casa manzana película carta flor mesa"
    " ventana tienda pelota montaña cámara lámpara canción novela radio maleta"
).split()
_VERBS = (
    "tiene compra vende pinta busca encuentra cuida lleva mira prepara regala guarda dibuja pierde"
    " arregla limpia quiere necesita estudia visita escribe cambia pregunta"
).split()
_TAILS = (
    "rojo|verde|grande|nuevo|en la playa|en el parque|cada tarde|por la mañana|con mucha calma|sin prisa"
    "|en casa|desde el lunes|muy temprano|para la fiesta|junto al río|de vez en cuando"
).split("|")
_LINKS = [
    "en el",
    "en la",
    "cada",
    "por la",
    "con mucha",
    "sin",
    "desde",
    "muy",
    "junto al",
    "de",
    "en",
    "por",
]
_COMPANIONS = ["con {n}", "para {n}", "con su amigo {n}", "y {n}", "a {n}", "de {n}", "sin {n}"]

TEST_SENTENCES = [
    "{n} tiene un canal de música.",
    "{n} juega con su amigo {n}.",
    "{n} escribe una carta a {n}.",
    "Hoy {n} canta en el teatro.",
    "{n} y {n} viajan en tren.",
    "{n} cocina para {n} cada noche.",
    "Ayer {n} perdió las llaves.",
    "La hermana de {n} toca el piano.",
    "{n} lee mucho en verano.",
    "El vecino saluda a {n} desde lejos.",
    "{n} corre por el bosque con {n}.",
    "Nunca sale {n} sin su paraguas.",
    "{n} planta tomates en la terraza.",
    "Luego {n} llama a {n}.",
]
TEST_PLAIN = [
    "Hoy llueve en la ciudad.",
    "El autobús llega tarde.",
    "La sopa está muy fría.",
    "Nunca nieva en verano.",
    "El museo cierra los lunes.",
]
"""Sentences without a name: the joker leaves them alone, so as examples they teach nothing."""

INSTRUCTIONS = [
    "Cambia todos los nombres por {w}.",
    "Cambia cada nombre por {w}.",
    "Escribe {w} en lugar de cada nombre.",
    "En vez de los nombres pon {w}.",
    "Donde haya un nombre escribe {w}.",
]
TEST_INSTRUCTION = "Cambia los nombres de todos por {w}."


@dataclass(frozen=True)
class Fact:
    """A kind of fact: how it is stated, how it is asked, and what its value looks like."""

    statement: str
    question: str
    value: Literal["number", "year", "name", "word"]


FACTS = [
    Fact("{e} tiene {v} mil millones de parámetros.", "¿Cuántos parámetros tiene {e}?", "number"),
    Fact("{e} se publicó en {v}.", "¿Cuándo se publicó {e}?", "year"),
    Fact("{e} nació en {v}.", "¿Dónde nació {e}?", "name"),
    Fact("{e} cuesta {v} euros.", "¿Cuánto cuesta {e}?", "number"),
    Fact("{e} es de color {v}.", "¿De qué color es {e}?", "word"),
    Fact("{e} vive con {v}.", "¿Con quién vive {e}?", "name"),
    Fact("{e} mide {v} metros.", "¿Cuánto mide {e}?", "number"),
    Fact("{e} acierta el {v} por ciento.", "¿Qué porcentaje acierta {e}?", "number"),
]
UNKNOWN = "No lo sé."
_INTRODUCTIONS = {
    "train": ["", "", "Según la empresa, ", "Como se sabe, ", "El modelo ", "En total, ", "Dicen que "],
    "test": ["", "Según la prensa, ", "Como dijimos, ", "Por cierto, "],
}
_COLOURS = "malva beis turquesa granate ocre lila cobre índigo".split()
_ONSETS = (
    "b c d f g j l m n p r s t v b c d f g l m n p r s t ll ñ z br cr dr fl gr pl tr ch qu h k w y".split()
)
_VOWELS = [*"aeiou" * 5, *"áéíóú", "ia", "ie", "ue", "io"]
_CODAS = [*[""] * 24, *"nrslnrslzbdmcx"]


@dataclass(frozen=True)
class Prompt:
    """A prompt and the continuation expected of a model that solves it (both without a final newline)."""

    text: str
    answer: str


def _pseudoword(rng: random.Random) -> str:
    """Return an invented word that can be pronounced in Spanish, never one of the test split."""
    word: str
    while True:
        if (
            rng.random() < 0.35
        ):  # letters as they come: real words have clusters and vowels that syllables lack
            letters = rng.choices(_LETTERS, k=rng.choice([3, 4, 4, 5, 5, 6, 7]))
            word = "".join(letters)
            if word.capitalize() not in _RESERVED:
                return word
        start = "" if rng.random() < 0.15 else rng.choice(_ONSETS)
        word = start + rng.choice(_VOWELS) + rng.choice(_CODAS)
        for _ in range(rng.choice([0, 1, 1, 1, 2])):
            word += rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS)
        if rng.random() < 0.04:  # as a cow's "Muuu"
            word += 2 * word[-1]
        if len(word) > 2 and word.capitalize() not in _RESERVED:
            return word


_LETTERS = "aaaaaaeeeeeeiiiiooooouuubccdddffgghjllmmnnnnppqrrrrsssstttvxzáéíóñ"
_RESERVED = {*TEST_NAMES, *TEST_WORDS, "Grok"}


def _name(rng: random.Random, split: Split) -> str:
    """Return a name: an invented one to train, a real one to test."""
    return rng.choice(TEST_NAMES) if split == "test" else _pseudoword(rng).capitalize()


def _sentence(rng: random.Random, split: Split, named: bool) -> str:
    """Return a sentence with {n} where a name goes (one or two), or with none."""
    if split == "test":
        return rng.choice(TEST_SENTENCES if named else TEST_PLAIN)

    def word(known: list[str]) -> str:  # half the words are invented: any word must be copied, not recalled
        return _pseudoword(rng) if rng.random() < 0.5 else rng.choice(known)

    words = [
        word(_VERBS),
        rng.choice(["un", "una", "el", "la", "los", "las", "su", "mi", "por el"]),
        word(_NOUNS),
    ]
    if rng.random() < 0.5:
        words.append(f"{rng.choice(_LINKS)} {_pseudoword(rng)}" if rng.random() < 0.6 else rng.choice(_TAILS))
    if rng.random() < 0.35:
        words.insert(rng.randrange(len(words)), _pseudoword(rng))
    if rng.random() < 0.2:
        rng.shuffle(words)
    someone = f"{rng.choice(['El', 'La', 'Un', 'Mi', 'Su'])} {word(_NOUNS)}"
    if not named:
        return f"{rng.choice([someone, rng.choice(_STARTS)])} {' '.join(words)}."
    second = rng.random() < 0.45
    if second:
        words.insert(rng.randint(1, len(words)), rng.choice(_COMPANIONS))
    opening = rng.choice(["{n}"] * 4 + [f"{rng.choice(_STARTS)} {{n}}", f"{someone} de {{n}}"])
    if second and rng.random() < 0.3:
        opening = rng.choice([rng.choice(_STARTS), someone])
    return f"{opening} {' '.join(words)}."


def _fill(rng: random.Random, split: Split, sentence: str, word: str) -> tuple[str, str]:
    """Return the sentence with names, and as the joker changes it."""
    original = sentence
    while "{n}" in original:
        original = original.replace("{n}", _name(rng, split), 1)
    return original, sentence.replace("{n}", word)


def rewriting_prompt(
    rng: random.Random, examples: int, instruction: bool = False, split: Split = "test", plain: float = 0.25
) -> Prompt:
    """Draw a prompt of the rewriting task: change every name for a word that only the prompt tells.

    Args:
        rng: source of chance; the same state gives the same prompt.
        examples: how many solved examples come before the sentence to change.
        instruction: whether the first line says what to do, and with which word.
        split: "train" or "test"; names, words and sentences of one never appear in the other.
        plain: probability that an example has no name, so that it does not show the word.

    Raises:
        ValueError: if `examples` is not between 0 and 4, `plain` no probability, or `split` unknown.

    >>> prompt = rewriting_prompt(random.Random(1), examples=0, instruction=True)
    >>> print(prompt.text, prompt.answer)
    Cambia los nombres de todos por Croac.
    Ramón escribe: «Tomás juega con su amigo Elena.»
    Fermín lo cambia por: «Croac juega con su amigo Croac.»
    """
    _check_split(split)
    if not 0 <= examples <= 4:
        raise ValueError(f"examples debe estar entre 0 y 4; ha llegado {examples}")
    if not 0 <= plain <= 1:
        raise ValueError(f"plain debe ser una probabilidad entre 0 y 1; ha llegado {plain}")
    word = rng.choice(TEST_WORDS) if split == "test" else _pseudoword(rng).capitalize()
    writer, joker = _name(rng, split), _name(rng, split)
    if (
        split == "train" and rng.random() < 0.1
    ):  # any alphabet may name the joker: its bytes are seen in training
        joker = "".join(chr(rng.randrange(0x4E00, 0x9FA5)) for _ in range(rng.choice([2, 3])))
    lines = []
    if instruction:
        wording = TEST_INSTRUCTION if split == "test" else rng.choice(INSTRUCTIONS)
        lines.append(wording.format(w=word))
    used: set[str] = set()
    for turn in range(examples + 1):
        named = turn == examples or rng.random() >= plain
        while (sentence := _sentence(rng, split, named)) in used:
            pass
        used.add(sentence)
        original, changed = _fill(rng, split, sentence, word)
        lines += [f"{writer} escribe: «{original}»", f"{joker} lo cambia por: «{changed}»"]
    return _cut("\n".join(lines), " lo cambia por:")


def _value(rng: random.Random, split: Split, kind: str) -> str:
    if kind == "name":
        return _name(rng, split)
    if kind == "word":
        return rng.choice(_COLOURS) if split == "test" else _pseudoword(rng)
    while True:  # numbers that leave 5 when divided by 7 (33 does) are kept for the tests
        number = rng.randint(10, 99) if kind == "number" else rng.randint(1900, 2030)
        if (number % 7 == 5) == (split == "test"):
            return str(number)


def _entities(rng: random.Random, split: Split, count: int) -> list[str]:
    """Return different names; sometimes versions of one thing, as Grok-0 and Grok-1."""
    if rng.random() < 0.15:
        base = _name(rng, split)
        return [f"{base}-{version}" for version in rng.sample(range(10), count)]
    names: dict[str, None] = {}
    while len(names) < count:
        suffix = f"-{rng.randrange(10)}" if rng.random() < 0.15 else ""
        names[_name(rng, split) + suffix] = None
    return list(names)


def question_prompt(
    rng: random.Random,
    facts: int = 3,
    answerable: bool = True,
    context: bool = True,
    split: Split = "test",
    questions: int = 1,
) -> Prompt:
    """Draw a prompt of the question-answering task.

    Args:
        rng: source of chance; the same state gives the same prompt.
        facts: how many facts the context states, about one or two things.
        answerable: whether the context says what the last question asks.
        context: without it, the same question comes alone; `answer` is still what the context would say.
        split: "train" or "test"; names and numbers of one never appear in the other.
        questions: how many questions, all but the last one with their answers.

    Raises:
        ValueError: if `facts` or `questions` is not between 1 and 8, or `split` unknown.

    >>> prompt = question_prompt(random.Random(0), facts=1)
    >>> print(prompt.text, prompt.answer)
    Contexto: Como dijimos, Tomás mide 89 metros.
    Pregunta: ¿Cuánto mide Tomás?
    Respuesta: Tomás mide 89 metros.
    """
    _check_split(split)
    for argument, amount in (("facts", facts), ("questions", questions)):
        if not 1 <= amount <= len(FACTS):
            raise ValueError(f"{argument} debe estar entre 1 y {len(FACTS)}; ha llegado {amount}")
    *known, stranger = _entities(rng, split, rng.choice([2, 2, 3] if facts > 1 else [2]))
    pairs = rng.sample([(entity, fact) for entity in known for fact in FACTS], facts)
    told = {pair: pair[1].statement.format(e=pair[0], v=_value(rng, split, pair[1].value)) for pair in pairs}
    unsaid = [(entity, fact) for entity in [*known, stranger] for fact in FACTS if (entity, fact) not in told]
    stated = " ".join(rng.choice(_INTRODUCTIONS[split]) + told[pair] for pair in pairs)
    lines = [f"Contexto: {stated}"] if context else []
    for turn in range(questions):
        can = answerable if turn == questions - 1 else rng.random() < 0.7
        entity, fact = rng.choice(pairs if can else unsaid)
        reply = told.get((entity, fact), UNKNOWN) if context or turn == questions - 1 else UNKNOWN
        lines += ["Pregunta: " + fact.question.format(e=entity), "Respuesta: " + reply]
    return _cut("\n".join(lines), "Respuesta:")


def _cut(solved: str, marker: str) -> Prompt:
    """Part a solved prompt after the last marker."""
    text, marker, answer = solved.rpartition(marker)
    return Prompt(text + marker, answer.strip())


def _check_split(split: str) -> None:
    if split not in ("train", "test"):
        raise ValueError(f"split debe ser «train» o «test»; ha llegado {split!r}")


BATCH_SIZE = 32


def load_model() -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
    r"""Return the tokenizer and the model of "prompt-es", in evaluation mode, on CPU.

    A GPT-2 (Radford et al., 2019) of 4 layers and width 128; its end token is the newline. Loaded once per
    process.

    Raises:
        AssetError: if its files are not those of the course.

    >>> tokenizer, model = load_model()
    >>> complete(model, tokenizer, ["Pregunta: ¿Cuánto mide Bob?\nRespuesta:"])
    ['No lo sé.']
    """
    return assets.load_causal_lm("prompt-es")


def complete(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[str],
    max_new_tokens: int = 48,
) -> list[str]:
    """Continue each prompt greedily up to the end of its line, in batches (a large one needs much memory).

    Shorter prompts are padded on the left, so that every continuation begins in the last column.

    Args:
        model: a causal language model of transformers whose end token is the newline.
        tokenizer: its tokenizer, padding on the left.
        prompts: the texts to continue, at least one.
        max_new_tokens: where to stop if no newline comes.

    Raises:
        ValueError: if there are no prompts, or one does not fit in the model's context.
    """
    import torch

    if isinstance(prompts, str) or not prompts:
        raise ValueError(f"prompts debe ser una lista con al menos un texto; ha llegado {prompts!r}")
    longest = max(len(ids) for ids in tokenizer(list(prompts))["input_ids"])
    if longest + max_new_tokens > model.config.n_positions:
        raise ValueError(
            f"prompts: el más largo ocupa {longest} tokens y, con {max_new_tokens} nuevos, no cabe en el "
            f"contexto del modelo ({model.config.n_positions})"
        )
    answers: list[str] = []
    for first in range(0, len(prompts), BATCH_SIZE):
        some = list(prompts[first : first + BATCH_SIZE])
        batch = tokenizer(some, return_tensors="pt", padding=True).to(model.device)
        with torch.inference_mode():
            output = model.generate(  # type: ignore[operator]
                **batch, max_new_tokens=max_new_tokens, do_sample=False
            )
        new_ids = output[:, batch["input_ids"].shape[1] :]
        answers += [text.strip() for text in tokenizer.batch_decode(new_ids, skip_special_tokens=True)]
    return answers
