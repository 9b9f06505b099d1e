package org.lsradapt.adapters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Reads the tensors of an adapter after checking them against its configuration. */
final class TensorReader {

    private final String location;
    private final String config;
    private final SafeTensors tensors;
    private final AdapterConfigFile file;

    TensorReader(Path folder, SafeTensors tensors, AdapterConfigFile file) {
        this(folder.toString(), folder.resolve(AdapterConfigFile.NAME).toString(), tensors, file);
    }

    /** Reads from both files' content, from any source; the locations are for messages. */
    TensorReader(String location, String config, SafeTensors tensors, AdapterConfigFile file) {
        this.location = location;
        this.config = config;
        this.tensors = tensors;
        this.file = file;
    }

    /** Reads the layers and the head; the configuration's bytes are compared with the seal. */
    SavedAdapter read(byte[] content) throws IOException {
        checkNames();
        Map<String, AdapterKind.Size> sizes = new HashMap<>();
        for (Map.Entry<String, StoredConfig<?>> layer : file.adapters().entrySet()) {
            StoredConfig<?> stored = layer.getValue();
            sizes.put(layer.getKey(), stored.size(new LayerTensors(layer.getKey(), stored, tensors, file.storage())));
        }
        checkHead();
        ConfigSeal.require(config, content, tensors);
        try (CloseOnFailure opened = new CloseOnFailure()) {
            List<LayerArrays> layers = new ArrayList<>();
            for (String layer : layersInOrder()) {
                StoredConfig<?> stored = file.adapters().get(layer);
                Map<String, INDArray> arrays = new LinkedHashMap<>();
                for (String name : stored.tensors(layer)) {
                    String place = AdapterFolder.PREFIX + stored.place(layer, name);
                    arrays.put(name, opened.add(FactorFormat.read(tensors, place, file.storage())));
                }
                layers.add(new LayerArrays(layer, stored.config(), sizes.get(layer), arrays, stored.sharing(layer)));
            }
            checkShared(layers);
            for (LayerArrays layer : layers) {
                Optional<String> flaw = file.adapters().get(layer.name()).flaw(layer.name(), layer.arrays());
                if (flaw.isPresent()) {
                    throw new IOException(tensors.location() + ": layer '" + layer.name() + "': " + flaw.get());
                }
            }
            Map<String, INDArray> head = new LinkedHashMap<>();
            for (String name : file.headParameters()) {
                head.put(name, opened.add(transposed(tensors.readFinite(AdapterFolder.PREFIX + name))));
            }
            return opened.release(new SavedAdapter(location, config, file, layers, head));
        }
    }

    /**
     * The layers in the order of their tensors, which is the order of adaptation; the configuration groups layers by settings instead.
     * Layers without a tensor of their own follow.
     */
    private Set<String> layersInOrder() {
        Map<String, String> layerOf = new HashMap<>();
        file.adapters()
                .forEach((layer, stored) ->
                        stored.ownTensors(layer).forEach(name -> layerOf.put(AdapterFolder.PREFIX + name, layer)));
        Set<String> order = new LinkedHashSet<>();
        for (String name : tensors.names()) {
            if (layerOf.containsKey(name)) {
                order.add(layerOf.get(name));
            }
        }
        order.addAll(file.adapters().keySet());
        return order;
    }

    /** The file must hold exactly the tensors that the configuration requires, with their types. */
    private void checkNames() throws IOException {
        Map<String, DataType> wanted = new LinkedHashMap<>();
        file.adapters().forEach((layer, stored) -> {
            stored.ownTensors(layer).forEach(name -> wanted.put(AdapterFolder.PREFIX + name, DataType.FLOAT));
            if (file.storage().isScaled()) {
                stored.factors(layer).forEach(name -> addScaled(wanted, name));
            }
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

    private void addScaled(Map<String, DataType> wanted, String factor) {
        wanted.put(AdapterFolder.PREFIX + factor, FactorFormat.type(file.storage()));
        wanted.put(AdapterFolder.PREFIX + factor + FactorFormat.SCALE, DataType.FLOAT);
    }

    /** Weights are [outputs, features], biases [features or outputs]; the last layer determines the outputs. */
    private void checkHead() throws IOException {
        List<String> names = file.headParameters();
        int outputs = file.card().map(card -> card.task().outputs()).orElse(0);
        for (String parameter : names) {
            String name = AdapterFolder.PREFIX + parameter;
            long[] shape = tensors.shape(name);
            boolean last = layerOf(parameter).equals(layerOf(names.get(names.size() - 1)));
            if (shape.length < 1 || shape.length > 2 || (last && shape[0] != outputs)) {
                throw failure(
                        name,
                        "is " + Arrays.toString(shape) + ", expected " + (last ? outputs : "*")
                                + " rows of a head's weight or bias");
            }
        }
    }

    /** Parameters that layers share and that are stored with several of them must be equal. */
    private void checkShared(List<LayerArrays> layers) throws IOException {
        Map<LayerArrays.Fellows, LayerArrays> firsts = new HashMap<>();
        for (LayerArrays layer : layers) {
            LayerArrays first = firsts.computeIfAbsent(layer.fellows(), fellows -> layer);
            for (int i = 0; i < layer.shared().size(); i++) {
                String name = layer.shared().get(i);
                INDArray other = first.arrays().get(first.shared().get(i));
                if (!Arrays.equals(
                        layer.arrays().get(name).data().asFloat(), other.data().asFloat())) {
                    throw failure(
                            AdapterFolder.PREFIX + name,
                            "differs from that of layer '" + first.name()
                                    + "', expected the same numbers, as both layers share them");
                }
            }
        }
    }

    private static String layerOf(String parameter) {
        return parameter.substring(0, parameter.lastIndexOf('.') + 1);
    }

    private IOException failure(String tensor, String complaint) {
        return new IOException(tensors.location() + ": tensor '" + tensor + "' " + complaint);
    }

    /** Converts Hugging Face's orientation to this library's. */
    private static INDArray transposed(INDArray array) {
        if (array.rank() != 2) {
            return array;
        }
        INDArray transposed = array.transpose().dup('c');
        array.close();
        return transposed;
    }
}
