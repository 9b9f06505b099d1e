package org.lsradapt.models;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.lsradapt.io.internal.frameworks.OnnxHead;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.internal.OnceRounded;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Head;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A trained head as nodes of ONNX. */
final class MergedOnnxHead {

    private final MergedModel model;
    private final Map<String, INDArray> trained;

    private MergedOnnxHead(MergedModel model) {
        this.model = model;
        trained = model.head().orElseThrow().parameters().stream()
                .collect(Collectors.toMap(Parameter::name, Parameter::value));
    }

    /** Creates the nodes after the last hidden states; refuses a head or an activation that is not supported. */
    static OnnxHead of(MergedModel model, String hidden) throws IOException {
        return new MergedOnnxHead(model).nodes(new OnnxHead(hidden));
    }

    private OnnxHead nodes(OnnxHead nodes) throws IOException {
        Head part = model.head().orElseThrow().part();
        Require.argument(
                part.row() == Head.Row.FIRST || part.row() == Head.Row.EACH,
                "merged model: %s reads %s, only a head that reads the first token or each is written as ONNX",
                model.architecture(),
                part.row() == Head.Row.LAST ? "the last token" : "a mean");
        if (part.row() == Head.Row.FIRST) {
            nodes.firstToken();
        }
        if (part.dense().isPresent() && model.head().orElseThrow().hasDenseLayer()) {
            Head.Dense dense = part.dense().get();
            Require.argument(
                    dense.norm().isEmpty(),
                    "merged model: %s normalizes within its head, which is not written as ONNX",
                    model.architecture());
            linear(nodes, dense.linear().name());
            activate(nodes, dense.activation());
        }
        linear(nodes, part.output());
        return model.task().outputNames().isEmpty() ? nodes : nodes.startAndEnd();
    }

    private OnnxHead linear(OnnxHead nodes, String name) throws IOException {
        if (trained.containsKey(name + ".weight")) {
            try (INDArray weight = rounded(trained.get(name + ".weight"));
                    INDArray bias = trained.containsKey(name + ".bias") ? rounded(trained.get(name + ".bias")) : null) {
                return nodes.linear(name, weight, bias);
            }
        }
        try (INDArray weight = merged(name);
                INDArray bias = model.base().weights().read(name + ".bias")) {
            return nodes.linear(name, weight, bias);
        }
    }

    private INDArray merged(String name) throws IOException {
        Optional<LayerAdapter> adapter = model.adapters().flatMap(set -> set.find(name));
        if (adapter.isPresent()) {
            return adapter.get().merge(DataType.FLOAT);
        }
        return model.base().weights().read(name + ".weight");
    }

    private static INDArray rounded(INDArray values) {
        return OnceRounded.cast(values, DataType.FLOAT);
    }

    private static void activate(OnnxHead nodes, Activation activation) {
        switch (activation) {
            case GELU -> nodes.gelu();
            case RELU -> nodes.relu();
            case TANH -> nodes.tanh();
            default ->
                throw new IllegalArgumentException("merged model: a head with activation " + activation.label()
                        + " is not written as ONNX, expected gelu, relu or tanh");
        }
    }
}
