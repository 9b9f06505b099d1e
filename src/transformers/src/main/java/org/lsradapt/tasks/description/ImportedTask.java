package org.lsradapt.tasks.description;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.inputs.WordReading;

/**
 * What is known of the task of an adapter from another library.
 *
 * @param file the adapter's file or folder, for messages
 * @param peftType PEFT's task type; empty if the file has none or it decides nothing
 * @param outputs the number of the head's outputs; 0 without a head
 * @param given what the caller says
 */
public record ImportedTask(String file, Optional<String> peftType, int outputs, Given given) {
    private static final String TEXT = "text";
    private static final String EMBEDDING = "embedding";
    private static final String RERANKING = "rerank";

    /**
     * What the caller says of the task, as the options of {@code import} do.
     *
     * @param name the task's name; a name of a kind of task, such as {@code text}, decides if the file does not
     * @param labels the names of the outputs, in their order
     * @param usual returns the labels of a task with official data; empty for others
     * @param pairs whether inputs are pairs of texts
     * @param several whether a text may have any number of labels
     * @param thresholds the lowest probability at which each of several labels counts
     * @param words how words become tokens
     */
    public record Given(
            Optional<String> name,
            Optional<List<String>> labels,
            Function<String, List<String>> usual,
            boolean pairs,
            boolean several,
            Optional<List<Double>> thresholds,
            Optional<WordReading> words) {}

    /**
     * Describes the task.
     *
     * @throws IllegalArgumentException if the caller says too little, or something that does not fit the file; the message names the
     *     option
     */
    public TaskDescription describe() {
        return StoredTasks.of(this);
    }

    Optional<TaskDescription> text() {
        return withoutHead(new TextDescription(name(TEXT)), TEXT, "a language model");
    }

    Optional<TaskDescription> embedding() {
        return withoutHead(new EmbeddingDescription(name(EMBEDDING)), EMBEDDING, "an embedding model");
    }

    private Optional<TaskDescription> withoutHead(TaskDescription task, String kind, String model) {
        if (!isOf(task) && !isNamed(kind)) {
            return Optional.empty();
        }
        requireOneAnswer();
        Require.argument(
                given.labels().isEmpty() && !given.pairs(),
                "%s: not expected with an adapter of %s, which has no classes and no pairs",
                given.labels().isPresent() ? "--labels" : "--pairs",
                model);
        Require.argument(
                outputs == 0,
                "--task %s: %s has a head of %d outputs, expected the name of a classification or regression",
                task.name(),
                file,
                outputs);
        return Optional.of(task);
    }

    Optional<TaskDescription> tokens() {
        if (!isOfTokens()) {
            return Optional.empty();
        }
        requireOneAnswer();
        Require.argument(
                given.labels().isPresent() && !given.pairs(),
                "%s: %s is a classifier of tokens, expected its tags in the order of the head's outputs, --labels"
                        + " O,B-LOC,I-LOC",
                given.pairs() ? "--pairs" : "no --labels",
                file);
        List<String> tags = named("tags");
        return Optional.of(
                new TokensDescription(name("tokens"), tags, given.words().orElse(WordReading.JOINED)));
    }

    Optional<TaskDescription> spans() {
        TaskDescription spans = new SpansDescription(name("spans"), OptionalDouble.empty());
        if (!isOf(spans)) {
            return Optional.empty();
        }
        requireOneAnswer();
        Require.argument(
                given.labels().isEmpty() && !given.pairs(),
                "%s: not expected with %s, which finds answers in passages",
                given.labels().isPresent() ? "--labels" : "--pairs",
                file);
        return Optional.of(spans);
    }

    Optional<TaskDescription> multiLabel() {
        if (!given.several()) {
            return Optional.empty();
        }
        Require.argument(
                given.labels().isPresent(),
                "--multi-label: expected the labels in the order of the head's outputs, --labels a,b,c");
        List<String> labels = named("labels");
        String name = name("labels");
        return Optional.of(
                given.thresholds().isPresent()
                        ? new MultiLabelDescription(
                                name, labels, given.pairs(), given.thresholds().get())
                        : new MultiLabelDescription(name, labels, given.pairs()));
    }

    Optional<TaskDescription> reranking() {
        return isNamed(RERANKING) && given.labels().isEmpty() && outputs == 1
                ? Optional.of(new RerankingDescription(RERANKING))
                : Optional.empty();
    }

    /** Describes a classification or, without labels, a regression. */
    Optional<TaskDescription> classification() {
        String name = given.name()
                .orElseThrow(() ->
                        new IllegalArgumentException("--task: expected the task's name, which is not in the file"));
        List<String> labels = given.labels().orElseGet(() -> given.usual().apply(name));
        TaskDescription task = labels.isEmpty()
                ? new RegressionDescription(name, given.pairs())
                : new ClassificationDescription(name, labels, given.pairs());
        Require.argument(
                outputs > 0,
                "%s: has no head, which predict needs; expected --task text for a language model's adapter, or --task"
                        + " embedding for an embedding model's. In Java, ImportedAdapter reads it, to train a head on it",
                file);
        Require.argument(
                outputs == task.outputs(),
                "%s: the head has %d outputs, but task %s has %d%s",
                file,
                outputs,
                name,
                task.outputs(),
                labels.isEmpty()
                        ? ", as a regression, unless --labels names classes"
                        : ": " + String.join(",", labels) + " (--labels)");
        return Optional.of(task);
    }

    /** Checks that the words are given for a task that has words. */
    TaskDescription requireWords(TaskDescription task) {
        Require.argument(
                given.words().isEmpty() || isOfTokens(),
                "--words: expected with a classifier of tokens, and only there");
        return task;
    }

    private boolean isOfTokens() {
        return peftType.equals(Optional.of(TokensDescription.PEFT));
    }

    private boolean isOf(TaskDescription task) {
        return peftType.isPresent() && peftType.equals(task.peftType());
    }

    private boolean isNamed(String name) {
        return given.name().equals(Optional.of(name));
    }

    private String name(String usual) {
        return given.name().orElse(usual);
    }

    private List<String> named(String noun) {
        List<String> labels = given.labels().orElseThrow();
        Require.argument(
                outputs == labels.size(),
                "%s: the head has %d outputs, but there are %d %s: %s (--labels)",
                file,
                outputs,
                labels.size(),
                noun,
                String.join(",", labels));
        return labels;
    }

    private void requireOneAnswer() {
        Require.argument(!given.several(), "--multi-label: %s is not a text classifier, expected one", file);
    }
}
