"""Asks the server through both of Cohere's Python clients, and prints the answers as JSON. Arguments: URL, key, query, passages."""
import json
import sys

try:
    import cohere
except ImportError as missing:
    print(f"this Python has no SDK of Cohere: {missing}")
    sys.exit(77)

url, key, query, *passages = sys.argv[1:]
new, old = cohere.ClientV2(api_key=key, base_url=url), cohere.Client(api_key=key, base_url=url)


def failure(call):
    try:
        call()
    except cohere.core.ApiError as error:
        return {"class": type(error).__name__, "status": error.status_code}
    return None


def ranked(answer):
    return [[one.index, one.relevance_score] for one in answer.results]


best = old.rerank(model="rerank", query=query, documents=[{"text": one} for one in passages], top_n=2, return_documents=True)
print(json.dumps({
    "client": "cohere " + cohere.__version__,
    "v2": ranked(new.rerank(model="rerank", query=query, documents=passages)),
    "v1": ranked(best),
    "texts": [one.document.text for one in best.results],
    "failures": {
        "model": failure(lambda: new.rerank(model="nobody", query=query, documents=passages)),
        "door": failure(lambda: new.rerank(model="embed", query=query, documents=passages)),
        "key": failure(lambda: cohere.ClientV2(api_key="another", base_url=url).rerank(
            model="rerank", query=query, documents=passages)),
    },
}))
