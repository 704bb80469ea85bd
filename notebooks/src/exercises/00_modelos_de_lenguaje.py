# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Ejercicios 00 · Modelos de lenguaje
#
# Aquí construyes, pieza a pieza, lo que en la lección has visto funcionar: un modelo que cuenta, la
# medida que dice si es bueno, las perillas con las que se sortea la palabra siguiente y el bucle que
# escribe. Los ejercicios siguen el orden de la lección, pero cada uno se puede hacer suelto, y dice lo
# difícil que es y cuánto suele llevar.
#
# En cada ejercicio hay una función sin cuerpo. Sustituye la línea `raise NotImplementedError` por tu
# solución, ejecuta la celda y después la de `exercises.check`. Si algo no cuadra, la respuesta te enseña
# el caso más pequeño que falla y, cuando reconoce el error, te da una pista. Puedes comprobar tantas
# veces como quieras, y hay muchas soluciones buenas.

# %%
import math
from collections import Counter
from itertools import pairwise

import numpy as np

from course_utils import exercises

# %% [markdown]
# ## Contar y medir
#
# Un modelo de lenguaje reparte probabilidad entre las palabras que podrían venir. El primero que vas a
# escribir lo hace contando; después encadenarás sus respuestas para puntuar una frase entera y resumirás
# la nota en un solo número.
#
# Dos herramientas que ya están importadas te ahorran trabajo: `Counter(lista)` cuenta cuántas veces
# aparece cada elemento, y `pairwise(lista)` recorre las parejas de elementos seguidos.


# %% exercise="00.1"
def bigram_probability(tokens: list[str], previous: str, word: str, k: float) -> float:
    ### BEGIN SOLUTION
    followers = [after for before, after in pairwise(tokens) if before == previous]
    return (followers.count(word) + k) / (len(followers) + k * len(Counter(tokens)))
    ### END SOLUTION


# %% exercise="00.2"
def sentence_log_probability(sentence: list[str], model: dict[str, dict[str, float]]) -> float:
    ### BEGIN SOLUTION
    contexts, words = ["<s>", *sentence], [*sentence, "</s>"]
    chances = [model.get(v, {}).get(w, 0) for v, w in zip(contexts, words, strict=True)]
    return math.fsum(math.log(p) if p > 0 else -math.inf for p in chances)
    ### END SOLUTION


# %% exercise="00.3"
def perplexity(log_probabilities: list[float]) -> float:
    ### BEGIN SOLUTION
    return float(1 / np.exp(np.mean(log_probabilities)))
    ### END SOLUTION


# %% [markdown]
# ## Elegir la siguiente palabra
#
# Ya tenemos probabilidades. ¿Qué hacemos con ellas? Sortear sin más da textos disparatados; tomar siempre
# la primera, textos monótonos. La temperatura y el núcleo son las dos perillas que hay entre medias, y
# las mismas que encontrarás en cualquier API de un modelo grande.


# %% exercise="00.4"
def softmax_with_temperature(logits: np.ndarray, temperature: float) -> np.ndarray:
    ### BEGIN SOLUTION
    scaled = logits / temperature
    log_total = np.logaddexp.reduce(scaled)
    return np.asarray(np.exp(scaled - log_total))
    ### END SOLUTION


# %% exercise="00.5"
def nucleus(probabilities: np.ndarray, p: float) -> np.ndarray:
    ### BEGIN SOLUTION
    kept = [0.0] * len(probabilities)
    total = 0.0
    for i in sorted(range(len(kept)), key=lambda i: probabilities[i], reverse=True):
        if total >= p:
            break
        kept[i] = float(probabilities[i])
        total += kept[i]
    return np.array(kept) / total
    ### END SOLUTION


# %% [markdown]
# Con eso se elige *una* palabra. Un texto es hacerlo muchas veces, y en cada vuelta el modelo solo ve lo
# que ya está escrito: no tiene plan, ni borrador, ni memoria de lo que descartó.


# %% exercise="00.6"
def greedy_generate(model: dict[str, dict[str, float]], start: str, max_new_tokens: int) -> list[str]:
    ### BEGIN SOLUTION
    text = [start]
    while len(text) < max_new_tokens + 1 and text[-1] in model:
        ranking = sorted(model[text[-1]].items(), key=lambda option: option[1])
        if not ranking or ranking[-1][0] == "</s>":
            break
        text.append(ranking[-1][0])
    return text
    ### END SOLUTION


# %% [markdown]
# ## Del texto a la tarea, y más allá del texto
#
# Un modelo que continúa textos resuelve tareas si el texto está bien planteado: eso es el *prompt
# engineering*. Y la idea de secuencia da para más que palabras, como verás en el último ejercicio con una
# imagen.


# %% exercise="00.7"
def few_shot_prompt(instruction: str, examples: list[tuple[str, str]], question: str) -> str:
    ### BEGIN SOLUTION
    prompt = instruction + "\n\n"
    for given, answer in examples:
        prompt += f"Entrada: {given}\nSalida: {answer}\n\n"
    return prompt + f"Entrada: {question}\nSalida:"
    ### END SOLUTION


# %% exercise="00.8"
def image_to_patches(image: np.ndarray, size: int) -> np.ndarray:
    ### BEGIN SOLUTION
    height, width, _ = image.shape
    corners = [(top, left) for top in range(0, height, size) for left in range(0, width, size)]
    return np.stack([image[top : top + size, left : left + size].ravel() for top, left in corners])
    ### END SOLUTION


# %% [markdown]
# ## ¿Cómo vas?
#
# En tu ordenador, lo resuelto se guarda: cuando vuelvas otro día seguirá aquí. En Colab y en Binder dura
# lo que la sesión.

# %%
exercises.progress()
