package org.lsradapt.tasks.description;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lsradapt.families.Family;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.OrdinalObjective;
import org.lsradapt.objectives.OrdinalThresholds;
import org.lsradapt.objectives.RankingLoss;
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.objectives.SequenceObjective;
import org.lsradapt.objectives.SpanObjective;
import org.lsradapt.objectives.TokenObjective;
import org.lsradapt.transformer.WordReading;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Transformer;

/**
 * The task for which an adapter or a head was trained: the meaning of the model's outputs. Each kind of task is a record that answers
 * the questions of files, cards and models; {@link StoredTasks} registers the kinds.
 */
public sealed interface TaskDescription {
    /** The placeholder of a class's name in a template. */
    String PLACE = "{}";

    /** PEFT's task type of a base model by itself. */
    String FEATURES = "FEATURE_EXTRACTION";

    /** The task's name. */
    String name();

    /** The name of the task's kind in files. */
    String kind();

    /** The task in a few words, such as {@code 3 classes}. */
    String summary();

    /** The names of the classes in the order of the outputs; empty if there are none. */
    default List<String> labels() {
        return List.of();
    }

    /** Whether an input is a pair of texts. */
    default boolean pairs() {
        return false;
    }

    /** The number of the head's outputs; 0 without a head. */
    default int outputs() {
        return 0;
    }

    /** Whether the adapter has a head. */
    default boolean hasHead() {
        return outputs() > 0;
    }

    /** How the head reads hidden states. */
    default Head head(Family family, Transformer model) {
        return model.head();
    }

    /** Whether the head has outputs for each token, not for the whole input. */
    default boolean readsEachToken() {
        return false;
    }

    /** The names of the parameters that a head may have in a family's Hugging Face class. */
    default List<String> headParameters(Family family) {
        return family.headParameters();
    }

    /** Whether the adapter is for a model with a tower for images and one for texts. */
    default boolean hasTowers() {
        return false;
    }

    /** Whether the outputs are vectors, whose settings the adapter's card has. */
    default boolean embeds() {
        return false;
    }

    /** Whether the outputs are next tokens. */
    default boolean generates() {
        return false;
    }

    /**
     * Whether the task uses the hidden states of encoders directly, so that it does not depend on a pooler or an output matrix of the
     * base model.
     */
    default boolean usesHiddenStates() {
        return false;
    }

    /** Whether outputs of several models can be averaged: numbers as they are, scores of classes as probabilities. */
    default boolean averages() {
        return false;
    }

    /** The fields of the task in {@code adapter_config.json}, in order. */
    default Map<String, Object> fields() {
        return fields(this);
    }

    /** The fields of a whole model's Hugging Face {@code config.json} that describe its head. */
    default Map<String, Object> hubFields() {
        return Map.of();
    }

    /** The class in transformers of a whole model. */
    default String architecture(Family family) {
        return family.sequenceClassifier();
    }

    /** The names of a head's outputs in ONNX, where each output is an array of its own; otherwise empty. */
    default List<String> outputNames() {
        return List.of();
    }

    /**
     * The task in the terms of Hugging Face's hub.
     *
     * @param ofImages whether the model reads images
     */
    HubTask onHub(boolean ofImages);

    /** PEFT's task type; empty if PEFT has none. */
    default Optional<String> peftType() {
        return Optional.of("SEQ_CLS");
    }

    /**
     * The objective of further training.
     *
     * @throws IllegalStateException if the task has no head
     */
    default Objective objective(SequenceHead head, Backend backend) {
        throw new IllegalStateException("task " + name() + ": " + kind() + " has no head");
    }

    /**
     * Reads the task of an {@code adapter_config.json}.
     *
     * @throws IOException if a field is missing, unknown or does not fit the kind; the message names the field
     */
    static TaskDescription read(JsonFields fields) throws IOException {
        return StoredTasks.read(fields);
    }

    /** The task of a whole model's head; empty if this library has no such task. */
    static Optional<TaskDescription> of(HubHead head) throws IOException {
        return StoredTasks.of(head);
    }

    /** The fields of a whole model's {@code config.json} by which this library describes heads beyond those of transformers. */
    static List<String> ownHubFields() {
        return StoredTasks.fieldsOfHeads();
    }

