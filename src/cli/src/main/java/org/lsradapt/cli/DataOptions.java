package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lsradapt.console.BadInput;
import org.lsradapt.finetuning.EmbedderTraining;
import org.lsradapt.finetuning.RerankerTraining;
import org.lsradapt.finetuning.SequenceTraining;
import org.lsradapt.finetuning.TextGenerator;
import org.lsradapt.images.Augmentation;
import org.lsradapt.runs.RunData;
import org.lsradapt.tasks.CaptionData;
import org.lsradapt.tasks.ImageData;
import org.lsradapt.tasks.LanguageModelData;
import org.lsradapt.tasks.OwnData;
import org.lsradapt.tasks.PairData;
import org.lsradapt.tasks.RetrievalData;
import org.lsradapt.tasks.ScoredPairData;
import org.lsradapt.tasks.Task;
import org.lsradapt.tasks.TokenData;
import org.lsradapt.tasks.official.Tasks;
import org.lsradapt.tasks.official.WordNetPairs;
import org.lsradapt.tasks.official.WordNetTokens;
import org.lsradapt.training.TrainingConfig;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say what to learn, and from which files. */
final class DataOptions {
    private static final String WORDNET = "wordnet";
    private static final String CLASSIFY = "classify";
    private static final String REGRESS = "regress";
    private static final String TOKENS = TokenData.NAME;
    private static final String TEXT = "text";
    private static final String INSTRUCTIONS = "instructions";
    private static final String PAIRS = "pairs";
    private static final String SIMILARITY = "similarity";
    private static final String RERANK = "rerank";
    private static final String IMAGES = ImageData.NAME;
    private static final String WORDNET_SEARCH = "wordnet-search";
    private static final String WORDNET_TOKENS = WordNetTokens.NAME;
    /** Those that need no files and are no classification of texts. */
    private static final List<String> EMBEDDED = List.of(WORDNET_SEARCH, WORDNET_TOKENS);
    /** Stands for the tasks that {@link Tasks} knows. */
    private static final String OFFICIAL = "tasks with official data";

    private static final List<String> OWN =
            List.of(CLASSIFY, REGRESS, TOKENS, TEXT, INSTRUCTIONS, PAIRS, SIMILARITY, RERANK, IMAGES);
    private static final List<String> FILES =
            List.of(CLASSIFY, REGRESS, TOKENS, TEXT, INSTRUCTIONS, PAIRS, SIMILARITY, RERANK);
    private static final List<String> TABLES =
            List.of(CLASSIFY, REGRESS, TOKENS, INSTRUCTIONS, PAIRS, SIMILARITY, RERANK);
    private static final List<String> EMBEDDINGS = List.of(PAIRS, SIMILARITY, WORDNET_SEARCH);

    private static final int WORDNET_EPOCHS = 6;

