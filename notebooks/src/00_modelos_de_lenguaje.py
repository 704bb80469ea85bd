# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 00 · Modelos de lenguaje
#
# Escribe «Shanghái es una ciudad de» y casi cualquiera que te lea terminará la frase. Un modelo de lenguaje
# hace eso y nada más que eso: mira un texto y dice qué palabra podría venir después, y con qué
# probabilidad. En esta lección construimos dos, uno que cuenta y otro que calcula, y vemos cuánto se puede
# hacer con una idea tan corta.
#
# **Al terminar sabrás** decir qué calcula un modelo de lenguaje y puntuar con él una frase entera;
# entrenarlo, medir su perplejidad y reconocer cuándo solo ha memorizado; hacerle escribir y gobernar lo que
# escribe con la temperatura, top-k y top-p; explicar por qué un modelo solo sabe lo que ha leído; y pedirle
# cosas con un prompt.
#
# **Necesitas** Python y recordar qué es una probabilidad condicionada. Lo demás se explica aquí.
#
# **Tiempo**: unas dos horas leyendo, ejecutando y jugando; otras dos con los ejercicios.

# %%
import math
import random
from collections import Counter, defaultdict
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch

from course_utils import assets, corpora, plotting
from course_utils.language_model import NeuralLanguageModel, NGramModel
from course_utils.runtime import set_seed

plotting.use_course_style()
pd.options.display.precision = 3
set_seed(0)

# %% [markdown]
# ## 1. ¿Qué palabra viene ahora?
# <!-- LM1 -->
#
# La pregunta que contesta un modelo de lenguaje se escribe así:
#
# $$P(\text{«China»} \mid \text{«Shanghai is a city in»})$$
#
# A la derecha de la barra está lo que ya se ha leído, el *prompt*; a la izquierda, un candidato a ser el
# siguiente *token*, la unidad en que se trocea el texto. En esta lección un token será una palabra o una
# letra; en la 01 verás trozos intermedios. El modelo da una probabilidad a **cada** token de su
# vocabulario, y todas suman 1.
#
# ¿De dónde sale esa probabilidad? Lo más sencillo es contar. Si en lo que hemos leído, detrás de «el» ha
# venido «gato» dos veces de cada tres, diremos que tras «el» viene «gato» con probabilidad 2/3:
#
# $$P(w \mid h) = \frac{c(h\,w)}{c(h)}$$
#
# donde $c$ cuenta apariciones, $h$ es la historia (lo ya leído) y $w$ la palabra siguiente. Basta un
# diccionario.

# %%
tiny = ["el", "gato", "duerme", ".", "el", "perro", "duerme", ".", "el", "gato", "come", "."]

followers: defaultdict[str, Counter[str]] = defaultdict(Counter)
for word, following in pairwise(tiny):
    followers[word][following] += 1

{word: dict(counts) for word, counts in followers.items()}


# %%
def naive_probability(word: str, history: str) -> float:
    return followers[history][word] / followers[history].total()


print(
    naive_probability("gato", "el"), naive_probability("duerme", "gato"), naive_probability("come", "perro")
)
assert naive_probability("gato", "el") == 2 / 3

# %% [markdown]
# Esto ya es un modelo de lenguaje. Se llama **modelo de bigramas**, porque solo mira parejas de palabras
# seguidas. Fíjate en el último número: nunca hemos leído «perro come», así que el modelo lo declara
# *imposible*. Un texto de doce palabras no da para más; vamos a darle uno de verdad: un centenar de
# artículos completos de la Wikipedia en inglés. Apartamos diez que el modelo no leerá: serán su examen.

# %%
articles = corpora.wikipedia()
order = np.random.default_rng(0).permutation(len(articles))
held_out, studied = ([articles[i] for i in rows] for rows in (order[:10], order[10:]))


# %%
def words_of(text: str) -> list[str]:
    sentences = corpora.split_sentences(text)
    return [word for sentence in sentences for word in (*corpora.split_words(sentence), ".")]


train = [word for article in studied for word in words_of(article.text)]
test = [word for article in held_out for word in words_of(article.text)]

# %%
print(f"{len(train)} palabras para entrenar, {len(test)} para examinar")
print(" ".join(train[:20]))

# %% [markdown]
# Hemos pasado todo a minúsculas y quitado la puntuación, salvo un punto que cierra cada frase. Del
# vocabulario dejamos fuera las palabras que salen una sola vez y las sustituimos por `<unk>` (*unknown*):
# así el modelo aprende también cuánto suele aparecer algo que no conoce, que es lo que se encontrará en el
# examen.
#
# La versión limpia de nuestro diccionario está en `course_utils.language_model` y se llama `NGramModel`.
# Con `order=2` y `discount=0` hace exactamente la cuenta de arriba. Lo comprobamos en los dos textos.

# %%
from course_utils.language_model import build_vocabulary

bigram = NGramModel(order=2, discount=0).fit(tiny)
for history in followers:
    for word in tiny:
        assert math.isclose(bigram.probability(word, [history]), naive_probability(word, history))


# %%
vocabulary = build_vocabulary(train, min_count=2)
pairs, firsts = Counter(pairwise(train)), Counter(train[:-1])
counting = NGramModel(order=2, discount=0).fit(train, vocabulary)
assert math.isclose(counting.probability("is", ["algeria"]), pairs["algeria", "is"] / firsts["algeria"])
print(
    f"{len(vocabulary)} palabras distintas; P(is | algeria) = {counting.probability('is', ['algeria']):.3f}"
)

# %% [markdown]
# ### El problema de lo que nunca se ha visto
#
# ¿Cuántas parejas de palabras del examen no aparecieron nunca en lo estudiado?

# %%
known = set(vocabulary)
new_pairs = [pair for pair in pairwise(test) if pair not in pairs and known.issuperset(pair)]
print(
    f"{len(new_pairs) / len(test):.0%} de las parejas del examen son nuevas, con palabras conocidas las dos"
)
print("Por ejemplo:", ", ".join(f"«{a} {b}»" for a, b in new_pairs[:5]))
assert len(new_pairs) / len(test) > 0.1

# %% [markdown]
# Y son parejas perfectamente normales. Un modelo que les da probabilidad cero se equivoca siempre por el
# mismo lado: cree que el mundo se acaba en su biblioteca. La salida es que cada historia larga **ahorre**
# un poco de la probabilidad de lo que vio y la reparta consultando a la historia más corta. Ese ahorro se
# llama *suavizado* (*smoothing*), y la forma que usamos, **Kneser–Ney interpolado**, es la que mejor ha
# resistido el tiempo:
#
# $$P(w \mid h) = \frac{\max(c(hw) - D,\, 0)}{c(h)} + \frac{D \cdot N(h)}{c(h)} \; P(w \mid h')$$
#
# Léelo por partes. A cada cuenta se le resta un descuento $D$, entre 0 y 1. Lo ahorrado es $D$ por cada
# palabra distinta que siguió a $h$, y hay $N(h)$. Ese ahorro lo reparte $P(w \mid h')$, el mismo modelo con
# la historia $h'$, que es $h$ sin su primera palabra. Al final de la cadena espera la distribución
# uniforme, $1/V$.
#
# Kneser y Ney añadieron una observación fina. «Francisco» puede ser muy frecuente, pero casi siempre detrás
# de «San»; si no sabemos qué viene, es mala apuesta. Por eso en las historias cortas no se cuenta cuántas
# veces salió una palabra, sino **detrás de cuántas cosas distintas** salió.

# %%
text = "san francisco . san francisco . san francisco . un vaso . el vaso . mi vaso . tu"
cities = NGramModel(order=2).fit(text.split())
frequency = Counter(text.split())
for word in ("francisco", "vaso"):
    print(f"{word}: sale {frequency[word]} veces; P({word} | tu) = {cities.probability(word, ['tu']):.3f}")
assert frequency["francisco"] == frequency["vaso"]
assert cities.probability("francisco", ["tu"]) < cities.probability("vaso", ["tu"])

# %% [markdown]
# Igual de frecuentes, y sin embargo tras una palabra nueva el modelo apuesta por «vaso». Ahora sí: un
# modelo de **trigramas** (dos palabras de historia) que ha leído la Wikipedia, y la pregunta con que
# abríamos.

# %%
model = NGramModel(order=3).fit(train, vocabulary)
prompt = ["shanghai", "is", "a", "city", "in"]
distribution = model.next_distribution(prompt)
assert math.isclose(distribution.sum(), 1)

rank = int((distribution > model.probability("china", prompt)).sum()) + 1
print(f"P(china | shanghai is a city in) = {model.probability('china', prompt):.5f}, puesto {rank}")
print("Su apuesta:", ", ".join(vocabulary[row] for row in np.argsort(-distribution)[:8]))
assert rank > 1

# %% [markdown]
# No lo sabe. Y es justo que no lo sepa: mira lo que ha leído sobre Shanghái, y mira qué parte de la
# pregunta alcanza a ver un modelo de trigramas.

# %%
from course_utils.widgets.language_model import backoff_picture, explore_backoff

places = [i for i, word in enumerate(train) if word == "shanghai"]
for place in places:
    print("…", " ".join(train[place - 6 : place + 5]), "…")
figure = backoff_picture(model, "city in")
plotting.show(
    figure,
    alt="Tres paneles de barras con las palabras más probables sin leer nada, tras «in» y tras "
    "«city in». Sin leer nada y tras «in» ganan palabras corrientes; tras «city in» asoma algún lugar.",
)

# %% [markdown]
# Los artículos nombran Shanghái de pasada, y ninguno dice en qué país está. Además, el modelo solo lee las
# dos últimas palabras: ante «city in», *Shanghai* ya quedó fuera de su ventana. Los paneles muestran lo que
# sabe leyendo cada vez más: sin leer nada, palabras corrientes; tras «in», lo que sigue a una preposición;
# tras «city in», asoma algún lugar, de las pocas veces que encontró esas dos palabras seguidas. Aun así,
# algo ha aprendido:

