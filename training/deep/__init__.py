"""The reader, trained on a GPU or on a CPU from arrays that are prepared elsewhere.

    python -m training.deep.newsqa                            the passages in which NewsQA's questions are measured
    python -m training.deep.prepare --encoder FILE            var/deep, which travels, and var/deep-texts, which stays
    python -m training.deep.run OUT seconds=300 mine=20000 nearest=1         with the GPU, and var/deep
    python -m training.deep.judge OUT                         spans to judge and near misses for the next run
    python -m training.deep.run OUT seconds=300 judge=1       with the GPU, and var/deep again
    python -m training.deep.figures OUT                       how good it is
    python -m training.deep.export OUT --encoder FILE         the files that the program ships

On a CPU, in hours and with checkpoints: see `run`.

The way: `records`, `settled`, `written`, `collection`, `variants` and `prepare` make arrays; `rows`, `groups` and
`batches` draw from them; `network` and `losses` learn; `reading`, `results` and `neighbours` give arrays back, and
`figures` and `judge` make of these what is printed and what the next run learns from. `run` needs torch, numpy and the
arrays, and nothing else.
"""
