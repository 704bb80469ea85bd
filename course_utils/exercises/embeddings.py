"""Exercises of lesson 01: embeddings.

Each exercise is its reference, the cases it is tried on and the mistakes that learners really make. A
mistake is a wrong answer that runs: a one-line lambda where that says it all, a function where it needs a
name.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from itertools import chain, pairwise
from typing import Any

import numpy as np

from course_utils.exercises.engine import Exercise, Mistake, register

# 01.1


def one_hot(words: list[str]) -> np.ndarray:
    """Devuelve una fila por palabra de la lista y una columna por palabra distinta: (n, vocabulario)."""
    vocabulary = list(dict.fromkeys(words))
    return np.eye(len(vocabulary))[[vocabulary.index(word) for word in words]]


def _one_hot_cases(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    cases: list[tuple[Any, ...]] = [
        (["gato"],),
        (["perro", "gato"],),
        (["gato", "perro", "gato"],),
        (["ratón", "ratón", "gato", "perro", "gato"],),
    ]
    cases += [(rng.choice(list("edcba"), size=size).tolist(),) for size in (3, 6, 10, 20)]
    return cases


register(
    Exercise(
        name="01.1",
        title="Una palabra, una dimensión: one-hot",
        reference=one_hot,
        cases=_one_hot_cases,
        statement=r"""
Numerar las palabras (gato 0, perro 1, ratón 2) le dice a la red algo falso: que el ratón es el doble que
el perro. La codificación **one-hot** lo evita dando a cada palabra su propia dimensión: su vector lleva
un 1 en esa columna y ceros en las demás, así que todas quedan a la misma distancia.

$$X_{ij} = \begin{cases} 1 & \text{si la palabra } i \text{ de la lista es la } j \text{ del vocabulario} \\
0 & \text{si no} \end{cases}$$

Devuelve una fila por cada palabra de la lista, repeticiones incluidas, y una columna por cada palabra
*distinta*, en el orden en que aparecen por primera vez.

```python
>>> one_hot(["perro", "gato", "perro"]).tolist()
[[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
```
""",
        mistakes=[
            Mistake(
                lambda words: np.array(
                    [[word == other for other in sorted(set(words))] for word in words], float
                ),
                "Cada fila lleva su 1, pero en otra columna: parece que ordenas el vocabulario "
                "alfabéticamente. El orden pedido es el de primera aparición.",
            ),
            Mistake(
                lambda words: np.eye(len(words)),
                "Parece que abres una columna por cada aparición. Dos veces la misma palabra es el mismo "
                "vector: las columnas son las palabras distintas.",
            ),
            Mistake(
                lambda words: np.eye(len(set(words))),
                "Parece que das una fila por palabra distinta. Las filas siguen la lista tal como viene, "
                "con sus repeticiones; es el vocabulario, en las columnas, el que no repite.",
            ),
            Mistake(
                lambda words: np.array([list(dict.fromkeys(words)).index(word) for word in words]),
                "Devuelves el índice de cada palabra, y ese es justo el número engañoso que queríamos "
                "evitar. Falta convertirlo en un vector.",
            ),
            Mistake(
                lambda words: one_hot(words).T,
                "Tu matriz está traspuesta: las palabras de la lista son las filas, y el vocabulario, las "
                "columnas.",
            ),
            Mistake(
                lambda words: np.array([[word == other for other in words] for word in words], float),
                "Parece que comparas la lista consigo misma: las palabras repetidas llevan varios unos, y "
                "un vector one-hot lleva exactamente uno. Quita antes las repeticiones de las columnas.",
            ),
        ],
        points=1,
        difficulty=1,
        importance=2,
        minutes=8,
    )
)

# 01.2


def cosine_similarity(a: np.ndarray, b: np.ndarray) -> float:
    """Devuelve el coseno del ángulo entre dos vectores; 0.0 si alguno es todo ceros."""
    norms = np.linalg.norm(a) * np.linalg.norm(b)
    return float(a @ b / norms) if norms else 0.0


def _cosine_cases(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    cases: list[tuple[Any, ...]] = [
        (np.array([3.0, 4.0]), np.array([4.0, 3.0])),
        (np.array([1.0, 2.0]), np.array([2.0, 4.0])),
        (np.array([1.0, 2.0]), np.array([-2.0, -4.0])),
        (np.array([0.0, 0.0]), np.array([1.0, 2.0])),
        (np.array([2.0, 5.0]), np.zeros(2)),
        (np.array([1e-5, 2e-5]), np.array([2e-5, -5e-5])),  # tiny is not zero
    ]
    cases += [(rng.normal(size=size) * 3, rng.normal(size=size)) for size in (2, 3, 10, 300)]
    return cases


register(
    Exercise(
        name="01.2",
        title="El coseno como parecido",
        reference=cosine_similarity,
        cases=_cosine_cases,
        statement=r"""
Dos palabras se parecen si sus vectores apuntan en la misma dirección, sea cual sea su longitud. Eso mide
el coseno del ángulo que forman: 1 si coinciden, 0 si son perpendiculares, −1 si se oponen.

$$\cos(a, b) = \frac{a \cdot b}{\lVert a \rVert\, \lVert b \rVert}$$

Un vector de ceros no apunta a ningún sitio. Por convenio, su parecido con cualquier otro es `0.0`.

