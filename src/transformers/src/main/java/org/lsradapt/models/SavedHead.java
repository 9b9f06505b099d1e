package org.lsradapt.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.families.Family;
import org.lsradapt.io.TensorSource;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.internal.weights.MappedWeights;
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.transformer.WordReading;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The trained classification or regression head in a base model's Hugging Face folder. */
public final class SavedHead {
    /** Parts of the names of classes whose head this library supports. Other classes have weights of the same names. */
    private static final List<String> CLASSIFIERS = List.of("ForSequenceClassification", "ForImageClassification");

    /** The configuration fields by which sentence-transformers marks a cross-encoder: version 4 and 5, then before 4. */
    static final List<String> CROSS_ENCODERS = List.of("sentence_transformers", "sbert_ce_default_activation_function");

    private static final String TOKENS = "ForTokenClassification";

    /** The problem_type of a classifier with any number of labels per text. */
    static final String MULTI_LABEL = "multi_label_classification";
    /** The field of config.json with, for each label, the probability from which on it counts. */
    static final String THRESHOLDS = "label_thresholds";

    private static final double USUAL_THRESHOLD = 0.5;
    private static final String SPANS = "ForQuestionAnswering";

    /** The field of config.json with the margin by which the score of no answer must exceed the best one; unknown to transformers. */
    static final String NO_ANSWER = "no_answer_threshold";

    /** The field of config.json that says how a classifier of tokens reads words; unknown to transformers. */
    static final String WORDS = "word_reading";

    private final String location;
    private final Map<String, INDArray> arrays;
    private final List<String> labels;
    private final List<Double> thresholds;
    private final int outputs;
    private final String problem;
    private final String architecture;
    private final boolean crossEncoder;
    private final OptionalDouble noAnswerThreshold;
    private final WordReading words;

    private SavedHead(
            String location,
            Map<String, INDArray> arrays,
            List<String> labels,
            int outputs,
            ObjectNode config,
            boolean crossEncoder) {
        this.location = location;
        this.arrays = arrays;
        this.labels = labels;
        this.outputs = outputs;
        problem = config.path("problem_type").asText();
        JsonNode known = config.path(THRESHOLDS);
        thresholds = labels.stream()
                .map(label -> known.path(label).asDouble(USUAL_THRESHOLD))
                .toList();
        architecture = config.path("architectures").path(0).asText();
        this.crossEncoder = crossEncoder || CROSS_ENCODERS.stream().anyMatch(config::has);
        words = config.path(WORDS).asText().equals(WordReading.SEPARATE.label())
                ? WordReading.SEPARATE
                : WordReading.JOINED;
        JsonNode threshold = config.path(NO_ANSWER);
        noAnswerThreshold = threshold.isNumber() ? OptionalDouble.of(threshold.asDouble()) : OptionalDouble.empty();
    }

    /** Finds the head of a folder, if it has one. */
    static Optional<SavedHead> find(TensorSource tensors, ObjectNode config, Family family, Transformer model)
            throws IOException {
        return find(tensors, config, family, model, false);
    }

    /**
     * Finds the head of a folder, if it has one.
     *
     * @param crossEncoder whether files other than {@code config.json} say that it is a cross-encoder
     */
    static Optional<SavedHead> find(
            TensorSource tensors, ObjectNode config, Family family, Transformer model, boolean crossEncoder)
            throws IOException {
        Head head = isOf(TOKENS, config)
                ? family.tokenHead(model)
                : isOf(SPANS, config) ? family.answerHead(model) : model.head();
        String weight = head.output() + ".weight";
        if (!tensors.has(weight) || tensors.shape(weight).length != 2) {
            return Optional.empty();
        }
        int outputs = Math.toIntExact(tensors.shape(weight)[0]);
        List<String> labels = new ArrayList<>();
        JsonNode names = config.path("id2label");
        for (int i = 0; outputs > 1 && i < outputs; i++) {
            labels.add(names.path(Integer.toString(i)).asText("LABEL_" + i));
        }
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        List<String> layers = new ArrayList<>(List.of(head.output()));
        head.dense().ifPresent(dense -> layers.add(dense.linear().name()));
        head.dense().flatMap(Head.Dense::norm).ifPresent(norm -> layers.add(norm.name()));
        for (String layer : layers) {
            for (String name : List.of(layer + ".weight", layer + ".bias")) {
                if (tensors.has(name)) {
                    arrays.put(name, MappedWeights.read(tensors, name, true));
                }
            }
        }
        return Optional.of(
                new SavedHead(tensors.location(), arrays, List.copyOf(labels), outputs, config, crossEncoder));
    }

