package org.lsradapt.transformer;

import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.inputs.ImageInput;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.internal.Spans;
import org.lsradapt.transformer.parts.Embeddings;
import org.lsradapt.transformer.parts.Transformer;

/** The tokens of texts or images, packed one after the other without padding, and the rows that are wanted in the end. */
public final class TokenBatch {
    private final int[] ids;
    private final int[] typeIds;
    /** The images instead of ids; empty for texts. */
    private final List<ImageInput> images;
    /** The position of each token in its sequence, from 0. */
    private final int[] positions;

    private final Spans all;
    private final Spans wanted;
    private final int[] wantedRows;
    /** The number of each sequence's tokens that are known; null if they are all here. */
    private int @Nullable [] lengths;

    private TokenBatch(int[] ids, int[] typeIds, List<ImageInput> images, int[] positions, Spans all, Spans wanted) {
        this.ids = ids;
        this.typeIds = typeIds;
        this.images = images;
        this.positions = positions;
        this.all = all;
        this.wanted = wanted;
        wantedRows = IntStream.range(0, all.size())
                .flatMap(b -> {
                    int from = all.queries()[b] + wanted.first()[b] - all.first()[b];
                    return IntStream.range(from, from + wanted.queries()[b + 1] - wanted.queries()[b]);
                })
                .toArray();
    }

    /**
     * Packs inputs for a model.
     *
     * @param inputs at least one, of the kind that the model reads
     * @param model the model, which limits ids, types and lengths
     * @param rows the wanted hidden states
     * @return the batch; copies
     * @throws IllegalArgumentException if an input is of the other kind, an id, a type or a length is out of the
     *     model's range, or no row of a sequence is wanted
     */
    public static TokenBatch of(List<? extends ModelInput> inputs, Transformer model, Rows rows) {
        Require.argument(!inputs.isEmpty(), "token batch: no sequences, expected at least one");
        int[] offsets = new int[inputs.size() + 1];
        int[] wantedOffsets = new int[offsets.length];
        int[] wantedFirst = new int[inputs.size()];
        for (int b = 0; b < inputs.size(); b++) {
            ModelInput input = inputs.get(b);
            requireKind(input, model, b);
            wantedFirst[b] = rows.from(input, model.head());
            int wantedTo = rows.to(input, model.head());
            Require.argument(
                    wantedTo > wantedFirst[b],
                    "token batch: all %d tokens of sequence %d are given, expected at least one to predict",
                    input.length(),
                    b);
            wantedOffsets[b + 1] = wantedOffsets[b] + wantedTo - wantedFirst[b];
            offsets[b + 1] = Math.addExact(offsets[b], input.length());
        }
        Spans all = new Spans(offsets, offsets, new int[inputs.size()]);
        Spans wanted = new Spans(wantedOffsets, offsets, wantedFirst);
        int total = offsets[inputs.size()];
        int[] positions = new int[total];
        for (int b = 0; b < inputs.size(); b++) {
            for (int t = 0; t < inputs.get(b).length(); t++) {
                positions[offsets[b] + t] = t;
            }
        }
        if (model.patches().isPresent()) {
            List<ImageInput> images =
                    inputs.stream().map(ImageInput.class::cast).toList();
            return new TokenBatch(new int[0], new int[0], images, positions, all, wanted);
        }
        int[] ids = new int[total];
        int[] typeIds = new int[total];
        for (int b = 0; b < inputs.size(); b++) {
            TokenSequence sequence = (TokenSequence) inputs.get(b);
            for (int t = 0; t < sequence.length(); t++) {
                int at = offsets[b] + t;
                ids[at] = inRange("token id", sequence.ids()[t], model.vocabulary(), b, t);
                typeIds[at] = inRange("token type", sequence.typeIds()[t], model.tokenTypes(), b, t);
            }
        }
        return new TokenBatch(ids, typeIds, List.of(), positions, all, wanted);
    }