```python
>>> round(cosine_similarity(np.array([3.0, 4.0]), np.array([4.0, 3.0])), 4)
0.96
>>> cosine_similarity(np.array([0.0, 0.0]), np.array([1.0, 2.0]))
0.0
```
""",
        mistakes=[
            Mistake(
                lambda a, b: float(a @ b),
                "Eso es el producto escalar: crece con la longitud de los vectores. El coseno solo mira la "
                "dirección, así que falta dividir por las longitudes.",
            ),
            Mistake(
                lambda a, b: float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b))),
                "Solo te falta el vector de ceros: ahí divides 0 entre 0 y sale `nan`. Trátalo aparte.",
            ),
            Mistake(
                lambda a, b: float(a @ b / (a @ a * (b @ b))) if a.any() and b.any() else 0.0,
                "Parece que divides por los cuadrados de las normas: falta una raíz. Comprueba que un "
                "vector consigo mismo dé 1.",
            ),
            Mistake(
                lambda a, b: (
                    float(a @ b / (np.linalg.norm(a) + np.linalg.norm(b))) if a.any() and b.any() else 0.0
                ),
                "Parece que en el denominador sumas las normas; tienen que multiplicarse.",
            ),
            Mistake(
                lambda a, b: 1 - cosine_similarity(a, b),
                "Eso es la distancia coseno: vale 0 para vectores iguales. Se pide el parecido, que ahí "
                "vale 1.",
            ),
            Mistake(
                lambda a, b: float(np.arccos(np.clip(cosine_similarity(a, b), -1, 1))),
                "Has llegado hasta el ángulo, y se pedía su coseno: te has pasado de paso.",
            ),
            Mistake(
                lambda a, b: abs(cosine_similarity(a, b)),
                "Pierdes el signo: dos vectores opuestos deben dar −1, no 1.",
            ),
            Mistake(
                lambda a, b: float(np.linalg.norm(a - b)),
                "Eso es la distancia euclídea entre las puntas de los vectores. El coseno mide el ángulo, y "
                "no cambia si uno de ellos se alarga.",
            ),
        ],
        points=1,
        difficulty=1,
        importance=3,
        minutes=8,
    )
)

# 01.3


def cooccurrences(sentences: list[list[str]], window: int) -> dict[tuple[str, str], int]:
    """Cuenta, para cada par (palabra, vecina), cuántas veces están a window posiciones o menos."""
    counts: Counter[tuple[str, str]] = Counter()
    for sentence in sentences:
        for i, word in enumerate(sentence):
            for j in range(max(0, i - window), min(len(sentence), i + window + 1)):
                if i != j:
                    counts[word, sentence[j]] += 1
    return dict(counts)


def _cooccurrence_cases(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    text = ["el profesor da clase en la escuela", "la profesora da clase en la escuela", "el gato duerme"]
    fixed = [sentence.split() for sentence in text]
    cases: list[tuple[Any, ...]] = [
        ([["a", "b", "c"]], 1),
        ([["a", "b"], ["c"]], 2),
        ([["a", "a"]], 1),  # the neighbour may be the same word
        ([["a", "b", "a", "c"]], 2),
        ([["a", "b", "c", "d"]], 10),
        ([[], ["a"]], 2),
        (fixed, 2),
    ]
    for window in (1, 2, 3):
        lengths = rng.integers(1, 9, size=4)
        cases.append(([rng.choice(list("abcdef"), size=length).tolist() for length in lengths], window))
    return cases


Keep = Callable[[list[str], int, int], bool]


def _cooccurrences_if(sentences: list[list[str]], keep: Keep) -> dict[tuple[str, str], int]:
    """Count the pairs of positions (i, j) of a sentence that `keep` accepts."""
    return dict(
        Counter(
            (sentence[i], sentence[j])
            for sentence in sentences
            for i in range(len(sentence))
            for j in range(len(sentence))
            if keep(sentence, i, j)
        )
    )


def _negative_slice(sentences: list[list[str]], window: int) -> dict[tuple[str, str], int]:
    counts: Counter[tuple[str, str]] = Counter()
    for sentence in sentences:
        for i, word in enumerate(sentence):
            counts.update(
                (word, near) for near in sentence[i - window : i] + sentence[i + 1 : i + window + 1]
            )
    return dict(counts)


register(
    Exercise(
        name="01.3",
        title="Dime con quién andas: coocurrencias",
        reference=cooccurrences,
        cases=_cooccurrence_cases,
        statement=r"""
La hipótesis distribucional dice que el significado de una palabra está en sus compañías. El primer paso
es contarlas: para cada palabra, quién aparece a su alrededor.

$$X_{wc} = \text{número de pares de posiciones } i \ne j \text{ de una misma frase con }
w_i = w,\; w_j = c,\; |i - j| \le m$$

donde $m$ es la ventana, `window`. Se mira a los dos lados y nunca se cruza de una frase a otra. Devuelve
un diccionario `{(palabra, vecina): veces}` solo con los pares que aparecen.

