"""For each NewsQA question the 20 passages that the program's retriever finds."""
import json, sys, gzip
from pathlib import Path
from bench.datasets import articles_of, questions_of
from index import ArticleIndex
from qa import ArticleQA
from qa.retrieval.retriever import HybridRetriever
data = Path("../shared/data")
articles = ArticleIndex.open("var/gpu-newsqa")
print(articles.add(articles_of("newsqa", data)))
out = gzip.open("var/deep/newsqa.jsonl.gz", "wt")
qs = list(questions_of("newsqa", data))
for at in range(0, len(qs), 64):
    part = qs[at:at+64]
    found = None
    if found is None:
        found = HybridRetriever(articles).retrieve([q.text for q in part], 20)
    for q, passages in zip(part, found, strict=True):
        out.write(json.dumps({"id": q.id, "key": q.key, "question": q.text, "answers": list(q.answers), "article": q.facts[0].article if q.facts else None,
            "passages": [{"id": p.passage.id, "article": p.passage.article_id, "title": p.passage.title, "text": p.passage.text, "start": p.passage.start, "score": p.score} for p in passages]}) + "\n")
    print(at, flush=True)
out.close()
