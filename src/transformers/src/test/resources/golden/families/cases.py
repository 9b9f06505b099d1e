"""The cases: for each folder the model's class and configuration, and the layers that its adapter reaches.

What they are there for:

bert: pooler, two token types, gelu
bert-gelu-new: gelu_new, three layers, layer_norm_eps 1e-5, two labels
bert-relu: relu, layer_norm_eps large enough to show, no head in the adapter (no task type)
bert-regression: one label, mean squared error
bert-pooler: adapter by all-linear: reaches bert.pooler.dense
roberta: positions from pad_token_id + 1 = 2 on, head of two layers, one token type
xlm-roberta, camembert: the same under other names, with tokenizers of SentencePiece in the form of 2020 and of today
xlm-roberta-regression: one label, as a reranker has it
distilbert, distilbert-relu: its own names; PEFT saves pre_classifier because modules_to_save names it
electra, electra-unprojected: embeddings of 15 numbers, normalized and then projected, and of hidden_size; three token
    types
mpnet: positions from 2 on, a bias of distances, no token types
bert-spans, roberta-spans, distilbert-spans: a start and an end of each sequence; the adapted values are those of
    PEFT's layers in transformers' class, since PEFT's own class for the task drops token types
bert-masked, roberta-masked, distilbert-masked, electra-masked, mpnet-masked, modernbert-masked: masked language
    models with tied decoders: logits of each token, of which some are predicted; no task type
deberta-masked, deberta-masked-authors: the same under the names that transformers gives by default, with embeddings
    of 15 numbers, and under those of the models' authors
mpnet-long: 150 tokens: distances in every bucket, and a table with rows that are not read; a pad_token_id that MPNet
    does not read
modernbert: layers with a window of 3 tokens to each side between those without, classifier on the first token; a
    tokenizer with added runs of spaces
modernbert-bias: biases, other activations, two θ and the kinds of layers as newer files say them, mean pooling
modernbert-tokens, modernbert-spans: the classifier's dense layer and normalization before each token's outputs; PEFT
    saves them because modules_to_save names them
modernbert-long: 150 tokens and a window of 20 to each side
deberta-v3: the switches of deberta-v3: buckets, normed relative embeddings, shared projections, c2p and p2c, no
    absolute positions, no token types
deberta-long: 70 tokens, explicit max_relative_positions below that: logarithmic buckets, and distances that are
    clamped
deberta-c2p-only, deberta-p2c-only: one of the two terms
deberta-unshared: share_att_key false; the adapter reaches pos_key_proj and pos_query_proj as well
deberta-absolute: absolute positions, two token types, no buckets (distances clamped at 8), relative embeddings not
    normed
deberta-embed-proj: embedding_size other than hidden_size; absolute positions and token types have embedding_size
deberta-pooler: adapter on dense: reaches pooler.dense
deberta-conv: config.json alone, with a convolution: to be refused
llama: its own lm_head
llama-gqa-tied: 4 heads, 2 key-value heads, head_dim 10 (hidden / heads is 6), tied embeddings, rope_theta 100000
llama-rope-linear: linear scaling of the positions by 2.6; rms_norm_eps large enough to show
llama-rope-llama3: llama3 scaling in which frequencies are kept, blended and divided; one key-value head
llama-bias: biases of attention and of the MLP, 3 heads on one key-value head; the adapted loss is the completion loss
llama-sharded-bf16: bfloat16 in shards; values computed from the bfloat16 weights
llama-classification: LlamaForSequenceClassification, last token
llama-rope-yarn: YaRN, in which frequencies are kept, blended and divided, and turned numbers have a factor
qwen2: biases of q, k and v; a window of 4 tokens in the second layer of two
qwen2-classification, qwen3-classification, mistral-classification, smollm3-classification: last token; no windows
qwen3: normalized heads, head_dim 10, tied embeddings, rms_norm_eps large enough to show
qwen3-bias: biases of all four projections, a window in the third layer; the adapted loss is the completion loss
mistral: a window of 5 tokens in all layers, head_dim 8
gemma2: capped scores and logits, query_pre_attn_scalar other than the head's width, every second layer without a
    window
gemma2-classification: last token, biases
gemma3: normalized heads, layer_types, a θ for layers with a window and another, scaled, for those without
phi3: query, key and value in one tensor, gate and up in another; half of a head turns; a window of 6 tokens
phi3-longrope: LongRoPE: texts of more than 8 tokens turn by other angles; a batch is not compared, since in one
    transformers takes the angles of its longest text for all
phi3-classification: last token
smollm3: layers without rotation, every second one, which have a window of 4 tokens
"""
from dataclasses import dataclass, replace