```python
>>> counts = cooccurrences([["manzana", "roja"], ["manzana", "verde", "y", "roja"]], window=1)
>>> counts["manzana", "roja"], counts["verde", "manzana"]
(1, 1)
>>> ("verde", "roja") in counts
False
```
""",
        mistakes=[
            Mistake(
                lambda sentences, window: _cooccurrences_if(sentences, lambda _, i, j: 0 < j - i <= window),
                "Parece que solo miras hacia la derecha. La vecindad va en los dos sentidos: cada pareja de "
                "posiciones cuenta una vez para cada palabra.",
            ),
            Mistake(
                lambda sentences, window: _cooccurrences_if(sentences, lambda _, i, j: abs(i - j) <= window),
                "Parece que cuentas cada palabra como vecina de sí misma: la posición central no es "
                "contexto.",
            ),
            Mistake(
                lambda sentences, window: cooccurrences([list(chain(*sentences))], window),
                "Parece que juntas todas las frases en una: salen vecinas la última palabra de una frase y "
                "la primera de la siguiente, que no tienen por qué tener relación.",
            ),
            Mistake(
                lambda sentences, window: _cooccurrences_if(
                    sentences, lambda _, i, j: i != j and -window <= j - i < window
                ),
                "Por la derecha te falta un vecino: el extremo de `range` (y el de un corte) no se incluye.",
            ),
            Mistake(
                lambda sentences, window: _cooccurrences_if(
                    sentences, lambda words, i, j: words[i] != words[j] and abs(i - j) <= window
                ),
                "Para saltarte la palabra central comparas palabras, y así pierdes los casos en que la "
                "misma palabra aparece dos veces cerca. Lo que tiene que ser distinto es la posición.",
            ),
            Mistake(
                lambda sentences, window: dict.fromkeys(cooccurrences(sentences, window), 1),
                "Los pares son los correctos, pero todos valen 1: se pide cuántas veces aparece cada uno.",
            ),
            Mistake(
                _negative_slice,
                "Pierdes vecinos al principio de las frases. Allí `i - window` es negativo, y en Python un "
                "índice negativo cuenta desde el final.",
            ),
        ],
        points=2,
        difficulty=2,
        importance=3,
        minutes=12,
    )
)

# 01.4


def ppmi(counts: np.ndarray) -> np.ndarray:
    """Convierte coocurrencias (palabras, contextos) en información mutua puntual positiva, en nats."""
    total = counts.sum()
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True) / total
    ratio = np.divide(counts, expected, out=np.ones(counts.shape), where=counts > 0)
    return np.asarray(np.maximum(0.0, np.log(ratio)))


def _ppmi_cases(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    cases: list[tuple[Any, ...]] = [
        (np.array([[2.0, 0.0], [1.0, 1.0]]),),
        (np.array([[1.0, 2.0], [2.0, 4.0]]),),  # independent: all zeros
        (np.array([[0.0, 0.0], [3.0, 1.0]]),),  # a word that never appears
        (np.array([[5.0, 0.0, 1.0], [0.0, 2.0, 8.0]]),),
    ]
    cases += [
        (rng.poisson(rate, size=shape).astype(float),)
        for rate, shape in ((2, (3, 3)), (1, (4, 6)), (6, (8, 5)))
    ]
    return cases


def _pmi(counts: np.ndarray, log: Callable[[np.ndarray], np.ndarray] = np.log) -> np.ndarray:
    joint = counts / counts.sum()
    return log(joint / (joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)))


def _conditional_only(counts: np.ndarray) -> np.ndarray:
    conditional = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-12)
    ratio = np.where(conditional > 0, conditional, 1.0) * counts.shape[1]
    return np.asarray(np.maximum(0.0, np.log(ratio)))


def _log_of_one_plus(counts: np.ndarray) -> np.ndarray:
    return np.asarray(np.nan_to_num(_pmi(counts, lambda ratio: np.log(1 + ratio))))


register(
    Exercise(
        name="01.4",
        title="De contar a pesar: PPMI",
        reference=ppmi,
        cases=_ppmi_cases,
        statement=r"""
En un recuento, «de» y «la» ganan siempre: acompañan a todo el mundo. Lo que informa no es cuántas veces
van juntas dos palabras, sino cuántas *más* de las que tocarían por azar. Eso mide la **información mutua
puntual**; su versión positiva (PPMI) deja en cero lo que coincide menos de lo esperado.

$$\text{PPMI}_{wc} = \max\Bigl(0,\ \ln \frac{P(w, c)}{P(w)\,P(c)}\Bigr), \qquad
P(w, c) = \frac{X_{wc}}{\sum X},\quad P(w) = \sum_c P(w, c),\quad P(c) = \sum_w P(w, c)$$

Donde $X_{wc} = 0$, el resultado es 0, también en una fila o una columna enteras de ceros: que no aparezca
ningún `nan`. La matriz puede no ser cuadrada.

```python
>>> ppmi(np.array([[2.0, 0.0], [1.0, 1.0]])).round(3).tolist()
[[0.288, 0.0], [0.0, 0.693]]
```
""",
        mistakes=[
            Mistake(
                lambda counts: np.where(counts > 0, _pmi(counts), 0.0),
                "Hay valores negativos: son los pares que coinciden menos de lo esperado por azar. La P de "
                "PPMI es de «positiva»: esos se quedan en cero.",
            ),
            Mistake(
                lambda counts: np.maximum(0.0, _pmi(counts)),
                "Muy cerca: solo falla cuando una fila o una columna está vacía. Ahí divides 0 entre 0 y "
                "sale `nan`, que `maximum` no arregla.",
            ),
            Mistake(
                lambda counts: ppmi(counts) / np.log(2),
                "Tus valores son proporcionales a los esperados: usas el logaritmo en base 2, y se pide el "
                "natural.",
            ),
            Mistake(
                _log_of_one_plus,
                "Parece que sumas 1 dentro del logaritmo para esquivar el de cero. Así lo independiente, "
                "que debe valer 0, vale 0,69. Los ceros se tratan aparte.",
            ),
            Mistake(
                _conditional_only,
                "Parece que comparas P(c | w) con un reparto uniforme entre los contextos. Falta mirar "
                "cuánto aparece cada contexto: es justo lo que quita peso a «de» y «la».",
            ),
            Mistake(
                lambda counts: np.nan_to_num(np.maximum(0.0, np.exp(_pmi(counts)))),
                "Devuelves el cociente de probabilidades; falta tomar su logaritmo. Un cociente de 1 (puro "
                "azar) debe dar 0.",
            ),
            Mistake(
                _pmi,
                "La fórmula de dentro está bien, pero devuelves menos infinito donde no hay coincidencias y "
                "negativos donde hay pocas. Falta recortar por abajo.",
            ),
        ],
        points=3,
        difficulty=2,
        importance=2,
        minutes=12,
    )
)

# 01.5


def negative_sampling_loss(center: np.ndarray, positive: np.ndarray, negatives: np.ndarray) -> float:
    """Pérdida de un par (center, positive), cada uno (d,), con k palabras al azar, negatives (k, d)."""
    # log σ(x) = −log(1 + e^−x), and logaddexp does it without overflow.
    return float(np.logaddexp(0, -positive @ center) + np.logaddexp(0, negatives @ center).sum())


def _loss_cases(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    cases: list[tuple[Any, ...]] = [
        (np.zeros(2), np.ones(2), np.ones((3, 2))),  # (1 + k) ln 2: nothing learned yet
        (np.array([1.0, 0.0]), np.array([2.0, 0.0]), np.array([[-1.0, 0.0]])),
        (np.array([1.0, 1.0]), np.array([-1.0, 0.5]), np.array([[0.5, 0.5], [2.0, -1.0]])),
    ]
    for dim, k in ((2, 2), (4, 5), (10, 3), (50, 15)):
        cases.append((rng.normal(size=dim), rng.normal(size=dim), rng.normal(size=(k, dim))))
    cases.append((np.array([100.0, 0.0]), np.array([-20.0, 0.0]), np.array([[20.0, 0.0], [1.0, 1.0]])))
    return cases


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


# NumPy gives infinity where Python raises: the same mistake in two forms.
UNSTABLE = (
    "La fórmula está bien, pero no aguanta productos grandes: la exponencial se desborda, o σ se redondea a "
    "cero y su logaritmo es infinito. Desarrolla −log σ(x) antes de programarlo: es el logaritmo de una "
    "suma de exponenciales."
)


def _naive_loss_with_math(center: np.ndarray, positive: np.ndarray, negatives: np.ndarray) -> float:
    scores = [float(positive @ center), *(float(-negative @ center) for negative in negatives)]
    return -sum(math.log(1 / (1 + math.exp(-score))) for score in scores)


def _naive_loss(center: np.ndarray, positive: np.ndarray, negatives: np.ndarray) -> float:
    chances = _sigmoid(-negatives @ center)
    return float(-np.log(_sigmoid(positive @ center)) - np.log(chances).sum())


register(
    Exercise(
        name="01.5",
        title="La pérdida de word2vec",
        reference=negative_sampling_loss,
        cases=_loss_cases,
        statement=r"""
