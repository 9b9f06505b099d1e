package org.lsradapt.finetuning;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.LabelledText;
import org.lsradapt.tasks.OwnData;

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
public final class TextClassifier extends Classifier {

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
        return new Training(() -> AdaptedBase.load(model));
    }

    /**
     * Begins to set up a training.
     *
     * @param model a base model, which the caller closes after the classifier
     */
    public static Training on(BaseModel model) {
        return new Training(() -> AdaptedBase.of(model));
    }

    /**
     * Loads a classifier; see {@link FineTunedModel#load(Path)}.
     *
     * @param folder a folder that {@link #save} wrote, or a Hugging Face folder with a trained classifier
     * @return the classifier, which the caller closes
     * @throws IllegalArgumentException as {@link FineTunedModel#load(Path)}, or if it is no classifier
     * @throws IOException as {@link FineTunedModel#load(Path)}
     */
    public static TextClassifier load(Path folder) throws IOException {
        return SavedModel.require(FineTunedModel.load(folder), TextClassifier.class, folder);
    }

    /**
     * The class of a text.
     *
     * @throws IllegalArgumentException if the text is blank, or the classifier wants pairs
     * @throws NullPointerException if the text is null
     */
    public Classification predict(String text) {
        return predictExamples(List.of(text(text))).get(0);
    }

    /**
     * The class of a pair of texts.
     *
     * @throws IllegalArgumentException if a text is blank, or the classifier wants single texts
     * @throws NullPointerException if a text is null
     */
    public Classification predict(String first, String second) {
        return predictExamples(List.of(pair(first, second))).get(0);
    }

    /**
     * The classes of texts, computed in batches.
     *
     * @param texts any number
     * @return a classification per text, in their order
     * @throws IllegalArgumentException if a text is blank, or the classifier wants pairs
     * @throws NullPointerException if a text is null
     */
    public List<Classification> predict(List<String> texts) {
        return predictExamples(examples(texts));
    }

    /**
     * The classes of texts or pairs, computed in batches.
     *
     * @param examples any number; their labels are not read
     * @return a classification per example, in their order
     * @throws IllegalArgumentException if a text is blank, or one is a pair and the classifier wants texts, or the other way about
     */
    public List<Classification> predictExamples(List<Example> examples) {
        return Arrays.stream(outputs(requireTexts(examples)))
                .map(this::classification)
                .toList();
    }

    /** How a classifier is trained. For one thread at a time. */
    public static final class Training extends ClassifierTraining<Training, TextClassifier> {

        private Training(AdaptedBase.Source<BaseModel> source) {
            super(source);
        }

        @Override
        Training self() {
            return this;
        }

        /**
         * Trains on texts, of which a tenth is held out to evaluate on, at random and stratified; see {@link OwnData}.
         *
         * @param texts texts or pairs with the names of their classes
         * @return the classifier of the best evaluation, which the caller closes
         * @throws IllegalArgumentException if a setting does not fit the model or the texts
         * @throws IOException if a file of the base model is missing or malformed
         */
        public TextClassifier train(List<LabelledText> texts) throws IOException {
            return train(OwnData.classification(texts).build());
        }

        /**
         * Trains on texts.
         *
         * @param texts texts or pairs with the names of their classes
         * @param dev what is evaluated on, with the same classes
         * @return the classifier of the best evaluation, which the caller closes
         * @throws IllegalArgumentException if a setting does not fit the model or the texts
         * @throws IOException if a file of the base model is missing or malformed
         */
        public TextClassifier train(List<LabelledText> texts, List<LabelledText> dev) throws IOException {
            return train(OwnData.classification(texts).dev(dev).build());
        }

        @Override
        TextClassifier model(Parts parts) {
            return new TextClassifier(parts);
        }
    }
}