    /** The choice of one class. */
    record Classification(String name, List<String> labels, boolean pairs) implements TaskDescription {
        /** Checks that there are at least two different labels. */
        public Classification {
            labels = requireLabels(name, "classification", labels);
        }

        static Classification read(JsonFields fields) throws IOException {
            return new Classification(fields.text("name"), fields.texts("labels"), fields.flag("pairs"));
        }

        static Optional<Classification> of(HubHead head) {
            return head.readsWhole() && head.outputs() > 1 && !head.problem().equals(HubHead.NUMBER)
                    ? Optional.of(classification("classification", head.labels(), false))
                    : Optional.empty();
        }

        @Override
        public String kind() {
            return "classification";
        }

        @Override
        public String summary() {
            return outputs() + " classes";
        }

        @Override
        public int outputs() {
            return labels.size();
        }

        @Override
        public boolean averages() {
            return true;
        }

        @Override
        public Map<String, Object> fields() {
            return TaskDescription.fields(this, "labels", labels, "pairs", pairs);
        }

        @Override
        public Map<String, Object> hubFields() {
            return HubHead.names("single_label_classification", labels);
        }

        @Override
        public HubTask onHub(boolean ofImages) {
            HubTask task = ofImages
                    ? HubTask.of(
                                    "image-classification",
                                    "AutoModelForImageClassification",
                                    "chooses a class for each image",
                                    "predict")
                            .preparedBy("AutoImageProcessor")
                    : classifier("chooses a class for each text");
            return task.loadedWith(", num_labels=" + outputs());
        }

        @Override
        public Objective objective(SequenceHead head, Backend backend) {
            return SequenceObjective.of(head, Loss.CROSS_ENTROPY, backend);
        }
    }

    /**
     * The choice of any number of labels.
     *
     * @param thresholds the lowest probability at which each label counts
     */
    record MultiLabel(String name, List<String> labels, boolean pairs, List<Double> thresholds)
            implements TaskDescription {
        /** The field of {@code config.json} with the thresholds; unknown to transformers. */
        static final String THRESHOLDS = "label_thresholds";

        private static final double USUAL = 0.5;

        /** Checks that there are at least two different labels, and a threshold above 0 and not above 1 for each. */
        public MultiLabel {
            labels = requireLabels(name, "multi_label", labels);
            thresholds = List.copyOf(thresholds);
            Require.argument(
                    thresholds.size() == labels.size()
                            && thresholds.stream().allMatch(threshold -> threshold > 0 && threshold <= 1),
                    "task %s: a multi_label with thresholds %s, expected one above 0 and not above 1 for each of %d labels",
                    name,
                    thresholds,
                    labels.size());
        }

        static MultiLabel read(JsonFields fields) throws IOException {
            return new MultiLabel(
                    fields.text("name"), fields.texts("labels"), fields.flag("pairs"), fields.numbers("thresholds"));
        }

        static Optional<MultiLabel> of(HubHead head) throws IOException {
            if (!head.readsWhole() || head.outputs() < 2 || !head.problem().equals(HubHead.SEVERAL)) {
                return Optional.empty();
            }
            List<Double> thresholds = new ArrayList<>();
            boolean known = head.config().has(THRESHOLDS);
            for (String label : head.labels()) {
                thresholds.add(known ? head.config().object(THRESHOLDS).number(label, USUAL) : USUAL);
            }
            return Optional.of(multiLabel("labels", head.labels(), false, thresholds));
        }

        @Override
        public String kind() {
            return "multi_label";
        }

        @Override
        public String summary() {
            return outputs() + " labels, any number of them"
                    + IntStream.range(0, outputs())
                            .mapToObj(c -> String.format(Locale.ROOT, "%s from %.4f", labels.get(c), thresholds.get(c)))
                            .collect(Collectors.joining(", ", " (", ")"));
        }

        @Override
        public int outputs() {
            return labels.size();
        }

        @Override
        public Map<String, Object> fields() {
            return TaskDescription.fields(this, "labels", labels, "pairs", pairs, "thresholds", thresholds);
        }

        @Override
        public Map<String, Object> hubFields() {
            Map<String, Object> fields = HubHead.names(HubHead.SEVERAL, labels);
            Map<String, Double> byLabel = new LinkedHashMap<>();
            for (int i = 0; i < labels.size(); i++) {
                byLabel.put(labels.get(i), thresholds.get(i));
            }
            fields.put(THRESHOLDS, byLabel);
            return fields;
        }

        @Override
        public HubTask onHub(boolean ofImages) {
            return classifier("chooses any number of labels for each text")
                    .loadedWith(", num_labels=" + outputs() + ", problem_type=\"" + HubHead.SEVERAL + '"');
        }

        @Override
        public Objective objective(SequenceHead head, Backend backend) {
            return SequenceObjective.multiLabel(head, Optional.empty(), backend);
        }
    }

