"""Exercises of lesson 00: language models.

Each exercise is its reference, the cases it is tried on and the mistakes that learners really make. A
mistake is a wrong answer that runs: a one-line lambda where that says it all, a function where it needs a
name.
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np

from course_utils.exercises.engine import Exercise, Mistake, register

# 00.1


def bigram_probability(tokens: list[str], previous: str, word: str, k: float) -> float:
    """Devuelve P(word | previous) estimada en tokens con suavizado add-k."""
    pairs = Counter(pairwise(tokens))
    followed = sum(count for (first, _), count in pairs.items() if first == previous)
    return (pairs[previous, word] + k) / (followed + k * len(set(tokens)))


def _bigram_cases(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    text = ["el", "gato", "come", "y", "el", "gato", "duerme", "y", "el", "perro", "come"]
    cases: list[tuple[Any, ...]] = [
        (["a", "b", "a", "c"], "a", "b", 1.0),
        (text, "el", "gato", 1.0),
        (text, "el", "perro", 0.1),
        (text, "come", "y", 0.5),  # "come" also ends the text, where nothing follows it
        (text, "gato", "perro", 0.5),
        (text, "ratón", "come", 1.0),  # a context never seen: every word gets the same
    ]
    for length in (8, 15, 40, 90):
        tokens = [str(token) for token in rng.choice(list("abcde"), size=length)]
        seen = rng.integers(length - 1)
        cases.append((tokens, tokens[seen], tokens[seen + 1], float(rng.uniform(0.2, 2))))
        cases.append((tokens, tokens[-1], str(rng.choice(tokens)), float(rng.uniform(0.2, 2))))
    return cases


def _count_bigram(tokens: list[str], previous: str, word: str) -> int:
    return Counter(pairwise(tokens))[previous, word]


def _joint_probability(tokens: list[str], previous: str, word: str, k: float) -> float:
    return (_count_bigram(tokens, previous, word) + k) / (len(tokens) - 1 + k * len(set(tokens)))


def _k_once_below(tokens: list[str], previous: str, word: str, k: float) -> float:
    return (_count_bigram(tokens, previous, word) + k) / (tokens[:-1].count(previous) + k)


def _k_times_length(tokens: list[str], previous: str, word: str, k: float) -> float:
    return (_count_bigram(tokens, previous, word) + k) / (tokens[:-1].count(previous) + k * len(tokens))


def _counts_last_token(tokens: list[str], previous: str, word: str, k: float) -> float:
    return (_count_bigram(tokens, previous, word) + k) / (tokens.count(previous) + k * len(set(tokens)))


def _no_k_above(tokens: list[str], previous: str, word: str, k: float) -> float:
    return _count_bigram(tokens, previous, word) / (tokens[:-1].count(previous) + k * len(set(tokens)))


register(
    Exercise(
        name="00.1",
        title="Contar para predecir: bigramas con suavizado",
        reference=bigram_probability,
        cases=_bigram_cases,
        statement=r"""
El modelo de lenguaje más pequeño que merece ese nombre solo mira una palabra hacia atrás. Para estimar
con qué probabilidad sigue $w$ a $v$, cuenta: de todas las veces que a $v$ le siguió algo, ¿en cuántas fue
$w$? Si nos quedáramos ahí, cualquier pareja que el texto no contenga tendría probabilidad cero, y una
frase entera valdría cero por culpa de una sola pareja. El **suavizado add-k** lo evita fingiendo que cada
pareja se vio $k$ veces más:

$$P(w \mid v) = \frac{c(v, w) + k}{\sum_{u} c(v, u) + k\,|V|}$$

Aquí $c(v, w)$ es el número de veces que $w$ aparece justo después de $v$, y $|V|$ el número de palabras
*distintas* del texto. Siempre recibirás $k > 0$.

En `a b a c`, a la `a` le siguen una `b` y una `c`, y hay tres palabras distintas. Con $k = 1$:

