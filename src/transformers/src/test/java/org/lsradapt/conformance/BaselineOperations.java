package org.lsradapt.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.conformance.LibraryPort.Exchange;
import org.lsradapt.conformance.LibraryPort.Operation;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What {@link BaselineCases} and {@link SharedCases} ask for. */
final class BaselineOperations {

    private BaselineOperations() {}

    static void addTo(Map<String, Operation> operations) {
        operations.put("initialize-kronecker", BaselineOperations::initialize);
        operations.put("kronecker", BaselineOperations::kronecker);
        operations.put("read-kinds", BaselineOperations::readKinds);
        operations.put("initialize-shared", BaselineOperations::initialize);
        operations.put("shared", BaselineOperations::kronecker);
    }

    /** Weights of 0. */
    private static List<FrozenLinear> layers(JsonNode settings) {
        List<FrozenLinear> layers = new ArrayList<>();
        for (JsonNode layer : settings.get("layers")) {
            INDArray weight = Nd4j.zeros(
                    DataType.DOUBLE,
                    layer.get("in").intValue(),
                    layer.get("out").intValue());
            layers.add(FrozenLinear.of(layer.get("name").textValue(), weight));
        }
        return layers;
    }

    private static AdapterSet adapters(JsonNode settings) {
        JsonNode adapter = settings.get("adapter");
        AdapterConfig config = adapter.has("method") ? BaselineCases.config(adapter) : SharedCases.config(adapter);
        return AdapterSet.create(layers(settings), config, Backends.standard());
    }

    private static void initialize(Exchange exchange) {
        JsonNode sets = exchange.settings().get("sets");
        for (int i = 0; i < sets.size(); i++) {
            try (AdapterSet set = adapters(sets.get(i))) {
                for (LayerAdapter adapter : set.adapters()) {
                    for (Parameter parameter : adapter.parameters()) {
                        exchange.out()
                                .put(
                                        i + "." + parameter.name(),
                                        parameter.value().dup('c'));
                    }
                }
            }
        }
    }

    private static void kronecker(Exchange exchange) {
        Map<String, INDArray> in = exchange.in();
        try (AdapterSet set = adapters(exchange.settings())) {
            set.adapters().forEach(adapter -> SumOperations.assign(adapter.parameters(), in));
            set.materialize();
            set.zeroGradients();
            for (LayerAdapter adapter : set.adapters()) {
                String name = adapter.name();
                INDArray x = in.get(name + ".x");
                INDArray y =
                        Nd4j.zeros(DataType.DOUBLE, x.size(0), adapter.layer().outFeatures());
                INDArray gradX = Nd4j.zeros(DataType.DOUBLE, x.shape());
                try (LayerUpdate use = set.use(name, 0)) {
                    use.forward(new int[] {0, (int) x.size(0)}, x, y);
                    use.backward(x, in.get(name + ".grad_y"), gradX);
                }
                exchange.out().put(name + ".delta", adapter.deltaWeight());
                exchange.out().put(name + ".y", y);
                exchange.out().put(name + ".grad_x", gradX);
            }
            set.collectGradients();
            for (LayerAdapter adapter : set.adapters()) {
                for (Parameter parameter : adapter.parameters()) {
                    exchange.out()
                            .put(
                                    "grad." + parameter.name(),
                                    parameter.gradient().dup('c'));
                }
            }
        }
    }

    private static void readKinds(Exchange exchange) throws IOException {
        try (SavedAdapter saved = AdapterFolder.load(exchange.folder().resolve(FolderCases.FOLDER));
                AdapterSet set = saved.adapters(layers(exchange.settings()), Backends.standard())) {
            ArrayNode kinds = exchange.scalars().putArray("kinds");
            for (LayerAdapter adapter : set.adapters()) {
                kinds.addObject()
                        .put("layer", adapter.name())
                        .put("kind", adapter.config().kind());
                exchange.out().put("delta." + adapter.name(), adapter.deltaWeight());
            }
        }
    }
}