    /**
     * The choice of one of several ordered classes by a score.
     *
     * @param labels the names of the classes in their order
     * @param thresholds the scores between neighboring classes; see {@link OrdinalThresholds}
     */
    record Ordinal(String name, List<String> labels, boolean pairs, List<Double> thresholds)
            implements TaskDescription {
        /** The fields of {@code config.json} with labels and thresholds; unknown to transformers. */
        static final String LABELS = "ordinal_labels";

        static final String THRESHOLDS = "ordinal_thresholds";

        /** Checks that there are at least two different labels, and one threshold less, in rising order. */
        public Ordinal {
            labels = requireLabels(name, "ordinal", labels);
            thresholds = List.copyOf(thresholds);
            Require.argument(
                    thresholds.size() == labels.size() - 1,
                    "task %s: an ordinal with thresholds %s, expected one less than the labels %s",
                    name,
                    thresholds,
                    labels);
            OrdinalThresholds.require(numbers(thresholds));
        }

        static Ordinal read(JsonFields fields) throws IOException {
            return new Ordinal(
                    fields.text("name"), fields.texts("labels"), fields.flag("pairs"), fields.numbers("thresholds"));
        }

        static Optional<Ordinal> of(HubHead head) throws IOException {
            return head.readsWhole() && head.outputs() == 1 && head.config().has(THRESHOLDS)
                    ? Optional.of(new Ordinal(
                            "ordinal",
                            head.config().texts(LABELS),
                            false,
                            head.config().numbers(THRESHOLDS)))
                    : Optional.empty();
        }

        private static double[] numbers(List<Double> values) {
            return values.stream().mapToDouble(Double::doubleValue).toArray();
        }

        /**
         * Returns the logarithm of each class's probability.
         *
         * @param score the head's output
         */
        public double[] logProbabilities(double score) {
            return OrdinalThresholds.logProbabilities(score, numbers(thresholds));
        }

        @Override
        public String kind() {
            return "ordinal";
        }

        @Override
        public String summary() {
            return labels.size() + " ordered classes, from " + labels.get(0) + " to " + labels.get(labels.size() - 1);
        }

        @Override
        public int outputs() {
            return 1;
        }

        @Override
        public boolean averages() {
            return true;
        }

        @Override
        public Map<String, Object> fields() {
            return TaskDescription.fields(this, "labels", labels, "pairs", pairs, "thresholds", thresholds);
        }

        @Override
        public Map<String, Object> hubFields() {
            Map<String, Object> fields = HubHead.names(HubHead.NUMBER, List.of());
            fields.put(LABELS, labels);
            fields.put(THRESHOLDS, thresholds);
            return fields;
        }

        @Override
        public HubTask onHub(boolean ofImages) {
            return classifier(thresholds.stream()
                            .map(threshold -> String.format(Locale.ROOT, "%.6f", threshold))
                            .collect(Collectors.joining(
                                    ", ", "gives each text a score for ordered classes, with the thresholds ", "")))
                    .loadedWith(", num_labels=1");
        }

        @Override
        public Objective objective(SequenceHead head, Backend backend) {
            return OrdinalObjective.of(head, numbers(thresholds), backend);
        }
    }

    /** The prediction of a value. */
    record Regression(String name, boolean pairs) implements TaskDescription {
        static Regression read(JsonFields fields) throws IOException {
            requireNoLabels(fields, "regression");
            return new Regression(fields.text("name"), fields.flag("pairs"));
        }

        static Optional<Regression> of(HubHead head) {
            return head.readsWhole() && head.outputs() == 1 && !head.problem().equals(HubHead.SEVERAL)
                    ? Optional.of(regression("regression", false))
                    : Optional.empty();
        }

        @Override
        public String kind() {
            return "regression";
        }

        @Override
        public String summary() {
            return "regression";
        }

        @Override
        public int outputs() {
            return 1;
        }

        @Override
        public boolean averages() {
            return true;
        }