import torch
import transformers as hf

BERT = ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
        "intermediate.dense", "output.dense"]
DEBERTA = ["query_proj", "key_proj", "value_proj", "attention.output.dense", "intermediate.dense", "output.dense"]
DISTILBERT = ["q_lin", "k_lin", "v_lin", "out_lin", "lin1", "lin2"]
MPNET = ["attn.q", "attn.k", "attn.v", "attn.o", "intermediate.dense", "output.dense"]
PHI = ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"]
LLAMA = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


@dataclass
class Case:
    model: type
    config: hf.PreTrainedConfig
    targets: list | str
    loss: str = "classification"  # the adapted loss: classification, tokens, spans, masked, regression, next-token or completion
    head_in_adapter: bool = True  # whether PEFT knows the task, and so saves the adapter's own head
    lengths: tuple = (9, 1, 14, 5)
    dtype: torch.dtype = torch.float32
    shard: str = "1GB"
    modules_to_save: tuple = ()  # what PEFT does not take for the classifier by itself
    switches: tuple = ()  # changes of the configuration, each of which must move the logits

    @property
    def pads(self):
        """Whether transformers computes the same of a text whatever the others of its batch are."""
        rope = getattr(self.config, "rope_parameters", None) or {}
        return rope.get("rope_type") != "longrope"

    @property
    def causal(self):
        return self.loss in ("next-token", "completion")

    @property
    def tokens(self):
        """Whether there are logits of each token."""
        return self.loss in ("tokens", "spans", "masked")


def bert(targets=None, loss="classification", head_in_adapter=True, switches=(), **config):
    config = dict(vocab_size=61, hidden_size=24, num_hidden_layers=2, num_attention_heads=2, intermediate_size=40,
                  max_position_embeddings=19, num_labels=3) | config
    return Case(hf.BertForSequenceClassification, hf.BertConfig(**config), targets or BERT, loss, head_in_adapter,
                switches=switches)


def roberta(model=hf.RobertaForSequenceClassification, loss="classification",
            switches=({"pad_token_id": 0}, {"pad_token_id": 3}), **config):
    config = dict(vocab_size=61, hidden_size=24, num_hidden_layers=2, num_attention_heads=4, intermediate_size=40,
                  max_position_embeddings=21, type_vocab_size=1, layer_norm_eps=1e-5, num_labels=3) | config
    return Case(model, model.config_class(**config), BERT, loss, switches=switches)


def distilbert(**config):
    config = dict(vocab_size=61, dim=24, n_layers=2, n_heads=3, hidden_dim=40, max_position_embeddings=19,
                  num_labels=3) | config
    return Case(hf.DistilBertForSequenceClassification, hf.DistilBertConfig(**config), DISTILBERT,
                modules_to_save=("pre_classifier",),
                switches=({"n_heads": 4}, {"activation": "relu" if "activation" not in config else "gelu"}))


def mpnet(lengths=(9, 1, 14, 5), **config):
    config = dict(vocab_size=80, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40,
                  max_position_embeddings=21, num_labels=3) | config
    return Case(hf.MPNetForSequenceClassification, hf.MPNetConfig(**config), MPNET, lengths=lengths,
                switches=({"layer_norm_eps": 0.01}, {"hidden_act": "relu"}))


