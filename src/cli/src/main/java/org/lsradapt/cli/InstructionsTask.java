package org.lsradapt.cli;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.runs.RunData;
import org.lsradapt.runs.TextRunData;
import org.lsradapt.tasks.LanguageModelData;

/** The task of prompts with completions. */
record InstructionsTask(String name) implements DataTask {

    @Override
    public List<String> options() {
        return List.of("--train", "--dev", "--format");
    }

    @Override
    public TrainingDefaults defaults(DataOptions given, Optional<RunData> read) {
        return TrainingDefaults.TEXT;
    }

    @Override
    public void check(DataOptions given) {
        given.requireOneFile();
    }

    @Override
    public RunData read(DataOptions given) throws IOException {
        LanguageModelData.FromInstructions file = LanguageModelData.instructions(given.train());
        given.format().ifPresent(file::format);
        given.dev().ifPresent(file::dev);
        return new TextRunData(name, file.read());
    }
}
