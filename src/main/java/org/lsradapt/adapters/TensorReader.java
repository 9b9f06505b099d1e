package org.lsradapt.adapters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsradapt.io.TensorSource;
import org.lsradapt.lsr.KroneckerSum;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ParameterNames;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Reads the tensors of an adapter, after checking that they are those that its configuration asks for. */
final class TensorReader {

    private final TensorSource tensors;
    private final AdapterConfigFile file;
    private final Map<String, INDArray> read = new LinkedHashMap<>();

    TensorReader(TensorSource tensors, AdapterConfigFile file) {
        this.tensors = tensors;
        this.file = file;
    }

    SavedAdapter read(String location) throws IOException {
        checkNames();
        for (String layer : file.adapters().keySet()) {
            checkLayer(layer);
        }
        checkHead();
        try {
            List<SavedLayer> layers = new ArrayList<>();
            for (String layer : layersInOrder()) {
                LsrConfig config = file.adapters().get(layer);
                layers.add(new SavedLayer(
                        layer,
                        config,
                        sum(ParameterNames.ofA(layer, config), config.separationRank()),
                        sum(ParameterNames.ofB(layer, config), config.separationRank())));
            }
            for (String name : file.headParameters()) {
                read.put(name, transposed(tensors.read(AdapterFolder.PREFIX + name)));
            }
            return new SavedAdapter(location, file, layers, read);
        } catch (IOException | RuntimeException e) {
            read.values().forEach(INDArray::close);
            throw e;
        }
    }

    /**
     * The layers in the order of their tensors, which is the one in which they were adapted: in the configuration,
     * layers of one kind stand together.
     */
    private Set<String> layersInOrder() {
        Map<String, String> layerOf = new HashMap<>();
        file.adapters().forEach((layer, config) -> {
            ParameterNames a = ParameterNames.ofA(layer, config);
            ParameterNames b = ParameterNames.ofB(layer, config);
            a.factors().forEach(name -> layerOf.put(AdapterFolder.PREFIX + name, layer));
            b.factors().forEach(name -> layerOf.put(AdapterFolder.PREFIX + name, layer));
        });
        Set<String> order = new LinkedHashSet<>();
        for (String name : tensors.names()) {
            if (layerOf.containsKey(name)) {
                order.add(layerOf.get(name));
            }
        }
        return order;
    }

    /** The file must hold the tensors that the configuration asks for, of their types, and no others. */
    private void checkNames() throws IOException {
        Map<String, DataType> wanted = new LinkedHashMap<>();
        file.adapters().forEach((layer, config) -> {
            add(wanted, ParameterNames.ofA(layer, config));
            add(wanted, ParameterNames.ofB(layer, config));
        });
        for (String name : file.headParameters()) {
            wanted.put(AdapterFolder.PREFIX + name, DataType.FLOAT);
        }
        for (Map.Entry<String, DataType> entry : wanted.entrySet()) {
            String name = entry.getKey();
            if (!tensors.has(name)) {
                throw new IOException(tensors.location() + ": there is no tensor '" + name + "', which "
                        + AdapterConfigFile.NAME + " asks for");
            }
            if (tensors.dataType(name) != entry.getValue()) {
                throw failure(name, "is " + tensors.dataType(name) + ", expected " + entry.getValue());
            }
        }
        for (String name : tensors.names()) {
            if (!wanted.containsKey(name)) {
                throw failure(name, "is not one that " + AdapterConfigFile.NAME + " asks for");
            }
        }
    }

    private void add(Map<String, DataType> wanted, ParameterNames names) {
        for (String name : names.factors()) {
            wanted.put(AdapterFolder.PREFIX + name, FactorFormat.type(file.storage()));
            if (file.storage().isScaled()) {
                wanted.put(AdapterFolder.PREFIX + name + FactorFormat.SCALE, DataType.FLOAT);
            }
        }
        if (names.termWeights() != null) {
            wanted.put(AdapterFolder.PREFIX + names.termWeights(), DataType.FLOAT);
        }
    }

