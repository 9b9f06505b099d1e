package org.lsradapt.springai;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The settings of all models. Blank texts count as not set.
 *
 * @param embedding the embedding model
 * @param chat the chat model
 * @param classifier the classifier
 * @param store the store of adapters by key
 */
@ConfigurationProperties(LsrAdaptProperties.PREFIX)
record LsrAdaptProperties(
        @DefaultValue Embedding embedding,
        @DefaultValue Chat chat,
        @DefaultValue Classifier classifier,
        @DefaultValue Store store) {

    static final String PREFIX = "lsradapt";

    /**
     * The settings of the embedding model.
     *
     * @param model The base model: a name such as minilm, or a folder. By default the base model of the adapters.
     * @param adapter The adapter to embed texts with: the folder that training saved or, with a store, the name of a folder in
     *     it. By default none.
     * @param store A folder with a folder for each adapter. All adapters are loaded, each under its folder's name.
     * @param dimensions The number of dimensions to cut embeddings to, for adapters trained for it. By default embeddings are
     *     whole.
     * @param queryAdapter The folder of a query adapter, which changes the vectors of queries of every embedding model in the
     *     context, also of another provider. By default none.
     */
    record Embedding(
            @Nullable String model,
            @Nullable String adapter,
            @Nullable String store,
            @Nullable Integer dimensions,
            @Nullable String queryAdapter) {
        static final String MODEL = PREFIX + ".embedding.model";
        static final String ADAPTER = PREFIX + ".embedding.adapter";
        static final String STORE = PREFIX + ".embedding.store";
        static final String DIMENSIONS = PREFIX + ".embedding.dimensions";
        static final String QUERY_ADAPTER = PREFIX + ".embedding.query-adapter";
    }

    /**
     * The settings of the chat model.
     *
     * @param model The language model: a folder, or a GGUF file. With an adapter its base model, by default the one it was
     *     trained on.
     * @param adapter The folder of an adapter that training saved. By default none.
     * @param maxTokens The maximal number of tokens of an answer. By default 128.
     * @param temperature The temperature of sampling. By default the most probable token is always chosen.
     * @param topP The share of probability that sampling considers. By default all.
     * @param topK The number of tokens that sampling considers. By default all.
     * @param stopSequences Texts that end an answer and are not part of it.
     */
    record Chat(
            @Nullable String model,
            @Nullable String adapter,
            @Nullable Integer maxTokens,
            @Nullable Double temperature,
            @Nullable Double topP,
            @Nullable Integer topK,
            @Nullable List<String> stopSequences) {
        static final String MODEL = PREFIX + ".chat.model";
        static final String ADAPTER = PREFIX + ".chat.adapter";

        /** Returns the options of answers; if one is out of range, the exception names its property. */
        ChatOptions options() {
            requireValid("max-tokens", maxTokens, ChatOptions.builder().maxTokens(maxTokens));
            requireValid("temperature", temperature, ChatOptions.builder().temperature(temperature));
            requireValid("top-p", topP, ChatOptions.builder().topP(topP));
            requireValid("top-k", topK, ChatOptions.builder().topK(topK));
            requireValid("stop-sequences", stopSequences, ChatOptions.builder().stopSequences(stopSequences));
            return ChatOptions.builder()
                    .maxTokens(maxTokens)
                    .temperature(temperature)
                    .topP(topP)
                    .topK(topK)
                    .stopSequences(stopSequences)
                    .build();
        }

        private static void requireValid(String name, @Nullable Object value, ChatOptions.Builder<?> alone) {
            try {
                ChatRequest.defaults(alone.build(), "");
            } catch (IllegalArgumentException e) {
                throw new Property(PREFIX + ".chat." + name, String.valueOf(value)).invalid(e);
            }
        }
    }

    /**
     * The settings of the classifier.
     *
     * @param model The classifier: a folder of a whole model, such as a merged one. With an adapter its base model, by default
     *     the one it was trained on.
     * @param adapter The folder of an adapter that training saved. By default none.
     */
    record Classifier(@Nullable String model, @Nullable String adapter) {
        static final String MODEL = PREFIX + ".classifier.model";
        static final String ADAPTER = PREFIX + ".classifier.adapter";
    }

    /**
     * The settings of the store of adapters by key.
     *
     * @param file The file of an existing store.
     * @param model The base model of its adapters: a name such as minilm, or a folder. By default the embedding model's, or
     *     the one that the store names.
     * @param memory The limit of the memory for adapters in use. By default 256MB.
     */
    record Store(
            @Nullable String file,
            @Nullable String model,
            @DefaultValue("256MB") DataSize memory) {
        static final String FILE = PREFIX + ".store.file";
        static final String MODEL = PREFIX + ".store.model";

        Property property() {
            return Property.of(FILE, file).orElseThrow();
        }
    }
}