Predecir la palabra vecina entre cien mil es caro. El *negative sampling* de word2vec cambia la pregunta
por otra más barata: dada una pareja, ¿salió del texto o la inventé? Cada pareja verdadera se acompaña de
$k$ falsas, con palabras tomadas al azar, y se pide que la primera puntúe alto y las otras bajo:

$$L = -\log \sigma(u_o \cdot v_c) \;-\; \sum_{i=1}^{k} \log \sigma(-u_i \cdot v_c), \qquad
\sigma(x) = \frac{1}{1 + e^{-x}}$$

$v_c$ es `center`, $u_o$ es `positive`, y las filas de `negatives` son las $u_i$. Los logaritmos son
naturales. Uno de los casos trae productos de ±2000, donde $e^{-x}$ se desborda: escribe $\log \sigma(x)$
de otra forma y mira qué hace `np.logaddexp`.

Con el vector central a cero nadie sabe nada todavía, y cada pregunta cuesta $\ln 2 \approx 0{,}693$. Aquí
hay tres:

```python
>>> round(negative_sampling_loss(np.zeros(2), np.ones(2), np.ones((2, 2))), 4)
2.0794
>>> round(negative_sampling_loss(np.array([1.0, 0.0]), np.array([2.0, 0.0]), np.array([[-1.0, 0.0]])), 4)
0.4402
```
""",
        mistakes=[
            Mistake(
                lambda center, positive, negatives: negative_sampling_loss(center, positive, -negatives),
                "Parece que a las parejas falsas también les pides una puntuación alta: su producto entra "
                "en σ con el signo cambiado. Sin eso, todos los vectores acabarían iguales.",
            ),
            Mistake(
                lambda center, positive, negatives: -negative_sampling_loss(center, positive, negatives),
                "El valor es bueno, pero con el signo contrario: has calculado lo que habría que maximizar. "
                "Una pérdida se minimiza, y esta nunca es negativa.",
            ),
            Mistake(
                lambda center, positive, negatives: float(
                    np.logaddexp(0, -positive @ center) + np.logaddexp(0, negatives @ center).mean()
                ),
                "Parece que haces la media de las parejas falsas. La fórmula las suma: con más negativos "
                "pesan más.",
            ),
            Mistake(
                lambda center, positive, negatives: float(np.logaddexp(0, -positive @ center)),
                "Falta la parte de las parejas falsas. Solo con la verdadera bastaría hacer enormes todos "
                "los vectores.",
            ),
            Mistake(_naive_loss, UNSTABLE),
            Mistake(_naive_loss_with_math, UNSTABLE),
            Mistake(
                lambda center, positive, negatives: float(
                    _sigmoid(-positive @ center) + _sigmoid(negatives @ center).sum()
                ),
                "Parece que sumas los errores 1 − σ tal cual, sin logaritmo. Así una equivocación segura de "
                "sí misma casi no se castiga más que una duda.",
            ),
            Mistake(
                lambda center, positive, negatives: float(-(positive @ center) + (negatives @ center).sum()),
                "Parece que usas los productos directamente, sin σ ni logaritmo. Esa pérdida no tiene "
                "fondo: siempre compensa alargar más los vectores.",
            ),
        ],
        points=3,
        difficulty=3,
        importance=3,
        minutes=15,
    )
)

# 01.6


def character_ngrams(word: str, shortest: int, longest: int) -> set[str]:
    """Devuelve los n-gramas de "<word>" con n de shortest a longest, y además "<word>" entera."""
    marked = f"<{word}>"
    sizes = range(shortest, longest + 1)
    return {marked[i : i + n] for n in sizes for i in range(len(marked) - n + 1)} | {marked}


def _ngram_cases(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    cases: list[tuple[Any, ...]] = [
        ("sol", 3, 4),
        ("gato", 3, 3),
        ("gatitos", 3, 6),
        ("y", 3, 6),  # "<y>" is the only one that fits
        ("cantábamos", 2, 5),
    ]
    for size in (2, 5, 8, 12):
        shortest = int(rng.integers(2, 4))
        word = "".join(rng.choice(list("aeionrst"), size=size))
        cases.append((word, shortest, shortest + int(rng.integers(0, 4))))
    return cases


def _pieces(text: str, sizes: range, stop: int = 1) -> set[str]:
    return {text[i : i + n] for n in sizes for i in range(len(text) - n + stop)}


register(
    Exercise(
        name="01.6",
        title="FastText mira dentro de la palabra",
        reference=character_ngrams,
        cases=_ngram_cases,
        statement=r"""