def electra(switches, **config):
    config = dict(vocab_size=61, embedding_size=15, hidden_size=24, num_hidden_layers=2, num_attention_heads=2,
                  intermediate_size=40, max_position_embeddings=19, num_labels=3) | config
    return Case(hf.ElectraForSequenceClassification, hf.ElectraConfig(**config), BERT, switches=switches)


def modernbert(lengths=(9, 1, 14, 5), switches=(), loss="classification", **config):
    """By default the switches of answerdotai/ModernBERT-base, with a window that is shorter than the texts."""
    config = dict(vocab_size=295, hidden_size=24, num_hidden_layers=3, num_attention_heads=2, intermediate_size=20,
                  max_position_embeddings=128, global_attn_every_n_layers=2, local_attention=7, num_labels=3,
                  pad_token_id=290, cls_token_id=288, bos_token_id=288, sep_token_id=289, eos_token_id=289) | config
    return Case(hf.ModernBertForSequenceClassification, hf.ModernBertConfig(**config), ["Wqkv", "Wo", "Wi"], loss,
                lengths=lengths, modules_to_save=("head",), switches=switches)


def deberta(targets=None, lengths=(9, 1, 14, 5), switches=(), **config):
    """By default the switches of microsoft/deberta-v3-base, which sets max_relative_positions to -1."""
    config = dict(vocab_size=61, hidden_size=24, num_hidden_layers=2, num_attention_heads=2, intermediate_size=40,
                  max_position_embeddings=40, relative_attention=True, position_buckets=8, max_relative_positions=-1,
                  norm_rel_ebd="layer_norm", share_att_key=True, pos_att_type=["p2c", "c2p"],
                  position_biased_input=False, type_vocab_size=0, pooler_dropout=0, pooler_hidden_act="gelu",
                  num_labels=3) | config
    return Case(hf.DebertaV2ForSequenceClassification, hf.DebertaV2Config(**config), targets or DEBERTA,
                lengths=lengths, switches=switches)


def llama(loss="next-token", lengths=(9, 1, 14, 5), dtype=torch.float32, shard="1GB", switches=(), **config):
    config = dict(vocab_size=61, hidden_size=24, num_hidden_layers=2, num_attention_heads=4, intermediate_size=40,
                  max_position_embeddings=128, bos_token_id=1, eos_token_id=2) | config
    model = hf.LlamaForSequenceClassification if loss == "classification" else hf.LlamaForCausalLM
    return Case(model, hf.LlamaConfig(**config), LLAMA, loss, lengths=lengths, dtype=dtype, shard=shard,
                switches=switches)


def decoder(name, loss="next-token", lengths=(9, 1, 14, 5), targets=LLAMA, switches=(), **config):
    """Of the families whose classes are named and made as LLaMA's are."""
    config = dict(vocab_size=61, hidden_size=24, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
                  intermediate_size=40, max_position_embeddings=128, bos_token_id=1, eos_token_id=2,
                  pad_token_id=0 if loss == "classification" else None) | config
    model = getattr(hf, name + ("ForSequenceClassification" if loss == "classification" else "ForCausalLM"))
    kind = getattr(hf, "Gemma3TextConfig" if name == "Gemma3" else name + "Config")
    return Case(model, kind(**config), targets, loss, lengths=lengths, switches=switches)


def tokens(case, model):
    """The same with a classifier of tokens: of the same sequences, some tokens have labels."""
    return replace(case, model=model, loss="tokens", switches=())


def spans(case, model, modules_to_save=()):
    """The same with a start and an end, which each sequence has one of."""
    return replace(case, model=model, loss="spans", switches=(), modules_to_save=modules_to_save)


def masked(case, model):
    """The same with logits of the vocabulary for each token: some tokens are predicted. PEFT has no task for it."""
    return replace(case, model=model, loss="masked", switches=(), modules_to_save=(), head_in_adapter=False)


