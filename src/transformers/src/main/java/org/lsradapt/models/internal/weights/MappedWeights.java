package org.lsradapt.models.internal.weights;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsradapt.families.Family;
import org.lsradapt.io.TensorSource;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;
import org.lsradapt.transformer.weights.WeightSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A model's weights from any tensor file: maps each of the model's names to a tensor of the file, and transposes linear
 * weights that the file holds as [out, in].
 */
public final class MappedWeights implements WeightSource {

    /** The name of a weight in the file, which may have it as [out, in]. */
    public record Place(String tensor, boolean transposed) {}

    /** Finds the place of one of a model's tensors. */
    @FunctionalInterface
    public interface Layout {
        /** Returns the place, whether or not the file has such a tensor; empty if the layout has no place for it. */
        Optional<Place> find(Tensor tensor);
    }

    private final TensorSource tensors;
    private final Layout layout;
    private final Map<String, Tensor> needed;

    public MappedWeights(TensorSource tensors, Family family, Transformer model, Layout layout) {
        this(tensors, model, family.unused(model), layout);
        family.carried(model).forEach(tensor -> needed.put(tensor.name(), tensor));
    }

    /** Maps a model's weights, and layers that the file may have in addition to the model. */
    public MappedWeights(TensorSource tensors, Transformer model, List<Linear> unused, Layout layout) {
        this.tensors = tensors;
        this.layout = layout;
        needed = new LinkedHashMap<>(model.tensors());
        unused.forEach(linear -> Tensor.of(linear, linear.name()).forEach(t -> needed.put(t.name(), t)));
    }

    /** Maps tensors outside a model, such as a head's. */
    public MappedWeights(TensorSource tensors, List<Tensor> needed, Layout layout) {
        this.tensors = tensors;
        this.layout = layout;
        this.needed = new LinkedHashMap<>();
        needed.forEach(tensor -> this.needed.put(tensor.name(), tensor));
    }

    /** The names of all weights that the model needs or its files may have, in the order of the fingerprint. */
    public Set<String> names() {
        return Collections.unmodifiableSet(needed.keySet());
    }

    private Optional<Place> place(String name) {
        return Optional.ofNullable(needed.get(name)).flatMap(layout::find).filter(place -> tensors.has(place.tensor()));
    }

    @Override
    public boolean has(String name) {
        return place(name).isPresent();
    }

    @Override
    public INDArray read(String name) throws IOException {
        Place place = place(name)
                .orElseThrow(() -> new IOException(tensors.location() + ": there is no weight '" + name + "'"));
        checkType(name, place);
        INDArray array = read(place, needed.get(name), place.transposed() && !isReshaped(name));
        if (!isReshaped(name)) {
            return array;
        }
        long[] sizes = needed.get(name).sizes();
        if (!place.transposed()) {
            return array.reshape('c', sizes);
        }
        INDArray result = array.reshape('c', sizes[1], sizes[0]).transpose().dup('c');
        array.close();
        return result;
    }

    /** Whether files store the weight with more dimensions. */
    private boolean isReshaped(String name) {
        return needed.get(name).fileShape().size() != needed.get(name).shape().size();
    }

    @Override
    public Optional<StoredMatrix> stored(String name) throws IOException {
        Tensor tensor = needed.get(name);
        // A linear weight must be stored as [out, in], a table as [rows, width].
        Optional<Place> place = place(name).filter(found -> found.transposed() == tensor.linear() && !isReshaped(name));
        if (place.isEmpty()) {
            return Optional.empty();
        }
        return tensors.stored(place.get().tensor())
                .map(whole -> tensor.fused()
                        .map(part -> whole.rows(part.from(), part.from() + (int) tensor.fileSizes()[0]))
                        .orElse(whole));
    }

    private INDArray read(Place place, Tensor tensor, boolean transposed) throws IOException {
        if (tensor.fused().isEmpty()) {
            return read(tensors, place.tensor(), transposed);
        }
        int from = tensor.fused().get().from();
        return single(tensors.read(place.tensor(), from, from + tensor.fileSizes()[0]), transposed);
    }

    /** Reads a tensor into a new FLOAT array, transposed on request. */
    public static INDArray read(TensorSource tensors, String name, boolean transposed) throws IOException {
        return single(tensors.read(name), transposed);
    }

    private static INDArray single(INDArray read, boolean transposed) {
        INDArray stored = read;
        if (stored.dataType() != DataType.FLOAT) {
            INDArray single = stored.castTo(DataType.FLOAT);
            stored.close();
            stored = single;
        }
        if (!transposed || stored.rank() != 2) {
            return stored;
        }
        INDArray result = stored.transpose().dup('c');
        stored.close();
        return result;
    }

    private void checkType(String name, Place place) throws IOException {
        DataType type = tensors.dataType(place.tensor());
        if (type != DataType.FLOAT && type != DataType.DOUBLE) {
            throw new IOException(tensors.location() + ": weight '" + name + "' is of type " + type
                    + ", expected 16-, 32- or 64-bit floating point");
        }
    }

    /** Returns the shape that {@link #read} will give; for a part of a fused tensor, the shape of the whole. */
    private long[] shape(Place place) {
        long[] shape = tensors.shape(place.tensor());
        return place.transposed() && shape.length == 2 ? new long[] {shape[1], shape[0]} : shape;
    }

    /**
     * Checks, before any read, that every weight the model needs is there with the right shape. An optional group of
     * weights must be complete or absent.
     *
     * @throws IOException if a weight is missing or has another shape; the message names the first one
     */
    public void check(String configuration) throws IOException {
        Set<String> present = new HashSet<>();
        for (Tensor tensor : needed.values()) {
            if (tensor.isOptional() && has(tensor.name())) {
                present.add(tensor.group().orElseThrow());
            }
        }
        for (Tensor tensor : needed.values()) {
            String name = tensor.name();
            Optional<Place> place = place(name);
            if (place.isEmpty()) {
                if (tensor.isOptional() && !present.contains(tensor.group().orElseThrow())) {
                    continue;
                }
                throw new IOException(tensors.location() + ": there is no weight '" + tensor.fileName() + "', which "
                        + configuration + " asks for");
            }
            checkType(name, place.get());
            long[] shape = shape(place.get());
            long[] sizes = tensor.sizes();
            tensor.fused().ifPresent(whole -> sizes[sizes.length - 1] = whole.out());
            boolean fits = isReshaped(name)
                    ? Arrays.equals(tensors.shape(place.get().tensor()), tensor.fileSizes())
                    : Arrays.equals(shape, sizes);
            if (!fits) {
                boolean asInFile = isReshaped(name);
                throw new IOException(tensors.location() + ": weight '" + tensor.fileName() + "' is "
                        + Arrays.toString(asInFile ? tensors.shape(place.get().tensor()) : shape)
                        + (tensor.linear() && !asInFile ? " ([in, out])" : "") + ", " + configuration + " asks for "
                        + Arrays.toString(asInFile ? tensor.fileSizes() : sizes));
            }
        }
    }
}
