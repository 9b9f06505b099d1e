package org.lsradapt.models;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.lsradapt.io.TensorSource;
import org.lsradapt.io.internal.ArrayBytes;
import org.lsradapt.io.internal.frameworks.OnnxInitializers;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The initializers of an ONNX file for adapted layers, merged when they are read.
 *
 * <p>Exporters choose the names of linear weights and transpose some. A layer's initializer is therefore found by
 * numbers: it equals the frozen weight bit for bit, as [in, out] or [out, in]. A file of another model has no such
 * initializer. DeBERTa projects relative embeddings by the layers of queries and keys; some exporters write one
 * initializer for each use.
 */
final class MergedOnnx implements TensorSource {

    /** A matrix, identified by shape and checksum. */
    private record Numbers(long rows, long columns, long checksum) {
        static Numbers of(INDArray matrix) {
            CRC32C sum = new CRC32C();
            ArrayBytes.update(sum, matrix);
            return new Numbers(matrix.rows(), matrix.columns(), sum.getValue());
        }
    }

    private record Place(LayerAdapter adapter, boolean transposed) {}

    private final OnnxInitializers onnx;
    private final Map<String, Place> places = new LinkedHashMap<>();

    private final Map<String, Long> uses;

    private MergedOnnx(OnnxInitializers onnx, Transformer model) {
        this.onnx = onnx;
        uses = uses(model);
    }

    /** Finds the initializers; refuses a file in which a layer has none, or shares one with another layer. */
    static MergedOnnx of(OnnxInitializers onnx, PretrainedModel base, Optional<AdapterSet> adapters)
            throws IOException {
        MergedOnnx merged = new MergedOnnx(onnx, base.model());
        if (adapters.isPresent()) {
            Map<Numbers, List<String>> initializers = merged.matrices();
            List<String> needed =
                    base.model().encoderLinears().stream().map(Linear::name).toList();
            for (LayerAdapter adapter : adapters.get().adapters()) {
                try (INDArray weight = base.weights().read(adapter.name() + ".weight")) {
                    merged.find(adapter, weight, initializers, needed.contains(adapter.name()));
                }
            }
        }
        return merged;
    }

    private Map<Numbers, List<String>> matrices() throws IOException {
        Map<Numbers, List<String>> matrices = new HashMap<>();
        for (String name : onnx.names()) {
            if (onnx.dataType(name) == DataType.FLOAT && onnx.shape(name).length == 2) {
                try (INDArray matrix = onnx.read(name)) {
                    matrices.computeIfAbsent(Numbers.of(matrix), numbers -> new ArrayList<>())
                            .add(name);
                }
            }
        }
        return matrices;
    }

    /** Finds the initializers of a layer. A layer that vectors do not depend on, such as a pooler, may have none. */
    private void find(LayerAdapter adapter, INDArray weight, Map<Numbers, List<String>> initializers, boolean needed)
            throws IOException {
        List<String> asInOut = initializers.getOrDefault(Numbers.of(weight), List.of());
        List<String> asOutIn = initializers.getOrDefault(Numbers.of(weight.transpose()), List.of());
        if (asInOut.size() + asOutIn.size() == 0 && !needed) {
            return;
        }
        if (asInOut.size() + asOutIn.size() == 0) {
            throw new IOException(onnx.location() + ": no initializer has the weight of layer " + adapter.name() + ", "
                    + Arrays.toString(weight.shape()) + ", to the bit; " + others());
        }
        List<String> names = Stream.concat(asInOut.stream(), asOutIn.stream()).toList();
        long found = onnx.nodes().stream()
                .flatMap(node -> node.inputs().stream())
                .filter(names::contains)
                .count();
        long own = uses.getOrDefault(adapter.name(), 1L);
        if (found > own || names.size() > own || names.stream().anyMatch(places::containsKey)) {
            throw new IOException(onnx.location() + ": initializer '" + names.get(0) + "' has the weight of layer "
                    + adapter.name() + ", and is not that layer's alone: the same numbers are used elsewhere");
        }
        if (own > 1 && found < own) {
            throw new IOException(
                    onnx.location() + ": initializer '" + names.get(0) + "' has the weight of layer "
                            + adapter.name() + " and is used " + found + " times, expected " + own
                            + ": a product of it with the"
                            + " relative embeddings is a constant of its own. Expected a file exported without that optimization");
        }
        names.forEach(name -> places.put(name, new Place(adapter, !asInOut.contains(name))));
    }

    /** Returns the number of uses of each layer that is used more than once: shared projections are used for relative embeddings too. */
    private static Map<String, Long> uses(Transformer model) {
        return model.blocks().stream()
                .flatMap(block -> {
                    Attention attention = block.attention();
                    return attention.positions() instanceof Positions.Disentangled relative
                            ? Stream.of(
                                    Stream.of(attention.query(), attention.key()),
                                    relative.keys().stream(),
                                    relative.queries().stream())
                            : Stream.<Stream<Linear>>empty();
                })
                .flatMap(linears -> linears)
                .collect(Collectors.groupingBy(Linear::name, Collectors.counting()));
    }

    /** Explains why no initializer may match. */
    private String others() {
        Set<String> stored = onnx.names().stream()
                .filter(name -> onnx.shape(name).length == 2 && onnx.dataType(name) != DataType.FLOAT)
                .map(onnx::storage)
                .collect(Collectors.toCollection(TreeSet::new));
        return stored.isEmpty()
                ? "expected the ONNX file of this base model"
                : "the file has matrices stored as " + String.join(", ", stored) + ", expected FLOAT inside the file";
    }

    @Override
    public String location() {
        return "merged " + onnx.location();
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(places.keySet());
    }

    @Override
    public long[] shape(String name) {
        return onnx.shape(name);
    }

    @Override
    public DataType dataType(String name) {
        return DataType.FLOAT;
    }

    @Override
    public INDArray read(String name) {
        Place place = places.get(name);
        INDArray merged = place.adapter().merge(DataType.FLOAT);
        if (!place.transposed()) {
            return merged;
        }
        INDArray transposed = merged.transpose().dup('c');
        merged.close();
        return transposed;
    }

    @Override
    public void close() {
        // The caller closes the file and the adapters.
    }
}
