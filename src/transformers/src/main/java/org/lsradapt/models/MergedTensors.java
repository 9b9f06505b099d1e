package org.lsradapt.models;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.lsradapt.io.TensorSource;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.internal.OnceRounded;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.transformer.parts.Fused;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The tensors of a merged model, under the names and in the orientation of Hugging Face's files: linear weights are
 * [out, in], and the base model's names have its prefix. Each tensor is computed when it is read.
 */
final class MergedTensors implements TensorSource {

    private static final String WEIGHT = ".weight";

    private final MergedModel model;
    private final DataType type;
    private final Map<String, long[]> shapes = new LinkedHashMap<>();
    /** The model's tensors by the file's name; several for a fused layer, in the order of its outputs. */
    private final Map<String, List<Tensor>> base = new LinkedHashMap<>();

    private final Map<String, Parameter> head = new LinkedHashMap<>();

    MergedTensors(MergedModel model, DataType type) {
        this.model = model;
        this.type = type;
        Transformer parts = model.base().model();
        Stream<Tensor> carried = model.head().isPresent() && !model.readsEachToken()
                ? model.base().family().carried(parts).stream()
                : Stream.empty();
        for (Tensor tensor :
                Stream.concat(parts.tensors().values().stream(), carried).toList()) {
            if (model.base().weights().has(tensor.name()) && isPart(tensor.name())) {
                String path = model.embedding().isPresent()
                        ? tensor.fileName()
                        : model.base().family().path(tensor.fileName());
                base.computeIfAbsent(path, name -> new ArrayList<>()).add(tensor);
                long[] shape = tensor.fileSizes();
                tensor.fused().ifPresent(whole -> shape[0] = whole.out());
                shapes.put(path, shape);
            }
        }
        base.values()
                .forEach(fused -> fused.sort(Comparator.comparing(
                        tensor -> tensor.fused().map(Fused::from).orElse(0))));
        model.head().stream().flatMap(h -> h.parameters().stream()).forEach(parameter -> {
            head.put(parameter.name(), parameter);
            long[] shape = parameter.value().shape().clone();
            shapes.put(parameter.name(), shape.length == 2 ? transposed(shape) : shape);
        });
    }

    /** Whether the class that is written has this weight; some weights of the base model's files belong to other classes. */
    private boolean isPart(String name) {
        Transformer parts = model.base().model();
        boolean tied = parts.vocabularyHead().equals(parts.words());
        if (!tied
                && parts.vocabularyHead().stream()
                        .anyMatch(table -> table.name().equals(name))) {
            return model.head().isEmpty() && model.embedding().isEmpty();
        }
        if (model.readsEachToken()
                && parts.head().dense().stream()
                        .anyMatch(dense -> name.startsWith(dense.linear().name() + "."))) {
            return false;
        }
        boolean besideBase = model.base().family().besideBase().stream().anyMatch(name::startsWith);
        return model.embedding().isEmpty() || !besideBase;
    }

    private static long[] transposed(long[] shape) {
        return new long[] {shape[1], shape[0]};
    }

    /** Whether a weight differs from the base model's. */
    boolean isChanged(String name) {
        return head.containsKey(name)
                || base.get(name).stream()
                        .anyMatch(tensor -> adapter(tensor.name()).isPresent());
    }

    private Optional<LayerAdapter> adapter(String name) {
        return name.endsWith(WEIGHT)
                ? model.adapters().flatMap(set -> set.find(name.substring(0, name.length() - WEIGHT.length())))
                : Optional.empty();
    }

    static long bytes(TensorSource tensors) {
        long bytes = 0;
        for (String name : tensors.names()) {
            long elements = 1;
            for (long size : tensors.shape(name)) {
                elements *= size;
            }
            bytes += elements * tensors.dataType(name).width();
        }
        return bytes;
    }

    @Override
    public String location() {
        return "merged " + model.base().name();
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(shapes.keySet());
    }

    @Override
    public long[] shape(String name) {
        if (!shapes.containsKey(name)) {
            throw new IllegalArgumentException(location() + ": there is no tensor '" + name + "'");
        }
        return shapes.get(name).clone();
    }

    @Override
    public DataType dataType(String name) {
        return type;
    }

    @Override
    public INDArray read(String name) throws IOException {
        long[] shape = shape(name);
        try {
            if (head.containsKey(name)) {
                return asInFile(OnceRounded.cast(head.get(name).value(), type), true, shape);
            }
            List<Tensor> parts = base.get(name);
            if (parts.size() == 1) {
                return asInFile(baseWeight(parts.get(0).name()), parts.get(0).linear(), shape);
            }
            return joined(parts, shape);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("merged model: weight '" + name + "': " + e.getMessage(), e);
        }
    }

    private static INDArray asInFile(INDArray array, boolean linear, long[] shape) {
        if (array.rank() == 1 || !linear) {
            return array.rank() == shape.length ? array : array.reshape('c', shape);
        }
        INDArray transposed = array.transpose().dup('c');
        array.close();
        return shape.length == 2 ? transposed : transposed.reshape('c', shape);
    }

    private INDArray joined(List<Tensor> parts, long[] shape) throws IOException {
        INDArray whole = Nd4j.createUninitialized(type, shape, 'c');
        for (Tensor part : parts) {
            int from = part.fused().orElseThrow().from();
            long[] size = part.fileSizes();
            try (INDArray array = asInFile(baseWeight(part.name()), part.linear(), size)) {
                long width = array.length() / size[0];
                Views.piece(whole, from * width, size).assign(array);
            }
        }
        return whole;
    }

    /** Returns the weight in this library's orientation. */
    private INDArray baseWeight(String name) throws IOException {
        Optional<LayerAdapter> adapter = adapter(name);
        if (adapter.isPresent()) {
            return adapter.get().merge(type);
        }
        INDArray weight = model.base().weights().read(name);
        INDArray rounded = OnceRounded.cast(weight, type);
        weight.close();
        return rounded;
    }

    @Override
    public void close() {
        // The caller closes the model's parts.
    }
}
