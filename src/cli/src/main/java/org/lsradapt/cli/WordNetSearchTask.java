package org.lsradapt.cli;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.runs.PairRunData;
import org.lsradapt.runs.RunData;
import org.lsradapt.tasks.official.WordNetPairs;

/** The task of WordNet's words and definitions as pairs; it needs no files. */
record WordNetSearchTask(String name) implements DataTask {

    @Override
    public List<String> options() {
        return List.of("--teacher");
    }

    @Override
    public boolean isOwn() {
        return false;
    }

    @Override
    public TrainingDefaults defaults(DataOptions given, Optional<RunData> read) {
        return TrainingDefaults.PAIRS;
    }

    @Override
    public void check(DataOptions given) {}

    @Override
    public RunData read(DataOptions given) throws IOException {
        return new PairRunData(name, WordNetPairs.read(), given.losses().ofPairs());
    }
}
