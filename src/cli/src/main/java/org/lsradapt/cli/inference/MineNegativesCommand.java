package org.lsradapt.cli.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.Names;
import org.lsradapt.cli.command.OverwriteOption;
import org.lsradapt.cli.command.TaskOptionSpecs;
import org.lsradapt.console.BadInput;
import org.lsradapt.data.IdentifiedText;
import org.lsradapt.data.TextPair;
import org.lsradapt.finetuning.DatabaseOptions;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.retrieval.NegativeMining;
import org.lsradapt.retrieval.PairData;
import org.lsradapt.tasks.embeddings.HardNegatives;
import org.lsradapt.tasks.reranking.Reranker;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "mine-negatives",
        sortOptions = false,
        showDefaultValues = true,
        preprocessor = TaskOptionSpecs.OfSources.class,
        description = "Finds hard negatives for pairs of query and passage: similar passages that are not "
                + "answers. Writes JSON lines for training rerankers or embedding models.")
public final class MineNegativesCommand extends ConsoleCommand {
    private static final String RANDOM = "random";

    @Mixin
    private EmbedderOptions embedder = new EmbedderOptions();

    @Option(
            names = "--train",
            paramLabel = "FILE",
            description = "The pairs: CSV or TSV with a header, or JSON lines. All positives of a query count as"
                    + " its answers.")
    @Names(Names.Use.INPUT)
    private Path train;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Instead of --train: a BEIR folder (corpus.jsonl, queries.jsonl, qrels), of which the"
                    + " training queries are used.")
    @Names(Names.Use.INPUT)
    private Path data;

    @Option(names = "--anchor", paramLabel = "COLUMN", description = "The column of the query.")
    private String anchor = "anchor";

    @Option(names = "--positive", paramLabel = "COLUMN", description = "The column of the passage that answers it.")
    private String positive = "positive";

    @Mixin
    private TableFormatOption format = new TableFormatOption();

    @Option(
            names = "--corpus",
            paramLabel = "FILE",
            description = "More passages to search, in addition to all positives: a .txt file with a passage per"
                    + " line, CSV or TSV with a header, or JSON lines.")
    @Names(Names.Use.INPUT)
    private Path corpus;

    @Option(names = "--text", paramLabel = "COLUMN", description = "Text column of a table in --corpus. Default: text.")
    private String column;

    @Option(names = "--out", paramLabel = "FILE", required = true, description = "The file to write, JSON lines.")
    @Names(Names.Use.NEW_FILE)
    private Path out;

    @Mixin
    private OverwriteOption unusedOverwrite = new OverwriteOption();

    @Option(
            names = "--form",
            paramLabel = "FORM",
            description = "Form of a row: triplet, n-tuple, labeled-pair or labeled-list.")
    private String form = HardNegatives.Form.LABELED_PAIR.label();

    @Option(names = "--scores", description = "Also write the cosines, in the field \"scores\".")
    private boolean scores;

    @Option(names = "--negatives", paramLabel = "N", description = "Negatives per query.")
    private int negatives = NegativeMining.NEGATIVES;

    @Option(
            names = "--range-min",
            paramLabel = "RANK",
            description = "Skip this many of the most similar passages, which may be unmarked answers.")
    private int rangeMin;

    @Option(
            names = "--range-max",
            paramLabel = "RANK",
            description = "Take no passages beyond this rank. Default: as far as needed.")
    private Integer rangeMax;

    @Option(names = "--max-score", paramLabel = "COSINE", description = "The highest cosine of a negative.")
    private Double maxScore;

    @Option(names = "--min-score", paramLabel = "COSINE", description = "The lowest cosine of a negative.")
    private Double minScore;

    @Option(
            names = "--absolute-margin",
            paramLabel = "COSINE",
            description = "Minimum distance of a negative's cosine below that of the query's least similar positive.")
    private Double absoluteMargin;

    @Option(
            names = "--relative-margin",
            paramLabel = "SHARE",
            description = "The same as a share of the positive's cosine, such as 0.05.")
    private Double relativeMargin;

    @Option(
            names = "--sampling",
            paramLabel = "HOW",
            description = "Passages to take from the range: top (the most similar) or random.")
    private String sampling = "top";

    @Option(
            names = "--reranker",
            paramLabel = "FOLDER",
            description = "A teacher: leave out negatives that this reranker scores as high as a positive, which may be"
                    + " answers.")
    @Names(Names.Use.INPUT)
    private Path reranker;

    @Option(names = "--seed", paramLabel = "SEED", description = "Seed for random sampling.")
    private long seed = 1;

    @Override
    protected void execute() throws IOException {
        HardNegatives.Form rows = Require.named("form", form, HardNegatives.Form.values(), HardNegatives.Form::label);
        NegativeMining settings = settings();
        TaskOptions given = TaskOptionSpecs.given(spec(), "mine-negatives");
        boolean hasTable = TextFile.isGiven(train, given);
        BadInput.throwIf(
                hasTable == (data != null),
                "found " + (hasTable ? "--data with --train or --sql" : "no pairs")
                        + ", expected --train FILE, --data DIR, or --jdbc URL --sql QUERY");
        BadInput.throwIf(
                train != null && given.has(DatabaseOptions.SQL),
                "--train " + train + " and --sql: expected one or the other");
        List<String> passages = new ArrayList<>();
        List<TextPair> pairs;
        if (data != null) {
            PairData beir = PairData.beir(data).read();
            pairs = beir.train();
            beir.evaluation().corpus().stream()
                    .map(IdentifiedText::text)
                    .filter(text -> !text.isBlank())
                    .forEach(passages::add);
        } else {
            pairs = PairData.of(TextFile.table("--train", train, format, given))
                    .anchor(anchor)
                    .positive(positive)
                    .all();
        }
        if (corpus != null) {
            passages.addAll(TextFile.read("--corpus", corpus, column, new TableFormatOption(), given.ofFiles()));
        }
        try (EmbedderOptions.Loaded loaded = embedder.load(console())) {
            HardNegatives mined = HardNegatives.mine(embedder.encoder(loaded, console()), pairs, passages, settings);
            if (reranker != null) {
                int before = mined.count();
                try (Reranker teacher = Reranker.load(reranker)) {
                    mined = mined.confirmedBy(teacher::score);
                }
                print("left out as possible answers: %,d of %,d negatives", before - mined.count(), before);
            }
            int count = mined.write(out, rows, anchor, positive, scores);
            print(
                    "%,d queries, %,d negatives; mean cosine of positives %.4f, of negatives %.4f",
                    mined.queries().size(),
                    mined.count(),
                    mean(mined, HardNegatives.Query::positives),
                    mean(mined, HardNegatives.Query::negatives));
            if (mined.incomplete() > 0) {
                print(
                        "fewer than %d negatives: %,d queries; a larger --range-max or smaller margins find more",
                        negatives, mined.incomplete());
            }
            print("%,d rows: %s", count, out);
        }
    }

    private static double mean(HardNegatives mined, Function<HardNegatives.Query, List<HardNegatives.Passage>> some) {
        return mined.queries().stream()
                .flatMap(query -> some.apply(query).stream())
                .mapToDouble(HardNegatives.Passage::cosine)
                .average()
                .orElse(Double.NaN);
    }

    private NegativeMining settings() {
        NegativeMining.Builder settings =
                NegativeMining.builder().negatives(negatives).firstRank(rangeMin);
        if (rangeMax != null) {
            settings.lastRank(rangeMax);
        }
        if (maxScore != null) {
            settings.highestScore(maxScore);
        }
        if (minScore != null) {
            settings.lowestScore(minScore);
        }
        if (absoluteMargin != null) {
            settings.absoluteMargin(absoluteMargin);
        }
        if (relativeMargin != null) {
            settings.relativeMargin(relativeMargin);
        }
        if (Require.named("sampling", sampling, new String[] {"top", RANDOM}, name -> name)
                .equals(RANDOM)) {
            settings.random(seed);
        }
        return settings.build();
    }
}
