"""Index articles and search them with one library, in a process of its own; prints what it took as a line of JSON.

    python -P bench/peer_run.py NAME DATA STORES MODEL [PACKAGE...]

DATA holds articles.jsonl and questions.jsonl; STORES is an empty folder; MODEL is the folder of the embedding model,
the same for all; the versions of those packages that are installed go into the line. bench/peers.py calls this with the
Python of the library's environment, which holds nothing of this project. `-P`, as the modules beside this one have
names of others'.

Each library is as it comes but for what is said at it. All cut into passages of up to as many characters as ours.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import distributions
from pathlib import Path

PASSAGE_CHARS = 450  # as IndexSettings.passage_chars
TOP_K = 10
WARM_UP = 5  # questions of each kind

Record = dict[str, str]  # an article: its id, title and text
Search = Callable[[str], Sequence[object]]
Index = Callable[[Path, Sequence[Record]], tuple[int, Search]]  # into a new folder; gives the number of passages


def ours(_: str) -> Index:
    """What this project is: by meaning and by words; a long question clause by clause, too."""
    from index import Article, ArticleIndex, SentenceTransformerEmbedder
    from qa import ArticleQA

    embedder = SentenceTransformerEmbedder()
    embedder.load()

    def index(folder: Path, records: Sequence[Record]) -> tuple[int, Search]:
        articles = ArticleIndex.open(folder, embedder=embedder)
        report = articles.add([Article(each["id"], each["text"], each["title"]) for each in records])
        qa = ArticleQA(articles)
        return report.passages_embedded, lambda question: qa.search(question, TOP_K)

    return index


def langchain(model: str) -> Index:
    """LangChain's splitter and embeddings, and its Chroma: by meaning."""
    from langchain_chroma import Chroma
    from langchain_core.documents import Document
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    embeddings = HuggingFaceEmbeddings(model_name=model, model_kwargs={"device": "cpu"})
    splitter = RecursiveCharacterTextSplitter(chunk_size=PASSAGE_CHARS, chunk_overlap=0)

    def index(folder: Path, records: Sequence[Record]) -> tuple[int, Search]:
        documents = [
            Document(record["text"], metadata={"id": record["id"], "title": record["title"]}) for record in records
        ]
        passages = splitter.split_documents(documents)
        store = Chroma.from_documents(passages, embeddings, persist_directory=str(folder))
        return len(passages), lambda question: store.similarity_search(question, TOP_K)

    return index


def llama_index(model: str) -> Index:
    """LlamaIndex over Chroma: by meaning. It embeds the title with the passage."""
    import chromadb
    from llama_index.core import Document, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    embedder = HuggingFaceEmbedding(model_name=model, device="cpu")

    def index(folder: Path, records: Sequence[Record]) -> tuple[int, Search]:
        nodes = []
        for record in records:
            document = Document(text=record["text"], id_=record["id"], metadata={"title": record["title"]})
            # It counts tokens, here one for each character, and the metadata with them.
            size = PASSAGE_CHARS + len(f"title: {record['title']}")
            splitter = SentenceSplitter(chunk_size=size, chunk_overlap=0, tokenizer=list)
            nodes += splitter.get_nodes_from_documents([document])
        collection = chromadb.PersistentClient(str(folder)).create_collection("articles")
        context = StorageContext.from_defaults(vector_store=ChromaVectorStore(chroma_collection=collection))
        found = VectorStoreIndex(nodes, storage_context=context, embed_model=embedder)
        return len(nodes), found.as_retriever(similarity_top_k=TOP_K).retrieve

    return index


def txtai(model: str) -> Index:
    """Txtai with its content store: by meaning and by words."""
    from txtai import Embeddings
    from txtai.pipeline import Segmentation

    embeddings = Embeddings(path=model, content=True, hybrid=True, gpu=False)
    # The splitter into sentences downloads its data; this one comes with the package that txtai takes it from.
    split = Segmentation(chunker="recursive", chunk_size=PASSAGE_CHARS)

    def index(folder: Path, records: Sequence[Record]) -> tuple[int, Search]:
        passages = [
            {"article": record["id"], "title": record["title"], "text": text}
            for record in records
            for text in split(record["text"])
        ]
        embeddings.index(passages)
        embeddings.save(str(folder))
        return len(passages), lambda question: embeddings.search(question, TOP_K)

    return index


