package org.lsradapt.cli;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.runs.RunData;
import org.lsradapt.runs.ScoredPairRunData;
import org.lsradapt.tasks.ScoredPairData;

/** The task of pairs of texts with similarity scores. */
record SimilarityTask(String name) implements DataTask {

    @Override
    public List<String> options() {
        return List.of(
                "--train", "--dev", "--format", "--text", "--label", "--loss", "--dimensions", "--dimension-weights");
    }

    @Override
    public TrainingDefaults defaults(DataOptions given, Optional<RunData> read) {
        return TrainingDefaults.EMBEDDINGS;
    }

    @Override
    public void check(DataOptions given) {
        given.requireOneFile();
        given.requireTexts(2, 2);
        given.losses().ofScores();
    }

    @Override
    public RunData read(DataOptions given) throws IOException {
        ScoredPairData.FromFile file = ScoredPairData.pairs(given.train());
        given.format().ifPresent(file::format);
        if (!given.text().isEmpty()) {
            file.texts(given.text().get(0), given.text().get(1));
        }
        given.label().ifPresent(file::score);
        given.dev().ifPresent(file::dev);
        return new ScoredPairRunData(name, file.read(), given.losses().ofScores());
    }
}