Para word2vec, *cantábamos* y *cantabais* son dos desconocidas. FastText compone el vector de una palabra
sumando los de sus trozos, así que las formas de un mismo verbo comparten casi todo, y hasta una palabra
nunca vista recibe vector.

Los trozos son los **n-gramas** de caracteres, con $n$ entre `shortest` y `longest`, los dos incluidos.
Antes se rodea la palabra con `<` y `>`, para que un prefijo o un sufijo no se confundan con el mismo
trozo en medio: `<sol` no es `sol`. Y al conjunto se añade la palabra entera, con sus marcas.

$$G_w = \{\, \text{n-gramas de } \langle w \rangle : \text{shortest} \le n \le \text{longest} \,\}
\cup \{ \langle w \rangle \}$$

```python
>>> sorted(character_ngrams("sol", 3, 4))
['<so', '<sol', '<sol>', 'ol>', 'sol', 'sol>']
```
""",
        mistakes=[
            Mistake(
                lambda word, shortest, longest: _pieces(word, range(shortest, longest + 1)) | {word},
                "Faltan las marcas: sin `<` y `>`, el `sol` de «sol» y el de «consola» son el mismo trozo.",
            ),
            Mistake(
                lambda word, shortest, longest: _pieces(f"<{word}>", range(shortest, longest + 1)),
                "Falta la palabra entera con sus marcas: es el trozo que guarda lo que la distingue de las "
                "demás.",
            ),
            Mistake(
                lambda word, shortest, longest: (
                    _pieces(f"<{word}>", range(shortest, longest)) | {f"<{word}>"}
                ),
                "Te faltan los trozos más largos: el tamaño `longest` también entra, y `range` no incluye "
                "su extremo.",
            ),
            Mistake(
                lambda word, shortest, longest: (
                    _pieces(f"<{word}>", range(shortest, longest + 1), stop=0) | {f"<{word}>"}
                ),
                "Te falta el último trozo de cada tamaño, el que termina en `>`. En un texto de longitud L "
                "caben L − n + 1 trozos de tamaño n.",
            ),
            Mistake(
                lambda word, shortest, longest: _pieces(f"<{word}>", range(shortest, longest + 1)) | {word},
                "La palabra entera la añades sin marcas, y se confunde con un trozo de en medio de otra más "
                "larga. Va también entre `<` y `>`.",
            ),
            Mistake(
                lambda word, shortest, longest: (
                    {f"<{word}>"[:n] for n in range(shortest, longest + 1)} | {f"<{word}>"}
                ),
                "Solo tomas los trozos del principio. Hace falta deslizar la ventana por toda la palabra.",
            ),
            Mistake(
                lambda word, shortest, longest: (
                    _pieces(f"<{word}>", range(longest, longest + 1)) | {f"<{word}>"}
                ),
                "Solo aparece un tamaño de trozo. Hay que recorrerlos todos, de `shortest` a `longest`.",
            ),
        ],
        points=2,
        difficulty=1,
        importance=2,
        minutes=8,
    )
)

# 01.7


def analogy(vectors: dict[str, np.ndarray], a: str, b: str, c: str) -> str:
    """Devuelve la palabra más parecida a a − b + c que no sea ninguna de las tres."""
    unit = {word: vector / np.linalg.norm(vector) for word, vector in vectors.items()}
    target = unit[a] - unit[b] + unit[c]
    return max(vectors.keys() - {a, b, c}, key=lambda word: float(unit[word] @ target))


def _analogy_cases(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    # Columns: masculine or feminine, royalty, age.
    features = {
        "hombre": [1.0, 0.1, 0.6],
        "mujer": [-1.0, 0.1, 0.6],
        "rey": [1.0, 1.0, 0.7],
        "reina": [-1.0, 1.0, 0.7],
        "niño": [1.0, 0.1, -0.8],
        "niña": [-1.0, 0.1, -0.8],
    }
    family = {word: np.array(row) for word, row in features.items()}
    cases: list[tuple[Any, ...]] = [(family, "rey", "hombre", "mujer"), (family, "niño", "hombre", "mujer")]
    for size, dim in (
        (6, 2),
        (8, 3),
        (8, 2),
        (10, 3),
        (10, 4),
        (12, 3),
        (15, 3),
        (15, 5),
        (20, 3),
        (20, 4),
        (30, 3),
    ):
        lengths = rng.uniform(0.2, 4.0, size=(size, 1))  # so that normalising matters
        rows = rng.normal(size=(size, dim)) * lengths
        vectors = {f"w{i}": row for i, row in enumerate(rows)}
        cases.append((vectors, *(f"w{i}" for i in rng.permutation(size)[:3])))
    return cases


Vectors = dict[str, np.ndarray]


def _unit(vectors: Vectors) -> Vectors:
    return {word: vector / np.linalg.norm(vector) for word, vector in vectors.items()}


def _nearest(candidates: Vectors, target: np.ndarray, excluded: set[str]) -> str:
    return max(candidates.keys() - excluded, key=lambda word: float(candidates[word] @ target))


def _euclidean_analogy(vectors: Vectors, a: str, b: str, c: str) -> str:
    target = vectors[a] - vectors[b] + vectors[c]
    return min(vectors.keys() - {a, b, c}, key=lambda word: float(np.linalg.norm(vectors[word] - target)))


def _analogy_with_inputs(vectors: Vectors, a: str, b: str, c: str) -> str:
    unit = _unit(vectors)
    return _nearest(unit, unit[a] - unit[b] + unit[c], set())


def _raw_candidates(vectors: Vectors, a: str, b: str, c: str) -> str:
    unit = _unit(vectors)
    return _nearest(vectors, unit[a] - unit[b] + unit[c], {a, b, c})


def _without_c(vectors: Vectors, a: str, b: str, c: str) -> str:
    unit = _unit(vectors)
    return _nearest(unit, unit[a] - unit[b], {a, b, c})


register(
    Exercise(
        name="01.7",
        title="Rey − hombre + mujer",
        reference=analogy,
        cases=_analogy_cases,
        statement=r"""
