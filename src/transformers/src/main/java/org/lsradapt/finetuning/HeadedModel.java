package org.lsradapt.finetuning;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.transformer.inputs.ModelInput;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A base model with a head. Predictions are safe for use by many threads. */
public abstract class HeadedModel extends FineTunedModel {
    private static final int BATCH = 32;
    private static final String NAME = "trained";
    /** The name of the head alone, for weights that contain the update. */
    private static final String MERGED = "merged";

    private final BaseModel model;
    private final HeadSource head;
    private final ParameterSnapshot<MultiAdapterModel> scorers;

    /** Takes ownership of the parts, which have a head. */
    public HeadedModel(ModelParts parts) {
        super(parts);
        model = parts.base(BaseModel.class);
        head = parts.head().orElseThrow();
        List<INDArray> parameters = new ArrayList<>();
        head.own().ifPresent(own -> parameters.add(own.values()));
        ownAdapters().ifPresent(set -> parameters.add(set.values()));
        scorers = new ParameterSnapshot<>(this::isLent, parameters, this::scorer, MultiAdapterModel::close);
    }

    /** Checks that a model can have a head for texts or words: it reads no images. */
    public static void requireTexts(BaseModel model) {
        Require.argument(!model.readsImages(), "model %s reads images, expected one that reads texts", model.name());
    }

    /**
     * The head.
     *
     * @throws IllegalStateException if a model with many adapters has it
     */
    public SequenceHead head() {
        lend();
        return ownHead();
    }

    private SequenceHead ownHead() {
        return head.own()
                .orElseThrow(() -> new IllegalStateException(
                        "task " + task().name() + ": a model with many adapters has the head of this one"));
    }

    @Override
    public BaseModel base() {
        return model;
    }

    @Override
    public long headParameterCount() {
        return ownHead().values().length();
    }

    /** Computes the outputs for inputs, in batches of similar length. */
    protected double[][] score(List<? extends ModelInput> tokens) {
        return inBatches(
                tokens,
                batch -> whileOpen(() -> head.served()
                        .map(served -> served.model().predict(batch, served.name()))
                        .orElseGet(() -> scorers.use(scorer -> scorer.predict(batch, isMerged() ? MERGED : NAME)))));
    }

    /** Computes outputs in batches of similar length; returns them in the order of the inputs. */
    public static double[][] inBatches(
            List<? extends ModelInput> tokens, Function<List<ModelInput>, double[][]> model) {
        List<Integer> order = IntStream.range(0, tokens.size())
                .boxed()
                .sorted(Comparator.comparingInt(i -> tokens.get(i).length()))
                .toList();
        double[][] outputs = new double[tokens.size()][];
        for (int from = 0; from < order.size(); from += BATCH) {
            List<Integer> batch = order.subList(from, Math.min(order.size(), from + BATCH));
            order.subList(from + batch.size(), Math.min(order.size(), from + batch.size() + BATCH))
                    .forEach(i -> tokens.get(i).prepare());
            List<ModelInput> inputs =
                    batch.stream().<ModelInput>map(tokens::get).toList();
            double[][] rows = model.apply(inputs);
            for (int i = 0; i < rows.length; i++) {
                outputs[batch.get(i)] = rows[i];
            }
        }
        return outputs;
    }

    private MultiAdapterModel scorer() {
        MultiAdapterModel made = new MultiAdapterModel(base().weights(), Backends.standard());
        made.passes(passes());
        ownAdapters().ifPresentOrElse(set -> made.add(NAME, set, ownHead()), () -> made.add(NAME, ownHead()));
        made.add(MERGED, ownHead());
        return made;
    }

    @Override
    protected void saveParameters(Path folder, Precision storage) throws IOException {
        AdapterCard card = card();
        if (ownAdapters().isPresent()) {
            AdapterFolder.save(folder, card, ownAdapters().get(), ownHead(), storage);
        } else {
            AdapterFolder.save(folder, card, ownHead());
        }
    }

    @Override
    protected void passesChanged() {
        scorers.close();
    }

    @Override
    protected void free() {
        scorers.close();
        head.own().ifPresent(SequenceHead::close);
    }
}
