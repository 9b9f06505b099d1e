package org.lsradapt.models;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.CRC32C;
import org.lsradapt.encoder.EncoderConfig;
import org.lsradapt.encoder.Tokenizer;
import org.lsradapt.encoder.WeightSource;
import org.lsradapt.io.ArrayBytes;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A pretrained encoder's configuration, frozen weights and tokenizer, and the files behind them.
 *
 * <p>Arrays that were read stay good after {@link #close()}; the weight source and the tokenizer do not.
 */
public final class PretrainedModel implements Closeable {

    private final String name;
    private final EncoderConfig config;
    private final WeightSource weights;
    private final Tokenizer tokenizer;
    private final Closeable resources;
    private String fingerprint;

    /**
     * A model out of its parts, all kept by reference.
     *
     * @param name how messages and reports name it
     * @param config the encoder's shape
     * @param weights all weights of that shape; the pooler may be missing
     * @param tokenizer gives ids below {@code config.vocabulary()}
     * @param resources closed with the model
     */
    public PretrainedModel(
            String name, EncoderConfig config, WeightSource weights, Tokenizer tokenizer, Closeable resources) {
        this.name = name;
        this.config = config;
        this.weights = weights;
        this.tokenizer = tokenizer;
        this.resources = resources;
    }

    /** The name or folder that it was loaded by. */
    public String name() {
        return name;
    }

    /** The encoder's shape. */
    public EncoderConfig config() {
        return config;
    }

    /** The frozen weights. */
    public WeightSource weights() {
        return weights;
    }

    /** The tokenizer, which many threads may use. */
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /**
     * A checksum of the configuration and of every weight, pooler included if there is one: equal for two models
     * that compute the same from the same files' numbers, whatever the file format. Meant to tell an adapter that
     * was made for another model, not to withstand forgery. Computed at the first call, which reads all weights one
     * after another, and kept.
     *
     * @return CRC-32C as eight hexadecimal digits
     * @throws IOException if a weight cannot be read
     */
    public synchronized String fingerprint() throws IOException {
        if (fingerprint == null) {
            CRC32C crc = new CRC32C();
            update(crc, config.family() + " heads " + config.heads() + " epsilon " + config.layerNormEpsilon()
                    + " pad " + config.padTokenId());
            for (String weight : MappedWeights.shapes(config).keySet()) {
                if (weights.has(weight)) {
                    INDArray array = weights.read(weight);
                    update(crc, weight + " " + Arrays.toString(array.shape()));
                    ArrayBytes.update(crc, array);
                    array.close();
                }
            }
            fingerprint = String.format(Locale.ROOT, "%08x", crc.getValue());
        }
        return fingerprint;
    }

    private static void update(CRC32C crc, String text) {
        crc.update(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Closes the files and the tokenizer. */
    @Override
    public void close() throws IOException {
        resources.close();
    }
}
