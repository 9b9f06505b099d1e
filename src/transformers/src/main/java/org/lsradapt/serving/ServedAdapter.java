package org.lsradapt.serving;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.transformer.TransformerWeights;

/**
 * One adapter and its head, never written. Counts its users, including the registry, and frees its memory when the last
 * one releases it.
 */
final class ServedAdapter {
    /** No adapter and no head: the base model. Owns nothing. */
    static final ServedAdapter BASE = new ServedAdapter(Optional.empty(), Optional.empty());

    /** About the bytes of the objects that hold an adapter. */
    private static final int OBJECTS = 1000;

    private final Optional<DenseUpdates> updates;
    private final Optional<SequenceHead> head;
    private final AtomicInteger users = new AtomicInteger(1);

    /** Takes ownership of both; the caller is the first user. */
    ServedAdapter(Optional<DenseUpdates> updates, Optional<SequenceHead> head) {
        this.updates = updates;
        this.head = head;
    }

    /** Copies an adapter and a head; refuses those whose type, layers or head do not fit the base model. */
    static ServedAdapter copy(
            String name, Optional<AdapterSet> adapters, Optional<SequenceHead> head, TransformerWeights base) {
        adapters.ifPresent(set -> requireFits(name, set, base));
        return withHead(adapters.map(DenseUpdates::of), head, base);
    }

    /** Copies an adapter without a head and without a check of layers: some may be another tower's. */
    static ServedAdapter ofTower(AdapterSet adapters) {
        return new ServedAdapter(Optional.of(DenseUpdates.of(adapters)), Optional.empty());
    }

    /** Takes ownership of the updates, which are closed if the head does not fit, and copies the head. */
    static ServedAdapter withHead(
            Optional<DenseUpdates> updates, Optional<SequenceHead> head, TransformerWeights base) {
        try {
            return new ServedAdapter(updates, head.map(given -> given.copyOn(base)));
        } catch (RuntimeException e) {
            updates.ifPresent(DenseUpdates::close);
            throw e;
        }
    }

    private static void requireFits(String name, AdapterSet adapters, TransformerWeights base) {
        Require.type("add adapter", name, adapters.values(), base.dataType(), "the base model");
        Map<String, FrozenLinear> layers = new HashMap<>();
        base.linearLayers().forEach(layer -> layers.put(layer.name(), layer));
        adapters.adapters().forEach(adapter -> {
            FrozenLinear layer = layers.get(adapter.name());
            Require.argument(
                    layer != null,
                    "add adapter: '%s' adapts layer %s, which the base model has not",
                    name,
                    adapter.name());
            Require.argument(
                    adapter.layer().inFeatures() == layer.inFeatures()
                            && adapter.layer().outFeatures() == layer.outFeatures(),
                    "add adapter: the weight of %s is [%d, %d], expected [%d, %d] (the base model's)",
                    adapter.name(),
                    adapter.layer().inFeatures(),
                    adapter.layer().outFeatures(),
                    layer.inFeatures(),
                    layer.outFeatures());
        });
    }

    /** Bytes of memory: matrices or coefficients, and the parameters of a head of its own with room for gradients. */
    long bytes() {
        return OBJECTS
                + updates.map(DenseUpdates::bytes).orElse(0L)
                + head.filter(one -> !one.isShared())
                        .map(one -> 2
                                * one.values().length()
                                * one.values().dataType().width())
                        .orElse(0L);
    }

    Optional<DenseUpdates> updates() {
        return updates;
    }

    Optional<SequenceHead> head() {
        return head;
    }

    /** Adds a user; returns false if the last user has released the adapter. */
    boolean acquire() {
        return users.getAndUpdate(n -> n == 0 ? 0 : n + 1) > 0;
    }

    /** Removes a user; the last one frees the memory. */
    void release() {
        if (users.decrementAndGet() == 0) {
            updates.ifPresent(DenseUpdates::close);
            head.ifPresent(SequenceHead::close);
        }
    }
}