    private static boolean isOf(String kind, ObjectNode config) {
        return config.path("architectures").path(0).asText().endsWith(kind);
    }

    /** Whether the head classifies each token. */
    public boolean isOfTokens() {
        return architecture.endsWith(TOKENS);
    }

    /** Returns how words become tokens, for a head that classifies tokens. */
    public WordReading words() {
        return words;
    }

    /** Whether the head finds answers in passages. */
    public boolean isOfSpans() {
        return architecture.endsWith(SPANS);
    }

    /**
     * Returns the margin by which the score of no answer must exceed the best one, for a head that finds answers; empty
     * if there always is an answer.
     */
    public OptionalDouble noAnswerThreshold() {
        return noAnswerThreshold;
    }

    /**
     * Throws unless the head gives one class, any number of labels, or one number, as models of this library do.
     *
     * @throws IllegalArgumentException if it gives several numbers, or classifies tokens or anything other than a text
     *     or an image
     */
    public void requireKnownAnswer() {
        Require.argument(
                architecture.isEmpty() || CLASSIFIERS.stream().anyMatch(architecture::contains),
                "%s: the model is a %s, expected a classifier of texts or images",
                location,
                architecture);
        Require.argument(
                !problem.equals("regression") || outputs == 1,
                "%s: the classifier is for problem_type regression with %d outputs, expected one output",
                location,
                outputs);
        Require.argument(
                !isMultiLabel() || outputs > 1,
                "%s: the classifier is for problem_type %s with one output, expected at least two labels",
                location,
                problem);
    }

    /** Whether the head gives a text any number of labels. */
    public boolean isMultiLabel() {
        return problem.equals(MULTI_LABEL);
    }

    /**
     * Returns the probability from which on each label counts, for a classifier with any number of labels: 0.5 unless
     * its files say otherwise.
     */
    public List<Double> thresholds() {
        return thresholds;
    }

    /** Whether the head gives a text or a pair of texts one number, as a regression or a cross-encoder does. */
    public boolean isOneNumber() {
        return outputs == 1 && (architecture.isEmpty() || architecture.contains(CLASSIFIERS.get(0))) && !isMultiLabel();
    }

    /** Whether the files say that the head scores how well a passage answers a query, as sentence-transformers' cross-encoders do. */
    public boolean isCrossEncoder() {
        return isOneNumber() && crossEncoder && !problem.equals("regression");
    }

    /** The names of the classes in the order of the outputs; empty for a regression. */
    public List<String> labels() {
        return labels;
    }

    /** The number of outputs. */
    public int outputs() {
        return outputs;
    }

    /**
     * Copies the parameters into a head.
     *
     * @param head a head of this model with the same number of outputs; overwritten
     * @throws IllegalArgumentException if a parameter is missing or has another shape
     */
    public void copyTo(SequenceHead head) {
        for (Parameter parameter : head.parameters()) {
            INDArray value = arrays.get(parameter.name());
            Require.argument(
                    value != null, "%s: there is no weight '%s' of the classifier", location, parameter.name());
            Require.shape(
                    location,
                    parameter.name(),
                    value,
                    "the head",
                    parameter.value().shape());
            parameter.value().assign(value);
        }
    }
}
