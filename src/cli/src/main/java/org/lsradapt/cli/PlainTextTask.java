package org.lsradapt.cli;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.runs.RunData;
import org.lsradapt.runs.TextRunData;

/** The task of plain text with next tokens to predict. */
record PlainTextTask(String name) implements DataTask {

    @Override
    public List<String> options() {
        return List.of("--train", "--dev", "--format", "--text");
    }

    @Override
    public TrainingDefaults defaults(DataOptions given, Optional<RunData> read) {
        return TrainingDefaults.TEXT;
    }

    @Override
    public void check(DataOptions given) {
        given.requireFiles();
        given.requireTexts(1, 1);
    }

    @Override
    public RunData read(DataOptions given) throws IOException {
        return new TextRunData(name, given.plainTexts().read());
    }
}