En un buen espacio de embeddings, la diferencia entre *rey* y *hombre* se parece a la que hay entre
*reina* y *mujer*. Por eso podemos preguntar con sumas y restas: ¿qué palabra es a *mujer* lo que *rey* es
a *hombre*?

$$\arg\max_{w \notin \{a, b, c\}} \cos\bigl(w,\ \hat a - \hat b + \hat c\bigr), \qquad
\hat x = \frac{x}{\lVert x \rVert}$$

Son tres decisiones: los vectores se normalizan *antes* de sumarlos, para que ninguno mande por ser más
largo; se busca por coseno; y las tres palabras de la pregunta no pueden ser la respuesta. No habrá
vectores de ceros ni empates.

```python
>>> vectors = {
...     "hombre": np.array([1.0, 0.1]),
...     "mujer": np.array([-1.0, 0.1]),
...     "rey": np.array([1.0, 1.0]),
...     "reina": np.array([-1.0, 1.0]),
... }
>>> analogy(vectors, "rey", "hombre", "mujer")
'reina'
```
""",
        mistakes=[
            Mistake(
                _analogy_with_inputs,
                "A veces respondes con una palabra de la pregunta. Es lo normal (a − b + c suele quedar "
                "cerca de a o de c), y por eso se excluyen las tres.",
            ),
            Mistake(
                lambda vectors, a, b, c: analogy(vectors, b, a, c),
                "Parece que calculas b − a + c: la resta va al revés. En rey − hombre + mujer, se quita lo "
                "que hay de «hombre».",
            ),
            Mistake(
                lambda vectors, a, b, c: analogy(vectors, a, c, b),
                "Parece que restas c y sumas b: las dos últimas palabras están cambiadas.",
            ),
            Mistake(
                lambda vectors, a, b, c: _nearest(
                    _unit(vectors), vectors[a] - vectors[b] + vectors[c], {a, b, c}
                ),
                "Parece que sumas y restas los vectores sin normalizar: el más largo de los tres decide la "
                "dirección. Pásalos antes a longitud 1.",
            ),
            Mistake(
                _raw_candidates,
                "Parece que comparas por producto escalar: ganan las candidatas de vector largo, apunten "
                "donde apunten. Con el coseno, la longitud de la candidata no cuenta.",
            ),
            Mistake(
                lambda vectors, a, b, c: _nearest(vectors, vectors[a] - vectors[b] + vectors[c], {a, b, c}),
                "No normalizas en ningún momento: ni al sumar y restar, ni al comparar. Prueba a pasar "
                "todos los vectores a longitud 1 nada más empezar.",
            ),
            Mistake(
                _euclidean_analogy,
                "Parece que buscas la palabra a menor distancia euclídea, con los vectores tal como vienen. "
                "Aquí todo se mide por dirección: normaliza y compara cosenos.",
            ),
            Mistake(
                _without_c,
                "Parece que olvidas sumar c: buscas a − b, que apunta a la pura diferencia.",
            ),
        ],
        points=3,
        difficulty=2,
        importance=3,
        minutes=12,
    )
)

# 01.8


def bpe_step(words: dict[tuple[str, ...], int]) -> dict[tuple[str, ...], int]:
    """Une el par de símbolos contiguos más frecuente en todas las palabras de la tabla {símbolos: veces}."""
    counts: Counter[tuple[str, str]] = Counter()
    for symbols, times in words.items():
        for pair in pairwise(symbols):
            counts[pair] += times
    best = min(counts, key=lambda pair: (-counts[pair], pair), default=None)
    return {_merge(symbols, best): times for symbols, times in words.items()}


def _merge(symbols: tuple[str, ...], pair: tuple[str, str] | None) -> tuple[str, ...]:
    """Join a pair of symbols wherever it stands, from left to right.

    >>> _merge(("a", "a", "a"), ("a", "a"))
    ('aa', 'a')
    """
    merged: list[str] = []
    i = 0
    while i < len(symbols):
        size = 2 if symbols[i : i + 2] == pair else 1
        merged.append("".join(symbols[i : i + size]))
        i += size
    return tuple(merged)


def _bpe_cases(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    cases: list[tuple[Any, ...]] = [
        ({("s", "o", "l"): 3, ("s", "a", "l"): 2, ("s", "o", "n"): 4},),
        ({("a", "b"): 1, ("c", "d"): 9},),
        ({("c", "d"): 2, ("a", "b"): 2, ("e", "f"): 2},),  # a tie
        ({("a", "a", "a", "b"): 2, ("b", "a", "a", "a"): 3},),  # overlapping pairs
        ({("xa", "b"): 1, ("a", "b"): 5, ("a", "by"): 2},),  # "a b" also inside "xa b" and "a by"
        ({("sol",): 3, ("a",): 1},),  # nothing left to merge
        ({("l", "a", "l", "a", "l", "a"): 1, ("l", "o"): 2},),  # twice or more in one word
    ]
    for letters, size in (("abc", 4), ("abcd", 6), ("ab", 4), ("abcde", 8)):
        table: dict[tuple[str, ...], int] = {}
        for _ in range(size):
            word = tuple(rng.choice(list(letters), size=rng.integers(2, 7)).tolist())
            table[word] = int(rng.integers(1, 9))
        cases += [(table,), (bpe_step(table),)]
    return cases


Words = dict[tuple[str, ...], int]
Pair = tuple[str, str]


def _pair_counts(words: Words) -> Counter[Pair]:
    counts: Counter[Pair] = Counter()
    for symbols, times in words.items():
        for pair in pairwise(symbols):
            counts[pair] += times
    return counts


def _merge_all(words: Words, best: Pair | None) -> Words:
    return {_merge(symbols, best): times for symbols, times in words.items()}


def _most_frequent(counts: Counter[Pair]) -> Pair | None:
    return min(counts, key=lambda pair: (-counts[pair], pair), default=None)


def _bpe_last_of_ties(words: Words) -> Words:
    counts = _pair_counts(words)
    return _merge_all(words, max(counts, key=lambda pair: (counts[pair], pair), default=None))


def _bpe_first_seen(words: Words) -> Words:
    counts = _pair_counts(words)
    return _merge_all(words, max(counts, key=counts.__getitem__, default=None))


def _bpe_of_something(words: Words) -> Words:
    counts = _pair_counts(words)
    return _merge_all(words, min(counts, key=lambda pair: (-counts[pair], pair)))


def _bpe_rarest(words: Words) -> Words:
    counts = _pair_counts(words)
    return _merge_all(words, min(counts, key=lambda pair: (counts[pair], pair), default=None))


def _bpe_first_place_only(words: Words) -> Words:
    best = _most_frequent(_pair_counts(words))
    merged: Words = {}
    for symbols, times in words.items():
        place = next((i for i, pair in enumerate(pairwise(symbols)) if pair == best), None)
        if place is not None:
            symbols = (*symbols[:place], "".join(best or ()), *symbols[place + 2 :])
        merged[symbols] = times
    return merged


def _bpe_string_replace(words: Words) -> Words:
    best = _most_frequent(_pair_counts(words)) or ("", "")
    return {
        tuple(" ".join(symbols).replace(" ".join(best), "".join(best)).split()): times
        for symbols, times in words.items()
    }


def _bpe_right_to_left(words: Words) -> Words:
    best = _most_frequent(_pair_counts(words))
    flipped = best and (best[1][::-1], best[0][::-1])
    return {
        tuple(
            symbol[::-1] for symbol in reversed(_merge(tuple(s[::-1] for s in reversed(symbols)), flipped))
        ): times
        for symbols, times in words.items()
    }


register(
    Exercise(
        name="01.8",
        title="Un paso de BPE",
        reference=bpe_step,
        cases=_bpe_cases,
        statement=r"""