```python
>>> bigram_probability(["a", "b", "a", "c"], "a", "b", k=1)
0.4
```
""",
        mistakes=[
            Mistake(
                _joint_probability,
                "Parece que divides entre todas las parejas del texto. Eso estima la probabilidad conjunta "
                "de ver `previous word`; aquí ya sabemos que ha salido `previous`, así que solo cuentan las "
                "parejas que empiezan por ella.",
            ),
            Mistake(
                _k_once_below,
                "Parece que sumas k una sola vez en el denominador. Has regalado k apariciones a cada "
                "palabra del vocabulario: si no las cuentas todas abajo, las probabilidades suman más de "
                "uno.",
            ),
            Mistake(
                _k_times_length,
                "Parece que tomas como |V| la longitud del texto. El vocabulario son las palabras "
                "distintas: las repeticiones no lo hacen crecer.",
            ),
            Mistake(
                _counts_last_token,
                "Casi: en el denominador cuentas todas las apariciones de `previous`, también la que cierra "
                "el texto. A esa no la sigue nada, así que no es ocasión de ver ninguna pareja.",
            ),
            Mistake(
                _no_k_above,
                "Parece que k solo aparece en el denominador. Una pareja nunca vista sigue valiendo cero, "
                "que es justo lo que el suavizado quería evitar.",
            ),
            Mistake(
                lambda tokens, previous, word, k: bigram_probability(tokens, word, previous, k),
                "Parece que has cambiado el orden: calculas P(previous | word). La palabra conocida, la que "
                "va detrás de la barra, es `previous`, y en el texto aparece antes.",
            ),
        ],
        points=2,
        difficulty=1,
        importance=3,
        minutes=10,
    )
)

# 00.2


def sentence_log_probability(sentence: list[str], model: dict[str, dict[str, float]]) -> float:
    """Devuelve el logaritmo natural de la probabilidad de la frase, de "<s>" a "</s>", según model."""
    total = 0.0
    for previous, word in pairwise(["<s>", *sentence, "</s>"]):
        probability = model.get(previous, {}).get(word, 0.0)
        if probability == 0.0:
            return -math.inf
        total += math.log(probability)
    return total


def _random_model(rng: np.random.Generator, words: list[str]) -> dict[str, dict[str, float]]:
    followers = [*words, "</s>"]
    return {
        previous: dict(zip(followers, rng.dirichlet(np.ones(len(followers))).tolist(), strict=True))
        for previous in ["<s>", *words]
    }


def _chain_cases(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    small = {
        "<s>": {"hola": 0.5, "adiós": 0.5},
        "hola": {"mundo": 0.8, "</s>": 0.2},
        "mundo": {"</s>": 1.0},
    }
    cases: list[tuple[Any, ...]] = [
        (["hola", "mundo"], small),
        (["hola"], small),
        (["adiós"], small),  # "adiós" has no row
        (["mundo"], small),  # never the first word
        ([], {"<s>": {"</s>": 0.25, "a": 0.75}}),
    ]
    for length in (1, 3, 6, 12, 600):  # at 600 words the product of probabilities underflows to zero
        words = list("abcdefghij")
        model = _random_model(rng, words)
        cases.append(([str(word) for word in rng.choice(words, size=length)], model))
    return cases


def _steps(path: list[str], model: dict[str, dict[str, float]]) -> list[float]:
    return [model.get(previous, {}).get(word, 0.0) for previous, word in pairwise(path)]


def _log_sum(probabilities: list[float]) -> float:
    return sum((math.log(value) if value else -math.inf for value in probabilities), 0.0)


def _ignores_impossible_steps(sentence: list[str], model: dict[str, dict[str, float]]) -> float:
    return _log_sum([value for value in _steps(["<s>", *sentence, "</s>"], model) if value])


def _missing_row(sentence: list[str], model: dict[str, dict[str, float]]) -> float:
    path = ["<s>", *sentence, "</s>"]
    return sum(math.log(model[previous][word]) for previous, word in pairwise(path))


def _log_of_zero(sentence: list[str], model: dict[str, dict[str, float]]) -> float:
    return sum(map(math.log, _steps(["<s>", *sentence, "</s>"], model)))


def _product_before_log(sentence: list[str], model: dict[str, dict[str, float]]) -> float:
    product = math.prod(_steps(["<s>", *sentence, "</s>"], model))
    return math.log(product) if product else -math.inf


register(
    Exercise(
        name="00.2",
        title="La regla de la cadena",
        reference=sentence_log_probability,
        cases=_chain_cases,
        statement=r"""
La **regla de la cadena** dice que la probabilidad de una frase es el producto de la de cada palabra,
dadas todas las anteriores; un modelo de bigramas se conforma con la última. Dos marcas, `<s>` y `</s>`,
le enseñan dónde empieza y dónde acaba una frase. Como el producto de cientos de números menores que uno
acaba siendo un cero para el ordenador, trabajamos con logaritmos, que convierten el producto en suma:

$$\ln P(w_1 \dots w_n) = \sum_{i=1}^{n+1} \ln P(w_i \mid w_{i-1})$$

Aquí $w_0$ es `<s>` y $w_{n+1}$ es `</s>`; `model[v][w]` guarda $P(w \mid v)$. La pareja que no esté ahí
tiene probabilidad cero, y $\ln 0 = -\infty$: basta un paso imposible para que la frase entera lo sea. Una
frase vacía también es una frase.

