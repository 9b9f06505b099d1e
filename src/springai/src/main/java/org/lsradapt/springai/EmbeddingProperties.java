package org.lsradapt.springai;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.StringUtils;

/**
 * The settings of the embedding model. Blank properties count as not set.
 *
 * @param model The base model: a name such as minilm, or a folder. By default the base model of the adapters.
 * @param adapter The adapter to embed texts with: the folder that training saved or, with a store, the name of a folder in
 *     it. By default none.
 * @param store A folder with a folder for each adapter. All adapters are loaded, each under its folder's name.
 * @param dimensions The number of dimensions to cut embeddings to, for adapters trained for it. By default embeddings are
 *     whole.
 */
@ConfigurationProperties(EmbeddingProperties.PREFIX)
record EmbeddingProperties(
        @Nullable String model,
        @Nullable String adapter,
        @Nullable String store,
        @Nullable Integer dimensions) {

    static final String PREFIX = "lsradapt.embedding";
    static final String MODEL = PREFIX + ".model";
    static final String ADAPTER = PREFIX + ".adapter";
    static final String STORE = PREFIX + ".store";
    static final String DIMENSIONS = PREFIX + ".dimensions";

    EmbeddingProperties {
        model = textOrNull(model);
        adapter = textOrNull(adapter);
        store = textOrNull(store);
    }

    private static @Nullable String textOrNull(@Nullable String value) {
        return StringUtils.hasText(value) ? value : null;
    }

    /** An exception that names the property; Spring Boot prints where it is set. The exception takes no cause. */
    static InvalidConfigurationPropertyValueException invalid(String property, String value, Exception cause) {
        InvalidConfigurationPropertyValueException invalid = invalid(property, value, cause.getMessage());
        invalid.addSuppressed(cause);
        return invalid;
    }

    static InvalidConfigurationPropertyValueException invalid(String property, String value, String reason) {
        return new InvalidConfigurationPropertyValueException(property, value, reason);
    }
}
