package org.lsradapt.cli;

import java.io.IOException;
import java.util.List;
import org.lsradapt.runs.MultiLabelRunData;
import org.lsradapt.runs.RunData;
import org.lsradapt.tasks.MultiLabelData;

/**
 * The task of texts with any number of labels each.
 *
 * @param layout the layout of its files
 */
record LabelsTask(MultiLabelOptions layout) implements DataTask {

    @Override
    public String name() {
        return MultiLabelData.NAME;
    }

    @Override
    public List<String> options() {
        return List.of(
                "--train", "--dev", "--format", "--examples", "--text", "--label", "--separator", "--label-columns");
    }

    @Override
    public void check(DataOptions given) {
        given.requireOneFile();
        given.requireTexts(1, 2);
        file(given);
    }

    @Override
    public RunData read(DataOptions given) throws IOException {
        MultiLabelData.FromFile file = file(given);
        given.dev().ifPresent(file::dev);
        return new MultiLabelRunData(name(), file.read());
    }

    private MultiLabelData.FromFile file(DataOptions given) {
        return layout.file(
                given.train(), given.format(), given.text(), given.label().orElse(null));
    }
}