def haystack(model: str) -> Index:
    """Haystack over Chroma: by meaning. Both embedders share the model."""
    from haystack import Document
    from haystack.components.preprocessors import RecursiveDocumentSplitter
    from haystack.components.writers import DocumentWriter
    from haystack.utils import ComponentDevice
    from haystack_integrations.components.embedders.sentence_transformers import (
        SentenceTransformersDocumentEmbedder,
        SentenceTransformersTextEmbedder,
    )
    from haystack_integrations.components.retrievers.chroma import ChromaEmbeddingRetriever
    from haystack_integrations.document_stores.chroma import ChromaDocumentStore

    # Its own separators have "sentence" among them, which downloads data; these are those of its documentation.
    splitter = RecursiveDocumentSplitter(
        split_length=PASSAGE_CHARS, split_unit="char", separators=["\n\n", "\n", ".", " "]
    )
    cpu = ComponentDevice.from_str("cpu")
    embedder = SentenceTransformersDocumentEmbedder(model=model, device=cpu, progress_bar=False)
    question_embedder = SentenceTransformersTextEmbedder(model=model, device=cpu, progress_bar=False)
    for each in (splitter, embedder, question_embedder):
        each.warm_up()

    def index(folder: Path, records: Sequence[Record]) -> tuple[int, Search]:
        documents = [Document(id=each["id"], content=each["text"], meta={"title": each["title"]}) for each in records]
        passages = splitter.run(documents)["documents"]
        store = ChromaDocumentStore(persist_path=str(folder))
        DocumentWriter(store).run(embedder.run(passages)["documents"])
        retriever = ChromaEmbeddingRetriever(store, top_k=TOP_K)

        def search(question: str) -> Sequence[object]:
            found: list[object] = retriever.run(question_embedder.run(question)["embedding"])["documents"]
            return found

        return len(passages), search

    return index


LIBRARIES: dict[str, Callable[[str], Index]] = {
    "ours": ours,
    "langchain": langchain,
    "llama-index": llama_index,
    "txtai": txtai,
    "haystack": haystack,
}


def main(name: str, data: str, stores: str, model: str, *packages: str) -> None:
    """Load, index, ask, and print."""
    started = time.perf_counter()
    index = LIBRARIES[name](model)
    # Some load a part of themselves when it is first needed.
    index(Path(stores, "first"), [{"id": "first", "title": "First", "text": "A robot crawls."}])[1]("What does it do?")
    load_s = time.perf_counter() - started
    articles, questions = (_records(Path(data, f"{each}.jsonl")) for each in ("articles", "questions"))
    started = time.perf_counter()
    passages, search = index(Path(stores, "all"), articles)
    index_s = time.perf_counter() - started
    kinds = dict.fromkeys(question["kind"] for question in questions)
    measured = {
        "load_s": load_s,  # imports, the model, and one short article with one question in a store of their own
        "index_s": index_s,  # from texts in memory until all is on the disk
        "passages": passages,
        "search_ms": {kind: _search_ms(search, [q["text"] for q in questions if q["kind"] == kind]) for kind in kinds},
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "versions": {each.name: each.version for each in distributions() if each.name in packages},
    }
    print(json.dumps(measured))


def _search_ms(search: Search, questions: Sequence[str]) -> list[float]:
    """The time of each question after the first ones. Raises ValueError where there are not TOP_K passages for it."""
    times = []
    for question in questions:
        started = time.perf_counter()
        found = search(question)
        times.append((time.perf_counter() - started) * 1000)
        if len(found) != TOP_K:
            raise ValueError(f"{len(found)} passages for {question!r}, not {TOP_K}.")
    return times[WARM_UP:]


def _records(path: Path) -> list[Record]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


if __name__ == "__main__":
    main(*sys.argv[1:])
