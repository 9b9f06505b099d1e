package org.lsradapt.cli;

import java.io.IOException;
import java.util.List;
import org.lsradapt.runs.RunData;
import org.lsradapt.runs.TokenRunData;
import org.lsradapt.tasks.official.WordNetTokens;
import org.lsradapt.transformer.WordReading;

/**
 * The task of tagged words in WordNet's definitions; it needs no files.
 *
 * @param reading the way in which words become tokens
 */
record WordNetTokensTask(WordReading reading) implements DataTask {

    @Override
    public String name() {
        return WordNetTokens.NAME;
    }

    @Override
    public List<String> options() {
        return List.of("--examples", "--words");
    }

    @Override
    public boolean isOwn() {
        return false;
    }

    @Override
    public void check(DataOptions given) {}

    @Override
    public RunData read(DataOptions given) throws IOException {
        return new TokenRunData(name(), WordNetTokens.read(), reading);
    }
}