        @Override
        public Map<String, Object> fields() {
            return TaskDescription.fields(this, "labels", labels(), "pairs", pairs);
        }

        @Override
        public Map<String, Object> hubFields() {
            return HubHead.names(HubHead.NUMBER, labels());
        }

        @Override
        public HubTask onHub(boolean ofImages) {
            return classifier("gives each text a number").loadedWith(", num_labels=1");
        }

        @Override
        public Objective objective(SequenceHead head, Backend backend) {
            return SequenceObjective.of(head, Loss.SQUARED_ERROR, backend);
        }
    }

    /** The scoring of pairs of a query and a passage. */
    record Reranking(String name) implements TaskDescription {
        static Reranking read(JsonFields fields) throws IOException {
            requireNoLabels(fields, "reranking");
            requirePairs(fields, "reranking");
            return new Reranking(fields.text("name"));
        }

        static Optional<Reranking> of(HubHead head) {
            return head.givesNumber() && head.crossEncoder() && !head.problem().equals(HubHead.NUMBER)
                    ? Optional.of(reranking("rerank"))
                    : Optional.empty();
        }

        @Override
        public String kind() {
            return "reranking";
        }

        @Override
        public String summary() {
            return "reranking";
        }

        @Override
        public boolean pairs() {
            return true;
        }

        @Override
        public int outputs() {
            return 1;
        }

        @Override
        public boolean averages() {
            return true;
        }

        @Override
        public Map<String, Object> fields() {
            return TaskDescription.fields(this, "labels", labels(), "pairs", true);
        }

        /** Sentence-transformers applies the activation to the output of a cross-encoder. */
        @Override
        public Map<String, Object> hubFields() {
            Map<String, Object> fields = HubHead.names(labels());
            fields.put("sentence_transformers", Map.of("activation_fn", "torch.nn.modules.linear.Identity"));
            return fields;
        }

        @Override
        public HubTask onHub(boolean ofImages) {
            return HubTask.of(
                            "text-ranking",
                            "AutoModelForSequenceClassification",
                            "scores how well a passage answers a query",
                            "rerank")
                    .loadedWith(", num_labels=1")
                    .in(new HubTask.Sentences(
                            "CrossEncoder",
                            List.of("cross-encoder", "reranker"),
                            "scores = model.predict([(\"a query\", \"a passage\")])"));
        }

        @Override
        public Objective objective(SequenceHead head, Backend backend) {
            return SequenceObjective.ranking(head, RankingLoss.binary(), backend);
        }
    }

    /**
     * The choice of a class for each word.
     *
     * @param words how words become tokens
     */
    record Tokens(String name, List<String> labels, WordReading words) implements TaskDescription {
        /** PEFT's task type. */
        static final String PEFT = "TOKEN_CLS";

        /** The field of {@code config.json} that says how words are read; unknown to transformers. */
        static final String READING = "word_reading";

        /** Checks that there are at least two different labels. */
        public Tokens {
            labels = requireLabels(name, "tokens", labels);
        }

        static Tokens read(JsonFields fields) throws IOException {
            Tokens task = new Tokens(
                    fields.text("name"),
                    fields.texts("labels"),
                    fields.has("words") ? fields.meaning("words", WordReading::named) : WordReading.JOINED);
            Require.argument(!fields.flag("pairs"), "task %s: tokens with pairs, expected single texts", task.name());
            return task;
        }

        static Optional<Tokens> of(HubHead head) throws IOException {
            return head.architecture().endsWith(HubHead.TOKENS)
                    ? Optional.of(tokens(
                            "tokens",
                            head.labels(),
                            head.config().meaning(READING, WordReading.JOINED.label(), WordReading::named)))
                    : Optional.empty();
        }

        @Override
        public String kind() {
            return "tokens";
        }

        @Override
        public String summary() {
            return outputs() + " classes of words"
                    + (words == WordReading.SEPARATE ? ", each tokenized by itself" : "");
        }

        @Override
        public int outputs() {
            return labels.size();
        }

        @Override
        public boolean readsEachToken() {
            return true;
        }

        @Override
        public Head head(Family family, Transformer model) {
            return family.tokenHead(model);
        }

        @Override
        public List<String> headParameters(Family family) {
            return family.tokenHeadParameters();
        }

