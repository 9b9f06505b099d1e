package org.lsradapt.cli;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.runs.LabelledRunData;
import org.lsradapt.runs.RunData;
import org.lsradapt.tasks.OwnData;

/**
 * The task of texts with one class or one number each.
 *
 * @param regression true for numbers
 */
record LabelledTask(String name, boolean regression) implements DataTask {

    @Override
    public List<String> options() {
        List<String> options = List.of("--train", "--dev", "--format", "--examples", "--text", "--label");
        return regression
                ? options
                : Stream.concat(options.stream(), TeacherOptions.NAMES.stream()).toList();
    }

    @Override
    public void check(DataOptions given) {
        given.requireOneFile();
        given.requireTexts(1, 2);
    }

    @Override
    public RunData read(DataOptions given) throws IOException {
        OwnData.FromFiles files =
                regression ? OwnData.regression(given.train()) : OwnData.classification(given.train());
        given.format().ifPresent(files::format);
        List<String> text = given.text();
        if (text.size() == 2) {
            files.text(text.get(0), text.get(1));
        } else {
            text.forEach(files::text);
        }
        given.label().ifPresent(files::label);
        given.dev().ifPresent(files::dev);
        return new LabelledRunData(files.read(), Optional.empty(), Optional.empty());
    }
}
