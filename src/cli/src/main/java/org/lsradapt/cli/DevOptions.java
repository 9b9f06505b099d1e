package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.lsradapt.console.BadInput;
import org.lsradapt.tasks.AnsweredQuestion;
import org.lsradapt.tasks.LabelledWords;
import org.lsradapt.tasks.LanguageModelData;
import org.lsradapt.tasks.PredictionInputs;
import org.lsradapt.tasks.PromptCompletion;
import org.lsradapt.tasks.Task;
import org.lsradapt.tasks.TaskDescription;
import org.lsradapt.tasks.TrainingText;
import org.lsradapt.training.AnswerEvaluation;
import org.lsradapt.training.EncodedExample;
import org.lsradapt.training.Evaluation;
import org.lsradapt.training.TextSequences;
import org.lsradapt.training.TokenEvaluation;
import org.lsradapt.transformer.Tokenizer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that name the user's own evaluation data for a saved adapter. */
final class DevOptions {
    @Option(
            names = "--dev",
            paramLabel = "FILE",
            description = "Your evaluation data, as for finetune --dev: a table with labels (classification and"
                    + " regression of texts), a file with tags (words), questions about passages (answers), or plain"
                    + " text (.txt, or a folder of such files) or a table of instructions (next-token prediction).")
    @Names(Names.Use.INPUT)
    private Path file;

    @Mixin
    private LabelledTable table = new LabelledTable();

    @Mixin
    private TokenOptions tokens = new TokenOptions();

    @Mixin
    private MultiLabelOptions several = new MultiLabelOptions();

    /** Evaluation data that becomes an evaluation once the tokenizer is known. */
    @FunctionalInterface
    interface Data {
        Evaluation evaluation(Tokenizer tokenizer, int maxLength);
    }

    boolean isGiven() {
        return file != null;
    }

    @Override
    public String toString() {
        return "--dev " + file;
    }

    /** Checks the options without reading anything. */
    void check() {
        if (file == null && (table.isGiven() || tokens.isGiven() || several.isGiven())) {
            throw new BadInput(
                    "--text, --label, --format and the options of tokens and labels describe a file; expected --dev FILE"
                            + " with them");
        }
    }

    /**
     * Reads the file.
     *
     * @param task the adapter's task
     * @return empty if no file is given
     */
    Optional<Data> read(TaskDescription task) throws IOException {
        if (file == null) {
            return Optional.empty();
        }
        if (task instanceof TaskDescription.Tokens words) {
            List<LabelledWords> sentences = table.words(file, tokens).readAll(words.labels());
            return Optional.of((tokenizer, maxLength) ->
                    TokenEvaluation.of(sentences, words.labels(), words.words(), tokenizer, maxLength));
        }
        if (task instanceof TaskDescription.Spans spans) {
            return Optional.of(answers(spans));
        }
        if (tokens.isGiven()) {
            throw new BadInput("--word-column, --tag-column or --offsets with " + this + ": the adapter's task "
                    + task.name() + " (" + task.kind() + ") has no words with tags, expected none of them");
        }
        if (!(task instanceof TaskDescription.MultiLabel) && several.isGiven()) {
            throw new BadInput("--separator or --label-columns with " + this + ": the adapter's task " + task.name()
                    + " (" + task.kind() + ") does not assign several labels, expected neither of"
                    + " them");
        }
        if (task.hasHead()) {
            return Optional.of(labelled(task));
        }
        refuse(!task.generates(), task);
        List<TrainingText> all = texts();
        List<PromptCompletion> texts = all.stream()
                .filter(PromptCompletion.class::isInstance)
                .map(PromptCompletion.class::cast)
                .toList();
        if (texts.size() < all.size()) {
            throw new BadInput(this + ": found messages, expected prompts and completions");
        }
        return Optional.of(
                (tokenizer, maxLength) -> Evaluation.nextToken(TextSequences.encode(texts, tokenizer, maxLength)));
    }

    /** Whether adapters for this task can be measured here. */
    static boolean measures(TaskDescription task) {
        return task.hasHead() || task.generates();
    }

    /** Throws {@link BadInput}, which says that the task cannot be measured, if {@code wrong}. */
    void refuse(boolean wrong, TaskDescription task) {
        if (wrong) {
            throw new BadInput(this + ": the adapter's task " + task.name() + " ("
                    + task.kind() + ") is not measured here,"
                    + " expected an adapter of a classification or regression of texts, or of next-token prediction");
        }
    }

    private Data answers(TaskDescription.Spans task) throws IOException {
        if (tokens.hasColumns() || table.hasColumns() || several.isGiven()) {
            throw new BadInput(this + ": the adapter finds answers in passages, expected no column options");
        }
        List<AnsweredQuestion> questions = table.questions(file, tokens).readAll();
        return (tokenizer, maxLength) ->
                AnswerEvaluation.of(questions, task.noAnswerThreshold().isPresent(), tokenizer, maxLength);
    }

    private Data labelled(TaskDescription description) throws IOException {
        boolean severalLabels = description instanceof TaskDescription.MultiLabel;
        PredictionInputs inputs = description instanceof TaskDescription.MultiLabel labels
                ? table.several(file, several).inputs(labels.labels(), labels.thresholds())
                : table.read(file, description.labels());
        Task task = inputs.task()
                .orElseThrow(() -> new BadInput(file + ": there is no column "
                        + (severalLabels ? "of labels" : "\"" + table.label() + "\"")
                        + ", which should hold the labels; --label names another column"));
        boolean pairs = inputs.examples().get(0).second() != null;
        if (pairs != description.pairs()) {
            throw new BadInput(file + ": found " + (pairs ? "pairs of texts" : "single texts") + ", the adapter's task "
                    + description.name() + " has "
                    + (pairs ? "single texts; expected --text COLUMN" : "pairs; expected --text COLUMN,COLUMN"));
        }
        return (tokenizer, maxLength) ->
                Evaluation.of(task, EncodedExample.encode(inputs.examples(), tokenizer, maxLength));
    }

    private List<TrainingText> texts() throws IOException {
        if (table.hasColumns()) {
            throw new BadInput("--text or --label with " + this + ": the adapter continues texts, expected no columns");
        }
        if (Files.isDirectory(file) || file.toString().endsWith(".txt")) {
            return LanguageModelData.plainText(file).dev(file).read().evaluation();
        }
        LanguageModelData.FromInstructions rows = LanguageModelData.instructions(file);
        table.format().asked().ifPresent(rows::format);
        return rows.dev(file).read().evaluation();
    }
}
