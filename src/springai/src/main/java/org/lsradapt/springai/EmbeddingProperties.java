package org.lsradapt.springai;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.StringUtils;

/**
 * The settings of the embedding model. Properties without text count as not set.
 *
 * @param model The base model: a name such as minilm, or a folder. By default the one that the adapters were trained on.
 * @param adapter The adapter that texts are embedded with: the folder that training saved or, with a store, the name of a
 *     folder in it. By default none.
 * @param store A folder with a folder for each adapter. All are loaded, each by its folder's name.
 * @param dimensions To how many numbers embeddings are cut, for adapters that were trained for it. By default they are whole.
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

    /** Names the property; Spring Boot prints where it is set. Its exception takes no cause. */
    static InvalidConfigurationPropertyValueException invalid(String property, String value, Exception cause) {
        InvalidConfigurationPropertyValueException invalid = invalid(property, value, cause.getMessage());
        invalid.addSuppressed(cause);
        return invalid;
    }

    static InvalidConfigurationPropertyValueException invalid(String property, String value, String reason) {
        return new InvalidConfigurationPropertyValueException(property, value, reason);
    }
}
