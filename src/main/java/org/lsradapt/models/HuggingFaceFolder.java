package org.lsradapt.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.lsradapt.encoder.EncoderConfig;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.ShardedSafeTensors;
import org.lsradapt.io.TensorSource;

/**
 * A BERT or RoBERTa model in a folder as Hugging Face lays it out: {@code config.json}; {@code model.safetensors} or
 * its shards; {@code tokenizer.json}, or for BERT {@code vocab.txt}.
 */
final class HuggingFaceFolder {

    static final String CONFIG = "config.json";
    static final String WEIGHTS = "model.safetensors";
    static final String SHARDS = "model.safetensors.index.json";
    static final String TOKENIZER = "tokenizer.json";
    static final String TOKENIZER_CONFIG = "tokenizer_config.json";
    private static final String VOCABULARY = "vocab.txt";

    private HuggingFaceFolder() {}

    static PretrainedModel load(String name, Path folder) throws IOException {
        EncoderConfig config = HuggingFaceConfig.read(folder.resolve(CONFIG));
        TensorSource tensors = openWeights(folder);
        try {
            MappedWeights weights = new MappedWeights(tensors, layout(tensors, config.family()));
            weights.check(config, CONFIG);
            FastTokenizer tokenizer = tokenizer(folder, config);
            return new PretrainedModel(name, config, weights, tokenizer, () -> {
                tokenizer.close();
                tensors.close();
            });
        } catch (IOException | RuntimeException e) {
            tensors.close();
            throw e;
        }
    }

    private static TensorSource openWeights(Path folder) throws IOException {
        if (Files.exists(folder.resolve(WEIGHTS))) {
            return SafeTensors.open(folder.resolve(WEIGHTS));
        }
        if (Files.exists(folder.resolve(SHARDS))) {
            return ShardedSafeTensors.open(folder.resolve(SHARDS));
        }
        throw new IOException(folder + ": has neither " + WEIGHTS + " nor " + SHARDS
                + (Files.exists(folder.resolve("pytorch_model.bin"))
                        ? "; pytorch_model.bin is not read, save the model with safe_serialization=True"
                        : ""));
    }

    /**
     * Names come with the prefix of the model inside a larger one ({@code bert.}) or without, and the oldest files
     * call the weight and bias of a LayerNorm gamma and beta. Linear weights are [out, in].
     */
    private static MappedWeights.Layout layout(TensorSource tensors, EncoderConfig.Family family) {
        String prefix = family == EncoderConfig.Family.ROBERTA ? "roberta." : "bert.";
        return name -> {
            String old = name.replace("LayerNorm.weight", "LayerNorm.gamma")
                    .replace("LayerNorm.bias", "LayerNorm.beta");
            for (String candidate : List.of(prefix + name, prefix + old, name, old)) {
                if (tensors.has(candidate)) {
                    return new MappedWeights.Place(candidate, MappedWeights.isLinear(name));
                }
            }
            return null;
        };
    }

    private static FastTokenizer tokenizer(Path folder, EncoderConfig config) throws IOException {
        Path file = folder.resolve(TOKENIZER);
        if (Files.isRegularFile(file)) {
            return FastTokenizer.of(file.toString(), Files.readAllBytes(file), config);
        }
        Path vocabulary = folder.resolve(VOCABULARY);
        if (config.family() == EncoderConfig.Family.BERT && Files.isRegularFile(vocabulary)) {
            byte[] json = TokenizerJson.wordPiece(
                    vocabulary.toString(), Files.readAllBytes(vocabulary), normalizer(folder));
            return FastTokenizer.of(vocabulary.toString(), json, config);
        }
        throw new IOException(folder + ": has no " + TOKENIZER
                + (config.family() == EncoderConfig.Family.BERT ? " and no " + VOCABULARY : ""));
    }

    /** How vocab.txt is to be used stands in tokenizer_config.json; without one, as BERT's tokenizer does. */
    private static TokenizerJson.Normalizer normalizer(Path folder) throws IOException {
        Path file = folder.resolve(TOKENIZER_CONFIG);
        if (!Files.isRegularFile(file)) {
            return TokenizerJson.Normalizer.UNCASED;
        }
        HuggingFaceConfig config = HuggingFaceConfig.open(file);
        return new TokenizerJson.Normalizer(
                config.flag("do_lower_case", true),
                config.flag("tokenize_chinese_chars", true),
                config.flag("strip_accents", null));
    }
}
