package org.lsradapt.tasks.classification;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.LabelledText;
import org.lsradapt.data.Task;
import org.lsradapt.finetuning.BaseHandle;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.ModelParts;
import org.lsradapt.finetuning.SavedModel;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * Predicts a number from a text, or from a pair of texts.
 *
 * <pre>{@code
 * try (TextRegressor regressor = TextRegressor.on("minilm").train(examples, dev)) {
 *     double score = regressor.predict("A man plays a guitar.", "Somebody makes music.");
 * }
 * }</pre>
 *
 * <p>Predictions are safe for use by many threads.
 */
public final class TextRegressor extends TextScorer<Double> {

    TextRegressor(ModelParts parts, Optional<double[][]> evaluated) {
        super(parts, evaluated);
    }

    /** Begins a training on a model that {@link BaseModel#load} finds, opened by {@code train}, closed with the regressor. */
    public static Training on(String model) {
        return new Training(BaseHandle.load(model, BasePrecision.STORED));
    }

    /** Begins a training on a model, which the caller closes after the regressor. */
    public static Training on(BaseModel model) {
        return new Training(() -> BaseHandle.of(model));
    }

    /**
     * Loads a saved model; see {@link FineTunedModel#load(Path)}.
     *
     * @param folder a folder that {@link #save} wrote, or a Hugging Face folder with a trained head of one output
     * @throws IllegalArgumentException also if the model is not a regressor
     */
    public static TextRegressor load(Path folder) throws IOException {
        return SavedModel.require(FineTunedModel.load(folder), TextRegressor.class, folder);
    }

    @Override
    protected Double answer(double[] outputs) {
        return outputs[0];
    }

    /** Configures and runs the training of a regressor. For one thread at a time. */
    public static final class Training extends SequenceTraining<Training, TextRegressor> {

        private Training(BaseHandle.Source<BaseModel> source) {
            super(source);
        }

        /** Trains on texts or pairs, a stratified tenth of which is held out at random; see {@link #train(LabelledData)}. */
        public TextRegressor train(List<LabelledText> texts) throws IOException {
            return train(LabelledData.regression(texts).read());
        }

        /** Trains on texts or pairs with numbers, with evaluation data; see {@link #train(LabelledData)}. */
        public TextRegressor train(List<LabelledText> texts, List<LabelledText> dev) throws IOException {
            return train(LabelledData.regression(texts).dev(dev).read());
        }

        @Override
        protected Objective objective(SequenceHead head, LabelledData data, TrainingConfig config) {
            Task task = data.task();
            Require.argument(
                    task.labelType() == Label.Value.class,
                    "regressor: task %s is a classification, expected a regression",
                    task.name());
            return SequenceObjective.of(head, Loss.SQUARED_ERROR, Backends.standard());
        }

        @Override
        protected List<Target> targets(Task task, List<Example> examples) {
            return examples.stream()
                    .<Target>map(example -> new Target.Value(example.value()))
                    .toList();
        }

        @Override
        protected TextRegressor make(ModelParts parts, Optional<double[][]> evaluated) {
            return new TextRegressor(parts, evaluated);
        }
    }
}
