# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Embeddings: del símbolo al significado
#
# Una red neuronal solo sabe sumar y multiplicar. Una palabra, en cambio, es un símbolo: *gato* no es mayor
# que *perro*, ni se puede partir por dos. Esta lección trata del puente entre los dos mundos. Un
# **embedding** es una función que asigna a cada objeto discreto (una palabra, un trozo de palabra, una
# imagen) un vector de números reales, de modo que la geometría del vector diga algo del objeto: cerca,
# lejos, en qué dirección.
#
# **Al terminar podrás**
#
# - explicar, con un experimento, por qué numerar las palabras engaña a un modelo y qué arregla (y qué no)
#   la codificación *one-hot*;
# - construir vectores de palabras de cuatro maneras: contando contextos, con Word2Vec, con GloVe y con
#   FastText, y medir cuáles se parecen más al juicio de las personas;
# - hacer álgebra con significados (*king* − *man* + *woman*) y decir con honradez cuánto hay de magia en
#   ella;
# - distinguir un vector estático de uno contextual, y un tokenizador de palabras de uno de subpalabras;
# - usar una capa de embedding dentro de una red, y comparar imágenes por sus vectores.
#
# **Necesitas** Python y NumPy, el producto escalar, y haber visto entrenar una red alguna vez. La lección
# 00 ayuda, pero no hace falta. **Tiempo:** unos 75 minutos, y otro tanto para los ejercicios.
#
# Los vectores y los textos en inglés son reales: artículos de la Wikipedia y un modelo preentrenado,
# *all-MiniLM-L6-v2*, que viene con el curso. No hace falta conexión.

# %%
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from matplotlib.axes import Axes

from course_utils import assets, corpora, plotting
from course_utils.runtime import set_seed

plotting.use_course_style()
set_seed(0)

# %% [markdown]
# ## 1. ¿Por qué no basta con numerar las palabras?
# <!-- EM1 -->
#
# Lo primero que se le ocurre a cualquiera es una lista: *cat* es la 0, *dog* la 1, *mouse* la 2. Para
# guardar texto en un fichero es perfecto. Para dárselo a un modelo, no: el modelo no sabe que el 2 es una
# etiqueta y lo toma por lo que parece, una cantidad.

# %%
index = {"cat": 0, "dog": 1, "mouse": 2}
average = (index["cat"] + index["mouse"]) / 2
print("el punto medio entre un gato y un ratón es… un perro:", average == index["dog"])
assert average == index["dog"]

# %% [markdown]
# El índice ha inventado una **magnitud** (*mouse* vale el doble que *dog*) y un **orden** (*dog* está entre
# los otros dos). Ninguno existe: salieron de cómo hicimos la lista. ¿Es un escrúpulo de filósofo o estropea
# de verdad un modelo? Veámoslo con texto real. Tomamos dos artículos de la Wikipedia, el de la novela
# *Animal Farm* (Rebelión en la granja) y el de las algas, y sus doce palabras largas más frecuentes. La
# tarea: **adivinar de qué artículo procede una palabra suelta**.

# %%
from collections import Counter

articles = {article.title: article.text for article in corpora.wikipedia()}
both = [(word, topic) for topic in ("Animal Farm", "Algae") for word in corpora.split_words(articles[topic])]
both = [(word, topic) for word, topic in both if len(word) > 4]
frequent = sorted(word for word, _ in Counter(word for word, _ in both).most_common(12))
seen, source = np.array([pair for pair in both if pair[0] in frequent]).T
pd.crosstab(source, seen, rownames=["artículo"], colnames=["veces que aparece"])

# %% [markdown]
# Basta mirar la tabla para saber qué responder: *orwell*, la novela; *algae*, las algas; *first*, quién
# sabe. Ahora que responda una regresión logística, el modelo lineal más sencillo para clasificar. Le damos
# la palabra como índice, y repetimos con 200 listas que solo se diferencian en el orden en que están
# escritas las doce palabras. Acertar se mide siempre en apariciones que no vio al entrenar.

# %%
from sklearn.linear_model import LogisticRegression

test = np.random.default_rng(0).random(len(seen)) < 0.3


def held_out_accuracy(features: np.ndarray) -> float:
    """Fracción de aciertos, en las apariciones apartadas, de una regresión logística."""
    model = LogisticRegression().fit(features[~test], source[~test])
    return float(model.score(features[test], source[test]))


# %%
orders = [np.random.default_rng(seed).permutation(frequent) for seed in range(200)]
# Una tabla (apariciones, 12) por lista: verdadero donde está la palabra.
matches = [seen[:, None] == order for order in orders]
by_index = [held_out_accuracy(match.argmax(axis=1, keepdims=True)) for match in matches]
by_column = [held_out_accuracy(match.astype(float)) for match in matches]
print(f"índice: de {min(by_index):.2f} a {max(by_index):.2f} según el orden de la lista")
print(f"una columna por palabra: {min(by_column):.2f} con cualquier orden")
assert len(set(by_column)) == 1
assert max(by_index) - min(by_index) > 0.2
assert np.median(by_index) < min(by_column)

# %%
figure, axes = plt.subplots(figsize=(7, 3.2))
axes.hist(by_index, bins=20, color=plotting.PALETTE[0], label="palabra como índice (200 órdenes)")
axes.axvline(
    by_column[0], color=plotting.PALETTE[1], linestyle="--", label="una columna por palabra (siempre igual)"
)
axes.set(xlabel="fracción de aciertos", ylabel="número de listas")
axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.25), ncols=2, fontsize=10)
plotting.show(
    figure,
    alt="Histograma de los aciertos con la palabra como índice: se reparten en un abanico ancho según el "
    "orden de la lista. Una línea vertical, casi a la derecha del todo, marca el acierto con una "
    "columna por palabra.",
)

# %% [markdown]
# Los mismos datos, el mismo modelo, y el resultado depende de en qué orden escribimos una lista. Con mala
# suerte el modelo acierta menos que una moneda; con muchísima, si las palabras de cada artículo caen casi
# todas a su lado de la lista, parece que entiende. Con *una columna por palabra* el orden deja de importar:
# las doscientas veces da exactamente lo mismo.
#
# Una red más profunda podría desenredar el orden falso, pero gastaría en ello capacidad y datos, y ningún
# vecino en la lista le enseñaría nada cierto. Mejor no mentirle desde el principio.
#
# > **Prueba a cambiar** los dos artículos por otros (`list(articles)` te da los títulos). ¿Hay algún par en
# > el que el índice gane siempre? ¿Qué pasa si ordenas la lista por la proporción de veces que cada palabra
# > aparece en el primer artículo?

# %% [markdown]
# ## 2. One-hot: una dimensión para cada palabra
# <!-- EM2 -->
#
# Lo que acaba de funcionar tiene nombre: codificación **one-hot** (un solo uno encendido). A cada palabra
# le toca un vector tan largo como el vocabulario, lleno de ceros salvo un 1 en su sitio. Si $V$ es el
# número de palabras distintas, la palabra $i$ es el vector $\mathbf{x}_i \in \mathbb{R}^V$ con
#
# $$x_{ij} = \begin{cases} 1 & \text{si } i = j \\ 0 & \text{si no} \end{cases}$$
#
# Con las tres palabras de antes, primero a mano:

# %%
pets = ["cat", "dog", "mouse"]
by_hand = np.zeros((3, 3))
for row, word in enumerate(pets):
    by_hand[row, pets.index(word)] = 1
pd.DataFrame(by_hand, index=pets, columns=pets)

# %% [markdown]
# El paquete del curso trae la misma función (`embeddings.one_hot`) y scikit-learn la suya. Las tres
# coinciden:

# %%
from sklearn.preprocessing import OneHotEncoder

from course_utils.embeddings import one_hot

as_column = np.array(pets).reshape(-1, 1)
library = OneHotEncoder(categories=[pets], sparse_output=False).fit_transform(as_column)
assert np.array_equal(by_hand, one_hot(pets))
assert np.array_equal(by_hand, library)

# %% [markdown]
# ¿Qué geometría tiene este espacio? Cada palabra estrena su propio eje, así que todas son perpendiculares
# entre sí, y la distancia entre dos cualesquiera es la diagonal de un cuadrado de lado 1:
#
# $$\mathbf{x}_i \cdot \mathbf{x}_j = 0, \qquad
# \lVert \mathbf{x}_i - \mathbf{x}_j \rVert = \sqrt{1^2 + 1^2} = \sqrt{2} \qquad (i \neq j)$$

# %%
vectors = one_hot(frequent)
distances = np.linalg.norm(vectors[:, None] - vectors[None, :], axis=2)
different = ~np.eye(len(frequent), dtype=bool)
assert np.allclose(distances[different], np.sqrt(2))
assert np.array_equal(vectors @ vectors.T, np.eye(len(frequent)))

# %%
figure = plt.figure(figsize=(8, 3.6))
axes = figure.add_subplot(1, 2, 1, projection="3d")
for vector, word, colour in zip(one_hot(pets), pets, plotting.PALETTE, strict=False):
    label = f"{word} {vector.astype(int).tolist()}"
    axes.quiver(0, 0, 0, *vector, color=colour, arrow_length_ratio=0.12, linewidth=2, label=label)
axes.plot(*one_hot(pets)[[0, 1, 2, 0]].T, color="gray", linestyle=":")
axes.set(xlim=(0, 1), ylim=(0, 1), zlim=(0, 1), xticks=[0, 1], yticks=[0, 1], zticks=[0, 1])
axes.view_init(25, 40)
axes.legend(loc="upper left", bbox_to_anchor=(-0.25, 1.1), fontsize=9)
axes = figure.add_subplot(1, 2, 2)
picture = axes.imshow(distances, vmin=0, vmax=2)
axes.set_xticks(range(12), frequent, rotation=90, fontsize=9)
axes.set_yticks(range(12), frequent, fontsize=9)
axes.grid(visible=False)
figure.colorbar(picture, label="distancia")
plotting.show(
    figure,
    alt="A la izquierda, cat, dog y mouse son tres flechas sobre los tres ejes, unidas por un triángulo "
    "equilátero. A la derecha, la tabla de distancias entre doce palabras: cero en la diagonal y un "
    "único color en todo lo demás.",
)

# %% [markdown]
# Hemos dejado de mentir, pero a costa de callar: para one-hot, *animal* está tan lejos de *animals* como de
# *napoleon*. Lo que el modelo aprenda de una palabra no le sirve para ninguna otra. Y hay un segundo
# precio, el tamaño. Midamos lo que ocupa y extrapolemos al vocabulario de nuestra muestra de la Wikipedia:

# %%
bytes_of = {n: one_hot([str(i) for i in range(n)]).nbytes for n in (500, 1000, 2000)}
assert bytes_of[2000] == 4 * bytes_of[1000] == 16 * bytes_of[500]  # el doble de palabras, el cuádruple
sentences = corpora.wikipedia_sentences()
vocabulary_size = len({word for sentence in sentences for word in sentence})
full = bytes_of[2000] * (vocabulary_size / 2000) ** 2
print(f"{vocabulary_size} palabras distintas; en one-hot ocuparían {full / 1e9:.1f} GB")
print(f"con vectores de 300 números, {vocabulary_size * 300 * 4 / 1e6:.0f} MB")

# %% [markdown]
# Se puede guardar solo la posición del 1 (una matriz *dispersa*) y la memoria deja de doler, pero el otro
# problema sigue ahí: todas las palabras, a la misma distancia. Queremos vectores cortos en los que **cerca
# signifique algo**.
#
# > **Prueba a cambiar** la norma: con la distancia de Manhattan (`ord=1` en `np.linalg.norm`), ¿siguen
# > siendo todas las distancias iguales? ¿Cuánto valen?

# %% [markdown]
# ## 3. Que cada dimensión signifique algo
# <!-- EM3 -->
#
# Una idea natural: en vez de una dimensión por palabra, una dimensión por **rasgo**. Elegimos tres (género,
# edad y realeza) y puntuamos ocho palabras de 1 a 9:

# %%
features = ["género", "edad", "realeza"]
table = pd.DataFrame(
    {
        "man": [1, 7, 1], "woman": [9, 7, 1], "boy": [1, 2, 1], "girl": [9, 2, 1],
        "king": [1, 8, 8], "queen": [9, 7, 8], "prince": [1, 2, 8], "princess": [9, 2, 8],
    },
    index=features,
).T  # fmt: skip
table

# %% [markdown]
# Cada palabra es ya un punto en un espacio de tres dimensiones, y con los puntos se puede hacer cuentas.
# ¿Qué le sobra a *king* para ser *queen*? Le quitamos lo que tiene de *man* y le ponemos lo que tiene de
# *woman*:
#
# $$\mathbf{v}_{king} - \mathbf{v}_{man} + \mathbf{v}_{woman} =
# \begin{pmatrix}1\\8\\8\end{pmatrix} - \begin{pmatrix}1\\7\\1\end{pmatrix}
# + \begin{pmatrix}9\\7\\1\end{pmatrix} = \begin{pmatrix}9\\8\\8\end{pmatrix}$$

# %%
target = table.loc["king"] - table.loc["man"] + table.loc["woman"]
gaps = np.sqrt(((table - target) ** 2).sum(axis=1)).sort_values()
print(target.tolist(), "→ la más cercana es", gaps.index[0], "a distancia", gaps.iloc[0])
assert target.tolist() == [9, 8, 8]
assert gaps.index[0] == "queen"

# %%
figure = plt.figure(figsize=(6.5, 5))
axes = figure.add_subplot(projection="3d")
for word, point in table.iterrows():
    colour = plotting.PALETTE[0] if point["género"] == 1 else plotting.PALETTE[1]
    axes.scatter(*point, color=colour, s=45)
    axes.text(*(point + [0, 0, -1.1 if word == "queen" else 0.5]), str(word), color=colour, ha="center")
for commoner in ("man", "king"):
    axes.quiver(
        *table.loc[commoner], *(table.loc["woman"] - table.loc["man"]), color="black", arrow_length_ratio=0.08
    )
axes.scatter(*target, color="black", marker="*", s=130)
axes.text(*(target + [-6, 0, 1.8]), "king − man + woman")
axes.set(xlabel="género", ylabel="edad", zlabel="realeza", xlim=(0, 10), ylim=(0, 10), zlim=(0, 10))
axes.view_init(22, -62)
plotting.show(
    figure,
    alt="Las ocho palabras en tres ejes: género, edad y realeza. Forman casi una caja. La flecha que va "
    "de man a woman, copiada a partir de king, termina en una estrella pegada a queen.",
)

# %% [markdown]
# La flecha que lleva de *man* a *woman* es la misma en la planta baja (los plebeyos) y en la alta (la
# realeza). Eso es lo que hace posible el álgebra: **una relación es una dirección**. Comprobemos que no es
# casualidad de un ejemplo: las demás analogías de la tabla salen igual.

# %%
analogies = [
    ("man", "boy", "king", "prince"),
    ("girl", "princess", "woman", "queen"),
    ("boy", "girl", "prince", "princess"),
]
for a, b, c, expected in analogies:
    result = table.loc[b] - table.loc[a] + table.loc[c]
    nearest = ((table - result) ** 2).sum(axis=1).idxmin()
    print(f"{a} → {b} es como {c} → {nearest}")
    assert nearest == expected

# %% [markdown]
# Ahora las pegas, que son instructivas. El resultado no fue exactamente *queen* porque alguien decidió que
# el rey tuviera 8 de edad y la reina 7. ¿Por qué? Porque sí: lo eligió una persona. Tampoco hay razón para
# que la edad vaya de 1 a 9 y no de 10 a 90. Cambiemos solo la unidad de medida y preguntemos quién es el
# vecino más próximo de cada palabra:

# %%
scales = {
    "como está": table,
    "edad × 10": table * [1, 10, 1],
    "tipificada": (table - table.mean()) / table.std(),  # cada rasgo con media 0 y desviación 1
}