    @Option(
            names = "--task",
            paramLabel = "TASK",
            description =
                    "wordnet, wordnet-10k (the same with ten times as many evaluation examples), wordnet-search or"
                            + " wordnet-tokens, which need no files; a GLUE or SuperGLUE task with --data; or, with --train, data"
                            + " of your own: classify, regress, tokens (words with tags, such as those of names), text (plain"
                            + " text, next-token prediction), instructions (prompts and completions), or, for embeddings, pairs"
                            + " (such as questions and passages) or similarity (pairs with scores); rerank"
                            + " (queries with judged passages); or images, with --data.")
    private String task = WORDNET;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "Folder of the task's official files; for images, a folder with a folder of pictures for each class,"
                            + " perhaps in train and val, of MNIST's IDX or CIFAR-10's binary files, or a table of paths and labels, or"
                            + " for CLIP of paths and captions;"
                            + " for pairs, of corpus.jsonl, queries.jsonl and qrels, as BEIR"
                            + " has them, in place of --train.")
    private Path data;

    @Option(
            names = "--train",
            paramLabel = "FILE",
            showDefaultValue = Visibility.NEVER,
            description =
                    "Your training data: CSV, TSV or JSON lines with a header; for tokens, columns as CoNLL has them, or"
                            + " JSON lines; for text, files or folders of .txt"
                            + " files, the option repeated for more.")
    private List<Path> train = List.of();

    @Option(
            names = "--dev",
            paramLabel = "FILE",
            showDefaultValue = Visibility.NEVER,
            description = "Your evaluation data. Default: a tenth of the training data is held out.")
    private List<Path> dev = List.of();

    @Mixin
    private TableFormatOption format = new TableFormatOption();

    @Option(
            names = "--examples",
            paramLabel = "N",
            description =
                    "Train on about N of the training examples of a task with labels, the same ones for all seeds; 0 for all.")
    private int examples;

    @Option(
            names = "--text",
            split = ",",
            paramLabel = "COLUMN",
            showDefaultValue = Visibility.NEVER,
            description = "classify, regress, similarity: the column of the text, or the two of a pair. Default: text;"
                    + " of similarity sentence1,sentence2. tokens: of JSON lines, the field of the words or of the text."
                    + " Default: tokens, or text.")
    private List<String> text;

    @Option(
            names = "--label",
            paramLabel = "COLUMN",
            showDefaultValue = Visibility.NEVER,
            description =
                    "classify, regress, similarity, rerank, images: the column of the label or the number. Default: label; of"
                            + " similarity score. tokens: of JSON lines, the field of the tags or spans. Default: ner_tags,"
                            + " or spans.")
    private String label;

    @Mixin
    private TokenOptions tokens = new TokenOptions();

    @Option(
            names = "--anchor",
            paramLabel = "COLUMN",
            description = "pairs: the column of what is asked with. Default: anchor.")
    private String anchor;

    @Option(
            names = "--positive",
            paramLabel = "COLUMN",
            description = "pairs, rerank: the column of what is to be found. Default: positive.")
    private String positive;

    @Option(
            names = "--negative",
            split = ",",
            paramLabel = "COLUMN",
            showDefaultValue = Visibility.NEVER,
            description = "pairs, rerank: columns of texts that resemble the positive and are not to be found.")
    private List<String> negatives = List.of();

    @Option(
            names = "--corpus",
            paramLabel = "DIR",
            description =
                    "pairs, rerank: evaluate on this folder of corpus.jsonl, queries.jsonl and qrels, as BEIR has them. Default:"
                            + " pairs that are held out.")
    private Path corpus;

    @Mixin
    private RankingOptions ranking = new RankingOptions();

    @Option(
            names = "--image",
            paramLabel = "COLUMN",
            description = "images: of a table, the column of the paths. Default: image.")
    private String image;

    @Option(
            names = "--caption",
            paramLabel = "COLUMN",
            description =
                    "images: of a table, the column of captions, by contrast with which a model of two towers such as CLIP"
                            + " learns. Default: caption, where the table has it and no labels.")
    private String caption;

    @Option(
            names = "--template",
            paramLabel = "TEXT",
            description =
                    "images: a text around the name of a class, which stands for {}, such as \"a photo of a {}\", by contrast"
                            + " with which a model of two towers such as CLIP learns. Without it, a classifier is trained.")
    private String template;

    @Option(names = "--flip", description = "images: exchange left and right at random in training.")
    private boolean flip;

    @Option(
            names = "--crop",
            paramLabel = "AREA",
            showDefaultValue = Visibility.NEVER,
            description =
                    "images: cut a part of at least this share of the area out of each image at random in training;"
                            + " above 0, up to 1. Default: 1, whole images.")
    private double crop = 1;

    /** Whether the data is the user's own. */
    boolean isOwn() {
        return OWN.contains(task);
    }

    private boolean isContrast(Optional<RunData> read) {
        return EMBEDDINGS.contains(task)
                || read.filter(RunData.Captions.class::isInstance).isPresent();
    }

    /**
     * Whether a head is trained.
     *
     * @param read the data; empty where it has not been read
     */
    boolean hasHead(Optional<RunData> read) {
        return read.map(RunData::hasHead).orElse(!isText() && !EMBEDDINGS.contains(task));
    }

    private boolean isText() {
        return task.equals(TEXT) || task.equals(INSTRUCTIONS);
    }

    /** Whether embeddings are trained on pairs. */
    boolean isOfPairs() {
        return task.equals(PAIRS) || task.equals(WORDNET_SEARCH);
    }

    /**
     * Passes over the data unless they are given.
     *
     * @param read the data; empty where it has not been read and only the options are looked at
     */
    int epochs(Optional<RunData> read, int batch) {
        if (isText()) {
            return TextGenerator.Training.EPOCHS;
        }
        if (isContrast(read)) {
            return EmbedderTraining.EPOCHS;
        }
        boolean embedded = Tasks.has(task) && !Tasks.named(task).needsFolder();
        int usual = embedded ? WORDNET_EPOCHS : TrainingConfig.defaults().epochs();
        int forFew = read.flatMap(RunData::labelledExamples)
                .map(examples -> SequenceTraining.epochs(examples, batch))
                .orElse(usual);
        return Math.max(usual, forFew);
    }

    /**
     * Examples per batch unless they are given.
     *
     * @param read the data; empty where it has not been read
     */
    int batch(Optional<RunData> read) {
        if (isContrast(read)) {
            return EmbedderTraining.BATCH;
        }
        if (read.orElse(null) instanceof RunData.Ranking queries) {
            return RerankerTraining.usualBatch(queries.loss());
        }
        return isText()
                ? TextGenerator.Training.BATCH
                : TrainingConfig.defaults().batchSize();
    }

    /** Where the data comes from, for the report. */
    Optional<String> source() {
        if (isOwn() && data == null) {
            return Optional.of(files(train) + (dev.isEmpty() ? "" : ", " + files(dev)));
        }
        return Optional.ofNullable(data).map(Path::toString);
    }

    private static String files(List<Path> files) {
        return String.join(", ", files.stream().map(Path::toString).toList());
    }

    /** Checks that the options fit the task and each other, as far as no file has to be read. */
    void check() throws IOException {
        if (!isOwn() && !EMBEDDED.contains(task) && !Tasks.has(task)) {
            throw new BadInput("unknown task \"" + task + "\", expected one of " + String.join(", ", Tasks.names())
                    + ", " + String.join(", ", EMBEDDED) + "; or, with data of your own, " + String.join(", ", OWN));
        }
        refuse(examples < 0 || examples == 1, "--examples " + examples, "0, or 2 or more");
        requireTaken("--train", !train.isEmpty(), FILES);
        requireTaken("--dev", !dev.isEmpty(), OWN);
        requireTaken("--format", format.isGiven(), TABLES);
        requireTaken("--data", data != null, List.of(IMAGES, PAIRS, OFFICIAL));
        requireTaken("--examples", examples != 0, List.of(CLASSIFY, REGRESS, TOKENS, IMAGES, OFFICIAL, WORDNET_TOKENS));
        requireTaken("--text", text != null, List.of(CLASSIFY, REGRESS, TOKENS, SIMILARITY));
        requireTaken("--label", label != null, List.of(CLASSIFY, REGRESS, TOKENS, SIMILARITY, RERANK, IMAGES));
        requireTaken("--word-column, --tag-column or --offsets", tokens.isGiven(), List.of(TOKENS));
        requireTaken("--anchor", anchor != null, List.of(PAIRS));
        requireTaken("--positive", positive != null, List.of(PAIRS, RERANK));
        requireTaken("--negative", !negatives.isEmpty(), List.of(PAIRS, RERANK));
        requireTaken("--corpus", corpus != null, List.of(PAIRS, RERANK));
        requireTaken(ranking.given().orElse(""), ranking.given().isPresent(), List.of(RERANK));
        requireTaken("--image", image != null, List.of(IMAGES));
        requireTaken("--caption", caption != null, List.of(IMAGES));
        requireTaken("--template", template != null, List.of(IMAGES));
        requireTaken("--flip", flip, List.of(IMAGES));
        requireTaken("--crop", crop != 1, List.of(IMAGES));
        boolean several = train.size() > 1 || dev.size() > 1;
        if (task.equals(IMAGES)) {
            refuse(data == null, "no --data", "--data DIR, a folder of pictures or a table of their paths");
            refuse(several, "several files", "one folder or table");
            refuse(
                    caption != null && (label != null || template != null),
                    "--caption beside --label or --template",
                    "captions or classes");
        } else if (task.equals(PAIRS) && data != null) {
            boolean others = format.isGiven() || anchor != null || positive != null || !negatives.isEmpty();
            refuse(
                    others || corpus != null || !train.isEmpty() || !dev.isEmpty(),
                    "--data beside other files or columns",
                    "one way");
        } else if (isOwn()) {
            refuse(train.isEmpty(), "no training data", "--train FILE");
            refuse(!task.equals(TEXT) && several, "several files", "one of each");
            refuse(corpus != null && !dev.isEmpty(), "--corpus and --dev", "one of them");
            if (task.equals(RERANK)) {
                ranking.check(rankingFiles());
            }
            int columns = text == null ? 2 : text.size();
            refuse(columns > 2, "--text " + columns(), "one column, or two for pairs");
            refuse(task.equals(SIMILARITY) && columns != 2, "--text " + columns(), "two columns");
        } else if (!EMBEDDED.contains(task)) {
            Task named = Tasks.named(task);
            if (data != null && !named.needsFolder()) {
                throw new BadInput("--data " + data + ": task " + task + " brings its data along, expected no folder");
            }
            if (data == null && named.needsFolder()) {
                // Fails, and says which files.
                named.load();
            }
        }
    }

    /** Refuses an option that is given with a task other than those that take it. */
    private void requireTaken(String option, boolean given, List<String> tasks) {
        String kind = isOwn() || EMBEDDED.contains(task) ? task : OFFICIAL;
        refuse(given && !tasks.contains(kind), option, "it with " + String.join(", ", tasks));
    }

    private void refuse(boolean wrong, String found, String expected) {
        if (wrong) {
            throw new BadInput("--task " + task + ": found " + found + ", expected " + expected);
        }
    }

    private String columns() {
        return text == null ? "" : String.join(",", text);
    }

    /**
     * Reads the data.
     *
     * @throws IllegalArgumentException if an option does not fit the task
     * @throws IOException if a file is missing or malformed; the message names it
     */
    RunData read() throws IOException {
        check();
        RunData all = readAll();
        return examples == 0 ? all : all.limit(examples);
    }

    private RunData readAll() throws IOException {
        if (task.equals(WORDNET_TOKENS)) {
            return new RunData.Tokens(WORDNET_TOKENS, WordNetTokens.read());
        }
        if (task.equals(WORDNET_SEARCH)) {
            return new RunData.Pairs(WORDNET_SEARCH, WordNetPairs.read());
        }
        if (!isOwn()) {
            Task named = Tasks.named(task);
            return new RunData.Labelled(named, data == null ? named.load() : named.load(data));
        }
        if (task.equals(PAIRS) && data != null) {
            return new RunData.Pairs(PAIRS, PairData.beir(data).read());
        }
        return switch (task) {
            case IMAGES -> images();
            case CLASSIFY -> labelled(OwnData.classification(train.get(0)));
            case REGRESS -> labelled(OwnData.regression(train.get(0)));
            case TOKENS -> new RunData.Tokens(TOKENS, words());
            case TEXT -> new RunData.Texts(TEXT, text());
            case PAIRS -> new RunData.Pairs(PAIRS, pairs());
            case SIMILARITY -> new RunData.ScoredPairs(SIMILARITY, similarity());
            case RERANK -> ranking.read(RERANK, rankingFiles());
            default -> new RunData.Texts(INSTRUCTIONS, instructions());
        };
    }

    private RankingOptions.Files rankingFiles() {
        return new RankingOptions.Files(
                train.get(0), dev.stream().findFirst(), corpus, format, label, positive, negatives);
    }

    private RunData images() throws IOException {
        Augmentation augmentation = new Augmentation(flip, crop, 0);
        if (isCaptioned()) {
            return new RunData.Captions(IMAGES, captions().read(), augmentation);
        }
        ImageData images = ImageData.from(data);
        dev.forEach(images::dev);
        ifGiven(image, images::image);
        ifGiven(label, images::label);
        return new RunData.Labelled(images.read(), Optional.of(augmentation), Optional.ofNullable(template));
    }

    private boolean isCaptioned() throws IOException {
        if (caption != null) {
            refuse(Files.isDirectory(data), "--caption and the folder " + data, "a table of paths and captions");
            return true;
        }
        return label == null
                && template == null
                && Files.isRegularFile(data)
                && captions().hasCaptions("label");
    }

    private CaptionData captions() {
        CaptionData captions = CaptionData.from(data);
        dev.forEach(captions::dev);
        ifGiven(image, captions::image);
        ifGiven(caption, captions::caption);
        return captions;
    }

    private static <T> void ifGiven(@Nullable T value, Consumer<T> use) {
        if (value != null) {
            use.accept(value);
        }
    }

    private RunData labelled(OwnData.FromFiles files) throws IOException {
        format.asked().ifPresent(files::format);
        if (text != null && text.size() == 2) {
            files.text(text.get(0), text.get(1));
        } else if (text != null) {
            files.text(text.get(0));
        }
        ifGiven(label, files::label);
        dev.forEach(files::dev);
        return new RunData.Labelled(files.read(), Optional.empty(), Optional.empty());
    }

    private TokenData words() throws IOException {
        TokenData.FromFile file = tokens.file(train.get(0), format.asked(), text == null ? List.of() : text, label);
        dev.forEach(file::dev);
        return file.read();
    }

    private PairData pairs() throws IOException {
        PairData.FromFile file = PairData.pairs(train.get(0));
        format.asked().ifPresent(file::format);
        if (!negatives.isEmpty()) {
            file.negatives(negatives.toArray(new String[0]));
        }
        ifGiven(anchor, file::anchor);
        ifGiven(positive, file::positive);
        dev.forEach(file::dev);
        if (corpus != null) {
            String split = Files.exists(corpus.resolve("qrels/dev.tsv")) ? "dev" : "test";
            file.evaluation(RetrievalData.beir(corpus, split));
        }
        return file.read();
    }

    private ScoredPairData similarity() throws IOException {
        ScoredPairData.FromFile file = ScoredPairData.pairs(train.get(0));
        format.asked().ifPresent(file::format);
        if (text != null) {
            file.texts(text.get(0), text.get(1));
        }
        ifGiven(label, file::score);
        dev.forEach(file::dev);
        return file.read();
    }

    private LanguageModelData text() throws IOException {
        LanguageModelData.FromText files = LanguageModelData.plainText(train.toArray(new Path[0]));
        return (dev.isEmpty() ? files : files.dev(dev.toArray(new Path[0]))).read();
    }

    private LanguageModelData instructions() throws IOException {
        LanguageModelData.FromInstructions file = LanguageModelData.instructions(train.get(0));
        format.asked().ifPresent(file::format);
        dev.forEach(file::dev);
        return file.read();
    }
}
