"""`python -m training`: train, evaluate, export; and what each kind of negative teaches."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from bench.datasets import PROJECT, data_folder

CHECKPOINTS = PROJECT / "var" / "training"
STARTING = PROJECT / "training" / "reader.safetensors"  # of the run that is shipped
SHIPPED = PROJECT / "qa" / "weights" / "reader.onnx"


def main() -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="training", description="Train, measure and export the reader.")
    parser.add_argument("--data", type=Path, help="folder of the data sets (default: as for bench)")
    parser.add_argument("--out", type=Path, default=CHECKPOINTS, help=f"checkpoints (default: {CHECKPOINTS})")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    train = commands.add_parser("train", help="train, or go on from the last checkpoint; 90 minutes on two cores")
    train.add_argument("--questions", type=int, default=120_000, help="how many questions to train on, with repetition")
    train.add_argument("--start", type=Path, help=f"weights to begin with, e.g. {STARTING}")
    train.add_argument(
        "--negatives",
        metavar="KIND=SHARE,...",
        help="shares of retrieved, elsewhere and swapped, for finding out what each teaches",
    )
    evaluate = commands.add_parser("evaluate", help="measure on titles that were not trained on")
    evaluate.add_argument("--weights", type=Path, default=SHIPPED, help="an ONNX file, or a checkpoint.pt")
    ablate = commands.add_parser("ablate", help="what each kind of negative teaches; half an hour on two cores")
    ablate.add_argument("--questions", type=int, default=3_000, help="of each run")
    export = commands.add_parser("export", help="write the file that qa/ ships")
    export.add_argument("--to", type=Path, default=SHIPPED)
    export.add_argument("--precision", choices=("fp32", "int8"), default="int8")
    commands.add_parser("embedder", help="write the packaged embedding model in int8, as index/ ships it; a minute")
    followups = commands.add_parser(
        "followups", help="train and measure what follow-up questions leave out; 6 minutes on two cores"
    )
    followups.add_argument("--to", type=Path, default=SHIPPED.with_name("terms.onnx"))
    followups.add_argument("--evaluate", action="store_true", help="only measure what is there")
    options = parser.parse_args()
    data = data_folder(options.data)
    if options.command == "train":
        from training.train import train as run

        negatives = None
        if options.negatives is not None:
            pairs = [pair.split("=") for pair in options.negatives.split(",") if pair]
            negatives = {kind: float(share) for kind, share in pairs}
        run(data, options.out, options.questions, negatives, options.start)
    elif options.command == "ablate":
        from bench import results
        from training.ablate import ablate as compare

        print(results.table(compare(data, options.out / "ablation", STARTING, options.questions)))
    elif options.command == "followups":
        from bench import results
        from training import followups as terms

        if not options.evaluate:
            terms.train(data, STARTING, options.to)
        print(results.table(terms.rows(terms.evaluate(data, options.to.parent))))
    elif options.command == "evaluate":
        _evaluate(data, options.weights)
    elif options.command == "embedder":
        from training.quantise import quantise_embedder

        quantise_embedder()
    else:
        from training.export import export as write

        write(options.out / "checkpoint.pt", options.to, options.precision)
        print(f"{options.to}: {options.to.stat().st_size / 2**20:.1f} MiB")


def _evaluate(data: Path, weights: Path) -> None:
    from bench import results
    from qa.reading.network import load_shipped
    from training.data import HELD_OUT_SETS, held_out_records, read_set
    from training.evaluate import ReaderOf, TorchNetwork, measure
    from training.refusals import measure_refusals

    if weights.suffix == ".pt":
        import torch

        from training.model import ReaderModel

        model = ReaderModel()
        model.load_state_dict(torch.load(weights, weights_only=True)["model"])
        network = ReaderOf(TorchNetwork(model.eval()))
    else:
        network = ReaderOf(load_shipped(weights))
    sets = {name: held_out_records(data, name) for name in HELD_OUT_SETS}
    sets |= {name: list(read_set(data, name)) for name in ("adversarialqa_val", "nq_swap_dev")}
    rows = [{"set": name, **asdict(measure(network, records))} for name, records in sets.items()]
    print(results.table(rows))
    print(results.table(measure_refusals(network, sets["shifts_new_wiki"])))


if __name__ == "__main__":
    main()
