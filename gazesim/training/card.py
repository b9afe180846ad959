"""The card of trained weights: what they are, what they were learned from, and what they are worth."""

from pathlib import Path

import pandas as pd

from gazesim.attention.objects.transformer import ObjectTransformer
from gazesim.checksum import file_sha256
from gazesim.datasets.definition import Definition
from gazesim.training.oat import Recipe
from gazesim.training.object_paths import Split

SHOWN = ("sequence_score", "scanmatch", "multimatch", "correct", "length", "delta", "nll")


def write_card(
    path: Path,
    weights: Path,
    model: ObjectTransformer,
    data: Definition,
    split: Split,
    by: str,
    recipe: Recipe,
    scores: pd.DataFrame,
) -> None:
    """Write the card of the file `weights` as Markdown.

    Parameters
    ----------
    path : Path
        Of the card.
    weights : Path
        Exists.
    model : ObjectTransformer
        Whose weights they are.
    data : Definition
        What it was trained on.
    split : Split
    by : str
        How the paths were dealt.
    recipe : Recipe
    scores : DataFrame
        What `evaluate` returns.
    """
    parts = ", ".join(f"{len(part)} {name}" for name, part in zip(split._fields, split, strict=True))
    joined = "" if model.top_down_weight is None else f"\n- **Top-down weight**: {model.top_down_weight:.4g}"
    table = scores[list(SHOWN)].map(lambda value: "" if pd.isna(value) else f"{value:.3f}")
    rows = [["", *table.columns], ["---"] * (1 + len(table.columns)), *map(list, table.reset_index().to_numpy())]
    lines = "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)
    path.write_text(
        f"""# {weights.name}

Attention to objects (OAT, Fang et al., ECCV 2024, arXiv 2407.13335):
`gazesim search model=oat weights={weights.name}`

- **Learned from**: {data.name}, {data.title}
- **Licence of these data**, which holds for the weights too: {data.licence}
- **Cite**: {data.citation or "nothing is known of a publication"}
- **Paths**: {parts}; dealt by {by}, seed {recipe.seed}
- **Parameters**: {sum(tensor.numel() for tensor in model.parameters()):,}, float16; {model.sizes}
- **Recipe**: {recipe}{joined}
- **File**: {weights.stat().st_size:,} bytes, SHA-256 `{file_sha256(weights)}`

Scores on the test part; what they are says gazesim's docs/objects.md.

{lines}
""",
        encoding="utf-8",
    )
