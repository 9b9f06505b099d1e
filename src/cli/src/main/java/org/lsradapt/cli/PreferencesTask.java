package org.lsradapt.cli;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.runs.PreferenceRunData;
import org.lsradapt.runs.RunData;
import org.lsradapt.tasks.PreferenceData;

/** The task of prompts with a chosen and a rejected answer. */
record PreferencesTask(String name) implements DataTask {

    @Override
    public List<String> options() {
        return List.of("--train", "--dev", "--format", "--loss", "--beta");
    }

    @Override
    public TrainingDefaults defaults(DataOptions given, Optional<RunData> read) {
        return TrainingDefaults.of(given.losses().ofPreferences());
    }

    @Override
    public void check(DataOptions given) {
        given.requireOneFile();
        given.losses().ofPreferences();
    }

    @Override
    public RunData read(DataOptions given) throws IOException {
        PreferenceData.FromFile file = PreferenceData.from(given.train());
        given.format().ifPresent(file::format);
        given.dev().ifPresent(file::dev);
        return new PreferenceRunData(name, file.read(), given.losses().ofPreferences());
    }
}
