"""Libraries of arrays and tables: numpy, scipy, pandas, scikit-learn, lightgbm, OpenCV, polars, pyarrow, matplotlib."""

from __future__ import annotations

import io

from tests.reload.case import Case, above, app, edit, sub, write

BELOW = sub('print("below"', 'print("below", 2')
BELOW_AGAIN = sub('print("below", 2', 'print("below", 3')

# `timed(call)` is the median milliseconds of 30 calls; it is part of each script that has an inference to time.
TIMED = """
def timed(call, times=30):
    import statistics, time
    took = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        took.append(time.perf_counter() - start)
    return 1000 * statistics.median(took)
"""


def library(
    name: str,
    needs: str,
    body: str,
    change: tuple[str, str],
    why: str = "",
    speed: bool = False,
    asks: tuple[str, ...] = ("a",),
    files: dict[str, str | bytes] | None = None,
    about: str = "time.sleep(1)",
) -> Case:
    """A script that uses a library above a costly statement. Its edits: below; a comment and below; `change` above.

    why: the reason when nothing may be copied past its use.
    """
    return Case(
        name,
        {"app.py": app(body) if not speed else TIMED.lstrip() + app(body), **(files or {})},
        (
            edit("below", BELOW),
            # torch keeps the stack of whoever imports it, with the text of its line
            edit(
                "a comment above, and below",
                above("# a comment"),
                BELOW_AGAIN,
                outcome="" if "torch" in needs else None,
            ),
            edit("above", sub(*change), outcome=""),
        ),
        about=about,
        outcome="refused" if why else "copied",
        why=why,
        needs=tuple(needs.split()),
        asks=asks,
        speed=speed,
    )


def _png(value: int) -> bytes:
    import numpy
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(numpy.full((8, 8, 3), value, "uint8")).save(file, "png")
    return file.getvalue()


