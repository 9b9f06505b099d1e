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
import org.lsradapt.transformer.WeightSource;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A checksum of a model's configuration and of every weight that it has, pooler included: equal for two models that
 * compute the same from the same files' numbers, whatever the file format. Meant to tell an adapter that was made for
 * another model, not to withstand forgery.
 *
 * <p>Weights pass through on their way to whoever loads them, so that they are read once; those that nobody asks for
 * are read at the end.
 */
public final class Fingerprint implements WeightSource {
    private final MappedWeights weights;
    private final Iterator<String> order;
    private final Set<String> beside;
    private final CRC32C crc;
    /** Without the weights that hidden states do not depend on, which come last; empty until one of them does. */
    private Optional<String> encoder = Optional.empty();

    /**
     * Begins.
     *
     * @param signature what tells models apart that have the same tensors
     * @param weights their source; read in the order of its names
     * @param beside those that hidden states do not depend on; the last ones
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

    /**
     * Begins that of a model.
     *
     * @param family its family
     * @param config its configuration
     * @param model what it is made of
     * @param weights its weights
     */
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

    /**
     * Reads the next weight.
     *
     * @throws IllegalStateException if it is not the next one
     */
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

    /** As the file has it, once its numbers have passed through. */
    @Override
    public Optional<StoredMatrix> stored(String name) throws IOException {
        Optional<StoredMatrix> stored = weights.stored(name);
        if (stored.isPresent()) {
            read(name).close();
        }
        return stored;
    }

    /**
     * Reads what is left, and goes on with another part of the model.
     *
     * @param next the part's weights
     * @return the checksum so far, to which these are added
     * @throws IOException if a weight cannot be read
     */
    public Fingerprint then(MappedWeights next) throws IOException {
        readRest();
        return new Fingerprint(crc, "", next, Set.of());
    }

    /** Adds a number that stands beside the layers. */
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

    /**
     * Reads what is left.
     *
     * @return CRC-32C as eight hexadecimal digits
     * @throws IOException if a weight cannot be read
     */
    public String finish() throws IOException {
        readRest();
        return value();
    }

    /** The fingerprint without the weights that hidden states do not depend on; when {@link #finish} has been called. */
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
                    "fingerprint: weight '" + name + "' is behind one that is beside the model");
        }
        update(name + " " + Arrays.toString(array.shape()));
        ArrayBytes.update(crc, array);
    }

    private void update(String text) {
        crc.update(text.getBytes(StandardCharsets.UTF_8));
    }
}
