package org.lsradapt.tasks.classification;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.LabelledText;
import org.lsradapt.finetuning.BaseHandle;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.ModelParts;
import org.lsradapt.finetuning.SavedModel;
import org.lsradapt.models.BaseModel;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * Assigns texts, or pairs of texts, to classes.
 *
 * <pre>{@code
 * try (TextClassifier classifier = TextClassifier.on("minilm").adapters(LsrConfig.defaults()).train(examples, dev)) {
 *     classifier.save(folder);
 *     System.out.println(classifier.predict("a great film").label());
 * }
 * }</pre>
 *
 * <p>Predictions are safe for use by many threads.
 */
public final class TextClassifier extends TextScorer<Classification> implements Classifier {

    TextClassifier(ModelParts parts, Optional<double[][]> evaluated) {
        super(parts, evaluated);
    }

    /** Begins a training on a model that {@link BaseModel#load} finds, opened by {@code train}, closed with the classifier. */
    public static Training on(String model) {
        return new Training(BaseHandle.load(model, BasePrecision.STORED));
    }

    /** Begins a training on a model, which the caller closes after the classifier. */
    public static Training on(BaseModel model) {
        return new Training(() -> BaseHandle.of(model));
    }

    /**
     * Loads a saved model; see {@link FineTunedModel#load(Path)}.
     *
     * @param folder a folder that {@link #save} wrote, or a Hugging Face folder with a trained classifier
     * @throws IllegalArgumentException also if the model is not a classifier
     */
    public static TextClassifier load(Path folder) throws IOException {
        return SavedModel.require(FineTunedModel.load(folder), TextClassifier.class, folder);
    }

    @Override
    protected Classification answer(double[] outputs) {
        return classification(outputs);
    }

    /** Returns {@link #predict(String)}, or nothing if the classifier was trained to abstain and is not sure. */
    public Optional<Classification> predictIfSure(String text) {
        return ifSure(predict(text));
    }

    /** Returns {@link #predict(String, String)}, or nothing if the classifier was trained to abstain and is not sure. */
    public Optional<Classification> predictIfSure(String first, String second) {
        return ifSure(predict(first, second));
    }

    /** Returns {@link #predict(List)}, with nothing for texts of which a classifier that was trained to abstain is not sure. */
    public List<Optional<Classification>> predictIfSure(List<String> texts) {
        return predict(texts).stream().map(this::ifSure).toList();
    }

    /** Configures and runs the training of a classifier. For one thread at a time. */
    public static final class Training extends ClassifierTraining<Training, TextClassifier> {

        private Training(BaseHandle.Source<BaseModel> source) {
            super(source);
        }

        /** Trains on texts or pairs, a stratified tenth of which is held out at random; see {@link #train(LabelledData)}. */
        public TextClassifier train(List<LabelledText> texts) throws IOException {
            return train(LabelledData.classification(texts).read());
        }

        /** Trains on texts or pairs, with evaluation data of the same classes; see {@link #train(LabelledData)}. */
        public TextClassifier train(List<LabelledText> texts, List<LabelledText> dev) throws IOException {
            return train(LabelledData.classification(texts).dev(dev).read());
        }

        @Override
        protected TextClassifier make(ModelParts parts, Optional<double[][]> evaluated) {
            return new TextClassifier(parts, evaluated);
        }
    }
}
