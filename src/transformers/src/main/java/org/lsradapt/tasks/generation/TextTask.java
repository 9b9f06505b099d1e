package org.lsradapt.tasks.generation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.lsradapt.data.Table;
import org.lsradapt.finetuning.Baseline;
import org.lsradapt.finetuning.DatabaseOptions;
import org.lsradapt.finetuning.EvaluationData;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.finetuning.TrainingTask;
import org.lsradapt.finetuning.Usage;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.tasks.description.TextDescription;
import org.lsradapt.training.Evaluation;

/** Texts to predict token by token. */
public final class TextTask extends TrainingTask<LanguageModelData, TextGenerator> {
    /** The files of plain texts to train on. */
    public static final TaskOption TEXTS =
            TaskOption.TRAIN.described("Your training data: .txt files, folders of them, or tables; repeatable.");

    /** The column of plain texts. */
    public static final TaskOption COLUMN =
            TaskOption.TEXT.described("The column of the text in tables. Default: text.");

    private static final String NAME = "text";
    private static final String INSTRUCTIONS_NAME = "instructions";

    /** The type of plain texts, {@code --task text}. */
    public static final TaskType TYPE = TaskType.named(NAME)
            .options(TEXTS, TaskOption.DEV, TaskOption.FORMAT, COLUMN)
            .defaults(given -> TrainingDefaults.TEXT)
            .check(given -> {
                given.requireFiles();
                given.requireTexts(1, 1);
            })
            .evaluation(
                    TextDescription.class,
                    (task, file, given) -> evaluation(file, given),
                    TaskOption.FORMAT,
                    TaskOption.TEXT,
                    TaskOption.LABEL,
                    DatabaseOptions.ENCODING)
            .loads(TextDescription.class, TextGenerator::new)
            .reads(given -> new TextTask(NAME, plainTexts(given).read()));

    /** The type of prompts with completions, {@code --task instructions}. */
    public static final TaskType INSTRUCTIONS = TaskType.named(INSTRUCTIONS_NAME)
            .options(TaskOption.TRAIN, TaskOption.DEV, TaskOption.FORMAT)
            .usualColumns("messages")
            .usualColumns("prompt", "completion")
            .usualColumns("instruction", "output")
            .defaults(given -> TrainingDefaults.TEXT)
            .reads(TextTask::readInstructions);

    /** Creates a task of texts or conversations, with its name in folders. */
    public TextTask(String name, LanguageModelData data) {
        super(name, data, TrainingDefaults.TEXT, Feature.LABEL_SMOOTHING);
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "task %s: %d training and %d evaluation texts, next tokens to predict",
                name(),
                data().train().size(),
                data().evaluation().size());
    }

    @Override
    protected TextTask with(LanguageModelData other) {
        return new TextTask(name(), other);
    }

    @Override
    public Usage usage(String adapter) {
        return Usage.of(adapter, "generate --prompt 'a text'", "TextGenerator", "generate(\"a text\")");
    }

    @Override
    public String primaryMetric() {
        return "perplexity";
    }

    @Override
    public int usualLength(FrozenModel base) {
        return FineTuning.TEXT_LENGTH;
    }

    @Override
    public List<Baseline> baselines(FrozenModel base, int length, Consumer<String> said) throws IOException {
        try (TextGenerator generator = TextGenerator.of((BaseModel) base)) {
            return List.of(Baseline.baseMetrics(
                    generator.measure(data().evaluation(), length).metrics()));
        }
    }

    @Override
    public TextGenerator train(FrozenModel base, Setup setup) throws IOException {
        return setup.apply(TextGenerator.on((BaseModel) base).name(name())).train(data());
    }

    @Override
    public Measured measure(TextGenerator model, Setup setup) {
        return new Measured(model.measure(data().evaluation(), model.maxLength()));
    }

    /** Prepares reading plain texts from text files or from a column of tables. */
    public static LanguageModelData.FromText plainTexts(TaskOptions given) {
        LanguageModelData.FromText files = LanguageModelData.plainText(given.trainTables());
        if (!given.devTables().isEmpty()) {
            files.dev(given.devTables());
        }
        given.text().forEach(files::column);
        return files;
    }

    /** Reads the evaluation data of a saved adapter: plain texts, or a table of prompts with completions. */
    static EvaluationData evaluation(Path file, TaskOptions given) throws IOException {
        Require.argument(
                !given.has(TaskOption.TEXT) && !given.has(TaskOption.LABEL),
                "--text or --label with --dev %s: the adapter continues texts, expected no columns",
                file);
        List<TrainingText> all = texts(file, given);
        List<PromptCompletion> texts = all.stream()
                .filter(PromptCompletion.class::isInstance)
                .map(PromptCompletion.class::cast)
                .toList();
        Require.argument(
                texts.size() == all.size(), "--dev %s: found messages, expected prompts and completions", file);
        return (tokenizer, maxLength) -> Evaluation.nextToken(TextSequences.encode(texts, tokenizer, maxLength));
    }

    private static List<TrainingText> texts(Path file, TaskOptions given) throws IOException {
        Table text = given.table(file.toString());
        if (Files.isDirectory(file) || file.toString().endsWith(".txt")) {
            return LanguageModelData.plainText(List.of(text))
                    .dev(List.of(text))
                    .read()
                    .evaluation();
        }
        Table rows = given.formatted(text);
        return LanguageModelData.instructions(rows).dev(rows).read().evaluation();
    }

    private static TextTask readInstructions(TaskOptions given) throws IOException {
        LanguageModelData.FromInstructions file = LanguageModelData.instructions(given.train());
        given.dev().ifPresent(file::dev);
        return new TextTask(INSTRUCTIONS_NAME, file.read());
    }
}