BPE construye su vocabulario repitiendo un gesto: busca los dos símbolos contiguos que más se repiten en
el texto y los une en uno nuevo. Escribe ese gesto.

El texto llega resumido como una tabla: cada palabra, partida en símbolos, con las veces que aparece. Un
par suma las apariciones de todas las palabras que lo contienen:

$$n(x, y) = \sum_{\text{palabra}} \text{veces}(\text{palabra}) \cdot
\text{lugares donde } y \text{ sigue a } x$$

Si dos pares empatan, gana el menor en orden alfabético, es decir, el que iría antes en `sorted`. Dentro
de una palabra se une de izquierda a derecha y sin solapar: con el par (a, a), `a a a` pasa a ser `aa a`.
Si no queda ningún par, la tabla se devuelve igual. No cambies la que recibes.

```python
>>> bpe_step({("s", "o", "l"): 3, ("s", "a", "l"): 2, ("s", "o", "n"): 4})
{('so', 'l'): 3, ('s', 'a', 'l'): 2, ('so', 'n'): 4}
```
""",
        mistakes=[
            Mistake(
                lambda words: _merge_all(words, _most_frequent(_pair_counts(dict.fromkeys(words, 1)))),
                "Eliges otro par: parece que cada palabra de la tabla te cuenta una sola vez. Una que "
                "aparece nueve veces en el texto aporta nueve a cada uno de sus pares.",
            ),
            Mistake(
                _bpe_last_of_ties,
                "Solo fallas cuando hay empate: te quedas con el último par en orden alfabético, y tiene "
                "que ganar el primero.",
            ),
            Mistake(
                _bpe_first_seen,
                "Solo fallas cuando hay empate: te quedas con el primer par que viste, así que el resultado "
                "depende del orden de la tabla. Desempata por orden alfabético.",
            ),
            Mistake(
                _bpe_of_something,
                "Tu función da un error cuando ya no queda ningún par que unir: `max` y `min` no admiten "
                "una colección vacía. En ese caso la tabla se devuelve igual.",
            ),
            Mistake(
                _bpe_rarest,
                "Parece que unes el par menos frecuente: mira si buscas un mínimo donde va un máximo.",
            ),
            Mistake(
                _bpe_first_place_only,
                "El par es el correcto, pero en cada palabra lo unes una sola vez. Hay que unirlo en todos "
                "los sitios donde aparece.",
            ),
            Mistake(
                _bpe_string_replace,
                "Parece que unes con `replace` sobre un texto con espacios. Eso también encuentra el par "
                "donde no está: `a b` aparece dentro de `xa b`, y ahí los símbolos son `xa` y `b`. Recorre "
                "símbolos, no letras.",
            ),
            Mistake(
                _bpe_right_to_left,
                "Solo fallas cuando el par se solapa consigo mismo, como en `a a a`: parece que unes "
                "empezando por el final. Recorre de izquierda a derecha.",
            ),
        ],
        points=4,
        difficulty=3,
        importance=3,
        minutes=15,
    )
)

# 01.9


def wordpiece(word: str, vocabulary: set[str]) -> list[str]:
    """Parte word en las piezas más largas del vocabulario; ["[UNK]"] si alguna parte no se puede cubrir."""
    pieces: list[str] = []
    start = 0
    while start < len(word):
        prefix = "##" if start else ""
        ends = range(len(word), start, -1)
        end = next((end for end in ends if prefix + word[start:end] in vocabulary), None)
        if end is None:
            return ["[UNK]"]
        pieces.append(prefix + word[start:end])
        start = end
    return pieces


def _wordpiece_cases(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    english = {
        "un",
        "u",
        "happi",
        "##happi",
        "##ness",
        "##n",
        "##h",
        "##happ",
        "##i",
        "ness",
        "unhappy",
        "##es",
    }
    cases: list[tuple[Any, ...]] = [
        ("unhappiness", english),
        ("unhappy", english),
        ("happiness", english),
        ("uno", english),  # "##o" is missing
        ("ness", english),
        ("xun", english),
        ("unness", {"un", "ness"}),  # "ness" may only start a word
        ("gatos", {"gatos", "gato", "##s"}),
        ("abcd", {"abc", "ab", "##cd"}),  # greedy finds "abc" and then no "##d"
    ]
    for size in (3, 4, 5, 6, 7, 8):
        letters = list("abc")
        vocabulary = {*letters, *("##" + letter for letter in letters)}
        for _ in range(12):
            piece = "".join(rng.choice(letters, size=rng.integers(2, 4)))
            vocabulary.add(piece if rng.random() < 0.5 else "##" + piece)
        if size % 2:  # now and then a letter cannot be covered
            vocabulary.discard("##" + str(rng.choice(letters)))
        cases += [("".join(rng.choice(letters, size=size)), vocabulary) for _ in range(2)]
    return cases


def _cut(
    word: str,
    vocabulary: set[str],
    *,
    shortest: bool = False,
    mark: str = "##",
    partial: bool = False,
    letter_by_letter: bool = False,
) -> list[str]:
    """The reference with one of its decisions changed."""
    pieces: list[str] = []
    start = 0
    while start < len(word):
        prefix = mark if start else ""
        ends = range(start + 1, len(word) + 1) if shortest else range(len(word), start, -1)
        end = next((end for end in ends if prefix + word[start:end] in vocabulary), None)
        if end is None:
            if letter_by_letter:
                pieces.append("[UNK]")
                start += 1
                continue
            return [*pieces, "[UNK]"] if partial else ["[UNK]"]
        pieces.append(prefix + word[start:end])
        start = end
    return pieces


def _cut_from_the_end(word: str, vocabulary: set[str]) -> list[str]:
    pieces: list[str] = []
    end = len(word)
    while end:
        starts = (start for start in range(end) if ("##" if start else "") + word[start:end] in vocabulary)
        start = next(starts, None)
        if start is None:
            return ["[UNK]"]
        pieces.insert(0, ("##" if start else "") + word[start:end])
        end = start
    return pieces


register(
    Exercise(
        name="01.9",
        title="WordPiece: la pieza más larga primero",
        reference=wordpiece,
        cases=_wordpiece_cases,
        statement=r"""
