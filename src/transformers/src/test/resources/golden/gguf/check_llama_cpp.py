"""Sees that llama.cpp continues a text alike with an exported adapter and with the merged model, and otherwise without.

    python check_llama_cpp.py BASE.gguf adapter.gguf MERGED.gguf TEXT [CONTINUATION]

Needs xllamacpp (2026.10.11549 was used), whose llama.cpp is newer than the one that LlamaCppIT runs and knows Qwen3 and
SmolLM3. CONTINUATION is what this library's greedy `generate` gives, 24 tokens of it.
"""
import sys

import xllamacpp


def continuation(text, model, adapter=None):
    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.n_ctx = 64
    parameters.n_parallel = 1
    parameters.warmup = False
    parameters.cache_type_k = parameters.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
    if adapter:
        parameters.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(path=adapter, scale=1.0)]
    server = xllamacpp.Server(parameters)
    answer = server.handle_completions(
        {"prompt": text, "temperature": 0, "max_tokens": 24, "ignore_eos": True, "cache_prompt": False})
    return answer["choices"][0]["text"]


def main():
    base, adapter, merged, text = sys.argv[1:5]
    plain, adapted, whole = (continuation(text, base), continuation(text, base, adapter), continuation(text, merged))
    print(f"base:    {plain!r}\nadapter: {adapted!r}\nmerged:  {whole!r}")
    assert adapted == whole != plain
    if len(sys.argv) > 5:
        assert whole.strip() == sys.argv[5].strip()


if __name__ == "__main__":
    main()
