package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.lsradapt.console.BadInput;
import org.lsradapt.finetuning.SequenceTraining;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.runs.RunData;
import org.lsradapt.runs.Teacher;
import org.lsradapt.tasks.DataFormat;
import org.lsradapt.tasks.LanguageModelData;
import org.lsradapt.tasks.RetrievalData;
import org.lsradapt.tasks.official.Tasks;
import org.lsradapt.transformer.WordReading;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options that select the task and its data files. */
final class DataOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--task",
            paramLabel = "TASK",
            description = "wordnet, wordnet-10k (ten times as many evaluation examples), wordnet-search or"
                    + " wordnet-tokens, which need no files; a GLUE or SuperGLUE task, or images, with --data; or"
                    + " your own data with --train: classify, regress, labels (several per text), tokens (words with"
                    + " tags, such as names), spans (answers to questions about passages), text (plain text,"
                    + " next-token prediction), masked (plain text for encoders, hidden-word prediction),"
                    + " instructions (prompts and completions), preferences (prompts with a chosen and a rejected"
                    + " answer), rerank (queries with judged passages), or, for embeddings, pairs (such as questions"
                    + " and passages) or similarity (pairs with scores).")
    private String task = "wordnet";

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Folder of the task's official files. images: a folder with a subfolder of pictures for"
                    + " each class (or train and val with such subfolders), MNIST's IDX or CIFAR-10's binary files,"
                    + " or a table of paths and labels, or for CLIP and SigLIP of paths and captions. pairs: a BEIR"
                    + " folder (corpus.jsonl, queries.jsonl, qrels), instead of --train.")
    @Names(Names.Use.INPUT)
    private Path data;

    @Option(
            names = "--train",
            paramLabel = "FILE",
            showDefaultValue = Visibility.NEVER,
            description = "Your training data: CSV or TSV with a header, or JSON lines. tokens: CoNLL columns, or"
                    + " JSON lines. spans: SQuAD's JSON, or JSON lines. text, masked: .txt files, folders of them,"
                    + " or tables; repeatable.")
    @Names(Names.Use.INPUT)
    private List<Path> train = List.of();

    @Option(
            names = "--dev",
            paramLabel = "FILE",
            showDefaultValue = Visibility.NEVER,
            description = "Your evaluation data. Default: a held-out tenth of the training data.")
    @Names(Names.Use.INPUT)
    private List<Path> dev = List.of();

    @Mixin
    private TableFormatOption format = new TableFormatOption();

    @Option(
            names = "--examples",
            paramLabel = "N",
            description = "Tasks with labels: train on about N of the examples, the same for all seeds; 0 for all.")
    private int examples;

    @Option(
            names = "--text",
            split = ",",
            paramLabel = "COLUMN",
            showDefaultValue = Visibility.NEVER,
            description = "classify, regress, labels, similarity, text, masked: the column of the text, or both"
                    + " columns of a pair. Default: text; for similarity sentence1,sentence2. tokens: the field of"
                    + " the words or of the text in JSON lines. Default: tokens, or text.")
    private List<String> text = List.of();

    @Option(
            names = "--label",
            paramLabel = "COLUMN",
            showDefaultValue = Visibility.NEVER,
            description = "classify, regress, similarity, rerank, images: the column of the label or the number."
                    + " Default: label; for similarity score. labels: the column of all labels. Default: labels."
                    + " tokens: the field of the tags or spans in JSON lines. Default: ner_tags, or spans.")
    private String label;

    @Mixin
    private TokenOptions tokens = new TokenOptions();

    @Option(
            names = "--words",
            paramLabel = "READING",
            description = "tokens: joined (by spaces, and tokenized as one text) or separate (each by itself, as"
                    + " transformers' is_split_into_words). Default: joined.")
    private String words;

    @Mixin
    private MultiLabelOptions several = new MultiLabelOptions();

    @Option(
            names = "--positive",
            paramLabel = "COLUMN",
            description = "pairs, rerank: the column of the positive text. Default: positive.")
    private String positive;

    @Option(
            names = "--negative",
            split = ",",
            paramLabel = "COLUMN",
            showDefaultValue = Visibility.NEVER,
            description = "pairs, rerank: the columns of hard negatives: texts that resemble the positive but are"
                    + " wrong.")
    private List<String> negatives = List.of();

    @Option(
            names = "--corpus",
            paramLabel = "DIR",
            description = "pairs, rerank: evaluate on this BEIR folder (corpus.jsonl, queries.jsonl, qrels)."
                    + " Default: held-out pairs.")
    @Names(Names.Use.INPUT)
    private Path corpus;

    @Mixin
    private LossOptions losses = new LossOptions();

    @Mixin
    private PairsTask pairs = new PairsTask();

    @Mixin
    private RerankTask rerank = new RerankTask();

    @Mixin
    private TeacherOptions teacher = new TeacherOptions();

    @Mixin
    private ImagesTask images = new ImagesTask();

    @Mixin
    private MaskedTask masked = new MaskedTask();

    /**
     * Returns the tasks for the user's own data, then the tasks that need no files and are not classifications, in the
     * order of messages.
     */
    private List<DataTask> tasks() {
        return List.of(
                new LabelledTask("classify", false),
                new LabelledTask("regress", true),
                new LabelsTask(several),
                new TokensTask(tokens, reading()),
                new SpansTask(tokens),
                new PlainTextTask("text"),
                masked,
                new InstructionsTask("instructions"),
                new PreferencesTask("preferences"),
                pairs,
                new SimilarityTask("similarity"),
                rerank,
                images,
                new WordNetSearchTask("wordnet-search"),
                new WordNetTokensTask(reading()));
    }

    private WordReading reading() {
        return words == null ? WordReading.JOINED : WordReading.named(words);
    }

    private DataTask chosen() {
        return tasks().stream()
                .filter(known -> known.name().equals(task))
                .findFirst()
                .orElseGet(this::official);
    }

    private DataTask official() {
        if (!Tasks.has(task)) {
            throw new BadInput("unknown task \"" + task + "\", expected one of " + String.join(", ", Tasks.names())
                    + ", " + names(known -> !known.isOwn()) + "; or, with your own data, "
                    + names(DataTask::isOwn));
        }
        return new OfficialTask(Tasks.named(task));
    }

    private String names(Predicate<DataTask> which) {
        return tasks().stream().filter(which).map(DataTask::name).collect(Collectors.joining(", "));
    }

    String task() {
        return task;
    }

    boolean isOwn() {
        return chosen().isOwn();
    }

    /**
     * Whether a head is trained.
     *
     * @param read the data; empty before it is read
     */
    boolean hasHead(Optional<RunData> read) {
        return read.map(RunData::hasHead)
                .orElseGet(() -> defaults(read).withoutAdapters().headSteps() > 0);
    }

    /**
     * Returns the task's training defaults, which options override.
     *
     * @param read the data; empty before it is read
     */
    TrainingDefaults defaults(Optional<RunData> read) {
        return chosen().defaults(this, read);
    }

    /**
     * Returns the default number of epochs; few examples get more.
     *
     * @param read the data; empty before it is read, when only the options are checked
     */
    int epochs(Optional<RunData> read, int batch) {
        int usual = chosen().epochs(defaults(read));
        int forFew = read.flatMap(RunData::labelledExamples)
                .map(examples -> SequenceTraining.epochs(examples, batch))
                .orElse(usual);
        return Math.max(usual, forFew);
    }

    /** Returns the origin of the data, for the report. */
    Optional<String> source() {
        if (isOwn() && data == null) {
            return Optional.of(files(train) + (dev.isEmpty() ? "" : ", " + files(dev)));
        }
        return Optional.ofNullable(data).map(Path::toString);
    }

    private static String files(List<Path> files) {
        return String.join(", ", files.stream().map(Path::toString).toList());
    }

    /**
     * Checks the options against the task and each other, without reading data files.
     *
     * @throws IOException if the task's official files are missing
     */
    void check() throws IOException {
        boolean isNamed = spec.commandLine().getParseResult().hasMatchedOption("--task");
        if (!isNamed && !train.isEmpty()) {
            String likely = LikelyTask.of(train()).orElse("expected one of " + names(DataTask::isOwn));
            throw new BadInput("--train " + train() + ": found no --task, expected the task to train for; " + likely);
        }
        DataTask chosen = chosen();
        refuse(examples < 0 || examples == 1, "--examples " + examples, "0, or 2 or more");
        for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
            String name = option.longestName();
            List<String> takers = takers(name);
            boolean fits = takers.isEmpty() || chosen.options().contains(name);
            if (!fits && !isNamed) {
                throw new BadInput(name + ": found no --task, expected --task with it: " + String.join(", ", takers));
            }
            refuse(!fits, name, "it with " + String.join(", ", takers));
        }
        chosen.check(this);
    }

    private List<String> takers(String option) {
        List<String> takers = new ArrayList<>(tasks().stream()
                .filter(known -> known.options().contains(option))
                .map(DataTask::name)
                .toList());
        if (OfficialTask.OPTIONS.contains(option)) {
            takers.add("tasks with official data");
        }
        return takers;
    }

    /** Throws {@link BadInput} with the task's name if {@code wrong}. */
    void refuse(boolean wrong, String found, String expected) {
        if (wrong) {
            throw new BadInput("--task " + task + ": found " + found + ", expected " + expected);
        }
    }

    /** Throws unless there are files to train on. */
    void requireFiles() {
        refuse(train.isEmpty(), "no training data", "--train FILE");
    }

    /** Throws unless there is exactly one file to train on and at most one to evaluate on. */
    void requireOneFile() {
        requireFiles();
        refuse(train.size() > 1 || dev.size() > 1, "several files", "one of each");
    }

    /** Throws if {@code --text} is given with a number of columns outside of these bounds. */
    void requireTexts(int least, int most) {
        boolean fits = text.isEmpty() || (text.size() >= least && text.size() <= most);
        refuse(
                !fits,
                "--text " + String.join(",", text),
                most == 1 ? "one column" : least == most ? "two columns" : "one column, or two for pairs");
    }

    /**
     * Reads the data.
     *
     * @throws IllegalArgumentException if an option does not fit the task
     * @throws IOException if a file is missing or malformed; the message names it
     */
    RunData read() throws IOException {
        check();
        RunData all = chosen().read(this);
        return examples == 0 ? all : all.limit(examples);
    }

    /** Returns the first training file. */
    Path train() {
        return train.get(0);
    }

    List<Path> trainFiles() {
        return train;
    }

    /** Returns the first evaluation file. */
    Optional<Path> dev() {
        return dev.stream().findFirst();
    }

    List<Path> devFiles() {
        return dev;
    }

    /** Reads plain texts from text files or from a column of tables. */
    LanguageModelData.FromText plainTexts() {
        LanguageModelData.FromText files = LanguageModelData.plainText(train.toArray(new Path[0]));
        if (!dev.isEmpty()) {
            files.dev(dev.toArray(new Path[0]));
        }
        format().ifPresent(files::format);
        text.forEach(files::column);
        return files;
    }

    Optional<Path> data() {
        return Optional.ofNullable(data);
    }

    Optional<DataFormat> format() {
        return format.asked();
    }

    /** Returns the text columns; empty for the default. */
    List<String> text() {
        return text;
    }

    Optional<String> label() {
        return Optional.ofNullable(label);
    }

    Optional<String> positive() {
        return Optional.ofNullable(positive);
    }

    /** Returns the columns of hard negatives. */
    List<String> negatives() {
        return negatives;
    }

    Optional<Teacher> teacher() {
        return teacher.teacher();
    }

    LossOptions losses() {
        return losses;
    }

    Optional<Path> corpus() {
        return Optional.ofNullable(corpus);
    }

    /**
     * Reads a BEIR folder to evaluate on.
     *
     * @param folder a folder in BEIR's layout, with a split {@code dev} or {@code test}; {@code dev} comes first
     */
    static RetrievalData beir(Path folder) throws IOException {
        return RetrievalData.beir(folder, Files.exists(folder.resolve("qrels/dev.tsv")) ? "dev" : "test");
    }
}
