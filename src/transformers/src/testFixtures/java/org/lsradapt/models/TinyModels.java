package org.lsradapt.models;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.lsradapt.families.Families;
import org.lsradapt.families.Family;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Writes Hugging Face folders of one layer and a dozen tokens. */
public final class TinyModels {

    static final String BERT_JSON = "{\"model_type\":\"bert\",\"num_hidden_layers\":1,\"hidden_size\":4,"
            + "\"num_attention_heads\":2,\"intermediate_size\":6,\"vocab_size\":12,\"max_position_embeddings\":10,"
            + "\"hidden_act\":\"gelu\",\"position_embedding_type\":\"absolute\"}";

    static final String ROBERTA_JSON = "{\"model_type\":\"roberta\",\"num_hidden_layers\":1,\"hidden_size\":4,"
            + "\"num_attention_heads\":2,\"intermediate_size\":6,\"vocab_size\":14,\"max_position_embeddings\":10,"
            + "\"type_vocab_size\":1,\"pad_token_id\":1,\"layer_norm_eps\":1e-05,\"hidden_act\":\"gelu\"}";

    static final String VOCABULARY = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\nworld\nwo\n##r\n##ld\ncafe\n,\n";

    /** A byte-level BPE in which "lo", " w" and "hello" were merged; Ġ stands for the space. */
    static final String BPE = """
            {"version":"1.0","truncation":null,"padding":null,"normalizer":null,
             "added_tokens":[
               {"id":0,"content":"<s>","single_word":false,"lstrip":false,
                "rstrip":false,"normalized":false,"special":true},
               {"id":1,"content":"<pad>","single_word":false,"lstrip":false,
                "rstrip":false,"normalized":false,"special":true},
               {"id":2,"content":"</s>","single_word":false,"lstrip":false,
                "rstrip":false,"normalized":false,"special":true}],
             "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},
             "post_processor":{"type":"RobertaProcessing","sep":["</s>",2],"cls":["<s>",0],"trim_offsets":true,
               "add_prefix_space":false},
             "decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true},
             "model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":"",
               "end_of_word_suffix":"","fuse_unk":false,
               "vocab":{"<s>":0,"<pad>":1,"</s>":2,"h":3,"e":4,"l":5,"o":6,"w":7,"\u0120":8,"lo":9,"\u0120w":10,
                 "he":11,"hel":12,"hello":13},
               "merges":["l o","\u0120 w","h e","he l","hel lo"]}}
            """;

    private TinyModels() {}

    static Transformer bert() {
        return describe(BERT_JSON);
    }

    static Transformer roberta() {
        return describe(ROBERTA_JSON);
    }

    private static Transformer describe(String json) {
        try {
            JsonFields config = new JsonFields("config.json", new JsonMapper().readTree(json));
            return Families.of(config).describe(config);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes a BERT with positions for 10 tokens, which knows the words hello, world and cafe.
     *
     * @param folder a folder that exists
     * @param seed of its random weights
     * @return the folder
     */
    public static Path writeBert(Path folder, long seed) throws IOException {
        return writeBert(folder, asInFile(weights(bert(), seed), "bert."));
    }

    /** The same of a RoBERTa with positions for 8 tokens, which knows the words hello and lo. */
    public static Path writeRoberta(Path folder, long seed) throws IOException {
        return writeRoberta(folder, asInFile(weights(roberta(), seed), "roberta."));
    }

    /** Random weights in the orientation of this library, the same for the same seed. */
    static Map<String, INDArray> weights(Transformer model, long seed) {
        Random random = new Random(seed);
        Map<String, INDArray> weights = new LinkedHashMap<>();
        model.tensors().forEach((name, tensor) -> {
            long[] shape = tensor.sizes();
            float[] values = new float[(int) Nd4j.create(shape).length()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            weights.put(name, Nd4j.create(values, shape, 'c'));
        });
        return weights;
    }

    /** The same weights in the orientation of a Hugging Face file and with a prefix before each name. */
    static Map<String, INDArray> asInFile(Map<String, INDArray> weights, String prefix) {
        Map<String, INDArray> file = new LinkedHashMap<>();
        weights.forEach((name, array) -> file.put(
                prefix + name, array.rank() == 2 && !name.startsWith("embeddings.") ? array.transpose() : array));
        return file;
    }

    /**
     * Writes a model of any family of text models with small random weights, without a tokenizer.
     *
     * @param folder a folder that exists
     * @param config the content of its {@code config.json}
     * @param seed of its weights
     * @return the folder
     */
    public static Path write(Path folder, ObjectNode config, long seed) throws IOException {
        JsonFields fields = new JsonFields("config.json", config);
        Family family = Families.of(fields);
        Transformer model = family.describe(fields);
        Map<String, INDArray> weights = weights(model, seed);
        Map<String, INDArray> file = new LinkedHashMap<>();
        model.tensors().forEach((name, tensor) -> {
            INDArray array = weights.get(name).muli(name.contains("orm.weight") ? 1 : 0.2);
            file.put(family.path(name), tensor.linear() ? array.transpose() : array.reshape(tensor.fileSizes()));
        });
        JsonFile.write(folder.resolve("config.json"), config);
        SafeTensors.write(folder.resolve("model.safetensors"), file, Map.of("format", "pt"));
        return folder;
    }

    static Path writeBert(Path folder, Map<String, INDArray> file) throws IOException {
        Files.writeString(folder.resolve("config.json"), BERT_JSON);
        Files.writeString(folder.resolve("vocab.txt"), VOCABULARY);
        SafeTensors.write(folder.resolve("model.safetensors"), file, Map.of("format", "pt"));
        return folder;
    }

    static Path writeRoberta(Path folder, Map<String, INDArray> file) throws IOException {
        Files.writeString(folder.resolve("config.json"), ROBERTA_JSON);
        Files.writeString(folder.resolve("tokenizer.json"), BPE);
        SafeTensors.write(folder.resolve("model.safetensors"), file, Map.of("format", "pt"));
        return folder;
    }
}
