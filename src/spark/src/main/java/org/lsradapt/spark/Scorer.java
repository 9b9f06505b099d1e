package org.lsradapt.spark;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.HeadSource;
import org.lsradapt.finetuning.SavedModel;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.serving.ServedSource;
import org.lsradapt.spark.internal.AdapterFiles;
import org.lsradapt.spark.internal.BaseReference;
import org.lsradapt.spark.internal.WorkerModels;
import org.lsradapt.transformer.inputs.ModelInput;

/** Scores inputs with adapters on one base model. Safe for many threads. */
final class Scorer implements AutoCloseable {
    private static final int BATCH = 32;

    /**
     * Everything an executor needs to score.
     *
     * @param store the folder of adapters by key, and its version; empty for none
     */
    // JDK 25 warns of each component whose static type is not serializable, such as a list.
    @SuppressWarnings("serial")
    record Task(BaseReference base, TreeMap<String, AdapterFiles> adapters, List<String> store, TaskRows rows)
            implements Serializable {}

    private final Task task;
    private final BaseModel base;
    private final Optional<KeyedStore> store;
    private final MultiAdapterModel model;
    private final Map<String, AdapterCard> cards = new HashMap<>();
    private final Map<String, FineTunedModel> views = new ConcurrentHashMap<>();

    /** The number of tasks that use the scorer; guarded by the lock of {@link Scorers}. */
    int users;

    /** The values of a row's scored columns, texts or lists of texts, to score with the named adapter. */
    record Input(String adapter, List<Object> values) {
        String text(int column) {
            return (String) values.get(column);
        }

        @SuppressWarnings("unchecked")
        List<String> words() {
            return (List<String>) values.get(0);
        }

        boolean isPair() {
            return values.size() == 2;
        }
    }

    Scorer(Task task) throws IOException {
        this.task = task;
        base = WorkerModels.base(task.base());
        try (CloseOnFailure opened = new CloseOnFailure()) {
            store = task.store().isEmpty()
                    ? Optional.empty()
                    : Optional.of(opened.add(new KeyedStore(task.store().get(0), base)));
            model = opened.add(
                    store.isEmpty()
                            ? new MultiAdapterModel(base.weights(), Backends.standard())
                            : new MultiAdapterModel(base, Backends.standard(), ServedSource.of(store.get())));
            for (Map.Entry<String, AdapterFiles> adapter : task.adapters().entrySet()) {
                try (SavedAdapter saved = adapter.getValue().load()) {
                    cards.put(
                            adapter.getKey(),
                            saved.requireBase(base.name(), base.fingerprint(), base.encoderFingerprint()));
                    model.add(adapter.getKey(), saved);
                }
            }
            opened.release(model);
        }
    }

    /** Returns the values of the output columns for each input, in the inputs' order. */
    List<Object[]> score(List<Input> inputs) {
        return task.rows().score(this, inputs);
    }

    AdapterCard card(String adapter) {
        AdapterCard card = cards.get(store.isPresent() && !cards.containsKey(adapter) ? LsrModel.TRAINED : adapter);
        Require.argument(card != null, "scoring: there is no adapter '%s', expected one of %s", adapter, model.names());
        return card;
    }

    /** Scores the inputs of each adapter together, with the model that its folder would load. */
    <M extends FineTunedModel> List<Object[]> byAdapter(
            Class<M> type, List<Input> inputs, BiFunction<M, List<Input>, List<Object[]>> scoring) {
        Map<String, List<Integer>> groups = new LinkedHashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            groups.computeIfAbsent(inputs.get(i).adapter(), name -> new ArrayList<>())
                    .add(i);
        }
        Object[][] outputs = new Object[inputs.size()][];
        groups.forEach((adapter, indices) -> {
            List<Object[]> own = scoring.apply(
                    type.cast(view(adapter)), indices.stream().map(inputs::get).toList());
            for (int i = 0; i < own.size(); i++) {
                outputs[indices.get(i)] = own.get(i);
            }
        });
        return List.of(outputs);
    }

    private FineTunedModel view(String adapter) {
        AdapterCard card = card(adapter);
        return views.computeIfAbsent(
                adapter, name -> SavedModel.served(base, card, new HeadSource.Served(model, name)));
    }

    /** Returns the outputs of heads for texts or pairs, in batches of similar length that may have many adapters. */
    double[][] outputs(List<Input> inputs) {
        List<ModelInput> tokens = new ArrayList<>(inputs.size());
        for (Input input : inputs) {
            AdapterCard card = card(input.adapter());
            Require.argument(
                    card.task().pairs() == input.isPair(),
                    "scoring: adapter '%s' was trained on %s, expected %s second text column",
                    input.adapter(),
                    card.task().pairs() ? "pairs" : "single texts",
                    card.task().pairs() ? "a" : "no");
            tokens.add(base.tokenizer().encode(input.text(0), input.isPair() ? input.text(1) : null, card.maxLength()));
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
                    batch.stream().map(i -> served(inputs.get(i).adapter())).toList());
            for (int i = 0; i < rows.length; i++) {
                outputs[batch.get(i)] = rows[i];
            }
        }
        return outputs;
    }

    /** The name or key of the adapter that scores: the trained one for keys without an adapter in the store. */
    private String served(String adapter) {
        return store.isEmpty() || cards.containsKey(adapter) || store.get().has(adapter) ? adapter : LsrModel.TRAINED;
    }

    @Override
    public void close() {
        model.close();
        store.ifPresent(KeyedStore::close);
    }
}