BERT no guarda todas las palabras, sino un vocabulario de piezas. Para partir una palabra es voraz: toma
el prefijo **más largo** que esté en el vocabulario, y repite con lo que queda. Las piezas que no empiezan
la palabra se escriben con `##` delante, y así se buscan: `ness` y `##ness` son entradas distintas.

$$j^{*} = \max \{\, j > i : w_{i:j} \text{ está en el vocabulario} \,\}, \qquad i \leftarrow j^{*}$$

Si en algún punto ninguna pieza encaja, la palabra *entera* es desconocida y el resultado es `["[UNK]"]`.
No hay vuelta atrás, aunque otro corte hubiera funcionado.

```python
>>> wordpiece("unhappiness", {"un", "##happi", "##ness", "##n"})
['un', '##happi', '##ness']
>>> wordpiece("unhappy", {"un", "##happi", "##ness", "##n"})
['[UNK]']
```
""",
        mistakes=[
            Mistake(
                lambda word, vocabulary: _cut(word, vocabulary, shortest=True),
                "Parece que tomas la primera pieza que encaja empezando por las cortas. WordPiece prueba "
                "primero la más larga, y va recortando por la derecha.",
            ),
            Mistake(
                lambda word, vocabulary: _cut(word, vocabulary, mark=""),
                "Parece que buscas las piezas interiores sin `##`. En el vocabulario, `ness` solo puede "
                "empezar una palabra; en medio va `##ness`.",
            ),
            Mistake(
                lambda word, vocabulary: [piece.removeprefix("##") for piece in wordpiece(word, vocabulary)],
                "Los cortes son buenos, pero devuelves las piezas sin `##`. La marca forma parte de la "
                "pieza: sin ella no se sabría cómo volver a unirlas.",
            ),
            Mistake(
                lambda word, vocabulary: _cut(word, vocabulary, partial=True),
                "Cuando te atascas, conservas las piezas anteriores. En WordPiece, si falta una parte, toda "
                "la palabra se convierte en un único [UNK].",
            ),
            Mistake(
                lambda word, vocabulary: _cut(word, vocabulary, letter_by_letter=True),
                "Parece que saltas la letra que no encaja y sigues. Basta un hueco para que la palabra "
                "entera sea un único [UNK].",
            ),
            Mistake(
                _cut_from_the_end,
                "Parece que cortas desde el final de la palabra. El orden importa: se toma el prefijo más "
                "largo y se avanza hacia la derecha.",
            ),
            Mistake(
                lambda word, vocabulary: [word] if word in vocabulary else ["[UNK]"],
                "Solo reconoces palabras enteras. La gracia de WordPiece es cubrir con varias piezas las "
                "que no están.",
            ),
        ],
        points=4,
        difficulty=3,
        importance=2,
        minutes=15,
    )
)
