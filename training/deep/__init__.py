"""A deeper reader, trained on a GPU from arrays that are prepared elsewhere.

The way: `prepare` turns the data sets into arrays (records, encoder); `run` draws batches from them (rows, groups,
batches), trains (network, losses) and gives back arrays (reading, results, neighbours); `figures` and `judge` make
figures and the next run's training data of these. What `run` needs is torch, numpy and the arrays alone.
"""
