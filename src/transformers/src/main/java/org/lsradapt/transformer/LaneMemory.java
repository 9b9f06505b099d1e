package org.lsradapt.transformer;

import java.util.HashMap;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.transformer.PassMemory.Pass;
import org.lsradapt.transformer.internal.Heads;
import org.lsradapt.transformer.internal.Kernels;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Embeddings;
import org.lsradapt.transformer.parts.FeedForward;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.RelativeEmbeddings;
import org.lsradapt.transformer.parts.Transformer;

/**
 * Counts the numbers in a {@link Lane}'s arrays after a batch. It repeats what {@link BlockRun} and its parts plan in a
 * {@link MemoryPlan} and use; tests compare the two.
 */
final class LaneMemory {
    private static final long PIECE = 1024;
    private static final long DEVIATIONS = 64;

    private final Transformer model;
    private final Pass pass;
    private final ToIntFunction<String> ranks;
    private final boolean drops;
    private final TokenBatch batch;
    private final Kernels kernels;
    private final int width;
    private final int lowest;
    /** Scratch arrays by name, each as large as the largest use of any layer. */
    private final Map<String, Long> scratch = new HashMap<>();

    private final Map<Integer, Long> dropped = new HashMap<>();
    private final Map<Integer, Long> droppedGradients = new HashMap<>();
    private long kept;
    private long hidden;

    LaneMemory(
            Transformer model,
            Pass pass,
            ToIntFunction<String> ranks,
            boolean drops,
            TokenBatch batch,
            Kernels kernels) {
        this.model = model;
        this.pass = pass;
        this.ranks = ranks;
        this.drops = drops && pass != Pass.INFERENCE;
        this.batch = batch;
        this.kernels = kernels;
        width = model.width();
        int count = model.blocks().size();
        lowest = IntStream.range(0, count)
                .filter(i -> model.linears(i).stream().anyMatch(this::adapted))
                .findFirst()
                .orElse(count);
    }

    private boolean adapted(Linear linear) {
        return ranks.applyAsInt(linear.name()) > 0;
    }

    PassMemory count() {
        int count = model.blocks().size();
        keep(Buffer.roomFor(batch.tokens()) * width);
        embeddings(model.embeddings(), batch.tokens());
        for (int i = 0; i < count; i++) {
            new Layer(i).count();
        }
        long rows = Buffer.roomFor(batch.wantedRows().length);
        if (model.finalNorm().isPresent()) {
            scratch("normalized output", rows * width);
            if (pass != Pass.INFERENCE && lowest < count) {
                keep(norm(rows));
            }
        }
        long activations = kept + sum(scratch);
        return new PassMemory(
                activations * Float.BYTES, hidden * Float.BYTES, (sum(dropped) + sum(droppedGradients)) * Float.BYTES);
    }

    private void embeddings(Embeddings embeddings, long tokens) {
        if (embeddings instanceof Embeddings.Patches patches) {
            long count = Buffer.roomFor(tokens - (long) batch.size() * patches.leading());
            scratch("patches", count * patches.patch().in());
            scratch("product of patches", count * width);
        } else if (embeddings instanceof Embeddings.Tokens words
                && words.projection().isPresent()) {
            scratch("summed", Buffer.roomFor(tokens) * words.words().width());
        }
    }

    private static long sum(Map<?, Long> numbers) {
        return numbers.values().stream().mapToLong(Long::longValue).sum();
    }

    private void keep(long numbers) {
        kept += numbers;
    }

    private void scratch(String name, long numbers) {
        scratch.merge(name, numbers, Math::max);
    }

    /** Rounds a vector's length up to whole rows of a buffer. */
    private static long whole(long length, long row) {
        return (length + row - 1) / row * row;
    }

    /** Counts the memory of a normalization. */
    private long norm(long rows) {
        return rows * width + whole(rows, DEVIATIONS);
    }

    private final class Layer {
        private final Block block;
        private final Attention attention;
        private final FeedForward feedForward;
        private final boolean trains;
        private final boolean last;
        /** Whether the gradient of its input is wanted. */
        private final boolean wanted;
        /** Whether its output has only the wanted rows. */
        private final boolean some;

        /** Tokens, and rows of the output, each with the room that arrays have after them. */
        private final long tokens = Buffer.roomFor(batch.tokens());

        private final long rows;
        /** Rows of the output, without room. */
        private final long outputs;

        private final int index;

        Layer(int index) {
            this.index = index;
            block = model.blocks().get(index);
            attention = block.attention();
            feedForward = block.feedForward();
            trains = pass != Pass.INFERENCE && index >= lowest;
            wanted = trains && index > lowest;
            last = index == model.blocks().size() - 1;
            some = last && !batch.isWhole();
            outputs = some ? batch.wantedRows().length : batch.tokens();
            rows = Buffer.roomFor(outputs);
        }

        void count() {
            block();
            attention();
            feedForward();
            if (attention.positions() instanceof Positions.Disentangled disentangled) {
                relative(disentangled);
            }
        }

        private void buffer(String name, long numbers, boolean keeps) {
            if (keeps && pass != Pass.CHECKPOINTED) {
                keep(numbers);
            } else {
                scratch(name, numbers);
            }
        }

        private boolean keepsOutput() {
            if (pass == Pass.CHECKPOINTED && lowest < model.blocks().size()) {
                return index + 1 >= lowest && !last;
            }
            int reader = Math.min(index + 1, model.blocks().size() - 1);
            return trains && model.blocks().get(reader).beforeAttention().isEmpty();
        }

