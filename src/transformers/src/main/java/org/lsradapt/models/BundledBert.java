package org.lsradapt.models;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import org.lsradapt.families.Families;
import org.lsradapt.families.Family;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.TensorSource;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.models.internal.tokenizers.FastTokenizer;
import org.lsradapt.models.internal.weights.MappedWeights;
import org.lsradapt.transformer.parts.Transformer;

/** The configuration of a BERT whose artifact has none, equal to its {@code config.json} on Hugging Face. */
record BundledBert(int layers, int width, int heads, int inner, int vocabulary) {

    /** Creates a configuration with 12 heads and the vocabulary of BERT uncased. */
    BundledBert(int layers, int width, int inner) {
        this(layers, width, 12, inner, 30522);
    }

    /** Returns the configuration as a new object. */
    ObjectNode config() {
        ObjectNode config = JsonFile.newObject();
        config.put("model_type", "bert")
                .put("num_hidden_layers", layers)
                .put("hidden_size", width)
                .put("num_attention_heads", heads)
                .put("intermediate_size", inner)
                .put("vocab_size", vocabulary)
                .put("max_position_embeddings", 512)
                .put("type_vocab_size", 2)
                .put("layer_norm_eps", 1e-12)
                .put("pad_token_id", 0)
                .put("hidden_act", "gelu");
        return config;
    }

    Family family() throws IOException {
        return Families.of(fields());
    }

    Transformer model() throws IOException {
        return family().describe(fields());
    }

    PretrainedModel loaded(
            String name,
            MappedWeights weights,
            FastTokenizer tokenizer,
            EmbeddingFiles embedding,
            SavedMaskedHead masked,
            Closeable files)
            throws IOException {
        return new PretrainedModel(
                name,
                new PretrainedModel.Base(family(), config(), model(), weights, files),
                new PretrainedModel.Texts(tokenizer, Optional.empty(), embedding, Optional.empty(), masked),
                Optional.empty());
    }

    SavedMaskedHead maskedHead(TensorSource tensors, MappedWeights.Layout layout) throws IOException {
        return SavedMaskedHead.find(tensors, family(), fields(), model(), layout);
    }

    private JsonFields fields() {
        return new JsonFields("config", config());
    }
}
