package org.lsradapt.cli;

import java.io.IOException;
import java.util.List;
import org.lsradapt.runs.RunData;
import org.lsradapt.runs.TokenRunData;
import org.lsradapt.tasks.TokenData;
import org.lsradapt.transformer.WordReading;

/**
 * The task of words with tags.
 *
 * @param layout the layout of its files
 * @param reading the way in which words become tokens
 */
record TokensTask(TokenOptions layout, WordReading reading) implements DataTask {

    @Override
    public String name() {
        return TokenData.NAME;
    }

    @Override
    public List<String> options() {
        return List.of(
                "--train",
                "--dev",
                "--format",
                "--examples",
                "--text",
                "--label",
                "--word-column",
                "--tag-column",
                "--offsets",
                "--words");
    }

    @Override
    public void check(DataOptions given) {
        given.requireOneFile();
    }

    @Override
    public RunData read(DataOptions given) throws IOException {
        TokenData.FromFile file = layout.file(
                given.train(), given.format(), given.text(), given.label().orElse(null));
        given.dev().ifPresent(file::dev);
        return new TokenRunData(name(), file.read(), reading);
    }
}