        private void block() {
            boolean before = block.beforeAttention().isPresent();
            boolean between = block.beforeFeedForward().isPresent();
            if (before) {
                scratch("normalized input", tokens * width);
            }
            if (some) {
                scratch("some inputs", rows * width);
            }
            if (some && before) {
                scratch("some residuals", rows * width);
            }
            scratch("product", rows * width);
            boolean readsMiddle = adapted(feedForward.up())
                    || feedForward.gate().filter(LaneMemory.this::adapted).isPresent();
            buffer("middle", rows * width, trains && !between && readsMiddle);
            if (between) {
                scratch("normalized middle", rows * width);
            }
            if (keepsOutput()) {
                keep(rows * width);
            } else {
                scratch("output " + index % 2, rows * width);
            }
            if (trains) {
                block.beforeAttention().ifPresent(norm -> buffer("norm 1", norm(tokens), true));
                block.behindAttention().ifPresent(norm -> buffer("norm 2", norm(rows), true));
                block.insideAttention().ifPresent(norm -> inside("norm 5", norm));
                block.insideFeedForward().ifPresent(norm -> inside("norm 6", norm));
                block.beforeFeedForward().ifPresent(norm -> buffer("norm 3", norm(rows), true));
                block.behindFeedForward().ifPresent(norm -> buffer("norm 4", norm(rows), true));
            }
            if (trains
                    && (block.insideAttention().isPresent()
                            || block.insideFeedForward().isPresent())) {
                scratch("gradient inside of the residual", rows * width);
            }
            if (wanted && before && !some) {
                scratch("gradient of normalized input", tokens * width);
            }
            if (wanted && some) {
                scratch("gradient of all inputs", tokens * width);
            }
            // If a last layer computes some rows, its backward pass also gathers the inputs of the queries.
            if (trains && (between || (wanted && some && before))) {
                scratch("gradient of some inputs", rows * width);
            }
        }

        /** A layer scale keeps nothing. */
        private void inside(String name, Norm norm) {
            if (norm.kind() != Norm.Kind.SCALE) {
                buffer(name, norm(rows), true);
            }
        }

        private void attention() {
            long queries = attention.query().out();
            long all = queries + 2L * attention.key().out();
            buffer("query key value", tokens * all, trains);
            if (some) {
                buffer("some queries", rows * queries, trains);
            }
            if (attention.headNorms().isPresent() && trains) {
                buffer("query heads", rows * (queries + attention.heads()), true);
                buffer("key heads", tokens * (attention.key().out() + attention.keyValueHeads()), true);
            }
            buffer("context", rows * queries, trains);
            if (trains) {
                long probabilities =
                        kernels.attentionMemory(some ? batch.wantedSpans() : batch.spans(), Heads.of(attention));
                buffer("probabilities", whole(probabilities, PIECE), true);
                scratch("gradient of query key value", tokens * all);
                scratch("gradient of context", rows * queries);
            }
            if (trains && some) {
                scratch("gradient of some queries", rows * queries);
            }
            use(attention.query(), outputs, wanted);
            use(attention.key(), batch.tokens(), wanted);
            use(attention.value(), batch.tokens(), wanted);
            use(attention.output(), outputs, true);
        }

        private void feedForward() {
            long inner = feedForward.up().out();
            boolean gated = feedForward.gate().isPresent();
            buffer("inner", rows * (gated ? 2 * inner : inner), trains);
            buffer("active", rows * inner, trains && adapted(feedForward.down()));
            if (trains) {
                scratch("gradient of active", rows * inner);
            }
            if (trains && gated) {
                scratch("gradient of inner", rows * 2 * inner);
            }
            feedForward.gate().ifPresent(gate -> use(gate, outputs, true));
            use(feedForward.up(), outputs, true);
            use(feedForward.down(), outputs, true);
        }

        private void relative(Positions.Disentangled positions) {
            RelativeEmbeddings embeddings = positions.embeddings();
            int longest = IntStream.range(0, batch.size())
                    .map(b -> batch.offsets()[b + 1] - batch.offsets()[b])
                    .max()
                    .orElseThrow();
            long occurring = embeddings.row(longest - 1) - (long) embeddings.row(1 - longest) + 1;
            long places = 2L * longest - 1;
            scratch(
                    "relative embeddings",
                    Buffer.roomFor(occurring) * embeddings.table().width());
            positions.keys().ifPresent(linear -> side("keys", linear, occurring, places));
            positions.queries().ifPresent(linear -> side("queries", linear, occurring, places));
        }

        private void side(String name, Linear linear, long occurring, long places) {
            long once = Buffer.roomFor(occurring) * linear.out();
            long spread = Buffer.roomFor(places) * linear.out();
            scratch("relative product " + name, once);
            scratch("relative adapted " + name, once);
            buffer("relative " + name, spread, trains);
            if (trains && adapted(linear)) {
                scratch("relative gradient " + name, spread);
                if (places != occurring) {
                    scratch("relative joined gradient " + name, once);
                }
            }
            hidden += hidden(linear, occurring);
        }

        /** Counts x·A and, in training, its gradient. */
        private long hidden(Linear linear, long count) {
            return (trains ? 2L : 1L) * count * ranks.applyAsInt(linear.name());
        }

        private void use(Linear linear, long count, boolean gradient) {
            hidden += hidden(linear, count);
            if (drops && adapted(linear)) {
                dropped.merge(linear.in(), count * linear.in(), Math::max);
                if (gradient) {
                    droppedGradients.merge(linear.in(), count * linear.in(), Math::max);
                }
            }
        }
    }
}