# %%
alone = NGramModel(order=1).fit(train, vocabulary)
gain = model.probability("china", prompt) / alone.probability("china", [])
print(
    f"P(china) sin leer nada: {alone.probability('china', []):.5f}; tras leer el prompt, {gain:.1f} veces más"
)
assert gain > 1

# %% [markdown]
# Hacen falta dos cosas para acertar: haberlo leído y tener ventana para recordarlo. Probemos ambas con el
# corpus en español del curso, hecho de frases que enuncian hechos. Una de ellas dice «Shanghái es una
# ciudad de China».

# %%
spanish = [text.rstrip(".").split() for text in corpora.spanish_sentences()]
fact = ["Shanghái", "es", "una", "ciudad", "de", "China"]
assert fact in spanish


# %%
def answer(order: int, sentences: list[list[str]]) -> tuple[str, float]:
    words = [word for sentence in sentences for word in (*sentence, ".")]
    reader = NGramModel(order).fit(words)
    foreseen = reader.next_distribution([".", *fact[:-1]])
    return reader.vocabulary[foreseen.argmax()], reader.probability("China", [".", *fact[:-1]])


# %%
without = [sentence for sentence in spanish if sentence != fact]
rows_read = [(n, *answer(n, spanish), *answer(n, without)) for n in (2, 4, 6)]
columns = ["orden", "con la frase contesta", "P(China)", "sin la frase contesta", "P(China) sin ella"]
assert rows_read[2][1] == "China" and rows_read[0][1] != "China" != rows_read[2][3]  # noqa: PT018
pd.DataFrame(rows_read, columns=columns).set_index("orden")

# %% [markdown]
# Con seis palabras de orden el modelo ve «Shanghái» y contesta. Pero si quitamos esa única frase, la
# respuesta se esfuma, aunque el corpus hable de Shanghái y de China en muchas otras. Un modelo que cuenta
# **recuerda**, no deduce. Guarda esta idea: de ella saldrán las redes neuronales de la sección 5 y, más
# adelante, RAG.
#
# **Prueba a cambiar** el contexto en la casilla: «the capital of», «president abraham», «of the».

# %%
explore_backoff(model, "the capital of")

# %% [markdown]
# ## 2. De la palabra a la frase: la regla de la cadena
#
# Saber apostar por la palabra siguiente basta para puntuar un texto entero. La probabilidad de que dos
# cosas ocurran es la de la primera por la de la segunda *sabiendo* la primera. Con las cuentas en la mano
# es casi una perogrullada: de todas las parejas, ¿qué parte son «united states»?

# %%
total = len(train) - 1
joint = pairs["united", "states"] / total
chained = (firsts["united"] / total) * (pairs["united", "states"] / firsts["united"])
print(f"directa: {joint:.6f}   primera × segunda sabiendo la primera: {chained:.6f}")
assert math.isclose(joint, chained)

# %% [markdown]
# Repetido palabra tras palabra, eso es la **regla de la cadena**, y es exacta para cualquier distribución:
#
# $$P(w_1, \dots, w_n) = \prod_{t=1}^{n} P(w_t \mid w_1, \dots, w_{t-1})$$
#
# La aproximación de un modelo de n-gramas no está en la cadena, sino en recortar cada historia a sus
# últimas $n-1$ palabras. Veámosla eslabón a eslabón.

# %%
sentence = ["algeria", "is", "a", "country", "in", "africa", "."]
links = [model.probability(word, sentence[:t]) for t, word in enumerate(sentence)]
chain = pd.DataFrame({"lo ya leído": [" ".join(sentence[:t]) or "(nada)" for t in range(len(sentence))],
                      "palabra": sentence, "P": links, "producto": np.cumprod(links)})  # fmt: skip
assert math.isclose(math.prod(links), math.exp(model.log_probabilities(sentence).sum()))
chain.assign(P=chain["P"].round(4), producto=chain["producto"].map("{:.1e}".format))

# %% [markdown]
# El producto se hace diminuto enseguida: cualquier frase concreta es muy improbable, porque hay muchísimas.
# Por eso se trabaja con logaritmos, que convierten el producto en suma, y por eso lo útil no es el número
# en sí, sino **comparar**. ¿Prefiere el modelo esta frase a las mismas palabras en otro orden?

# %%
generator = random.Random(0)
shuffled = [generator.sample(sentence[:-1], 6) + ["."] for _ in range(200)]
scores = [model.log_probabilities(other).sum() for other in shuffled]
mine = model.log_probabilities(sentence).sum()
print(
    f"log P de la frase: {mine:.1f}; la mejor desordenada: {max(scores):.1f}; la media: {np.mean(scores):.1f}"
)
assert mine > np.percentile(scores, 95)

# %% [markdown]
# Nadie le ha explicado gramática, y prefiere el orden bueno. Ha salido de contar.
#
# ## 3. Entrenar es leer; la nota se llama perplejidad
# <!-- LM2 -->
#
# Todo modelo de lenguaje vive dos vidas. En el **entrenamiento** lee un corpus (una gran colección de
# textos) y ajusta lo que lleva dentro: cuentas o pesos. En la **inferencia** ya no aprende; recibe un
# prompt y lo continúa.
#
# Para entrenar no hace falta que nadie etiquete nada: las respuestas correctas están en el propio texto.
# Por eso se llama aprendizaje **autosupervisado** (*self-supervised*). Cada posición es un ejercicio con su
# solución.

# %%
for position in range(1, 6):
    print(f"{' '.join(train[:position]):<45} → {train[position]}")

# %% [markdown]
# De doce palabras salen once ejercicios; de toda una web, billones. Suele decirse que estos modelos leen
# «toda la Wikipedia y millones de páginas web». Se quedó corto: Llama 3 (2024) leyó unos quince billones de
# tokens, y la Wikipedia entera es ya una parte muy pequeña de la dieta.
#
# ¿Cómo se le pone nota? Con texto que no haya leído y una pregunta: ¿cuánta probabilidad diste a lo que de
# verdad venía? La **perplejidad** la resume en una cifra:
#
# $$\mathrm{PP} = \exp\Big(-\frac{1}{n}\sum_{t=1}^{n} \ln P(w_t \mid w_{<t})\Big)$$
#
# Se lee «entre cuántas opciones igual de probables duda el modelo». Quien duda entre las seis caras de un
# dado tiene perplejidad 6; quien lo sabe todo, 1. Y quien no ha leído nada duda entre todo el vocabulario.

# %%
from course_utils.language_model import perplexity

die = [math.log(1 / 6)] * 10
uniform = np.full(len(test), -math.log(len(vocabulary)))
naive = math.exp(-sum(die) / len(die))
print(f"dado: {perplexity(die):.1f}   sin haber leído: {perplexity(uniform):.1f}")
assert math.isclose(naive, perplexity(die))
assert math.isclose(perplexity(uniform), len(vocabulary))

# %% [markdown]
# Ahora el experimento que separa aprender de memorizar. Entrenamos modelos de orden 1 a 5 con parte del
# texto y los examinamos dos veces: con lo que **leyeron** y con los artículos **apartados**. De paso les
# pedimos que escriban 400 palabras y miramos cuántas secuencias de seis están calcadas del entrenamiento.

# %%
from course_utils.language_model import generate

some = train[:150_000]
some_words = build_vocabulary(some, min_count=2)
copied = {tuple(some[i : i + 6]) for i in range(len(some) - 5)}
results = []
for n in range(1, 6):
    ngram = NGramModel(n).fit(some, some_words)
    written = generate(ngram, ["the"], 400, seed=0)
    sixes = [tuple(written[i : i + 6]) for i in range(len(written) - 5)]
    seen, unseen = (perplexity(ngram.log_probabilities(part)) for part in (some, test))
    results.append([n, seen, unseen, sum(six in copied for six in sixes) / len(sixes)])
orders = pd.DataFrame(results, columns=["orden", "leído", "apartado", "copiado"]).set_index("orden")
orders.assign(copiado=orders["copiado"].map("{:.0%}".format)).round(1)

# %%
best = int(orders["apartado"].idxmin())
print(f"El mejor en el examen es el de orden {best}")
assert best < 5
assert orders["leído"].is_monotonic_decreasing
assert orders.loc[5, "copiado"] > orders.loc[2, "copiado"]

# %%
figure, axes = plt.subplots()
axes.plot(orders["leído"], label="texto que leyó")
axes.plot(orders["apartado"], label="texto apartado")
axes.set(yscale="log", xlabel="orden del modelo (palabras por n-grama)", ylabel="perplejidad")
axes.set(xticks=orders.index, yticks=[2, 5, 10, 20, 50, 100, 200, 500])
axes.yaxis.set_major_formatter("{x:.0f}")
axes.minorticks_off()
axes.legend()
plotting.show(
    figure,
    alt="Perplejidad según el orden, de 1 a 5, en escala logarítmica. Con el texto leído cae sin "
    "parar hasta casi 1; con el apartado baja mucho del orden 1 al 2 y después sube un poco.",
)

# %% [markdown]
# La curva del texto leído baja sin parar: con cuatro palabras de historia, casi siempre hay una sola
# continuación y el modelo la recita. La del examen baja al principio, toca fondo y vuelve a subir. Entre
# una y otra está el **sobreajuste** (*overfitting*): lo que mejora ahí ya no es saber idioma, sino saberse
# *ese* texto; la última columna lo delata. Si miras solo la nota de lo leído, elegirás siempre al que más
# memoriza: el examen tiene que ser de preguntas nuevas. (En el orden 1 el examen sale mejor que lo leído:
# tiene más palabras desconocidas, y `<unk>`, que las junta a todas, es fácil de acertar. Dos perplejidades
# solo se comparan con el mismo vocabulario y el mismo examen.)
#
# Y el suavizado no es un adorno:

# %%
unsmoothed = NGramModel(3, discount=0).fit(some, some_words)
print("trigramas sin suavizar, en el examen:", perplexity(unsmoothed.log_probabilities(test)))
assert math.isinf(perplexity(unsmoothed.log_probabilities(test)))
del ngram, unsmoothed, copied

# %% [markdown]
# Una sola palabra «imposible» basta para suspender con perplejidad infinita.
#
# **Prueba a cambiar** `discount` a 0.1 y a 0.9: ¿a qué órdenes les hace más daño ahorrar poco?
#
# ## 4. Inferir es escribir: elegir la palabra siguiente
#
# Escribir es repetir tres pasos: preguntar al modelo, elegir una palabra de su distribución, añadirla al
# texto. El primero ya lo tenemos; el segundo admite estilos. El más obvio es llevarse siempre la más
# probable: **greedy** (voraz). Probémoslo con un chiste por terminar: un día, un modelo de lenguaje entra
# en un bar y…

# %%
joke = ["one", "day", "a", "language", "model", "enters", "a", "bar", "and"]
text_so_far = list(joke)
for _ in range(14):
    options = model.next_distribution(text_so_far)
    options[vocabulary.index("<unk>")] = 0
    text_so_far.append(vocabulary[int(options.argmax())])

# %%
print(" ".join(text_so_far))
assert ("enters", "a", "bar") not in set(zip(train, train[1:], train[2:], strict=False))
assert text_so_far == generate(model, joke, 14, temperature=0)

# %% [markdown]
# Voraz y aburrido: cae en lo más trillado de su corpus y, sin azar que lo saque, tiende a dar vueltas. Lo
# contrario es **sortear** (*sampling*): cada palabra sale con la probabilidad que el modelo le da. Un
# sorteo se hace con una ruleta: se ponen las probabilidades una tras otra sobre un segmento de longitud 1 y
# se mira dónde cae un punto.

# %%
from course_utils.language_model import apply_temperature, apply_top_k, apply_top_p, sample

toy = np.array([0.5, 0.25, 0.15, 0.07, 0.03])
roulette = np.random.default_rng(0)
spins = np.bincount([sample(toy, roulette) for _ in range(10_000)], minlength=5) / 10_000
print("probabilidad:", toy, "  frecuencia en el sorteo:", spins.round(2))
assert np.abs(spins - toy).max() < 0.02

# %% [markdown]
# Entre los dos extremos hay tres mandos, los mismos que encuentras en cualquier servicio de LLM.
#
# **Temperatura** $T$. Eleva cada probabilidad a $1/T$ y vuelve a normalizar. Con $T<1$ los favoritos ganan
# ventaja; con $T>1$ todo se iguala; cuando $T \to 0$, queda greedy. En una red se aplica dividiendo por $T$
# los *logits*, las puntuaciones antes del softmax; es la misma cuenta:
#
# $$P_T(w) = \frac{P(w)^{1/T}}{\sum_v P(v)^{1/T}} = \mathrm{softmax}\big(\ln P / T\big)_w$$
#
# **Top-k**. Deja solo las $k$ más probables. **Top-p** (*nucleus*). Deja las más probables hasta juntar una
# masa $p$: muchas si el modelo duda, pocas si está seguro. Los dos cortan la cola, donde hay miles de
# palabras absurdas que por separado no pesan nada y juntas salen a menudo. Así de cortos son, en su forma
# ingenua:


# %%
def naive_temperature(probabilities: list[float], temperature: float) -> list[float]:
    powers = [p ** (1 / temperature) for p in probabilities]
    total = sum(powers)
    return [power / total for power in powers]


# %%
def naive_top_p(probabilities: list[float], mass: float) -> list[float]:
    kept, total = [0.0] * len(probabilities), 0.0
    for row in sorted(range(len(probabilities)), key=lambda row: -probabilities[row]):
        if total < mass:
            kept[row] = probabilities[row]
            total += probabilities[row]
    return [p / total for p in kept]


# %%
def naive_top_k(probabilities: list[float], k: int) -> list[float]:
    threshold = sorted(probabilities)[-k]
    kept = [p if p >= threshold else 0.0 for p in probabilities]
    total = sum(kept)
    return [p / total for p in kept]


# %% [markdown]
# Los comparamos con los del curso y con los que usa `transformers` de Hugging Face, que trabajan sobre
# logits, en una distribución de verdad: la del modelo tras nuestro chiste.

# %%
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper


# %%
real = model.next_distribution(joke)
real[vocabulary.index("<unk>")] = 0  # eso no se puede escribir
real /= real.sum()
logits = torch.from_numpy(real).log().unsqueeze(0)
no_ids = torch.zeros(1, 0, dtype=torch.long)

# %%
for mine_now, naive_now, library in (
    (apply_temperature(real, 0.7), naive_temperature(list(real), 0.7), TemperatureLogitsWarper(0.7)),
    (apply_top_k(real, 50), naive_top_k(list(real), 50), TopKLogitsWarper(50)),
    (apply_top_p(real, 0.8), naive_top_p(list(real), 0.8), TopPLogitsWarper(0.8)),
):
    theirs = library(no_ids, logits).softmax(dim=-1)[0].numpy()
    kept = np.count_nonzero(mine_now)
    print(f"{type(library).__name__:<25} palabras que pueden salir: {kept:>5} de {len(real)}")
    assert np.allclose(mine_now, naive_now, atol=1e-9)
    assert np.allclose(np.sort(mine_now), np.sort(theirs), atol=1e-9)

# %% [markdown]
# Las tres versiones coinciden. (Comparamos los valores ordenados porque aquí hay muchas palabras empatadas,
# y cuando el corte de top-p cae entre empatadas da igual cuál se queda: cada biblioteca elige la suya.) La
# figura enseña qué hace cada mando con esa misma distribución.

# %%
settings = {"tal cual": real, "temperatura 0.5": apply_temperature(real, 0.5),
            "temperatura 2": apply_temperature(real, 2), "top-k = 5": apply_top_k(real, 5)}  # fmt: skip

# %%
leaders = np.argsort(-real)[:10]
figure, panels = plt.subplots(1, 4, figsize=(10, 3.4), sharey=True, sharex=True)
for axes, (title, values), colour in zip(panels, settings.items(), plotting.PALETTE, strict=False):
    axes.barh(range(10), values[leaders], color=colour)
    axes.set(title=title, yticks=range(10), yticklabels=[vocabulary[row] for row in leaders])
    axes.text(
        0.95, 0.05, f"las demás:\n{abs(1 - values[leaders].sum()):.0%}", transform=axes.transAxes, ha="right"
    )
panels[0].invert_yaxis()
figure.supxlabel("probabilidad")
plotting.show(
    figure,
    alt="Cuatro paneles con las diez palabras más probables tras el chiste. Con temperatura 0.5 "
    "las primeras crecen; con 2 casi toda la masa se va a las demás; con top-k 5 solo quedan cinco.",
)

# %% [markdown]
# Mira «las demás»: con temperatura 2 casi toda la masa está en la cola, y el texto será una ensalada. Y
# ahora, el final del chiste con varios ajustes.

# %%
tries: dict[str, tuple[float, int | None, float | None]] = {
    "greedy": (0, None, None),
    "temperatura 0.7": (0.7, None, None),
    "tal cual": (1, None, None),
    "top-k = 40": (1, 40, None),
    "top-p = 0.8": (1, None, 0.8),
    "temperatura 2": (2, None, None),
}
for title, (temperature, top_k, top_p) in tries.items():
    ending = generate(model, joke, 16, temperature=temperature, top_k=top_k, top_p=top_p, seed=1, stop=".")
    print(f"{title:<16}… {' '.join(ending[len(joke) :])}")

# %% [markdown]
# Ninguno tiene gracia, y es instructivo. Cada tres palabras seguidas suenan bien, porque eso es lo único
# que el modelo mira; el conjunto no va a ninguna parte. Nunca leyó un chiste, ni «enters a bar», y a la
# tercera palabra ha olvidado que había un bar. No le falta un mando: le faltan lectura y memoria.
#
# **Prueba a cambiar** los mandos. ¿Con cuáles se repite? ¿A partir de qué temperatura deja de parecer
# inglés?

# %%
from course_utils.widgets.language_model import explore_sampling, sampling_picture

figure = sampling_picture(model, " ".join(joke), temperature=0.7, top_k=10)
plotting.show(
    figure,
    alt="Barras dobles de las doce palabras más probables tras el chiste: lo que da el modelo y de "
    "lo que se sortea con temperatura 0.7 y top-k 10. Encima, el texto que sale.",
)

# %%
explore_sampling(model, " ".join(joke))

# %% [markdown]
# Con conexión, la celda siguiente da el mismo comienzo a GPT-2 (2019), que leyó unos 40 GB de páginas web:
# un modelo de lenguaje con el mismo contrato que el nuestro y los mismos mandos. Es opcional: son unos 500
# MB de descarga.

# %%
shows = "a GPT-2 continuar el chiste con frases coherentes, aunque con poca gracia"
loaded = assets.load_if_hub("openai-community/gpt2", "causal-lm", shows)
if loaded:
    gpt2_tokenizer, gpt2 = loaded
    inputs = gpt2_tokenizer("One day, a language model enters a bar and", return_tensors="pt")
    torch.manual_seed(0)
    ids = gpt2.generate(**inputs, max_new_tokens=40, do_sample=True, top_p=0.9, temperature=0.8)  # type: ignore[operator]
    print(gpt2_tokenizer.decode(ids[0], skip_special_tokens=True))

