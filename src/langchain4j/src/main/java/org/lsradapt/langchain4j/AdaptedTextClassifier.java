package org.lsradapt.langchain4j;

import dev.langchain4j.classification.ClassificationResult;
import dev.langchain4j.classification.ScoredLabel;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.tasks.classification.Classification;
import org.lsradapt.tasks.classification.SequenceModel;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.labels.ChosenLabels;
import org.lsradapt.tasks.labels.MultiLabelClassifier;

/**
 * A LangChain4j text classifier that runs an adapted classifier in this process.
 *
 * <pre>{@code
 * AdaptedTextClassifier<Topic> topics = AdaptedTextClassifier.of(TextClassifier.load(folder), Topic.class);
 * List<Topic> found = topics.classify("My invoice is wrong");
 * }</pre>
 *
 * <p>The labels of a text are the most probable class of a {@link TextClassifier}, or those that a
 * {@link MultiLabelClassifier} chooses, of which there may be none; {@link #atLeast} takes all above a probability instead.
 * Scores are probabilities, the highest first. A text that is longer than in training is cut.
 *
 * <p>Needs the artifact {@code langchain4j}, which has the interface. Immutable, and safe for use by many threads. Owns
 * nothing: the creator of the classifier closes it.
 *
 * @param <L> the type of the labels
 */
public final class AdaptedTextClassifier<L> implements dev.langchain4j.classification.TextClassifier<L> {
    private final Function<String, Scores> scorer;
    private final List<L> labels;
    private final OptionalDouble least;

    private AdaptedTextClassifier(Function<String, Scores> scorer, List<L> labels, OptionalDouble least) {
        this.scorer = scorer;
        this.labels = labels;
        this.least = least;
    }

    /** Uses a trained or loaded classifier of texts, not of pairs; kept. */
    public static AdaptedTextClassifier<String> of(TextClassifier classifier) {
        return of(classifier, scorer(classifier), classifier.labels());
    }

    /**
     * Uses a trained or loaded classifier, whose labels are constants of an enum.
     *
     * @param classifier of texts, not of pairs; kept
     * @param type has a constant for each label, and may have more. The name of a constant is the label, whatever the case,
     *     with an underscore for each character that is no letter or digit
     * @throws IllegalArgumentException if a label has no constant; the message names it
     */
    public static <E extends Enum<E>> AdaptedTextClassifier<E> of(TextClassifier classifier, Class<E> type) {
        return of(classifier, scorer(classifier), constants(classifier.labels(), type));
    }

    /** Uses a trained or loaded classifier that gives a text, not a pair, any number of labels; kept. */
    public static AdaptedTextClassifier<String> of(MultiLabelClassifier classifier) {
        return of(classifier, scorer(classifier), classifier.labels());
    }

    /**
     * Uses a trained or loaded classifier that gives a text any number of labels, which are constants of an enum.
     *
     * @param classifier of texts, not of pairs; kept
     * @param type has a constant for each label; see {@link #of(TextClassifier, Class)}
     * @throws IllegalArgumentException if a label has no constant; the message names it
     */
    public static <E extends Enum<E>> AdaptedTextClassifier<E> of(MultiLabelClassifier classifier, Class<E> type) {
        return of(classifier, scorer(classifier), constants(classifier.labels(), type));
    }

    private static <L> AdaptedTextClassifier<L> of(
            SequenceModel model, Function<String, Scores> scorer, List<L> labels) {
        Require.argument(
                !model.pairs().orElse(false), "text classifier: the model reads pairs of texts, expected single texts");
        return new AdaptedTextClassifier<>(scorer, labels, OptionalDouble.empty());
    }

    private static Function<String, Scores> scorer(TextClassifier classifier) {
        return text -> {
            Classification classes = classifier.predict(text);
            int best = classes.labels().indexOf(classes.label());
            return new Scores(classes.probabilities(), i -> i == best);
        };
    }

    private static Function<String, Scores> scorer(MultiLabelClassifier classifier) {
        return text -> {
            ChosenLabels found = classifier.predict(text);
            return new Scores(
                    found.probabilities(),
                    i -> found.probabilities().get(i) >= found.thresholds().get(i));
        };
    }

    private static <E extends Enum<E>> List<E> constants(List<String> names, Class<E> type) {
        List<String> missing = names.stream()
                .filter(name -> constant(name, type).findAny().isEmpty())
                .toList();
        Require.argument(
                missing.isEmpty(),
                "text classifier: enum %s has no constant for the labels %s, expected one for each of %s, such as %s",
                type.getSimpleName(),
                missing,
                names,
                constantName(missing.isEmpty() ? "" : missing.get(0)));
        List<E> constants =
                names.stream().flatMap(name -> constant(name, type).limit(1)).toList();
        Require.argument(
                new HashSet<>(constants).size() == names.size(),
                "text classifier: the labels %s mean the constants %s of enum %s, expected different ones",
                names,
                constants,
                type.getSimpleName());
        return constants;
    }

    private static <E extends Enum<E>> Stream<E> constant(String label, Class<E> type) {
        return Stream.of(type.getEnumConstants())
                .filter(constant -> constantName(constant.name()).equals(constantName(label)));
    }

    private static String constantName(String label) {
        return label.toUpperCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]", "_");
    }

    /** Returns a copy that gives all labels of at least a probability from 0 to 1, instead of those that the model chooses. */
    public AdaptedTextClassifier<L> atLeast(double probability) {
        Require.argument(
                probability >= 0 && probability <= 1,
                "text classifier: at least %s, expected a probability from 0 to 1",
                probability);
        return new AdaptedTextClassifier<>(scorer, labels, OptionalDouble.of(probability));
    }

    /** Returns the labels that a text can have, in the order of the model's outputs. */
    public List<L> labels() {
        return labels;
    }

    /** Checks a label that a caller names in an operation. */
    L requireLabel(L label, String operation) {
        Require.argument(
                labels.contains(label),
                "%s: the classifier has no label %s, expected one of %s",
                operation,
                label,
                labels);
        return label;
    }

    /** Classifies a text, which is not blank. */
    @Override
    public ClassificationResult<L> classifyWithScores(String text) {
        Scores scores = scorer.apply(text);
        IntPredicate taken =
                least.isPresent() ? i -> scores.probabilities().get(i) >= least.getAsDouble() : scores.chosen();
        return new ClassificationResult<>(IntStream.range(0, labels.size())
                .filter(taken)
                .mapToObj(i ->
                        new ScoredLabel<>(labels.get(i), scores.probabilities().get(i)))
                .sorted(Comparator.comparingDouble((ScoredLabel<L> label) -> label.score())
                        .reversed())
                .toList());
    }

    /** The probability of each label, and whether the model chooses it. */
    private record Scores(List<Double> probabilities, IntPredicate chosen) {}
}
