package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.runs.RunData;
import org.lsradapt.runs.TextRunData;
import org.lsradapt.tasks.LanguageModelData;

/** Plain text, whose next tokens are predicted. */
record PlainTextTask(String name) implements DataTask {

    @Override
    public List<String> options() {
        return List.of("--train", "--dev");
    }

    @Override
    public TrainingDefaults defaults(DataOptions given, Optional<RunData> read) {
        return TrainingDefaults.TEXT;
    }

    @Override
    public void check(DataOptions given) {
        given.requireFiles();
    }

    @Override
    public RunData read(DataOptions given) throws IOException {
        LanguageModelData.FromText files =
                LanguageModelData.plainText(given.trainFiles().toArray(new Path[0]));
        List<Path> dev = given.devFiles();
        return new TextRunData(name, (dev.isEmpty() ? files : files.dev(dev.toArray(new Path[0]))).read());
    }
}