# %% [markdown]
# ## 5. De contar a calcular: una red que predice
#
# Una tabla de cuentas tiene un defecto de nacimiento: para ella «gato» y «perro» son dos casillas sin
# relación. Lo que aprende de una no le sirve para la otra. En 2003, Bengio y otros propusieron otra cosa:
# dar a cada token un **vector** de números, su *embedding*, y que una red calcule la distribución a partir
# de los vectores de los últimos tokens. Si dos tokens se usan igual, acabarán con vectores parecidos, y lo
# aprendido con uno valdrá para el otro.
#
# $$\mathbf{x} = [\mathbf{e}_{t-k}; \dots; \mathbf{e}_{t-1}], \qquad
# P(\cdot \mid \text{contexto}) = \mathrm{softmax}\big(\mathbf{b} + U \tanh(\mathbf{d} + H\mathbf{x})\big)$$
#
# En palabras: se ponen en fila los vectores del contexto, se mezclan con una capa $H$, se pasan por una
# tanh y otra capa $U$ da una puntuación a cada token. Entrenar es mover todos esos números, también los
# vectores, para que suba la probabilidad de lo que de verdad venía.
#
# Para que quepa en medio minuto, a partir de aquí los tokens serán **letras**: el vocabulario pasa de miles
# a menos de cien. Preparamos de una vez los textos en inglés y en español, que usaremos en la sección
# siguiente.


# %%
def letters(texts: list[str]) -> list[str]:
    return list(" ".join(" ".join(text.split()) for text in texts))


# %%
spanish_articles = corpora.spanish_articles()
random.Random(0).shuffle(spanish_articles)
spanish_sentences = corpora.spanish_sentences()
random.Random(0).shuffle(spanish_sentences)
quarter = len(spanish_articles) // 4
natural = [article.text for article in spanish_articles[quarter:]]


# %%
SIZE = 400_000
train_en = letters([article.text for article in studied])[:SIZE]
train_es = letters([*natural, *spanish_sentences])[:SIZE]
test_en = letters([article.text for article in held_out])[:10_000]
test_es = letters([article.text for article in spanish_articles[:quarter]])[:10_000]
alphabet = build_vocabulary(train_en + train_es, min_count=20)
print(
    f"{len(train_en)} letras en inglés, {len(train_es)} en español; alfabeto común de {len(alphabet)} signos"
)

# %%
network_en = NeuralLanguageModel(context_size=8, embedding_dim=24, hidden_dim=256, epochs=3).fit(
    train_en, alphabet
)
parameters = sum(p.numel() for p in network_en.network.parameters())
print(f"{parameters} números ajustados; perplejidad por letra en el examen: "
      f"{perplexity(network_en.log_probabilities(test_en)):.2f}")  # fmt: skip
network_en.network

# %% [markdown]
# Cinco piezas, en el orden de la fórmula. Hagamos la cuenta a mano con NumPy para ver que no hay nada más
# dentro.

# %%
E, H, d, U, b = (p.detach().double().numpy() for p in network_en.network.parameters())
context = list("The city")
x = np.concatenate([E[row] for row in network_en.encode(context)])
scores_by_hand = b + U @ np.tanh(d + H @ x)
by_hand = np.exp(scores_by_hand) / np.exp(scores_by_hand).sum()


# %%
top = np.argsort(-by_hand)[:4]
print({alphabet[row]: round(float(by_hand[row]), 3) for row in top})
assert np.allclose(by_hand, network_en.next_distribution(context), atol=1e-6)

# %%
figure, axes = plt.subplots(figsize=(7, 3.2))
smooth = np.convolve(network_en.losses, np.ones(50) / 50, mode="valid")
axes.plot(np.exp(smooth), marker="")
axes.axhline(len(alphabet), color="0.4", linestyle="--", marker="")
axes.text(len(smooth), len(alphabet) * 0.93, "azar: tamaño del alfabeto", ha="right", va="top")
axes.set(
    xlabel="lotes de entrenamiento", ylabel="perplejidad por letra", yscale="log", yticks=[5, 10, 20, 50, 90]
)
axes.yaxis.set_major_formatter("{x:.0f}")
axes.minorticks_off()
assert smooth[-1] < smooth[0]
plotting.show(
    figure,
    alt="La perplejidad por letra durante el entrenamiento: empieza cerca del tamaño del "
    "alfabeto, cae en picado en los primeros lotes y después baja despacio.",
)

# %% [markdown]
# Empieza dudando entre buena parte del alfabeto y en unos cientos de lotes ya duda entre unas pocas letras.
# Lo que le queda por aprender es más sutil, y lo gana más despacio. El escalón que se ve hacia el final
# coincide con la tercera vuelta al mismo texto: ya lo conoce, y por eso la nota que vale es la del examen.
#
# ¿Y los vectores? Nadie le ha dicho qué es una vocal. Miremos el coseno (1: misma dirección; 0: nada que
# ver) entre los vectores de las letras minúsculas.

# %%
vowels, consonants = list("aeiou"), list("bcdfghklmnprstvw")
letter_rows = {letter: E[network_en.encode([letter])[0]] for letter in vowels + consonants}
unit = {letter: vector / np.linalg.norm(vector) for letter, vector in letter_rows.items()}


# %%
def mean_cosine(some: list[str], others: list[str]) -> float:
    return float(np.mean([unit[a] @ unit[b] for a in some for b in others if a != b]))


def separation(group: list[str]) -> float:
    rest = [letter for letter in unit if letter not in group]
    return mean_cosine(group, group) - mean_cosine(group, rest)


# %%
print(f"entre vocales: {mean_cosine(vowels, vowels):.2f}; vocal con consonante: ", end="")
print(f"{mean_cosine(vowels, consonants):.2f}")

# %%
luck = random.Random(0)
by_chance = [separation(luck.sample(vowels + consonants, 5)) for _ in range(500)]
share = np.mean(np.array(by_chance) >= separation(vowels))
print(f"grupos de cinco letras al azar que se separan tanto: {share:.1%}")
assert separation(vowels) > np.percentile(by_chance, 95)

# %% [markdown]
# Las vocales se parecen más entre sí que a las consonantes. La diferencia es pequeña, porque la red ha
# leído poco y sus vectores nacieron al azar, pero casi ningún grupo de cinco letras elegido a suerte se
# separa tanto del resto. La red lo ha descubierto solo porque le ayudaba a predecir. Ese es el asunto de la
# lección 01.
#
# ## 6. Eres lo que comes
# <!-- LM3 -->
#
# Un modelo de lenguaje solo puede hablar de lo que ha leído. ¿Qué le pasa a uno que solo leyó inglés cuando
# le ponen delante un texto en español, y al revés? Entrenamos los mismos modelos con cada lengua y los
# examinamos en las dos.
#
# Para que la comparación sea limpia hay que cuidar tres cosas. **La unidad**: con palabras haríamos trampa,
# porque al modelo inglés casi todo el español le caería en `<unk>`, que es fácil de acertar; con letras,
# los dos se examinan de lo mismo. **El alfabeto**: común, con la eñe y las tildes, aunque el inglés no las
# use. **La cantidad**: las mismas letras para los dos. Y una advertencia: la Wikipedia es prosa natural,
# mientras que la dieta española son sobre todo frases generadas a partir de hechos, repetitivas; el examen
# español, en cambio, son artículos escritos a mano. Sale algo perjudicada.

# %%
ORDER = 6
counts_en, counts_es = (NGramModel(ORDER).fit(read, alphabet) for read in (train_en, train_es))
network_es = NeuralLanguageModel(context_size=8, embedding_dim=24, hidden_dim=256, epochs=3).fit(
    train_es, alphabet
)
for title, counter, network, start in (("inglés ", counts_en, network_en, "The city of "),
                                       ("español", counts_es, network_es, "La ciudad de ")):  # fmt: skip
    for kind, writer in (("cuenta ", counter), ("calcula", network)):
        print(title, kind, "|", "".join(generate(writer, list(start), 75, temperature=0.7, seed=0)))

# %% [markdown]
# Cada cual balbucea en su lengua, con palabras enteras aprendidas letra a letra. Ahora, las notas.

# %%
exams = {"examen en inglés": test_en, "examen en español": test_es}
table = {}
for language, read, counter, network in (("inglés", train_en, counts_en, network_en),
                                         ("español", train_es, counts_es, network_es)):  # fmt: skip
    unigram, pair_model = (NGramModel(n).fit(read, alphabet) for n in (1, 2))
    for title, exam in exams.items():
        by_counts, by_network = (m.log_probabilities(exam) for m in (counter, network))
        table[language, title] = {
            "uniforme (sin leer nada)": len(alphabet),
            "unigramas": perplexity(unigram.log_probabilities(exam)),
            "bigramas": perplexity(pair_model.log_probabilities(exam)),
            f"{ORDER}-gramas": perplexity(by_counts),
            "red neuronal": perplexity(by_network),
            "mitad y mitad": perplexity(np.log((np.exp(by_counts) + np.exp(by_network)) / 2)),
        }
grades = pd.DataFrame(table).rename_axis(columns=["leyó", ""])
grades.round(2)

# %%
rows = ["bigramas", f"{ORDER}-gramas", "red neuronal"]
own_en, own_es = grades["inglés", "examen en inglés"], grades["español", "examen en español"]
assert (grades["inglés", "examen en español"][rows] > own_en[rows]).all()
assert (grades["español", "examen en inglés"][rows] > own_es[rows]).all()
for other in (grades["inglés", "examen en español"], grades["español", "examen en inglés"]):
    assert other["bigramas"] < min(other["red neuronal"], other[f"{ORDER}-gramas"])  # los listos, peor
