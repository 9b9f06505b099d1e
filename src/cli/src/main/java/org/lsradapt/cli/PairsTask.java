package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.runs.PairRunData;
import org.lsradapt.runs.RunData;
import org.lsradapt.tasks.PairData;
import picocli.CommandLine.Option;

/** The task of pairs of texts whose embeddings should be close, and the options that only it takes. */
final class PairsTask implements DataTask {
    @Option(
            names = "--anchor",
            paramLabel = "COLUMN",
            description = "pairs: the column of the query text. Default: anchor.")
    private String anchor;

    @Override
    public String name() {
        return "pairs";
    }

    @Override
    public List<String> options() {
        return List.of(
                "--data",
                "--train",
                "--dev",
                "--format",
                "--anchor",
                "--positive",
                "--negative",
                "--corpus",
                "--loss",
                "--dimensions",
                "--dimension-weights",
                "--teacher");
    }

    @Override
    public TrainingDefaults defaults(DataOptions given, Optional<RunData> read) {
        return TrainingDefaults.PAIRS;
    }

    @Override
    public void check(DataOptions given) {
        given.losses().ofPairs();
        given.refuse(
                given.teacher().isPresent() && given.losses().name().isPresent(),
                "--loss together with --teacher",
                "one of them, because a teacher's embeddings replace the pairs");
        if (given.data().isEmpty()) {
            given.requireOneFile();
            given.refuse(given.corpus().isPresent() && given.dev().isPresent(), "--corpus and --dev", "one of them");
            given.refuse(
                    given.losses().name().filter("triplet"::equals).isPresent()
                            && given.negatives().isEmpty(),
                    "--loss triplet",
                    "--negative as well");
            return;
        }
        boolean others = given.format().isPresent()
                || anchor != null
                || given.positive().isPresent()
                || !given.negatives().isEmpty();
        boolean files = given.corpus().isPresent()
                || !given.trainFiles().isEmpty()
                || !given.devFiles().isEmpty();
        given.refuse(others || files, "--data with other files or columns", "one way");
    }

    @Override
    public RunData read(DataOptions given) throws IOException {
        Optional<Path> folder = given.data();
        if (folder.isPresent()) {
            return new PairRunData(
                    name(), PairData.beir(folder.get()).read(), given.losses().ofPairs());
        }
        PairData.FromFile file = PairData.pairs(given.train());
        given.format().ifPresent(file::format);
        if (!given.negatives().isEmpty()) {
            file.negatives(given.negatives().toArray(new String[0]));
        }
        Optional.ofNullable(anchor).ifPresent(file::anchor);
        given.positive().ifPresent(file::positive);
        given.dev().ifPresent(file::dev);
        if (given.corpus().isPresent()) {
            file.evaluation(DataOptions.beir(given.corpus().get()));
        }
        return new PairRunData(name(), file.read(), given.losses().ofPairs());
    }
}
