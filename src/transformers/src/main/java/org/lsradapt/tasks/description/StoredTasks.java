package org.lsradapt.tasks.description;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.internal.Require;

/** The kinds of tasks, as files name and describe them. */
final class StoredTasks {
    private static final List<String> ANY = List.of("name", "kind");

    /**
     * The form of a kind of task in {@code adapter_config.json}.
     *
     * @param fields the names of its own fields
     * @param ofHeads the names of its own fields in a whole model's {@code config.json}, unknown to transformers
     */
    private record Form(String kind, List<String> fields, List<String> ofHeads, Reading reading) {

        Form(String kind, List<String> fields, Reading reading) {
            this(kind, fields, List.of(), reading);
        }
    }

    private interface Reading {
        TaskDescription of(JsonFields fields) throws IOException;
    }

    private interface Recognition {
        Optional<? extends TaskDescription> of(HubHead head) throws IOException;
    }

    private static final Form[] FORMS = {
        new Form(
                "classification",
                List.of("labels", "pairs", Descriptions.TEMPERATURES, ClassificationDescription.ABSTAIN),
                List.of(ClassificationDescription.ABSTAIN),
                ClassificationDescription::read),
        new Form(
                "multi_label",
                List.of("thresholds", "labels", "pairs", Descriptions.TEMPERATURES),
                List.of(MultiLabelDescription.THRESHOLDS),
                MultiLabelDescription::read),
        new Form("regression", List.of("labels", "pairs"), RegressionDescription::read),
        new Form(
                "tokens",
                List.of("labels", "pairs", "words"),
                List.of(TokensDescription.READING),
                TokensDescription::read),
        new Form(
                "spans",
                List.of("thresholds", "labels", "pairs"),
                List.of(SpansDescription.NO_ANSWER),
                SpansDescription::read),
        new Form("text", List.of(), fields -> new TextDescription(fields.text("name"))),
        new Form("masked", List.of(), fields -> new MaskedDescription(fields.text("name"))),
        new Form("embedding", List.of(), fields -> new EmbeddingDescription(fields.text("name"))),
        new Form("image_text", List.of("labels", "template"), ImageTextDescription::read),
        new Form("reranking", List.of("labels", "pairs"), RerankingDescription::read),
        new Form(
                "ordinal",
                List.of("thresholds", "labels", "pairs"),
                List.of(OrdinalDescription.LABELS, OrdinalDescription.THRESHOLDS),
                OrdinalDescription::read),
    };

    /** The tasks of heads in Hugging Face's files; the first one that knows the head has it. */
    private static final List<Recognition> OF_HEADS = List.of(
            TokensDescription::of,
            SpansDescription::of,
            OrdinalDescription::of,
            RerankingDescription::of,
            RegressionDescription::of,
            MultiLabelDescription::of,
            ClassificationDescription::of);

    /** The tasks of adapters from other libraries; the first one that fits has the adapter. */
    private static final List<Function<ImportedTask, Optional<TaskDescription>>> IMPORTED = List.of(
            ImportedTask::text,
            ImportedTask::embedding,
            ImportedTask::tokens,
            ImportedTask::spans,
            ImportedTask::multiLabel,
            ImportedTask::reranking,
            ImportedTask::classification);

    private StoredTasks() {}

    static List<String> fieldsOfHeads() {
        return Stream.of(FORMS).flatMap(form -> form.ofHeads().stream()).toList();
    }

    static TaskDescription read(JsonFields fields) throws IOException {
        Form form = fields.meaning("kind", kind -> Require.named("kind", kind, FORMS, Form::kind));
        fields.requireOnly(Stream.concat(ANY.stream(), form.fields().stream()).toList());
        try {
            return form.reading().of(fields);
        } catch (IllegalArgumentException e) {
            throw fields.failure("labels", e.getMessage());
        }
    }

    static Optional<TaskDescription> of(HubHead head) throws IOException {
        for (Recognition one : OF_HEADS) {
            Optional<? extends TaskDescription> task = one.of(head);
            if (task.isPresent()) {
                return Optional.of(task.get());
            }
        }
        return Optional.empty();
    }

    static TaskDescription of(ImportedTask imported) {
        return imported.requireWords(IMPORTED.stream()
                .flatMap(one -> one.apply(imported).stream())
                .findFirst()
                .orElseThrow());
    }
}
