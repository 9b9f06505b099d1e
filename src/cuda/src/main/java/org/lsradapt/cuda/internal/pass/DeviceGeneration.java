package org.lsradapt.cuda.internal.pass;

import java.util.Collections;
import java.util.Optional;
import org.lsradapt.cuda.internal.TooLittleMemory;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.NextTokenPass;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerWeights;

/** Continues sequences on a device, which caches keys and values of earlier tokens. Passes of one engine take turns. */
final class DeviceGeneration implements NextTokenPass {
    private final Engine engine;
    private final TransformerWeights weights;
    private final ServedAdapters adapters;
    private final DeviceCache cache;
    private final DevicePass pass;
    private final DeviceLayer vocabulary;

    DeviceGeneration(Engine engine, TransformerWeights weights) {
        this.engine = engine;
        this.weights = weights;
        adapters = new ServedAdapters(engine);
        cache = new DeviceCache(engine.device, weights.model());
        pass = engine.openServing(weights, adapters, Optional.of(cache));
        try {
            vocabulary = engine.uploaded(weights).logits();
        } catch (RuntimeException e) {
            pass.close();
            throw e;
        }
    }

    @Override
    public Sequence begin(int capacity, Optional<DenseUpdates> updates) {
        Require.argument(
                capacity >= 1 && capacity <= weights.model().maxTokens(),
                "key-value cache: room for %d tokens, expected 1 to the model's %d",
                capacity,
                weights.model().maxTokens());
        synchronized (engine) {
            try (TransformerWeights.Use use = weights.use()) {
                adapters.use(Collections.singletonList(updates.orElse(null)));
                long taken = cache.bytes();
                long room = DeviceCache.bytes(weights.model(), capacity) - taken;
                TooLittleMemory.require(
                        engine.device,
                        room,
                        "generate fewer tokens, or compute on the CPU",
                        "keys and values of %,d tokens take %s",
                        capacity,
                        TooLittleMemory.gib(room + taken));
                cache.begin(capacity);
                pass.countAgain();
            }
        }
        return new Tokens(updates);
    }

    private final class Tokens implements Sequence {
        private final Optional<DenseUpdates> updates;

        Tokens(Optional<DenseUpdates> updates) {
            this.updates = updates;
        }

        @Override
        public int tokens() {
            return cache.tokens();
        }

        @Override
        public void clear() {
            cache.clear();
        }

        @Override
        public double[] logits(int[] ids) {
            updates.ifPresent(DenseUpdates::requireUnmerged);
            int past = cache.tokens();
            Require.argument(
                    past + ids.length <= cache.capacity(),
                    "pass: %d tokens after %d, the cache has room for %d",
                    ids.length,
                    past,
                    cache.capacity());
            synchronized (engine) {
                try (TransformerWeights.Use use = weights.use()) {
                    long hidden = pass.hidden(TokenBatch.next(ids, past, weights.model()));
                    long z = pass.arena().floats(1, vocabulary.out());
                    vocabulary.forward(hidden, z, 1);
                    cache.advance(ids.length);
                    return engine.transfers.down(z, vocabulary.out());
                }
            }
        }

        @Override
        public void close() {
            synchronized (engine) {
                cache.close();
            }
        }
    }

    /** A second call does nothing. */
    @Override
    public void close() {
        synchronized (engine) {
            pass.close();
        }
    }
}
