package org.lsradapt.models.internal.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.lsradapt.families.Family;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.ArrayBytes;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;
import org.lsradapt.transformer.weights.WeightSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A checksum of a model's configuration and of all its weights, including the pooler. It is equal for two models that
 * compute the same from the same files' numbers, in any file format. It detects an adapter that was made for another
 * model; it does not withstand forgery.
 *
 * <p>Weights pass through this class while they are loaded, so that they are read once. The remaining weights are read
 * at the end.
 */
public final class Fingerprint implements WeightSource {
    private final MappedWeights weights;
    private final Iterator<String> order;
    private final Set<String> beside;
    private final CRC32C crc;
    /** The checksum without the weights that hidden states do not depend on, which come last; empty until the first of them is read. */
    private Optional<String> encoder = Optional.empty();

    /**
     * Begins a checksum.
     *
     * @param weights the source of the weights; read in the order of its names
     * @param beside the weights that hidden states do not depend on; they come last
     */
    public Fingerprint(String signature, MappedWeights weights, Set<String> beside) {
        this(new CRC32C(), signature, weights, beside);
    }

    private Fingerprint(CRC32C crc, String signature, MappedWeights weights, Set<String> beside) {
        this.crc = crc;
        this.weights = weights;
        this.beside = beside;
        order = weights.names().stream().filter(weights::has).iterator();
        update(signature);
    }

    /** Begins the checksum of a model. */
    public static Fingerprint of(Family family, JsonFields config, Transformer model, MappedWeights weights)
            throws IOException {
        Set<String> beside = new HashSet<>();
        model.vocabularyHead()
                .filter(table -> !model.words().equals(Optional.of(table)))
                .ifPresent(table -> beside.add(table.name()));
        Stream.concat(model.head().dense().map(Head.Dense::linear).stream(), family.unused(model).stream())
                .flatMap(linear -> Tensor.of(linear, linear.name()).stream())
                .forEach(tensor -> beside.add(tensor.name()));
        return new Fingerprint(family.signature(config), weights, beside);
    }

    @Override
    public boolean has(String name) {
        return weights.has(name);
    }

    /** Reads a weight, which must be the next one. */
    @Override
    public INDArray read(String name) throws IOException {
        String next = order.hasNext() ? order.next() : null;
        if (!name.equals(next)) {
            throw new IllegalStateException("fingerprint: weight '" + name + "' is read, expected '" + next + "'");
        }
        return through(name);
    }

    private INDArray through(String name) throws IOException {
        INDArray array = weights.read(name);
        update(name, array);
        return array;
    }

    /** Returns the file's matrix, after its numbers have passed through. */
    @Override
    public Optional<StoredMatrix> stored(String name) throws IOException {
        Optional<StoredMatrix> stored = weights.stored(name);
        if (stored.isPresent()) {
            read(name).close();
        }
        return stored;
    }

    /** Reads the remaining weights, and returns the checksum that the next part's weights continue. */
    public Fingerprint then(MappedWeights next) throws IOException {
        readRest();
        return new Fingerprint(crc, "", next, Set.of());
    }

    /** Adds a number that is not part of a layer. */
    public void add(String name, float number) throws IOException {
        readRest();
        update(name + " []");
        crc.update(ByteBuffer.allocate(Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(number)
                .flip());
    }

    private void readRest() throws IOException {
        while (order.hasNext()) {
            through(order.next()).close();
        }
    }

    /** Reads the remaining weights and returns the CRC-32C as eight hexadecimal digits. */
    public String finish() throws IOException {
        readRest();
        return value();
    }

    /** The checksum without the weights that hidden states do not depend on; call after {@link #finish}. */
    public String encoder() {
        return encoder.orElseGet(this::value);
    }

    private String value() {
        return String.format(Locale.ROOT, "%08x", crc.getValue());
    }

    private void update(String name, INDArray array) throws IOException {
        if (beside.contains(name)) {
            encoder = Optional.of(encoder());
        } else if (encoder.isPresent()) {
            throw new IllegalStateException(
                    "fingerprint: weight '" + name + "' follows one that hidden states do not depend on");
        }
        update(name + " " + Arrays.toString(array.shape()));
        ArrayBytes.update(crc, array);
    }

    private void update(String text) {
        crc.update(text.getBytes(StandardCharsets.UTF_8));
    }
}