def rope(theta, **scaling):
    return {"rope_parameters": {"rope_type": "default", "rope_theta": theta, **scaling}}


def llama3(factor=5.5, low=1.3, high=4.0, original=32):
    return rope(47.3, rope_type="llama3", factor=factor, low_freq_factor=low, high_freq_factor=high,
                original_max_position_embeddings=original)


def yarn(factor=3.0, original=32, fast=2.0, slow=0.25, attention=None, **more):
    return rope(100.0, rope_type="yarn", factor=factor, original_max_position_embeddings=original, beta_fast=fast,
                beta_slow=slow, **({} if attention is None else {"attention_factor": attention}), **more)


CASES = {
    "bert": bert(vocab_size=80, hidden_size=30, num_attention_heads=3, intermediate_size=44,
                 max_position_embeddings=32, switches=({"hidden_act": "gelu_new"}, {"num_attention_heads": 5})),
    "bert-gelu-new": bert(num_hidden_layers=3, hidden_act="gelu_new", layer_norm_eps=1e-5, num_labels=2,
                          switches=({"hidden_act": "gelu"},)),
    "bert-relu": bert(head_in_adapter=False, hidden_act="relu", layer_norm_eps=0.0037,
                      switches=({"hidden_act": "gelu"}, {"layer_norm_eps": 1e-12})),
    "bert-regression": bert(loss="regression", num_labels=1, problem_type="regression"),
    "bert-pooler": bert(targets="all-linear"),
    "roberta": roberta(),
    "xlm-roberta": roberta(hf.XLMRobertaForSequenceClassification, vocab_size=72, switches=({"pad_token_id": 3},)),
    # As a reranker has it.
    "xlm-roberta-regression": roberta(hf.XLMRobertaForSequenceClassification, "regression", num_labels=1,
                                      problem_type="regression", switches=({"hidden_act": "gelu_new"},)),
    "camembert": roberta(hf.CamembertForSequenceClassification, vocab_size=72, layer_norm_eps=0.0023, switches=(
        {"pad_token_id": 3}, {"layer_norm_eps": 1e-12})),

    "distilbert": distilbert(vocab_size=80),
    "distilbert-relu": distilbert(n_layers=3, activation="relu", num_labels=2),
    "electra": electra(({"num_attention_heads": 3}, {"hidden_act": "relu"}), vocab_size=80),
    "electra-unprojected": electra(({"layer_norm_eps": 1e-12}, {"hidden_act": "gelu"}), embedding_size=24,
                                   layer_norm_eps=0.0037, hidden_act="relu", type_vocab_size=3),

    "mpnet": mpnet(),
    "mpnet-long": mpnet(lengths=(150, 1, 30, 5), hidden_size=12, intermediate_size=20, max_position_embeddings=180,
                        layer_norm_eps=0.0023, pad_token_id=4, relative_attention_num_buckets=36),

    "modernbert": modernbert(switches=(
        {"local_attention": 4}, {"layer_types": ["full_attention"] * 3}, {"num_attention_heads": 4},
        {"classifier_pooling": "mean"}, {"classifier_activation": "relu"}, {"hidden_activation": "relu"})),
    "modernbert-bias": modernbert(
        classifier_pooling="mean", classifier_activation="tanh", hidden_activation="gelu_new", attention_bias=True,
        mlp_bias=True, norm_eps=0.0023, vocab_size=61, pad_token_id=0, num_labels=2,
        layer_types=["sliding_attention", "full_attention", "sliding_attention"], rope_parameters={
            "full_attention": {"rope_type": "default", "rope_theta": 47.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 9.0}},
        switches=({"norm_eps": 1e-5}, {"classifier_pooling": "cls"}, {"hidden_activation": "relu"})),
    "modernbert-long": modernbert(lengths=(150, 1, 70, 5), hidden_size=12, intermediate_size=8, local_attention=40,
                                  vocab_size=61, pad_token_id=0, max_position_embeddings=160,
                                  switches=({"local_attention": 38},)),

    "deberta-v3": deberta(vocab_size=72, hidden_size=24, num_attention_heads=3, intermediate_size=44, switches=(
        {"norm_rel_ebd": "none"}, {"pos_att_type": ["c2p"]}, {"pos_att_type": ["p2c"]},
        {"max_relative_positions": 20}, {"max_position_embeddings": 20}, {"relative_attention": False},
        {"pooler_hidden_act": "tanh"}, {"pooler_hidden_act": "gelu_new"}, {"hidden_act": "gelu_new"})),
    "deberta-long": deberta(lengths=(70, 1, 20, 5), max_relative_positions=45, max_position_embeddings=80,
                            switches=({"max_relative_positions": -1}, {"max_relative_positions": 40})),
    "deberta-c2p-only": deberta(pos_att_type=["c2p"], num_labels=2, switches=(
        {"pos_att_type": ["p2c"]}, {"pos_att_type": ["p2c", "c2p"]})),
    "deberta-p2c-only": deberta(pos_att_type=["p2c"], switches=(
        {"pos_att_type": ["c2p"]}, {"pos_att_type": ["p2c", "c2p"]})),
    "deberta-unshared": deberta(targets=DEBERTA + ["pos_key_proj", "pos_query_proj"], share_att_key=False,
                                switches=({"share_att_key": True},)),
    "deberta-absolute": deberta(position_biased_input=True, type_vocab_size=2, norm_rel_ebd="none",
                                position_buckets=-1, max_relative_positions=8, max_position_embeddings=19,
                                switches=({"position_biased_input": False}, {"type_vocab_size": 0},
                                          {"relative_attention": False})),
    "deberta-embed-proj": deberta(embedding_size=15, type_vocab_size=2, position_biased_input=True,
                                  max_position_embeddings=19, switches=({"position_biased_input": False},)),
    "deberta-pooler": deberta(targets=["query_proj", "key_proj", "value_proj", "dense"]),

    "llama": llama(lengths=(8, 1, 9, 3), vocab_size=289, num_attention_heads=2, bos_token_id=285, eos_token_id=286,
                   switches=({"num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 6},)),
    "llama-gqa-tied": llama(num_key_value_heads=2, head_dim=10, intermediate_size=36, tie_word_embeddings=True,
                            **rope(100000.0), switches=(rope(10000.0),)),
    "llama-rope-linear": llama(rms_norm_eps=0.0023, **rope(10000.0, rope_type="linear", factor=2.6), switches=(
        rope(10000.0), rope(10000.0, rope_type="linear", factor=2.3), {"rms_norm_eps": 1e-6})),
    # Wavelengths of 6.3, 10, 16, 27, 43, ... tokens: the first frequency is kept (under 32 / 4), the next two are
    # blended, and from the fourth on they are divided (over 32 / 1.3).
    "llama-rope-llama3": llama(num_attention_heads=2, num_key_value_heads=1, head_dim=16, rms_norm_eps=1e-5,
                               **llama3(), switches=(rope(47.3), llama3(factor=6.5), llama3(low=1.9),
                                                     llama3(high=3.0), llama3(original=40))),
    "llama-bias": llama(loss="completion", num_attention_heads=3, num_key_value_heads=1, attention_bias=True,
                        mlp_bias=True, switches=({"attention_bias": False}, {"mlp_bias": False})),
    "llama-sharded-bf16": llama(num_key_value_heads=2, dtype=torch.bfloat16, shard="14KB"),
    "bert-tokens": tokens(bert(num_labels=5), hf.BertForTokenClassification),
    "roberta-tokens": tokens(roberta(), hf.RobertaForTokenClassification),
    "deberta-tokens": tokens(deberta(), hf.DebertaV2ForTokenClassification),
    "modernbert-tokens": tokens(modernbert(vocab_size=61, pad_token_id=0, num_hidden_layers=2, norm_eps=0.0023,
                                           classifier_activation="relu"), hf.ModernBertForTokenClassification),
    "llama-tokens": tokens(llama(num_key_value_heads=2, num_labels=3), hf.LlamaForTokenClassification),
    "bert-spans": spans(bert(num_labels=2), hf.BertForQuestionAnswering),
    "roberta-spans": spans(roberta(num_labels=2), hf.RobertaForQuestionAnswering),
    "distilbert-spans": spans(distilbert(num_labels=2), hf.DistilBertForQuestionAnswering),
    "modernbert-spans": spans(modernbert(vocab_size=61, pad_token_id=0, num_labels=2, num_hidden_layers=2,
                                         classifier_pooling="mean"), hf.ModernBertForQuestionAnswering, ("head", "classifier")),
    "bert-masked": masked(bert(vocab_size=80, hidden_act="gelu_new", layer_norm_eps=0.0023, max_position_embeddings=32),
                          hf.BertForMaskedLM),
    "roberta-masked": masked(roberta(hidden_act="relu", layer_norm_eps=0.0023), hf.RobertaForMaskedLM),
    "distilbert-masked": masked(distilbert(activation="relu"), hf.DistilBertForMaskedLM),
    "electra-masked": masked(electra((), hidden_act="relu", layer_norm_eps=0.0023), hf.ElectraForMaskedLM),
    "mpnet-masked": masked(mpnet(hidden_act="relu"), hf.MPNetForMaskedLM),
    "modernbert-masked": masked(modernbert(vocab_size=61, pad_token_id=0, classifier_activation="relu", norm_eps=0.0023),
                                hf.ModernBertForMaskedLM),
    "deberta-masked": masked(deberta(embedding_size=15, layer_norm_eps=0.0023), hf.DebertaV2ForMaskedLM),
    # The names of microsoft's own files.
    "deberta-masked-authors": masked(deberta(hidden_act="gelu_new", legacy=False), hf.DebertaV2ForMaskedLM),
    "llama-classification": llama(loss="classification", num_key_value_heads=2, num_labels=3, pad_token_id=0),
    # Of eight frequencies the first two are kept, and those from the sixth on are divided.
    "llama-rope-yarn": llama(num_attention_heads=2, num_key_value_heads=1, head_dim=16, **yarn(), switches=(
        rope(100.0), yarn(factor=4.0), yarn(original=20), yarn(fast=4.0), yarn(slow=0.5), yarn(attention=1.0),
        yarn(truncate=False))),

    "qwen2": decoder("Qwen2", use_sliding_window=True, sliding_window=4, max_window_layers=1, **rope(1000.0), switches=(
        rope(10000.0), {"sliding_window": 5}, {"layer_types": ["full_attention"] * 2},
        {"layer_types": ["sliding_attention"] * 2})),
    "qwen2-classification": decoder("Qwen2", loss="classification", num_labels=3),
    "qwen3": decoder("Qwen3", head_dim=10, tie_word_embeddings=True, rms_norm_eps=0.0031, **rope(1000.0), switches=(
        rope(10000.0), {"rms_norm_eps": 1e-6})),
    "qwen3-bias": decoder("Qwen3", loss="completion", head_dim=6, num_hidden_layers=3, attention_bias=True,
                          use_sliding_window=True, sliding_window=4, max_window_layers=2, switches=(
                              {"attention_bias": False}, {"layer_types": ["full_attention"] * 3})),
    "qwen3-classification": decoder("Qwen3", loss="classification", head_dim=8, num_labels=2),
    "mistral": decoder("Mistral", head_dim=8, sliding_window=5, switches=(
        {"sliding_window": None}, {"sliding_window": 4})),
    "mistral-classification": decoder("Mistral", loss="classification", sliding_window=None, num_labels=3),
    "smollm3": decoder("SmolLM3", num_hidden_layers=4, no_rope_layer_interval=2, use_sliding_window=True,
                       sliding_window=4, tie_word_embeddings=True, switches=(
                           {"no_rope_layers": [1, 1, 1, 0]}, {"layer_types": ["full_attention"] * 4})),
    "gemma2": decoder("Gemma2", num_hidden_layers=3, head_dim=8, query_pre_attn_scalar=5, sliding_window=5,
                      attn_logit_softcapping=1.7, final_logit_softcapping=2.3, rms_norm_eps=0.0029, switches=(
                          {"attn_logit_softcapping": None}, {"final_logit_softcapping": None}, {"sliding_window": 6},
                          {"query_pre_attn_scalar": 8}, {"layer_types": ["full_attention"] * 3},
                          {"hidden_activation": "gelu"}, {"rms_norm_eps": 1e-6})),
    "gemma2-classification": decoder("Gemma2", loss="classification", head_dim=6, query_pre_attn_scalar=6,
                                     attention_bias=True, num_labels=3),
    "gemma3": decoder("Gemma3", num_hidden_layers=3, head_dim=8, query_pre_attn_scalar=3, sliding_window=5,
                      layer_types=["sliding_attention", "full_attention", "sliding_attention"], rope_parameters={
                          "full_attention": {"rope_type": "linear", "factor": 2.6, "rope_theta": 1000.0},
                          "sliding_attention": {"rope_type": "default", "rope_theta": 30.0}}, switches=(
                              {"sliding_window": 6}, {"query_pre_attn_scalar": 8}, {"rope_parameters": {
                                  "full_attention": {"rope_type": "linear", "factor": 2.6, "rope_theta": 1000.0},
                                  "sliding_attention": {"rope_type": "default", "rope_theta": 1000.0}}},
                              {"rope_parameters": {
                                  "full_attention": {"rope_type": "default", "rope_theta": 1000.0},
                                  "sliding_attention": {"rope_type": "default", "rope_theta": 30.0}}})),
    "phi3": decoder("Phi3", targets=PHI, num_attention_heads=3, num_key_value_heads=1, sliding_window=6,
                    pad_token_id=0, rope_parameters={"rope_type": "default", "rope_theta": 300.0,
                                                     "partial_rotary_factor": 0.5}, switches=(
                        {"sliding_window": None}, {"sliding_window": 5}, {"rope_parameters": {
                            "rope_type": "default", "rope_theta": 300.0, "partial_rotary_factor": 1.0}})),
    # Texts of 9 and 14 tokens are longer than the original 8, those of 1 and 5 are not.
    "phi3-longrope": decoder("Phi3", targets=PHI, lengths=(9, 1, 14, 5), pad_token_id=0,
                             original_max_position_embeddings=8, rope_parameters={
                                 "rope_type": "longrope", "rope_theta": 300.0, "short_factor": [1.0, 1.5, 2.0],
                                 "long_factor": [1.3, 2.5, 7.0]}, switches=({"original_max_position_embeddings": 16},)),
    "phi3-classification": decoder("Phi3", loss="classification", targets=PHI, num_labels=3),
    "smollm3-classification": decoder("SmolLM3", loss="classification", num_labels=3, no_rope_layers=[0, 1],
                                      attention_bias=True, mlp_bias=True),
}

# As microsoft/deberta-v2-xlarge, whose first layer adds a convolution: a configuration only.
CONVOLUTION = hf.DebertaV2Config(
    vocab_size=61, hidden_size=24, num_hidden_layers=2, num_attention_heads=2, intermediate_size=40,
    max_position_embeddings=40, relative_attention=True, position_buckets=8, max_relative_positions=-1,
    norm_rel_ebd="layer_norm", share_att_key=True, pos_att_type=["p2c", "c2p"], position_biased_input=False,
    type_vocab_size=0, conv_kernel_size=3, conv_act="gelu", attention_head_size=12,
    architectures=["DebertaV2ForSequenceClassification"])
