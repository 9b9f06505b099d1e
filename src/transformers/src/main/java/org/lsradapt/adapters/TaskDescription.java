package org.lsradapt.adapters;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.WordReading;

/**
 * The task for which an adapter was trained.
 *
 * @param name the task's name
 * @param kind the kind of the outputs
 * @param labels the names of the classes in the order of the outputs; empty except for a classification of texts, images or words, with
 *     one or several classes each, and for images and texts whose texts are the names of classes
 * @param pairs whether an input is a pair of texts
 * @param template a text in which {@value #PLACE} stands for the name of a class; empty unless texts identify classes
 * @param thresholds for several labels per text, the lowest probability at which each label counts; for passages that may have no answer,
 *     the margin by which the score of no answer has to exceed the best answer's; otherwise empty
 * @param words how words become tokens if they have classes; otherwise {@link WordReading#JOINED}
 */
public record TaskDescription(
        String name,
        Kind kind,
        List<String> labels,
        boolean pairs,
        Optional<String> template,
        List<Double> thresholds,
        WordReading words) {
    /** The placeholder of a class's name in a template. */
    public static final String PLACE = "{}";

    /** The kind of a model's output. */
    public enum Kind {
        /** A score for each class, from a head. */
        CLASSIFICATION,
        /** A score for each label, of which a text may have several, from a head. */
        MULTI_LABEL,
        /** A value, from a head. */
        REGRESSION,
        /** A score for each class of each token, from a head. */
        TOKENS,
        /** For each token of a question and a passage, the scores of an answer's start and end there, from a head. */
        SPANS,
        /** The next token, without a head. */
        TEXT,
        /** Hidden tokens, by the base model's own head, which is not trained. */
        MASKED,
        /** A text's vector, without a head. */
        EMBEDDING,
        /** The vectors of images and of texts in one space, without a head. */
        IMAGE_TEXT,
        /** The relevance of a passage to a query, one number from a head. */
        RERANKING;

        /** The name in files. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        boolean hasHead() {
            return this == CLASSIFICATION
                    || this == MULTI_LABEL
                    || this == REGRESSION
                    || this == RERANKING
                    || this == TOKENS
                    || this == SPANS;
        }

        /** Whether thresholds determine the meaning of the outputs. */
        boolean hasThresholds() {
            return this == MULTI_LABEL || this == SPANS;
        }

        static Kind named(String label) {
            return Require.named("kind", label, values(), Kind::label);
        }
    }

    /** Creates a description with joined words. */
    public TaskDescription(
            String name,
            Kind kind,
            List<String> labels,
            boolean pairs,
            Optional<String> template,
            List<Double> thresholds) {
        this(name, kind, labels, pairs, template, thresholds, WordReading.JOINED);
    }

    /** Checks that a classification, or a task with a template, has at least two classes, and that no other task has any. */
    public TaskDescription {
        labels = List.copyOf(labels);
        thresholds = List.copyOf(thresholds);
        Require.argument(
                template.isEmpty() || (kind == Kind.IMAGE_TEXT && template.get().contains(PLACE)),
                "task %s: a %s with the template %s, expected %s",
                name,
                kind.label(),
                template.orElse(""),
                kind == Kind.IMAGE_TEXT ? "one with " + PLACE + " for the name of a class" : "none");
        boolean classes =
                kind == Kind.CLASSIFICATION || kind == Kind.MULTI_LABEL || kind == Kind.TOKENS || template.isPresent();
        Require.argument(
                classes ? labels.size() >= 2 : labels.isEmpty(),
                "task %s: a %s with labels %s, expected %s",
                name,
                kind.label(),
                labels,
                classes ? "at least 2" : "none");
        Require.argument(
                labels.stream().distinct().count() == labels.size(),
                "task %s: labels %s, expected different ones",
                name,
                labels);
        Require.argument(
                kind == Kind.SPANS
                        ? thresholds.size() <= 1 && thresholds.stream().allMatch(Double::isFinite)
                        : thresholds.size() == (kind == Kind.MULTI_LABEL ? labels.size() : 0)
                                && thresholds.stream().allMatch(threshold -> threshold > 0 && threshold <= 1),
                "task %s: a %s with thresholds %s, expected %s",
                name,
                kind.label(),
                thresholds,
                kind == Kind.MULTI_LABEL
                        ? "one above 0 and not above 1 for each of " + labels.size() + " labels"
                        : kind == Kind.SPANS ? "one finite number or none" : "none");
        Require.argument(
                pairs || (kind != Kind.RERANKING && kind != Kind.SPANS),
                "task %s: %s of single texts, expected pairs",
                name,
                kind.label());
        Require.argument(
                !pairs || (kind.hasHead() && kind != Kind.TOKENS),
                "task %s: %s with pairs, expected single texts",
                name,
                kind.label());
        Require.argument(
                kind == Kind.TOKENS || words == WordReading.JOINED,
                "task %s: %s with words %s, expected that of classes of words alone",
                name,
                kind.label(),
                words.label());
    }

    /**
     * Describes the choice of one class.
     *
     * @param name the task's name
     * @param labels the names of the classes in the order of the outputs, at least two
     * @param pairs whether an input is a pair of texts
     * @return the description
     * @throws IllegalArgumentException if there are fewer than two labels
     */
    public static TaskDescription classification(String name, List<String> labels, boolean pairs) {
        return new TaskDescription(name, Kind.CLASSIFICATION, labels, pairs, Optional.empty(), List.of());
    }

    /**
     * Describes the choice of any number of labels.
     *
     * @param name the task's name
     * @param labels the labels in the order of the outputs, at least two
     * @param pairs whether an input is a pair of texts
     * @param thresholds the lowest probability at which each label counts, above 0 and not above 1
     * @return the description
     * @throws IllegalArgumentException if there are fewer than two labels, or the number of thresholds differs
     */
    public static TaskDescription multiLabel(String name, List<String> labels, boolean pairs, List<Double> thresholds) {
        return new TaskDescription(name, Kind.MULTI_LABEL, labels, pairs, Optional.empty(), thresholds);
    }

    /** Describes the choice of any number of labels with thresholds of 0.5. */
    public static TaskDescription multiLabel(String name, List<String> labels, boolean pairs) {
        return multiLabel(name, labels, pairs, Collections.nCopies(labels.size(), 0.5));
    }

    /**
     * Describes the prediction of a value.
     *
     * @param name the task's name
     * @param pairs whether an input is a pair of texts
     * @return the description
     */
    public static TaskDescription regression(String name, boolean pairs) {
        return new TaskDescription(name, Kind.REGRESSION, List.of(), pairs, Optional.empty(), List.of());
    }

    /**
     * Describes the scoring of pairs of a query and a passage.
     *
     * @param name the task's name
     * @return the description
     */
    public static TaskDescription reranking(String name) {
        return new TaskDescription(name, Kind.RERANKING, List.of(), true, Optional.empty(), List.of());
    }

    /**
     * Describes the choice of a class for each word.
     *
     * @param name the task's name
     * @param labels the names of the classes in the order of the outputs, at least two
     * @param words how words become tokens
     * @return the description
     * @throws IllegalArgumentException if there are fewer than two labels
     */
    public static TaskDescription tokens(String name, List<String> labels, WordReading words) {
        return new TaskDescription(name, Kind.TOKENS, labels, false, Optional.empty(), List.of(), words);
    }

    /** Describes the choice of a class for each word, with words joined by single spaces. */
    public static TaskDescription tokens(String name, List<String> labels) {
        return tokens(name, labels, WordReading.JOINED);
    }

    /**
     * Describes the search for answers in passages.
     *
     * @param name the task's name
     * @param noAnswerThreshold the margin by which the score of no answer has to exceed the best answer's; empty if there is always an
     *     answer
     * @return the description
     */
    public static TaskDescription spans(String name, OptionalDouble noAnswerThreshold) {
        return new TaskDescription(
                name,
                Kind.SPANS,
                List.of(),
                true,
                Optional.empty(),
                noAnswerThreshold.stream().boxed().toList());
    }

    /**
     * Describes the prediction of next tokens.
     *
     * @param name the task's name
     * @return the description
     */
    public static TaskDescription text(String name) {
        return new TaskDescription(name, Kind.TEXT, List.of(), false, Optional.empty(), List.of());
    }

    /**
     * Describes the prediction of hidden tokens.
     *
     * @param name the task's name
     * @return the description
     */
    public static TaskDescription masked(String name) {
        return new TaskDescription(name, Kind.MASKED, List.of(), false, Optional.empty(), List.of());
    }

    /**
     * Describes embeddings of texts.
     *
     * @param name the task's name
     * @return the description
     */
    public static TaskDescription embedding(String name) {
        return new TaskDescription(name, Kind.EMBEDDING, List.of(), false, Optional.empty(), List.of());
    }

    /**
     * Describes embeddings of images and texts in one space.
     *
     * @param name the task's name
     * @return the description
     */
    public static TaskDescription imageText(String name) {
        return new TaskDescription(name, Kind.IMAGE_TEXT, List.of(), false, Optional.empty(), List.of());
    }

    /**
     * Describes embeddings of images and of the texts that name their classes.
     *
     * @param name the task's name
     * @param labels the names of the classes, at least two
     * @param template a text in which {@value #PLACE} stands for the name of a class
     * @return the description
     * @throws IllegalArgumentException if there are fewer labels, or the template has no placeholder
     */
    public static TaskDescription imageText(String name, List<String> labels, String template) {
        return new TaskDescription(name, Kind.IMAGE_TEXT, labels, false, Optional.of(template), List.of());
    }

    /** Whether the output is a value, not a class. */
    public boolean isRegression() {
        return kind == Kind.REGRESSION;
    }

    /** Whether a text may have several labels. */
    public boolean isMultiLabel() {
        return kind == Kind.MULTI_LABEL;
    }

    /** Whether the output is the relevance of a passage to a query. */
    public boolean isReranking() {
        return kind == Kind.RERANKING;
    }

    /** Whether the output is one number, not a class. */
    public boolean isNumber() {
        return isRegression() || isReranking();
    }

    /** Whether the outputs are classes of words. */
    public boolean isTokens() {
        return kind == Kind.TOKENS;
    }

    /** Whether the outputs are the starts and ends of answers. */
    public boolean isSpans() {
        return kind == Kind.SPANS;
    }

    /** The margin by which the score of no answer has to exceed the best answer's; empty if there is always an answer. */
    public OptionalDouble noAnswerThreshold() {
        return isSpans() ? thresholds.stream().mapToDouble(Double::doubleValue).findFirst() : OptionalDouble.empty();
    }

    /** Whether the task is to predict next tokens, without a head. */
    public boolean isText() {
        return kind == Kind.TEXT;
    }

    /** Whether the task is to predict hidden tokens, without a head of its own. */
    public boolean isMasked() {
        return kind == Kind.MASKED;
    }

    /**
     * Whether the task uses the hidden states of encoders directly, so that it does not depend on a pooler or an output matrix of the
     * base model.
     */
    public boolean isOfHiddenStates() {
        return isEmbedding() || isMasked();
    }

    /** Whether the task is to make embeddings, without a head. */
    public boolean isEmbedding() {
        return kind == Kind.EMBEDDING;
    }

    /** Whether the task is to make embeddings of images and texts with two towers, without a head. */
    public boolean isImageText() {
        return kind == Kind.IMAGE_TEXT;
    }

    /** Whether the adapter has a head. */
    public boolean hasHead() {
        return kind.hasHead();
    }

    /** The number of the head's outputs; 0 without a head. */
    public int outputs() {
        return switch (kind) {
            case CLASSIFICATION, MULTI_LABEL, TOKENS -> labels.size();
            case SPANS -> 2;
            case REGRESSION, RERANKING -> 1;
            case TEXT, MASKED, EMBEDDING, IMAGE_TEXT -> 0;
        };
    }
}
