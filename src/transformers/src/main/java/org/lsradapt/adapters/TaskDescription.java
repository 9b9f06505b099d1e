package org.lsradapt.adapters;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.WordReading;

/**
 * The task that an adapter was trained for.
 *
 * @param name the task's name
 * @param kind what the outputs are
 * @param labels names of the classes in the order of the outputs; empty unless it is a classification, of texts, images or words, with one or several classes each,
 *     or images and texts whose texts are the names of classes
 * @param pairs whether an input is a pair of texts
 * @param template a text in which {@value #PLACE} stands for the name of a class; empty unless classes are known by texts
 * @param thresholds where a text has several labels the probability from which on each counts as one of them; of answers in a passage
 *     that may have none, by how much the score of no answer has to exceed the best one; else empty
 * @param words how words become tokens, where they have classes; else {@link WordReading#JOINED}
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
        /** For each token of a question and a passage how well an answer starts and ends there, from a head. */
        SPANS,
        /** The next token; there is no head. */
        TEXT,
        /** Hidden tokens, by the base model's own head; none is trained. */
        MASKED,
        /** A text's vector; there is no head. */
        EMBEDDING,
        /** The vectors of images and of texts in one space; there is no head. */
        IMAGE_TEXT,
        /** How well a passage answers a query, a number from a head. */
        RERANKING;

        /** Its name in files. */
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

        /** Whether thresholds say what its outputs mean. */
        boolean hasThresholds() {
            return this == MULTI_LABEL || this == SPANS;
        }

        static Kind named(String label) {
            return Require.named("kind", label, values(), Kind::label);
        }
    }

    /** A description without words that are read each by itself. */
    public TaskDescription(
            String name,
            Kind kind,
            List<String> labels,
            boolean pairs,
            Optional<String> template,
            List<Double> thresholds) {
        this(name, kind, labels, pairs, template, thresholds, WordReading.JOINED);
    }

    /** Checks that a classification, or what has a template, has two classes at least, and nothing else has any. */
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
     * A choice among classes.
     *
     * @param name the task's name
     * @param labels names of the classes in the order of the outputs, at least two
     * @param pairs whether an input is a pair of texts
     * @return the description
     * @throws IllegalArgumentException if there are fewer than two labels
     */
    public static TaskDescription classification(String name, List<String> labels, boolean pairs) {
        return new TaskDescription(name, Kind.CLASSIFICATION, labels, pairs, Optional.empty(), List.of());
    }

    /**
     * The choice of any number of labels.
     *
     * @param name the task's name
     * @param labels the labels in the order of the outputs, at least two
     * @param pairs whether an input is a pair of texts
     * @param thresholds the probability from which on each counts, above 0 and not above 1
     * @return the description
     * @throws IllegalArgumentException if there are fewer labels, or not as many thresholds
     */
    public static TaskDescription multiLabel(String name, List<String> labels, boolean pairs, List<Double> thresholds) {
        return new TaskDescription(name, Kind.MULTI_LABEL, labels, pairs, Optional.empty(), thresholds);
    }

    /** As the other, with thresholds of 0.5. */
    public static TaskDescription multiLabel(String name, List<String> labels, boolean pairs) {
        return multiLabel(name, labels, pairs, Collections.nCopies(labels.size(), 0.5));
    }

    /**
     * The prediction of a value.
     *
     * @param name the task's name
     * @param pairs whether an input is a pair of texts
     * @return the description
     */
    public static TaskDescription regression(String name, boolean pairs) {
        return new TaskDescription(name, Kind.REGRESSION, List.of(), pairs, Optional.empty(), List.of());
    }

    /**
     * The scoring of pairs of a query and a passage.
     *
     * @param name the task's name
     * @return the description
     */
    public static TaskDescription reranking(String name) {
        return new TaskDescription(name, Kind.RERANKING, List.of(), true, Optional.empty(), List.of());
    }

    /**
     * The choice of a class for each word.
     *
     * @param name the task's name
     * @param labels names of the classes in the order of the outputs, at least two
     * @param words how words become tokens
     * @return the description
     * @throws IllegalArgumentException if there are fewer than two labels
     */
    public static TaskDescription tokens(String name, List<String> labels, WordReading words) {
        return new TaskDescription(name, Kind.TOKENS, labels, false, Optional.empty(), List.of(), words);
    }

    /** As the other, of words that are joined by single spaces. */
    public static TaskDescription tokens(String name, List<String> labels) {
        return tokens(name, labels, WordReading.JOINED);
    }

    /**
     * The search for answers in passages.
     *
     * @param name the task's name
     * @param noAnswerThreshold by how much the score of no answer has to exceed the best one; empty where there always is an answer
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
     * The prediction of next tokens.
     *
     * @param name the task's name
     * @return the description
     */
    public static TaskDescription text(String name) {
        return new TaskDescription(name, Kind.TEXT, List.of(), false, Optional.empty(), List.of());
    }

    /**
     * The prediction of hidden tokens.
     *
     * @param name the task's name
     * @return the description
     */
    public static TaskDescription masked(String name) {
        return new TaskDescription(name, Kind.MASKED, List.of(), false, Optional.empty(), List.of());
    }

    /**
     * Embeddings of texts.
     *
     * @param name the task's name
     * @return the description
     */
    public static TaskDescription embedding(String name) {
        return new TaskDescription(name, Kind.EMBEDDING, List.of(), false, Optional.empty(), List.of());
    }

    /**
     * Embeddings of images and texts in one space.
     *
     * @param name the task's name
     * @return the description
     */
    public static TaskDescription imageText(String name) {
        return new TaskDescription(name, Kind.IMAGE_TEXT, List.of(), false, Optional.empty(), List.of());
    }

    /**
     * Embeddings of images and of the texts that name their classes.
     *
     * @param name the task's name
     * @param labels names of the classes, at least two
     * @param template a text in which {@value #PLACE} stands for such a name
     * @return the description
     * @throws IllegalArgumentException if there are fewer labels, or the template has no place for them
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

    /** Whether the output is how well a passage answers a query. */
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

    /** Whether the outputs are where answers start and end. */
    public boolean isSpans() {
        return kind == Kind.SPANS;
    }

    /** Of answers, by how much the score of no answer has to exceed the best one; empty where there always is an answer. */
    public OptionalDouble noAnswerThreshold() {
        return isSpans() ? thresholds.stream().mapToDouble(Double::doubleValue).findFirst() : OptionalDouble.empty();
    }

    /** Whether it predicts next tokens, and so has no head. */
    public boolean isText() {
        return kind == Kind.TEXT;
    }

    /** Whether it predicts hidden tokens, and so has no head of its own. */
    public boolean isMasked() {
        return kind == Kind.MASKED;
    }

    /** Whether it reads hidden states of encoders as they are, so that it does not depend on a pooler or an output matrix of the base model. */
    public boolean isOfHiddenStates() {
        return isEmbedding() || isMasked();
    }

    /** Whether it makes embeddings, and so has no head. */
    public boolean isEmbedding() {
        return kind == Kind.EMBEDDING;
    }

    /** Whether it makes embeddings of images and texts, by two towers, and so has no head. */
    public boolean isImageText() {
        return kind == Kind.IMAGE_TEXT;
    }

    /** Whether there is a head. */
    public boolean hasHead() {
        return kind.hasHead();
    }

    /** How many outputs the head has; 0 where there is none. */
    public int outputs() {
        return switch (kind) {
            case CLASSIFICATION, MULTI_LABEL, TOKENS -> labels.size();
            case SPANS -> 2;
            case REGRESSION, RERANKING -> 1;
            case TEXT, MASKED, EMBEDDING, IMAGE_TEXT -> 0;
        };
    }
}
