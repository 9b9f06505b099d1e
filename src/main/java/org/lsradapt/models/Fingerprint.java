package org.lsradapt.models;

import java.io.IOException;
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
final class Fingerprint implements WeightSource {
    private final MappedWeights weights;
    private final Iterator<String> order;
    private final Set<String> beside;
    private final CRC32C crc = new CRC32C();
    /** Without the weights that hidden states do not depend on, which come last; empty until one of them does. */
    private Optional<String> encoder = Optional.empty();

    /**
     * Begins.
     *
     * @param signature what tells models apart that have the same tensors
     * @param weights their source; read in the order of its names
     * @param beside those that hidden states do not depend on; the last ones
     */
    private Fingerprint(String signature, MappedWeights weights, Set<String> beside) {
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
    static Fingerprint of(Family family, JsonFields config, Transformer model, MappedWeights weights)
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
     * Reads what is left.
     *
     * @return CRC-32C as eight hexadecimal digits
     * @throws IOException if a weight cannot be read
     */
    String finish() throws IOException {
        while (order.hasNext()) {
            String name = order.next();
            try (INDArray array = weights.read(name)) {
                update(name, array);
            }
        }
        return value();
    }

    /** The fingerprint without the weights that hidden states do not depend on; when {@link #finish} has been called. */
    String encoder() {
        return encoder.orElseGet(this::value);
    }

    private String value() {
        return String.format(Locale.ROOT, "%08x", crc.getValue());
    }

    private void update(String name, INDArray array) throws IOException {
        if (beside.contains(name)) {
            encoder = Optional.of(encoder());
        } else if (encoder.isPresent()) {
            throw new IllegalStateException("fingerprint: weight '" + name + "' is behind one that is beside the model");
        }
        update(name + " " + Arrays.toString(array.shape()));
        ArrayBytes.update(crc, array);
    }

    private void update(String text) {
        crc.update(text.getBytes(StandardCharsets.UTF_8));
    }
}
