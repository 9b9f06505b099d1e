"""Asks both servers through OpenAI's Python SDK, and prints the answers as JSON. Arguments: encoders' URL, decoders' URL, key."""
import json
import sys

try:
    import openai
except ImportError as missing:
    print(f"this Python has no SDK of OpenAI: {missing}")
    sys.exit(77)

TEXTS = ["the sun is warm", "rain", "a smile"]
CHAT = {"model": "chat", "messages": [{"role": "user", "content": "the sun"}], "temperature": 0}


def failure(call):
    try:
        call()
    except openai.APIStatusError as error:
        return {"class": type(error).__name__, "status": error.status_code, "code": error.code, "message": str(error)}
    return None


def client(url, key):
    return openai.OpenAI(base_url=url + "/v1", api_key=key, max_retries=0)


encoders, decoders = client(sys.argv[1], sys.argv[3]), client(sys.argv[2], sys.argv[3])
embedded = encoders.embeddings.create(model="embed", input=TEXTS)
floats = encoders.embeddings.create(model="embed", input=TEXTS[0], encoding_format="float", dimensions=4)
chat = decoders.chat.completions.create(max_tokens=12, **CHAT)
chunks = list(decoders.chat.completions.create(
    max_completion_tokens=12, stream=True, stream_options={"include_usage": True}, **CHAT))
completed = decoders.completions.create(model="chat", prompt="the sun", max_tokens=3, temperature=0)
parts = list(decoders.completions.create(model="chat", prompt="the sun", max_tokens=3, temperature=0, stream=True))
print(json.dumps({
    "client": "openai " + openai.__version__,
    "models": [model.id for model in encoders.models.list()],
    "task": encoders.models.retrieve("weather").task,
    "vectors": [one.embedding for one in embedded.data],
    "embedded_tokens": embedded.usage.total_tokens,
    "short": floats.data[0].embedding,
    "chat": chat.choices[0].message.content,
    "chat_end": chat.choices[0].finish_reason,
    "chat_tokens": [chat.usage.prompt_tokens, chat.usage.completion_tokens],
    "streamed": [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices],
    "streamed_end": chunks[-2].choices[0].finish_reason,
    "streamed_tokens": [chunks[-1].usage.prompt_tokens, chunks[-1].usage.completion_tokens],
    "completed": completed.choices[0].text,
    "completed_streamed": "".join(part.choices[0].text for part in parts),
    "failures": {
        "model": failure(lambda: encoders.embeddings.create(model="nobody", input="rain")),
        "door": failure(lambda: encoders.embeddings.create(model="weather", input="rain")),
        "tokens": failure(lambda: encoders.embeddings.create(model="embed", input=[[1, 2]])),
        "key": failure(lambda: client(sys.argv[1], "another").models.list()),
        "tools": failure(lambda: decoders.chat.completions.create(
            tools=[{"type": "function", "function": {"name": "clock", "parameters": {}}}], **CHAT)),
    },
}))