    private static void requireKind(ModelInput input, Transformer model, int index) {
        boolean images = model.patches().isPresent();
        Require.argument(
                images == input instanceof ImageInput,
                "token batch: input %d is %s, the model reads %s",
                index,
                images ? "a text" : "an image",
                images ? "images" : "texts");
        Require.argument(
                images || input.length() <= model.maxTokens(),
                "token batch: sequence %d has %d tokens, the model has positions for %d",
                index,
                input.length(),
                model.maxTokens());
        if (input instanceof ImageInput image) {
            int tokens = model.patches().orElseThrow().tokens(image.height(), image.width());
            Require.argument(
                    tokens == image.length(),
                    "token batch: image %s is for %d tokens, the model makes %d of it",
                    image.name(),
                    image.length(),
                    tokens);
        }
    }

    /**
     * Packs the next tokens of one sequence whose earlier tokens are in a cache; the last row is wanted.
     *
     * @param ids the next tokens, at least one; copied
     * @param past number of tokens before them
     * @param model the model, which limits ids and lengths
     * @throws IllegalArgumentException if an id or the length is out of the model's range
     */
    public static TokenBatch next(int[] ids, int past, Transformer model) {
        return next(List.of(new Next(ids, past, past + ids.length)), model);
    }

    /**
     * The next tokens of one sequence whose earlier tokens are in a cache.
     *
     * @param ids the next tokens, at least one
     * @param past number of tokens before them
     * @param length number of tokens that are known, with any that follow these
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Next(int[] ids, int past, int length) {}

    /** Packs the next tokens of several sequences; the last row of each is wanted. */
    static TokenBatch next(List<Next> sequences, Transformer model) {
        int size = sequences.size();
        int[] offsets = new int[size + 1];
        int[] keys = new int[size + 1];
        int[] lastRows = new int[size + 1];
        int[] first = new int[size];
        int[] wantedFirst = new int[size];
        int[] lengths = new int[size];
        for (int b = 0; b < size; b++) {
            Next next = sequences.get(b);
            int end = requireInRange(next, b, model);
            offsets[b + 1] = offsets[b] + next.ids.length;
            keys[b + 1] = keys[b] + end;
            lastRows[b + 1] = b + 1;
            first[b] = next.past;
            wantedFirst[b] = end - 1;
            lengths[b] = next.length;
        }
        int[] ids = new int[offsets[size]];
        int[] positions = new int[ids.length];
        for (int b = 0; b < size; b++) {
            for (int row = offsets[b]; row < offsets[b + 1]; row++) {
                ids[row] = sequences.get(b).ids[row - offsets[b]];
                positions[row] = first[b] + row - offsets[b];
            }
        }
        TokenBatch batch = new TokenBatch(
                ids,
                new int[ids.length],
                List.of(),
                positions,
                new Spans(offsets, keys, first),
                new Spans(lastRows, keys, wantedFirst));
        batch.lengths = lengths;
        return batch;
    }

    private static int requireInRange(Next next, int sequence, Transformer model) {
        int end = next.past + next.ids.length;
        Require.argument(
                next.ids.length >= 1 && end <= model.maxTokens(),
                "token batch: %d tokens after %d, the model has positions for %d",
                next.ids.length,
                next.past,
                model.maxTokens());
        for (int t = 0; t < next.ids.length; t++) {
            inRange("token id", next.ids[t], model.vocabulary(), sequence, next.past + t);
        }
        return end;
    }

    /** Selects sequences by their indices, in order, as a batch that copies their tokens. */
    public TokenBatch select(int[] sequences) {
        int[] selected = new int[sequences.length + 1];
        int[] wantedSelected = new int[selected.length];
        int[] wantedFirst = new int[sequences.length];
        for (int i = 0; i < sequences.length; i++) {
            int b = sequences[i];
            selected[i + 1] = selected[i] + offsets()[b + 1] - offsets()[b];
            wantedSelected[i + 1] = wantedSelected[i] + wanted.queries()[b + 1] - wanted.queries()[b];
            wantedFirst[i] = wanted.first()[b];
        }
        int total = selected[sequences.length];
        boolean texts = images.isEmpty();
        int[] someIds = new int[texts ? total : 0];
        int[] someTypes = new int[someIds.length];
        int[] somePositions = new int[total];
        for (int i = 0; i < sequences.length; i++) {
            int from = offsets()[sequences[i]];
            int length = selected[i + 1] - selected[i];
            if (texts) {
                System.arraycopy(ids, from, someIds, selected[i], length);
                System.arraycopy(typeIds, from, someTypes, selected[i], length);
            }
            System.arraycopy(positions, from, somePositions, selected[i], length);
        }
        return new TokenBatch(
                someIds,
                someTypes,
                texts ? images : IntStream.of(sequences).mapToObj(images::get).toList(),
                somePositions,
                new Spans(selected, selected, new int[sequences.length]),
                new Spans(wantedSelected, selected, wantedFirst));
    }