```python
>>> model = {"<s>": {"hola": 0.5}, "hola": {"mundo": 0.8, "</s>": 0.2}, "mundo": {"</s>": 1.0}}
>>> round(sentence_log_probability(["hola", "mundo"], model), 4)
-0.9163
>>> sentence_log_probability(["mundo"], model)
-inf
```
""",
        mistakes=[
            Mistake(
                lambda sentence, model: _log_sum(_steps([*sentence, "</s>"], model)),
                "Parece que empiezas a contar en la segunda palabra. La primera también se predice: su "
                'contexto es la marca "<s>".',
            ),
            Mistake(
                lambda sentence, model: _log_sum(_steps(["<s>", *sentence], model)),
                "Parece que olvidas el final: tras la última palabra, el modelo todavía tiene que predecir "
                '"</s>". Sin ese paso, alargar una frase nunca compite con terminarla.',
            ),
            Mistake(
                lambda sentence, model: math.prod(_steps(["<s>", *sentence, "</s>"], model)),
                "Devuelves la probabilidad, y se pedía su logaritmo. Fíjate en que con frases largas tu "
                "resultado es exactamente cero: de ahí ya no se puede sacar ningún logaritmo.",
            ),
            Mistake(
                _product_before_log,
                "Bien en frases cortas, pero en las largas devuelves menos infinito: el producto se hace "
                "tan pequeño que el ordenador lo redondea a cero. Toma el logaritmo de cada paso antes de "
                "juntarlos.",
            ),
            Mistake(
                _ignores_impossible_steps,
                "Parece que te saltas las parejas que el modelo no conoce. Su probabilidad es cero, y un "
                "paso imposible hace imposible la frase: el resultado ahí es menos infinito.",
            ),
            Mistake(
                _missing_row,
                "Hay parejas, y hasta palabras, que no están en `model`, y pedirlas entre corchetes da un "
                "KeyError. Un diccionario tiene otra forma de preguntar, con un valor por defecto.",
            ),
            Mistake(
                _log_of_zero,
                "`math.log(0)` no devuelve menos infinito: da un ValueError. Los pasos de probabilidad cero "
                "hay que tratarlos aparte.",
            ),
            Mistake(
                lambda sentence, model: sentence_log_probability(sentence, model) / math.log(2),
                "Tus valores son proporcionales a los esperados: usas logaritmos en base 2, y aquí se piden "
                "naturales.",
            ),
            Mistake(
                lambda sentence, model: sum(_steps(["<s>", *sentence, "</s>"], model)),
                "Parece que sumas las probabilidades tal cual. Lo que se convierte en suma es el logaritmo "
                "del producto; la suma de probabilidades crece con la longitud y no significa nada.",
            ),
        ],
        points=2,
        difficulty=1,
        importance=3,
        minutes=10,
    )
)

# 00.3


def perplexity(log_probabilities: list[float]) -> float:
    """Devuelve la perplejidad de un texto a partir de los logaritmos naturales de sus probabilidades."""
    return math.exp(-sum(log_probabilities) / len(log_probabilities))


def _perplexity_cases(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    cases: list[tuple[Any, ...]] = [
        ([math.log(0.25), math.log(0.5)],),
        ([math.log(1 / 6)] * 4,),  # a fair die
        ([0.0, 0.0, 0.0],),  # always certain
        ([math.log(0.01)],),
    ]
    # The long texts make the product of the probabilities underflow.
    cases += [(np.log(rng.uniform(0.02, 0.98, size=size)).tolist(),) for size in (2, 3, 5, 8, 20, 1000)]
    return cases


# In a long text the product of the probabilities is zero and its inverse too large. Python then raises and
# NumPy gives infinity, so these two mistakes come in two forms, with one hint each.
NO_MEAN = (
    "Parece que no divides por el número de tokens. Así un texto largo sale siempre más sorprendente que "
    "uno corto (y uno muy largo se desborda); la perplejidad es una media por token."
)
PRODUCT = (
    "Bien en textos cortos, pero en los largos el producto de miles de probabilidades se redondea a cero. "
    "Los logaritmos ya los tienes; no los deshagas antes de sumarlos."
)


register(
    Exercise(
        name="00.3",
        title="La perplejidad",
        reference=perplexity,
        cases=_perplexity_cases,
        statement=r"""
¿Cuánto sorprende un texto a un modelo? La **perplejidad** lo dice con un número que se lee solo: entre
cuántas opciones igual de probables ha estado dudando, de media, en cada token. Un dado justo tiene
perplejidad 6; quien siempre acierta con total seguridad, 1.

$$\text{PP} = \exp\Bigl(-\frac{1}{N}\sum_{i=1}^{N} \ln P(w_i \mid w_1 \dots w_{i-1})\Bigr)$$

Recibes los $N$ logaritmos naturales, ya calculados. El texto puede tener miles de tokens.

```python
>>> round(perplexity([math.log(1 / 6), math.log(1 / 6)]), 6)
6.0
>>> round(perplexity([math.log(0.25), math.log(0.5)]), 4)
2.8284
```
""",
        mistakes=[
            Mistake(lambda log_probabilities: math.exp(-sum(log_probabilities)), NO_MEAN),
            Mistake(lambda log_probabilities: float(np.exp(-np.sum(log_probabilities))), NO_MEAN),
            Mistake(
                lambda log_probabilities: math.exp(sum(log_probabilities) / len(log_probabilities)),
                "Tu resultado nunca pasa de uno: falta un signo. Has obtenido la probabilidad media por "
                "token, y la perplejidad es su inversa.",
            ),
            Mistake(
                lambda log_probabilities: -sum(log_probabilities) / len(log_probabilities),
                "Vas por buen camino: eso es la entropía cruzada, en nats. Falta el último paso, el que la "
                "convierte en un número de opciones.",
            ),
            Mistake(
                lambda log_probabilities: float(2 ** -np.mean(log_probabilities)),
                "Parece que elevas 2 a la entropía. Base y logaritmo van en pareja: 2 va con logaritmos en "
                "base 2, y los tuyos son naturales.",
            ),
            Mistake(
                lambda log_probabilities: float(1 / np.mean(np.exp(log_probabilities))),
                "Parece que haces la media de las probabilidades y la inviertes. La media va dentro de la "
                "exponencial, sobre los logaritmos: es una media geométrica, y un solo token muy improbable "
                "pesa mucho más en ella.",
            ),
            Mistake(
                lambda log_probabilities: float(np.mean(np.exp(np.negative(log_probabilities)))),
                "Parece que calculas la perplejidad de cada token y luego haces la media. El orden importa: "
                "primero la media de los logaritmos, después la exponencial.",
            ),
            Mistake(
                lambda log_probabilities: (
                    math.prod(map(math.exp, log_probabilities)) ** (-1 / len(log_probabilities))
                ),
                PRODUCT,
            ),
            Mistake(
                lambda log_probabilities: float(
                    np.prod(np.exp(log_probabilities)) ** (-1 / len(log_probabilities))
                ),
                PRODUCT,
            ),
        ],
        points=2,
        difficulty=1,
        importance=3,
        minutes=5,
    )
)

# 00.4


def softmax_with_temperature(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Convierte logits (vocabulario,) en probabilidades, con la temperatura dada (mayor que cero)."""
    scaled = logits / temperature
    weights = np.exp(scaled - scaled.max())
    return np.asarray(weights / weights.sum())