        @Override
        public Map<String, Object> fields() {
            return words == WordReading.JOINED
                    ? TaskDescription.fields(this, "labels", labels, "pairs", false)
                    : TaskDescription.fields(this, "labels", labels, "pairs", false, "words", words.label());
        }

        @Override
        public Map<String, Object> hubFields() {
            Map<String, Object> fields = new LinkedHashMap<>();
            if (words != WordReading.JOINED) {
                fields.put(READING, words.label());
            }
            fields.putAll(HubHead.names(labels));
            return fields;
        }

        @Override
        public String architecture(Family family) {
            return family.tokenClassifier().orElseThrow();
        }

        @Override
        public HubTask onHub(boolean ofImages) {
            return HubTask.of(
                            "token-classification",
                            "AutoModelForTokenClassification",
                            "chooses a class for each word",
                            "predict")
                    .loadedWith(", num_labels=" + outputs());
        }

        @Override
        public Optional<String> peftType() {
            return Optional.of(PEFT);
        }

        @Override
        public Objective objective(SequenceHead head, Backend backend) {
            return new TokenObjective(head, backend);
        }
    }

    /**
     * The search for answers in passages.
     *
     * @param noAnswerThreshold the margin by which the score of no answer has to exceed the best answer's; empty if there is always an
     *     answer
     */
    record Spans(String name, OptionalDouble noAnswerThreshold) implements TaskDescription {
        /** The field of {@code config.json} with the threshold; unknown to transformers. */
        static final String NO_ANSWER = "no_answer_threshold";

        /** Checks that the threshold is finite. */
        public Spans {
            requireThresholds(name, noAnswerThreshold.stream().boxed().toList());
        }

        static Spans read(JsonFields fields) throws IOException {
            requireNoLabels(fields, "spans");
            requirePairs(fields, "spans");
            List<Double> thresholds = fields.numbers("thresholds");
            requireThresholds(fields.text("name"), thresholds);
            return new Spans(
                    fields.text("name"),
                    thresholds.stream().mapToDouble(Double::doubleValue).findFirst());
        }

        private static void requireThresholds(String name, List<Double> thresholds) {
            Require.argument(
                    thresholds.size() <= 1 && thresholds.stream().allMatch(Double::isFinite),
                    "task %s: a spans with thresholds %s, expected one finite number or none",
                    name,
                    thresholds);
        }

        static Optional<Spans> of(HubHead head) throws IOException {
            return head.architecture().endsWith(HubHead.SPANS)
                    ? Optional.of(spans(
                            "spans",
                            head.config().isOff(NO_ANSWER)
                                    ? OptionalDouble.empty()
                                    : OptionalDouble.of(head.config().number(NO_ANSWER))))
                    : Optional.empty();
        }

        @Override
        public String kind() {
            return "spans";
        }

        @Override
        public String summary() {
            return "answers in passages"
                    + (noAnswerThreshold.isPresent()
                            ? String.format(Locale.ROOT, " (none above %.4f)", noAnswerThreshold.getAsDouble())
                            : "");
        }

        @Override
        public boolean pairs() {
            return true;
        }

        @Override
        public int outputs() {
            return SpanObjective.OUTPUTS;
        }

        @Override
        public boolean readsEachToken() {
            return true;
        }

        @Override
        public Head head(Family family, Transformer model) {
            return family.answerHead(model);
        }

        @Override
        public List<String> headParameters(Family family) {
            return family.answerHeadParameters();
        }

        @Override
        public Map<String, Object> fields() {
            return TaskDescription.fields(
                    this,
                    "labels",
                    labels(),
                    "pairs",
                    true,
                    "thresholds",
                    noAnswerThreshold.stream().boxed().toList());
        }

        @Override
        public List<String> outputNames() {
            return List.of("start_logits", "end_logits");
        }

        /** No labels, because the default of transformers is two, start and end. */
        @Override
        public Map<String, Object> hubFields() {
            return noAnswerThreshold.isPresent() ? Map.of(NO_ANSWER, noAnswerThreshold.getAsDouble()) : Map.of();
        }

        @Override
        public String architecture(Family family) {
            return family.answerExtractor().orElseThrow();
        }

        @Override
        public HubTask onHub(boolean ofImages) {
            return HubTask.of(
                    "question-answering", "AutoModelForQuestionAnswering", "finds answers in passages", "predict");
        }

