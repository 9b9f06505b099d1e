package org.lsradapt.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.lsr.LibraryVersion;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.FrozenModel;

/**
 * Identifies the base model of a store, as recorded in its file.
 *
 * @param baseModel the name or folder by which the model was loaded
 * @param encoderFingerprint the fingerprint of the weights that embeddings depend on
 */
record StoreSeal(Path path, String baseModel, String fingerprint, String encoderFingerprint) {
    private static final String FORMAT = "format";
    private static final String FORMAT_VERSION = "2";
    private static final String LIBRARY = "library_version";
    private static final String BASE = "base_model";
    private static final String FINGERPRINT = "base_model_fingerprint";
    private static final String ENCODER_FINGERPRINT = "base_model_encoder_fingerprint";

    static Map<String, String> settings(FrozenModel base) {
        return Map.of(
                FORMAT, FORMAT_VERSION,
                LIBRARY, LibraryVersion.VERSION,
                BASE, base.name(),
                FINGERPRINT, base.fingerprint(),
                ENCODER_FINGERPRINT, base.encoderFingerprint());
    }

    /** Reads the settings of a file; refuses those of another kind, or of another version of this library. */
    static StoreSeal of(Path path, Map<String, String> settings) throws IOException {
        String format = settings.get(FORMAT);
        if (!FORMAT_VERSION.equals(format)) {
            throw new IOException(path + ": "
                    + (format == null ? "is not a store of adapters" : "is a store of format " + format)
                    + ", expected one of format " + FORMAT_VERSION
                    + (format == null ? "" : "; another version of this library wrote it"));
        }
        return new StoreSeal(
                path,
                text(path, settings, BASE),
                text(path, settings, FINGERPRINT),
                text(path, settings, ENCODER_FINGERPRINT));
    }

    private static String text(Path path, Map<String, String> settings, String name) throws IOException {
        String value = settings.get(name);
        if (value == null) {
            throw new IOException(path + ": damaged, does not say its " + name);
        }
        return value;
    }

    /** Throws an {@link IllegalArgumentException} with both fingerprints if the model is not the store's base model. */
    void requireBase(FrozenModel base) {
        Require.argument(
                fingerprint.equals(base.fingerprint()),
                "%s: the store is for base model %s with fingerprint %s, but model %s has fingerprint %s",
                path,
                baseModel,
                fingerprint,
                base.name(),
                base.fingerprint());
    }

    /**
     * Throws as {@link #requireBase(FrozenModel)} if the adapter is for another base model; the message begins with its
     * place.
     */
    void requireBase(String place, AdapterCard card) {
        String expected = card.task().usesHiddenStates() ? encoderFingerprint : fingerprint;
        Require.argument(
                card.baseFingerprint().equals(expected),
                "%sthe adapter is for base model %s with fingerprint %s, the store for %s with fingerprint %s",
                place,
                card.baseModel(),
                card.baseFingerprint(),
                baseModel,
                expected);
    }
}