def _softmax_cases(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    cases: list[tuple[Any, ...]] = [
        (np.array([2.0, 1.0, 0.0]), 1.0),
        (np.array([2.0, 1.0, 0.0]), 0.5),
        (np.array([2.0, 1.0, 0.0]), 4.0),
        (np.array([-1.0, -1.0]), 0.3),
    ]
    cases += [
        (rng.normal(0, 2, size=size), float(rng.uniform(*span)))
        for size in (3, 5, 12)
        for span in ((0.3, 0.9), (1.2, 3.0))
    ]
    cases.append((np.array([1000.0, 998.0, 999.0]), 0.8))  # exp overflows
    cases.append((rng.normal(-3000, 1, size=4), 1.5))  # exp underflows: every weight is zero
    return cases


def _softmax(values: np.ndarray) -> np.ndarray:
    return softmax_with_temperature(values, 1.0)


# NumPy gives nan where Python raises: the same mistake in two forms.
UNSTABLE = (
    "La fórmula está bien, pero falla con logits enormes: la exponencial se desborda (o se hace cero en "
    "todos). Desplaza los exponentes de modo que el mayor sea 0."
)


def _unstable_softmax(logits: np.ndarray, temperature: float) -> np.ndarray:
    weights = np.exp(logits / temperature)
    return np.asarray(weights / weights.sum())


def _unstable_with_math(logits: np.ndarray, temperature: float) -> np.ndarray:
    weights = [math.exp(logit / temperature) for logit in logits]
    return np.array([weight / sum(weights) for weight in weights])


def _no_exponential(logits: np.ndarray, temperature: float) -> np.ndarray:
    scaled = logits / temperature
    return np.asarray(scaled / scaled.sum())


def _weights_over_maximum(logits: np.ndarray, temperature: float) -> np.ndarray:
    probabilities = softmax_with_temperature(logits, temperature)
    return np.asarray(probabilities / probabilities.max())


register(
    Exercise(
        name="00.4",
        title="Softmax con temperatura",
        reference=softmax_with_temperature,
        cases=_softmax_cases,
        statement=r"""
Una red no da probabilidades, sino *logits*: un número cualquiera por cada palabra. La función **softmax**
los vuelve positivos y hace que sumen uno. La **temperatura** $T > 0$ regula el atrevimiento: con $T < 1$
la favorita gana aún más; con $T > 1$ todas se igualan.

$$p_i = \frac{e^{z_i / T}}{\sum_j e^{z_j / T}}$$

Cuidado con los números grandes: $e^{1000}$ no cabe en un `float`. Como multiplicar numerador y
denominador por lo mismo no cambia nada, puedes restar una misma cantidad a todos los exponentes; elige
una que impida el desbordamiento.

```python
>>> softmax_with_temperature(np.array([2.0, 1.0, 0.0]), 1.0).round(3).tolist()
[0.665, 0.245, 0.09]
>>> softmax_with_temperature(np.array([2.0, 1.0, 0.0]), 0.5).round(3).tolist()
[0.867, 0.117, 0.016]
>>> softmax_with_temperature(np.array([1000.0, 999.0]), 1.0).round(3).tolist()
[0.731, 0.269]
```
""",
        mistakes=[
            Mistake(
                lambda logits, temperature: _softmax(logits * temperature),
                "Parece que multiplicas por la temperatura: al calentar, tu distribución se concentra en "
                "lugar de repartirse. Es justo al revés.",
            ),
            Mistake(
                lambda logits, temperature: _softmax(logits) / temperature,
                "Parece que aplicas la temperatura a las probabilidades, después del softmax: ya no suman "
                "uno. Tiene que actuar antes, sobre los logits.",
            ),
            Mistake(
                lambda logits, temperature: _softmax(logits),
                "Tu resultado no cambia con la temperatura. O no la usas, o la aplicas después del softmax "
                "y al normalizar se cancela: dividir todo por lo mismo no altera las proporciones.",
            ),
            Mistake(_unstable_softmax, UNSTABLE),
            Mistake(_unstable_with_math, UNSTABLE),
            Mistake(
                _no_exponential,
                "Parece que divides los logits por su suma, sin exponencial. Con logits negativos eso da "
                "probabilidades negativas o invierte el orden.",
            ),
            Mistake(
                _weights_over_maximum,
                "Las proporciones son buenas, pero la favorita sale siempre 1 y el total pasa de uno: falta "
                "dividir por la suma de todos los pesos.",
            ),
        ],
        points=3,
        difficulty=2,
        importance=3,
        minutes=10,
    )
)

# 00.5


def nucleus(probabilities: np.ndarray, p: float) -> np.ndarray:
    """Deja el menor grupo de tokens favoritos que reúne al menos p, y reparte entre ellos la probabilidad."""
    order = np.argsort(-probabilities)
    reached = np.searchsorted(np.cumsum(probabilities[order]), p)  # position of the token that reaches p
    kept = np.zeros_like(probabilities)
    kept[order[: reached + 1]] = probabilities[order[: reached + 1]]
    return np.asarray(kept / kept.sum())


def _nucleus_cases(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    cases: list[tuple[Any, ...]] = [
        (np.array([0.1, 0.6, 0.3]), 0.7),
        (np.array([0.1, 0.6, 0.3]), 0.5),  # the favourite is enough
        (np.array([0.15, 0.5, 0.1, 0.25]), 0.75),  # exactly reached (both sums are exact in binary)
        (np.array([0.2, 0.5, 0.3]), 1.0),
        (np.array([0.05, 0.15, 0.3, 0.35, 0.14, 0.01]), 0.9),
    ]
    cases += [
        (rng.dirichlet(np.full(size, concentration)), float(rng.uniform(0.3, 0.95)))
        for size in (4, 6, 10, 30)
        for concentration in (0.5, 2.0)
    ]
    return cases


def _share(probabilities: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    kept = np.zeros_like(probabilities)
    kept[chosen] = probabilities[chosen]
    return np.asarray(kept / kept.sum())


def _excludes_crossing_token(probabilities: np.ndarray, p: float) -> np.ndarray:
    order = np.argsort(-probabilities)
    return _share(probabilities, order[np.cumsum(probabilities[order]) <= p])


def _one_too_many(probabilities: np.ndarray, p: float) -> np.ndarray:
    order = np.argsort(-probabilities)
    return _share(
        probabilities, order[: np.searchsorted(np.cumsum(probabilities[order]), p, side="right") + 1]
    )


def _least_likely_first(probabilities: np.ndarray, p: float) -> np.ndarray:
    order = np.argsort(probabilities)
    return _share(probabilities, order[: np.searchsorted(np.cumsum(probabilities[order]), p) + 1])


def _in_vocabulary_order(probabilities: np.ndarray, p: float) -> np.ndarray:
    return _share(
        probabilities, np.arange(np.searchsorted(np.cumsum(probabilities), p) + 1)[: len(probabilities)]
    )


def _relative_threshold(probabilities: np.ndarray, p: float) -> np.ndarray:
    return _share(probabilities, np.flatnonzero(probabilities >= p * probabilities.max()))


register(
    Exercise(
        name="00.5",
        title="Muestreo top-p: el núcleo",
        reference=nucleus,
        cases=_nucleus_cases,
        statement=r"""
Sortear entre todo el vocabulario deja la puerta abierta a miles de palabras absurdas: cada una
improbable, juntas no tanto. El muestreo **top-p** (o *nucleus*) corta esa cola. Ordena los tokens de más
a menos probable y se queda con los primeros, los **justos para reunir una probabilidad de al menos $p$**;
el token con el que se alcanza $p$ entra. Los demás quedan a cero, y lo que queda se reparte para que
vuelva a sumar uno.

$$q_i = \frac{p_i}{\sum_{j \in N} p_j}\ \text{ si } i \in N, \qquad q_i = 0\ \text{ si no}, \qquad
N = \text{el menor grupo de favoritos con } \sum_{j \in N} p_j \ge p$$

Cada token conserva su sitio: la posición $i$ del resultado es la del token $i$ del vocabulario. No
modifiques el array que recibes.

```python
>>> nucleus(np.array([0.1, 0.6, 0.3]), 0.7).round(3).tolist()
[0.0, 0.667, 0.333]
>>> nucleus(np.array([0.1, 0.6, 0.3]), 0.5).tolist()
[0.0, 1.0, 0.0]
```
""",
        mistakes=[
            Mistake(
                _excludes_crossing_token,
                "Parece que dejas fuera al token con el que se alcanza p: tu grupo se queda corto y, si el "
                "favorito ya supera p él solo, vacío. El que cruza la línea entra.",
            ),
            Mistake(
                _one_too_many,
                "Casi: cuando la suma da exactamente p ya basta, y tú añades un token más. Mira la "
                "comparación: la condición es llegar a p, no pasarla.",
            ),
            Mistake(
                lambda probabilities, p: np.where(nucleus(probabilities, p) > 0, probabilities, 0.0),
                "Eliges bien los tokens, pero el resultado ya no suma uno. Tras cortar hay que volver a "
                "normalizar.",
            ),
            Mistake(
                lambda probabilities, p: np.sort(nucleus(probabilities, p))[::-1],
                "Las probabilidades son buenas, pero las devuelves ordenadas: nadie sabe ya de qué token es "
                "cada una. Devuélvelas a su posición de partida.",
            ),
            Mistake(
                _least_likely_first,
                "Parece que empiezas por los menos probables: `np.argsort` ordena de menor a mayor. El "
                "núcleo son los favoritos.",
            ),
            Mistake(
                _in_vocabulary_order,
                "Parece que acumulas en el orden del vocabulario. Antes de acumular hay que ordenar de más "
                "a menos probable; si no, el corte depende de cómo se numeraron las palabras.",
            ),
            Mistake(
                _relative_threshold,
                "Parece que comparas cada token con el favorito. Es otro método (se llama min-p); aquí lo "
                "que se compara con p es la probabilidad acumulada.",
            ),
        ],
        points=4,
        difficulty=3,
        importance=3,
        minutes=15,
    )
)

# 00.6


def greedy_generate(model: dict[str, dict[str, float]], start: str, max_new_tokens: int) -> list[str]:
    """Genera desde start, eligiendo siempre la palabra más probable, hasta "</s>" o max_new_tokens."""
    text = [start]
    for _ in range(max_new_tokens):
        options = model.get(text[-1], {})
        word = max(options, key=options.__getitem__, default="</s>")
        if word == "</s>":
            break
        text.append(word)
    return text


def _greedy_cases(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    chat = {
        "un": {"modelo": 0.7, "bar": 0.3},
        "modelo": {"entra": 0.6, "</s>": 0.4},
        "entra": {"en": 0.9, "</s>": 0.1},
        "en": {"un": 0.55, "Roma": 0.45},
        "Roma": {"</s>": 0.8, "en": 0.2},
    }
    cases: list[tuple[Any, ...]] = [
        (chat, "Roma", 3),
        (chat, "un", 2),
        (chat, "un", 7),  # goes round in circles
        (chat, "un", 0),
        (chat, "bar", 4),  # a word without a row
    ]
    for size, limit in ((3, 4), (4, 6), (6, 5), (8, 12), (10, 3), (10, 20)):
        words = [f"w{i}" for i in range(size)]
        cases.append((_random_model(rng, words), str(rng.choice(words)), limit))
    return cases


def _greedy(
    model: dict[str, dict[str, float]], start: str, limit: int, choose: Any = None, *, fixed: bool = False
) -> list[str]:
    """The reference with another choice of word, or with a context that never moves."""
    text = [start]
    for _ in range(limit):
        options = model.get(start if fixed else text[-1], {})
        word = choose(options) if options else "</s>"
        if word == "</s>":
            break
        text.append(word)
    return text


def _likeliest(options: dict[str, float]) -> str:
    return max(options, key=options.__getitem__)


def _needs_a_row(model: dict[str, dict[str, float]], start: str, max_new_tokens: int) -> list[str]:
    text = [start]
    while len(text) <= max_new_tokens and (word := _likeliest(model[text[-1]])) != "</s>":
        text.append(word)
    return text


def _keeps_end_mark(model: dict[str, dict[str, float]], start: str, max_new_tokens: int) -> list[str]:
    text = [start]
    while len(text) <= max_new_tokens and model.get(text[-1]):
        text.append(_likeliest(model[text[-1]]))
    return text


register(
    Exercise(
        name="00.6",
        title="Generar, palabra a palabra",
        reference=greedy_generate,
        cases=_greedy_cases,
        statement=r"""
Un modelo de lenguaje solo sabe hacer una cosa: dar probabilidades a la siguiente palabra. Para que
*escriba* hay que llamarlo en bucle: elegir una palabra, añadirla al texto y volver a preguntar. La
elección más sencilla es la **voraz** (*greedy*): siempre la más probable.

$$w_{t+1} = \arg\max_{w} P(w \mid w_t)$$

`model[v][w]` es $P(w \mid v)$. Devuelve la lista que empieza por `start` y sigue con lo generado. Para
cuando la elegida sea la marca `</s>` (que no se añade), cuando la última palabra no tenga fila en
`model`, o cuando hayas añadido `max_new_tokens` palabras. No habrá empates.

```python
>>> model = {"un": {"modelo": 0.7, "bar": 0.3}, "modelo": {"entra": 0.6, "</s>": 0.4}, "entra": {"</s>": 1.0}}
>>> greedy_generate(model, "un", max_new_tokens=10)
['un', 'modelo', 'entra']
>>> greedy_generate(model, "un", max_new_tokens=1)
['un', 'modelo']
```
""",
        mistakes=[
            Mistake(
                _keeps_end_mark,
                'Tu texto termina en "</s>". Es una señal para quien genera, no una palabra: compruébala '
                "antes de añadirla.",
            ),
            Mistake(
                _needs_a_row,
                "Tu función da un KeyError: hay palabras sin fila en `model`. Ahí el texto se acaba; "
                "pregunta antes si la fila existe.",
            ),
            Mistake(
                lambda model, start, max_new_tokens: greedy_generate(
                    model, start, max(0, max_new_tokens - 1)
                ),
                "Te quedas a una palabra del límite: parece que cuentas `start` entre las nuevas.",
            ),
            Mistake(
                lambda model, start, max_new_tokens: greedy_generate(model, start, max_new_tokens + 1),
                "Añades una palabra más de las permitidas. Mira si compruebas el límite antes o después de "
                "añadir.",
            ),
            Mistake(
                lambda model, start, max_new_tokens: greedy_generate(model, start, max_new_tokens)[1:],
                "Devuelves solo lo generado; el texto tiene que empezar por `start`.",
            ),
            Mistake(
                lambda model, start, max_new_tokens: _greedy(
                    model, start, max_new_tokens, _likeliest, fixed=True
                ),
                "Parece que preguntas siempre por `start`: sale la misma palabra una y otra vez. El "
                "contexto de cada paso es la última palabra añadida.",
            ),
            Mistake(
                lambda model, start, max_new_tokens: _greedy(model, start, max_new_tokens, max),
                "Parece que tomas la última palabra por orden alfabético: `max` sobre un diccionario "
                "compara sus claves. Lo que hay que comparar son las probabilidades.",
            ),
            Mistake(
                lambda model, start, max_new_tokens: _greedy(
                    model, start, max_new_tokens, lambda options: next(iter(options))
                ),
                "Parece que tomas la primera palabra de cada fila. Las filas no vienen ordenadas por "
                "probabilidad: busca la mayor.",
            ),
        ],
        points=2,
        difficulty=2,
        importance=3,
        minutes=10,
    )
)

# 00.7


def few_shot_prompt(instruction: str, examples: list[tuple[str, str]], question: str) -> str:
    """Compone un prompt: la instrucción, los ejemplos resueltos y la pregunta, que queda por responder."""
    solved = [f"Entrada: {given}\nSalida: {answer}" for given, answer in examples]
    return "\n\n".join([instruction, *solved, f"Entrada: {question}\nSalida:"])


def _prompt_cases(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    capitals = [
        ("Italia", "Roma"),
        ("Francia", "París"),
        ("Perú", "Lima"),
        ("Japón", "Tokio"),
        ("Kenia", "Nairobi"),
    ]
    cases: list[tuple[Any, ...]] = [
        ("Traduce al inglés.", [], "gato"),
        ("Traduce al inglés.", [("perro", "dog")], "gato"),
        (
            "Cambia cada nombre propio por Miau.",
            [("Ana tiene un canal.", "Miau tiene un canal."), ("Hoy viene Luis.", "Hoy viene Miau.")],
            "A Eva le gusta jugar con Bruno.",
        ),
    ]
    for count in (1, 2, 3, 4):
        chosen = [capitals[i] for i in rng.permutation(len(capitals))[: count + 1]]
        cases.append((f"Da la capital. Pregunta {rng.integers(100)}.", chosen[:-1], chosen[-1][0]))
    return cases


def _solved(examples: list[tuple[str, str]]) -> list[str]:
    return [f"Entrada: {given}\nSalida: {answer}" for given, answer in examples]


def _question_first(instruction: str, examples: list[tuple[str, str]], question: str) -> str:
    return "\n\n".join([instruction, f"Entrada: {question}\nSalida:", *_solved(examples)])


def _single_newlines(instruction: str, examples: list[tuple[str, str]], question: str) -> str:
    return few_shot_prompt(instruction, examples, question).replace("\n\n", "\n")


register(
    Exercise(
        name="00.7",
        title="Un prompt con ejemplos",
        reference=few_shot_prompt,
        cases=_prompt_cases,
        statement=r"""
Un modelo de lenguaje continúa textos. Un prompt *few-shot* (con unos pocos ejemplos) aprovecha eso: si el
texto trae varios casos resueltos con el mismo formato y el último a medias, la continuación más natural
es resolverlo. Sin ejemplos, el mismo prompt se llama *zero-shot*.

Compón el texto con este formato exacto: la instrucción; un bloque por ejemplo, en su orden; y el bloque
de la pregunta, que acaba justo en `Salida:`, sin espacio ni salto detrás. Entre bloque y bloque, una
línea en blanco. Lo del espacio no es manía: en muchos tokenizadores, como el de GPT-2, la palabra
siguiente *incluye* el espacio que la precede, y uno suelto al final deja al modelo ante un texto que casi
nunca vio.

```python
>>> print(few_shot_prompt("Traduce al inglés.", [("perro", "dog")], "gato"))
Traduce al inglés.
<BLANKLINE>
Entrada: perro
Salida: dog
<BLANKLINE>
Entrada: gato
Salida:
```

(`<BLANKLINE>` es como Python escribe, en estos ejemplos, una línea vacía.)
""",
        mistakes=[
            Mistake(
                lambda instruction, examples, question: (
                    few_shot_prompt(instruction, examples, question) + " "
                ),
                "Solo sobra una cosa, y no se ve: el espacio tras el último `Salida:`.",
            ),
            Mistake(
                lambda instruction, examples, question: (
                    few_shot_prompt(instruction, examples, question) + "\n"
                ),
                "Solo sobra una cosa, y no se ve: el salto de línea tras el último `Salida:`. Suele colarse "
                "al añadir un salto detrás de cada línea.",
            ),
            Mistake(
                _single_newlines,
                "Faltan las líneas en blanco entre bloques: todo queda pegado. Una línea en blanco son dos "
                "saltos seguidos.",
            ),
            Mistake(
                lambda instruction, examples, question: "\n\n".join(
                    [instruction, *_solved(examples), f"Entrada: {question}"]
                ),
                "Falta el `Salida:` final. Sin él, nada le dice al modelo que ahora toca responder: podría "
                "seguir escribiendo la entrada.",
            ),
            Mistake(
                _question_first,
                "Has puesto la pregunta antes que los ejemplos. El modelo continúa por el final del texto: "
                "la pregunta pendiente tiene que ser lo último.",
            ),
            Mistake(
                lambda instruction, examples, question: few_shot_prompt(
                    instruction, [(answer, given) for given, answer in examples], question
                ),
                "En tus ejemplos, entrada y salida están cambiadas: enseñas la tarea contraria.",
            ),
            Mistake(
                lambda instruction, examples, question: few_shot_prompt(instruction, [], question),
                "No aparecen los ejemplos: has compuesto un prompt zero-shot.",
            ),
            Mistake(
                lambda instruction, examples, question: few_shot_prompt("", examples, question)[2:],
                "Falta la instrucción: debe ser el primer bloque.",
            ),
        ],
        points=1,
        difficulty=1,
        importance=2,
        minutes=8,
    )
)

# 00.8


def image_to_patches(image: np.ndarray, size: int) -> np.ndarray:
    """Corta image (alto, ancho, canales) en cuadrados de lado size; uno por fila: (n, size·size·canales)."""
    height, width, channels = image.shape
    grid = image.reshape(height // size, size, width // size, size, channels)
    return grid.swapaxes(1, 2).reshape(-1, size * size * channels)


def _patch_cases(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    def counting(*shape: int) -> np.ndarray:
        return np.arange(math.prod(shape)).reshape(shape)

    cases: list[tuple[Any, ...]] = [
        (counting(2, 4, 1), 2),
        (counting(4, 4, 1), 2),
        (counting(4, 6, 3), 2),
        (counting(2, 3, 2), 1),  # a pixel per patch
        (counting(3, 3, 2), 3),  # a single patch
    ]
    for rows, columns, size, channels in ((2, 3, 2, 3), (3, 2, 3, 1), (4, 4, 4, 3)):
        cases.append((rng.random((rows * size, columns * size, channels)), size))
    return cases


def _grid(image: np.ndarray, size: int) -> np.ndarray:
    """Return the patches as (rows, columns, size, size, channels)."""
    height, width, channels = image.shape
    return image.reshape(height // size, size, width // size, size, channels).swapaxes(1, 2)


def _patches_by_columns(image: np.ndarray, size: int) -> np.ndarray:
    grid = _grid(image, size).swapaxes(0, 1)
    return grid.reshape(-1, size * size * image.shape[2])


register(
    Exercise(
        name="00.8",
        title="Una imagen es una frase de parches",
        reference=image_to_patches,
        cases=_patch_cases,
        statement=r"""
Un transformer lee secuencias. Para que lea una imagen, el *Vision Transformer* la corta en cuadrados, los
**parches**, y trata cada uno como si fuera una palabra. Una imagen de $H \times W$ píxeles con $C$
canales y parches de lado $s$ da

$$n = \frac{H}{s}\cdot\frac{W}{s}\ \text{ parches, cada uno un vector de } s^2 C \text{ números.}$$

Devuelve un array $(n, s \cdot s \cdot C)$. Los parches van en el orden en que se lee: de izquierda a
derecha y de arriba abajo. Dentro de cada uno, igual: fila a fila, y los canales de un píxel, juntos. $H$
y $W$ son múltiplos de $s$.

Los píxeles de esta imagen de $2 \times 4$ con un solo canal están numerados; con $s = 2$ salen dos
parches:

```python
>>> image = np.arange(8).reshape(2, 4, 1)
>>> image[:, :, 0].tolist()
[[0, 1, 2, 3], [4, 5, 6, 7]]
>>> image_to_patches(image, 2).tolist()
[[0, 1, 4, 5], [2, 3, 6, 7]]
```
""",
        mistakes=[
            Mistake(
                lambda image, size: image.reshape(-1, size * size * image.shape[2]),
                "La forma es buena, pero cada una de tus filas es un trozo de línea de la imagen, no un "
                "cuadrado. `reshape` solo trocea los números en el orden en que están en memoria; un parche "
                "toma píxeles de varias líneas.",
            ),
            Mistake(
                _patches_by_columns,
                "Los parches son correctos, pero van por columnas: bajas antes de avanzar a la derecha. "
                "Recorre una fila de parches entera antes de pasar a la siguiente.",
            ),
            Mistake(
                lambda image, size: (
                    _grid(image, size).swapaxes(2, 3).reshape(-1, size * size * image.shape[2])
                ),
                "Cada parche ha salido traspuesto: dentro de él recorres las columnas antes que las filas.",
            ),
            Mistake(
                lambda image, size: np.moveaxis(_grid(image, size), -1, 2).reshape(
                    -1, size * size * image.shape[2]
                ),
                "Dentro de cada parche pones primero un canal entero y luego otro. Aquí los canales de un "
                "mismo píxel van juntos.",
            ),
            Mistake(
                lambda image, size: _grid(image, size).reshape(-1, size, size, image.shape[2]),
                "Has cortado bien, pero cada parche sigue siendo un cuadrado. Para que haga de palabra "
                "tiene que ser un vector: aplánalo.",
            ),
            Mistake(
                lambda image, size: _grid(image, size)[..., 0].reshape(-1, size * size),
                "Te has quedado con un solo canal: cada parche debería llevar los números de todos.",
            ),
        ],
        points=3,
        difficulty=3,
        importance=2,
        minutes=12,
    )
)
