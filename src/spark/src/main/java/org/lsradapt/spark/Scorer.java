package org.lsradapt.spark;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.transformer.inputs.ModelInput;

/** Scores texts with adapters and their heads on one base model. Safe for many threads. */
final class Scorer implements AutoCloseable {
    private static final int BATCH = 32;

    /** Everything an executor needs to score: the base model, and adapters by name. */
    record Task(BaseReference base, TreeMap<String, AdapterFiles> adapters) implements Serializable {}

    private final BaseModel base;
    private final MultiAdapterModel model;
    private final Map<String, AdapterCard> cards = new HashMap<>();

    /** The number of tasks that use the scorer; guarded by the lock of {@link WorkerModels}'s scorers. */
    int users;

    /** A text to score with the named adapter, or a pair if there is a second text. */
    record Input(String adapter, String first, Optional<String> second) {}

    Scorer(Task task) throws IOException {
        base = WorkerModels.base(task.base());
        try (CloseOnFailure opened = new CloseOnFailure()) {
            model = opened.add(new MultiAdapterModel(base.weights(), Backends.standard()));
            for (Map.Entry<String, AdapterFiles> adapter : task.adapters().entrySet()) {
                try (SavedAdapter saved = adapter.getValue().load()) {
                    cards.put(adapter.getKey(), saved.requireBase(base.name(), base.fingerprint()));
                    model.add(adapter.getKey(), saved);
                }
            }
            opened.release(model);
        }
    }

    List<String> labels(String adapter) {
        return card(adapter).task().labels();
    }

    private AdapterCard card(String adapter) {
        AdapterCard card = cards.get(adapter);
        Require.argument(card != null, "scoring: there is no adapter '%s', expected one of %s", adapter, model.names());
        return card;
    }

    /** Returns a row of logits per input, in the inputs' order; computes them in batches of similar length. */
    double[][] outputs(List<Input> inputs) {
        List<ModelInput> tokens = new ArrayList<>(inputs.size());
        for (Input input : inputs) {
            AdapterCard card = card(input.adapter());
            Require.argument(
                    card.task().pairs() == input.second().isPresent(),
                    "scoring: adapter '%s' was trained on %s, expected %s second text column",
                    input.adapter(),
                    card.task().pairs() ? "pairs" : "single texts",
                    card.task().pairs() ? "a" : "no");
            tokens.add(base.tokenizer().encode(input.first(), input.second().orElse(null), card.maxLength()));
        }
        List<Integer> order = IntStream.range(0, inputs.size())
                .boxed()
                .sorted(Comparator.comparingInt(i -> tokens.get(i).length()))
                .toList();
        double[][] outputs = new double[inputs.size()][];
        for (int from = 0; from < order.size(); from += BATCH) {
            List<Integer> batch = order.subList(from, Math.min(order.size(), from + BATCH));
            double[][] rows = model.predict(
                    batch.stream().<ModelInput>map(tokens::get).toList(),
                    batch.stream().map(i -> inputs.get(i).adapter()).toList());
            for (int i = 0; i < rows.length; i++) {
                outputs[batch.get(i)] = rows[i];
            }
        }
        return outputs;
    }

    @Override
    public void close() {
        model.close();
    }
}
