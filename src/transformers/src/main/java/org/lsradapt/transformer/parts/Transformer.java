package org.lsradapt.transformer.parts;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A model: embeddings, blocks, and heads that read the last hidden states.
 *
 * @param embeddings embeddings of tokens or images
 * @param blocks the layers, at least one
 * @param finalNorm normalization of the last hidden states; empty for none
 * @param pooling combines a sequence's last hidden states into one vector, which heads read instead of them; empty for
 *     none
 * @param head how a sequence classifier reads hidden states
 * @param vocabularyHead a row per token id: its product with a hidden state is the token's logit for the next position.
 *     The word embeddings if they are tied; empty for a model that does not predict tokens
 * @param logitCap c: a logit z counts as c·tanh(z/c); empty for none
 * @param maxTokens the longest sequence, in tokens; for images, the tokens of the configured size, as other sizes are
 *     interpolated
 */
public record Transformer(
        Embeddings embeddings,
        List<Block> blocks,
        Optional<Norm> finalNorm,
        Optional<AttentionPooling> pooling,
        Head head,
        Optional<Table> vocabularyHead,
        OptionalDouble logitCap,
        int maxTokens) {

    /** Creates a model without a pooling or a cap of logits. */
    public Transformer(
            Embeddings embeddings,
            List<Block> blocks,
            Optional<Norm> finalNorm,
            Head head,
            Optional<Table> vocabularyHead,
            int maxTokens) {
        this(embeddings, blocks, finalNorm, Optional.empty(), head, vocabularyHead, OptionalDouble.empty(), maxTokens);
    }

    /** Checks that there are blocks and that their widths match the embeddings. */
    public Transformer {
        blocks = List.copyOf(blocks);
        Sizes.require(!blocks.isEmpty(), "there are no layers, expected at least one");
        Sizes.require(
                logitCap.isEmpty() || logitCap.getAsDouble() > 0,
                "the cap of logits is " + logitCap + ", expected a number above 0");
        Sizes.require(maxTokens >= 1, "positions for " + maxTokens + " tokens, expected at least one");
        int width = embeddings.width();
        for (Block block : blocks) {
            Sizes.require(
                    block.attention().query().in() == width
                            && block.attention().output().out() == width
                            && block.feedForward().up().in() == width
                            && block.feedForward().down().out() == width,
                    "a layer's width is not that of the embeddings, " + width);
        }
        Sizes.require(
                pooling.isEmpty() || (pooling.get().probe().width() == width && head.row() == Head.Row.FIRST),
                "a pooling gives one row of the embeddings' width, " + width + ", as the first one");
    }

    /** The width of hidden states. */
    public int width() {
        return embeddings.width();
    }

    /** The table with a row per token id; empty for a model that reads images. */
    public Optional<Table> words() {
        return embeddings instanceof Embeddings.Tokens tokens ? Optional.of(tokens.words()) : Optional.empty();
    }

    /** Number of token ids; 0 for a model that reads images. */
    public int vocabulary() {
        return words().map(Table::rows).orElse(0);
    }

    /** The number of token types; 1 if there is no table of types. */
    public int tokenTypes() {
        return embeddings instanceof Embeddings.Tokens tokens
                ? tokens.types().map(Table::rows).orElse(1)
                : 1;
    }

    /** The embeddings of images; empty for a model that reads texts. */
    public Optional<Embeddings.Patches> patches() {
        return embeddings instanceof Embeddings.Patches patches ? Optional.of(patches) : Optional.empty();
    }

    /** Whether the model predicts next tokens. */
    public boolean isCausal() {
        return blocks.get(0).attention().causal();
    }

    /** The longest sequence with the usual rotary positions; a longer one differs from its first token on. Empty if none does. */
    public OptionalInt usualLength() {
        return blocks.stream()
                .map(block -> block.attention().positions())
                .filter(Positions.Rotary.class::isInstance)
                .flatMap(positions -> ((Positions.Rotary) positions).longer().stream())
                .mapToInt(Positions.Longer::beyond)
                .findFirst();
    }

    /** The normalizations of the layers, the final one and that of the pooling. */
    public List<Norm> norms() {
        List<Norm> norms = new ArrayList<>();
        for (Block block : blocks) {
            Stream.of(
                            block.beforeAttention(),
                            block.insideAttention(),
                            block.behindAttention(),
                            block.beforeFeedForward(),
                            block.insideFeedForward(),
                            block.behindFeedForward(),
                            block.attention().headNorms().map(HeadNorms::query),
                            block.attention().headNorms().map(HeadNorms::key))
                    .flatMap(Optional::stream)
                    .forEach(norms::add);
        }
        finalNorm.ifPresent(norms::add);
        pooling.map(AttentionPooling::norm).ifPresent(norms::add);
        return norms;
    }

    /** All tensors of the base model by name, in a fixed order. */
    public Map<String, Tensor> tensors() {
        Listing listing = new Listing();
        if (embeddings instanceof Embeddings.Tokens tokens) {
            listing.table(tokens.words());
            tokens.positions().ifPresent(listing::table);
            tokens.types().ifPresent(listing::table);
            tokens.summed().ifPresent(listing::norm);
            tokens.projection().ifPresent(listing::linear);
        } else if (embeddings instanceof Embeddings.Patches patches) {
            patches.special().forEach(listing::table);
            patches.registers().ifPresent(listing::table);
            listing.table(patches.positions());
            listing.convolution(patches);
        }
        embeddings.norm().ifPresent(listing::norm);
        for (Block block : blocks) {
            Attention attention = block.attention();
            block.beforeAttention().ifPresent(listing::norm);
            listing.linear(attention.query());
            listing.linear(attention.key());
            listing.linear(attention.value());
            if (attention.positions() instanceof Positions.Disentangled relative) {
                relative.keys().ifPresent(listing::linear);
                relative.queries().ifPresent(listing::linear);
            }
            attention.headNorms().ifPresent(norms -> {
                listing.norm(norms.query());
                listing.norm(norms.key());
            });
            listing.linear(attention.output());
            block.insideAttention().ifPresent(listing::norm);
            block.behindAttention().ifPresent(listing::norm);
            block.beforeFeedForward().ifPresent(listing::norm);
            block.feedForward().gate().ifPresent(listing::linear);
            listing.linear(block.feedForward().up());
            listing.linear(block.feedForward().down());
            block.insideFeedForward().ifPresent(listing::norm);
            block.behindFeedForward().ifPresent(listing::norm);
        }
        relativeEmbeddings().ifPresent(relative -> {
            listing.table(relative.table());
            relative.norm().ifPresent(listing::norm);
        });
        blocks.stream()
                .map(block -> block.attention().positions())
                .filter(Positions.Bucketed.class::isInstance)
                .forEach(bucketed -> listing.table(((Positions.Bucketed) bucketed).table()));
        finalNorm.ifPresent(listing::norm);
        pooling.ifPresent(listing::pooling);
        vocabularyHead.ifPresent(table -> {
            listing.group = Optional.of(table.name());
            listing.table(table);
        });
        head.dense().filter(dense -> dense.source() != Head.Source.TRAINED).ifPresent(dense -> {
            listing.group = Optional.of(dense.linear().name());
            listing.linear(dense.linear());
        });
        return Collections.unmodifiableMap(listing.tensors);
    }

    /**
     * The linear layers of the blocks in order, then those of a pooling's feed-forward part, and finally the head's
     * dense layer if it can belong to the base model.
     */
    public List<Linear> linears() {
        List<Linear> linears = new ArrayList<>(encoderLinears());
        pooling.map(AttentionPooling::feedForward).ifPresent(part -> linears.addAll(linears(part)));
        head.dense()
                .filter(dense -> dense.source() != Head.Source.TRAINED)
                .map(Head.Dense::linear)
                .ifPresent(linears::add);
        return List.copyOf(linears);
    }

    /** The linear layers that hidden states depend on: those of the blocks, in order, each once. */
    public List<Linear> encoderLinears() {
        Map<String, Linear> linears = new LinkedHashMap<>();
        for (int i = 0; i < blocks.size(); i++) {
            linears(i).forEach(linear -> linears.put(linear.name(), linear));
        }
        return List.copyOf(linears.values());
    }

    /** The linear layers of one block, in order, each once. */
    public List<Linear> linears(int block) {
        Set<Linear> all = new LinkedHashSet<>();
        Attention attention = blocks.get(block).attention();
        all.addAll(List.of(attention.query(), attention.key(), attention.value()));
        if (attention.positions() instanceof Positions.Disentangled relative) {
            relative.keys().ifPresent(all::add);
            relative.queries().ifPresent(all::add);
        }
        all.add(attention.output());
        all.addAll(linears(blocks.get(block).feedForward()));
        return List.copyOf(all);
    }

    private static List<Linear> linears(FeedForward part) {
        return Stream.concat(part.gate().stream(), Stream.of(part.up(), part.down()))
                .toList();
    }

    /** The relative embeddings that the blocks share, if any. */
    public Optional<RelativeEmbeddings> relativeEmbeddings() {
        return blocks.get(0).attention().positions() instanceof Positions.Disentangled disentangled
                ? Optional.of(disentangled.embeddings())
                : Optional.empty();
    }

    private static final class Listing {
        final Map<String, Tensor> tensors = new LinkedHashMap<>();
        private Optional<String> group = Optional.empty();

        void table(Table table) {
            List<Long> shape = List.of((long) table.rows(), (long) table.width());
            put(new Tensor(table.name(), shape, false, table.fileShape(), Optional.empty(), group));
        }

        void pooling(AttentionPooling pooling) {
            table(pooling.probe());
            Attention attention = pooling.attention();
            List.of(attention.query(), attention.key(), attention.value(), attention.output())
                    .forEach(this::linear);
            norm(pooling.norm());
            linears(pooling.feedForward()).forEach(this::linear);
        }

        void convolution(Embeddings.Patches patches) {
            Linear linear = patches.patch();
            long size = patches.patchSize();
            put(new Tensor(
                    linear.weight(),
                    List.of((long) linear.in(), (long) linear.out()),
                    true,
                    List.of((long) linear.out(), (long) patches.channels(), size, size),
                    Optional.empty(),
                    group));
            bias(linear);
        }

        void linear(Linear linear) {
            put(tensor(linear.weight(), true, linear.in(), linear.out()).within(linear.fused()));
            bias(linear);
        }

        private void bias(Linear linear) {
            if (linear.bias()) {
                put(tensor(linear.biasName(), false, linear.out()).within(linear.fused()));
            }
        }

        void norm(Norm norm) {
            put(tensor(norm.weight(), false, norm.width()));
            if (norm.bias()) {
                put(tensor(norm.biasName(), false, norm.width()));
            }
        }

        private Tensor tensor(String name, boolean linear, long... shape) {
            List<Long> sizes = new ArrayList<>();
            for (long size : shape) {
                sizes.add(size);
            }
            return new Tensor(name, List.copyOf(sizes), linear, group);
        }

        private void put(Tensor tensor) {
            tensors.putIfAbsent(tensor.name(), tensor);
        }
    }
}
