"""The prompts of lesson 00 and the model that answers them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import assets, prompting
from course_utils.prompting import Prompt, complete, load_model, question_prompt, rewriting_prompt

SEEDS = st.integers(0, 10_000)


def solved(prompt: Prompt) -> str:
    return f"{prompt.text} {prompt.answer}\n"


def share_right(make: Callable[[random.Random], Prompt], count: int = 60, seed: int = 2024) -> float:
    rng = random.Random(seed)
    prompts = [make(rng) for _ in range(count)]
    tokenizer, model = load_model()
    answers = complete(model, tokenizer, [prompt.text for prompt in prompts])
    return sum(answer == prompt.answer for answer, prompt in zip(answers, prompts, strict=True)) / count


# --- the prompts ------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, examples=st.integers(0, 4), instruction=st.booleans())
def test_rewriting_changes_the_names_and_nothing_else(seed: int, examples: int, instruction: bool) -> None:
    prompt = rewriting_prompt(random.Random(seed), examples, instruction=instruction)
    pairs = re.findall(r"escribe: «(.*)»\n.* lo cambia por:(?: «(.*)»)?", prompt.text)
    assert len(pairs) == examples + 1
    for original, changed in [*pairs[:-1], (pairs[-1][0], prompt.answer[1:-1])]:
        for before, after in zip(original.split(), changed.split(), strict=True):
            is_name = before.strip(".") in prompting.TEST_NAMES
            assert (after.strip(".") in prompting.TEST_WORDS) if is_name else (after == before)
    shown = {word for _, changed in pairs[:-1] for word in re.findall(r"\w+", changed)}
    asked = set(re.findall(r"\w+", prompt.answer)) & {*prompting.TEST_WORDS}
    assert len(asked) == 1  # the sentence to change always has a name
    assert shown & {*prompting.TEST_WORDS} <= asked  # and every example shows the same word, or none
    assert (prompt.text.splitlines()[0].find(*asked) >= 0) == instruction or examples > 0


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, facts=st.integers(1, 4), questions=st.integers(1, 3), answerable=st.booleans())
def test_the_context_has_the_answer_if_and_only_if_it_should(
    seed: int, facts: int, questions: int, answerable: bool
) -> None:
    prompt = question_prompt(random.Random(seed), facts, answerable=answerable, questions=questions)
    context = prompt.text.splitlines()[0]
    assert (prompt.answer in context) == answerable
    assert (prompt.answer == prompting.UNKNOWN) != answerable
    assert prompt.text.count("Pregunta:") == questions
    assert len(re.findall(r"\w\. |\w\.$", context)) == facts


@given(seed=SEEDS)
def test_without_context_the_question_is_the_same(seed: int) -> None:
    told = question_prompt(random.Random(seed), 2)
    alone = question_prompt(random.Random(seed), 2, context=False)
    context, rest = told.text.split("\n", 1)
    assert context.startswith("Contexto: ")
    assert alone == Prompt(rest, told.answer)


def test_training_never_sees_what_the_tests_use() -> None:
    rng = random.Random(3)
    text = "".join(
        solved(rewriting_prompt(rng, 2, instruction=True, split="train"))
        + solved(question_prompt(rng, 3, split="train"))
        for _ in range(1_500)
    )
    words = set(re.findall(r"\w+", text))
    assert not words & {*prompting.TEST_NAMES, *prompting.TEST_WORDS, "Grok"}
    values = [int(number) for number in re.findall(r"(?<!-)\b\d{2,4}\b", text)]
    assert values
    assert all(value % 7 != 5 for value in values)
    for sentence in [*prompting.TEST_SENTENCES, *prompting.TEST_PLAIN, prompting.TEST_INSTRUCTION]:
        pattern = re.escape(sentence).replace(r"\{n\}", r"\w+").replace(r"\{w\}", r"\w+")
        assert not re.search(pattern, text)


def test_chance_comes_only_from_the_generator() -> None:
    assert question_prompt(random.Random(5)) == question_prompt(random.Random(5))
    assert rewriting_prompt(random.Random(5), 2) == rewriting_prompt(random.Random(5), 2)
    assert rewriting_prompt(random.Random(5), 2) != rewriting_prompt(random.Random(6), 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda rng: rewriting_prompt(rng, -1), "examples debe estar entre 0 y 4; ha llegado -1"),
        (lambda rng: rewriting_prompt(rng, 5), "examples"),
        (lambda rng: rewriting_prompt(rng, 1, plain=1.5), "plain debe ser una probabilidad"),
        (lambda rng: rewriting_prompt(rng, 1, split="prueba"), "split debe ser «train» o «test»"),  # type: ignore[arg-type]
        (lambda rng: question_prompt(rng, 0), "facts debe estar entre 1 y 8; ha llegado 0"),
        (lambda rng: question_prompt(rng, 1, questions=9), "questions"),
        (lambda rng: question_prompt(rng, 1, split=""), "split"),  # type: ignore[arg-type]
    ],
)
def test_bad_arguments_are_named(call: Callable[[random.Random], Prompt], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(random.Random(0))


# --- the model ------------------------------------------------------------


def test_the_model_is_small_and_pinned() -> None:
    folder = assets.path("prompt-es")
    assert sum(file.stat().st_size for file in folder.iterdir()) < 3_000_000
    tokenizer, model = load_model()
    assert model.dtype == torch.float32
    assert model.num_parameters() < 1_000_000
    assert model.config.vocab_size == len(tokenizer)


def test_the_tokenizer_gives_back_every_prompt() -> None:
    tokenizer, _ = load_model()
    rng = random.Random(0)
    for _ in range(50):
        text = solved(rewriting_prompt(rng, 2)) + "奥利奥 lo cambia por: «¡Ñandú, 33 %!»"
        assert tokenizer.decode(tokenizer.encode(text), skip_special_tokens=True) == text


def test_a_name_has_the_same_tokens_anywhere() -> None:
    tokenizer, _ = load_model()
    for name in prompting.TEST_NAMES:
        tokens = tokenizer.encode(f" {name}", add_special_tokens=False)
        for text in (f"«{name} canta.»", f"Hoy {name}, sí", f"a {name}."):
            ids = tokenizer.encode(text, add_special_tokens=False)
            assert any(ids[start : start + len(tokens)] == tokens for start in range(len(ids)))


def test_complete_is_the_naive_greedy_loop() -> None:
    tokenizer, model = load_model()
    rng = random.Random(8)
    prompts = [
        rewriting_prompt(rng, 1).text,
        question_prompt(rng, 3).text,
        question_prompt(rng, context=False).text,
    ]
    for prompt, answer in zip(prompts, complete(model, tokenizer, prompts), strict=True):
        ids = tokenizer.encode(prompt)
        start = len(ids)
        while len(ids) < start + 48 and (len(ids) == start or ids[-1] != model.config.eos_token_id):
            with torch.inference_mode():
                ids.append(int(model(torch.tensor([ids])).logits[0, -1].argmax()))
        assert answer == str(tokenizer.decode(ids[start:], skip_special_tokens=True)).strip()


def test_complete_refuses_what_it_cannot_do() -> None:
    tokenizer, model = load_model()
    with pytest.raises(ValueError, match="prompts debe ser una lista"):
        complete(model, tokenizer, [])
    with pytest.raises(ValueError, match="prompts debe ser una lista"):
        complete(model, tokenizer, "Hola")
    with pytest.raises(ValueError, match="no cabe en el contexto del modelo"):
        complete(model, tokenizer, ["hola " * 400])


# The bounds lie well under the scores of the model's card (60 prompts scatter by some 6 points): a model that
# had lost a skill falls through them.


def test_examples_teach_and_weights_cannot_know() -> None:
    assert share_right(lambda rng: rewriting_prompt(rng, 0)) == 0
    assert share_right(lambda rng: rewriting_prompt(rng, 3, plain=1.0)) == 0
    assert share_right(lambda rng: rewriting_prompt(rng, 1, plain=0.0)) > 0.7
    assert share_right(lambda rng: rewriting_prompt(rng, 0, instruction=True)) > 0.75


def test_answers_come_from_the_context() -> None:
    assert share_right(lambda rng: question_prompt(rng, 3)) > 0.65
    assert share_right(lambda rng: question_prompt(rng, 3, context=False)) == 0
    assert share_right(lambda rng: question_prompt(rng, 3, answerable=False)) > 0.5


def test_the_documents_two_examples() -> None:
    tokenizer, model = load_model()
    cat = (
        "Umar escribe: «Bob tiene un canal de YouTube.»\n"
        "奥利奥 lo cambia por: «Miau tiene un canal de YouTube.»\n"
        "Umar escribe: «Alice juega con su amigo Bob.»\n"
        "奥利奥 lo cambia por:"
    )
    grok = (
        "Contexto: Grok-1 acierta el 63 por ciento. Por cierto, Grok-0 tiene 33 mil millones de parámetros.\n"
    )
    question = "Pregunta: ¿Cuántos parámetros tiene Grok-0?\nRespuesta:"
    assert complete(model, tokenizer, [cat, grok + question, question]) == [
        "«Miau juega con su amigo Miau.»",
        "Grok-0 tiene 33 mil millones de parámetros.",
        prompting.UNKNOWN,
    ]