        @Override
        public Optional<String> peftType() {
            return Optional.of("QUESTION_ANS");
        }

        @Override
        public Objective objective(SequenceHead head, Backend backend) {
            return new SpanObjective(head, backend);
        }
    }

    /** The prediction of next tokens. */
    record Text(String name) implements TaskDescription {
        @Override
        public String kind() {
            return "text";
        }

        @Override
        public String summary() {
            return "text";
        }

        @Override
        public boolean generates() {
            return true;
        }

        @Override
        public String architecture(Family family) {
            return family.languageModel().orElseThrow();
        }

        @Override
        public HubTask onHub(boolean ofImages) {
            return HubTask.of("text-generation", "AutoModelForCausalLM", "continues texts", "generate");
        }

        @Override
        public Optional<String> peftType() {
            return Optional.of("CAUSAL_LM");
        }
    }

    /** The prediction of hidden tokens by the base model's own head, which is not trained. */
    record Masked(String name) implements TaskDescription {
        @Override
        public String kind() {
            return "masked";
        }

        @Override
        public String summary() {
            return "hidden words";
        }

        @Override
        public boolean usesHiddenStates() {
            return true;
        }

        @Override
        public String architecture(Family family) {
            return family.baseClass();
        }

        @Override
        public HubTask onHub(boolean ofImages) {
            return HubTask.STATES;
        }

        @Override
        public Optional<String> peftType() {
            return Optional.of(FEATURES);
        }
    }

    /** Embeddings of texts. */
    record Embedding(String name) implements TaskDescription {
        @Override
        public String kind() {
            return "embedding";
        }

        @Override
        public String summary() {
            return "embeddings";
        }

        @Override
        public boolean embeds() {
            return true;
        }

        @Override
        public boolean usesHiddenStates() {
            return true;
        }

        @Override
        public String architecture(Family family) {
            return family.baseClass();
        }

        @Override
        public HubTask onHub(boolean ofImages) {
            return HubTask.of("feature-extraction", "AutoModel", "makes embeddings of texts", "embed")
                    .in(new HubTask.Sentences(
                            "SentenceTransformer",
                            List.of("sentence-similarity"),
                            "vectors = model.encode([\"a text\", \"another\"])"));
        }

        @Override
        public Optional<String> peftType() {
            return Optional.of(FEATURES);
        }
    }

    /**
     * Embeddings of images and texts in one space, by a model of two towers.
     *
     * @param labels the names of the classes that the texts name; empty if they name none
     * @param template a text in which {@value TaskDescription#PLACE} stands for the name of a class; empty without classes
     */
    record ImageText(String name, List<String> labels, Optional<String> template) implements TaskDescription {
        /** Checks that there are labels and a template with a placeholder, or neither. */
        public ImageText {
            Require.argument(
                    template.isEmpty() || template.get().contains(PLACE),
                    "task %s: a image_text with the template %s, expected one with %s for the name of a class",
                    name,
                    template.orElse(""),
                    PLACE);
            labels = template.isPresent()
                    ? requireLabels(name, "image_text", labels)
                    : requireNone(name, "image_text", labels);
        }

        static ImageText read(JsonFields fields) throws IOException {
            return fields.has("labels") || fields.has("template")
                    ? imageText(fields.text("name"), fields.texts("labels"), fields.text("template"))
                    : imageText(fields.text("name"));
        }

        @Override
        public String kind() {
            return "image_text";
        }

        @Override
        public String summary() {
            return "images and texts";
        }

        @Override
        public boolean hasTowers() {
            return true;
        }

        @Override
        public Map<String, Object> fields() {
            return template.isPresent()
                    ? TaskDescription.fields(this, "labels", labels, "template", template.get())
                    : TaskDescription.fields(this);
        }

        @Override
        public String architecture(Family family) {
            return family.baseClass();
        }

        @Override
        public HubTask onHub(boolean ofImages) {
            return HubTask.of(
                            "zero-shot-image-classification",
                            "AutoModel",
                            "makes embeddings of images and texts",
                            "zero-shot")
                    .preparedBy("AutoProcessor");
        }

        @Override
        public Optional<String> peftType() {
            return Optional.empty();
        }
    }

    /**
     * Describes the choice of one class.
     *
     * @param labels the names of the classes in the order of the outputs, at least two
     * @param pairs whether an input is a pair of texts
     * @throws IllegalArgumentException if there are fewer than two labels
     */
    static Classification classification(String name, List<String> labels, boolean pairs) {
        return new Classification(name, labels, pairs);
    }

