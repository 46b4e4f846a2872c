"""The reader, trained on a GPU or on a CPU from arrays that are prepared elsewhere.

    python -m training.deep.newsqa                            the passages in which NewsQA's questions are measured
    python -m training.deep.prepare --encoder FILE            var/deep, which travels, and var/deep-texts, which stays
    python -m training.deep.digests                           what the shipped reader finds, side by side; to var/deep
    python -m training.deep.run OUT seconds=300 digests=0.85  with the GPU, and var/deep
    python -m training.deep.figures OUT                       how good it is
    python -m training.deep.export OUT --encoder FILE         the files that the program ships

On a CPU, in hours and with checkpoints: see `run`. Of what a run with nearest=1 gives back,
`python -m training.deep.misses OUT` makes more near misses for the next one.

The way: `records`, `settled`, `written`, `collection`, `variants` and `prepare` make arrays, to which `digests` adds;
`rows`, `groups` and `batches` draw from them; `network` and `losses` learn; `reading`, `results` and `neighbours` give
arrays back, and `figures` and `misses` make of these what is printed and what the next run learns from. `run` needs
torch, numpy and the arrays, and nothing else.
"""
