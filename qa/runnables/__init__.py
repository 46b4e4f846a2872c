"""The one place that knows LangChain: the chain's steps, the retriever, the tools."""
