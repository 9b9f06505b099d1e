package org.lsradapt.tasks.reranking;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.data.Example;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.serving.AdapterSource;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.serving.MultiAdapterTask;
import org.lsradapt.serving.ServedSource;
import org.lsradapt.tasks.classification.SequenceModel;
import org.lsradapt.tasks.description.RerankingDescription;
import org.lsradapt.transformer.inputs.TokenSequence;

/**
 * One base model in memory and any number of rerankers on it, by name: for many customers or domains.
 *
 * <pre>{@code
 * try (BaseModel base = BaseModel.load("minilm");
 *         MultiAdapterReranker tenants = MultiAdapterReranker.of(base)) {
 *     tenants.add("acme", folder);
 *     List<RankedPassage> best = tenants.rank("acme", query, passages, 5);
 * }
 * }</pre>
 *
 * <p>All rerankers cut pairs at the same length. Safe for use by many threads, also while other threads add, replace
 * and remove adapters; each batch of 32 passages uses an adapter as it was before or after such a change.
 */
public final class MultiAdapterReranker extends MultiAdapterTask {
    private final int maxLength;
    /** Present if the base model is a cross-encoder. */
    private final Optional<Reranker> own;

    private MultiAdapterReranker(BaseModel base, int maxLength, MultiAdapterModel model) throws IOException {
        super(base, model);
        this.maxLength = maxLength;
        own = Reranker.hasTrainedHead(base) ? Optional.of(Reranker.of(base)) : Optional.empty();
    }

    /**
     * Makes a reranker without adapters, for adapters that were trained with the usual longest pair.
     *
     * @param base the base model, which the caller closes after the rerankers
     * @throws IOException if a file with the maximal length of texts is malformed
     */
    public static MultiAdapterReranker of(BaseModel base) throws IOException {
        return of(base, Math.min(FineTuning.TEXT_LENGTH, base.maxLength()));
    }

    /**
     * Makes a reranker without adapters.
     *
     * @param base the base model, which the caller closes after the rerankers
     * @param maxLength longest pair in tokens, as in the adapters' training
     * @throws IllegalArgumentException if the model has no positions for so many
     * @throws IOException if a file with the maximal length of texts is malformed
     */
    public static MultiAdapterReranker of(BaseModel base, int maxLength) throws IOException {
        requirePositions(base, maxLength);
        return new MultiAdapterReranker(base, maxLength, new MultiAdapterModel(base.weights(), Backends.standard()));
    }

    /**
     * Makes a reranker that takes adapters from a source by key, such as a store with one per user; others can be
     * added.
     *
     * @param base the base model, which the caller closes after the rerankers
     * @param source adapters of rerankers, trained with the usual longest pair; kept, closed by the caller after the rerankers
     * @throws IOException if a file with the maximal length of texts is malformed
     */
    public static MultiAdapterReranker of(BaseModel base, AdapterSource source) throws IOException {
        return of(base, Math.min(FineTuning.TEXT_LENGTH, base.maxLength()), ServedSource.of(source));
    }

    /**
     * Makes a reranker like {@link #of(BaseModel, AdapterSource)}, with the longest pair of the adapters' training.
     *
     * @throws IllegalArgumentException if the model has no positions for so many tokens
     */
    public static MultiAdapterReranker of(BaseModel base, int maxLength, ServedSource source) throws IOException {
        requirePositions(base, maxLength);
        return new MultiAdapterReranker(
                base,
                maxLength,
                new MultiAdapterModel(
                        base,
                        Backends.standard(),
                        source.requiring(
                                card -> requireReranker(source.adapters().name(), card, maxLength))));
    }

    private static void requirePositions(BaseModel base, int maxLength) {
        Require.argument(
                maxLength >= 1 && maxLength <= base.maxLength(),
                "max length %d: model %s has positions for %d tokens",
                maxLength,
                base.name(),
                base.maxLength());
    }

    @Override
    protected void require(String location, AdapterCard card) {
        requireReranker(location, card, maxLength);
    }

    private static void requireReranker(String location, AdapterCard card, int maxLength) {
        Require.argument(
                card.task() instanceof RerankingDescription,
                "%s: is of task %s (%s), expected an adapter of a reranker",
                location,
                card.task().name(),
                card.task().kind());
        Require.argument(
                card.maxLength() == maxLength,
                "%s: was trained on pairs of %d tokens at most, expected %d",
                location,
                card.maxLength(),
                maxLength);
    }

    /**
     * Scores how well each passage answers a query.
     *
     * @param adapter its name, or {@link MultiAdapterModel#BASE} for the base model's own head
     * @param passages any number
     * @return a score per passage, in their order, new
     * @throws IllegalArgumentException if there is no such adapter, the base model has no head of its own, or a text is blank
     */
    public double[] score(String adapter, String query, List<String> passages) {
        if (adapter.equals(MultiAdapterModel.BASE)) {
            return own.orElseThrow(() -> new IllegalArgumentException("rerank: model " + base().name()
                            + " has no trained head of one output, expected the name of an adapter"))
                    .score(query, passages);
        }
        List<TokenSequence> pairs = Parallel.map(Reranker.pairs(query, passages), this::encode);
        return Reranker.scores(SequenceModel.inBatches(pairs, batch -> model().predict(batch, adapter)));
    }

    private TokenSequence encode(Example pair) {
        return base().tokenizer().encode(pair.first(), pair.second(), maxLength);
    }

    /**
     * Finds the passages that answer a query best.
     *
     * @param passages any number
     * @param k the number of passages to return, at least 1
     * @throws IllegalArgumentException as for {@link #score}, or if k is below 1
     */
    public List<RankedPassage> rank(String adapter, String query, List<String> passages, int k) {
        return Reranker.rank(passages, score(adapter, query, passages), k);
    }

    @Override
    public void close() {
        super.close();
        own.ifPresent(Reranker::close);
    }
}
