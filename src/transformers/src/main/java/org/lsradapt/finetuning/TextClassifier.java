package org.lsradapt.finetuning;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.LabelledText;
import org.lsradapt.tasks.OwnData;
import org.lsradapt.transformer.BasePrecision;

/**
 * Tells the class of a text, or of a pair of texts.
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

    TextClassifier(Parts parts) {
        super(parts);
    }

    /**
     * Begins to set up a training.
     *
     * @param model a name or folder as {@link BaseModel#load} takes it; loaded by {@code train}, closed with the
     *     classifier
     */
    public static Training on(String model) {
        return new Training(BaseHandle.load(model, BasePrecision.STORED));
    }

    /**
     * Begins to set up a training.
     *
     * @param model a base model, which the caller closes after the classifier
     */
    public static Training on(BaseModel model) {
        return new Training(() -> BaseHandle.of(model));
    }

    /**
     * As {@link FineTunedModel#load(Path)}.
     *
     * @param folder a folder that {@link #save} wrote, or a Hugging Face folder with a trained classifier
     * @throws IllegalArgumentException also if it is no classifier
     */
    public static TextClassifier load(Path folder) throws IOException {
        return SavedModel.require(FineTunedModel.load(folder), TextClassifier.class, folder);
    }

    @Override
    Classification answer(double[] outputs) {
        return classification(outputs);
    }

    /** How a classifier is trained. For one thread at a time. */
    public static final class Training extends ClassifierTraining<Training, TextClassifier> {

        private Training(BaseHandle.Source<BaseModel> source) {
            super(source);
        }

        @Override
        Training self() {
            return this;
        }

        /**
         * As {@link #train(OwnData)}, on texts, of which a tenth is held out to evaluate on, at random and stratified.
         *
         * @param texts texts or pairs with the names of their classes
         */
        public TextClassifier train(List<LabelledText> texts) throws IOException {
            return train(OwnData.classification(texts).build());
        }

        /**
         * As {@link #train(OwnData)}, on texts.
         *
         * @param texts texts or pairs with the names of their classes
         * @param dev what is evaluated on, with the same classes
         */
        public TextClassifier train(List<LabelledText> texts, List<LabelledText> dev) throws IOException {
            return train(OwnData.classification(texts).dev(dev).build());
        }

        @Override
        TextClassifier make(Parts parts) {
            return new TextClassifier(parts);
        }
    }
}