    /** The layer's width is what the factors multiply up to; all else follows from it and the configuration. */
    private void checkLayer(String layer) throws IOException {
        LsrConfig config = file.adapters().get(layer);
        ParameterNames a = ParameterNames.ofA(layer, config);
        ParameterNames b = ParameterNames.ofB(layer, config);
        List<Integer> rank = config.resolvedRankFactors();
        List<Integer> in = split(a, 1, size -> config.inFactors(size));
        List<Integer> out = split(b, 2, size -> config.outFactors(size));
        checkShapes(a, config.separationRank(), in, rank);
        checkShapes(b, config.separationRank(), rank, out);
    }

    @FunctionalInterface
    private interface Split {
        List<Integer> of(int size);
    }

    /** The factor sizes that the configuration gives a dimension, whose size is the product along an axis. */
    private List<Integer> split(ParameterNames names, int axis, Split split) throws IOException {
        String first = AdapterFolder.PREFIX + names.factors().get(0);
        long product = 1;
        for (String name : names.factors()) {
            long[] shape = tensors.shape(AdapterFolder.PREFIX + name);
            if (shape.length != 3 || shape[axis] < 1 || product * shape[axis] > Integer.MAX_VALUE) {
                throw failure(AdapterFolder.PREFIX + name, "is " + Arrays.toString(shape)
                        + ", expected [s, rows, cols] of a Kronecker factor");
            }
            product *= shape[axis];
        }
        try {
            return split.of((int) product);
        } catch (IllegalArgumentException e) {
            throw failure(first, "and its fellow factors: " + e.getMessage());
        }
    }

    private void checkShapes(ParameterNames names, int s, List<Integer> rows, List<Integer> cols)
            throws IOException {
        for (int i = 0; i < names.factors().size(); i++) {
            String name = names.factors().get(i);
            checkShape(name, FactorFormat.storedTerms(s, file.storage()), rows.get(i), cols.get(i));
            if (file.storage().isScaled()) {
                checkShape(name + FactorFormat.SCALE, s);
            }
        }
        if (names.termWeights() != null) {
            checkShape(names.termWeights(), s);
        }
    }

    /** Weights come as [outputs, features], biases as [features or outputs]; the last layer gives the outputs. */
    private void checkHead() throws IOException {
        List<String> names = file.headParameters();
        int outputs = file.card().map(card -> card.task().outputs()).orElse(0);
        for (String parameter : names) {
            String name = AdapterFolder.PREFIX + parameter;
            long[] shape = tensors.shape(name);
            boolean last = layerOf(parameter).equals(layerOf(names.get(names.size() - 1)));
            if (shape.length < 1 || shape.length > 2 || (last && shape[0] != outputs)) {
                throw failure(name, "is " + Arrays.toString(shape) + ", expected " + (last ? outputs : "*")
                        + " rows of a head's weight or bias");
            }
        }
    }

    private static String layerOf(String parameter) {
        return parameter.substring(0, parameter.lastIndexOf('.') + 1);
    }

    private void checkShape(String name, long... expected) throws IOException {
        long[] found = tensors.shape(AdapterFolder.PREFIX + name);
        if (!Arrays.equals(found, expected)) {
            throw failure(AdapterFolder.PREFIX + name, "is " + Arrays.toString(found) + ", "
                    + AdapterConfigFile.NAME + " asks for " + Arrays.toString(expected));
        }
    }

    private IOException failure(String tensor, String complaint) {
        return new IOException(tensors.location() + ": tensor '" + tensor + "' " + complaint);
    }

    private KroneckerSum sum(ParameterNames names, int s) throws IOException {
        List<INDArray> factors = new ArrayList<>();
        for (String name : names.factors()) {
            factors.add(kept(name, FactorFormat.read(tensors, AdapterFolder.PREFIX + name, s, file.storage())));
        }
        INDArray weights = names.termWeights() == null
                ? null
                : kept(names.termWeights(), tensors.read(AdapterFolder.PREFIX + names.termWeights()));
        return KroneckerSum.of(factors, weights);
    }

    private INDArray kept(String name, INDArray array) {
        read.put(name, array);
        return array;
    }

    /** From Hugging Face's orientation to this library's. */
    private static INDArray transposed(INDArray array) {
        if (array.rank() != 2) {
            return array;
        }
        INDArray transposed = array.transpose().dup('c');
        array.close();
        return transposed;
    }
}