# %%
def nearest_words(points: pd.DataFrame) -> list[str]:
    """La palabra más cercana a cada una, sin contar ella misma; varias si empatan."""
    gaps = np.linalg.norm(points.to_numpy()[:, None] - points.to_numpy()[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    return [" o ".join(points.index[np.isclose(row, row.min())]) for row in gaps]


# %%
neighbours = pd.DataFrame({name: nearest_words(points) for name, points in scales.items()}, index=table.index)
assert (neighbours["como está"] != neighbours["edad × 10"]).all()
neighbours

# %%
longer = scales["edad × 10"]
guess = longer.loc["king"] - longer.loc["man"] + longer.loc["woman"]
order = ((longer - guess) ** 2).sum(axis=1).sort_values().index
print("con la edad × 10, king − man + woman está más cerca de", order[0], "que de", order[1])
assert list(order[:2]) == ["king", "queen"]

# %% [markdown]
# Ni un solo vecino se mantiene, y hasta la analogía se estropea: la diferencia de edad, antes
# insignificante, ahora pesa más que el género. Los rasgos elegidos a mano arrastran la escala que les
# pusimos. Y quedan dos problemas peores: ¿qué género tiene *mesa*, qué realeza *correr*? ¿Y quién rellena
# la tabla para treinta mil palabras?
#
# La salida es renunciar a elegir. Dejaremos que **los datos decidan los rasgos**, cientos de ellos, aunque
# ninguno tenga ya un nombre. Pero antes necesitamos una forma de comparar que no dependa del tamaño de los
# números.
#
# > **Prueba a cambiar** el 8 de edad del rey por un 7. ¿A qué distancia queda *queen*? ¿Y si añades un
# > cuarto rasgo inútil, por ejemplo el número de letras?

# %% [markdown]
# ## 4. El ángulo: comparar direcciones
# <!-- EM15 -->
#
# Jurafsky y Martin, en su manual, contaron en la Wikipedia entera cuántas veces aparecen tres palabras,
# *cherry* (cereza), *digital* e *information*, cerca de otras tres, *pie* (tarta), *data* y *computer*.
# Estos recuentos son suyos; en nuestra muestra de un centenar de artículos, *cherry* apenas existe, como
# verás:

# %%
contexts = ["pie", "data", "computer"]
book = pd.DataFrame(
    [[442, 8, 2], [5, 1683, 1670], [5, 3982, 3325]],
    index=["cherry", "digital", "information"],
    columns=contexts,
)
sample_counts = Counter(word for sentence in sentences for word in sentence)
print("en nuestra muestra:", {word: sample_counts[word] for word in book.index})
book

# %% [markdown]
# *Digital* e *information* van con ordenadores y datos; *cherry*, con tartas. Deberían salir próximas las
# dos primeras. Pero la distancia de toda la vida dice otra cosa:

# %%
cherry, digital, information = book.to_numpy(float)
print(f"digital–information: {np.linalg.norm(digital - information):.0f}")
print(f"digital–cherry:      {np.linalg.norm(digital - cherry):.0f}")
assert np.linalg.norm(digital - cherry) < np.linalg.norm(digital - information)

# %% [markdown]
# ¡*Digital* está más cerca de la cereza! La culpa es de la frecuencia: *information* se usa el doble, así
# que su flecha es el doble de larga. Apunta hacia el mismo lado, y eso es lo que importa. Comparemos, pues,
# **direcciones**: el ángulo $\theta$ entre las dos flechas, o mejor su coseno, que vale 1 si apuntan igual,
# 0 si son perpendiculares y −1 si son opuestas. Sale del producto escalar dividido por las dos longitudes:
#
# $$\cos(\mathbf{a}, \mathbf{b}) =
# \frac{\mathbf{a} \cdot \mathbf{b}}{\lVert\mathbf{a}\rVert\,\lVert\mathbf{b}\rVert}
# = \frac{\sum_i a_i b_i}{\sqrt{\sum_i a_i^2}\,\sqrt{\sum_i b_i^2}}$$
#
# Tal cual se lee, con un bucle:


# %%
def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Coseno del ángulo entre dos vectores, sumando componente a componente."""
    dot = square_a = square_b = 0.0
    for x, y in zip(a, b, strict=True):
        dot += x * y
        square_a += x * x
        square_b += y * y
    return float(dot / (square_a**0.5 * square_b**0.5))


# %%
print(
    f"digital–information: {cosine(digital, information):.3f}   "
    f"cherry–information: {cosine(cherry, information):.3f}"
)

# %%
from sklearn.metrics.pairwise import cosine_similarity

unit = book.to_numpy(float) / np.linalg.norm(book, axis=1, keepdims=True)
by_loop = [[cosine(a, b) for b in book.to_numpy(float)] for a in book.to_numpy(float)]
assert np.allclose(by_loop, unit @ unit.T)
assert np.allclose(by_loop, cosine_similarity(book))
assert cosine(digital, information) > 0.99
assert cosine(cherry, information) < 0.05

# %% [markdown]
# Ahora sí: casi 1 frente a casi 0. Y de paso un truco que usaremos sin parar: si primero se divide cada
# vector por su longitud (se **normaliza**), todos los cosenos son un solo producto de matrices,
# `unit @ unit.T`. Nuestro bucle, NumPy y scikit-learn dan lo mismo.
#
# Para ver el ángulo hacen falta dos dimensiones. Arriba, los recuentos del libro con solo dos contextos,
# *computer* y *pie*. Abajo, vectores de un modelo actual, MiniLM, que tienen 384 números; lo dibujado es
# cuánto se parece cada palabra a *computer* y a *pie*, es decir, **una sombra plana** de esos vectores.


# %%
def draw_angles(axes: Axes, points: dict[str, tuple[float, float]], scale: float) -> None:
    """Dibuja flechas desde el origen y rotula su ángulo con el eje horizontal."""
    for (word, (x, y)), colour in zip(points.items(), plotting.PALETTE, strict=False):
        degrees = np.degrees(np.arctan2(y, x))
        axes.annotate("", (x, y), (0, 0), arrowprops={"arrowstyle": "->", "color": colour, "lw": 2.5})
        up = 0 if word == "digital" else 0.06
        axes.text(
            x, y + scale * (up + 0.02), f"{word} ({degrees:.0f}°)", color=colour, ha="center", va="bottom"
        )
    axes.set(xlabel="computer", ylabel="pie", aspect="equal")


# %%
static = assets.minilm_word_vectors()
flat = {word: (book.loc[word, "computer"], book.loc[word, "pie"]) for word in book.index}
shadow = {word: (static.similarity(word, "computer"), static.similarity(word, "pie")) for word in book.index}
figure, (left, right) = plt.subplots(2, 1, figsize=(7, 6.4), height_ratios=[1, 1.7])
draw_angles(left, flat, 1500)
left.set(title="recuentos (Jurafsky y Martin)", xlim=(-450, 3900), ylim=(-60, 800))
draw_angles(right, shadow, 0.12)
right.set(title="vectores de MiniLM, en dos de sus direcciones", xlim=(-0.07, 0.36), ylim=(-0.03, 0.26))
plotting.show(
    figure,
    alt="Dos dibujos de flechas. En los dos, cherry sube casi vertical hacia el eje de pie, y digital e "
    "information van casi pegadas al eje de computer, con un ángulo pequeño entre ellas.",
)

# %% [markdown]
# En los dos dibujos, el ángulo entre *digital* e *information* es pequeño y el que las separa de *cherry*,
# grande. El de abajo es una sombra, y las sombras exageran; los ángulos de verdad, en las 384 dimensiones,
# son estos:

# %%
angle = {
    pair: np.degrees(np.arccos(static.similarity(*pair)))
    for pair in [("digital", "information"), ("digital", "cherry"), ("cherry", "information")]
}
print({f"{a}–{b}": f"{degrees:.0f}°" for (a, b), degrees in angle.items()})
assert angle["digital", "information"] < min(angle["digital", "cherry"], angle["cherry", "information"])

# %% [markdown]
# El orden es el mismo, pero nada está pegado a nada: **en muchas dimensiones, dos direcciones cualesquiera
# son casi perpendiculares**, y un ángulo de 75° ya es un parecido notable. Acostúmbrate a mirar los cosenos
# unos al lado de otros y no como notas sobre diez.
#
# En este primer widget puedes girar y estirar una flecha. Fíjate en qué cambia con la longitud (el producto
# escalar y la distancia) y qué no (el coseno).

# %%
from course_utils.widgets.embeddings import angle_picture, explore_angle

plotting.show(
    angle_picture(degrees=60, length=1.5),
    alt="Dos flechas que forman 60 grados, una de longitud 1 y otra de 1,5, con el arco entre ellas; al "
    "lado, la curva del coseno con un punto en 60 grados y altura 0,5.",
)

# %%
explore_angle()

# %% [markdown]
# > **Prueba a cambiar** la longitud con el ángulo quieto. Después busca el ángulo con el que la distancia
# > entre las puntas es exactamente $\sqrt{2}$ para dos flechas de longitud 1: ya lo conoces de la sección
# > anterior.

# %% [markdown]
# ## 5. Dime con quién andas: la hipótesis distribucional
# <!-- EM4 -->
#
# La tabla de *cherry* y *digital* esconde la idea más fértil de esta lección. Nadie puntuó rasgos:
# **contaron vecinos**. La **hipótesis distribucional** (Harris, 1954; Firth, 1957) dice que las palabras
# que aparecen en contextos parecidos tienden a significar cosas parecidas. *Teacher* y *professor* se
# codean las dos con *school*, *university* o *exam*; *apple* y *banana*, con *eat*, *sweet* o *fruit*.
#
# Empecemos por seis frases, inventadas para ver la cuenta entera. Para cada palabra sumamos uno por cada
# vecina a dos posiciones o menos:

# %%
tiny = [
    "i eat an apple", "i eat a banana", "a sweet apple", "a sweet banana", "i drive a car", "a fast car",
]  # fmt: skip
tiny_sentences = [sentence.split() for sentence in tiny]
window = 2
together: Counter[tuple[str, str]] = Counter()
for sentence in tiny_sentences:
    for here, word in enumerate(sentence):
        for there in range(max(0, here - window), min(len(sentence), here + window + 1)):
            if there != here:
                together[word, sentence[there]] += 1

# %%
from course_utils.embeddings import cooccurrence

names, counts = cooccurrence(tiny_sentences, window=window)
tiny_counts = pd.DataFrame(counts.toarray().astype(int), index=names, columns=names)
assert all(tiny_counts.loc[a, b] == together[a, b] for a in names for b in names)
tiny_counts.loc[["apple", "banana", "car"]]

# %% [markdown]
# `cooccurrence` hace lo mismo que nuestro triple bucle, pero cuenta de una vez todas las parejas a
# distancia 1, luego todas las de distancia 2…, y guarda solo lo que no es cero. Cada **fila es ya un vector
# de palabra**. ¿Se parecen las que deben?

# %%
fruit = cosine(tiny_counts.loc["apple"], tiny_counts.loc["banana"])
vehicle = cosine(tiny_counts.loc["apple"], tiny_counts.loc["car"])
print(f"apple–banana {fruit:.2f}   apple–car {vehicle:.2f}")
assert fruit > vehicle

# %% [markdown]
# Bien, pero ¿por qué se parecen tanto *apple* y *car*? Porque comparten *a*. Las palabras más frecuentes
# van con todo el mundo y no informan de nada. Lo que interesa no es cuántas veces coinciden dos palabras,
# sino **cuántas más de las que cabría esperar por azar**. Si fueran independientes, la probabilidad de
# verlas juntas sería $P(a)\,P(b)$; el logaritmo del cociente entre la real y esa es la *información mutua
# puntual*, y si nos quedamos con la parte positiva, la **PPMI**:
#
# $$\mathrm{PPMI}(a, b) = \max\left(0,\; \log \frac{P(a, b)}{P(a)\,P(b)}\right)$$

# %%
from course_utils.embeddings import ppmi

total = tiny_counts.to_numpy().sum()
share = tiny_counts.sum(axis=1) / total
with np.errstate(divide="ignore"):  # log(0) = −∞, que el máximo convierte en 0
    by_formula = np.maximum(0, np.log(tiny_counts / total / np.outer(share, share)))
weighted = pd.DataFrame(ppmi(counts).toarray(), index=names, columns=names)
assert np.allclose(by_formula, weighted)
print(f"apple–banana {cosine(weighted.loc['apple'], weighted.loc['banana']):.2f}", end="   ")
print(f"apple–car {cosine(weighted.loc['apple'], weighted.loc['car']):.2f}")

# %% [markdown]
# El parecido casual con *car* ha desaparecido. Vamos a por texto de verdad: las frases de la Wikipedia,
# ventana de 8 palabras, y solo palabras que salgan al menos 5 veces. La última mejora es un viejo conocido:
# son vectores con miles de columnas, casi todas a cero, así que los comprimimos a 100 números con una
# descomposición en valores singulares (**SVD**), que conserva las direcciones en las que más varían (cada
# una, por la raíz de su valor singular, como recomiendan Levy, Goldberg y Dagan, 2015). Es la primera vez
# que obtenemos vectores **densos**.

# %%
from scipy import sparse
from scipy.sparse.linalg import svds


def compress(weighted: sparse.csr_matrix, dim: int) -> np.ndarray:
    """Las direcciones más fuertes de una matriz simétrica, por la raíz de su fuerza: (palabras, dim)."""
    left, strength, _ = svds(weighted, k=dim, v0=np.ones(weighted.shape[0]))
    return np.asarray(left * np.sqrt(strength))


# %%
common_words, raw_counts = cooccurrence(sentences, window=8, min_count=5)
ppmi_counts = ppmi(raw_counts)
dense = compress(ppmi_counts, 100)
filled = raw_counts.nnz / raw_counts.shape[0] ** 2
print(f"recuentos: {raw_counts.shape}, {filled:.1%} distinto de cero; tras la SVD: {dense.shape}")

# %% [markdown]
# ¿Cómo saber si unos vectores son *buenos*? Preguntando a personas. **WordSim-353** son 353 parejas de
# palabras puntuadas de 0 a 10 por lo relacionadas que les parecen, como *tiger* y *cat*. Ordenamos las
# parejas por nuestro coseno y medimos cuánto concuerda ese orden con el de las personas, con la correlación
# de Spearman: 1 si es idéntico, 0 si no tiene nada que ver.

# %%
from scipy.stats import spearmanr
from sklearn.preprocessing import normalize


def wordsim(names: list[str], matrix: np.ndarray | sparse.csr_matrix) -> float:
    """Correlación de Spearman entre los cosenos de una matriz y WordSim-353, en las parejas conocidas."""
    row = {name: number for number, name in enumerate(names)}
    pairs = [(a.lower(), b.lower(), score) for a, b, score in corpora.word_pairs("wordsim353")]
    known = [(row[a], row[b], score) for a, b, score in pairs if a in row and b in row]
    first, second, human = map(np.array, zip(*known, strict=True))
    left, right = (sparse.csr_matrix(normalize(matrix[rows.astype(int)])) for rows in (first, second))
    cosines = left.multiply(right).sum(axis=1)
    return float(spearmanr(cosines, human).statistic)


# %%
from gensim.models import KeyedVectors

counted = KeyedVectors(dense.shape[1])
counted.add_vectors(common_words, dense.astype(np.float32))
_, spearman, unknown = counted.evaluate_word_pairs(str(corpora.word_pairs_path("wordsim353")))
agreement = {
    "recuentos": wordsim(common_words, raw_counts),
    "PPMI": wordsim(common_words, ppmi_counts),
    "PPMI + SVD": wordsim(common_words, dense),
}
print(f"parejas de WordSim-353 que conoce nuestro vocabulario: {1 - unknown / 100:.0%}")
assert np.isclose(agreement["PPMI + SVD"], spearman.statistic, atol=0.01)
assert agreement["recuentos"] < agreement["PPMI"] < agreement["PPMI + SVD"]

# %%
figure, axes = plt.subplots(figsize=(6, 2.2))
bars = axes.barh(list(agreement), list(agreement.values()), color=plotting.PALETTE[0])
axes.bar_label(bars, fmt="%.2f", padding=3)
axes.invert_yaxis()
axes.set(xlabel="acuerdo con las personas (Spearman, WordSim-353)", xlim=(0, 0.65))
plotting.show(
    figure,
    alt="Tres barras: los recuentos apenas concuerdan con las personas, la PPMI mucho más, y la PPMI "
    "comprimida con SVD, la que más.",
)

# %% [markdown]
# Los recuentos crudos no dicen casi nada; quitarles lo que se debe al azar lo cambia todo, y **comprimir,
# en vez de perder, gana**: al obligar a 100 números a explicar miles de columnas, contextos distintos pero
# emparentados acaban en la misma dirección. Hemos comprobado además que nuestra medida coincide con la de
# gensim (`evaluate_word_pairs`), la biblioteca que usaremos para los vecinos:

# %%
for word in ("lithium", "frogs", "father", "black", "apple"):
    print(f"{word:>8}:", ", ".join(name for name, _ in counted.most_similar(word, topn=6)))

# %% [markdown]
# Nadie le ha explicado química, y los vecinos del litio son metales; nadie le ha hablado de familias ni de
# anfibios. Hay dos lecciones más en esa salida. Cerca de *black* está *white*: los opuestos comparten
# contextos, así que «cerca» quiere decir *se usa igual*, no *significa lo mismo*. Y *apple* no es una
# fruta: en estos artículos casi todas sus apariciones hablan de ordenadores. Un modelo sabe lo que ha
# leído.
#
# ¿Y *teacher* y *professor*? Miremos qué contextos comparten, y si se parecen más que dos palabras
# cualesquiera:

# %%
row_of = {word: number for number, word in enumerate(common_words)}
shared = ppmi_counts[row_of["teacher"]].minimum(ppmi_counts[row_of["professor"]]).toarray().ravel()
print("contextos compartidos:", ", ".join(common_words[i] for i in shared.argsort()[::-1][:8]))
likeness = cosine_similarity(ppmi_counts[row_of["teacher"]], ppmi_counts).ravel()
above = (likeness < likeness[row_of["professor"]]).mean()
print(f"teacher se parece más a professor que al {above:.1%} de las palabras")
assert above > 0.95

# %% [markdown]
# Se parecen mucho más que dos palabras al azar, pero los contextos compartidos no son los de un manual:
# cada una sale unas veinte veces en todo el corpus, y pesan las casualidades. Contar necesita **mucho**
# texto. (Los vectores que triunfaron hacia 2013 se entrenaron con miles de millones de palabras; el nuestro
# tiene menos de medio millón.)
#
# Con más apariciones y en español se ve mejor. El curso trae su propio corpus, decenas de miles de frases
# cortas sobre hechos (animales, oficios, países, familia, comida…). La mayoría están **generadas** con
# plantillas, así que sus contextos son mucho más limpios que los de un texto natural: es un laboratorio, no
# la vida.

# %%
spanish = corpora.spanish_words()
spanish_names, spanish_counts = cooccurrence(spanish, window=4, min_count=5)
spanish_ppmi = ppmi(spanish_counts)
spanish_vectors = KeyedVectors(100)
spanish_vectors.add_vectors(spanish_names, compress(spanish_ppmi, 100))
for word in ("pera", "maestro", "reina", "oro"):
    print(f"{word:>7}:", ", ".join(name for name, _ in spanish_vectors.most_similar(word, topn=6)))

# %%
for one_word, other in (("manzana", "pera"), ("maestro", "profesor"), ("manzana", "perro")):
    one_row, other_row = (spanish_ppmi[spanish_names.index(word)] for word in (one_word, other))
    shared = one_row.minimum(other_row).toarray().ravel()
    print(f"{one_word}–{other}: {spanish_vectors.similarity(one_word, other):.2f}", end="; ")
    print("comparten", ", ".join(spanish_names[i] for i in shared.argsort()[::-1][:6]))
assert spanish_vectors.similarity("manzana", "pera") > spanish_vectors.similarity("manzana", "perro") + 0.3

# %% [markdown]
# Ahora sí salen los contextos que esperábamos: *fruta*, *dulce*, *sabor*; *pizarra*, *aprendiz*. Los
# cosenos rozan el 1 porque las plantillas meten a todas las frutas en las mismas frases: en un texto
# natural nunca los verás tan altos. Y fíjate en los vecinos de *maestro*: son oficios, porque todos tienen
# aprendices y vecinos a los que atender. Para este corpus, quien enseña y quien corta el pelo se usan casi
# igual.
#
# > **Prueba a cambiar** la ventana de 8 a 2 en la Wikipedia. ¿Sube o baja la correlación? Mira los vecinos:
# > una ventana corta junta palabras que *se sustituyen* unas a otras; una larga, palabras del mismo *tema*.

# %% [markdown]
# ## 6. Word2Vec: adivinar a los vecinos
# <!-- EM6 -->
#
# Contar vecinos funciona, pero obliga a construir primero una tabla enorme y a comprimirla después. ¿Y si,
# en lugar de contar, entrenamos unos vectores cortos para que **adivinen** qué palabras aparecen cerca?
# Para acertar con los vecinos de «pera» y con los de «manzana», que son casi los mismos, al modelo le sale
# a cuenta darles vectores casi iguales. Nadie le dice qué es una fruta: lo deduce de las compañías. Esa es
# la idea de **Word2Vec** (Mikolov y otros, 2013).
#
# Hay dos formas de plantear el juego:
#
# - **skip-gram**: te doy la palabra del centro y adivinas cada vecina;
# - **CBOW** (*continuous bag of words*): te doy las vecinas, promediadas, y adivinas la del centro.
#
# Las parejas salen de una ventana que recorre la frase. Con dos palabras a cada lado:

# %%
phrase = ["mi", "abuela", "compra", "manzana", "y", "pera", "maduras"]
figure, axes = plt.subplots(figsize=(9, 1.6))
for position, word in enumerate(phrase):
    distance = abs(position - 3)
    colour = plotting.PALETTE[1] if distance == 0 else plotting.PALETTE[0] if distance <= 2 else "#666666"
    style = {"boxstyle": "round", "facecolor": "white", "edgecolor": colour, "linewidth": 2}
    axes.text(position, 0, word, ha="center", va="center", color=colour, bbox=style)
axes.annotate("centro", (3, 0.35), ha="center", color=plotting.PALETTE[1])
axes.annotate("contexto", (1.5, 0.35), ha="center", color=plotting.PALETTE[0])
axes.annotate("contexto", (4.5, 0.35), ha="center", color=plotting.PALETTE[0])
axes.set(xlim=(-0.7, 6.7), ylim=(-0.3, 0.55))
axes.axis("off")
plotting.show(
    figure,
    alt="La frase «mi abuela compra manzana y pera maduras» en cajas: «manzana» es el centro; las dos "
    "palabras de cada lado (abuela, compra, y, pera) son su contexto; mi y maduras quedan fuera.",
)


# %% [markdown]
# En código son dos bucles: cada palabra es centro una vez, y forma pareja con todo lo que cae en su
# ventana.


# %%
def skip_gram_pairs(words: list[str], window: int) -> list[tuple[str, str]]:
    pairs = []
    for i, centre in enumerate(words):
        for j in range(max(0, i - window), min(len(words), i + window + 1)):
            if j != i:
                pairs.append((centre, words[j]))
    return pairs


# %%
pairs = skip_gram_pairs(phrase, window=2)
print([context for centre, context in pairs if centre == "manzana"])
assert ("manzana", "pera") in pairs
assert ("manzana", "mi") not in pairs

# %% [markdown]
# ### Una pareja, a mano
#
# Cada palabra tiene dos vectores: $\mathbf{v}$ cuando hace de centro y $\mathbf{u}$ cuando hace de
# contexto. Su producto escalar $\mathbf{u} \cdot \mathbf{v}$ mide cuánto «pega» la pareja, y la sigmoide
# $\sigma(x) = 1/(1+e^{-x})$ lo convierte en una probabilidad: la de que esa pareja haya salido del texto y
# no de un sorteo.
#
# Si solo viera parejas verdaderas, el modelo diría que sí a todo. Por eso, por cada una le enseñamos $k$
# falsas: el mismo centro con palabras sorteadas, el **ruido**. Es el *negative sampling*. La pérdida de una
# pareja es
#
# $$\ell = -\log \sigma(\mathbf{u}_o \cdot \mathbf{v}_c) \;-\;
# \sum_{i=1}^{k} \log \sigma(-\mathbf{u}_{n_i} \cdot \mathbf{v}_c)$$
#
# El primer término pide que la verdadera puntúe alto; el segundo, que las falsas puntúen bajo.


# %%
def sigmoid(x: float) -> float:
    return float(1 / (1 + np.exp(-x)))


# %%
def pair_loss(v_centre: np.ndarray, u_context: np.ndarray, u_noise: np.ndarray) -> float:
    loss = -np.log(sigmoid(u_context @ v_centre))
    for u in u_noise:
        loss -= np.log(sigmoid(-u @ v_centre))
    return float(loss)


# %%
rng = np.random.default_rng(0)
v_centre, u_context, u_noise = rng.normal(size=4), rng.normal(size=4), rng.normal(size=(2, 4))
print(round(pair_loss(v_centre, u_context, u_noise), 4))

# %% [markdown]
# La derivada es una delicia: respecto a cada puntuación vale $\sigma(\text{puntuación}) - \text{etiqueta}$,
# con etiqueta 1 para la verdadera y 0 para las falsas. Es decir, el error. Un paso de aprendizaje acerca el
# centro a su vecina y lo aleja del ruido, más cuanto más se equivocaba.


# %%
def naive_step(v_centre: np.ndarray, u_context: np.ndarray, u_noise: np.ndarray, rate: float) -> np.ndarray:
    gradient = (sigmoid(u_context @ v_centre) - 1) * u_context
    for u in u_noise:
        gradient = gradient + sigmoid(u @ v_centre) * u
    return v_centre - rate * gradient


# %%
moved = naive_step(v_centre, u_context, u_noise, rate=0.1)
print(pair_loss(v_centre, u_context, u_noise), "→", pair_loss(moved, u_context, u_noise))
assert pair_loss(moved, u_context, u_noise) < pair_loss(v_centre, u_context, u_noise)

# %% [markdown]
# La pérdida baja. `course_utils.embeddings` hace lo mismo para cientos de centros a la vez, con productos
# de matrices. Como siempre, comprobamos que la versión rápida y la ingenua coinciden, y que ambas coinciden
# con lo que deriva PyTorch por su cuenta:

# %%
from course_utils.embeddings import Bags, negative_sampling_step

w_in, w_out = torch.tensor(v_centre[None]), torch.tensor(np.vstack([u_context, u_noise]))
by_torch = w_in.clone().requires_grad_()
scores = w_out @ by_torch[0]
loss = -torch.nn.functional.logsigmoid(scores * torch.tensor([1, -1, -1])).sum()
torch.autograd.backward(loss)

one = Bags(torch.tensor([0]), torch.tensor([1]))  # a single pair: input 0, target 0
ours = negative_sampling_step(w_in, w_out, one, one, torch.tensor([1, 2]), negative=2, learning_rate=0.1)
assert by_torch.grad is not None
np.testing.assert_allclose([ours, loss.item()], pair_loss(v_centre, u_context, u_noise))
np.testing.assert_allclose(w_in[0], moved)
np.testing.assert_allclose(by_torch.detach()[0] - 0.1 * by_torch.grad[0], moved)

# %% [markdown]
# Tres detalles del artículo separan este esquema de algo que funciona de verdad; los tres están en
# `Word2Vec`, que puedes leer de arriba abajo:
#
# - el ruido se sortea con la frecuencia elevada a 0,75, que da una oportunidad a las palabras raras;
# - las palabras muy frecuentes («de», «la») se saltan a menudo: aparecen junto a todo y enseñan poco;
# - el ancho de la ventana se sortea para cada centro, de modo que las vecinas inmediatas pesan más.
#
# Una simplificación nuestra: las palabras de ruido se comparten en todo el lote, que así se resuelve con
# productos de matrices. Entrenemos con las frases en español del curso.

# %%
from course_utils.embeddings import Word2Vec

photos: list[KeyedVectors] = []  # los vectores tras cada época: los miraremos en la sección siguiente
model = Word2Vec(dim=50, min_count=2, epochs=10, seed=1).fit(
    spanish, on_epoch=lambda _, now: photos.append(now.wv)
)
for word in ["manzana", "gato", "francia"]:
    print(f"{word:8}", ", ".join(neighbour for neighbour, _ in model.wv.most_similar(word, topn=6)))

# %% [markdown]
# Países con países, animales con animales, y «manzana» entre cosas de comer (recuerda que son frases de
# laboratorio, mucho más regulares que un texto real).
#
# ¿Está la manzana más cerca de la pera que del tren?

# %%
print(f"manzana-pera {model.wv.similarity('manzana', 'pera'):.2f}")
print(f"manzana-tren {model.wv.similarity('manzana', 'tren'):.2f}")
assert model.wv.similarity("manzana", "pera") > model.wv.similarity("manzana", "tren")

# %% [markdown]
# ### Con texto real, frente a gensim
#
# Ahora la Wikipedia, y el mismo examen que a los recuentos: la correlación de Spearman con WordSim-353.
# Mismos ajustes para la biblioteca y para nosotros, y tres semillas, porque con una sola podríamos estar
# celebrando la suerte.

# %%
from gensim.models import Word2Vec as GensimWord2Vec


def people_agree(vectors: KeyedVectors) -> float:
    return wordsim(vectors.index_to_key, vectors.vectors)


# %%
same: dict[str, Any] = {"window": 5, "min_count": 5, "negative": 5, "sample": 1e-3, "epochs": 5}
skip_gram = [Word2Vec(dim=50, seed=seed, **same).fit(sentences).wv for seed in (1, 2, 3)]
cbow = [Word2Vec(dim=50, seed=seed, sg=False, **same).fit(sentences).wv for seed in (1, 2, 3)]
library = {
    sg: [
        GensimWord2Vec(sentences, vector_size=50, sg=sg, seed=seed, workers=1, **same).wv
        for seed in (1, 2, 3)
    ]
    for sg in (1, 0)
}

# %%
agreement_by_seed = pd.DataFrame(
    {
        (name, author): [people_agree(vectors) for vectors in runs]
        for name, author, runs in (
            ("skip-gram", "nuestro", skip_gram),
            ("skip-gram", "gensim", library[1]),
            ("CBOW", "nuestro", cbow),
            ("CBOW", "gensim", library[0]),
        )
    },
    index=pd.Index([1, 2, 3], name="semilla"),
)
agreement_by_seed.round(2)

# %%
means = agreement_by_seed.mean()
for name in ("skip-gram", "CBOW"):
    assert means[name, "nuestro"] > means[name, "gensim"] - 0.02
assert means["skip-gram", "nuestro"] > means["CBOW", "nuestro"]

# %% [markdown]
# En las dos formas, nuestra versión queda a la altura de la biblioteca. CBOW va por detrás: promedia el
# contexto, y de cada posición saca un solo ejemplo donde skip-gram saca varios; con tan poco texto se nota.
# Y todas quedan lejos de 1: medio millón escaso de
# palabras es poquísimo. Los vectores publicados se entrenan con miles de millones. Mira cuánto ha visto el
# modelo de una palabra:

# %%
apple_count, king_count, pear_count = (
    sum(sentence.count(word) for sentence in sentences) for word in ("apple", "king", "pear")
)
print(f"apple: {apple_count} veces; king: {king_count}; pear: {pear_count}")
assert "pear" not in skip_gram[0]

# %% [markdown]
# «Pear» no llega al mínimo de cinco apariciones y no tiene vector: este corpus no puede decirnos si la
# manzana se parece más a la pera que al coche. Los vectores de MiniLM, preentrenados con muchísimo texto,
# sí.

# %%
for other in ["pear", "banana", "car"]:
    print(f"apple-{other:7} {static.similarity('apple', other):.2f}")
assert static.similarity("apple", "pear") > static.similarity("apple", "car")

# %% [markdown]
# *Apple* está más cerca de *pear* que de *car*, como decía la teoría.
#
# > **Prueba a cambiar** `epochs` a 15, o la ventana a 2 en `same`. ¿Alcanza CBOW a skip-gram? Recuerda mirar
# > más de una semilla antes de sacar conclusiones.

# %% [markdown]
# ## 7. Mira cómo se mueven los vectores
# <!-- EM5 -->
#
# Al empezar, los vectores son números al azar: «gato» está tan cerca de «perro» como de «Polonia». ¿En qué
# momento aparece el significado? `fit` avisa antes de empezar y al terminar cada época, y en la sección
# anterior aprovechamos para guardar una foto cada vez. Miremos en ellas unas cuantas palabras.

# %%
groups = {
    "animales": ["gato", "perro", "caballo", "pato"],
    "comida": ["manzana", "pera", "plátano", "queso"],
    "países": ["francia", "italia", "polonia", "colombia"],
    "personas": ["rey", "reina", "princesa", "emperador"],
}
chosen = [word for words in groups.values() for word in words]
snapshots = [photo[chosen] for photo in photos]
assert not np.array_equal(snapshots[0], snapshots[-1])
print(len(snapshots), "fotos de", snapshots[0].shape)

# %% [markdown]
# Son vectores de 50 números y la pantalla tiene dos. Los proyectamos sobre el plano en el que mejor se
# distinguen **al final** (las dos primeras componentes principales de la última foto) y usamos ese mismo
# plano en todas: así, lo que se mueve son las palabras y no la cámara.

# %%
from course_utils.widgets.training_path import explore_training_path, training_path

plotting.show(
    training_path(snapshots, groups),
    alt="Dos planos con las mismas dieciséis palabras. Antes de entrenar están mezcladas en un montón; "
    "tras la última época forman grupos separados: animales, comida, países y personas.",
)

# %% [markdown]
# A la izquierda, un montón sin orden; a la derecha, grupos. Mueve el deslizador para ver el camino de cada
# palabra:

# %%
explore_training_path(snapshots, groups)


# %% [markdown]
# Una proyección puede engañar, así que medimos en las 50 dimensiones: el coseno medio entre palabras del
# mismo grupo, menos el de palabras de grupos distintos.


# %%
def separation(vectors: np.ndarray, size: int = 4) -> float:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    group = np.repeat(np.arange(len(vectors) // size), size)
    same, cosine = group[:, None] == group, unit @ unit.T
    return float(cosine[same & ~np.eye(len(vectors), dtype=bool)].mean() - cosine[~same].mean())


# %%
course = [separation(vectors) for vectors in snapshots]
assert abs(course[0]) < 0.1 < course[-1]

# %%
figure, axes = plt.subplots(figsize=(6, 3))
axes.plot(range(len(course)), course)
axes.set(xlabel="época", ylabel="separación entre grupos", ylim=(-0.1, None))
plotting.show(
    figure,
    alt="Curva de la separación entre los grupos por época: parte de casi cero, sube deprisa en las "
    "primeras épocas y luego apenas cambia.",
)

# %% [markdown]
# Parte de cero, como corresponde al azar, sube deprisa y después se asienta. Nadie le dio al modelo la
# lista de grupos.
#
# > **Prueba a cambiar** las palabras de `groups` (han de salir al menos dos veces en el corpus) y la
# > semilla. El dibujo cambia de orientación; los grupos siguen ahí.

# %% [markdown]
# ## 8. GloVe: todas las cuentas a la vez
# <!-- EM7 -->
#
# Word2Vec recorre el texto ventana a ventana y ve la misma pareja una y otra vez. ¿No sería mejor contar
# primero todas las parejas y entrenar con la tabla? Eso hace **GloVe** (*global vectors*; Pennington,
# Socher y Manning, 2014).
#
# $X_{ij}$ es cuántas veces aparecen cerca las palabras $i$ y $j$; una pareja a distancia $d$ suma $1/d$.
# GloVe busca vectores cuyo producto reproduzca el *logaritmo* de esa cuenta:
#
# $$J = \sum_{i,j} f(X_{ij})\,
# \bigl(\mathbf{w}_i \cdot \tilde{\mathbf{w}}_j + b_i + \tilde b_j - \log X_{ij}\bigr)^2,
# \qquad f(x) = \min\bigl(1, (x/x_{max})^{3/4}\bigr)$$
#
# Los sesgos $b$ absorben lo frecuente que es cada palabra, y $f$ da menos voz a las cuentas pequeñas, que
# son en buena parte casualidad. Solo se suman las parejas con $X_{ij} > 0$.

# %%
figure, axes = plt.subplots(figsize=(5, 2.6))
counts_axis = np.linspace(0, 20, 200)
axes.plot(counts_axis, np.minimum(1, (counts_axis / 10) ** 0.75))
axes.set(xlabel="cuenta $X_{ij}$", ylabel="peso $f(X_{ij})$")
plotting.show(
    figure,
    alt="La función de peso de GloVe crece desde cero, algo curvada, hasta valer 1 en la cuenta 10, y ahí"
    " se queda.",
)

# %% [markdown]
# Con tres frases podemos ver la tabla entera. El bucle ingenuo mira cada palabra y lo que tiene a su
# derecha:

# %%
from course_utils.embeddings import GloVe

three = [["compro", "una", "manzana"], ["compro", "una", "pera"], ["veo", "un", "tren"]]
nearby: dict[tuple[str, str], float] = {}
for sentence in three:
    for i, left in enumerate(sentence):
        for j in range(i + 1, min(i + 3, len(sentence))):
            for pair in [(left, sentence[j]), (sentence[j], left)]:
                nearby[pair] = nearby.get(pair, 0) + 1 / (j - i)
print(nearby["compro", "una"], nearby["compro", "pera"])

# %%
names, counts = cooccurrence(three, window=2, by_distance=True)
for i, a in enumerate(names):
    for j, b in enumerate(names):
        assert counts[i, j] == nearby.get((a, b), 0)


# %% [markdown]
# Y la pérdida, también con bucles, con los vectores de partida del modelo (en `w` van los vectores, el
# sesgo y un 1; en `w_context`, los vectores, un 1 y el sesgo, de modo que un solo producto da
# $\mathbf{w}_i \cdot \tilde{\mathbf{w}}_j + b_i + \tilde b_j$):


# %%
def glove_loss(table: np.ndarray, w: np.ndarray, w_context: np.ndarray, x_max: float) -> float:
    total = 0.0
    for i, j in zip(*table.nonzero(), strict=True):
        weight = min(1, (table[i, j] / x_max) ** 0.75)
        total += weight * (w[i] @ w_context[j] - np.log(table[i, j])) ** 2
    return total


# %%
start: list[float] = []
small = GloVe(dim=5, window=2, min_count=1, epochs=60, seed=0).fit(
    three,
    on_epoch=lambda _, now: start.append(
        glove_loss(counts.toarray(), now.w.numpy(), now.w_context.numpy(), 10)
    ),
)
np.testing.assert_allclose(np.array(small.history) * counts.nnz, start[:-1], rtol=1e-4)
print(f"pérdida: {start[0]:.4f} → {start[-1]:.4f}")
assert start[-1] < start[0]

# %% [markdown]
# En cada época, la pérdida que anota la clase es la de nuestro bucle. El descenso lo hace **AdaGrad**: cada
# número tiene su propio paso, más corto cuanto más se ha movido ya, y así las palabras frecuentes no
# arrasan con las raras.
#
# Ahora la Wikipedia. gensim no trae GloVe, así que lo comparamos con Word2Vec y con el método de la sección
# 5, recuentos en PPMI comprimidos con una SVD, aquí también a 50 números y con la misma ventana que GloVe.

# %%
glove = GloVe(dim=50, window=10, epochs=10, seed=1).fit(sentences)
names, counts = cooccurrence(sentences, window=10, min_count=5, by_distance=True)
classic = KeyedVectors(50)
classic.add_vectors(names, compress(ppmi(counts), 50))

# %%
results = {
    "GloVe": people_agree(glove.wv),
    "Word2Vec": agreement_by_seed["skip-gram", "nuestro"][1],
    "PPMI + SVD": people_agree(classic),
}
for name, score in results.items():
    print(f"{name:11} {score:.2f}")
assert glove.history[-1] < glove.history[0]
assert results["PPMI + SVD"] > max(results["GloVe"], results["Word2Vec"])

# %% [markdown]
# Sorpresa: con tan poco texto gana el método de toda la vida. No es un fallo del programa: las cuentas
# exactas aprovechan cada aparición, mientras que los métodos que aprenden poco a poco necesitan ver mucho
# más para asentarse. GloVe y Word2Vec se diseñaron para corpus miles de veces mayores, donde una tabla
# exacta es pesada y ellos siguen mejorando. La lección es práctica: **el mejor método depende de cuántos
# datos tienes**, y eso se mide.
#
# > **Prueba a cambiar** la ventana de GloVe (`window=5`), las épocas o `x_max`. ¿Se acerca a la SVD?

# %% [markdown]
# ## 9. FastText: palabras hechas de trozos
# <!-- EM8 -->
#
# El español conjuga: *canto, cantas, cantaba, cantábamos, cantarían…* Para Word2Vec cada forma es un número
# distinto que no comparte nada con las demás, y si una no salió en el corpus no tiene vector. ¿No debería
# servir de algo que se escriban casi igual?
#
# **FastText** (Bojanowski y otros, 2017) aprende un vector por cada trozo de palabra, los **n-gramas** de
# caracteres de 3 a 6 letras, y el vector de una palabra es la media de los de sus trozos y el suyo propio.
# Los signos < y > marcan el principio y el final, para que el prefijo `<can` no se confunda con el `can` de
# «alcance».


# %%
def naive_ngrams(word: str, shortest: int, longest: int) -> list[str]:
    marked, pieces = "<" + word + ">", []
    for start in range(len(marked)):
        for end in range(start + shortest, min(start + longest, len(marked)) + 1):
            pieces.append(marked[start:end])
    return pieces


# %%
print(naive_ngrams("gatos", 3, 4))

# %%
from gensim.models.fasttext import compute_ngrams_bytes

from course_utils.embeddings import FastText, character_ngrams, fnv1a

naive = sorted(naive_ngrams("cantábamos", 3, 6))
assert naive == sorted(character_ngrams("cantábamos", 3, 6))
assert naive == sorted(piece.decode() for piece in compute_ngrams_bytes("cantábamos", 3, 6))

# %% [markdown]
# ¿Cuánto comparten dos formas del mismo verbo, y cuánto dos palabras sin relación?

# %%
for a, b in [("cantaban", "cantaba"), ("cantaban", "cantante"), ("cantaban", "planeta")]:
    common = set(character_ngrams(a)) & set(character_ngrams(b))
    print(f"{a}-{b}: {len(common)} trozos en común, de {len(character_ngrams(a))}")

# %% [markdown]
# Los trozos posibles son muchísimos. En vez de un diccionario, se reparten con una función *hash* en un
# número fijo de cajones: dos trozos pueden caer en el mismo y compartir vector, y en la práctica apenas
# molesta.

# %%
print({piece: fnv1a(piece) % 20_000 for piece in character_ngrams("sol", 3, 4)})

# %% [markdown]
# Ahora el experimento. Escondemos **todas** las formas en *-aban* de ocho letras o más cuya raíz tengan al
# menos tres palabras del corpus, y también **todos** los plurales de animales, alimentos y oficios.
# Borramos las frases que los contienen: el modelo no los verá nunca.

# %%
spanish_vocabulary = {word for sentence in spanish for word in sentence}


def family(word: str) -> set[str]:
    return {other for other in spanish_vocabulary if other.startswith(word[: -len("aban")])}


verbs = sorted(
    word for word in spanish_vocabulary if word.endswith("aban") and len(word) >= 8 and len(family(word)) >= 3
)

# %%
kinds = {}  # noun in the singular -> its topic
for topic, column_name in [("animals", "animal"), ("foods", "food"), ("trades", "man")]:
    for fact in corpora.spanish_facts(topic):
        noun = fact[column_name].split(" ", 1)[1]  # without the article
        if noun in spanish_vocabulary:
            kinds[noun] = topic
plurals = {corpora.plural(noun): noun for noun in kinds if corpora.plural(noun) not in kinds}
hidden = set(verbs) | set(plurals)
training = [sentence for sentence in spanish if not hidden & set(sentence)]
print(
    len(verbs),
    "verbos:",
    ", ".join(verbs[:4]),
    "…",
    len(plurals),
    "plurales:",
    ", ".join(list(plurals)[:4]),
    "…",
)

# %% [markdown]
# Guardamos también los vectores de la época 0, con los trozos todavía al azar. Servirán de vara de medir.

# %%
untrained: list[KeyedVectors] = []
fast = FastText(dim=50, min_count=1, epochs=5, learning_rate=0.05, buckets=20_000, seed=1).fit(
    training, on_epoch=lambda epoch, now: untrained.append(now.wv) if epoch == 0 else None
)
for word in verbs[:5]:
    assert word not in fast.wv.key_to_index
    print(f"{word:11}", ", ".join(neighbour for neighbour, _ in fast.wv.most_similar(word, topn=5)))

# %% [markdown]
# Palabras que el modelo no ha visto jamás tienen vector, y a su lado suelen estar otras formas del mismo
# verbo. Parece magia, pero seamos desconfiados: ¿cuánto se debe al aprendizaje y cuánto a que se escriben
# parecido? Contamos en cuántas hay alguien de la familia entre las cinco vecinas, en nuestro modelo, en el
# de gensim y en el que *no ha aprendido nada*.

# %%
from gensim.models import FastText as GensimFastText

gensim_fast = GensimFastText(
    training, vector_size=50, min_count=1, bucket=20_000, seed=1, epochs=5, alpha=0.05, sg=1, workers=1
)
contestants = {"sin entrenar": untrained[0], "gensim": gensim_fast.wv, "nuestro": fast.wv}


# %%
def has_family(vectors: KeyedVectors, word: str) -> bool:
    return any(neighbour in family(word) for neighbour, _ in vectors.most_similar(word, topn=5))


# %%
for name, vectors in contestants.items():
    share = np.mean([has_family(vectors, word) for word in verbs])
    print(f"{name:13} con familia entre las cinco vecinas: {share:.0%}")
    assert share > 0.5

# %% [markdown]
# ¡El modelo sin entrenar lo hace igual de bien o mejor! Reunir a la familia es mérito de la **ortografía**:
# compartir trozos ya acerca, aunque los trozos no signifiquen nada. Esta prueba, por sí sola, no demuestra
# que FastText sepa nada.
#
# Hagamos una que la ortografía no pueda aprobar. ¿Es «leones» un animal, un alimento o un oficio?
# Comparamos su vector con los de todos los singulares de cada clase **menos el suyo**, y elegimos la clase
# de coseno medio más alto.


# %%
def share_in_their_kind(vectors: KeyedVectors) -> float:
    nouns = [noun for noun in kinds if noun in vectors.key_to_index]
    topics, matrix = np.array([kinds[noun] for noun in nouns]), vectors[nouns]
    right = 0
    for plural, noun in plurals.items():
        cosine = KeyedVectors.cosine_similarities(vectors[plural], matrix)
        others = np.array(nouns) != noun  # its own singular does not vote
        likeness = {topic: cosine[(topics == topic) & others].mean() for topic in set(topics)}
        right += max(likeness, key=lambda topic: likeness[topic]) == kinds[noun]
    return right / len(plurals)


# %%
accuracy = {}
for name, vectors in contestants.items():
    accuracy[name] = share_in_their_kind(vectors)
    print(f"{name:13} {accuracy[name]:.0%} de {len(plurals)} plurales en su clase")
assert accuracy["nuestro"] > accuracy["sin entrenar"] + 0.3
assert accuracy["nuestro"] > accuracy["gensim"] - 0.05

# %% [markdown]
# Ahora sí. Sin entrenar se acierta lo que cabe esperar al azar, más o menos un tercio; entrenado, en la
# gran mayoría, y con palabras que nunca vio. Los trozos de «leones» que comparte con «león» y otras
# palabras traen consigo el significado aprendido. (Nuestra ventaja sobre gensim en este corpus pequeño no
# prueba que seamos mejores en general; `benchmarks/word_vectors.py` compara ambos FastText con la Wikipedia
# y WordSim, y allí quedan casi a la par.)
#
# ¿Qué lo rompe? Que la ortografía no siempre es significado:

# %%
for other in ["perro", "rato"]:
    print(f"gato-{other} {fast.wv.similarity('gato', other):.2f}")
print(
    "xyzw" in fast.wv.key_to_index,
    fast.wv["xyzw"].shape,
    [w for w, _ in fast.wv.most_similar("xyzw", topn=3)],
)

# %% [markdown]
# «Gato» y «rato» no tienen nada que ver, y aun así su coseno está lejos de cero: comparten trozos. Y hasta
# «xyzw», que no es nada, recibe un vector: FastText nunca dice «no sé». Los vecinos de una palabra
# inventada son ruido con buena presencia.
#
# > **Prueba a cambiar** `min_n` y `max_n` (por ejemplo, 2 y 3), o a pedir `fast.wv.most_similar(...)` de un
# > diminutivo, una errata o un verbo que te inventes: «googleaban», «perrito», «manzanna».

# %% [markdown]
# ## 10. Álgebra de significados, con vectores de verdad
# <!-- EM10 -->
#
# En la tabla de rasgos, *king* − *man* + *woman* daba *queen* porque nosotros pusimos los números. Los
# vectores entrenados con nuestra pequeña Wikipedia no han leído bastante para eso. Probemos con unos que
# sí: la **matriz de embedding de entrada de MiniLM**, un modelo que ha visto muchísimo texto. Es una fila
# por palabra, antes de mirar ningún contexto: vectores estáticos, como los de las secciones anteriores.
# (Están centrados y tienen longitud 1; `assets.minilm_word_vectors` cuenta por qué.)

# %%
moved_king = static["king"] - static["man"] + static["woman"]
cosines = static.vectors @ (moved_king / np.linalg.norm(moved_king))
ranking = [static.index_to_key[row] for row in cosines.argsort()[::-1]]
print(len(static), "palabras de", static.vector_size, "números;", "las más cercanas:", ranking[:4])
assert ranking[:2] == ["king", "queen"]

# %% [markdown]
# Ahí está *queen*… pero en **segundo** lugar. El primero es *king*: hemos movido el vector tan poco que la
# palabra más próxima sigue siendo la de partida. Todas las demostraciones que habrás visto, y la función
# `most_similar` de gensim, hacen lo mismo sin decirlo muy alto: **descartan las palabras de la pregunta**.

# %%
without_inputs = [word for word in ranking if word not in {"king", "man", "woman"}]
library = static.most_similar(positive=["king", "woman"], negative=["man"], topn=4)
assert without_inputs[:4] == [word for word, _ in library]
for a, b, c, expected in [
    ("man", "king", "woman", "queen"),
    ("man", "actor", "woman", "actress"),
    ("good", "better", "bad", "worse"),
]:
    (closest, similarity), *_ = static.most_similar(positive=[b, c], negative=[a], topn=1)
    print(f"{b} − {a} + {c} ≈ {closest} ({similarity:.2f})")
    assert closest == expected

# %% [markdown]
# Con esa regla, la reina, la actriz y *worse*. Puedes jugar con tus propias cuentas; quita la marca de la
# casilla para ver las palabras de la pregunta, en naranja, ocupar los primeros puestos.

# %%
from course_utils.widgets.embeddings import explore_neighbours, neighbours_picture

plotting.show(
    neighbours_picture("king - man + woman", exclude_inputs=False),
    alt="Barras con las palabras más cercanas a king − man + woman: king, la primera, muy por delante; "
    "después queen, y más abajo otras palabras de la realeza.",
)

# %%
explore_neighbours()

# %% [markdown]
# ¿Son ejemplos escogidos? Hay un examen estándar: **19 544 analogías** en 14 categorías (Mikolov et al.,
# 2013). Nos quedamos con las que solo usan palabras que MiniLM tiene enteras, y las respondemos de tres
# maneras: descartando las palabras de la pregunta, sin descartarlas, y con un **control** tramposo que
# ignora la relación y contesta la vecina más próxima de la tercera palabra.

# %%
questions = []
for line in corpora.analogies_path().read_text(encoding="utf-8").splitlines():
    if line.startswith(":"):
        section = line[2:]
    else:
        questions.append((section, *line.lower().split()))
covered = [question for question in questions if all(word in static for word in question[1:])]
sections = np.array([question[0] for question in covered])
a, b, c, d = np.array([[static.key_to_index[word] for word in question[1:]] for question in covered]).T
print(f"{len(covered)} de {len(questions)} preguntas ({len(covered) / len(questions):.0%})")


# %%
def answer(targets: np.ndarray, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fila de la palabra más cercana a cada vector: entre todas, y sin contar las de la pregunta."""
    among_all, among_others = [], []
    for start in range(0, len(targets), 200):  # por bloques, para no llenar la memoria
        cosines = targets[start : start + 200] @ static.vectors.T
        among_all.append(cosines.argmax(axis=1))
        np.put_along_axis(cosines, inputs[start : start + 200], -np.inf, axis=1)
        among_others.append(cosines.argmax(axis=1))
    return np.concatenate(among_all), np.concatenate(among_others)


# %%
inputs = np.stack([a, b, c], axis=1)
unfiltered, replies = answer(static.vectors[b] - static.vectors[a] + static.vectors[c], inputs)
different_c, place_of_c = np.unique(c, return_inverse=True)
_, neighbour_of_c = answer(static.vectors[different_c], different_c[:, None])
results = pd.DataFrame({"categoría": sections, "sin las de la pregunta": replies == d})
results["con todas"] = unfiltered == d
results["control"] = neighbour_of_c[place_of_c] == d

# %%
sample = np.random.default_rng(0).choice(len(covered), 30, replace=False)
for i in sample:  # nuestra respuesta es la de gensim
    first, second, third = (static.index_to_key[word] for word in inputs[i])
    (reply, _), *_ = static.most_similar(positive=[second, third], negative=[first], topn=1)
    assert reply == static.index_to_key[replies[i]]
overall = results.drop(columns="categoría").mean()
print(
    overall.round(3).to_dict(),
    f"\nsin descartar, responde la tercera palabra: {(unfiltered == c).mean():.0%}",
)
assert overall["sin las de la pregunta"] > overall["control"] + 0.1
assert overall["con todas"] < 0.05

# %%
section_names = {
    "capital-common-countries": "capitales comunes", "capital-world": "capitales del mundo",
    "currency": "monedas", "city-in-state": "ciudad y estado", "family": "familia",
    "gram1-adjective-to-adverb": "adjetivo → adverbio", "gram2-opposite": "opuestos",
    "gram3-comparative": "comparativos", "gram4-superlative": "superlativos",
    "gram5-present-participle": "gerundios", "gram6-nationality-adjective": "gentilicios",
    "gram7-past-tense": "pasados", "gram8-plural": "plurales",
    "gram9-plural-verbs": "verbos en tercera persona",
}  # fmt: skip
by_section = (
    results.groupby("categoría").mean().rename(index=section_names).sort_values("sin las de la pregunta")
)
figure, axes = plt.subplots(figsize=(7.5, 6))
by_section.plot.barh(ax=axes, width=0.8, color=plotting.PALETTE)
axes.set(xlabel="fracción de aciertos", ylabel="")
axes.legend(loc="upper center", bbox_to_anchor=(0.4, 1.1), ncols=3)
plotting.show(
    figure,
    alt="Aciertos por categoría. Descartando las palabras de la pregunta, casi pleno en gentilicios y "
    "plurales y muy pocos en monedas. Sin descartarlas, casi cero en todas. El control acierta mucho "
    "en gentilicios y plurales, y nada en superlativos.",
)

# %% [markdown]
# Este gráfico merece un rato. Con la regla habitual acierta tres de cada cuatro: impresiona. Sin ella,
# prácticamente ninguna: casi siempre contesta la misma palabra que le dimos. Y el control, que **ni mira**
# las dos primeras palabras, acierta la mitad: el plural de una palabra suele ser, sin más, su vecina más
# cercana. El mérito propio de la resta es la distancia entre la primera barra y la tercera: enorme en los
# superlativos y en la familia, nula en los plurales.
#
# ¿Dónde falla? Veámoslo:

# %%
wrong: dict[str, list[int]] = {}
for i in np.flatnonzero(replies != d).tolist():
    wrong.setdefault(sections[i], []).append(i)
for name in ("currency", "gram7-past-tense", "gram1-adjective-to-adverb"):
    one, two, three, four, given = (
        static.index_to_key[word[wrong[name][0]]] for word in (a, b, c, d, replies)
    )
    print(f"{section_names[name]:>20}: {one} → {two}, {three} → {given} (se esperaba {four})")

# %% [markdown]
# Las analogías existen, pues, y las direcciones significan algo; pero son un instrumento basto, y el examen
# lo favorece (Linzen, 2016; Rogers, Drozd y Li, 2017, lo discuten a fondo). Cuando leas que un modelo
# «sabe» que *king* − *man* + *woman* = *queen*, pregunta qué palabras se descartaron y qué acierta un
# control.
#
# > **Prueba a cambiar** el control: responde la vecina más próxima de la *segunda* palabra, o la de
# > $b + c$, sin restar $a$.

# %% [markdown]
# ## 11. Una palabra, dos sentidos: vectores contextuales
# <!-- EM9 -->
#
# Todo lo anterior tiene un techo. *Bank* es un banco donde se guarda dinero y también la orilla de un río;
# *mouse*, el animal y el aparato. A un vector **estático** le toca quedarse en medio de sus sentidos.
# **BERT** (Devlin et al., 2019) y sus descendientes hacen otra cosa: leen la frase entera y dan a cada
# palabra un vector **contextual**, que depende de sus vecinas. Cómo lo hacen (la atención) es asunto de la
# lección 03; aquí mediremos si de verdad separan los sentidos. MiniLM es uno de esos descendientes, con 6
# capas.
#
# Diez palabras inglesas con dos sentidos, y tres frases para cada uno:

# %%
first_half = """
bank: She put her savings in the bank. / The bank refused him a loan. / He opened an account at the bank.
bank: They sat on the river bank. / The boat was tied to the muddy bank. / Trees grow by the bank of a stream.
mouse: The cat chased a mouse. / A mouse ate the cheese. / The owl caught a mouse in the field.
mouse: Click with the mouse. / Plug the mouse into the computer. / My wireless mouse needs a battery.
bat: The bat slept upside down in the cave. / A bat flew out of the cave at night. / The bat hunts insects.
bat: He hit the ball with a wooden bat. / The player swung the bat and missed. / She bought a baseball bat.
spring: Flowers bloom in spring. / The birds return every spring. / It rained a lot last spring.
spring: The metal spring in the mattress broke. / Stretch the spring. / The spring pushes the lid open.
crane: The crane lifted steel beams. / Workers used a crane to unload the ship. / The crane weighs ten tons.
crane: A crane waded through the marsh. / The crane built its nest. / We saw a crane fly over the lake.
"""

# %%
second_half = """
match: Our team won the football match. / The tennis match lasted four hours. / The fans watched the match.
match: He struck a match to light it. / The match burned his fingers. / She lit the stove with a match.
apple: He ate a green apple after lunch. / She baked a pie with one apple. / The apple fell from the tree.
apple: Apple released a new phone this year. / The shares of Apple rose today. / They work for Apple.
seal: The seal swam under the ice. / A seal rested on the rocks by the sea. / The hungry seal caught a fish.
seal: The king pressed his seal into the wax. / The letter bore the royal seal. / It needs an official seal.
plant: Water the plant twice a week. / The plant grows well in the shade. / This plant has flowers.
plant: The car plant has many workers. / The company closed its chemical plant. / It is a nuclear plant.
letter: She wrote a letter to her mother. / The letter arrived in the mail. / He signed the letter.
letter: It begins with a capital letter. / B is the second letter of the alphabet. / Type the last letter.
"""

# %% [markdown]
# Pedimos al modelo los vectores de *todas* sus capas y nos quedamos, en cada frase, con el de nuestra
# palabra. La capa 0 es la entrada, justo antes de mirar el contexto.

# %%
senses: dict[str, list[list[str]]] = {}
for line in filter(None, (first_half + second_half).splitlines()):
    word, text = line.split(": ")
    senses.setdefault(word, []).append(text.split(" / "))
assert len(senses) == 10
assert all(len(group) == 3 for groups in senses.values() for group in groups)
minilm_tokenizer, minilm = assets.load_minilm()


# %%
def in_context(word: str, texts: list[str]) -> np.ndarray:
    """Vectores de una palabra en cada frase y cada capa: (capas + 1, frases, 384), de longitud 1."""
    batch = minilm_tokenizer(texts, padding=True, return_tensors="pt")
    here = batch["input_ids"] == minilm_tokenizer.convert_tokens_to_ids(word)
    assert (here.sum(dim=1) == 1).all()  # la palabra es un solo token, y sale una vez por frase
    with torch.no_grad():
        layers = minilm(**batch, output_hidden_states=True).hidden_states
    return torch.nn.functional.normalize(torch.stack([layer[here] for layer in layers]), dim=-1).numpy()


# %%
states = {word: in_context(word, groups[0] + groups[1]) for word, groups in senses.items()}
with np.printoptions(precision=2, suppress=True):
    print("capa 0\n", states["bank"][0] @ states["bank"][0].T)
    print("capa 6\n", states["bank"][6] @ states["bank"][6].T)

# %% [markdown]
# Son los cosenos de *bank* consigo misma en las seis frases: las tres primeras hablan de dinero, las otras
# de ríos. En la entrada los seis vectores son casi el mismo (solo los distingue la posición en la frase).
# En la última capa aparecen dos bloques: dentro de cada sentido los cosenos son mayores que entre sentidos.
# Llamemos **margen** a la diferencia de esas dos medias, y calculémoslo para todas las palabras y capas:


# %%
def margin(cosines: np.ndarray, group: list[int]) -> float:
    """Coseno medio dentro de los dos grupos menos coseno medio entre ellos."""
    inside = np.isin(np.arange(len(cosines)), group)
    same = inside[:, None] == inside[None, :]
    return float(cosines[same & ~np.eye(len(cosines), dtype=bool)].mean() - cosines[~same].mean())


# %%
margins = pd.DataFrame(
    {word: [margin(layer @ layer.T, [0, 1, 2]) for layer in state] for word, state in states.items()}
)
best = int(margins.mean(axis=1).idxmax())
print(f"margen medio por capa: {margins.mean(axis=1).round(3).tolist()}; el mayor, en la capa {best}")
assert (margins.loc[best] > 0).all()
assert margins.loc[best].mean() > 0.05 > margins.loc[0].mean()

# %% [markdown]
# ¿Podría ser azar? Hay 10 maneras de repartir seis frases en dos grupos de tres. Si el modelo no
# distinguiera sentidos, el reparto correcto sería el de mayor margen una de cada diez veces:

# %%
from itertools import combinations

splits = [[0, *pair] for pair in combinations(range(1, 6), 2)]  # el primero es el correcto: 0, 1 y 2
rank = {
    word: np.argmax([margin(state[best] @ state[best].T, split) for split in splits])
    for word, state in states.items()
}
missed = [word for word, winner in rank.items() if winner != 0]
right = len(rank) - len(missed)
print(f"el reparto correcto es el mejor de los {len(splits)} en {right} de {len(rank)} palabras")
print("falla en:", ", ".join(missed))
assert len(missed) <= 2  # por azar, la probabilidad de 8 o más de 10 es menor que una entre un millón

# %%
from sklearn.decomposition import PCA

figure, axes = plt.subplots(1, 3, figsize=(10, 3.4), width_ratios=[1.2, 1, 1])
axes[0].plot(margins, color="lightgray", linestyle="-", linewidth=1)
axes[0].plot(margins.mean(axis=1), color=plotting.PALETTE[0], linestyle="-", label="media de las palabras")
axes[0].axhline(0, color="black", linewidth=0.8)
axes[0].set(xlabel="capa", ylabel="margen entre sentidos", title="cada línea gris, una palabra")
axes[0].legend(fontsize=9)
for panel, layer in zip(axes[1:], (0, best), strict=True):
    points = states["bank"][layer] @ PCA(2).fit(states["bank"][best]).components_.T
    for sense, first_row, kind in (("dinero", 0, 0), ("río", 3, 1)):
        x, y = points[first_row : first_row + 3].T
        panel.scatter(x, y, color=plotting.PALETTE[kind], marker="os"[kind], s=70, label=sense)
    panel.set(title=f"bank, capa {layer}", xlim=(-0.8, 0.8), ylim=(-0.8, 0.8))
axes[2].legend()
plotting.show(
    figure,
    alt="A la izquierda, el margen entre sentidos sube, con altibajos, desde casi cero. A la derecha, las"
    " seis apariciones de bank: amontonadas en la capa 0; en la última, las de dinero a un lado y las"
    " de río al otro.",
)

# %% [markdown]
# El margen es casi cero en la entrada y crece, con algún altibajo, al subir por la red; donde más se
# separan los sentidos es al final, aunque no en todas las palabras por igual. Capa a capa, cada palabra va
# empapándose de sus vecinas. Fíjate también en lo que *no* ocurre: dos apariciones de *bank* con sentidos
# distintos siguen pareciéndose bastante. El vector contextual no es una etiqueta «sentido 1, sentido 2»,
# sino un matiz continuo.
#
# > **Prueba a cambiar** las frases de una palabra por otras tuyas. ¿Qué pasa si las dos series hablan del
# > mismo tema, por ejemplo un banco construido a la orilla de un río?

# %% [markdown]
# ## 12. Las propiedades, una al lado de otra
# <!-- EM12 -->
#
# Ya podemos poner en una tabla todo lo que hemos ido encontrando. Para cada representación: cuántas
# dimensiones tiene, qué parte no es cero, cuántas palabras distintas conoce y si *bank* tiene el mismo
# vector en el dinero y en el río.

# %%
batch = minilm_tokenizer([senses["bank"][0][0], senses["bank"][1][0]], padding=True, return_tensors="pt")
bank = batch["input_ids"] == minilm_tokenizer.convert_tokens_to_ids("bank")
with torch.no_grad():
    static_bank = minilm.get_input_embeddings()(batch["input_ids"])[bank]
assert torch.equal(static_bank[0], static_bank[1])  # la tabla da el mismo vector en las dos frases
money, river = states["bank"][best][[0, 3]]

# %%
known_to_us, contextual = len(common_words), f"coseno {money @ river:.2f}"
kinds_of_vector = {
    "one-hot": (vocabulary_size, 1 / vocabulary_size, vocabulary_size, "el mismo"),
    "PPMI": (known_to_us, ppmi_counts.nnz / known_to_us**2, known_to_us, "el mismo"),
    "PPMI + SVD": (dense.shape[1], np.mean(dense != 0), known_to_us, "el mismo"),
    "MiniLM estático": (static.vector_size, np.mean(static.vectors != 0), len(static), "el mismo"),
    "MiniLM contextual": (len(money), np.mean(money != 0), len(static), contextual),
}
assert kinds_of_vector["MiniLM estático"][1] > 0.99
assert money @ river < 0.9
titles = ["dimensiones", "parte no nula", "palabras", "bank en dos frases"]
pd.DataFrame.from_dict(kinds_of_vector, orient="index", columns=titles).round(5)

# %% [markdown]
# Ahí están las propiedades que definen un embedding: vectores **densos** (ningún cero), de **tamaño fijo**
# (los mismos números para *a* que para *electroencephalogram*), y de **dimensión baja** comparada con el
# vocabulario: 384 frente a decenas de miles. Los contextuales conservan las tres, y solo renuncian a ser
# una tabla: hay que ejecutar la red para obtenerlos.
#
# Que un embedding de palabras tenga «cientos» de dimensiones no es un capricho. Veámoslo: nos quedamos con
# las $k$ direcciones en que más varían los vectores de MiniLM (PCA), o simplemente con $k$ de sus columnas,
# y medimos con WordSim-353.

# %%
dimensions = [2, 5, 10, 20, 50, 100, 200, 384]
examined = {word.lower() for a, b, _ in corpora.word_pairs("wordsim353") for word in (a, b)}
tested = sorted(examined & static.key_to_index.keys())
rotated = PCA(random_state=0).fit(static.vectors).transform(static[tested])
quality = {
    "las k direcciones principales (PCA)": [wordsim(tested, rotated[:, :k]) for k in dimensions],
    "las k primeras columnas": [wordsim(tested, static[tested][:, :k]) for k in dimensions],
}
pca, columns = (np.array(values) for values in quality.values())
assert pca[0] < 0.3 < pca[-1]
assert pca[dimensions.index(100)] > 0.95 * pca[-1]

# %%
figure, axes = plt.subplots(figsize=(7, 3.4))
for label, values in quality.items():
    axes.plot(dimensions, values, label=label)
axes.axhline(agreement["PPMI + SVD"], color="gray", linestyle=":", label="nuestra PPMI + SVD (100)")
axes.set(xscale="log", xlabel="número de dimensiones k", ylabel="Spearman (WordSim-353)", ylim=(0, 0.85))
axes.set_xticks(dimensions, [str(k) for k in dimensions])
axes.minorticks_off()
axes.legend(loc="lower right", fontsize=10)
plotting.show(
    figure,
    alt="El acuerdo con las personas sube deprisa con el número de dimensiones: casi nada con dos, "
    "bastante con veinte, y desde cien direcciones principales la curva es plana. Quedarse con las "
    "primeras columnas necesita muchas más.",
)

# %% [markdown]
# Con dos dimensiones, las que caben en un papel, se pierde casi todo: **desconfía de los dibujos en dos
# dimensiones**, también de los nuestros. A partir de un centenar de direcciones bien elegidas ya no se gana
# nada en esta prueba. Y si en vez de direcciones tomas columnas sueltas, necesitas más, porque el
# significado no está en ninguna columna sino repartido entre todas.

# %% [markdown]
# ## 13. Subpalabras: ¿qué hace un modelo con una palabra que nunca ha visto?
# <!-- EM13 -->
#
# Casi todo lo anterior daba por hecho que un texto se corta en palabras, y que a cada palabra le toca un
# vector. Pero una tabla de vectores tiene un número fijo de filas, y el idioma no: mañana alguien escribirá
# *gatificar*, un apellido nuevo o un emoji, y para eso no habrá fila. FastText ya apuntaba una salida,
# mirar dentro de la palabra. Los modelos actuales la llevan hasta el final.
#
# Detrás hay dos preguntas que tiran en direcciones opuestas: **¿qué hacemos con lo que no está en el
# vocabulario?** y **¿cómo de grande puede ser el vocabulario?** La segunda no es un detalle. Veamos qué
# parte de un modelo real es, sencillamente, la tabla con el vector de cada entrada de su vocabulario.

# %%
import random
import re
from collections.abc import Iterable
from functools import cache
from itertools import pairwise

from IPython.display import HTML, display

from course_utils.tokenization import WORD, BPETokenizer

# %%
token_table = minilm.state_dict()["embeddings.word_embeddings.weight"]
parameters = sum(parameter.numel() for parameter in minilm.parameters())
print(f"entradas en el vocabulario: {token_table.shape[0]:,}; números en cada vector: {token_table.shape[1]}")
print(
    f"la tabla es el {token_table.numel() / parameters:.0%} de {parameters / 1e6:.1f} millones de parámetros"
)

# %% [markdown]
# Más de la mitad de MiniLM es su vocabulario. Añadir entradas «por si acaso» sale caro, y además cada
# entrada rara se entrena con pocos ejemplos.
#
# ### Caracteres o palabras: dos extremos
#
# Midamos los dos extremos. Tomamos la Wikipedia del curso, apartamos un artículo de cada cuatro como texto
# *no visto* y construimos el vocabulario solo con los demás. Llamamos palabra a cada racha de letras.

# %%
wikipedia = corpora.wikipedia()
held_out_text = "\n".join(article.text for article in wikipedia[::4])
training_text = "\n".join(article.text for i, article in enumerate(wikipedia) if i % 4)


# %%
def words_of(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text)


seen_words, unseen_words = Counter(words_of(training_text)), words_of(held_out_text)
print(f"{len(training_text):,} caracteres para aprender; {len(held_out_text):,} apartados")


# %%
def unknown_rate(tokens: Iterable[str | int], vocabulary: Iterable[str | int]) -> float:
    known = set(vocabulary)
    missing = [token not in known for token in tokens]
    return 100 * sum(missing) / len(missing)


# %%
letters = set("".join(seen_words))
common_8000 = [word for word, _ in seen_words.most_common(8000)]
rows = {
    "caracteres": (
        len(letters),
        len("".join(unseen_words)) / len(unseen_words),
        unknown_rate("".join(unseen_words), letters),
    ),
    "todas las palabras vistas": (len(seen_words), 1.0, unknown_rate(unseen_words, seen_words)),
    "las 8000 más frecuentes": (len(common_8000), 1.0, unknown_rate(unseen_words, common_8000)),
}
column_names = ["vocabulario", "tokens por palabra", "desconocidos (%)"]
pd.DataFrame.from_dict(rows, orient="index", columns=column_names).round(2)

# %% [markdown]
# Con **caracteres**, el vocabulario es diminuto y casi nada es desconocido, pero cada palabra cuesta varios
# *tokens* (las unidades que el modelo lee, una por paso): textos más largos, más cálculo, y letras que por
# sí solas no significan nada. Con **palabras**, cada una es un solo token; a cambio, hacen falta decenas de
# miles de entradas y aun así una parte apreciable del texto nuevo queda fuera, y si recortamos el
# vocabulario, mucha más. El modelo no recibe nada de esas palabras: todas se convierten en el mismo `[UNK]`
# (*unknown*).
#
# ¿Qué palabras son las que faltan?

# %%
missing_words = Counter(word for word in unseen_words if word not in seen_words)
print(f"{len(missing_words):,} palabras distintas que no estaban al aprender. Algunas:")
print(", ".join(random.Random(1).sample(sorted(word for word in missing_words if word.islower()), 16)))

# %% [markdown]
# Léelas despacio: la mayoría no son del todo nuevas. Son derivados, compuestos y plurales, hechos con
# trozos que el texto de entrenamiento sí contenía muchas veces. Esa es la idea de las **subpalabras**: que
# lo frecuente sea un token entero y que lo raro se escriba con trozos.
#
# ### BPE, a mano
#
# ¿Y quién decide los trozos? La respuesta de Sennrich, Haddow y Birch (2016), tomada de un algoritmo de
# compresión de Gage (1994), es contar. ***Byte-pair encoding*** (BPE) empieza con los trozos más pequeños
# posibles y repite un solo paso: **busca los dos trozos vecinos que más veces aparecen juntos y los fusiona
# en uno nuevo.**
#
# $$(a^*, b^*) = \arg\max_{(a,\,b)} \; \#(ab)$$
#
# donde $\#(ab)$ es el número de veces que $b$ sigue a $a$ dentro de una palabra.
#
# Los trozos más pequeños serán los 256 bytes, como en GPT-2: cualquier texto es una serie de bytes, así que
# nada puede quedar sin representar. Antes se corta el texto en palabras, y ninguna fusión cruza de una a
# otra. Fíjate en que el espacio viaja delante de su palabra: así, al juntar los trozos, se recupera el
# texto exacto.

# %%
tiny_text = "gato gatos gatito gatitos casa casas casita casitas"
print(WORD.findall(tiny_text))
word_tokens = [list(word.encode()) for word in WORD.findall(tiny_text)]
print(word_tokens[1], "←", bytes(word_tokens[1]))


# %% [markdown]
# Solo necesitamos dos funciones: contar las parejas de vecinos y fusionar una de ellas en una palabra.


# %%
def count_pairs(words: list[list[int]]) -> Counter[tuple[int, int]]:
    return Counter(pair for word in words for pair in pairwise(word))


# %%
def merge(word: list[int], pair: tuple[int, int], new_id: int) -> list[int]:
    merged: list[int] = []
    for token in word:
        if merged and (merged[-1], token) == pair:
            merged[-1] = new_id
        else:
            merged.append(token)
    return merged


# %%
count_pairs(word_tokens).most_common(3)

# %% [markdown]
# Y el bucle: contar, elegir, fusionar. Cuando hay empate gana la pareja de números más pequeños; cualquier
# regla valdría, pero hace falta una para que el resultado sea siempre el mismo. Y una pareja que solo
# aparece una vez no abrevia nada: ahí se acaba.

# %%
merges: list[tuple[int, int]] = []
token_bytes = [bytes([value]) for value in range(256)]
for new_id in range(256, 256 + 12):
    pair_counts = count_pairs(word_tokens)
    commonest = min(pair_counts, key=lambda pair: (-pair_counts[pair], pair), default=None)
    if commonest is None or pair_counts[commonest] < 2:
        break
    word_tokens = [merge(word, commonest, new_id) for word in word_tokens]
    merges.append(commonest)
    token_bytes.append(token_bytes[commonest[0]] + token_bytes[commonest[1]])
    print(
        f"{new_id}: {token_bytes[commonest[0]]!r} + {token_bytes[commonest[1]]!r} → "
        f"{token_bytes[new_id]!r} ({pair_counts[commonest]} veces)"
    )

# %%
for ids in word_tokens:
    print(" | ".join(token_bytes[token].decode(errors="replace").replace(" ", "␣") for token in ids))

# %% [markdown]
# (Escribimos «␣» para que se vea el espacio.) Nadie le ha hablado de raíces ni de diminutivos, y aun así
# han aparecido *gat*, *cas*, *it*, porque se repiten. No te fíes demasiado: BPE no sabe morfología, solo
# qué va junto a menudo, y con texto de verdad los cortes serán menos limpios.
#
# Nuestra versión ingenua vuelve a contar todo el texto en cada fusión. `BPETokenizer`, la del curso, guarda
# cada palabra distinta una sola vez y vuelve a contar solo las que cambian; son unas decenas de líneas y
# merece la pena leerlas (`course_utils/tokenization.py`). Debe aprender exactamente lo mismo:

# %%
tiny_bpe = BPETokenizer.train(tiny_text, vocab_size=256 + 12)
assert tiny_bpe.merges == merges
assert [tiny_bpe.encode(word) for word in WORD.findall(tiny_text)] == word_tokens
assert tiny_bpe.decode(tiny_bpe.encode("¿gatitas? ¡ñandúes! 😀")) == "¿gatitas? ¡ñandúes! 😀"

# %% [markdown]
# Las mismas fusiones, los mismos cortes, y un texto con letras que no estaban al aprender va y vuelve
# intacto.
#
# Para **codificar** un texto nuevo se parte de sus bytes y se aplican las fusiones en el orden en que se
# aprendieron. Así se escribe una palabra que no estaba:

# %%
print([tiny_bpe.decode([token]) for token in tiny_bpe.encode(" gatazos")])

# %% [markdown]
# > **Prueba a cambiar** `tiny_text` por una frase tuya con palabras de la misma familia (*cantar, cantaba,
# > cantaremos…*) y el número de fusiones. ¿Cuántas hacen falta para que aparezca la raíz? ¿Qué palabras
# > llegan a ser un solo token, y por qué las otras no?
#
# ### BPE con texto de verdad
#
# Ahora, con el texto que apartamos para aprender y un vocabulario de 8000.

# %%
bpe = BPETokenizer.train(training_text, vocab_size=8000)
print("primeras fusiones:", [bpe.decode([token]) for token in range(256, 272)])
longest = sorted(range(256, 8000), key=lambda token: -len(bpe.tokens[token]))
print("tokens más largos:", [bpe.decode([token]) for token in longest[:6]])

# %% [markdown]
# Primero salen las parejas de letras más comunes del inglés y sus palabras más frecuentes; al final,
# palabras largas que se repiten en estos artículos. Completemos la tabla:

# %%
encoded = bpe.encode(" ".join(unseen_words))
assert bpe.decode(encoded) == " ".join(unseen_words)
unknown = unknown_rate(encoded, range(bpe.vocab_size))
rows["subpalabras (BPE)"] = (bpe.vocab_size, len(encoded) / len(unseen_words), unknown)
pd.DataFrame.from_dict(rows, orient="index", columns=column_names).round(2)

# %% [markdown]
# Con tantas entradas como «las 8000 más frecuentes», BPE no deja nada fuera (el `assert` comprueba que el
# texto apartado se recupera letra por letra), y el precio es menos de un token más por palabra. Veamos cómo
# escribe algunas de las palabras que no había visto («␣» es el espacio de delante):


# %%
def pieces(text: str, tokenizer: BPETokenizer = bpe) -> str:
    return " | ".join(tokenizer.decode([token]).replace(" ", "␣") for token in tokenizer.encode(text))


for word in random.Random(1).sample(sorted(word for word in missing_words if word.islower()), 8):
    print(pieces(" " + word))

# %% [markdown]
# **¿Y el tamaño?** Como una fusión no depende de las que vienen después, las primeras de este tokenizador
# *son* el tokenizador pequeño: podemos ver toda la curva sin entrenar otra vez. Añadimos un texto en
# español para ver qué le ocurre a un tokenizador que solo ha leído inglés.

# %%
spanish_articles = corpora.spanish_articles()
spanish_text = " ".join(words_of("\n".join(article.text for article in spanish_articles)))
vocabulary_sizes = [256, 500, 1000, 2000, 4000, 8000]
small = [BPETokenizer(bpe.merges[: size - 256]) for size in vocabulary_sizes]
cost = {
    label: [len(tokenizer.encode(text)) / len(words_of(text)) for tokenizer in small]
    for label, text in [("español", spanish_text), ("inglés, no visto", " ".join(unseen_words))]
}
assert all(es > en for es, en in list(zip(*cost.values(), strict=True))[1:])

# %%
figure, axes = plt.subplots()
for label, values in cost.items():
    axes.plot(vocabulary_sizes, values, label=label)
axes.set(xscale="log", xlabel="tamaño del vocabulario", ylabel="tokens por palabra", ylim=(0, None))
axes.set_xticks(vocabulary_sizes, [str(size) for size in vocabulary_sizes])
axes.minorticks_off()
axes.legend()
plotting.show(
    figure,
    alt="Tokens por palabra según el tamaño del vocabulario. Las dos curvas caen deprisa de 256 a 500 y "
    "después cada vez más despacio; desde 500, la del español queda por encima de la del inglés.",
)

# %% [markdown]
# El primer punto son los bytes sin fusionar. Al principio cada entrada nueva ahorra mucho; después, cada
# vez menos, y cada una cuesta una fila más en la tabla del principio. Por eso los vocabularios reales se
# plantan en algún punto: el de MiniLM, donde vimos; el de GPT-2, en 50 257 (Radford et al., 2019). Y en
# cuanto hay fusiones, el español sale más caro que el inglés; volveremos sobre ello.
#
# ### El mismo BPE en una biblioteca
#
# En la práctica se usa `tokenizers`, de Hugging Face, escrita en Rust. Si le damos nuestras fusiones debe
# devolver los mismos números. Solo hay que traducir: la biblioteca escribe cada byte con un carácter
# visible. Los bytes que no lo tienen toman, por orden, los que siguen al 255 (el espacio, por ejemplo, es
# «Ġ»): es una costumbre heredada de GPT-2.

# %%
from tokenizers import Tokenizer, models, pre_tokenizers

invisible = [value for value in range(256) if chr(value) == " " or not chr(value).isprintable()]
symbol = {
    value: chr(256 + invisible.index(value)) if value in invisible else chr(value) for value in range(256)
}
byte_names = ["".join(symbol[byte] for byte in token) for token in bpe.tokens]
library_bpe = Tokenizer(
    models.BPE(
        vocab={name: number for number, name in enumerate(byte_names)},
        merges=[(byte_names[left], byte_names[right]) for left, right in bpe.merges],
    )
)
library_bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)

# %%
assert all(library_bpe.encode(article.text).ids == bpe.encode(article.text) for article in wikipedia[::4])
assert library_bpe.encode(spanish_text).ids == bpe.encode(spanish_text)
library_bpe.encode(" unhappiness").tokens

# %% [markdown]
# Idénticos en todo el texto apartado, con su puntuación y sus números, y también en español.
#
# ### WordPiece, en el vocabulario de un modelo real
#
# MiniLM, como BERT, no usa BPE sino **WordPiece** (Schuster y Nakajima, 2012). Se entrena de forma
# parecida, pero elige la pareja que más destaca *en relación con lo frecuentes que son sus partes*:
#
# $$\text{puntuación}(a, b) = \frac{\#(ab)}{\#(a)\,\#(b)}$$
#
# Y codifica de otra manera: olvida las fusiones y conserva solo el vocabulario. De izquierda a derecha,
# toma cada vez **el trozo más largo que esté en el vocabulario**. Los trozos que no empiezan palabra llevan
# `##` delante. Si en algún punto ninguno encaja, la palabra entera es `[UNK]`.

# %%
wordpieces = minilm_tokenizer.get_vocab()


@cache
def wordpiece(word: str) -> tuple[str, ...]:
    found: list[str] = []
    start = 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in wordpieces:
                break
        else:
            return ("[UNK]",)
        found.append(piece)
        start = end
    return tuple(found)


# %%
wordpiece("tokenization")

# %% [markdown]
# Comparémosla con la biblioteca en todas las palabras y signos del texto apartado. Antes de cortar, este
# tokenizador pasa el texto a minúsculas, le quita las tildes y separa la puntuación; tomamos esos dos pasos
# tal como los hace él.


# %%
def minilm_words(text: str) -> list[str]:
    backend = minilm_tokenizer.backend_tokenizer
    normalised = backend.normalizer.normalize_str(text)
    return [word for word, _ in backend.pre_tokenizer.pre_tokenize_str(normalised)]


# %%
distinct = sorted(set(minilm_words(held_out_text)))
assert all(list(wordpiece(word)) == minilm_tokenizer.tokenize(word) for word in distinct)
print(f"iguales en {len(distinct):,} palabras y signos distintos")

# %% [markdown]
# ### «unhappiness», sin adornos
#
# En muchas presentaciones verás que *unhappiness* se corta en **un · happi · ness**: prefijo, raíz y
# sufijo, como en un libro de gramática. ¿Es eso lo que pasa? Preguntemos a los dos vocabularios.

# %%
for word in ["unhappiness", "unhappy", "happiness"]:
    print(f"{word:<12} WordPiece: {' | '.join(wordpiece(word)):<22} BPE: {pieces(' ' + word)}")
print({piece: piece in wordpieces for piece in ["happiness", "##happiness", "##happi"]})
assert "happi" not in wordpiece("unhappiness") + tuple(pieces(" unhappiness").split(" | "))

# %% [markdown]
# No. Los dos separan *un*, pero ninguno corta por la raíz: **un · happi · ness** es un ejemplo idealizado.
# La razón está a la vista. WordPiece tiene `happiness` como palabra entera, pero no `##happiness` ni
# `##happi`, así que tras *un* toma el trozo más largo que encuentra y sigue como puede. BPE aplica las
# fusiones que le enseñó su texto. Los trozos son los que **abrevian** un corpus; que a veces coincidan con
# morfemas es una consecuencia afortunada, no el objetivo.
#
# Eso tiene efectos que conviene conocer. El mismo término da trozos distintos según lo que lo rodee:

# %%
for text in ["happiness", " happiness", " Happiness", " HAPPINESS", " hapiness"]:
    print(f"{text!r:<13} {pieces(text)}")

# %% [markdown]
# El espacio, las mayúsculas o una errata cambian los números que recibe el modelo, que tiene que aprender
# por su cuenta que todo eso es casi lo mismo. También por esto a un modelo le cuesta contar las letras de
# una palabra: nunca ve letras.
#
# ### Palabras que nadie había visto
#
# Probemos con palabras recientes, con otro idioma y con un emoji.

# %%
for word in ["bitcoin", "selfie", "gatificar", "ñandúes", "😀"]:
    known = " | ".join(minilm_tokenizer.tokenize(word))
    print(f"{word:<10} WordPiece: {known:<23} BPE: {pieces(' ' + word)}")

# %% [markdown]
# Los dos escriben con trozos las palabras nuevas. La diferencia está en las últimas. WordPiece ha perdido
# la tilde y la eñe (*nandu*), y el emoji es `[UNK]`: de ahí ya no hay vuelta. BPE baja hasta los bytes;
# cada «�» es parte de un carácter que ocupa varios, y juntos lo recuperan. A un token así le falta
# significado, pero no se pierde nada.
#
# ### Lo que cuesta escribir en español
#
# La curva de antes mezcla dos cosas: el idioma y la longitud de sus palabras. Para separarlas, fijemos el
# texto y cambiemos el tokenizador: uno aprende de nuestros artículos en español, otro de la **misma
# cantidad** de inglés, con el mismo vocabulario. Los medimos en textos que ninguno de los dos ha visto.

# %%
spanish_held_out = "\n".join(article.text for article in spanish_articles[::4])
spanish_training = "\n".join(article.text for i, article in enumerate(spanish_articles) if i % 4)
english_training = training_text[: len(spanish_training)]
tokenizers = {
    "aprendido en inglés": BPETokenizer.train(english_training, 2000),
    "aprendido en español": BPETokenizer.train(spanish_training, 2000),
}
texts = {"texto inglés": held_out_text, "texto español": spanish_held_out}

# %%
cost_table = pd.DataFrame(
    {
        title: {
            name: len(tokenizer.encode(text)) / len(words_of(text)) for name, tokenizer in tokenizers.items()
        }
        for title, text in texts.items()
    }
)
cost_table.loc["MiniLM (WordPiece)"] = [
    sum(len(wordpiece(word)) for word in minilm_words(text)) / len(words_of(text)) for text in texts.values()
]
cost_table.round(2)

# %%
english, own = cost_table["texto español"].iloc[:2]
print(f"el mismo texto español cuesta un {english / own - 1:.0%} más con el tokenizador inglés")
assert english > own
assert cost_table["texto inglés"].iloc[0] < cost_table["texto inglés"].iloc[1]
assert cost_table["texto inglés"].iloc[2] < cost_table["texto español"].iloc[2]

# %% [markdown]
# Cada tokenizador es barato en su idioma y caro en el otro, y el vocabulario de MiniLM, aunque es mucho
# mayor, también paga más por el español. Y se nota en la factura: los servicios cobran por token, los
# modelos tienen un límite de tokens y cada uno cuesta cálculo. Quien escribe en un idioma poco presente en
# el texto con que se entrenó el tokenizador paga más por decir lo mismo.
#
# > **Prueba a cambiar** el vocabulario de 2000 por 500 o por 4000. ¿Se acorta o se alarga la distancia
# > entre los dos idiomas? Prueba también a entrenar un solo tokenizador con
# > `english_training + spanish_training`.
#
# ### Míralo paso a paso
#
# La figura aprende BPE de un texto y lo muestra después de cierto número de fusiones. Cada recuadro es un
# token; los blancos son bytes sueltos, y el borde grueso marca lo que se acaba de fusionar.

# %%
from course_utils.widgets.tokenization import explore_merges, merge_picture

display(HTML(merge_picture()))

# %% [markdown]
# Abajo la tienes con mandos: escribe tu propio texto y mueve las fusiones de una en una. Fíjate en la *ñ*,
# que ocupa dos bytes y empieza partida en ‹C3› y ‹B1›: también ella hay que aprenderla.

# %%
explore_merges()

# %% [markdown]
# **En resumen.** Un tokenizador de subpalabras responde a las dos preguntas del principio a la vez: el
# vocabulario tiene el tamaño que decidas, y ninguna palabra queda fuera, porque lo raro se escribe con
# trozos de lo frecuente. Los trozos salen de contar en un texto concreto, y heredan de él lo que ese texto
# trae: su idioma, sus temas y sus manías.

# %% [markdown]
# ## 14. Una capa de embedding dentro de una red
# <!-- EM11 -->
#
# Hasta aquí los vectores eran el producto final. En una red son la **primera capa**: entra el número de la
# palabra o del trozo de palabra, sale su vector, y lo demás (una regresión, una red recurrente, un
# transformer) trabaja con él. PyTorch la llama `Embedding`, y conviene perderle el misterio: es una matriz
# $E$ de $V$ filas y $d$ columnas, y mirar la fila $i$ es lo mismo que multiplicar por el vector one-hot
# $\mathbf{x}_i$ de la sección 2:
#
# $$\mathbf{v}_i = \mathbf{x}_i^{\top} E$$
#
# Con las tres palabras de siempre y vectores de 4 números, una frase en la que no sale *dog*:

# %%
lookup = torch.nn.Embedding(3, 4)
pet_ids = torch.tensor([0, 2, 0])  # cat mouse cat
sparse_rows = torch.nn.functional.one_hot(pet_ids, 3).float()
assert torch.equal(lookup(pet_ids), sparse_rows @ lookup.weight)
print(lookup(pet_ids).detach().numpy().round(2))

# %% [markdown]
# El mismo resultado, sin multiplicar por un solo cero. ¿Y al aprender? El gradiente solo puede llegar a las
# filas que se usaron:

# %%
weights = torch.arange(1.0, 5.0)
torch.autograd.backward((lookup(pet_ids) @ weights).sum())
looked_up = lookup.weight.grad
matrix = lookup.weight.detach().clone().requires_grad_()
torch.autograd.backward((sparse_rows @ matrix @ weights).sum())
assert looked_up is not None
assert matrix.grad is not None
assert torch.equal(looked_up, matrix.grad)
assert (looked_up[1] == 0).all()
assert torch.equal(looked_up[0], 2 * looked_up[2])
pd.DataFrame(looked_up, index=pets)

# %% [markdown]
# La fila de *dog* no se entera, y la de *cat*, que salió dos veces, recibe el doble. De ahí un detalle
# práctico que veremos enseguida: **una palabra que no está en los datos de entrenamiento se queda como
# empezó**.
#
# Entrenemos una red de extremo a extremo, la tabla incluida, con una tarea real: decidir si una frase de
# una crítica de cine es favorable. La red más pequeña que tiene sentido: promediar los vectores de las
# palabras (`EmbeddingBag` hace las dos cosas, buscar y promediar) y una capa lineal. El conjunto es
# minúsculo, 200 frases, así que medimos por validación cruzada: cada frase la juzga una red que no la vio.

# %%
reviews = corpora.film_reviews()
labels = torch.tensor([float(label) for _, label in reviews])
truth = labels.numpy()  # lo mismo, para scikit-learn
review_words = [corpora.split_words(text) for text, _ in reviews]
film_words = sorted({word for review in review_words for word in review})
number = {word: position for position, word in enumerate(film_words, start=1)}  # el 0 es relleno
review_ids = torch.nn.utils.rnn.pad_sequence(
    [torch.tensor([number[word] for word in review]) for review in review_words], batch_first=True
)
once = sum(count == 1 for count in Counter(word for review in review_words for word in review).values())
print(
    f"favorables: {labels.mean():.0%}; {len(film_words)} palabras; una sola vez, {once / len(film_words):.0%}"
)

# %%
from sklearn.model_selection import StratifiedKFold

folds = [list(StratifiedKFold(10, shuffle=True, random_state=seed).split(truth, truth)) for seed in range(2)]


# %%
def train_sentiment(initial: torch.Tensor, train: np.ndarray, frozen: bool) -> torch.nn.Sequential:
    """Entrena tabla y capa lineal (o solo esta, si la tabla está congelada) y devuelve la red."""
    table = torch.nn.EmbeddingBag.from_pretrained(initial.clone(), freeze=frozen, mode="mean", padding_idx=0)
    head = torch.nn.Linear(initial.shape[1], 1)
    groups = [{"params": list(head.parameters()), "lr": 0.05}]
    groups += [] if frozen else [{"params": list(table.parameters()), "lr": 0.005}]
    optimiser = torch.optim.Adam(groups)
    network = torch.nn.Sequential(table, head, torch.nn.Flatten(0))
    for _ in range(60):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(network(review_ids[train]), labels[train])
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
    return network


# %% [markdown]
# Tres maneras de empezar: una tabla al azar que se entrena con lo demás; la tabla de MiniLM, que también se
# sigue entrenando; y la tabla de MiniLM congelada. De rival, una **bolsa de palabras** con regresión
# logística, que es one-hot sumado:

# %%
from sklearn.feature_extraction.text import CountVectorizer

set_seed(0)
random_table = 0.1 * torch.randn(len(film_words) + 1, 32)
pretrained = torch.zeros(len(film_words) + 1, static.vector_size)
for word, position in number.items():
    if word in static:
        pretrained[position] = torch.tensor(static[word])
starts = {
    "tabla al azar, entrenada": (random_table, False),
    "MiniLM, y se sigue entrenando": (pretrained, False),
    "MiniLM congelada": (pretrained, True),
}

# %%
from tqdm.auto import tqdm

hits = {name: np.zeros(len(reviews)) for name in ["bolsa de palabras", *starts]}
memory = dict.fromkeys(hits, 0.0)
bag = CountVectorizer().fit_transform(text for text, _ in reviews)
for train, test in tqdm([split for repetition in folds for split in repetition], leave=False):
    linear = LogisticRegression().fit(bag[train], truth[train])
    hits["bolsa de palabras"][test] += linear.predict(bag[test]) == truth[test]
    memory["bolsa de palabras"] += linear.score(bag[train], truth[train]) / 20
    for name, (first_table, frozen) in starts.items():
        network = train_sentiment(first_table, train, frozen)
        right_answers = ((network(review_ids) > 0) == (labels > 0)).numpy()
        hits[name][test] += right_answers[test]
        memory[name] += right_answers[train].mean() / 20

# %%
fractions = pd.DataFrame(hits) / 2  # media de las dos repeticiones, frase a frase
resampled = np.random.default_rng(0).integers(len(reviews), size=(2000, len(reviews)))
means = fractions.to_numpy()[resampled].mean(axis=1)  # (2000, 4): otras 2000 colecciones posibles
low, high = np.percentile(means, [2.5, 97.5], axis=0)
report = pd.DataFrame(
    {
        "acierto": fractions.mean().to_numpy(),
        "desde": low,
        "hasta": high,
        "al entrenar": list(memory.values()),
    },
    index=list(hits),
)
gain = np.percentile(means[:, 3] - means[:, 0], [2.5, 97.5])
print(f"MiniLM congelada gana a la bolsa de palabras entre {gain[0]:+.2f} y {gain[1]:+.2f}")
assert gain[0] > 0
report.round(2)

# %%
figure, axes = plt.subplots(figsize=(7, 2.6))
places = np.arange(len(hits))
spread = [report["acierto"] - report["desde"], report["hasta"] - report["acierto"]]
axes.errorbar(report["acierto"], places, xerr=spread, fmt="o", capsize=4)
axes.axvline(0.5, color="gray", linestyle=":", label="decir siempre lo mismo")
axes.set_yticks(places, list(hits))
axes.set(xlabel="aciertos en críticas no vistas (intervalo del 95 %)", xlim=(0.42, 0.8))
axes.invert_yaxis()
axes.legend(loc="upper center", bbox_to_anchor=(0.4, 1.2), fontsize=10)
plotting.show(
    figure,
    alt="Aciertos con su intervalo: la bolsa de palabras y las dos tablas que se entrenan con las "
    "críticas apenas superan la mitad; la tabla de MiniLM congelada queda claramente a la derecha de "
    "todas.",
)

# %% [markdown]
# Aprender la tabla desde cero con 200 frases es **memorizar**: la red clava las frases de entrenar y apenas
# supera a la moneda en las demás. No es culpa del método; es que la mayoría de las palabras salen una vez,
# y una palabra nueva llega con la fila que le tocó en el sorteo. La tabla de MiniLM, en cambio, sabe de
# antemano qué palabras se parecen, y con eso la capa lineal puede generalizar. Lo más curioso es que, si la
# seguimos entrenando, lo pierde. Miremos qué le pasa a la tabla:

# %%
for word in ("boring", "funny"):
    print(f"{word}:", ", ".join(name for name, _ in static.most_similar(word, topn=5)))
train = folds[0][0][0]
table_after = train_sentiment(pretrained, train, frozen=False).state_dict()["0.weight"]
shift = (table_after - pretrained).norm(dim=1)
in_training = torch.isin(torch.arange(len(shift)), review_ids[train])
in_training[0] = False  # el relleno no es una palabra
print(
    f"desplazamiento medio: vistas {shift[in_training].mean():.2f}, no vistas {shift[~in_training].max():.2f}"
)
assert shift[~in_training].max() == 0

# %% [markdown]
# Los vectores medían 1, así que las palabras vistas se han ido lejos, y las no vistas no se han movido un
# ápice: las que eran vecinas ya no lo son, y lo aprendido con unas no sirve para las otras.
#
# Es la razón de ser de los modelos **preentrenados**: aprender la geometría donde sobra el texto, y
# gastarla donde falta. Con cientos de miles de críticas, la tabla entrenada de extremo a extremo ganaría
# terreno.
#
# > **Prueba a cambiar** los 60 pasos de entrenamiento por 5 en la tabla que se sigue entrenando. ¿Qué pasa
# > con la memoria y con el acierto?

# %% [markdown]
# ## 15. También las imágenes
# <!-- EM14 -->
#
# Nada de esto es exclusivo de las palabras. Una imagen es un objeto que queremos comparar con otros, y sus
# píxeles son un mal espacio para hacerlo: basta mover el dibujo un poco para que todos los píxeles cambien.
# Un embedding de imágenes es la salida de una red, y lo que aprende es **qué diferencias no importan**.
#
# Usaremos los dígitos manuscritos de scikit-learn, de 8 × 8 píxeles, colocados al azar en un lienzo de 12 ×
# 12:

# %%
from sklearn.datasets import load_digits

digits = load_digits()
images = torch.tensor(digits.images / 16, dtype=torch.float32)
digit = digits.target
held_out = np.random.default_rng(0).permutation(len(digit))[:600]  # nunca se entrena con estas
to_train = np.setdiff1d(np.arange(len(digit)), held_out)


# %%
def scatter(small: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Coloca cada imagen (n, 8, 8) en un sitio al azar de un lienzo (n, 1, 12, 12)."""
    canvas = torch.zeros(len(small), 1, 12, 12)
    corners = torch.randint(0, 5, (len(small), 2), generator=generator).tolist()
    for picture, image, (top, left) in zip(canvas, small, corners, strict=True):
        picture[0, top : top + 8, left : left + 8] = image
    return canvas


# %%
gallery = scatter(images[held_out], torch.Generator().manual_seed(0))

# %% [markdown]
# La red es una pequeña convolución que termina en 32 números, y encima un clasificador de dígitos. La
# entrenamos para clasificar; luego **tiramos el clasificador** y nos quedamos con los 32 números. Para
# saber si ha aprendido a ver o solo a nombrar, entrenamos tres redes, cada una sin haber visto jamás
# algunos dígitos: a la primera le faltan el 0, el 1, el 2 y el 3; a la segunda, el 4, el 5 y el 6; a la
# tercera, el 7, el 8 y el 9.


# %%
def train_encoder(rows: np.ndarray, epochs: int = 20) -> torch.nn.Module:
    """Entrena la red con esas imágenes, cada vez en otro sitio del lienzo, y la devuelve sin clasificador."""
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(1)
    conv, pool, relu = torch.nn.Conv2d, torch.nn.MaxPool2d(2), torch.nn.ReLU()
    encoder = torch.nn.Sequential(
        conv(1, 16, 3, padding=1), relu, pool, conv(16, 32, 3, padding=1), relu, pool,
        torch.nn.Flatten(), torch.nn.Linear(288, 32),
    )  # fmt: skip
    classifier = torch.nn.Linear(32, 10)
    optimiser = torch.optim.Adam([*encoder.parameters(), *classifier.parameters()], lr=3e-3)
    names = torch.tensor(digit)
    for _ in tqdm(range(epochs), leave=False):
        for batch in torch.split(torch.tensor(rows)[torch.randperm(len(rows))], 64):
            guess = classifier(encoder(scatter(images[batch], generator)))
            loss = torch.nn.functional.cross_entropy(guess, names[batch])
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
    return encoder


# %%
left_out = [(0, 1, 2, 3), (4, 5, 6), (7, 8, 9)]
encoders = [train_encoder(to_train[~np.isin(digit[to_train], unseen)]) for unseen in left_out]
with torch.no_grad():
    embedded = [encoder(gallery).numpy() for encoder in encoders]
print("de", gallery[0].numel(), "píxeles a", embedded[0].shape[1], "números")

# %% [markdown]
# Ahora buscamos. Con cada imagen apartada preguntamos por sus 10 más parecidas (en coseno) entre las otras
# 599, y contamos cuántas son el mismo dígito: la **precisión@10**. Al azar sería una de cada diez.


# %%
def precision_at_10(points: np.ndarray) -> np.ndarray:
    """Para cada imagen, qué fracción de sus 10 vecinas lleva el mismo dígito."""
    cosines = cosine_similarity(points)
    np.fill_diagonal(cosines, -np.inf)
    nearest = cosines.argsort(axis=1)[:, ::-1][:, :10]
    own = digit[held_out]
    hits = own[nearest] == own[:, None]
    return np.asarray(hits.mean(axis=1))


# %%
own_digit = digit[held_out]
precision = np.array([precision_at_10(points) for points in embedded])
unseen_by = np.array([np.isin(own_digit, unseen) for unseen in left_out])  # (redes, imágenes)
per_image = pd.DataFrame(
    {
        "píxeles": precision_at_10(gallery.flatten(1).numpy()),
        "redes que lo vieron": precision.mean(axis=0, where=~unseen_by),
        "red que nunca lo vio": precision.mean(axis=0, where=unseen_by),
    }
)
by_digit = per_image.groupby(own_digit).mean()
centred = precision_at_10(images[held_out].flatten(1).numpy()).mean()
print(by_digit.mean().round(2).to_dict(), f"; píxeles de las imágenes sin mover: {centred:.2f}")
assert (
    by_digit["redes que lo vieron"].mean()
    > by_digit["red que nunca lo vio"].mean()
    > by_digit["píxeles"].mean() + 0.1
)

# %%
figure, axes = plt.subplots(figsize=(7, 3.2))
for column_name, marker in zip(by_digit, "xos", strict=True):
    axes.plot(
        by_digit.index, by_digit[column_name], linestyle="", marker=marker, markersize=8, label=column_name
    )
axes.axhline(0.1, color="gray", linestyle=":")
axes.set(xticks=range(10), xlabel="dígito", ylabel="precisión@10", ylim=(0, 1.05))
axes.legend(ncols=3, loc="upper center", bbox_to_anchor=(0.5, 1.2))
plotting.show(
    figure,
    alt="Precisión a diez por dígito. Las redes que vieron el dígito quedan arriba, cerca de 0,9; la que "
    "nunca lo vio, en medio; los píxeles, casi siempre abajo.",
)

# %% [markdown]
# Que las redes que conocen el dígito ganen no sorprende: para eso se entrenaron. Lo interesante es la
# tercera serie: una red que **nunca ha visto un 8** reúne los ochos mejor que los píxeles, porque aprendió
# algo que vale para cualquier dibujo, que el sitio da igual. Aprende menos, eso sí, que con ejemplos. Y una
# nota honrada: si las imágenes vinieran ya centradas, los píxeles se defenderían muy bien (el último número
# de la salida). Un embedding no gana por ser un embedding, sino por ignorar lo que hay que ignorar.

# %%
query = int(np.flatnonzero(digit[held_out] == 8)[0])
spaces = {"píxeles": gallery.flatten(1).numpy(), "embedding\n(sin ver un 8)": embedded[2]}
figure, axes = plt.subplots(2, 9, figsize=(9, 2.6))
for line_of_axes, (name, points) in zip(axes, spaces.items(), strict=True):
    order = cosine_similarity(points[[query]], points)[0].argsort()[::-1][:9]
    order = np.array([query, *order[order != query]][:9])
    for panel, item in zip(line_of_axes, order, strict=True):
        panel.imshow(gallery[item, 0], cmap="gray_r")
        panel.set(xticks=[], yticks=[], title="pregunta" if item == query else str(digit[held_out][item]))
        right_colour = plotting.PALETTE[2] if digit[held_out][item] == 8 else plotting.PALETTE[1]
        for spine in panel.spines.values():
            spine.set(visible=True, color=right_colour, linewidth=2.5)
    line_of_axes[0].set_ylabel(name, rotation=0, ha="right", va="center")
plotting.show(
    figure,
    alt="Un ocho manuscrito y sus ocho vecinas más cercanas, con el dígito que son encima. Arriba, según "
    "los píxeles, coinciden en la posición y pocas son ochos; abajo, según el embedding, hay más "
    "ochos, en posiciones distintas.",
)

# %% [markdown]
# Arriba, los píxeles encuentran dibujos que ocupan el *mismo sitio*; abajo, el embedding encuentra trazos
# *parecidos*, estén donde estén. Así funcionan, a lo grande, los buscadores de imágenes y de canciones: una
# red, un vector por objeto, y los vecinos más próximos. La lección 06 se ocupa de encontrarlos entre
# millones.
#
# > **Prueba a cambiar** los dígitos que faltan, o entrena con imágenes sin mover (`images` en vez de
# > `scatter`). ¿Qué parte del mérito era de enseñarle que el sitio da igual?

# %% [markdown]
# ## Lo que te llevas
#
# Un número de orden engaña y un one-hot calla; un embedding hace que la geometría hable. Puede salir de
# contar vecinos (PPMI y SVD, GloVe), de predecirlos (Word2Vec), de trozos de palabra (FastText, y los
# tokenizadores de subpalabras, que acaban con las palabras desconocidas) o de una red entera que lee la
# frase (BERT y familia). Se comparan por el ángulo. Son densos, cortos y de tamaño fijo, y sus direcciones
# guardan relaciones, aunque menos limpiamente de lo que cuenta la leyenda de la reina. Y se heredan: con
# pocos datos, unos vectores aprendidos en otra parte valen más que los tuyos.
#
# Por el camino hemos visto también sus límites: saben lo que han leído, confunden lo parecido con lo
# opuesto, y un vector por palabra no alcanza para una palabra con dos sentidos. Para eso la red tiene que
# leer en orden y con memoria, que es donde empieza la lección 02.
#
# **Ejercicios:** [`exercises/01_embeddings.ipynb`](exercises/01_embeddings.ipynb). Cada uno se corrige solo
# y, si te equivocas de una manera conocida, te dice en qué.
#
# ## Fuentes
#
# - Harris, Z. (1954). *Distributional structure*. Firth, J. R. (1957). *A synopsis of linguistic theory*.
# - Church, K. y Hanks, P. (1990). *Word association norms, mutual information, and lexicography*.
# - Finkelstein, L. et al. (2002). *Placing search in context: the concept revisited* (WordSim-353).
# - Bengio, Y. et al. (2003). *A neural probabilistic language model*.
# - Pang, B. y Lee, L. (2005). *Seeing stars* (las críticas de cine).
# - Mikolov, T. et al. (2013). *Efficient estimation of word representations in vector space*; *Distributed
#   representations of words and phrases and their compositionality*.
# - Levy, O. y Goldberg, Y. (2014). *Neural word embedding as implicit matrix factorization*.
# - Levy, O., Goldberg, Y. y Dagan, I. (2015). *Improving distributional similarity with lessons learned
#   from word embeddings*.
# - Pennington, J., Socher, R. y Manning, C. (2014). *GloVe: global vectors for word representation*.
# - Sennrich, R., Haddow, B. y Birch, A. (2016). *Neural machine translation of rare words with subword
#   units*.
# - Linzen, T. (2016). *Issues in evaluating semantic spaces using word analogies*. Rogers, A., Drozd, A. y
#   Li, B. (2017). *The (too many) problems of analogical reasoning with word vectors*.
# - Bojanowski, P. et al. (2017). *Enriching word vectors with subword information* (FastText).
# - Devlin, J. et al. (2019). *BERT: pre-to_train of deep bidirectional transformers for language
#   understanding*.
# - Reimers, N. y Gurevych, I. (2019). *Sentence-BERT*. Wang, W. et al. (2020). *MiniLM*.
# - Jurafsky, D. y Martin, J. H. *Speech and language processing* (3.ª edición, borrador), capítulo de
#   semántica vectorial.