for own in (own_en, own_es):
    assert own["red neuronal"] < own["bigramas"] < own["unigramas"] < own["uniforme (sin leer nada)"]
    assert own["mitad y mitad"] < min(own["red neuronal"], own[f"{ORDER}-gramas"])

# %%
figure, panels = plt.subplots(1, 2, figsize=(8, 3.6))
for axes, row in zip(panels, (f"{ORDER}-gramas", "red neuronal"), strict=True):
    values = grades.loc[row].to_numpy().reshape(2, 2)
    axes.imshow(np.log(values), cmap="cividis_r", vmin=np.log(3), vmax=np.log(len(alphabet)))
    for (i, j), value in np.ndenumerate(values):
        dark = value > 16
        axes.text(
            j, i, f"{value:.1f}", ha="center", va="center", fontsize=16, color="white" if dark else "black"
        )
    axes.set(title=row, xticks=[0, 1], xticklabels=["inglés", "español"], yticks=[0, 1],
             yticklabels=["inglés", "español"], xlabel="examen", ylabel="leyó")  # fmt: skip
    axes.grid(visible=False)
plotting.show(
    figure,
    alt="Dos tablas de dos por dos, para 6-gramas y para la red, con la perplejidad según la lengua "
    "leída y la del examen. La diagonal es baja; fuera de ella la perplejidad es varias veces mayor.",
)

# %% [markdown]
# En la diagonal, cada modelo en su lengua duda entre un puñado de letras; fuera de ella, entre decenas. Hay
# algo aún más llamativo: en la lengua ajena los modelos más listos lo hacen **peor que los tontos**.
# Compara, en las columnas cruzadas de la tabla, los 6-gramas y la red con los bigramas. Quien más ha
# aprendido de una lengua va más seguro de sí mismo, y en la otra se equivoca con toda seguridad.
#
# ¿Será solo por las tildes, que el inglés no usa? Quitémoslas del examen y repitamos.

# %%
plain = str.maketrans("áéíóúüñÁÉÍÓÚÑ", "aeiouunAEIOUN")
without_accents = [letter.translate(plain) for letter in test_es]
for title, exam in (("con tildes", test_es), ("sin tildes", without_accents)):
    print(f"{title}: {perplexity(counts_en.log_probabilities(exam)):.1f} los {ORDER}-gramas, "
          f"{perplexity(network_en.log_probabilities(exam)):.1f} la red")  # fmt: skip
assert perplexity(counts_en.log_probabilities(without_accents)) > 2 * own_en[f"{ORDER}-gramas"]

# %% [markdown]
# Algo ayudaban a empeorar, pero el problema no eran las tildes: era la lengua. «Eres lo que comes» no es un
# defecto de estos modelos pequeños. Uno grande que no haya leído japonés, o los documentos de tu empresa,
# está en la misma situación. El curso acaba comparando los dos remedios: enseñárselo con más entrenamiento
# (*fine-tuning*, lección 08) o ponérselo delante en el prompt (RAG, lección 07).
#
# Dos cosas más que dice la tabla. Con tan poco texto, contar gana a calcular: la red tiene una fracción de
# los números que guarda la tabla de cuentas y solo unos segundos de entrenamiento. Pero se equivocan en
# sitios distintos, y **la mezcla de ambos, mitad y mitad, gana a los dos** en su propia lengua; Bengio y
# sus colegas ya lo observaron. Con cien o mil veces más texto la balanza se inclina del lado de la red, que
# generaliza, y por eso los modelos grandes son redes.

# %%
stored = sum(len(following) for following in counts_en.counts.values())
print(f"la tabla guarda {stored} números; la red, {parameters}: {stored / parameters:.0f} veces menos")
assert stored > parameters
del counts_en, counts_es, network_es  # ya no hacen falta: devolvemos la memoria

# %% [markdown]
# **Prueba a cambiar** `SIZE` a 50 000: ¿quién pierde más con la octava parte de lectura?
#
# ## 7. Por qué el lenguaje se le atraganta a una CPU
# <!-- LM4 -->
#
# Antes de que los modelos aprendieran leyendo, se intentó lo que cualquier programador intentaría: escribir
# las reglas. Dos enemigos lo impidieron.
#
# ### La ambigüedad
#
# «Vi al hombre con el telescopio.» ¿Quién tenía el telescopio? La gramática admite las dos lecturas: «con
# el telescopio» puede colgar de «vi» o de «el hombre». Escribamos las cuatro reglas que hacen falta y
# contemos análisis con el algoritmo CYK, que combina trozos vecinos de menor a mayor.

# %%
RULES = [
    ("VERBAL", "verbo", "NOMINAL"),  # vi + al hombre
    ("VERBAL", "VERBAL", "PREPOSICIONAL"),  # vi al hombre + con el telescopio
    ("NOMINAL", "NOMINAL", "PREPOSICIONAL"),  # el hombre + con el telescopio
    ("PREPOSICIONAL", "preposición", "NOMINAL"),  # con + el telescopio
]


# %%
def count_readings(tags: list[str]) -> int:
    chart = Counter({(i, i + 1, tag): 1 for i, tag in enumerate(tags)})
    for width in range(2, len(tags) + 1):
        for start in range(len(tags) - width + 1):
            end = start + width
            for middle in range(start + 1, end):
                for whole, left, right in RULES:
                    chart[start, end, whole] += chart[start, middle, left] * chart[middle, end, right]
    return chart[0, len(tags), "VERBAL"]


# %%
phrase = "vi al hombre"
for n, extra in enumerate(
    ["", "con el telescopio", "en el parque", "de la ciudad", "con la verja", "de hierro"]
):
    phrase = f"{phrase} {extra}".strip()
    readings = count_readings(["verbo", "NOMINAL"] + ["preposición", "NOMINAL"] * n)
    print(f"{readings:>4}  {phrase}")
    assert readings == math.comb(2 * n + 2, n + 1) // (n + 2)  # los números de Catalan

# %% [markdown]
# Con cinco complementos hay más de cien análisis, todos gramaticales, y la cuenta sigue los **números de
# Catalan**, que aquí se multiplican por tres a cada paso y, a la larga, por cuatro. Tú no has visto más que
# uno: sabes qué se hace con un telescopio y de qué son las verjas. Eso no está en las reglas; está en haber
# visto mucho mundo, o mucho texto.
#
# ### Las excepciones
#
# El otro enemigo. Conjuguemos la primera persona del presente: se quita *-ar*, *-er* o *-ir* y se pone
# *-o*. La probamos con medio centenar de verbos muy corrientes.

# %%
FORMS = (
    "ser:soy estar:estoy tener:tengo hacer:hago poder:puedo decir:digo ir:voy ver:veo dar:doy saber:sé "
    "querer:quiero llegar:llego pasar:paso deber:debo poner:pongo parecer:parezco quedar:quedo creer:creo "
    "hablar:hablo llevar:llevo dejar:dejo seguir:sigo encontrar:encuentro llamar:llamo venir:vengo "
    "pensar:pienso salir:salgo volver:vuelvo tomar:tomo conocer:conozco vivir:vivo sentir:siento "
    "tratar:trato mirar:miro contar:cuento empezar:empiezo esperar:espero buscar:busco entrar:entro "
    "trabajar:trabajo escribir:escribo perder:pierdo producir:produzco entender:entiendo pedir:pido "
    "recibir:recibo recordar:recuerdo terminar:termino permitir:permito aparecer:aparezco"
)
VERBS = dict(pair.split(":") for pair in FORMS.split())


# %%
def regular(verb: str) -> str:
    return verb[:-2] + "o"


# %%
misses = {verb: form for verb, form in VERBS.items() if regular(verb) != form}
print(f"La regla falla en {len(misses)} de {len(VERBS)}:")
print(", ".join(f"{regular(verb)} ({form})" for verb, form in list(misses.items())[:9]), "…")

# %% [markdown]
# Falla en más de la mitad. Pongamos parches, como haría cualquiera: la *o* o la *e* de la raíz se abre
# (*cuento*, *pienso*), y *-cer*, *-cir* hacen *-zco* (*conozco*).


# %%
def with_diphthong(verb: str) -> str:
    stem = verb[:-2]
    place = max(stem.rfind("e"), stem.rfind("o"))
    opened = {"e": "ie", "o": "ue"}.get(stem[place], "") if place >= 0 else ""
    return (stem[:place] + opened + stem[place + 1 :] if opened else stem) + "o"


# %%
def with_zco(verb: str) -> str:
    return verb[:-3] + "zco" if verb.endswith(("cer", "cir")) else regular(verb)


# %%
for title, patch in (("diptongo", with_diphthong), ("-zco", with_zco)):
    fixed = [verb for verb in misses if patch(verb) == VERBS[verb]]
    broken = [verb for verb in VERBS if verb not in misses and patch(verb) != VERBS[verb]]
    example = (broken or [verb for verb in misses if patch(verb) not in (VERBS[verb], regular(verb))])[0]
    print(f"{title}: arregla {len(fixed)}, estropea {len(broken)}; {example} → «{patch(example)}»")
    assert 0 < len(fixed) < len(misses)