    /** Packs whole sequences of several batches of one model into one, in their order and with their wanted rows; copies. */
    public static TokenBatch join(List<TokenBatch> batches) {
        if (batches.size() == 1) {
            return batches.get(0);
        }
        int[] offsets = joined(batches, batch -> batch.all.queries());
        return new TokenBatch(
                concatenated(batches, batch -> batch.ids),
                concatenated(batches, batch -> batch.typeIds),
                batches.stream().flatMap(batch -> batch.images.stream()).toList(),
                concatenated(batches, batch -> batch.positions),
                new Spans(offsets, offsets, new int[offsets.length - 1]),
                new Spans(
                        joined(batches, batch -> batch.wanted.queries()),
                        offsets,
                        concatenated(batches, batch -> batch.wanted.first())));
    }

    private static int[] concatenated(List<TokenBatch> batches, Function<TokenBatch, int[]> part) {
        return batches.stream()
                .flatMapToInt(batch -> IntStream.of(part.apply(batch)))
                .toArray();
    }

    /** Concatenates offsets, each of which begins with 0 and ends with its number of rows. */
    private static int[] joined(List<TokenBatch> batches, Function<TokenBatch, int[]> part) {
        IntStream.Builder offsets = IntStream.builder().add(0);
        int start = 0;
        for (TokenBatch batch : batches) {
            int[] own = part.apply(batch);
            for (int b = 1; b < own.length; b++) {
                offsets.add(start + own[b]);
            }
            start += own[own.length - 1];
        }
        return offsets.build().toArray();
    }

    private static int inRange(String name, int value, int limit, int sequence, int position) {
        Require.argument(
                value >= 0 && value < limit,
                "token batch: %s %d at position %d of sequence %d, expected 0 … %d",
                name,
                value,
                position,
                sequence,
                limit - 1);
        return value;
    }

    /** The number of inputs. */
    public int size() {
        return all.size();
    }

    /** The number of tokens of all inputs. */
    public int tokens() {
        return positions.length;
    }

    /** The images; empty for texts. */
    List<ImageInput> images() {
        return images;
    }

    /** The vocabulary index of each token; empty for images; the array itself. */
    public int[] ids() {
        return ids;
    }

    /** The type of each token; empty for images; the array itself. */
    int[] typeIds() {
        return typeIds;
    }

    /** The position of each token in its sequence, from 0; the array itself. */
    public int[] positions() {
        return positions;
    }

    /** Returns the number of a sequence's tokens that are known, with those that come before and after the batch's. */
    int length(int sequence) {
        return lengths == null ? positions[offsets()[sequence + 1] - 1] + 1 : lengths[sequence];
    }

    /** Returns the row of the position table for each token; see {@link Embeddings.Tokens#padding}. */
    int[] positionRows(OptionalInt padding) {
        if (padding.isEmpty()) {
            return positions;
        }
        int none = padding.getAsInt();
        int[] rows = new int[positions.length];
        int counted = 0;
        for (int i = 0; i < rows.length; i++) {
            if (positions[i] == 0) {
                counted = 0;
            }
            rows[i] = ids[i] == none ? none : none + ++counted;
        }
        return rows;
    }

    /**
     * The row at which each sequence begins, and at the end the number of tokens; length {@code size() + 1}; the array
     * itself.
     */
    public int[] offsets() {
        return all.queries();
    }

    boolean isWhole() {
        return wantedRows.length == positions.length;
    }

    /** The wanted rows, in order; the array itself. */
    public int[] wantedRows() {
        return wantedRows;
    }

    /** The index among the wanted rows at which each sequence's begin, and at the end their number; the array itself. */
    public int[] wantedOffsets() {
        return wanted.queries();
    }

    /** Every token as query and key. */
    Spans spans() {
        return all;
    }

    /** The wanted tokens as queries, every token as key. */
    Spans wantedSpans() {
        return wanted;
    }
}