    /**
     * Describes the choice of any number of labels.
     *
     * @param labels the labels in the order of the outputs, at least two
     * @param pairs whether an input is a pair of texts
     * @param thresholds the lowest probability at which each label counts, above 0 and not above 1
     * @throws IllegalArgumentException if there are fewer than two labels, or the number of thresholds differs
     */
    static MultiLabel multiLabel(String name, List<String> labels, boolean pairs, List<Double> thresholds) {
        return new MultiLabel(name, labels, pairs, thresholds);
    }

    /** Describes the choice of any number of labels with thresholds of 0.5. */
    static MultiLabel multiLabel(String name, List<String> labels, boolean pairs) {
        return multiLabel(name, labels, pairs, Collections.nCopies(labels.size(), MultiLabel.USUAL));
    }

    /** Describes the prediction of a value from a text or a pair of texts. */
    static Regression regression(String name, boolean pairs) {
        return new Regression(name, pairs);
    }

    /** Describes the scoring of pairs of a query and a passage. */
    static Reranking reranking(String name) {
        return new Reranking(name);
    }

    /**
     * Describes the choice of a class for each word.
     *
     * @param labels the names of the classes in the order of the outputs, at least two
     * @param words how words become tokens
     * @throws IllegalArgumentException if there are fewer than two labels
     */
    static Tokens tokens(String name, List<String> labels, WordReading words) {
        return new Tokens(name, labels, words);
    }

    /** Describes the choice of a class for each word, with words joined by single spaces. */
    static Tokens tokens(String name, List<String> labels) {
        return tokens(name, labels, WordReading.JOINED);
    }

    /**
     * Describes the search for answers in passages.
     *
     * @param noAnswerThreshold the margin by which the score of no answer has to exceed the best answer's; empty if there is always an
     *     answer
     */
    static Spans spans(String name, OptionalDouble noAnswerThreshold) {
        return new Spans(name, noAnswerThreshold);
    }

    /** Describes the prediction of next tokens. */
    static Text text(String name) {
        return new Text(name);
    }

    /** Describes the prediction of hidden tokens. */
    static Masked masked(String name) {
        return new Masked(name);
    }

    /** Describes embeddings of texts. */
    static Embedding embedding(String name) {
        return new Embedding(name);
    }

    /** Describes embeddings of images and texts in one space. */
    static ImageText imageText(String name) {
        return new ImageText(name, List.of(), Optional.empty());
    }

    /**
     * Describes embeddings of images and of the texts that name their classes.
     *
     * @param labels the names of the classes, at least two
     * @param template a text in which {@value #PLACE} stands for the name of a class
     * @throws IllegalArgumentException if there are fewer labels, or the template has no placeholder
     */
    static ImageText imageText(String name, List<String> labels, String template) {
        return new ImageText(name, labels, Optional.of(template));
    }

    private static Map<String, Object> fields(TaskDescription task, Object... own) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", task.name());
        fields.put("kind", task.kind());
        for (int i = 0; i < own.length; i += 2) {
            fields.put((String) own[i], own[i + 1]);
        }
        return fields;
    }

    private static HubTask classifier(String does) {
        return HubTask.of("text-classification", "AutoModelForSequenceClassification", does, "predict");
    }

    private static List<String> requireLabels(String name, String kind, List<String> labels) {
        Require.argument(labels.size() >= 2, "task %s: a %s with labels %s, expected at least 2", name, kind, labels);
        Require.argument(
                labels.stream().distinct().count() == labels.size(),
                "task %s: labels %s, expected different ones",
                name,
                labels);
        return List.copyOf(labels);
    }

    private static List<String> requireNone(String name, String kind, List<String> labels) {
        Require.argument(labels.isEmpty(), "task %s: a %s with labels %s, expected none", name, kind, labels);
        return List.of();
    }

    private static void requireNoLabels(JsonFields fields, String kind) throws IOException {
        requireNone(fields.text("name"), kind, fields.texts("labels"));
    }

    private static void requirePairs(JsonFields fields, String kind) throws IOException {
        Require.argument(
                fields.flag("pairs"), "task %s: %s of single texts, expected pairs", fields.text("name"), kind);
    }
}