CASES = [
    library(
        "numpy: linear algebra on all processors",
        "numpy",
        """
        import numpy, time
        numpy.random.seed(1)
        a = numpy.random.rand(700, 700)
        inverse = numpy.linalg.inv(a)
        time.sleep(1)
        print("below", round(float((a @ inverse).trace()), 3))
        def answer(text):
            small = a[:300, :300]
            return {"value": float((small @ small).sum()), "ms": timed(lambda: a @ inverse)}
        """,
        ("seed(1)", "seed(2)"),
        speed=True,
    ),
    library(
        "scipy: optimisation, transforms with workers",
        "scipy",
        """
        import numpy, scipy.fft, scipy.optimize, time
        found = scipy.optimize.minimize(lambda x: ((x - 3) ** 2).sum(), numpy.zeros(4))
        spectrum = scipy.fft.fft2(numpy.arange(64.0).reshape(8, 8), workers=2)
        time.sleep(1)
        print("below")
        def answer(text):
            again = scipy.fft.ifft2(spectrum, workers=2).real
            return {"x": found.x.round(3).tolist(), "back": again.round(6).sum(), "success": bool(found.success)}
        """,
        ("x - 3", "x - 4"),
    ),
    library(
        "pandas: tables, groups, csv",
        "pandas",
        """
        import pandas, time
        table = pandas.read_csv("rows.csv", parse_dates=["day"])
        sums = table.groupby("name")["value"].sum()
        time.sleep(1)
        print("below", len(table))
        def answer(text):
            query = table.query("value > 1").sort_values("value")
            return {"sums": sums.to_dict(), "json": query.to_json(),
                    "ms": timed(lambda: table.groupby("name")["value"].mean())}
        """,
        ('["value"].sum()', '["value"].max()'),
        speed=True,
        files={"rows.csv": "name,value,day\na,1,2026-01-01\nb,2,2026-01-02\na,3,2026-01-03\n"},
    ),
    library(
        "scikit-learn: a linear model",
        "sklearn",
        """
        import numpy, time
        from sklearn.datasets import make_classification
        from sklearn.linear_model import LogisticRegression
        x, y = make_classification(2000, 40, random_state=1)
        model = LogisticRegression(max_iter=200).fit(x, y)
        time.sleep(1)
        print("below", model.score(x, y))
        def answer(text):
            return {"p": model.predict_proba(x[:3]).tolist(), "ms": timed(lambda: model.predict_proba(x))}
        """,
        ("random_state=1", "random_state=2"),
        speed=True,
    ),
    library(
        "scikit-learn: gradient boosting and k-means (OpenMP)",
        "sklearn",
        """
        import time
        from sklearn.cluster import KMeans
        from sklearn.datasets import make_regression
        from sklearn.ensemble import HistGradientBoostingRegressor
        x, y = make_regression(3000, 20, random_state=1)
        model = HistGradientBoostingRegressor(max_iter=30, random_state=0).fit(x, y)
        groups = KMeans(4, n_init=2, random_state=0).fit(x)
        time.sleep(1)
        print("below")
        def answer(text):
            return {"y": model.predict(x[:3]).round(6).tolist(), "groups": groups.predict(x[:9]).tolist(),
                    "ms": timed(lambda: model.predict(x))}
        """,
        ("max_iter=30", "max_iter=31"),
        speed=True,
    ),
    library(
        "scikit-learn: a forest fitted by threads",
        "sklearn",
        """
        import time
        from sklearn.datasets import make_classification
        from sklearn.ensemble import RandomForestClassifier
        x, y = make_classification(1500, 20, random_state=1)
        model = RandomForestClassifier(40, n_jobs=2, random_state=0).fit(x, y)
        time.sleep(1)
        print("below")
        def answer(text):
            return {"p": model.predict_proba(x[:3]).tolist(), "ms": timed(lambda: model.predict(x), 9)}
        """,
        ("random_state=0", "random_state=5"),
        speed=True,
    ),
    library(
        "joblib: worker processes (loky)",
        "joblib",
        """
        import math, time
        from joblib import Parallel, delayed
        roots = Parallel(n_jobs=2)(delayed(math.sqrt)(n) for n in range(6))
        time.sleep(1)
        print("below")
        def answer(text):
            return {"roots": roots, "now": Parallel(n_jobs=2)(delayed(abs)(-n) for n in range(3))}
        """,
        ("range(6)", "range(7)"),
        why="thread|child",
    ),
    library(
        "joblib: arrays loaded from a file",
        "joblib",
        """
        import joblib, numpy, time
        joblib.dump(numpy.arange(1000.0), "array.joblib")
        mapped = joblib.load("array.joblib", mmap_mode="r")
        time.sleep(1)
        print("below", mapped[3])
        def answer(text):
            return {"sum": float(mapped.sum()), "kind": type(mapped).__name__}
        """,
        ("arange(1000.0)", "arange(1001.0)"),
    ),
    library(
        "lightgbm: trained and asked",
        "lightgbm",
        """
        import lightgbm, numpy, time
        random = numpy.random.default_rng(1)
        x = random.random((3000, 20))
        y = x[:, 0] * 3 + x[:, 1]
        model = lightgbm.train({"verbosity": -1, "seed": 1}, lightgbm.Dataset(x, y), 30)
        time.sleep(1)
        print("below")
        def answer(text):
            return {"y": model.predict(x[:3]).round(6).tolist(), "ms": timed(lambda: model.predict(x))}
        """,
        ("* 3", "* 4"),
        speed=True,
    ),
    library(
        "OpenCV: filters on all processors",
        "cv2",
        """
        import cv2, numpy, time
        picture = numpy.random.default_rng(1).integers(0, 255, (800, 800, 3), "uint8")
        soft = cv2.GaussianBlur(picture, (9, 9), 3)
        time.sleep(1)
        print("below", soft.shape)
        def answer(text):
            edges = cv2.Canny(soft, 20, 60)
            return {"edges": int(edges.sum()), "threads": cv2.getNumThreads(),
                    "ms": timed(lambda: cv2.GaussianBlur(picture, (9, 9), 3))}
        """,
        ("soft = cv2.GaussianBlur(picture, (9, 9)", "soft = cv2.GaussianBlur(picture, (7, 7)"),
        speed=True,
    ),
    Case(
        "OpenCV: a picture read by native code",
        {
            "app.py": app(
                """
                import cv2, time
                picture = cv2.imread("picture.png")
                time.sleep(1)
                print("below")
                def answer(text):
                    return {"mean": float(picture.mean()), "shape": picture.shape}
                """
            ),
            "picture.png": _png(5),
        },
        (
            edit("below", BELOW),
            edit("the picture, and below", write("picture.png", _png(9)), BELOW_AGAIN, outcome=""),
            edit("the picture", write("picture.png", _png(7)), saved="picture.png", outcome=""),
        ),
        about="time.sleep(1)",
        needs=("cv2",),
    ),
    library(
        "polars: a table",
        "polars",
        """
        import polars, time
        table = polars.DataFrame({"name": list("abab"), "value": [1, 2, 3, 4]})
        sums = table.lazy().group_by("name").agg(polars.col("value").sum()).sort("name").collect()
        time.sleep(1)
        print("below")
        def answer(text):
            return {"sums": sums.rows(), "max": table["value"].max(), "ms": timed(lambda: table.group_by("name").len())}
        """,
        (".sum()", ".max()"),
        why="native thread",
        speed=True,
    ),
    library(
        "pyarrow: a table, and a parquet file",
        "pyarrow",
        """
        import pyarrow, pyarrow.compute, pyarrow.parquet, time
        table = pyarrow.table({"name": list("abab"), "value": [1, 2, 3, 4]})
        pyarrow.parquet.write_table(table, "rows.parquet")
        again = pyarrow.parquet.read_table("rows.parquet")
        time.sleep(1)
        print("below", again.num_rows)
        def answer(text):
            sums = again.group_by("name").aggregate([("value", "sum")]).sort_by("name")
            return {"sums": sums.to_pylist(), "mean": pyarrow.compute.mean(again["value"]).as_py()}
        """,
        ("[1, 2, 3, 4]", "[1, 2, 3, 5]"),
        why="native thread",
    ),
    library(
        "pyarrow imported only",
        "pyarrow",
        """
        import pyarrow, time
        value = pyarrow.scalar(5)
        time.sleep(1)
        print("below", value)
        def answer(text):
            return {"value": value.as_py(), "sum": sum(pyarrow.array([1, 2]).to_pylist())}
        """,
        ("scalar(5)", "scalar(6)"),
    ),
    library(
        "matplotlib: figures without a screen",
        "matplotlib",
        """
        import hashlib, io, time
        import matplotlib
        matplotlib.use("Agg")
        import matplotlib.pyplot as plt
        plt.rcParams["lines.linewidth"] = 3
        figure, axes = plt.subplots(figsize=(3, 2))
        axes.plot([1, 2, 3])
        axes.set_title("above")
        time.sleep(1)
        print("below", plt.get_fignums())
        axes.plot([3, 2, 1])
        def draw():
            file = io.BytesIO()
            figure.savefig(file, format="png", metadata={"Software": None})
            return file.getvalue()
        def answer(text):
            return {"picture": hashlib.sha1(draw()).hexdigest(), "lines": len(axes.lines), "ms": timed(draw, 5)}
        """,
        ('set_title("above")', 'set_title("over")'),
        speed=True,
    ),
    library(
        "tqdm: a bar while loading",
        "tqdm",
        """
        import io, time
        from tqdm import tqdm
        screen = io.StringIO()
        total = sum(tqdm(range(50), file=screen))
        time.sleep(1)
        print("below", total)
        def answer(text):
            return {"total": total, "now": sum(tqdm(range(9), file=io.StringIO())), "bar": "50/50" in screen.getvalue()}
        """,
        ("sum(tqdm(range(50)", "sum(tqdm(range(50, 100)"),
    ),
]