# %% [markdown]
# El primer parche estropea más de lo que arregla; el segundo no rompe verbos regulares, pero convierte
# *hacer* y *decir* en otra cosa. Quedan *soy*, *voy*, *sé*… que no siguen regla alguna, y son justamente
# los que más se usan. Un modelo que lee no tiene este problema: ve «tengo» miles de veces y «teno» ninguna.
#
# ### Las tareas
#
# El procesamiento del lenguaje natural (**NLP**) se repartió durante décadas en tareas, cada una con sus
# sistemas. Lo que ha cambiado con los modelos de lenguaje es que **todas se pueden escribir como continuar
# un texto**:
#
# | tarea | entrada → salida | como texto que continuar | en el curso |
# | --- | --- | --- | --- |
# | generación | un comienzo → más texto | `Un día, un modelo entra en un bar y` | aquí, 03 |
# | traducción | *Voulez-vous…?* → *¿Quiere…?* | `Francés: … Español:` | 02, 03 |
# | entidades (NER) | *Harry vio a Hermione* → Harry, Hermione | `Personas en la frase: …` | 02 |
# | diálogo | una pregunta → una respuesta | `Usuario: … Asistente:` | 8 de aquí, 07 |
# | sentimiento | *silly and tedious* → negativo | `Crítica: … Opinión:` | a continuación, 01, 02 |
#
# Un ejemplo diminuto y real: 200 frases de críticas de cine, la mitad favorables. Siempre podemos decir lo
# mismo y acertar el 50 %: es la línea base. Con lo que tenemos, entrenamos un modelo de lenguaje con las
# favorables y otro con las desfavorables, y ante una frase nueva preguntamos a cuál le sorprende menos.
# Validación cruzada: cinco partes, cada una hace de examen por turno.

# %%
reviews = [(text.split(), label) for text, label in corpora.film_reviews()]
turn = np.random.default_rng(0).permutation(len(reviews)) % 5
right = 0
for fold in range(5):
    studied_reviews = [review for review, t in zip(reviews, turn, strict=True) if t != fold]
    shared = build_vocabulary(word for words, _ in studied_reviews for word in words)
    against, favour = (
        NGramModel(1).fit([w for words, label in studied_reviews if label == kind for w in words], shared)
        for kind in (0, 1)
    )
    for words, label in (review for review, t in zip(reviews, turn, strict=True) if t == fold):
        guess = favour.log_probabilities(words).sum() > against.log_probabilities(words).sum()
        right += guess == label
baseline, by_language_models = sum(label for _, label in reviews) / len(reviews), right / len(reviews)
print(f"línea base: {baseline:.0%}; dos modelos de lenguaje: {by_language_models:.0%}")

# %% [markdown]
# Apenas mejor que tirar una moneda, si es que lo es. Con 160 frases de estudio, muchas palabras del examen
# no se han visto nunca, y de *silly* no se puede pasar a *foolish*. ¿Y si alguien que ya ha leído mucho
# convierte antes cada frase en un vector? Usamos **MiniLM**, una red entrenada con más de mil millones de
# parejas de frases (la abrirás en las lecciones 01 y 05), y sobre sus vectores, una regresión logística con
# las mismas 160.

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import PredefinedSplit, cross_val_score


# %%
tokenizer, encoder = assets.load_minilm()
vectors = []
for first in range(0, len(reviews), 25):
    batch = [" ".join(words) for words, _ in reviews[first : first + 25]]
    inputs = tokenizer(batch, padding=True, return_tensors="pt")
    real_tokens = inputs["attention_mask"].unsqueeze(-1)  # 0 en el relleno
    with torch.no_grad():
        hidden_states = encoder(**inputs).last_hidden_state
    vectors.append((hidden_states * real_tokens).sum(1) / real_tokens.sum(1))

# %%
labels = [label for _, label in reviews]
classifier = LogisticRegression(max_iter=1000)
by_pretrained = cross_val_score(
    classifier, torch.cat(vectors).numpy(), labels, cv=PredefinedSplit(turn)
).mean()
margin = 1.96 * math.sqrt(by_pretrained * (1 - by_pretrained) / len(labels))
print(f"con vectores preentrenados: {by_pretrained:.0%} ± {margin:.0%}")
assert by_pretrained - margin > 0.5
assert by_pretrained > by_language_models

# %% [markdown]
# Con los mismos ejemplos, ahora sí se distingue del azar con holgura. Lo que ha cambiado es lo que el
# modelo traía leído de casa. Esa es la receta de todo lo que sigue: **preentrenar** con muchísimo texto sin
# etiquetar y después, con muy poco, orientarlo.

# %% [markdown]
# ## 8. Pedir en vez de entrenar: instrucciones y ejemplos
# <!-- LM5 -->
#
# Hasta aquí, para que un modelo hiciera algo nuevo había que entrenarlo. ¿Y si bastara con *pedírselo*? Un
# modelo de lenguaje calcula $P(\text{continuación} \mid \text{prompt})$, y el **prompt** (el texto que le
# damos para que lo continúe) es justo lo que va detrás de la barra. Cambiar el prompt cambia la condición,
# y con ella todas las probabilidades, sin tocar ni un peso.
#
# Lo veremos con este juego. 奥利奥 es un gato que le gasta una broma a su amigo Umar: en todo lo que Umar
# escribe, cambia los nombres por «Miau». Nadie le ha explicado la regla al modelo. Solo le enseñamos un
# caso y dejamos el siguiente a medias:

# %%
cat_prompt = """Umar escribe: «Bob tiene un canal de YouTube.»
奥利奥 lo cambia por: «Miau tiene un canal de YouTube.»
Umar escribe: «Alice juega con su amigo Bob.»
奥利奥 lo cambia por:"""

# %% [markdown]
# Lo completará `prompt-es`, un GPT-2 en miniatura que viaja con el curso y no necesita red. Se entrenó solo
# con escenas inventadas de dos tipos: bromas como esta y preguntas sobre un contexto. En su entrenamiento
# no aparecieron ni Bob, ni Alice, ni la palabra «Miau»: en cada escena la palabra era otra, así que no
# puede sabérsela de memoria. Si acierta, es porque la ha leído en el prompt.

# %%
from course_utils import prompting

tokenizer, prompt_model = prompting.load_model()
print(f"{prompt_model.num_parameters():,} parámetros, {len(tokenizer)} tokens en el vocabulario")

# %% [markdown]
# Antes de empezar le tomamos la huella a los pesos: un resumen SHA-256 de todos ellos. Si uno solo
# cambiara, la huella sería otra. La guardamos para el final.

# %%
import hashlib


def weights_fingerprint(model: torch.nn.Module) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode() + tensor.numpy().tobytes())
    return digest.hexdigest()[:16]


# %%
before = weights_fingerprint(prompt_model)
before


# %%
def ask(*prompts: str) -> list[str]:
    return prompting.complete(prompt_model, tokenizer, prompts)


ask(cat_prompt)

# %% [markdown]
# Compara con lo que haría el gato: los dos nombres deben convertirse en «Miau» y el resto quedar como
# estaba. `complete` no tiene misterio: elige cada vez el token más probable, lo añade y vuelve a empezar,
# hasta el salto de línea. Escrito a mano son cuatro líneas, y da lo mismo:

# %%
ids = tokenizer.encode(cat_prompt)
length = len(ids)
while ids[-1] != prompt_model.config.eos_token_id:
    with torch.inference_mode():
        ids.append(int(prompt_model(torch.tensor([ids])).logits[0, -1].argmax()))

by_hand = str(tokenizer.decode(ids[length:])).strip()
assert [by_hand] == ask(cat_prompt)

# %% [markdown]
# ### Tres maneras de pedir
#
# - **Zero-shot**: el prompt plantea el caso y no da ningún ejemplo resuelto.
# - **Instrucción**: una frase dice qué hay que hacer. Puede bastar sin ejemplos (zero-shot con
# instrucción).
# - **Few-shot**: el prompt trae unos pocos ejemplos resueltos, y el modelo continúa la serie. Con uno solo
# se dice
#   *one-shot*.
#
# Aprender así, de lo que dice el prompt, se llama **aprendizaje en contexto** (*in-context learning*).
# Estas son las tres, para la misma frase:

# %%
case = "Umar escribe: «Alice juega con su amigo Bob.»\n奥利奥 lo cambia por:"
requests = {
    "zero-shot": case,
    "con instrucción": "Cambia todos los nombres por Miau.\n" + case,
    "one-shot": cat_prompt,
}
for way, reply in zip(requests, ask(*requests.values()), strict=True):
    print(f"{way:16} {reply}")

# %% [markdown]
# Sin instrucción ni ejemplos, el modelo ya tiene la costumbre de cambiar nombres (la trae de su
# entrenamiento), pero *la palabra* no puede adivinarla y se inventa una. No es torpeza: ese prompt no
# contiene la respuesta, y nadie podría acertar. Midámoslo como lo que es, una probabilidad condicionada. La
# regla de la cadena dice que la probabilidad de la respuesta entera es el producto de las de sus tokens:
#
# $$P(\text{respuesta} \mid \text{prompt}) = \prod_{t} P(r_t \mid \text{prompt}, r_1, \dots, r_{t-1})$$


# %%
def answer_probability(prompt: str, answer: str) -> float:
    start, whole = len(tokenizer.encode(prompt)), torch.tensor([tokenizer.encode(prompt + answer)])
    with torch.inference_mode():
        logs = prompt_model(whole).logits[0, :-1].log_softmax(dim=-1)
    return float(logs[torch.arange(len(logs)), whole[0, 1:]][start - 1 :].sum().exp())


# %%
cat_reply = " «Miau juega con su amigo Miau.»\n"
chances = {way: answer_probability(prompt, cat_reply) for way, prompt in requests.items()}
for way, chance in chances.items():
    print(f"{way:16} P(respuesta correcta) = {chance:.2g}")
assert chances["one-shot"] > 1_000 * chances["zero-shot"]

# %% [markdown]
# La misma respuesta y los mismos pesos: lo único que ha cambiado es lo que va a la derecha de la barra.
#
# ### ¿Cuántos ejemplos hacen falta?
#
# Un caso suelto no demuestra nada. Repartamos muchos, con nombres, frases y palabras que el modelo no vio
# al entrenarse, y contemos cuántas respuestas salen *exactas*. Para que se parezca a la vida real, uno de
# cada cuatro ejemplos es una frase sin nombres («Hoy llueve en la ciudad.»): el gato la deja como está y,
# por tanto, no enseña cuál es la palabra. Así son estos prompts:

# %%
drawn = prompting.rewriting_prompt(random.Random(0), examples=2)
print(drawn.text, drawn.answer, sep="\n→ ")

# %% [markdown]
# De cada porcentaje damos su intervalo de confianza del 95 % (el de Wilson, que no se estropea cerca de 0
# ni de 1): con 200 prompts, una diferencia de pocos puntos puede ser casualidad.

# %%
from collections.abc import Callable
from functools import partial

from scipy.stats import binomtest


def measure(
    draw: Callable[[random.Random], prompting.Prompt], count: int = 200
) -> tuple[float, float, float]:
    rng = random.Random(7)
    prompts = [draw(rng) for _ in range(count)]
    answers = ask(*(prompt.text for prompt in prompts))
    hits = sum(reply == prompt.answer for reply, prompt in zip(answers, prompts, strict=True))
    interval = binomtest(hits, count).proportion_ci(method="wilson")
    return hits / count, float(interval.low), float(interval.high)


# %%
shot_scores = {
    examples: measure(partial(prompting.rewriting_prompt, examples=examples)) for examples in range(4)
}
instructed = measure(partial(prompting.rewriting_prompt, examples=0, instruction=True))
for examples, (rate, lowest, highest) in shot_scores.items():
    print(f"{examples} ejemplos: {rate:4.0%} exactas (intervalo {lowest:.0%}–{highest:.0%})")
print(f"instrucción: {instructed[0]:4.0%} exactas (intervalo {instructed[1]:.0%}–{instructed[2]:.0%})")

# %%
rates, lows, highs = (np.array(values) for values in zip(*shot_scores.values(), strict=True))
ceiling = [1 - 0.25**examples for examples in shot_scores]
fig, ax = plt.subplots()
ax.errorbar(
    list(shot_scores), rates, yerr=[rates - lows, highs - rates], capsize=4, label="prompt-es, few-shot"
)
ax.plot(list(shot_scores), ceiling, "--", label="techo: algún ejemplo enseña la palabra")
ax.axhline(instructed[0], color=plotting.PALETTE[2], linestyle=":", label="zero-shot con instrucción")
ax.set(
    xticks=list(shot_scores), ylim=(-0.03, 1.03), xlabel="Ejemplos en el prompt", ylabel="Respuestas exactas"
)
ax.legend(loc="lower right")
plotting.show(
    fig,
    alt="Curva de respuestas exactas según el número de ejemplos: cero sin ejemplos, salta con el primero y "
    "se acerca al techo teórico, que es uno menos un cuarto elevado al número de ejemplos.",
)
assert shot_scores[3][1] > shot_scores[1][2] > shot_scores[0][2]

# %% [markdown]
# Sin ejemplos, cero: la palabra no está en el prompt. Con el primero salta, y con más sube hasta quedarse
# algo por debajo de la línea de trazos. Esa línea es el techo de quien copiara a la perfección: un ejemplo
# suelto muestra la palabra tres de cada cuatro veces, y la probabilidad de que alguno de $k$ la muestre es
# $1 - (1/4)^k$. Lo que va de la curva al techo son errores de copia de nuestro modelo. Fíjate en los
# intervalos: los de dos y tres ejemplos se solapan, así que de ese último paso no podemos asegurar que
# sume. Y una instrucción clara, sin ejemplos, vale aquí tanto como ellos.
#
# El techo también enseña algo sobre cómo elegir ejemplos: importa más que *muestren* la regla que cuántos
# son. Tres frases sin nombres valen lo mismo que ninguna:

# %%
useless = measure(partial(prompting.rewriting_prompt, examples=3, plain=1.0))
useful = measure(partial(prompting.rewriting_prompt, examples=1, plain=0.0))
print(f"3 ejemplos sin nombres: {useless[0]:.0%} exactas; 1 ejemplo con nombre: {useful[0]:.0%}")
assert useless[2] < useful[1]

# %% [markdown]
# ### ¿Qué lo rompe?
#
# Tres pruebas con la misma frase: dos ejemplos que se contradicen, un nombre en minúscula y una instrucción
# con otras palabras.

# %%
guau = cat_prompt.replace("Miau", "Guau").rsplit("Umar", 1)[0]
breaks = {
    "se contradicen": guau + cat_prompt,
    "en minúscula": cat_prompt.replace("Alice", "alice"),
    "otra redacción": "Por favor, que no quede ni un nombre propio: usa Miau.\n" + case,
}
broken_replies = dict(zip(breaks, ask(*breaks.values()), strict=True))
for way, reply in broken_replies.items():
    print(f"{way:16} {reply}")
assert "alice" in broken_replies["en minúscula"]

# %% [markdown]
# Con dos ejemplos que se contradicen, el modelo no protesta: la palabra que escribe cada vez sale de uno de
# los dos, y nada en el prompt dice cuál debería valer. El nombre en minúscula se queda como estaba: para
# este modelo un nombre es «palabra desconocida con mayúscula», la señal que le bastaba en su entrenamiento,
# y no la idea de nombre que tienes tú. La instrucción con otras palabras se parece lo bastante a las que
# vio como para que funcione, aunque no hay garantía: cambia un poco la redacción y compruébalo.
#
# Y ahora la huella. Tras tantas consultas, el modelo ha «aprendido» muchas palabras nuevas:

# %%
assert weights_fingerprint(prompt_model) == before

# %% [markdown]
# Los pesos son, bit a bit, los de antes. Lo aprendido en contexto vive solo en el prompt: al empezar otro,
# se ha olvidado. Esa es la diferencia con entrenar, y tiene su precio, porque los ejemplos ocupan sitio y
# hay que volver a leerlos en cada consulta.
#
# **Prueba a cambiar** la palabra del gato en `cat_prompt`, el idioma de la frase, o pon tres nombres.
# ¿Hasta dónde aguanta?

# %% [markdown]
# ## 9. Preguntar con un contexto
# <!-- LM6 -->
#
# «¿Cuántos parámetros tiene Grok-0?» Un modelo solo puede saberlo si lo leyó al entrenarse, y el nuestro no
# lo leyó. Pero el prompt también puede llevar *información*: primero un **contexto**, luego la pregunta, y
# el modelo responde con lo que acaba de leer. Así se pregunta por documentos privados, o posteriores al
# entrenamiento.
#
# El contexto resume en las frases que este modelo entiende lo que xAI publicó sobre sus modelos:

# %%
grok_context = (
    "Contexto: Grok-1 acierta el 63 por ciento. Por cierto, Grok-0 tiene 33 mil millones de parámetros."
)
question = "Pregunta: ¿Cuántos parámetros tiene Grok-0?\nRespuesta:"
with_context, without_context = ask(f"{grok_context}\n{question}", question)
print("con contexto:", with_context)
print("sin contexto:", without_context)

# %% [markdown]
# Con el contexto delante copia el dato; sin él, reconoce que no lo sabe. Eso último no es modestia: en su
# entrenamiento, a las preguntas sin respuesta les seguía «No lo sé.». Comprobemos con muchas preguntas que
# no ha sido suerte. Cada contexto cuenta tres hechos de una o dos cosas; «sin respuesta» quiere decir que
# el contexto está, pero habla de otra cosa o no dice lo que se pregunta.

# %%
kinds = {
    "con contexto": measure(prompting.question_prompt),
    "sin contexto": measure(partial(prompting.question_prompt, context=False)),
    "sin respuesta": measure(partial(prompting.question_prompt, answerable=False)),
}
for kind, (rate, lowest, highest) in kinds.items():
    print(f"{kind:14} {rate:4.0%} exactas (intervalo {lowest:.0%}–{highest:.0%})")
assert kinds["con contexto"][1] > kinds["sin contexto"][2]

# %% [markdown]
# Sin contexto no acierta ni una, como debe ser: los datos son inventados. Con él, la gran mayoría. La
# tercera fila es la incómoda: cuando el contexto existe pero no responde, bastantes veces el modelo
# prefiere inventar un dato antes que callar. Saber que *no* se sabe exige comprobar que la cosa y la
# propiedad por las que se pregunta aparecen juntas, y eso es más difícil que copiar. A los modelos grandes
# les pasa lo mismo, en versión más convincente: es una de las formas de la **alucinación**.
#
# ### ¿Y si el contexto miente?
#
# Escribamos un dato falso y volvamos a preguntar:

# %%
lie = grok_context.replace("33", "12")
[reply] = ask(f"{lie}\n{question}")
print(reply)
assert "12 mil millones" in reply

# %% [markdown]
# El modelo no distingue un contexto verdadero de uno falso: responde *según el contexto*, y la calidad de
# la respuesta es la del texto que le damos. Buscar ese texto automáticamente es lo que hace RAG, al que
# dedicaremos un capítulo.
#
# **Prueba a cambiar** la pregunta por otra de redacción distinta («¿Qué tamaño tiene Grok-0?»), o añade al
# contexto cuántos parámetros tiene Grok-1 y mira si lo confunde con Grok-0.
#
# ### Los asistentes de hoy
#
# Nuestro modelo solo entiende las formas que vio. Los grandes, además de leer muchísimo texto, se ajustan
# después con miles de instrucciones variadas y sus respuestas (*instruction tuning*), y por eso admiten
# casi cualquier redacción. También para ellos el prompt es un único texto: lo que ves como conversación se
# convierte en una tira de tokens con una **plantilla de chat** (*chat template*), que marca quién habla.
# Cada familia de modelos tiene la suya. Esta, escrita en el lenguaje de plantillas Jinja, usa las marcas de
# las más comunes:

# %%
template = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
conversation = [
    {"role": "system", "content": "Responde solo con el contexto que se te da."},
    {"role": "user", "content": f"{grok_context}\n¿Cuántos parámetros tiene Grok-0?"},
]
chat = tokenizer.apply_chat_template(
    conversation, chat_template=template, tokenize=False, add_generation_prompt=True
)
print(chat)

# %% [markdown]
# La última línea deja la palabra al asistente: el modelo «contesta» porque continuar el texto es lo único
# que hace. La instrucción del sistema, los ejemplos y el contexto son partes de un mismo prompt. Con otra
# plantilla que la de su entrenamiento, un modelo de chat responde mucho peor; por eso viaja dentro de su
# tokenizer.
#
# Si tienes red, esta celda da el prompt original de la broma, en inglés, a un asistente pequeño de verdad
# (SmolLM2, de 360 millones de parámetros, con su propia plantilla). Descarga unos 700 MB.

# %%
original_prompt = """奥利奥 is a cat that likes to play tricks on his friend Umar by replacing all the names \
in everything he writes with "meow".
For example:
Umar writes: "Bob runs a YouTube channel."
奥利奥 modifies it to: "Meow runs a YouTube channel."
Umar writes: "Alice likes to play with his friend Bob"
奥利奥 modifies it to:"""

# %%
from typing import Any

repo = "HuggingFaceTB/SmolLM2-360M-Instruct"
pair: Any = assets.load_if_hub(
    repo, "causal-lm", shows="a un asistente de verdad completar la broma del gato"
)
if pair is not None:
    assistant_tokenizer, assistant = pair
    message = {"role": "user", "content": original_prompt}
    inputs = assistant_tokenizer.apply_chat_template(
        [message], add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    output = assistant.generate(**inputs, max_new_tokens=40, do_sample=False)[0]
    print(assistant_tokenizer.decode(output[inputs["input_ids"].shape[1] :], skip_special_tokens=True))

# %% [markdown]
# ## 10. El camino: de los embeddings a los transformers, y más allá del texto
# <!-- LM7 -->
#
# Los modelos que hemos entrenado tienen dos límites a la vista. Su ventana es corta, y lo que ven de cada
# token es siempre lo mismo, venga donde venga. El curso los va quitando uno a uno, en el orden en que se
# hizo históricamente.

# %%
STOPS = """00 Modelos de lenguaje: predecir lo que sigue|01 Embeddings: palabras como vectores
02 RNN: memoria sin ventana|03 Transformers: atención, todo a la vez|04 Similitud: comparar significados
05 BERT y SBERT: frases como vectores|06 HNSW: buscar entre millones|07 RAG: leer antes de contestar
08 Fine-tuning: ¿aprender más, o leer?"""
spots = [(0, 2), (1, 2), (2, 2), (2, 1), (1, 1), (0, 1), (0, 0), (1, 0), (2, 0)]

# %%
figure, axes = plt.subplots(figsize=(8, 4))
for here, after in pairwise(spots):
    halfway = (0.45 * here[0] + 0.55 * after[0], 0.45 * here[1] + 0.55 * after[1])
    axes.plot(*zip(here, after, strict=True), color="0.5", marker="", linestyle="-", zorder=0)
    axes.annotate("", halfway, here, arrowprops={"arrowstyle": "-|>", "color": "0.3", "mutation_scale": 20})
for n, (stop, spot) in enumerate(zip(STOPS.replace("\n", "|").split("|"), spots, strict=True)):
    name, idea = stop.split(": ")
    box = {
        "boxstyle": "round,pad=0.6",
        "facecolor": "white",
        "edgecolor": plotting.PALETTE[n // 3],
        "lw": 2.5,
    }
    axes.text(*spot, f"{name}\n{idea}", ha="center", va="center", fontsize=10, bbox=box)
axes.set(xlim=(-0.45, 2.45), ylim=(-0.4, 2.4))
axes.axis("off")
plotting.show(
    figure,
    alt="Mapa del curso: de 00 Modelos de lenguaje a 01 Embeddings, 02 RNN, 03 Transformers, 04 "
    "Similitud, 05 BERT y SBERT, 06 HNSW, 07 RAG y 08 Fine-tuning, unidos por flechas.",
)

# %% [markdown]
# Los **embeddings** hacen de puente entre los datos sin estructura y el álgebra. Las **RNN** sustituyen la
# ventana por una memoria. El **transformer** (Vaswani y otros, Google, 2017) las deja atrás con la
# *autoatención*: cada token mira a todos los demás y decide cuánto le importa cada uno. Lo demás del curso
# pone esa máquina a buscar y a responder.
#
# ### Una imagen también es una frase
#
# El transformer no sabe que trabaja con palabras: recibe una **sucesión de vectores**. Dale otra cosa hecha
# sucesión y la leerá. El *Vision Transformer* (ViT; Dosovitskiy y otros, 2021) trocea la imagen en parches
# de 16 × 16 píxeles, los pone en fila como si fueran palabras y da a cada uno su embedding. Con una foto de
# verdad:

# %%
from sklearn.datasets import load_sample_image

picture = load_sample_image("china.jpg")[90:314, 150:374] / 255
PATCH = 16
patches = [picture[i : i + PATCH, j : j + PATCH] for i in range(0, 224, PATCH) for j in range(0, 224, PATCH)]
sequence = np.stack([patch.reshape(-1) for patch in patches])
print(
    "imagen", picture.shape, "→ frase de", len(sequence), "parches, cada uno de", sequence.shape[1], "números"
)


# %%
apart = np.ones((14 * 20, 14 * 20, 3))  # lo mismo, con cuatro píxeles blancos entre parche y parche
for place, patch_pixels in enumerate(patches):
    i, j = 20 * (place // 14), 20 * (place % 14)
    apart[i : i + PATCH, j : j + PATCH] = patch_pixels


# %%
figure, panels = plt.subplots(1, 2, figsize=(8, 4))
for axes, pixels, title in zip(panels, (picture, apart), ("imagen", "196 parches"), strict=True):
    axes.imshow(pixels)
    axes.set_title(title)
    axes.axis("off")
plotting.show(
    figure,
    alt="A la izquierda, la foto de un templo chino; a la derecha, la misma foto cortada en una "
    "cuadrícula de 14 por 14 parches separados.",
)

# %% [markdown]
# 196 «palabras» de 768 números: son las medidas exactas del ViT original. Comprobemos que al trocear no se
# pierde nada, rehaciendo la imagen píxel a píxel, y que hacerlo de golpe con `reshape` da la misma
# sucesión.

# %%
side = 224 // PATCH
at_once = picture.reshape(side, PATCH, side, PATCH, 3).swapaxes(1, 2).reshape(side * side, -1)
rebuilt = sequence.reshape(side, side, PATCH, PATCH, 3).swapaxes(1, 2).reshape(224, 224, 3)
assert np.array_equal(at_once, sequence)
assert np.array_equal(rebuilt, picture)

# %% [markdown]
# El embedding de un parche es una capa lineal: sus 768 números por una matriz. Las bibliotecas lo escriben
# como una convolución que avanza de 16 en 16, porque es la misma cuenta.

# %%
projection = torch.nn.Conv2d(3, 64, kernel_size=PATCH, stride=PATCH).double()
image = torch.from_numpy(picture).permute(2, 0, 1).unsqueeze(0)  # torch quiere (lote, color, alto, ancho)
theirs = projection(image).flatten(2).transpose(1, 2)[0].detach().numpy()

weights = projection.state_dict()
matrix = weights["weight"].permute(2, 3, 1, 0).reshape(-1, 64).numpy()
ours = sequence @ matrix + weights["bias"].numpy()
print("sucesión que entra en el transformer:", ours.shape)
assert np.allclose(ours, theirs)

# %% [markdown]
# Una frase de 196 vectores, lista para un transformer. En la lección 03 entrenarás uno pequeño que lee
# imágenes así.
#
# ## Lo que te llevas
#
# Un modelo de lenguaje reparte probabilidad entre los tokens que pueden seguir, y la regla de la cadena
# convierte eso en la probabilidad de cualquier texto. Se entrena con el texto mismo; su nota, la
# perplejidad, se mide en texto que no ha leído, porque la del que ha leído premia la memoria. Escribe
# eligiendo y añadiendo, y la temperatura, top-k y top-p gobiernan cómo elige. No sabe más que lo que ha
# leído, salvo que se lo pongas delante: en el prompt caben instrucciones, ejemplos y un contexto, y ninguno
# toca los pesos. Las reglas a mano se rompen contra la ambigüedad y las excepciones; leer mucho, no.
#
# ## Ejercicios
#
# En [el cuaderno de ejercicios](exercises/00_modelos_de_lenguaje.ipynb) programas tú las piezas: contar,
# encadenar, medir, sortear, escribir. Cada una se comprueba al momento.
#
# ## Para seguir leyendo
#
# - C. E. Shannon, «Prediction and Entropy of Printed English», 1951. De donde sale todo.
# - R. Kneser y H. Ney, «Improved Backing-off for M-gram Language Modeling», 1995.
# - S. F. Chen y J. Goodman, «An Empirical Study of Smoothing Techniques for Language Modeling», 1999.
# - Y. Bengio, R. Ducharme, P. Vincent y C. Jauvin, «A Neural Probabilistic Language Model», 2003.
# - A. Radford y otros, «Language Models are Unsupervised Multitask Learners» (GPT-2), 2019.
# - T. B. Brown y otros, «Language Models are Few-Shot Learners» (GPT-3), 2020.
# - A. Holtzman y otros, «The Curious Case of Neural Text Degeneration» (top-p), 2020.
# - A. Vaswani y otros, «Attention Is All You Need», 2017.
# - A. Dosovitskiy y otros, «An Image is Worth 16x16 Words», 2021.
# - D. Jurafsky y J. H. Martin, *Speech and Language Processing*, capítulo sobre n-gramas (borrador de la
# 3.ª ed.).
